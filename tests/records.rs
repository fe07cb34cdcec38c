//! Measured runs as calibration: the margin of a request from records of comparisons.

use qube_budget::Error;
use qube_budget::budget::{Budget, Calibration, HarmonicConfig, PixelDirectConfig};
use qube_budget::run::{CalibrationRecord, Job, Measured};

fn pixel(n_pix: i64) -> Budget {
    PixelDirectConfig::new(n_pix, 256, 6, 18).budget().unwrap()
}

/// A record of a run whose fisher_run held so many hundredths of what is predicted.
fn record(budget: &Budget, hundredths: u64) -> String {
    let peak = budget.stage("fisher_run").unwrap().peak_bytes().get();
    let log = format!("baseline 1000\nfisher_run peak {}", peak / 100 * hundredths + 1000);
    budget.compare(&Measured::from_log(&log).unwrap()).unwrap().json()
}

fn job(records: &[String]) -> Job {
    let records = records.iter().map(|text| CalibrationRecord::parse(text).unwrap());
    Job { calibration: records.collect(), ..Job::default() }
}

/// Per cent that a request adds to the peak of a stage.
fn margin(budget: &Budget, job: &Job, stage: &str) -> f64 {
    let request = budget.request(job).unwrap();
    let stage = request.stages().iter().find(|found| found.name() == stage).unwrap();
    stage.margin_bytes().get() as f64 / stage.peak_bytes().get() as f64 * 100.0
}

/// Also from runs of other sizes; of several the largest excess counts, and a stage that no record has
/// keeps what is published of it.
#[test]
fn the_largest_excess_of_the_records_is_the_margin() {
    let budget = pixel(9800);
    let published = margin(&budget, &Job::default(), "basis_setup");
    let [low, high] = [record(&pixel(4000), 105), record(&pixel(5000), 127)];
    for records in [vec![low.clone(), high.clone()], vec![high.clone(), low.clone()]] {
        let job = job(&records);
        let found = margin(&budget, &job, "fisher_run");
        assert!((found - 27.0).abs() < 0.01, "{found}");
        assert_eq!(margin(&budget, &job, "basis_setup"), published);
        let request = budget.request(&job).unwrap();
        let fisher = request.stages().iter().find(|stage| stage.name() == "fisher_run").unwrap();
        assert!(matches!(fisher.calibration(), Calibration::Recorded { .. }));
        assert!(fisher.calibration().words().ends_with(" %, from records"));
        assert!(request.table().contains("from records"), "{}", request.table());
    }
    // Records replace what is published, downwards too: this run held less than predicted.
    let less = job(&[record(&pixel(4000), 90)]);
    assert_eq!(margin(&budget, &less, "fisher_run"), 0.0);
    // A margin that is asked for comes first.
    let asked = Job { margin: Some(1000), ..job(&[high]) };
    assert!((margin(&budget, &asked, "fisher_run") - 10.0).abs() < 1e-6);
}

#[test]
fn records_of_another_path_say_nothing() {
    let harmonic = HarmonicConfig::new(9800, 5000, 256).budget().unwrap();
    let job = job(&[record(&harmonic, 150)]);
    let budget = pixel(9800);
    let without = margin(&budget, &Job::default(), "fisher_run");
    assert_eq!(margin(&budget, &job, "fisher_run"), without);
    assert!((margin(&harmonic, &job, "fisher_run") - 50.0).abs() < 0.01);
}

/// Of ranks the one with the largest excess counts, also where another holds more.
#[test]
fn each_rank_of_a_record_is_a_point() {
    let budget = pixel(9800);
    let peak = budget.stage("fisher_run").unwrap().peak_bytes().get();
    let of_rank = |baseline: u64, hundredths: u64| {
        let bytes = peak / 100 * hundredths + baseline;
        let log = format!("baseline {baseline}\nfisher_run peak {bytes}");
        Measured::from_log(&log).unwrap()
    };
    let ranks = [of_rank(0, 103), of_rank(7, 131), of_rank(0, 120)];
    let record = budget.compare_ranks(None, &ranks).unwrap().json();
    let found = margin(&budget, &job(&[record]), "fisher_run");
    assert!((found - 31.0).abs() < 0.01, "{found}");
}

#[test]
fn what_is_no_record_is_refused() {
    let budget = pixel(9800);
    let bare = budget.compare(&Measured::from_log("fisher_run peak 5").unwrap()).unwrap().json();
    let end = "baseline 1\nfisher_run 5";
    let end = budget.compare(&Measured::from_log(end).unwrap()).unwrap().json();
    let request = budget.request(&Job::default()).unwrap();
    let log = Measured::from_log("baseline 1\nfisher_run peak 5").unwrap();
    let against = request.compare(std::slice::from_ref(&log)).unwrap().json();
    for (text, reason) in [
        (bare, "it has no baseline"),
        (end, "it has no peak of a stage that was measured"),
        (against, "compare with the budget"),
        (log.json(), "it has no prediction beside what was measured"),
        (budget.json(), "its schema is 'qube-budget/"),
        ("{}".into(), "its schema is 'absent'"),
        ("baseline 5".into(), "qube compare --json"),
    ] {
        let error = CalibrationRecord::parse(&text).unwrap_err();
        assert!(matches!(error, Error::Document { .. }));
        assert!(error.to_string().contains(reason), "{error}");
    }
}

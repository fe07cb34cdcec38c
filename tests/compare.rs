//! Predicted and measured, side by side: logs and documents of measured stages, and QUBE's
//! calibration.

use approx::assert_abs_diff_eq;
use qube_budget::Error;
use qube_budget::budget::{
    Budget, Bytes, Code, EclipseConfig, Grid, HarmonicConfig, Model, PixelDirectConfig, Release,
};
use qube_budget::run::{Comparison, Figure, Job, Measured, Megabyte};
use serde_json::Value;

/// The QU run of the ECLIPSE comparison in QUBE's calibration.
fn eclipse_qu() -> Budget {
    let sizes = HarmonicConfig::new(59136, 33274, 256);
    let config = HarmonicConfig { lmax: Some(128), covariance_by_caller: true, ..sizes };
    config.budget().unwrap()
}

/// QU at nside 64, fsky 0.1, 6 bins of 3 spectra, of the release that the calibration was made with.
fn qu_64() -> PixelDirectConfig {
    let sizes = PixelDirectConfig::new(9800, 256, 6, 18);
    PixelDirectConfig { release: Release::V1_2, ..sizes }
}

fn log(text: &str) -> Measured {
    Measured::from_log(text).unwrap()
}

fn data(file: &str) -> Measured {
    let path = format!("{}/tests/data/measured/{file}", env!("CARGO_MANIFEST_DIR"));
    Measured::parse(&std::fs::read_to_string(&path).unwrap()).unwrap()
}

fn percent(comparison: &Comparison, stage: &str, peak: bool) -> f64 {
    let figure = if peak { comparison.stage(stage).unwrap().peak } else { end(comparison, stage) };
    figure.difference_percent().unwrap()
}

fn end(comparison: &Comparison, stage: &str) -> Figure {
    comparison.stage(stage).unwrap().end.unwrap()
}

// ---- the calibration published with `qube.memory_budget` (arXiv 2605.21149) ----

/// basis_setup: 57.21 GiB predicted, 57.80 measured; 112.59 and 113.2 at its peak. The whole
/// process: 138.9 and 139.5, with the input covariance (p) and 0.26 GiB of interpreter in both.
#[test]
fn the_harmonic_calibration() {
    let budget = eclipse_qu();
    let above = data("eclipse_qu.log");
    let comparison = budget.compare(&above).unwrap();
    assert_abs_diff_eq!(percent(&comparison, "basis_setup", false), 1.03, epsilon = 0.01);
    assert_abs_diff_eq!(percent(&comparison, "basis_setup", true), 0.54, epsilon = 0.01);
    assert_eq!(
        comparison.not_measured().collect::<Vec<_>>(),
        ["covariance_setup", "fisher_run", "spectra_run"]
    );

    let absolute = data("eclipse_qu.json");
    let comparison = budget.compare(&absolute).unwrap();
    let covariance = 8.0 * 59136.0 * 59136.0 / Bytes::GIB.get() as f64;
    assert_abs_diff_eq!(comparison.baseline().unwrap().gib(), covariance + 0.26, epsilon = 1e-9);
    let whole = comparison.lifetime_peak();
    assert_abs_diff_eq!(whole.measured.unwrap().gib(), 139.5, epsilon = 1e-9);
    // 0.5 % of what the process held, which is 0.6 % of what the budget counts.
    assert_abs_diff_eq!(whole.difference_percent().unwrap(), 0.53, epsilon = 0.01);
}

/// fisher_run, at its peak: 17.17 GiB predicted and 17.54 measured; with cached derivatives 28.62
/// and 28.69; T, cached, 2.86 and 3.00.
#[test]
fn the_pixel_direct_calibration() {
    let cached = PixelDirectConfig { cache_derivatives: true, ..qu_64() };
    let temperature = PixelDirectConfig { n_pix: 4900, n_params: 6, ..cached.clone() };
    for (config, file, expected) in [
        (qu_64(), "qu_64_not_cached.log", 2.14),
        (cached, "qu_64_cached.log", 0.24),
        (temperature, "t_64_cached.log", 4.81),
    ] {
        let budget = config.budget().unwrap();
        let comparison = budget.compare(&data(file)).unwrap();
        assert_abs_diff_eq!(percent(&comparison, "fisher_run", true), expected, epsilon = 0.01);
    }
}

/// basis_setup above covariance_setup, with switch: 1.43 GiB predicted, 1.44 measured. Only the
/// difference is published: what covariance_setup ends with is the baseline, and counted in
/// basis_setup.
#[test]
fn a_stage_above_the_one_before() {
    let switch =
        PixelDirectConfig { release: Release::V1_1, lmax: Some(128), ..qu_64() }.budget().unwrap();
    let before = switch.stage("covariance_setup").unwrap().end_bytes();
    let measured = log("covariance_setup 768320000\nbasis_setup 2314508227"); // + 1.44 GiB
    let comparison = switch.compare(&measured).unwrap();
    let basis = end(&comparison, "basis_setup");
    assert_eq!(before, end(&comparison, "covariance_setup").measured.unwrap());
    let above = |bytes: Bytes| (bytes.get() - before.get()) as f64 / Bytes::GIB.get() as f64;
    assert_abs_diff_eq!(above(basis.predicted), 1.43, epsilon = 0.005);
    assert_abs_diff_eq!(above(basis.measured.unwrap()), 1.44, epsilon = 0.005);
}

// ---- what is compared with what ----

#[test]
fn figures_above_the_baseline_and_in_units() {
    let budget = qu_64().budget().unwrap();
    let p: u64 = 8 * 9800 * 9800;
    let text = format!("baseline {p}\nfisher_run {}\nfisher_run peak {}", 4 * p, 24 * p);
    let comparison = budget.compare(&log(&text)).unwrap();
    assert_eq!((comparison.n_pix(), comparison.unit().get()), (9800, p));
    let fisher = comparison.stage("fisher_run").unwrap();
    let at_end = end(&comparison, "fisher_run");
    assert_eq!(at_end.predicted_in(comparison.unit()), 3.0);
    assert_eq!(at_end.measured_in(comparison.unit()), Some(3.0));
    assert_eq!(at_end.difference_percent(), Some(0.0));
    assert_eq!(fisher.peak.above_baseline, Some(23 * p as i64));
    assert_eq!(fisher.peak.measured.unwrap().get(), 24 * p);
    assert_eq!(fisher.peak.predicted_in(comparison.unit()), 24.0);
    let (name, is_peak, percent) = comparison.furthest().unwrap();
    assert_eq!((name, is_peak), ("fisher_run", true));
    assert_abs_diff_eq!(percent, -100.0 / 24.0, epsilon = 1e-9);
    // Without a baseline the resident size is taken as it is; below a baseline it is negative.
    let bare = log(&text.replace("baseline", "#"));
    let bare = budget.compare(&bare).unwrap();
    assert_eq!(end(&bare, "fisher_run").above_baseline, Some(4 * p as i64));
    let below = log("baseline 1000\nbasis_setup 400");
    let below = budget.compare(&below).unwrap();
    let end = end(&below, "basis_setup");
    assert_eq!(end.above_baseline, Some(-600));
    assert!(end.difference_percent().unwrap() < -100.0);
}

/// ECLIPSE: what a stage ends with has its late terms, and the unit is the covariance matrix. The
/// totals that the shipped example prints, to 0.01 MiB.
#[test]
fn eclipse_ends_with_its_late_terms() {
    let config = EclipseConfig {
        pix_t: Some(580),
        pix_p: Some(395),
        maps: 1000,
        check_inverse: true,
        model: Model::Printed,
        ..EclipseConfig::new(Code::Teb, 16)
    };
    let budget = config.budget().unwrap();
    let printed = data("eclipse_nside_8.log");
    let comparison = budget.compare(&printed).unwrap();
    assert_eq!(comparison.unit().get(), 8 * 1370 * 1370);
    assert_eq!(comparison.not_measured().next(), None);
    assert!(!budget.stage("step_4").unwrap().post_peak().is_empty());
    for stage in comparison.stages() {
        assert_eq!(stage.figures().count(), 2);
        for (_, figure) in stage.figures() {
            let apart = figure.above_baseline.unwrap() - figure.predicted.signed();
            assert!(apart.abs() <= (1 << 20) / 200 + 1, "{}: {figure:?}", stage.name);
        }
    }
    let end = end(&comparison, "step_6");
    assert_eq!((end.predicted.get(), end.difference_percent()), (0, None));

    let no_fisher = EclipseConfig { fisher: false, ..config }.budget().unwrap();
    let error = no_fisher.compare(&printed).unwrap_err();
    let names = "there is no stage 'step_4'; name one of: step_1, step_2, step_3";
    assert_eq!(error.to_string(), names);
    assert!(matches!(error, Error::UnknownStage { .. }));
}

/// The guide has sums for peaks of some steps; a run has more steps, and the sum of step 4 leaves out
/// 1.15 MiB of the 33.35 that the program prints.
#[test]
fn published_sums_are_of_some_peaks() {
    let pixels =
        EclipseConfig { pix_t: Some(580), pix_p: Some(395), ..EclipseConfig::new(Code::Teb, 16) };
    let model = Model::Published;
    let budget =
        EclipseConfig { maps: 1000, check_inverse: true, model, ..pixels }.budget().unwrap();
    let printed = data("eclipse_nside_8.log");
    let comparison = budget.compare(&printed).unwrap();
    let names: Vec<_> = comparison.stages().iter().map(|stage| &*stage.name).collect();
    assert_eq!(names, ["step_2", "step_4", "step_6"]);
    assert!(comparison.stages().iter().all(|stage| stage.end.is_none()));
    assert_eq!(comparison.not_predicted().collect::<Vec<_>>(), ["step_1", "step_3"]);
    let step_4 = comparison.stage("step_4").unwrap().peak;
    let short = step_4.above_baseline.unwrap() - step_4.predicted.signed();
    assert_abs_diff_eq!(short as f64 / (1 << 20) as f64, 33.35 - 32.20, epsilon = 0.01);
    let table = comparison.table();
    assert!(!table.contains("at its end"), "{table}");
    let more = "\nmeasured, but not predicted by these numbers: step_1, step_3\n";
    assert!(table.contains(more), "{table}");
    let document: Value = serde_json::from_str(&comparison.json()).unwrap();
    assert_eq!(document["not_predicted"], serde_json::json!(["step_1", "step_3"]));
    assert!(document["stages"][0]["end"].is_null());
    // What only was measured where nothing is predicted is no figure of a stage; other names are none.
    let alone = budget.compare(&log("step_3 peak 9")).unwrap();
    assert_eq!(alone.not_measured().collect::<Vec<_>>(), ["step_2", "step_4", "step_6"]);
    let error = budget.compare(&log("step_7 9")).unwrap_err();
    let names = "there is no stage 'step_7'; name one of: step_2, step_4, step_6";
    assert_eq!(error.to_string(), names);
}

// ---- how it is printed ----

#[test]
fn the_table_of_the_calibrated_run() {
    let budget = eclipse_qu();
    let table = budget.compare(&data("eclipse_qu.json")).unwrap().table();
    let row = |name: &str| -> String {
        table.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned()
    };
    assert_eq!(
        row("lifetime").split_whitespace().collect::<Vec<_>>(),
        ["lifetime", "peak", "112.59", "113.18", "4.321", "4.344", "+0.5", "%"]
    );
    assert!(row("p: ").contains("26.06 GiB, of n_pix 59136"), "{table}");
    assert!(row("furthest apart: ").ends_with("+0.5 %, peak of 'lifetime'"), "{table}");
    assert!(row("not measured: ").contains("covariance_setup, basis_setup, fisher_run"), "{table}");
    // Notes are of this run, not of those that calibrate the model.
    assert!(!budget.note().is_empty() && !table.contains(budget.note()), "{table}");
    assert_eq!(row("note"), "");
}

#[test]
fn tables_keep_to_100_columns() {
    let largest = PixelDirectConfig::new(200_000_000, 2, 1, 1);
    let small = PixelDirectConfig::new(1, 2, 1, 1);
    let text = format!("spectra_run {0}\nspectra_run peak {0}\nlifetime peak {0}", i64::MAX);
    for config in [largest, small, qu_64()] {
        let budget = config.budget().unwrap();
        for text in [text.clone(), format!("{text}\nbaseline 0"), "basis_setup 0".to_owned()] {
            let table = budget.compare(&log(&text)).unwrap().table();
            assert!(table.ends_with('\n') && !table.contains("\n\n\n"));
            for line in table.lines() {
                assert!(line.chars().count() <= 100 && line.trim_end() == line, "{line}");
            }
        }
    }
}

#[test]
fn the_document_says_what_the_table_says() {
    let budget = qu_64().budget().unwrap();
    let p: u64 = 8 * 9800 * 9800;
    let text = format!("baseline {p}\nfisher_run {}\nlifetime peak {}", 4 * p, 24 * p);
    let json = budget.compare(&log(&text)).unwrap().json();
    assert!(!json.contains('\n'));
    let document: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(document["schema"], "qube-compare/1");
    assert_eq!(document["path"], "pixel-direct");
    assert_eq!(document["release"], "qube-qml 1.2");
    assert_eq!((&document["unit_bytes"], &document["baseline_bytes"]), (&p.into(), &p.into()));
    let fisher = &document["stages"][2];
    assert_eq!(fisher["name"], "fisher_run");
    assert_eq!(fisher["end"]["predicted_bytes"], 3 * p);
    assert_eq!(fisher["end"]["measured_bytes"], 4 * p);
    assert_eq!(fisher["end"]["above_baseline_bytes"], 3 * p);
    assert_eq!(fisher["end"]["measured_units"], 3.0);
    assert_eq!(fisher["end"]["difference_percent"], 0.0);
    assert_eq!(fisher["peak"]["predicted_units"], 24.0);
    assert_eq!(fisher["peak"]["measured_bytes"], Value::Null);
    assert_eq!(document["lifetime_peak"]["above_baseline_bytes"], 23 * p);
    let missing = serde_json::json!(["covariance_setup", "basis_setup", "spectra_run"]);
    assert_eq!(document["not_measured"], missing);
}

// ---- the two forms, and what they refuse ----

#[test]
fn a_log_and_a_document_say_the_same() {
    let text = "# a run of qube-qml\r\n\r\nbaseline 0.26 GiB\n\
                \tbasis_setup   57.80 GiB # at its end\nbasis_setup peak 113.2GiB\n\
                spectra_run 1024 KiB\nfisher_run peak 12 bytes\nlifetime peak 121869697024\n";
    let json = r#" {"schema": "qube-measured/1", "baseline_bytes": 279172874,
        "peak_rss_bytes": 121869697024, "stages": [
            {"name": "basis_setup", "rss_bytes": 62062277427, "peak_rss_bytes": 121547574477},
            {"name": "spectra_run", "rss_bytes": 1048576},
            {"name": "fisher_run", "peak_rss_bytes": 12}]}"#;
    let of_log = log(text);
    assert_eq!(of_log, Measured::from_json(json).unwrap());
    assert_eq!(of_log, Measured::parse(text).unwrap());
    assert_eq!(of_log, Measured::parse(json).unwrap());
    let names: Vec<&str> = of_log.stages().iter().map(|stage| stage.name.as_str()).collect();
    assert_eq!(names, ["basis_setup", "spectra_run", "fisher_run"]);
}

#[test]
fn bad_lines_are_named_by_their_number() {
    for (line, reason) in [
        ("basis_setup", "there is no size after 'basis_setup'; write NAME SIZE or NAME peak SIZE"),
        ("basis_setup peak", "there is no size after 'basis_setup peak'"),
        ("fisher_run -5 GiB", "the size '-5 GiB' cannot be read: '-5' is not a number above 0"),
        ("fisher_run 5 gb", "the size '5 gb' cannot be read: the unit 'gb' is not known; give b"),
        ("mb 1001", "give the meaning of MB as 'mb 1000' or 'mb 1024'"),
        ("rank -1", "the rank is '-1'; give a number from 0 on"),
        ("fisher_run 5 GiB 6", "the size '5 GiB 6' cannot be read"),
        ("fisher run 5 GiB", "the size 'run 5 GiB' cannot be read"),
        ("fisher_run 1e9", "the size '1e9' cannot be read"),
        ("fisher_run 8388608 TiB", "it is too large; give at most 2^63 - 1 bytes"),
        (
            "basis_setup 8",
            "the end of stage 'basis_setup' is given twice, as 7 and 8 bytes; give it once",
        ),
        ("basis_setup peak 3", "the peak of stage 'basis_setup' is given twice"),
        ("baseline 2", "baseline is given twice"),
        ("lifetime peak 2", "lifetime peak is given twice"),
        ("baseline peak 2", "the baseline has no peak; write baseline SIZE"),
        ("lifetime 2", "the lifetime has only a peak; write lifetime peak SIZE"),
    ] {
        let text = format!(
            "baseline 1\n\nbasis_setup 7 # once\nbasis_setup peak 9\nlifetime peak 9\n{line}\n"
        );
        let error = Measured::from_log(&text).unwrap_err();
        let message = error.to_string();
        let start = "the document is not a valid log of measured stages: line 6: ";
        assert!(message.starts_with(start), "{line}: {message}");
        assert!(message.contains(reason), "{line}: {message}");
    }
    for text in ["", "# nothing\n", "baseline 3 GiB"] {
        let message = Measured::from_log(text).unwrap_err().to_string();
        assert!(message.ends_with("it has no figure of any stage; give one or more"), "{message}");
    }
}

#[test]
fn bad_documents_name_the_stage() {
    let stage = |fields: &str| format!(r#"{{"stages": [{{"name": "basis_setup"{fields}}}]}}"#);
    for (json, reason) in [
        (stage(""), "stage 'basis_setup' has no figure; give rss_bytes, peak_rss_bytes or both"),
        (stage(r#", "rss_bytes": -1"#), "rss_bytes of stage 'basis_setup' is -1; give 0 or more"),
        (stage(r#", "peak_rss_bytes": -2"#), "peak_rss_bytes of stage 'basis_setup' is -2"),
        (stage(r#", "rss": 1"#), "unknown field `rss`"),
        (stage(r#", "rss_bytes": 1.5"#), "1.5"),
        (stage(r#", "rss_bytes": 9223372036854775808"#), "9223372036854775808"),
        (
            r#"{"stages": [{"name": "a", "rss_bytes": 1}, {"name": "a", "rss_bytes": 2}]}"#.into(),
            "the end of stage 'a' is given twice, as 1 and 2 bytes; give it once",
        ),
        (r#"{"baseline_bytes": -3, "stages": []}"#.into(), "baseline_bytes is -3; give 0 or more"),
        (r#"{"peak_rss_bytes": -3, "stages": []}"#.into(), "peak_rss_bytes of the run is -3"),
        (r#"{"stages": []}"#.into(), "it has no figure of any stage"),
        (
            r#"{"schema": "qube-budget/2", "stages": []}"#.into(),
            "this version reads 'qube-measured/1'",
        ),
        (r#"{"stages": ["#.into(), "line 1 column 12"),
        ("[]".into(), "invalid"),
    ] {
        let message = Measured::from_json(&json).unwrap_err().to_string();
        let start = "the document is not a valid list of measured stages: ";
        assert!(message.starts_with(start) && message.contains(reason), "{json}: {message}");
    }
}

// ---- sizes in MB ----

/// MB are 2^20 bytes unless the log says otherwise, anywhere in it; what was taken is a note.
#[test]
fn a_megabyte_means_what_the_log_says() {
    let budget = eclipse_qu();
    for (setting, kilo, mega, giga) in
        [("", 1 << 10, 1 << 20, 1 << 30), ("mb 1000", 1000, 1_000_000, 1_000_000_000)]
    {
        let text = format!(
            "baseline 7 kB\nbasis_setup 3 MB\nbasis_setup peak 1.5 GB\nfisher_run 9KB\n{setting}\n"
        );
        let measured = log(&text);
        let stage = &measured.stages()[0];
        assert_eq!(measured.baseline().unwrap().get(), 7 * kilo);
        assert_eq!(stage.end.unwrap().get(), 3 * mega);
        assert_eq!(stage.peak.unwrap().get(), giga * 3 / 2);
        assert_eq!(measured.stages()[1].end.unwrap().get(), 9 * kilo);
        let table = budget.compare(&measured).unwrap().table();
        let meaning = if setting.is_empty() { "1024 bytes, as ECLIPSE" } else { "1000 bytes" };
        assert!(table.contains(&format!("read as powers of {meaning}")), "{table}");
    }
    let asked = Measured::parse_with("basis_setup 3 MB", Some(Megabyte::Decimal)).unwrap();
    assert_eq!(asked.stages()[0].end.unwrap().get(), 3_000_000);
    let error = Measured::parse_with("a 3 MB\nmb 1024", Some(Megabyte::Decimal)).unwrap_err();
    assert!(error.to_string().contains("line 2: MB are both"), "{error}");
    // Where no such unit occurs there is nothing to say.
    assert!(log("basis_setup 3 MiB").notes().is_empty());
}

// ---- what other programs print ----

fn figures(measured: &Measured, stage: &str) -> [Option<u64>; 3] {
    let found = measured.stages().iter().find(|found| found.name == stage).unwrap();
    [found.entry, found.end, found.peak].map(|bytes| bytes.map(Bytes::get))
}

/// As QUBE's benchmarks write it: stages in the order in which they end, nested in run(), MB of 2^20.
/// A stage ends with the entry of the next one, since compute() still holds its products at the exit.
#[test]
fn a_profile_of_qube_is_read_by_our_names() {
    const MIB: u64 = 1 << 20;
    let measured = data("qube_profile.json");
    assert_eq!(measured.baseline().unwrap().get(), 250 * MIB + MIB / 2);
    let of = |entry: u64, end: u64, peak: u64| [entry, end, peak].map(|mib| Some(mib * MIB));
    assert_eq!(figures(&measured, "covariance_setup"), of(260, 321, 391));
    assert_eq!(figures(&measured, "basis_setup"), of(330, 500, 707)); // exit 530, then V is released
    assert_eq!(figures(&measured, "fisher_run"), of(505, 520, 910)); // compute ends at 880
    assert_eq!(figures(&measured, "spectra_run"), of(540, 533, 960)); // of run(): none follows
    let names: Vec<&str> = measured.stages().iter().map(|stage| stage.name.as_str()).collect();
    assert_eq!(names, ["covariance_setup", "basis_setup", "fisher_run", "spectra_run"]);
    assert_eq!(measured.lifetime_peak().unwrap().get(), 960 * MIB);
    assert!(measured.notes()[0].contains("2^20 bytes"), "{:?}", measured.notes());
    HarmonicConfig::new(3008, 2397, 128).budget().unwrap().compare(&measured).unwrap();
}

#[test]
fn profiles_without_their_file_or_their_substages() {
    let stage = |name: &str, mb: [u64; 3]| {
        let [entry, exit, peak] = mb;
        format!(
            r#"{{"name":"{name}","rss_at_entry_mb":{entry},"rss_at_exit_mb":{exit},"rss_peak_mb":{peak}}}"#
        )
    };
    let mib = |mb: u64| Some(mb << 20);
    // A list of samples alone, and no stage after the last.
    let list = [
        stage("fisher.basis_setup", [1, 5, 9]),
        stage("fisher.compute.derivative_cache", [4, 8, 12]),
        stage("fisher.compute.trace", [8, 7, 10]),
    ];
    let measured = Measured::parse(&format!("[{}]", list.join(","))).unwrap();
    assert_eq!(figures(&measured, "basis_setup"), [mib(1), mib(4), mib(9)]);
    assert_eq!(figures(&measured, "fisher_run"), [mib(4), mib(7), mib(12)]);
    assert!(measured.notes()[1].contains("the end of 'fisher_run' was sampled within it"));
    // Nothing within run(): Fisher.run() is more than our fisher_run, Spectra.run() is ours.
    let runs = [stage("fisher_run", [1, 5, 90]), stage("spectra_run", [5, 6, 40])];
    let measured = Measured::parse(&format!(
        r#"{{"results":{{"QU":{{"baseline_rss_mb":1,"peak_rss_mb":40,"stages":[{}]}}}}}}"#,
        runs.join(",")
    ))
    .unwrap();
    assert_eq!(measured.stages().len(), 1);
    assert_eq!(figures(&measured, "spectra_run"), [mib(5), mib(6), mib(40)]);
    assert_eq!(measured.lifetime_peak().map(Bytes::get), mib(90));
    assert!(measured.notes()[1].contains("of Fisher.run() as a whole"));
    for (text, reason) in [
        (
            r#"{"results":{"a":{},"b":{}}}"#.to_owned(),
            "it has 2 runs (a, b); give the object of one",
        ),
        (r#"{"results":{"a":{"error":"killed"}}}"#.into(), "run 'a': missing field `stages`"),
        (
            format!("[{}]", stage("fisher_run", [1, 2, 3]).replace(":3", ":-3")),
            "rss_peak_mb of 'fisher_run' is -3",
        ),
        (
            format!("[{}]", stage("fisher_run", [1, 2, 3]).replace(":3", ":1e300")),
            "give 0 to 8589934592 MB",
        ),
        (r#"{"baseline_rss_mb":1,"stages":[{"name":"a"}]}"#.into(), "stage 'a' has no figure"),
        (r#"{"baseline_rss_mb":1,"stages":[]}"#.into(), "it has no figure of any stage"),
    ] {
        let message = Measured::parse(&text).unwrap_err().to_string();
        let start = "the document is not a valid profile of QUBE: ";
        assert!(message.starts_with(start) && message.contains(reason), "{text}: {message}");
    }
}

/// The largest task of all steps: 149786984K are the 142.85 GiB of the calibrated run.
#[test]
fn what_slurm_says_of_a_job() {
    let plain = "JobID            MaxRSS     State \n------------ ---------- --------- \n\
                 1234                     COMPLETED \n1234.batch   149786984K COMPLETED \n\
                 1234.extern        912K COMPLETED \n";
    let barred = "JobID|JobName|MaxRSS|\n1234|run||\n1234.batch|batch|149786984K|\n1234.0|a|0|\n";
    for text in [plain, barred, "149786984K\n", "MaxRSS\n------\n\n149786984K\n", " 149786984K "] {
        let measured = Measured::parse(text).unwrap();
        assert_eq!(measured.lifetime_peak().unwrap().get(), 149_786_984 * 1024, "{text}");
        assert!(measured.stages().is_empty() && measured.notes()[0].contains("sacct"), "{text}");
    }
    let table = eclipse_qu().compare(&Measured::parse(barred).unwrap()).unwrap().table();
    assert!(table.contains("note: of sacct: MaxRSS of the task with most"), "{table}");
    for (text, reason) in [
        ("JobID|MaxRSS\n12.0|5K\n13.0|6K\n", "rows of jobs 12 and 13; give one job's"),
        ("JobID|MaxRSS\n12.0|5X\n", "line 2: MaxRSS '5X' cannot be read"),
        ("JobID|MaxRSS\n12.0|\n", "no row has a MaxRSS"),
        ("JobID MaxRSS\n12.0 5K\n", "print it with sacct -P"),
        ("MaxRSS  State\n------ -----\n149786K  DONE\n", "line 3: a cell is wider than its column"),
    ] {
        let message = Measured::parse(text).unwrap_err().to_string();
        assert!(message.starts_with("the document is not a valid listing of sacct: "), "{message}");
        assert!(message.contains(reason), "{text}: {message}");
    }
}

#[test]
fn what_gnu_time_says_of_a_process() {
    let report = "\tCommand being timed: \"python run.py\"\n\tUser time (seconds): 12.30\n\
                  \tMaximum resident set size (kbytes): 149786984\n\tExit status: 0\n";
    let measured = Measured::parse(report).unwrap();
    assert_eq!(measured.lifetime_peak().unwrap().get(), 149_786_984 * 1024);
    for (text, reason) in [
        (report.replace("149786984", "-5"), "line 3: '-5' kbytes cannot be read"),
        (format!("{report}{report}"), "line 7: the largest resident size is given twice"),
    ] {
        let message = Measured::parse(&text).unwrap_err().to_string();
        assert!(message.contains(reason), "{message}");
    }
}

// ---- what a difference may be ----

/// The harmonic Fisher stage of a run that held four n_modes^2 that the published numbers leave out.
#[test]
fn a_surplus_is_told_in_arrays() {
    let budget = eclipse_qu();
    let stage = budget.stage("fisher_run").unwrap();
    let (m, x) = (8 * 33274u64 * 33274, 8 * 33274u64 * 59136);
    let compared = |bytes: u64| {
        let text = format!("baseline 0\nfisher_run peak {bytes}");
        let table = budget.compare(&log(&text)).unwrap().table();
        table.split("difference: ").nth(1).unwrap_or_default().replace("\n            ", " ")
    };
    let peak = stage.peak_bytes().get();
    let words = compared(peak + 4 * m);
    assert!(words.contains("peak of fisher_run: +33.00 GiB = +4.0 m"), "{words}");
    assert!(words.contains("four arrays of n_modes^2 that the budget does not name"), "{words}");
    let words = compared(peak + x * 101 / 100);
    assert!(words.contains("+1.0 x") && words.contains("one array of n_pix n_modes"), "{words}");
    // A copy of the stage before that is still there, by its name.
    assert!(words.contains("; perhaps '") && words.contains("not freed"), "{words}");
    let words = compared(peak - 2 * m);
    assert!(words.contains("-2.0 m"), "{words}");
    assert!(
        words.contains("two arrays of n_modes^2 that the budget names, but the run"),
        "{words}"
    );
    let words = compared(peak + m / 2);
    assert!(words.contains("+0.5 m") && words.contains("no whole number of arrays"), "{words}");
    // Within 2 % there is nothing to explain.
    assert_eq!(compared(peak + peak / 100), "");
    let json = budget.compare(&log(&format!("fisher_run peak {}", peak + 4 * m))).unwrap().json();
    let document: Value = serde_json::from_str(&json).unwrap();
    let difference = &document["differences"][0];
    assert_eq!(
        (&difference["stage"], &difference["bytes"]),
        (&"fisher_run".into(), &(4 * m).into())
    );
    assert_eq!(difference["units"]["m"], 4.0);
    assert!(difference["may_be"].as_str().unwrap().contains("four arrays of n_modes^2"));
    let symbols: Vec<&str> = document["units"]
        .as_array()
        .unwrap()
        .iter()
        .map(|u| u["symbol"].as_str().unwrap())
        .collect();
    assert_eq!(symbols, ["p", "m", "x"]);
}

// ---- ranks ----

fn teb() -> Budget {
    let pixels = EclipseConfig {
        pix_t: Some(580),
        pix_p: Some(395),
        maps: 1000,
        check_inverse: true,
        model: Model::Printed,
        ..EclipseConfig::new(Code::Teb, 16)
    };
    pixels.budget().unwrap()
}

/// D^2 on 2 x 2 ranks in blocks of 150: 750 and 620 of 1370 rows and columns.
#[test]
fn each_rank_of_a_grid_has_its_own_prediction() {
    let budget = teb();
    let grid = Grid::new(2, 2, 150, None).unwrap();
    let step_2 = |rank: u64, more: u64| {
        let sides: [u64; 2] = [750, 620];
        let bytes = 2 * 8 * sides[rank as usize / 2] * sides[rank as usize % 2];
        log(&format!("rank {rank}\nbaseline 100\nstep_2 peak {}", bytes + 100 + more))
    };
    // In any order; each says which it is.
    let records = [step_2(3, 0), step_2(1, 7), step_2(0, 0), step_2(2, 0)];
    let compared = budget.compare_ranks(Some(grid), &records).unwrap();
    let of_ranks: Vec<_> = compared.ranks().iter().map(|rank| (rank.rank, rank.place)).collect();
    let places = [(0, 0), (0, 1), (1, 0), (1, 1)];
    let numbered = (0..).map(Some).zip(places.map(Some)).collect::<Vec<_>>();
    assert_eq!(of_ranks, numbered);
    let apart: Vec<_> =
        compared.ranks().iter().map(|rank| rank.stages()[1].peak.difference().unwrap()).collect();
    assert_eq!(apart, [0, 7, 0, 0]);
    let fullest = compared.stage("step_2").unwrap().peak;
    assert_eq!((fullest.predicted.get(), fullest.difference()), (2 * 8 * 750 * 750, Some(0)));
    let table = compared.table();
    assert!(table.contains("\nrank 1 at row 0, column 1 of the grid\n"), "{table}");
    assert_eq!(compared.unit().get(), 2 * 1370 * 1370); // a rank's share
    let document: Value = serde_json::from_str(&compared.json()).unwrap();
    assert_eq!(
        (&document["ranks"][2]["row"], &document["ranks"][2]["column"]),
        (&1.into(), &0.into())
    );
    assert_eq!(document["grid"]["nprow"], 2);

    // Without a rank of their own, in order.
    let plain = |rank| {
        let record = step_2(rank, 0);
        log(&format!("step_2 peak {}", figures(&record, "step_2")[2].unwrap() - 100))
    };
    let compared =
        budget.compare_ranks(Some(grid), &[plain(0), plain(1), plain(2), plain(3)]).unwrap();
    assert!(compared.ranks().iter().all(|rank| rank.stages()[1].peak.difference() == Some(0)));
    // By row and column.
    let placed = log("row 1\ncolumn 0\nstep_2 peak 9");
    let compared = budget.compare_ranks(Some(grid), &[placed]).unwrap();
    assert_eq!(compared.ranks()[0].rank, Some(2));
}

#[test]
fn ranks_that_cannot_be_are_refused() {
    let budget = teb();
    let grid = Grid::new(2, 2, 150, None).unwrap();
    let refused = |records: &[Measured]| budget.compare_ranks(Some(grid), records).unwrap_err();
    let message = refused(&[log("rank 4\nstep_2 5")]).to_string();
    assert_eq!(message, "rank 4 does not exist; give 0 to 3");
    let message = refused(&[log("rank 1\nstep_2 5"), log("row 0\ncolumn 1\nstep_2 5")]).to_string();
    assert_eq!(message, "rank '1' has two records; give one of each rank");
    assert!(matches!(refused(&[]), Error::Input { name: "n_measured", .. }));
    let five: Vec<Measured> = (0..5).map(|_| log("step_2 5")).collect();
    assert_eq!(refused(&five).to_string(), "rank 4 does not exist; give 0 to 3");
    let error = refused(&[log("step_8 5")]);
    assert!(matches!(error, Error::UnknownStage { .. }));
}

/// Rank (0, 0) of a real run of the shipped example, its heap above 24.5 MB: a printed total leaves out
/// two steps, and what a run holds has all.
#[test]
fn all_steps_of_eclipse_may_be_measured() {
    let held = EclipseConfig {
        pix_t: Some(580),
        pix_p: Some(395),
        nside: Some(8),
        maps: 1000,
        check_inverse: true,
        ..EclipseConfig::new(Code::Teb, 16)
    };
    let text = "baseline 0\nstep_1 peak 10284088\nstep_3 peak 30335560\nstep_5 peak 8915712\n\
                step_6 peak 10080640\nspectra peak 5494080";
    let printed = teb();
    let compared = printed.compare(&log(text)).unwrap();
    assert_eq!(compared.not_predicted().collect::<Vec<_>>(), ["step_5", "spectra"]);
    let held = held.budget().unwrap();
    let grid = Grid::new(2, 2, 150, None).unwrap();
    let compared = held.compare_ranks(Some(grid), &[log(text)]).unwrap();
    assert_eq!(compared.not_predicted().next(), None);
    let step_3 = compared.ranks()[0].stages()[2].peak;
    assert!(step_3.difference_percent().unwrap().abs() < 13.0, "{step_3:?}");
}

/// QUBE's ranks hold all of it, each; a record of all of them has the fullest and the least.
#[test]
fn ranks_without_a_grid_each_hold_all() {
    let budget = qu_64().budget().unwrap();
    let p: u64 = 8 * 9800 * 9800;
    let record = |rank: i64, more: u64| {
        log(&format!("rank {rank}\nbaseline 0\nbasis_setup {}", 2 * p + more))
    };
    let compared = budget.compare_ranks(None, &[record(0, p), record(1, 0)]).unwrap();
    let apart =
        compared.ranks().iter().map(|rank| rank.stages()[1].end.unwrap().difference().unwrap());
    assert_eq!(apart.collect::<Vec<_>>(), [p as i64, 0]);
    assert_eq!(end(&compared, "basis_setup").difference(), Some(p as i64));

    let alone = |log: &str| {
        let mut values = Vec::new();
        let record = Measured::from_log(log).unwrap();
        record.over_ranks(0, &mut |_, v| {
            values.push(v.to_vec());
            Ok(())
        })
    };
    let whole = alone(&format!("baseline 5\nbasis_setup {}", 2 * p + 5)).unwrap();
    let compared = budget.compare(&whole).unwrap();
    assert_eq!(compared.ranks()[0].rank, None);
    let least = compared.ranks()[0].stages()[1].end.unwrap();
    assert_eq!((least.predicted.get(), least.difference()), (2 * p, Some(0)));
    let table = compared.table();
    assert!(
        table.contains("the least\n") && table.contains("note: the largest of 1 ranks"),
        "{table}"
    );
    let grid = Grid::new(2, 1, 64, None).unwrap();
    let error = budget.compare_ranks(Some(grid), &[whole]).unwrap_err();
    assert!(matches!(error, Error::Conflict { name: "ranks", value: 1, .. }), "{error}");
}

// ---- beside a request ----

/// Resident sizes, input and baseline in them: 138.9 GiB predicted for the calibrated run and 139.5
/// measured, within what is requested.
#[test]
fn a_request_is_compared_with_resident_sizes() {
    let budget = eclipse_qu();
    let request = budget.request(&Job::default()).unwrap();
    let compared = request.compare(&[data("eclipse_qu.json")]).unwrap();
    assert!(compared.is_against_request());
    let life = compared.lifetime_peak();
    assert_eq!(life.predicted, request.resident_bytes());
    assert_eq!(life.requested.unwrap().get(), request.per_node_bytes().get());
    assert_eq!(life.above_baseline, life.measured.map(Bytes::signed));
    assert_abs_diff_eq!(life.difference_percent().unwrap(), 0.45, epsilon = 0.05);
    assert_eq!(compared.is_within_request(), Some(true));
    let table = compared.table();
    assert!(table.contains("Every measured size is within the request."), "{table}");
    let document: Value = serde_json::from_str(&compared.json()).unwrap();
    assert_eq!(
        (&document["against"], &document["within_request"]),
        (&"request".into(), &true.into())
    );

    let more = log(&format!("lifetime peak {}", request.per_node_bytes().get() + 1));
    let compared = request.compare(&[more]).unwrap();
    assert_eq!(compared.is_within_request(), Some(false));
    assert!(compared.table().contains("More was measured than is requested."));
}

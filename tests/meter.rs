//! The meter: borders, peaks between them, what a system does not tell, and the records of many ranks.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use qube_budget::Error;
use qube_budget::budget::{Bytes, HarmonicConfig};
use qube_budget::meter::{Meter, Process, Reading};
use qube_budget::run::{Measured, Reduction};

/// A process that holds what a test says; its high-water mark is the kernel's.
#[derive(Clone, Default)]
struct Made(Rc<RefCell<State>>);

#[derive(Default)]
struct State {
    resident: u64,
    mark: u64,
    can_reset: bool,
    /// The system takes the request and does nothing.
    pretends: bool,
    tells_resident: bool,
    tells_peak: bool,
}

impl Made {
    fn new(resident: u64) -> Made {
        Made(Rc::new(RefCell::new(State {
            resident,
            mark: resident,
            can_reset: true,
            tells_resident: true,
            tells_peak: true,
            ..State::default()
        })))
    }

    /// Holds so much for a while, and then so much.
    fn holds(&self, most: u64, then: u64) {
        let mut state = self.0.borrow_mut();
        state.mark = state.mark.max(most).max(then);
        state.resident = then;
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.borrow_mut());
    }
}

fn bytes(number: u64) -> Option<Bytes> {
    let log = format!("lifetime peak {number}");
    Measured::from_log(&log).unwrap().lifetime_peak()
}

impl Process for Made {
    fn read(&mut self) -> Reading {
        let state = self.0.borrow();
        Reading {
            resident: state.tells_resident.then(|| bytes(state.resident)).flatten(),
            peak: state.tells_peak.then(|| bytes(state.mark)).flatten(),
        }
    }

    fn reset(&mut self) -> bool {
        let mut state = self.0.borrow_mut();
        if state.can_reset && !state.pretends {
            state.mark = state.resident;
        }
        state.can_reset
    }

    fn cgroup_peak(&mut self) -> Option<Bytes> {
        bytes(777)
    }

    fn host(&mut self) -> Option<String> {
        Some("node7".into())
    }
}

/// Entry, end and peak of a stage; -1 where it is not known.
fn figures(record: &Measured, stage: &str) -> [i64; 3] {
    let found = record.stages().iter().find(|found| found.name == stage).unwrap();
    [found.entry, found.end, found.peak].map(|bytes| bytes.map_or(-1, Bytes::signed))
}

#[test]
fn a_stage_has_what_it_begins_and_ends_with_and_the_most_between() {
    let made = Made::new(100);
    made.holds(5000, 100); // before the meter: of the life, of no stage
    let mut meter = Meter::of(made.clone());
    meter.stage("covariance_setup").unwrap();
    made.holds(300, 200);
    meter.stage("basis_setup").unwrap();
    made.holds(900, 250);
    meter.stage("fisher_run").unwrap();
    made.holds(260, 220);
    meter.end().unwrap();
    made.holds(8000, 100); // after it
    let record = meter.record();
    assert_eq!(figures(&record, "covariance_setup"), [100, 200, 300]);
    assert_eq!(figures(&record, "basis_setup"), [200, 250, 900]);
    assert_eq!(figures(&record, "fisher_run"), [250, 220, 260]);
    assert_eq!((record.baseline(), record.lifetime_peak()), (bytes(100), bytes(5000)));
    assert_eq!((record.host(), record.cgroup_peak()), (Some("node7"), bytes(777)));
    assert!(record.notes().is_empty(), "{:?}", record.notes());
}

#[test]
fn a_stage_that_is_entered_again_keeps_its_larger_peak() {
    let made = Made::new(10);
    let mut meter = Meter::of(made.clone());
    for (stage, most, then) in [("a", 50, 20), ("b", 90, 30), ("a", 40, 35), ("b", 80, 15)] {
        meter.stage(stage).unwrap();
        made.holds(most, then);
    }
    meter.end().unwrap();
    let record = meter.record();
    assert_eq!(figures(&record, "a"), [10, 35, 50]);
    assert_eq!(figures(&record, "b"), [20, 15, 90]);
    let names: Vec<&str> = record.stages().iter().map(|stage| stage.name.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
}

/// The mark only rises: of a stage below an earlier peak the peak is not known, and said to be.
#[test]
fn a_mark_that_cannot_be_set_back_hides_later_smaller_peaks() {
    for pretends in [false, true] {
        let made = Made::new(100);
        made.change(|state| (state.can_reset, state.pretends) = (pretends, pretends));
        let mut meter = Meter::of(made.clone());
        meter.stage("first").unwrap();
        made.holds(300, 150);
        meter.stage("below").unwrap();
        made.holds(290, 120);
        meter.stage("above").unwrap();
        made.holds(400, 130);
        meter.end().unwrap();
        let record = meter.record();
        assert_eq!(figures(&record, "first"), [100, 150, 300]);
        assert_eq!(figures(&record, "below"), [150, 120, -1]);
        assert_eq!(figures(&record, "above"), [120, 130, 400]);
        assert_eq!(record.lifetime_peak(), bytes(400));
        let notes = record.notes().join("\n");
        assert!(
            notes.contains("only rises") && notes.contains("below an earlier peak: below"),
            "{notes}"
        );
    }
}

#[test]
fn what_the_system_does_not_tell_is_said() {
    let made = Made::new(100);
    made.change(|state| (state.tells_resident, state.can_reset) = (false, false));
    let mut meter = Meter::of(made.clone());
    meter.stage("a").unwrap();
    made.holds(300, 150);
    meter.end().unwrap();
    let record = meter.record();
    assert_eq!(figures(&record, "a"), [-1, -1, 300]);
    assert_eq!(record.baseline(), None);
    assert!(record.notes()[0].contains("resident sizes are missing"), "{:?}", record.notes());

    made.change(|state| state.tells_peak = false);
    let mut meter = Meter::of(made.clone());
    meter.stage("a").unwrap();
    meter.end().unwrap();
    let record = meter.record();
    assert_eq!((figures(&record, "a"), record.lifetime_peak()), ([-1; 3], None));
    assert!(record.notes()[1].contains("peaks are missing"), "{:?}", record.notes());
    // What is not known is left out of the document.
    assert!(!record.json().contains(r#""name""#), "{}", record.json());
}

#[test]
fn borders_that_cannot_be_are_refused_and_change_nothing() {
    let made = Made::new(10);
    let mut meter = Meter::of(made.clone());
    let message = meter.end().unwrap_err().to_string();
    assert!(message.contains("begin one before it ends"), "{message}");
    meter.stage("a").unwrap();
    for name in ["", "  ", "a\nb"] {
        assert!(matches!(meter.stage(name), Err(Error::Label { .. })), "{name:?}");
    }
    made.holds(70, 20);
    let open = meter.record();
    assert!(open.notes().iter().any(|note| note == "stage 'a' has not ended"));
    meter.end().unwrap();
    assert_eq!(figures(&meter.record(), "a"), [10, 20, 70]);
    assert!(meter.end().is_err());
    for number in 1..4096 {
        meter.stage(&format!("s{number}")).unwrap();
    }
    assert!(matches!(meter.stage("one more"), Err(Error::TooLarge { limit: 4096, .. })));
    meter.stage("a").unwrap(); // a stage that is there
}

#[test]
fn a_record_is_a_document_that_compare_reads() {
    let p = 8 * 1000 * 1000u64;
    let budget = HarmonicConfig::new(1000, 500, 64).budget().unwrap();
    let made = Made::new(100);
    let mut meter = Meter::of(made.clone());
    meter.set_rank(3);
    meter.stage("covariance_setup").unwrap();
    made.holds(2 * p + 100, p + 100);
    meter.end().unwrap();
    let record = meter.record();
    let read = Measured::parse(&record.json()).unwrap();
    assert_eq!(read, record);
    let compared = budget.compare(&read).unwrap();
    let stage = compared.stage("covariance_setup").unwrap();
    assert_eq!(stage.peak.difference_percent(), Some(0.0));
    assert_eq!(stage.end.unwrap().difference_percent(), Some(0.0));
}

// ---- this process ----

/// A half that is freed shows in the peak and not at the end, on a system that sets the mark back.
#[cfg(target_os = "linux")]
#[test]
fn this_process_is_measured() {
    const SIZE: usize = 64 << 20;
    let touched = |size: usize| {
        let mut array = vec![0u8; size];
        array.iter_mut().step_by(4096).for_each(|byte| *byte = 1);
        std::hint::black_box(array)
    };
    let mut meter = Meter::start();
    meter.stage("grows").unwrap();
    let kept = touched(SIZE);
    drop(touched(SIZE));
    meter.stage("stays").unwrap();
    meter.end().unwrap();
    let record = meter.record();
    drop(kept);
    let [entry, end, peak] = figures(&record, "grows");
    let near = |value: i64, expected: usize| (value - expected as i64).abs() < (8 << 20);
    assert!(near(end - entry, SIZE) && near(peak - entry, 2 * SIZE), "{record:?}");
    let [_, end, peak] = figures(&record, "stays");
    // Unknown where the mark cannot be set back.
    assert!(peak == -1 || near(peak - end, 0), "{record:?}");
}

// ---- many ranks ----

/// One MPI_Allreduce of threads that stand for ranks.
struct Allreduce {
    barrier: Barrier,
    gathered: Mutex<VecDeque<Vec<i64>>>,
}

impl Allreduce {
    fn of(ranks: usize) -> Arc<Allreduce> {
        Arc::new(Allreduce { barrier: Barrier::new(ranks), gathered: Mutex::default() })
    }

    fn reduce(&self, how: Reduction, values: &mut [i64]) {
        self.gathered.lock().unwrap().push_back(values.to_vec());
        self.barrier.wait();
        let all = self.gathered.lock().unwrap().clone();
        for (at, value) in values.iter_mut().enumerate() {
            let column = all.iter().map(|of_rank| of_rank[at]);
            *value = match how {
                Reduction::Largest => column.max().unwrap(),
                Reduction::Least => column.min().unwrap(),
                Reduction::Sum => column.sum(),
            };
        }
        self.barrier.wait();
        self.gathered.lock().unwrap().clear();
        self.barrier.wait();
    }
}

/// What each of the ranks makes of its log and those of the others.
fn over_ranks(logs: &[&str]) -> Vec<Result<Measured, Error>> {
    let all = Allreduce::of(logs.len());
    thread::scope(|scope| {
        let ranks: Vec<_> = logs
            .iter()
            .enumerate()
            .map(|(rank, log)| {
                let all = Arc::clone(&all);
                scope.spawn(move || {
                    let own = Measured::from_log(log).unwrap();
                    own.over_ranks(rank as i64, &mut |how, values| {
                        all.reduce(how, values);
                        Ok(())
                    })
                })
            })
            .collect();
        ranks.into_iter().map(|rank| rank.join().unwrap()).collect()
    })
}

#[test]
fn ranks_have_a_largest_a_least_a_sum_and_a_fullest() {
    let records = over_ranks(&[
        "baseline 10\nstep_6 100\nstep_6 peak 300\nlifetime peak 500",
        "baseline 12\nstep_6 140\nstep_6 peak 200\nlifetime peak 500",
        "baseline 11\nstep_6 140\nstep_6 peak 250\nlifetime peak 400",
    ]);
    for record in &records {
        let record = record.as_ref().unwrap();
        assert_eq!(record.ranks(), Some(3));
        assert_eq!(figures(record, "step_6"), [-1, 140, 300]);
        assert_eq!((record.baseline(), record.lifetime_peak()), (bytes(12), bytes(500)));
        let [entry, end, peak] = record.stages()[0].ranks;
        assert_eq!(entry, None);
        let of = |spread: qube_budget::run::Spread| {
            (spread.least.get(), spread.sum.get(), spread.fullest)
        };
        assert_eq!((of(end.unwrap()), of(peak.unwrap())), ((100, 380, 1), (200, 750, 0)));
        assert_eq!(of(record.lifetime_ranks().unwrap()), (400, 1400, 0));
        assert_eq!(&Measured::parse(&record.json()).unwrap(), record);
    }
}

/// On one rank the peak is not known: then it is known of none.
#[test]
fn a_figure_that_a_rank_does_not_know_is_unknown() {
    let records = over_ranks(&["a 5\na peak 9", "a 7"]);
    for record in records {
        assert_eq!(figures(&record.unwrap(), "a"), [-1, 7, -1]);
    }
}

#[test]
fn ranks_that_marked_other_stages_all_learn_it() {
    for logs in [["a 5\nb 6", "b 6\na 5"], ["a 5", "a 5\nb 6"]] {
        for record in over_ranks(&logs) {
            let message = record.unwrap_err().to_string();
            assert!(message.contains("mark the same on each"), "{message}");
        }
    }
}

#[test]
fn a_reduction_that_fails_is_an_error() {
    let own = Measured::from_log("a 5").unwrap();
    let failed = own.over_ranks(0, &mut |_, _| Err("MPI_ERR_COMM".into()));
    assert_eq!(failed.unwrap_err().to_string(), "the callback 'reduce' failed: MPI_ERR_COMM");
    let error = own.over_ranks(-1, &mut |_, _| Ok(())).unwrap_err();
    assert!(matches!(error, Error::Input { name: "rank", value: -1, .. }));
}

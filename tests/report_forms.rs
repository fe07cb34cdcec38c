//! Budgets, requests and comparisons as trace events, Markdown and bars: the numbers are those of the values
//! that they are made from.

use qube_budget::Error;
use qube_budget::Symbols;
use qube_budget::budget::{Budget, Code, EclipseConfig, HarmonicConfig};
use qube_budget::run::{Job, Measured};
use serde_json::Value;

fn eclipse_qu() -> Budget {
    let sizes = HarmonicConfig::new(59136, 33274, 256);
    HarmonicConfig { lmax: Some(128), ..sizes }.budget().unwrap()
}

fn t() -> Budget {
    EclipseConfig { pix_t: Some(90), ..EclipseConfig::new(Code::T, 8) }.budget().unwrap()
}

fn events(trace: &str) -> Vec<Value> {
    let document: Value = serde_json::from_str(trace).unwrap();
    assert_eq!(document["otherData"]["schema"], "qube-trace/1");
    document["traceEvents"].as_array().unwrap().clone()
}

fn of<'a>(events: &'a [Value], phase: &str, pid: i64) -> Vec<&'a Value> {
    events.iter().filter(|event| event["ph"] == phase && event["pid"] == pid).collect()
}

/// Perfetto sorts by time, but people read the file; a slice that overlaps the next is dropped.
fn check_times(events: &[Value]) {
    let times: Vec<u64> = events.iter().filter_map(|event| event["ts"].as_u64()).collect();
    assert!(times.is_sorted(), "{times:?}");
    for pid in [1, 2] {
        let slices = of(events, "X", pid);
        for pair in slices.windows(2) {
            let end = pair[0]["ts"].as_u64().unwrap() + pair[0]["dur"].as_u64().unwrap();
            assert!(end <= pair[1]["ts"].as_u64().unwrap());
        }
    }
}

#[test]
fn the_trace_of_a_budget_has_its_stages_and_terms() {
    for budget in [eclipse_qu(), t()] {
        let events = events(&budget.chrome_trace(Some(7 << 30)).unwrap());
        check_times(&events);
        let slices = of(&events, "X", 1);
        assert_eq!(slices.len(), budget.stages().len());
        let held: Vec<_> =
            of(&events, "C", 1).into_iter().filter(|event| event["name"] == "held").collect();
        for (stage, slice) in budget.stages().iter().zip(&slices) {
            assert_eq!(slice["name"], stage.name());
            assert_eq!(slice["args"]["peak_bytes"], stage.peak_bytes().get());
            assert_eq!(slice["args"]["end_bytes"], stage.end_bytes().get());
            let terms = slice["args"]["terms"].as_array();
            let sum: u64 = terms.into_iter().flatten().map(|t| t["bytes"].as_u64().unwrap()).sum();
            let after: u64 = stage.post_peak().iter().map(|term| term.bytes().get()).sum();
            assert_eq!(sum, stage.peak_bytes().get() + after);
            let begin = slice["ts"].as_u64().unwrap();
            let within = begin..begin + slice["dur"].as_u64().unwrap();
            let counts =
                held.iter().filter(|count| within.contains(&count["ts"].as_u64().unwrap()));
            let counts: Vec<u64> =
                counts.map(|count| count["args"]["bytes"].as_u64().unwrap()).collect();
            assert_eq!(counts, [stage.peak_bytes().get(), stage.end_bytes().get()]);
        }
        let limits = events.iter().filter(|event| event["name"] == "limit");
        assert!(limits.clone().all(|event| event["args"]["bytes"] == 7u64 << 30));
        assert_eq!(limits.count(), 2);
    }
    assert!(matches!(t().chrome_trace(Some(0)), Err(Error::Input { .. })));
}

#[test]
fn the_trace_of_a_request_is_that_of_a_node() {
    let job = Job { nodes: 2, ranks_per_node: 3, resident_bytes: 5, ..Job::default() };
    for budget in [eclipse_qu(), t()] {
        let request = budget.request(&job).unwrap();
        let events = events(&request.chrome_trace(None).unwrap());
        check_times(&events);
        for (stage, slice) in request.stages().iter().zip(of(&events, "X", 1)) {
            assert_eq!(slice["args"]["peak_bytes"], stage.per_node_bytes().get());
            let terms = slice["args"]["terms"].as_array().unwrap();
            let sum: u64 = terms.iter().map(|term| term["bytes"].as_u64().unwrap()).sum();
            assert_eq!(sum, stage.per_node_bytes().get(), "{}", stage.name());
        }
    }
}

#[test]
fn predicted_and_measured_are_two_tracks() {
    let log =
        "baseline 1 GiB\nbasis_setup 58 GiB\nbasis_setup peak 201 GiB\nspectra_run peak 0.5 GiB\n";
    let (budget, measured) = (eclipse_qu(), Measured::from_log(log).unwrap());
    let comparison = budget.compare(&measured).unwrap();
    let events = events(&comparison.chrome_trace());
    check_times(&events);
    let names: Vec<&Value> = events
        .iter()
        .filter(|event| event["name"] == "process_name")
        .map(|event| &event["args"]["name"])
        .collect();
    assert_eq!(names, ["predicted", "measured"]);
    assert_eq!(of(&events, "X", 1).len(), 4);
    let measured = of(&events, "X", 2);
    assert_eq!(measured.len(), 2, "stages that were not measured have no slice");
    assert_eq!(measured[0]["args"]["peak_bytes"], 200i64 << 30);
    assert_eq!(measured[0]["args"]["end_bytes"], 57i64 << 30);
    assert_eq!(measured[1]["args"]["peak_bytes"], -(1i64 << 29));
    // Both tracks have a stage at the same place.
    let basis = of(&events, "X", 1)[1];
    assert_eq!(basis["ts"], measured[0]["ts"]);

    let bars = comparison.bars(Symbols::Ascii);
    let lines: Vec<&str> = bars.lines().collect();
    assert_eq!(lines.len(), 5, "{bars}"); // what lies below the baseline has no bar
    assert!(lines[2].starts_with("  measured "), "{bars}");
    assert!(lines[2].matches('#').count() >= lines[1].matches('#').count());
    let peak = budget.lifetime_peak_bytes();
    let said = format!(
        "The harmonic path of QUBE was predicted to hold at most {peak} (stage basis_setup); its peak was \
         not measured; "
    );
    assert!(comparison.summary().starts_with(&said), "{}", comparison.summary());
}

#[test]
fn a_summary_is_one_sentence_with_the_numbers_of_the_request() {
    let budget = eclipse_qu();
    let job = Job { nodes: 4, ranks_per_node: 2, ..Job::default() };
    let request = budget.request(&job).unwrap();
    let held = format!(
        "The run holds at most {} on a node (4 nodes, 2 ranks per node, stage basis_setup), margin (",
        request.per_node_bytes()
    );
    assert!(request.summary().starts_with(&held), "{}", request.summary());
    let version =
        concat!("predicted by qube-budget ", env!("CARGO_PKG_VERSION"), " for QUBE (qube-qml ");
    assert!(request.summary().contains(version) && budget.summary().contains(version));
    let bare = Job { margin: Some(0), ..Job::default() };
    let summary = budget.request(&bare).unwrap().summary();
    assert!(summary.contains("(1 node, 1 rank per node, ") && summary.contains("without a margin"));
    let limit = request.per_node_bytes().signed();
    let rows = request.markdown(Some(limit)).unwrap();
    let largest = rows.lines().find(|row| row.starts_with("| `basis_setup`")).unwrap();
    assert!(largest.ends_with(" | 100.0 % |"), "{rows}");
    assert!(matches!(request.markdown(Some(-1)), Err(Error::Input { .. })));
    assert!(matches!(request.bars(Some(0), Symbols::Ascii), Err(Error::Input { .. })));
}

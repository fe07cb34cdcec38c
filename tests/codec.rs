//! Plans read from JSON: equal to the plans written; invalid documents are refused.

mod common;

use std::cmp::Ordering;

use common::networks::{Term, term};
use common::reference::load;
use common::repeats::repeated_term;
use proptest::prelude::*;
use qube_budget::document::from_json;
use qube_budget::network::{Network, NetworkBuilder, Spaces, einsum};
use qube_budget::policy::Role;
use qube_budget::{BatchPolicy, Error, Limits, Objective, Options, Plan, optimize, optimize_with};
use qube_budget::{ContractionFacts, CustomModel, LeafFacts};
use serde_json::{Value, json};

/// iK Kj jl, K in batches of 10, jl volatile.
fn plan() -> Plan {
    let mut letters = Spaces::new();
    for (letter, extent) in [("i", 1000), ("j", 100), ("K", 1000), ("l", 10)] {
        letters.add(letter, extent).unwrap();
    }
    let mut policy = BatchPolicy::new();
    policy.batch_index(Role::Contracted, "K", 10).unwrap();
    policy.volatile("Kj");
    policy.set_accumulation_factor(0.5).unwrap();
    let options = Options { objective: Objective::PeakBatched, ..Options::default() };
    optimize(&einsum("iK,Kj,jl->il", &letters).unwrap(), &policy, &options).unwrap()
}

/// The same with i in blocks of 10 as well, under a threshold that no plan fits.
fn nested_plan() -> Plan {
    let mut letters = Spaces::new();
    for (letter, extent) in [("i", 1000), ("j", 100), ("K", 1000), ("l", 10)] {
        letters.add(letter, extent).unwrap();
    }
    let mut policy = BatchPolicy::new();
    policy.batch_index(Role::Contracted, "K", 10).unwrap();
    policy.batch_index(Role::External, "i", 10).unwrap();
    policy.volatile("Kj");
    policy.set_peak_threshold(Some(8)).unwrap();
    let options = Options { objective: Objective::SpaceTimeBatched, ..Options::default() };
    optimize(&einsum("iK,Kj,jl->il", &letters).unwrap(), &policy, &options).unwrap()
}

fn refused(text: &str) -> String {
    match Plan::from_json(text) {
        Err(error @ Error::Document { .. }) => error.to_string(),
        other => panic!("{other:?} of {text}"),
    }
}

/// Calls every method of a plan.
fn use_it(plan: &Plan) {
    let _ = (plan.report(), plan.to_svg(), plan.to_dot(), plan.pairs(), plan.peak_bytes());
    assert_eq!(Plan::from_json(&plan.to_json()).as_ref(), Ok(plan));
}

#[test]
fn every_reference_plan_comes_back() {
    for case in ["scenarios.json", "edge.json"].iter().flat_map(|file| load(file)) {
        for objective in Objective::ALL {
            let options = Options { objective, bytes_per_element: 16, ..Options::default() };
            let plan = optimize(&case.case.network, &case.case.policy, &options).unwrap();
            assert_eq!(Plan::from_json(&plan.to_json()), Ok(plan), "{}", case.name);
        }
    }
}

/// The largest numbers that options, policies and extents allow.
#[test]
fn extreme_plans_come_back() {
    let mut letters = Spaces::new();
    "abcdefghijk".chars().for_each(|c| letters.add(&c.to_string(), i64::MAX).unwrap());
    let chain = einsum("ab,bc,cd,de,ef,fg,gh,hi,ij,jk->ak", &letters).unwrap();
    let mut policy = BatchPolicy::new();
    "bcdefg"
        .chars()
        .for_each(|c| policy.batch_index(Role::Contracted, &c.to_string(), i64::MAX - 1).unwrap());
    policy.batch_index(Role::External, "k", 1 << 62).unwrap();
    policy.set_peak_threshold(Some(1)).unwrap();
    policy.set_accumulation_factor(1e18).unwrap();
    policy.volatile("de");
    for objective in Objective::ALL {
        let mut options = Options { objective, volatile_weight: 1e18, ..Options::default() };
        options.footprint_weight = 1e18;
        options.roofline.machine_balance = 1e18;
        options.bytes_per_element = 1024;
        use_it(&optimize(&chain, &policy, &options).unwrap());
    }
}

#[test]
fn inconsistent_documents_are_refused_with_a_reason() {
    let good: Value = serde_json::from_str(&plan().to_json()).unwrap();
    let with = |path: &str, value: Value| {
        let mut bad = good.clone();
        let (above, field) = path.rsplit_once('/').unwrap();
        match bad.pointer_mut(above).unwrap_or_else(|| panic!("{path}")) {
            Value::Array(items) => items[field.parse::<usize>().unwrap()] = value,
            // Adds a missing field.
            object => object[field] = value,
        }
        bad.to_string()
    };
    for (path, value, piece) in [
        (
            "/schema",
            json!("qube-plan/3"),
            "this is qube-plan/3; this library reads qube-plan/2: plan",
        ),
        ("/schema", json!("qube-policy/1"), "its schema is 'qube-policy/1'; this library reads"),
        ("/objective", json!("speed"), "'speed'; give one of: flops, size, peak, peak-batched"),
        ("/bytes_per_element", json!(0), "bytes_per_element is 0; give 1 to 1024"),
        ("/bytes_per_element", json!(-8), "-8"),
        ("/sequence", json!([]), "5 nodes and a sequence of 0 entries"),
        ("/sequence/0", json!(3), "entry 0 of its sequence is 3"),
        ("/sequence/0", json!(-2), "entry 0 of its sequence is -2"),
        (
            "/sequence",
            json!([0, -1, -1, 1, 2]),
            "entry 1 of its sequence is -1, but fewer than two results are left",
        ),
        ("/sequence/1", json!(0), "entry 1 of its sequence is 0"),
        ("/nodes", json!([]), "it has 0 nodes; give 2 n - 1 for n tensors, n from 1 to 4096"),
        ("/nodes/0/node", json!(1), "nodes[0] has the number 1; give 0"),
        ("/nodes/0/first", json!(1), "node (0) is a leaf by the sequence"),
        ("/nodes/0/tensor", json!(1), "node (0) is a leaf by the sequence; give it the tensor 0"),
        ("/nodes/4/tensor", json!(0), "by the sequence, give it 0 and 3, and no tensor"),
        (
            "/nodes/3/first",
            json!(0),
            "node (3) contracts 0 and 2; by the sequence, give it 1 and 2",
        ),
        ("/nodes/3/second", json!(null), "contracts 1 and none; by the sequence"),
        ("/nodes/4/node", json!(5), "nodes[4] has the number 5; give 4"),
        ("/nodes/4/label", json!("t"), "give it 0 and 3, and no tensor or label"),
        ("/peak_elements", json!(1), "peak_elements is 1 at node"),
        ("/peak_elements", json!(null), "invalid type: null"),
        ("/peak_node", json!(99), "peak_node is 99; give 0 to 4"),
        ("/live_at_peak", json!([0]), "live_at_peak is [0], but the nodes live there are"),
        ("/peak_bytes", json!(8), "peak_bytes is 8, but peak_elements gives"),
        ("/flops", json!(1.0), "flops is 1, but the flops of the nodes sum to"),
        ("/flops", json!(-1.0), "its flops is -1e0; give 0, or"),
        ("/flops", json!("NaN"), "invalid type"),
        ("/cost", json!("inf"), "invalid type"),
        (
            "/frontier",
            json!([[2.0, 1.0], [1.0, 2.0]]),
            "its frontier lists the peak 2 before 1; sort it by increasing peak",
        ),
        ("/frontier", json!([[-2.0, 1.0]]), "peak of the frontier is -2"),
        ("/nodes/1/footprint", json!(-5.0), "node (1): its footprint is -5e0"),
        ("/nodes/1/footprint", json!(1e300), "its footprint is 1e300"),
        (
            "/nodes/1/flops",
            json!(1.0),
            "it is a leaf with flops 1, cost 0 and repetitions 1; give 0, 0 and 1",
        ),
        ("/nodes/0/sliced_footprint", json!(1e9), "exceeds its footprint"),
        ("/nodes/0/live_after", json!(1e9), "live_after 1000000000 exceeds its live"),
        ("/nodes/4/live_after", json!(0.0), "but the sizes live there sum to"),
        (
            "/nodes/0/life/0/from",
            json!(7),
            "node (0): its life goes from (7) to (4), but the last node is (4)",
        ),
        (
            "/nodes/0/life/0/from",
            json!(1),
            "its life changes size at node (1), where no loop around it begins",
        ),
        ("/nodes/0/life/0/to", json!(3), "but its tree and loops give [(0) to (4): 10000]"),
        (
            "/nodes/0/life/0/elements",
            json!(0.0),
            "its life has 0 elements; give its sliced_footprint",
        ),
        ("/nodes/1/life", json!([]), "its life is [], but its tree and loops give"),
        ("/nodes/0/cache", json!("keep"), "its cache is Keep, but its tree and loops give Sliced"),
        ("/nodes/0/cache", json!("never"), "unknown variant"),
        ("/nodes/0/volatile", json!(1), "invalid type"),
        ("/nodes/4/volatile", json!(false), "its volatile is false, but its operands give true"),
        ("/nodes/0/open", json!([0, 0]), "its open indices list the index 'i' twice"),
        ("/nodes/0/open", json!([4]), "node (0) has index 4 open, but there are only 4 indices"),
        (
            "/indices/0/label",
            json!("i\n"),
            r#"the index label "i\n" is empty or has control characters"#,
        ),
        ("/indices/0/label", json!("K"), "two indices have the label 'K'; give each its own"),
        ("/indices/0/extent", json!(0), "the extent of index 'i' is 0; give 1 to 2^63 - 1"),
        (
            "/nodes/4/loops/0/batch",
            json!(0),
            "the loop over 'K' has 100 batches of 0 elements; give 1 or more",
        ),
        (
            "/nodes/4/loops/0/batches",
            json!(u64::MAX),
            "the loop over 'K' has 18446744073709551615 batches",
        ),
        (
            "/nodes/4/loops/0/index",
            json!(0),
            "its loop over 'i' has the role contracted, but the index is open in it",
        ),
        (
            "/nodes/4/loops/0/index",
            json!(9),
            "a loop is over index 9, but there are only 4 indices",
        ),
        ("/search/seconds", json!(-1.0), "its seconds is -1e0"),
    ] {
        let message = refused(&with(path, value));
        assert!(message.contains(piece), "{path}: '{message}' names {piece}");
    }
    let mut more = good.clone();
    more["name"] = json!("a field of a later release");
    assert_eq!(Plan::from_json(&more.to_string()), Ok(plan_without_time(&good)));
}

#[test]
fn inconsistent_loops_are_refused_with_a_reason() {
    let plan = nested_plan();
    use_it(&plan);
    let good: Value = serde_json::from_str(&plan.to_json()).unwrap();
    let nodes = good["nodes"].as_array().unwrap();
    let loops = format!("/nodes/{}/loops", nodes.len() - 1);
    let inner = nodes.iter().position(|node| node["first"].is_u64()).unwrap();
    assert_eq!(good.pointer(&loops).unwrap()[0]["role"], "external");
    assert_eq!(good.pointer(&loops).unwrap()[1]["role"], "contracted");
    let reversed: Vec<Value> =
        good.pointer(&loops).unwrap().as_array().unwrap().iter().rev().cloned().collect();
    for (path, value, piece) in [
        (
            loops.clone() + "/0/role",
            json!("contracted"),
            "its loop over 'i' has the role contracted, but",
        ),
        (
            loops.clone() + "/1/role",
            json!("external"),
            "its loop over 'K' has the role external, but",
        ),
        (loops.clone() + "/1/role", json!("other"), "unknown variant"),
        (
            loops,
            json!(reversed),
            "its loop over the external index 'i' is inside the one over the contracted index 'K'",
        ),
        (
            format!("/nodes/{inner}/repetitions"),
            json!(0.5),
            "its repetitions are 0.5; give 1 to 1e250",
        ),
        (
            "/infeasible/threshold_bytes".into(),
            json!(0),
            "threshold_bytes is 0; give 1 to 2^63 - 1",
        ),
        (
            "/infeasible/threshold_bytes".into(),
            json!(1u64 << 63),
            "threshold_bytes is 9223372036854775808",
        ),
        ("/infeasible/least_peak_elements".into(), json!(-1.0), "its least_peak_elements is -1e0"),
        (
            "/infeasible/finest_peak_elements".into(),
            json!(1e300),
            "its finest_peak_elements is 1e300",
        ),
        ("/infeasible/loops/0/batch".into(), json!(0), "the loop over"),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(&path).unwrap_or_else(|| panic!("{path}")) = value;
        let message = refused(&bad.to_string());
        assert!(message.contains(piece), "{path}: '{message}' names {piece}");
    }
}

/// A document of version 1 of a single tensor, with other numbers.
#[test]
fn a_document_of_another_version_is_refused_with_both_versions() {
    let old = r#"{"schema":"qube-plan/1","objective":"flops","bytes_per_element":8,"sequence":[0],
        "peak_elements":3.0,"peak_bytes":24,"peak_node":0,"peak_tensors":[0],"cost":0.0,"flops":0.0,
        "frontier":[],"leaves":[{"tensor":0,"label":"t","open":["i"],"nest":[],"alive":[[0,3.0]]}],
        "steps":[],"infeasible":null,"search":{"method":"greedy","seconds":0.1}}"#;
    let message = refused(old);
    let piece = "this is qube-plan/1; this library reads qube-plan/2: plan the network again with this \
                 release, or read the document with the release that wrote it";
    assert!(message.contains(piece), "{message}");
    assert!(refused(r#"{"schema":"qube-budget/2"}"#).contains("its schema is 'qube-budget/2'"));
    assert!(refused(r#"{"schema":"qube-plan/2"}"#).contains("missing field"));
}

fn plan_without_time(document: &Value) -> Plan {
    let mut plan = plan();
    plan.search = Plan::from_json(&document.to_string()).unwrap().search;
    plan
}

#[test]
fn no_part_of_a_document_is_a_plan() {
    let text = plan().to_json();
    for part in 0..text.len() {
        refused(&text[..part]);
        refused(&text[part + 1..]);
    }
    refused(&(text + "{}"));
    refused(&"[".repeat(100_000));
    refused("null");
}

/// The JSON pointers of all values in a document.
fn places(value: &Value, at: String, out: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(key, value)| places(value, format!("{at}/{key}"), out));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(k, item)| places(item, format!("{at}/{k}"), out));
        }
        _ => {}
    }
    out.push(at);
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3i64..12).prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[iKj\n]{0,2}".prop_map(Value::from),
        Just(json!([])),
        Just(json!([0, 1])),
        Just(json!({})),
    ]
}

/// A cost model: the largest intermediate.
struct Largest;

impl CustomModel for Largest {
    type State = f64;

    fn leaf(&self, _: &LeafFacts) -> Result<f64, Error> {
        Ok(0.0)
    }

    fn combine(&self, to: &ContractionFacts, left: &f64, right: &f64) -> Result<f64, Error> {
        Ok(to.footprint.max(*left).max(*right))
    }

    fn compare(&self, a: &f64, b: &f64) -> Result<Ordering, Error> {
        Ok(a.total_cmp(b))
    }

    fn value(&self, state: &f64) -> Result<f64, Error> {
        Ok(*state)
    }
}

/// Plans of random terms under any objective, some with a threshold.
fn random_plan() -> impl Strategy<Value = Plan> {
    let plan = |mut term: Term, options: &Options, threshold: Option<i64>| {
        term.policy.set_peak_threshold(threshold).unwrap();
        optimize(&term.network, &term.policy, options).unwrap()
    };
    let threshold = || prop_oneof![Just(None), (1i64..20_000).prop_map(Some)];
    prop_oneof![
        6 => (term(1..7), 0usize..7, threshold()).prop_map(move |(term, at, threshold)| {
            let options = Options { objective: Objective::ALL[at], ..Options::default() };
            plan(term, &options, threshold)
        }),
        1 => repeated_term(4..7).prop_map(move |term| {
            let options = Options { subnet_cse: true, ..Options::default() };
            plan(term, &options, None)
        }),
        1 => term(1..6).prop_map(|term| {
            optimize_with(&term.network, &term.policy, &Options::default(), &Largest).unwrap()
        }),
        2 => (huge_extents(), 0usize..7, threshold()).prop_map(move |(extents, at, threshold)| {
            plan(huge(&extents), &Options { objective: Objective::ALL[at], ..Options::default() }, threshold)
        }),
    ]
}

/// Extents of ten indices: up to 2^600 elements in one tensor, odd ones among them.
fn huge_extents() -> impl Strategy<Value = Vec<i64>> {
    prop::collection::vec((0u32..60, 0i64..1000).prop_map(|(bits, more)| (1 << bits) + more), 10)
}

/// Five tensors of six indices each, all batchable in both roles; one more tensor carries all of them.
fn huge(extents: &[i64]) -> Term {
    let mut builder = NetworkBuilder::new();
    let mut policy = BatchPolicy::new();
    let labels: Vec<String> = (0..extents.len()).map(|at| format!("h_{at}")).collect();
    for (at, (label, &extent)) in labels.iter().zip(extents).enumerate() {
        builder.index(label, None, extent).unwrap();
        let role = if at % 2 == 0 { Role::Contracted } else { Role::External };
        if at < 4 {
            policy.batch_index(role, label, 1 + extent / 3).unwrap();
        }
    }
    for tensor in 0..5 {
        let slots: Vec<&str> =
            (0..6).map(|slot| labels[(2 * tensor + slot * slot) % 10].as_str()).collect();
        let mut slots: Vec<&str> = slots.into_iter().collect();
        slots.sort_unstable();
        slots.dedup();
        builder.tensor(&format!("t_{tensor}"), &slots).unwrap();
    }
    builder.tensor("all", &labels.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
    Term { network: builder.build().unwrap(), policy }
}

/// More than 2^53 elements: just before a leaf is taken, a sum is one unit in the last place above the
/// live elements.
#[test]
fn a_plan_with_sums_that_round_comes_back() {
    let network = r#"{"indices":[{"label":"Κ_3","space":"Κ","extent":7},
        {"label":"μ̃_4","space":"μ̃","extent":3},{"label":"Κ_5","space":"Κ","extent":25},
        {"label":"a_9","space":"a","extent":2474995063583585}],
        "tensors":[{"label":"D","indices":["a_9","Κ_3"]},{"label":"F","indices":["Κ_5","μ̃_4"]}],
        "targets":["μ̃_4"]}"#;
    let policy = r#"{"schema":"qube-policy/1","spaces":{"Κ":14,"μ̃":3},"indices":{"a_2":1},
        "external_spaces":{"Κ":44},"external_indices":{"Κ_7":2},"tile_spaces":{},"tile_indices":{},
        "volatile":["F"],"volatile_tensors":[],"persistent_only":false,"accumulation_factor":0.0,
        "peak_threshold":176}"#;
    let (network, policy) = (from_json(network).unwrap(), BatchPolicy::from_json(policy).unwrap());
    let options = Options {
        objective: Objective::SpaceTimeBatched,
        use_inner_pow: false,
        ..Options::default()
    };
    use_it(&optimize(&network.network, &policy, &options).unwrap());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn random_plans_come_back(plan in random_plan()) {
        let text = plan.to_json();
        let read = Plan::from_json(&text);
        prop_assert_eq!(read.as_ref().map(Plan::to_json), Ok(text));
        prop_assert_eq!(read, Ok(plan));
    }

    /// A document with one value changed is a valid plan or an error.
    #[test]
    fn mutated_documents_do_no_harm(
        plan in random_plan(), place in any::<prop::sample::Index>(), value in any_value()
    ) {
        let mut document: Value = serde_json::from_str(&plan.to_json()).unwrap();
        let mut all = Vec::new();
        places(&document, String::new(), &mut all);
        let place = &all[place.index(all.len())];
        *document.pointer_mut(place).unwrap() = value;
        match Plan::from_json(&document.to_string()) {
            Ok(plan) => use_it(&plan),
            Err(error) => {
                let of_document = matches!(error, Error::Document { .. });
                prop_assert!(of_document);
            }
        }
    }

    /// The same with one byte changed.
    #[test]
    fn mutated_bytes_do_no_harm(
        plan in random_plan(), place in any::<prop::sample::Index>(), byte in 1u8..128
    ) {
        let mut bytes = plan.to_json().into_bytes();
        let at = place.index(bytes.len());
        bytes[at] = byte;
        let Ok(text) = String::from_utf8(bytes) else { return Ok(()) };
        match Plan::from_json(&text) {
            Ok(plan) => use_it(&plan),
            Err(error) => {
                let of_document = matches!(error, Error::Document { .. });
                prop_assert!(of_document);
            }
        }
    }
}

/// A chain of `tensors` tensors t_k{i_k;i_k+1}.
fn chain(tensors: usize, extent: impl Fn(usize) -> i64) -> Network {
    let mut builder = NetworkBuilder::new();
    let labels: Vec<String> = (0..=tensors).map(|at| format!("i_{at}")).collect();
    labels.iter().enumerate().for_each(|(at, label)| {
        builder.index(label, None, extent(at)).unwrap();
    });
    for (at, pair) in labels.windows(2).enumerate() {
        builder.tensor(&format!("t_{at}"), &[&pair[0], &pair[1]]).unwrap();
    }
    builder.build().unwrap()
}

/// Version 1 took 11 MB for 1000 tensors, and grew quadratically.
#[test]
fn documents_are_linear_in_the_number_of_tensors() {
    let options = Options {
        objective: Objective::PeakBatched,
        limits: Limits { max_seconds: 0.5, ..Limits::default() },
        ..Options::default()
    };
    let mut policy = BatchPolicy::new();
    (0..32).for_each(|at| {
        policy.batch_index(Role::Contracted, &format!("i_{}", 1 + 50 * at), 3).unwrap();
    });
    let mut sizes = Vec::new();
    for tensors in [1000, 2000] {
        let network = chain(tensors, |at| 2 + at as i64 * 7 % 23);
        let plan = optimize(&network, &policy, &options).unwrap();
        assert!(plan.nodes.iter().any(|node| !node.loops.is_empty()));
        let begun = std::time::Instant::now();
        let text = plan.to_json();
        let written = begun.elapsed();
        let read = Plan::from_json(&text).unwrap();
        let elapsed = begun.elapsed();
        println!(
            "{tensors}: {} bytes, written in {written:?}, and read in {elapsed:?}",
            text.len()
        );
        assert_eq!(read, plan);
        sizes.push(text.len());
    }
    assert!(sizes[1] < 2_000_000 && sizes[1] < 5 * sizes[0] / 2, "{sizes:?}");
}

/// The plan of tests/c/plan.c for a threshold that no plan fits, as tests/fortran/plans.f90 reads it. `UPDATE_FIXTURES=1 cargo test --test codec` writes it anew.
#[test]
fn the_fixture_of_a_threshold_equals_the_plan() {
    let mut letters = Spaces::new();
    for (letter, extent) in [("i", 10), ("p", 10), ("K", 100), ("j", 100), ("l", 10)] {
        letters.add(letter, extent).unwrap();
    }
    let mut policy = BatchPolicy::new();
    for contracted in ["K", "j"] {
        policy.batch_space(Role::Contracted, contracted, 10).unwrap();
    }
    policy.batch_space(Role::External, "i", 5).unwrap();
    policy.set_peak_threshold(Some(1000)).unwrap();
    let options = Options { objective: Objective::SpaceTimeBatched, ..Options::default() };
    let network = einsum("ip,pK,Kj,jl->il", &letters).unwrap();
    let mut plan = optimize(&network, &policy, &options).unwrap();
    plan.search.seconds = 0.0;
    let path = format!("{}/tests/data/threshold_plan.json", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        std::fs::write(&path, plan.to_json() + "\n").unwrap();
    }
    let fixture = std::fs::read_to_string(&path).unwrap();
    assert_eq!(Plan::from_json(&fixture).unwrap(), plan);
}

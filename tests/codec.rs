//! Plans read back: equal to what was written, and nothing else is read.

mod common;

use common::networks::{Term, term};
use common::reference::load;
use common::repeats::repeated_term;
use proptest::prelude::*;
use qube_budget::network::{Spaces, einsum};
use qube_budget::policy::Role;
use qube_budget::{BatchPolicy, Error, Objective, Options, Plan, optimize};
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

/// The same with i in blocks of 10 as well, under a threshold that nothing fits.
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

/// What can be asked of a plan.
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
            assert_eq!(Plan::from_json(&plan.to_json()), Ok(plan.clone()), "{}", case.name);
            assert_eq!(Plan::from_bytes(&plan.to_bytes()), Ok(plan), "{}", case.name);
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
fn what_cannot_be_is_refused_with_a_reason() {
    let good: Value = serde_json::from_str(&plan().to_json()).unwrap();
    let with = |path: &str, value: Value| {
        let mut bad = good.clone();
        *bad.pointer_mut(path).unwrap_or_else(|| panic!("{path}")) = value;
        bad.to_string()
    };
    for (path, value, piece) in [
        ("/schema", json!("qube-plan/2"), "schema is 'qube-plan/2'; allowed: 'qube-plan/1'"),
        ("/objective", json!("speed"), "'speed'; allowed: flops, size, peak, peak-batched"),
        ("/bytes_per_element", json!(0), "bytes_per_element are 0; allowed: 1 to 1024"),
        ("/bytes_per_element", json!(-8), "-8"),
        ("/sequence", json!([]), "a sequence of 0 entries for 3 leaves"),
        ("/sequence/0", json!(3), "entry 0 of its sequence is 3"),
        ("/sequence/0", json!(-2), "entry 0 of its sequence is -2"),
        ("/sequence", json!([0, -1, -1, 1, 2]), "contracts an empty stack"),
        ("/sequence/1", json!(0), "entry 1 of its sequence is 0"),
        ("/leaves", json!([]), "it has 0 leaves; allowed: 1 to 4096"),
        ("/leaves/0/tensor", json!(1), "tensor 1"),
        ("/steps/0/first", json!(0), "by its sequence"),
        ("/steps/1/result", json!(5), "by its sequence"),
        ("/steps/1/members", json!([0, 1, 1]), "the members of (4)"),
        ("/peak_elements", json!(1), "its peak is 1"),
        ("/peak_elements", json!(null), "invalid type: null"),
        ("/peak_node", json!(99), "at node 99"),
        ("/peak_tensors", json!([0]), "its peak_tensors are [0]"),
        ("/peak_bytes", json!(8), "peak_bytes"),
        ("/flops", json!(1.0), "its flops are 1"),
        ("/flops", json!(-1.0), "its flops is -1e0; allowed: 0, or"),
        ("/flops", json!("NaN"), "invalid type"),
        ("/cost", json!("inf"), "invalid type"),
        ("/frontier", json!([[2.0, 1.0], [1.0, 2.0]]), "increasing peak"),
        ("/frontier", json!([[-2.0, 1.0]]), "peak of the frontier is -2"),
        ("/leaves/1/footprint", json!(-5.0), "its footprint is -5e0"),
        ("/leaves/1/footprint", json!(1e300), "its footprint is 1e300"),
        ("/leaves/0/sliced_footprint", json!(1e9), "exceeds its footprint"),
        ("/leaves/0/live_after", json!(1e9), "more is live before or after"),
        ("/steps/1/live_after", json!(0.0), "live before and after it are"),
        ("/leaves/0/alive/0/0", json!(7), "(7) is alive, but there is no such node"),
        ("/leaves/0/alive/0/0", json!(4), "not what has been made or taken"),
        ("/leaves/0/alive/0/1", json!(0.0), "node 0: "),
        ("/leaves/0/cache", json!("keep"), "its cache is Keep; it is Sliced"),
        ("/leaves/0/cache", json!("never"), "unknown variant"),
        ("/leaves/0/volatile", json!(1), "invalid type"),
        ("/steps/1/volatile", json!(false), "not that of its operands"),
        ("/leaves/0/open", json!(["i", "i"]), "a label stands twice in its open"),
        ("/leaves/0/open", json!(["i\n"]), "control characters"),
        ("/leaves/0/nest", json!([]), "its nest is []; the loops around it are [\"K\"]"),
        ("/steps/1/loops/0/batch", json!(0), "it loops over 'K' in 100 of 0"),
        ("/steps/1/loops/0/batches", json!(u64::MAX), "it loops over 'K' in"),
        ("/steps/1/loops/0/index", json!("j"), "nest"),
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
fn loops_that_cannot_be_are_refused_with_a_reason() {
    let plan = nested_plan();
    use_it(&plan);
    let good: Value = serde_json::from_str(&plan.to_json()).unwrap();
    let last = good["steps"].as_array().unwrap().len() - 1;
    let loops = format!("/steps/{last}/loops");
    assert_eq!(good.pointer(&loops).unwrap()[0]["role"], "external");
    assert_eq!(good.pointer(&loops).unwrap()[1]["role"], "contracted");
    let reversed: Vec<Value> =
        good.pointer(&loops).unwrap().as_array().unwrap().iter().rev().cloned().collect();
    for (path, value, piece) in [
        (loops.clone() + "/0/role", json!("contracted"), "its loop over 'i' is not of the role"),
        (loops.clone() + "/1/role", json!("external"), "its loop over 'K' is not of the role"),
        (loops.clone() + "/1/role", json!("other"), "unknown variant"),
        (loops, json!(reversed), "external index stands inside"),
        ("/steps/0/repetitions".into(), json!(0.5), "its repetitions are 0.5; allowed: 1 or more"),
        ("/infeasible/threshold".into(), json!(0), "its threshold is 0; allowed: 1 to 2^63 - 1"),
        ("/infeasible/threshold".into(), json!(1u64 << 63), "its threshold is 9223372036854775808"),
        ("/infeasible/least_peak".into(), json!(-1.0), "its least_peak is -1e0"),
        ("/infeasible/finest_peak".into(), json!(1e300), "its finest_peak is 1e300"),
        ("/infeasible/loops/0/batch".into(), json!(0), "it loops over"),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(&path).unwrap_or_else(|| panic!("{path}")) = value;
        let message = refused(&bad.to_string());
        assert!(message.contains(piece), "{path}: '{message}' names {piece}");
    }
    // What an older release wrote.
    let mut old: Value = serde_json::from_str(&self::plan().to_json()).unwrap();
    old.as_object_mut().unwrap().remove("infeasible");
    for step in old["steps"].as_array_mut().unwrap() {
        step.as_object_mut().unwrap().remove("repetitions");
        for one in step["loops"].as_array_mut().unwrap() {
            one.as_object_mut().unwrap().remove("role");
        }
    }
    assert_eq!(Plan::from_json(&old.to_string()), Ok(plan_without_time(&old)));
}

fn plan_without_time(document: &Value) -> Plan {
    let mut plan = plan();
    plan.search = Plan::from_json(&document.to_string()).unwrap().search;
    plan
}

#[test]
fn no_part_of_a_document_is_a_plan() {
    let bytes = plan().to_bytes();
    for part in 0..bytes.len() {
        assert!(matches!(Plan::from_bytes(&bytes[..part]), Err(Error::Document { .. })));
        assert!(Plan::from_bytes(&bytes[part + 1..]).is_err());
    }
    assert!(Plan::from_bytes(&[&bytes[..], b"{}"].concat()).is_err());
    refused(&"[".repeat(100_000));
    refused("null");
}

/// The places of all values in a document.
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

fn random_plan() -> impl Strategy<Value = Plan> {
    let plan = |term: Term, objective, subnet_cse| {
        let options = Options { objective, subnet_cse, ..Options::default() };
        optimize(&term.network, &term.policy, &options).unwrap()
    };
    prop_oneof![
        4 => (term(1..7), 0usize..4).prop_map(move |(term, at)| plan(term, Objective::ALL[at], false)),
        1 => repeated_term(4..7).prop_map(move |term| plan(term, Objective::Flops, true)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn random_plans_come_back(plan in random_plan()) {
        prop_assert_eq!(Plan::from_json(&plan.to_json()), Ok(plan.clone()));
        prop_assert_eq!(Plan::from_bytes(&plan.to_bytes()), Ok(plan));
    }

    /// One value of a document is another: that is a plan as good as any, or an error.
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

    /// The same for bytes.
    #[test]
    fn mutated_bytes_do_no_harm(
        plan in random_plan(), place in any::<prop::sample::Index>(), byte in any::<u8>()
    ) {
        let mut bytes = plan.to_bytes();
        let at = place.index(bytes.len());
        bytes[at] = byte;
        match Plan::from_bytes(&bytes) {
            Ok(plan) => use_it(&plan),
            Err(error) => {
                let of_document = matches!(error, Error::Document { .. });
                prop_assert!(of_document);
            }
        }
    }
}

/// What tests/fortran/threshold.f90 reads: the plan that tests/c/threshold.c makes, for which nothing
/// fits. `UPDATE_FIXTURES=1 cargo test --test codec` writes it anew.
#[test]
fn the_fixture_of_a_threshold_is_what_is_planned() {
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

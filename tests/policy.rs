//! What a policy rules of a network: names before callbacks, each thing asked once and in order,
//! answers that cannot be, and the plain policy that is left when the callbacks have spoken.

use std::sync::{Arc, Mutex};

use qube_budget::network::{Network, NetworkBuilder, Spaces, einsum, parse};
use qube_budget::policy::{Batching, Role};
use qube_budget::{BatchPolicy, Error, Objective, Options, optimize, optimize_many};

/// K is summed, i and j are open in the result.
fn product() -> Network {
    let mut letters = Spaces::new();
    for (letter, extent) in [("i", 30), ("K", 50), ("j", 40)] {
        letters.add(letter, extent).unwrap();
    }
    einsum("iK,Kj->ij", &letters).unwrap()
}

fn of_50(target: i64) -> Batching {
    Batching { target, tile: 1 }
}

type Asked = Arc<Mutex<Vec<String>>>;

/// A policy that notes what its callbacks are asked, and batches everything in 7, tiles of 3.
fn asking() -> (BatchPolicy, Asked) {
    let asked = Asked::default();
    let mut policy = BatchPolicy::new();
    let notes = asked.clone();
    policy.set_batchable_callback(move |index| {
        let note = format!("{} {} {} {:?}", index.label, index.space, index.extent, index.role);
        notes.lock().unwrap().push(note);
        Ok(Some(Batching { target: 7, tile: 3 }))
    });
    let notes = asked.clone();
    policy.set_volatile_callback(move |tensor| {
        notes.lock().unwrap().push(format!("{} {}", tensor.label, tensor.position));
        Ok(tensor.position == 1)
    });
    (policy, asked)
}

fn taken(asked: &Asked) -> Vec<String> {
    std::mem::take(&mut *asked.lock().unwrap())
}

const ALL: [&str; 5] = ["i i 30 External", "K K 50 Contracted", "j j 40 External", "iK 0", "Kj 1"];

#[test]
fn each_index_and_tensor_is_asked_about_once_and_in_order() {
    let (policy, asked) = asking();
    let network = product();
    let resolved = policy.resolve(&network).unwrap();
    assert_eq!(taken(&asked), ALL);
    for label in ["i", "K", "j"] {
        let slicing = resolved.slicing(network.find_index(label).unwrap()).unwrap();
        assert_eq!((slicing.target, slicing.tile, slicing.most()), (7, 3, 6), "{label}");
    }
    assert!(!resolved.is_volatile(0) && resolved.is_volatile(1));
    optimize(&network, &policy, &Options::default()).unwrap();
    assert_eq!(taken(&asked), ALL, "by a plan");
    for threads in [1, 2] {
        let networks = [&network, &network];
        optimize_many(&networks, &policy, &Options::default(), threads, |_, _| 0).unwrap();
        assert_eq!(taken(&asked), [ALL, ALL].concat(), "by {threads} threads");
    }
    policy.by_label(&network).unwrap();
    assert_eq!(taken(&asked), ALL, "to resolve");
}

#[test]
fn labels_go_before_spaces_and_spaces_before_callbacks() {
    let (mut policy, asked) = asking();
    let network = product();
    let slicing = |policy: &BatchPolicy, label: &str| {
        let id = network.find_index(label).unwrap();
        let found = policy.resolve(&network).unwrap().slicing(id).unwrap();
        (found.target, found.tile)
    };
    policy.batch_space(Role::Contracted, "K", 20).unwrap();
    assert_eq!(slicing(&policy, "K"), (20, 1), "the callback is not asked for the tile either");
    assert_eq!(taken(&asked), [ALL[0], ALL[2], ALL[3], ALL[4]]);
    policy.batch_index(Role::Contracted, "K", 10).unwrap();
    assert_eq!(slicing(&policy, "K"), (10, 1));
    // What is said for one role says nothing of the other.
    policy.batch_space(Role::Contracted, "i", 20).unwrap();
    assert_eq!(slicing(&policy, "i"), (7, 3));
    policy.tile_space("i", 5).unwrap();
    assert_eq!(slicing(&policy, "i"), (7, 5), "tiles by name go before those of the callback");
    policy.batch_space(Role::External, "i", 12).unwrap();
    assert_eq!(slicing(&policy, "i"), (12, 5));
    policy.tile_index("i", 4).unwrap();
    assert_eq!(slicing(&policy, "i"), (12, 4));
    taken(&asked);
    policy.volatile("iK");
    assert!(policy.resolve(&network).unwrap().is_volatile(0));
    assert_eq!(taken(&asked), [ALL[2], ALL[4]]);
    policy.clear_batchable_callback();
    policy.clear_volatile_callback();
    let resolved = policy.resolve(&network).unwrap();
    assert_eq!(resolved.slicing(network.find_index("j").unwrap()), None);
    assert!(!resolved.is_volatile(1) && taken(&asked).is_empty());
}

#[test]
fn an_answer_that_cannot_be_names_the_index() {
    let network = product();
    let message = |batching| {
        let mut policy = BatchPolicy::new();
        policy.set_batchable_callback(move |index| Ok((index.label == "K").then_some(batching)));
        policy.resolve(&network).unwrap_err().to_string()
    };
    assert_eq!(message(of_50(0)), "batch target size of index 'K' is 0; give 1 or more");
    assert_eq!(message(of_50(-7)), "batch target size of index 'K' is -7; give 1 or more");
    let tile = Batching { target: 5, tile: 0 };
    assert_eq!(message(tile), "tile size of index 'K' is 0; give 1 or more");
}

#[test]
fn a_callback_that_fails_ends_the_call_at_once() {
    let network = product();
    let asked = Asked::default();
    let mut policy = BatchPolicy::new();
    let notes = asked.clone();
    policy.set_volatile_callback(move |tensor| {
        notes.lock().unwrap().push(tensor.label.into());
        Err(Error::Callback { name: "volatile", reason: "no idea".into() })
    });
    let options = Options::default();
    let text = "the callback 'volatile' failed: no idea";
    assert_eq!(optimize(&network, &policy, &options).unwrap_err().to_string(), text);
    assert_eq!(taken(&asked), ["iK"]);
    for threads in [1, 2] {
        let mut reports = 0;
        let failed = optimize_many(&[&network, &network], &policy, &options, threads, |_, _| {
            reports += 1;
            0
        });
        assert_eq!(failed.unwrap_err().to_string(), format!("term 0: {text}"));
        assert_eq!((taken(&asked).len(), reports), (1, 0), "nothing is asked or planned after");
    }
    policy.clear_volatile_callback();
    assert!(optimize(&network, &policy, &options).is_ok());
}

#[test]
fn a_resolved_policy_says_the_same_of_the_network_without_callbacks() {
    let (mut policy, asked) = asking();
    let network = product();
    policy.batch_index(Role::Contracted, "K", 10).unwrap();
    policy.set_persistent_only(true);
    policy.set_accumulation_factor(0.5).unwrap();
    policy.set_peak_threshold(Some(1000)).unwrap();
    let resolved = policy.by_label(&network).unwrap();
    taken(&asked);
    assert_eq!(resolved.resolve(&network), policy.resolve(&network));
    assert_eq!(taken(&asked).len(), 4, "by the first one only");
    assert_eq!(
        resolved.to_json().unwrap(),
        r#"{"schema":"qube-policy/1","spaces":{},"indices":{"K":10},"external_spaces":{},"#
            .to_owned()
            + r#""external_indices":{"i":7,"j":7},"tile_spaces":{},"tile_indices":{"i":3,"j":3},"#
            + r#""volatile":[],"volatile_tensors":[1],"persistent_only":true,"#
            + r#""accumulation_factor":0.5,"peak_threshold":1000}"#
    );
    assert_eq!(resolved.by_label(&network), Ok(resolved));
}

#[test]
fn a_document_cannot_hold_a_callback() {
    let (mut policy, _) = asking();
    let message = |policy: &BatchPolicy| policy.to_json().unwrap_err().to_string();
    assert!(
        message(&policy)
            .contains("JSON cannot hold the callback 'batchable' of the policy; write it resolved")
    );
    policy.clear_batchable_callback();
    assert!(message(&policy).contains("'volatile'") && message(&policy).contains("; write "));
    assert!(policy.to_string().contains("callbacks: volatile\n"));
    policy.clear_volatile_callback();
    assert!(policy.to_string().contains("callbacks: none\n"));
    assert_eq!(BatchPolicy::from_json(&policy.to_json().unwrap()), Ok(policy));
}

#[test]
fn clones_share_callbacks_and_equal_each_other() {
    let (policy, asked) = asking();
    let clone = policy.clone();
    assert_eq!(clone, policy);
    assert_ne!(clone, asking().0, "another function, though it says the same");
    assert_ne!(clone, BatchPolicy::new());
    clone.resolve(&product()).unwrap();
    assert_eq!(taken(&asked).len(), 5);
    assert!(format!("{policy:?}").contains("batchable: Some(callback)"));
    drop((policy, clone));
    assert_eq!(Arc::strong_count(&asked), 1, "the last clone drops the functions");
}

#[test]
fn a_document_adds_to_what_is_said() {
    let mut policy = BatchPolicy::new();
    policy.batch_space(Role::External, "i", 8).unwrap();
    policy.set_persistent_only(true);
    let before = policy.clone();
    let bad = r#"{"schema":"qube-policy/1","spaces":{"a":3},"accumulation_factor":-1}"#;
    assert!(policy.add_json(bad).is_err());
    assert_eq!(policy, before, "nothing of a bad document stays");
    let more = r#"{"schema":"qube-policy/1","external_spaces":{"i":4,"j":5},"peak_threshold":64}"#;
    policy.add_json(more).unwrap();
    assert_eq!(policy.space_target(Role::External, "i"), Some(4), "the last word counts");
    assert_eq!(policy.space_target(Role::External, "j"), Some(5));
    assert_eq!(policy.peak_threshold(), Some(64));
    assert!(policy.persistent_only(), "what the document leaves out stays");
    policy.add_json(r#"{"schema":"qube-policy/1","persistent_only":false}"#).unwrap();
    assert!(!policy.persistent_only() && policy.peak_threshold() == Some(64));
}

/// What the callbacks say is what a policy by name plans.
#[test]
fn plans_follow_callbacks_as_they_follow_names() {
    let network = product();
    let mut named = BatchPolicy::new();
    named.batch_index(Role::Contracted, "K", 10).unwrap();
    named.batch_index(Role::External, "i", 6).unwrap();
    named.volatile_position(0);
    named.set_peak_threshold(Some(8 * 1800)).unwrap();
    let mut asking = BatchPolicy::new();
    asking.set_batchable_callback(|index| {
        Ok(match (index.label, index.role) {
            ("K", Role::Contracted) => Some(of_50(10)),
            ("i", Role::External) => Some(of_50(6)),
            _ => None,
        })
    });
    asking.set_volatile_callback(|tensor| Ok(tensor.position == 0));
    asking.set_peak_threshold(Some(8 * 1800)).unwrap();
    for objective in [Objective::PeakBatched, Objective::TimeSpaceBatched] {
        let options = Options { objective, ..Options::default() };
        let mut plans =
            [&named, &asking].map(|policy| optimize(&network, policy, &options).unwrap());
        plans.iter_mut().for_each(|plan| plan.search.seconds = 0.0);
        assert!(plans[0].nodes.iter().any(|node| !node.loops.is_empty()), "{objective:?}");
        assert_eq!(plans[0], plans[1]);
    }
}

// --- Power means ----------------------------------------------------------------------------------

/// Two composites of one pair and one of another, all of space a.
const PAIRS: &str = "g{a_1<i_1>;a_2<i_1>} t{a_1<i_1>;i_1} t{a_2<i_1>;i_1} s{a_3<i_2>;i_2}";

#[test]
fn power_means_are_asked_for_each_order_that_occurs() {
    let asked = Asked::default();
    let notes = asked.clone();
    let mut spaces = Spaces::new();
    spaces.add("i", 5).unwrap();
    spaces.add("a", 12).unwrap();
    spaces.set_inner_pow_callback(move |index, k| {
        notes.lock().unwrap().push(format!("{} {} {} {k}", index.label, index.space, index.extent));
        Ok(12.0 + k as f64)
    });
    let network = parse(PAIRS, &spaces).unwrap();
    let all = [
        "a_1<i_1> a 12 1",
        "a_1<i_1> a 12 2",
        "a_2<i_1> a 12 1",
        "a_2<i_1> a 12 2",
        "a_3<i_2> a 12 1",
    ];
    assert_eq!(taken(&asked), all);
    let means =
        |label: &str| network.index_at(network.find_index(label).unwrap()).power_means.clone();
    assert_eq!(means("a_2<i_1>"), [13.0, 14.0]);
    assert_eq!(means("a_3<i_2>"), [13.0]);
    assert!(means("i_1").is_empty());
    let mut tabulated = Spaces::new();
    tabulated.add("i", 5).unwrap();
    tabulated.add_composite("a", 12, &[13.0, 14.0]).unwrap();
    let cost = |network: &Network| {
        optimize(network, &BatchPolicy::new(), &Options::default()).unwrap().cost
    };
    assert_eq!(cost(&network), cost(&parse(PAIRS, &tabulated).unwrap()));
    spaces.clear_inner_pow_callback();
    assert_ne!(cost(&network), cost(&parse(PAIRS, &spaces).unwrap()));
    assert!(taken(&asked).is_empty());
}

fn builder() -> NetworkBuilder {
    let mut builder = NetworkBuilder::new();
    builder.index("i", None, 5).unwrap();
    builder.composite("a<i>", None, 12, &["i"], &[]).unwrap();
    builder.composite("b<i>", None, 12, &["i"], &[12.0, 12.5]).unwrap();
    builder.tensor("t", &["a<i>", "b<i>", "i"]).unwrap();
    builder
}

#[test]
fn a_table_goes_before_the_callback() {
    let mut builder = builder();
    builder.set_inner_pow_callback(|index, k| {
        assert_eq!(index.label, "a<i>");
        Ok(k as f64)
    });
    let network = builder.build().unwrap();
    let again = builder.clone().build().unwrap();
    assert_eq!(network, again);
    assert_eq!(network.indices()[1].power_means, [1.0, 2.0]);
    assert_eq!(network.indices()[2].power_means, [12.0, 12.5]);
    builder.clear_inner_pow_callback();
    assert!(builder.build().unwrap().indices()[1].power_means.is_empty());
}

#[test]
fn a_power_mean_that_cannot_be_names_index_and_order() {
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let mut builder = builder();
        builder.set_inner_pow_callback(move |_, k| Ok(if k == 2 { bad } else { 3.0 }));
        let message = builder.build().unwrap_err().to_string();
        let text = format!("power mean 2 of index 'a<i>' is {bad}; give a finite number above 0");
        assert_eq!(message, text);
    }
    let mut builder = builder();
    builder.set_inner_pow_callback(|_, _| {
        Err(Error::Callback { name: "inner_pow", reason: "no idea".into() })
    });
    assert_eq!(
        builder.build().unwrap_err().to_string(),
        "the callback 'inner_pow' failed: no idea"
    );
}

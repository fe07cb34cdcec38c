//! Plans: their fields, their reproducibility, and the input that they refuse.

mod common;

use approx::assert_relative_eq;
use common::reference::load;
use qube_budget::Roofline;
use qube_budget::internals::replay::{Move, replay};
use qube_budget::network::{Network, NetworkBuilder, Spaces, einsum};
use qube_budget::plan::{Cache, NodeKind};
use qube_budget::policy::Role;
use qube_budget::{BatchPolicy, Error, Objective, Options, Plan, optimize};
use serde_json::Value;

fn objective(objective: Objective) -> Options {
    Options { objective, frontier: true, ..Options::default() }
}

fn letters(extents: &[(&str, i64)]) -> Spaces {
    let mut letters = Spaces::new();
    extents.iter().for_each(|&(letter, extent)| letters.add(letter, extent).unwrap());
    letters
}

fn product() -> Network {
    einsum("ik,kj->ij", &letters(&[("i", 10), ("j", 20), ("k", 100)])).unwrap()
}

/// The water-14 term, Κ in batches of 236, t volatile.
fn water14() -> Plan {
    let scenarios = load("scenarios.json");
    let case = &scenarios.iter().find(|case| case.name == "water14_term1").unwrap().case;
    optimize(&case.network, &case.policy, &objective(Objective::PeakBatched)).unwrap()
}

fn same_but_for_time(mut a: Plan, b: &Plan) -> bool {
    a.search.seconds = b.search.seconds;
    a == *b
}

#[test]
fn a_product_of_two_is_priced_and_batched() {
    let network = product();
    let mut policy = BatchPolicy::new();
    let options = objective(Objective::PeakBatched);
    let whole = optimize(&network, &policy, &options).unwrap();
    assert_eq!(whole.sequence(), [0, 1, -1]);
    assert_eq!(whole.peak, 1000.0 + 2000.0 + 200.0);
    policy.batch_space(Role::Contracted, "k", 30).unwrap();
    policy.set_accumulation_factor(0.5).unwrap();
    let sliced = optimize(&network, &policy, &options).unwrap();
    assert_eq!(sliced.peak, 300.0 + 600.0 + 200.0 + 0.5 * 200.0);
    assert_eq!(sliced.flops, 10.0 * 20.0 * 100.0);
    let step = sliced.contractions().next().unwrap();
    let one = &step.loops[0];
    assert_eq!((one.index.as_str(), one.batch, one.batches), ("k", 30, 4));
    assert_eq!(sliced.nest(0), ["k"]);
    assert_eq!((sliced.nodes[0].footprint, sliced.nodes[0].sliced_footprint), (1000.0, 300.0));
    assert_eq!(sliced.peak_bytes(), Ok(1200 * 8));
}

#[test]
fn a_single_tensor_is_a_plan_too() {
    let network = einsum("ij", &letters(&[("i", 3), ("j", 4)])).unwrap();
    for kind in Objective::ALL {
        let plan = optimize(&network, &BatchPolicy::new(), &objective(kind)).unwrap();
        assert_eq!(plan.sequence(), [0]);
        assert_eq!((plan.cost, plan.flops, plan.peak), (0.0, 0.0, 12.0));
        assert!(plan.report().starts_with(&format!("{} plan of 1 tensor\n", kind.name())));
    }
}

#[test]
fn a_node_lists_the_live_nodes() {
    let plan = water14();
    assert_eq!(plan.nodes.len(), 21);
    let highest = plan.nodes.iter().map(|node| node.live).fold(0.0, f64::max);
    assert_eq!((plan.peak, plan.nodes[plan.peak_node].live), (highest, highest));
    // The sizes live at the peak sum to it: no waiting subtree has loops that would slice it further.
    let live = plan.live_at(plan.peak_node);
    let sum: f64 = live.iter().map(|&at| plan.nodes[at].sliced_footprint).sum();
    assert_relative_eq!(sum, plan.peak, max_relative = 1e-12);
    for (at, node) in plan.nodes.iter().enumerate() {
        let live = plan.live(at);
        assert_eq!(live.iter().map(|one| one.node).collect::<Vec<_>>(), plan.live_at(at));
        let sum: f64 = live.iter().map(|one| one.elements).sum();
        assert_relative_eq!(sum, node.live, max_relative = 1e-12);
        assert!(node.sliced_footprint <= node.footprint);
        assert!(node.live_before <= node.live && node.live_after <= node.live);
    }
    let root = plan.nodes.last().unwrap();
    assert_eq!(root.live_after, root.footprint, "at the end only the result is live");
    let opened: Vec<_> = plan.contractions().flat_map(|node| &node.loops).collect();
    assert_eq!(opened.len(), 1);
    assert_eq!((opened[0].index.as_str(), opened[0].batch, opened[0].batches), ("Κ_1", 236, 7));
    let volatile: usize = plan.nodes.iter().filter(|node| node.volatile).count();
    assert!(volatile > 3 && volatile < plan.nodes.len());
}

/// By hand. In the chain ij jK Kl, beginning with ij is best for work and peak (l is ten times i);
/// the loop over K is then around the last contraction. In iK Kj jl, beginning with Kj jl is best
/// (i is a hundred times l), and the loop is around the last contraction again.
#[test]
fn the_nodes_to_cache_are_advised() {
    use Cache::{Keep, Sliced, Transient};
    let advice = |text: &str, extents: [i64; 4], volatile: &str, batch: i64, of: Objective| {
        let letters = letters(
            &["i", "j", "K", "l"].map(|letter| (letter, extents["ijKl".find(letter).unwrap()])),
        );
        let mut policy = BatchPolicy::new();
        policy.batch_index(Role::Contracted, "K", batch).unwrap();
        policy.volatile(volatile);
        let plan = optimize(&einsum(text, &letters).unwrap(), &policy, &objective(of)).unwrap();
        let mut nodes: Vec<_> =
            (0..plan.nodes.len()).map(|at| (plan.members(at), plan.nodes[at].cache)).collect();
        nodes.sort();
        let text = plan.report();
        let kept = plan.contractions().filter(|node| node.cache == Keep).count();
        assert_eq!(text.matches(", keep\n").count(), kept, "{text}");
        nodes
    };
    let left = [10, 1000, 1000, 100];
    let chain = |batch, of| advice("ij,jK,Kl->il", left, "Kl", batch, of);
    // The last contraction, which is volatile, takes the result of ij jK, which carries K.
    let of_result = |cache| {
        let transient = |members: &[usize]| (members.to_vec(), Transient);
        vec![
            transient(&[0]),
            (vec![0, 1], cache),
            transient(&[0, 1, 2]),
            transient(&[1]),
            transient(&[2]),
        ]
    };
    assert_eq!(chain(10, Objective::Flops), of_result(Keep), "no loops");
    // Each replay computes its slices again, and needs its operands.
    let expected = [
        (vec![0], Keep),
        (vec![0, 1], Sliced),
        (vec![0, 1, 2], Transient),
        (vec![1], Sliced),
        (vec![2], Transient),
    ];
    assert_eq!(chain(10, Objective::PeakBatched), expected);
    assert_eq!(chain(1000, Objective::PeakBatched), of_result(Keep), "one batch is the whole");
    // Without volatile tensors, a replay computes no node again.
    let nothing = advice("ij,jK,Kl->il", left, "none", 10, Objective::PeakBatched);
    assert!(nothing.iter().all(|(_, cache)| *cache == Transient));
    // jl is inside the loop over K, but does not carry it; iK does.
    let right = advice("iK,Kj,jl->il", [1000, 100, 1000, 10], "Kj", 10, Objective::PeakBatched);
    let expected = [
        (vec![0], Sliced),
        (vec![0, 1, 2], Transient),
        (vec![1], Transient),
        (vec![1, 2], Transient),
        (vec![2], Keep),
    ];
    assert_eq!(right, expected);
}

#[test]
fn json_has_the_fields_of_the_plan() {
    let plan = water14();
    let json: Value = serde_json::from_str(&plan.to_json()).unwrap();
    assert_eq!(json["schema"], "qube-plan/2");
    assert_eq!(json["objective"], "peak-batched");
    let sequence: Vec<i64> = serde_json::from_value(json["sequence"].clone()).unwrap();
    assert_eq!(sequence, plan.sequence());
    assert_eq!(json["peak_elements"].as_f64(), Some(plan.peak));
    assert_eq!(json["peak_bytes"].as_u64(), Some(plan.peak_bytes().unwrap()));
    assert_eq!(json["cost"].as_f64(), Some(plan.cost));
    let frontier: Vec<(f64, f64)> = serde_json::from_value(json["frontier"].clone()).unwrap();
    assert_eq!(frontier, plan.frontier);
    let nodes = json["nodes"].as_array().unwrap();
    assert_eq!(json["peak_node"], plan.peak_node);
    for (at, (node, planned)) in nodes.iter().zip(&plan.nodes).enumerate() {
        assert_eq!(node["node"], at);
        match planned.kind {
            NodeKind::Leaf { tensor } => assert_eq!(node["tensor"], tensor),
            NodeKind::Contraction { first, second } => {
                assert_eq!((&node["first"], &node["second"]), (&first.into(), &second.into()));
            }
        }
    }
    assert_eq!(nodes.iter().filter(|node| node.get("label").is_some()).count(), 11);
    let index = |number: &Value| &json["indices"][number.as_u64().unwrap() as usize];
    let root = nodes.last().unwrap();
    let open: Vec<&str> = root["open"]
        .as_array()
        .unwrap()
        .iter()
        .map(|open| index(open)["label"].as_str().unwrap())
        .collect();
    assert_eq!(open, plan.open(plan.nodes.len() - 1));
    let opener =
        nodes.iter().find(|node| node["loops"] != Value::from(Vec::<Value>::new())).unwrap();
    let sliced = index(&opener["loops"][0]["index"]);
    assert_eq!((&sliced["label"], &sliced["space"]), (&"Κ_1".into(), &"Κ".into()));
    // The intervals determine the live nodes.
    let turn = |node: &Value| node.as_u64().unwrap() as usize;
    for at in 0..nodes.len() {
        let lives = nodes.iter().enumerate().flat_map(|(node, said)| {
            said["life"].as_array().unwrap().iter().map(move |life| (node, life))
        });
        let there =
            lives.filter(|(_, life)| (turn(&life["from"])..=turn(&life["to"])).contains(&at));
        let there = there.map(|(node, life)| (node, life["elements"].as_f64().unwrap()));
        let expected = plan.live(at).into_iter().map(|one| (one.node, one.elements));
        assert_eq!(there.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    }
    assert_eq!(json["search"]["optimal"], true);
    assert_eq!(json["search"]["exhaustive"], false);
}

#[test]
fn the_report_names_peak_contractions_and_loops() {
    let report = water14().report();
    for piece in ["peak-batched plan of 11 tensors", "GiB at result", "Κ_1 in 7 batches of 236"] {
        assert!(report.contains(piece), "{piece} in\n{report}");
    }
    assert_eq!(report.lines().filter(|line| line.contains(" -> ")).count(), 10);
}

#[test]
fn equal_input_gives_an_equal_plan() {
    let first = water14();
    for _ in 0..5 {
        assert!(same_but_for_time(water14(), &first));
    }
}

#[test]
fn a_larger_tolerance_never_costs_more() {
    for case in load("random.json").iter().take(60) {
        let mut last = f64::INFINITY;
        for peak_flops_tolerance in [0.0, 0.05, 0.1, 0.5, 2.0] {
            let options = Options { peak_flops_tolerance, ..objective(Objective::PeakBatched) };
            let plan = optimize(&case.case.network, &case.case.policy, &options).unwrap();
            assert!(plan.cost <= last, "{}", case.name);
            last = plan.cost;
        }
    }
}

#[test]
fn the_roofline_charges_traffic() {
    let roofline = |machine_balance, fast_mem_elems| Roofline {
        machine_balance,
        fast_mem_elems,
        ..Roofline::default()
    };
    let op = |roofline: Roofline| roofline.op(20_000.0, 3200.0);
    assert_eq!(op(roofline(0.0, 0.0)), 20_000.0);
    assert_eq!(op(roofline(5.0, 0.0)), 20_000.0);
    assert_eq!(op(roofline(10.0, 0.0)), 32_000.0);
    // Three blocks of 4 x 4 in fast memory: 20000 / 4 elements are moved.
    assert_relative_eq!(op(roofline(10.0, 48.0)), 50_000.0);
}

#[test]
fn the_replay_refuses_invalid_sequences() {
    let (network, policy, options) = (product(), BatchPolicy::new(), Options::default());
    let contract = || Move::Contract { loops: Vec::new() };
    let k = network.find_index("k").unwrap();
    for (moves, piece) in [
        (vec![Move::Take(0), contract()], "entry 1 contracts, but fewer than two results are left"),
        (vec![Move::Take(0), Move::Take(0), contract()], "takes tensor 0"),
        (vec![Move::Take(0), Move::Take(2), contract()], "takes tensor 2"),
        (vec![Move::Take(0), Move::Take(1)], "leaves 2 results"),
        (vec![Move::Take(0)], "of 1 tensors"),
        (vec![Move::Take(0), Move::Take(1), Move::Contract { loops: vec![k] }], "'k'"),
    ] {
        let message = replay(&network, &policy, &options, &moves).unwrap_err().to_string();
        assert!(message.contains(piece), "'{message}' names {piece}");
    }
}

fn refused(network: &Network, options: &Options, pieces: &[&str]) -> Error {
    let error = optimize(network, &BatchPolicy::new(), options).unwrap_err();
    let message = error.to_string();
    for piece in pieces {
        assert!(message.contains(piece), "'{message}' names {piece}");
    }
    error
}

#[test]
fn options_out_of_range_are_named() {
    let network = product();
    for (name, set) in [
        ("volatile_weight", (|o, x| o.volatile_weight = x) as fn(&mut Options, f64)),
        ("footprint_weight", |o, x| o.footprint_weight = x),
        ("peak_flops_tolerance", |o, x| o.peak_flops_tolerance = x),
        ("machine_balance", |o, x| o.roofline.machine_balance = x),
        ("fast_mem_elems", |o, x| o.roofline.fast_mem_elems = x),
        ("block_tiles", |o, x| o.roofline.block_tiles = x),
        ("block_prefactor", |o, x| o.roofline.block_prefactor = x),
    ] {
        for value in [f64::NAN, -1.0, f64::INFINITY, 1e300, 1e-300] {
            let mut options = Options::default();
            set(&mut options, value);
            refused(&network, &options, &[name, &value.to_string(), "1e18"]);
        }
    }
    let options = Options { bytes_per_element: 0, ..Options::default() };
    refused(&network, &options, &["bytes_per_element", "0", "1 to 1024"]);
}

#[test]
fn networks_that_are_too_large_are_refused_before_the_search() {
    let names: Vec<String> = (0..4097).map(|at| format!("x_{at}")).collect();
    let mut builder = NetworkBuilder::new();
    for name in &names {
        builder.index(name, None, 2).unwrap();
        builder.tensor("g", &[name]).unwrap();
    }
    let network = builder.build().unwrap();
    let error = refused(&network, &Options::default(), &["tensors", "4097", "at most 4096"]);
    assert!(matches!(error, Error::TooLarge { .. }));

    let mut builder = NetworkBuilder::new();
    for at in 0..16385 {
        builder.index(&format!("x_{at}"), None, 1).unwrap();
    }
    builder.tensor("g", &[]).unwrap();
    refused(&builder.build().unwrap(), &Options::default(), &["indices", "16385", "at most 16384"]);

    // 24 batchable indices between two tensors: 2^24 sets of loops.
    let names: Vec<String> = (0..24).map(|at| format!("x_{at}")).collect();
    let mut builder = NetworkBuilder::new();
    for name in &names {
        builder.index(name, None, 2).unwrap();
    }
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    builder.tensor("g", &all).unwrap();
    builder.tensor("g", &all).unwrap();
    let mut policy = BatchPolicy::new();
    policy.batch_space(Role::Contracted, "x", 1).unwrap();
    optimize(&builder.build().unwrap(), &policy, &objective(Objective::PeakBatched)).unwrap();
    // Slices of less than one element may cost more, so all 2^24 sets would have to be tried.
    builder.composite("c<x_0>", None, 2, &["x_0"], &[0.5]).unwrap();
    builder.tensor("d", &["c<x_0>", "x_0"]).unwrap();
    let message = optimize(&builder.build().unwrap(), &policy, &objective(Objective::PeakBatched))
        .unwrap_err()
        .to_string();
    assert!(message.contains("sets of enclosing loops") && message.contains("at most 2097152"));
}

#[test]
fn products_beyond_a_double_are_refused() {
    let names: Vec<String> = (0..40).map(|at| format!("x_{at}")).collect();
    let mut builder = NetworkBuilder::new();
    for name in &names {
        builder.index(name, None, i64::MAX).unwrap();
    }
    builder.tensor("g", &names.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
    let error = refused(
        &builder.build().unwrap(),
        &Options::default(),
        &["the product of all extents", "2^2520", "2^700"],
    );
    assert!(matches!(error, Error::Overflow { .. }));
}

#[test]
fn a_peak_of_2_to_the_53_elements_has_no_bytes() {
    let large = letters(&[("i", 1 << 30), ("j", 1 << 30), ("k", 1 << 30)]);
    let network = einsum("ik,kj->ij", &large).unwrap();
    let plan = optimize(&network, &BatchPolicy::new(), &Options::default()).unwrap();
    assert_eq!(plan.peak, 3.0 * (1u64 << 60) as f64);
    let message = plan.peak_bytes().unwrap_err().to_string();
    assert!(message.contains("2^53"), "{message}");
    let json: Value = serde_json::from_str(&plan.to_json()).unwrap();
    assert!(json["peak_bytes"].is_null());
}

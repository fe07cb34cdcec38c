//! Contraction orders beyond the reach of exact search: against other tools, against exact search
//! where it reaches, and on networks whose best order is known.

mod common;

use std::time::Instant;

use common::einsum_case::EinsumCase;
use common::networks::term;
use proptest::prelude::*;
use qube_budget::internals::problem::{Problem, TreeNode};
use qube_budget::internals::replay::{Move, Replay, replay};
use qube_budget::internals::search::large::{self, Effort};
use qube_budget::network::{Network, NetworkBuilder};
use qube_budget::policy::Role;
use qube_budget::{BatchPolicy, Error, Objective, Options, optimize};
use serde::Deserialize;

/// Grids, 3-regular graphs, networks with hyperindices (csv) and of coupled-cluster form (cc), of
/// 30 to 200 tensors, with the results of cotengra 0.8.3 (cotengrust 0.2.1, kahypar 1.3.7, one
/// thread of a shared 2-core machine): log10 of the work of random-greedy with 128 repeats and seed
/// 0, and of HyperOptimizer(max_repeats=128) with its default methods, with the seconds of the
/// latter.
#[derive(Deserialize)]
struct Case {
    #[serde(flatten)]
    einsum: EinsumCase,
    random_greedy: f64,
    hyper: f64,
}

fn cases() -> Vec<Case> {
    let text = include_str!("data/large.json");
    serde_json::from_str(text).unwrap()
}

fn network(extents: &[(&str, i64)], tensors: &[Vec<&str>], targets: Option<&[&str]>) -> Network {
    let mut builder = NetworkBuilder::new();
    for (index, extent) in extents {
        builder.index(index, None, *extent).unwrap();
    }
    for (at, indices) in tensors.iter().enumerate() {
        builder.tensor(&format!("T{at}"), indices).unwrap();
    }
    if let Some(targets) = targets {
        builder.targets(targets).unwrap();
    }
    builder.build().unwrap()
}

/// A network of bonds between pairs of tensors, all of one extent.
fn bonds(tensors: usize, bonds: &[(usize, usize)], extent: i64) -> Network {
    let labels: Vec<String> = (0..bonds.len()).map(|at| format!("b_{at}")).collect();
    let extents: Vec<(&str, i64)> = labels.iter().map(|label| (label.as_str(), extent)).collect();
    let mut carried = vec![Vec::new(); tensors];
    for (label, &(a, b)) in labels.iter().zip(bonds) {
        carried[a].push(label.as_str());
        carried[b].push(label.as_str());
    }
    network(&extents, &carried, Some(&[]))
}

fn options(objective: Objective) -> Options {
    Options { objective, ..Options::default() }
}

/// The values of the tree of a search, by the replay.
fn found(network: &Network, policy: &BatchPolicy, options: &Options, effort: &Effort) -> Replay {
    let resolved = policy.resolve(network).unwrap();
    let problem = Problem::bind(network, &resolved, options).unwrap();
    let tree = large::search(&problem, effort).unwrap().solution.tree;
    let one = |node: &TreeNode| match node {
        TreeNode::Leaf(tensor) => Move::Take(*tensor),
        TreeNode::Contraction { opened, .. } => {
            Move::Contract { loops: opened.iter().map(|&at| problem.loops()[at].index).collect() }
        }
    };
    let moves: Vec<Move> = tree.nodes.iter().map(one).collect();
    replay(network, policy, options, &moves).unwrap()
}

/// Random numbers for networks that are the same on every run (Steele, Lea & Flood 2014).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ mixed >> 31) as usize % limit
    }

    /// A network of 8 to 12 tensors: a random tree of bonds, some more of them, some hyperindices on
    /// three or four tensors, two indices open in the result, and a composite index.
    fn network(&mut self) -> Network {
        let tensors = 8 + self.below(5);
        let mut groups: Vec<Vec<usize>> = (1..tensors).map(|at| vec![at, self.below(at)]).collect();
        for more in [2, 2, 2, 2, 3, 4, 1, 1] {
            groups.push((0..more).map(|_| self.below(tensors)).collect());
        }
        let mut builder = NetworkBuilder::new();
        let mut carried = vec![Vec::new(); tensors];
        for (at, group) in groups.iter_mut().enumerate() {
            group.sort();
            group.dedup();
            let label = format!("x_{at}");
            builder.index(&label, None, 2 + self.below(20) as i64).unwrap();
            group.iter().for_each(|&tensor| carried[tensor].push(label.clone()));
        }
        builder.composite("c_1", None, 5, &["x_0"], &[5.0, 5.5]).unwrap();
        let pair = self.below(tensors - 1);
        carried[pair].push("c_1".into());
        carried[pair + 1].push("c_1".into());
        for (at, indices) in carried.iter().enumerate() {
            let indices: Vec<&str> = indices.iter().map(String::as_str).collect();
            builder.tensor(&format!("T{at}"), &indices).unwrap();
        }
        builder.build().unwrap()
    }
}

#[test]
fn work_is_no_more_than_other_tools_find() {
    let (policy, options) = (BatchPolicy::new(), options(Objective::Flops));
    let (mut against_greedy, mut against_hyper) = (0.0, 0.0);
    let cases = cases();
    for case in &cases {
        let network = case.einsum.network();
        let effort = Effort::for_tensors(network.tensors().len());
        let work = found(&network, &policy, &options, &effort).cost.log10();
        assert!(work < case.random_greedy + 1e-6, "{}: {work}", case.einsum.name);
        against_greedy += work - case.random_greedy;
        against_hyper += work - case.hyper;
    }
    let networks = cases.len() as f64;
    assert!(against_greedy / networks < -2.0, "{against_greedy}");
    assert!(against_hyper / networks < 0.0, "{against_hyper}");
}

#[test]
fn plans_of_large_networks_stand_their_replay() {
    let mut policy = BatchPolicy::new();
    policy.batch_index(Role::Contracted, "i0", 2).unwrap();
    policy.batch_index(Role::Contracted, "i1", 3).unwrap();
    policy.volatile_position(3);
    for case in cases() {
        let network = case.einsum.network();
        if !["reg3_100_0", "csv_100_0"].contains(&case.einsum.name.as_str()) {
            continue;
        }
        for objective in Objective::ALL {
            let options = Options { volatile_weight: 5.0, ..options(objective) };
            let plan = optimize(&network, &policy, &options).unwrap();
            plan.verify(&network, &policy, &options).unwrap();
            assert!(!plan.search.optimal && !plan.search.exhaustive);
            let bounded = match objective {
                Objective::Peak | Objective::PeakBatched => plan.peak,
                _ => plan.cost,
            };
            let bound = plan.search.lower_bound;
            assert!(bound > 0.0 && bound <= bounded, "{}: {bound}, {bounded}", case.einsum.name);
        }
    }
}

/// Each stage returns a tree no worse than its input.
#[test]
fn no_stage_makes_a_tree_worse() {
    let none = Effort { greedy: 1, annealed: 0, sweeps: 0, subtree_leaves: 0, deadline: None };
    let stages = [
        Effort { subtree_leaves: 5, ..none },
        Effort { subtree_leaves: 9, ..none },
        Effort { annealed: 1, sweeps: 40, ..none },
        Effort { annealed: 1, sweeps: 40, subtree_leaves: 9, ..none },
    ];
    let mut dice = Dice(1);
    let mut networks: Vec<Network> = (0..20).map(|_| dice.network()).collect();
    networks.extend(
        cases().iter().map(|case| case.einsum.network()).filter(|one| one.tensors().len() <= 100),
    );
    let mut lowered = [0; 4];
    for network in &networks {
        for objective in [Objective::Flops, Objective::Size, Objective::TimeSpace] {
            let cost =
                |effort| found(network, &BatchPolicy::new(), &options(objective), effort).cost;
            let greedy = cost(&none);
            for (stage, lowered) in stages.iter().zip(&mut lowered) {
                let improved = cost(stage);
                assert!(improved <= greedy * (1.0 + 1e-12), "{stage:?}: {improved}, {greedy}");
                *lowered += usize::from(improved < greedy * (1.0 - 1e-6));
            }
        }
    }
    assert!(lowered.iter().all(|&count| count > 40), "of 93: {lowered:?}");
}

#[test]
fn small_networks_reach_the_optimum() {
    let effort = Effort::for_tensors(12);
    let mut dice = Dice(2);
    for _ in 0..16 {
        let network = dice.network();
        let mut policy = BatchPolicy::new();
        policy.batch_index(Role::Contracted, "x_1", 2).unwrap();
        policy.batch_index(Role::Contracted, "x_3", 3).unwrap();
        policy.volatile_position(1);
        for objective in [
            Objective::Flops,
            Objective::Size,
            Objective::Peak,
            Objective::TimeSpace,
            Objective::PeakBatched,
        ] {
            let options = Options { volatile_weight: 3.0, ..options(objective) };
            let best = optimize(&network, &policy, &options).unwrap();
            let found = found(&network, &policy, &options, &effort);
            let close = |a: f64, b: f64| (a - b).abs() <= 1e-9 * b;
            assert!(close(found.cost, best.cost), "{objective:?}: {} {}", found.cost, best.cost);
            // Of equal costs, the lower peak: flops and size ask for no more.
            let peak = objective.is_additive() || close(found.peak, best.peak);
            assert!(peak, "{objective:?}: {} {}", found.peak, best.peak);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// A subtree that contains the whole tree makes reconfiguration exact: no annealing is needed.
    #[test]
    fn a_window_of_the_whole_tree_is_exact(term in term(1..9), prune in any::<bool>()) {
        let mut policy = term.policy;
        policy.set_accumulation_factor(0.0).unwrap();
        policy.set_persistent_only(false);
        let effort = Effort { greedy: 1, annealed: 0, sweeps: 0, subtree_leaves: 8, deadline: None };
        for objective in Objective::ALL {
            let options = Options {
                volatile_weight: 3.0,
                prune_outer_products: prune,
                ..options(objective)
            };
            let best = optimize(&term.network, &policy, &options).unwrap();
            let found = found(&term.network, &policy, &options, &effort);
            // Reconfiguration skips savings below 1e-9.
            let close = |a: f64, b: f64| (a - b).abs() <= 1e-8 * b;
            prop_assert!(close(found.cost, best.cost), "{objective:?} {} {}", found.cost, best.cost);
            let peak = objective.is_additive() || close(found.peak, best.peak);
            prop_assert!(peak, "{objective:?} {} {}", found.peak, best.peak);
        }
    }
}

#[test]
fn runs_are_alike() {
    let cases = cases();
    let network =
        cases.iter().find(|case| case.einsum.name == "csv_100_0").unwrap().einsum.network();
    for objective in [Objective::Flops, Objective::Peak] {
        let run = || optimize(&network, &BatchPolicy::new(), &options(objective)).unwrap();
        let (mut one, mut other) = (run(), run());
        (one.search.seconds, other.search.seconds) = (0.0, 0.0);
        assert_eq!(one, other);
    }
}

#[test]
fn a_thousand_tensors_are_no_trouble() {
    // A ring of 1000 tensors with chords: every tensor has three neighbours.
    let mut edges: Vec<(usize, usize)> = (0..1000).map(|at| (at, (at + 1) % 1000)).collect();
    edges.extend((0..500).map(|at| (2 * at, (2 * at + 31) % 1000)));
    let network = bonds(1000, &edges, 2);
    let effort = Effort { greedy: 4, annealed: 1, sweeps: 300, subtree_leaves: 8, deadline: None };
    let policy = BatchPolicy::new();
    let cost = |effort: &Effort| found(&network, &policy, &options(Objective::Flops), effort).cost;
    let greedy = cost(&Effort { annealed: 0, subtree_leaves: 0, ..effort });
    assert!(cost(&effort) < greedy / 4.0);
}

#[test]
fn a_deadline_ends_all_but_windows() {
    let case = cases().into_iter().find(|case| case.einsum.name == "reg3_100_0").unwrap();
    let (network, policy, options) =
        (case.einsum.network(), BatchPolicy::new(), options(Objective::Flops));
    let effort = Effort { greedy: 4, annealed: 1, sweeps: 300, subtree_leaves: 8, deadline: None };
    let cost = |effort: &Effort| found(&network, &policy, &options, effort).cost;
    let at_once = Effort { deadline: Some(Instant::now()), ..effort };
    assert_eq!(cost(&at_once), cost(&Effort { greedy: 1, sweeps: 0, ..effort }));
    assert!(cost(&effort) < cost(&at_once));
}

/// A product of n matrices of one extent costs the same in every order without outer products.
#[test]
fn a_long_chain_costs_what_it_must() {
    let edges: Vec<(usize, usize)> = (0..299).map(|at| (at, at + 1)).collect();
    let network = bonds(300, &edges, 30);
    let plan = optimize(&network, &BatchPolicy::new(), &options(Objective::Flops)).unwrap();
    // From either end a vector is carried through 298 matrices; the last product is of two vectors.
    // The product of all extents is 2^1467: beyond a double, and no matter.
    assert_eq!(plan.cost, 298.0 * 900.0 + 30.0);
    plan.verify(&network, &BatchPolicy::new(), &options(Objective::Flops)).unwrap();
}

#[test]
fn what_is_not_connected_is_multiplied() {
    // 100 vectors along one index (a hyperindex), 40 along another that stays open, ten scalars, and
    // two matrices with a trace.
    let mut tensors = vec![vec!["h"]; 100];
    tensors.extend(vec![vec!["k"]; 40]);
    tensors.extend(vec![vec![]; 10]);
    tensors.extend(vec![vec!["t", "t"]; 2]);
    let extents = [("h", 7), ("k", 5), ("t", 3)];
    let network = network(&extents, &tensors, Some(&["k"]));
    for objective in [Objective::Flops, Objective::Size, Objective::Peak, Objective::TimeSpace] {
        let options = options(objective);
        let plan = optimize(&network, &BatchPolicy::new(), &options).unwrap();
        plan.verify(&network, &BatchPolicy::new(), &options).unwrap();
        assert!(plan.search.exhaustive);
        if objective == Objective::Flops {
            // Every product is of vectors along one index, or with a scalar, which costs nothing
            // with another scalar and the vector's elements with a vector.
            assert_eq!(plan.cost, 99.0 * 7.0 + 39.0 * 5.0 + 3.0 + 5.0);
        }
    }
}

#[test]
fn what_no_double_counts_is_refused() {
    let overflow = |result: qube_budget::Result<_>| match result {
        Err(Error::Overflow { what, value, .. }) => (what, value),
        _ => panic!("no overflow"),
    };
    let plan = |network: &Network| optimize(network, &BatchPolicy::new(), &Options::default());
    // Two tensors of 2^620 elements, all of their indices open in the result.
    let labels: Vec<String> = (0..20).map(|at| format!("b_{at}")).collect();
    let extents: Vec<(&str, i64)> =
        labels.iter().map(|label| (label.as_str(), 1i64 << 62)).collect();
    let mut tensors = vec![Vec::new(); 80];
    tensors[7] = extents[..10].iter().map(|&(label, _)| label).collect();
    tensors[9] = extents[10..].iter().map(|&(label, _)| label).collect();
    let (what, value) = overflow(plan(&network(&extents, &tensors, None)).map(|_| ()));
    assert_eq!(what, "the work of a contraction in the best order found");
    assert_eq!(value, "up to 2^1240");
    // One tensor of 2^744 elements.
    tensors[7] = extents[..12].iter().map(|&(label, _)| label).collect();
    let (what, value) = overflow(plan(&network(&extents, &tensors, None)).map(|_| ()));
    assert_eq!(what, "the product of the extents of tensor 'T7'");
    assert_eq!(value, "2^744");
}

#[test]
fn what_no_search_takes_is_refused() {
    let edges: Vec<(usize, usize)> = (0..79).map(|at| (at, at + 1)).collect();
    let network = bonds(80, &edges, 4);
    let mut policy = BatchPolicy::new();
    policy.batch_index(Role::Contracted, "b_5", 2).unwrap();
    policy.set_peak_threshold(Some(8000)).unwrap();
    let message = |policy: &BatchPolicy, options: &Options| {
        optimize(&network, policy, options).unwrap_err().to_string()
    };
    assert_eq!(
        message(&policy, &options(Objective::SpaceTimeBatched)),
        "too many tensors of a network where loops are to fit a threshold (peak_threshold): 80; \
         use at most 64"
    );
    // All tensors and one more matrix fit: no loops are needed.
    policy.set_peak_threshold(Some(8 * (78 * 16 + 2 * 4 + 16))).unwrap();
    for objective in [Objective::TimeSpaceBatched, Objective::SpaceTimeBatched] {
        let plan = optimize(&network, &policy, &options(objective)).unwrap();
        plan.verify(&network, &policy, &options(objective)).unwrap();
        assert!(plan.infeasible.is_none() && !plan.search.optimal);
        assert!(plan.search.lower_bound > 0.0 && plan.search.lower_bound <= plan.cost);
    }
    policy.set_accumulation_factor(0.5).unwrap();
    let batched = options(Objective::PeakBatched);
    assert!(message(&policy, &batched).starts_with("accumulation_factor is 0.5; give 0 for"));
    policy.set_accumulation_factor(0.0).unwrap();
    policy.set_persistent_only(true);
    policy.volatile_position(0);
    assert!(message(&policy, &batched).starts_with("persistent_only is on with volatile tensors"));
}

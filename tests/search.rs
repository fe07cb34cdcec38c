//! Faster searches against the reference: the same values, and the same trees to the last tie.

mod common;

use common::families::{self, FAMILIES};
use common::networks::term;
use proptest::prelude::*;
use qube_budget::document::{Case, Document, document_from_json};
use qube_budget::internals::cost::{Additive, Batched, Peak, Ways};
use qube_budget::internals::optimize::{additive, additive_within, drop_idle_loops, least_peak};
use qube_budget::internals::problem::{Problem, Tree, Watch};
use qube_budget::internals::search::Solution;
use qube_budget::internals::search::best_first::ties;
use qube_budget::internals::search::best_first::{BestFirst, Goal};
use qube_budget::internals::search::dp::{
    chain, dpccp, dpsub, few_sets, reference::search as plain,
};
use qube_budget::internals::search::parts::Parts;
use qube_budget::network::NetworkBuilder;
use qube_budget::{BatchPolicy, Limits, Method, Objective, Options, Progress, optimize};

fn unlimited() -> Watch<'static> {
    Watch::new(Limits::default(), None)
}

/// Every family with few and with many ties, with and without outer products.
#[test]
fn every_method_finds_the_trees_of_the_plain_search_on_every_family() {
    let mut swept = 0;
    let watch = &mut unlimited();
    for family in &FAMILIES {
        for (tensors, most, seed) in [(7, 2, 1), (9, 3, 2), (10, 50, 3)] {
            let network = families::network(family, tensors, most, seed);
            let resolved = BatchPolicy::new().resolve(&network).unwrap();

            for (objective, prune) in [
                (Objective::Flops, true),
                (Objective::Flops, false),
                (Objective::Size, true),
                (Objective::Peak, true),
                (Objective::TimeSpace, false),
            ] {
                let options =
                    Options { objective, prune_outer_products: prune, ..Options::default() };
                let problem = Problem::bind(&network, &resolved, &options).unwrap();
                let at = format!("{} of {tensors}, {objective:?}, prune {prune}", family.name);
                if !objective.is_additive() {
                    let oracle = plain(&problem, &Peak(&problem)).unwrap().unwrap();
                    let found = least_peak(&problem, true, &mut unlimited()).unwrap().solution;
                    assert_eq!(
                        (found.tree, found.frontier),
                        (oracle.tree, oracle.frontier),
                        "{at}"
                    );
                    continue;
                }
                let oracle = plain(&problem, &Additive(&problem)).unwrap().unwrap().tree;
                assert_eq!(additive(&problem).unwrap().tree, oracle, "{at}");
                assert_eq!(best_first(&problem), oracle, "{at}, best-first");
                assert_eq!(dpsub::search(&problem, watch).unwrap().tree, oracle, "{at}, sweep");
                swept += 1;
                if problem.connectivity().pruned() {
                    let found =
                        dpccp::search(&problem, u64::MAX, &mut unlimited()).unwrap().unwrap();
                    assert_eq!(found.tree, oracle, "{at}, DPccp");
                    let found = few_sets::search(&problem, usize::MAX, watch).unwrap();
                    assert_eq!(found.tree, oracle, "{at}, few connected sets");
                }
                if chain::takes(&problem) {
                    let found = chain::search(&problem, watch);
                    assert_eq!(found.unwrap().tree, oracle, "{at}, intervals");
                }
            }
        }
    }
    assert_eq!(swept, FAMILIES.len() * 3 * 3);
}

/// A product of two results without indices takes no work; the tables of DPsub count it as 1, times
/// the weight. So they prefer one of the orders in which three pairs are multiplied.
#[test]
fn a_sweep_sees_that_scalars_are_free() {
    let watch = &mut unlimited();
    for volatile in 0..3 {
        let mut builder = NetworkBuilder::new();
        for label in ["x", "y", "z"] {
            builder.index(label, None, 2).unwrap();
            builder.tensor("g", &[label]).unwrap();
            builder.tensor("g", &[label]).unwrap();
        }
        let network = builder.build().unwrap();
        let mut policy = BatchPolicy::new();
        policy.volatile_position(2 * volatile);
        let resolved = policy.resolve(&network).unwrap();
        let options = Options { volatile_weight: 7.0, ..Options::default() };
        let problem = Problem::bind(&network, &resolved, &options).unwrap();
        let oracle = plain(&problem, &Additive(&problem)).unwrap().unwrap();
        assert_eq!(dpsub::search(&problem, watch).unwrap().tree, oracle.tree);
    }
}

fn best_first(problem: &Problem) -> Tree {
    let parts = Parts::new(problem, false).unwrap();
    let mut search = BestFirst::new(problem, Goal::Cost, parts, 1e300).unwrap();
    assert!(search.run(u64::MAX, &mut unlimited()).unwrap());
    let root = search.frontier(problem.connectivity().root()).unwrap()[0];
    ties::tree(problem, &search, root).unwrap()
}

/// The effort of a method: states expanded and pairs examined.
fn counted(search: impl FnOnce(&mut Watch)) -> (u64, u64) {
    let mut watch = unlimited();
    search(&mut watch);
    (watch.states, watch.pairs)
}

/// Chains and cycles of n tensors have n (n + 1) / 2 and n (n - 1) + 1 connected sets, with
/// (n^3 - n) / 6 and n (n - 1)^2 / 2 pairs: the table of connected sets examines no others, nor
/// does that of intervals, which is the method used.
#[test]
fn chains_and_cycles_are_searched_in_tables_of_their_connected_sets() {
    let options = Options::default();
    for (family, sets, pairs) in [("chain", 210, 1330), ("cycle", 381, 3610)] {
        let family = FAMILIES.iter().find(|one| one.name == family).unwrap();
        let network = families::network(family, 20, 50, 1);
        let resolved = BatchPolicy::new().resolve(&network).unwrap();
        let problem = Problem::bind(&network, &resolved, &options).unwrap();
        let of_table = counted(|watch| {
            assert!(few_sets::search(&problem, sets as usize - 1, watch).is_none());
            assert!(few_sets::search(&problem, sets as usize, watch).is_some());
        });
        assert_eq!(of_table, (sets, pairs));
        let found = counted(|watch| {
            let answer = additive_within(&problem, watch).unwrap();
            assert_eq!(answer.solution.method, Method::Chain);
        });
        assert_eq!(found, of_table);
    }
}

/// In a balanced tree whose leaves carry open indices, best-first expands most connected sets; a
/// table of them takes over early.
#[test]
fn a_balanced_tree_is_searched_in_a_table() {
    let bonds = |n: usize| {
        let edges = (1..n).map(|t| vec![(t - 1) / 2, t]);
        edges.chain((0..n).filter(|t| 2 * t + 1 >= n).map(|t| vec![t])).collect()
    };
    let tree = families::Family { name: "balanced tree", bonds };
    for tensors in [15, 18] {
        let network = families::network(&tree, tensors, 20, 1);
        let resolved = BatchPolicy::new().resolve(&network).unwrap();
        let options = Options::default();
        let problem = Problem::bind(&network, &resolved, &options).unwrap();
        let watch = &mut unlimited();
        let found = additive_within(&problem, watch).unwrap().solution;
        assert_eq!(found.method, Method::DpCcp);
        assert!(watch.pairs < 1 << 17, "{} looks", watch.pairs);
        assert_eq!(found.tree, best_first(&problem));
    }
}

/// The rows of a star that take part in splits are those of its hub and of single leaves.
#[test]
fn a_sweep_of_a_star_leaves_out_what_is_not_connected() {
    let options = Options::default();
    let star = FAMILIES.iter().find(|one| one.name == "star").unwrap();
    for tensors in [6, 10, 14u32] {
        let network = families::network(star, tensors as usize, 50, 1);
        let resolved = BatchPolicy::new().resolve(&network).unwrap();
        let problem = Problem::bind(&network, &resolved, &options).unwrap();
        // The hub with any leaves, and the leaves. All but three leaves form the rows; a leaf among
        // them is taken from a row that has it, or the row of three leaves alone remains.
        let leaves = u64::from(tensors - 1);
        let of_rows = leaves - 3;
        let sets = (1 << leaves) + leaves;
        let rows = (1 << of_rows) + of_rows + 1;
        let splits = 27 * (of_rows << (of_rows - 1)) + 19 * rows;
        let found = counted(|watch| drop(additive_within(&problem, watch).unwrap()));
        assert_eq!(found, (sets, splits), "{tensors}");
    }
}

/// The least peaks of the largest terms are found among at most 64 sets of tensors, each pair of
/// which is examined once for both phases.
#[test]
fn terms_of_coupled_cluster_are_searched_within_bounds() {
    let text = include_str!("data/cc_pno_ccsd_big.json");
    let Document::Cases(cases) = document_from_json(text).unwrap() else { panic!("no cases") };
    let options = Options { objective: Objective::Peak, ..Options::default() };
    let looks = |case: &Case| {
        let search = optimize(&case.network, &BatchPolicy::new(), &options).unwrap().search;
        assert_eq!(search.method, Method::DpSize);
        search.pairs
    };
    assert_eq!(cases.iter().map(looks).max(), Some(64 * 63 / 2));
}

fn same(fast: &Solution, plain: &Solution) -> Result<(), TestCaseError> {
    prop_assert_eq!(&fast.tree, &plain.tree);
    prop_assert_eq!(&fast.frontier, &plain.frontier);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_strategy_finds_the_trees_of_the_plain_search(
        term in term(1..9),
        prune in any::<bool>(),
        use_inner_pow in any::<bool>(),
        volatile_weight in prop_oneof![Just(1.0), Just(0.5), Just(7.0)],
        footprint_weight in prop_oneof![Just(0.0), Just(2.5)],
        machine_balance in prop_oneof![Just(0.0), Just(200.0)],
        tolerance in prop_oneof![Just(0.0), Just(0.1), Just(3.0)],
    ) {
        let resolved = term.policy.resolve(&term.network).unwrap();
        let mut options = Options {
            prune_outer_products: prune,
            use_inner_pow,
            volatile_weight,
            footprint_weight,
            peak_flops_tolerance: tolerance,
            ..Options::default()
        };
        options.roofline.machine_balance = machine_balance;
        let watch = &mut unlimited();
        for objective in [Objective::Flops, Objective::Size] {
            let options = Options { objective, ..options.clone() };
            let problem = Problem::bind(&term.network, &resolved, &options).unwrap();
            let oracle = plain(&problem, &Additive(&problem)).unwrap().unwrap();
            same(&additive(&problem).unwrap(), &oracle)?;
            if dpsub::takes(&problem) {
                same(&dpsub::search(&problem, watch).unwrap(), &oracle)?;
            }
            if problem.connectivity().pruned() {
                same(&dpccp::search(&problem, u64::MAX, &mut unlimited()).unwrap().unwrap(), &oracle)?;
            }
            if few_sets::takes(&problem) {
                same(&few_sets::search(&problem, usize::MAX, watch).unwrap(), &oracle)?;
            }
            if chain::takes(&problem) {
                same(&chain::search(&problem, watch).unwrap(), &oracle)?;
            }
        }
        for objective in [Objective::Peak, Objective::TimeSpace, Objective::PeakBatched] {
            let options = Options { objective, ..options.clone() };
            let problem = Problem::bind(&term.network, &resolved, &options).unwrap();
            let oracle = if objective == Objective::PeakBatched {
                let mut oracle = plain(&problem, &Batched(&problem, Ways::All)).unwrap().unwrap();
                drop_idle_loops(&problem, &mut oracle.tree);
                oracle
            } else {
                plain(&problem, &Peak(&problem)).unwrap().unwrap()
            };
            same(&least_peak(&problem, true, &mut unlimited()).unwrap().solution, &oracle)?;
            let chosen = least_peak(&problem, false, &mut unlimited()).unwrap().solution;
            prop_assert_eq!(&chosen.tree, &oracle.tree);
            // A search that may be stopped uses best-first in both phases.
            let mut go_on = |_: &Progress| 0;
            let watch = &mut Watch::new(options.limits, Some(&mut go_on));
            let answer = least_peak(&problem, false, watch).unwrap();
            prop_assert_eq!(&answer.solution.tree, &oracle.tree);
        }
    }
}

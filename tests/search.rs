//! Faster searches against the plain one: the same values, and the same trees to the last tie.

mod common;

use common::families::{self, FAMILIES};
use common::networks::term;
use proptest::prelude::*;
use qube_budget::cost::{Additive, Batched, Peak, Ways};
use qube_budget::network::NetworkBuilder;
use qube_budget::options::Limits;
use qube_budget::search::best_first::{BestFirst, Goal};
use qube_budget::search::parts::Parts;
use qube_budget::search::{
    self, Problem, Solution, Tree, Watch, connected, drop_idle_loops, search as plain, sweep, ties,
};
use qube_budget::{BatchPolicy, Objective, Options};

fn unlimited() -> Watch<'static> {
    Watch::new(Limits::default(), None)
}

/// Every family with few and with many ties, with and without outer products.
#[test]
fn every_method_finds_the_trees_of_the_plain_search_on_every_family() {
    let mut swept = 0;
    for family in &FAMILIES {
        for (tensors, most, seed) in [(7, 2, 1), (9, 3, 2), (10, 50, 3)] {
            let network = families::network(family, tensors, most, seed);
            let rulings = BatchPolicy::new().rulings(&network).unwrap();

            for (objective, prune) in [
                (Objective::Flops, true),
                (Objective::Flops, false),
                (Objective::Size, true),
                (Objective::Peak, true),
                (Objective::TimeSpace, false),
            ] {
                let options =
                    Options { objective, prune_outer_products: prune, ..Options::default() };
                let problem = Problem::bind(&network, &rulings, &options).unwrap();
                let at = format!("{} of {tensors}, {objective:?}, prune {prune}", family.name);
                if !objective.is_additive() {
                    let oracle = plain(&problem, &Peak(&problem)).unwrap().unwrap();
                    let found = search::peak(&problem, true).unwrap();
                    assert_eq!(
                        (found.tree, found.frontier),
                        (oracle.tree, oracle.frontier),
                        "{at}"
                    );
                    continue;
                }
                let oracle = plain(&problem, &Additive(&problem)).unwrap().unwrap().tree;
                assert_eq!(search::additive(&problem).unwrap().tree, oracle, "{at}");
                assert_eq!(best_first(&problem), oracle, "{at}, best-first");
                assert_eq!(
                    sweep::search(&problem, &mut unlimited()).unwrap().tree,
                    oracle,
                    "{at}, sweep"
                );
                swept += 1;
                if problem.lattice().pruned() {
                    let found =
                        connected::search(&problem, u64::MAX, &mut unlimited()).unwrap().unwrap();
                    assert_eq!(found.tree, oracle, "{at}, connected pairs");
                }
            }
        }
    }
    assert_eq!(swept, FAMILIES.len() * 3 * 3);
}

/// A product of two results without indices is no work; the tables of the sweep count it as 1, times
/// the weight. So they prefer one of the orders in which three pairs are multiplied.
#[test]
fn a_sweep_sees_that_scalars_are_free() {
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
        let rulings = policy.rulings(&network).unwrap();
        let options = Options { volatile_weight: 7.0, ..Options::default() };
        let problem = Problem::bind(&network, &rulings, &options).unwrap();
        let oracle = plain(&problem, &Additive(&problem)).unwrap().unwrap();
        assert_eq!(sweep::search(&problem, &mut unlimited()).unwrap().tree, oracle.tree);
    }
}

fn best_first(problem: &Problem) -> Tree {
    let mut search = BestFirst::new(problem, Goal::Cost, Parts::new(problem, false), 1e300);
    assert!(search.run(u64::MAX, &mut unlimited()).unwrap());
    let root = search.frontier(problem.lattice().root())[0];
    ties::tree(problem, &search, root)
}

fn same(fast: &Solution, plain: &Solution) -> Result<(), TestCaseError> {
    prop_assert_eq!(&fast.tree, &plain.tree);
    prop_assert_eq!(&fast.frontier, &plain.frontier);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_portfolio_finds_the_trees_of_the_plain_search(
        term in term(1..9),
        prune in any::<bool>(),
        use_inner_pow in any::<bool>(),
        volatile_weight in prop_oneof![Just(1.0), Just(0.5), Just(7.0)],
        footprint_weight in prop_oneof![Just(0.0), Just(2.5)],
        machine_balance in prop_oneof![Just(0.0), Just(200.0)],
        tolerance in prop_oneof![Just(0.0), Just(0.1), Just(3.0)],
    ) {
        let rulings = term.policy.rulings(&term.network).unwrap();
        let mut options = Options {
            prune_outer_products: prune,
            use_inner_pow,
            volatile_weight,
            footprint_weight,
            peak_flops_tolerance: tolerance,
            ..Options::default()
        };
        options.roofline.machine_balance = machine_balance;
        for objective in [Objective::Flops, Objective::Size] {
            let options = Options { objective, ..options.clone() };
            let problem = Problem::bind(&term.network, &rulings, &options).unwrap();
            let oracle = plain(&problem, &Additive(&problem)).unwrap().unwrap();
            same(&search::additive(&problem).unwrap(), &oracle)?;
            if sweep::takes(&problem) {
                same(&sweep::search(&problem, &mut unlimited()).unwrap(), &oracle)?;
            }
            if problem.lattice().pruned() {
                same(&connected::search(&problem, u64::MAX, &mut unlimited()).unwrap().unwrap(), &oracle)?;
            }
        }
        for objective in [Objective::Peak, Objective::TimeSpace, Objective::PeakBatched] {
            let options = Options { objective, ..options.clone() };
            let problem = Problem::bind(&term.network, &rulings, &options).unwrap();
            let oracle = if objective == Objective::PeakBatched {
                let mut oracle = plain(&problem, &Batched(&problem, Ways::All)).unwrap().unwrap();
                drop_idle_loops(&problem, &mut oracle.tree);
                oracle
            } else {
                plain(&problem, &Peak(&problem)).unwrap().unwrap()
            };
            same(&search::peak(&problem, true).unwrap(), &oracle)?;
            let chosen = search::peak(&problem, false).unwrap();
            prop_assert_eq!(&chosen.tree, &oracle.tree);
        }
    }
}

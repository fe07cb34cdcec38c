//! The search against every schedule: all binary trees, both orders of evaluation at each node, and
//! all choices of loops, each priced by the independent replay. The least cost, and the whole
//! frontier of (peak, cost), must agree.

mod common;

use common::networks::{Term, term};
use common::schedules::all_schedules;
use common::values::{close, frontier, with};
use proptest::prelude::*;
use qube_budget::Roofline;
use qube_budget::internals::replay::{Move, replay};
use qube_budget::{Objective, Options, optimize};

fn check(term: &Term, options: &Options) {
    let price = |moves: &Vec<Move>| replay(&term.network, &term.policy, options, moves).unwrap();
    let all = all_schedules(&term.network, &term.policy, options);
    let prices: Vec<_> = all.iter().map(price).collect();
    let plan = optimize(&term.network, &term.policy, options).unwrap();
    match options.objective {
        Objective::Flops | Objective::Size => {
            let least = prices.iter().map(|price| price.cost).fold(f64::INFINITY, f64::min);
            assert!(close(plan.cost, least), "cost {} is {least}", plan.cost);
        }
        Objective::Custom => unreachable!("see tests/custom.rs"),
        Objective::TimeSpaceBatched | Objective::SpaceTimeBatched => unreachable!("not here"),
        Objective::Peak | Objective::PeakBatched | Objective::TimeSpace => {
            let expected = frontier(prices.iter().map(|price| (price.peak, price.cost)).collect());
            assert_eq!(plan.frontier.len(), expected.len(), "{:?} is {expected:?}", plan.frontier);
            for (ours, theirs) in plan.frontier.iter().zip(&expected) {
                assert!(close(ours.0, theirs.0) && close(ours.1, theirs.1), "{ours:?} {theirs:?}");
            }
            if options.objective == Objective::TimeSpace {
                let &(peak, cost) = expected.last().unwrap();
                assert!(close(plan.peak, peak) && close(plan.cost, cost), "least cost, then peak");
            }
        }
    }
    let again =
        replay(&term.network, &term.policy, options, &plan.moves(&term.network).unwrap()).unwrap();
    assert!(close(again.cost, plan.cost) && close(again.peak, plan.peak));
}

fn options() -> impl Strategy<Value = Options> {
    let roofline = prop_oneof![
        Just(Roofline::default()),
        Just(Roofline { machine_balance: 10.0, fast_mem_elems: 12.0, ..Roofline::default() }),
        Just(Roofline { machine_balance: 3.0, ..Roofline::default() }),
    ];
    let weight = prop_oneof![Just(1.0), Just(7.0)];
    let footprint = prop_oneof![Just(0.0), Just(2.5)];
    (any::<bool>(), any::<bool>(), weight, footprint, roofline).prop_map(
        |(prune, use_inner_pow, volatile_weight, footprint_weight, roofline)| Options {
            prune_outer_products: prune,
            use_inner_pow,
            volatile_weight,
            footprint_weight,
            roofline,
            ..Options::default()
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn additive_costs_are_the_least_of_all_trees(term in term(1..6), options in options()) {
        check(&term, &with(&options, Objective::Flops));
        check(&term, &with(&options, Objective::Size));
    }

    #[test]
    fn peak_frontiers_are_those_of_all_schedules(term in term(1..6), options in options()) {
        check(&term, &with(&options, Objective::Peak));
        check(&term, &with(&options, Objective::TimeSpace));
    }

    #[test]
    fn batched_frontiers_are_those_of_all_schedules_and_loops(
        term in term(1..5), options in options(),
    ) {
        check(&term, &with(&options, Objective::PeakBatched));
    }
}

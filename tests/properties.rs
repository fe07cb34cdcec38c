//! Properties of the values of every plan: they do not depend on names, order, threads or history, and
//! are monotone in the numbers that a host sets.
//!
//! Extents, means and factors of the random terms are small multiples of 1/4, so the values compared
//! here are exact in any order of summation.

mod common;

use common::networks::term;
use common::squeeze::{squeezable, squeeze};
use common::values::{Disguise, check_same_values, disguised, ids, options, plan, with};
use proptest::collection::vec;
use proptest::prelude::*;
use qube_budget::network::Network;
use qube_budget::optimize_many;
use qube_budget::policy::Role;
use qube_budget::{BatchPolicy, Objective, Options, Plan};

/// Whether each point of `worse` is matched or beaten by one of `better`.
fn dominates(better: &Plan, worse: &Plan) -> bool {
    let reached = |&(peak, cost): &(f64, f64)| {
        let as_good = |p: &&(f64, f64)| p.0 <= peak && p.1 <= cost * (1.0 + 1e-12);
        better.frontier.iter().any(|p| as_good(&p))
    };
    worse.frontier.iter().all(reached)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn names_and_order_do_not_change_values(
        term in term(1..7), options in options(), keys in vec(any::<u32>(), 16),
    ) {
        let Disguise { term: other, policy } = disguised(&term, &term.policy, &keys);
        for objective in
            [Objective::Flops, Objective::Size, Objective::Peak, Objective::PeakBatched, Objective::TimeSpace]
        {
            let options = with(&options, objective);
            check_same_values(
                &plan(&term, &term.policy, &options),
                &plan(&other, &policy, &options),
            );
        }
    }

    /// A higher tolerance admits more points, never fewer.
    #[test]
    fn tolerance_trades_peak_for_work(term in term(1..7), options in options()) {
        for objective in [Objective::Peak, Objective::PeakBatched] {
            let at = |tolerance| {
                let options = Options { peak_flops_tolerance: tolerance, ..with(&options, objective) };
                plan(&term, &term.policy, &options)
            };
            let plans = [0.0, 1e-9, 0.1, 0.25, 1.0, 10.0, 1e18].map(at);
            for pair in plans.windows(2) {
                prop_assert!(pair[1].peak >= pair[0].peak && pair[1].cost <= pair[0].cost);
                prop_assert_eq!(&pair[0].frontier, &pair[1].frontier);
            }
            prop_assert_eq!(plans[0].peak, plans[0].frontier[0].0);
            prop_assert_eq!(plans[6].cost, plans[6].frontier.last().unwrap().1);
        }
    }

    /// Larger batches never lower the peak of a schedule, and keep its work: each point
    /// is reached with smaller ones. This holds for whole tiles too, because rounding down to tiles of
    /// one size keeps the order; in the size of a tile nothing is monotone (a target of 10 gives
    /// batches of 8, 10 and 6 for tiles of 4, 5 and 6).
    #[test]
    fn larger_batches_never_save_memory(
        term in term(1..6), options in options(), targets in vec(1i64..12, 2), tile in 1i64..5,
    ) {
        let options = with(&options, Objective::PeakBatched);
        let resolved = term.policy.resolve(&term.network).unwrap();
        let batched = |target: i64, tile: i64| {
            let mut policy = term.policy.clone();
            for id in ids(&term.network).filter(|&id| resolved.slicing(id).is_some()) {
                let label = &term.network.index_at(id).label;
                policy.batch_index(Role::Contracted, label, target).unwrap();
                policy.tile_index(label, tile).unwrap();
            }
            plan(&term, &policy, &options)
        };
        let (small, large) = (targets[0].min(targets[1]), targets[0].max(targets[1]));
        let (fine, coarse) = (batched(small, tile), batched(large, tile));
        prop_assert!(fine.frontier[0].0 <= coarse.frontier[0].0);
        prop_assert!(dominates(&fine, &coarse), "{:?} {:?}", fine.frontier, coarse.frontier);
        // Targets that round down to the same tiles are the same target.
        let up = (small + tile - 1) / tile * tile;
        prop_assert_eq!(&batched(up + tile - 1, tile).frontier, &batched(up, 1).frontier);
    }

    /// An accumulation factor never lowers the peak of a schedule, and keeps its work.
    #[test]
    fn a_contribution_beside_the_accumulator_never_saves_memory(
        term in term(1..6), options in options(),
    ) {
        let with_factor = |factor| {
            let mut policy = term.policy.clone();
            policy.set_accumulation_factor(factor).unwrap();
            plan(&term, &policy, &with(&options, Objective::PeakBatched))
        };
        let plans = [0.0, 0.5, 1.0, 10.0].map(with_factor);
        for pair in plans.windows(2) {
            prop_assert!(dominates(&pair[0], &pair[1]));
            prop_assert!(pair[0].frontier[0].0 <= pair[1].frontier[0].0);
        }
    }

    /// A heavier weight makes no schedule cheaper, and no peak higher or lower. So the least cost
    /// does not fall; nor does that within a tolerance, which is over the same schedules. The
    /// additive objectives count a weight below 1 as 1, and storage is not weighted.
    #[test]
    fn heavier_volatile_work_never_costs_less(term in term(1..6), options in options()) {
        for objective in
            [Objective::Flops, Objective::Size, Objective::Peak, Objective::PeakBatched, Objective::TimeSpace]
        {
            let weighted = |volatile_weight| {
                let options = Options { volatile_weight, ..with(&options, objective) };
                plan(&term, &term.policy, &options)
            };
            let plans = [0.25, 1.0, 2.0, 64.0].map(weighted);
            for pair in plans.windows(2) {
                prop_assert!(pair[0].cost <= pair[1].cost * (1.0 + 1e-12));
                if let (Some(p), Some(q)) = (pair[0].frontier.first(), pair[1].frontier.first()) {
                    prop_assert_eq!(p.0, q.0, "the least peak");
                }
            }
            match objective {
                Objective::Flops => prop_assert_eq!(plans[0].cost, plans[1].cost),
                Objective::Size => prop_assert_eq!(plans[0].cost, plans[3].cost),
                _ => {}
            }
        }
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Threads, repetition and the thread that asks: the same plan to the last bit.
    #[test]
    fn plans_do_not_depend_on_the_thread(
        terms in vec((squeezable(), squeeze()), 1..6), options in options(),
    ) {
        let networks: Vec<&Network> = terms.iter().map(|(term, _)| &term.network).collect();
        // A policy serves all terms; positions of volatile tensors are one term's own.
        let mut policy = BatchPolicy::new();
        policy.batch_space(Role::Contracted, "x", 2).unwrap();
        policy.batch_index(Role::External, "x_0", 1).unwrap();
        policy.batch_index(Role::External, "x_1", 3).unwrap();
        policy.volatile("g1");
        policy.set_peak_threshold(Some(((terms[0].1.tightness + 0.2) * 4000.0) as i64 + 1)).unwrap();
        for objective in Objective::ALL {
            let options = with(&options, objective);
            let run = |threads| {
                let mut plans = optimize_many(&networks, &policy, &options, threads, |_, _| 0).unwrap();
                plans.plans.iter_mut().flatten().for_each(|plan| plan.search.seconds = 0.0);
                // Every field, to the last bit of each number.
                format!("{plans:?}")
            };
            let alone = run(1);
            for threads in [1, 2, 3, 8] {
                prop_assert_eq!(run(threads), alone.clone());
            }
            let elsewhere = std::thread::scope(|scope| {
                let two = [scope.spawn(|| run(1)), scope.spawn(|| run(2))];
                two.map(|thread| thread.join().unwrap())
            });
            prop_assert_eq!(elsewhere, [alone.clone(), alone]);
        }
    }
}

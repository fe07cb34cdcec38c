//! The objectives that choose under a threshold on the peak, against every schedule: all trees,
//! both orders of evaluation, and all loops in all orders, each priced by the independent replay.
//! The plan must be the one that the definitions choose, for thresholds at, between and below all
//! peaks.

mod common;

use std::collections::BTreeSet;

use common::networks::{Shape, Term, loops, shaped};
use common::schedules::all_schedules;
use common::values::{close, frontier};
use proptest::prelude::*;
use qube_budget::Roofline;
use qube_budget::internals::replay::{Move, replay};
use qube_budget::network::{IndexId, Network};
use qube_budget::policy::Role;
use qube_budget::{BatchPolicy, Objective, Options, Plan, optimize};

/// The values of a schedule.
#[derive(Clone, Copy)]
struct Price {
    peak: f64,
    cost: f64,
    /// The number of indices that it slices anywhere.
    sliced: usize,
}

/// A policy with a threshold in elements.
fn fitting(policy: &BatchPolicy, elements: f64, options: &Options) -> BatchPolicy {
    let mut policy = policy.clone();
    let bytes = (elements * options.bytes_per_element as f64).max(1.0);
    policy.set_peak_threshold(Some(bytes as i64)).unwrap();
    policy
}

/// The policy with batches of one tile.
fn finest(term: &Term) -> BatchPolicy {
    let resolved = term.policy.resolve(&term.network).unwrap();
    let mut finest = term.policy.clone();
    for index in term.network.indices() {
        let id = term.network.find_index(&index.label).unwrap();
        if let Some(slicing) = resolved.slicing(id) {
            let role = Role::of(&term.network, id);
            finest.batch_index(role, &index.label, slicing.tile as i64).unwrap();
        }
    }
    finest
}

fn prices(network: &Network, policy: &BatchPolicy, options: &Options) -> Vec<Price> {
    let price = |moves: &Vec<Move>| {
        let replay = replay(network, policy, options, moves).unwrap();
        let loops = moves.iter().flat_map(|one| match one {
            Move::Contract { loops } => loops.clone(),
            Move::Take(_) | Move::Share { .. } => Vec::new(),
        });
        let sliced: BTreeSet<IndexId> = loops.collect();
        Price { peak: replay.peak, cost: replay.cost, sliced: sliced.len() }
    };
    all_schedules(network, policy, options).iter().map(price).collect()
}

fn least(of: impl Iterator<Item = f64>) -> Option<f64> {
    of.reduce(f64::min)
}

/// Those of least cost; costs that differ by rounding are equal.
fn cheapest(of: &[Price]) -> Vec<Price> {
    let cost = least(of.iter().map(|price| price.cost)).unwrap();
    of.iter().copied().filter(|price| price.cost <= cost * (1.0 + 1e-12)).collect()
}

fn lowest(of: &[Price]) -> Vec<Price> {
    let peak = least(of.iter().map(|price| price.peak)).unwrap();
    of.iter().copied().filter(|price| price.peak <= peak).collect()
}

fn fewest(of: &[Price]) -> Vec<Price> {
    let sliced = of.iter().map(|price| price.sliced).min().unwrap();
    of.iter().copied().filter(|price| price.sliced == sliced).collect()
}

/// The choice of the objective, by its definition.
fn chosen(all: &[Price], limit: f64, objective: Objective) -> Price {
    let fit: Vec<Price> = all.iter().copied().filter(|price| price.peak <= limit).collect();
    let best = match (objective, fit.is_empty()) {
        (Objective::TimeSpaceBatched, false) => lowest(&fewest(&cheapest(&fit))),
        (Objective::SpaceTimeBatched, false) => lowest(&cheapest(&fit)),
        (Objective::TimeSpaceBatched, true) => lowest(&cheapest(all)),
        (Objective::SpaceTimeBatched, true) => cheapest(&lowest(all)),
        _ => unreachable!(),
    };
    best[0]
}

fn sliced_by(plan: &Plan) -> usize {
    let loops = plan.nodes.iter().flat_map(|node| &node.loops);
    loops.map(|one| &one.index).collect::<BTreeSet<_>>().len()
}

/// The plan is the choice of the definition among all schedules.
fn check(term: &Term, all: &[Price], finest: f64, limit: f64, options: &Options) {
    let network = &term.network;
    let policy = &fitting(&term.policy, limit, options);
    let plan = optimize(network, policy, options).unwrap();
    plan.verify(network, policy, options).unwrap();
    let expected = chosen(all, limit, options.objective);
    let at = format!("{} within {limit}", options.objective.name());
    assert!(close(plan.cost, expected.cost), "{at}: cost {} is {}", plan.cost, expected.cost);
    assert!(close(plan.peak, expected.peak), "{at}: peak {} is {}", plan.peak, expected.peak);
    let fit: Vec<Price> = all.iter().copied().filter(|price| price.peak <= limit).collect();
    let Some(infeasible) = &plan.infeasible else {
        assert!(!fit.is_empty(), "{at}: nothing fits");
        if options.objective == Objective::TimeSpaceBatched {
            assert_eq!(sliced_by(&plan), expected.sliced, "{at}: indices sliced");
        }
        let unsliced = fit.iter().filter(|price| price.sliced == 0).map(|price| price.cost);
        let bound = least(unsliced).unwrap_or(f64::INFINITY) * (1.0 + 1e-12);
        let points = fit.iter().filter(|price| price.cost <= bound);
        let expected = frontier(points.map(|price| (price.peak, price.cost)).collect());
        let found = frontier(plan.frontier.clone());
        assert_eq!(found.len(), expected.len(), "{at}: {found:?} is {expected:?}");
        for (ours, theirs) in found.iter().zip(&expected) {
            assert!(
                close(ours.0, theirs.0) && close(ours.1, theirs.1),
                "{at}: {ours:?} {theirs:?}"
            );
        }
        return;
    };
    assert!(fit.is_empty(), "{at}: something fits");
    let least_peak = least(all.iter().map(|price| price.peak)).unwrap();
    let found = infeasible.least_peak;
    assert!(close(found, least_peak), "{at}: least peak {found} is {least_peak}");
    let found = infeasible.finest_peak.unwrap();
    assert!(close(found, finest), "{at}: finest peak {found} is {finest}");
    // A threshold of the least peak is met, with the loops that are named.
    let policy = &fitting(&term.policy, least_peak.ceil(), options);
    let options =
        Options { objective: Objective::SpaceTimeBatched, frontier: true, ..options.clone() };
    let reaching = optimize(network, policy, &options).unwrap();
    assert!(reaching.infeasible.is_none());
    let named = |id: &IndexId| {
        let label = &network.index_at(*id).label;
        infeasible.loops.iter().any(|one| &one.index == label)
    };
    let with_named = all_schedules(network, policy, &options).into_iter().filter(|moves| {
        moves.iter().all(|one| match one {
            Move::Contract { loops } => loops.iter().all(named),
            Move::Take(_) | Move::Share { .. } => true,
        })
    });
    let mut peaks = with_named.map(|moves| replay(network, policy, &options, &moves).unwrap().peak);
    assert!(peaks.any(|peak| close(peak, least_peak)), "{at}: {:?}", infeasible.loops);
}

fn check_all(term: &Term, options: &Options) {
    let mut peaks: Vec<f64> = Vec::new();
    for objective in [Objective::TimeSpaceBatched, Objective::SpaceTimeBatched] {
        let options = &Options { objective, frontier: true, ..options.clone() };
        // Any threshold lets loops be opened.
        let all = prices(&term.network, &fitting(&term.policy, 1.0, options), options);
        let finest = prices(&term.network, &fitting(&finest(term), 1.0, options), options);
        let finest = least(finest.iter().map(|price| price.peak)).unwrap();
        if peaks.is_empty() {
            let points: Vec<_> = all.iter().map(|price| (price.peak, price.cost)).collect();
            peaks = frontier(points).iter().map(|point| point.0).collect();
            // A schedule that never slices, too: at its peaks loops are no longer needed.
            let whole = all.iter().filter(|price| price.sliced == 0);
            let whole: Vec<_> = whole.map(|price| (price.peak, price.cost)).collect();
            peaks.extend(frontier(whole).iter().map(|point| point.0));
            peaks.sort_by(f64::total_cmp);
            peaks.dedup();
        }
        let last = peaks.len() - 1;
        let mut limits = vec![(peaks[0] / 2.0).floor(), (peaks[0] - 1.0).max(0.0)];
        for at in [0, last / 2, last] {
            limits.push(peaks[at].ceil());
            limits.push(((peaks[at] + peaks[(at + 1).min(last)]) / 2.0).floor());
        }
        limits.sort_by(f64::total_cmp);
        limits.dedup();
        for limit in limits {
            // Thresholds are one byte at least.
            if limit >= 1.0 {
                check(term, &all, finest, limit, options);
            }
        }
        // Without a threshold no loop is opened.
        let plan = optimize(&term.network, &term.policy, options).unwrap();
        plan.verify(&term.network, &term.policy, options).unwrap();
        let unsliced: Vec<_> = all.iter().copied().filter(|price| price.sliced == 0).collect();
        let expected = chosen(&unsliced, f64::INFINITY, objective);
        assert!(close(plan.cost, expected.cost) && close(plan.peak, expected.peak));
        assert_eq!((sliced_by(&plan), plan.infeasible.is_none()), (0, true));
    }
}

fn options() -> impl Strategy<Value = Options> {
    let roofline = prop_oneof![
        3 => Just(Roofline::default()),
        1 => Just(Roofline { machine_balance: 10.0, fast_mem_elems: 12.0, ..Roofline::default() }),
    ];
    let weight = prop_oneof![Just(1.0), Just(7.0), Just(0.5)];
    (any::<bool>(), weight, roofline, prop_oneof![Just(1), Just(8)]).prop_map(
        |(prune_outer_products, volatile_weight, roofline, bytes_per_element)| Options {
            prune_outer_products,
            volatile_weight,
            roofline,
            bytes_per_element,
            ..Options::default()
        },
    )
}

fn shape(tensors: usize, indices: std::ops::Range<usize>, batchable: f64) -> Shape {
    Shape {
        tensors: tensors..tensors + 1,
        indices,
        composite: 0.15,
        batchable,
        whole_batches: false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_global_rejects: 4096, ..Default::default() })]

    #[test]
    fn two_tensors_under_thresholds(
        term in shaped(&shape(2, 1..5, 0.8)), options in options(),
    ) {
        prop_assume!(loops(&term) <= 4);
        check_all(&term, &options);
    }

    #[test]
    fn three_tensors_with_many_loops_under_thresholds(
        term in shaped(&shape(3, 2..6, 0.6)), options in options(),
    ) {
        prop_assume!((1..=4).contains(&loops(&term)));
        check_all(&term, &options);
    }

    #[test]
    fn four_tensors_under_thresholds(
        term in shaped(&shape(4, 3..7, 0.35)), options in options(),
    ) {
        prop_assume!((1..=3).contains(&loops(&term)));
        check_all(&term, &options);
    }
}

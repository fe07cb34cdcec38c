//! The search against every schedule: all binary trees, both orders of evaluation at each node, and
//! all choices of loops, each priced by the independent replay. The least cost, and the whole
//! frontier of (peak, cost), must come out alike.

mod common;

use std::collections::BTreeSet;

use approx::relative_eq;
use common::networks::{Term, term};
use proptest::prelude::*;
use qube_budget::cost::Roofline;
use qube_budget::network::{IndexId, Network};
use qube_budget::plan::replay::{Move, replay};
use qube_budget::{BatchPolicy, Objective, Options, optimize};

/// A partial schedule: its moves, and the tensors they contract.
#[derive(Clone)]
struct Schedule {
    moves: Vec<Move>,
    members: BTreeSet<usize>,
}

/// Every schedule of a set of tensors. With `connected`, only trees without outer products.
fn schedules(
    network: &Network,
    policy: &BatchPolicy,
    loops: bool,
    connected: bool,
    members: &BTreeSet<usize>,
) -> Vec<Schedule> {
    if members.len() == 1 {
        let moves = members.iter().map(|&tensor| Move::Take(tensor)).collect();
        return vec![Schedule { moves, members: members.clone() }];
    }
    let tensors: Vec<usize> = members.iter().copied().collect();
    let mut all = Vec::new();
    // Every ordered pair of parts: the first is evaluated first.
    for mask in 1..(1usize << tensors.len()) - 1 {
        let part = |inside: bool| -> BTreeSet<usize> {
            let chosen = |at: &usize| (mask >> at & 1 == 1) == inside;
            (0..tensors.len()).filter(chosen).map(|at| tensors[at]).collect()
        };
        let (first, second) = (part(true), part(false));
        if connected && !(is_connected(network, &first) && is_connected(network, &second)) {
            continue;
        }
        let openable = if loops { openable(network, policy, &first, &second) } else { vec![] };
        let firsts = schedules(network, policy, loops, connected, &first);
        let seconds = schedules(network, policy, loops, connected, &second);
        for first in &firsts {
            for second in &seconds {
                for choice in 0..1usize << openable.len() {
                    let chosen = (0..openable.len()).filter(|at| choice >> at & 1 == 1);
                    let loops = chosen.map(|at| openable[at]).collect();
                    let mut moves = first.moves.clone();
                    moves.extend(second.moves.iter().cloned());
                    moves.push(Move::Contract { loops });
                    all.push(Schedule { moves, members: members.clone() });
                }
            }
        }
    }
    all
}

fn carried(network: &Network, members: impl Fn(usize) -> bool) -> BTreeSet<IndexId> {
    let tensors = network.tensors().iter().enumerate().filter(|&(at, _)| members(at));
    tensors.flat_map(|(_, tensor)| tensor.indices.iter().copied()).collect()
}

fn open(network: &Network, members: &BTreeSet<usize>) -> BTreeSet<IndexId> {
    let mut open = carried(network, |at| members.contains(&at));
    if members.len() > 1 {
        let outside = carried(network, |at| !members.contains(&at));
        open.retain(|id| outside.contains(id) || network.targets().contains(*id));
    }
    open
}

/// The batchable indices that contracting two parts may loop over.
fn openable(
    network: &Network,
    policy: &BatchPolicy,
    first: &BTreeSet<usize>,
    second: &BTreeSet<usize>,
) -> Vec<IndexId> {
    let whole: BTreeSet<usize> = first.union(second).copied().collect();
    let rulings = policy.rulings(network).unwrap();
    if policy.persistent_only() && whole.iter().any(|&at| rulings.is_volatile(at)) {
        return Vec::new();
    }
    let result = open(network, &whole);
    let parts: BTreeSet<IndexId> =
        open(network, first).union(&open(network, second)).copied().collect();
    let batchable = |id: &IndexId| rulings.slicing(*id).is_some();
    parts.into_iter().filter(|id| !result.contains(id)).filter(batchable).collect()
}

/// Whether indices that are not targets connect the tensors.
fn is_connected(network: &Network, members: &BTreeSet<usize>) -> bool {
    let touches = |a: usize, b: usize| {
        let [a, b] = [a, b].map(|one| carried(network, |at| at == one));
        a.intersection(&b).any(|&id| !network.targets().contains(id))
    };
    let mut reached = BTreeSet::from([*members.first().unwrap()]);
    loop {
        let near = |&at: &usize| reached.iter().any(|&from| from == at || touches(from, at));
        let grown: BTreeSet<usize> = members.iter().copied().filter(near).collect();
        if grown == reached {
            return grown == *members;
        }
        reached = grown;
    }
}

fn all_schedules(term: &Term, options: &Options) -> Vec<Schedule> {
    let everything = (0..term.network.tensors().len()).collect();
    let connected = options.prune_outer_products && is_connected(&term.network, &everything);
    let loops = options.objective == Objective::PeakBatched;
    schedules(&term.network, &term.policy, loops, connected, &everything)
}

/// The points none of which is beaten in one coordinate and matched in the other.
fn frontier(mut points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    points.sort_by(|a, b| a.partial_cmp(b).unwrap());
    let mut kept: Vec<(f64, f64)> = Vec::new();
    for (peak, cost) in points {
        // Sums in another order may differ in the last digit: such points are one.
        let beaten = kept.last().is_some_and(|&(_, least)| cost >= least * (1.0 - 1e-12));
        if !beaten {
            kept.push((peak, cost));
        }
    }
    kept
}

fn close(a: f64, b: f64) -> bool {
    relative_eq!(a, b, max_relative = 1e-12)
}

fn check(term: &Term, options: &Options) {
    let price = |schedule: &Schedule| {
        replay(&term.network, &term.policy, options, &schedule.moves).unwrap()
    };
    let all = all_schedules(term, options);
    assert!(all.iter().all(|schedule| schedule.members.len() == term.network.tensors().len()));
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

fn with(options: &Options, objective: Objective) -> Options {
    Options { objective, ..options.clone() }
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

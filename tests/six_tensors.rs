//! Terms of six tensors without loops, against every schedule: all binary trees, with both orders of
//! evaluation at each node. The 30240 schedules are too many to replay one by one: the test walks each
//! with tables of footprints and work from the definitions, and replays every 97th.
//! tests/brute_force.rs replays every schedule of fewer tensors.

mod common;

use std::collections::BTreeSet;

use common::networks::{Term, term};
use common::sizes::{Sizes, is_connected};
use common::values::{close, frontier, options, with};
use proptest::prelude::*;
use qube_budget::Roofline;
use qube_budget::internals::replay::{Move, replay};
use qube_budget::network::{Network, NetworkBuilder};
use qube_budget::{BatchPolicy, Objective, Options, optimize};

/// Every schedule of a set of tensors, one bit each. With `connected`, only trees without outer
/// products.
fn schedules(network: &Network, connected: bool, members: usize) -> Vec<Vec<Move>> {
    if members.count_ones() == 1 {
        return vec![vec![Move::Take(members.trailing_zeros() as usize)]];
    }
    let mut all = Vec::new();
    // Every ordered pair of parts: the first is evaluated first.
    for first in (1..members).filter(|first| first & !members == 0) {
        let second = members & !first;
        if connected && ![first, second].iter().all(|&part| is_connected(network, &set(part))) {
            continue;
        }
        let seconds = schedules(network, connected, second);
        for before in schedules(network, connected, first) {
            for after in &seconds {
                let contract = [Move::Contract { loops: Vec::new() }];
                all.push([before.as_slice(), after, &contract].concat());
            }
        }
    }
    all
}

fn set(mask: usize) -> BTreeSet<usize> {
    (0..usize::BITS as usize).filter(|at| mask >> at & 1 == 1).collect()
}

fn all_schedules(term: &Term, options: &Options) -> Vec<Vec<Move>> {
    let everything = (1 << term.network.tensors().len()) - 1;
    let connected = options.prune_outer_products && is_connected(&term.network, &set(everything));
    schedules(&term.network, connected, everything)
}

/// The values of a schedule.
#[derive(Clone, Copy)]
struct Price {
    peak: f64,
    cost: f64,
}

/// Footprints by set of tensors, one bit each, and the cost of joining two.
struct Walk<'a> {
    term: &'a Term,
    options: &'a Options,
    footprints: Vec<f64>,
    charges: Vec<Vec<f64>>,
}

impl<'a> Walk<'a> {
    fn of(term: &'a Term, options: &'a Options) -> Self {
        assert_eq!(options.roofline, Roofline::default(), "work alone is charged here");
        let tensors = term.network.tensors().len();
        let sizes = Sizes { network: &term.network, use_inner_pow: options.use_inner_pow };
        let sets: Vec<BTreeSet<usize>> = (0..1 << tensors).map(set).collect();
        let footprints = sets.iter().map(|set| sizes.footprint(set)).collect();
        let mut walk = Walk { term, options, footprints, charges: Vec::new() };
        let charge = |l: usize, r: usize| match l & r {
            0 => walk.charge(l, r, sizes.flops(&sets[l], &sets[r])),
            _ => f64::NAN,
        };
        walk.charges =
            (0..sets.len()).map(|l| (0..sets.len()).map(|r| charge(l, r)).collect()).collect();
        walk
    }

    fn charge(&self, l: usize, r: usize, flops: f64) -> f64 {
        let resolved = self.term.policy.resolve(&self.term.network).unwrap();
        let volatile = (0..self.term.network.tensors().len())
            .any(|tensor| (l | r) >> tensor & 1 == 1 && resolved.is_volatile(tensor));
        let weight = if volatile { self.options.volatile_weight } else { 1.0 };
        let size = |set: usize| self.footprints[set];
        let footprint = self.options.footprint_weight * size(l | r);
        match self.options.objective {
            Objective::Flops => weight.max(1.0) * flops + footprint,
            Objective::Size => size(l) + size(r) + size(l | r) + footprint,
            _ => weight * flops,
        }
    }

    /// All tensors are live from the start; a contraction adds its result, then frees its operands.
    fn price(&self, moves: &[Move]) -> Price {
        let tensors = self.term.network.tensors().len();
        let mut alive: f64 = (0..tensors).map(|tensor| self.footprints[1 << tensor]).sum();
        let mut price = Price { peak: alive, cost: 0.0 };
        let mut stack = Vec::new();
        for one in moves {
            match one {
                Move::Take(tensor) => stack.push(1 << tensor),
                Move::Share { .. } => unreachable!("only subnet_cse shares"),
                Move::Contract { .. } => {
                    let (r, l): (usize, usize) = (stack.pop().unwrap(), stack.pop().unwrap());
                    price.peak = price.peak.max(alive + self.footprints[l | r]);
                    price.cost += self.charges[l][r];
                    alive += self.footprints[l | r] - self.footprints[l] - self.footprints[r];
                    stack.push(l | r);
                }
            }
        }
        price
    }
}

fn check(term: &Term, options: &Options) {
    let all = all_schedules(term, options);
    let walk = Walk::of(term, options);
    let prices: Vec<Price> = all.iter().map(|moves| walk.price(moves)).collect();
    for (price, moves) in prices.iter().zip(&all).step_by(97) {
        let again = replay(&term.network, &term.policy, options, moves).unwrap();
        assert!(close(price.cost, again.cost) && close(price.peak, again.peak));
    }
    let plan = optimize(&term.network, &term.policy, options).unwrap();
    let least = prices.iter().map(|price| price.cost).fold(f64::INFINITY, f64::min);
    match options.objective {
        Objective::Peak => {}
        _ => assert!(close(plan.cost, least), "cost {} is {least}", plan.cost),
    }
    if matches!(options.objective, Objective::Peak | Objective::TimeSpace) {
        let expected = frontier(prices.iter().map(|price| (price.peak, price.cost)).collect());
        assert_eq!(plan.frontier.len(), expected.len(), "{:?} is {expected:?}", plan.frontier);
        for (ours, theirs) in plan.frontier.iter().zip(&expected) {
            assert!(close(ours.0, theirs.0) && close(ours.1, theirs.1), "{ours:?} {theirs:?}");
        }
    }
}

/// n! Catalan(n - 1): every tree of n labelled tensors, with both orders at each node.
#[test]
fn every_schedule_is_enumerated() {
    let mut builder = NetworkBuilder::new();
    builder.index("i", None, 2).unwrap();
    for (tensors, schedules) in [(1, 1), (2, 2), (3, 12), (4, 120), (5, 1680), (6, 30240)] {
        builder.tensor("g", &["i"]).unwrap();
        let network = builder.build().unwrap();
        let term = Term { network, policy: BatchPolicy::new() };
        let all = all_schedules(&term, &Options::default());
        assert_eq!(all.len(), schedules, "{tensors} tensors");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn values_are_those_of_the_best_of_all_schedules(term in term(6..7), options in options()) {
        let options = Options { roofline: Roofline::default(), ..options };
        for objective in [Objective::Flops, Objective::Size, Objective::Peak, Objective::TimeSpace] {
            check(&term, &with(&options, objective));
        }
    }
}

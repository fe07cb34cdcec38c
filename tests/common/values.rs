//! Values of plans to compare, the options that they come from, and terms in disguise.

use std::collections::BTreeSet;

use approx::relative_eq;
use proptest::prelude::*;
use qube_budget::Roofline;
use qube_budget::network::{IndexId, Network, NetworkBuilder};
use qube_budget::policy::Role;
use qube_budget::{BatchPolicy, Objective, Options, Plan, optimize};

use super::networks::Term;

pub fn close(a: f64, b: f64) -> bool {
    relative_eq!(a, b, max_relative = 1e-12)
}

/// The points none of which is beaten in one coordinate and matched in the other.
pub fn frontier(mut points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
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

pub fn with(options: &Options, objective: Objective) -> Options {
    Options { objective, frontier: true, ..options.clone() }
}

pub fn plan(term: &Term, policy: &BatchPolicy, options: &Options) -> Plan {
    optimize(&term.network, policy, options).unwrap()
}

pub fn options() -> impl Strategy<Value = Options> {
    // A block of 12 / 3 elements: its square root is exact.
    let blocked = Roofline { machine_balance: 8.0, fast_mem_elems: 12.0, ..Roofline::default() };
    let tolerance = prop_oneof![Just(0.0), Just(0.125), Just(0.5)];
    (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>(), tolerance).prop_map(
        move |(prune, use_inner_pow, heavy, with_traffic, peak_flops_tolerance)| Options {
            prune_outer_products: prune,
            use_inner_pow,
            volatile_weight: if heavy { 8.0 } else { 1.0 },
            footprint_weight: if heavy { 2.0 } else { 0.0 },
            roofline: if with_traffic { blocked } else { Roofline::default() },
            peak_flops_tolerance,
            ..Options::default()
        },
    )
}

pub fn ids(network: &Network) -> impl Iterator<Item = IndexId> + '_ {
    network.indices().iter().map(|index| network.find_index(&index.label).unwrap())
}

/// The same term under other names, in another order.
pub struct Disguise {
    pub term: Term,
    pub policy: BatchPolicy,
}

/// `keys` order everything: indices, tensors, and the slots of each tensor.
pub fn disguised(term: &Term, policy: &BatchPolicy, keys: &[u32]) -> Disguise {
    let network = &term.network;
    let resolved = policy.resolve(network).unwrap();
    let key =
        |at: usize, salt: usize| (keys[(at * 7 + salt) % keys.len()].rotate_left(at as u32), at);
    let renamed = |id: IndexId| format!("y_{}_{}", key(id.position(), 1).0, id.position());
    let mut order: Vec<IndexId> = ids(network).collect();
    // Protos go before what depends on them.
    order.sort_by_key(|&id| (network.index_at(id).is_composite(), key(id.position(), 2)));
    let mut builder = NetworkBuilder::new();
    let mut names = BatchPolicy::new();
    for &id in &order {
        let index = network.index_at(id);
        let protos: Vec<String> = index.protos.iter().map(|&proto| renamed(proto)).collect();
        let protos: Vec<&str> = protos.iter().map(String::as_str).collect();
        let (label, space) = (renamed(id), Some(index.space.as_str()));
        builder.composite(&label, space, index.extent as i64, &protos, &index.power_means).unwrap();
        if let Some(slicing) = resolved.slicing(id) {
            let role = Role::of(network, id);
            names.batch_index(role, &label, slicing.target as i64).unwrap();
            names.tile_index(&label, slicing.tile as i64).unwrap();
        }
    }
    let mut tensors: Vec<usize> = (0..network.tensors().len()).collect();
    tensors.sort_by_key(|&at| key(at, 3));
    for (new, &old) in tensors.iter().enumerate() {
        let mut slots: Vec<IndexId> = network.tensors()[old].indices.clone();
        slots.sort_by_key(|id| key(id.position(), 4 + old));
        let slots: Vec<String> = slots.into_iter().map(renamed).collect();
        let slots: Vec<&str> = slots.iter().map(String::as_str).collect();
        builder.tensor(&format!("other{new}"), &slots).unwrap();
        if resolved.is_volatile(old) {
            names.volatile_position(new);
        }
    }
    let targets: Vec<String> = network.targets().iter().map(renamed).collect();
    builder.targets(&targets.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
    names.set_persistent_only(policy.persistent_only());
    names.set_accumulation_factor(policy.accumulation_factor()).unwrap();
    names.set_peak_threshold(policy.peak_threshold().map(|bytes| bytes as i64)).unwrap();
    let term = Term { network: builder.build().unwrap(), policy: names.clone() };
    Disguise { term, policy: names }
}

/// The distinct indices that a plan slices.
pub fn sliced(plan: &Plan) -> usize {
    let loops = plan.nodes.iter().flat_map(|node| &node.loops);
    loops.map(|one| &one.index).collect::<BTreeSet<_>>().len()
}

/// Whether two plans have the same values; which of equal schedules was taken is free.
pub fn check_same_values(a: &Plan, b: &Plan) {
    assert!(close(a.cost, b.cost), "{:?}: cost {} and {}", a.objective, a.cost, b.cost);
    assert_eq!(a.frontier.len(), b.frontier.len(), "{:?} {:?}", a.frontier, b.frontier);
    for (p, q) in a.frontier.iter().zip(&b.frontier) {
        assert!(close(p.0, q.0) && close(p.1, q.1), "{:?}: {p:?} and {q:?}", a.objective);
    }
    if !matches!(a.objective, Objective::Flops | Objective::Size) {
        // Trees of equal additive cost differ in peak and work.
        assert!(close(a.peak, b.peak), "{:?}: peak {} and {}", a.objective, a.peak, b.peak);
    }
    match (&a.infeasible, &b.infeasible) {
        (None, None) => {}
        (Some(p), Some(q)) => {
            assert_eq!(p.threshold, q.threshold);
            assert!(close(p.least_peak, q.least_peak));
            assert_eq!(p.finest_peak, q.finest_peak);
        }
        (p, q) => panic!("{p:?} and {q:?}"),
    }
    if a.objective == Objective::TimeSpaceBatched && a.infeasible.is_none() {
        assert_eq!(sliced(a), sliced(b), "the fewest sliced indices");
    }
}

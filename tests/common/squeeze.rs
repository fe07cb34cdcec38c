//! Random terms under a threshold on the peak.

use proptest::collection::vec;
use proptest::prelude::*;
use qube_budget::network::NetworkBuilder;
use qube_budget::policy::Role;
use qube_budget::{BatchPolicy, Objective, Options};

use super::networks::{Term, term};
use super::values::{ids, plan, with};

/// What a threshold needs beside a random term: more indices that loops may slice, in either role (four and
/// two at most: orders of loops multiply), and how tight it is.
#[derive(Debug, Clone)]
pub struct Squeeze {
    loops: Vec<(Role, usize, i64)>,
    tile: i64,
    /// From the least peak, 0, to that without loops, 1.
    pub tightness: f64,
}

pub fn squeeze() -> impl Strategy<Value = Squeeze> {
    let few = |role, most| vec((Just(role), 0usize..8, 1i64..5), 0..=most);
    (few(Role::Contracted, 4), few(Role::External, 2), 1i64..3, -0.2..1.2).prop_map(
        |(contracted, external, tile, tightness)| Squeeze {
            loops: [contracted, external].concat(),
            tile,
            tightness,
        },
    )
}

/// A term for thresholds. In a ring every cut severs two indices: loops over both lie inside one
/// another, and a part with one of them alone may have to be computed again.
pub fn squeezable() -> impl Strategy<Value = Term> {
    prop_oneof![2 => small(), 1 => ring()]
}

/// A ring of tensors, each with an index of its own that stays open; all others may be sliced.
pub fn ring() -> impl Strategy<Value = Term> {
    let bond = (2i64..9, 1i64..4, 1i64..5, any::<bool>());
    vec(bond, 4..7).prop_map(|bonds| {
        let mut builder = NetworkBuilder::new();
        let mut policy = BatchPolicy::new();
        let label = |at: usize| format!("k_{}", at % bonds.len());
        for (at, &(extent, target, open, _)) in bonds.iter().enumerate() {
            builder.index(&label(at), None, extent).unwrap();
            builder.index(&format!("o_{at}"), None, open).unwrap();
            policy.batch_index(Role::Contracted, &label(at), target).unwrap();
        }
        for (at, &(.., volatile)) in bonds.iter().enumerate() {
            let [here, next, open] = [label(at), label(at + 1), format!("o_{at}")];
            builder.tensor(&format!("g{at}"), &[&here, &open, &next]).unwrap();
            if volatile {
                policy.volatile_position(at);
            }
        }
        Term { network: builder.build().unwrap(), policy }
    })
}

/// A term whose loops are few enough for every order of them to be searched.
pub fn small() -> impl Strategy<Value = Term> {
    term(2..6).prop_filter("at most two loops", |term| {
        let resolved = term.policy.resolve(&term.network).unwrap();
        ids(&term.network).filter(|&id| resolved.slicing(id).is_some()).count() <= 2
    })
}

/// The term's policy with more loops, tiles, and a threshold.
pub fn squeezed(term: &Term, squeeze: &Squeeze) -> BatchPolicy {
    let mut policy = term.policy.clone();
    let count = term.network.indices().len();
    for &(role, at, target) in &squeeze.loops {
        let label = &term.network.indices()[at % count].label;
        policy.batch_index(role, label, target).unwrap();
        policy.tile_index(label, squeeze.tile).unwrap();
    }
    let options = with(&Options::default(), Objective::SpaceTimeBatched);
    let whole = plan(term, &policy, &options).peak;
    policy.set_peak_threshold(Some(1)).unwrap();
    let least = plan(term, &policy, &options).infeasible.map_or(0.0, |found| found.least_peak);
    let elements = least + squeeze.tightness * (whole - least);
    policy.set_peak_threshold(Some((8.0 * elements.ceil()).max(1.0) as i64)).unwrap();
    policy
}

//! Random small terms: hyperindices, traces, scalars, composites, explicit targets, batchable
//! indices and volatile tensors.

use std::ops::Range;

use proptest::collection::vec;
use proptest::prelude::*;
use qube_budget::BatchPolicy;
use qube_budget::network::{Network, NetworkBuilder};
use qube_budget::policy::Role;

#[derive(Debug, Clone)]
pub struct Term {
    pub network: Network,
    pub policy: BatchPolicy,
}

/// What one random index is.
#[derive(Debug, Clone)]
struct RandomIndex {
    extent: i64,
    composite: bool,
    batchable: bool,
    target: i64,
    /// The tensors that carry it, modulo their number; a tensor that stands twice has a trace.
    carriers: Vec<usize>,
    kept: bool,
}

fn index() -> impl Strategy<Value = RandomIndex> {
    let extent = prop_oneof![1 => Just(1), 6 => 2i64..12];
    let carriers =
        prop_oneof![1 => vec(0usize..8, 1), 6 => vec(0usize..8, 2), 2 => vec(0usize..8, 3)];
    (
        extent,
        prop::bool::weighted(0.25),
        prop::bool::weighted(0.3),
        1i64..6,
        carriers,
        any::<bool>(),
    )
        .prop_map(|(extent, composite, batchable, target, carriers, kept)| RandomIndex {
            extent,
            composite,
            batchable,
            target,
            carriers,
            kept,
        })
}

/// A random term with that many tensors.
pub fn term(tensors: Range<usize>) -> impl Strategy<Value = Term> {
    (
        tensors,
        vec(index(), 1..8),
        vec(any::<bool>(), 8),
        prop::bool::weighted(0.3),
        prop::bool::weighted(0.3),
        prop_oneof![Just(0.0), Just(0.5), Just(1.0)],
    )
        .prop_map(|(tensors, indices, volatile, explicit, persistent_only, factor)| {
            build(tensors, &indices, &volatile, explicit, persistent_only, factor)
        })
}

fn build(
    tensors: usize,
    indices: &[RandomIndex],
    volatile: &[bool],
    explicit_targets: bool,
    persistent_only: bool,
    factor: f64,
) -> Term {
    let mut builder = NetworkBuilder::new();
    let mut policy = BatchPolicy::new();
    builder.index("p_1", None, 3).unwrap();
    builder.index("p_2", None, 4).unwrap();
    // The protos: p_1 stands on one tensor, p_2 on those of the first index, if any.
    let mut slots = vec![Vec::new(); tensors];
    slots[0].push("p_1".to_owned());
    indices[0].carriers.iter().for_each(|&at| slots[at % tensors].push("p_2".to_owned()));
    if indices[0].batchable {
        policy.batch_space(Role::Contracted, "p", 2).unwrap();
    }
    let mut kept = vec!["p_1"];
    let labels: Vec<String> = (0..indices.len()).map(|at| format!("x_{at}")).collect();
    for (index, label) in indices.iter().zip(&labels) {
        if index.composite {
            let mean = index.extent as f64;
            // A power mean does not fall with k; up to eight composites share their protos.
            let means: Vec<f64> = (0..8).map(|k| mean + 0.25 * f64::from(k)).collect();
            builder.composite(label, None, index.extent, &["p_1", "p_2"], &means).unwrap();
        } else {
            builder.index(label, None, index.extent).unwrap();
        }
        if index.batchable {
            policy.batch_index(Role::Contracted, label, index.target).unwrap();
        }
        index.carriers.iter().for_each(|&at| slots[at % tensors].push(label.clone()));
        if index.kept {
            kept.push(label);
        }
    }
    for (at, slots) in slots.iter().enumerate() {
        let slots: Vec<&str> = slots.iter().map(String::as_str).collect();
        builder.tensor(&format!("g{at}"), &slots).unwrap();
        if volatile[at] {
            policy.volatile_position(at);
        }
    }
    if explicit_targets {
        builder.targets(&kept).unwrap();
    }
    policy.set_persistent_only(persistent_only);
    policy.set_accumulation_factor(factor).unwrap();
    Term { network: builder.build().unwrap(), policy }
}

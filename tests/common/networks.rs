//! Random small terms: hyperindices, traces, scalars, composites, explicit targets, batchable
//! indices of both roles, tiles and volatile tensors.

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
    batchable_outside: bool,
    target: i64,
    tile: i64,
    /// The tensors that carry it, modulo their number; a tensor that stands twice has a trace.
    carriers: Vec<usize>,
    kept: bool,
}

/// What random terms are to be like.
#[derive(Debug, Clone)]
pub struct Shape {
    pub tensors: Range<usize>,
    pub indices: Range<usize>,
    /// How likely an index is to be composite, and to be batchable, in either role.
    pub composite: f64,
    pub batchable: f64,
    /// Whether extents are whole numbers of batches, two or three, where an index is batchable.
    pub whole_batches: bool,
}

fn index(shape: &Shape) -> impl Strategy<Value = RandomIndex> + use<> {
    let whole_batches = shape.whole_batches;
    let extent = prop_oneof![1 => Just(1), 6 => 2i64..12];
    let carriers =
        prop_oneof![1 => vec(0usize..8, 1), 6 => vec(0usize..8, 2), 2 => vec(0usize..8, 3)];
    let batchable = || prop::bool::weighted(shape.batchable);
    (
        extent,
        prop::bool::weighted(shape.composite),
        (batchable(), batchable()),
        (1i64..6, prop_oneof![3 => Just(1), 1 => 2i64..4]),
        carriers,
        any::<bool>(),
    )
        .prop_map(move |(extent, composite, batchable, (target, tile), carriers, kept)| {
            let batch = (target - target % tile).max(tile);
            let (batchable, batchable_outside) = batchable;
            let sliced = whole_batches && (batchable || batchable_outside);
            RandomIndex {
                extent: if sliced { batch * (2 + extent % 2) } else { extent },
                composite,
                batchable,
                batchable_outside,
                target,
                tile,
                carriers,
                kept,
            }
        })
}

/// A random term with that many tensors.
pub fn term(tensors: Range<usize>) -> impl Strategy<Value = Term> {
    let shape =
        Shape { tensors, indices: 1..8, composite: 0.25, batchable: 0.3, whole_batches: false };
    shaped(&shape)
}

/// How many indices of a term may be sliced: the number of its schedules grows with them.
pub fn loops(term: &Term) -> usize {
    let resolved = term.policy.resolve(&term.network).unwrap();
    let slicing = |label: &str| resolved.slicing(term.network.find_index(label)?);
    let indices = term.network.indices().iter();
    indices.filter(|index| slicing(&index.label).is_some()).count()
}

/// A random term of a shape.
pub fn shaped(shape: &Shape) -> impl Strategy<Value = Term> + use<> {
    (
        shape.tensors.clone(),
        vec(index(shape), shape.indices.clone()),
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
        policy.batch_index(Role::Contracted, "p_2", 2).unwrap();
    }
    if indices[0].batchable_outside {
        policy.batch_space(Role::External, "p", 1).unwrap();
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
        if index.batchable_outside {
            policy.batch_index(Role::External, label, index.target).unwrap();
        }
        if index.tile > 1 {
            policy.tile_index(label, index.tile).unwrap();
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

//! Random networks of up to 2^600 elements, with power means, weights and batches as far apart as they
//! may be.

use std::ops::Range;

use proptest::collection::vec;
use proptest::prelude::*;
use qube_budget::Roofline;
use qube_budget::document::from_json;
use qube_budget::network::{Network, NetworkBuilder};
use qube_budget::policy::Role;
use qube_budget::{BatchPolicy, Limits, Options};
use serde_json::Value;

/// Binary orders of magnitude of the product of all extents.
const MOST: f64 = 600.0;

/// An index as it comes at random; orders of magnitude are binary.
#[derive(Debug, Clone)]
struct RandomIndex {
    magnitude: f64,
    /// Of a composite index.
    means: Option<Vec<f64>>,
    /// Of a batch against the extent, and of a tile against a batch.
    batch: Option<(f64, f64)>,
    /// By tensor, whether it carries it.
    carriers: Vec<bool>,
    is_kept: bool,
}

/// A network, and how it is to be planned.
#[derive(Debug)]
pub struct Case {
    pub network: Network,
    pub policy: BatchPolicy,
    pub options: Options,
}

fn index(tensors: usize) -> impl Strategy<Value = RandomIndex> {
    // Some means are whole, so that products of exactly 1 come about in more than one way.
    let mean = prop_oneof![-30.0..60.0, (-3i32..4).prop_map(f64::from)];
    let share = || prop_oneof![0.0..1.0f64, Just(0.0), Just(1.0)];
    (
        prop_oneof![0.0..62.9f64, 50.0..62.9, 0.0..4.0, Just(0.0)],
        prop::option::weighted(0.3, vec(mean, 10)),
        prop::option::weighted(0.4, (share(), share())),
        vec(prop::bool::weighted(0.5), tensors),
        prop::bool::weighted(0.3),
    )
        .prop_map(|(magnitude, means, batch, carriers, is_kept)| RandomIndex {
            magnitude,
            means,
            batch,
            carriers,
            is_kept,
        })
}

/// A weight or factor: 0 where that is allowed, or 1e-9 to 1e18.
fn weight(zero: bool) -> impl Strategy<Value = f64> {
    let some = prop_oneof![(-9.0..18.0f64).prop_map(|power| 10f64.powf(power)), Just(1.0)];
    prop_oneof![some, Just(if zero { 0.0 } else { 1.0 })]
}

fn options() -> impl Strategy<Value = Options> {
    let roofline = (weight(true), weight(true), weight(true), weight(true));
    (weight(false), weight(true), weight(true), roofline, vec(any::<bool>(), 4), 1u64..1025)
        .prop_map(
            |(volatile_weight, footprint_weight, peak_flops_tolerance, roofline, flags, bytes)| {
                Options {
                    prune_outer_products: flags[0],
                    use_inner_pow: flags[1],
                    frontier: flags[2],
                    limits: Limits {
                        max_states: if flags[3] { 0 } else { 1 },
                        ..Limits::default()
                    },
                    volatile_weight,
                    footprint_weight,
                    peak_flops_tolerance,
                    bytes_per_element: bytes,
                    roofline: Roofline {
                        machine_balance: roofline.0,
                        fast_mem_elems: roofline.1,
                        block_tiles: roofline.2,
                        block_prefactor: roofline.3,
                    },
                    ..Options::default()
                }
            },
        )
}

/// A case with so many tensors.
pub fn case(tensors: Range<usize>) -> impl Strategy<Value = Case> {
    tensors.prop_flat_map(|tensors| {
        (
            vec(index(tensors), 1..14),
            options(),
            vec(any::<bool>(), tensors),
            any::<bool>(),
            (weight(true), any::<bool>()),
            prop::option::weighted(0.8, 0.0..62.9f64),
        )
            .prop_map(
                |(indices, options, volatile, explicit, (factor, only), threshold)| {
                    let (network, mut policy) = built(&indices, &volatile, explicit);
                    policy.set_accumulation_factor(factor).unwrap();
                    policy.set_persistent_only(only);
                    let threshold = threshold.map(|power| power.exp2() as i64);
                    policy.set_peak_threshold(threshold).unwrap();
                    Case { network, policy, options }
                },
            )
    })
}

/// The first indices whose product stays within the range that the tests are about.
fn built(indices: &[RandomIndex], volatile: &[bool], explicit: bool) -> (Network, BatchPolicy) {
    let (mut builder, mut policy) = (NetworkBuilder::new(), BatchPolicy::new());
    let mut slots = vec![Vec::new(); volatile.len()];
    // What no tensor carries is no index of the network.
    let mut kept = vec!["p".to_owned()];
    builder.index("p", None, 3).unwrap();
    slots[0].push("p".to_owned());
    let (mut up, mut down) = (2.0, 0.0);
    for (at, index) in indices.iter().enumerate() {
        let means = index.means.iter().flatten();
        up += means.clone().copied().fold(index.magnitude, f64::max);
        down += means.copied().fold(0.0, f64::min);
        if up > MOST || down < -MOST {
            break;
        }
        let label = format!("x_{at}");
        let extent = index.magnitude.exp2() as i64;
        match &index.means {
            Some(means) => {
                let means: Vec<f64> = means.iter().map(|power| power.exp2()).collect();
                builder.composite(&label, None, extent, &["p"], &means).unwrap()
            }
            None => builder.index(&label, None, extent).unwrap(),
        };
        if let Some((batch, tile)) = index.batch {
            let batch = (batch * index.magnitude).exp2();
            let tile = (tile * batch.log2()).exp2() as i64;
            for role in [Role::Contracted, Role::External] {
                policy.batch_index(role, &label, batch as i64).unwrap();
            }
            policy.tile_index(&label, tile.max(1)).unwrap();
        }
        for (slots, _) in slots.iter_mut().zip(&index.carriers).filter(|(_, carries)| **carries) {
            slots.push(label.clone());
        }
        if index.is_kept && index.carriers.contains(&true) {
            kept.push(label);
        }
    }
    for (at, (slots, volatile)) in slots.iter().zip(volatile).enumerate() {
        let slots: Vec<&str> = slots.iter().map(String::as_str).collect();
        // Two labels, so that there is something to share.
        builder.tensor(if at % 2 == 0 { "even" } else { "odd" }, &slots).unwrap();
        if *volatile {
            policy.volatile_position(at);
        }
    }
    if explicit {
        builder.targets(&kept.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
    }
    (builder.build().unwrap(), policy)
}

/// Inputs that once showed a fault, by name, under default options.
pub fn met() -> Vec<(String, Case)> {
    let document: Value = serde_json::from_str(include_str!("../data/extremes.json")).unwrap();
    let case = |input: &Value| {
        let read = from_json(&input["network"].to_string()).unwrap();
        let policy = match &input["policy"] {
            Value::Null => read.policy,
            policy => BatchPolicy::from_json(&policy.to_string()).unwrap(),
        };
        let case = Case { network: read.network, policy, options: Options::default() };
        (input["name"].to_string(), case)
    };
    document["cases"].as_array().unwrap().iter().map(case).collect()
}

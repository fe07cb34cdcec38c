//! What is too much for a search: counts beyond a limit, and products that would leave the range of a
//! double and raise a floating-point flag in the host.

use super::Loop;
use crate::network::{IndexSet, Network, Volumes};
use crate::{Error, Result};

/// Binary orders of magnitude that the product of all extents may have, and of all numbers of batches
/// where they are charged. With weights up to 1e18 and the roofline's factors on top, no product
/// leaves the range of a double (2^1023).
pub const MAX_MAGNITUDE: f64 = 700.0;

/// Refuses a count beyond a limit.
pub fn at_most(count: usize, limit: usize, what: &'static str) -> Result<()> {
    if count <= limit {
        return Ok(());
    }
    Err(Error::TooLarge { what, value: count as u64, limit: limit as u64 })
}

/// No product over the network may leave the range of a double: it would raise a floating-point
/// flag in the host. `repeating` are loops whose batches may multiply the cost.
pub fn check_magnitude(volumes: &Volumes, repeating: &[Loop]) -> Result<()> {
    let (mut up, mut down) = (0.0, 0.0);
    for (least, most) in volumes.factor_ranges() {
        up += most.max(1.0).log2();
        down -= least.min(1.0).log2();
    }
    let what = if repeating.is_empty() {
        "the product of all extents"
    } else {
        "the product of all extents and numbers of batches"
    };
    up += repeating.iter().map(|one| (one.batches as f64).log2()).sum::<f64>();
    if up.max(down) <= MAX_MAGNITUDE {
        return Ok(());
    }
    Err(beyond(what.into(), if up >= down { up } else { -down }))
}

/// The same for networks so large that no search looks at all of their sets of tensors: in a chain of
/// a thousand tensors the product of all extents means nothing. Only tensors are checked here; of
/// contractions, those that a search comes up with.
pub fn check_tensors(network: &Network, volumes: &Volumes) -> Result<()> {
    let down: f64 = volumes.factor_ranges().map(|(least, _)| -least.min(1.0).log2()).sum();
    if down > MAX_MAGNITUDE {
        return Err(beyond("the product of all power means below 1".into(), -down));
    }
    for tensor in network.tensors() {
        let mut carried = IndexSet::empty(network.indices().len());
        tensor.indices.iter().for_each(|&index| carried.insert(index));
        let up = volumes.magnitude(network, &carried);
        if up > MAX_MAGNITUDE {
            let label = &tensor.label;
            return Err(beyond(format!("the product of the extents of tensor '{label}'"), up));
        }
    }
    Ok(())
}

fn beyond(what: String, magnitude: f64) -> Error {
    let value = format!("2^{magnitude:.0}");
    Error::Overflow { what, value, allowed: "2^-700 to 2^700" }
}

//! Refuses networks that are too large: counts beyond a limit, and products that would leave the range
//! of a double and raise a floating-point flag in the host.

use crate::network::{IndexSet, Network, Volumes};
use crate::{Error, Result};

/// Largest exponent, as a power of two, of the product of all extents, and of all numbers of batches
/// where they are charged. Weights up to 1e18 and the factors of the roofline then keep every product
/// within the range of a double (2^1023).
pub const MAX_MAGNITUDE: f64 = 700.0;

/// Refuses a count beyond a limit.
pub fn at_most(count: usize, limit: usize, what: &'static str) -> Result<()> {
    if count <= limit {
        return Ok(());
    }
    Err(Error::TooLarge { what, value: count as u64, limit: limit as u64 })
}

/// Refuses a network with a product that leaves the range of a double, which would raise a
/// floating-point flag in the host. `repeating` are the numbers of batches that may multiply the cost.
pub(super) fn check_magnitude(
    volumes: &Volumes,
    repeating: impl ExactSizeIterator<Item = u64>,
) -> Result<()> {
    let (mut up, mut down) = (Scaled::ONE, Scaled::ONE);
    for (least, most) in volumes.factor_ranges() {
        up.times(most.max(1.0));
        down.times(least.min(1.0));
    }
    let charged = repeating.len() > 0;
    repeating.for_each(|batches| up.times(batches as f64));
    let (up, down) = (up.magnitude(), -down.magnitude());
    if up.max(down) <= MAX_MAGNITUDE {
        return Ok(());
    }
    let what = if charged {
        "the product of all extents and numbers of batches"
    } else {
        "the product of all extents"
    };
    Err(beyond(what.into(), if up >= down { up } else { -down }))
}

/// A product of positive numbers, as a double times a power of two, so that it never overflows.
struct Scaled {
    value: f64,
    magnitude: f64,
}

impl Scaled {
    const ONE: Scaled = Scaled { value: 1.0, magnitude: 0.0 };

    fn times(&mut self, factor: f64) {
        const MODERATE: std::ops::RangeInclusive<f64> = 1e-100..=1e100;
        if !MODERATE.contains(&factor) {
            self.magnitude += factor.log2();
            return;
        }
        self.value *= factor;
        if !MODERATE.contains(&self.value) {
            self.magnitude += self.value.log2();
            self.value = 1.0;
        }
    }

    /// Its logarithm to the base of 2.
    fn magnitude(&self) -> f64 {
        self.magnitude + self.value.log2()
    }
}

/// The same for networks of more than 64 tensors, whose product of all extents is no size of any set
/// of tensors that a search examines. Checks single tensors only; a search checks its contractions.
pub(super) fn check_tensors(network: &Network, volumes: &Volumes) -> Result<()> {
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

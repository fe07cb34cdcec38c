//! Power means by callback, for hosts that compute the mean domain sizes of composite indices instead of
//! tabulating them. Building a network asks the callback; the network then has tables like any other.

use std::collections::HashMap;
use std::sync::Arc;

use super::power_means::check_power_means;
use super::{Index, IndexId};
use crate::Result;
use crate::callback::Callback;

/// The description of a composite index that a callback receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompositeFacts<'a> {
    /// With the protos: `a_1<i_1,i_2>`.
    pub label: &'a str,
    pub space: &'a str,
    /// Mean domain size, elements, 1 or more.
    pub extent: u64,
}

type AskMean = dyn Fn(&CompositeFacts, usize) -> Result<f64> + Send + Sync;

pub(super) type InnerPow = Callback<AskMean>;

pub(super) fn callback(
    mean: impl Fn(&CompositeFacts, usize) -> Result<f64> + Send + Sync + 'static,
) -> InnerPow {
    Callback::new(Arc::new(mean))
}

/// Asks for the power means of the composite indices that have none.
pub(super) fn fill(indices: &mut [Index], inner_pow: &InnerPow) -> Result<()> {
    let Some(ask) = inner_pow.get() else { return Ok(()) };
    let mut same_protos: HashMap<Vec<IndexId>, usize> = HashMap::new();
    for index in indices.iter().filter(|index| index.is_composite()) {
        *same_protos.entry(index.protos.clone()).or_default() += 1;
    }
    for index in indices.iter_mut().filter(|index| index.is_composite()) {
        if !index.power_means.is_empty() {
            continue;
        }
        let (label, space) = (index.label.as_str(), index.space.as_str());
        let facts = CompositeFacts { label, space, extent: index.extent };
        let mut means = Vec::new();
        for k in 1..=same_protos[&index.protos] {
            means.push(ask(&facts, k)?);
            // At once: nothing is asked after an answer that cannot be.
            check_power_means("index", label, &means)?;
        }
        index.power_means = means;
    }
    Ok(())
}

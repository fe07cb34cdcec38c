//! The loops that a policy and an objective allow on a network.

use super::magnitude::at_most;
use super::{Loops, Nest, Objective};
use crate::network::{IndexId, Network};
use crate::policy::{ResolvedPolicy, Role, Slicing};
use crate::{Result, allocation};

/// A loop that the policy allows: an index in its role.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loop {
    pub index: IndexId,
    pub role: Role,
    pub slicing: Slicing,
    /// The number of batches.
    pub batches: u64,
}

/// The loops that the policy allows and the objective may open. Peak-batched opens loops over
/// contracted indices only. Objectives that charge slicing open both roles, in more than one batch,
/// and only under a threshold on the peak.
pub(super) fn allowed(
    network: &Network,
    resolved: &ResolvedPolicy,
    objective: Objective,
) -> Result<Vec<Loop>> {
    let one = |at| {
        let index = IndexId::new(at);
        let slicing = resolved.slicing(index)?;
        let batches = slicing.batches(network.index_at(index).extent);
        Some(Loop { index, role: Role::of(network, index), slicing, batches })
    };
    let all = (0..network.indices().len()).filter_map(one);
    let (loops, limit): (Vec<Loop>, _) = match objective.loops() {
        Loops::Free => {
            let contracted = all.filter(|one| one.role == Role::Contracted);
            (allocation::collected(contracted)?, u32::BITS as usize)
        }
        Loops::Charged if resolved.peak_threshold().is_some() => {
            (allocation::collected(all.filter(|one| one.batches > 1))?, Nest::MOST)
        }
        Loops::Charged | Loops::None => return Ok(Vec::new()),
    };
    at_most(loops.len(), limit, "batchable indices of the network")?;
    Ok(loops)
}

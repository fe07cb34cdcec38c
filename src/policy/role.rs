//! Contracted or external: what a loop over an index does to results.

use serde::{Deserialize, Serialize};

use crate::network::{IndexId, Network};

/// The role of an index in a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Summed at a contraction: a loop over its batches adds their contributions.
    #[default]
    Contracted,
    /// Open in the result: a loop over its batches assembles the result block by block.
    External,
}

impl Role {
    /// The role of an index in a network.
    pub fn of(network: &Network, index: IndexId) -> Role {
        if network.targets().contains(index) { Role::External } else { Role::Contracted }
    }
}

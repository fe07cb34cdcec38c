//! A policy resolved for one network: a table by index and by tensor.
//!
//! The optimizer, the replay and a host's evaluator all read this table; nothing else interprets a
//! policy. Resolving takes O(indices + tensors) look-ups by name.

use super::role::Role;
use super::{BatchPolicy, IndexFacts, TensorFacts};
use crate::network::{IndexId, Network};
use crate::{Error, Result};

/// How finely loops may slice an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slicing {
    /// The most elements of a batch, 1 or more.
    pub target: u64,
    /// A batch consists of whole tiles of this many elements, 1 or more.
    pub tile: u64,
}

impl Slicing {
    /// The most elements of a batch: the target rounded down to whole tiles, at least one.
    pub fn most(self) -> u64 {
        (self.target - self.target % self.tile).max(self.tile)
    }

    /// Elements of a batch of an index, at most its extent. The last batch may be shorter.
    pub fn batch(self, extent: u64) -> u64 {
        self.most().min(extent)
    }

    pub fn batches(self, extent: u64) -> u64 {
        extent.div_ceil(self.batch(extent))
    }
}

/// A policy resolved for one network. Threads may share it.
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedPolicy {
    /// By index, for its role; empty if loops may slice none.
    slicings: Vec<Option<Slicing>>,
    /// By tensor; empty if none is volatile.
    volatile: Vec<bool>,
    persistent_only: bool,
    accumulation_factor: f64,
    peak_threshold: Option<u64>,
}

impl BatchPolicy {
    /// Resolves the policy for a network. Calls the callbacks, on this thread: once per index, in
    /// order, then once per tensor. Errors: `Position`, a volatile tensor that the network lacks;
    /// `Target`, a size below 1 from a callback; a callback's own error, at once.
    pub fn resolve(&self, network: &Network) -> Result<ResolvedPolicy> {
        let count = network.tensors().len();
        if let Some(&last) = self.volatile_positions.last()
            && last >= count
        {
            let value = i64::try_from(last).unwrap_or(i64::MAX);
            return Err(Error::Position { what: "volatile tensor", value, count });
        }
        let mut resolved = ResolvedPolicy {
            slicings: Vec::new(),
            volatile: Vec::new(),
            persistent_only: self.persistent_only,
            accumulation_factor: self.accumulation_factor,
            peak_threshold: self.peak_threshold,
        };
        if self.may_slice() {
            for (at, index) in network.indices().iter().enumerate() {
                let (label, space) = (index.label.as_str(), index.space.as_str());
                let role = Role::of(network, IndexId::new(at));
                let facts = IndexFacts { label, space, extent: index.extent, role };
                if let Some(slicing) = self.slicing(&facts)? {
                    resolved.slicings.resize(network.indices().len(), None);
                    resolved.slicings[at] = Some(slicing);
                }
            }
        }
        if self.may_be_volatile() {
            for (position, tensor) in network.tensors().iter().enumerate() {
                if self.is_volatile(&TensorFacts { label: tensor.label.as_str(), position })? {
                    resolved.volatile.resize(count, false);
                    resolved.volatile[position] = true;
                }
            }
        }
        Ok(resolved)
    }

    /// The policy resolved for a network, as a policy by index label and tensor position. It has no
    /// callbacks, so that JSON can hold it. Errors: those of `resolve`.
    pub fn by_label(&self, network: &Network) -> Result<BatchPolicy> {
        let resolved = self.resolve(network)?;
        let mut policy = BatchPolicy {
            persistent_only: self.persistent_only,
            accumulation_factor: self.accumulation_factor,
            peak_threshold: self.peak_threshold,
            ..BatchPolicy::default()
        };
        for (at, index) in network.indices().iter().enumerate() {
            let id = IndexId::new(at);
            let Some(Slicing { target, tile }) = resolved.slicing(id) else { continue };
            let targets = policy.targets(Role::of(network, id));
            targets.indices.insert(index.label.clone(), target);
            if tile > 1 {
                policy.tiles.indices.insert(index.label.clone(), tile);
            }
        }
        let tensors = 0..network.tensors().len();
        policy.volatile_positions = tensors.filter(|&at| resolved.is_volatile(at)).collect();
        Ok(policy)
    }
}

impl ResolvedPolicy {
    /// The batches of an index. None: loops must not slice it.
    pub fn slicing(&self, index: IndexId) -> Option<Slicing> {
        self.slicings.get(index.position()).copied().flatten()
    }

    /// The same with batches of one tile.
    pub fn finest(&self) -> ResolvedPolicy {
        let tile = |slicing: &Option<Slicing>| {
            slicing.map(|Slicing { tile, .. }| Slicing { target: tile, tile })
        };
        ResolvedPolicy { slicings: self.slicings.iter().map(tile).collect(), ..self.clone() }
    }

    /// The same without a cost of slicing, and with loops over volatile subtrees.
    pub fn free(&self) -> ResolvedPolicy {
        ResolvedPolicy { persistent_only: false, accumulation_factor: 0.0, ..self.clone() }
    }

    /// Whether a tensor changes on every iteration.
    pub fn is_volatile(&self, tensor: usize) -> bool {
        self.volatile.get(tensor).copied().unwrap_or(false)
    }

    pub fn persistent_only(&self) -> bool {
        self.persistent_only
    }

    pub fn accumulation_factor(&self) -> f64 {
        self.accumulation_factor
    }

    /// The memory that a plan must fit, bytes. None: unlimited.
    pub fn peak_threshold(&self) -> Option<u64> {
        self.peak_threshold
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Spaces, einsum};

    #[test]
    fn a_batch_has_whole_tiles() {
        let batch = |target, tile, extent| Slicing { target, tile }.batch(extent);
        assert_eq!(batch(236, 1, 1652), 236);
        assert_eq!(batch(236, 1, 100), 100);
        assert_eq!(batch(236, 50, 1652), 200);
        assert_eq!(batch(20, 50, 1652), 50, "one tile at least");
        assert_eq!(batch(20, 50, 30), 30, "no more than there is");
        assert_eq!(Slicing { target: 236, tile: 50 }.batches(1652), 9);
        assert_eq!(Slicing { target: u64::MAX, tile: u64::MAX }.batches(7), 1);
    }

    #[test]
    fn a_policy_that_names_nothing_here_rules_as_one_that_is_empty() {
        let mut spaces = Spaces::new();
        spaces.add("i", 3).unwrap();
        let network = einsum("i,i->", &spaces).unwrap();
        let mut policy = BatchPolicy::new();
        policy.batch_space(Role::Contracted, "K", 2).unwrap();
        policy.volatile("t");
        let resolved = policy.resolve(&network).unwrap();
        assert_eq!(resolved, BatchPolicy::new().resolve(&network).unwrap());
        assert_eq!((resolved.slicing(IndexId::new(0)), resolved.is_volatile(1)), (None, false));
        policy.volatile_position(1);
        let resolved = policy.resolve(&network).unwrap();
        assert_eq!([0, 1].map(|tensor| resolved.is_volatile(tensor)), [false, true]);
    }
}

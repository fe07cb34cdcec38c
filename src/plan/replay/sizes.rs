//! Volumes, factor by factor.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::Tree;
use crate::network::{IndexId, Network};
use crate::policy::ResolvedPolicy;
use crate::problem::Options;
use crate::{Error, Result};

pub struct Sizer<'a> {
    pub network: &'a Network,
    pub resolved: &'a ResolvedPolicy,
    pub options: &'a Options,
}

/// Work of a contraction at most, as a power of two: the limit of searches, under which sums and weights
/// stay within the range of a double. The margin covers another order of adding logarithms.
const MAX_MAGNITUDE: f64 = 700.0 + 1e-6;

impl Sizer<'_> {
    /// Refuses a tree with a contraction whose work is beyond the limit. A small network was checked
    /// for all trees; in a large one, this depends on the tree. Power means that no set of indices of
    /// the network can use do not count.
    pub fn check(&self, tree: &Tree) -> Result<()> {
        for (at, operands) in tree.children.iter().enumerate() {
            let open = operands.iter().flatten().flat_map(|&operand| &tree.open[operand]);
            let with_protos = |&id: &IndexId| {
                let protos = self.network.index_at(id).protos.iter();
                protos.copied().chain([id])
            };
            let factors: BTreeSet<IndexId> = open.flat_map(with_protos).collect();
            let magnitude: f64 = factors.into_iter().map(|id| self.most(id).log2()).sum();
            if magnitude > MAX_MAGNITUDE {
                return Err(Error::Overflow {
                    what: format!("the work of entry {at}"),
                    value: format!("up to 2^{magnitude:.0}"),
                    allowed: "up to 2^700",
                });
            }
        }
        Ok(())
    }

    /// The largest factor of an index in a volume; at least 1.
    fn most(&self, id: IndexId) -> f64 {
        let index = self.network.index_at(id);
        let extent = (index.extent as f64).max(1.0);
        if index.protos.is_empty() || !self.options.use_inner_pow {
            return extent;
        }
        let alike = self.network.indices().iter().filter(|other| other.protos == index.protos);
        index.power_means.iter().take(alike.count()).copied().fold(extent, f64::max)
    }

    /// The volume of a tensor with these open indices, where those in `sliced` are cut to batches.
    pub fn volume(&self, open: &BTreeSet<IndexId>, sliced: &BTreeSet<IndexId>) -> f64 {
        let cut = |id: IndexId, size: f64| match self.resolved.slicing(id) {
            Some(slicing) if sliced.contains(&id) && open.contains(&id) => {
                size.min(slicing.most() as f64)
            }
            _ => size,
        };
        let index = |id: IndexId| self.network.index_at(id);
        let mut outer = BTreeSet::new();
        let mut sharing: BTreeMap<&[IndexId], usize> = BTreeMap::new();
        for &id in open {
            if index(id).protos.is_empty() {
                outer.insert(id);
            } else {
                outer.extend(&index(id).protos);
                *sharing.entry(&index(id).protos).or_default() += 1;
            }
        }
        let mut volume: f64 = outer.iter().map(|&id| cut(id, index(id).extent as f64)).product();
        for &id in open.iter().filter(|&&id| !index(id).protos.is_empty()) {
            let k = sharing[index(id).protos.as_slice()];
            let table = &index(id).power_means;
            let mean = if self.options.use_inner_pow && !table.is_empty() {
                table[k - 1]
            } else {
                index(id).extent as f64
            };
            volume *= cut(id, mean);
        }
        // A scalar counts 0; power means may round.
        if (volume - 1.0).abs() <= 1e-12 { 0.0 } else { volume }
    }
}

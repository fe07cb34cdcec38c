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

/// Binary orders of magnitude that the work of a contraction may have, as searches have it: sums and
/// weights on top stay within the range of a double. A little more, as logarithms add up otherwise here.
const MAX_MAGNITUDE: f64 = 700.0 + 1e-6;

impl Sizer<'_> {
    /// Whether no contraction of a tree is beyond what a double counts. In networks of few tensors no
    /// product is; of large ones this depends on the tree. Power means that no tensor of the network
    /// can ask for do not count.
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

    /// The largest factor that an index can bring into a volume; 1 at least.
    fn most(&self, id: IndexId) -> f64 {
        let index = self.network.index_at(id);
        let extent = (index.extent as f64).max(1.0);
        if index.protos.is_empty() || !self.options.use_inner_pow {
            return extent;
        }
        let alike = self.network.indices().iter().filter(|other| other.protos == index.protos);
        index.power_means.iter().take(alike.count()).copied().fold(extent, f64::max)
    }

    /// The volume of a tensor with these indices, of which those in `sliced` are cut to batches.
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
        // A scalar, but for the rounding of power means.
        if (volume - 1.0).abs() <= 1e-12 { 0.0 } else { volume }
    }
}

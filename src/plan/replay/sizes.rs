//! Volumes, factor by factor.

use std::collections::{BTreeMap, BTreeSet};

use crate::Options;
use crate::network::{IndexId, Network};
use crate::policy::Rulings;

pub struct Sizer<'a> {
    pub network: &'a Network,
    pub rulings: &'a Rulings,
    pub options: &'a Options,
}

impl Sizer<'_> {
    /// The volume of a tensor with these indices, of which those in `sliced` are cut to batches.
    pub fn volume(&self, open: &BTreeSet<IndexId>, sliced: &BTreeSet<IndexId>) -> f64 {
        let cut = |id: IndexId, size: f64| match self.rulings.slicing(id) {
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
        if volume == 1.0 { 0.0 } else { volume }
    }
}

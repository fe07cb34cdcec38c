//! Cost and repetitions of contractions, and advice to a cache.
//!
//! Under objectives that charge slicing, a node is made inside its *effective nest*. That is the
//! effective nest of its parent followed by the loops that the parent opens, cut after the innermost
//! loop whose index the node carries; without such a loop the node is hoisted out of all loops.
//! Batches of an index that it carries make it slice by slice, together once; each batch of another
//! index makes it again.
//!
//! A persistent node whose parent is made on every replay is kept from the first replay on. The
//! exception carries an index of a loop around it of more than one batch: it exists in slices only,
//! and is made on every replay too.

use super::sharing::Sharing;
use super::sizes::Sizer;
use super::tree::Tree;
use crate::network::{IndexId, Network};
use crate::plan::cache::Cache;
use crate::policy::ResolvedPolicy;
use crate::problem::{Charge, Options};
use crate::quiet::ratio;

pub struct Charges<'a> {
    pub tree: &'a Tree,
    pub sharing: &'a Sharing,
    pub network: &'a Network,
    pub resolved: &'a ResolvedPolicy,
    pub options: &'a Options,
}

impl Charges<'_> {
    /// The operands of a contraction, if it is evaluated.
    fn operands(&self, at: usize) -> Option<[usize; 2]> {
        self.tree.children[at].filter(|_| self.sharing.is_done(at))
    }

    /// Multiply-add pairs of a contraction, once; 0 for a leaf.
    pub fn flops(&self, sizer: &Sizer, at: usize) -> f64 {
        let Some([l, r]) = self.operands(at) else { return 0.0 };
        let both = self.tree.open[l].union(&self.tree.open[r]).copied().collect();
        sizer.volume(&both, &Default::default())
    }

    /// The cost of a contraction under the objective; 0 for a leaf.
    pub fn cost(&self, sizer: &Sizer, at: usize) -> f64 {
        let Some([l, r]) = self.operands(at) else { return 0.0 };
        let whole = |node: usize| sizer.volume(&self.tree.open[node], &Default::default());
        let (flops, result) = (self.flops(sizer, at), whole(at));
        let traffic = whole(l) + whole(r) + result;
        let Options { volatile_weight, footprint_weight, .. } = *self.options;
        let weight = if self.is_volatile(at) { volatile_weight } else { 1.0 };
        match self.options.objective.charge() {
            Charge::Work => weight.max(1.0) * flops + footprint_weight * result,
            Charge::Storage => traffic + footprint_weight * result,
            Charge::Nothing => 0.0,
            Charge::Roofline if !self.options.objective.charges_slicing() => {
                weight * self.op(flops, traffic)
            }
            Charge::Roofline => {
                let sliced = self.cache(at) == Cache::Sliced;
                let weight = if sliced { volatile_weight.max(1.0) } else { weight };
                self.repetitions(at) * weight * self.op(flops, traffic)
            }
        }
    }

    /// The roofline cost of a contraction; see `problem::Roofline` for the formula.
    fn op(&self, flops: f64, traffic: f64) -> f64 {
        let roofline = self.options.roofline;
        if roofline.machine_balance <= 0.0 {
            return flops;
        }
        let blocked = if roofline.fast_mem_elems > 0.0 && roofline.block_tiles > 0.0 {
            let tile = ratio(roofline.fast_mem_elems, roofline.block_tiles);
            ratio(roofline.block_prefactor * flops, tile.sqrt())
        } else {
            0.0
        };
        flops.max(roofline.machine_balance * traffic.max(blocked))
    }

    /// Evaluations of a node, where all slices together count as one; 1 for a leaf.
    pub fn repetitions(&self, at: usize) -> f64 {
        if self.tree.is_leaf(at) || !self.options.objective.charges_slicing() {
            return 1.0;
        }
        let nest = self.effective_nest(at);
        let others = nest.iter().filter(|id| !self.tree.open[at].contains(id));
        others.map(|&id| self.batches(id) as f64).product()
    }

    fn effective_nest(&self, at: usize) -> Vec<IndexId> {
        let Some(parent) = self.tree.parent[at] else { return Vec::new() };
        let mut nest = self.effective_nest(parent);
        nest.extend(&self.tree.loops[parent]);
        let carried = |id: &IndexId| self.tree.open[at].contains(id);
        nest.truncate(nest.iter().rposition(carried).map_or(0, |innermost| innermost + 1));
        nest
    }

    pub fn is_volatile(&self, at: usize) -> bool {
        self.tree.members[at].iter().any(|&leaf| self.resolved.is_volatile(leaf))
    }

    /// The advice to a cache for a node.
    pub fn cache(&self, at: usize) -> Cache {
        let made_each_replay = |node| self.is_volatile(node) || self.cache(node) == Cache::Sliced;
        let needed_each_replay = self.sharing.users(self.tree, at).any(made_each_replay);
        if self.is_volatile(at) || !needed_each_replay {
            return Cache::Transient;
        }
        let slices = |id: &IndexId| self.tree.open[at].contains(id) && self.batches(*id) > 1;
        if self.tree.nest(at).iter().any(slices) { Cache::Sliced } else { Cache::Keep }
    }

    /// The batches of a loop over an index; 1 if it is not batchable.
    fn batches(&self, id: IndexId) -> u64 {
        let extent = self.network.index_at(id).extent;
        self.resolved.slicing(id).map_or(1, |slicing| extent.div_ceil(slicing.most()))
    }
}

//! Which indices a set of tensors leaves open.
//!
//! O(n) of one tensor: its distinct indices. Of more: an index that n carries is open iff a tensor
//! outside n carries it too, or it is a target. Only carried indices count; protos never make an
//! index open. A hyperindex (on three or more tensors) so stays open until its last carrier joined.

use super::{IndexSet, Network};

/// Which indices each tensor carries.
pub struct Carriers {
    of_tensor: Vec<IndexSet>,
    /// By index, the tensors that carry it, a bit for each.
    of_index: Vec<u64>,
    targets: IndexSet,
    indices: usize,
}

impl Carriers {
    pub fn new(network: &Network) -> Self {
        let indices = network.indices().len();
        let mut of_index = vec![0; indices];
        let mut of_tensor = vec![IndexSet::empty(indices); network.tensors().len()];
        for (tensor, set) in of_tensor.iter_mut().enumerate() {
            for &id in &network.tensors()[tensor].indices {
                set.insert(id);
                of_index[id.position()] |= 1u64.checked_shl(tensor as u32).unwrap_or(0);
            }
        }
        Carriers { of_tensor, of_index, targets: network.targets().clone(), indices }
    }

    /// O of one tensor.
    pub fn of_tensor(&self, tensor: usize) -> &IndexSet {
        &self.of_tensor[tensor]
    }

    /// O(n) for the tensors whose bit is set in `members` (64 at most, bit 0 the first).
    pub fn open(&self, members: u64) -> IndexSet {
        if members.count_ones() == 1 {
            return self.of_tensor[members.trailing_zeros() as usize].clone();
        }
        let mut inside = IndexSet::empty(self.indices);
        let mut kept = self.targets.clone();
        for (tensor, carried) in self.of_tensor.iter().enumerate() {
            let side = if members >> tensor & 1 == 1 { &mut inside } else { &mut kept };
            side.union_with(carried);
        }
        inside.intersect_with(&kept);
        inside
    }

    /// O of `members`, which are more than one, from all indices open in two parts of it.
    pub fn still_open(&self, in_parts: &IndexSet, members: u64) -> IndexSet {
        let mut open = in_parts.clone();
        for id in in_parts.iter() {
            if self.of_index[id.position()] & !members == 0 && !self.targets.contains(id) {
                open.remove(id);
            }
        }
        open
    }

    /// For each of at most 64 tensors, those that share with it an index that is not a target.
    pub fn adjacency(&self) -> Vec<u64> {
        let bonds: Vec<IndexSet> =
            self.of_tensor.iter().map(|carried| carried.difference(&self.targets)).collect();
        let touching = |tensor: usize| {
            let others = (0..bonds.len()).filter(|&other| other != tensor);
            others
                .filter(|&other| !bonds[tensor].intersection(&bonds[other]).is_empty())
                .fold(0, |mask, other| mask | 1 << other)
        };
        (0..bonds.len()).map(touching).collect()
    }
}

//! Which indices a set of tensors leaves open.
//!
//! O(n) of one tensor: its distinct indices. Of more: an index that n carries is open iff a tensor
//! outside n carries it too, or it is a target. Only carried indices count; protos never make an
//! index open. A hyperindex (on three or more tensors) so stays open until its last carrier joined.

use super::{IndexSet, Network};

/// Which indices each tensor carries.
pub struct Carriers {
    of_tensor: Vec<IndexSet>,
    targets: IndexSet,
    indices: usize,
}

impl Carriers {
    pub fn new(network: &Network) -> Self {
        let indices = network.indices().len();
        let of_tensor = network
            .tensors()
            .iter()
            .map(|tensor| {
                let mut set = IndexSet::empty(indices);
                tensor.indices.iter().for_each(|&id| set.insert(id));
                set
            })
            .collect();
        Carriers { of_tensor, targets: network.targets().clone(), indices }
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

    /// For each tensor, the tensors that share with it an index that is not a target.
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

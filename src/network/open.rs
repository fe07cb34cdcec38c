//! Which indices a set of tensors leaves open.
//!
//! O(n) of one tensor: its distinct indices. Of more: an index that n carries is open iff a tensor
//! outside n carries it too, or it is a target. Only carried indices count; protos never make an
//! index open. A hyperindex (on three or more tensors) so stays open until its last carrier joined.

use super::{IndexId, IndexSet, Network};

/// Which indices each tensor carries.
pub struct Carriers {
    of_tensor: Vec<IndexSet>,
    /// By index, the tensors that carry it, a bit for each.
    of_index: Vec<u64>,
    targets: IndexSet,
    /// What is no target, and carried by one tensor alone, by two, which close it together, or by more.
    lonely: IndexSet,
    paired: IndexSet,
    several: IndexSet,
    indices: usize,
}

impl Carriers {
    pub fn new(network: &Network) -> Self {
        let indices = network.indices().len();
        let mut of_index = vec![0; indices];
        let [mut once, mut twice, mut more] = [(); 3].map(|()| IndexSet::empty(indices));
        let mut of_tensor = vec![IndexSet::empty(indices); network.tensors().len()];
        for (tensor, set) in of_tensor.iter_mut().enumerate() {
            for &id in &network.tensors()[tensor].indices {
                set.insert(id);
                of_index[id.position()] |= 1u64.checked_shl(tensor as u32).unwrap_or(0);
            }
            more.union_with(&twice.intersection(set));
            twice.union_with(&once.intersection(set));
            once.union_with(set);
        }
        let targets = network.targets().clone();
        let lonely = once.difference(&twice).difference(&targets);
        let paired = twice.difference(&more).difference(&targets);
        let several = more.difference(&targets);
        Carriers { of_tensor, of_index, targets, lonely, paired, several, indices }
    }

    /// The tensors that carry an index, a bit for each of at most 64.
    pub fn of_index(&self, index: IndexId) -> u64 {
        self.of_index[index.position()]
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

    /// O of `members` from what is open in its two parts.
    ///
    /// What closes with the last of its carriers is open in both parts, or carried by one tensor alone.
    #[inline]
    pub fn open_of_parts(&self, a: &IndexSet, b: &IndexSet, members: u64) -> IndexSet {
        let (mut open, common) = (a.union(b), a.intersection(b));
        open.remove_all(&self.lonely);
        open.remove_all(&common.intersection(&self.paired));
        if common.intersects(&self.several) {
            for id in common.common(&self.several) {
                if self.of_index[id.position()] & !members == 0 {
                    open.remove(id);
                }
            }
        }
        open
    }

    /// For each of at most 64 tensors, those that share with it an index that is not a target.
    pub fn adjacency(&self) -> Vec<u64> {
        let mut adjacency = vec![0; self.of_tensor.len()];
        for (at, &carriers) in self.of_index.iter().enumerate() {
            if self.targets.contains(IndexId::new(at)) {
                continue;
            }
            let mut rest = carriers;
            while rest != 0 {
                adjacency[rest.trailing_zeros() as usize] |= carriers;
                rest &= rest - 1;
            }
        }
        adjacency.iter_mut().enumerate().for_each(|(tensor, near)| *near &= !(1 << tensor));
        adjacency
    }
}

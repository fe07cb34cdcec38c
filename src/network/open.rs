//! The open indices O(n) of a set n of tensors.
//!
//! For one tensor, O(n) is its distinct indices. For more, an index that n carries is open iff a tensor
//! outside n carries it too, or it is a target. Only carried indices count; protos never make an index
//! open. A hyperindex (on three or more tensors) therefore stays open until its last carrier joins.

use smallvec::SmallVec;

use super::{IndexId, IndexSet, Network};
use crate::allocation::{self, Granted};
use crate::scratch::{Scratch, Shelf};

/// The carriers of every index.
pub struct Carriers {
    of_tensor: Scratch<Vec<IndexSet>>,
    /// By index, the tensors that carry it, one bit per tensor.
    of_index: Scratch<Vec<u64>>,
    targets: IndexSet,
    closing: SmallVec<[Closing; 2]>,
    indices: usize,
}

thread_local! {
    static OF_TENSOR: Shelf<Vec<IndexSet>> = const { Shelf::new(None) };
    static OF_INDEX: Shelf<Vec<u64>> = const { Shelf::new(None) };
}

/// Up to 64 indices that are no targets, one bit per index.
#[derive(Clone, Copy)]
struct Closing {
    /// Carried by one tensor.
    lonely: u64,
    /// Carried by two tensors, whose contraction closes them.
    paired: u64,
    /// Carried by three or more.
    several: u64,
}

impl Closing {
    /// From the carriers of every index and the set of targets.
    fn of(carriers: &[u64], targets: u64) -> Self {
        let mut closing = Closing { lonely: 0, paired: 0, several: 0 };
        for (at, &first) in carriers.iter().enumerate() {
            let without_lowest = |set: u64| set & set.wrapping_sub(1);
            let second = without_lowest(first);
            let group = match (first, second, without_lowest(second)) {
                (0, ..) => continue,
                (_, 0, _) => &mut closing.lonely,
                (_, _, 0) => &mut closing.paired,
                _ => &mut closing.several,
            };
            *group |= 1 << at & !targets;
        }
        closing
    }
}

impl Carriers {
    pub fn new(network: &Network) -> Granted<Self> {
        let indices = network.indices().len();
        let mut of_index = Scratch::from(&OF_INDEX);
        allocation::lengthen(&mut of_index, indices, 0)?;
        let mut of_tensor = Scratch::from(&OF_TENSOR);
        allocation::lengthen(&mut of_tensor, network.tensors().len(), IndexSet::empty(indices))?;
        for (tensor, set) in of_tensor.iter_mut().enumerate() {
            for &id in &network.tensors()[tensor].indices {
                set.insert(id);
                of_index[id.position()] |= 1u64.checked_shl(tensor as u32).unwrap_or(0);
            }
        }
        let targets = network.targets().clone();
        let word = |(at, &targets): (usize, &u64)| {
            let begin = (64 * at).min(indices);
            Closing::of(&of_index[begin..indices.min(begin + 64)], targets)
        };
        let closing = targets.words().iter().enumerate().map(word).collect();
        Ok(Carriers { of_tensor, of_index, targets, closing, indices })
    }

    /// The tensors that carry an index, one bit per tensor; at most 64 tensors.
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

    /// O of `members` from the open indices of its two parts. An index that closes is open in both
    /// parts, or one tensor alone carries it.
    #[inline]
    pub fn open_of_parts(&self, a: &IndexSet, b: &IndexSet, members: u64) -> IndexSet {
        a.joined(b, |at, a, b| {
            let Closing { lonely, paired, several } = self.closing[at];
            let (mut open, common) = ((a | b) & !lonely, a & b);
            open &= !(common & paired);
            let mut closing = common & several;
            while closing != 0 {
                let bit = closing & closing.wrapping_neg();
                closing ^= bit;
                if self.of_index[64 * at + bit.trailing_zeros() as usize] & !members == 0 {
                    open ^= bit;
                }
            }
            open
        })
    }

    /// For each of at most 64 tensors, the tensors that share an index with it that is not a target.
    pub fn adjacency(&self) -> Vec<u64> {
        let mut adjacency = [0; u64::BITS as usize];
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
        let near = |(tensor, &near): (usize, &u64)| near & !(1 << tensor);
        adjacency[..self.of_tensor.len()].iter().enumerate().map(near).collect()
    }
}

//! Which indices a set of tensors leaves open.
//!
//! O(n) of one tensor: its distinct indices. Of more: an index that n carries is open iff a tensor
//! outside n carries it too, or it is a target. Only carried indices count; protos never make an
//! index open. A hyperindex (on three or more tensors) so stays open until its last carrier joined.

use smallvec::SmallVec;

use super::{IndexId, IndexSet, Network};

/// Which indices each tensor carries.
pub struct Carriers {
    of_tensor: Vec<IndexSet>,
    /// By index, the tensors that carry it, a bit for each.
    of_index: Vec<u64>,
    targets: IndexSet,
    closing: SmallVec<[Closing; 2]>,
    indices: usize,
}

/// The indices that are no targets, 64 of them, a bit for each.
#[derive(Clone, Copy)]
struct Closing {
    /// Those that one tensor alone carries.
    lonely: u64,
    /// Two, which close them together.
    paired: u64,
    /// More.
    several: u64,
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
        let word = |at: usize| {
            let [once, twice, more] = [&once, &twice, &more].map(|set| set.words()[at]);
            let inner = !targets.words()[at];
            Closing {
                lonely: once & !twice & inner,
                paired: twice & !more & inner,
                several: more & inner,
            }
        };
        let closing = (0..targets.words().len()).map(word).collect();
        Carriers { of_tensor, of_index, targets, closing, indices }
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

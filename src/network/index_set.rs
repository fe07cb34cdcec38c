//! A set of the indices of one network.

use bitvec::prelude::*;

use super::IndexId;

/// A set of the indices of one network, a bit for each.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IndexSet(BitVec<u64>);

impl IndexSet {
    /// The empty set, for a network of `indices` indices.
    pub fn empty(indices: usize) -> Self {
        IndexSet(BitVec::repeat(false, indices))
    }

    pub fn insert(&mut self, id: IndexId) {
        self.0.set(id.position(), true);
    }

    pub fn remove(&mut self, id: IndexId) {
        self.0.set(id.position(), false);
    }

    pub fn contains(&self, id: IndexId) -> bool {
        self.0[id.position()]
    }

    pub fn is_empty(&self) -> bool {
        self.0.not_any()
    }

    /// The members, in the order of the network.
    pub fn iter(&self) -> impl Iterator<Item = IndexId> + '_ {
        self.0.iter_ones().map(IndexId::new)
    }

    pub fn union_with(&mut self, other: &IndexSet) {
        self.words_with(other, |a, b| a | b);
    }

    pub fn intersect_with(&mut self, other: &IndexSet) {
        self.words_with(other, |a, b| a & b);
    }

    pub fn remove_all(&mut self, other: &IndexSet) {
        self.words_with(other, |a, b| a & !b);
    }

    pub fn union(&self, other: &IndexSet) -> IndexSet {
        let mut set = self.clone();
        set.union_with(other);
        set
    }

    pub fn intersection(&self, other: &IndexSet) -> IndexSet {
        let mut set = self.clone();
        set.intersect_with(other);
        set
    }

    /// The members of one that are not in the other.
    pub fn difference(&self, other: &IndexSet) -> IndexSet {
        let mut set = self.clone();
        set.remove_all(other);
        set
    }

    /// bitvec's own operators go bit by bit; both sets belong to one network and are equally long.
    fn words_with(&mut self, other: &IndexSet, op: impl Fn(u64, u64) -> u64) {
        debug_assert_eq!(self.0.len(), other.0.len());
        for (word, &other) in self.0.as_raw_mut_slice().iter_mut().zip(other.0.as_raw_slice()) {
            *word = op(*word, other);
        }
    }
}

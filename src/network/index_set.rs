//! A set of the indices of one network.

use smallvec::{SmallVec, smallvec};

use super::IndexId;

/// A set of the indices of one network, a bit for each. The sets of networks of up to 128 indices
/// take no memory of their own: searches make millions of them.
#[derive(Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IndexSet(SmallVec<[u64; 2]>);

impl Clone for IndexSet {
    /// By whole words, which the vector's own way does not do.
    fn clone(&self) -> Self {
        IndexSet(SmallVec::from_slice(&self.0))
    }
}

impl IndexSet {
    /// The empty set, for a network of `indices` indices.
    pub fn empty(indices: usize) -> Self {
        IndexSet(smallvec![0; indices.div_ceil(64)])
    }

    pub fn insert(&mut self, id: IndexId) {
        let (word, bit) = place(id);
        self.0[word] |= bit;
    }

    pub fn remove(&mut self, id: IndexId) {
        let (word, bit) = place(id);
        self.0[word] &= !bit;
    }

    pub fn contains(&self, id: IndexId) -> bool {
        let (word, bit) = place(id);
        self.0[word] & bit != 0
    }

    /// Bytes that it takes elsewhere than in place.
    pub fn bytes_beside(&self) -> usize {
        if self.0.spilled() { self.0.capacity() * size_of::<u64>() } else { 0 }
    }

    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|&word| word == 0)
    }

    /// The members, in the order of the network.
    pub fn iter(&self) -> impl Iterator<Item = IndexId> + '_ {
        self.0.iter().enumerate().flat_map(|(at, &word)| members(at, word))
    }

    /// The members that are in another set as well, in the order of the network.
    pub fn common(&self, other: &IndexSet) -> impl Iterator<Item = IndexId> {
        let words = self.0.iter().zip(&other.0).map(|(a, b)| a & b);
        words.enumerate().flat_map(|(at, word)| members(at, word))
    }

    pub fn intersects(&self, other: &IndexSet) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }

    /// The members as bits, of a network of at most 128 indices.
    pub fn bits(&self) -> Option<u128> {
        match self.0[..] {
            [] => Some(0),
            [low] => Some(low.into()),
            [low, high] => Some(u128::from(high) << 64 | u128::from(low)),
            _ => None,
        }
    }

    /// The members as bits, eight indices at a time, in the order of the network.
    pub fn bytes(&self) -> impl Iterator<Item = u8> {
        self.0.iter().flat_map(|word| word.to_le_bytes())
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

    /// Both sets belong to one network and are equally long.
    fn words_with(&mut self, other: &IndexSet, op: impl Fn(u64, u64) -> u64) {
        debug_assert_eq!(self.0.len(), other.0.len());
        for (word, &other) in self.0.iter_mut().zip(&other.0) {
            *word = op(*word, other);
        }
    }
}

/// The indices of a word.
fn members(at: usize, word: u64) -> impl Iterator<Item = IndexId> {
    let mut rest = word;
    std::iter::from_fn(move || {
        let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
        rest &= rest - 1;
        Some(IndexId::new(64 * at + bit))
    })
}

fn place(id: IndexId) -> (usize, u64) {
    (id.position() / 64, 1 << (id.position() % 64))
}

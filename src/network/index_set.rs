//! A set of the indices of one network.

use super::IndexId;

/// A set of the indices of one network, one bit per index. Sets of networks with up to 128 indices
/// allocate nothing, since searches make millions of them. Separate functions handle larger sets, so
/// that the common ones stay short.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IndexSet(Words);

#[derive(Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Words {
    Few([u64; 2]),
    Many(Box<[u64]>),
}

impl Clone for Words {
    #[inline(always)]
    fn clone(&self) -> Self {
        #[cold]
        #[inline(never)]
        fn clone_many(words: &[u64]) -> Words {
            Words::Many(words.into())
        }
        match self {
            Words::Few(words) => Words::Few(*words),
            Words::Many(words) => clone_many(words),
        }
    }
}

impl IndexSet {
    /// The empty set, for a network of `indices` indices.
    pub fn empty(indices: usize) -> Self {
        let words = indices.div_ceil(64);
        IndexSet(if words <= 2 { Words::Few([0; 2]) } else { Words::Many(vec![0; words].into()) })
    }

    /// The members as bits.
    #[inline]
    pub fn words(&self) -> &[u64] {
        match &self.0 {
            Words::Few(words) => words,
            Words::Many(words) => words,
        }
    }

    #[inline]
    fn words_mut(&mut self) -> &mut [u64] {
        match &mut self.0 {
            Words::Few(words) => words,
            Words::Many(words) => words,
        }
    }

    pub fn insert(&mut self, id: IndexId) {
        let (word, bit) = place(id);
        self.words_mut()[word] |= bit;
    }

    pub fn remove(&mut self, id: IndexId) {
        let (word, bit) = place(id);
        self.words_mut()[word] &= !bit;
    }

    pub fn contains(&self, id: IndexId) -> bool {
        let (word, bit) = place(id);
        self.words()[word] & bit != 0
    }

    /// Bytes that the set allocates.
    pub fn bytes_beside(&self) -> usize {
        match &self.0 {
            Words::Few(_) => 0,
            Words::Many(words) => size_of_val::<[u64]>(words),
        }
    }

    #[inline]
    pub fn is_empty(&self) -> bool {
        self.words().iter().all(|&word| word == 0)
    }

    /// The members, in the order of the network.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = IndexId> + '_ {
        Members::of(self.words().iter().copied())
    }

    /// The members as bits, of a network of at most 128 indices.
    #[inline]
    pub fn few(&self) -> Option<[u64; 2]> {
        match self.0 {
            Words::Few(words) => Some(words),
            Words::Many(_) => None,
        }
    }

    #[inline]
    pub fn union_with(&mut self, other: &IndexSet) {
        self.words_with(other, |a, b| a | b);
    }

    #[inline]
    pub fn intersect_with(&mut self, other: &IndexSet) {
        self.words_with(other, |a, b| a & b);
    }

    #[inline]
    pub fn remove_all(&mut self, other: &IndexSet) {
        self.words_with(other, |a, b| a & !b);
    }

    #[inline]
    pub fn union(&self, other: &IndexSet) -> IndexSet {
        self.joined(other, |_, a, b| a | b)
    }

    #[inline]
    pub fn intersection(&self, other: &IndexSet) -> IndexSet {
        self.joined(other, |_, a, b| a & b)
    }

    /// The members of one that are not in the other.
    #[inline]
    pub fn difference(&self, other: &IndexSet) -> IndexSet {
        self.joined(other, |_, a, b| a & !b)
    }

    /// The set whose words are `op` of the words of two sets and their position.
    #[inline(always)]
    pub fn joined(&self, other: &IndexSet, op: impl Fn(usize, u64, u64) -> u64) -> IndexSet {
        match (&self.0, &other.0) {
            (Words::Few(a), Words::Few(b)) => {
                IndexSet(Words::Few([op(0, a[0], b[0]), op(1, a[1], b[1])]))
            }
            _ => self.joined_many(other, op),
        }
    }

    #[cold]
    #[inline(never)]
    fn joined_many(&self, other: &IndexSet, op: impl Fn(usize, u64, u64) -> u64) -> IndexSet {
        let words = self.words().iter().zip(other.words()).enumerate();
        IndexSet(Words::Many(words.map(|(at, (&a, &b))| op(at, a, b)).collect()))
    }

    /// Both sets belong to one network and are equally long.
    #[inline]
    fn words_with(&mut self, other: &IndexSet, op: impl Fn(u64, u64) -> u64) {
        match (&mut self.0, &other.0) {
            (Words::Few([low, high]), Words::Few(other)) => {
                (*low, *high) = (op(*low, other[0]), op(*high, other[1]));
            }
            _ => {
                debug_assert_eq!(self.words().len(), other.words().len());
                for (word, &other) in self.words_mut().iter_mut().zip(other.words()) {
                    *word = op(*word, other);
                }
            }
        }
    }
}

/// The members of a set, word by word.
struct Members<W> {
    /// The remaining bits of a word, and the position of its first bit.
    word: u64,
    begin: usize,
    words: W,
}

impl<W: Iterator<Item = u64>> Members<W> {
    #[inline]
    fn of(mut words: W) -> Self {
        Members { word: words.next().unwrap_or(0), begin: 0, words }
    }
}

impl<W: Iterator<Item = u64>> Iterator for Members<W> {
    type Item = IndexId;

    #[inline]
    fn next(&mut self) -> Option<IndexId> {
        while self.word == 0 {
            self.word = self.words.next()?;
            self.begin += 64;
        }
        let bit = self.word.trailing_zeros() as usize;
        self.word &= self.word - 1;
        Some(IndexId::new(self.begin + bit))
    }
}

fn place(id: IndexId) -> (usize, u64) {
    (id.position() / 64, 1 << (id.position() % 64))
}

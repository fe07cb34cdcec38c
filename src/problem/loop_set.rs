//! Sets of loops as machine words.

/// A set of loops, as bits over [`super::Problem::loops`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct LoopSet(pub u32);

impl LoopSet {
    pub const NONE: LoopSet = LoopSet(0);

    pub fn of(number: usize) -> Self {
        LoopSet(1 << number)
    }

    /// The first `count` loops.
    pub fn first(count: usize) -> Self {
        LoopSet(u32::MAX.checked_shl(count as u32).map_or(u32::MAX, |above| !above))
    }

    /// The loops of these numbers.
    pub fn of_all<'a>(numbers: impl IntoIterator<Item = &'a usize>) -> Self {
        numbers.into_iter().fold(LoopSet::NONE, |set, &number| set.union(LoopSet::of(number)))
    }

    /// The first `loops` loops; at most 32.
    pub fn all(loops: usize) -> Self {
        LoopSet(u32::MAX.checked_shr((u32::BITS as usize - loops) as u32).unwrap_or(0))
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    pub fn union(self, other: LoopSet) -> LoopSet {
        LoopSet(self.0 | other.0)
    }

    pub fn intersection(self, other: LoopSet) -> LoopSet {
        LoopSet(self.0 & other.0)
    }

    pub fn without(self, other: LoopSet) -> LoopSet {
        LoopSet(self.0 & !other.0)
    }

    pub fn is_in(self, other: LoopSet) -> bool {
        self.without(other).is_empty()
    }

    pub fn contains(self, number: usize) -> bool {
        self.0 >> number & 1 == 1
    }

    /// The numbers of the loops, lowest first.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let number = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
            rest &= rest - 1;
            Some(number)
        })
    }

    /// All subsets, the empty one first.
    pub fn subsets(self) -> impl Iterator<Item = LoopSet> {
        self.subsets_largest_first().map(move |subset| self.without(subset))
    }

    /// All subsets, the set itself first.
    pub fn subsets_largest_first(self) -> impl Iterator<Item = LoopSet> {
        let mut next = Some(self.0);
        std::iter::from_fn(move || {
            let subset = next?;
            next = (subset != 0).then(|| (subset - 1) & self.0);
            Some(LoopSet(subset))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_subset_comes_once_the_empty_one_first() {
        let within = LoopSet(0b1011_0010);
        let subsets: Vec<_> = within.subsets().collect();
        assert_eq!(subsets.len(), 16);
        assert!(subsets[0].is_empty() && subsets.iter().all(|one| one.is_in(within)));
        assert!(subsets.is_sorted_by(|a, b| a.0 < b.0));
    }
}

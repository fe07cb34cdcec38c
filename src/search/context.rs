//! Sets of the loops that a network offers.

/// A set of batchable indices, as bits over [`super::Problem::loops`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Context(pub u32);

impl Context {
    pub const NONE: Context = Context(0);

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    pub fn union(self, other: Context) -> Context {
        Context(self.0 | other.0)
    }

    pub fn intersection(self, other: Context) -> Context {
        Context(self.0 & other.0)
    }

    pub fn without(self, other: Context) -> Context {
        Context(self.0 & !other.0)
    }

    pub fn contains(self, number: usize) -> bool {
        self.0 >> number & 1 == 1
    }

    /// The numbers of the loops, lowest first.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..u32::BITS as usize).filter(move |&number| self.contains(number))
    }

    /// All subsets, the empty one first, in the order that `rank_in` counts.
    pub fn subsets(self) -> impl Iterator<Item = Context> {
        let mut next = Some(0u32);
        std::iter::from_fn(move || {
            let subset = next?;
            let following = subset.wrapping_sub(self.0) & self.0;
            next = (following != 0).then_some(following);
            Some(Context(subset))
        })
    }

    /// The position of `self ∩ within` among the subsets of `within`.
    pub fn rank_in(self, within: Context) -> usize {
        let members = within.iter().enumerate();
        members.fold(0, |rank, (place, number)| rank | (self.contains(number) as usize) << place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rank_is_the_position_among_the_subsets() {
        let within = Context(0b1011_0010);
        let subsets: Vec<_> = within.subsets().collect();
        assert_eq!(subsets.len(), 16);
        for (position, subset) in subsets.iter().enumerate() {
            assert_eq!(subset.rank_in(within), position);
            assert_eq!(subset.union(Context(0b100)).rank_in(within), position);
        }
    }
}

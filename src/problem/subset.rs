//! Sets of tensors as machine words.

/// A set of at most 64 tensors; bit t is tensor t.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subset(pub u64);

impl Subset {
    /// Tensors of a set at most.
    pub const MOST: usize = u64::BITS as usize;

    /// Tensors of a network at most for a table of all subsets, with all splits examined: 3^16 / 2 =
    /// 21.5 million splits.
    pub const MOST_IN_TABLES: usize = 16;

    pub fn leaf(tensor: usize) -> Self {
        Subset(1 << tensor)
    }

    /// The first `tensors` tensors; at most 64.
    pub fn all(tensors: usize) -> Self {
        Subset(u64::MAX >> (64 - tensors))
    }

    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn is_leaf(self) -> bool {
        self.0.is_power_of_two()
    }

    /// The lowest tensor of a set that is not empty.
    pub fn first(self) -> usize {
        self.0.trailing_zeros() as usize
    }

    /// The highest tensor of a set that is not empty, alone.
    pub fn last(self) -> Subset {
        Subset(1 << (63 - self.0.leading_zeros()))
    }

    /// All subsets except the empty one, ascending as numbers.
    pub fn subsets(self) -> impl Iterator<Item = Subset> {
        let mut subset = 0u64;
        std::iter::from_fn(move || {
            subset = subset.wrapping_sub(self.0) & self.0;
            (subset != 0).then_some(Subset(subset))
        })
    }

    pub fn intersects(self, other: Subset) -> bool {
        self.0 & other.0 != 0
    }

    pub fn is_in(self, other: Subset) -> bool {
        self.0 & !other.0 == 0
    }

    pub fn union(self, other: Subset) -> Subset {
        Subset(self.0 | other.0)
    }

    pub fn without(self, other: Subset) -> Subset {
        Subset(self.0 & !other.0)
    }

    /// The tensors, lowest first.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let tensor = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
            rest &= rest - 1;
            Some(tensor)
        })
    }
}

/// Two disjoint sets; `right` holds the highest tensor of both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    pub left: Subset,
    pub right: Subset,
}

impl Split {
    /// The split into these parts.
    pub fn of(part: Subset, other: Subset) -> Split {
        let (left, right) = if part < other { (part, other) } else { (other, part) };
        Split { left, right }
    }

    pub fn whole(self) -> Subset {
        self.left.union(self.right)
    }
}

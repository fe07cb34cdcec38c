//! Sums over many numbers, of which a few change at a time.
//!
//! A binary tree of partial sums: a change and a sum each take O(log n). The tree never subtracts, so
//! a sum of non-negative numbers is accurate to about log2(n) units in the last place. A running sum
//! would keep the rounding error of the largest number it ever held; sizes range from 1 to 2^600.

use std::ops::Range;

pub(super) struct Sums {
    /// Node k sums nodes 2 k and 2 k + 1; the second half holds the numbers.
    tree: Vec<f64>,
}

impl Sums {
    pub fn of(numbers: impl ExactSizeIterator<Item = f64>) -> Self {
        let leaves = numbers.len().next_power_of_two();
        let mut tree = vec![0.0; 2 * leaves];
        numbers.zip(&mut tree[leaves..]).for_each(|(number, slot)| *slot = number);
        for at in (1..leaves).rev() {
            tree[at] = tree[2 * at] + tree[2 * at + 1];
        }
        Sums { tree }
    }

    pub fn set(&mut self, at: usize, number: f64) {
        let mut at = self.tree.len() / 2 + at;
        self.tree[at] = number;
        while at > 1 {
            at /= 2;
            self.tree[at] = self.tree[2 * at] + self.tree[2 * at + 1];
        }
    }

    /// The numbers that fit: a power of two.
    pub fn len(&self) -> usize {
        self.tree.len() / 2
    }

    pub fn total(&self) -> f64 {
        self.tree[1]
    }

    /// The sum of the numbers at these positions.
    pub fn of_range(&self, range: Range<usize>) -> f64 {
        let leaves = self.tree.len() / 2;
        let (mut begin, mut end, mut sum) = (leaves + range.start, leaves + range.end, 0.0);
        while begin < end {
            if begin % 2 == 1 {
                sum += self.tree[begin];
                begin += 1;
            }
            if end % 2 == 1 {
                end -= 1;
                sum += self.tree[end];
            }
            begin /= 2;
            end /= 2;
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn removed_numbers_leave_no_rounding_error() {
        let mut sums = Sums::of([1.0, 2f64.powi(600), 3.0].into_iter());
        sums.set(1, 0.0);
        assert_eq!((sums.total(), sums.of_range(0..2), sums.of_range(2..3)), (4.0, 1.0, 3.0));
        assert_eq!(sums.of_range(1..1), 0.0);
        assert_eq!(Sums::of(std::iter::empty()).total(), 0.0);
    }

    proptest! {
        #[test]
        fn sums_equal_plain_sums(
            mut numbers in prop::collection::vec(0u32..1000, 1..40),
            changes in prop::collection::vec((any::<prop::sample::Index>(), 0u32..1000), 0..20),
            ends in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
        ) {
            let mut sums = Sums::of(numbers.clone().into_iter().map(f64::from));
            for (at, number) in changes {
                let at = at.index(numbers.len());
                numbers[at] = number;
                sums.set(at, f64::from(number));
            }
            let (a, b) = (ends.0.index(numbers.len()), ends.1.index(numbers.len()));
            let range = a.min(b)..a.max(b);
            prop_assert_eq!(sums.total(), f64::from(numbers.iter().sum::<u32>()));
            let expected: u32 = numbers[range.clone()].iter().sum();
            prop_assert_eq!(sums.of_range(range), f64::from(expected));
        }
    }
}

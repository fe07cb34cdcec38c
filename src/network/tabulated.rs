//! Sums or products over any subset of a list of numbers, from one table per six numbers.

use crate::allocation::{self, Granted};

/// The sums, or products, of the subsets of a list of numbers.
///
/// Each six is joined in order, then the sixes in order, so that a subset always gives the same bits.
pub struct Tabulated {
    /// The tables one after another, each by subset of its six numbers: those of the first 64 numbers,
    /// then the others.
    first: Vec<f64>,
    more: Vec<f64>,
}

/// Numbers per table: 2^6 entries, small enough for any allocator.
const SIX: usize = 6;
const SUBSETS: usize = 1 << SIX;

impl Tabulated {
    /// The tables of some numbers; of none of them, `none`.
    pub fn new(numbers: &[f64], none: f64, join: impl Fn(f64, f64) -> f64) -> Granted<Self> {
        let tables = |numbers: &[f64]| {
            let sixes = numbers.chunks(64).flat_map(|of_word| of_word.chunks(SIX));
            let mut tables = allocation::empty(sixes.clone().count() * SUBSETS)?;
            for six in sixes {
                let mut table = [none; SUBSETS];
                for (at, &number) in six.iter().enumerate() {
                    let (without, with) = table.split_at_mut(1 << at);
                    let pairs = with.iter_mut().zip(without);
                    pairs.for_each(|(with, without)| *with = join(*without, number));
                }
                tables.extend_from_slice(&table);
            }
            Ok(tables)
        };
        let (first, more) = numbers.split_at(numbers.len().min(64));
        Ok(Tabulated { first: tables(first)?, more: tables(more)? })
    }

    /// The sum or product over a subset, one bit per number.
    #[inline(always)]
    pub fn of(&self, subset: &[u64], none: f64, join: impl Fn(f64, f64) -> f64) -> f64 {
        let mut joined = self.of_first(subset[0], none, &join);
        if !self.more.is_empty() {
            let tables_of_word = 64usize.div_ceil(SIX) * SUBSETS;
            for (tables, &word) in self.more.chunks(tables_of_word).zip(&subset[1..]) {
                joined = of_word(tables, word, joined, &join);
            }
        }
        joined
    }

    /// The same of a subset of the first 64 numbers.
    #[inline(always)]
    pub fn of_first(&self, subset: u64, none: f64, join: impl Fn(f64, f64) -> f64) -> f64 {
        of_word(&self.first, subset, none, join)
    }
}

/// The sum or product over a subset of up to 64 numbers, joined to that of earlier ones.
#[inline(always)]
fn of_word(tables: &[f64], mut subset: u64, before: f64, join: impl Fn(f64, f64) -> f64) -> f64 {
    tables.as_chunks::<SUBSETS>().0.iter().fold(before, |joined, table| {
        let six = table[subset as usize % SUBSETS];
        subset >>= SIX;
        join(joined, six)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subset_is_joined_in_order() {
        let numbers: Vec<f64> = (0..75).map(|at| f64::from(at).sin()).collect();
        let sums = Tabulated::new(&numbers, 0.0, |a, b| a + b).unwrap();
        let subset = [0x8421_0fed_cba9_8765, 0x401];
        let mut sum = 0.0;
        // Eleven sixes of the first word, the last of them of four numbers.
        for (begin, end) in
            (0..64).step_by(6).map(|at| (at, 64.min(at + 6))).chain([(64, 70), (70, 75)])
        {
            let members = (begin..end).filter(|&at| subset[at / 64] >> (at % 64) & 1 == 1);
            sum += members.fold(0.0, |sum, at| sum + numbers[at]);
        }
        assert_eq!(sums.of(&subset, 0.0, |a, b| a + b), sum);
        let nothing = Tabulated::new(&[], 1.0, |a, b| a * b).unwrap();
        assert_eq!(nothing.of(&[0, 0], 1.0, |a, b| a * b), 1.0);
    }
}

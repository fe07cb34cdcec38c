//! What any subset of a list of numbers comes to, from a table for every six of them.

/// The sums, or products, of the subsets of a list of numbers.
///
/// The numbers of a six are joined in their order, and then the sixes in theirs: a subset comes to
/// the same, to the last bit, wherever it is met.
pub struct Tabulated {
    /// What six numbers come to, by subset, table behind table: of the first 64 numbers, and of the
    /// others.
    first: Vec<f64>,
    more: Vec<f64>,
}

/// Numbers of a table: with as many as this, small networks need one that any allocator has at hand.
const SIX: usize = 6;
const SUBSETS: usize = 1 << SIX;

impl Tabulated {
    /// The tables of some numbers; of none of them, `none`.
    pub fn new(numbers: &[f64], none: f64, join: impl Fn(f64, f64) -> f64) -> Self {
        let tables = |numbers: &[f64]| {
            let sixes = numbers.chunks(64).flat_map(|of_word| of_word.chunks(SIX));
            let mut tables = Vec::with_capacity(sixes.clone().count() * SUBSETS);
            for six in sixes {
                let mut table = [none; SUBSETS];
                for (at, &number) in six.iter().enumerate() {
                    let (without, with) = table.split_at_mut(1 << at);
                    let pairs = with.iter_mut().zip(without);
                    pairs.for_each(|(with, without)| *with = join(*without, number));
                }
                tables.extend_from_slice(&table);
            }
            tables
        };
        let (first, more) = numbers.split_at(numbers.len().min(64));
        Tabulated { first: tables(first), more: tables(more) }
    }

    /// By subset of a six, what it comes to, for the first 64 numbers.
    pub fn tables_of_first(&self) -> &[[f64; SUBSETS]] {
        self.first.as_chunks().0
    }

    /// What a subset comes to, a bit for each number.
    #[inline(always)]
    pub fn of(&self, subset: &[u64], none: f64, join: impl Fn(f64, f64) -> f64) -> f64 {
        let of_word = |joined, tables: &[f64], mut rest: u64| {
            tables.as_chunks::<SUBSETS>().0.iter().fold(joined, |joined, table| {
                let six = table[rest as usize % SUBSETS];
                rest >>= SIX;
                join(joined, six)
            })
        };
        let mut joined = of_word(none, &self.first, subset[0]);
        if !self.more.is_empty() {
            let tables_of_word = 64usize.div_ceil(SIX) * SUBSETS;
            for (tables, &word) in self.more.chunks(tables_of_word).zip(&subset[1..]) {
                joined = of_word(joined, tables, word);
            }
        }
        joined
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subset_is_joined_in_order() {
        let numbers: Vec<f64> = (0..75).map(|at| f64::from(at).sin()).collect();
        let sums = Tabulated::new(&numbers, 0.0, |a, b| a + b);
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
        assert_eq!(Tabulated::new(&[], 1.0, |a, b| a * b).of(&[0, 0], 1.0, |a, b| a * b), 1.0);
    }
}

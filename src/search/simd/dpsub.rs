//! The kernels of DPsub, row by row of its tables.

use super::on_this_machine;
use super::tables::{Row, Tables};

/// Multiplies the value of each set by those of all its subsets: see [`crate::search::dp::tables`].
pub fn over_subsets(table: &mut [Row]) {
    on_this_machine!(over_subsets_avx512, over_subsets_avx2, over_subsets_plain, (table))
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn over_subsets_avx512(table: &mut [Row]) {
    over_subsets_kernel(table, |row| super::avx512::over_low_subsets(row));
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn over_subsets_avx2(table: &mut [Row]) {
    over_subsets_kernel(table, over_low_subsets);
}

fn over_subsets_plain(table: &mut [Row]) {
    over_subsets_kernel(table, over_low_subsets);
}

#[inline(always)]
fn over_subsets_kernel(table: &mut [Row], over_low_subsets: impl Fn(&mut Row)) {
    /// 256 rows, 16 kB, stay in the first-level cache.
    const NEAR: usize = 256;
    let above = |table: &mut [Row], mut half: usize| {
        while half < table.len() {
            for pair in table.chunks_exact_mut(2 * half) {
                let (without, with) = pair.split_at_mut(half);
                for (Row(with), Row(without)) in with.iter_mut().zip(without) {
                    (0..8).for_each(|lane| with[lane] *= without[lane]);
                }
            }
            half *= 2;
        }
    };
    for rows in table.chunks_mut(NEAR) {
        rows.iter_mut().for_each(&over_low_subsets);
        above(rows, 1);
    }
    above(table, NEAR);
}

/// Within a row.
#[inline(always)]
fn over_low_subsets(Row(row): &mut Row) {
    row[1] *= row[0];
    row[3] *= row[2];
    row[5] *= row[4];
    row[7] *= row[6];
    row[2] *= row[0];
    row[3] *= row[1];
    row[6] *= row[4];
    row[7] *= row[5];
    (0..4).for_each(|low| row[4 + low] *= row[low]);
}

/// By set of the row `left`, one bit: whether it is a part of a split of n that costs at most
/// `limit`.
pub fn splits_within(tables: &Tables, n: usize, left: usize, limit: f64) -> u8 {
    /// By three low bits, the sets of a row within them.
    const WITHIN: [u8; 8] = [0x01, 0x03, 0x05, 0x0f, 0x11, 0x33, 0x55, 0xff];
    some_within(tables, n, left, limit) & WITHIN[n % 8]
}

/// [`splits_within`], with sets that are not parts duplicating one that is.
fn some_within(tables: &Tables, n: usize, left: usize, limit: f64) -> u8 {
    on_this_machine!(
        super::avx512::some_within,
        some_within_avx2,
        some_within_kernel,
        (tables, n, left, limit)
    )
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn some_within_avx2(tables: &Tables, n: usize, left: usize, limit: f64) -> u8 {
    some_within_kernel(tables, n, left, limit)
}

#[inline(always)]
fn some_within_kernel(tables: &Tables, n: usize, left: usize, limit: f64) -> u8 {
    let (whole, low) = (n / 8, n % 8);
    let work = tables.work[whole].0[low];
    let (Row(inverse_l), Row(cost_l)) = (&tables.inverse[left], &tables.cost[left]);
    let (Row(inverse_r), Row(cost_r)) = (&tables.inverse[whole ^ left], &tables.cost[whole ^ left]);
    let mut hits = 0;
    for lane in 0..8 {
        let (left, right) = (low & lane, low & !lane);
        let (inverse, cost) = (inverse_l[left] * inverse_r[right], cost_l[left] + cost_r[right]);
        hits |= ((work * inverse + cost <= limit) as u8) << lane;
    }
    hits
}

/// The least cost of the splits of each set of a row into a part in one of the rows `lefts`, and
/// the rest; these rows exclude the one of the three lowest bits.
pub fn best_splits(tables: &Tables, row: usize, lefts: &[u32]) -> Row {
    let mut least = Row([f64::MAX; 8]);
    lower_to_splits(tables, row, lefts, &mut least);
    least
}

fn lower_to_splits(tables: &Tables, row: usize, lefts: &[u32], least: &mut Row) {
    on_this_machine!(super::avx512::splits, splits_avx2, splits_kernel, (tables, row, lefts, least))
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn splits_avx2(tables: &Tables, row: usize, lefts: &[u32], least: &mut Row) {
    splits_kernel(tables, row, lefts, least);
}

#[inline(always)]
fn splits_kernel(tables: &Tables, row: usize, lefts: &[u32], Row(least): &mut Row) {
    let Row(work) = tables.work[row];
    let mut best = *least;
    for &left in lefts {
        let (left, right) = (left as usize, row ^ left as usize);
        let (Row(inverse_l), Row(cost_l)) = (&tables.inverse[left], &tables.cost[left]);
        let (Row(inverse_r), Row(cost_r)) = (&tables.inverse[right], &tables.cost[right]);
        // The set of low bits `n` splits into its intersection with `low`, and the rest. Some
        // splits come twice, which is faster than telling them apart.
        for low in 0..8 {
            for n in 0..8 {
                let inverse = inverse_l[n & low] * inverse_r[n & !low];
                let cost = cost_l[n & low] + cost_r[n & !low];
                let value = work[n] * inverse + cost;
                best[n] = if value < best[n] { value } else { best[n] };
            }
        }
    }
    *least = best;
}

#[cfg(test)]
mod tests {
    use super::super::tests::numbers;
    use super::*;

    fn rows(seed: u64) -> Vec<Row> {
        numbers(512, seed).as_chunks().0.iter().copied().map(Row).collect()
    }

    #[test]
    fn every_variant_gives_the_same_splits() {
        let tables = Tables { cost: rows(1), inverse: rows(7), work: rows(9) };
        // Fewer rows under an interpreter.
        for row in (0..64usize).step_by(if cfg!(miri) { 9 } else { 1 }) {
            for some in [0o77, 0o55, 0o10] {
                let lefts = (1..row as u32).filter(|left| left & !(row as u32 & some) == 0);
                let lefts: Vec<u32> = lefts.collect();
                let by_definition = Row(std::array::from_fn(|low| {
                    let n = 8 * row + low;
                    let parts =
                        (1..n).filter(|left| left & !n == 0 && lefts.contains(&(*left as u32 / 8)));
                    parts.map(|left| tables.value(n, left, n ^ left)).fold(f64::MAX, f64::min)
                }));
                let mut plain = Row([f64::MAX; 8]);
                splits_kernel(&tables, row, &lefts, &mut plain);
                assert_eq!(plain, by_definition);
                assert_eq!(best_splits(&tables, row, &lefts), by_definition);
                for (n, limit) in (8 * row..).zip(plain.0).filter(|&(_, limit)| limit < f64::MAX) {
                    for left in 0..row {
                        let hits = splits_within(&tables, n, left, 1.1 * limit);
                        let [plain, fast] = [some_within_kernel, some_within]
                            .map(|some_within| some_within(&tables, n, left, 1.1 * limit));
                        assert_eq!(plain, fast);
                        let is_part = |low: usize| low & !(n % 8) == 0;
                        let is_hit = |low: &usize| {
                            let part = 8 * left + low;
                            is_part(*low) && tables.value(n, part, n ^ part) <= 1.1 * limit
                        };
                        let by_definition =
                            (0..8).filter(is_hit).fold(0, |hits, low| hits | 1 << low);
                        assert_eq!(hits, by_definition);
                    }
                }
            }
        }
    }

    #[test]
    fn every_variant_multiplies_over_subsets() {
        // Powers of two, so that no product rounds.
        let exponents: Vec<usize> =
            (0..8 * 512).map(|set| ((set * set + 3 * set) % 997 == 0) as usize).collect();
        let power = |exponent: usize| (1u64 << exponent) as f64;
        let table: Vec<f64> = exponents.iter().map(|&exponent| power(exponent)).collect();
        let rows = || -> Vec<Row> { table.as_chunks().0.iter().copied().map(Row).collect() };
        let parts: Vec<usize> = (0..4096).filter(|&set| exponents[set] != 0).collect();
        assert!(parts.len() > 4);
        let within = |set: usize| parts.iter().filter(|&part| part & !set == 0).count();
        let by_definition: Vec<f64> = (0..4096).map(|set| power(within(set))).collect();
        let (mut plain, mut fast) = (rows(), rows());
        over_subsets_plain(&mut plain);
        over_subsets(&mut fast);
        assert_eq!(plain.iter().flat_map(|row| row.0).collect::<Vec<f64>>(), by_definition);
        assert_eq!(plain, fast);
    }
}

//! Loops over arrays of machine words, for several instruction sets; which one runs is decided on the
//! machine.
//!
//! Each kernel stands here in plain Rust, which runs anywhere and is compiled once more with what AVX2
//! and AVX-512 allow; where compilers do not find what AVX-512 can do, it is written out. All variants
//! give bitwise equal answers: no operation is fused, and only minima are reordered. The `unsafe` of
//! this file is to call a variant on a machine that has been found to support it, and to load and store
//! its vectors.

#![allow(unsafe_code)]

use super::tables::{Row, Tables};

#[cfg(target_arch = "x86_64")]
mod avx512;

/// What partners are looked for with.
#[derive(Clone, Copy)]
pub struct Wanted {
    /// Members that they do not have, and of which they have one.
    pub without: u64,
    pub near: u64,
    /// What they weigh at most.
    pub limit: f64,
}

/// What contracting with others works, about, and may cost.
pub struct Work<'t> {
    /// The product of a subset of four extents, for every four.
    pub fours: &'t [[f64; 16]],
    /// The open indices.
    pub open: u64,
    /// What a unit of work costs, and what it costs at most, with what was paid for the other one.
    pub price: f64,
    pub limit: f64,
}

/// Positions that may be written at a time, of which the last ones count for nothing.
pub const WRITTEN: usize = 16;

impl Wanted {
    #[inline(always)]
    fn is(self, set: u64, weight: f64) -> bool {
        (set & self.without == 0) & (set & self.near != 0) & (weight <= self.limit)
    }
}

impl Work<'_> {
    /// Whether contracting with something of these open indices, which has been paid for, is no dearer.
    fn is_within(&self, open: u64, paid: f64) -> bool {
        let both = self.open | open;
        let four = |(at, four): (usize, &[f64; 16])| four[(both >> (4 * at)) as usize % 16];
        let cost =
            self.fours.iter().enumerate().map(four).fold(self.price, |cost, four| cost * four);
        cost + paid <= self.limit
    }
}

/// Whether the machine is so fast at [`leave_out_dear`] that it pays to do it before each of those that
/// are left is looked at.
pub fn weighs_work() -> bool {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx512f") {
        return true;
    }
    false
}

/// Leaves out positions of what is too dear to contract with, by its open indices and what was paid.
pub fn leave_out_dear(positions: &mut Vec<u32>, open: &[u64], paid: &[f64], work: &Work) {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx512f") {
        let all = open.len().min(paid.len());
        assert!(positions.iter().all(|&position| (position as usize) < all));
        // SAFETY: the machine supports what the variant is compiled for, and all positions are there.
        return unsafe { avx512::leave_out_dear(positions, open, paid, work) };
    }
    positions.retain(|&position| work.is_within(open[position as usize], paid[position as usize]));
}

/// Appends the positions of the sets that are wanted.
pub fn partners(sets: &[u64], weights: &[f64], wanted: Wanted, found: &mut Vec<u32>) {
    #[cfg(target_arch = "x86_64")]
    {
        if std::is_x86_feature_detected!("avx512f") {
            // SAFETY: the machine supports what the variant is compiled for.
            return unsafe { avx512::partners(sets, weights, wanted, found) };
        }
        if std::is_x86_feature_detected!("avx2") {
            // SAFETY: as above.
            return unsafe { partners_avx2(sets, weights, wanted, found) };
        }
    }
    partners_kernel(sets, weights, wanted, found);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn partners_avx2(sets: &[u64], weights: &[f64], wanted: Wanted, found: &mut Vec<u32>) {
    partners_kernel(sets, weights, wanted, found);
}

#[inline(always)]
fn partners_kernel(sets: &[u64], weights: &[f64], wanted: Wanted, found: &mut Vec<u32>) {
    let (eights, rest) = sets.as_chunks::<8>();
    let (weights_of_eights, weights_of_rest) = weights.as_chunks::<8>();
    for (at, (sets, weights)) in eights.iter().zip(weights_of_eights).enumerate() {
        let mut hits =
            (0..8).fold(0, |hits, at| hits | (wanted.is(sets[at], weights[at]) as u8) << at);
        while hits != 0 {
            found.push(8 * at as u32 + hits.trailing_zeros());
            hits &= hits - 1;
        }
    }
    partners_of_rest(rest, weights_of_rest, 8 * eights.len(), wanted, found);
}

/// The same of fewer than eight sets, that begin at a position.
#[inline(always)]
fn partners_of_rest(
    sets: &[u64],
    weights: &[f64],
    begin: usize,
    wanted: Wanted,
    found: &mut Vec<u32>,
) {
    for (at, (&set, &weight)) in sets.iter().zip(weights).enumerate() {
        if wanted.is(set, weight) {
            found.push((begin + at) as u32);
        }
    }
}

/// Multiplies what each set has by what all sets within it have: see `tables.rs`.
pub fn over_subsets(table: &mut [Row]) {
    #[cfg(target_arch = "x86_64")]
    {
        if std::is_x86_feature_detected!("avx512f") {
            // SAFETY: the machine supports what the variant is compiled for.
            return unsafe { over_subsets_avx512(table) };
        }
        if std::is_x86_feature_detected!("avx2") {
            // SAFETY: as above.
            return unsafe { over_subsets_avx2(table) };
        }
    }
    over_subsets_kernel(table, over_low_subsets);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn over_subsets_avx512(table: &mut [Row]) {
    over_subsets_kernel(table, |row| avx512::over_low_subsets(row));
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn over_subsets_avx2(table: &mut [Row]) {
    over_subsets_kernel(table, over_low_subsets);
}

#[inline(always)]
fn over_subsets_kernel(table: &mut [Row], over_low_subsets: impl Fn(&mut Row)) {
    /// Rows that stay in the first cache, 16 kB.
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

/// Which sets of the row `left` are a part of a split of a set that costs no more than `limit`, a bit
/// for each.
pub fn splits_within(tables: &Tables, n: usize, left: usize, limit: f64) -> u8 {
    /// By three low bits, which of the eight sets are within them.
    const WITHIN: [u8; 8] = [0x01, 0x03, 0x05, 0x0f, 0x11, 0x33, 0x55, 0xff];
    #[cfg(target_arch = "x86_64")]
    {
        if std::is_x86_feature_detected!("avx512f") {
            // SAFETY: the machine supports what the variant is compiled for.
            return unsafe { avx512::splits_within(tables, n, left, limit) } & WITHIN[n % 8];
        }
    }
    splits_within_kernel(tables, n, left, limit) & WITHIN[n % 8]
}

/// The same, but that sets which are not parts repeat one that is.
fn splits_within_kernel(tables: &Tables, n: usize, left: usize, limit: f64) -> u8 {
    let (whole, low) = (n / 8, n % 8);
    let work = tables.work[whole].0[low];
    let (Row(free_l), Row(cost_l)) = (&tables.free[left], &tables.cost[left]);
    let (Row(free_r), Row(cost_r)) = (&tables.free[whole ^ left], &tables.cost[whole ^ left]);
    let mut hits = 0;
    for lane in 0..8 {
        let (left, right) = (low & lane, low & !lane);
        let (free, cost) = (free_l[left] * free_r[right], cost_l[left] + cost_r[right]);
        hits |= ((work * free + cost <= limit) as u8) << lane;
    }
    hits
}

/// Numbers of a vector.
pub const LANES: usize = 8;

/// What is known of the intervals shorter than some: see `intervals.rs`.
pub struct Shorter<'t> {
    /// Places in a row.
    pub row: usize,
    pub free: &'t [f64],
    pub cost: &'t [f64],
}

/// The least cost of the splits of each interval of the next length; as many as fill vectors, and not
/// above what is there.
pub fn best_of_intervals(shorter: &Shorter, work: &[f64], costs: &mut [f64]) {
    #[cfg(target_arch = "x86_64")]
    {
        if std::is_x86_feature_detected!("avx512f") {
            // SAFETY: the machine supports what the variant is compiled for.
            return unsafe { best_of_intervals_avx512(shorter, work, costs) };
        }
        if std::is_x86_feature_detected!("avx2") {
            // SAFETY: as above.
            return unsafe { best_of_intervals_avx2(shorter, work, costs) };
        }
    }
    best_of_intervals_kernel(shorter, work, costs);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn best_of_intervals_avx512(shorter: &Shorter, work: &[f64], costs: &mut [f64]) {
    best_of_intervals_kernel(shorter, work, costs);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn best_of_intervals_avx2(shorter: &Shorter, work: &[f64], costs: &mut [f64]) {
    best_of_intervals_kernel(shorter, work, costs);
}

#[inline(always)]
fn best_of_intervals_kernel(shorter: &Shorter, work: &[f64], costs: &mut [f64]) {
    let Shorter { row, free, cost } = *shorter;
    let longest = cost.len() / row;
    let eight = |table: &[f64], at: usize| -> [f64; LANES] {
        table[at..at + LANES].try_into().expect("eight of them")
    };
    for (at, costs) in costs.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
        let begin = LANES * at;
        let (work, mut least) = (eight(work, begin), *costs);
        for part in 1..=longest {
            let left = (part - 1) * row + begin;
            let right = (longest - part) * row + begin + part;
            let (free_l, cost_l) = (eight(free, left), eight(cost, left));
            let (free_r, cost_r) = (eight(free, right), eight(cost, right));
            for lane in 0..LANES {
                let free = free_l[lane] * free_r[lane];
                let value = work[lane] * free + (cost_l[lane] + cost_r[lane]);
                least[lane] = if value < least[lane] { value } else { least[lane] };
            }
        }
        *costs = least;
    }
}

/// The least cost of the splits of each set of a row into a part in one of the rows `lefts`, and the
/// rest of it; the rows are without the row of the three lowest bits alone.
pub fn best_splits(tables: &Tables, row: usize, lefts: &[u32]) -> Row {
    let mut least = Row([f64::MAX; 8]);
    #[cfg(target_arch = "x86_64")]
    {
        if std::is_x86_feature_detected!("avx512f") {
            // SAFETY: the machine supports what the variant is compiled for.
            unsafe { avx512::splits(tables, row, lefts, &mut least) };
            return least;
        }
        if std::is_x86_feature_detected!("avx2") {
            // SAFETY: as above.
            unsafe { splits_avx2(tables, row, lefts, &mut least) };
            return least;
        }
    }
    splits_kernel(tables, row, lefts, &mut least);
    least
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
        let (Row(free_l), Row(cost_l)) = (&tables.free[left], &tables.cost[left]);
        let (Row(free_r), Row(cost_r)) = (&tables.free[right], &tables.cost[right]);
        // The set of low bits `n` splits into what it has of `low`, and the rest. Some splits come twice,
        // which is faster than to tell them apart.
        for low in 0..8 {
            for n in 0..8 {
                let free = free_l[n & low] * free_r[n & !low];
                let cost = cost_l[n & low] + cost_r[n & !low];
                let value = work[n] * free + cost;
                best[n] = if value < best[n] { value } else { best[n] };
            }
        }
    }
    *least = best;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers between 1 and 2, without a pattern.
    fn numbers(count: usize, seed: u64) -> Vec<f64> {
        let next = |at: u64| {
            let mixed = (at + seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            1.0 + ((mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 11) as f64
                / (1u64 << 53) as f64
        };
        (0..count as u64).map(next).collect()
    }

    fn rows(seed: u64) -> Vec<Row> {
        numbers(512, seed).as_chunks().0.iter().copied().map(Row).collect()
    }

    #[test]
    fn every_variant_gives_the_same_splits() {
        let tables = Tables { cost: rows(1), free: rows(7), work: rows(9) };
        // An interpreter takes its time.
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
        over_subsets_kernel(&mut plain, over_low_subsets);
        over_subsets(&mut fast);
        assert_eq!(plain.iter().flat_map(|row| row.0).collect::<Vec<f64>>(), by_definition);
        assert_eq!(plain, fast);
    }

    #[test]
    fn what_is_too_dear_is_left_out() {
        let fours: Vec<[f64; 16]> = numbers(8 * 16, 1).as_chunks().0.to_vec();
        let open: Vec<u64> =
            numbers(99, 2).iter().map(|x| x.to_bits() >> 13 & 0xffff_ffff).collect();
        let paid = numbers(99, 4);
        let positions: Vec<u32> = (0..99).filter(|at| at % 7 != 3).collect();
        for limit in [1.0, 20.0, 30.0, 40.0, 300.0] {
            for some in [0, 1, 8, 13, positions.len()] {
                let work = Work { fours: &fours, open: 0x0420_1004, price: 0.75, limit };
                let mut left = positions[..some].to_vec();
                leave_out_dear(&mut left, &open, &paid, &work);
                let is_left = |at: &u32| work.is_within(open[*at as usize], paid[*at as usize]);
                let by_definition: Vec<u32> =
                    positions[..some].iter().copied().filter(is_left).collect();
                assert_eq!(left, by_definition);
            }
        }
    }

    #[test]
    fn every_variant_gives_the_same_intervals() {
        let row = 24;
        let (free, cost, work) = (numbers(10 * row, 1), numbers(10 * row, 6), numbers(row, 8));
        for longest in 1..=7 {
            let known = longest * row;
            let shorter = Shorter { row, free: &free[..known], cost: &cost[..known] };
            let split = |begin: usize, part: usize| {
                let (left, right) =
                    ((part - 1) * row + begin, (longest - part) * row + begin + part);
                work[begin] * (free[left] * free[right]) + (cost[left] + cost[right])
            };
            let least = |begin| (1..=longest).map(|part| split(begin, part)).fold(4.0, f64::min);
            let by_definition: Vec<f64> = (0..2 * LANES).map(least).collect();
            let (mut plain, mut fast) = (vec![4.0; 2 * LANES], vec![4.0; 2 * LANES]);
            best_of_intervals_kernel(&shorter, &work, &mut plain);
            best_of_intervals(&shorter, &work, &mut fast);
            assert_eq!(plain, by_definition);
            assert_eq!(plain, fast);
        }
    }

    #[test]
    fn every_variant_finds_the_same_partners() {
        let sets: Vec<u64> = numbers(99, 3).iter().map(|x| x.to_bits() >> 30 & 0xff).collect();
        let weights = numbers(99, 5);
        for (without, near, limit) in [(0b11, 0b1100, 1.5), (0, 0xff, 2.0), (0x80, 1, 1.1)] {
            let wanted = Wanted { without, near, limit };
            let (mut plain, mut fast) = (Vec::new(), Vec::new());
            partners_kernel(&sets, &weights, wanted, &mut plain);
            partners(&sets, &weights, wanted, &mut fast);
            let is_wanted = |at: &u32| {
                let (set, weight) = (sets[*at as usize], weights[*at as usize]);
                set & without == 0 && set & near != 0 && weight <= limit
            };
            assert_eq!(plain, (0..99).filter(is_wanted).collect::<Vec<u32>>());
            assert_eq!(plain, fast);
        }
    }
}

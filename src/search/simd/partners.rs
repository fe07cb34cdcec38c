//! Which closed labels of a best-first search may be contracted with one.

use super::on_this_machine;

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
        return unsafe { super::avx512::leave_out_dear(positions, open, paid, work) };
    }
    positions.retain(|&position| work.is_within(open[position as usize], paid[position as usize]));
}

/// Appends the positions of the sets that are wanted.
pub fn partners(sets: &[u64], weights: &[f64], wanted: Wanted, found: &mut Vec<u32>) {
    on_this_machine!(
        super::avx512::partners,
        partners_avx2,
        partners_kernel,
        (sets, weights, wanted, found)
    )
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
pub(super) fn partners_of_rest(
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

#[cfg(test)]
mod tests {
    use super::super::tests::numbers;
    use super::*;

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

//! Which closed states of a best-first search may be contracted with one.

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

/// Positions that may be written at a time, of which the last ones count for nothing.
pub const WRITTEN: usize = 16;

impl Wanted {
    #[inline(always)]
    fn is(self, set: u64, weight: f64) -> bool {
        (set & self.without == 0) & (set & self.near != 0) & (weight <= self.limit)
    }
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

//! The kernel of best-first search: the expanded states that may be contracted with one.

use super::on_this_machine;

/// The criteria of partners.
#[derive(Clone, Copy)]
pub struct Criteria {
    /// Tensors that a partner excludes, and tensors of which it contains one.
    pub disjoint_from: u64,
    pub near: u64,
    /// Most weight of a partner.
    pub limit: f64,
}

/// Positions written at a time; the last ones are overwritten.
pub const WRITTEN: usize = 16;

impl Criteria {
    #[inline(always)]
    fn meets(self, set: u64, weight: f64) -> bool {
        (set & self.disjoint_from == 0) & (set & self.near != 0) & (weight <= self.limit)
    }
}

/// Appends the positions of the sets that meet the criteria.
pub fn partners(sets: &[u64], weights: &[f64], criteria: Criteria, found: &mut Vec<u32>) {
    on_this_machine!(
        super::avx512::partners,
        partners_avx2,
        partners_kernel,
        (sets, weights, criteria, found)
    )
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn partners_avx2(sets: &[u64], weights: &[f64], criteria: Criteria, found: &mut Vec<u32>) {
    partners_kernel(sets, weights, criteria, found);
}

#[inline(always)]
fn partners_kernel(sets: &[u64], weights: &[f64], criteria: Criteria, found: &mut Vec<u32>) {
    let (eights, rest) = sets.as_chunks::<8>();
    let (weights_of_eights, weights_of_rest) = weights.as_chunks::<8>();
    for (at, (sets, weights)) in eights.iter().zip(weights_of_eights).enumerate() {
        let mut hits =
            (0..8).fold(0, |hits, at| hits | (criteria.meets(sets[at], weights[at]) as u8) << at);
        while hits != 0 {
            found.push(8 * at as u32 + hits.trailing_zeros());
            hits &= hits - 1;
        }
    }
    partners_of_rest(rest, weights_of_rest, 8 * eights.len(), criteria, found);
}

/// The tail of fewer than eight sets, from a position on.
#[inline(always)]
pub(super) fn partners_of_rest(
    sets: &[u64],
    weights: &[f64],
    begin: usize,
    criteria: Criteria,
    found: &mut Vec<u32>,
) {
    for (at, (&set, &weight)) in sets.iter().zip(weights).enumerate() {
        if criteria.meets(set, weight) {
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
        for (disjoint_from, near, limit) in [(0b11, 0b1100, 1.5), (0, 0xff, 2.0), (0x80, 1, 1.1)] {
            let criteria = Criteria { disjoint_from, near, limit };
            let (mut plain, mut fast) = (Vec::new(), Vec::new());
            partners_kernel(&sets, &weights, criteria, &mut plain);
            partners(&sets, &weights, criteria, &mut fast);
            let is_partner = |at: &u32| {
                let (set, weight) = (sets[*at as usize], weights[*at as usize]);
                set & disjoint_from == 0 && set & near != 0 && weight <= limit
            };
            assert_eq!(plain, (0..99).filter(is_partner).collect::<Vec<u32>>());
            assert_eq!(plain, fast);
        }
    }
}

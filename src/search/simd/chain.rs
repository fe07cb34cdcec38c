//! The kernel of chains and cycles: the splits of the intervals of one length.

use super::{LANES, on_this_machine};

/// The values of the intervals below a length: see [`crate::search::dp::chain`].
pub struct Shorter<'t> {
    /// Places in a row.
    pub row: usize,
    pub inverse: &'t [f64],
    pub cost: &'t [f64],
}

/// Lowers the costs of the intervals of the next length to their least split; as many as fill
/// vectors.
pub fn best_of_intervals(shorter: &Shorter, work: &[f64], costs: &mut [f64]) {
    on_this_machine!(
        best_of_intervals_avx512,
        best_of_intervals_avx2,
        best_of_intervals_kernel,
        (shorter, work, costs)
    )
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
    let Shorter { row, inverse, cost } = *shorter;
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
            let (inverse_l, cost_l) = (eight(inverse, left), eight(cost, left));
            let (inverse_r, cost_r) = (eight(inverse, right), eight(cost, right));
            for lane in 0..LANES {
                let inverse = inverse_l[lane] * inverse_r[lane];
                let value = work[lane] * inverse + (cost_l[lane] + cost_r[lane]);
                least[lane] = if value < least[lane] { value } else { least[lane] };
            }
        }
        *costs = least;
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::numbers;
    use super::*;

    #[test]
    fn every_variant_gives_the_same_intervals() {
        let row = 24;
        let (inverse, cost, work) = (numbers(10 * row, 1), numbers(10 * row, 6), numbers(row, 8));
        for longest in 1..=7 {
            let known = longest * row;
            let shorter = Shorter { row, inverse: &inverse[..known], cost: &cost[..known] };
            let split = |begin: usize, part: usize| {
                let (left, right) =
                    ((part - 1) * row + begin, (longest - part) * row + begin + part);
                work[begin] * (inverse[left] * inverse[right]) + (cost[left] + cost[right])
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
}

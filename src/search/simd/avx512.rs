//! Kernels with AVX-512 instructions that compilers do not find.

use std::arch::x86_64::{
    __m512d, __m512i, _CMP_LE_OQ, _mm512_add_epi32, _mm512_add_pd, _mm512_and_epi64,
    _mm512_andnot_epi64, _mm512_cmp_pd_mask, _mm512_loadu_epi64, _mm512_loadu_pd,
    _mm512_mask_cmp_pd_mask, _mm512_mask_mul_pd, _mm512_mask_test_epi64_mask,
    _mm512_maskz_compress_epi32, _mm512_min_pd, _mm512_mul_pd, _mm512_permutexvar_pd,
    _mm512_set1_epi32, _mm512_set1_epi64, _mm512_set1_pd, _mm512_setr_epi32, _mm512_storeu_epi32,
    _mm512_storeu_pd, _mm512_testn_epi64_mask,
};

use super::partners::{Criteria, WRITTEN, partners_of_rest};
use super::tables::{Row, Tables};

/// Without branches: the positions of eight sets, the qualifying ones first, are written behind the
/// results, and the next ones over the rest.
#[target_feature(enable = "avx512f")]
pub fn partners(sets: &[u64], weights: &[f64], criteria: Criteria, found: &mut Vec<u32>) {
    let (eights, rest) = sets.as_chunks::<8>();
    let (weights_of_eights, weights_of_rest) = weights.as_chunks::<8>();
    found.reserve(8 * eights.len() + WRITTEN);
    let (disjoint_from, near) = (criteria.disjoint_from as i64, criteria.near as i64);
    let (disjoint_from, near) = (_mm512_set1_epi64(disjoint_from), _mm512_set1_epi64(near));
    let limit = _mm512_set1_pd(criteria.limit);
    let mut positions = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 0, 0, 0, 0, 0, 0, 0, 0);
    let mut count = found.len();
    for (sets, weights) in eights.iter().zip(weights_of_eights) {
        // SAFETY: there are eight of each.
        let (sets, weights) = unsafe {
            (_mm512_loadu_epi64(sets.as_ptr().cast()), _mm512_loadu_pd(weights.as_ptr()))
        };
        let hits = _mm512_testn_epi64_mask(sets, disjoint_from);
        let hits = _mm512_mask_test_epi64_mask(hits, sets, near);
        let hits = _mm512_mask_cmp_pd_mask::<_CMP_LE_OQ>(hits, weights, limit);
        let positions_of_hits = _mm512_maskz_compress_epi32(hits.into(), positions);
        // SAFETY: at most eight were counted per eight sets before, so there is room for sixteen.
        unsafe { _mm512_storeu_epi32(found.as_mut_ptr().add(count).cast(), positions_of_hits) };
        count += hits.count_ones() as usize;
        positions = _mm512_add_epi32(positions, _mm512_set1_epi32(8));
    }
    // SAFETY: `count` positions have been written.
    unsafe { found.set_len(count) };
    partners_of_rest(rest, weights_of_rest, 8 * eights.len(), criteria, found);
}

/// By lane, the set of three low tensors that is split, and its left part. The last row is filled
/// up with duplicates.
const ROWS: [([i64; 8], [i64; 8]); 4] = [
    ([0, 1, 2, 3, 4, 5, 6, 7], [0, 0, 0, 0, 0, 0, 0, 0]),
    ([2, 1, 3, 3, 6, 5, 7, 7], [2, 1, 2, 1, 2, 1, 2, 1]),
    ([3, 7, 5, 7, 4, 5, 6, 7], [3, 5, 5, 3, 4, 4, 4, 4]),
    ([6, 7, 7, 7, 6, 7, 7, 7], [6, 6, 7, 7, 6, 6, 7, 7]),
];

/// The splits of a row with whole rows: only 27 of the 64 pairs of low sets are splits.
#[target_feature(enable = "avx512f")]
pub fn splits(tables: &Tables, whole: usize, lefts: &[u32], least: &mut Row) {
    let (of_left, of_right) = (
        ROWS.map(|(_, low)| lanes(&low)),
        ROWS.map(|(n, low)| lanes(&std::array::from_fn(|lane| n[lane] ^ low[lane]))),
    );
    let whole_work = vector(&tables.work[whole]);
    let work = ROWS.map(|(n, _)| _mm512_permutexvar_pd(lanes(&n), whole_work));
    let mut best = [_mm512_set1_pd(f64::MAX); 4];
    for &left in lefts {
        let (left, right) = (left as usize, whole ^ left as usize);
        let (inverse_l, cost_l) = (vector(&tables.inverse[left]), vector(&tables.cost[left]));
        let (inverse_r, cost_r) = (vector(&tables.inverse[right]), vector(&tables.cost[right]));
        for at in 0..4 {
            let inverse = _mm512_mul_pd(
                _mm512_permutexvar_pd(of_left[at], inverse_l),
                _mm512_permutexvar_pd(of_right[at], inverse_r),
            );
            let cost = _mm512_add_pd(
                _mm512_permutexvar_pd(of_left[at], cost_l),
                _mm512_permutexvar_pd(of_right[at], cost_r),
            );
            let value = _mm512_add_pd(_mm512_mul_pd(work[at], inverse), cost);
            best[at] = _mm512_min_pd(value, best[at]);
        }
    }
    for ((n, _), best) in ROWS.iter().zip(best) {
        let mut values = [0.0; 8];
        // SAFETY: there is room for eight.
        unsafe { _mm512_storeu_pd(values.as_mut_ptr(), best) };
        for (&n, value) in n.iter().zip(values) {
            let least = &mut least.0[n as usize];
            *least = if value < *least { value } else { *least };
        }
    }
}

#[target_feature(enable = "avx512f")]
pub fn some_within(tables: &Tables, n: usize, left: usize, limit: f64) -> u8 {
    let whole = n / 8;
    let right = whole ^ left;
    let low = _mm512_set1_epi64((n % 8) as i64);
    let all = lanes(&[0, 1, 2, 3, 4, 5, 6, 7]);
    let (of_left, of_right) = (_mm512_and_epi64(all, low), _mm512_andnot_epi64(all, low));
    let inverse = _mm512_mul_pd(
        _mm512_permutexvar_pd(of_left, vector(&tables.inverse[left])),
        _mm512_permutexvar_pd(of_right, vector(&tables.inverse[right])),
    );
    let cost = _mm512_add_pd(
        _mm512_permutexvar_pd(of_left, vector(&tables.cost[left])),
        _mm512_permutexvar_pd(of_right, vector(&tables.cost[right])),
    );
    let work = _mm512_set1_pd(tables.work[whole].0[n % 8]);
    let value = _mm512_add_pd(_mm512_mul_pd(work, inverse), cost);
    _mm512_cmp_pd_mask::<_CMP_LE_OQ>(value, _mm512_set1_pd(limit))
}

/// Each lane is multiplied by the lane without one bit, for each bit of the lane's number.
#[inline]
#[target_feature(enable = "avx512f")]
pub fn over_low_subsets(row: &mut Row) {
    const WITHOUT: [([i64; 8], u8); 3] = [
        ([0, 0, 2, 2, 4, 4, 6, 6], 0b1010_1010),
        ([0, 1, 0, 1, 4, 5, 4, 5], 0b1100_1100),
        ([0, 1, 2, 3, 0, 1, 2, 3], 0b1111_0000),
    ];
    let mut product = vector(row);
    for (without, with) in WITHOUT {
        let others = _mm512_permutexvar_pd(lanes(&without), product);
        product = _mm512_mask_mul_pd(product, with, product, others);
    }
    // SAFETY: a row is eight numbers.
    unsafe { _mm512_storeu_pd(row.0.as_mut_ptr(), product) };
}

#[inline]
#[target_feature(enable = "avx512f")]
fn vector(Row(row): &Row) -> __m512d {
    // SAFETY: a row is eight numbers.
    unsafe { _mm512_loadu_pd(row.as_ptr()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn lanes(of: &[i64; 8]) -> __m512i {
    // SAFETY: they are eight.
    unsafe { _mm512_loadu_epi64(of.as_ptr()) }
}

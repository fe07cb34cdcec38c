//! Loops over arrays of machine words that are compiled for several instruction sets; which one runs
//! is decided on the machine.
//!
//! Each kernel is written once, in plain Rust; the variants differ in what the compiler may use. They
//! give bitwise equal answers: no operation is fused or reordered. The `unsafe` of this file is to
//! call a variant on a machine that has been found to support it.

#![allow(unsafe_code)]

/// Defines `$name`, which runs `$kernel` in the best variant that the machine supports.
macro_rules! dispatched {
    ($(#[$doc:meta])* pub fn $name:ident($($arg:ident: $type:ty),*) = $kernel:ident, $avx512:ident, $avx2:ident) => {
        $(#[$doc])*
        pub fn $name($($arg: $type),*) {
            #[cfg(target_arch = "x86_64")]
            {
                if std::is_x86_feature_detected!("avx512f") && std::is_x86_feature_detected!("avx512dq") {
                    // SAFETY: the machine supports what the variant is compiled for.
                    return unsafe { $avx512($($arg),*) };
                }
                if std::is_x86_feature_detected!("avx2") {
                    // SAFETY: as above.
                    return unsafe { $avx2($($arg),*) };
                }
            }
            $kernel($($arg),*)
        }

        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx512f,avx512dq")]
        fn $avx512($($arg: $type),*) {
            $kernel($($arg),*)
        }

        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2")]
        fn $avx2($($arg: $type),*) {
            $kernel($($arg),*)
        }
    };
}

/// What partners are looked for with.
#[derive(Clone, Copy)]
pub struct Wanted {
    /// Members that they do not have, and of which they have one.
    pub without: u64,
    pub near: u64,
    /// What they weigh at most.
    pub limit: f64,
}

dispatched! {
    /// Appends the positions of the sets that are wanted.
    pub fn partners(sets: &[u64], weights: &[f64], wanted: Wanted, found: &mut Vec<u32>) =
        partners_kernel, partners_avx512, partners_avx2
}

#[inline(always)]
fn partners_kernel(sets: &[u64], weights: &[f64], wanted: Wanted, found: &mut Vec<u32>) {
    let Wanted { without, near, limit } = wanted;
    let is_wanted =
        |set: u64, weight: f64| (set & without == 0) & (set & near != 0) & (weight <= limit);
    let (eights, rest) = sets.as_chunks::<8>();
    let (weights_of_eights, weights_of_rest) = weights.as_chunks::<8>();
    for (at, (sets, weights)) in eights.iter().zip(weights_of_eights).enumerate() {
        let mut hits = 0u8;
        for bit in 0..8 {
            hits |= (is_wanted(sets[bit], weights[bit]) as u8) << bit;
        }
        while hits != 0 {
            found.push(8 * at as u32 + hits.trailing_zeros());
            hits &= hits - 1;
        }
    }
    let begin = sets.len() - rest.len();
    for (at, (&set, &weight)) in rest.iter().zip(weights_of_rest).enumerate() {
        if is_wanted(set, weight) {
            found.push((begin + at) as u32);
        }
    }
}

/// What a sweep knows of every set of tensors; see [`super::sweep`].
pub struct Tables {
    pub cost: Vec<f64>,
    /// 1 over the product of the extents that are closed within the set.
    pub free: Vec<f64>,
    /// The product of all extents on its tensors, weighted.
    pub work: Vec<f64>,
}

/// The eight sets that differ in the three lowest tensors only.
#[derive(Clone, Copy)]
pub struct Block(pub usize);

impl Tables {
    /// What a split of a set costs.
    pub fn value(&self, n: usize, left: usize, right: usize) -> f64 {
        self.work[n] * (self.free[left] * self.free[right]) + (self.cost[left] + self.cost[right])
    }

    /// The least cost of the splits of a set into a part with the three lowest tensors only, and the
    /// rest; or `none`.
    pub fn best_within(&self, n: usize, none: f64) -> f64 {
        let mut least = none;
        for left in (1..8).filter(|left| left & !n == 0 && *left != n) {
            least = least.min(self.value(n, left, n & !left));
        }
        least
    }

    fn row(table: &[f64], block: usize) -> &[f64; 8] {
        table[8 * block..].first_chunk().expect("blocks are whole")
    }
}

/// The least cost of the splits of each set of a block into parts with higher tensors both.
pub fn best_splits(tables: &Tables, block: Block) -> [f64; 8] {
    let mut least = [f64::MAX; 8];
    splits_of_block(tables, block, &mut least);
    least
}

dispatched! {
    /// Lowers `least` to the costs of the splits of a block.
    pub fn splits_of_block(tables: &Tables, block: Block, least: &mut [f64; 8]) =
        splits_kernel, splits_avx512, splits_avx2
}

/// The highest tensor of the block stays in the right part: each split comes once.
#[inline(always)]
fn splits_kernel(tables: &Tables, block: Block, least: &mut [f64; 8]) {
    let whole = block.0;
    let Some(highest) = whole.checked_ilog2() else { return };
    let lower = whole & !(1 << highest);
    let work = *Tables::row(&tables.work, whole);
    let mut best = *least;
    let mut left = lower;
    while left != 0 {
        let right = whole & !left;
        let (free_l, cost_l) = (Tables::row(&tables.free, left), Tables::row(&tables.cost, left));
        let (free_r, cost_r) = (Tables::row(&tables.free, right), Tables::row(&tables.cost, right));
        // The set of low tensors `n` splits into `low` and the rest of it, which is n ^ low.
        for low in 0..8 {
            for n in 0..8 {
                let free = free_l[low] * free_r[n ^ low];
                let cost = cost_l[low] + cost_r[n ^ low];
                let value = work[n] * free + cost;
                let better = low & !n == 0 && value < best[n];
                best[n] = if better { value } else { best[n] };
            }
        }
        left = (left - 1) & lower;
    }
    *least = best;
}

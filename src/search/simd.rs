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

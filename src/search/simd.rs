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

dispatched! {
    /// Appends the positions of the sets that hold no member of `n` and a member of `near`.
    pub fn partners(sets: &[u64], n: u64, near: u64, found: &mut Vec<u32>) =
        partners_kernel, partners_avx512, partners_avx2
}

#[inline(always)]
fn partners_kernel(sets: &[u64], n: u64, near: u64, found: &mut Vec<u32>) {
    let is_partner = |set: u64| (set & n == 0) & (set & near != 0);
    let (eights, rest) = sets.as_chunks::<8>();
    for (at, eight) in eights.iter().enumerate() {
        let mut hits = 0u8;
        for (bit, &set) in eight.iter().enumerate() {
            hits |= (is_partner(set) as u8) << bit;
        }
        while hits != 0 {
            found.push(8 * at as u32 + hits.trailing_zeros());
            hits &= hits - 1;
        }
    }
    let begin = sets.len() - rest.len();
    found.extend((begin..sets.len()).filter(|&at| is_partner(sets[at])).map(|at| at as u32));
}

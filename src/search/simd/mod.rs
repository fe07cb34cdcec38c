//! Kernels over arrays of machine words, compiled for several instruction sets and selected at run
//! time.
//!
//! Each kernel is plain Rust that runs anywhere and is compiled again for AVX2 and AVX-512. Where
//! compilers do not find the AVX-512 instructions, it is written with intrinsics. All variants give
//! bitwise equal results: no operation is fused, and only minima are reordered. `unsafe` in this
//! folder calls a variant on a machine that supports it, and loads and stores its vectors.

#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
mod avx512;
pub mod chain;
pub mod dpsub;
pub mod partners;
pub mod tables;

/// Numbers of a vector.
pub const LANES: usize = 8;

/// Returns the result of the first variant that the machine supports: AVX-512, AVX2, plain.
macro_rules! on_this_machine {
    ($avx512:path, $avx2:path, $plain:path, ($($argument:ident),*)) => {{
        #[cfg(target_arch = "x86_64")]
        {
            if std::is_x86_feature_detected!("avx512f") {
                // SAFETY: the machine supports what the variant is compiled for.
                return unsafe { $avx512($($argument),*) };
            }
            if std::is_x86_feature_detected!("avx2") {
                // SAFETY: as above.
                return unsafe { $avx2($($argument),*) };
            }
        }
        $plain($($argument),*)
    }};
}
use on_this_machine;

#[cfg(test)]
mod tests {
    /// Numbers between 1 and 2, without a pattern.
    pub fn numbers(count: usize, seed: u64) -> Vec<f64> {
        let next = |at: u64| {
            let mixed = (at + seed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            1.0 + ((mixed ^ mixed >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 11) as f64
                / (1u64 << 53) as f64
        };
        (0..count as u64).map(next).collect()
    }
}

//! Searches for contraction trees. They see subsets and splits, and take costs from a model.

mod admitted;
pub mod best_first;
pub mod dp;
pub mod greedy;
pub mod large;
mod method;
mod numbers;
pub mod parts;
pub mod sharing;
mod simd;
pub mod slices;
mod solution;

pub use method::Method;
pub use solution::Solution;

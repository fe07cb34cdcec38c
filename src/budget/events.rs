//! From what a program allocates and frees, one after the other, to stages: each array is named once,
//! and all sums follow.

use super::bytes::Bytes;

/// An allocation or deallocation of a step.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Event {
    /// The step, as the program counts them.
    pub step: u32,
    /// Such as "+ maps".
    pub what: String,
    /// Bytes allocated, or freed (negative).
    pub delta_bytes: i64,
    /// Bytes held after it.
    pub total_bytes: Bytes,
    /// Whether the program prints the total here.
    pub printed: bool,
}

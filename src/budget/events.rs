//! From what a program allocates and frees, one after the other, to stages: each array is named once,
//! and all sums follow.

use super::bytes::Bytes;

/// Something that a step allocates or frees.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Event {
    /// The step, as the program counts them.
    pub step: u32,
    /// Such as "+ maps".
    pub what: String,
    /// Bytes that come or go.
    pub delta_bytes: i64,
    /// Bytes held after it.
    pub total_bytes: Bytes,
    /// Whether the program prints the total here.
    pub printed: bool,
}

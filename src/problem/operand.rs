//! Sizes of a set of tensors as an operand.

/// Sizes of a set of tensors, elements; inside loops, as they slice it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Operand {
    /// S: its result.
    pub footprint: f64,
    /// L: the sum over its tensors.
    pub leaf_sum: f64,
}

//! What a set of tensors holds as an operand.

/// What a set of tensors takes, elements; inside loops, as they slice it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Operand {
    /// Its result.
    pub footprint: f64,
    /// The tensors themselves.
    pub leaf_sum: f64,
}

//! The tables that the kernels of DPsub read; [`crate::search::dp`] fills them.

use crate::scratch::reusable;

/// The values of the eight sets of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(64))]
pub struct Row(pub [f64; 8]);

/// The tables of all sets, by row.
#[derive(Default)]
pub struct Tables {
    pub cost: Vec<Row>,
    /// k: 1 over the product of the extents that are closed within the set.
    pub inverse: Vec<Row>,
    /// t: the product of all extents on its tensors, weighted.
    pub work: Vec<Row>,
}

reusable!(Tables: cost, inverse, work);

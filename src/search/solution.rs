//! The result of a search.

use crate::problem::Tree;

/// The best tree, and all points (peak, cost) at the root by increasing peak.
pub struct Solution {
    pub tree: Tree,
    pub frontier: Vec<(f64, f64)>,
    /// The method that found it.
    pub method: &'static str,
}

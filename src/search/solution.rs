//! The result of a search.

use super::Method;
use crate::problem::Tree;

/// The best tree, and all points (peak, cost) at the root by increasing peak.
pub struct Solution {
    pub tree: Tree,
    pub frontier: Vec<(f64, f64)>,
    /// The method that found it.
    pub method: Method,
}

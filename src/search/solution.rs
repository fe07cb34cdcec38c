//! What a search finds.

use super::Method;
use crate::problem::Tree;

/// The best tree, and all points (peak, cost) at the root by increasing peak.
pub struct Solution {
    pub tree: Tree,
    pub frontier: Vec<(f64, f64)>,
    /// What found it.
    pub method: Method,
}

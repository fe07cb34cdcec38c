//! The columns of the drawing: one per moment, or one per run of moments in a large plan.

use super::{LEFT, is_contracted};
use crate::plan::{Evaluation, Plan};

/// Columns, in pixels: of a tensor, and of a contraction.
const NARROW: f64 = 34.0;
const WIDE: f64 = 92.0;
/// A column that several moments share, in pixels: enough for a label.
const MERGED: f64 = 18.0;
/// Columns of a drawing; more moments share them.
const MOST: usize = 200;
/// The plot is at least this wide, so that a title fits over few columns.
const LEAST_WIDTH: f64 = 460.0;

/// The column of each moment.
pub(super) struct Columns {
    /// By column, the node whose moment it shows.
    pub shown: Vec<usize>,
    /// By node, the column of its moment.
    of_node: Vec<usize>,
    /// The left edge of each column, and the right edge of the last; pixels.
    pub edges: Vec<f64>,
    /// Moments per column.
    pub together: usize,
}

impl Columns {
    pub fn of(plan: &Plan) -> Self {
        let is_moment = |&at: &usize| plan.nodes[at].evaluation != Evaluation::Skipped;
        let moments: Vec<usize> = (0..plan.nodes.len()).filter(is_moment).collect();
        let together = moments.len().div_ceil(MOST);
        let mut columns = Columns {
            shown: Vec::new(),
            of_node: vec![0; plan.nodes.len()],
            edges: vec![LEFT],
            together,
        };
        for moments in moments.chunks(together) {
            moments.iter().for_each(|&at| columns.of_node[at] = columns.shown.len());
            // The peak node, if it is in the run; else the first of those with the most live memory.
            let largest = |a: usize, b: usize| {
                let is_larger = plan.nodes[b].live > plan.nodes[a].live;
                if a != plan.peak_node && (b == plan.peak_node || is_larger) { b } else { a }
            };
            columns.shown.extend(moments.iter().copied().reduce(largest));
        }
        let width = |&at: &usize| match is_contracted(plan, at) {
            _ if together > 1 => MERGED,
            true => WIDE,
            false => NARROW,
        };
        let total: f64 = columns.shown.iter().map(width).sum();
        let stretch = (LEAST_WIDTH / total).max(1.0);
        for at in &columns.shown {
            let left = columns.edges[columns.edges.len() - 1];
            columns.edges.push(left + stretch * width(at));
        }
        columns
    }

    /// The edges of the column of a node's moment.
    pub fn edges_of(&self, at: usize) -> (f64, f64) {
        let column = self.of_node[at];
        (self.edges[column], self.edges[column + 1])
    }

    pub fn end(&self) -> f64 {
        self.edges[self.shown.len()]
    }
}

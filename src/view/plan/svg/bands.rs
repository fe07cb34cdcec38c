//! Bands of loops over the columns of the subtrees that they repeat. Neither the bands of a row nor
//! their labels overlap.

use super::Columns;
use crate::plan::Plan;
use crate::plan::sharing::subtree;
use crate::policy::Role;
use crate::view::svg::element::text_width;

pub(super) struct Band {
    pub left: f64,
    pub right: f64,
    /// Where the label begins.
    pub text: f64,
    pub label: String,
    pub role: Role,
    pub row: usize,
}

/// Bands drawn at most; it bounds the rows, and the time to find a free one.
const MOST: usize = 60;

/// The bands of a plan, outer loops first and in rows above inner ones; the widest `MOST`.
pub(super) fn of(plan: &Plan, columns: &Columns) -> Vec<Band> {
    let mut bands: Vec<Band> = Vec::new();
    let end = columns.end();
    // Operands precede their node, so outer loops come first from the end.
    let nodes = plan.nodes.iter().enumerate().rev();
    let loops = nodes.flat_map(|(at, node)| node.loops.iter().map(move |one| (at, one)));
    let mut loops: Vec<_> = loops.collect();
    if loops.len() > MOST {
        let mut by_width: Vec<usize> = (0..loops.len()).collect();
        by_width.sort_by_key(|&number| std::cmp::Reverse(plan.nodes[loops[number].0].tensors));
        by_width.truncate(MOST);
        by_width.sort_unstable();
        loops = by_width.into_iter().map(|number| loops[number]).collect();
    }
    for (at, one) in loops {
        let label = one.words();
        let begin = *subtree(&plan.nodes, at).start();
        let (left, right) = (columns.edges_of(begin).0, columns.edges_of(at).1);
        let wide = text_width(&label, 11.0) + 10.0;
        let text = (left + 5.0).min((end - wide).max(columns.edges[0]));
        let (from, to) = (left.min(text), right.max(text + wide));
        let taken = |row: usize| {
            bands.iter().any(|band| {
                let other = band.text + text_width(&band.label, 11.0) + 10.0;
                band.row == row && from < band.right.max(other) && band.left.min(band.text) < to
            })
        };
        let row = (0..).find(|&row| !taken(row)).unwrap_or(0);
        bands.push(Band { left, right, text, label, role: one.role, row });
    }
    bands
}

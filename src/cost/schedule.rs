//! Two operands evaluated one after the other: what both peak models do at a contraction.
//!
//! All leaves are resident from the start, a tensor is freed when it is consumed. With S a footprint
//! and L the sum of a subset's leaves, evaluating l first takes
//! `max(L_r + P_l, S_l + P_r, S_l + S_r + result)`; r first: l and r exchanged. The smaller one wins,
//! equal means l first.

use super::Made;
use super::pareto::{Frontier, Point};
use crate::search::{Context, Subset};

/// The solutions of a subset, by increasing peak; none is dropped for another.
pub type Solutions = Frontier<Option<Origin>>;

/// What a solution of a composed subset was made of: its parts in the order of their evaluation,
/// which of their solutions, and the loops opened around both.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    first: (Subset, u32),
    second: (Subset, u32),
    opened: Context,
}

/// A part of a split, with its sizes inside the loops opened for the contraction.
pub(super) struct Operand<'a> {
    pub subset: Subset,
    pub footprint: f64,
    pub leaf_sum: f64,
    pub solutions: &'a Solutions,
}

/// The solution of a leaf.
pub(super) fn leaf(footprint: f64) -> Solutions {
    Frontier::of(Point { peak: footprint, cost: 0.0, origin: None })
}

/// Offers every pair of solutions of two operands. `result` is what stands beside the operands
/// while they are contracted, `cost` what the contraction is charged.
pub(super) fn offer_pairs(
    left: &Operand,
    right: &Operand,
    result: f64,
    cost: f64,
    opened: Context,
    into: &mut Solutions,
) {
    let at_contraction = left.footprint + right.footprint + result;
    for (i, p) in (0u32..).zip(left.solutions.points()) {
        for (j, q) in (0u32..).zip(right.solutions.points()) {
            let left_first =
                (right.leaf_sum + p.peak).max(left.footprint + q.peak).max(at_contraction);
            let right_first =
                (left.leaf_sum + q.peak).max(right.footprint + p.peak).max(at_contraction);
            let (i, j) = ((left.subset, i), (right.subset, j));
            let (first, second) = if left_first <= right_first { (i, j) } else { (j, i) };
            into.offer(Point {
                peak: left_first.min(right_first),
                cost: p.cost + q.cost + cost,
                origin: Some(Origin { first, second, opened }),
            });
        }
    }
}

/// The parts of a solution of a composed subset; a choice is a position among the solutions.
pub(super) fn made(solutions: &Solutions, choice: usize) -> Made<usize> {
    let origin = solutions.points()[choice].origin.expect("a composed subset has parts");
    let part = |(subset, position): (Subset, u32)| (subset, position as usize);
    Made { first: part(origin.first), second: part(origin.second), opened: origin.opened }
}

//! The peak of two operands evaluated one after the other: the step that all peak models share at a
//! contraction.
//!
//! All leaves are resident from the start, and a tensor is freed when it is consumed. With S a
//! footprint and L the sum of a subset's leaves, evaluating l first has the peak `max(L_r + P_l +
//! held, S_l + P_r + held, S_l + S_r + result)`; r first: l and r exchanged. The lower peak wins;
//! on a tie, l goes first.

use super::Made;
use super::pareto::{Frontier, Point};
use crate::allocation::Granted;
use crate::problem::{LoopSet, Operand, Problem, Split, Subset};

/// The solutions of a subset, by increasing peak; none dominates another.
pub type Solutions = Frontier<Option<Origin>>;

/// The origin of a solution of a composed subset: its parts in the order of their evaluation, with
/// a solution of each, and the loops opened around both.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    first: (Subset, u32),
    second: (Subset, u32),
    pub(super) opened: LoopSet,
}

/// Elements held beside the operands.
pub struct Beside {
    /// While they are evaluated.
    pub held: f64,
    /// While they are contracted: the result, and anything that lives with it.
    pub result: f64,
}

/// S and L of a set inside loops.
pub(super) fn sliced(problem: &Problem, n: Subset, loops: LoopSet) -> Operand {
    let footprint = problem.sliced_footprint(n, loops);
    Operand { footprint, leaf_sum: problem.sliced_leaf_sum(n, loops) }
}

/// The solution of a leaf.
pub(super) fn leaf(footprint: f64) -> Solutions {
    Frontier::of(Point { peak: footprint, cost: 0.0, origin: None })
}

/// The peak of two operands with these peaks, the first one evaluated first.
pub fn in_order(
    (first, first_peak): (Operand, f64),
    (second, second_peak): (Operand, f64),
    beside: &Beside,
) -> f64 {
    let evaluated = (second.leaf_sum + first_peak).max(first.footprint + second_peak);
    let (left, right) = (first.footprint, second.footprint);
    (evaluated + beside.held).max(left + right + beside.result)
}

/// The lower peak of both orders of two operands, and whether the left one goes first.
pub fn least_peak(left: (Operand, f64), right: (Operand, f64), beside: &Beside) -> (f64, bool) {
    let left_first = in_order(left, right, beside);
    let right_first = in_order(right, left, beside);
    (left_first.min(right_first), left_first <= right_first)
}

/// Offers every pair of solutions of two operands, with nothing held. `cost` is the charge of the
/// contraction.
pub(super) fn offer_pairs(
    split: Split,
    (left, left_solutions): (Operand, &Solutions),
    (right, right_solutions): (Operand, &Solutions),
    result: f64,
    cost: f64,
    opened: LoopSet,
    into: &mut Solutions,
) -> Granted<()> {
    let beside = Beside { held: 0.0, result };
    for (i, p) in (0u32..).zip(left_solutions.points()) {
        for (j, q) in (0u32..).zip(right_solutions.points()) {
            let (peak, left_first) = least_peak((left, p.peak), (right, q.peak), &beside);
            let (i, j) = ((split.left, i), (split.right, j));
            let (first, second) = if left_first { (i, j) } else { (j, i) };
            into.offer(Point {
                peak,
                cost: cost + p.cost + q.cost,
                origin: Some(Origin { first, second, opened }),
            })?;
        }
    }
    Ok(())
}

/// The parts of a solution of a composed subset; a choice is a position among the solutions.
pub(super) fn made<X>(
    solutions: &Solutions,
    choice: usize,
    inside: impl Fn(Subset, LoopSet) -> X,
) -> Made<X, usize> {
    let origin = solutions.points()[choice].origin.expect("a composed subset has parts");
    let part = |(subset, position): (Subset, u32)| {
        (subset, inside(subset, origin.opened), position as usize)
    };
    Made {
        first: part(origin.first),
        second: part(origin.second),
        opened: origin.opened.iter().collect(),
    }
}

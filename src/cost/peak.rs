//! DensePeakSize: peak memory, and the work that it costs (SeQuant's DenseSpaceTime).
//!
//! All inputs are resident from the start; a tensor is freed when it is consumed. A subset has a
//! Pareto frontier of (peak P, cost C), with L the sum of its leaves' footprints:
//! - leaf: P = S, C = 0
//! - l first: `P = max(L_r + P_l, S_l + P_r, S_l + S_r + S_n)`; r first: l and r exchanged; the
//!   smaller wins, equal means l first
//! - `C = C_l + C_r + w * op(flops, S_l + S_r + S_n)`
//!
//! Root: the least C among points with P <= (1 + peak_flops_tolerance) * least P; then lower P.

use crate::cost::{CostModel, Frontier, Made, Point};
use crate::search::{Context, Problem, Split, Subset};

/// The objective peak.
pub struct Peak<'a>(pub &'a Problem<'a>);

/// The parts of a point in the order of their evaluation, and which of their points.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    first: (Subset, u32),
    second: (Subset, u32),
}

impl CostModel for Peak<'_> {
    type State = Frontier<Option<Origin>>;
    type Choice = usize;

    fn leaf(&self, leaf: Subset) -> Self::State {
        Frontier::of(Point { peak: self.0.footprint(leaf), cost: 0.0, origin: None })
    }

    fn empty(&self, _: Subset) -> Self::State {
        Frontier::new()
    }

    fn combine(
        &self,
        split: Split,
        left: &Self::State,
        right: &Self::State,
        into: &mut Self::State,
    ) {
        let problem = self.0;
        let (l, r) = (split.left, split.right);
        let (s_l, s_r) = (problem.footprint(l), problem.footprint(r));
        let (leaves_l, leaves_r) = (problem.leaf_sum(l), problem.leaf_sum(r));
        let at_contraction = s_l + s_r + problem.footprint(split.whole());
        let cost = problem.contraction_cost(split);
        for (i, p) in left.points().iter().enumerate() {
            for (j, q) in right.points().iter().enumerate() {
                let left_first = (leaves_r + p.peak).max(s_l + q.peak).max(at_contraction);
                let right_first = (leaves_l + q.peak).max(s_r + p.peak).max(at_contraction);
                let (i, j) = ((l, i as u32), (r, j as u32));
                let (first, second) = if left_first <= right_first { (i, j) } else { (j, i) };
                into.offer(Point {
                    peak: left_first.min(right_first),
                    cost: p.cost + q.cost + cost,
                    origin: Some(Origin { first, second }),
                });
            }
        }
    }

    fn solutions(&self, state: &Self::State) -> usize {
        state.points().len()
    }

    fn choose(&self, root: &Self::State) -> usize {
        root.within(self.0.options().peak_flops_tolerance)
    }

    fn rebuild(&self, _: Subset, state: &Self::State, choice: usize) -> Made<usize> {
        let origin = state.points()[choice].origin.expect("a composed subset has parts");
        let part = |(subset, point): (Subset, u32)| (subset, point as usize);
        Made { first: part(origin.first), second: part(origin.second), opened: Context::NONE }
    }

    fn frontier(&self, root: &Self::State) -> Vec<(f64, f64)> {
        root.values()
    }
}

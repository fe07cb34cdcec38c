//! DensePeakSize: peak memory, and the work that it costs (SeQuant's DenseSpaceTime); and
//! DenseTimeSpace: the same frontier, chosen from the other end.
//!
//! A subset has a Pareto frontier of (peak P, cost C), elements and multiply-add pairs:
//! - leaf: P = S, C = 0
//! - P of two operands: see `schedule`, with S_n beside them
//! - `C = C_l + C_r + w * op(flops, S_l + S_r + S_n)`
//!
//! Root: the least C among points with P <= (1 + peak_flops_tolerance) * least P; then lower P. For
//! DenseTimeSpace: the least C, then the least P.

use super::schedule::{Operand, Solutions, leaf, made, offer_pairs};
use super::{CostModel, Frontier, Made};
use crate::Objective;
use crate::Result;
use crate::search::{Context, Problem, Split, Subset};

/// The objectives peak and time-space.
pub struct Peak<'a>(pub &'a Problem<'a>);

impl Peak<'_> {
    fn operand<'s>(&self, subset: Subset, solutions: &'s Solutions) -> Operand<'s> {
        let (footprint, leaf_sum) = (self.0.footprint(subset), self.0.leaf_sum(subset));
        Operand { subset, footprint, leaf_sum, solutions }
    }
}

impl CostModel for Peak<'_> {
    type State = Solutions;
    type Choice = usize;

    fn leaf(&self, tensor: Subset) -> Result<Solutions> {
        Ok(leaf(self.0.footprint(tensor)))
    }

    fn empty(&self, _: Subset) -> Solutions {
        Frontier::new()
    }

    fn combine(
        &self,
        split: Split,
        left: &Solutions,
        right: &Solutions,
        into: &mut Solutions,
    ) -> Result<()> {
        let (left, right) = (self.operand(split.left, left), self.operand(split.right, right));
        let result = self.0.footprint(split.whole());
        let cost = self.0.contraction_cost(split);
        offer_pairs(&left, &right, result, cost, Context::NONE, into);
        Ok(())
    }

    fn solutions(&self, state: &Solutions) -> usize {
        state.points().len()
    }

    fn choose(&self, root: &Solutions) -> usize {
        match self.0.options().objective {
            Objective::TimeSpace => root.cheapest(),
            _ => root.within(self.0.options().peak_flops_tolerance),
        }
    }

    fn rebuild(&self, _: Subset, state: &Solutions, choice: usize) -> Made<usize> {
        made(state, choice)
    }

    fn frontier(&self, root: &Solutions) -> Vec<(f64, f64)> {
        root.values()
    }
}

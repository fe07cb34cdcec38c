//! DensePeakSize: peak memory and the work that it costs (SeQuant's DenseSpaceTime).
//! DenseTimeSpace: the same frontier, with the cost first.
//!
//! A subset has a Pareto frontier of (peak P, cost C), elements and multiply-add pairs:
//! - leaf: P = S, C = 0
//! - P of two operands: see [`super::operands`], with S_n beside them
//! - `C = C_l + C_r + w * op(flops, S_l + S_r + S_n)`
//!
//! Root: the least C among points with P <= (1 + peak_flops_tolerance) * least P; then lower P. For
//! DenseTimeSpace: the least C, then the least P.

use super::operands::{Solutions, leaf, made, offer_pairs};
use super::pareto::Frontier;
use super::{CostModel, Made, Opening, no_loops};
use crate::problem::{LoopSet, Operand, Problem, Quantity, Searched, Split, Subset};

/// The objectives peak and time-space.
pub struct Peak<'a>(pub &'a Problem<'a>);

impl Peak<'_> {
    fn operand(&self, n: Subset) -> Operand {
        Operand { footprint: self.0.footprint(n), leaf_sum: self.0.leaf_sum(n) }
    }
}

impl CostModel for Peak<'_> {
    type Context = ();
    type Loops = ();
    type State = Solutions;
    type Choice = usize;

    fn outermost(&self) {}

    fn leaf(&self, tensor: Subset, (): ()) -> Searched<Solutions> {
        Ok(leaf(self.0.footprint(tensor)))
    }

    fn empty(&self, _: Subset, (): ()) -> Solutions {
        Frontier::new()
    }

    fn openings(&self, _: Split, (): ()) -> Searched<impl Iterator<Item = Opening<(), ()>>> {
        no_loops()
    }

    fn combine(
        &self,
        split: Split,
        _: &Opening<(), ()>,
        left: &Solutions,
        right: &Solutions,
        into: &mut Solutions,
    ) -> Searched<()> {
        let (left, right) = ((self.operand(split.left), left), (self.operand(split.right), right));
        let result = self.0.footprint(split.whole());
        let cost = self.0.contraction_cost(split);
        Ok(offer_pairs(split, left, right, result, cost, LoopSet::NONE, into)?)
    }

    fn solutions(&self, state: &Solutions) -> usize {
        state.points().len()
    }

    fn choose(&self, root: &Solutions) -> Option<usize> {
        Some(match self.0.options().objective.first() {
            Quantity::Cost => root.cheapest(),
            Quantity::Peak => root.within(self.0.options().peak_flops_tolerance),
        })
    }

    fn rebuild(&self, _: Subset, (): (), state: &Solutions, choice: usize) -> Made<(), usize> {
        made(state, choice, |_, _| ())
    }

    fn frontier(&self, root: &Solutions) -> Searched<Vec<(f64, f64)>> {
        Ok(root.values()?)
    }
}

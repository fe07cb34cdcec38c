//! DensePeakSizeBatched: peak memory where loops slice batchable indices (SeQuant's
//! DenseSpaceTimeBatched).
//!
//! The peak of a subset also depends on its context B: the indices that enclosing loops slice. At
//! n, let A be the batchable indices open in l or r and not in n; A is empty if persistent_only is
//! set and n holds a volatile leaf. For each subset A' of A, the loops opened at n, with C' = B ∪
//! A':
//! - P of two operands: see [`super::operands`], with S and L of the operands sliced by C', and
//!   `S_n(B) + contrib` beside them; `contrib = accumulation_factor * S_n(B)` if A' is not empty,
//!   else 0
//! - the cost is that of the peak without batching: slicing changes the peak, not the work
//!
//! Only the part of B that is open in n matters to n: an index of B that n carries is contracted at
//! an enclosing node, so it is open in n. That part is the context of n. The context of the root is
//! B = ∅.

use super::operands::{Solutions, leaf, made, offer_pairs, sliced};
use super::pareto::Frontier;
use super::{CostModel, Made, Opening};
use crate::problem::{LoopSet, Operand, Problem, Searched, Split, Subset};

/// The objective peak-batched.
pub struct Batched<'a>(pub &'a Problem<'a>, pub Ways);

/// The sets of loops that are tried at a contraction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Ways {
    /// Every set, as in the definition.
    All,
    /// All loops or none: where sizes fall with slicing, one of these is never worse. The
    /// accumulator adds the same for any non-empty set of loops, and nothing without loops. So all
    /// loops are tried, and none only where accumulation is charged.
    AllOrNone,
}

/// The state of a subset in one context.
pub struct InContext {
    /// S_n(B) and L_n(B).
    sizes: Operand,
    solutions: Solutions,
}

impl Batched<'_> {
    fn state(&self, n: Subset, context: LoopSet, solutions: Solutions) -> InContext {
        InContext { sizes: sliced(self.0, n, context), solutions }
    }

    /// The context of a part inside loops.
    fn within(&self, n: Subset, loops: LoopSet) -> LoopSet {
        loops.intersection(self.0.batchable_open(n))
    }
}

impl CostModel for Batched<'_> {
    type Context = LoopSet;
    type Loops = LoopSet;
    type State = InContext;
    type Choice = usize;

    fn outermost(&self) -> LoopSet {
        LoopSet::NONE
    }

    fn leaf(&self, tensor: Subset, context: LoopSet) -> Searched<InContext> {
        let footprint = self.0.sliced_footprint(tensor, context);
        Ok(self.state(tensor, context, leaf(footprint)))
    }

    fn empty(&self, n: Subset, context: LoopSet) -> InContext {
        self.state(n, context, Frontier::new())
    }

    fn openings(
        &self,
        split: Split,
        context: LoopSet,
    ) -> Searched<impl Iterator<Item = Opening<LoopSet, LoopSet>>> {
        let openable = self.0.openable(split);
        let charged = self.0.policy().accumulation_factor() > 0.0;
        let ways = openable.subsets_largest_first().filter(move |&loops| {
            self.1 == Ways::All || loops == openable || loops.is_empty() && charged
        });
        Ok(ways.map(move |loops| {
            let inner = context.union(loops);
            let [left, right] = [split.left, split.right].map(|part| self.within(part, inner));
            Opening { loops, left, right }
        }))
    }

    fn combine(
        &self,
        split: Split,
        opening: &Opening<LoopSet, LoopSet>,
        left: &InContext,
        right: &InContext,
        into: &mut InContext,
    ) -> Searched<()> {
        let opened = opening.loops;
        let factor = self.0.policy().accumulation_factor();
        let footprint = into.sizes.footprint;
        let contribution = if opened.is_empty() { 0.0 } else { factor * footprint };
        let cost = self.0.contraction_cost(split);
        let (left, right) = ((left.sizes, &left.solutions), (right.sizes, &right.solutions));
        let result = footprint + contribution;
        Ok(offer_pairs(split, left, right, result, cost, opened, &mut into.solutions)?)
    }

    fn solutions(&self, state: &InContext) -> usize {
        state.solutions.points().len()
    }

    fn choose(&self, root: &InContext) -> Option<usize> {
        Some(root.solutions.within(self.0.options().peak_flops_tolerance))
    }

    fn rebuild(
        &self,
        _: Subset,
        context: LoopSet,
        state: &InContext,
        choice: usize,
    ) -> Made<LoopSet, usize> {
        made(&state.solutions, choice, |part, opened| self.within(part, context.union(opened)))
    }

    fn frontier(&self, root: &InContext) -> Searched<Vec<(f64, f64)>> {
        Ok(root.solutions.values()?)
    }
}

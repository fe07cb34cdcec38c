//! DensePeakSizeBatched: peak memory where loops may slice batchable indices (SeQuant's
//! DenseSpaceTimeBatched).
//!
//! The peak of a subset also depends on its context B: what the enclosing loops slice. At n, let A
//! be the batchable indices open in l or r and not in n; A is empty when persistent_only and n holds
//! a volatile leaf. For each subset A' of A, the loops opened at n, with C' = B ∪ A':
//! - P of two operands: see `schedule`, with S and L of the operands sliced by C', and
//!   `S_n(B) + contrib` beside them; `contrib = accumulation_factor * S_n(B)` if A' is not empty,
//!   else 0
//! - the cost as for the peak without batching: slicing changes the peak, not the work
//!
//! Only the part of B that is open in n matters to n: an index of B that n carries is contracted at
//! an enclosing node, so it is open in n. So n has a frontier for each set of batchable indices open
//! in n, and no other. The root is read at B = ∅. This is the plain method, 2^|open batchable|
//! contexts a subset; it enumerates every A' as the definition says.

use super::schedule::{Operand, Solutions, leaf, made, offer_pairs};
use super::{CostModel, Frontier, Made};
use crate::Result;
use crate::search::{Context, Problem, Split, Subset};

/// The objective peak-batched.
pub struct Batched<'a>(pub &'a Problem<'a>);

/// What a subset is in one context.
pub struct InContext {
    /// S_n(B) and L_n(B), elements.
    footprint: f64,
    leaf_sum: f64,
    solutions: Solutions,
}

/// By context: position k is the k-th subset of the batchable indices open in n.
type State = Vec<InContext>;

impl Batched<'_> {
    fn state(&self, n: Subset, solutions: impl Fn(f64) -> Solutions) -> State {
        let in_context = |context| {
            let footprint = self.0.sliced_footprint(n, context);
            let leaf_sum = self.0.sliced_leaf_sum(n, context);
            InContext { footprint, leaf_sum, solutions: solutions(footprint) }
        };
        self.0.batchable_open(n).subsets().map(in_context).collect()
    }

    fn at<'s>(&self, n: Subset, state: &'s State, context: Context) -> &'s InContext {
        &state[context.rank_in(self.0.batchable_open(n))]
    }

    fn operand<'s>(&self, subset: Subset, state: &'s State, context: Context) -> Operand<'s> {
        let InContext { footprint, leaf_sum, ref solutions } = *self.at(subset, state, context);
        Operand { subset, footprint, leaf_sum, solutions }
    }
}

impl CostModel for Batched<'_> {
    type State = State;
    /// A context and a position among its solutions.
    type Choice = (Context, usize);

    fn leaf(&self, tensor: Subset) -> Result<State> {
        Ok(self.state(tensor, leaf))
    }

    fn empty(&self, n: Subset) -> State {
        self.state(n, |_| Frontier::new())
    }

    fn combine(&self, split: Split, left: &State, right: &State, into: &mut State) -> Result<()> {
        let problem = self.0;
        let cost = problem.contraction_cost(split);
        let openable = problem.openable(split);
        for (context, into) in problem.batchable_open(split.whole()).subsets().zip(into) {
            for opened in openable.subsets() {
                let inner = context.union(opened);
                let left = self.operand(split.left, left, inner);
                let right = self.operand(split.right, right, inner);
                let result = into.footprint + problem.contribution(into.footprint, opened);
                offer_pairs(&left, &right, result, cost, opened, &mut into.solutions);
            }
        }
        Ok(())
    }

    fn solutions(&self, state: &State) -> usize {
        state.iter().map(|context| context.solutions.points().len()).sum()
    }

    fn choose(&self, root: &State) -> (Context, usize) {
        (Context::NONE, root[0].solutions.within(self.0.options().peak_flops_tolerance))
    }

    fn rebuild(
        &self,
        n: Subset,
        state: &State,
        (context, choice): (Context, usize),
    ) -> Made<(Context, usize)> {
        let Made { first, second, opened } = made(&self.at(n, state, context).solutions, choice);
        let inside = |(subset, choice)| (subset, (context.union(opened), choice));
        Made { first: inside(first), second: inside(second), opened }
    }

    fn frontier(&self, root: &State) -> Vec<(f64, f64)> {
        root[0].solutions.values()
    }
}

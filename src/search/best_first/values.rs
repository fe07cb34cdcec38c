//! The values of states: keys, peaks and costs, to the last bit those of the reference.

use super::states::State;
use super::{BestFirst, Goal};
use crate::cost::{Beside, least_peak};

impl BestFirst<'_> {
    /// The key: the peak or the cost with its lower bound. See [`super`].
    pub(super) fn key(&self, state: &State) -> f64 {
        let part = self.parts.get(state.part);
        match self.goal {
            Goal::Peak { floor } => state.peak.max(floor),
            _ if part.n == self.problem.connectivity().root() => state.cost,
            _ => {
                let operands = self.leaf_sum - part.whole.leaf_sum + part.whole.footprint;
                state.cost + self.problem.least_for_operands(operands)
            }
        }
    }

    /// Whether the peak is a criterion.
    pub(super) fn peak_counts(&self) -> bool {
        !matches!(self.goal, Goal::Cost)
    }

    /// The peak of contracting two states; 0 where it is no criterion.
    pub fn peak_of(&self, a: u32, b: u32, part: u32) -> f64 {
        if !self.peak_counts() {
            return 0.0;
        }
        let (left, right) = self.ordered(a, b);
        let [l, r, n] = [left.part, right.part, part].map(|part| self.parts.get(part).sliced);
        let beside = Beside { held: 0.0, result: n.footprint };
        least_peak((l, left.peak), (r, right.peak), &beside).0
    }

    /// The cost of contracting two states.
    pub fn cost_of(&self, a: u32, b: u32, part: u32) -> f64 {
        let [one, other] = [a, b].map(|state| self.states[state].part);
        self.cost_with(a, b, part, self.parts.work(one, other))
    }

    pub(super) fn cost_with(&self, a: u32, b: u32, part: u32, work: f64) -> f64 {
        let (left, right) = self.ordered(a, b);
        self.parts.charge_for(work, left.part, right.part, part) + left.cost + right.cost
    }

    /// The cost of the tree of a state, where the peak was the only criterion.
    pub fn tree_cost(&self, state: u32) -> f64 {
        let State { part, operands, .. } = self.states[state];
        let Some((a, b)) = operands else { return 0.0 };
        let [left, right] = [a, b].map(|state| self.states[state].part);
        self.parts.charge(left, right, part) + self.tree_cost(a) + self.tree_cost(b)
    }

    /// The state without the highest tensor first.
    #[inline]
    fn ordered(&self, a: u32, b: u32) -> (&State, &State) {
        let (a, b) = (&self.states[a], &self.states[b]);
        if self.parts.get(a.part).n < self.parts.get(b.part).n { (a, b) } else { (b, a) }
    }
}

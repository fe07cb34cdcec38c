//! A set of tensors with what a search keeps asking of it, and what two of them make.

use super::{Problem, Split, Subset};
use crate::network::IndexSet;

/// A set of tensors, contracted.
#[derive(Clone)]
pub struct Intermediate {
    pub n: Subset,
    /// O(n).
    pub open: IndexSet,
    /// S_n and L_n, elements.
    pub footprint: f64,
    pub leaf_sum: f64,
}

impl Intermediate {
    pub fn of(problem: &Problem, n: Subset) -> Self {
        let (open, leaf_sum) = (problem.open(n), problem.leaf_sum(n));
        let footprint = problem.volume(&open);
        Intermediate { n, open, footprint, leaf_sum }
    }

    /// What this and another one make; `both` are the indices open in either.
    pub fn with(&self, problem: &Problem, other: &Intermediate, both: &IndexSet) -> Intermediate {
        let n = self.n.union(other.n);
        let open = problem.still_open(both, n);
        let footprint = problem.volume(&open);
        Intermediate { n, open, footprint, leaf_sum: self.leaf_sum + other.leaf_sum }
    }

    /// What the objective charges for contracting this with another one; to `footprint` elements.
    pub fn charge(
        &self,
        problem: &Problem,
        other: &Intermediate,
        both: &IndexSet,
        footprint: f64,
    ) -> f64 {
        let Split { left, .. } = Split::of(self.n, other.n);
        let (left, right) = if left == self.n { (self, other) } else { (other, self) };
        let operands = [left.footprint, right.footprint];
        let volatile = problem.is_volatile(self.n.union(other.n));
        problem.charge(volatile, problem.volume(both), operands, footprint)
    }
}

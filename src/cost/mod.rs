//! Cost models: the objectives that a search minimises.
//!
//! A model defines the state of a set of tensors and how two states combine. The searches in
//! [`crate::search`] see only subsets and splits.

mod additive;
mod batched;
mod custom;
mod nested;
mod operands;
mod pareto;
mod peak;

pub use additive::Additive;
pub use batched::{Batched, Ways};
pub use custom::{ContractionFacts, Custom, CustomModel, LeafFacts};
pub use nested::{Aim, Around, EQUAL, Nested, Part};
pub use operands::{Beside, in_order, least_peak};
pub use pareto::{Frontier, Point};
pub use peak::Peak;

use std::hash::Hash;

use crate::problem::{Searched, Split, Subset};

/// An objective, as a search sees it.
pub trait CostModel {
    /// The effect of the enclosing loops on a subset: states are kept by subset and context. `()`
    /// for models without loops.
    type Context: Copy + Eq + Hash;
    /// Loops opened for a contraction; `()` for models without loops.
    type Loops;
    /// The state of one subset in one context: the best value, or a frontier.
    type State;
    /// One of the solutions in a state.
    type Choice: Copy;

    /// The context of the whole: no loops around it.
    fn outermost(&self) -> Self::Context;

    /// The state of a single tensor. An error, here or in `combine`, ends the search.
    fn leaf(&self, leaf: Subset, context: Self::Context) -> Searched<Self::State>;

    /// The state of a subset before its first split.
    fn empty(&self, n: Subset, context: Self::Context) -> Self::State;

    /// The ways to contract a split in a context: the sets of loops that may be opened for it. The
    /// error, too many of them, ends the search.
    fn openings(
        &self,
        split: Split,
        context: Self::Context,
    ) -> Searched<impl Iterator<Item = Opening<Self::Loops, Self::Context>>>;

    /// Offers the solutions that contract the parts of `split` last, inside the loops of `opening`.
    /// Each unordered pair of parts comes once.
    fn combine(
        &self,
        split: Split,
        opening: &Opening<Self::Loops, Self::Context>,
        left: &Self::State,
        right: &Self::State,
        into: &mut Self::State,
    ) -> Searched<()>;

    /// How many solutions a state holds: one, unless it is a frontier. Searches bound their sum.
    fn solutions(&self, _: &Self::State) -> usize {
        1
    }

    /// The solution chosen at the root; none where there is none.
    fn choose(&self, root: &Self::State) -> Option<Self::Choice>;

    /// The parts of a solution of a composed subset.
    fn rebuild(
        &self,
        n: Subset,
        context: Self::Context,
        state: &Self::State,
        choice: Self::Choice,
    ) -> Made<Self::Context, Self::Choice>;

    /// The points (peak, cost) at the root, by increasing peak; empty where there is only a cost.
    fn frontier(&self, _: &Self::State) -> Searched<Vec<(f64, f64)>> {
        Ok(Vec::new())
    }
}

/// Loops opened for a contraction, and the contexts of its parts inside them.
pub struct Opening<L, X> {
    pub loops: L,
    pub left: X,
    pub right: X,
}

/// The last contraction of a solution: the part evaluated first, the other part, and the loops
/// opened around both, by number, outermost first.
pub struct Made<X, C> {
    pub first: (Subset, X, C),
    pub second: (Subset, X, C),
    pub opened: Vec<usize>,
}

/// The ways to contract a split without loops: one.
fn no_loops() -> Searched<impl Iterator<Item = Opening<(), ()>>> {
    Ok(std::iter::once(Opening { loops: (), left: (), right: () }))
}

/// The parts of a solution without an order of its own: the part with the first tensor is evaluated
/// first.
fn lower_first(split: Split) -> Made<(), ()> {
    let Split { left, right } = split;
    let (first, second) = if left.first() < right.first() { (left, right) } else { (right, left) };
    Made { first: (first, (), ()), second: (second, (), ()), opened: Vec::new() }
}

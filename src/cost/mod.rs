//! Cost models: what a search minimises.
//!
//! A model says what it keeps for a set of tensors and how two sets combine; the searches in
//! [`crate::search`] know only subsets and splits.

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

use crate::problem::Searched;
use crate::problem::{Split, Subset};

/// An objective, as a search sees it.
pub trait CostModel {
    /// What the loops around a subset make of it; states are kept by subset and context. Nothing,
    /// for models without loops.
    type Context: Copy + Eq + Hash;
    /// Loops opened for a contraction; nothing, for models without loops.
    type Loops;
    /// All that is kept of one subset in one context: the best value, or a frontier.
    type State;
    /// One of the solutions in a state.
    type Choice: Copy;

    /// The context of the whole: no loops around it.
    fn outermost(&self) -> Self::Context;

    /// The state of a single tensor. An error, here or in `combine`, ends the search.
    fn leaf(&self, leaf: Subset, context: Self::Context) -> Searched<Self::State>;

    /// The state of a subset before any of its splits was seen.
    fn empty(&self, n: Subset, context: Self::Context) -> Self::State;

    /// The ways to contract a split in a context: each set of loops that may be opened for it. An
    /// error, that there are too many, ends the search.
    fn openings(
        &self,
        split: Split,
        context: Self::Context,
    ) -> Searched<impl Iterator<Item = Opening<Self::Loops, Self::Context>>>;

    /// Offers the solutions in which the parts of `split` are contracted last, inside the loops of
    /// `opening`. Each unordered pair of parts comes once.
    fn combine(
        &self,
        split: Split,
        opening: &Opening<Self::Loops, Self::Context>,
        left: &Self::State,
        right: &Self::State,
        into: &mut Self::State,
    ) -> Searched<()>;

    /// How many solutions a state holds; searches keep their sum within a limit.
    fn solutions(&self, state: &Self::State) -> usize;

    /// The solution to take at the root; none where there is none.
    fn choose(&self, root: &Self::State) -> Option<Self::Choice>;

    /// What a solution of a composed subset was made of.
    fn rebuild(
        &self,
        n: Subset,
        context: Self::Context,
        state: &Self::State,
        choice: Self::Choice,
    ) -> Made<Self::Context, Self::Choice>;

    /// The points (peak, cost) at the root, by increasing peak; empty where there is only a cost.
    fn frontier(&self, root: &Self::State) -> Searched<Vec<(f64, f64)>>;
}

/// Loops opened for a contraction, and the contexts of its parts inside them.
pub struct Opening<L, X> {
    pub loops: L,
    pub left: X,
    pub right: X,
}

/// The last contraction of a solution: the part evaluated first, then the other, and the loops
/// opened around both, by number, the outermost first.
pub struct Made<X, C> {
    pub first: (Subset, X, C),
    pub second: (Subset, X, C),
    pub opened: Vec<usize>,
}

/// The ways to contract a split without loops: one.
fn no_loops() -> Searched<impl Iterator<Item = Opening<(), ()>>> {
    Ok(std::iter::once(Opening { loops: (), left: (), right: () }))
}

/// What a solution without an order of its own is made of: the part with the first tensor is
/// evaluated first.
fn lower_first(split: Split) -> Made<(), ()> {
    let Split { left, right } = split;
    let (first, second) = if left.first() < right.first() { (left, right) } else { (right, left) };
    Made { first: (first, (), ()), second: (second, (), ()), opened: Vec::new() }
}

//! Cost models: what a search minimises.
//!
//! A model says what it keeps for a set of tensors and how two sets combine; the searches in
//! [`crate::search`] know only subsets and splits.

mod additive;
mod batched;
mod custom;
mod pareto;
mod peak;
mod roofline;
mod schedule;

pub use additive::Additive;
pub use batched::Batched;
pub use custom::{ContractionFacts, Custom, CustomModel, LeafFacts};
pub use pareto::{Frontier, Point};
pub use peak::Peak;
pub use roofline::Roofline;

use crate::Result;
use crate::search::{Context, Split, Subset};

/// An objective, as a search sees it.
pub trait CostModel {
    /// All that is kept of one subset: the best value, or a frontier.
    type State;
    /// One of the solutions in a state.
    type Choice: Copy;

    /// The state of a single tensor. An error, here or in `combine`, ends the search.
    fn leaf(&self, leaf: Subset) -> Result<Self::State>;

    /// The state of a subset before any of its splits was seen.
    fn empty(&self, n: Subset) -> Self::State;

    /// Offers the solutions in which the parts of `split` are contracted last. Each unordered pair
    /// of parts comes once.
    fn combine(
        &self,
        split: Split,
        left: &Self::State,
        right: &Self::State,
        into: &mut Self::State,
    ) -> Result<()>;

    /// How many solutions a state holds; searches keep their sum within a limit.
    fn solutions(&self, state: &Self::State) -> usize;

    /// The solution to take at the root.
    fn choose(&self, root: &Self::State) -> Self::Choice;

    /// What a solution of a composed subset was made of.
    fn rebuild(&self, n: Subset, state: &Self::State, choice: Self::Choice) -> Made<Self::Choice>;

    /// The points (peak, cost) at the root, by increasing peak; empty where there is only a cost.
    fn frontier(&self, root: &Self::State) -> Vec<(f64, f64)>;
}

/// The last contraction of a solution: the part evaluated first, then the other, and the loops
/// opened around both.
pub struct Made<C> {
    pub first: (Subset, C),
    pub second: (Subset, C),
    pub opened: Context,
}

//! Searches for the best contraction tree: they know subsets and splits, nothing of costs.

mod context;
mod lattice;
mod naive;
mod problem;
mod subset;
mod tree;

pub use context::Context;
pub use lattice::Lattice;
pub use naive::{MAX_TENSORS, Solution, solve};
pub use problem::{Loop, Problem};
pub use subset::{Split, Subset};
pub use tree::{Tree, TreeNode};

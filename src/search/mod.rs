//! Searches for the best contraction tree: they know subsets and splits, nothing of costs.

mod lattice;
mod loop_set;
mod naive;
mod nest;
mod problem;
mod subset;
mod tree;

pub use lattice::Lattice;
pub use loop_set::LoopSet;
pub use naive::{MAX_TENSORS, Solution, search};
pub use nest::Nest;
pub(crate) use problem::check_sizes;
pub use problem::{Loop, Problem};
pub use subset::{Split, Subset};
pub use tree::{Tree, TreeNode};

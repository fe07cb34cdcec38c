//! Searches for the best contraction tree: they know subsets and splits, nothing of costs; but the one
//! that shares equal intermediates, which knows that costs add up.

pub mod best_first;
mod bounded;
mod classes;
mod closed;
pub mod connected;
pub mod greedy;
mod idle_loops;
mod incumbent;
pub mod intervals;
pub mod large;
mod lattice;
mod loop_set;
mod naive;
mod nest;
mod numbers;
pub(crate) mod on_trees;
mod pairs;
pub mod parts;
mod portfolio;
mod problem;
mod products;
mod range;
mod rivals;
mod sharing;
mod simd;
mod slices;
pub mod sparse;
mod states;
mod subset;
pub mod sweep;
mod tables;
pub mod ties;
mod tree;
mod two_phases;
mod watch;

pub use classes::{Class, classes};
pub use idle_loops::drop_idle_loops;
pub use lattice::Lattice;
pub use loop_set::LoopSet;
pub use naive::{MAX_TENSORS, Solution, search, search_on_tree, search_within};
pub use nest::Nest;
pub use portfolio::{
    Answer, Proof, additive, additive_within, is_large, is_stop, peak, peak_within, without_proof,
};
pub(crate) use problem::check_sizes;
pub use problem::{Loop, Problem};
pub(crate) use range::at_most;
pub use sharing::{MAX_WAYS, MAX_WORK, SharedSolution, search_shared, search_shared_within};
pub use subset::{Split, Subset};
pub use tree::{Tree, TreeNode};
pub use watch::{Progress, Quantity, Report, Watch, limit};

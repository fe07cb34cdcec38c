//! Contraction orders where exact search does not reach: some thirty to some thousand tensors.
//!
//! Greedy trees with some noise (`greedy`), the best of them annealed (`annealing`), and every small
//! piece of the result replaced by the best one there is (`windows`). Nothing is proven of the tree but
//! that no such piece can be improved.
//!
//! Random numbers come from fixed seeds and effort is counted in steps, so a problem has the same answer
//! on every run.

pub mod annealing;
pub mod branches;
pub mod greedy;
pub mod hypergraph;
pub mod random;
pub mod windows;

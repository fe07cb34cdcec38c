//! How ties are broken, independently of method, machine and number of threads.
//!
//! Values are equal if they are equal to the last bit. Every method computes them alike: volumes in
//! the order of the network, leaf sums in the order of the tensors; the cost of a contraction
//! first, then that of the part without its highest tensor, then that of the other part.
//!
//! The tree is built from the root down, from the best solution by cost and then by peak. Among the
//! splits that give a set exactly its values, taken in the order in which the part without the
//! highest tensor increases as a number, a set takes:
//! - where only the cost counts: the last; the part with the first tensor is evaluated first
//! - where the peak counts: the first, with the solutions of its parts in the order of their peaks;
//!   the order of evaluation of the lower peak, the part without the highest tensor first if both
//!   are equal
//!
//! This is the order of the reference. Where loops may slice, all that may are opened first, and
//! those that the plan does not need are removed from its tree (`optimize::idle_loops`).

use smallvec::SmallVec;

use super::BestFirst;
use crate::allocation::{Append, Granted};
use crate::cost::{Beside, least_peak};
use crate::problem::{Operand, Problem, Split, Subset, Tree, TreeNode};

/// The tree of a state of a search that has ended, in the order of evaluation.
pub fn tree(problem: &Problem, search: &BestFirst, state: u32) -> Granted<Tree> {
    rebuilt(problem, search, state, true)
}

/// The tree of a state of a search that was stopped. States that tie with it may not be expanded,
/// so ties fall in the order of the search.
pub fn tree_so_far(problem: &Problem, search: &BestFirst, state: u32) -> Granted<Tree> {
    rebuilt(problem, search, state, false)
}

fn rebuilt(problem: &Problem, search: &BestFirst, state: u32, ended: bool) -> Granted<Tree> {
    let mut rebuilding = Rebuilding {
        problem,
        search,
        ended,
        by_cost: problem.options().objective.is_additive(),
        tree: Tree { nodes: Vec::with_capacity(2 * problem.connectivity().tensors()) },
    };
    rebuilding.append(state)?;
    Ok(rebuilding.tree)
}

struct Rebuilding<'s, 'a> {
    problem: &'a Problem<'a>,
    search: &'s BestFirst<'a>,
    ended: bool,
    by_cost: bool,
    tree: Tree,
}

/// The states of the part without the highest tensor and of the other one.
type Origin = (Split, u32, u32);

impl Rebuilding<'_, '_> {
    /// Appends the tree of a state; returns its position.
    fn append(&mut self, state: u32) -> Granted<usize> {
        let part_of = |state: u32| self.search.states[state].part;
        let part = part_of(state);
        let n = self.search.parts.get(part).n;
        let node = if n.is_leaf() {
            TreeNode::Leaf(n.first())
        } else {
            let (split, left, right) = self.origin(n, state)?;
            let left_first = if self.by_cost {
                split.left.first() < split.right.first()
            } else {
                self.left_first(part, left, right)
            };
            let (first, second) = if left_first { (left, right) } else { (right, left) };
            let first = self.append(first)?;
            let second = self.append(second)?;
            let opened = self.search.parts.opened(part_of(left), part_of(right), part);
            TreeNode::Contraction { first, second, opened }
        };
        self.tree.nodes.push(node);
        Ok(self.tree.nodes.len() - 1)
    }

    fn origin(&self, n: Subset, state: u32) -> Granted<Origin> {
        let search = self.search;
        let wanted = search.states[state];
        if let (false, Some((a, b))) = (wanted.tied && self.ended, wanted.operands) {
            let set = |state: u32| search.parts.get(search.states[state].part).n;
            let split = Split::of(set(a), set(b));
            return Ok(if split.left == set(a) { (split, a, b) } else { (split, b, a) });
        }
        let mut lefts: SmallVec<[Subset; 64]> = SmallVec::new();
        for left in search.expanded_sets().iter().map(|&set| Subset(set)) {
            if left.is_in(n) && left != n && left < n.without(left) {
                lefts.try_push(left)?;
            }
        }
        lefts.sort_unstable();
        lefts.dedup();
        if self.by_cost {
            lefts.reverse();
        }
        for left in lefts {
            let split = Split { left, right: n.without(left) };
            if !self.problem.connectivity().near(left).intersects(split.right) {
                continue;
            }
            let rights = search.frontier(split.right)?;
            for i in search.frontier(left)? {
                for &j in &rights {
                    let peak = search.peak_of(i, j, wanted.part);
                    if peak == wanted.peak && search.cost_of(i, j, wanted.part) == wanted.cost {
                        return Ok((split, i, j));
                    }
                }
            }
        }
        unreachable!("a state is made of expanded states of two parts")
    }

    fn left_first(&self, part: u32, left: u32, right: u32) -> bool {
        let sizes = |state: u32| -> (Operand, f64) {
            let state = self.search.states[state];
            (self.search.parts.get(state.part).sliced, state.peak)
        };
        let result = self.search.parts.get(part).sliced.footprint;
        least_peak(sizes(left), sizes(right), &Beside { held: 0.0, result }).1
    }
}

//! Drops loops that a plan does not need: those without which its peak is no higher.
//!
//! A search opens whatever loops it can where slicing is free, so most of them slice what is small
//! anyway. From the root down, each contraction closes its loops, by number, as far as the peak of the
//! whole stays what it is. What is left cannot be dropped one by one.

use super::{LoopSet, Problem, Subset, Tree, TreeNode};
use crate::cost::{Beside, Operand, in_order};

/// Drops the idle loops of a tree under the objective peak-batched.
pub fn drop_idle_loops(problem: &Problem, tree: &mut Tree) {
    let opens = |node: &TreeNode| matches!(node, TreeNode::Contraction { opened, .. } if !opened.is_empty());
    if !tree.nodes.iter().any(opens) {
        return;
    }
    let mut sliced = Sliced::of(problem, tree);
    let peak = sliced.peak();
    for at in (0..tree.nodes.len()).rev() {
        let TreeNode::Contraction { opened, .. } = &mut tree.nodes[at] else { continue };
        opened.retain(|&number| !sliced.closes(at, number, peak));
    }
}

/// A tree with its sizes inside loops, by position.
struct Sliced<'a> {
    problem: &'a Problem<'a>,
    members: Vec<Subset>,
    /// The positions of the operands in the order of their evaluation.
    operands: Vec<Option<(usize, usize)>>,
    opened: Vec<LoopSet>,
    /// The loops around each node, as far as they slice it.
    around: Vec<LoopSet>,
    sizes: Vec<Operand>,
}

impl<'a> Sliced<'a> {
    fn of(problem: &'a Problem<'a>, tree: &Tree) -> Self {
        let members = tree.members();
        let mut operands = vec![None; members.len()];
        let mut opened = vec![LoopSet::NONE; members.len()];
        for (at, node) in tree.nodes.iter().enumerate() {
            if let TreeNode::Contraction { first, second, opened: loops } = node {
                operands[at] = Some((*first, *second));
                opened[at] = LoopSet::of_all(loops);
            }
        }
        let mut around = vec![LoopSet::NONE; members.len()];
        for at in (0..members.len()).rev() {
            let inside = around[at].union(opened[at]);
            for part in operands[at].iter().flat_map(|&(first, second)| [first, second]) {
                around[part] = inside.intersection(problem.batchable_open(members[part]));
            }
        }
        let sizes = (0..members.len()).map(|at| size(problem, members[at], around[at])).collect();
        Sliced { problem, members, operands, opened, around, sizes }
    }

    /// Closes a loop that a contraction opens, unless the peak rises; whether it did.
    fn closes(&mut self, at: usize, number: usize, peak: f64) -> bool {
        let (closed, sizes) = (LoopSet::of(number), self.sizes.clone());
        let (opened, around) = (self.opened[at], self.around.clone());
        self.opened[at] = opened.without(closed);
        // In postfix order a subtree of n tensors is the 2 n - 1 entries that end with it.
        for below in at + 2 - 2 * self.members[at].len()..at {
            if self.around[below].contains(number) {
                let left = self.around[below].without(closed);
                self.around[below] = left;
                self.sizes[below] = size(self.problem, self.members[below], left);
            }
        }
        let closes = self.peak() <= peak;
        if !closes {
            (self.opened[at], self.around, self.sizes) = (opened, around, sizes);
        }
        closes
    }

    fn peak(&self) -> f64 {
        let mut peaks: Vec<f64> = Vec::with_capacity(self.sizes.len());
        for (at, size) in self.sizes.iter().enumerate() {
            peaks.push(match self.operands[at] {
                None => size.footprint,
                Some((first, second)) => {
                    let factor = self.problem.rulings().accumulation_factor();
                    let contribution =
                        if self.opened[at].is_empty() { 0.0 } else { factor * size.footprint };
                    let beside = Beside { held: 0.0, result: size.footprint + contribution };
                    let operand = |part: usize| (self.sizes[part], peaks[part]);
                    in_order(operand(first), operand(second), &beside)
                }
            });
        }
        peaks[peaks.len() - 1]
    }
}

fn size(problem: &Problem, n: Subset, loops: LoopSet) -> Operand {
    let footprint = problem.sliced_footprint(n, loops);
    Operand { footprint, leaf_sum: problem.sliced_leaf_sum(n, loops) }
}

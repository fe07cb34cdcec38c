//! Drops idle loops: those without which the peak of the plan is no higher.
//!
//! Where slicing is free a search opens all loops that it can, and most of them slice small tensors. From
//! the root down, each contraction closes its loops, by number, as long as the peak of the plan stays the
//! same. No single remaining loop can be dropped.
//!
//! A loop slices only nodes below the one that opens it, so each loop costs O(n) sizes for n tensors.

use crate::cost::{Beside, in_order};
use crate::network::IndexSet;
use crate::problem::{LoopSet, Operand, Problem, Subset, Tree, TreeNode};
use crate::search::slices::Slices;

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

/// A tree with its sizes inside loops, by node.
struct Sliced<'a> {
    problem: &'a Problem<'a>,
    slices: Slices<'a>,
    nodes: Vec<Node>,
    inside: Vec<Inside>,
    /// `inside` before a loop was closed.
    before: Vec<Inside>,
    /// The peak of each subtree.
    peaks: Vec<f64>,
}

/// The properties of a node that do not depend on loops.
struct Node {
    members: Subset,
    open: IndexSet,
    /// The positions of the operands in the order of their evaluation.
    operands: Option<(usize, usize)>,
}

/// The properties of a node inside its loops.
#[derive(Clone, Copy)]
struct Inside {
    /// Whether it opens loops, and which.
    opened: LoopSet,
    /// The loops around it, as far as they slice it.
    around: LoopSet,
    /// S and L inside them.
    sizes: Operand,
}

impl<'a> Sliced<'a> {
    fn of(problem: &'a Problem<'a>, tree: &Tree) -> Self {
        let mut slices = Slices::new(problem);
        let mut nodes: Vec<Node> = Vec::with_capacity(tree.nodes.len());
        let mut inside: Vec<Inside> = Vec::with_capacity(tree.nodes.len());
        let sizes = Operand { footprint: 0.0, leaf_sum: 0.0 };
        for node in &tree.nodes {
            let (members, open, operands, opened) = match *node {
                TreeNode::Leaf(tensor) => {
                    let open = problem.leaf_open(tensor).clone();
                    (Subset::leaf(tensor), open, None, LoopSet::NONE)
                }
                TreeNode::Contraction { first, second, ref opened } => {
                    let (a, b) = (&nodes[first], &nodes[second]);
                    let members = a.members.union(b.members);
                    let open = problem.open_of_parts(&a.open, &b.open, members);
                    (members, open, Some((first, second)), LoopSet::of_all(opened))
                }
            };
            nodes.push(Node { members, open, operands });
            inside.push(Inside { opened, around: LoopSet::NONE, sizes });
        }
        for at in (0..nodes.len()).rev() {
            let Inside { opened, around, .. } = inside[at];
            inside[at].sizes = slices.operand(nodes[at].members, &nodes[at].open, around);
            let Some((first, second)) = nodes[at].operands else { continue };
            for part in [first, second] {
                let open = slices.open(nodes[part].members);
                inside[part].around = around.union(opened).intersection(open);
            }
        }
        let (before, peaks) = (inside.clone(), vec![0.0; nodes.len()]);
        Sliced { problem, slices, nodes, inside, before, peaks }
    }

    /// Closes a loop that a contraction opens, unless the peak rises; whether it did.
    fn closes(&mut self, at: usize, number: usize, peak: f64) -> bool {
        let closed = LoopSet::of(number);
        self.before.clone_from_slice(&self.inside);
        self.inside[at].opened = self.inside[at].opened.without(closed);
        // In postfix order a subtree of n tensors is the 2 n - 1 entries that end with it.
        for below in at + 2 - 2 * self.nodes[at].members.len()..at {
            let inside = &mut self.inside[below];
            if inside.around.contains(number) {
                let Node { members, ref open, .. } = self.nodes[below];
                inside.around = inside.around.without(closed);
                inside.sizes = self.slices.operand(members, open, inside.around);
            }
        }
        let closes = self.peak() <= peak;
        if !closes {
            std::mem::swap(&mut self.inside, &mut self.before);
        }
        closes
    }

    fn peak(&mut self) -> f64 {
        let factor = self.problem.policy().accumulation_factor();
        for (at, (node, inside)) in self.nodes.iter().zip(&self.inside).enumerate() {
            let footprint = inside.sizes.footprint;
            self.peaks[at] = match node.operands {
                None => footprint,
                Some((first, second)) => {
                    let contribution =
                        if inside.opened.is_empty() { 0.0 } else { factor * footprint };
                    let beside = Beside { held: 0.0, result: footprint + contribution };
                    let operand = |part: usize| (self.inside[part].sizes, self.peaks[part]);
                    in_order(operand(first), operand(second), &beside)
                }
            };
        }
        self.peaks[self.peaks.len() - 1]
    }
}

//! Liveness: the intervals of nodes over which each tensor and result is live, and its size there.
//!
//! Time is the order of evaluation. The tree, the shared results and the loops determine the
//! intervals. A tensor is live from the start, a result from its own node; a result that loops
//! assemble is live from the first node inside them. Both end at the last contraction that takes
//! them. A result has one size: it is made, assembled and taken inside all loops around it. A
//! waiting tensor is whole until the first loop around it is entered, and fully sliced inside all
//! of them. Loops are entered at the first nodes of nested subtrees, outermost first. So the size
//! of a tensor is a step function: each loop over an index of the tensor makes a step. A tensor
//! has at most one interval more than indices, and a plan of n tensors has O(n) intervals.

use super::{Node, NodeKind, Plan, sharing};

/// An interval of nodes over which a tensor or a result is live at one size. A tensor has several
/// consecutive intervals if loops slice it further as they are entered. A shared or skipped node
/// has none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Life {
    pub node: usize,
    /// The first node at which it is live at this size, and the last one.
    pub from: usize,
    pub to: usize,
    /// Its size as the loops entered by then slice it, elements.
    pub elements: f64,
}

impl Life {
    /// Whether the tensor or result is live at this node.
    pub fn contains(&self, at: usize) -> bool {
        (self.from..=self.to).contains(&at)
    }
}

/// A tensor or result that is live at a node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Live {
    pub node: usize,
    /// Its size as the loops entered by then slice it, elements.
    pub elements: f64,
}

/// The size of a tensor from a node on at which it waits inside some, but not all, of the loops around
/// it. Sorted by `leaf`, then by `from`; one entry per change of size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Waiting {
    pub leaf: usize,
    pub from: usize,
    pub elements: f64,
}

/// The intervals of all nodes.
pub(crate) struct Lifetimes {
    /// By `node`, then by `from`.
    pub lives: Vec<Life>,
    /// By node, the end of its intervals in `lives`.
    ends: Vec<usize>,
}

impl Lifetimes {
    /// O(n) for n tensors.
    pub fn of(plan: &Plan) -> Self {
        let nodes = &plan.nodes;
        let last_use = sharing::last_use(nodes);
        let last = nodes.len().saturating_sub(1);
        let openers = openers(nodes);
        let mut waiting = plan.waiting.iter().peekable();
        let mut lifetimes = Lifetimes { lives: Vec::new(), ends: Vec::with_capacity(nodes.len()) };
        for (at, node) in nodes.iter().enumerate() {
            let to = last_use[at].min(last);
            let size = node.sliced_footprint;
            if !node.evaluation.is_own() {
                // Shared or skipped: not live itself.
            } else if plan.is_leaf(at) {
                // The innermost opener above: from its first node on, the tensor is fully sliced.
                let inside = openers[at].map(|opener| *sharing::subtree(nodes, opener).start());
                if inside.is_none_or(|inside| inside > 0) {
                    lifetimes.begin(at, 0, to, node.footprint);
                }
                while let Some(one) = waiting.next_if(|one| one.leaf <= at) {
                    lifetimes.begin(at, one.from, to, one.elements);
                }
                if let Some(inside) = inside {
                    lifetimes.begin(at, inside, to, size);
                }
            } else if plan.is_assembled(at) {
                lifetimes.begin(at, *sharing::subtree(nodes, at).start(), to, size);
            } else {
                lifetimes.begin(at, at, to, size);
            }
            lifetimes.ends.push(lifetimes.lives.len());
        }
        lifetimes
    }

    /// Starts an interval of the last node, which ends the one before; equal sizes merge.
    fn begin(&mut self, node: usize, from: usize, to: usize, elements: f64) {
        if let Some(before) = self.lives.last_mut().filter(|before| before.node == node) {
            if before.elements == elements {
                return;
            }
            if before.from < from {
                before.to = from - 1;
            } else {
                self.lives.pop();
            }
        }
        self.lives.push(Life { node, from, to, elements });
    }

    /// The intervals of a node, in order.
    pub fn of_node(&self, node: usize) -> &[Life] {
        &self.lives[node.checked_sub(1).map_or(0, |before| self.ends[before])..self.ends[node]]
    }

    /// The tensors and results live at a node, by node.
    pub fn live(&self, at: usize) -> impl Iterator<Item = Live> {
        let there = self.lives.iter().filter(move |life| life.contains(at));
        there.map(|&Life { node, elements, .. }| Live { node, elements })
    }
}

/// By node, the innermost node above it that opens loops.
pub(crate) fn openers(nodes: &[Node]) -> Vec<Option<usize>> {
    let mut openers = vec![None; nodes.len()];
    for (at, node) in nodes.iter().enumerate().rev() {
        if let NodeKind::Contraction { first, second } = node.kind {
            let opener = if node.loops.is_empty() { openers[at] } else { Some(at) };
            (openers[first], openers[second]) = (opener, opener);
        }
    }
    openers
}

impl Plan {
    /// The intervals over which each tensor and result is live, with its size: sorted by `node`, then
    /// by `from`; O(n) for n tensors. A tensor or result is live at a node if one of its intervals
    /// contains the node.
    ///
    /// ```
    /// # use qube_budget::network::{Spaces, einsum};
    /// # use qube_budget::{BatchPolicy, Options, optimize};
    /// let mut letters = Spaces::new();
    /// for (letter, extent) in [("i", 10), ("j", 20), ("k", 30), ("l", 40)] {
    ///     letters.add(letter, extent)?;
    /// }
    /// let chain = einsum("ij,jk,kl->il", &letters)?;
    /// let plan = optimize(&chain, &BatchPolicy::new(), &Options::default())?;
    /// // Nodes 0 and 1 are ij and jk, 2 is their result, 3 is kl, and 4 the result of the term.
    /// let lives = plan.lifetimes();
    /// let spans: Vec<_> = lives.iter().map(|life| (life.node, life.from, life.to)).collect();
    /// assert_eq!(spans, [(0, 0, 2), (1, 0, 2), (2, 2, 4), (3, 0, 4), (4, 4, 4)]);
    /// let live = lives.iter().filter(|life| life.contains(2)).map(|life| life.elements);
    /// assert_eq!(live.sum::<f64>(), plan.nodes[2].live);
    /// # Ok::<(), qube_budget::Error>(())
    /// ```
    pub fn lifetimes(&self) -> Vec<Life> {
        Lifetimes::of(self).lives
    }

    /// The nodes live at a node, itself included: tensors not yet consumed, results computed and not
    /// yet consumed, and results that loops around the node assemble, if the objective counts those.
    /// Shared and skipped nodes are never live; the source of a shared one is. O(n) for one node;
    /// for all nodes see [`Plan::lifetimes`].
    pub fn live_at(&self, at: usize) -> Vec<usize> {
        Lifetimes::of(self).live(at).map(|one| one.node).collect()
    }

    /// The same with their sizes, the parts of `Node::live`. `Node::live` exceeds their sum by the
    /// contribution of a batch beside the accumulator (`BatchPolicy::set_accumulation_factor`), or
    /// by the block being made.
    pub fn live(&self, at: usize) -> Vec<Live> {
        Lifetimes::of(self).live(at).collect()
    }

    /// Whether the result of a node counts as live while its operands are evaluated, because loops
    /// assemble it.
    pub(crate) fn is_assembled(&self, at: usize) -> bool {
        self.objective.charges_slicing() && !self.nodes[at].loops.is_empty()
    }

    /// Whether a node is strictly below another.
    pub(crate) fn is_below(&self, node: usize, above: usize) -> bool {
        node != above && sharing::subtree(&self.nodes, above).contains(&node)
    }

    pub(crate) fn is_leaf(&self, at: usize) -> bool {
        matches!(self.nodes[at].kind, NodeKind::Leaf { .. })
    }
}

#[cfg(test)]
mod tests;

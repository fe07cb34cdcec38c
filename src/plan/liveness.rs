//! When each tensor and result of a plan is live, and how large: a few intervals for each node.
//!
//! Time is the order of evaluation: an interval goes from one node to another. It follows from the
//! tree, what is shared, and the loops. A tensor is there from the start, a result from its own
//! node on; where loops assemble a result, from the first node inside them on. Either is live until
//! the last contraction that takes it. A result is made, assembled and taken inside all loops
//! around it and has one size. A tensor that waits is whole until the first of the loops around it
//! is entered, and as sliced as it gets inside all of them. Those loops are entered at the first
//! nodes of nested subtrees, one after the other: its size is a step function, with a step where a
//! loop slices an index that the tensor carries. So a tensor has at most one interval more than
//! indices, and a plan of n tensors O(n) of them.

use super::{Node, NodeKind, Plan, sharing};

/// From which node to which a tensor or a result is live at one size. A tensor has several where
/// loops slice it further as they are entered, each beginning where the one before ends; a node has
/// none where its result is shared with an earlier one, or not needed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Life {
    pub node: usize,
    /// The first node at which it is live at this size, and the last one.
    pub from: usize,
    pub to: usize,
    /// Its size, as the loops around it that have been entered by then slice it.
    pub elements: f64,
}

impl Life {
    pub fn contains(&self, at: usize) -> bool {
        (self.from..=self.to).contains(&at)
    }
}

/// A tensor or result that is live at a node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Live {
    pub node: usize,
    /// Its size as sliced by then: by the loops around it that have been entered.
    pub elements: f64,
}

/// The size that a tensor has from a node on at which it waits inside some of the loops around it,
/// but not yet inside all. By `leaf`, then by `from`; only where the size is another one than just
/// before.
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
    /// By node, where its intervals end.
    ends: Vec<usize>,
}

impl Lifetimes {
    /// O(n).
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
                // The other one is live.
            } else if plan.is_leaf(at) {
                // Inside all loops from the first node below the innermost of what opens them on.
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

    /// From there on the last node has another size.
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

    /// The intervals of a node, one behind the other.
    pub fn of_node(&self, node: usize) -> &[Life] {
        &self.lives[node.checked_sub(1).map_or(0, |before| self.ends[before])..self.ends[node]]
    }

    /// What is live at a node, by node.
    pub fn live(&self, at: usize) -> impl Iterator<Item = Live> {
        let there = self.lives.iter().filter(move |life| life.contains(at));
        there.map(|&Life { node, elements, .. }| Live { node, elements })
    }
}

/// By node, the innermost of the nodes above it that open loops.
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
    /// When each tensor and result is live, and how large: by `node`, then by `from`; O(n) for n
    /// tensors. Live at a node are those whose interval contains it.
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

    /// The nodes live at a node, itself included: what has been computed or was there from the
    /// start, and is not yet consumed; and results that loops around the node add to, where the
    /// objective counts those. A node that is shared with another, and those below it, are not
    /// among them: the other one is. O(n) for one node; for all of them see [`Plan::lifetimes`].
    pub fn live_at(&self, at: usize) -> Vec<usize> {
        Lifetimes::of(self).live(at).map(|one| one.node).collect()
    }

    /// The same with their sizes: what `Node::live` consists of. What it has beyond their sum is
    /// the contribution of a batch that lives beside the accumulator
    /// (`BatchPolicy::set_accumulation_factor`), or the block that is being made.
    pub fn live(&self, at: usize) -> Vec<Live> {
        Lifetimes::of(self).live(at).collect()
    }

    /// Whether the result of a node is counted as live while its operands are evaluated, because
    /// loops add to it.
    pub(crate) fn is_assembled(&self, at: usize) -> bool {
        self.objective.charges_slicing() && !self.nodes[at].loops.is_empty()
    }

    /// Whether a node stands below another.
    pub(crate) fn is_below(&self, node: usize, above: usize) -> bool {
        node != above && sharing::subtree(&self.nodes, above).contains(&node)
    }

    pub(crate) fn is_leaf(&self, at: usize) -> bool {
        matches!(self.nodes[at].kind, NodeKind::Leaf { .. })
    }
}

#[cfg(test)]
mod tests;

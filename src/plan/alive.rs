//! What is alive at the turn of each node: it follows from the tree, what is shared and the loops.

use std::collections::BTreeMap;

use super::{Node, NodeKind, Plan, cache, sharing};

/// A tensor or result that is alive at a moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alive {
    /// Its node, by position.
    pub node: usize,
    /// Its size as sliced at that moment: by the loops around it that have been entered.
    pub elements: f64,
}

/// Sizes of tensors that wait inside some of the loops around them, but not yet inside all: by the
/// node of the tensor and the innermost of the nodes that have opened loops around it and have been
/// entered. Before any is entered a tensor is whole, and inside all of them as sliced as it gets.
pub(super) type Waiting = BTreeMap<(usize, usize), f64>;

/// How large something is at a moment.
pub(super) enum Size {
    Whole,
    /// As the loops around it slice it.
    Sliced,
    /// What `Waiting` says for this key.
    Waiting((usize, usize)),
}

/// Which nodes are there at which time.
pub(super) struct Lifetimes<'a> {
    plan: &'a Plan,
    parents: Vec<Option<usize>>,
    last_use: Vec<usize>,
}

impl<'a> Lifetimes<'a> {
    pub fn of(plan: &'a Plan) -> Self {
        let parents = cache::parents(&plan.nodes);
        Lifetimes { plan, parents, last_use: sharing::last_use(&plan.nodes) }
    }

    /// The nodes alive at the turn of the node at `at`.
    pub fn nodes(&self, at: usize) -> impl Iterator<Item = usize> {
        let Lifetimes { plan, ref last_use, .. } = *self;
        let alive = move |&node: &usize| {
            sharing::is_alive(&plan.nodes, last_use, node, at)
                || node > at && plan.is_assembled(node) && plan.is_below(at, node)
        };
        (0..plan.nodes.len()).filter(alive)
    }

    pub fn alive(&self, at: usize) -> impl Iterator<Item = Alive> {
        self.nodes(at).map(move |node| Alive { node, elements: self.elements(node, at) })
    }

    /// The contraction that takes a node.
    pub fn parent(&self, node: usize) -> Option<usize> {
        self.parents[node]
    }

    /// The last contraction that takes a node, as itself or as one that is shared with it.
    pub fn last_use(&self, node: usize) -> usize {
        self.last_use[node]
    }

    /// How large a node is at the turn of another, where it is alive. A result is made, assembled and
    /// taken inside all loops around it. A tensor is there before they are entered.
    pub fn size(&self, node: usize, at: usize) -> Size {
        let Lifetimes { plan, ref parents, .. } = *self;
        let above = std::iter::successors(parents[node], |&above| parents[above]);
        let mut around = above.filter(|&above| !plan.nodes[above].loops.is_empty());
        let is_entered = |&opener: &usize| opener == at || plan.is_below(at, opener);
        if !plan.is_leaf(node) || around.next().as_ref().is_none_or(is_entered) {
            return Size::Sliced;
        }
        around.find(is_entered).map_or(Size::Whole, |opener| Size::Waiting((node, opener)))
    }

    fn elements(&self, node: usize, at: usize) -> f64 {
        let Node { footprint, sliced_footprint, .. } = self.plan.nodes[node];
        match self.size(node, at) {
            Size::Whole => footprint,
            Size::Sliced => sliced_footprint,
            Size::Waiting(key) => self.plan.waiting.get(&key).copied().unwrap_or(footprint),
        }
    }
}

impl Plan {
    /// The nodes alive when it is the turn of the node at `at`, its own result included: what has
    /// been computed or was there from the start, and is not yet consumed; and results that loops
    /// around the node add to, where the objective counts those. A node that is shared with another,
    /// and those below it, are not among them: the other one is.
    pub fn alive_at(&self, at: usize) -> Vec<usize> {
        Lifetimes::of(self).nodes(at).collect()
    }

    /// The same with their sizes: what `Node::live` consists of. What it has beyond their sum is the
    /// contribution of a batch that lives beside the accumulator
    /// (`BatchPolicy::set_accumulation_factor`), or the block that is being made.
    pub fn alive(&self, at: usize) -> Vec<Alive> {
        Lifetimes::of(self).alive(at).collect()
    }

    /// Whether the result of a node is counted as alive while its operands are evaluated, because loops
    /// add to it.
    pub(super) fn is_assembled(&self, at: usize) -> bool {
        self.objective.charges_slicing() && !self.nodes[at].loops.is_empty()
    }

    /// Whether a node stands below another.
    pub(super) fn is_below(&self, node: usize, above: usize) -> bool {
        node != above && sharing::subtree(&self.nodes, above).contains(&node)
    }

    pub(super) fn is_leaf(&self, at: usize) -> bool {
        matches!(self.nodes[at].kind, NodeKind::Leaf { .. })
    }
}

/// When a node is live, and what takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Life {
    /// The contraction that takes it; none for the result of the term.
    pub parent: Option<usize>,
    /// The nodes at whose turns it is live; none where it is not evaluated.
    pub turns: Option<std::ops::RangeInclusive<usize>>,
}

impl Plan {
    /// By node, when it is live. O(n).
    pub fn lives(&self) -> Vec<Life> {
        let lifetimes = Lifetimes::of(self);
        let life = |at: usize| {
            let first = match self.is_leaf(at) {
                true => 0,
                false if self.is_assembled(at) => *sharing::subtree(&self.nodes, at).start(),
                false => at,
            };
            let last = lifetimes.last_use(at).min(self.nodes.len() - 1);
            let is_own = self.nodes[at].evaluation.is_own();
            Life { parent: lifetimes.parent(at), turns: is_own.then_some(first..=last) }
        };
        (0..self.nodes.len()).map(life).collect()
    }
}

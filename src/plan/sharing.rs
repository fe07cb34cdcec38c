//! Plans in which equal intermediates are computed once: what that makes of the nodes.
//!
//! The sequence remains a full postfix tree, and a node is evaluated, or shared with an earlier node
//! that is its equal up to a renaming of indices, or skipped because it stands below a shared one.
//! What a shared node and those below it would do is not done: no work, no cost. Below it the tree is
//! that of its source: leaf by leaf and slot by slot, tensors and indices correspond.
//!
//! Memory: a result lives until its last use, as itself or as a node that is shared with it, and is
//! there once. A shared node is no copy. Tensors of skipped leaves are never taken and do not count.

use super::{Alive, Node, NodeKind, cache};
use crate::network::IndexId;
use crate::search::{Problem, Subset};

/// What becomes of a node when the plan is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Evaluation {
    /// The tensor is taken, or the operands are contracted.
    #[default]
    Own,
    /// It is the result of the node at position `with`, evaluated before, under other names of the
    /// indices; nothing is computed or copied. Its `open` lists its labels in the order in which
    /// those of that node are listed, so that they correspond one to one.
    Shared { with: usize },
    /// Not needed: it stands below a shared node.
    Skipped,
}

impl Evaluation {
    /// Whether the node is evaluated itself.
    pub fn is_own(self) -> bool {
        self == Evaluation::Own
    }
}

/// Makes the nodes at the first positions share with those at the second ones, and counts work,
/// cost and memory anew.
pub(super) fn share(problem: &Problem, nodes: &mut [Node], shared: &[(usize, usize)]) {
    for &(at, with) in shared {
        for below in subtree(nodes, at) {
            let node = &mut nodes[below];
            (node.flops, node.cost, node.evaluation) = (0.0, 0.0, Evaluation::Skipped);
        }
        nodes[at].evaluation = Evaluation::Shared { with };
        nodes[at].open = corresponding_labels(problem, nodes, at, with);
    }
    count_memory(nodes);
}

/// The labels of the open indices at `at`, in the order of those at `with`.
fn corresponding_labels(problem: &Problem, nodes: &[Node], at: usize, with: usize) -> Vec<String> {
    let network = problem.network();
    let slots = |below: usize| -> Vec<IndexId> {
        let tensors = subtree(nodes, below).filter_map(|leaf| match nodes[leaf].kind {
            NodeKind::Leaf { tensor, .. } => Some(&network.tensors()[tensor]),
            NodeKind::Contraction { .. } => None,
        });
        tensors.flat_map(|tensor| tensor.indices.iter().copied()).collect()
    };
    let (here, there) = (slots(at), slots(with));
    let source: Subset =
        nodes[with].members.iter().fold(Subset(0), |n, &t| n.union(Subset::leaf(t)));
    let corresponding = |id: IndexId| {
        let slot = there.iter().position(|&one| one == id);
        let slot = slot.expect("what is open in a set is carried in it");
        network.index_at(here[slot]).label.clone()
    };
    problem.open(source).iter().map(corresponding).collect()
}

/// The positions at and below `at`: in postfix order, the 2 n - 1 that end with it for n tensors.
pub(super) fn subtree(nodes: &[Node], at: usize) -> std::ops::RangeInclusive<usize> {
    at + 2 - 2 * nodes[at].members.len()..=at
}

/// Walks the nodes once more and counts what is alive; for plans without loops.
fn count_memory(nodes: &mut [Node]) {
    let last_use = last_use(nodes);
    for at in 0..nodes.len() {
        let alive = (0..nodes.len()).filter(|&node| is_alive(nodes, &last_use, node, at));
        let alive: Vec<Alive> =
            alive.map(|node| Alive { node, elements: nodes[node].footprint }).collect();
        let is_contraction = matches!(nodes[at].kind, NodeKind::Contraction { .. });
        let sum = |kept: &dyn Fn(usize) -> bool| -> f64 {
            alive.iter().filter(|one| kept(one.node)).map(|one| one.elements).sum()
        };
        let live_before = sum(&|node| !is_contraction || node != at);
        let live_after = sum(&|node| last_use[node] > at);
        let live = sum(&|_| true);
        nodes[at] = Node { live, live_before, live_after, alive, ..nodes[at].clone() };
    }
}

/// Whether a node is alive when it is the turn of `at`: it is a tensor that will be taken or the
/// result of a contraction that has been made or is being made, and its last use is to come.
pub(super) fn is_alive(nodes: &[Node], last_use: &[usize], node: usize, at: usize) -> bool {
    let there = node <= at || matches!(nodes[node].kind, NodeKind::Leaf { .. });
    nodes[node].evaluation.is_own() && there && last_use[node] >= at
}

/// By node, the last contraction that takes it, as itself or as one that is shared with it; the
/// number of nodes for the result of the term.
pub(super) fn last_use(nodes: &[Node]) -> Vec<usize> {
    let users = users(nodes);
    users.iter().map(|users| users.iter().copied().max().unwrap_or(nodes.len())).collect()
}

/// By node, the contractions that take it, as itself or as one that is shared with it. Nodes that
/// are shared or skipped have none.
pub(super) fn users(nodes: &[Node]) -> Vec<Vec<usize>> {
    let mut users = vec![Vec::new(); nodes.len()];
    for (at, parent) in cache::parents(nodes).into_iter().enumerate() {
        let of = match nodes[at].evaluation {
            Evaluation::Own => at,
            Evaluation::Shared { with } => with,
            Evaluation::Skipped => continue,
        };
        users[of].extend(parent);
    }
    users
}

//! Plans that compute equal intermediates once.
//!
//! The sequence remains a full postfix tree. A node is evaluated; or shared with an earlier node,
//! equal up to a renaming of indices; or skipped, because it is below a shared one. Shared and
//! skipped nodes have no work and no cost. The tree below a shared node is that of its source:
//! tensors and indices correspond leaf by leaf and slot by slot.
//!
//! Memory: a result is stored once, and is live until its last use, as itself or as a node that
//! shares it. A shared node is not a copy. The tensors of skipped leaves are never taken and do not
//! count.

use super::labelled::Labelled;
use super::{Node, NodeKind};
use crate::network::{IndexId, Network};

/// How a node gets its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Evaluation {
    /// The tensor is taken, or the operands are contracted.
    #[default]
    Own,
    /// The node is the result of the earlier node `with` under a renaming of indices; nothing is
    /// computed or copied. `Plan::open` lists its labels in the order of those of `with`, so they
    /// correspond one to one.
    Shared { with: usize },
    /// Not needed: below a shared node.
    Skipped,
}

impl Evaluation {
    /// Whether the node is evaluated itself.
    pub fn is_own(self) -> bool {
        self == Evaluation::Own
    }
}

/// Makes the first node of each pair share the result of the second, and updates work, cost and
/// memory.
pub(crate) fn share(
    network: &Network,
    nodes: &mut [Node],
    labelled: &mut Labelled,
    shared: &[(usize, usize)],
) {
    for &(at, with) in shared {
        for below in subtree(nodes, at) {
            let node = &mut nodes[below];
            (node.flops, node.cost, node.evaluation) = (0.0, 0.0, Evaluation::Skipped);
        }
        nodes[at].evaluation = Evaluation::Shared { with };
        let open = corresponding(network, nodes, labelled, at, with);
        labelled.replace(at, open.into_iter());
    }
    count_memory(nodes);
}

/// The indices open at `at`, in the order of those at `with`.
fn corresponding(
    network: &Network,
    nodes: &[Node],
    labelled: &Labelled,
    at: usize,
    with: usize,
) -> Vec<usize> {
    let slots = |below: usize| -> Vec<IndexId> {
        let tensors = leaves(nodes, below).map(|tensor| &network.tensors()[tensor]);
        tensors.flat_map(|tensor| tensor.indices.iter().copied()).collect()
    };
    let (here, there) = (slots(at), slots(with));
    let partner = |number: usize| {
        let slot = there.iter().position(|one| one.position() == number);
        here[slot.expect("what is open in a set is carried in it")].position()
    };
    labelled.numbers(with).map(partner).collect()
}

/// The nodes at and below `at`: in postfix order, the 2 n - 1 nodes that end with it, for n tensors.
pub(crate) fn subtree(nodes: &[Node], at: usize) -> std::ops::RangeInclusive<usize> {
    at + 2 - 2 * nodes[at].tensors..=at
}

/// The tensors at and below `at`, in the order of evaluation.
pub(crate) fn leaves(nodes: &[Node], at: usize) -> impl Iterator<Item = usize> {
    nodes[subtree(nodes, at)].iter().filter_map(|node| match node.kind {
        NodeKind::Leaf { tensor } => Some(tensor),
        NodeKind::Contraction { .. } => None,
    })
}

/// Sets the live elements of every node, for plans without loops; O(n^2) for n nodes.
fn count_memory(nodes: &mut [Node]) {
    let last_use = last_use(nodes);
    for at in 0..nodes.len() {
        let is_contraction = matches!(nodes[at].kind, NodeKind::Contraction { .. });
        let sum = |kept: &dyn Fn(usize) -> bool| -> f64 {
            let there = (0..nodes.len()).filter(|&node| is_live(nodes, &last_use, node, at));
            there.filter(|&node| kept(node)).map(|node| nodes[node].footprint).sum()
        };
        let live_before = sum(&|node| !is_contraction || node != at);
        let live_after = sum(&|node| last_use[node] > at);
        let live = sum(&|_| true);
        nodes[at] = Node { live, live_before, live_after, ..nodes[at].clone() };
    }
}

/// Whether `node` is live at `at`: it is a tensor, or the result of a contraction made by then, and
/// its last use is at `at` or later.
pub(crate) fn is_live(nodes: &[Node], last_use: &[usize], node: usize, at: usize) -> bool {
    let there = node <= at || matches!(nodes[node].kind, NodeKind::Leaf { .. });
    nodes[node].evaluation.is_own() && there && last_use[node] >= at
}

/// By node, the last contraction that takes it, as itself or through a node that shares it; the
/// number of nodes for the result of the term, and for shared and skipped nodes.
pub(crate) fn last_use(nodes: &[Node]) -> Vec<usize> {
    let mut last_use = vec![nodes.len(); nodes.len()];
    // In the order of evaluation: the last assignment is the last use.
    for (at, node) in nodes.iter().enumerate() {
        if let NodeKind::Contraction { first, second } = node.kind {
            let taken = [first, second].into_iter().filter_map(|operand| source(nodes, operand));
            taken.for_each(|operand| last_use[operand] = at);
        }
    }
    last_use
}

/// The node that holds the result of a node: itself, or the one it is shared with; none if it is
/// skipped.
pub(crate) fn source(nodes: &[Node], at: usize) -> Option<usize> {
    match nodes[at].evaluation {
        Evaluation::Own => Some(at),
        Evaluation::Shared { with } => Some(with),
        Evaluation::Skipped => None,
    }
}

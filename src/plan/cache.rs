//! Advice on the nodes to cache, for a host that evaluates the same term repeatedly.
//!
//! A persistent node has the same value on every replay. It is worth keeping if a node computed on
//! every replay takes it; below a kept node it is not needed again. A node that never exists whole
//! cannot be kept: a loop of more than one batch over an index open in the node makes one slice per
//! batch. Such a node is computed on every replay, like a volatile one. A loop over an index that
//! the node does not carry makes the same tensor in each batch, and does not prevent keeping it. A
//! shared result is worth keeping if any of its uses asks for it; the nodes that share it are not
//! kept beside it.

use serde::{Deserialize, Serialize};

use super::{Node, NodeKind, sharing};

/// Advice on a node, for a cache that outlives one evaluation of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cache {
    /// Not to be kept: volatile, used only by kept nodes, or the result of the term.
    Transient,
    /// Persistent, and taken by a node computed on every replay: a volatile or sliced one.
    Keep,
    /// As `Keep`, but it exists in slices only: a loop of more than one batch around it is over one
    /// of its open indices.
    Sliced,
}

/// Sets the advice of each node; `carries` tells whether an index is open in a node. Operands precede
/// their node. O(n) for n nodes without loops, else O(n^2).
pub(crate) fn advise(nodes: &mut [Node], carries: impl Fn(usize, &str) -> bool) {
    let has_loops = nodes.iter().any(|node| !node.loops.is_empty());
    let parents = if has_loops { parents(nodes) } else { Vec::new() };
    let exists_whole = |nodes: &[Node], at: usize| {
        let ancestors = std::iter::successors(parents[at], |&above| parents[above]);
        let mut loops = ancestors.flat_map(|above| &nodes[above].loops);
        !loops.any(|one| one.batches > 1 && carries(at, &one.index))
    };
    nodes.iter_mut().for_each(|node| node.cache = Cache::Transient);
    // From the result down: a node's users follow it, and mark the operands they need each time.
    for at in (0..nodes.len()).rev() {
        if nodes[at].cache == Cache::Keep && has_loops && !exists_whole(nodes, at) {
            nodes[at].cache = Cache::Sliced;
        }
        let NodeKind::Contraction { first, second } = nodes[at].kind else { continue };
        if nodes[at].volatile || nodes[at].cache == Cache::Sliced {
            for operand in [first, second] {
                let Some(taken) = sharing::source(nodes, operand) else { continue };
                if !nodes[taken].volatile {
                    nodes[taken].cache = Cache::Keep;
                }
            }
        }
    }
}

/// By node, the contraction that takes it; none for the result of the term.
pub(crate) fn parents(nodes: &[Node]) -> Vec<Option<usize>> {
    let mut parents = vec![None; nodes.len()];
    for (at, node) in nodes.iter().enumerate() {
        if let NodeKind::Contraction { first, second } = node.kind {
            parents[first] = Some(at);
            parents[second] = Some(at);
        }
    }
    parents
}

//! What a host that contracts the same term again and again does well to cache.
//!
//! A persistent node is the same on every replay. One that is used by nodes that are kept is gone
//! with them; one that is taken by a node which is computed on every replay is needed anew each time,
//! and worth keeping. That fails where the node never exists whole: inside a loop of more than one
//! batch over an index that is open in the node, each batch makes another slice of it. Such a node is
//! computed on every replay, as the volatile ones are. A loop over an index that the node does not
//! carry makes the same tensor in each batch, and is no obstacle. A result that several nodes share is
//! worth keeping if any of its uses makes it so; the nodes that share it are not kept beside it.

use serde::{Deserialize, Serialize};

use super::{Node, NodeKind, sharing};

/// Advice on a node, for a cache that outlives one evaluation of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cache {
    /// Not to be kept: volatile, or used by what is kept, or the result of the term.
    Transient,
    /// Persistent, and taken by a node that is computed on every replay: a volatile or sliced one.
    Keep,
    /// As `Keep`, but it only ever exists in slices: its nest and its open indices share an index
    /// that goes in more than one batch.
    Sliced,
}

/// Advises on each node; `carries` says whether an index is open in a node. O(n) for n nodes without
/// loops, else O(n^2). A node stands behind its operands.
pub(crate) fn advise(nodes: &mut [Node], carries: impl Fn(usize, &str) -> bool) {
    let has_loops = nodes.iter().any(|node| !node.loops.is_empty());
    let parents = if has_loops { parents(nodes) } else { Vec::new() };
    let exists_whole = |nodes: &[Node], at: usize| {
        let ancestors = std::iter::successors(parents[at], |&above| parents[above]);
        let mut loops = ancestors.flat_map(|above| &nodes[above].loops);
        !loops.any(|one| one.batches > 1 && carries(at, &one.index))
    };
    nodes.iter_mut().for_each(|node| node.cache = Cache::Transient);
    // From the result down: a node's users stand behind it, and mark what they need each time.
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

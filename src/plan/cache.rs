//! What a host that contracts the same term again and again does well to cache.
//!
//! A persistent node is the same on every replay. One that only persistent nodes use is gone with
//! them; one that a volatile node takes is needed anew each time, and worth keeping. That fails
//! where the node never exists whole: inside a loop of more than one batch over an index that is
//! open in the node, each batch makes another slice of it. A loop over an index that the node does
//! not carry makes the same tensor in each batch, and is no obstacle.

use serde::{Deserialize, Serialize};

use super::{Node, NodeKind};

/// Advice on a node, for a cache that outlives one evaluation of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cache {
    /// Not to be kept: volatile, or used by persistent nodes only, or the result of the term.
    Transient,
    /// Persistent, and taken by a volatile node: the same on every replay.
    Keep,
    /// As `Keep`, but it only ever exists in slices: its nest and its open indices share an index
    /// that goes in more than one batch.
    Sliced,
}

/// By node, what to do with it. O(n^2) for n nodes. A node stands behind its operands.
pub(super) fn advice(nodes: &[Node]) -> Vec<Cache> {
    let parents = parents(nodes);
    let advise = |at: usize| match parents[at] {
        Some(parent) if !nodes[at].volatile && nodes[parent].volatile => {
            if exists_whole(nodes, &parents, at) { Cache::Keep } else { Cache::Sliced }
        }
        _ => Cache::Transient,
    };
    (0..nodes.len()).map(advise).collect()
}

fn exists_whole(nodes: &[Node], parents: &[Option<usize>], at: usize) -> bool {
    let ancestors = std::iter::successors(parents[at], |&above| parents[above]);
    let mut loops = ancestors.flat_map(|above| &nodes[above].loops);
    !loops.any(|one| one.batches > 1 && nodes[at].open.contains(&one.index))
}

/// By node, the contraction that takes it; none for the result of the term.
pub(super) fn parents(nodes: &[Node]) -> Vec<Option<usize>> {
    let mut parents = vec![None; nodes.len()];
    for (at, node) in nodes.iter().enumerate() {
        if let NodeKind::Contraction { first, second } = node.kind {
            parents[first] = Some(at);
            parents[second] = Some(at);
        }
    }
    parents
}

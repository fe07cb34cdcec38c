//! Reconfiguration for an additive cost: subset DP over the leaves of a subtree, O(3^k) for k
//! leaves.
//!
//! Only splits that cost less than the subtree are examined further, so one sum rejects most of
//! them.

use super::super::branches::Branches;
use super::subtree::Subtree;
use super::{SAVED, reconfigure};
use crate::allocation::{self, Granted};

/// Reconfigures subtrees of up to `leaves` leaves (3 to 16) while that lowers the cost of the tree,
/// in at most `rounds` passes.
pub fn lower_cost(
    tree: &mut Branches,
    leaves: usize,
    rounds: usize,
    goes_on: impl FnMut() -> bool,
) -> Granted<()> {
    reconfigure(tree, rounds, goes_on, |tree, root| {
        let Some(subtree) = Subtree::at(tree, root, leaves)? else { return Ok(None) };
        let limit = subtree.cost(tree) * (1.0 - SAVED);
        let part = best_parts(tree, &subtree, limit)?;
        Ok((part[subtree.all()] != 0).then(|| {
            subtree.replace(tree, |n| part[n]);
            subtree
        }))
    })
}

/// By subset of the leaves, one part of its best split; 0 if no tree of it is known to cost less
/// than `limit`.
fn best_parts(tree: &Branches, subtree: &Subtree, limit: f64) -> Granted<Vec<usize>> {
    let graph = tree.graph;
    let mut part = allocation::filled(subtree.subsets(), 0)?;
    let mut cost = allocation::filled(subtree.subsets(), 0.0)?;
    let sizes = subtree.sizes(graph)?;
    for n in subtree.composed() {
        let mut least = limit;
        let volatile = subtree.is_volatile(tree, n);
        for (left, right) in Subtree::splits(n) {
            let parts = cost[left] + cost[right];
            let made = |n: usize| n.is_power_of_two() || part[n] != 0;
            if parts >= least || !made(left) || !made(right) {
                continue;
            }
            if !subtree.may_contract(graph, left, right) {
                continue;
            }
            let work = subtree.work(graph, left, right);
            let its_cost =
                parts + graph.charge(volatile, work, [sizes[left], sizes[right]], sizes[n]);
            if its_cost < least {
                least = its_cost;
                part[n] = left;
            }
        }
        cost[n] = least;
    }
    Ok(part)
}

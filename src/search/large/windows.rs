//! The cheapest tree of a window under an additive cost: a subset DP over its leaves, O(3^k) for k.
//!
//! Only what costs less than the window does is looked at, so most splits are dismissed by one sum.

use super::branches::Branches;
use super::window::{Window, improve};
use crate::allocation;
use crate::allocation::Granted;

/// What a window must save, relative to its cost, so that rounding saves nothing.
const SAVED: f64 = 1e-9;

/// Replaces windows of up to `leaves` leaves (3 to 16) while that lowers the cost of the tree, in
/// `rounds` rounds at most.
pub fn lower_cost(
    tree: &mut Branches,
    leaves: usize,
    rounds: usize,
    goes_on: impl FnMut() -> bool,
) -> Granted<()> {
    improve(tree, rounds, goes_on, |tree, root| {
        let Some(window) = Window::at(tree, root, leaves)? else { return Ok(None) };
        let limit = window.cost(tree) * (1.0 - SAVED);
        let part = best_parts(tree, &window, limit)?;
        Ok((part[window.all()] != 0).then(|| {
            window.replace(tree, |n| part[n]);
            window
        }))
    })
}

/// By subset of a window's leaves, a part that it is best contracted from; 0 where that is not known
/// to be possible for less than `limit`.
fn best_parts(tree: &Branches, window: &Window, limit: f64) -> Granted<Vec<usize>> {
    let graph = tree.graph;
    let mut part = allocation::filled(window.subsets(), 0)?;
    let mut cost = allocation::filled(window.subsets(), 0.0)?;
    let sizes = window.sizes(graph)?;
    for n in window.composed() {
        let mut least = limit;
        let volatile = window.is_volatile(tree, n);
        for (left, right) in Window::splits(n) {
            let parts = cost[left] + cost[right];
            let made = |n: usize| n.is_power_of_two() || part[n] != 0;
            if parts >= least || !made(left) || !made(right) {
                continue;
            }
            if !window.may_contract(graph, left, right) {
                continue;
            }
            let work = window.work(graph, left, right);
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

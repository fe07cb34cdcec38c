//! Reconfiguration for peak and cost: subset DP over the leaves of a subtree, with a Pareto
//! frontier of both per subset. O(3^k) pairs of frontiers for k leaves.
//!
//! A leaf of the subtree contributes the peak of the tree below it. The peak of the whole tree
//! depends on the subtree only through the peak at its root, which is therefore bounded.

use super::super::branches::Branches;
use super::super::peaks::{Aim, Peaks, State, pair};
use super::subtree::Subtree;
use super::{SAVED, reconfigure};
use crate::allocation::{self, Granted};
use crate::cost::{Frontier, Point};

/// The part of a solution without the lowest leaf, and the solutions of both parts that it
/// contracts.
type Origin = Option<(usize, [usize; 2])>;

/// Reconfigures subtrees of up to `leaves` leaves (3 to 16) while that approaches the aim, in at
/// most `rounds` passes.
pub fn improve_peak(
    tree: &mut Branches,
    peaks: &mut Peaks,
    aim: Aim,
    leaves: usize,
    rounds: usize,
    goes_on: impl FnMut() -> bool,
) -> Granted<()> {
    // Cost saved in one subtree may be spent in another.
    let mut spare = match aim {
        Aim::Peak { cost_limit } => cost_limit - tree.total_cost(),
        Aim::Cost { .. } => 0.0,
    };
    reconfigure(tree, rounds, goes_on, |tree, root| {
        let Some(subtree) = Subtree::at(tree, root, leaves)? else { return Ok(None) };
        let (peak, cost) = (peaks.node(root).peak, subtree.cost(tree));
        let table = frontiers(tree, peaks, &subtree)?;
        let points = table[subtree.all()].points();
        let below = |found: f64, now: f64| found < now * (1.0 - SAVED);
        let chosen = match aim {
            Aim::Peak { .. } => {
                let fits = points.iter().position(|point| point.cost <= cost + spare.max(0.0));
                fits.filter(|&at| {
                    below(points[at].peak, peak)
                        || points[at].peak <= peak && below(points[at].cost, cost)
                })
            }
            Aim::Cost { peak_limit } => {
                let allowed = peaks.allowed(tree, peak_limit)?[root];
                let fits = points.iter().rposition(|point| point.peak <= allowed);
                fits.filter(|&at| {
                    below(points[at].cost, cost)
                        || points[at].cost <= cost && below(points[at].peak, peak)
                })
            }
        };
        let Some(chosen) = chosen else { return Ok(None) };
        let mut part = allocation::filled(subtree.subsets(), 0)?;
        let mut waiting = vec![(subtree.all(), chosen)];
        while let Some((n, at)) = waiting.pop() {
            if let Some((left, [of_left, of_right])) = table[n].points()[at].origin {
                part[n] = left;
                waiting.extend([(left, of_left), (n & !left, of_right)]);
            }
        }
        spare += cost - points[chosen].cost;
        let made = subtree.replace(tree, |n| part[n]);
        peaks.remade(tree, &made);
        Ok(Some(subtree))
    })
}

/// By subset of the leaves, its frontier of (peak, cost).
fn frontiers(tree: &Branches, peaks: &Peaks, subtree: &Subtree) -> Granted<Vec<Frontier<Origin>>> {
    let graph = tree.graph;
    let mut table: Vec<Frontier<Origin>> = allocation::filled(subtree.subsets(), Frontier::new())?;
    let mut states = allocation::filled(subtree.subsets(), peaks.node(subtree.root))?;
    for (place, &leaf) in subtree.leaves.iter().enumerate() {
        states[1 << place] = peaks.node(leaf);
        let peak = peaks.node(leaf).peak;
        table[1 << place] = Frontier::of(Point { peak, cost: 0.0, origin: None });
    }
    let sizes = subtree.sizes(graph)?;
    for n in subtree.composed() {
        let members: Vec<usize> = (0..subtree.leaves.len())
            .filter(|place| n >> place & 1 == 1)
            .map(|place| subtree.leaves[place])
            .collect();
        states[n].sizes = peaks.sizes(tree, &subtree.open(graph, n), &members);
        let footprint = states[n].sizes.footprint;
        let volatile = subtree.is_volatile(tree, n);
        let mut frontier = Frontier::new();
        for (left, right) in Subtree::splits(n) {
            if !subtree.may_contract(graph, left, right) {
                continue;
            }
            let (of_left, of_right) = (table[left].points(), table[right].points());
            if of_left.is_empty() || of_right.is_empty() {
                continue;
            }
            let work = subtree.work(graph, left, right);
            let charge = graph.charge(volatile, work, [sizes[left], sizes[right]], sizes[n]);
            for (i, p) in of_left.iter().enumerate() {
                for (j, q) in of_right.iter().enumerate() {
                    let [l, r] = [(left, p), (right, q)]
                        .map(|(part, point)| State { peak: point.peak, ..states[part] });
                    let (peak, _) = pair(l, r, footprint);
                    let cost = p.cost + q.cost + charge;
                    frontier.offer(Point { peak, cost, origin: Some((left, [i, j])) })?;
                }
            }
        }
        table[n] = frontier;
    }
    Ok(table)
}

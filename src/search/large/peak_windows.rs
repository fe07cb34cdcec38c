//! The best tree of a window by peak and cost: a subset DP over its leaves that keeps of each subset
//! the Pareto frontier of both, O(3^k) pairs of frontiers for k leaves.
//!
//! A leaf of the window brings the peak of its subtree. The peak of the tree depends on the window
//! through the peak at the window's root alone, so that is what is bounded.

use super::branches::Branches;
use super::peaks::{Aim, Peaks, State, pair};
use super::window::{Window, improve};
use crate::allocation;
use crate::allocation::Granted;
use crate::cost::{Frontier, Point};

/// What a window must save of its peak or cost, relative to it, so that rounding saves nothing.
const SAVED: f64 = 1e-9;

/// A solution's part without the lowest leaf, and which solutions of both parts it is made of.
type Origin = Option<(usize, [usize; 2])>;

/// Replaces windows of up to `leaves` leaves (3 to 16) while that gets nearer to the aim, in `rounds`
/// rounds at most.
pub fn improve_peak(
    tree: &mut Branches,
    peaks: &mut Peaks,
    aim: Aim,
    leaves: usize,
    rounds: usize,
    goes_on: impl FnMut() -> bool,
) -> Granted<()> {
    // Costs saved below one window may be spent in another.
    let mut spare = match aim {
        Aim::Peak { cost_limit } => cost_limit - tree.total_cost(),
        Aim::Cost { .. } => 0.0,
    };
    improve(tree, rounds, goes_on, |tree, root| {
        let Some(window) = Window::at(tree, root, leaves)? else { return Ok(None) };
        let (peak, cost) = (peaks.node(root).peak, window.cost(tree));
        let table = frontiers(tree, peaks, &window)?;
        let points = table[window.all()].points();
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
        let mut part = allocation::filled(window.subsets(), 0)?;
        let mut waiting = vec![(window.all(), chosen)];
        while let Some((n, at)) = waiting.pop() {
            if let Some((left, [of_left, of_right])) = table[n].points()[at].origin {
                part[n] = left;
                waiting.extend([(left, of_left), (n & !left, of_right)]);
            }
        }
        spare += cost - points[chosen].cost;
        let made = window.replace(tree, |n| part[n]);
        peaks.remade(tree, &made);
        Ok(Some(window))
    })
}

/// By subset of a window's leaves, its frontier of (peak, cost).
fn frontiers(tree: &Branches, peaks: &Peaks, window: &Window) -> Granted<Vec<Frontier<Origin>>> {
    let graph = tree.graph;
    let mut table: Vec<Frontier<Origin>> = allocation::filled(window.subsets(), Frontier::new())?;
    let mut states = allocation::filled(window.subsets(), peaks.node(window.root))?;
    for (place, &leaf) in window.leaves.iter().enumerate() {
        states[1 << place] = peaks.node(leaf);
        let peak = peaks.node(leaf).peak;
        table[1 << place] = Frontier::of(Point { peak, cost: 0.0, origin: None });
    }
    let sizes = window.sizes(graph)?;
    for n in window.composed() {
        let members: Vec<usize> = (0..window.leaves.len())
            .filter(|place| n >> place & 1 == 1)
            .map(|place| window.leaves[place])
            .collect();
        states[n].sizes = peaks.sizes(tree, &window.open(graph, n), &members);
        let footprint = states[n].sizes.footprint;
        let volatile = window.is_volatile(tree, n);
        let mut frontier = Frontier::new();
        for (left, right) in Window::splits(n) {
            if !window.may_contract(graph, left, right) {
                continue;
            }
            let (of_left, of_right) = (table[left].points(), table[right].points());
            if of_left.is_empty() || of_right.is_empty() {
                continue;
            }
            let work = window.work(graph, left, right);
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

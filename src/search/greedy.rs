//! A good tree at once: contracts, again and again, the two neighbours whose result is smallest
//! against what it replaces.
//!
//! O(e log e) for e pairs of neighbours met. Nothing is proven of the tree; it is a bound that better
//! searches begin with.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Problem;
use super::parts::Parts;
use crate::cost::{Beside, least_peak};

/// What the greedy tree comes to.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    pub cost: f64,
    pub peak: f64,
}

/// Contracts the tensors of a problem: what that comes to, and the pairs of parts in order.
pub fn tree(problem: &Problem, parts: &mut Parts) -> (Known, Vec<(u32, u32)>) {
    let tensors = problem.lattice().tensors();
    let mut there: Vec<(u32, Known)> = Vec::with_capacity(tensors);
    // Sparse networks have so many pairs of neighbours, those of intermediates included.
    let mut greedy = Greedy { parts, heap: BinaryHeap::with_capacity(3 * tensors) };
    for leaf in 0..tensors as u32 {
        let peak = greedy.parts.get(leaf).sliced.footprint;
        greedy.add(leaf, &there);
        there.push((leaf, Known { cost: 0.0, peak }));
    }
    let mut pairs = Vec::with_capacity(tensors);
    while there.len() > 1 {
        let pair = greedy.next(&there);
        let mut take = |part| {
            let at = there.iter().position(|&(other, _)| other == part);
            there.swap_remove(at.expect("the next pair is there"))
        };
        let ((l, left), (r, right)) = (take(pair.left), take(pair.right));
        let part = pair.union;
        let [a, b, n] = [l, r, part].map(|part| greedy.parts.get(part).sliced);
        let beside = Beside { held: 0.0, result: n.footprint };
        let (peak, _) = least_peak((a, left.peak), (b, right.peak), &beside);
        let cost = greedy.parts.charge(l, r, part) + left.cost + right.cost;
        greedy.add(part, &there);
        there.push((part, Known { cost, peak }));
        pairs.push((l, r));
    }
    (there[0].1, pairs)
}

struct Greedy<'g, 'a> {
    parts: &'g mut Parts<'a>,
    heap: BinaryHeap<Candidate>,
}

/// The least growth first; then, so that runs do not differ, the pair; and what it makes.
type Candidate = (Reverse<Growth>, Reverse<(u32, u32)>, u32);

/// Two parts that are near each other, and their union.
struct Pair {
    left: u32,
    right: u32,
    union: u32,
}

impl Greedy<'_, '_> {
    /// Takes note of the pairs of a part with those that are there and near.
    fn add(&mut self, part: u32, there: &[(u32, Known)]) {
        for &(other, _) in there {
            if self.parts.get(part).near.intersects(self.parts.get(other).n) {
                let union = self.parts.union(part, other);
                let size = |part| self.parts.get(part).sliced.footprint;
                let growth = Growth(size(union) - size(part) - size(other));
                self.heap.push((Reverse(growth), Reverse((other, part)), union));
            }
        }
    }

    /// The best pair that is there. With pruning the network is connected, and without it all are
    /// near, so there is one.
    fn next(&mut self, there: &[(u32, Known)]) -> Pair {
        loop {
            let best = self.heap.pop().expect("parts of a connected network have neighbours");
            let (_, Reverse((left, right)), union) = best;
            let is_there = |part| there.iter().any(|&(other, _)| other == part);
            if is_there(left) && is_there(right) {
                return Pair { left, right, union };
            }
        }
    }
}

/// Elements that a contraction adds.
#[derive(PartialEq)]
struct Growth(f64);

impl Eq for Growth {}

impl PartialOrd for Growth {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Growth {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

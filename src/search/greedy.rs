//! A greedy tree: contract, repeatedly, the two neighbours whose result grows least over its
//! operands.
//!
//! O(e log e) for e pairs of neighbours offered. The tree carries no proof; it is the upper bound
//! that exact searches start from.

use std::collections::BinaryHeap;

use super::parts::Parts;
use crate::allocation::{Granted, Grow};
use crate::cost::{Beside, least_peak};
use crate::problem::Problem;
use crate::scratch::{Scratch, Shelf};

/// The cost and the peak of a known tree.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    pub cost: f64,
    pub peak: f64,
}

/// The greedy tree of a problem: its values, and the pairs of parts in the order of contraction.
pub fn tree(problem: &Problem, parts: &mut Parts) -> Granted<(Known, Vec<(u32, u32)>)> {
    let tensors = problem.connectivity().tensors();
    let mut live: Vec<(u32, Known)> = Vec::with_capacity(tensors);
    let mut greedy = Greedy { parts, heap: Scratch::from(&HEAP) };
    // Sparse networks offer about this many pairs, those of intermediates included.
    greedy.heap.make_room(3 * tensors)?;
    for leaf in 0..tensors as u32 {
        let peak = greedy.parts.get(leaf).sliced.footprint;
        greedy.add(leaf, &live)?;
        live.push((leaf, Known { cost: 0.0, peak }));
    }
    let mut pairs = Vec::with_capacity(tensors);
    while live.len() > 1 {
        let pair = greedy.next(&live);
        let mut take = |part| {
            let at = live.iter().position(|&(other, _)| other == part);
            live.swap_remove(at.expect("the next pair is there"))
        };
        let ((l, left), (r, right)) = (take(pair.0), take(pair.1));
        let part = greedy.parts.union(l, r)?;
        let [a, b, n] = [l, r, part].map(|part| greedy.parts.get(part).sliced);
        let beside = Beside { held: 0.0, result: n.footprint };
        let (peak, _) = least_peak((a, left.peak), (b, right.peak), &beside);
        let cost = greedy.parts.charge(l, r, part) + left.cost + right.cost;
        greedy.add(part, &live)?;
        live.push((part, Known { cost, peak }));
        pairs.push((l, r));
    }
    Ok((live[0].1, pairs))
}

thread_local! {
    static HEAP: Shelf<BinaryHeap<Candidate>> = const { Shelf::new(None) };
}

struct Greedy<'g, 'a> {
    parts: &'g mut Parts<'a>,
    heap: Scratch<BinaryHeap<Candidate>>,
}

/// Two neighbouring parts. The greater of two candidates grows less; on a tie its parts have lower
/// numbers, so that runs agree.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Candidate(u128);

impl Candidate {
    /// Contracting `left` and `right` adds `growth` elements.
    fn new(growth: f64, left: u32, right: u32) -> Self {
        let bits = growth.to_bits();
        // With these bits, all numbers compare as unsigned integers do.
        let ordered = bits ^ if growth.is_sign_negative() { u64::MAX } else { 1 << 63 };
        Candidate(!(u128::from(ordered) << 64 | u128::from(left) << 32 | u128::from(right)))
    }

    fn pair(&self) -> (u32, u32) {
        ((!self.0 >> 32) as u32, !self.0 as u32)
    }
}

impl Greedy<'_, '_> {
    /// Offers the pairs of a part with its live neighbours.
    fn add(&mut self, part: u32, live: &[(u32, Known)]) -> Granted<()> {
        for &(other, _) in live {
            if self.parts.get(part).near.intersects(self.parts.get(other).n) {
                let union = self.parts.union(part, other)?;
                let size = |part| self.parts.get(part).sliced.footprint;
                let growth = size(union) - size(part) - size(other);
                self.heap.make_room(1)?;
                self.heap.push(Candidate::new(growth, other, part));
            }
        }
        Ok(())
    }

    /// The best live pair. There is one: with pruning the network is connected, and without it all
    /// parts are neighbours.
    fn next(&mut self, live: &[(u32, Known)]) -> (u32, u32) {
        loop {
            let best = self.heap.pop().expect("parts of a connected network have neighbours");
            let (left, right) = best.pair();
            let is_live = |part| live.iter().any(|&(other, _)| other == part);
            if is_live(left) && is_live(right) {
                return (left, right);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_candidate_grows_least_and_is_lowest() {
        let growths = [f64::NEG_INFINITY, -3e9, -1.0, -0.5, 0.0, 1e-300, 2.0, 1e300];
        let pairs = [(0, 1), (0, 7), (1, 2), (5, u32::MAX)];
        let mut last = Candidate(u128::MAX);
        for growth in growths {
            for (left, right) in pairs {
                let next = Candidate::new(growth, left, right);
                assert!(next < last && next.pair() == (left, right));
                last = next;
            }
        }
    }
}

//! A good tree at once: contracts, again and again, the two neighbours whose result is smallest
//! against what it replaces.
//!
//! O(e log e) for e pairs of neighbours met. Nothing is proven of the tree; it is a bound that better
//! searches begin with.

use std::collections::BinaryHeap;

use super::parts::Parts;
use crate::allocation::{Granted, Grow};
use crate::cost::Beside;
use crate::cost::least_peak;
use crate::problem::Problem;
use crate::scratch::{Scratch, Shelf};

/// What the greedy tree comes to.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    pub cost: f64,
    pub peak: f64,
}

/// Contracts the tensors of a problem: what that comes to, and the pairs of parts in order.
pub fn tree(problem: &Problem, parts: &mut Parts) -> Granted<(Known, Vec<(u32, u32)>)> {
    let tensors = problem.connectivity().tensors();
    let mut there: Vec<(u32, Known)> = Vec::with_capacity(tensors);
    let mut greedy = Greedy { parts, heap: Scratch::from(&HEAP) };
    // Sparse networks have so many pairs of neighbours, those of intermediates included.
    greedy.heap.make_room(3 * tensors)?;
    for leaf in 0..tensors as u32 {
        let peak = greedy.parts.get(leaf).sliced.footprint;
        greedy.add(leaf, &there)?;
        there.push((leaf, Known { cost: 0.0, peak }));
    }
    let mut pairs = Vec::with_capacity(tensors);
    while there.len() > 1 {
        let pair = greedy.next(&there);
        let mut take = |part| {
            let at = there.iter().position(|&(other, _)| other == part);
            there.swap_remove(at.expect("the next pair is there"))
        };
        let ((l, left), (r, right)) = (take(pair.0), take(pair.1));
        let part = greedy.parts.union(l, r)?;
        let [a, b, n] = [l, r, part].map(|part| greedy.parts.get(part).sliced);
        let beside = Beside { held: 0.0, result: n.footprint };
        let (peak, _) = least_peak((a, left.peak), (b, right.peak), &beside);
        let cost = greedy.parts.charge(l, r, part) + left.cost + right.cost;
        greedy.add(part, &there)?;
        there.push((part, Known { cost, peak }));
        pairs.push((l, r));
    }
    Ok((there[0].1, pairs))
}

thread_local! {
    static HEAP: Shelf<BinaryHeap<Candidate>> = const { Shelf::new(None) };
}

struct Greedy<'g, 'a> {
    parts: &'g mut Parts<'a>,
    heap: Scratch<BinaryHeap<Candidate>>,
}

/// Two parts that are near each other: of two pairs the greater one grows less or, so that runs do not
/// differ, is lower.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Candidate(u128);

impl Candidate {
    /// Contracting `left` and `right` adds so many elements.
    fn new(growth: f64, left: u32, right: u32) -> Self {
        let bits = growth.to_bits();
        // In this order the bits of all numbers compare as the numbers do.
        let ordered = bits ^ if growth.is_sign_negative() { u64::MAX } else { 1 << 63 };
        Candidate(!(u128::from(ordered) << 64 | u128::from(left) << 32 | u128::from(right)))
    }

    fn pair(&self) -> (u32, u32) {
        ((!self.0 >> 32) as u32, !self.0 as u32)
    }
}

impl Greedy<'_, '_> {
    /// Takes note of the pairs of a part with those that are there and near.
    fn add(&mut self, part: u32, there: &[(u32, Known)]) -> Granted<()> {
        for &(other, _) in there {
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

    /// The best pair that is there. With pruning the network is connected, and without it all are
    /// near, so there is one.
    fn next(&mut self, there: &[(u32, Known)]) -> (u32, u32) {
        loop {
            let best = self.heap.pop().expect("parts of a connected network have neighbours");
            let (left, right) = best.pair();
            let is_there = |part| there.iter().any(|&(other, _)| other == part);
            if is_there(left) && is_there(right) {
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

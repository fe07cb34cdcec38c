//! A good tree at once: contracts, again and again, the two neighbours whose result is smallest
//! against what it replaces.
//!
//! O(e log e) for e pairs of neighbours met. Nothing is proven of the tree; it is a bound that better
//! searches begin with.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::intermediate::Intermediate;
use super::{Problem, Subset};

/// The cost of the greedy tree under an additive objective.
pub fn cost(problem: &Problem) -> f64 {
    let tensors = problem.lattice().tensors();
    let mut greedy =
        Greedy { problem, parts: Vec::new(), there: Vec::new(), heap: BinaryHeap::new() };
    (0..tensors).for_each(|tensor| greedy.add(Intermediate::of(problem, Subset::leaf(tensor))));
    let mut cost = 0.0;
    for _ in 1..tensors {
        let Pair { left, right, .. } = greedy.next();
        let (l, r) = (&greedy.parts[left], &greedy.parts[right]);
        let both = l.open.union(&r.open);
        let result = l.with(problem, r, &both);
        cost += l.charge(problem, r, &both, result.footprint);
        greedy.there[left] = false;
        greedy.there[right] = false;
        greedy.add(result);
    }
    cost
}

struct Greedy<'a> {
    problem: &'a Problem<'a>,
    parts: Vec<Intermediate>,
    /// By part, whether it is not yet consumed.
    there: Vec<bool>,
    heap: BinaryHeap<Pair>,
}

struct Pair {
    /// Elements that the contraction adds.
    growth: f64,
    left: usize,
    right: usize,
}

impl Greedy<'_> {
    /// Adds a part and its pairs with those that are there and near.
    fn add(&mut self, part: Intermediate) {
        let near = self.problem.lattice().near(part.n);
        let right = self.parts.len();
        for left in (0..right).filter(|&left| self.there[left]) {
            if self.parts[left].n.intersects(near) {
                let pair = self.pair(left, &part, right);
                self.heap.push(pair);
            }
        }
        self.parts.push(part);
        self.there.push(true);
    }

    fn pair(&self, left: usize, part: &Intermediate, right: usize) -> Pair {
        let other = &self.parts[left];
        let both = other.open.union(&part.open);
        let result = self.problem.still_open(&both, other.n.union(part.n));
        let growth = self.problem.volume(&result) - other.footprint - part.footprint;
        Pair { growth, left, right }
    }

    /// The best pair that is there. With pruning the network is connected, and without it all are
    /// near, so there is one.
    fn next(&mut self) -> Pair {
        loop {
            let pair = self.heap.pop().expect("parts of a connected network have neighbours");
            if self.there[pair.left] && self.there[pair.right] {
                return pair;
            }
        }
    }
}

// By growth, the least first; then, so that runs do not differ, by position.
impl Ord for Pair {
    fn cmp(&self, other: &Self) -> Ordering {
        let places = |pair: &Pair| (pair.left, pair.right);
        other.growth.total_cmp(&self.growth).then_with(|| places(other).cmp(&places(self)))
    }
}

impl PartialOrd for Pair {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Pair {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Pair {}

//! Randomised greedy trees: contract, again and again, the two neighbours whose result is smallest
//! against what it replaces, with some noise.
//!
//! The score of a pair is `size(out) - alpha * (size(a) + size(b))`, taken as its signed logarithm, and
//! the pair of least score plus `temperature` times a Gumbel number is chosen: a Boltzmann
//! distribution over pairs. Gray & Kourtis, "Hyper-optimized tensor network contraction" (2021).
//!
//! O(e log e) for e pairs of neighbours met. What has no neighbours left is multiplied smallest first.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::hypergraph::Hypergraph;
use super::random::Random;
use super::rows::{Rows, positions};
use crate::allocation;
use crate::allocation::{Append, Granted, Grow};

/// How a greedy tree chooses.
#[derive(Debug, Clone, Copy)]
pub struct Taste {
    /// What the operands count against the result.
    pub alpha: f64,
    /// Of the Boltzmann distribution; 0: always the best pair.
    pub temperature: f64,
}

impl Taste {
    /// The plain greedy choice: the least growth.
    pub const PLAIN: Taste = Taste { alpha: 1.0, temperature: 0.0 };

    /// One of the many that are worth a try; the ranges are those of the paper's authors' cotengra.
    pub fn any(random: &mut Random) -> Self {
        let alpha = 0.1 + 3.9 * random.unit();
        let temperature = f64::powf(10.0, -3.0 * random.unit());
        Taste { alpha, temperature }
    }
}

/// The contractions of a greedy tree, in single assignment: the k-th one makes part n + k.
pub fn pairs(
    graph: &Hypergraph,
    taste: Taste,
    random: &mut Random,
) -> Granted<Vec<(usize, usize)>> {
    let tensors = graph.tensors();
    let parts = 2 * tensors - 1;
    let indices = graph.problem.network().indices().len();
    let mut greedy = Greedy {
        graph,
        taste,
        random,
        open: Rows::new(parts, graph.stride())?,
        size: allocation::empty(parts)?,
        there: allocation::empty(parts)?,
        on: allocation::filled(indices, Vec::new())?,
        met: allocation::filled(parts, usize::MAX)?,
        heap: BinaryHeap::new(),
    };
    for tensor in 0..tensors {
        greedy.open.row_mut(tensor).copy_from_slice(graph.leaf(tensor));
        greedy.add()?;
    }
    (0..tensors).try_for_each(|tensor| greedy.meet(tensor))?;
    let mut pairs = allocation::empty(tensors - 1)?;
    while let Some((left, right)) = greedy.next() {
        greedy.contract(left, right)?;
        pairs.push((left, right));
    }
    greedy.outer_products(&mut pairs)?;
    Ok(pairs)
}

struct Greedy<'a> {
    graph: &'a Hypergraph<'a>,
    taste: Taste,
    random: &'a mut Random,
    open: Rows,
    size: Vec<f64>,
    /// By part, whether it is not yet consumed.
    there: Vec<bool>,
    /// By index, the parts that are there and carry it.
    on: Vec<Vec<usize>>,
    /// By part, the last one that met it as a neighbour.
    met: Vec<usize>,
    heap: BinaryHeap<Pair>,
}

struct Pair {
    score: f64,
    left: usize,
    right: usize,
}

impl Greedy<'_> {
    /// Adds the part whose open indices stand in the next row; returns its number.
    fn add(&mut self) -> Granted<usize> {
        let part = self.size.len();
        self.size.push(self.graph.size(self.open.row(part)));
        self.there.push(true);
        for index in positions(self.open.row(part).iter().copied()) {
            self.on[index].try_push(part)?;
        }
        Ok(part)
    }

    /// Offers the pairs of a part with its neighbours of lower number.
    fn meet(&mut self, part: usize) -> Granted<()> {
        for word in 0..self.graph.stride() {
            let bonds = self.open.row(part)[word] & !self.graph.targets()[word];
            for index in positions([bonds]) {
                for place in 0..self.on[64 * word + index].len() {
                    let other = self.on[64 * word + index][place];
                    if other < part && self.met[other] != part {
                        self.met[other] = part;
                        let score = self.score(other, part);
                        self.heap.make_room(1)?;
                        self.heap.push(Pair { score, left: other, right: part });
                    }
                }
            }
        }
        Ok(())
    }

    fn score(&mut self, left: usize, right: usize) -> f64 {
        let result = (0..self.graph.stride()).map(|word| self.result(left, right, word));
        let replaced = self.size[left] + self.size[right];
        let growth = self.graph.volume(result) - self.taste.alpha * replaced;
        // Logarithms are on a scale on which extents do not matter; what is below one element is one.
        let score = growth.signum() * growth.abs().max(1.0).ln();
        if self.taste.temperature == 0.0 {
            return score;
        }
        // Less a Gumbel number, -ln(-ln(u)).
        score + self.taste.temperature * (-self.random.unit().ln()).ln()
    }

    /// A word of the open indices of two parts contracted.
    fn result(&self, left: usize, right: usize, word: usize) -> u64 {
        let (l, r) = (self.open.row(left)[word], self.open.row(right)[word]);
        let targets = self.graph.targets()[word];
        let open = |&bit: &usize| {
            let both = (l >> bit & 1) + (r >> bit & 1);
            targets >> bit & 1 == 1 || self.on[64 * word + bit].len() > both as usize
        };
        positions([l | r]).filter(open).fold(0, |open, bit| open | 1 << bit)
    }

    /// The best pair that is there.
    fn next(&mut self) -> Option<(usize, usize)> {
        loop {
            let Pair { left, right, .. } = self.heap.pop()?;
            if self.there[left] && self.there[right] {
                return Some((left, right));
            }
        }
    }

    fn contract(&mut self, left: usize, right: usize) -> Granted<()> {
        let part = self.size.len();
        for word in 0..self.graph.stride() {
            self.open.row_mut(part)[word] = self.result(left, right, word);
        }
        for side in [left, right] {
            self.there[side] = false;
            for index in positions(self.open.row(side).iter().copied()) {
                self.on[index].retain(|&one| one != side);
            }
        }
        self.add()?;
        self.meet(part)
    }

    /// Contracts what is left, the two smallest again and again.
    fn outer_products(&mut self, pairs: &mut Vec<(usize, usize)>) -> Granted<()> {
        let mut left: Vec<usize> = (0..self.there.len()).filter(|&one| self.there[one]).collect();
        while left.len() > 1 {
            left.sort_unstable_by(|&a, &b| self.size[b].total_cmp(&self.size[a]).then(b.cmp(&a)));
            let last = left.split_off(left.len() - 2);
            let pair = (last[0].min(last[1]), last[0].max(last[1]));
            left.push(self.size.len());
            self.contract(pair.0, pair.1)?;
            pairs.push(pair);
        }
        Ok(())
    }
}

// By score, the least first; then, so that runs do not differ, by position.
impl Ord for Pair {
    fn cmp(&self, other: &Self) -> Ordering {
        let places = |pair: &Pair| (pair.left, pair.right);
        other.score.total_cmp(&self.score).then_with(|| places(other).cmp(&places(self)))
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

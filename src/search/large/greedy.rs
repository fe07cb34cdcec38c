//! Randomized greedy trees: contract, repeatedly, the two neighbours whose result grows least over
//! its operands, with noise.
//!
//! The score of a pair is `size(out) - alpha * (size(a) + size(b))` as a signed logarithm. The pair
//! of least score plus `temperature` times a Gumbel variate is chosen: a Boltzmann distribution
//! over pairs. Gray and Kourtis, "Hyper-optimized tensor network contraction" (2021).
//!
//! O(e log e) for e pairs of neighbours offered. Parts without neighbours are multiplied, smallest
//! first.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::hypergraph::Hypergraph;
use super::random::Random;
use super::rows::{Rows, positions};
use crate::allocation::{self, Append, Granted, Grow};

/// The parameters of a greedy tree.
#[derive(Debug, Clone, Copy)]
pub struct Parameters {
    /// The weight of the operands against the result.
    pub alpha: f64,
    /// The temperature of the Boltzmann distribution; 0: always the best pair.
    pub temperature: f64,
}

impl Parameters {
    /// The deterministic choice: the least growth.
    pub const PLAIN: Parameters = Parameters { alpha: 1.0, temperature: 0.0 };

    /// Random parameters in the ranges of cotengra, the code of the paper's authors.
    pub fn any(random: &mut Random) -> Self {
        let alpha = 0.1 + 3.9 * random.unit();
        let temperature = f64::powf(10.0, -3.0 * random.unit());
        Parameters { alpha, temperature }
    }
}

/// The contractions of a greedy tree, in single assignment: the k-th one creates part n + k.
pub fn pairs(
    graph: &Hypergraph,
    parameters: Parameters,
    random: &mut Random,
) -> Granted<Vec<(usize, usize)>> {
    let tensors = graph.tensors();
    let parts = 2 * tensors - 1;
    let indices = graph.problem.network().indices().len();
    let mut greedy = Greedy {
        graph,
        parameters,
        random,
        open: Rows::new(parts, graph.stride())?,
        size: allocation::empty(parts)?,
        live: allocation::empty(parts)?,
        carriers: allocation::filled(indices, Vec::new())?,
        paired_with: allocation::filled(parts, usize::MAX)?,
        heap: BinaryHeap::new(),
    };
    for tensor in 0..tensors {
        greedy.open.row_mut(tensor).copy_from_slice(graph.leaf(tensor));
        greedy.add()?;
    }
    (0..tensors).try_for_each(|tensor| greedy.offer_neighbours(tensor))?;
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
    parameters: Parameters,
    random: &'a mut Random,
    open: Rows,
    size: Vec<f64>,
    /// By part, whether it is not yet consumed.
    live: Vec<bool>,
    /// By index, the live parts that carry it.
    carriers: Vec<Vec<usize>>,
    /// By part, the last neighbour that it was paired with.
    paired_with: Vec<usize>,
    heap: BinaryHeap<Pair>,
}

struct Pair {
    score: f64,
    left: usize,
    right: usize,
}

impl Greedy<'_> {
    /// Adds the part whose open indices are in the next row; returns its number.
    fn add(&mut self) -> Granted<usize> {
        let part = self.size.len();
        self.size.push(self.graph.size(self.open.row(part)));
        self.live.push(true);
        for index in positions(self.open.row(part).iter().copied()) {
            self.carriers[index].try_push(part)?;
        }
        Ok(part)
    }

    /// Offers the pairs of a part with its neighbours of lower number.
    fn offer_neighbours(&mut self, part: usize) -> Granted<()> {
        for word in 0..self.graph.stride() {
            let bonds = self.open.row(part)[word] & !self.graph.targets()[word];
            for index in positions([bonds]) {
                for place in 0..self.carriers[64 * word + index].len() {
                    let other = self.carriers[64 * word + index][place];
                    if other < part && self.paired_with[other] != part {
                        self.paired_with[other] = part;
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
        let growth = self.graph.volume(result) - self.parameters.alpha * replaced;
        // On a logarithmic scale extents do not matter; less than one element counts as one.
        let score = growth.signum() * growth.abs().max(1.0).ln();
        if self.parameters.temperature == 0.0 {
            return score;
        }
        // Minus a Gumbel variate, -ln(-ln(u)).
        score + self.parameters.temperature * (-self.random.unit().ln()).ln()
    }

    /// A word of the open indices of two parts contracted.
    fn result(&self, left: usize, right: usize, word: usize) -> u64 {
        let (l, r) = (self.open.row(left)[word], self.open.row(right)[word]);
        let targets = self.graph.targets()[word];
        let open = |&bit: &usize| {
            let both = (l >> bit & 1) + (r >> bit & 1);
            targets >> bit & 1 == 1 || self.carriers[64 * word + bit].len() > both as usize
        };
        positions([l | r]).filter(open).fold(0, |open, bit| open | 1 << bit)
    }

    /// The best live pair.
    fn next(&mut self) -> Option<(usize, usize)> {
        loop {
            let Pair { left, right, .. } = self.heap.pop()?;
            if self.live[left] && self.live[right] {
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
            self.live[side] = false;
            for index in positions(self.open.row(side).iter().copied()) {
                self.carriers[index].retain(|&one| one != side);
            }
        }
        self.add()?;
        self.offer_neighbours(part)
    }

    /// Contracts the remaining parts, the two smallest repeatedly.
    fn outer_products(&mut self, pairs: &mut Vec<(usize, usize)>) -> Granted<()> {
        let mut left: Vec<usize> = (0..self.live.len()).filter(|&one| self.live[one]).collect();
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

// By score, the least first; then by position, so that runs agree.
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

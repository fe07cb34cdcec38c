//! The peak of a contraction tree under changes, and annealing that lowers or preserves it.
//!
//! Per node: its footprint S, the sum L of its leaves and its peak P, which is that of evaluating
//! the operands one after the other in the better order ([`crate::cost::least_peak`]). P of a node
//! depends on its subtree alone, and the P of its parent increases with it: a rotation that lowers
//! the P of its upper node never raises the peak of the tree.
//!
//! With loops (peak-batched, where slicing is free) an index that a loop may slice is sliced
//! wherever it is open, except in the result: the contraction that opens the loop encloses all
//! carriers. So S is the sliced footprint, and L the sum of the leaves, each sliced in the indices
//! open in the node.

use super::annealing::{Measure, rise, rise_of_cost};
use super::branches::{Branches, Rotation};
use crate::allocation::{self, Granted};
use crate::cost::{Beside, least_peak};
use crate::problem::{LoopSet, Operand};

/// The peaks of all nodes of a tree.
pub struct Peaks {
    /// The loops that are opened, each where its index is contracted.
    loops: LoopSet,
    nodes: Vec<State>,
}

/// The values of a node that the peaks above it depend on.
#[derive(Clone, Copy)]
pub struct State {
    pub sizes: Operand,
    pub peak: f64,
}

impl Peaks {
    pub fn of(tree: &Branches, loops: LoopSet) -> Granted<Self> {
        let nothing = State { sizes: Operand { footprint: 0.0, leaf_sum: 0.0 }, peak: 0.0 };
        let mut peaks = Peaks { loops, nodes: allocation::filled(tree.nodes(), nothing)? };
        for leaf in 0..tree.tensors() {
            let footprint = tree.graph.sliced(tree.open(leaf), loops);
            let sizes = Operand { footprint, leaf_sum: footprint };
            peaks.nodes[leaf] = State { sizes, peak: footprint };
        }
        for n in tree.upwards() {
            peaks.nodes[n] = peaks.made(tree, tree.open(n), tree.children(n));
        }
        Ok(peaks)
    }

    /// The peak of the whole tree.
    pub fn root(&self) -> f64 {
        self.nodes[self.nodes.len() - 1].peak
    }

    pub fn node(&self, n: usize) -> State {
        self.nodes[n]
    }

    /// The state of a contraction of two nodes with the open indices `row`.
    pub fn made(&self, tree: &Branches, row: &[u64], operands: [usize; 2]) -> State {
        let sizes = self.sizes(tree, row, &operands);
        let [left, right] = operands.map(|operand| self.nodes[operand]);
        State { sizes, peak: pair(left, right, sizes.footprint).0 }
    }

    /// S and L of some nodes contracted together, with the open indices `row`.
    pub fn sizes(&self, tree: &Branches, row: &[u64], parts: &[usize]) -> Operand {
        let footprint = tree.graph.sliced(row, self.loops);
        Operand { footprint, leaf_sum: self.leaf_sum(tree, row, parts) }
    }

    /// The sum of the leaves below some nodes, sliced in the indices of `row`.
    fn leaf_sum(&self, tree: &Branches, row: &[u64], parts: &[usize]) -> f64 {
        let graph = tree.graph;
        let loops = |row| graph.loops_in(row).intersection(self.loops);
        let around = loops(row);
        if parts.iter().all(|&part| loops(tree.open(part)).is_in(around)) {
            return parts.iter().map(|&part| self.nodes[part].sizes.leaf_sum).sum();
        }
        let mut sum = 0.0;
        let mut waiting = parts.to_vec();
        while let Some(node) = waiting.pop() {
            if tree.is_leaf(node) {
                sum += graph.sliced(tree.open(node), around);
            } else {
                waiting.extend(tree.children(node));
            }
        }
        sum
    }

    /// Updates contractions that were created anew, each after those that it depends on.
    pub fn remade(&mut self, tree: &Branches, contractions: &[usize]) {
        for &n in contractions {
            let state = self.made(tree, tree.open(n), tree.children(n));
            if contractions.last() == Some(&n) {
                self.change(tree, n, state.peak);
            }
            self.nodes[n] = state;
        }
    }

    /// The operand of a contraction to evaluate first.
    pub fn first(&self, tree: &Branches, n: usize) -> usize {
        let [left, right] = tree.children(n);
        let footprint = self.nodes[n].sizes.footprint;
        let (_, left_first) = pair(self.nodes[left], self.nodes[right], footprint);
        if left_first { left } else { right }
    }

    /// The contraction that consumes a node, and its peak if that of the node becomes `peak`; none
    /// for the root.
    fn above(&self, tree: &Branches, node: usize, peak: f64) -> Option<(usize, f64)> {
        let parent = tree.parent(node)?;
        let [left, right] = tree.children(parent);
        let sibling = self.nodes[if left == node { right } else { left }];
        let own = State { peak, ..self.nodes[node] };
        let order = if left == node { [own, sibling] } else { [sibling, own] };
        Some((parent, pair(order[0], order[1], self.nodes[parent].sizes.footprint).0))
    }

    /// Changes the peak of a node, and those above it as far as they change.
    fn change(&mut self, tree: &Branches, n: usize, peak: f64) {
        let (mut node, mut peak) = (n, peak);
        while self.nodes[node].peak != peak {
            self.nodes[node].peak = peak;
            let Some(above) = self.above(tree, node, peak) else { break };
            (node, peak) = above;
        }
    }

    /// The peak of the tree if that of a node becomes `peak`; none if it does not change.
    fn root_with(&self, tree: &Branches, n: usize, peak: f64) -> Option<f64> {
        let (mut node, mut peak) = (n, peak);
        while self.nodes[node].peak != peak {
            let Some(above) = self.above(tree, node, peak) else { return Some(peak) };
            (node, peak) = above;
        }
        None
    }

    /// The highest peak of each node for which that of the tree stays within `limit`; not below its
    /// present peak.
    pub fn allowed(&self, tree: &Branches, limit: f64) -> Granted<Vec<f64>> {
        let mut allowed = allocation::filled(tree.nodes(), limit)?;
        for &n in tree.upwards().iter().rev() {
            let [left, right] = tree.children(n);
            for (one, other) in [(left, right), (right, left)] {
                let (own, beside) = (self.nodes[one], self.nodes[other]);
                let first = (own.sizes.footprint + beside.peak <= allowed[n])
                    .then_some(allowed[n] - beside.sizes.leaf_sum);
                let second = (own.sizes.leaf_sum + beside.peak <= allowed[n])
                    .then_some(allowed[n] - beside.sizes.footprint);
                allowed[one] = [first, second].into_iter().flatten().fold(own.peak, f64::max);
            }
        }
        Ok(allowed)
    }

    /// Updates the nodes that a rotation has changed.
    fn rotated(&mut self, tree: &Branches, rotation: &Rotation, below: State, peak: f64) {
        self.change(tree, rotation.above, peak);
        self.nodes[rotation.below] = below;
    }
}

/// The peak of contracting two nodes to a result of `footprint` elements, and whether the left one
/// goes first.
pub fn pair(left: State, right: State, footprint: f64) -> (f64, bool) {
    let beside = Beside { held: 0.0, result: footprint };
    least_peak((left.sizes, left.peak), (right.sizes, right.peak), &beside)
}

/// The objective of annealing with peaks: lower one of both, while neither exceeds its limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Aim {
    /// The peak, then the cost.
    Peak { cost_limit: f64 },
    /// The cost, then the peak.
    Cost { peak_limit: f64 },
}

/// A measure of trees by peak and cost.
pub struct PeakAndCost {
    pub aim: Aim,
    pub peaks: Peaks,
    /// The cost of the tree; recomputed after each sweep, which removes rounding.
    cost: f64,
    /// The effect of the last rotation on its two nodes, and on the cost.
    below: State,
    peak: f64,
    then: f64,
}

/// The weight of a rise of the cost against one of the peak. It ranks trees of equal peak: most
/// rotations change no peak.
const COST_BESIDE_PEAK: f64 = 0.1;

impl PeakAndCost {
    pub fn new(tree: &Branches, aim: Aim, loops: LoopSet) -> Granted<Self> {
        let peaks = Peaks::of(tree, loops)?;
        let below = peaks.node(tree.root());
        let cost = tree.total_cost();
        Ok(PeakAndCost { aim, peaks, cost, below, peak: below.peak, then: cost })
    }
}

impl Measure for PeakAndCost {
    fn rise(&mut self, tree: &Branches, rotation: &Rotation) -> Option<f64> {
        let &Rotation { above, b, c, d, .. } = rotation;
        self.below = self.peaks.made(tree, tree.open_of_rotation(), [b, d]);
        let footprint = self.peaks.node(above).sizes.footprint;
        self.peak = pair(self.below, self.peaks.node(c), footprint).0;
        let of_cost = rise_of_cost(tree, rotation);
        let now = tree.cost(above) + tree.cost(rotation.below);
        self.then = self.cost - now + rotation.cost_above + rotation.cost_below;
        match self.aim {
            Aim::Peak { cost_limit } => {
                let of_peak = rise(self.peaks.node(above).peak, self.peak);
                (self.then <= cost_limit).then_some(of_peak + COST_BESIDE_PEAK * of_cost)
            }
            Aim::Cost { peak_limit } => {
                let root = self.peaks.root_with(tree, above, self.peak);
                root.is_none_or(|peak| peak <= peak_limit).then_some(of_cost)
            }
        }
    }

    fn rotated(&mut self, tree: &Branches, rotation: &Rotation) {
        self.peaks.rotated(tree, rotation, self.below, self.peak);
        self.cost = self.then;
    }

    fn value(&mut self, tree: &Branches) -> [f64; 2] {
        self.cost = tree.total_cost();
        match self.aim {
            Aim::Peak { .. } => [self.peaks.root(), self.cost],
            Aim::Cost { .. } => [self.cost, self.peaks.root()],
        }
    }
}

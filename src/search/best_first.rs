//! Best-first search over subsets, for costs that add up (Knuth 1977, with the bound of A*).
//!
//! A subset costs no less than either of its parts, so subsets can be closed in the order of their
//! cost, as Dijkstra closes nodes: the open subset of least key is closed; its union with every
//! closed subset that is disjoint from it and adjacent to it is offered. When all tensors together
//! are closed their cost is the least of all.
//!
//! The key is the cost plus a bound on what is still to pay, so that subsets far from any good tree
//! are never looked at. In a tree that contains n, every leaf outside n and n itself (unless it is
//! the root) is an operand of some contraction above n, once:
//! - size: a contraction stores its operands, so what is left costs at least `L_total - L_n + S_n`
//! - flops: a contraction works at least as much as each of its operands is large, so at least as
//!   much as half their sum: the half of that
//!
//! The second needs volumes that do not shrink when indices are added (`Problem::volumes_grow`); else
//! the bound is 0. Weights are 1 at least and footprints add to the cost, so both hold with them.
//! The bound never exceeds what is left to pay, so no better tree is missed; a subset that is reached
//! at a lower cost after it was closed (by rounding) is opened again.
//!
//! The cost of a greedy tree bounds what is of interest: what cannot come in under it is not offered.
//!
//! Ties fall as in the plain search: subsets are closed until the key exceeds the least cost, so
//! that every tree of that cost is there to choose from; then each subset of the tree takes the last
//! of its splits of least cost, in the order of `Lattice::splits`.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use rustc_hash::FxHashMap;

use super::intermediate::Intermediate;
use super::{Problem, Solution, Split, Subset, Tree, TreeNode, greedy};
use crate::{Error, Objective, Result};

/// Sums that differ by rounding only are equal.
const ROUNDING: f64 = 1e-12;

/// Subsets that may be offered, so that the host is not driven out of memory: about 500 MB.
const MAX_OFFERS: usize = 1 << 22;

/// Finds the tree of least cost under an additive objective. None if that takes more than
/// `allowance` looks at closed subsets.
pub fn search(problem: &Problem, allowance: u64) -> Result<Option<Solution>> {
    let mut search = Search::new(problem);
    let root = problem.lattice().root();
    while let Some(open) = search.heap.pop() {
        if open.key > search.bound {
            break;
        }
        if search.cost[&open.n] < open.cost {
            continue;
        }
        let Some(made) = open.made else {
            search.make(open);
            continue;
        };
        if open.n == root {
            search.bound = open.cost * (1.0 + ROUNDING);
        }
        search.close(Closed { made, cost: open.cost })?;
        if search.looks > allowance {
            return Ok(None);
        }
    }
    let mut tree = Tree { nodes: Vec::with_capacity(2 * problem.lattice().tensors()) };
    search.rebuild(root, &mut tree);
    Ok(Some(Solution { tree, frontier: Vec::new(), method: "best-first" }))
}

struct Search<'a> {
    problem: &'a Problem<'a>,
    /// Of all subsets that have been offered, the least cost so far.
    cost: FxHashMap<Subset, f64>,
    heap: BinaryHeap<Open>,
    /// Subsets that have been next to be closed. Most of those offered never are, so sizes and open
    /// indices are found out only then.
    made: Vec<Intermediate>,
    /// Those that are closed; and, in the same order, what is known of them.
    closed: Vec<Subset>,
    facts: Vec<Closed>,
    /// By closed subset, its position among them.
    position: FxHashMap<Subset, usize>,
    /// No tree of interest costs more.
    bound: f64,
    leaf_sum: f64,
    /// Whether the work of a contraction bounds its operands' sizes.
    bounded: bool,
    /// Whether what a contraction is charged depends on the size of its result.
    result_counts: bool,
    /// How often a closed subset was looked at.
    looks: u64,
}

#[derive(Clone, Copy)]
struct Closed {
    /// Its place among those made.
    made: usize,
    cost: f64,
}

/// A subset that may be closed.
struct Open {
    key: f64,
    n: Subset,
    cost: f64,
    /// Its place among those made, once it is; the key is too low before.
    made: Option<usize>,
}

impl<'a> Search<'a> {
    fn new(problem: &'a Problem<'a>) -> Self {
        let options = problem.options();
        let size = options.objective == Objective::Size;
        let mut search = Search {
            problem,
            cost: FxHashMap::default(),
            heap: BinaryHeap::new(),
            made: Vec::new(),
            closed: Vec::new(),
            facts: Vec::new(),
            position: FxHashMap::default(),
            bound: greedy::cost(problem) * (1.0 + ROUNDING),
            leaf_sum: problem.leaf_sum(problem.lattice().root()),
            bounded: size || problem.volumes_grow(),
            result_counts: size || options.footprint_weight > 0.0,
            looks: 0,
        };
        for tensor in 0..problem.lattice().tensors() {
            search.lower(Subset::leaf(tensor), 0.0, 0.0);
        }
        search
    }

    /// The least that contractions cost whose operands have so many elements together.
    fn least_for(&self, operands: f64) -> f64 {
        match self.problem.options().objective {
            _ if !self.bounded => 0.0,
            Objective::Size => operands,
            _ => operands / 2.0,
        }
    }

    /// Takes note of a cost of a subset, if it is lower than all before and may lead to a tree of
    /// interest. `left` is what is left to pay at least, whatever its size.
    fn lower(&mut self, n: Subset, cost: f64, left: f64) {
        let key = cost + left;
        if key > self.bound {
            return;
        }
        let least = self.cost.entry(n).or_insert(f64::INFINITY);
        if cost < *least {
            *least = cost;
            let made = self.position.get(&n).map(|&at| self.facts[at].made);
            self.heap.push(Open { key, n, cost, made });
        }
    }

    /// Finds out how large a subset is that is next, and puts it back with the key that it has then.
    fn make(&mut self, open: Open) {
        let Open { n, cost, .. } = open;
        let made = Intermediate::of(self.problem, n);
        let operands = self.leaf_sum - made.leaf_sum + made.footprint;
        let is_root = n == self.problem.lattice().root();
        let left = if is_root { 0.0 } else { self.least_for(operands) };
        let place = self.made.len();
        self.made.push(made);
        self.heap.push(Open { key: cost + left, n, cost, made: Some(place) });
    }

    /// Closes a subset and offers what it makes with those that are closed.
    fn close(&mut self, this: Closed) -> Result<()> {
        let n = self.made[this.made].n;
        let near = self.problem.lattice().near(n);
        self.looks += self.closed.len() as u64;
        for position in 0..self.closed.len() {
            let other = self.closed[position];
            if !other.intersects(n) && other.intersects(near) {
                self.offer(this, self.facts[position]);
            }
        }
        match self.position.get(&n) {
            // Reached at a lower cost than before, by rounding.
            Some(&position) => self.facts[position] = this,
            None => {
                self.position.insert(n, self.closed.len());
                self.closed.push(n);
                self.facts.push(this);
            }
        }
        if self.cost.len() <= MAX_OFFERS {
            return Ok(());
        }
        let (value, limit) = (self.cost.len() as u64, MAX_OFFERS as u64);
        Err(Error::TooLarge { what: "sets of tensors that were offered", value, limit })
    }

    /// Offers the union of a subset that is being closed with a closed one.
    fn offer(&mut self, this: Closed, other: Closed) {
        let (l, r) = (&self.made[this.made], &self.made[other.made]);
        // What later contractions and this one pay for their operands, at least.
        let outside = self.leaf_sum - l.leaf_sum - r.leaf_sum;
        let later = self.least_for(outside + l.footprint + r.footprint);
        if this.cost + other.cost + later > self.bound {
            return;
        }
        let n = l.n.union(r.n);
        let cost = self.cost_of(this, other);
        self.lower(n, cost, self.least_for(outside));
    }

    /// The cost of contracting two subsets, and of making them.
    fn cost_of(&self, a: Closed, b: Closed) -> f64 {
        let (a, b) = if self.made[a.made].n < self.made[b.made].n { (a, b) } else { (b, a) };
        let (left, right) = (&self.made[a.made], &self.made[b.made]);
        let both = left.open.union(&right.open);
        let n = left.n.union(right.n);
        let problem = self.problem;
        let result =
            if self.result_counts { problem.volume(&problem.still_open(&both, n)) } else { 0.0 };
        let operands = [left.footprint, right.footprint];
        // The order of the sum is that of the plain search: equal costs are equal to the last bit.
        let volatile = problem.is_volatile(n);
        problem.charge(volatile, problem.volume(&both), operands, result) + a.cost + b.cost
    }

    /// Appends the best tree of a closed subset, in the order of evaluation; returns its position.
    fn rebuild(&self, n: Subset, tree: &mut Tree) -> usize {
        let node = if n.is_leaf() {
            TreeNode::Leaf(n.first())
        } else {
            let Split { left, right } = self.last_best_split(n);
            let (first, second) =
                if left.first() < right.first() { (left, right) } else { (right, left) };
            let first = self.rebuild(first, tree);
            let second = self.rebuild(second, tree);
            TreeNode::Contraction { first, second, opened: Vec::new() }
        };
        tree.nodes.push(node);
        tree.nodes.len() - 1
    }

    fn last_best_split(&self, n: Subset) -> Split {
        let split = |(&left, &part): (&Subset, &Closed)| {
            let right = n.without(left);
            let near = self.problem.lattice().near(left);
            if !left.is_in(n) || left > right || !near.intersects(right) {
                return None;
            }
            let other = self.facts[*self.position.get(&right)?];
            Some((self.cost_of(part, other), Split { left, right }))
        };
        let splits = self.closed.iter().zip(&self.facts).filter_map(split);
        splits
            .min_by(|(a, split), (b, other)| a.total_cmp(b).then(other.left.cmp(&split.left)))
            .expect("a closed subset was offered by a split of closed ones")
            .1
    }
}

// By key, the least first; then, so that runs do not differ, by subset.
impl Ord for Open {
    fn cmp(&self, other: &Self) -> Ordering {
        other.key.total_cmp(&self.key).then_with(|| other.n.cmp(&self.n))
    }
}

impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Open {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Open {}

//! Subset DP of a chain or a cycle of tensors (matrix products, tensor trains): the connected sets
//! are intervals.
//!
//! For costs that are products (`products`). An interval splits into a shorter one with the same
//! beginning and the rest. The values of all intervals of one length form a row, by beginning; so
//! do their left parts of a given length, and their right parts: splits are examined eight
//! intervals at a time (`simd`). A chain of n tensors has n (n + 1) / 2 intervals with (n^3 - n) /
//! 6 splits, a cycle n (n - 1) + 1 with n (n - 1)^2 / 2. Memory O(n^2).

use smallvec::SmallVec;

use super::near_ties::{Rivalry, best_tree};
use super::products::{Extents, NEVER, Products};
use crate::allocation::{self, Granted};
use crate::network::IndexId;
use crate::problem::{Connectivity, Problem, Split, Subset, Watch};
use crate::scratch::{Scratch, Shelf, reusable};
use crate::search::simd::LANES;
use crate::search::simd::chain::{Shorter, best_of_intervals};
use crate::search::{Method, Solution};

/// Whether this search covers a problem.
pub fn takes(problem: &Problem) -> bool {
    let connectivity = problem.connectivity();
    let near = |tensor| connectivity.near(Subset::leaf(tensor));
    // Tensors that are not adjacent may share an index of the result.
    let is_shared_beside = |index| match Subset(problem.carriers_of(index)) {
        carriers if carriers.len() < 2 => true,
        carriers => carriers.len() == 2 && near(carriers.first()).intersects(carriers),
    };
    connectivity.pruned()
        && (0..connectivity.tensors()).all(|tensor| near(tensor).len() <= 2)
        && (0..problem.network().indices().len()).map(IndexId::new).all(is_shared_beside)
        && Products::takes(problem)
}

/// Finds the tree of least cost of a problem that [`takes`] covers. Each interval is a state, each
/// split a pair.
pub fn search(problem: &Problem, watch: &mut Watch) -> Granted<Solution> {
    let line = Line::of(problem.connectivity());
    let mut table = Table::new(&line, &Products::new(problem))?;
    let (intervals, splits) = table.fill(&line);
    watch.ended(intervals, splits);
    let rivalry = Rivalry::new(problem, table.cost_of_all(&line));
    let tree = best_tree(problem, &rivalry, |n, found| table.rivals(&line, n, &rivalry, found))?;
    Ok(Solution { tree, frontier: Vec::new(), method: Method::Chain })
}

/// The tensors in a row, each next to those beside it; in a cycle the last is next to the first.
struct Line {
    /// The number of tensors.
    len: usize,
    /// By position.
    tensors: [u8; Subset::MOST],
    /// By position, the set of the tensors before it; last, the set of all.
    before: [Subset; Subset::MOST + 1],
    is_cycle: bool,
}

impl Line {
    fn of(connectivity: &Connectivity) -> Self {
        let count = connectivity.tensors();
        let near = |tensor| connectivity.near(Subset::leaf(tensor));
        let end = (0..count).find(|&tensor| near(tensor).len() < 2);
        let mut line = Line {
            len: count,
            tensors: [0; Subset::MOST],
            before: [Subset(0); Subset::MOST + 1],
            is_cycle: end.is_none(),
        };
        let mut tensor = end.unwrap_or(0);
        for at in 0..count {
            line.tensors[at] = tensor as u8;
            let passed = line.before[at].union(Subset::leaf(tensor));
            line.before[at + 1] = passed;
            // The last one has no successor; its value is not read.
            tensor = near(tensor).without(passed).iter().next().unwrap_or(tensor);
        }
        line
    }

    fn len(&self) -> usize {
        self.len
    }

    fn tensor(&self, at: usize) -> usize {
        self.tensors[at].into()
    }

    /// The number of intervals of a length; they begin at the first positions. The whole of a cycle
    /// begins anywhere.
    fn beginnings(&self, length: usize) -> usize {
        if self.is_cycle { self.len() } else { self.len() + 1 - length }
    }

    /// The splits of a whole cycle.
    fn splits_of_all(&self) -> usize {
        self.len() * (self.len() - 1) / 2
    }

    /// The length of the longest interval with two ends.
    fn longest_part(&self) -> usize {
        if self.is_cycle { self.len() - 1 } else { self.len() }
    }

    /// The position before one; in a cycle, the last precedes the first.
    fn previous(&self, at: usize) -> usize {
        at.checked_sub(1).unwrap_or(self.len() - 1)
    }

    /// The tensors of an interval.
    fn set(&self, (begin, length): Interval) -> Subset {
        let (end, all) = (begin + length, self.len());
        if end <= all {
            return self.before[end].without(self.before[begin]);
        }
        self.before[all].without(self.before[begin].without(self.before[end - all]))
    }

    /// The beginning of the interval of some tensors, not the whole of a cycle.
    fn begin(&self, set: Subset) -> usize {
        let has = |position: usize| set.intersects(Subset::leaf(self.tensor(position)));
        let first = (0..self.len()).find(|&position| has(position)).expect("tensors of the line");
        if first > 0 || !self.is_cycle || !has(self.len() - 1) {
            return first;
        }
        (0..self.len()).rfind(|&position| !has(position)).map_or(0, |last| last + 1)
    }
}

/// A beginning and a length.
type Interval = (usize, usize);

/// The values of each interval: a row for each length, by beginning. Behind the last position of a
/// cycle its first positions repeat; behind that of a chain no entry has a cost.
#[derive(Default)]
struct Table {
    /// Places in a row.
    row: usize,
    /// The factors of each interval: see [`super::products`].
    inverse: Vec<f64>,
    work: Vec<f64>,
    cost: Vec<f64>,
}

reusable!(Table: inverse, work, cost);

thread_local! {
    static TABLE: Shelf<Table> = const { Shelf::new(None) };
}

impl Table {
    /// The table before any split: only tensors have a cost.
    fn new(line: &Line, products: &Products) -> Granted<Scratch<Self>> {
        // The right parts of the last eight intervals begin behind them.
        let row = line.len().next_multiple_of(LANES) + line.len();
        let places = row * line.len();
        let mut table = Scratch::from(&TABLE);
        table.row = row;
        allocation::lengthen(&mut table.inverse, places, 1.0)?;
        allocation::lengthen(&mut table.work, places, 0.0)?;
        allocation::lengthen(&mut table.cost, places, NEVER)?;
        let of_tensor = |at: usize| products.of_tensor(line.tensor(at));
        let mut extents: SmallVec<[Extents; 32]> = SmallVec::new();
        extents.extend((0..line.len()).map(of_tensor));
        for (begin, &extents) in extents.iter().enumerate() {
            table.cost[begin] = products.cost_of_tensor(extents);
            table.set(line, products, (begin, 1), extents);
        }
        // The factors that a tensor adds to the interval before it: those that it adds to the last
        // tensor there.
        let step = |at: usize| {
            products.with(Extents::NONE, line.set((line.previous(at), 1)), line.tensor(at))
        };
        let mut steps: SmallVec<[Extents; 32]> = SmallVec::new();
        steps.extend((0..line.len()).map(step));
        for length in 2..=line.longest_part() {
            let last = steps[length - 1..].iter().chain(&steps);
            let extents = extents.iter_mut().take(line.beginnings(length));
            for (begin, (extents, &step)) in extents.zip(last).enumerate() {
                *extents = extents.and(step);
                table.set(line, products, (begin, length), *extents);
            }
        }
        if line.is_cycle {
            let last = line.len() - 1;
            let extents = products.with(extents[0], line.set((0, last)), line.tensor(last));
            (0..line.len())
                .for_each(|begin| table.set(line, products, (begin, line.len()), extents));
            table.inverse.chunks_mut(row).for_each(|inverse| repeat(inverse, line.len()));
        }
        Ok(table)
    }

    fn set(&mut self, line: &Line, products: &Products, it: Interval, extents: Extents) {
        let (place, product) = (self.place(it), products.product(line.set(it), extents));
        (self.work[place], self.inverse[place]) = (product.work, product.inverse);
    }

    fn place(&self, (begin, length): Interval) -> usize {
        (length - 1) * self.row + begin
    }

    /// Computes the costs of all intervals; returns the numbers of intervals and of splits.
    fn fill(&mut self, line: &Line) -> (u64, u64) {
        let (mut intervals, mut splits) = (0, 0);
        for length in 1..=line.len() {
            let (count, own) = (line.beginnings(length), self.place((0, length)));
            let (known, costs) = self.cost.split_at_mut(own);
            let costs = &mut costs[..self.row];
            if length > 1 {
                let shorter = Shorter { row: self.row, inverse: &self.inverse[..own], cost: known };
                let costs = &mut costs[..count.next_multiple_of(LANES)];
                best_of_intervals(&shorter, &self.work[own..], costs);
            }
            if line.is_cycle {
                repeat(costs, line.len());
            }
            intervals += count;
            splits += count * (length - 1);
        }
        if line.is_cycle {
            // The whole of a cycle is one interval, and each of its splits was counted twice.
            (intervals, splits) = (intervals + 1 - line.len(), splits - line.splits_of_all());
        }
        (intervals as u64, splits as u64)
    }

    fn cost_of_all(&self, line: &Line) -> f64 {
        let all = self.place((0, line.len()));
        self.cost[all..all + line.beginnings(line.len())].iter().copied().fold(NEVER, f64::min)
    }

    /// The splits of a set within rounding of the least, each once.
    fn rivals(&self, line: &Line, n: Subset, rivalry: &Rivalry, found: &mut dyn FnMut(Split)) {
        let length = n.len();
        let is_ring = line.is_cycle && length == line.len();
        let first = if is_ring { 0 } else { line.begin(n) };
        let cost =
            if is_ring { self.cost_of_all(line) } else { self.cost[self.place((first, length))] };
        let (work, limit) = (self.work[self.place((first, length))], rivalry.limit(cost));
        // Of a whole cycle, the parts without the last position: the others are their complements.
        let beginnings = if is_ring { 0..length } else { first..first + 1 };
        for begin in beginnings {
            let longest = if is_ring { length - 1 - begin } else { length - 1 };
            for part in 1..=longest {
                let left = self.place((begin, part));
                let right = self.place((begin + part, length - part));
                let inverse = self.inverse[left] * self.inverse[right];
                if work * inverse + (self.cost[left] + self.cost[right]) <= limit {
                    let left = line.set((begin, part));
                    found(Split::of(left, n.without(left)));
                }
            }
        }
    }
}

/// Copies the first positions of a cycle behind its last.
fn repeat(row: &mut [f64], positions: usize) {
    row.copy_within(..row.len() - positions, positions);
}

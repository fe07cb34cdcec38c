//! The subset DP of a chain or a cycle of tensors, as of matrix products and tensor trains: its
//! connected sets are intervals.
//!
//! For costs that are products (`products.rs`). An interval is split into a shorter one with the same
//! beginning and one with the same end. So what is known of intervals stands in two tables, a row for
//! each beginning and one for each end, such that the parts of all splits of an interval run along one
//! row of either. A chain of n tensors has n (n + 1) / 2 intervals with (n^3 - n) / 6 splits, a cycle
//! n (n - 1) + 1 with n (n - 1)^2 / 2, of about a nanosecond each.

use super::products::{Met, NEVER, Products};
use super::rivals::{Rivalry, best_tree};
use super::{Lattice, Problem, Solution, Split, Subset, Watch};

/// Whether a problem can be searched so.
pub fn takes(problem: &Problem) -> bool {
    let lattice = problem.lattice();
    let near = |tensor| lattice.near(Subset::leaf(tensor)).len();
    lattice.pruned()
        && (0..lattice.tensors()).all(|tensor| near(tensor) <= 2)
        && Products::takes(problem)
}

/// Finds the tree of least cost of a problem that it takes. Each interval is a label, each split a
/// look.
pub fn search(problem: &Problem, watch: &mut Watch) -> Solution {
    let line = Line::of(problem.lattice());
    let mut table = Table::new(&line, &Products::new(problem));
    let (intervals, splits) = table.fill(&line);
    watch.ended(intervals, splits);
    let rivalry = Rivalry::new(problem, table.by_begin[line.len()].cost);
    let tree = best_tree(problem, &rivalry, |n, found| table.rivals(&line, n, &rivalry, found));
    Solution { tree, frontier: Vec::new(), method: "intervals" }
}

/// The tensors in a row, each next to those beside it; in a cycle the last is next to the first.
struct Line {
    tensors: Vec<usize>,
    /// By position, the tensors before it; and all of them.
    before: Vec<Subset>,
    is_cycle: bool,
}

impl Line {
    fn of(lattice: &Lattice) -> Self {
        let count = lattice.tensors();
        let near = |tensor| lattice.near(Subset::leaf(tensor));
        let end = (0..count).find(|&tensor| near(tensor).len() < 2);
        let (mut tensors, mut before) = (Vec::with_capacity(count), Vec::with_capacity(count + 1));
        before.push(Subset(0));
        let mut passed = Subset(0);
        let mut next = Some(end.unwrap_or(0));
        while let Some(tensor) = next {
            tensors.push(tensor);
            passed = passed.union(Subset::leaf(tensor));
            before.push(passed);
            next = near(tensor).without(passed).iter().next();
        }
        Line { tensors, before, is_cycle: end.is_none() }
    }

    fn len(&self) -> usize {
        self.tensors.len()
    }

    /// How many intervals there are of a length, of which the first one begins first; not counting all of
    /// a cycle.
    fn beginnings(&self, length: usize) -> usize {
        match (self.is_cycle, length == self.len()) {
            (true, true) => 0,
            (true, false) => self.len(),
            (false, _) => self.len() + 1 - length,
        }
    }

    /// The length of the longest interval that begins there. All of a cycle begins first.
    fn longest(&self, begin: usize) -> usize {
        match (self.is_cycle, begin) {
            (true, 1..) => self.len() - 1,
            _ => self.len() - begin,
        }
    }

    /// The position behind an interval.
    fn end(&self, (begin, length): Interval) -> usize {
        let end = begin + length;
        if end < self.len() { end } else { end - self.len() }
    }

    /// The tensors of an interval.
    fn set(&self, (begin, length): Interval) -> Subset {
        let (end, all) = (begin + length, self.len());
        if end <= all {
            return self.before[end].without(self.before[begin]);
        }
        self.before[all].without(self.before[begin].without(self.before[end - all]))
    }

    /// Where the interval of some tensors begins, not all of a cycle.
    fn begin(&self, set: Subset) -> usize {
        let has = |position: usize| set.intersects(Subset::leaf(self.tensors[position]));
        let first = (0..self.len()).find(|&position| has(position)).expect("tensors of the line");
        if first > 0 || !self.is_cycle || !has(self.len() - 1) {
            return first;
        }
        (0..self.len()).rfind(|&position| !has(position)).map_or(0, |last| last + 1)
    }
}

/// What an interval takes part in contractions with, and its cost.
#[derive(Clone, Copy)]
struct Known {
    free: f64,
    cost: f64,
}

/// What is known of each interval.
struct Table {
    /// Places in a row.
    row: usize,
    /// By beginning and length.
    by_begin: Vec<Known>,
    work: Vec<f64>,
    /// By end, the longest one first.
    by_end: Vec<Known>,
}

/// A beginning and a length.
type Interval = (usize, usize);

impl Table {
    /// The table before any split was looked at: only tensors have a cost.
    fn new(line: &Line, products: &Products) -> Self {
        let row = line.len() + 1;
        let unknown = vec![Known { free: 1.0, cost: NEVER }; line.len() * row];
        let work = vec![0.0; line.len() * row];
        let mut table = Table { row, by_begin: unknown.clone(), work, by_end: unknown };
        for begin in 0..line.len() {
            let mut met = products.of_tensor(line.tensors[begin]);
            let cost = products.cost_of_tensor(met);
            table.set(line, products, (begin, 1), met, cost);
            for length in 2..=line.longest(begin) {
                let last = line.tensors[line.end((begin, length - 1))];
                met = products.with(met, line.set((begin, length - 1)), last);
                table.set(line, products, (begin, length), met, NEVER);
            }
        }
        table
    }

    fn set(&mut self, line: &Line, products: &Products, it: Interval, met: Met, cost: f64) {
        let product = products.product(line.set(it), met);
        let [begin, end] = self.places(line, it);
        self.work[begin] = product.work;
        let known = Known { free: product.free, cost };
        (self.by_begin[begin], self.by_end[end]) = (known, known);
    }

    /// Where an interval stands by its beginning and by its end.
    fn places(&self, line: &Line, it: Interval) -> [usize; 2] {
        let (begin, length) = it;
        [begin * self.row + length, line.end(it) * self.row + line.len() - length]
    }

    /// Makes the costs of all intervals; returns how many there are, and how many splits.
    fn fill(&mut self, line: &Line) -> (u64, u64) {
        let (mut intervals, mut splits) = (line.len(), 0);
        for length in 2..=line.len() {
            for begin in 0..line.beginnings(length) {
                let it = (begin, length);
                let cost = self.splits(line, it).least(self.work[self.places(line, it)[0]]);
                let [begin, end] = self.places(line, it);
                (self.by_begin[begin].cost, self.by_end[end].cost) = (cost, cost);
            }
            intervals += line.beginnings(length);
            splits += line.beginnings(length) * (length - 1);
        }
        if line.is_cycle {
            let all = line.len();
            let work = self.work[self.places(line, (0, all))[0]];
            let least = |begin| self.splits(line, (begin, all)).least(work);
            let cost = (0..all).map(least).fold(NEVER, f64::min);
            self.by_begin[all].cost = cost;
            (intervals, splits) = (intervals + 1, splits + all * (all - 1) / 2);
        }
        (intervals as u64, splits as u64)
    }

    /// The parts of all splits of an interval, the shortest left one first.
    fn splits(&self, line: &Line, it: Interval) -> Splits<'_> {
        let (begin, length) = it;
        let (left, right) = (begin * self.row, line.end(it) * self.row + line.len() - length);
        Splits {
            left: &self.by_begin[left + 1..left + length],
            right: &self.by_end[right + 1..right + length],
        }
    }

    /// The splits of a set that are within rounding of the least, each once.
    fn rivals(&self, line: &Line, n: Subset, rivalry: &Rivalry, found: &mut dyn FnMut(Split)) {
        let length = n.len();
        let is_ring = line.is_cycle && length == line.len();
        let first = if is_ring { 0 } else { line.begin(n) };
        let place = self.places(line, (first, length))[0];
        let (work, limit) = (self.work[place], rivalry.limit(self.by_begin[place].cost));
        // Of a ring, the parts without the last position: the others are their rests.
        let beginnings = if is_ring { 0..length } else { first..first + 1 };
        for begin in beginnings {
            let longest = if is_ring { length - 1 - begin } else { length - 1 };
            let costs = self.splits(line, (begin, length)).costs(work).take(longest);
            for (part, _) in (1..).zip(costs).filter(|&(_, cost)| cost <= limit) {
                let left = line.set((begin, part));
                found(Split::of(left, n.without(left)));
            }
        }
    }
}

/// Parts that make up one interval, two by two.
#[derive(Clone, Copy)]
struct Splits<'t> {
    left: &'t [Known],
    right: &'t [Known],
}

impl<'t> Splits<'t> {
    /// What each of them costs, if that is `work` where nothing is closed.
    fn costs(self, work: f64) -> impl Iterator<Item = f64> + 't {
        let cost = move |(l, r): (&Known, &Known)| work * (l.free * r.free) + (l.cost + r.cost);
        self.left.iter().zip(self.right).map(cost)
    }

    fn least(self, work: f64) -> f64 {
        // Four at a time, so that they need not wait for one another.
        let (left, rest_left) = self.left.as_chunks::<4>();
        let (right, rest_right) = self.right.as_chunks::<4>();
        let mut least = [NEVER; 4];
        for (left, right) in left.iter().zip(right) {
            let costs = Splits { left, right }.costs(work);
            least.iter_mut().zip(costs).for_each(|(least, cost)| *least = lower(*least, cost));
        }
        let rest = Splits { left: rest_left, right: rest_right };
        rest.costs(work).chain(least).fold(NEVER, lower)
    }
}

/// The lower of two costs, neither of which is NaN.
fn lower(a: f64, b: f64) -> f64 {
    if b < a { b } else { a }
}

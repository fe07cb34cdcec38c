//! DPsize (Selinger 1979; Moerkotte and Neumann 2006) for peaks, in two bounded phases: for small
//! networks.
//!
//! Sets of tensors come by size, so all their parts come before them: no heap, and each set is
//! processed once per phase. The first phase finds the least peak of every set, among peaks that
//! exceed that of a known solution by no more than the tolerance, and stores the splits that reach
//! such peaks. The least peak of the whole is the optimum. The second phase computes, from these
//! splits, the frontiers (peak, cost) of the sets that solutions within the tolerance are made of.
//! It prunes costs that, with the lower bound on the remaining cost (see
//! [`crate::search::best_first`]), exceed that of a known solution.
//!
//! Where the greedy tree is nearly optimal, as for most terms of coupled cluster, best-first would
//! expand the same sets, and examine their pairs in both phases. Where it is not, the search gives
//! up, and best-first takes over. Time: the pairs of reached sets, at most `most`.
//!
//! A set takes its splits in the order of [`crate::search::best_first::ties`], and the first of
//! equal solutions stays.

use smallvec::SmallVec;

use crate::allocation::{self, Append, Granted, Grow};
use crate::cost::{Beside, EQUAL, Frontier, Point, least_peak};
use crate::problem::{Operand, Problem, Subset, Tree, TreeNode, Watch};
use crate::search::greedy::Known;
use crate::search::parts::Parts;

/// Initial capacity, in parts with solutions.
const ROOM: usize = 64;

/// The result of both phases.
pub struct Found {
    pub tree: Tree,
    pub point: Known,
    pub least_peak: f64,
}

/// The solution of least cost within the tolerance of the least peak, of a network of at most
/// [`Subset::MOST_IN_TABLES`] tensors; `known` is a known solution. None if that takes more than
/// `most` pairs of sets, or more memory than there is.
pub fn search<'a>(
    problem: &'a Problem<'a>,
    parts: &mut Parts<'a>,
    known: Known,
    most: u64,
    watch: &mut Watch,
) -> Option<Found> {
    let within = 1.0 + problem.options().peak_flops_tolerance;
    let mut search = Bounded::new(problem, parts, within * known.peak).ok()?;
    let root = search.find_least_peaks(most)?;
    let least_peak = search.entries[root as usize].least;
    let limit = within * least_peak;
    let mut cost = search.cost_of_least(root);
    if known.peak <= limit {
        cost = cost.min(known.cost);
    }
    let best = search.find_solutions(root, limit, cost)?;
    let Point { peak, cost, .. } = search.solutions(root)[best as usize];
    let mut tree = Tree { nodes: Vec::with_capacity(2 * problem.connectivity().tensors()) };
    search.append(root, best, &mut tree);
    watch.ended(search.solved.len() as u64, search.pairs);
    Some(Found { tree, point: Known { peak, cost }, least_peak })
}

/// A solution of a part, by its position on the frontier.
type Choice = (u32, u32);

/// The two solutions that a solution contracts, in the order of evaluation; none for a tensor.
type Origin = Option<(Choice, Choice)>;

/// A split of a part: the part without the highest tensor, and the one with it.
#[derive(Clone, Copy)]
struct Pair {
    left: u32,
    right: u32,
}

/// The values of a part.
struct Entry {
    /// The least peak within the limit, and the split that reaches it; else none.
    least: f64,
    by: Option<Pair>,
    splits: SmallVec<[Pair; 6]>,
    /// Whether a solution within the limit contains it.
    is_needed: bool,
    solutions: Frontier<Origin>,
    /// The part of the same size that was reached before it.
    previous: Option<u32>,
}

impl Entry {
    fn new() -> Self {
        let (splits, solutions) = (SmallVec::new(), Frontier::new());
        Entry { least: f64::MAX, by: None, splits, is_needed: false, solutions, previous: None }
    }
}

/// A part with a peak within the limit.
struct Solved {
    part: u32,
    n: Subset,
    sizes: Operand,
    peak: f64,
}

struct Bounded<'s, 'a> {
    problem: &'a Problem<'a>,
    parts: &'s mut Parts<'a>,
    /// The limit on peaks.
    limit: f64,
    entries: Vec<Entry>,
    /// By size, the part reached last.
    of_size: [Option<u32>; Subset::MOST_IN_TABLES + 1],
    /// By increasing size.
    solved: Vec<Solved>,
    pairs: u64,
}

impl<'s, 'a> Bounded<'s, 'a> {
    fn new(problem: &'a Problem<'a>, parts: &'s mut Parts<'a>, limit: f64) -> Granted<Self> {
        let mut entries = allocation::empty(2 * parts.count())?;
        entries.resize_with(parts.count(), Entry::new);
        Ok(Bounded {
            problem,
            parts,
            limit,
            entries,
            of_size: [None; Subset::MOST_IN_TABLES + 1],
            solved: Vec::with_capacity(ROOM),
            pairs: 0,
        })
    }

    /// The first phase; returns the number of the whole.
    fn find_least_peaks(&mut self, most: u64) -> Option<u32> {
        let tensors = self.problem.connectivity().tensors();
        for part in 0..tensors as u32 {
            self.entries[part as usize].least = self.parts.get(part).sliced.footprint;
            self.pair_up(part).ok()?;
        }
        for size in 2..=tensors {
            let mut next = self.of_size[size];
            while let Some(part) = next {
                self.pair_up(part).ok()?;
                if self.pairs > most {
                    return None;
                }
                next = self.entries[part as usize].previous;
            }
        }
        // The whole is the only set of its size, and comes last.
        let root = self.solved.last()?;
        (root.n == self.problem.connectivity().root()).then_some(root.part)
    }

    /// Adds a part, and its unions with the neighbouring parts before it.
    fn pair_up(&mut self, number: u32) -> Granted<()> {
        let part = self.parts.get(number);
        let (near, peak) = (part.near, self.entries[number as usize].least);
        let this = Solved { part: number, n: part.n, sizes: part.sliced, peak };
        self.pairs += self.solved.len() as u64;
        for other in &self.solved {
            if other.n.intersects(this.n) || !other.n.intersects(near) {
                continue;
            }
            // A known part may be rejected by its size before its indices are computed.
            let known = self.parts.find(this.n.union(other.n));
            let result = known.map_or(0.0, |union| self.parts.get(union).sliced.footprint);
            let mut peak = this.least_peak_with(other, result);
            if peak > self.limit {
                continue;
            }
            let is_left = this.n < other.n;
            let (left, right) = if is_left { (number, other.part) } else { (other.part, number) };
            let union = match known {
                Some(union) => union,
                None => {
                    let union = self.parts.union(left, right)?;
                    peak = this.least_peak_with(other, self.parts.get(union).sliced.footprint);
                    union
                }
            };
            if peak > self.limit {
                continue;
            }
            if self.entries.len() <= union as usize {
                let more = union as usize + 1 - self.entries.len();
                self.entries.make_room(more)?;
                self.entries.resize_with(union as usize + 1, Entry::new);
            }
            let (entry, pair) = (&mut self.entries[union as usize], Pair { left, right });
            if entry.splits.is_empty() {
                let size = self.parts.get(union).n.len();
                entry.previous = self.of_size[size].replace(union);
            }
            if peak < entry.least {
                (entry.least, entry.by) = (peak, Some(pair));
            }
            entry.splits.try_push(pair)?;
        }
        self.solved.try_push(this)
    }

    /// The cost of the first tree found with the least peak.
    fn cost_of_least(&self, part: u32) -> f64 {
        let Some(Pair { left, right }) = self.entries[part as usize].by else { return 0.0 };
        let own = self.parts.charge(left, right, part);
        own + self.cost_of_least(left) + self.cost_of_least(right)
    }

    /// The second phase, within a limit on the peak, and on the cost by that of a solution within
    /// it; returns the cheapest solution of the whole.
    fn find_solutions(&mut self, root: u32, limit: f64, cost: f64) -> Option<u32> {
        self.limit = limit;
        // Sums in another order may be slightly larger.
        let cost = cost * (1.0 + EQUAL);
        self.entries[root as usize].is_needed = true;
        for at in (0..self.solved.len()).rev() {
            let part = self.solved[at].part;
            if self.entries[part as usize].is_needed {
                self.mark_parts(part);
            }
        }
        for at in 0..self.solved.len() {
            let part = self.solved[at].part;
            if self.entries[part as usize].is_needed {
                self.solve(part, cost).ok()?;
            }
        }
        (self.solutions(root).len() as u32).checked_sub(1)
    }

    /// Keeps the splits of a part within the limit, in their order, and marks their parts.
    fn mark_parts(&mut self, part: u32) {
        let mut splits = std::mem::take(&mut self.entries[part as usize].splits);
        let beside = Beside { held: 0.0, result: self.parts.get(part).sliced.footprint };
        let operand = |part: u32| (self.parts.get(part).sliced, self.entries[part as usize].least);
        splits.retain(|pair| {
            least_peak(operand(pair.left), operand(pair.right), &beside).0 <= self.limit
        });
        splits.sort_unstable_by_key(|pair| self.parts.get(pair.left).n);
        for &Pair { left, right } in &splits {
            self.entries[left as usize].is_needed = true;
            self.entries[right as usize].is_needed = true;
        }
        self.entries[part as usize].splits = splits;
    }

    fn solutions(&self, part: u32) -> &[Point<Origin>] {
        self.entries[part as usize].solutions.points()
    }

    /// Computes the frontier of a part from those of its parts.
    fn solve(&mut self, part: u32, most: f64) -> Granted<()> {
        let (problem, parts, entry) = (self.problem, &*self.parts, &self.entries[part as usize]);
        let whole = parts.get(part);
        if whole.n.is_leaf() {
            let leaf = Frontier::of(Point { peak: entry.least, cost: 0.0, origin: None });
            self.entries[part as usize].solutions = leaf;
            return Ok(());
        }
        let all = problem.connectivity().root();
        let left_to_pay = if whole.n == all {
            0.0
        } else {
            let operands = problem.leaf_sum(all) - whole.whole.leaf_sum + whole.whole.footprint;
            problem.least_for_operands(operands)
        };
        let beside = Beside { held: 0.0, result: whole.sliced.footprint };
        let mut solutions = Frontier::new();
        for &Pair { left, right } in &entry.splits {
            let (l, r) = (parts.get(left), parts.get(right));
            let (of_left, of_right) = (self.solutions(left), self.solutions(right));
            if of_left.is_empty() || of_right.is_empty() {
                continue;
            }
            let own = parts.charge(left, right, part);
            for (i, p) in (0..).zip(of_left) {
                for (j, q) in (0..).zip(of_right) {
                    let cost = own + p.cost + q.cost;
                    if cost + left_to_pay > most {
                        continue;
                    }
                    let (peak, left_first) =
                        least_peak((l.sliced, p.peak), (r.sliced, q.peak), &beside);
                    if peak > self.limit {
                        continue;
                    }
                    let (i, j) = ((left, i), (right, j));
                    let origin = Some(if left_first { (i, j) } else { (j, i) });
                    solutions.offer(Point { peak, cost, origin })?;
                }
            }
        }
        self.entries[part as usize].solutions = solutions;
        Ok(())
    }

    /// Appends the tree of a solution of a part; returns its position.
    fn append(&self, part: u32, solution: u32, tree: &mut Tree) -> usize {
        let node = match self.solutions(part)[solution as usize].origin {
            None => TreeNode::Leaf(part as usize),
            Some((first, second)) => {
                let opened = self.parts.opened(first.0, second.0, part);
                let first = self.append(first.0, first.1, tree);
                let second = self.append(second.0, second.1, tree);
                TreeNode::Contraction { first, second, opened }
            }
        };
        tree.nodes.push(node);
        tree.nodes.len() - 1
    }
}

impl Solved {
    /// A lower bound on the peak of contracting this part with another one to `result` elements;
    /// exact if that is the size of the result.
    fn least_peak_with(&self, other: &Solved, result: f64) -> f64 {
        let beside = Beside { held: 0.0, result };
        least_peak((self.sizes, self.peak), (other.sizes, other.peak), &beside).0
    }
}

//! Peaks in two phases as a subset DP within bounds: for small networks.
//!
//! Sets of tensors come by size, so all their parts have come before them: no heap, and nothing is done
//! twice. The first phase finds the least peak of every set, among those that do not exceed that of a
//! known solution by more than the tolerance, and keeps the splits that come to it. That of the whole
//! is the least there is. The second phase makes the frontiers (peak, cost) of the sets that solutions
//! within the tolerance are made of, from those splits; costs that with what is left to pay (see
//! [`super::best_first`]) exceed those of a known solution are left out. Where the greedy tree is
//! nearly as good as the best, as for most terms of coupled cluster, best-first would look at the
//! same sets, and at the pairs of them in both phases; where it is not, the search gives up, and
//! best-first takes over.
//!
//! A set meets its splits in the order of [`super::ties`], and of equal solutions the first one stays.

use smallvec::SmallVec;

use crate::allocation;
use crate::allocation::{Append, Granted, Grow};
use crate::cost::least_peak;
use crate::cost::{Beside, EQUAL, Frontier, Point};
use crate::problem::{Operand, Problem, Subset, Tree, TreeNode, Watch};
use crate::search::greedy::Known;
use crate::search::parts::Parts;

/// Parts with solutions that there is room for from the beginning.
const ROOM: usize = 64;

/// What two phases find.
pub struct Found {
    pub tree: Tree,
    pub point: Known,
    pub least_peak: f64,
}

/// The solution of least cost within the tolerance of the least peak, of a network of at most
/// [`Subset::MOST_IN_TABLES`]; `known` is one that there is. None if that takes more than so many pairs with
/// sets that have come before, or more memory than there is.
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
    watch.ended(search.met.len() as u64, search.pairs);
    Some(Found { tree, point: Known { peak, cost }, least_peak })
}

/// A solution of a part, by position on its frontier.
type Choice = (u32, u32);

/// What a solution is made of, in the order of evaluation; none for a tensor.
type Origin = Option<(Choice, Choice)>;

/// A split of a part: into that without and that with the highest tensor.
#[derive(Clone, Copy)]
struct Way {
    left: u32,
    right: u32,
}

/// What is known of a part.
struct Entry {
    /// The least peak within the limit, and the way to it; else none.
    least: f64,
    by: Option<Way>,
    ways: SmallVec<[Way; 6]>,
    /// Whether a solution within the limit is made of it.
    is_wanted: bool,
    solutions: Frontier<Origin>,
    /// The part that was met before it of those of its size.
    before: Option<u32>,
}

impl Entry {
    fn new() -> Self {
        let (ways, solutions) = (SmallVec::new(), Frontier::new());
        Entry { least: f64::MAX, by: None, ways, is_wanted: false, solutions, before: None }
    }
}

/// A part that has a peak within the limit.
struct Met {
    part: u32,
    n: Subset,
    sizes: Operand,
    peak: f64,
}

struct Bounded<'s, 'a> {
    problem: &'a Problem<'a>,
    parts: &'s mut Parts<'a>,
    /// No peak of interest is higher.
    limit: f64,
    entries: Vec<Entry>,
    /// By size, the part that was met last.
    of_size: [Option<u32>; Subset::MOST_IN_TABLES + 1],
    /// In the order of their sizes.
    met: Vec<Met>,
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
            met: Vec::with_capacity(ROOM),
            pairs: 0,
        })
    }

    /// The first phase: the number of the whole.
    fn find_least_peaks(&mut self, most: u64) -> Option<u32> {
        let tensors = self.problem.connectivity().tensors();
        for part in 0..tensors as u32 {
            self.entries[part as usize].least = self.parts.get(part).sliced.footprint;
            self.meet(part).ok()?;
        }
        for size in 2..=tensors {
            let mut next = self.of_size[size];
            while let Some(part) = next {
                self.meet(part).ok()?;
                if self.pairs > most {
                    return None;
                }
                next = self.entries[part as usize].before;
            }
        }
        // The whole is the only set of its size, and comes last.
        let root = self.met.last()?;
        (root.n == self.problem.connectivity().root()).then_some(root.part)
    }

    /// Takes note of the unions of a part with those that have come and are near it.
    fn meet(&mut self, number: u32) -> Granted<()> {
        let part = self.parts.get(number);
        let (near, peak) = (part.near, self.entries[number as usize].least);
        let this = Met { part: number, n: part.n, sizes: part.sliced, peak };
        self.pairs += self.met.len() as u64;
        for other in &self.met {
            if other.n.intersects(this.n) || !other.n.intersects(near) {
                continue;
            }
            // What has been met is known to be too large before its indices are.
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
            let (entry, way) = (&mut self.entries[union as usize], Way { left, right });
            if entry.ways.is_empty() {
                let size = self.parts.get(union).n.len();
                entry.before = self.of_size[size].replace(union);
            }
            if peak < entry.least {
                (entry.least, entry.by) = (peak, Some(way));
            }
            entry.ways.try_push(way)?;
        }
        self.met.try_push(this)
    }

    /// What the tree of least peak costs that was met first.
    fn cost_of_least(&self, part: u32) -> f64 {
        let Some(Way { left, right }) = self.entries[part as usize].by else { return 0.0 };
        let own = self.parts.charge(left, right, part);
        own + self.cost_of_least(left) + self.cost_of_least(right)
    }

    /// The second phase, within a limit on the peak and the cost of a solution within it: which solution
    /// of the whole is the cheapest.
    fn find_solutions(&mut self, root: u32, limit: f64, cost: f64) -> Option<u32> {
        self.limit = limit;
        // Sums in another order may be a little more.
        let cost = cost * (1.0 + EQUAL);
        self.entries[root as usize].is_wanted = true;
        for at in (0..self.met.len()).rev() {
            let part = self.met[at].part;
            if self.entries[part as usize].is_wanted {
                self.want_parts(part);
            }
        }
        for at in 0..self.met.len() {
            let part = self.met[at].part;
            if self.entries[part as usize].is_wanted {
                self.solve(part, cost).ok()?;
            }
        }
        (self.solutions(root).len() as u32).checked_sub(1)
    }

    /// Keeps the splits of a part that are within the limit, in their order.
    fn want_parts(&mut self, part: u32) {
        let mut ways = std::mem::take(&mut self.entries[part as usize].ways);
        let beside = Beside { held: 0.0, result: self.parts.get(part).sliced.footprint };
        let operand = |part: u32| (self.parts.get(part).sliced, self.entries[part as usize].least);
        ways.retain(|way| {
            least_peak(operand(way.left), operand(way.right), &beside).0 <= self.limit
        });
        ways.sort_unstable_by_key(|way| self.parts.get(way.left).n);
        for &Way { left, right } in &ways {
            self.entries[left as usize].is_wanted = true;
            self.entries[right as usize].is_wanted = true;
        }
        self.entries[part as usize].ways = ways;
    }

    fn solutions(&self, part: u32) -> &[Point<Origin>] {
        self.entries[part as usize].solutions.points()
    }

    /// Makes the frontier of a part from those of its parts.
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
        for &Way { left, right } in &entry.ways {
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

impl Met {
    /// What the peak is at least when this part and another are contracted to so many elements.
    fn least_peak_with(&self, other: &Met, result: f64) -> f64 {
        let beside = Beside { held: 0.0, result };
        least_peak((self.sizes, self.peak), (other.sizes, other.peak), &beside).0
    }
}

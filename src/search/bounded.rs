//! The plain search for the least cost within a peak, on what bounds leave of it: for small networks.
//!
//! Sets of tensors come by size, so all their parts have come before them, and each has the frontier of
//! its solutions (peak, cost) once and for all: no heap, and nothing is done twice. What bounds leave
//! out is never made: peaks above the limit, and costs that with what is left to pay (see
//! [`super::best_first`]) exceed those of a known solution. Where that one is nearly as good as the
//! best, as the greedy tree is for most terms of coupled cluster, best-first would look at the same
//! sets; where it is not, the search gives up, and best-first takes over.
//!
//! A set meets its splits in the order of [`super::ties`], and of equal solutions the first one stays.

use smallvec::SmallVec;

use super::greedy::Known;
use super::parts::Parts;
use super::{MAX_TENSORS, Problem, Subset, Tree, TreeNode, Watch};
use crate::cost::{Beside, EQUAL, Frontier, Operand, Point, least_peak};
use crate::network::IndexSet;

/// Parts with solutions that there is room for from the beginning.
const ROOM: usize = 64;

/// What solutions of interest are at most; a known one has this cost.
#[derive(Clone, Copy)]
pub struct Bounds {
    pub peak: f64,
    pub cost: f64,
}

/// The solution of least cost within bounds, of a network of at most [`MAX_TENSORS`]; none if that takes
/// more than so many looks at sets that have come before.
pub fn search<'a>(
    problem: &'a Problem<'a>,
    parts: &mut Parts<'a>,
    bounds: Bounds,
    most: u64,
    watch: &mut Watch,
) -> Option<(Tree, Known)> {
    let tensors = problem.lattice().tensors();
    let mut search = Bounded::new(problem, parts, bounds);
    let (root, best) = search.run(most)?;
    let Point { peak, cost, .. } = search.solutions(root)[best];
    let mut tree = Tree { nodes: Vec::with_capacity(2 * tensors) };
    search.append(root, best, &mut tree);
    watch.ended(search.closed.len() as u64, search.looks);
    Some((tree, Known { peak, cost }))
}

/// A solution of a part, by position on its frontier.
type Choice = (u32, usize);

/// What a solution is made of, in the order of evaluation; none for a tensor.
type Origin = Option<(Choice, Choice)>;

/// A split of a part: into that without and that with the highest tensor; and its work.
#[derive(Clone, Copy)]
struct Way {
    left: u32,
    right: u32,
    flops: f64,
}

/// What is known of a part.
#[derive(Default)]
struct Entry {
    ways: SmallVec<[Way; 2]>,
    solutions: Frontier<Origin>,
    /// The part that was met before it of those of its size.
    before: Option<u32>,
}

/// A part that has solutions.
struct Closed {
    part: u32,
    n: Subset,
    open: IndexSet,
    sizes: Operand,
    /// The least peak of its solutions.
    peak: f64,
    /// What two parts have paid together, and what they weigh, bounds what their union is worth.
    paid: f64,
    weight: f64,
}

struct Bounded<'s, 'a> {
    problem: &'a Problem<'a>,
    parts: &'s mut Parts<'a>,
    bounds: Bounds,
    entries: Vec<Entry>,
    /// By size, the part that was met last.
    of_size: [Option<u32>; MAX_TENSORS + 1],
    closed: Vec<Closed>,
    looks: u64,
    leaf_sum: f64,
}

impl<'s, 'a> Bounded<'s, 'a> {
    fn new(problem: &'a Problem<'a>, parts: &'s mut Parts<'a>, bounds: Bounds) -> Self {
        let mut entries = Vec::with_capacity(2 * parts.count());
        entries.resize_with(parts.count(), Entry::default);
        Bounded {
            problem,
            parts,
            // Sums in another order may be a little more.
            bounds: Bounds { cost: bounds.cost * (1.0 + EQUAL), ..bounds },
            entries,
            of_size: [None; MAX_TENSORS + 1],
            closed: Vec::with_capacity(ROOM),
            looks: 0,
            leaf_sum: problem.leaf_sum(problem.lattice().root()),
        }
    }

    /// Makes the frontiers of all sets: the number of the whole, and its cheapest solution.
    fn run(&mut self, most: u64) -> Option<Choice> {
        let tensors = self.problem.lattice().tensors();
        for part in 0..tensors as u32 {
            let peak = self.parts.get(part).sliced.footprint;
            let leaf = Frontier::of(Point { peak, cost: 0.0, origin: None });
            self.entries[part as usize].solutions = leaf;
            self.close(part);
        }
        for size in 2..=tensors {
            let mut next = self.of_size[size];
            while let Some(part) = next {
                self.solve(part);
                self.close(part);
                if self.looks > most {
                    return None;
                }
                next = self.entries[part as usize].before;
            }
        }
        // The whole is the only set of its size, and comes last.
        let root = self.closed.last()?;
        let is_whole = root.n == self.problem.lattice().root();
        is_whole.then(|| (root.part, self.solutions(root.part).len() - 1))
    }

    fn solutions(&self, part: u32) -> &[Point<Origin>] {
        self.entries[part as usize].solutions.points()
    }

    /// Makes the frontier of a part from those of its parts.
    fn solve(&mut self, part: u32) {
        let (problem, parts) = (self.problem, &*self.parts);
        let mut ways = std::mem::take(&mut self.entries[part as usize].ways);
        ways.sort_unstable_by_key(|way| parts.get(way.left).n);
        let whole = parts.get(part);
        let left_to_pay = if whole.n == problem.lattice().root() {
            0.0
        } else {
            let operands = self.leaf_sum - whole.whole.leaf_sum + whole.whole.footprint;
            problem.least_for_operands(operands)
        };
        let beside = Beside { held: 0.0, result: whole.sliced.footprint };
        let mut solutions = Frontier::new();
        for Way { left, right, flops } in ways {
            let (l, r) = (parts.get(left), parts.get(right));
            let operands = [l.whole.footprint, r.whole.footprint];
            let own = problem.charge(whole.volatile, flops, operands, whole.whole.footprint);
            for (i, p) in self.solutions(left).iter().enumerate() {
                for (j, q) in self.solutions(right).iter().enumerate() {
                    let (peak, left_first) =
                        least_peak((l.sliced, p.peak), (r.sliced, q.peak), &beside);
                    let cost = own + p.cost + q.cost;
                    if peak > self.bounds.peak || cost + left_to_pay > self.bounds.cost {
                        continue;
                    }
                    let (i, j) = ((left, i), (right, j));
                    let origin = Some(if left_first { (i, j) } else { (j, i) });
                    solutions.offer(Point { peak, cost, origin });
                }
            }
        }
        self.entries[part as usize].solutions = solutions;
    }

    /// Takes note of the unions of a part with those that have come and are near it, if it has
    /// solutions.
    fn close(&mut self, number: u32) {
        let solutions = self.solutions(number);
        let (Some(lowest), Some(cheapest)) = (solutions.first(), solutions.last()) else { return };
        let (peak, cost) = (lowest.peak, cheapest.cost);
        let problem = self.problem;
        let part = self.parts.get(number);
        let near = part.near;
        // See `BestFirst::close`: two parts share what is left to pay for the leaves outside.
        let outside = self.leaf_sum / 2.0 - part.whole.leaf_sum;
        let paid = cost + problem.least_for_operands(outside);
        let this = Closed {
            part: number,
            n: part.n,
            open: part.open.clone(),
            sizes: part.sliced,
            peak,
            paid,
            weight: paid + problem.least_for_operands(part.whole.footprint),
        };
        let limit = self.bounds.cost * (1.0 + EQUAL);
        self.looks += self.closed.len() as u64;
        for other in &self.closed {
            let goes_with = !other.n.intersects(this.n) & other.n.intersects(near);
            if !goes_with || this.weight + other.weight > limit {
                continue;
            }
            // What the first phase has met is known to be too large before its work is.
            let known = self.parts.find(this.n.union(other.n));
            let result = known.map_or(0.0, |union| self.parts.get(union).sliced.footprint);
            if this.least_peak_with(other, result) > self.bounds.peak {
                continue;
            }
            let flops = problem.volume_of_both(&this.open, &other.open);
            let work = problem.least_for_work() * flops;
            if this.paid + other.paid + work > limit {
                continue;
            }
            let is_left = this.n < other.n;
            let (left, right) = if is_left { (number, other.part) } else { (other.part, number) };
            let union = known.unwrap_or_else(|| self.parts.union(left, right));
            if self.entries.len() <= union as usize {
                self.entries.resize_with(union as usize + 1, Entry::default);
            }
            let entry = &mut self.entries[union as usize];
            if entry.ways.is_empty() {
                let size = self.parts.get(union).n.len();
                entry.before = self.of_size[size].replace(union);
            }
            entry.ways.push(Way { left, right, flops });
        }
        self.closed.push(this);
    }

    /// Appends the tree of a solution of a part; returns its position.
    fn append(&self, part: u32, solution: usize, tree: &mut Tree) -> usize {
        let node = match self.solutions(part)[solution].origin {
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

impl Closed {
    /// What the peak is at least when this part and another are contracted to so many elements.
    fn least_peak_with(&self, other: &Closed, result: f64) -> f64 {
        let beside = Beside { held: 0.0, result };
        least_peak((self.sizes, self.peak), (other.sizes, other.peak), &beside).0
    }
}

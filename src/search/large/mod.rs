//! Contraction orders where exact search does not reach: from some twenty to some thousand tensors.
//!
//! Greedy trees with some noise (`greedy`), the best of them annealed (`annealing`), and in what comes
//! of it every small piece replaced by the best one there is (`windows`). For peak memory the same
//! twice: the least peak first, then the least cost near it (`peaks`, `peak_windows`).
//!
//! Nothing is proven of the tree but a weak bound (`bounds`). Random numbers come from fixed seeds and
//! effort is counted in steps, so a problem has the same answer on every run.

mod annealing;
mod bounds;
mod branches;
mod effort;
mod greedy;
mod hypergraph;
mod peak_windows;
mod peaks;
mod pulse;
mod random;
mod rows;
mod window;
mod windows;

use std::cell::RefCell;
use std::time::Instant;

use crate::Error;
use crate::allocation::Granted;
use crate::cost::{EQUAL, Frontier, Point};
use crate::problem::Searched;
use crate::problem::{Limits, LoopSet, Loops, Problem, Quantity, Subset, Watch};
use crate::search::sharing::classes;
use crate::search::{Method, Solution};
use annealing::{Cost, anneal};
use branches::Branches;
pub use effort::Effort;
use greedy::Taste;
use hypergraph::Hypergraph;
use peaks::{Aim, PeakAndCost, Peaks};
use pulse::Pulse;
use random::Random;

/// What was found, and what is known of it.
pub struct Found {
    pub solution: Solution,
    /// What no tree goes below: the peak for peak and peak-batched, else the cost.
    pub lower_bound: f64,
    /// Whether outer products were allowed everywhere.
    pub exhaustive: bool,
}

/// Windows are gone through this often at most; a few times is usual.
const ROUNDS: usize = 20;

/// A peak's windows are smaller: of each subset there is a frontier.
const MOST_OF_A_PEAK: usize = 8;

/// Moves that take as long as a greedy tree does for each tensor.
const MOVES_A_TENSOR: u64 = 32;

/// Where the streams of random numbers begin; any number would do.
const SEED: u64 = 0x51_75_62_65;

/// A good tree of a network of any size. Errors: `TooLarge` and `Option`, what there is no search for at
/// this size, and windows of more than 16 leaves; `Overflow`, a tree with a contraction beyond the
/// range of a double.
pub fn search(problem: &Problem, effort: &Effort) -> Searched<Found> {
    search_within(problem, effort, &mut Watch::new(Limits::default(), None))
}

/// The same within the seconds of a watch, which hears of the best tree now and then, and may end the
/// search: the answer is then the best so far.
pub fn search_within(problem: &Problem, effort: &Effort, watch: &mut Watch) -> Searched<Found> {
    check(problem)?;
    effort.check()?;
    let graph = &Hypergraph::of(problem)?;
    let lower_bound = bounds::lower_bound(graph);
    let objective = problem.options().objective;
    let quantity = objective.first();
    let pulse = RefCell::new(Pulse::new(watch, quantity, lower_bound));
    let search = Search { graph, effort, pulse: &pulse };
    let solution = if objective.is_additive() {
        search.least_cost()?
    } else if !objective.counts_peak() {
        let error = Error::Option {
            name: "objective",
            value: objective.name().into(),
            allowed: "an objective of the library, with more tensors than an exact search takes",
        };
        return Err(error.into());
    } else if quantity == Quantity::Peak {
        search.least_peak()?
    } else {
        search.least_cost_then_peak()?
    };
    Ok(Found { solution, lower_bound, exhaustive: !graph.pruned() })
}

/// Whether this search knows all that is asked for: not thresholds on the peak, nor slicing that is not
/// free, nor sharing.
fn check(problem: &Problem) -> Searched<()> {
    let (resolved, options) = (problem.policy(), problem.options());
    let tensors = problem.network().tensors().len();
    if options.subnet_cse {
        // An error, unless there is nothing to share.
        classes(problem)?;
    }
    if options.objective.charges_slicing() && resolved.peak_threshold().is_some() {
        return Err(Error::TooLarge {
            what: "tensors of a network where loops are to fit a threshold (`peak_threshold`)",
            value: tensors as u64,
            limit: Subset::MOST as u64,
        }
        .into());
    }
    if options.objective.loops() != Loops::Free || problem.loops().is_empty() {
        return Ok(());
    }
    if resolved.accumulation_factor() > 0.0 {
        return Err(Error::Option {
            name: "accumulation_factor",
            value: resolved.accumulation_factor().to_string(),
            allowed: "0 for peak-batched with more tensors than an exact search takes",
        }
        .into());
    }
    if resolved.persistent_only() && (0..tensors).any(|tensor| resolved.is_volatile(tensor)) {
        return Err(Error::Option {
            name: "persistent_only",
            value: "on with volatile tensors".into(),
            allowed: "off for peak-batched with more tensors than an exact search takes",
        }
        .into());
    }
    Ok(())
}

struct Search<'a, 'p, 'w> {
    graph: &'a Hypergraph<'a>,
    effort: &'a Effort,
    pulse: &'a RefCell<Pulse<'p, 'w>>,
}

impl<'a> Search<'a, '_, '_> {
    fn least_cost(&self) -> Searched<Solution> {
        let tree = self.cheapest()?;
        tree.check_range()?;
        // The operand with the first tensor goes first, as in the exact searches.
        let lowest = tree.lowest();
        let first = |n| {
            let [left, right] = tree.children(n);
            if lowest[left] < lowest[right] { left } else { right }
        };
        let method = Method::Annealing;
        Ok(Solution { tree: tree.tree(first, |_| Vec::new())?, frontier: Vec::new(), method })
    }

    fn least_cost_then_peak(&self) -> Searched<Solution> {
        let tree = self.cheapest()?;
        let aim = Aim::Peak { cost_limit: tree.total_cost() * (1.0 + EQUAL) };
        let tree = self.improved(tree, aim, LoopSet::NONE, 0);
        let reached = point(&tree, LoopSet::NONE)?;
        self.solution(&tree, LoopSet::NONE, &[reached])
    }

    fn least_peak(&self) -> Searched<Solution> {
        let problem = self.graph.problem;
        let loops = LoopSet::all(problem.loops().len());
        let aim = Aim::Peak { cost_limit: f64::MAX };
        let cheapest = self.cheapest()?;
        let peak = |tree: &Branches| Ok(Peaks::of(tree, loops)?.root());
        let mut starts = self.greedy_trees(Quantity::Peak, peak)?;
        starts.truncate(self.effort.annealed.div_ceil(4));
        let others = starts.iter().map(|pairs| Branches::of(self.graph, pairs));
        let candidates = std::iter::once(cheapest.copy()).chain(others).enumerate();
        let ((least, its_cost), lowest) = least_of(candidates.map(|(stream, tree)| {
            let tree = self.improved(tree?, aim, loops, stream);
            let (peak, cost) = point(&tree, loops)?;
            self.pulse.borrow_mut().met(Quantity::Peak, peak);
            Ok(((peak, cost), tree))
        }))?;
        let peak_limit = (1.0 + problem.options().peak_flops_tolerance) * least;
        let aim = Aim::Cost { peak_limit };
        let is_near = peak(&cheapest).is_ok_and(|peak| peak <= peak_limit);
        let near = [Some(lowest), is_near.then_some(cheapest)].into_iter().flatten().enumerate();
        let ((cost, peak), best) = least_of(near.map(|(stream, tree)| {
            let tree = self.improved(tree, aim, loops, stream);
            let (peak, cost) = point(&tree, loops)?;
            Ok(((cost, peak), tree))
        }))?;
        self.solution(&best, self.needed(&best, loops)?, &[(least, its_cost), (peak, cost)])
    }

    /// The cheapest tree found.
    fn cheapest(&self) -> Granted<Branches<'a>> {
        let starts = self.greedy_trees(Quantity::Cost, |tree| Ok(tree.total_cost()))?;
        let annealed = starts.iter().take(self.effort.annealed.max(1)).enumerate();
        let (_, mut best) = least_of(annealed.map(|(stream, pairs)| {
            let tree = Branches::of(self.graph, pairs)?;
            let random = &mut Random::new(SEED + stream as u64);
            let goes_on = |moves| self.goes_on(moves);
            let tree = match self.effort.annealed {
                0 => tree,
                _ => anneal(tree, &mut Cost, &self.effort.schedule(), random, goes_on),
            };
            let cost = tree.total_cost();
            self.pulse.borrow_mut().met(Quantity::Cost, cost);
            Ok(((cost, 0.0), tree))
        }))?;
        if self.effort.window > 2 {
            let splits = 1 << self.effort.window;
            // Without memory for a window the tree stays as it is.
            let goes_on = || self.goes_on(splits);
            windows::lower_cost(&mut best, self.effort.window, ROUNDS, goes_on).ok();
            self.pulse.borrow_mut().met(Quantity::Cost, best.total_cost());
        }
        Ok(best)
    }

    fn goes_on(&self, moves: u64) -> bool {
        self.pulse.borrow_mut().goes_on(moves)
    }

    /// Greedy trees, the one of least value first; the plain one is among them, and others as far as
    /// there is memory for them.
    fn greedy_trees(
        &self,
        quantity: Quantity,
        value: impl Fn(&Branches<'a>) -> Granted<f64>,
    ) -> Granted<Vec<Vec<(usize, usize)>>> {
        let random = &mut Random::new(SEED);
        let mut trees: Vec<(f64, Vec<(usize, usize)>)> = Vec::new();
        let (begun, tensors) = (Instant::now(), self.graph.tensors() as u64);
        for attempt in 0..self.effort.greedy.max(1) {
            if attempt > 0
                && (!self.goes_on(MOVES_A_TENSOR * tensors) || self.effort.is_spent(begun))
            {
                break;
            }
            let taste = if attempt == 0 { Taste::PLAIN } else { Taste::any(random) };
            let made = greedy::pairs(self.graph, taste, random)
                .and_then(|pairs| Ok((value(&Branches::of(self.graph, &pairs)?)?, pairs)));
            match made {
                Ok(tree) => trees.push(tree),
                Err(refused) if trees.is_empty() => return Err(refused),
                Err(_) => break,
            }
            self.pulse.borrow_mut().met(quantity, trees[trees.len() - 1].0);
        }
        trees.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        Ok(trees.into_iter().map(|(_, pairs)| pairs).collect())
    }

    /// A tree annealed towards an aim, and its windows improved; as far as there is memory for that.
    fn improved(
        &self,
        tree: Branches<'a>,
        aim: Aim,
        loops: LoopSet,
        stream: usize,
    ) -> Branches<'a> {
        let mut tree = tree;
        if self.effort.annealed > 0
            && let Ok(measure) = &mut PeakAndCost::new(&tree, aim, loops)
        {
            let random = &mut Random::new(SEED + stream as u64);
            let goes_on = |moves| self.goes_on(moves);
            tree = anneal(tree, measure, &self.effort.schedule(), random, goes_on);
        }
        if self.effort.window > 2
            && let Ok(peaks) = &mut Peaks::of(&tree, loops)
        {
            let leaves = self.effort.window.min(MOST_OF_A_PEAK);
            let goes_on = || self.goes_on(1 << leaves);
            peak_windows::improve_peak(&mut tree, peaks, aim, leaves, ROUNDS, goes_on).ok();
        }
        tree
    }

    /// Those of the loops without which the peak would be higher.
    fn needed(&self, tree: &Branches, loops: LoopSet) -> Granted<LoopSet> {
        let peak = Peaks::of(tree, loops)?.root();
        loops.iter().try_fold(loops, |needed, one| {
            let fewer = needed.without(LoopSet::of(one));
            Ok(if Peaks::of(tree, fewer)?.root() <= peak { fewer } else { needed })
        })
    }

    /// A tree in the order of its peak, each loop opened where its index is contracted; and the points
    /// (peak, cost) met that are not worse than another.
    fn solution(
        &self,
        tree: &Branches,
        loops: LoopSet,
        points: &[(f64, f64)],
    ) -> Searched<Solution> {
        tree.check_range()?;
        let peaks = Peaks::of(tree, loops)?;
        let inside = |n: usize| self.graph.loops_in(tree.open(n)).intersection(loops);
        let opened = |n: usize| {
            let [left, right] = tree.children(n).map(inside);
            left.union(right).without(inside(n)).iter().collect()
        };
        let mut frontier = Frontier::new();
        for &(peak, cost) in points {
            frontier.offer(Point { peak, cost, origin: () })?;
        }
        Ok(Solution {
            tree: tree.tree(|n| peaks.first(tree, n), opened)?,
            frontier: frontier.values()?,
            method: Method::AnnealingByPeak,
        })
    }
}

/// The first tree of least value among those that there is memory for; an error where that is none.
fn least_of<'a>(
    trees: impl Iterator<Item = Granted<((f64, f64), Branches<'a>)>>,
) -> Granted<((f64, f64), Branches<'a>)> {
    let least = trees.reduce(|one, other| match (one, other) {
        (Ok(a), Ok(b)) => Ok(if order(b.0, a.0).is_lt() { b } else { a }),
        (Ok(tree), Err(_)) | (Err(_), Ok(tree)) => Ok(tree),
        (refused, _) => refused,
    });
    least.expect("there is a tree to begin with")
}

/// The peak and the cost of a tree.
fn point(tree: &Branches, loops: LoopSet) -> Granted<(f64, f64)> {
    Ok((Peaks::of(tree, loops)?.root(), tree.total_cost()))
}

fn order(a: (f64, f64), b: (f64, f64)) -> std::cmp::Ordering {
    a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
}

//! Contraction orders beyond the reach of exact search: from some twenty to some thousand tensors.
//!
//! Randomized greedy trees (`greedy`), the best of them annealed (`annealing`), then subtree
//! reconfiguration (`reconfiguration`; Gray and Kourtis 2021). For peak memory in two passes: the
//! least peak first, then the least cost near it (`peaks`).
//!
//! The tree carries no proof beyond a weak lower bound (`bounds`). Random numbers come from fixed
//! seeds and effort is counted in steps, so a problem has the same answer on every run.

mod annealing;
mod bounds;
mod branches;
mod effort;
mod greedy;
mod hypergraph;
mod monitor;
mod peaks;
mod random;
mod reconfiguration;
mod rows;

use std::cell::RefCell;
use std::time::Instant;

use crate::Error;
use crate::allocation::Granted;
use crate::cost::{EQUAL, Frontier, Point};
use crate::problem::{Limits, LoopSet, Loops, Problem, Quantity, Searched, Subset, Watch};
use crate::search::sharing::equivalence_classes;
use crate::search::{Method, Solution};
use annealing::{Cost, anneal};
use branches::Branches;
pub use effort::Effort;
use greedy::Parameters;
use hypergraph::Hypergraph;
use monitor::Monitor;
use peaks::{Aim, PeakAndCost, Peaks};
use random::Random;

/// The result of a search.
pub struct Found {
    pub solution: Solution,
    /// A lower bound for every tree: on the peak for peak and peak-batched, else on the cost.
    pub lower_bound: f64,
    /// Whether outer products were allowed everywhere.
    pub exhaustive: bool,
}

/// Most passes of reconfiguration; a few are usual.
const ROUNDS: usize = 20;

/// Most leaves of a subtree where the peak counts: each subset has a frontier.
const MOST_OF_A_PEAK: usize = 8;

/// Moves that take as long as one greedy tree per tensor.
const MOVES_A_TENSOR: u64 = 32;

/// The seed of the random numbers; any number would do.
const SEED: u64 = 0x51_75_62_65;

/// A good tree of a network of any size. Errors: `TooLarge` and `Option`, a request that no search
/// of this size supports, or subtrees of more than 16 leaves; `Overflow`, a tree with a contraction
/// beyond the range of a double.
pub fn search(problem: &Problem, effort: &Effort) -> Searched<Found> {
    search_within(problem, effort, &mut Watch::new(Limits::default(), None))
}

/// [`search`] within the time of a watch, which gets reports of the best tree and may stop the
/// search: the answer is then the best tree so far.
pub fn search_within(problem: &Problem, effort: &Effort, watch: &mut Watch) -> Searched<Found> {
    check(problem)?;
    effort.check()?;
    let graph = &Hypergraph::of(problem)?;
    let lower_bound = bounds::lower_bound(graph);
    let objective = problem.options().objective;
    let quantity = objective.first();
    let monitor = RefCell::new(Monitor::new(watch, quantity, lower_bound));
    let search = Search { graph, effort, monitor: &monitor };
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

/// Errors: requests that this search does not support: thresholds on the peak, slicing that is not
/// free, sharing.
fn check(problem: &Problem) -> Searched<()> {
    let (resolved, options) = (problem.policy(), problem.options());
    let tensors = problem.network().tensors().len();
    if options.subnet_cse {
        // An error, unless there is nothing to share.
        equivalence_classes(problem)?;
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
    monitor: &'a RefCell<Monitor<'p, 'w>>,
}

impl<'a> Search<'a, '_, '_> {
    fn least_cost(&self) -> Searched<Solution> {
        let tree = self.cheapest()?;
        tree.check_range()?;
        // The part with the first tensor is evaluated first, as in the exact searches.
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
            self.monitor.borrow_mut().found(Quantity::Peak, peak);
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
            self.monitor.borrow_mut().found(Quantity::Cost, cost);
            Ok(((cost, 0.0), tree))
        }))?;
        if self.effort.subtree_leaves > 2 {
            let splits = 1 << self.effort.subtree_leaves;
            // Without memory for a subtree, the tree stays unchanged.
            let goes_on = || self.goes_on(splits);
            reconfiguration::lower_cost(&mut best, self.effort.subtree_leaves, ROUNDS, goes_on)
                .ok();
            self.monitor.borrow_mut().found(Quantity::Cost, best.total_cost());
        }
        Ok(best)
    }

    fn goes_on(&self, moves: u64) -> bool {
        self.monitor.borrow_mut().goes_on(moves)
    }

    /// Greedy trees, the one of least value first. The deterministic one is among them, and others
    /// as far as there is memory.
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
            let parameters = if attempt == 0 { Parameters::PLAIN } else { Parameters::any(random) };
            let made = greedy::pairs(self.graph, parameters, random)
                .and_then(|pairs| Ok((value(&Branches::of(self.graph, &pairs)?)?, pairs)));
            match made {
                Ok(tree) => trees.push(tree),
                Err(refused) if trees.is_empty() => return Err(refused),
                Err(_) => break,
            }
            self.monitor.borrow_mut().found(quantity, trees[trees.len() - 1].0);
        }
        trees.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        Ok(trees.into_iter().map(|(_, pairs)| pairs).collect())
    }

    /// A tree annealed towards an aim and then reconfigured, as far as there is memory.
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
        if self.effort.subtree_leaves > 2
            && let Ok(peaks) = &mut Peaks::of(&tree, loops)
        {
            let leaves = self.effort.subtree_leaves.min(MOST_OF_A_PEAK);
            let goes_on = || self.goes_on(1 << leaves);
            reconfiguration::improve_peak(&mut tree, peaks, aim, leaves, ROUNDS, goes_on).ok();
        }
        tree
    }

    /// The loops without which the peak would be higher.
    fn needed(&self, tree: &Branches, loops: LoopSet) -> Granted<LoopSet> {
        let peak = Peaks::of(tree, loops)?.root();
        loops.iter().try_fold(loops, |needed, one| {
            let fewer = needed.without(LoopSet::of(one));
            Ok(if Peaks::of(tree, fewer)?.root() <= peak { fewer } else { needed })
        })
    }

    /// A tree in the order of its peak, each loop opened where its index is contracted; and the
    /// Pareto frontier of `points` (peak, cost).
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

/// The first tree of least value among those that there is memory for; an error if there is none.
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

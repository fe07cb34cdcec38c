//! Which method searches for what: the one place where that is decided.

use super::best_first::{BestFirst, Goal};
use super::greedy::Known;
use super::parts::Parts;
use super::problem::at_most;
use super::{Lattice, MAX_TENSORS, Problem, Solution, Subset, greedy, search, ties};
use crate::cost::{Additive, Batched, CostModel, EQUAL, Peak};
use crate::{Error, Objective, Result};

/// Looks at closed labels that cost nobody anything: a few microseconds.
const FEW: u64 = 1 << 12;

/// Looks after which a search is given up that no other method can take over: some seconds.
const MANY: u64 = 1 << 31;

/// Whether a network is beyond what the exact searches take under its objective.
pub fn is_large(problem: &Problem) -> bool {
    let exact = match problem.options().objective.charges_slicing() {
        true => MAX_TENSORS,
        false => Subset::MOST,
    };
    problem.network().tensors().len() > exact
}

/// The tree of least cost under an additive objective.
///
/// Best-first visits hundreds of subsets where trees compete little, as in terms of coupled cluster,
/// in chains and in grids. Where nearly every subset is a rival (stars, cliques) it would look at
/// pairs of subsets, 4^n of them. So it gives up once it has looked as often as the plain search has
/// splits, and that one, which wastes nothing there, takes over; beyond its reach that is an error.
pub fn additive(problem: &Problem) -> Result<Solution> {
    let tensors = problem.network().tensors().len();
    at_most(tensors, Subset::MOST, "tensors of the network")?;
    let mut parts = Parts::new(problem, false);
    let known = greedy::tree(problem, &mut parts);
    let mut best = BestFirst::new(problem, Goal::Cost, parts, known.cost);
    if best.run(allowance(tensors)) {
        let root = best.frontier(problem.lattice().root())[0];
        let tree = ties::tree(problem, &best, root);
        return Ok(Solution { tree, frontier: Vec::new(), method: "best-first" });
    }
    plain(problem, &Additive(problem))
}

/// The best tree under an objective in which the peak counts; with `whole_frontier`, all points at
/// the root, else the chosen one.
///
/// First the least peak, then the least cost within what the tolerance allows: two searches that
/// close few labels, where the plain one makes the frontiers of all subsets.
pub fn peak(problem: &Problem, whole_frontier: bool) -> Result<Solution> {
    let tensors = problem.network().tensors().len();
    at_most(tensors, Subset::MOST, "tensors of the network")?;
    let batched = problem.options().objective == Objective::PeakBatched;
    if batched && !problem.slicing_is_free() {
        return plain(problem, &Batched(problem));
    }
    if let Some(solution) = in_two_phases(problem, batched, whole_frontier) {
        return Ok(solution);
    }
    if batched { plain(problem, &Batched(problem)) } else { plain(problem, &Peak(problem)) }
}

fn in_two_phases(problem: &Problem, sliced: bool, whole_frontier: bool) -> Option<Solution> {
    let root = problem.lattice().root();
    let allowance = allowance(problem.lattice().tensors());
    let mut parts = Parts::new(problem, sliced);
    let known = greedy::tree(problem, &mut parts);
    let by_cost = problem.options().objective == Objective::TimeSpace;
    let tolerance = problem.options().peak_flops_tolerance;
    let (goal, bound) = if by_cost && !whole_frontier {
        (Goal::CostWithin { peak: f64::MAX }, known.cost)
    } else {
        // Where peaks that differ by rounding only are told apart, the very least one is needed.
        let exact = whole_frontier || tolerance < EQUAL;
        let floor = if exact { 0.0 } else { parts.least_peak() };
        let mut least = known;
        if known.peak > floor * (1.0 + EQUAL) {
            let mut search = BestFirst::new(problem, Goal::Peak { floor }, parts, known.peak);
            if !search.run(allowance) {
                return None;
            }
            let label = search.labels[search.frontier(root)[0] as usize];
            least = Known { peak: label.peak, cost: label.cost };
            parts = std::mem::replace(&mut search.parts, Parts::new(problem, sliced));
        }
        if whole_frontier {
            (Goal::Frontier { least_peak: least.peak }, least.cost)
        } else {
            let limit = (1.0 + tolerance) * least.peak;
            let fits = known.peak <= limit;
            (
                Goal::CostWithin { peak: limit },
                if fits { least.cost.min(known.cost) } else { least.cost },
            )
        }
    };
    let mut best = BestFirst::new(problem, goal, parts, bound);
    if !best.run(allowance) {
        return None;
    }
    let labels = best.frontier(root);
    let limit = match goal {
        Goal::Frontier { least_peak } if !by_cost => (1.0 + tolerance) * least_peak,
        _ => f64::MAX,
    };
    let fits = |label: &u32| best.labels[*label as usize].peak <= limit;
    let chosen = labels.iter().copied().rfind(fits).unwrap_or(labels[0]);
    let point = |&label: &u32| (best.labels[label as usize].peak, best.labels[label as usize].cost);
    let frontier =
        if whole_frontier { labels.iter().map(point).collect() } else { vec![point(&chosen)] };
    let tree = ties::tree(problem, &best, chosen);
    Some(Solution { tree, frontier, method: "best-first, peak first" })
}

/// The plain search takes over where nearly all sets compete.
fn plain<M: CostModel>(problem: &Problem, model: &M) -> Result<Solution> {
    let tensors = problem.network().tensors().len();
    if tensors <= MAX_TENSORS {
        return Ok(search(problem, model)?.expect("every network has a contraction tree"));
    }
    Err(Error::TooLarge {
        what: "tensors of a network where nearly all sets of them compete",
        value: tensors as u64,
        limit: MAX_TENSORS as u64,
    })
}

fn allowance(tensors: usize) -> u64 {
    if tensors <= MAX_TENSORS { Lattice::all_splits(tensors).max(FEW) } else { MANY }
}

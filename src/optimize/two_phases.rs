//! Peaks in two phases: first the least peak, then the least cost within the tolerance.
//!
//! Both phases are best-first searches. They expand few states, where the plain subset DP keeps the
//! frontiers of all subsets. The first phase ends at once if the peak of the greedy tree equals a bound on
//! every schedule. Trees that fit bound the second phase. On small networks the greedy tree prunes most
//! of the search, and DPsize does both phases faster ([`crate::search::dp::dpsize`]), unless the host may
//! stop the search early.

use smallvec::SmallVec;

use super::answer::Answer;
use super::incumbent::{Candidates, reaches};
use super::long_search::{given_up, run};
use super::strategy::{PROVEN, pairs_within_bounds};
use crate::allocation;
use crate::cost::EQUAL;
use crate::problem::{Halt, Problem, Quantity, Searched, Stop, Watch};
use crate::search::best_first::{BestFirst, Goal, ties};
use crate::search::dp::dpsize::{self, Found};
use crate::search::greedy::{self, Known};
use crate::search::parts::Parts;
use crate::search::{Method, Solution};

pub enum Outcome<'a> {
    Best(Answer),
    Unfinished(Box<Unfinished<'a>>),
}

/// The remains of two phases that were stopped.
pub struct Unfinished<'a> {
    pub candidates: Candidates,
    pub parts: Parts<'a>,
    pub stop: Stop,
    /// The least peak, where the first phase has ended.
    pub least_peak: Option<f64>,
    pub bound: (Quantity, f64),
}

/// Finds the point that the tolerance chooses; with `whole_frontier`, all points at the root.
pub fn search<'a>(
    problem: &'a Problem<'a>,
    sliced: bool,
    whole_frontier: bool,
    watch: &mut Watch,
) -> Searched<Outcome<'a>> {
    let root = problem.connectivity().root();
    let mut parts = Parts::new(problem, sliced)?;
    let (known, pairs) = greedy::tree(problem, &mut parts)?;
    let mut candidates = Candidates::default();
    let by_cost = problem.options().objective.first() == Quantity::Cost;
    let tolerance = problem.options().peak_flops_tolerance;
    if !by_cost
        && !whole_frontier
        && let Some(most) = pairs_within_bounds(problem, watch)
        && let Some(found) = dpsize::search(problem, &mut parts, known, most, watch)
    {
        let Found { tree, point, least_peak } = found;
        let frontier = vec![(point.peak, point.cost)];
        let method = Method::DpSize;
        let solution = Solution { tree, frontier, method };
        return Ok(Outcome::Best(Answer::proven(solution, Some(least_peak))));
    }
    // Peaks that differ only by rounding count as different here, so the least one must be exact.
    let exact = whole_frontier || tolerance < EQUAL;
    // Without memory to compute it there is no floor.
    let floor = if exact || by_cost { 0.0 } else { parts.least_peak().unwrap_or(0.0) };
    let mut best = BestFirst::idle(problem, parts);
    let mut least_peak = None;
    let (goal, bound) = if by_cost && !whole_frontier {
        // Infinite, not the largest double: a product with it may be formed for the other goals.
        (Goal::CostWithin { peak: f64::INFINITY }, known.cost)
    } else {
        let mut least = known;
        if !reaches(known.peak, floor) {
            best.begin(Goal::Peak { floor }, known.peak)?;
            let ended = run(&mut best, &mut candidates, |known| Some(known.peak), watch);
            let state = best.frontier(root)?.first().copied();
            if let Some(state) = state
                && (keeps_trees(problem, watch) || !matches!(ended, Ok(true)))
                && let Ok(tree) = ties::tree_so_far(problem, &best, state)
            {
                candidates.add(tree, &mut best.parts);
            }
            let stop = match (ended, state) {
                (Ok(true), Some(state)) => {
                    let peak = best.states[state].peak;
                    least = Known { peak, cost: best.tree_cost(state) };
                    None
                }
                (Ok(_), _) => Some(given_up(problem)),
                (Err(Halt::Stop(stop)), _) => Some(stop),
                (Err(failure), _) => return Err(failure),
            };
            if let Some(stop) = stop {
                candidates.add_greedy(problem, &pairs, &mut best.parts);
                let bound = if by_cost {
                    // Here the least peak only bounds the frontier.
                    (Quantity::Cost, 0.0)
                } else {
                    (Quantity::Peak, best.lower_bound())
                };
                let parts = best.parts;
                let unfinished = Unfinished { candidates, parts, stop, least_peak: None, bound };
                return Ok(Outcome::Unfinished(Box::new(unfinished)));
            }
        }
        least_peak =
            Some(if reaches(least.peak, floor) { least.peak.min(floor) } else { least.peak });
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
    best.begin(goal, bound)?;
    let better = |known: Known| match goal {
        Goal::CostWithin { peak } => (known.peak <= peak).then_some(known.cost),
        _ => None,
    };
    let mut ended = run(&mut best, &mut candidates, better, watch);
    let states = best.frontier(root).unwrap_or_else(|refused| {
        ended = Err(refused.into());
        SmallVec::new()
    });
    let limit = match goal {
        Goal::Frontier { least_peak } if !by_cost => (1.0 + tolerance) * least_peak,
        _ => f64::INFINITY,
    };
    let fits = |state: &u32| best.states[*state].peak <= limit;
    let chosen = states.iter().copied().rfind(fits).or(states.first().copied());
    let stop = match (ended, chosen) {
        (Ok(true), Some(chosen)) => {
            let point = |&state: &u32| (best.states[state].peak, best.states[state].cost);
            let points = if whole_frontier { &states[..] } else { &[chosen] };
            let frontier = allocation::collected(points.iter().map(point));
            match frontier.and_then(|points| Ok((points, ties::tree(problem, &best, chosen)?))) {
                Ok((frontier, tree)) => {
                    let solution = Solution { tree, frontier, method: Method::PeakFirst };
                    return Ok(Outcome::Best(Answer::proven(solution, least_peak)));
                }
                Err(refused) => Stop::Refused(refused),
            }
        }
        (Ok(_), _) => given_up(problem),
        (Err(Halt::Stop(stop)), _) => stop,
        (Err(failure), _) => return Err(failure),
    };
    let bound = (Quantity::Cost, best.lower_bound());
    if let Some(Ok(tree)) = chosen.map(|chosen| ties::tree_so_far(problem, &best, chosen)) {
        candidates.add(tree, &mut best.parts);
    }
    let mut parts = best.parts;
    candidates.add_greedy(problem, &pairs, &mut parts);
    let unfinished = Unfinished { candidates, parts, stop, least_peak, bound };
    Ok(Outcome::Unfinished(Box::new(unfinished)))
}

/// Whether the second phase may stop, and fall back on trees of the first one.
fn keeps_trees(problem: &Problem, watch: &Watch) -> bool {
    watch.may_be_stopped() || problem.connectivity().tensors() > PROVEN
}

//! The least peak, or the least cost and then the least peak, of up to 64 tensors, where loops are free or
//! there are none.
//!
//! Two phases of best-first search come first ([`super::two_phases`]), then the subset DP with whole
//! frontiers, then the best tree so far.

use super::answer::Answer;
use super::idle_loops::drop_idle_loops;
use super::stopped::{Next, next_method, plain, unproven};
use super::two_phases::{self, Outcome, Unfinished};
use crate::cost::{Batched, Peak, Ways};
use crate::problem::magnitude::at_most;
use crate::problem::{Loops, Problem, Quantity, Searched, Subset, Watch};
use crate::search::Solution;
use crate::search::greedy::Known;

/// The best tree; with `whole_frontier`, all points at the root, else the chosen one.
pub fn search(problem: &Problem, whole_frontier: bool, watch: &mut Watch) -> Searched<Answer> {
    let tensors = problem.network().tensors().len();
    at_most(tensors, Subset::MOST, "tensors of the network")?;
    let mut answer = least_peak(problem, whole_frontier, watch)?;
    if problem.options().objective.loops() == Loops::Free {
        drop_idle_loops(problem, &mut answer.solution.tree);
    }
    Ok(answer)
}

/// The same, before loops are dropped that slice for nothing.
fn least_peak(problem: &Problem, whole_frontier: bool, watch: &mut Watch) -> Searched<Answer> {
    let sliced = problem.options().objective.loops() == Loops::Free;
    let unfinished = match two_phases::search(problem, sliced, whole_frontier, watch)? {
        Outcome::Best(answer) => return Ok(answer),
        Outcome::Unfinished(unfinished) => unfinished,
    };
    let Unfinished { candidates, mut parts, stop, least_peak, bound } = *unfinished;
    let stop = match next_method(problem, stop, watch, |watch| subset_dp(problem, watch))? {
        Next::Answer(answer) => return Ok(answer),
        Next::Stopped(stop) => stop,
    };
    let tolerance = problem.options().peak_flops_tolerance;
    let bound = match (bound, least_peak) {
        // The bound on the cost holds for peaks near the least; without a tree there it is useless.
        ((Quantity::Cost, _), Some(least)) => {
            let near = |known: &Known| known.peak <= (1.0 + tolerance) * least;
            if candidates.any(near) { bound } else { (Quantity::Peak, least) }
        }
        _ => bound,
    };
    unproven(problem, candidates, &mut parts, watch, bound, stop)
}

/// The subset DP with whole frontiers, and the least peak.
pub fn subset_dp(problem: &Problem, watch: &mut Watch) -> Searched<(Solution, Option<f64>)> {
    let solution = match problem.options().objective.loops() {
        Loops::Free => plain(problem, &Batched(problem, ways(problem)), watch)?,
        Loops::None | Loops::Charged => plain(problem, &Peak(problem), watch)?,
    };
    let least_peak = solution.frontier.first().map(|&(peak, _)| peak);
    Ok((solution, least_peak))
}

/// Which loops the subset DP tries.
pub fn ways(problem: &Problem) -> Ways {
    if problem.volumes_grow() { Ways::AllOrNone } else { Ways::All }
}

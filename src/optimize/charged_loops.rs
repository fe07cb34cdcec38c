//! The least peak where loops are not free: the subset DP with whole frontiers; beyond its reach, loops
//! on trees of easier objectives.

use super::answer::{Answer, Proof};
use super::idle_loops::drop_idle_loops;
use super::loops_on_trees::{best_loops, eased, least_peak, low};
use super::min_peak::{subset_dp, ways};
use crate::Error;
use crate::cost::{Batched, Peak};
use crate::problem::magnitude::at_most;
use crate::problem::{Halt, Objective, Problem, Quantity, Searched, Subset, Tree, Watch};
use crate::search::{Method, Solution};

pub fn search(problem: &Problem, watch: &mut Watch) -> Searched<Answer> {
    let tensors = problem.network().tensors().len();
    at_most(tensors, Subset::MOST, "tensors of the network")?;
    let mut answer = match subset_dp(problem, watch) {
        Ok((solution, least_peak)) => Answer::proven(solution, least_peak),
        Err(stop @ Halt::Stop(_)) => on_trees(problem, stop, &mut watch.spent())?,
        Err(large @ Halt::Failure(Error::TooLarge { .. })) if tensors > Subset::MOST_IN_TABLES => {
            on_trees(problem, large, watch)?
        }
        Err(failure) => return Err(failure),
    };
    drop_idle_loops(problem, &mut answer.solution.tree);
    Ok(answer)
}

/// A tree of low peak, and a bound on the least peak. `why` is the reason that the subset DP has no
/// answer.
fn on_trees(problem: &Problem, why: Halt, watch: &mut Watch) -> Searched<Answer> {
    if problem.options().require_optimal {
        return Err(why.without_proof().into());
    }
    let mut bound = least_peak(problem);
    let mut trees = low(problem, watch);
    if problem.volumes_grow() {
        let first = eased(problem, &problem.policy().free(), Objective::PeakBatched, watch)?;
        bound = match first.proof {
            Proof::Best { least_peak: Some(least) } => least.max(bound),
            Proof::Bound { quantity: Quantity::Peak, lower_bound, .. } => lower_bound.max(bound),
            _ => bound,
        };
        trees.insert(0, first.solution.tree);
    }
    let on = |tree: &Tree| {
        let sliced = best_loops(&Batched(problem, ways(problem)), tree);
        sliced.or_else(|| best_loops(&Peak(problem), tree))
    };
    let least = |found: &Solution| found.frontier.first().map_or(f64::MAX, |&(peak, _)| peak);
    let found = trees.iter().filter_map(on);
    let Some(solution) = found.min_by(|a, b| least(a).total_cmp(&least(b))) else {
        return Err(why);
    };
    let lower_bound = bound.min(least(&solution));
    let solution = Solution { method: Method::LoopsOnTrees, ..solution };
    Ok(Answer { solution, proof: Proof::Bound { quantity: Quantity::Peak, lower_bound } })
}

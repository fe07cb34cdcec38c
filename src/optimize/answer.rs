//! From what a search found to a plan, with what it has proven.

use super::strategy::{Answer, Proof};
use crate::Result;
use crate::allocation::Granted;
use crate::cost::CostModel;
use crate::plan::annotate::Draft;
use crate::plan::{Plan, sharing};
use crate::problem::{Problem, Quantity, Watch};
use crate::search::Solution;
use crate::search::dp::reference::search_within;
use crate::search::large;
use crate::search::sharing::SharedSolution;

/// The solution under a model that bounds nothing.
pub(super) fn best<M: CostModel>(
    problem: &Problem,
    model: &M,
    watch: &mut Watch,
) -> Result<Solution> {
    Ok(search_within(problem, model, watch)?.expect("every network has a contraction tree"))
}

pub(super) fn plan(problem: &Problem, solution: Solution) -> Granted<Plan> {
    let draft = Draft::of(problem, &solution.tree)?;
    Ok(draft.finish(solution.frontier, solution.method))
}

/// The plan of what the portfolio found, with what it has proven.
pub(super) fn answer(problem: &Problem, answer: Answer) -> Granted<Plan> {
    let mut plan = plan(problem, answer.solution)?;
    match answer.proof {
        Proof::Best { least_peak } => {
            if let (Quantity::Peak, Some(least)) = (plan.search.bounded, least_peak) {
                plan.search.lower_bound = least;
            }
        }
        Proof::Bound { quantity, lower_bound, .. } => {
            plan.search.optimal = false;
            plan.search.bounded = quantity;
            plan.search.lower_bound = lower_bound;
        }
    }
    Ok(plan)
}

/// The plan of a network beyond the reach of exact search.
pub(super) fn large_plan(problem: &Problem, found: large::Found) -> Granted<Plan> {
    let mut plan = plan(problem, found.solution)?;
    plan.search.optimal = false;
    plan.search.exhaustive = found.exhaustive;
    plan.search.lower_bound = found.lower_bound;
    Ok(plan)
}

/// The plan of a tree in which nodes share results.
pub(super) fn shared_plan(problem: &Problem, solution: SharedSolution) -> Granted<Plan> {
    let mut draft = Draft::of(problem, &solution.tree)?;
    sharing::share(problem.network(), &mut draft.nodes, &mut draft.labelled, &solution.shared);
    let mut plan = draft.finish(Vec::new(), "subset-dp, sharing by branch and bound");
    if let Some(bound) = solution.lower_bound {
        plan.search.optimal = false;
        plan.search.lower_bound = bound.min(plan.cost);
    }
    Ok(plan)
}

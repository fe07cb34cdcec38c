//! From the tree of a search to a plan, with its proof.

use crate::allocation::Granted;
use crate::cost::CostModel;
use crate::plan::annotate::Draft;
use crate::plan::{Plan, sharing};
use crate::problem::{Problem, Quantity, Searched, Watch};
use crate::search::dp::reference::search_within;
use crate::search::sharing::SharedSolution;
use crate::search::{Method, Solution, large};

/// A tree, and its proof.
pub struct Answer {
    pub solution: Solution,
    pub proof: Proof,
}

/// The proof of a solution, in the space that was searched.
#[derive(Debug, Clone, PartialEq)]
pub enum Proof {
    /// It is the best one. If the peak counts first: no peak is less than `least_peak`.
    Best { least_peak: Option<f64> },
    /// No solution goes below `lower_bound`.
    Bound { quantity: Quantity, lower_bound: f64 },
}

impl Answer {
    pub fn proven(solution: Solution, least_peak: Option<f64>) -> Answer {
        Answer { solution, proof: Proof::Best { least_peak } }
    }

    pub fn plan(self, problem: &Problem) -> Granted<Plan> {
        let mut plan = plan(problem, self.solution)?;
        match self.proof {
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
}

/// The solution of the plain subset DP under a model without bounds.
pub(super) fn best<M: CostModel>(
    problem: &Problem,
    model: &M,
    watch: &mut Watch,
) -> Searched<Solution> {
    Ok(search_within(problem, model, watch)?.expect("every network has a contraction tree"))
}

pub(super) fn plan(problem: &Problem, solution: Solution) -> Granted<Plan> {
    let draft = Draft::of(problem, &solution.tree)?;
    Ok(draft.finish(solution.frontier, solution.method))
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
    let mut plan = draft.finish(Vec::new(), Method::Sharing);
    if let Some(bound) = solution.lower_bound {
        plan.search.optimal = false;
        plan.search.lower_bound = bound.min(plan.cost);
    }
    Ok(plan)
}

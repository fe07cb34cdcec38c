//! Plans of more tensors than a [`Subset`] holds: good ones, without proof.

use super::answer;
use crate::plan::Plan;
use crate::problem::{Objective, Options, Problem, Searched, Subset, Watch};
use crate::search::large::{self, Effort};
use crate::{Error, quiet};

/// The part of the time left that annealing may take; the rest is for reconfiguration.
const ANNEALING: f64 = 0.75;

pub(super) fn plan(problem: &Problem, watch: &mut Watch) -> Searched<Plan> {
    let tensors = problem.network().tensors().len();
    if problem.options().require_optimal {
        let error = Error::TooLarge {
            what: "tensors of a network whose plan has to be proven best (`require_optimal`)",
            value: tensors as u64,
            limit: Subset::MOST as u64,
        };
        return Err(error.into());
    }
    let deadline = watch.deadline_of_part(ANNEALING);
    let effort = Effort { deadline, ..Effort::for_tensors(tensors) };
    if let Some(plan) = under_threshold(problem, &effort, watch)? {
        return Ok(plan);
    }
    Ok(answer::large_plan(problem, large::search_within(problem, &effort, watch)?)?)
}

/// A plan without loops that fits the threshold; none if there is no threshold, or no such plan is
/// found.
fn under_threshold(
    problem: &Problem,
    effort: &Effort,
    watch: &mut Watch,
) -> Searched<Option<Plan>> {
    let options = problem.options();
    let limit = match problem.policy().peak_threshold() {
        Some(threshold) if options.objective.charges_slicing() => {
            quiet::rounded_down(threshold / options.bytes_per_element)
        }
        _ => return Ok(None),
    };
    let mut lower_bound = 0.0;
    for objective in [Objective::TimeSpace, Objective::Peak] {
        let options = Options { objective, ..options.clone() };
        let unsliced = Problem::bind(problem.network(), problem.policy(), &options)?;
        let found = large::search_within(&unsliced, effort, watch)?;
        if objective == Objective::TimeSpace {
            // Loops only add to the cost, so this bound holds with them.
            lower_bound = found.lower_bound;
        }
        let mut plan = answer::large_plan(problem, large::Found { lower_bound, ..found })?;
        if plan.peak <= limit {
            plan.frontier = vec![(plan.peak, plan.cost)];
            return Ok(Some(plan));
        }
    }
    Ok(None)
}

//! Plans in which equal intermediates are paid once.

use std::collections::BTreeMap;

use super::answer::{self, Answer, Proof};
use super::least_cost::additive_within;
use super::loops_on_trees::eased;
use crate::plan::Plan;
use crate::problem::{Halt, Problem, Quantity, Searched, Stop, Subset, Watch};
use crate::search::sharing::{MAX_WAYS, MAX_WORK, search_shared_within};

pub(super) fn plan(problem: &Problem, watch: &mut Watch) -> Searched<Plan> {
    let solution = match search_shared_within(problem, MAX_WAYS, MAX_WORK, watch) {
        Ok(Some(solution)) => solution,
        // No two intermediates are equal.
        Ok(None) => return Ok(additive_within(problem, watch)?.plan(problem)?),
        Err(Halt::Stop(stop)) => return Ok(unshared(problem, stop, watch)?.plan(problem)?),
        Err(failure) => return Err(failure),
    };
    let plan = answer::shared_plan(problem, solution)?;
    if problem.options().require_optimal && !plan.search.optimal {
        return Err(Stop::SharedSplits(MAX_WORK).without_proof().into());
    }
    Ok(plan)
}

/// A tree without sharing, for a search that stopped before it found equal intermediates.
///
/// Each label's tensor is an operand of at least one evaluated contraction, so the sizes of the tensors,
/// each label once, bound the cost.
fn unshared(problem: &Problem, stop: Stop, watch: &Watch) -> Searched<Answer> {
    if problem.options().require_optimal {
        return Err(stop.without_proof().into());
    }
    let tensors = problem.network().tensors();
    let mut smallest: BTreeMap<&str, f64> = BTreeMap::new();
    for (at, tensor) in tensors.iter().enumerate() {
        let footprint = problem.footprint(Subset::leaf(at));
        let least = smallest.entry(tensor.label.as_str()).or_insert(footprint);
        *least = least.min(footprint);
    }
    let lower_bound = match tensors.len() {
        1 => 0.0,
        _ => problem.least_for_operands(smallest.values().sum()),
    };
    let objective = problem.options().objective;
    let found = eased(problem, problem.policy(), objective, &mut watch.spent())?;
    let proof = Proof::Bound { quantity: Quantity::Cost, lower_bound };
    Ok(Answer { solution: found.solution, proof })
}

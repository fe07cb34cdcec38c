//! Plans under a threshold on the peak: the best that fits; or the nearest one, with the threshold that
//! it needs. [`super::threshold_on_trees`] takes over where this search stops or does not reach.

use super::{answer, threshold_on_trees};
use crate::cost::{Aim, EQUAL, Nested, Peak};
use crate::plan::{Infeasible, Plan};
use crate::policy::ResolvedPolicy;
use crate::problem::{Halt, Problem, Quantity, Searched, Subset, Watch};
use crate::search::Solution;
use crate::search::dp::reference::search_within;
use crate::{Error, quiet};

pub(super) fn plan(problem: &Problem, watch: &mut Watch) -> Searched<Plan> {
    let tensors = problem.network().tensors().len();
    let proof = problem.options().require_optimal;
    if tensors > Subset::MOST_IN_TABLES {
        let plan = threshold_on_trees::plan(problem, watch)?;
        if proof && !plan.search.optimal {
            let error = Error::TooLarge {
                what: "tensors of a network whose plan has to be proven best under a threshold on \
                       the peak (`require_optimal`)",
                value: tensors as u64,
                limit: Subset::MOST_IN_TABLES as u64,
            };
            return Err(error.into());
        }
        return Ok(plan);
    }
    match exact(problem, watch) {
        Err(Halt::Stop(stop)) if proof => Err(stop.without_proof().into()),
        Err(Halt::Stop(_)) => threshold_on_trees::plan(problem, &mut watch.spent()),
        found => found,
    }
}

fn exact(problem: &Problem, watch: &mut Watch) -> Searched<Plan> {
    let fewest_sliced = problem.options().objective.prefers_fewer_loops();
    let least_cost = |peak, cost, fewest_sliced, watch: &mut Watch| {
        let aim = Aim::Cost { peak, cost, fewest_sliced };
        search_within(problem, &Nested { problem, aim }, watch)
    };
    let Some(threshold) = problem.policy().peak_threshold() else {
        let best = least_cost(f64::INFINITY, f64::INFINITY, fewest_sliced, watch)?;
        return Ok(answer::plan(problem, best.expect("without bounds there is a schedule"))?);
    };
    // Whole elements that fit.
    let limit = quiet::rounded_down(threshold / problem.options().bytes_per_element);
    // Loops only add to the cost, so a schedule without loops bounds it.
    let unsliced = answer::best(problem, &Peak(problem), watch)?.frontier;
    let fitting = unsliced.iter().filter(|&&(peak, _)| peak <= limit);
    let bound = fitting.map(|&(_, cost)| cost * (1.0 + EQUAL)).reduce(f64::min);
    if let Some(best) = least_cost(limit, bound.unwrap_or(f64::INFINITY), fewest_sliced, watch)? {
        return Ok(answer::plan(problem, best)?);
    }
    let least = least_peak(problem, watch)?;
    let least_peak = least.frontier[0].0;
    let reaching = least_cost(least_peak, f64::INFINITY, false, watch)?;
    let reaching = answer::plan(problem, reaching.expect("the least peak is reached"))?;
    let loops = reaching.distinct_loops();
    let mut plan = if problem.options().objective.falls_back_on_least_peak() {
        let mut plan = reaching;
        plan.search.lower_bound = least_peak;
        plan.search.bounded = Quantity::Peak;
        plan
    } else {
        let least = unsliced.iter().map(|&(_, cost)| cost).fold(f64::INFINITY, f64::min);
        let cheapest = least_cost(f64::INFINITY, least * (1.0 + EQUAL), false, watch)?;
        answer::plan(problem, cheapest.expect("the least cost is reached"))?
    };
    let finest_peak = finest_peak(problem, watch);
    plan.infeasible = Some(Infeasible { threshold, least_peak, loops, finest_peak });
    Ok(plan)
}

fn least_peak(problem: &Problem, watch: &mut Watch) -> Searched<Solution> {
    answer::best(problem, &Nested { problem, aim: Aim::Peak }, watch)
}

/// The least peak with batches of one tile.
fn finest_peak(problem: &Problem, watch: &mut Watch) -> Option<f64> {
    let finest: ResolvedPolicy = problem.policy().finest();
    let problem = Problem::bind(problem.network(), &finest, problem.options()).ok()?;
    Some(least_peak(&problem, watch).ok()?.frontier[0].0)
}

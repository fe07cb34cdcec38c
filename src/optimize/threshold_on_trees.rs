//! Plans under a threshold on the peak without an exact search: 17 to 64 tensors, and searches that were
//! stopped.
//!
//! The tree of least work without loops bounds the work. If it fits, it is the plan: it slices nothing, so
//! it is the best one under time-space-batched. Otherwise loops are chosen on it, and on trees of low
//! peak.

use super::answer::Proof;
use super::{answer, loops_on_trees};
use crate::allocation::Granted;
use crate::cost::{Aim, EQUAL, Nested};
use crate::plan::{Infeasible, Plan};
use crate::problem::{Objective, Problem, Quantity, Searched, Tree, Watch};
use crate::quiet;
use crate::search::{Method, Solution};

pub(super) fn plan(problem: &Problem, watch: &mut Watch) -> Searched<Plan> {
    let first = loops_on_trees::eased(problem, problem.policy(), Objective::TimeSpace, watch)?;
    let method = &first.solution.method;
    let unsliced = without_loops(problem, &first.solution.tree, method)?;
    let least_cost = match first.proof {
        Proof::Best { .. } => unsliced.cost,
        Proof::Bound { lower_bound, .. } => lower_bound,
    };
    let bytes = problem.options().bytes_per_element;
    let threshold = problem.policy().peak_threshold();
    let limit = threshold.map_or(f64::INFINITY, |threshold| quiet::rounded_down(threshold / bytes));
    let fewest_sliced = problem.options().objective.prefers_fewer_loops();
    if unsliced.peak <= limit {
        // Loops may still lower the peak at no cost.
        let proven = matches!(first.proof, Proof::Best { .. });
        let optimal = proven && (fewest_sliced || problem.loops().is_empty());
        return Ok(bounded(unsliced, optimal, Quantity::Cost, least_cost));
    }
    let mut trees = vec![first.solution.tree];
    trees.extend(loops_on_trees::low(problem, watch));
    let aim = Aim::Cost { peak: limit, cost: f64::INFINITY, fewest_sliced };
    let fitting = trees.iter().filter_map(|tree| {
        let plan = with_loops(problem, aim, tree).or_else(|| {
            let plan = without_loops(problem, tree, method).ok()?;
            (plan.peak <= limit).then_some(plan)
        })?;
        let sliced = if fewest_sliced { plan.distinct_loops().len() } else { 0 };
        Some((sliced, plan))
    });
    let best = fitting.reduce(|one, other| {
        let (a, b) = (one.1.cost, other.1.cost);
        let better = match a.max(b) <= a.min(b) * (1.0 + EQUAL) {
            true => (other.0, other.1.peak) < (one.0, one.1.peak),
            false => b < a,
        };
        if better { other } else { one }
    });
    match best {
        Some((_, plan)) => Ok(bounded(plan, false, Quantity::Cost, least_cost)),
        None => Ok(nearest(problem, &trees, unsliced, least_cost, method)),
    }
}

/// The plan if no tree fits: the cheapest one, or the one of least peak.
fn nearest(
    problem: &Problem,
    trees: &[Tree],
    unsliced: Plan,
    least_cost: f64,
    method: &Method,
) -> Plan {
    let lowest = trees.iter().map(|tree| {
        let least = loops_on_trees::best_loops(&Nested { problem, aim: Aim::Peak }, tree);
        let least = least.and_then(|found| found.frontier.first().map(|&(peak, _)| peak));
        let aim = |peak| Aim::Cost { peak, cost: f64::INFINITY, fewest_sliced: false };
        least
            .and_then(|peak| with_loops(problem, aim(peak), tree))
            .map_or_else(|| without_loops(problem, tree, method), Ok)
    });
    // The plan of the tree of least work without loops always exists.
    let lowest = lowest.filter_map(Granted::ok);
    let lowest = lowest.min_by(|a, b| a.peak.total_cmp(&b.peak).then(a.cost.total_cmp(&b.cost)));
    let lowest = lowest.unwrap_or_else(|| unsliced.clone());
    let found = Infeasible {
        threshold: problem.policy().peak_threshold().unwrap_or_default(),
        least_peak: lowest.peak,
        loops: lowest.distinct_loops(),
        finest_peak: None,
    };
    let mut plan = if problem.options().objective.falls_back_on_least_peak() {
        bounded(lowest, false, Quantity::Peak, loops_on_trees::least_peak(problem))
    } else {
        bounded(unsliced, false, Quantity::Cost, least_cost)
    };
    plan.infeasible = Some(found);
    plan
}

/// The best plan of a tree with loops; none if no loops are found.
fn with_loops(problem: &Problem, aim: Aim, tree: &Tree) -> Option<Plan> {
    let solution = loops_on_trees::best_loops(&Nested { problem, aim }, tree)?;
    let method = Method::LoopsOnTrees;
    answer::plan(problem, Solution { method, ..solution }).ok()
}

fn without_loops(problem: &Problem, tree: &Tree, method: &Method) -> Granted<Plan> {
    let solution = Solution { tree: tree.clone(), frontier: Vec::new(), method: method.clone() };
    let mut plan = answer::plan(problem, solution)?;
    plan.frontier = vec![(plan.peak, plan.cost)];
    Ok(plan)
}

fn bounded(mut plan: Plan, optimal: bool, quantity: Quantity, lower_bound: f64) -> Plan {
    let value = if quantity == Quantity::Cost { plan.cost } else { plan.peak };
    plan.search.optimal = optimal;
    plan.search.bounded = quantity;
    plan.search.lower_bound = lower_bound.min(value);
    plan
}

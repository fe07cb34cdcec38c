//! Plans that are best under a cost model of the host's own.

use std::time::Instant;

use super::{answer, loops_on_trees};
use crate::Result;
use crate::allocation::Refusals;
use crate::cost::{Custom, CustomModel};
use crate::network::Network;
use crate::plan::Plan;
use crate::policy::BatchPolicy;
use crate::problem::{Halt, Objective, Options, Problem, Stop, Watch};
use crate::search::{Method, Solution};

/// Finds the best plan of a network of up to 16 tensors under the host's own model, on the calling
/// thread. The plan's cost is the model's value at the root; its nodes have no cost of their own. The plan
/// is the best one if the model is monotone (see [`crate::CustomModel`]).
///
/// The options' objective, weights and roofline are checked but not used. Of the policy only volatile
/// tensors count; no loops are opened.
///
/// A search that stops at a limit gives the best of the trees of little work, storage and peak memory, by
/// the model. The lower bound is then the least double, because nothing bounds the model's values. A
/// model that fails ends the search without a plan.
///
/// ```
/// use std::cmp::Ordering;
/// use qube_budget::network::{Spaces, einsum};
/// use qube_budget::{
///     BatchPolicy, ContractionFacts, CustomModel, LeafFacts, Options, Result, optimize_with,
/// };
///
/// /// The size of the largest intermediate, elements.
/// struct LargestIntermediate;
///
/// impl CustomModel for LargestIntermediate {
///     type State = f64;
///
///     fn leaf(&self, _: &LeafFacts) -> Result<f64> {
///         Ok(0.0)
///     }
///
///     fn combine(&self, to: &ContractionFacts, left: &f64, right: &f64) -> Result<f64> {
///         Ok(to.footprint.max(*left).max(*right))
///     }
///
///     fn compare(&self, a: &f64, b: &f64) -> Result<Ordering> {
///         Ok(a.total_cmp(b))
///     }
///
///     fn value(&self, state: &f64) -> Result<f64> {
///         Ok(*state)
///     }
/// }
///
/// let mut letters = Spaces::new();
/// for (letter, extent) in [("i", 2), ("j", 20), ("k", 30), ("l", 4)] {
///     letters.add(letter, extent)?;
/// }
/// let chain = einsum("ij,jk,kl->il", &letters)?;
/// let none = BatchPolicy::new();
/// let plan = optimize_with(&chain, &none, &Options::default(), &LargestIntermediate)?;
/// assert_eq!(plan.sequence(), [0, 1, -1, 2, -1]);
/// assert_eq!(plan.cost, 2.0 * 30.0);
/// assert_eq!(plan.objective.name(), "custom");
/// # Ok::<(), qube_budget::Error>(())
/// ```
pub fn optimize_with<M: CustomModel>(
    network: &Network,
    policy: &BatchPolicy,
    options: &Options,
    model: &M,
) -> Result<Plan> {
    let (begun, refusals) = (Instant::now(), Refusals::begin());
    let options = Options { objective: Objective::Custom, ..options.clone() };
    let resolved = policy.resolve(network)?;
    let problem = Problem::bind(network, &resolved, &options)?;
    let custom = Custom::new(&problem, model)?;
    let watch = &mut Watch::new(options.limits, None);
    let (solution, optimal) = match answer::best(&problem, &custom, watch) {
        Err(Halt::Stop(stop)) if options.require_optimal => return Err(stop.without_proof()),
        Err(Halt::Stop(stop)) => (stopped(&problem, &custom, watch, stop)?, false),
        found => (found?, true),
    };
    let cost = custom.price(&solution.tree)?;
    let mut plan = answer::plan(&problem, solution)?;
    plan.cost = cost;
    plan.search.optimal = optimal;
    plan.search.lower_bound = if optimal { cost } else { f64::MIN };
    (plan.search.states, plan.search.pairs) = (watch.states, watch.pairs);
    plan.search.refused_bytes = refusals.first();
    plan.search.seconds = begun.elapsed().as_secs_f64();
    Ok(plan)
}

/// The plan of a search that stopped.
fn stopped<M: CustomModel>(
    problem: &Problem,
    custom: &Custom<M>,
    watch: &Watch,
    stop: Stop,
) -> Result<Solution> {
    let best = custom.best_of(loops_on_trees::usual(problem, watch))?;
    let method = Method::KnownTrees;
    let solution = |tree| Solution { tree, frontier: Vec::new(), method };
    best.map(solution).ok_or_else(|| stop.error())
}

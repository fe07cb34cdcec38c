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

/// Finds the best plan of a network (16 tensors at most) under a model of one's own, on the calling
/// thread. The plan's cost is the model's value at the root; its nodes have no cost of their own.
/// It is the best one where the model is monotone (see [`crate::cost::CustomModel`]).
///
/// Of the options, the objective, the weights and the roofline are checked but not used: the model
/// says what counts. Of the policy, what is volatile counts; no loops are opened.
///
/// The limits hold. A search that they stop gives the tree that the model likes best of those of little
/// work, storage and peak memory; what no plan of the model goes below is not known then, and the
/// lower bound is the least double. A model that is to stop the search without a plan fails.
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

/// What is there where a search under a model is stopped.
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

//! Optimization: from a network, a policy and options to a plan.
//!
//! [`strategy`] chooses the search. The other files combine searches: the least cost, the least peak,
//! thresholds, sharing, networks beyond exact search, and a search that stops.

mod answer;
mod charged_loops;
mod custom;
pub mod idle_loops;
mod incumbent;
mod large;
pub mod least_cost;
mod long_search;
mod loops_on_trees;
mod many;
mod min_peak;
mod sharing;
mod stopped;
mod strategy;
mod threshold;
mod threshold_on_trees;
mod two_phases;

pub use custom::optimize_with;
pub use many::{Occurrence, Plans, Shared, optimize_many};

use std::time::Instant;

use self::answer::Answer;
use self::least_cost::additive_within;
use self::strategy::Strategy;
use crate::allocation::Refusals;
use crate::network::Network;
use crate::plan::Plan;
use crate::policy::{BatchPolicy, ResolvedPolicy};
use crate::problem::{Limits, Objective, Options, Problem, Progress, Searched, Watch};
use crate::{Error, Result};

/// Finds the best plan of a network.
///
/// **Exact** up to 16 tensors, and up to 64 as long as bounds prune most of the search. From 65 to 4096
/// tensors the plan is good, not proven: [`Search::optimal`] is false and [`Search::lower_bound`] weak.
/// That takes about a second for a hundred tensors, and some ten for a thousand.
///
/// **Limits.** A search that stops at a limit (see [`crate::Limits`]) gives the best plan so far;
/// [`Search::optimal`] is then false, and [`Plan::gap`] bounds its distance from the best one. Built-in
/// limits are 1 GiB of tables, and steps: about ten seconds up to 30 tensors, and then an error
/// (`TooLarge`) unless a limit was set; one or two seconds from 31 tensors on. Memory that the allocator
/// refuses stops a search too: [`Search::refused_bytes`].
///
/// **Loops.** From 17 to 64 tensors, plans under a threshold on the peak are good, not proven. So are
/// peak-batched plans where slicing is not free: with an accumulation factor above 0, or with
/// persistent_only and volatile tensors. Loops are then chosen on the best tree without loops, on the
/// best one with free loops, and on trees of low peak; those searches give the lower bound. The same
/// holds for smaller networks whose search is stopped.
///
/// **Errors**: those of `Options::check` and of the policy's callbacks. `TooLarge`: more tensors, indices
/// or loops than a search takes; 64 tensors where a threshold on the peak asks for loops, 16 where equal
/// tensors are shared. `Option`: peak-batched where slicing is not free, with more than 64 tensors.
/// `Overflow`: sizes beyond a double. `Limit`: a limit leaves no plan, or none with the proof that
/// `Options::require_optimal` demands; or the allocator refused memory.
///
/// **Threads**: the calling one, which keeps up to 1 MiB of tables for its next plan until it ends.
///
/// ```
/// use qube_budget::network::{Spaces, einsum};
/// use qube_budget::{BatchPolicy, Options, optimize};
/// let mut letters = Spaces::new();
/// for (letter, extent) in [("i", 10), ("j", 20), ("k", 30), ("l", 40)] {
///     letters.add(letter, extent)?;
/// }
/// let chain = einsum("ij,jk,kl->il", &letters)?;
/// let plan = optimize(&chain, &BatchPolicy::new(), &Options::default())?;
/// assert_eq!(plan.sequence(), [0, 1, -1, 2, -1]);
/// assert_eq!(plan.cost, 10.0 * 20.0 * 30.0 + 10.0 * 30.0 * 40.0);
/// # Ok::<(), qube_budget::Error>(())
/// ```
///
/// [`Search::optimal`]: crate::plan::Search::optimal
/// [`Search::lower_bound`]: crate::plan::Search::lower_bound
/// [`Search::refused_bytes`]: crate::plan::Search::refused_bytes
pub fn optimize(network: &Network, policy: &BatchPolicy, options: &Options) -> Result<Plan> {
    optimize_under(network, &policy.resolve(network)?, options, |limits| Watch::new(limits, None))
}

/// [`optimize`] with progress reports on the calling thread: before the first state is expanded, then
/// after every 256 states of a best-first search, 2^20 steps of a search in tables, or 2^16 moves of the
/// search for more than 64 tensors. A report that returns anything but 0 stops the search as a limit
/// does.
///
/// ```
/// use qube_budget::network::{Spaces, einsum};
/// use qube_budget::{BatchPolicy, Options, optimize_with_progress};
/// let mut letters = Spaces::new();
/// for letter in ["i", "j", "k", "l"] {
///     letters.add(letter, 10)?;
/// }
/// let chain = einsum("ij,jk,kl->il", &letters)?;
/// let mut known = 0.0;
/// let policy = BatchPolicy::new();
/// let plan = optimize_with_progress(&chain, &policy, &Options::default(), |progress| {
///     known = progress.value;
///     1
/// })?;
/// assert!(plan.cost <= known);
/// assert!(!plan.search.optimal && plan.gap() > Some(0.0));
/// # Ok::<(), qube_budget::Error>(())
/// ```
pub fn optimize_with_progress(
    network: &Network,
    policy: &BatchPolicy,
    options: &Options,
    mut progress: impl FnMut(&Progress) -> i32,
) -> Result<Plan> {
    optimize_under(network, &policy.resolve(network)?, options, |limits| {
        Watch::new(limits, Some(&mut progress))
    })
}

/// [`optimize`] with the reports of [`optimize_with_progress`] and the searches of `optimize`: a report
/// can only stop a search that takes longer than some milliseconds. For a user who waits;
/// `optimize_with_progress` suits a host that may need an answer at once.
pub fn optimize_patiently(
    network: &Network,
    policy: &BatchPolicy,
    options: &Options,
    mut progress: impl FnMut(&Progress) -> i32,
) -> Result<Plan> {
    optimize_under(network, &policy.resolve(network)?, options, |limits| {
        Watch::patient(limits, &mut progress)
    })
}

/// [`optimize`] under a policy that is resolved for the network.
fn optimize_under<'a>(
    network: &Network,
    resolved: &ResolvedPolicy,
    options: &Options,
    watch: impl FnOnce(Limits) -> Watch<'a>,
) -> Result<Plan> {
    let (begun, refusals) = (Instant::now(), Refusals::begin());
    let problem = &Problem::bind(network, resolved, options)?;
    let watch = &mut watch(options.limits); // checked by now
    let mut planned = plan(problem, watch);
    if let Ok(plan) = &mut planned {
        if !options.frontier && plan.frontier.len() > 1 {
            plan.frontier = vec![(plan.peak, plan.cost)];
        }
        plan.search.states = watch.states;
        plan.search.pairs = watch.pairs;
        plan.search.refused_bytes = refusals.first();
        plan.search.seconds = begun.elapsed().as_secs_f64();
    }
    planned
}

/// The error of the objective custom, which only [`optimize_with`] takes.
fn no_custom() -> Error {
    Error::Option {
        name: "objective",
        value: Objective::Custom.name().into(),
        allowed: "an objective of the library, or call optimize_with for a model of your own",
    }
}

fn plan(problem: &Problem, watch: &mut Watch) -> Result<Plan> {
    match Strategy::of(problem) {
        Strategy::Custom => Err(no_custom()),
        Strategy::Large => Ok(large::plan(problem, watch)?),
        Strategy::Sharing => Ok(sharing::plan(problem, watch)?),
        Strategy::LeastCost => Ok(additive_within(problem, watch)?.plan(problem)?),
        Strategy::LeastPeak | Strategy::ChargedLoops => {
            Ok(least_peak(problem, problem.options().frontier, watch)?.plan(problem)?)
        }
        Strategy::Threshold => Ok(threshold::plan(problem, watch)?),
    }
}

/// The best tree under an objective that counts the peak; with `whole_frontier`, all points at the root,
/// else the chosen one.
pub fn least_peak(problem: &Problem, whole_frontier: bool, watch: &mut Watch) -> Searched<Answer> {
    match Strategy::of(problem) {
        Strategy::ChargedLoops => charged_loops::search(problem, watch),
        _ => min_peak::search(problem, whole_frontier, watch),
    }
}

//! Optimization: from a network, a policy and options to a plan.
//!
//! [`strategy`] decides which search looks for the tree; the other files are what it chooses from where
//! one search does not suffice.

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

/// Finds the best plan of a network on the calling thread: of 64 tensors at most, as far as trees
/// do not compete too much, and of 16 in any case. Of more than 64 tensors, up to 4096, a good
/// plan: [`Search::optimal`] is then false, and [`Search::lower_bound`] weak. That takes about a
/// second for a hundred tensors, and some ten for a thousand.
///
/// A search that stops at a limit (see [`crate::Limits`]) gives the best plan so far;
/// [`Search::optimal`] is then false, and [`Plan::gap`] tells how far it is from the best one at most.
/// Built in are 1 GiB, and steps: from 31 tensors on, where it cannot be expected that the search ends,
/// one or two seconds' worth of them. With up to 30 tensors it is some ten seconds' worth, and an error
/// (`TooLarge`) if nothing is proven then and no limit was set. Memory that the allocator refuses stops
/// a search as well: [`Search::refused_bytes`].
///
/// From 17 to 64 tensors, plans under a threshold on the peak, and with peak-batched where slicing
/// is not free (an accumulation factor above 0, or persistent_only with volatile tensors), are good
/// ones: loops are chosen on the best tree without loops, or with free ones, and on trees of low
/// peak; those searches bound what is least. So are plans of smaller networks whose search is
/// stopped.
///
/// Errors: those of `Options::check` and of the policy's callbacks; `TooLarge`, more tensors, indices or
/// loops than a search takes: 64 tensors where a threshold on the peak asks for loops, 16 where there
/// are equal tensors to share; `Option`, peak-batched where slicing is not free with more than 64;
/// `Overflow`, sizes beyond a double; `Limit`, a limit that leaves no plan at all, or none with the
/// proof that `Options::require_optimal` asks for; or memory that was refused, with the bytes.
///
/// Works on the calling thread, which keeps up to 1 MiB of tables for its next plan until it ends.
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

/// The same, with reports on the calling thread: before the first state is expanded, and after
/// every 256 states of the best-first search, 2^20 steps of a search in tables, or 2^16 moves of
/// the search for more than 64 tensors. A report that returns anything but 0 stops the search as a
/// limit does.
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

/// The plan of [`optimize`], found by the same searches, with the reports of
/// [`optimize_with_progress`]: a report that returns anything but 0 stops a search that takes
/// longer than some milliseconds. For a user who waits, where `optimize_with_progress` is for a
/// host that may want an answer at once.
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

/// The same, with what the policy says of the network.
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

/// That a model of the host's own goes to [`optimize_with`].
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

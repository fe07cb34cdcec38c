//! Optimization of one term.

use super::guard::{guard_handle, reference};
use super::network::qube_network;
use super::options::{options_in, policy_in, qube_options};
use super::plan::qube_plan;
use super::policy::qube_policy;
use crate::optimize::{optimize, optimize_with_progress};
use crate::problem::Progress;

/// Finds a plan of a network. The plan is proven best in the space searched
/// - up to 64 tensors, for QUBE_DENSE_FLOPS, _SIZE, _PEAK_SIZE, _TIME_SPACE, and _PEAK_SIZE_BATCHED
///   if slicing is free (no charge for accumulation, no loops that volatile tensors forbid), as
///   long as bounds prune most of the search;
/// - up to 16 tensors, if slicing is not free or the peak has a threshold. For 17 to 64 tensors
///   these choose loops on trees of easier searches, which bound the least; the plan is good;
/// - never for 65 to 4096 tensors. Greedy trees, annealing and exact windows give a good plan,
///   without loops for a threshold, sharing, and slicing that is not free: about a second for a
///   hundred tensors, some ten for a thousand.
///
/// At a limit of the options the search stops with the best plan so far. The view then tells that
/// it is not proven best, the lower bound, and the gap. Built-in limits are 1 GiB and, from 31
/// tensors on, one or two seconds' worth of steps; up to 30 tensors some ten seconds' worth, and
/// QUBE_ERR_TOO_LARGE if nothing is proven then and the options set no limit. subnet_cse repeats
/// the search for decisions on sharing, within a limit on the work; the view has the proof and the
/// lower bound.
/// @param network  the network
/// @param policy   the policy; NULL: no slicing
/// @param options  the options; NULL: the defaults
/// @param plan     the new plan
/// @return QUBE_OK; QUBE_ERR_TOO_LARGE (tensors, batchable indices or table), QUBE_ERR_OPTION,
///         QUBE_ERR_INPUT (a truth value), QUBE_ERR_POWER_MEAN (fewer than the network needs),
///         QUBE_ERR_OVERFLOW (the product of all extents leaves 2^-700 to 2^700; above 64 tensors,
///         elements of a tensor or work of a contraction exceed 2^700), QUBE_ERR_LIMIT (a limit or
///         refused memory leaves no plan, or not the proof that require_optimal demands),
///         QUBE_ERR_CALLBACK (stopped by progress with require_optimal), and those of
///         qube_policy_resolve()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_optimize(
    network: *const qube_network,
    policy: *const qube_policy,
    options: *const qube_options,
    plan: *mut *mut qube_plan,
) -> i32 {
    guard_handle(plan, "plan", || {
        let network = &unsafe { reference(network, "network") }?.network;
        let policy = unsafe { policy_in(policy) };
        let (options, progress) = unsafe { options_in(options) }?;
        Ok(qube_plan::of(match progress {
            None => optimize(network, &policy, &options)?,
            Some(progress) => {
                let report = |now: &Progress| progress.search(now);
                optimize_with_progress(network, &policy, &options, report)?
            }
        }))
    })
}

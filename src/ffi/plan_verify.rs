//! Whether a plan is what it says it is.

use super::guard::{guard, reference};
use super::network::qube_network;
use super::optimize::{policy_and_options, qube_options};
use super::plan::qube_plan;
use super::policy::qube_policy;

/// Replays a plan by code that shares nothing with the search, and compares all that it says of
/// itself: of each node the tensors, open indices, sizes, work, cost, loops and their batches, what
/// is alive before, at and after it, and the advice to a cache; the sums, the peak and where it is;
/// and whether it fits the policy's threshold on the peak. Numbers agree to 1e-12 relative. For
/// plans that were read, sent or stored, and for hosts that trust no search.
///
/// @param plan     the plan
/// @param network  the network that it was made for
/// @param policy   the policy; NULL: nothing is sliced or volatile
/// @param options  objective and weights; NULL: the defaults
///
/// What the plan says of other plans is not looked at: that it is the best one, the frontier, the
/// lower bound, and what would fit where nothing does. Under a custom model the cost is the model's,
/// and not looked at either; the objective of the options is then not read. Time O(n^3) for n
/// tensors.
/// Errors: QUBE_ERR_REPLAY, and the message says what differs first; those of qube_optimize for
/// options, sizes and policies.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_verify(
    plan: *const qube_plan,
    network: *const qube_network,
    policy: *const qube_policy,
    options: *const qube_options,
) -> i32 {
    guard(|| {
        let plan = unsafe { reference(plan, "plan") }?;
        let network = unsafe { reference(network, "network") }?;
        let (policy, options) = unsafe { policy_and_options(policy, options) }?;
        plan.0.verify(&network.0, &policy, &options)?;
        Ok(())
    })
}

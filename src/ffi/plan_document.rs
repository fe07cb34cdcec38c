//! Documents of plans, and their check.

use std::ffi::c_char;

use super::guard::{guard, guard_handle, reference};
use super::network::qube_network;
use super::options::{options_in, policy_in, qube_options};
use super::plan::qube_plan;
use super::policy::qube_policy;
use super::render::{
    QUBE_FORMAT_DOT, QUBE_FORMAT_JSON, QUBE_FORMAT_SVG, QUBE_FORMAT_TABLE, no_such_format, rendered,
};
use super::text::text_in;
use crate::Plan;

/// Renders a plan. JSON "qube-plan/2" serves qube_plan_from_json(), and grows linearly with the
/// number of tensors.
/// @param plan    the plan
/// @param format  QUBE_FORMAT_TABLE, _JSON, _SVG (memory against time) or _DOT (the tree)
/// @param text    the new document
/// @return QUBE_OK; QUBE_ERR_LABEL (a label with a NUL)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_render(
    plan: *const qube_plan,
    format: i32,
    text: *mut *mut c_char,
) -> i32 {
    rendered(text, || {
        let plan = &unsafe { reference(plan, "plan") }?.plan;
        match format {
            QUBE_FORMAT_TABLE => Ok(plan.report()),
            QUBE_FORMAT_JSON => Ok(plan.to_json()),
            QUBE_FORMAT_SVG => Ok(plan.to_svg()),
            QUBE_FORMAT_DOT => Ok(plan.to_dot()),
            _ => Err(no_such_format(
                format,
                "QUBE_FORMAT_TABLE (1), _JSON (2), _SVG (3) or _DOT (4)",
            )),
        }
    })
}

/// Reads a plan of qube_plan_render() or of the command line (qube plan --json), from any host. It
/// equals the plan that was written. The document is checked: its sequence spells a tree, and its
/// numbers agree with each other. Unknown fields are ignored.
/// @param text  JSON "qube-plan/2"
/// @param plan  the new plan
/// @return QUBE_OK; QUBE_ERR_DOCUMENT
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_from_json(
    text: *const c_char,
    plan: *mut *mut qube_plan,
) -> i32 {
    guard_handle(plan, "plan", || {
        let text = unsafe { text_in(text, "text") }?;
        Ok(qube_plan::of(Plan::from_json(text)?))
    })
}

/// Recomputes a plan by code independent of the search, and compares the numbers: not the claims
/// about other plans (best, frontier, lower bound, what would fit where nothing does). Under a
/// custom model it compares no cost, and does not read the objective. Time O(n^3) for n tensors.
/// @param plan     the plan
/// @param network  its network
/// @param policy   its policy; NULL: no slicing
/// @param options  its options; NULL: the defaults
/// @return QUBE_OK if they agree; QUBE_ERR_REPLAY if not, with the place; QUBE_ERR_OPTION,
///         QUBE_ERR_INPUT, QUBE_ERR_TOO_LARGE, QUBE_ERR_POWER_MEAN and QUBE_ERR_OVERFLOW as
///         qube_optimize(); those of qube_policy_resolve()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_verify(
    plan: *const qube_plan,
    network: *const qube_network,
    policy: *const qube_policy,
    options: *const qube_options,
) -> i32 {
    guard(|| {
        let plan = &unsafe { reference(plan, "plan") }?.plan;
        let network = &unsafe { reference(network, "network") }?.network;
        let policy = unsafe { policy_in(policy) };
        let (options, _) = unsafe { options_in(options) }?;
        // The replay reads the policy more than once; a host's callbacks are asked once.
        plan.verify(network, &policy.by_label(network)?, &options)?;
        Ok(())
    })
}

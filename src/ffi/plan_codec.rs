//! Plans that come back from a JSON document.

use std::ffi::c_char;

use super::guard::guard_handle;
use super::plan::qube_plan;
use super::text::text_in;
use crate::Plan;

/// Reads a plan that qube_plan_json or the command line (qube plan --json) wrote, on this host or
/// another. It is equal to the one that was written. The document is checked: its sequence spells a
/// tree, and its numbers agree with each other. Fields that are not known are passed over.
///
/// @param text  the document
/// @param plan  receives the handle
/// Errors: QUBE_ERR_DOCUMENT, with the reason.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_from_json(
    text: *const c_char,
    plan: *mut *mut qube_plan,
) -> i32 {
    guard_handle(plan, "plan", || {
        let text = unsafe { text_in(text, "text") }?;
        Ok(qube_plan(Plan::from_json(text)?))
    })
}

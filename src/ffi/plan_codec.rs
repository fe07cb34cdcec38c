//! Plans that come back: from a JSON document, or from bytes.

use std::ffi::c_char;

use super::guard::{guard, guard_handle, reference};
use super::plan::qube_plan;
use super::text::{array_in, array_out, text_in};
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

/// The plan as bytes, to be sent or stored: they carry a version, and mean the same on every host.
///
/// @param out     receives the bytes; NULL with cap 0: only the length is wanted
/// @param cap     bytes that out can hold
/// @param length  receives the number of bytes
/// Errors: QUBE_ERR_BUFFER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_to_bytes(
    plan: *const qube_plan,
    out: *mut u8,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let plan = unsafe { reference(plan, "plan") }?;
        unsafe { array_out(&plan.0.to_bytes(), out, cap, length) }
    })
}

/// Reads a plan that qube_plan_to_bytes wrote; checked as by qube_plan_from_json.
///
/// @param bytes  the bytes; NULL is fine when count is 0
/// @param count  how many there are
/// @param plan   receives the handle
/// Errors: QUBE_ERR_DOCUMENT, with the reason.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_from_bytes(
    bytes: *const u8,
    count: i64,
    plan: *mut *mut qube_plan,
) -> i32 {
    guard_handle(plan, "plan", || {
        let bytes = unsafe { array_in(bytes, count, ("bytes", "count")) }?;
        Ok(qube_plan(Plan::from_bytes(bytes)?))
    })
}

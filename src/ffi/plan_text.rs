//! How a plan prints: report, JSON, and the two drawings.

use std::ffi::c_char;

use super::guard::{guard, reference};
use super::plan::qube_plan;
use super::text::text_out;
use crate::Plan;

/// The plan as text for people: steps, footprints, live memory, the peak.
///
/// @param buf     receives the text and a NUL; NULL with cap 0: only the length is wanted
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes without the NUL
/// Errors: QUBE_ERR_BUFFER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_report(
    plan: *const qube_plan,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    unsafe { rendered(plan, Plan::report, buf, cap, length) }
}

/// The plan as a JSON document on one line, schema qube-plan/1.
///
/// @param buf     receives the text and a NUL; NULL with cap 0: only the length is wanted
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes without the NUL
/// Errors: QUBE_ERR_BUFFER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_json(
    plan: *const qube_plan,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    unsafe { rendered(plan, Plan::to_json, buf, cap, length) }
}

/// Live memory over the plan as a drawing, an SVG document in UTF-8: a column for each node, what is
/// alive stacked in it, the loops as bands, the peak and what is alive there. Equal plans give equal
/// bytes.
///
/// @param buf     receives the text and a NUL; NULL with cap 0: only the length is wanted
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes without the NUL
/// Errors: QUBE_ERR_BUFFER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_svg(
    plan: *const qube_plan,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    unsafe { rendered(plan, Plan::to_svg, buf, cap, length) }
}

/// The contraction tree in the DOT language of Graphviz, in UTF-8: open indices, footprints and
/// work, the loops as frames around what they repeat, the peak. Equal plans give equal bytes.
///
/// @param buf     receives the text and a NUL; NULL with cap 0: only the length is wanted
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes without the NUL
/// Errors: QUBE_ERR_BUFFER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_dot(
    plan: *const qube_plan,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    unsafe { rendered(plan, Plan::to_dot, buf, cap, length) }
}

/// What `render` makes of a plan, to the caller's buffer.
///
/// # Safety
/// As for `reference` and `text_out`.
unsafe fn rendered(
    plan: *const qube_plan,
    render: fn(&Plan) -> String,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let plan = unsafe { reference(plan, "plan") }?;
        unsafe { text_out(&render(&plan.0), buf, cap, length) }
    })
}

//! Predicted and measured, side by side, in C: a budget is compared with what a run of it measured.

use std::ffi::c_char;

use super::budget::{budget_in, qube_budget};
use super::guard::guard;
use super::status::Failure;
use super::text::{text_in, text_out};
use crate::budget::{Comparison, Measured};

/// The budget beside what a run of it measured, as a table for people: of every stage what it ends
/// with and its peak, predicted and measured, in GiB (2^30 bytes) and in units of n_pix^2 doubles,
/// and how much more was measured than predicted. Lines are at most 100 columns and end with a
/// newline. The layout may change between releases.
///
/// @param budget    the budget
/// @param measured  what the run measured, resident sizes: a log or a JSON document
/// @param buf       receives the text; NULL with cap 0 to ask for the length only
/// @param cap       bytes that buf can hold
/// @param length    receives the length in bytes, without the NUL
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_DOCUMENT (what was measured cannot be
///         read; the message gives the line), QUBE_ERR_UNKNOWN_STAGE (the message lists the names;
///         beside ECLIPSE's published sums all its steps may be measured),
///         QUBE_ERR_BUFFER (length is given too)
///
/// A line of a log is "STAGE SIZE" (when the stage ends), "STAGE peak SIZE" (the largest in it),
/// "baseline SIZE" (before the first stage; it is taken off) or "lifetime peak SIZE" (the largest
/// of the run). A size is in bytes, or a decimal with KiB, MiB, GiB or TiB; # begins a comment. The
/// document has schema ("qube-measured/1"), baseline_bytes, peak_rss_bytes (the largest of the run)
/// and stages (each: name, rss_bytes, peak_rss_bytes); only stages must be there, and of a stage
/// its name and one size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_compare_table(
    budget: *const qube_budget,
    measured: *const c_char,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let table = unsafe { comparison(budget, measured) }?.table();
        unsafe { text_out(&table, buf, cap, length) }
    })
}

/// The same as a JSON document on one line, without a newline.
///
/// @param budget    the budget
/// @param measured  as in qube_budget_compare_table()
/// @param buf       receives the text; NULL with cap 0 to ask for the length only
/// @param cap       bytes that buf can hold
/// @param length    receives the length in bytes, without the NUL
/// @return QUBE_OK; as qube_budget_compare_table()
///
/// Fields: schema ("qube-compare/1"), path, release, n_pix, unit_bytes (n_pix^2 doubles),
/// baseline_bytes, stages (each: name, end, peak), lifetime_peak, not_measured (names of stages),
/// of ECLIPSE's published sums not_predicted (names of steps without a sum), note. end, peak and
/// lifetime_peak have predicted_bytes, measured_bytes, above_baseline_bytes, predicted_units,
/// measured_units, difference_percent (of the prediction); what is not known is
/// null. Fields may be added, none renamed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_compare_json(
    budget: *const qube_budget,
    measured: *const c_char,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let document = unsafe { comparison(budget, measured) }?.json();
        unsafe { text_out(&document, buf, cap, length) }
    })
}

/// # Safety
/// As for `budget_in` and `text_in`; the budget outlives the comparison.
unsafe fn comparison<'a>(
    budget: *const qube_budget,
    measured: *const c_char,
) -> Result<Comparison<'a>, Failure> {
    let budget = unsafe { budget_in(budget) }?;
    let measured = Measured::parse(unsafe { text_in(measured, "measured") }?)?;
    Ok(budget.compare(&measured)?)
}

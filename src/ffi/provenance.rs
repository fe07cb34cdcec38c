//! Where the numbers of a budget come from, in C: the release that they follow, how far they were
//! compared with runs, the inputs and what these were computed from.

use std::ffi::c_char;

use super::budget::{budget_in, number, qube_budget};
use super::guard::{guard, reference_mut};
use super::status::Failure;
use super::text::{position, text_out};
use crate::budget::{Budget, Input};

/// The release whose memory use the budget follows, such as "qube-qml 1.1".
///
/// @param budget  the budget
/// @param buf     receives the text; NULL with cap 0 to ask for the length only
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes, without the NUL
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_BUFFER (length is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_release(
    budget: *const qube_budget,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| unsafe { text_out(budget_in(budget)?.release(), buf, cap, length) })
}

/// How far the numbers were compared with runs, in words: "not checked against a run" at worst.
///
/// @param budget  the budget
/// @param buf     receives the text; NULL with cap 0 to ask for the length only
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes, without the NUL
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_BUFFER (length is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_note(
    budget: *const qube_budget,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| unsafe { text_out(budget_in(budget)?.note(), buf, cap, length) })
}

/// How many inputs the budget was computed from.
///
/// @param budget  the budget
/// @param count   receives the number
/// @return QUBE_OK; QUBE_ERR_NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_input_count(
    budget: *const qube_budget,
    count: *mut i64,
) -> i32 {
    guard(|| {
        let budget = unsafe { budget_in(budget) }?;
        *unsafe { reference_mut(count, "count") }? = number(budget.inputs().len());
        Ok(())
    })
}

/// The name of an input, such as "n_modes".
///
/// @param budget  the budget
/// @param input   the input's number, counted from 0
/// @param buf     receives the name; NULL with cap 0 to ask for the length only
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes, without the NUL
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION, QUBE_ERR_BUFFER (length is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_input_name(
    budget: *const qube_budget,
    input: i64,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| unsafe { text_out(input_of(budget_in(budget)?, input)?.name, buf, cap, length) })
}

/// The value of an input as text: digits, "yes" or "no", a name such as "TEB", or "absent".
///
/// @param budget  the budget
/// @param input   the input's number, counted from 0
/// @param buf     receives the text; NULL with cap 0 to ask for the length only
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes, without the NUL
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION, QUBE_ERR_BUFFER (length is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_input_value(
    budget: *const qube_budget,
    input: i64,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let value = unsafe { input_of(budget_in(budget)?, input) }?.value.to_string();
        unsafe { text_out(&value, buf, cap, length) }
    })
}

/// What an input was computed from, such as "2 x ((128 + 1)^2 - 2^2)"; empty if it was given.
///
/// @param budget  the budget
/// @param input   the input's number, counted from 0
/// @param buf     receives the text; NULL with cap 0 to ask for the length only
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes, without the NUL
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION, QUBE_ERR_BUFFER (length is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_input_from(
    budget: *const qube_budget,
    input: i64,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let from = unsafe { input_of(budget_in(budget)?, input) }?.from.as_deref();
        unsafe { text_out(from.unwrap_or(""), buf, cap, length) }
    })
}

fn input_of(budget: &Budget, input: i64) -> Result<&Input, Failure> {
    let inputs = budget.inputs();
    Ok(&inputs[position("input", input, inputs.len())?])
}

//! Runs in C: what questions that change a size are asked of.

use super::budget::qube_budget;
use super::budget_inputs::{qube_harmonic_config, qube_pixel_direct_config};
use super::eclipse::qube_eclipse_config;
use super::guard::{free_handle, guard_handle, reference};
use super::status::Failure;
use super::structs;
use super::survey::{self, qube_survey};
use crate::Error;
use crate::budget::Run;

/// A run that questions are asked of: its inputs, and the survey that these follow from where there
/// is one, so that a size can be changed and all others follow.
///
/// It never changes once made, so any number of threads may read one at the same time.
pub struct qube_run(Run);

/// A run on QUBE's harmonic path, of which the sizes are given.
///
/// @param config  the inputs
/// @param out     receives the run, to be freed by qube_run_free(); NULL on failure
/// @return as qube_budget_harmonic(), but a term or sum past 2^63 - 1 bytes is no error yet: a
///         smaller size may be asked for
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_run_harmonic(
    config: *const qube_harmonic_config,
    out: *mut *mut qube_run,
) -> i32 {
    guard_handle(out, "out", || {
        sound(Run::new(unsafe { structs::read(config, "config") }?.checked()?))
    })
}

/// A run on QUBE's pixel-direct path, of which the sizes are given.
///
/// @param config  the inputs
/// @param out     receives the run, to be freed by qube_run_free(); NULL on failure
/// @return as qube_budget_pixel_direct(), but a term or sum past 2^63 - 1 bytes is no error yet
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_run_pixel_direct(
    config: *const qube_pixel_direct_config,
    out: *mut *mut qube_run,
) -> i32 {
    guard_handle(out, "out", || {
        sound(Run::new(unsafe { structs::read(config, "config") }?.checked()?))
    })
}

/// A run of ECLIPSE.
///
/// @param config  the inputs
/// @param out     receives the run, to be freed by qube_run_free(); NULL on failure
/// @return as qube_budget_eclipse(), but a size, term or sum past 2^63 - 1 is no error yet
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_run_eclipse(
    config: *const qube_eclipse_config,
    out: *mut *mut qube_run,
) -> i32 {
    guard_handle(out, "out", || {
        sound(Run::new(unsafe { structs::read(config, "config") }?.checked()?))
    })
}

/// A run on QUBE's harmonic path, of sizes that follow from a survey.
///
/// @param survey   the survey; n_bins is of no use to this path, but to the comparison with the
///                 other
/// @param options  as in qube_budget_harmonic_of_survey(); NULL: defaults
/// @param out      receives the run, to be freed by qube_run_free(); NULL on failure
/// @return as qube_budget_harmonic_of_survey(), but a term or sum past 2^63 - 1 bytes is no error
///         yet
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_run_harmonic_of_survey(
    survey: *const qube_survey,
    options: *const qube_harmonic_config,
    out: *mut *mut qube_run,
) -> i32 {
    guard_handle(out, "out", || sound(unsafe { survey::harmonic_run(survey, options) }?))
}

/// A run on QUBE's pixel-direct path, of sizes that follow from a survey.
///
/// @param survey   the survey; lmin and lmax are of no use to this path, but to the comparison with
///                 the other
/// @param options  as in qube_budget_pixel_direct_of_survey(); NULL: defaults
/// @param out      receives the run, to be freed by qube_run_free(); NULL on failure
/// @return as qube_run_harmonic_of_survey()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_run_pixel_direct_of_survey(
    survey: *const qube_survey,
    options: *const qube_pixel_direct_config,
    out: *mut *mut qube_run,
) -> i32 {
    guard_handle(out, "out", || sound(unsafe { survey::pixel_direct_run(survey, options) }?))
}

/// Frees a run.
///
/// @param run  the run, in use by no other thread; NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_run_free(run: *mut qube_run) {
    unsafe { free_handle(run) }
}

/// The budget of the run.
///
/// @param run  the run
/// @param out  receives the budget, to be freed by qube_budget_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_OVERFLOW (a term or sum past 2^63 - 1 bytes)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_run_budget(run: *const qube_run, out: *mut *mut qube_budget) -> i32 {
    guard_handle(out, "out", || Ok(qube_budget(unsafe { run_in(run) }?.budget()?)))
}

pub(super) unsafe fn run_in<'a>(run: *const qube_run) -> Result<&'a Run, Failure> {
    Ok(&unsafe { reference(run, "run") }?.0)
}

/// A run whose inputs make sense, if perhaps not in 2^63 - 1 bytes: refused here, where they are
/// given, and not at the first question.
fn sound(run: Run) -> Result<qube_run, Failure> {
    match run.budget() {
        Ok(_) | Err(Error::Overflow { .. }) => Ok(qube_run(run)),
        Err(other) => Err(other.into()),
    }
}

//! Budgets in C: an opaque budget, which is asked for its parts.

use std::ffi::c_char;

use super::guard::{free_handle, guard, reference, reference_mut};
use super::status::Failure;
use super::structs::{self, Growable};
use super::text::{position, text_in, text_out};
use crate::budget::{Budget, Stage, Term};

/// A memory budget: the stages of a run, each with its named terms in bytes.
///
/// It never changes once made, so any number of threads may read one at the same time.
pub struct qube_budget(pub(super) Budget);

/// A stage of a budget, filled by qube_budget_stage(); 64 bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_stage {
    /// sizeof(qube_stage), set by the caller
    pub struct_size: usize,
    /// Sum of the terms alive at the stage's peak and when it ends.
    pub persistent_bytes: i64,
    /// Sum of the terms alive only at the stage's peak.
    pub transient_bytes: i64,
    /// persistent_bytes + transient_bytes.
    pub peak_bytes: i64,
    /// Number of persistent terms; they are numbered 0 to n_persistent - 1.
    pub n_persistent: i64,
    /// Number of transient terms; they are numbered from n_persistent on.
    pub n_transient: i64,
    /// What is held when the stage ends: persistent_bytes and the post-peak terms.
    pub end_bytes: i64,
    /// Number of post-peak terms, which are made after the peak and kept; they are numbered from
    /// n_persistent + n_transient on. ECLIPSE has some, QUBE's paths have none.
    pub n_post_peak: i64,
}

// SAFETY: repr(C), struct_size first, numbers without padding.
unsafe impl Growable for qube_stage {
    const NAME: &'static str = "qube_stage";
    const BASELINE: usize = 48;
    fn defaults() -> Self {
        qube_stage {
            struct_size: size_of::<Self>(),
            persistent_bytes: 0,
            transient_bytes: 0,
            peak_bytes: 0,
            n_persistent: 0,
            n_transient: 0,
            end_bytes: 0,
            n_post_peak: 0,
        }
    }
}

/// A budget compared with a limit, filled by qube_budget_check(); 56 bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_check {
    /// sizeof(qube_check), set by the caller
    pub struct_size: usize,
    /// Limit minus lifetime peak, in bytes; negative: over by so much.
    pub spare_bytes: i64,
    /// The first stage whose peak exceeds the limit; -1 if it fits.
    pub stage: i64,
    /// How far that stage's peak is beyond the limit, in bytes; 0 if it fits.
    pub stage_over_bytes: i64,
    /// The first term of that stage, persistent before transient, with which the running total
    /// exceeds the limit; -1 if it fits.
    pub term: i64,
    /// The bytes of that term; 0 if it fits.
    pub term_bytes: i64,
    /// 1: the lifetime peak is at most the limit. 0: it is not.
    pub fits: i32,
    /// 0
    pub reserved: i32,
}

// SAFETY: repr(C), struct_size first, numbers without padding.
unsafe impl Growable for qube_check {
    const NAME: &'static str = "qube_check";
    const BASELINE: usize = 56;
    fn defaults() -> Self {
        qube_check {
            struct_size: size_of::<Self>(),
            spare_bytes: 0,
            stage: -1,
            stage_over_bytes: 0,
            term: -1,
            term_bytes: 0,
            fits: 1,
            reserved: 0,
        }
    }
}

/// Frees a budget.
///
/// @param budget  the budget, in use by no other thread; NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_free(budget: *mut qube_budget) {
    unsafe { free_handle(budget) }
}

/// How many stages there are.
///
/// @param budget  the budget
/// @param count   receives the number, 1 or more
/// @return QUBE_OK; QUBE_ERR_NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_stage_count(
    budget: *const qube_budget,
    count: *mut i64,
) -> i32 {
    guard(|| {
        let budget = unsafe { budget_in(budget) }?;
        *unsafe { reference_mut(count, "count") }? = number(budget.stages().len());
        Ok(())
    })
}

/// The number of the stage with a given name.
///
/// @param budget  the budget
/// @param name    the exact name, such as "basis_setup"
/// @param stage   receives the number, counted from 0
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_UNKNOWN_STAGE (the message lists
///         the names)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_find_stage(
    budget: *const qube_budget,
    name: *const c_char,
    stage: *mut i64,
) -> i32 {
    guard(|| {
        let budget = unsafe { budget_in(budget) }?;
        let position = budget.position(unsafe { text_in(name, "name") }?)?;
        *unsafe { reference_mut(stage, "stage") }? = number(position);
        Ok(())
    })
}

/// The name of a stage.
///
/// @param budget  the budget
/// @param stage   the stage's number, counted from 0
/// @param buf     receives the name; NULL with cap 0 to ask for the length only
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes, without the NUL
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION, QUBE_ERR_BUFFER (length is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_stage_name(
    budget: *const qube_budget,
    stage: i64,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let stage = stage_of(unsafe { budget_in(budget) }?, stage)?;
        unsafe { text_out(stage.name(), buf, cap, length) }
    })
}

/// The sums of a stage.
///
/// @param budget  the budget
/// @param stage   the stage's number, counted from 0
/// @param out     receives the sums; its struct_size must be set
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size), QUBE_ERR_POSITION
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_stage(
    budget: *const qube_budget,
    stage: i64,
    out: *mut qube_stage,
) -> i32 {
    guard(|| {
        let stage = stage_of(unsafe { budget_in(budget) }?, stage)?;
        let sums = qube_stage {
            persistent_bytes: stage.persistent_bytes().signed(),
            transient_bytes: stage.transient_bytes().signed(),
            peak_bytes: stage.peak_bytes().signed(),
            n_persistent: number(stage.persistent().len()),
            n_transient: number(stage.transient().len()),
            end_bytes: stage.end_bytes().signed(),
            n_post_peak: number(stage.post_peak().len()),
            ..qube_stage::defaults()
        };
        unsafe { structs::write(&sums, out, "out") }
    })
}

/// The size of a term, and whether it is alive when the stage ends.
///
/// @param budget      the budget
/// @param stage       the stage's number, counted from 0
/// @param term        the term's number in the stage, counted from 0: persistent terms, transient
///                    ones, post-peak ones
/// @param bytes       receives its bytes
/// @param persistent  receives 1 if it is alive when the stage ends, 0 if only at the stage's peak
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_term(
    budget: *const qube_budget,
    stage: i64,
    term: i64,
    bytes: *mut i64,
    persistent: *mut i32,
) -> i32 {
    guard(|| {
        let stage = stage_of(unsafe { budget_in(budget) }?, stage)?;
        let (position, term) = term_of(stage, term)?;
        let bytes = unsafe { reference_mut(bytes, "bytes") }?;
        let persistent = unsafe { reference_mut(persistent, "persistent") }?;
        *bytes = term.bytes().signed();
        let transient = stage.persistent().len()..stage.terms().count();
        *persistent = (!transient.contains(&position)).into();
        Ok(())
    })
}

/// The name of a term, as its source names the array.
///
/// @param budget  the budget
/// @param stage   the stage's number, counted from 0
/// @param term    the term's number in the stage, as in qube_budget_term()
/// @param buf     receives the name; NULL with cap 0 to ask for the length only
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes, without the NUL
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION, QUBE_ERR_BUFFER (length is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_term_name(
    budget: *const qube_budget,
    stage: i64,
    term: i64,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let (_, term) = term_of(stage_of(unsafe { budget_in(budget) }?, stage)?, term)?;
        unsafe { text_out(term.name(), buf, cap, length) }
    })
}

/// The largest peak of all stages.
///
/// @param budget  the budget
/// @param bytes   receives the bytes
/// @return QUBE_OK; QUBE_ERR_NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_lifetime_peak(
    budget: *const qube_budget,
    bytes: *mut i64,
) -> i32 {
    guard(|| {
        let budget = unsafe { budget_in(budget) }?;
        *unsafe { reference_mut(bytes, "bytes") }? = budget.lifetime_peak_bytes().signed();
        Ok(())
    })
}

/// The stage with the largest peak; the first one where several have it.
///
/// @param budget  the budget
/// @param stage   receives its number, counted from 0
/// @return QUBE_OK; QUBE_ERR_NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_peak_stage(
    budget: *const qube_budget,
    stage: *mut i64,
) -> i32 {
    guard(|| {
        let budget = unsafe { budget_in(budget) }?;
        *unsafe { reference_mut(stage, "stage") }? = number(budget.peak_stage_position());
        Ok(())
    })
}

/// The budget as a table for people: inputs, stages with their terms, GiB (2^30 bytes) and bytes.
/// Lines are at most 100 columns and end with a newline. The layout may change between releases.
///
/// @param budget  the budget
/// @param buf     receives the text; NULL with cap 0 to ask for the length only
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes, without the NUL
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_BUFFER (length is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_table(
    budget: *const qube_budget,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| unsafe { text_out(&budget_in(budget)?.table(), buf, cap, length) })
}

/// The budget as a JSON document on one line, without a newline.
///
/// @param budget  the budget
/// @param buf     receives the text; NULL with cap 0 to ask for the length only
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes, without the NUL
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_BUFFER (length is given too)
///
/// Fields: schema ("qube-budget/1"), path, release, stages (each: name, persistent, transient and,
/// if there are any, post_peak, which are arrays of {name, bytes}, persistent_bytes, transient_bytes,
/// peak_bytes, end_bytes), lifetime_peak_bytes, peak_stage (its name), inputs (by name: {value,
/// derived} and from where it is; a value is a number, true, false, a name, or null for one that is
/// absent), note; of ECLIPSE also trace (each: step, event, delta_bytes, total_bytes, printed) and
/// published (stages as the guide sums them up). Fields may be added, none renamed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_json(
    budget: *const qube_budget,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| unsafe { text_out(&budget_in(budget)?.json(), buf, cap, length) })
}

/// The budget as a drawing, an SVG document in UTF-8: a bar for each stage with its arrays stacked
/// in it, their names and sizes, and the limit as a line where it is not far above the peak. Equal
/// budgets give equal bytes.
///
/// @param budget       the budget
/// @param limit_bytes  the limit in bytes, 1 or more; 0: none
/// @param buf          receives the text; NULL with cap 0 to ask for the length only
/// @param cap          bytes that buf can hold
/// @param length       receives the length in bytes, without the NUL
/// @return QUBE_OK, whether it fits or not; QUBE_ERR_NULL, QUBE_ERR_INPUT, QUBE_ERR_BUFFER (length
///         is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_svg(
    budget: *const qube_budget,
    limit_bytes: i64,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let limit = (limit_bytes != 0).then_some(limit_bytes);
        let drawing = unsafe { budget_in(budget) }?.svg(limit)?;
        unsafe { text_out(&drawing, buf, cap, length) }
    })
}

/// Compares the budget with a limit: whether it fits, and if not, which stage and term first exceed
/// it. A peak equal to the limit fits.
///
/// @param budget       the budget
/// @param limit_bytes  the limit in bytes, 1 or more, such as qube_memory_limit() gives
/// @param out          receives the comparison; its struct_size must be set
/// @return QUBE_OK, whether it fits or not; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size),
///         QUBE_ERR_INPUT
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_check(
    budget: *const qube_budget,
    limit_bytes: i64,
    out: *mut qube_check,
) -> i32 {
    guard(|| {
        let check = unsafe { budget_in(budget) }?.check(limit_bytes)?;
        let mut verdict = qube_check { spare_bytes: check.spare(), ..qube_check::defaults() };
        if let Some(first) = check.over().first() {
            verdict.fits = 0;
            verdict.stage = number(first.stage_position);
            verdict.stage_over_bytes = first.over.signed();
            verdict.term = number(first.term_position);
            verdict.term_bytes = first.term.bytes().signed();
        }
        unsafe { structs::write(&verdict, out, "out") }
    })
}

/// The same comparison in words: one paragraph, no newline.
///
/// @param budget       the budget
/// @param limit_bytes  the limit in bytes, 1 or more
/// @param buf          receives the text; NULL with cap 0 to ask for the length only
/// @param cap          bytes that buf can hold
/// @param length       receives the length in bytes, without the NUL
/// @return QUBE_OK, whether it fits or not; QUBE_ERR_NULL, QUBE_ERR_INPUT, QUBE_ERR_BUFFER (length
///         is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_check_message(
    budget: *const qube_budget,
    limit_bytes: i64,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let check = unsafe { budget_in(budget) }?.check(limit_bytes)?;
        unsafe { text_out(&check.message(), buf, cap, length) }
    })
}

pub(super) unsafe fn budget_in<'a>(budget: *const qube_budget) -> Result<&'a Budget, Failure> {
    Ok(&unsafe { reference(budget, "budget") }?.0)
}

fn stage_of(budget: &Budget, stage: i64) -> Result<&Stage, Failure> {
    let stages = budget.stages();
    Ok(&stages[position("stage", stage, stages.len())?])
}

/// A term of a stage, post-peak ones last, and its number.
fn term_of(stage: &Stage, term: i64) -> Result<(usize, &Term), Failure> {
    let terms: Vec<&Term> = stage.terms().chain(stage.post_peak()).collect();
    let position = position("term", term, terms.len())?;
    Ok((position, terms[position]))
}

/// A count or position as C has it; a Vec holds at most 2^63 - 1 items.
pub(super) fn number(count: usize) -> i64 {
    count as i64
}

//! Whether a run fits on its nodes, and what to change if not, in C.

use std::ffi::c_char;

use super::budget::number;
use super::guard::{free_handle, guard, guard_handle, reference};
use super::job::qube_job;
use super::paths::{or_overflow, qube_paths};
use super::request::qube_request;
use super::run::{qube_run, run_in};
use super::status::Failure;
use super::structs::{self, Growable};
use super::text::{position, text_out};
use crate::budget::{Change, Fit, Measure};

/// QUBE, harmonic: release V once the kernels are built.
pub const QUBE_CHANGE_RELEASE_PROJECTOR: i32 = 1;
/// ECLIPSE: leave the grid and the block to the library.
pub const QUBE_CHANGE_BEST_GRID: i32 = 2;
/// QUBE: keep no derivatives in memory.
pub const QUBE_CHANGE_NO_DERIVATIVE_CACHE: i32 = 3;
/// ECLIPSE: so many maps in one run.
pub const QUBE_CHANGE_MAPS: i32 = 4;
/// ECLIPSE: do not check the inverse.
pub const QUBE_CHANGE_NO_INVERSE_CHECK: i32 = 5;
/// QUBE, pixel-direct: the release that never builds S_fixed (has_switch 0).
pub const QUBE_CHANGE_NO_SWITCH: i32 = 6;
/// QUBE: so many ranks on a node.
pub const QUBE_CHANGE_RANKS_PER_NODE: i32 = 7;
/// ECLIPSE: so many nodes.
pub const QUBE_CHANGE_NODES: i32 = 8;
/// QUBE: its other path.
pub const QUBE_CHANGE_OTHER_PATH: i32 = 9;
/// QUBE, pixel-direct: so many bins, with as many parameters for each.
pub const QUBE_CHANGE_N_BINS: i32 = 10;

/// A run on its nodes, against the memory that each of them has.
///
/// It never changes once made, so any number of threads may read one at the same time.
pub struct qube_fit(Fit);

/// Whether a run fits, filled by qube_fit_verdict(); 72 bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_verdict {
    /// sizeof(qube_verdict), set by the caller
    pub struct_size: usize,
    /// The memory of a node that was asked about.
    pub limit_bytes: i64,
    /// What a node leaves of the limit; negative: it is over by so much.
    pub spare_bytes: i64,
    /// The first stage in which a node holds more than the limit; -1 if it fits.
    pub stage: i64,
    /// How far it is over in that stage; 0 if it fits.
    pub stage_over_bytes: i64,
    /// What one copy has of the term that takes it over (qube_fit_term_name()); 0 if it fits.
    pub term_bytes: i64,
    /// Single changes that the run admits, the cheapest first; 0 if it fits.
    pub n_changes: i64,
    /// The number of the first change that makes it fit, counted from 0; -1: none does, or it fits.
    pub cheapest: i64,
    /// 1: a node holds the limit at most. 0: it holds more.
    pub fits: i32,
    /// 0
    pub reserved: i32,
}

// SAFETY: repr(C), struct_size first, numbers without padding.
unsafe impl Growable for qube_verdict {
    const NAME: &'static str = "qube_verdict";
    const BASELINE: usize = 72;
    fn defaults() -> Self {
        qube_verdict {
            struct_size: size_of::<Self>(),
            limit_bytes: 0,
            spare_bytes: 0,
            stage: -1,
            stage_over_bytes: 0,
            term_bytes: 0,
            n_changes: 0,
            cheapest: -1,
            fits: 1,
            reserved: 0,
        }
    }
}

/// A single change that makes a run smaller, filled by qube_fit_change(); 32 bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_change {
    /// sizeof(qube_change), set by the caller
    pub struct_size: usize,
    /// The number that it is about (maps, ranks, nodes, bins), the nearest to the run's own that
    /// fits; 0 where it is about none.
    pub value: i64,
    /// What a node holds then; -1: past 2^63 - 1 bytes.
    pub per_node_bytes: i64,
    /// QUBE_CHANGE_RELEASE_PROJECTOR to QUBE_CHANGE_N_BINS.
    pub kind: i32,
    /// 1: it makes the run fit. 0: it does not.
    pub fits: i32,
}

// SAFETY: repr(C), struct_size first, numbers without padding.
unsafe impl Growable for qube_change {
    const NAME: &'static str = "qube_change";
    const BASELINE: usize = 32;
    fn defaults() -> Self {
        let struct_size = size_of::<Self>();
        qube_change { struct_size, value: 0, per_node_bytes: 0, kind: 0, fits: 0 }
    }
}

impl qube_change {
    fn of(change: &Change) -> qube_change {
        qube_change {
            // A size of a run, which is 2^63 - 1 at most.
            value: change.measure.value().map_or(0, |value| value as i64),
            per_node_bytes: or_overflow(change.per_node),
            kind: match change.measure {
                Measure::ReleaseProjector => QUBE_CHANGE_RELEASE_PROJECTOR,
                Measure::BestGrid => QUBE_CHANGE_BEST_GRID,
                Measure::NoDerivativeCache => QUBE_CHANGE_NO_DERIVATIVE_CACHE,
                Measure::Maps(_) => QUBE_CHANGE_MAPS,
                Measure::NoInverseCheck => QUBE_CHANGE_NO_INVERSE_CHECK,
                Measure::NoFixedSignal => QUBE_CHANGE_NO_SWITCH,
                Measure::RanksPerNode(_) => QUBE_CHANGE_RANKS_PER_NODE,
                Measure::Nodes(_) => QUBE_CHANGE_NODES,
                Measure::OtherPath(_) => QUBE_CHANGE_OTHER_PATH,
                Measure::Bins(_) => QUBE_CHANGE_N_BINS,
            },
            fits: change.fits.into(),
            ..qube_change::defaults()
        }
    }
}

/// Compares what each node holds with the memory that it has, and if that is too little, tries the
/// single changes that make the run smaller.
///
/// @param run          the run
/// @param job          nodes and ranks; NULL: defaults, one rank on one node
/// @param limit_bytes  memory of a node in bytes, 1 or more, such as qube_memory_limit() gives
/// @param out          receives the answer, to be freed by qube_fit_free(); NULL on failure
/// @return QUBE_OK, whether it fits or not; as qube_budget_request(), QUBE_ERR_INPUT for
///         limit_bytes too
///
/// What a node holds is that of qube_request_memory(): peak, input, baseline and margin of all its
/// ranks. Equal to the limit fits. With input_matrices 0, baseline_bytes 0, margin 0 and one rank
/// it is what qube_budget_check() compares.
///
/// Changes come in a fixed order: what costs nothing (V released, the best grid); time (no
/// derivative cache, fewer maps); a diagnostic (no check of the inverse); another release (without
/// S_fixed); more of the machine (fewer ranks on a node, more nodes); another method (QUBE's other
/// path); what changes the result (fewer bins).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_run_fit(
    run: *const qube_run,
    job: *const qube_job,
    limit_bytes: i64,
    out: *mut *mut qube_fit,
) -> i32 {
    guard_handle(out, "out", || {
        let run = unsafe { run_in(run) }?;
        let job = unsafe { qube_job::checked(job) }?;
        Ok(qube_fit(run.fit(&job, limit_bytes)?))
    })
}

/// Frees a fit.
///
/// @param fit  the fit, in use by no other thread; NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_fit_free(fit: *mut qube_fit) {
    unsafe { free_handle(fit) }
}

/// Whether it fits, and if not, where it first goes over.
///
/// @param fit  the fit
/// @param out  receives the answer; its struct_size must be set
/// @return QUBE_OK, whether it fits or not; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_fit_verdict(fit: *const qube_fit, out: *mut qube_verdict) -> i32 {
    guard(|| {
        let fit = unsafe { fit_in(fit) }?;
        let mut verdict = qube_verdict {
            limit_bytes: fit.limit().signed(),
            spare_bytes: fit.spare(),
            n_changes: number(fit.changes().len()),
            cheapest: fit.changes().iter().position(|change| change.fits).map_or(-1, number),
            fits: fit.fits().into(),
            ..qube_verdict::defaults()
        };
        if let Some(over) = fit.over() {
            verdict.stage = number(over.stage_position);
            verdict.stage_over_bytes = over.over.signed();
            verdict.term_bytes = over.term_bytes.signed();
        }
        unsafe { structs::write(&verdict, out, "out") }
    })
}

/// The name of the first stage in which a node holds more than the limit; empty if it fits.
///
/// @param fit     the fit
/// @param buf     receives the name; NULL with cap 0 to ask for the length only
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes, without the NUL
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_BUFFER (length is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_fit_stage_name(
    fit: *const qube_fit,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let fit = unsafe { fit_in(fit) }?;
        let name = fit.over().map(|over| fit.request().stages()[over.stage_position].name());
        unsafe { text_out(name.unwrap_or(""), buf, cap, length) }
    })
}

/// What takes a node over the limit in the first stage that is over: the name of a term of the
/// budget, "baseline", "input" or "margin"; empty if it fits. They count in the order baseline,
/// input, persistent terms, transient terms, margin.
///
/// @param fit     the fit
/// @param buf     receives the name; NULL with cap 0 to ask for the length only
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes, without the NUL
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_BUFFER (length is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_fit_term_name(
    fit: *const qube_fit,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let over = unsafe { fit_in(fit) }?.over();
        unsafe { text_out(over.map_or("", |over| over.term), buf, cap, length) }
    })
}

/// A single change that makes the run smaller.
///
/// @param fit     the fit
/// @param change  the change's number, counted from 0, the cheapest first
/// @param out     receives it; its struct_size must be set
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size), QUBE_ERR_POSITION
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_fit_change(
    fit: *const qube_fit,
    change: i64,
    out: *mut qube_change,
) -> i32 {
    guard(|| {
        let change = change_of(unsafe { fit_in(fit) }?, change)?;
        unsafe { structs::write(&qube_change::of(change), out, "out") }
    })
}

/// What to do for a change, in words, such as "release V once the kernels are built".
///
/// @param fit     the fit
/// @param change  the change's number, counted from 0
/// @param buf     receives the text; NULL with cap 0 to ask for the length only
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes, without the NUL
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION, QUBE_ERR_BUFFER (length is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_fit_change_words(
    fit: *const qube_fit,
    change: i64,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let words = change_of(unsafe { fit_in(fit) }?, change)?.measure.words();
        unsafe { text_out(&words, buf, cap, length) }
    })
}

/// Both of QUBE's paths, as qube_run_paths() compares them, with the job and the limit of the fit.
///
/// @param fit  the fit
/// @param out  receives both; its struct_size must be set
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_fit_paths(fit: *const qube_fit, out: *mut qube_paths) -> i32 {
    guard(|| {
        let fit = unsafe { fit_in(fit) }?;
        unsafe { structs::write(&qube_paths::of(fit.paths(), fit.limit()), out, "out") }
    })
}

/// The request of the run, which tells the stages and their parts.
///
/// @param fit  the fit
/// @param out  receives the request, to be freed by qube_request_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_fit_request(
    fit: *const qube_fit,
    out: *mut *mut qube_request,
) -> i32 {
    guard_handle(out, "out", || Ok(qube_request(unsafe { fit_in(fit) }?.request().clone())))
}

/// The verdict in words: one paragraph, no newline.
///
/// @param fit     the fit
/// @param buf     receives the text; NULL with cap 0 to ask for the length only
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes, without the NUL
/// @return QUBE_OK, whether it fits or not; QUBE_ERR_NULL, QUBE_ERR_BUFFER (length is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_fit_message(
    fit: *const qube_fit,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| unsafe { text_out(&fit_in(fit)?.message(), buf, cap, length) })
}

/// What to change, in one sentence, no newline; empty if it fits.
///
/// @param fit     the fit
/// @param buf     receives the text; NULL with cap 0 to ask for the length only
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes, without the NUL
/// @return QUBE_OK, whether it fits or not; QUBE_ERR_NULL, QUBE_ERR_BUFFER (length is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_fit_advice(
    fit: *const qube_fit,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| unsafe { text_out(&fit_in(fit)?.advice(), buf, cap, length) })
}

/// The answer as a table for people: what a node holds, the verdict, all changes and both paths.
/// Lines are at most 100 columns and end with a newline. The layout may change between releases.
///
/// @param fit     the fit
/// @param buf     receives the text; NULL with cap 0 to ask for the length only
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes, without the NUL
/// @return QUBE_OK, whether it fits or not; QUBE_ERR_NULL, QUBE_ERR_BUFFER (length is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_fit_table(
    fit: *const qube_fit,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| unsafe { text_out(&fit_in(fit)?.table(), buf, cap, length) })
}

/// The answer as a JSON document on one line, without a newline.
///
/// @param fit     the fit
/// @param buf     receives the text; NULL with cap 0 to ask for the length only
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes, without the NUL
/// @return QUBE_OK, whether it fits or not; QUBE_ERR_NULL, QUBE_ERR_BUFFER (length is given too)
///
/// Fields: schema ("qube-fit/1"), limit_bytes, fits, spare_bytes, over (null if it fits: stage,
/// over_bytes, term, term_bytes), message, changes (each: change, value where it is about a number,
/// words, per_node_bytes or null where it overflows, fits), cheapest_change (a number of changes,
/// or null), paths (where both are known: by_time, sides, each: path, lifetime_peak_bytes,
/// per_node_bytes, fits), no_paths (where a survey does not tell both, what it lacks), request (as
/// in qube_request_json()). Fields may be added, none renamed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_fit_json(
    fit: *const qube_fit,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| unsafe { text_out(&fit_in(fit)?.json(None), buf, cap, length) })
}

unsafe fn fit_in<'a>(fit: *const qube_fit) -> Result<&'a Fit, Failure> {
    Ok(&unsafe { reference(fit, "fit") }?.0)
}

fn change_of(fit: &Fit, change: i64) -> Result<&Change, Failure> {
    let changes = fit.changes();
    Ok(&changes[position("change", change, changes.len())?])
}

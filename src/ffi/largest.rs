//! The question turned around: the largest size of a run, or the fewest nodes, that fits.

use std::ffi::c_char;

use super::arena::{Arena, View, viewed};
use super::budget::qube_budget;
use super::fit::or_overflow;
use super::guard::{free_handle, guard_handle, reference};
use super::job::qube_job;
use super::status::Failure;
use super::structs::{self, growable};
use super::text::text_in;
use crate::Error;
use crate::budget::{Bytes, Job, Largest, Run, Size, Tried};

/// HEALPix resolution, at a fixed fraction of the sky and fixed multipoles: the largest.
pub const QUBE_SIZE_NSIDE: i32 = 1;
/// The largest multipole that is estimated: the largest. Where QUBE's survey names one, it moves up
/// to lmax_signal; where it does not, all are estimated and lmax_signal moves.
pub const QUBE_SIZE_LMAX: i32 = 2;
/// Bins of multipoles, with as many parameters for each: the most.
pub const QUBE_SIZE_N_BINS: i32 = 3;
/// Maps of ECLIPSE: the most.
pub const QUBE_SIZE_MAPS: i32 = 4;
/// Nodes: the fewest, of 2^14 at most.
pub const QUBE_SIZE_NODES: i32 = 5;
/// Ranks on each node: the most, of 2^20 at most, of ECLIPSE's 2^10.
pub const QUBE_SIZE_RANKS_PER_NODE: i32 = 6;
/// A parameter of a pipeline: the largest. Asked for by qube_budget_largest_parameter().
pub const QUBE_SIZE_PARAMETER: i32 = 7;

/// One value is the last that fits.
pub const QUBE_LARGEST_VALUE: i32 = 1;
/// Not even the least value fits.
pub const QUBE_LARGEST_NONE: i32 = 2;
/// Every value fits: nothing that a node holds depends on it.
pub const QUBE_LARGEST_ANY: i32 = 3;

/// The answer to an inverse question. It never changes once made.
pub struct qube_largest {
    answer: Largest,
    size: (i32, Size),
    limit: Bytes,
    view: View<qube_largest_view>,
}

/// The answer to an inverse question, filled by qube_largest_get().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_largest_view {
    /// sizeof(qube_largest_view), set by the caller
    pub struct_size: usize,
    /// The memory of a node that was asked about.
    pub limit_bytes: i64,
    /// The last value that fits; 0 unless kind is QUBE_LARGEST_VALUE.
    pub value: i64,
    /// What a node holds with it, or with any value; 0 if none fits.
    pub per_node_bytes: i64,
    /// The value next to it (for nside the next power of two, for nodes one less), which does not
    /// fit; if none fits, the least (of nodes, the most that is tried). 0: there is none, or none
    /// is tried.
    pub next_value: i64,
    /// What a node holds with that; -1: past 2^63 - 1 bytes. 0 where next_value is 0.
    pub next_per_node_bytes: i64,
    /// The answer in one sentence, without a newline.
    pub message: *const c_char,
    /// QUBE_SIZE_NSIDE to QUBE_SIZE_PARAMETER: what was asked for.
    pub size: i32,
    /// QUBE_LARGEST_VALUE, _NONE or _ANY.
    pub kind: i32,
}

growable!(qube_largest_view);

/// The largest value of a size (of nodes: the fewest) for which the memory of a node suffices. It
/// is exact: one more (for nside the next power of two, for nodes one less) does not fit. What
/// overflows does not fit.
///
/// Takes time logarithmic in the answer, but for nodes and ranks of ECLIPSE, which have no order,
/// as a grid of more ranks may be a worse one: these are tried one by one.
///
/// @param budget       the budget of the run, of which all other sizes stay
/// @param size         QUBE_SIZE_NSIDE to QUBE_SIZE_RANKS_PER_NODE; nside needs a survey with nside
///                     and fsky, lmax a survey or ECLIPSE, maps ECLIPSE
/// @param job          nodes and ranks; NULL: defaults. The number that is asked for is replaced,
///                     and then the grid, too
/// @param limit_bytes  memory of a node in bytes, 1 or more, such as qube_memory_limit() gives
/// @param largest      receives the answer, to be freed by qube_largest_free(); NULL on failure
/// @return QUBE_OK, whether a value fits or not; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or
///         unknown fields set), QUBE_ERR_INPUT (limit_bytes, size, one that this run does not have
///         or that others were given in place of; a number of the job; published sums),
///         QUBE_ERR_CONFLICT (a grid that the ranks do not fill; n_params no multiple of n_bins,
///         where bins are asked for)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_largest(
    budget: *const qube_budget,
    size: i32,
    job: *const qube_job,
    limit_bytes: i64,
    largest: *mut *mut qube_largest,
) -> i32 {
    guard_handle(largest, "largest", || {
        let run = unsafe { reference(budget, "budget") }?.run();
        let size = (size, size_of_number(size)?);
        qube_largest::of(run, size, &unsafe { qube_job::checked(job) }?, limit_bytes)
    })
}

/// The largest value of a parameter of a pipeline for which the memory of a node suffices.
///
/// What a node holds need not grow with a parameter. Choices are tried one by one, from the
/// largest. A range is searched from the run's own value by doubled steps and bisection: the answer
/// fits, and the next value does not. What overflows, or makes a size negative, does not fit.
///
/// @param budget       the budget of a pipeline, of which all other parameters stay
/// @param name         the parameter, which is no switch
/// @param job          nodes and ranks; NULL: defaults
/// @param limit_bytes  memory of a node in bytes, 1 or more, such as qube_memory_limit() gives
/// @param largest      receives the answer, to be freed by qube_largest_free(); NULL on failure
/// @return QUBE_OK, whether a value fits or not; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_ABI
///         (struct_size, or unknown fields set), QUBE_ERR_INPUT (limit_bytes, a parameter that this
///         run does not have, a switch, a budget of a builder, a number of the job),
///         QUBE_ERR_CONFLICT (a grid that the ranks do not fill), QUBE_ERR_DOCUMENT (what the
///         document cannot mean with a value that is tried: give it the field multiple_of)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_largest_parameter(
    budget: *const qube_budget,
    name: *const c_char,
    job: *const qube_job,
    limit_bytes: i64,
    largest: *mut *mut qube_largest,
) -> i32 {
    guard_handle(largest, "largest", || {
        let run = unsafe { reference(budget, "budget") }?.run();
        let name = unsafe { text_in(name, "name") }?.to_owned();
        let size = (QUBE_SIZE_PARAMETER, Size::Parameter(name.into()));
        qube_largest::of(run, size, &unsafe { qube_job::checked(job) }?, limit_bytes)
    })
}

/// Frees an answer.
///
/// @param largest  the answer, in use by no other thread; NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_largest_free(largest: *mut qube_largest) {
    unsafe { free_handle(largest) }
}

/// Everything that an answer tells.
///
/// @param largest  the answer
/// @param view     receives it; its struct_size must be set. What it points to lives as long as the
///                 answer
/// @return QUBE_OK, whether a value fits or not; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size),
///         QUBE_ERR_LIMIT (no memory)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_largest_get(
    largest: *const qube_largest,
    view: *mut qube_largest_view,
) -> i32 {
    unsafe { viewed(largest, "largest", view, |handle| &handle.view, view_of) }
}

const SIZES: [(i32, Size); 6] = [
    (QUBE_SIZE_NSIDE, Size::Nside),
    (QUBE_SIZE_LMAX, Size::Lmax),
    (QUBE_SIZE_N_BINS, Size::NBins),
    (QUBE_SIZE_MAPS, Size::Maps),
    (QUBE_SIZE_NODES, Size::Nodes),
    (QUBE_SIZE_RANKS_PER_NODE, Size::RanksPerNode),
];

fn size_of_number(number: i32) -> Result<Size, Failure> {
    let known = SIZES.iter().find(|(known, _)| *known == number);
    known.map(|(_, size)| size.clone()).ok_or_else(|| {
        let allowed = "QUBE_SIZE_NSIDE (1) to QUBE_SIZE_RANKS_PER_NODE (6)";
        Error::Input { name: "size", value: number.into(), allowed }.into()
    })
}

fn view_of(handle: &qube_largest, arena: &mut Arena) -> Result<qube_largest_view, Failure> {
    let message = arena.text(&handle.answer.message(&handle.size.1, handle.limit))?;
    Ok(qube_largest_view { message, ..handle.numbers() })
}

impl qube_largest {
    fn of(run: &Run, size: (i32, Size), job: &Job, limit: i64) -> Result<qube_largest, Failure> {
        let answer = run.largest(size.1.clone(), job, limit)?;
        Ok(qube_largest { answer, size, limit: Bytes::limit(limit)?, view: View::default() })
    }

    fn numbers(&self) -> qube_largest_view {
        let asked = qube_largest_view {
            limit_bytes: self.limit.signed(),
            size: self.size.0,
            ..structs::Growable::defaults()
        };
        // A size of a run is 2^63 - 1 at most.
        let pair = |tried: &Tried| (tried.value as i64, or_overflow(tried.per_node));
        match &self.answer {
            Largest::Value { fits, next } => {
                let (value, per_node_bytes) = pair(fits);
                let (next_value, next_per_node_bytes) = next.as_ref().map_or((0, 0), pair);
                let next = qube_largest_view { next_value, next_per_node_bytes, ..asked };
                qube_largest_view { value, per_node_bytes, kind: QUBE_LARGEST_VALUE, ..next }
            }
            Largest::None { least } => {
                let (next_value, next_per_node_bytes) = pair(least);
                let kind = QUBE_LARGEST_NONE;
                qube_largest_view { next_value, next_per_node_bytes, kind, ..asked }
            }
            Largest::Any { per_node } => {
                let per_node_bytes = per_node.signed();
                qube_largest_view { per_node_bytes, kind: QUBE_LARGEST_ANY, ..asked }
            }
        }
    }
}

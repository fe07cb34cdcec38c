//! The largest size, or the fewest nodes, that fits.

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
use crate::budget::Bytes;
use crate::run::{Job, Largest, Run, Size, Tried};

/// Largest HEALPix resolution, at fixed sky fraction and multipoles.
pub const QUBE_SIZE_NSIDE: i32 = 1;
/// Largest estimated multipole. If QUBE's survey gives one, it moves up to lmax_signal; else all
/// are estimated and lmax_signal moves.
pub const QUBE_SIZE_LMAX: i32 = 2;
/// Most bins of multipoles, each with as many parameters.
pub const QUBE_SIZE_N_BINS: i32 = 3;
/// Most maps of ECLIPSE.
pub const QUBE_SIZE_MAPS: i32 = 4;
/// Fewest nodes, up to 2^14.
pub const QUBE_SIZE_NODES: i32 = 5;
/// Most ranks on each node, up to 2^20, for ECLIPSE 2^10.
pub const QUBE_SIZE_RANKS_PER_NODE: i32 = 6;
/// A pipeline's parameter: qube_budget_largest_parameter().
pub const QUBE_SIZE_PARAMETER: i32 = 7;

/// One value is the last that fits.
pub const QUBE_LARGEST_VALUE: i32 = 1;
/// Not even the least value fits.
pub const QUBE_LARGEST_NONE: i32 = 2;
/// Every value fits: the bytes of a node do not depend on it.
pub const QUBE_LARGEST_ANY: i32 = 3;

/// The largest size that fits.
pub struct qube_largest {
    answer: Largest,
    size: (i32, Size),
    limit: Bytes,
    view: View<qube_largest_view>,
}

/// The largest size that fits.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_largest_view {
    pub struct_size: usize,
    /// The limit of a node.
    pub limit_bytes: i64,
    /// The last value that fits; 0 unless kind is QUBE_LARGEST_VALUE.
    pub value: i64,
    /// Bytes of a node with it, or with any value; 0 if none fits.
    pub per_node_bytes: i64,
    /// The next value, which does not fit (nside: the next power of two; nodes: one less). If none
    /// fits, the least (nodes: the most tried). 0: there is none, or it was not tried.
    pub next_value: i64,
    /// Bytes of a node with it; -1: past 2^63 - 1; 0 without it.
    pub next_per_node_bytes: i64,
    /// The answer in one sentence, without a newline.
    pub message: *const c_char,
    /// QUBE_SIZE_NSIDE to _PARAMETER.
    pub size: i32,
    /// QUBE_LARGEST_VALUE, _NONE or _ANY.
    pub kind: i32,
}

growable!(qube_largest_view);

/// Finds the largest size (of nodes: the fewest) with which a run fits the memory of its nodes.
/// Sizes derived from it follow, all others stay. The answer is exact: the next value does not fit.
/// A value that overflows does not fit. Time is logarithmic in the answer, except for nodes and
/// ranks of ECLIPSE: more ranks may form a worse grid, so these are tried one by one.
/// @param budget       the budget of the run
/// @param size         QUBE_SIZE_NSIDE to _RANKS_PER_NODE; nside needs a survey with nside and
///                     fsky, lmax a survey or ECLIPSE, maps ECLIPSE
/// @param job          nodes and ranks; NULL: one rank on one node. The number in question and the
///                     grid are replaced
/// @param limit_bytes  memory of a node, 1 or more, such as that of qube_memory_limit()
/// @param largest      the new answer
/// @return QUBE_OK, whether a value fits or not; QUBE_ERR_INPUT (limit_bytes, size, a size that
///         this run lacks or that other inputs replace, a number of the job, published sums),
///         QUBE_ERR_CONFLICT (ranks do not fill the grid; for bins, n_params is no multiple of
///         n_bins)
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

/// Finds the largest parameter of a pipeline with which it fits the memory of its nodes. Bytes need
/// not grow with a parameter: choices are tried one by one, from the largest; a range is searched
/// from the run's own value by doubled steps and bisection, so that the answer fits and the next
/// value does not. A value that overflows, or makes a size negative, does not fit.
/// @param budget       the budget of a pipeline; its other parameters stay
/// @param name         the parameter, not a switch
/// @param job          nodes and ranks; NULL: one rank on one node
/// @param limit_bytes  memory of a node, 1 or more, such as that of qube_memory_limit()
/// @param largest      the new answer
/// @return QUBE_OK, whether a value fits or not; QUBE_ERR_INPUT (limit_bytes, an unknown parameter,
///         a switch, a builder's budget, a number of the job), QUBE_ERR_CONFLICT (ranks do not fill
///         the grid), QUBE_ERR_DOCUMENT (a tried value makes the document invalid: give the
///         parameter a multiple_of)
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
/// @param largest  NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_largest_free(largest: *mut qube_largest) {
    unsafe { free_handle(largest) }
}

/// Fills the view of an answer.
/// @param largest  the answer
/// @param view     the view, with struct_size set
/// @return QUBE_OK, whether a value fits or not
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

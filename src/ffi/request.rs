//! Requests in C: the memory that a run asks a machine for, of which a handle is asked for its
//! parts.

use std::ffi::c_char;

use super::budget::{budget_in, number, qube_budget};
use super::guard::{free_handle, guard, guard_handle, reference, reference_mut};
use super::job::qube_job;
use super::ranks::located;
use super::status::Failure;
use super::structs::{self, Growable};
use super::text::{position, text_out};
use crate::budget::{Holding, LocalTooLarge, Part, Request, StageRequest};

/// Every rank has a copy of all matrices.
pub const QUBE_HOLDING_EVERY_RANK: i32 = 1;
/// Every node has one copy of all matrices, which its ranks share.
pub const QUBE_HOLDING_EVERY_NODE: i32 = 2;
/// All ranks together have one copy, spread block-cyclically.
pub const QUBE_HOLDING_SPREAD: i32 = 3;

/// The memory that a run asks for, put on nodes and ranks.
///
/// It never changes once made, so any number of threads may read one at the same time.
pub struct qube_request(pub(super) Request);

/// What a request comes to, filled by qube_request_memory(); 120 bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_memory {
    /// sizeof(qube_memory), set by the caller
    pub struct_size: usize,
    /// What a node must have.
    pub per_node_bytes: i64,
    /// What all nodes together must have.
    pub total_bytes: i64,
    /// What the ranks of a node share, margin included; 0 where they share nothing.
    pub shared_per_node_bytes: i64,
    /// What each rank has of its own, margin included.
    pub own_per_rank_bytes: i64,
    /// The resident size of one process in the stage that asks most, without the margin.
    pub resident_bytes: i64,
    /// The margin of one copy in that stage.
    pub margin_bytes: i64,
    /// The input that a copy has in all stages.
    pub input_bytes: i64,
    /// A process before it has any array.
    pub baseline_bytes: i64,
    /// The stage in which a node holds most, margin included; the first where several do.
    pub stage: i64,
    /// Rows of the grid over which matrices are spread; 0, as npcol and block, where they are not.
    pub nprow: i64,
    /// Columns of the grid.
    pub npcol: i64,
    /// Rows and columns of a block.
    pub block: i64,
    /// Terms with a matrix of which a rank holds more than 2^31 - 1 elements; 0 is good.
    pub n_too_large: i64,
    /// QUBE_HOLDING_EVERY_RANK, QUBE_HOLDING_EVERY_NODE or QUBE_HOLDING_SPREAD.
    pub holding: i32,
    /// 1: that stage was compared with measured runs. 0: it was not.
    pub calibrated: i32,
}

// SAFETY: repr(C), struct_size first, numbers without padding.
unsafe impl Growable for qube_memory {
    const NAME: &'static str = "qube_memory";
    const BASELINE: usize = 120;
    fn defaults() -> Self {
        qube_memory {
            struct_size: size_of::<Self>(),
            per_node_bytes: 0,
            total_bytes: 0,
            shared_per_node_bytes: 0,
            own_per_rank_bytes: 0,
            resident_bytes: 0,
            margin_bytes: 0,
            input_bytes: 0,
            baseline_bytes: 0,
            stage: 0,
            nprow: 0,
            npcol: 0,
            block: 0,
            n_too_large: 0,
            holding: 0,
            calibrated: 0,
        }
    }
}

/// What a stage asks for, filled by qube_request_stage(); 56 bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_stage_memory {
    /// sizeof(qube_stage_memory), set by the caller
    pub struct_size: usize,
    /// The peak of one copy; where matrices are spread, of the rank that holds most.
    pub peak_bytes: i64,
    /// The margin of one copy.
    pub margin_bytes: i64,
    /// One process with all that it reaches: peak, margin, input, baseline; shared or not.
    pub per_rank_bytes: i64,
    /// All processes of a node.
    pub per_node_bytes: i64,
    /// Parts that are alive at the peak; they are numbered 0 to n_parts - 1.
    pub n_parts: i64,
    /// 1: the stage was compared with measured runs. 0: it was not.
    pub calibrated: i32,
    /// 0
    pub reserved: i32,
}

// SAFETY: repr(C), struct_size first, numbers without padding.
unsafe impl Growable for qube_stage_memory {
    const NAME: &'static str = "qube_stage_memory";
    const BASELINE: usize = 56;
    fn defaults() -> Self {
        qube_stage_memory {
            struct_size: size_of::<Self>(),
            peak_bytes: 0,
            margin_bytes: 0,
            per_rank_bytes: 0,
            per_node_bytes: 0,
            n_parts: 0,
            calibrated: 0,
            reserved: 0,
        }
    }
}

/// The memory that a run asks a machine for.
///
/// @param budget  the budget of the run
/// @param job     nodes and ranks; NULL: defaults, one rank on one node
/// @param out     receives the request, to be freed by qube_request_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown fields set),
///         QUBE_ERR_INPUT (a number of the job outside its range, or one that the code has no use
///         for), QUBE_ERR_CONFLICT (a grid that the ranks do not fill), QUBE_ERR_OVERFLOW
///
/// A copy c of the arrays is the stage's peak, its margin and the resident input; b is the baseline
/// of a process. With R ranks on a node, and for ECLIPSE the c of the rank that holds most, a node
/// needs
/// @verbatim
///   R (c + b)   every rank has a copy, or the matrices are spread
///   c + R b     the ranks of a node share a copy
/// @endverbatim
/// The margin is the largest excess that was measured in the stage. Source: QUBE (CosmoForge),
/// arXiv 2605.21149: 138.9 GiB predicted in this way for a process, 139.5 measured.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_request(
    budget: *const qube_budget,
    job: *const qube_job,
    out: *mut *mut qube_request,
) -> i32 {
    guard_handle(out, "out", || {
        let budget = unsafe { budget_in(budget) }?;
        let job = unsafe { qube_job::checked(job) }?;
        Ok(qube_request(budget.request(&job)?))
    })
}

/// Frees a request.
///
/// @param request  the request, in use by no other thread; NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_request_free(request: *mut qube_request) {
    unsafe { free_handle(request) }
}

/// What the request comes to.
///
/// @param request  the request
/// @param out      receives the numbers; its struct_size must be set
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_request_memory(
    request: *const qube_request,
    out: *mut qube_memory,
) -> i32 {
    guard(|| {
        let request = unsafe { request_in(request) }?;
        // Of a grid all numbers are 2^30 at most.
        let [nprow, npcol, block] = request.grid().map_or([0; 3], |grid| {
            [grid.rows() as i64, grid.columns() as i64, grid.block() as i64]
        });
        let largest = request.largest();
        let memory = qube_memory {
            per_node_bytes: request.per_node_bytes().signed(),
            total_bytes: request.total_bytes().signed(),
            shared_per_node_bytes: request.shared_per_node_bytes().signed(),
            own_per_rank_bytes: request.own_per_rank_bytes().signed(),
            resident_bytes: request.resident_bytes().signed(),
            margin_bytes: largest.margin_bytes().signed(),
            input_bytes: request.input_bytes().signed(),
            baseline_bytes: request.baseline_bytes().signed(),
            stage: number(request.largest_position()),
            nprow,
            npcol,
            block,
            n_too_large: number(request.too_large().len()),
            holding: match request.holding() {
                Holding::Replicated => QUBE_HOLDING_EVERY_RANK,
                Holding::NodeShared => QUBE_HOLDING_EVERY_NODE,
                Holding::BlockCyclic => QUBE_HOLDING_SPREAD,
            },
            calibrated: largest.calibration().is_calibrated().into(),
            ..qube_memory::defaults()
        };
        unsafe { structs::write(&memory, out, "out") }
    })
}

/// How many stages there are: those of the budget, with the same numbers.
///
/// @param request  the request
/// @param count    receives the number, 1 or more
/// @return QUBE_OK; QUBE_ERR_NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_request_stage_count(
    request: *const qube_request,
    count: *mut i64,
) -> i32 {
    guard(|| {
        let request = unsafe { request_in(request) }?;
        *unsafe { reference_mut(count, "count") }? = number(request.stages().len());
        Ok(())
    })
}

/// The name of a stage.
///
/// @param request  the request
/// @param stage    the stage's number, counted from 0
/// @param buf      receives the name; NULL with cap 0 to ask for the length only
/// @param cap      bytes that buf can hold
/// @param length   receives the length in bytes, without the NUL
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION, QUBE_ERR_BUFFER (length is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_request_stage_name(
    request: *const qube_request,
    stage: i64,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let stage = stage_of(unsafe { request_in(request) }?, stage)?;
        unsafe { text_out(stage.name(), buf, cap, length) }
    })
}

/// What a stage asks for.
///
/// @param request  the request
/// @param stage    the stage's number, counted from 0
/// @param out      receives the numbers; its struct_size must be set
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size), QUBE_ERR_POSITION
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_request_stage(
    request: *const qube_request,
    stage: i64,
    out: *mut qube_stage_memory,
) -> i32 {
    guard(|| {
        let stage = stage_of(unsafe { request_in(request) }?, stage)?;
        let memory = qube_stage_memory {
            peak_bytes: stage.peak_bytes().signed(),
            margin_bytes: stage.margin_bytes().signed(),
            per_rank_bytes: stage.per_rank_bytes().signed(),
            per_node_bytes: stage.per_node_bytes().signed(),
            n_parts: number(stage.parts().len()),
            calibrated: stage.calibration().is_calibrated().into(),
            ..qube_stage_memory::defaults()
        };
        unsafe { structs::write(&memory, out, "out") }
    })
}

/// Where the margin of a stage is from, in a few words, such as "11.44 %, measured", "10.00 %, as
/// asked" or "not calibrated: never measured".
///
/// @param request  the request
/// @param stage    the stage's number, counted from 0
/// @param buf      receives the text; NULL with cap 0 to ask for the length only
/// @param cap      bytes that buf can hold
/// @param length   receives the length in bytes, without the NUL
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION, QUBE_ERR_BUFFER (length is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_request_margin_from(
    request: *const qube_request,
    stage: i64,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let request = unsafe { request_in(request) }?;
        let words = request.margin_words(stage_of(request, stage)?);
        unsafe { text_out(&words, buf, cap, length) }
    })
}

/// A part of a stage: a term of the budget that is alive at the peak, as one copy has it, or where
/// matrices are spread, as the rank has it that holds most.
///
/// @param request     the request
/// @param stage       the stage's number, counted from 0
/// @param part        the part's number in the stage, counted from 0
/// @param bytes       receives its bytes
/// @param persistent  receives 1 if it outlives the peak of its stage, 0 if it does not
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_request_part(
    request: *const qube_request,
    stage: i64,
    part: i64,
    bytes: *mut i64,
    persistent: *mut i32,
) -> i32 {
    guard(|| {
        let part = part_of(stage_of(unsafe { request_in(request) }?, stage)?, part)?;
        let bytes = unsafe { reference_mut(bytes, "bytes") }?;
        let persistent = unsafe { reference_mut(persistent, "persistent") }?;
        *bytes = part.bytes.signed();
        *persistent = part.is_persistent.into();
        Ok(())
    })
}

/// The name of a part, as its source names the array.
///
/// @param request  the request
/// @param stage    the stage's number, counted from 0
/// @param part     the part's number in the stage, counted from 0
/// @param buf      receives the name; NULL with cap 0 to ask for the length only
/// @param cap      bytes that buf can hold
/// @param length   receives the length in bytes, without the NUL
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION, QUBE_ERR_BUFFER (length is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_request_part_name(
    request: *const qube_request,
    stage: i64,
    part: i64,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let part = part_of(stage_of(unsafe { request_in(request) }?, stage)?, part)?;
        unsafe { text_out(part.name, buf, cap, length) }
    })
}

/// A matrix of which one rank holds more than 2^31 - 1 elements, which a ScaLAPACK with 32-bit
/// integers cannot number; where it first occurs.
///
/// @param request   the request
/// @param which     0 to n_too_large - 1 of qube_request_memory()
/// @param stage     receives the number of the first stage that has it, counted from 0
/// @param term      receives the term's number in that stage of the budget, as in
///                  qube_budget_term()
/// @param elements  receives the elements of one matrix on the fullest rank
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_request_too_large(
    request: *const qube_request,
    which: i64,
    stage: *mut i64,
    term: *mut i64,
    elements: *mut i64,
) -> i32 {
    guard(|| {
        let request = unsafe { request_in(request) }?;
        let local = too_large_of(request, which)?;
        let stage = unsafe { reference_mut(stage, "stage") }?;
        let term = unsafe { reference_mut(term, "term") }?;
        let elements = unsafe { reference_mut(elements, "elements") }?;
        (*stage, *term, *elements) = located(request.budget(), local)?;
        Ok(())
    })
}

/// The name of its term, as its source names the array.
///
/// @param request  the request
/// @param which    0 to n_too_large - 1 of qube_request_memory()
/// @param buf      receives the name; NULL with cap 0 to ask for the length only
/// @param cap      bytes that buf can hold
/// @param length   receives the length in bytes, without the NUL
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION, QUBE_ERR_BUFFER (length is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_request_too_large_name(
    request: *const qube_request,
    which: i64,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let local = too_large_of(unsafe { request_in(request) }?, which)?;
        unsafe { text_out(local.term, buf, cap, length) }
    })
}

pub(super) unsafe fn request_in<'a>(request: *const qube_request) -> Result<&'a Request, Failure> {
    Ok(&unsafe { reference(request, "request") }?.0)
}

fn stage_of(request: &Request, stage: i64) -> Result<&StageRequest, Failure> {
    let stages = request.stages();
    Ok(&stages[position("stage", stage, stages.len())?])
}

fn part_of(stage: &StageRequest, part: i64) -> Result<Part, Failure> {
    let parts = stage.parts();
    Ok(parts[position("part", part, parts.len())?])
}

fn too_large_of(request: &Request, which: i64) -> Result<&LocalTooLarge, Failure> {
    let too_large = request.too_large();
    Ok(&too_large[position("too large term", which, too_large.len())?])
}

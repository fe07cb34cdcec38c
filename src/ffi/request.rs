//! Requests: the memory that a run needs on nodes and ranks.

use std::ffi::c_char;

use super::arena::{Arena, View, viewed};
use super::budget::{QUBE_TERM_PERSISTENT, QUBE_TERM_TRANSIENT, qube_budget};
use super::guard::{free_handle, guard_handle, reference};
use super::job::qube_job;
use super::ranks::{local_matrices, qube_local_matrix};
use super::render::{
    QUBE_FORMAT_BARS, QUBE_FORMAT_BARS_ASCII, QUBE_FORMAT_JOB_SCRIPT,
    QUBE_FORMAT_JOB_SCRIPT_PER_CPU, QUBE_FORMAT_JSON, QUBE_FORMAT_MARKDOWN, QUBE_FORMAT_SCRIPT,
    QUBE_FORMAT_SVG, QUBE_FORMAT_TABLE, QUBE_FORMAT_TRACE, no_such_format, qube_render_options,
    rendered,
};
use super::status::Failure;
use super::structs::{self, growable, number};
use crate::Symbols;
use crate::run::{Holding, Part, Request, StageRequest};

/// Every rank holds all matrices.
pub const QUBE_HOLDING_REPLICATED: i32 = 1;
/// The ranks of a node share one copy of all matrices.
pub const QUBE_HOLDING_NODE_SHARED: i32 = 2;
/// All ranks together hold one copy, block-cyclic.
pub const QUBE_HOLDING_BLOCK_CYCLIC: i32 = 3;

/// Memory that a run needs on nodes and ranks.
pub struct qube_request {
    pub(super) request: Request,
    view: View<qube_request_view>,
}

/// A term live at the peak of a stage.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_part {
    pub name: *const c_char,
    /// Bytes of one copy; of a block-cyclic matrix, on the rank that holds most.
    pub bytes: i64,
    /// Bytes of the fullest node's ranks, shared copies once.
    pub node_bytes: i64,
    /// QUBE_TERM_PERSISTENT or _TRANSIENT.
    pub kind: i32,
    pub reserved: i32,
}

/// The request of a stage.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_stage_request {
    pub name: *const c_char,
    /// "11.44 %, measured", "10.00 %, as asked", "not calibrated ...".
    pub margin_from: *const c_char,
    /// The terms live at the peak.
    pub parts: *const qube_part,
    pub n_parts: i64,
    /// Peak of one copy; if block-cyclic, of the rank that holds most.
    pub peak_bytes: i64,
    /// Margin of one copy.
    pub margin_bytes: i64,
    /// All that a process reaches: peak, margin, input, baseline.
    pub per_rank_bytes: i64,
    /// All processes of a node.
    pub per_node_bytes: i64,
    /// 1: the stage was compared with measured runs.
    pub calibrated: i32,
    pub reserved: i32,
}

/// The contents of a request.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_request_view {
    pub struct_size: usize,
    /// Bytes that a node must have.
    pub per_node_bytes: i64,
    /// Bytes that all nodes together must have.
    pub total_bytes: i64,
    /// Shared by ranks of a node, with margin; 0: nothing.
    pub shared_per_node_bytes: i64,
    /// Each rank's own, margin included.
    pub own_per_rank_bytes: i64,
    /// Resident size of one process in peak_stage, without the margin.
    pub resident_bytes: i64,
    /// Margin of one copy in peak_stage.
    pub margin_bytes: i64,
    /// Input of a copy, in all stages.
    pub input_bytes: i64,
    /// A process before its first array.
    pub baseline_bytes: i64,
    /// Other bytes of each rank, from the job's resident_bytes.
    pub other_resident_bytes: i64,
    /// The first stage in which a node holds most, margin included.
    pub peak_stage: i64,
    /// The stages of the budget, in its order.
    pub stages: *const qube_stage_request,
    pub n_stages: i64,
    /// Matrices too large for 32-bit integers.
    pub too_large: *const qube_local_matrix,
    pub n_too_large: i64,
    /// Remarks on these numbers, a line each.
    pub notes: *const *const c_char,
    pub n_notes: i64,
    /// The need of a node, in one sentence.
    pub summary: *const c_char,
    /// Job script lines for the memory, the preferred one first.
    pub job_lines: *const *const c_char,
    pub n_job_lines: i64,
    /// Processors that a rank books, for its threads or for its memory.
    pub cores_per_rank: i64,
    /// Rows of the grid; 0, as npcol and block, without block-cyclic matrices.
    pub nprow: i64,
    /// Columns of the grid.
    pub npcol: i64,
    /// Rows and columns of a block.
    pub block: i64,
    /// QUBE_HOLDING_REPLICATED, _NODE_SHARED or _BLOCK_CYCLIC.
    pub holding: i32,
    /// 1: peak_stage was compared with measured runs.
    pub calibrated: i32,
}

growable!(qube_request_view);

/// Computes the memory that a run requests. With c the stage's peak, margin and input of one copy,
/// b the baseline of a process and R ranks on a node, a node needs
/// @verbatim
///   R (c + b)            replicated matrices
///   c + R b              node-shared matrices
///   sum of its c + b     block-cyclic matrices: ranks fill nodes in order, row by row of the grid
/// @endverbatim
/// The fullest node counts; above 1024 nodes of ECLIPSE, a bound that no node exceeds. The margin
/// is the largest excess measured in the stage; for a rank of ECLIPSE 30 % of its arrays below 100
/// MB, 10 % above 300 MB, linear in between.
/// Source: QUBE (CosmoForge), arXiv 2605.21149: 138.9 GiB predicted in this way without a margin,
/// 139.5 measured.
/// @param budget   the budget of the run
/// @param job      nodes and ranks; NULL: one rank on one node
/// @param request  the new request
/// @return QUBE_OK; QUBE_ERR_INPUT (a number of the job out of range, or not used by the program),
///         QUBE_ERR_CONFLICT (ranks do not fill the grid), QUBE_ERR_OVERFLOW
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_request(
    budget: *const qube_budget,
    job: *const qube_job,
    request: *mut *mut qube_request,
) -> i32 {
    guard_handle(request, "request", || {
        let budget = unsafe { reference(budget, "budget") }?;
        let job = unsafe { qube_job::checked(job) }?;
        Ok(qube_request::of(budget.budget.request(&job)?))
    })
}

/// Frees a request.
/// @param request  NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_request_free(request: *mut qube_request) {
    unsafe { free_handle(request) }
}

/// Fills the view of a request.
/// @param request  the request
/// @param view     the view, with struct_size set
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_request_get(
    request: *const qube_request,
    view: *mut qube_request_view,
) -> i32 {
    unsafe { viewed(request, "request", view, |handle| &handle.view, view_of) }
}

/// Renders a request. JSON "qube-request/2" has path, release, inputs (as in qube_budget_render()),
/// nodes, ranks_per_node, cpus_per_rank, holding ("replicated", "node-shared" or "block-cyclic"),
/// grid (of block-cyclic matrices: nprow, npcol, block), stages (each: name, peak_bytes,
/// margin_bytes, margin_from, calibrated, per_node_bytes), peak_stage, input_bytes, baseline_bytes,
/// other_resident_bytes, resident_bytes, margin_bytes, calibrated, shared_per_node_bytes,
/// own_per_rank_bytes, per_node_bytes, total_bytes, scheduler, cores_per_rank, job_script
/// (alternative lines), script (a whole one), summary, notes.
/// @param request  the request
/// @param format   QUBE_FORMAT_TABLE, _JSON, _SVG (bytes of a node), _JOB_SCRIPT,
///                 _JOB_SCRIPT_PER_CPU (not for PBS), _SCRIPT, _MARKDOWN, _TRACE, _BARS or
///                 _BARS_ASCII
/// @param options  a limit to show; NULL: none
/// @param text     the new document
/// @return QUBE_OK; QUBE_ERR_INPUT (a negative limit), QUBE_ERR_OVERFLOW
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_request_render(
    request: *const qube_request,
    format: i32,
    options: *const qube_render_options,
    text: *mut *mut c_char,
) -> i32 {
    rendered(text, || {
        let request = &unsafe { reference(request, "request") }?.request;
        let limit = unsafe { qube_render_options::limit(options) }?;
        match format {
            QUBE_FORMAT_TABLE => Ok(request.table()),
            QUBE_FORMAT_JSON => Ok(request.json()),
            QUBE_FORMAT_SVG => Ok(request.svg(limit)?),
            QUBE_FORMAT_JOB_SCRIPT => Ok(request.job_lines().first()),
            QUBE_FORMAT_JOB_SCRIPT_PER_CPU => request.job_lines().of_a_core().ok_or_else(|| {
                no_such_format(format, "QUBE_FORMAT_JOB_SCRIPT (5): PBS requests chunks only")
            }),
            QUBE_FORMAT_SCRIPT => Ok(request.script(None)),
            QUBE_FORMAT_MARKDOWN => Ok(request.markdown(limit)?),
            QUBE_FORMAT_TRACE => Ok(request.chrome_trace(limit)?),
            QUBE_FORMAT_BARS => Ok(request.bars(limit, Symbols::Blocks)?),
            QUBE_FORMAT_BARS_ASCII => Ok(request.bars(limit, Symbols::Ascii)?),
            _ => Err(no_such_format(
                format,
                "QUBE_FORMAT_TABLE (1), _JSON (2), _SVG (3), _JOB_SCRIPT (5), \
                 _JOB_SCRIPT_PER_CPU (6), _SCRIPT (7), _MARKDOWN (8), _TRACE (9), _BARS (10) or \
                 _BARS_ASCII (11)",
            )),
        }
    })
}

impl qube_request {
    pub(super) fn of(request: Request) -> qube_request {
        qube_request { request, view: View::default() }
    }
}

fn view_of(handle: &qube_request, arena: &mut Arena) -> Result<qube_request_view, Failure> {
    let request = &handle.request;
    let (stages, n_stages) =
        arena.array_of(request.stages(), |arena, stage| stage_of(request, stage, arena))?;
    let (too_large, n_too_large) = local_matrices(request.budget(), request.too_large(), arena)?;
    let (notes, n_notes) = arena.array_of(request.notes(), |arena, note| arena.text(&note))?;
    let (job_lines, n_job_lines) =
        arena.array_of(request.job_lines().alternatives(), |arena, line| arena.text(&line))?;
    // Of a grid all numbers are 2^30 at most.
    let [nprow, npcol, block] = request
        .grid()
        .map_or([0; 3], |grid| [grid.rows() as i64, grid.columns() as i64, grid.block() as i64]);
    let largest = request.largest();
    Ok(qube_request_view {
        per_node_bytes: request.per_node_bytes().signed(),
        total_bytes: request.total_bytes().signed(),
        shared_per_node_bytes: request.shared_per_node_bytes().signed(),
        own_per_rank_bytes: request.own_per_rank_bytes().signed(),
        resident_bytes: request.resident_bytes().signed(),
        margin_bytes: largest.margin_bytes().signed(),
        input_bytes: request.input_bytes().signed(),
        baseline_bytes: request.baseline_bytes().signed(),
        other_resident_bytes: request.other_resident_bytes().signed(),
        peak_stage: number(request.largest_position()),
        stages,
        n_stages,
        too_large,
        n_too_large,
        notes,
        n_notes,
        summary: arena.text(&request.summary())?,
        job_lines,
        n_job_lines,
        cores_per_rank: request.job_lines().cores_per_rank() as i64, // 2^20 at most
        nprow,
        npcol,
        block,
        holding: match request.holding() {
            Holding::Replicated => QUBE_HOLDING_REPLICATED,
            Holding::NodeShared => QUBE_HOLDING_NODE_SHARED,
            Holding::BlockCyclic => QUBE_HOLDING_BLOCK_CYCLIC,
        },
        calibrated: largest.calibration().is_calibrated().into(),
        ..structs::Growable::defaults()
    })
}

fn stage_of(
    request: &Request,
    stage: &StageRequest,
    arena: &mut Arena,
) -> Result<qube_stage_request, Failure> {
    let (parts, n_parts) = arena.array_of(
        stage.parts(),
        |arena, &Part { ref name, bytes, node_bytes, is_persistent }| {
            Ok(qube_part {
                name: arena.text(name)?,
                bytes: bytes.signed(),
                node_bytes: node_bytes.signed(),
                kind: if is_persistent { QUBE_TERM_PERSISTENT } else { QUBE_TERM_TRANSIENT },
                reserved: 0,
            })
        },
    )?;
    Ok(qube_stage_request {
        name: arena.text(stage.name())?,
        margin_from: arena.text(&request.margin_words(stage))?,
        parts,
        n_parts,
        peak_bytes: stage.peak_bytes().signed(),
        margin_bytes: stage.margin_bytes().signed(),
        per_rank_bytes: stage.per_rank_bytes().signed(),
        per_node_bytes: stage.per_node_bytes().signed(),
        calibrated: stage.calibration().is_calibrated().into(),
        reserved: 0,
    })
}

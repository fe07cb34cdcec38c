//! Fits: a run against the memory of its nodes, and changes that make it fit.

use std::ffi::c_char;

use super::arena::{Arena, View, viewed};
use super::budget::{path_number, qube_budget};
use super::guard::{free_handle, guard_handle, reference};
use super::job::qube_job;
use super::render::{
    QUBE_FORMAT_JSON, QUBE_FORMAT_MARKDOWN, QUBE_FORMAT_TABLE, no_such_format, rendered,
};
use super::request::qube_request;
use super::status::Failure;
use super::structs::{self, growable, number};
use crate::budget::Bytes;
use crate::run::{Fit, Measure, PathSide, Paths};

/// QUBE, harmonic: release V once the kernels are built.
pub const QUBE_CHANGE_RELEASE_PROJECTOR: i32 = 1;
/// ECLIPSE: leave grid and block to the library.
pub const QUBE_CHANGE_BEST_GRID: i32 = 2;
/// QUBE: keep no derivatives in memory.
pub const QUBE_CHANGE_NO_DERIVATIVE_CACHE: i32 = 3;
/// ECLIPSE: this many maps in one run.
pub const QUBE_CHANGE_MAPS: i32 = 4;
/// ECLIPSE: do not check the inverse.
pub const QUBE_CHANGE_NO_INVERSE_CHECK: i32 = 5;
/// QUBE, pixel-direct: the newest release.
pub const QUBE_CHANGE_NEWEST_RELEASE: i32 = 6;
/// QUBE: this many ranks on a node.
pub const QUBE_CHANGE_RANKS_PER_NODE: i32 = 7;
/// ECLIPSE: this many nodes.
pub const QUBE_CHANGE_NODES: i32 = 8;
/// QUBE: its other path.
pub const QUBE_CHANGE_OTHER_PATH: i32 = 9;
/// QUBE, pixel-direct: this many bins, each with as many parameters.
pub const QUBE_CHANGE_N_BINS: i32 = 10;
/// A pipeline: a parameter, at its document's price.
pub const QUBE_CHANGE_PARAMETER: i32 = 20;

/// A run on its nodes against the memory of each node.
pub struct qube_fit {
    fit: Fit,
    request: qube_request,
    view: View<qube_fit_view>,
}

/// A single change that makes a run smaller.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_change {
    /// In a few words, such as "keep no derivatives in memory".
    pub words: *const c_char,
    /// The pipeline's parameter that changes; NULL: none.
    pub parameter: *const c_char,
    /// The new number (maps, ranks, nodes, bins, parameter), the nearest to the run's own that
    /// fits; 0 if the change has none.
    pub value: i64,
    /// Bytes of a node after it; -1: past 2^63 - 1.
    pub per_node_bytes: i64,
    /// QUBE_CHANGE_RELEASE_PROJECTOR to _PARAMETER.
    pub kind: i32,
    /// 1: it makes the run fit.
    pub fits: i32,
}

/// One of QUBE's paths for a survey.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_path {
    /// Lifetime peak of one copy; -1: past 2^63 - 1.
    pub lifetime_peak_bytes: i64,
    /// A node with inputs, baseline and margin; -1: past 2^63 - 1.
    pub per_node_bytes: i64,
    /// QUBE_PATH_HARMONIC or _PIXEL_DIRECT.
    pub path: i32,
    /// 1: a node holds at most the limit.
    pub fits: i32,
}

/// The contents of a fit. If the run fits, stage is -1, its bytes are 0, its texts NULL, and there
/// are no changes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_fit_view {
    pub struct_size: usize,
    /// The limit of a node.
    pub limit_bytes: i64,
    /// Limit minus bytes of a node; negative: the node exceeds the limit.
    pub spare_bytes: i64,
    /// The answer in one sentence, without a newline.
    pub message: *const c_char,
    /// The change to make, in one sentence; "" if it fits.
    pub advice: *const c_char,
    /// The first stage in which a node exceeds the limit.
    pub stage: i64,
    /// Its name.
    pub stage_name: *const c_char,
    /// Bytes of the node beyond the limit in that stage.
    pub stage_over_bytes: i64,
    /// The term that exceeds it, "baseline", "input" or "margin"; or NULL.
    pub term_name: *const c_char,
    /// Its bytes in one copy.
    pub term_bytes: i64,
    /// Changes that the run admits, the cheapest first; or none.
    pub changes: *const qube_change,
    pub n_changes: i64,
    /// The first change that makes it fit; -1: none.
    pub cheapest: i64,
    /// QUBE's harmonic and pixel-direct path: the run's own with its switches, the other with the
    /// published defaults. None for ECLIPSE, or if the sizes of one are unknown.
    pub paths: *const qube_path,
    /// 2 or 0.
    pub n_paths: i64,
    /// Survey inputs missing for both paths; NULL: none, or no survey.
    pub no_paths: *const c_char,
    /// The request of the run, borrowed from the fit.
    pub request: *const qube_request,
    /// As qube_path_by_time() for this run; 0 without paths.
    pub path_by_time: i32,
    /// 1: a node holds at most the limit.
    pub fits: i32,
}

growable!(qube_fit_view);

/// Compares the bytes of each node, as in qube_budget_request(), with its memory. If they exceed
/// it, tries single changes.
/// @param budget       the budget of the run; its sizes stay
/// @param job          nodes and ranks; NULL: one rank on one node
/// @param limit_bytes  memory of a node, 1 or more, such as that of qube_memory_limit()
/// @param fit          the new fit
/// @return QUBE_OK, whether it fits or not; QUBE_ERR_INPUT (limit_bytes, a number of the job out of
///         range or not used by the program, published sums), QUBE_ERR_CONFLICT (ranks do not fill
///         the grid), QUBE_ERR_OVERFLOW
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_fit(
    budget: *const qube_budget,
    job: *const qube_job,
    limit_bytes: i64,
    fit: *mut *mut qube_fit,
) -> i32 {
    guard_handle(fit, "fit", || {
        let run = unsafe { reference(budget, "budget") }?.run();
        let job = unsafe { qube_job::checked(job) }?;
        let fit = run.fit(&job, limit_bytes)?;
        let request = qube_request::of(fit.request().clone());
        Ok(qube_fit { fit, request, view: View::default() })
    })
}

/// Frees a fit.
/// @param fit  NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_fit_free(fit: *mut qube_fit) {
    unsafe { free_handle(fit) }
}

/// Fills the view of a fit.
/// @param fit   the fit
/// @param view  the view, with struct_size set
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_fit_get(fit: *const qube_fit, view: *mut qube_fit_view) -> i32 {
    unsafe { viewed(fit, "fit", view, |handle| &handle.view, view_of) }
}

/// Renders a fit. JSON "qube-fit/2" has limit_bytes, fits, spare_bytes, over (null if it fits:
/// stage, over_bytes, term, term_bytes), message, changes (each: change, value if it has one,
/// words, per_node_bytes, null on overflow, fits), cheapest_change (its number, or null), paths (if
/// both are known: by_time, sides), no_paths (what the survey lacks), request (as in
/// qube_request_render()).
/// @param fit     the fit
/// @param format  QUBE_FORMAT_TABLE, _JSON or _MARKDOWN
/// @param text    the new document
/// @return QUBE_OK, whether it fits or not
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_fit_render(
    fit: *const qube_fit,
    format: i32,
    text: *mut *mut c_char,
) -> i32 {
    rendered(text, || {
        let fit = &unsafe { reference(fit, "fit") }?.fit;
        match format {
            QUBE_FORMAT_TABLE => Ok(fit.table()),
            QUBE_FORMAT_JSON => Ok(fit.json(None)),
            QUBE_FORMAT_MARKDOWN => Ok(fit.markdown()?),
            _ => Err(no_such_format(format, "QUBE_FORMAT_TABLE (1), _JSON (2) or _MARKDOWN (8)")),
        }
    })
}

fn view_of(handle: &qube_fit, arena: &mut Arena) -> Result<qube_fit_view, Failure> {
    let fit = &handle.fit;
    let (changes, n_changes) = arena.array_of(fit.changes(), |arena, change| {
        Ok(qube_change {
            words: arena.text(&change.measure.words())?,
            parameter: arena.optional_text(match &change.measure {
                Measure::Parameter { name, .. } => Some(name),
                _ => None,
            })?,
            value: change.measure.value().unwrap_or(0) as i64, // a size of a run
            per_node_bytes: or_overflow(change.per_node),
            kind: kind_of(&change.measure),
            fits: change.fits.into(),
        })
    })?;
    let sides: &[PathSide] = fit.paths().map_or(&[], |paths| &paths.sides);
    let (paths, n_paths) = arena.array_of(sides, |_, side| {
        Ok(qube_path {
            lifetime_peak_bytes: or_overflow(side.lifetime_peak),
            per_node_bytes: or_overflow(side.per_node),
            path: path_number(side.path),
            fits: side.fits(fit.limit()).into(),
        })
    })?;
    let over = fit.over();
    let stage = over.map(|over| fit.request().stages()[over.stage_position].name());
    Ok(qube_fit_view {
        limit_bytes: fit.limit().signed(),
        spare_bytes: fit.spare(),
        message: arena.text(&fit.message())?,
        advice: arena.text(&fit.advice())?,
        stage: over.map_or(-1, |over| number(over.stage_position)),
        stage_name: arena.optional_text(stage)?,
        stage_over_bytes: over.map_or(0, |over| over.over.signed()),
        term_name: arena.optional_text(over.map(|over| &*over.term))?,
        term_bytes: over.map_or(0, |over| over.term_bytes.signed()),
        changes,
        n_changes,
        cheapest: fit.changes().iter().position(|change| change.fits).map_or(-1, number),
        paths,
        n_paths,
        no_paths: arena.optional_text(fit.no_paths())?,
        request: &raw const handle.request,
        path_by_time: fit.paths().map_or(0, |Paths { by_time, .. }| path_number(*by_time)),
        fits: fit.fits().into(),
        ..structs::Growable::defaults()
    })
}

fn kind_of(measure: &Measure) -> i32 {
    match measure {
        Measure::ReleaseProjector => QUBE_CHANGE_RELEASE_PROJECTOR,
        Measure::Grid(_) => QUBE_CHANGE_BEST_GRID,
        Measure::NoDerivativeCache => QUBE_CHANGE_NO_DERIVATIVE_CACHE,
        Measure::Maps(_) => QUBE_CHANGE_MAPS,
        Measure::NoInverseCheck => QUBE_CHANGE_NO_INVERSE_CHECK,
        Measure::NewestRelease => QUBE_CHANGE_NEWEST_RELEASE,
        Measure::RanksPerNode(_) => QUBE_CHANGE_RANKS_PER_NODE,
        Measure::Nodes(_) => QUBE_CHANGE_NODES,
        Measure::OtherPath(_) => QUBE_CHANGE_OTHER_PATH,
        Measure::Bins(_) => QUBE_CHANGE_N_BINS,
        Measure::Parameter { .. } => QUBE_CHANGE_PARAMETER,
    }
}

/// Bytes in C: -1 past 2^63 - 1.
pub(super) fn or_overflow(bytes: Option<Bytes>) -> i64 {
    bytes.map_or(-1, Bytes::signed)
}

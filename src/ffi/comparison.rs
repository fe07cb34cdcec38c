//! Comparisons: predicted and measured sizes.

use std::ffi::c_char;

use super::arena::{Arena, View, viewed};
use super::budget::qube_budget;
use super::guard::{free_handle, guard_handle, reference};
use super::job::{Asked, qube_grid};
use super::render::{
    QUBE_FORMAT_BARS, QUBE_FORMAT_BARS_ASCII, QUBE_FORMAT_JSON, QUBE_FORMAT_MARKDOWN,
    QUBE_FORMAT_TABLE, QUBE_FORMAT_TRACE, no_such_format, rendered,
};
use super::request::qube_request;
use super::status::Failure;
use super::structs::{self, growable};
use super::text::{text_in, texts_in};
use crate::Symbols;
use crate::budget::{Budget, Bytes, Grid};
use crate::run::{Comparison, Figure, Measured, Request, StageComparison};

/// Predicted and measured sizes of a run.
pub struct qube_comparison {
    predicted: Predicted,
    measured: Vec<Measured>,
    view: View<qube_comparison_view>,
}

enum Predicted {
    Budget(Box<Budget>, Option<Grid>),
    Request(Box<Request>),
}

/// A size, predicted and perhaps measured.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_figure {
    /// The budget's bytes, -1 if it has none (published sums are of peaks); beside a request the
    /// resident size without the margin.
    pub predicted_bytes: i64,
    /// Requested, margin included; -1 beside a budget.
    pub requested_bytes: i64,
    /// Measured resident size, baseline included; -1: not measured.
    pub measured_bytes: i64,
    /// Measured minus the baseline; 0: not measured.
    pub above_baseline_bytes: i64,
    /// Measured minus predicted; 0: not measured.
    pub difference_bytes: i64,
    /// The same in per cent of the prediction.
    pub difference_percent: f64,
}

/// A stage, predicted and measured.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_stage_comparison {
    pub name: *const c_char,
    /// Held when the stage ends.
    pub end: qube_figure,
    /// The most held in the stage.
    pub peak: qube_figure,
}

/// A rank, predicted and measured.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_rank_comparison {
    /// Its number; -1: the rank that holds least, in a record of all ranks.
    pub rank: i64,
    /// Its row in the grid; -1 without a grid.
    pub row: i64,
    /// Its column, likewise.
    pub column: i64,
    /// Held before the first stage; -1: not measured.
    pub baseline_bytes: i64,
    /// The stages of the budget, in its order.
    pub stages: *const qube_stage_comparison,
    pub n_stages: i64,
    /// The largest of the run.
    pub lifetime_peak: qube_figure,
}

/// A unit of the pipeline's formulas; an array that a budget misses shows as a difference of 1.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_unit {
    /// "p", "m", "x", ...
    pub symbol: *const c_char,
    /// Its product: "n_modes^2".
    pub words: *const c_char,
    /// Its bytes; on a grid, a rank's share.
    pub bytes: i64,
}

/// A figure that differs from its prediction by 2 per cent or more, and its possible cause.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_difference {
    /// The stage; "lifetime" for the run.
    pub stage: *const c_char,
    /// Cause: "+4.0 m: four arrays of n_modes^2 that the budget does not name".
    pub may_be: *const c_char,
    /// Measured minus predicted.
    pub bytes: i64,
    /// 1: of the peak; 0: of the end.
    pub is_peak: i32,
    pub reserved: i32,
}

/// The contents of a comparison.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_comparison_view {
    pub struct_size: usize,
    /// In the order of the budget; the largest of several ranks.
    pub stages: *const qube_stage_comparison,
    pub n_stages: i64,
    /// Steps that were measured but not predicted.
    pub not_predicted: *const *const c_char,
    pub n_not_predicted: i64,
    /// The first unit, n_pix^2 doubles; 0: there is none.
    pub unit_bytes: i64,
    /// Held before the first stage; -1: not measured.
    pub baseline_bytes: i64,
    /// The largest of the run.
    pub lifetime_peak: qube_figure,
    /// Rank by rank, for several records or a grid.
    pub ranks: *const qube_rank_comparison,
    pub n_ranks: i64,
    /// The pipeline's own units.
    pub units: *const qube_unit,
    pub n_units: i64,
    /// Figures off their predictions, with possible causes.
    pub differences: *const qube_difference,
    pub n_differences: i64,
    /// Remarks on this run's figures, a line each.
    pub notes: *const *const c_char,
    pub n_notes: i64,
    /// 1: all measurements are within the request; 0: not; -1: no request.
    pub within_request: i32,
    pub reserved: i32,
}

growable!(qube_comparison_view);

/// Compares measurements of a run with its budget. They are the text of
/// - a log with a figure per line: "STAGE SIZE" (at the stage's end), "STAGE entry SIZE", "STAGE
///   peak SIZE" (the largest in it), "baseline SIZE" (before the first stage; it is subtracted) or
///   "lifetime peak SIZE" (the largest of the run). A size is bytes, or a decimal with KiB, MiB,
///   GiB, TiB, kB, MB, GB or TB, all powers of 1024 unless a line "mb 1000" makes the last four
///   decimal. "rank N", or "row N" and "column N", name the rank; # begins a comment;
/// - JSON "qube-measured/1" with baseline_bytes, peak_rss_bytes (the largest of the run) and stages
///   (each: name, entry_rss_bytes, rss_bytes, peak_rss_bytes); it needs stages only, and of each
///   the name and one size. A meter writes it: qube_meter_render();
/// - the profile of QUBE's benchmarks, whose MB are 2^20 bytes. A stage ends at the entry of the
///   next, as its exit is sampled within;
/// - the output of sacct (MaxRSS) or /usr/bin/time -v: the largest of the run.
///
/// @param budget      the budget
/// @param measured    the measurements, resident sizes
/// @param comparison  the new comparison
/// @return QUBE_OK; QUBE_ERR_DOCUMENT (unreadable measurements, with the line),
///         QUBE_ERR_UNKNOWN_STAGE (with the known names; beside ECLIPSE's published sums all its
///         steps are known), QUBE_ERR_OVERFLOW
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_compare(
    budget: *const qube_budget,
    measured: *const c_char,
    comparison: *mut *mut qube_comparison,
) -> i32 {
    guard_handle(comparison, "comparison", || {
        let budget = &unsafe { reference(budget, "budget") }?.budget;
        let measured = vec![Measured::parse(unsafe { text_in(measured, "measured") }?)?];
        qube_comparison::of(Predicted::Budget(Box::new(budget.clone()), None), measured)
    })
}

/// Compares measurements rank by rank. Records that name no rank are those of rank 0, 1, 2, ... in
/// order; ranks of a grid are numbered row by row. A record of all ranks (qube_meter_reduce())
/// compares its fullest and least rank with those of the grid.
/// @param budget      the budget
/// @param grid        the grid of block-cyclic matrices; NULL: each rank holds the whole budget
/// @param measured    n_measured records, each as for qube_budget_compare()
/// @param n_measured  length of measured, 1 or more
/// @param comparison  the new comparison
/// @return as qube_budget_compare(); QUBE_ERR_INPUT (n_measured, or a size of the grid out of
///         range), QUBE_ERR_POSITION (a rank outside the grid), QUBE_ERR_DUPLICATE (two records of
///         one rank), QUBE_ERR_CONFLICT (a record of all ranks of another grid)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_compare_ranks(
    budget: *const qube_budget,
    grid: *const qube_grid,
    measured: *const *const c_char,
    n_measured: i64,
    comparison: *mut *mut qube_comparison,
) -> i32 {
    guard_handle(comparison, "comparison", || {
        let budget = &unsafe { reference(budget, "budget") }?.budget;
        let grid = match grid.is_null() {
            true => None,
            false => match unsafe { structs::read(grid, "grid") }?.asked()? {
                Asked::Grid(grid) => Some(grid),
                Asked::Squarest(ranks) => Some(Grid::squarest(ranks)?),
            },
        };
        let measured = unsafe { records(measured, n_measured) }?;
        qube_comparison::of(Predicted::Budget(Box::new(budget.clone()), grid), measured)
    })
}

/// Compares measured resident sizes with a request: a rank at the peak of a stage with its input
/// and baseline, without and with the margin. Nothing is subtracted from the measurements.
/// @param request     the request
/// @param measured    n_measured records, each as for qube_budget_compare()
/// @param n_measured  length of measured, 1 or more
/// @param comparison  the new comparison
/// @return as qube_budget_compare_ranks()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_request_compare(
    request: *const qube_request,
    measured: *const *const c_char,
    n_measured: i64,
    comparison: *mut *mut qube_comparison,
) -> i32 {
    guard_handle(comparison, "comparison", || {
        let request = &unsafe { reference(request, "request") }?.request;
        let measured = unsafe { records(measured, n_measured) }?;
        qube_comparison::of(Predicted::Request(Box::new(request.clone())), measured)
    })
}

/// # Safety
/// As for `texts_in`.
unsafe fn records(measured: *const *const c_char, count: i64) -> Result<Vec<Measured>, Failure> {
    let texts = unsafe { texts_in(measured, count, ("measured", "n_measured")) }?;
    Ok(texts.into_iter().map(Measured::parse).collect::<crate::Result<_>>()?)
}

/// Frees a comparison.
/// @param comparison  NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_comparison_free(comparison: *mut qube_comparison) {
    unsafe { free_handle(comparison) }
}

/// Fills the view of a comparison.
/// @param comparison  the comparison
/// @param view        the view, with struct_size set
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_comparison_get(
    comparison: *const qube_comparison,
    view: *mut qube_comparison_view,
) -> i32 {
    unsafe { viewed(comparison, "comparison", view, |handle| &handle.view, view_of) }
}

/// Renders a comparison: end and peak of every stage, predicted and measured, in GiB (2^30 bytes)
/// and in units of n_pix^2 doubles, the difference, and its possible cause in each unit of the
/// pipeline; the same for each rank. JSON "qube-compare/1" has path, program, release, model,
/// against ("budget" or "request"), n_pix, unit_bytes, units (each: symbol, words, bytes),
/// baseline_bytes, stages (each: name, end, peak), lifetime_peak, beside a request within_request,
/// for ranks grid and ranks (each: rank, row, column, baseline_bytes, stages, lifetime_peak),
/// differences (each: stage, figure, bytes, units, may_be), not_measured (stages), not_predicted,
/// notes. end, peak and lifetime_peak have predicted_bytes, beside a request requested_bytes,
/// measured_bytes, above_baseline_bytes, predicted_units, measured_units, difference_bytes,
/// difference_percent; null: unknown. qube_job.calibration reads it.
/// @param comparison  the comparison
/// @param format      QUBE_FORMAT_TABLE, _JSON, _MARKDOWN, _TRACE (predicted and measured as two
///                    tracks), _BARS or _BARS_ASCII
/// @param text        the new document
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_comparison_render(
    comparison: *const qube_comparison,
    format: i32,
    text: *mut *mut c_char,
) -> i32 {
    rendered(text, || {
        let compared = unsafe { reference(comparison, "comparison") }?.compared()?;
        match format {
            QUBE_FORMAT_TABLE => Ok(compared.table()),
            QUBE_FORMAT_JSON => Ok(compared.json()),
            QUBE_FORMAT_MARKDOWN => Ok(compared.markdown()),
            QUBE_FORMAT_TRACE => Ok(compared.chrome_trace()),
            QUBE_FORMAT_BARS => Ok(compared.bars(Symbols::Blocks)),
            QUBE_FORMAT_BARS_ASCII => Ok(compared.bars(Symbols::Ascii)),
            _ => Err(no_such_format(
                format,
                "QUBE_FORMAT_TABLE (1), _JSON (2), _MARKDOWN (8), _TRACE (9), _BARS (10) or \
                 _BARS_ASCII (11)",
            )),
        }
    })
}

impl qube_comparison {
    fn of(predicted: Predicted, measured: Vec<Measured>) -> Result<qube_comparison, Failure> {
        let made = qube_comparison { predicted, measured, view: View::default() };
        made.compared()?;
        Ok(made)
    }

    /// A comparison borrows its budget, so it is made anew at each use, which is cheap.
    fn compared(&self) -> Result<Comparison<'_>, Failure> {
        Ok(match &self.predicted {
            Predicted::Budget(budget, grid) => budget.compare_ranks(*grid, &self.measured)?,
            Predicted::Request(request) => request.compare(&self.measured)?,
        })
    }
}

fn view_of(handle: &qube_comparison, arena: &mut Arena) -> Result<qube_comparison_view, Failure> {
    let compared = handle.compared()?;
    let (stages, n_stages) = stages_of(compared.stages(), arena)?;
    let (not_predicted, n_not_predicted) =
        arena.array_of(compared.not_predicted(), |arena, name| arena.text(name))?;
    let place = |place: Option<u64>| place.map_or(-1, |number| number as i64); // 2^40 at most
    let (ranks, n_ranks) = arena.array_of(compared.ranks(), |arena, rank| {
        let (stages, n_stages) = stages_of(rank.stages(), arena)?;
        Ok(qube_rank_comparison {
            rank: place(rank.rank),
            row: place(rank.place.map(|(row, _)| row)),
            column: place(rank.place.map(|(_, column)| column)),
            baseline_bytes: rank.baseline().map_or(-1, Bytes::signed),
            stages,
            n_stages,
            lifetime_peak: figure(Some(rank.lifetime_peak())),
        })
    })?;
    let (units, n_units) = arena.array_of(compared.units(), |arena, unit| {
        let (symbol, words) = (arena.text(&unit.symbol)?, arena.text(&unit.words)?);
        Ok(qube_unit { symbol, words, bytes: unit.bytes.signed() })
    })?;
    let (differences, n_differences) = arena.array_of(compared.surpluses(), |arena, found| {
        Ok(qube_difference {
            stage: arena.text(&found.stage)?,
            may_be: arena.text(&found.words)?,
            bytes: found.bytes,
            is_peak: found.is_peak.into(),
            reserved: 0,
        })
    })?;
    let (notes, n_notes) = arena.array_of(compared.notes(), |arena, note| arena.text(note))?;
    Ok(qube_comparison_view {
        stages,
        n_stages,
        not_predicted,
        n_not_predicted,
        unit_bytes: compared.unit().signed(),
        baseline_bytes: compared.baseline().map_or(-1, Bytes::signed),
        lifetime_peak: figure(Some(compared.lifetime_peak())),
        ranks,
        n_ranks,
        units,
        n_units,
        differences,
        n_differences,
        notes,
        n_notes,
        within_request: compared.is_within_request().map_or(-1, i32::from),
        ..structs::Growable::defaults()
    })
}

fn stages_of(
    stages: &[StageComparison],
    arena: &mut Arena,
) -> Result<(*const qube_stage_comparison, i64), Failure> {
    arena.array_of(stages, |arena, stage| {
        Ok(qube_stage_comparison {
            name: arena.text(&stage.name)?,
            end: figure(stage.end),
            peak: figure(Some(stage.peak)),
        })
    })
}

fn figure(figure: Option<Figure>) -> qube_figure {
    let bytes = |bytes: Option<Bytes>| bytes.map_or(-1, Bytes::signed);
    qube_figure {
        predicted_bytes: bytes(figure.map(|figure| figure.predicted)),
        requested_bytes: bytes(figure.and_then(|figure| figure.requested)),
        measured_bytes: bytes(figure.and_then(|figure| figure.measured)),
        above_baseline_bytes: figure.and_then(|figure| figure.above_baseline).unwrap_or(0),
        difference_bytes: figure.and_then(|figure| figure.difference()).unwrap_or(0),
        difference_percent: figure.and_then(|figure| figure.difference_percent()).unwrap_or(0.0),
    }
}

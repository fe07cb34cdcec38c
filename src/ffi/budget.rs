//! Budgets: stages, terms and events of a run, in bytes.

use std::ffi::c_char;

use super::arena::{Arena, View, viewed};
use super::guard::{free_handle, reference};
use super::render::{
    QUBE_FORMAT_BARS, QUBE_FORMAT_BARS_ASCII, QUBE_FORMAT_JSON, QUBE_FORMAT_MARKDOWN,
    QUBE_FORMAT_SVG, QUBE_FORMAT_TABLE, QUBE_FORMAT_TRACE, no_such_format, qube_render_options,
    rendered,
};
use super::status::Failure;
use super::structs::{self, growable, number};
use crate::Symbols;
use crate::budget::{Budget, Holder, Layout, Path, Stage, Term};
use crate::run::Run;

/// Live at the stage's peak and at its end.
pub const QUBE_TERM_PERSISTENT: i32 = 1;
/// Live at the stage's peak only.
pub const QUBE_TERM_TRANSIENT: i32 = 2;
/// Allocated after the stage's peak, live at its end.
pub const QUBE_TERM_POST_PEAK: i32 = 3;

/// Every rank has the whole array.
pub const QUBE_LAYOUT_REPLICATED: i32 = 1;
/// The ranks of a node share one copy.
pub const QUBE_LAYOUT_NODE_SHARED: i32 = 2;
/// As in ScaLAPACK: blocks over process rows and columns.
pub const QUBE_LAYOUT_BLOCK_CYCLIC: i32 = 3;
/// Rows over process rows; each process column has a copy.
pub const QUBE_LAYOUT_ROWS: i32 = 4;
/// Columns over process columns; each process row has a copy.
pub const QUBE_LAYOUT_COLUMNS: i32 = 5;
/// Budgets only: along a block-cyclic matrix, (local rows + local columns) x block elements.
pub const QUBE_LAYOUT_PANELS: i32 = 6;
/// Budgets only: the largest message between two ranks.
pub const QUBE_LAYOUT_MESSAGE: i32 = 7;

/// Every rank has its part.
pub const QUBE_HOLDER_EVERY_RANK: i32 = 1;
/// Only ranks of the first process row have their parts.
pub const QUBE_HOLDER_FIRST_ROW: i32 = 2;
/// Only the rank at (0, 0) has its part.
pub const QUBE_HOLDER_FIRST_RANK: i32 = 3;

/// QUBE's harmonic path.
pub const QUBE_PATH_HARMONIC: i32 = 1;
/// QUBE's pixel-direct path.
pub const QUBE_PATH_PIXEL_DIRECT: i32 = 2;
/// ECLIPSE.
pub const QUBE_PATH_ECLIPSE: i32 = 3;
/// QUBE's traditional path.
pub const QUBE_PATH_TRADITIONAL: i32 = 4;
/// A pipeline of the host's own.
pub const QUBE_PATH_PIPELINE: i32 = 5;

/// Bytes of measured runs: the default, the basis of every decision.
pub const QUBE_MODEL_HELD: i32 = 0;
/// The formulas that the program's authors publish.
pub const QUBE_MODEL_PUBLISHED: i32 = 1;
/// The totals that the program writes into its log.
pub const QUBE_MODEL_PRINTED: i32 = 2;

/// Stages and terms of a run in bytes, with its inputs.
pub struct qube_budget {
    pub(super) budget: Budget,
    run: Run,
    view: View<qube_budget_view>,
}

/// An array, or several of one kind, under the name that its source uses.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_term {
    pub name: *const c_char,
    /// Bytes of all copies.
    pub bytes: i64,
    /// Arrays of this shape.
    pub copies: i64,
    /// Rows of each.
    pub rows: i64,
    /// Columns of each.
    pub columns: i64,
    /// Bytes of an element, 8 for a double.
    pub element_bytes: i64,
    /// QUBE_TERM_PERSISTENT, _TRANSIENT or _POST_PEAK.
    pub kind: i32,
    /// QUBE_LAYOUT_REPLICATED to _MESSAGE: its distribution over ranks. Panels and messages are
    /// work arrays that depend on the grid; bytes is then that of one rank alone.
    pub layout: i32,
    /// QUBE_HOLDER_EVERY_RANK to _FIRST_RANK: the ranks that hold it.
    pub holder: i32,
    pub reserved: i32,
}

/// A stage of a budget.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_stage {
    /// Such as "basis_setup".
    pub name: *const c_char,
    /// Persistent terms, then transient, then post-peak ones.
    pub terms: *const qube_term,
    pub n_terms: i64,
    /// Sum of the persistent terms.
    pub persistent_bytes: i64,
    /// Sum of the transient terms.
    pub transient_bytes: i64,
    /// persistent_bytes + transient_bytes.
    pub peak_bytes: i64,
    /// Held at the stage's end: persistent and post-peak terms.
    pub end_bytes: i64,
    pub reserved: i64,
}

/// An allocation or deallocation in a step.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_event {
    /// Such as "+ maps".
    pub what: *const c_char,
    /// Bytes allocated, or freed (negative).
    pub delta_bytes: i64,
    /// Bytes held after it, over all ranks.
    pub total_bytes: i64,
    /// The program's own number of the step, from 1.
    pub step: i32,
    /// 1: the program prints its total here.
    pub printed: i32,
}

/// An input of a budget.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_input {
    /// As in the config.
    pub name: *const c_char,
    /// Its value in words: a number, "yes", "no", a name, or "absent".
    pub value: *const c_char,
    /// What it derives from, such as "12 nside^2 fsky"; NULL: it was given.
    pub from: *const c_char,
}

/// The contents of a budget.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_budget_view {
    pub struct_size: usize,
    /// The largest peak of all stages.
    pub lifetime_peak_bytes: i64,
    /// The first stage that has it.
    pub peak_stage: i64,
    /// The stages in the order of the run, 1 or more.
    pub stages: *const qube_stage,
    pub n_stages: i64,
    /// ECLIPSE's allocations and deallocations, in order; else none.
    pub events: *const qube_event,
    pub n_events: i64,
    /// The inputs, derived ones included.
    pub inputs: *const qube_input,
    pub n_inputs: i64,
    /// The release that the formulas describe, such as "1.1".
    pub release: *const c_char,
    /// A remark on these numbers; "" if there is none.
    pub note: *const c_char,
    /// QUBE_PATH_HARMONIC to QUBE_PATH_PIPELINE.
    pub path: i32,
    /// QUBE_MODEL_HELD, _PUBLISHED or _PRINTED.
    pub model: i32,
    /// The program: "QUBE", "ECLIPSE", or a pipeline's own name.
    pub program: *const c_char,
    /// The lifetime peak that the program's own calculator prints for this run; 0 if it has none,
    /// or if model is not QUBE_MODEL_HELD.
    pub published_peak_bytes: i64,
}

growable!(qube_budget_view);

/// Frees a budget.
/// @param budget  NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_free(budget: *mut qube_budget) {
    unsafe { free_handle(budget) }
}

/// Fills the view of a budget.
/// @param budget  the budget
/// @param view    the view, with struct_size set
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_get(
    budget: *const qube_budget,
    view: *mut qube_budget_view,
) -> i32 {
    unsafe { viewed(budget, "budget", view, |handle| &handle.view, view_of) }
}

/// Renders a budget. JSON "qube-budget/2" has path, release, inputs (by name: value, derived,
/// from), for ECLIPSE events (each: step, what, delta_bytes, total_bytes, printed) and published
/// (the sums of its guide, as stages), stages (each: name, the arrays persistent, transient and, if
/// any, post_peak of {name, bytes}, persistent_bytes, transient_bytes, peak_bytes, end_bytes),
/// lifetime_peak_bytes, peak_stage, note.
/// @param budget   the budget
/// @param format   QUBE_FORMAT_TABLE, _JSON, _SVG (the stages as stacked bars), _MARKDOWN, _TRACE,
///                 _BARS or _BARS_ASCII
/// @param options  a limit to show; NULL: none
/// @param text     the new document
/// @return QUBE_OK; QUBE_ERR_INPUT (a negative limit)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_render(
    budget: *const qube_budget,
    format: i32,
    options: *const qube_render_options,
    text: *mut *mut c_char,
) -> i32 {
    rendered(text, || {
        let budget = &unsafe { reference(budget, "budget") }?.budget;
        let limit = unsafe { qube_render_options::limit(options) }?;
        match format {
            QUBE_FORMAT_TABLE => Ok(budget.table()),
            QUBE_FORMAT_JSON => Ok(budget.json()),
            QUBE_FORMAT_SVG => Ok(budget.svg(limit)?),
            QUBE_FORMAT_MARKDOWN => Ok(budget.markdown(limit)?),
            QUBE_FORMAT_TRACE => Ok(budget.chrome_trace(limit)?),
            QUBE_FORMAT_BARS => Ok(budget.bars(limit, Symbols::Blocks)?),
            QUBE_FORMAT_BARS_ASCII => Ok(budget.bars(limit, Symbols::Ascii)?),
            _ => Err(no_such_format(
                format,
                "QUBE_FORMAT_TABLE (1), _JSON (2), _SVG (3), _MARKDOWN (8), _TRACE (9), _BARS (10) \
                 or _BARS_ASCII (11)",
            )),
        }
    })
}

impl qube_budget {
    pub(super) fn of_run(run: Run) -> Result<qube_budget, Failure> {
        Ok(qube_budget { budget: run.budget()?, run, view: View::default() })
    }

    /// The run, of which questions of fit are asked.
    pub(super) fn run(&self) -> &Run {
        &self.run
    }
}

fn view_of(handle: &qube_budget, arena: &mut Arena) -> Result<qube_budget_view, Failure> {
    let budget = &handle.budget;
    let (stages, n_stages) = arena.array_of(budget.stages(), |arena, stage| {
        let (terms, n_terms) =
            arena.array_of(terms_of(stage), |arena, (kind, term)| term_of(term, kind, arena))?;
        Ok(qube_stage {
            name: arena.text(stage.name())?,
            terms,
            n_terms,
            persistent_bytes: stage.persistent_bytes().signed(),
            transient_bytes: stage.transient_bytes().signed(),
            peak_bytes: stage.peak_bytes().signed(),
            end_bytes: stage.end_bytes().signed(),
            reserved: 0,
        })
    })?;
    let (events, n_events) = arena.array_of(budget.trace(), |arena, event| {
        Ok(qube_event {
            what: arena.text(&event.what)?,
            delta_bytes: event.delta_bytes,
            total_bytes: event.total_bytes.signed(),
            step: event.step as i32, // steps are few
            printed: event.printed.into(),
        })
    })?;
    let (inputs, n_inputs) = arena.array_of(budget.inputs(), |arena, input| {
        Ok(qube_input {
            name: arena.text(&input.name)?,
            value: arena.text(&input.value.to_string())?,
            from: arena.optional_text(input.from.as_deref())?,
        })
    })?;
    Ok(qube_budget_view {
        lifetime_peak_bytes: budget.lifetime_peak_bytes().signed(),
        peak_stage: number(budget.peak_stage_position()),
        stages,
        n_stages,
        events,
        n_events,
        inputs,
        n_inputs,
        release: arena.text(budget.release())?,
        note: arena.text(budget.note())?,
        path: path_number(budget.path()),
        model: budget.model() as i32,
        published_peak_bytes: budget.published_peak_bytes().map_or(0, |peak| peak.signed()),
        program: arena.text(budget.program())?,
        ..structs::Growable::defaults()
    })
}

/// The terms of a stage, in the order in which they are numbered, and their kinds.
pub(super) fn terms_of(stage: &Stage) -> impl Iterator<Item = (i32, &Term)> {
    let kind = |kind| move |term| (kind, term);
    stage
        .persistent()
        .iter()
        .map(kind(QUBE_TERM_PERSISTENT))
        .chain(stage.transient().iter().map(kind(QUBE_TERM_TRANSIENT)))
        .chain(stage.post_peak().iter().map(kind(QUBE_TERM_POST_PEAK)))
}

fn term_of(term: &Term, kind: i32, arena: &mut Arena) -> Result<qube_term, Failure> {
    let shape = term.shape();
    Ok(qube_term {
        name: arena.text(term.name())?,
        bytes: term.bytes().signed(),
        // Each is at most the bytes.
        copies: shape.matrices as i64,
        rows: shape.rows as i64,
        columns: shape.columns as i64,
        element_bytes: shape.element_bytes as i64,
        kind,
        layout: match term.layout() {
            Layout::Whole => QUBE_LAYOUT_REPLICATED,
            Layout::NodeShared => QUBE_LAYOUT_NODE_SHARED,
            Layout::BlockCyclic => QUBE_LAYOUT_BLOCK_CYCLIC,
            Layout::Rows => QUBE_LAYOUT_ROWS,
            Layout::Columns => QUBE_LAYOUT_COLUMNS,
            Layout::Panels => QUBE_LAYOUT_PANELS,
            Layout::Message(_) => QUBE_LAYOUT_MESSAGE,
        },
        holder: match term.holder() {
            Holder::EveryRank => QUBE_HOLDER_EVERY_RANK,
            Holder::FirstRow => QUBE_HOLDER_FIRST_ROW,
            Holder::FirstRank => QUBE_HOLDER_FIRST_RANK,
        },
        reserved: 0,
    })
}

pub(super) fn path_number(path: Path) -> i32 {
    match path {
        Path::Harmonic => QUBE_PATH_HARMONIC,
        Path::PixelDirect => QUBE_PATH_PIXEL_DIRECT,
        Path::Eclipse => QUBE_PATH_ECLIPSE,
        Path::Traditional => QUBE_PATH_TRADITIONAL,
        Path::Pipeline => QUBE_PATH_PIPELINE,
    }
}

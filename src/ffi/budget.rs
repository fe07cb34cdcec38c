//! Budgets: the stages of a run, each with its named terms in bytes.

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
use crate::budget::{Budget, Holder, Layout, Path, Run, Stage, Symbols, Term};

/// Live at the stage's peak and when it ends.
pub const QUBE_TERM_PERSISTENT: i32 = 1;
/// Live only at the stage's peak.
pub const QUBE_TERM_TRANSIENT: i32 = 2;
/// Made after the stage's peak and kept.
pub const QUBE_TERM_POST_PEAK: i32 = 3;

/// Every rank has all of an array.
pub const QUBE_LAYOUT_REPLICATED: i32 = 1;
/// The ranks of a node share one copy.
pub const QUBE_LAYOUT_NODE_SHARED: i32 = 2;
/// Rows over the process rows and columns over the process columns, in blocks, as ScaLAPACK does.
pub const QUBE_LAYOUT_BLOCK_CYCLIC: i32 = 3;
/// Rows over the process rows; each process column has a copy.
pub const QUBE_LAYOUT_ROWS: i32 = 4;
/// Columns over the process columns; each process row has a copy.
pub const QUBE_LAYOUT_COLUMNS: i32 = 5;
/// Panels along a block-cyclic matrix: (local rows + local columns) x block elements. Only of
/// budgets.
pub const QUBE_LAYOUT_PANELS: i32 = 6;
/// The largest message between two ranks. Only of budgets.
pub const QUBE_LAYOUT_MESSAGE: i32 = 7;

/// Every rank has its part.
pub const QUBE_HOLDER_EVERY_RANK: i32 = 1;
/// Only the ranks of the first process row have theirs.
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

/// What runs were measured to hold: the default, and what everything that decides uses.
pub const QUBE_MODEL_HELD: i32 = 0;
/// The formulas that a program's authors publish.
pub const QUBE_MODEL_PUBLISHED: i32 = 1;
/// The totals that a program writes into its log.
pub const QUBE_MODEL_PRINTED: i32 = 2;

/// A memory budget: the stages of a run, each with its named terms in bytes, and the run itself, so
/// that a size can be changed and all others follow. It never changes once made.
pub struct qube_budget {
    pub(super) budget: Budget,
    run: Run,
    view: View<qube_budget_view>,
}

/// One array, or several of one kind, by the name that its source gives it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_term {
    /// Its name.
    pub name: *const c_char,
    /// Bytes of all copies.
    pub bytes: i64,
    /// Matrices of doubles.
    pub copies: i64,
    /// Rows of each.
    pub rows: i64,
    /// Columns of each.
    pub columns: i64,
    /// Bytes of an element, 8 of a double.
    pub element_bytes: i64,
    /// QUBE_TERM_PERSISTENT, _TRANSIENT or _POST_PEAK.
    pub kind: i32,
    /// QUBE_LAYOUT_REPLICATED to QUBE_LAYOUT_MESSAGE: how it is cut over ranks. Panels and messages
    /// are work arrays whose bytes follow from the grid; bytes is then what one rank alone holds.
    pub layout: i32,
    /// QUBE_HOLDER_EVERY_RANK to QUBE_HOLDER_FIRST_RANK: which ranks hold it.
    pub holder: i32,
    /// 0
    pub reserved: i32,
}

/// A stage of a budget.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_stage {
    /// Its name, such as "basis_setup".
    pub name: *const c_char,
    /// Persistent terms, then transient ones, then post-peak ones.
    pub terms: *const qube_term,
    /// How many there are.
    pub n_terms: i64,
    /// Sum of the persistent terms.
    pub persistent_bytes: i64,
    /// Sum of the transient terms.
    pub transient_bytes: i64,
    /// persistent_bytes + transient_bytes.
    pub peak_bytes: i64,
    /// What is held when the stage ends: persistent and post-peak terms.
    pub end_bytes: i64,
    /// 0
    pub reserved: i64,
}

/// Something that a step allocates or frees.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_event {
    /// What it is about, such as "+ maps".
    pub what: *const c_char,
    /// Bytes that come, or go (negative).
    pub delta_bytes: i64,
    /// Bytes held after it, over all ranks.
    pub total_bytes: i64,
    /// The step, as the program counts them, from 1.
    pub step: i32,
    /// 1: the program prints its total here.
    pub printed: i32,
}

/// An input of a budget.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_input {
    /// Its name, as in the config.
    pub name: *const c_char,
    /// Its value in words: a number, "yes", "no", a name, or "absent".
    pub value: *const c_char,
    /// What it was derived from, such as "12 nside^2 fsky"; NULL where it was given.
    pub from: *const c_char,
}

/// Everything that a budget tells, filled by qube_budget_get().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_budget_view {
    /// sizeof(qube_budget_view), set by the caller
    pub struct_size: usize,
    /// The largest peak of all stages, bytes.
    pub lifetime_peak_bytes: i64,
    /// The stage that has it, the first of several.
    pub peak_stage: i64,
    /// The stages in the order of the run.
    pub stages: *const qube_stage,
    /// How many there are, 1 or more.
    pub n_stages: i64,
    /// What ECLIPSE allocates and frees, in order.
    pub events: *const qube_event,
    /// How many there are; 0 for QUBE's paths and published sums.
    pub n_events: i64,
    /// The inputs, derived ones included.
    pub inputs: *const qube_input,
    /// How many there are.
    pub n_inputs: i64,
    /// The release that the formulas are of, such as "1.1".
    pub release: *const c_char,
    /// What to know of these numbers; "" if there is nothing.
    pub note: *const c_char,
    /// QUBE_PATH_HARMONIC to QUBE_PATH_PIPELINE.
    pub path: i32,
    /// QUBE_MODEL_HELD, _PUBLISHED or _PRINTED.
    pub model: i32,
    /// The program that it is a budget of: "QUBE", "ECLIPSE", or a pipeline's own name.
    pub program: *const c_char,
    /// The lifetime peak that the program's own calculator prints for this run; 0 where it has
    /// none, and where the model is not QUBE_MODEL_HELD.
    pub published_peak_bytes: i64,
}

growable!(qube_budget_view);

/// Frees a budget.
///
/// @param budget  the budget, in use by no other thread; NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_free(budget: *mut qube_budget) {
    unsafe { free_handle(budget) }
}

/// Everything that a budget tells.
///
/// @param budget  the budget
/// @param view    receives it; its struct_size must be set. What it points to lives as long as the
///                budget
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size), QUBE_ERR_LIMIT (no memory)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_get(
    budget: *const qube_budget,
    view: *mut qube_budget_view,
) -> i32 {
    unsafe { viewed(budget, "budget", view, |handle| &handle.view, view_of) }
}

/// A budget as a document.
///
/// The JSON document has schema ("qube-budget/2"), path, release, inputs (by name: value, derived,
/// and from, what from), for ECLIPSE events (each: step, what, delta_bytes, total_bytes, printed)
/// and published (the sums of its guide, as stages),
/// stages (each: name, persistent, transient, post_peak where there are any, which are arrays of
/// {name, bytes}, persistent_bytes, transient_bytes, peak_bytes, end_bytes), lifetime_peak_bytes,
/// peak_stage, note. Fields may be added, none renamed.
///
/// @param budget   the budget
/// @param format   QUBE_FORMAT_TABLE, _JSON, _SVG (the stages as stacked bars), _MARKDOWN, _TRACE,
///                 _BARS or _BARS_ASCII
/// @param options  a limit to show; NULL: none
/// @param text     receives the document, to be freed by qube_text_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown fields set),
///         QUBE_ERR_OPTION (format), QUBE_ERR_INPUT (a negative limit)
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

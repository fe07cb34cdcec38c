//! Budgets: the stages of a run, each with its named terms in bytes.

use std::ffi::c_char;

use super::arena::{Arena, View};
use super::config::{
    qube_auto_config, qube_eclipse_config, qube_harmonic_config, qube_pixel_direct_config,
    qube_survey, qube_traditional_config,
};
use super::guard::{free_handle, guard, guard_handle, reference, reference_mut};
use super::render::{
    QUBE_FORMAT_BARS, QUBE_FORMAT_BARS_ASCII, QUBE_FORMAT_JSON, QUBE_FORMAT_MARKDOWN,
    QUBE_FORMAT_SVG, QUBE_FORMAT_TABLE, QUBE_FORMAT_TRACE, no_such_format, qube_render_options,
    rendered,
};
use super::status::Failure;
use super::structs::{self, growable, number};
use crate::Error;
use crate::Symbols;
use crate::budget::{Budget, Holder, Layout, Path, Stage, Term};
use crate::run::{Run, path_by_time};

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

/// The budget of QUBE's harmonic path, above the baseline of the process.
///
/// Dense matrices of doubles; with p = 8 n_pix^2, x = 8 n_pix n_modes, m = 8 n_modes^2 bytes a run
/// holds:
/// @verbatim
///   stage             persistent                              transient
///   covariance_setup  p                                       p
///   basis_setup       p + x + m, switch: + m, V kept: + x     V released: x, switch: + p + x,
///                                                             QUBE reads the covariance: + p
///   fisher_run        as basis_setup                          one spectrum: 4m, several: 5m
///   spectra_run       as basis_setup                          5m
/// @endverbatim
/// "switch" means 0 < lmax < lmax_signal. With model QUBE_MODEL_PUBLISHED the terms of QUBE's own
/// calculator, which has neither the p that is read nor the 4m and 5m, but an m that spectra_run
/// keeps; so do runs with a pixel filter, of which nothing was measured. Measured runs held 0.1 %
/// less to 8.1 % more; below n_pix of 2048 a matrix that was freed may stay with the process.
/// From a survey with n_obs observed pixels, given, or round(12 nside^2 fsky), or those of a polar
/// cap, 2 i (i + 1) with i = floor(nside sqrt(6 fsky)):
/// @verbatim
///   n_pix    T: n_obs      QU: 2 n_obs      TQU: n_obs + 2 n_obs_polarisation
///   n_modes  (lmax + 1)^2 - lmin^2, for QU twice, for TQU three times
/// @endverbatim
/// Source: runs of qube-qml 1.1.0 to 1.3.0; qube.memory_budget (CosmoForge, arXiv 2605.21149);
/// HEALPix.
///
/// @param config  the inputs; NULL: the defaults, all sizes from the survey
/// @param survey  what sizes are derived from; NULL: nothing, config has them all
/// @param budget  receives the budget, to be freed by qube_budget_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown fields set),
///         QUBE_ERR_INPUT (a value outside its range, a size that nothing tells, an input that the
///         release has not), QUBE_ERR_CONFLICT (lmax above lmax_signal, working_dim above n_pix,
///         sizes that contradict each other or the survey), QUBE_ERR_OVERFLOW (a size, term or sum
///         past 2^63 - 1)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_harmonic(
    config: *const qube_harmonic_config,
    survey: *const qube_survey,
    budget: *mut *mut qube_budget,
) -> i32 {
    guard_handle(budget, "budget", || {
        let (config, survey) = unsafe { inputs(config, survey) }?;
        qube_budget::of_run(config.run(survey.as_ref())?)
    })
}

/// The budget of QUBE's pixel-direct path, above the baseline of the process.
///
/// Dense n_pix x n_pix matrices of doubles; with n = n_params a run holds, in matrices:
/// @verbatim
///   stage             release 1.1 and 1.2                     release 1.3
///   covariance_setup  2                                       2
///   basis_setup       2; release 1.1, lmax < lmax_signal: 3   2
///   fisher_run        n + 6, derivatives cached: 2n + 4       n + 5, cached: 2n + 3
///   spectra_run       9, cached: n + 7                        8, cached: n + 6
/// @endverbatim
/// With model QUBE_MODEL_PUBLISHED the terms of QUBE's own calculator; so do runs with a pixel
/// filter, of which nothing was measured. A covariance that the caller passes in is the budget's
/// Cov_T. n_pix follows from a survey as in qube_budget_harmonic(); n_params is n_bins n_spectra.
/// Source: as qube_budget_harmonic().
///
/// @param config  the inputs; NULL: the defaults, all sizes from the survey
/// @param survey  what sizes are derived from; NULL: nothing, config has them all
/// @param budget  receives the budget, to be freed by qube_budget_free(); NULL on failure
/// @return as qube_budget_harmonic()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_pixel_direct(
    config: *const qube_pixel_direct_config,
    survey: *const qube_survey,
    budget: *mut *mut qube_budget,
) -> i32 {
    guard_handle(budget, "budget", || {
        let (config, survey) = unsafe { inputs(config, survey) }?;
        qube_budget::of_run(config.run(survey.as_ref())?)
    })
}

/// The budget of QUBE's traditional path, above the baseline of the process: without a computation
/// basis (basis=False), and of every run that crosses two data splits (do_cross).
///
/// Dense n_pix x n_pix matrices of doubles; with n = n_params a run holds, in matrices:
/// @verbatim
///   covariance_setup  2           fisher_run   n + 6
///   prepare_covariance  5         spectra_run  8
/// @endverbatim
/// Not all of them are attributed: the rest is one term of a stage that says so. A covariance that
/// the caller passes in is the budget's Cov_T. Sizes follow from a survey as in
/// qube_budget_pixel_direct(). Source: a run of qube-qml 1.3.0.
///
/// @param config  the inputs; NULL: the defaults, all sizes from the survey
/// @param survey  what sizes are derived from; NULL: nothing, config has them all
/// @param budget  receives the budget, to be freed by qube_budget_free(); NULL on failure
/// @return as qube_budget_harmonic(); QUBE_ERR_INPUT for QUBE_MODEL_PUBLISHED: nothing is published
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_traditional(
    config: *const qube_traditional_config,
    survey: *const qube_survey,
    budget: *mut *mut qube_budget,
) -> i32 {
    guard_handle(budget, "budget", || {
        let (config, survey) = unsafe { inputs(config, survey) }?;
        qube_budget::of_run(config.run(survey.as_ref())?)
    })
}

/// The budget of the path that QUBE itself takes: traditional with do_cross, else as
/// qube_path_by_time(). The view's path and note say which, and why. A pixel filter's working_dim
/// takes the place of n_pix in that rule.
///
/// @param config  the inputs; NULL: the defaults, all sizes from the survey
/// @param survey  what sizes are derived from; NULL: nothing, config has them all
/// @param budget  receives the budget, to be freed by qube_budget_free(); NULL on failure
/// @return as qube_budget_harmonic()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_auto(
    config: *const qube_auto_config,
    survey: *const qube_survey,
    budget: *mut *mut qube_budget,
) -> i32 {
    guard_handle(budget, "budget", || {
        let (config, survey) = unsafe { inputs(config, survey) }?;
        qube_budget::of_run(config.run(survey.as_ref())?)
    })
}

/// The budget of ECLIPSE: what a run holds in its stages "step_1" to "step_6" and "spectra", by
/// default. Its terms say how they lie on a grid of ranks, and which ranks hold them: see
/// qube_budget_per_rank(). The budget itself is that of one rank alone.
///
/// Matrices of doubles, over t = pix_t, q = pix_p, D = t + 2q pixels, L = (lmax + 1)^2 - 4 modes
/// (for T alone - 1), M maps. The sums of its guide, for comparison:
/// @verbatim
///         step_2 (inverse checked)  step_4                                         step_6
///   TEB   2 (t+2q)^2                t^2 + 2tq + 3q^2 + tL + 4qL + 6(t+2q)L         12L^2 + 16qL
///   EB    2 (2q)^2                  (2q)^2 + 12qL                                  16qL + 6L^2
///   T     2 t^2                     t^2 + 3tL                                      4tL + 2L^2
/// @endverbatim
/// The totals that its log prints, with an event for all that it counts, leave out what its
/// subroutines and ScaLAPACK allocate: runs held 1.03 to 2.3 times as much. What is held follows
/// from its sources and 26 runs on 4 ranks, which held 0.93 to 1.07 times what a rank is given.
/// Source: ECLIPSE (CosmoTool), JCAP 07 (2021) 034; User Guide V1.02, Eqs. 6.1 to 6.9, and its
/// Example_NSide8, whose printed totals QUBE_MODEL_PRINTED equals.
///
/// @param config  the inputs
/// @param survey  what nside and the pixels are derived from; NULL: nothing, config has them all
/// @param budget  receives the budget, to be freed by qube_budget_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown fields set),
///         QUBE_ERR_INPUT (a value outside its range, pixels that the code needs and has not, or
///         does not use; the sums of the guide without Fisher matrix and check of the inverse),
///         QUBE_ERR_CONFLICT (more pixels than the sphere has, a size that contradicts the survey),
///         QUBE_ERR_OVERFLOW (a size, term or sum past 2^63 - 1)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_eclipse(
    config: *const qube_eclipse_config,
    survey: *const qube_survey,
    budget: *mut *mut qube_budget,
) -> i32 {
    guard_handle(budget, "budget", || {
        let config = unsafe { structs::read(config, "config") }?;
        let survey = (!survey.is_null()).then(|| unsafe { structs::read(survey, "survey") });
        qube_budget::of_run(config.run(survey.transpose()?.as_ref())?)
    })
}

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
    guard(|| {
        let handle = unsafe { reference(budget, "budget") }?;
        let told = handle.view.get(|arena| view_of(&handle.budget, arena))?;
        unsafe { structs::write(told, view, "view") }
    })
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

/// The path that QUBE takes, by the time that it expects: harmonic if n_modes^3 <= (n_bins + 1)
/// n_pix^3, else pixel-direct. It never looks at memory. Exact for all sizes.
/// Source: QUBE (CosmoForge), arXiv 2605.21149.
///
/// @param n_pix    pixels of all fields together, 1 or more
/// @param n_modes  harmonic modes of all fields together, 1 or more
/// @param n_bins   bins of multipoles, 1 or more
/// @param path     receives QUBE_PATH_HARMONIC or QUBE_PATH_PIXEL_DIRECT
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_INPUT (a size below 1)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_path_by_time(
    n_pix: i64,
    n_modes: i64,
    n_bins: i64,
    path: *mut i32,
) -> i32 {
    guard(|| {
        let path = unsafe { reference_mut(path, "path") }?;
        let size = |name, value: i64| match value {
            1.. => Ok(value.unsigned_abs()),
            _ => Err(Error::Input { name, value, allowed: "1 or more" }),
        };
        let (n_pix, n_modes) = (size("n_pix", n_pix)?, size("n_modes", n_modes)?);
        *path = path_number(path_by_time(n_pix, n_modes, size("n_bins", n_bins)?));
        Ok(())
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

/// A config and a survey, where there is one.
///
/// # Safety
/// As for `read`.
unsafe fn inputs<C: structs::Growable>(
    config: *const C,
    survey: *const qube_survey,
) -> Result<(C, Option<qube_survey>), Failure> {
    let config = unsafe { structs::read_or_defaults(config) }?;
    let survey = (!survey.is_null()).then(|| unsafe { structs::read(survey, "survey") });
    Ok((config, survey.transpose()?))
}

fn view_of(budget: &Budget, arena: &mut Arena) -> Result<qube_budget_view, Failure> {
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

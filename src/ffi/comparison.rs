//! Predicted and measured, side by side: a budget against what a run of it held.

use std::ffi::c_char;

use super::arena::{Arena, View};
use super::budget::qube_budget;
use super::guard::{free_handle, guard, guard_handle, reference};
use super::render::{QUBE_FORMAT_JSON, QUBE_FORMAT_TABLE, no_such_format, rendered};
use super::status::Failure;
use super::structs::{self, growable};
use super::text::text_in;
use crate::budget::{Budget, Bytes, Comparison, Figure, Measured};

/// A budget beside what a run of it measured. It never changes once made.
pub struct qube_comparison {
    budget: Budget,
    measured: Measured,
    view: View<qube_comparison_view>,
}

/// One size, predicted and perhaps measured.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_figure {
    /// What the budget says; -1 where it says nothing: published sums are of peaks.
    pub predicted_bytes: i64,
    /// The resident size, the baseline in it; -1 where it was not measured.
    pub measured_bytes: i64,
    /// The resident size above the baseline, negative below it; 0 where it was not measured.
    pub above_baseline_bytes: i64,
    /// How much more was measured than predicted, per cent of the prediction; 0 where not measured.
    pub difference_percent: f64,
}

/// A stage, predicted and measured.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_stage_comparison {
    /// The name of the stage.
    pub name: *const c_char,
    /// What is held when the stage ends.
    pub end: qube_figure,
    /// The most that is held in it.
    pub peak: qube_figure,
}

/// Everything that a comparison tells, filled by qube_comparison_get().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_comparison_view {
    /// sizeof(qube_comparison_view), set by the caller
    pub struct_size: usize,
    /// The stages of the budget, in its order.
    pub stages: *const qube_stage_comparison,
    /// How many there are.
    pub n_stages: i64,
    /// Steps that were measured and have no published sum.
    pub not_predicted: *const *const c_char,
    /// How many there are.
    pub n_not_predicted: i64,
    /// n_pix^2 doubles: an array that was missed, or one too many, shows as one of these.
    pub unit_bytes: i64,
    /// What the process held before the first stage; -1 where it was not measured.
    pub baseline_bytes: i64,
    /// The largest of the run.
    pub lifetime_peak: qube_figure,
}

growable!(qube_comparison_view);

/// Puts what a run measured beside its budget.
///
/// A line of a log is "STAGE SIZE" (when the stage ends), "STAGE peak SIZE" (the largest in it),
/// "baseline SIZE" (before the first stage; it is taken off) or "lifetime peak SIZE" (the largest
/// of the run). A size is in bytes, or a decimal with KiB, MiB, GiB or TiB; # begins a comment. The
/// document has schema ("qube-measured/1"), baseline_bytes, peak_rss_bytes (the largest of the run)
/// and stages (each: name, rss_bytes, peak_rss_bytes); only stages must be there, and of a stage
/// its name and one size.
///
/// @param budget      the budget
/// @param measured    what the run measured, resident sizes: the text of a log or a JSON document
/// @param comparison  receives the comparison, to be freed by qube_comparison_free(); NULL on
///                    failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_DOCUMENT (what was measured cannot be
///         read; the message gives the line), QUBE_ERR_UNKNOWN_STAGE (the message lists the names;
///         beside ECLIPSE's published sums all its steps may be measured), QUBE_ERR_OVERFLOW
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_compare(
    budget: *const qube_budget,
    measured: *const c_char,
    comparison: *mut *mut qube_comparison,
) -> i32 {
    guard_handle(comparison, "comparison", || {
        let budget = &unsafe { reference(budget, "budget") }?.budget;
        let measured = Measured::parse(unsafe { text_in(measured, "measured") }?)?;
        budget.compare(&measured)?;
        Ok(qube_comparison { budget: budget.clone(), measured, view: View::default() })
    })
}

/// Frees a comparison.
///
/// @param comparison  the comparison, in use by no other thread; NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_comparison_free(comparison: *mut qube_comparison) {
    unsafe { free_handle(comparison) }
}

/// Everything that a comparison tells.
///
/// @param comparison  the comparison
/// @param view        receives it; its struct_size must be set. What it points to lives as long as
///                    the comparison
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size), QUBE_ERR_LIMIT (no memory)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_comparison_get(
    comparison: *const qube_comparison,
    view: *mut qube_comparison_view,
) -> i32 {
    guard(|| {
        let handle = unsafe { reference(comparison, "comparison") }?;
        let told = handle.view.get(|arena| view_of(&handle.compared()?, arena))?;
        unsafe { structs::write(told, view, "view") }
    })
}

/// A comparison as a document: of every stage what it ends with and its peak, predicted and
/// measured, in GiB (2^30 bytes) and in units of n_pix^2 doubles, and the difference.
///
/// The JSON document has schema ("qube-compare/1"), path, release, n_pix, unit_bytes,
/// baseline_bytes, stages (each: name, end, peak), lifetime_peak, not_measured (names of stages),
/// of ECLIPSE's published sums not_predicted, note. end, peak and lifetime_peak have
/// predicted_bytes, measured_bytes, above_baseline_bytes, predicted_units, measured_units,
/// difference_percent; what is not known is null. Fields may be added, none renamed.
///
/// @param comparison  the comparison
/// @param format      QUBE_FORMAT_TABLE or _JSON
/// @param text        receives the document, to be freed by qube_text_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_OPTION (format)
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
            _ => Err(no_such_format(format, "QUBE_FORMAT_TABLE (1) or _JSON (2)")),
        }
    })
}

impl qube_comparison {
    /// A comparison borrows its budget; it is made anew when it is asked, which is cheap.
    fn compared(&self) -> Result<Comparison<'_>, Failure> {
        Ok(self.budget.compare(&self.measured)?)
    }
}

fn view_of(compared: &Comparison, arena: &mut Arena) -> Result<qube_comparison_view, Failure> {
    let (stages, n_stages) = arena.array_of(compared.stages(), |arena, stage| {
        Ok(qube_stage_comparison {
            name: arena.text(&stage.name)?,
            end: figure(stage.end),
            peak: figure(Some(stage.peak)),
        })
    })?;
    let (not_predicted, n_not_predicted) =
        arena.array_of(compared.not_predicted(), |arena, name| arena.text(name))?;
    Ok(qube_comparison_view {
        stages,
        n_stages,
        not_predicted,
        n_not_predicted,
        unit_bytes: compared.unit().signed(),
        baseline_bytes: compared.baseline().map_or(-1, Bytes::signed),
        lifetime_peak: figure(Some(compared.lifetime_peak())),
        ..structs::Growable::defaults()
    })
}

fn figure(figure: Option<Figure>) -> qube_figure {
    let bytes = |bytes: Option<Bytes>| bytes.map_or(-1, Bytes::signed);
    qube_figure {
        predicted_bytes: bytes(figure.map(|figure| figure.predicted)),
        measured_bytes: bytes(figure.and_then(|figure| figure.measured)),
        above_baseline_bytes: figure.and_then(|figure| figure.above_baseline).unwrap_or(0),
        difference_percent: figure.and_then(|figure| figure.difference_percent()).unwrap_or(0.0),
    }
}

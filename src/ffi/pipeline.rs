//! Pipelines of the host's own: documents, and budgets with values of their parameters.

use std::ffi::c_char;
use std::sync::Arc;

use super::arena::{Arena, View, viewed};
use super::budget::qube_budget;
use super::guard::{free_handle, guard_handle, reference};
use super::status::Failure;
use super::structs::{self, growable};
use super::text::{array_in, text_in};
use crate::Error;
use crate::budget::{Parameter, Pipeline, PipelineConfig, Range, Run};

/// A pipeline that a document describes. It never changes once made.
pub struct qube_pipeline {
    pipeline: Arc<Pipeline>,
    view: View<qube_pipeline_view>,
}

/// A value of a parameter.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_parameter_value {
    /// The name of the parameter.
    pub name: *const c_char,
    /// Its value; of a switch, 0 or 1.
    pub value: i64,
}

/// A number or a switch that the budget of a pipeline depends on.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_parameter {
    /// Its name.
    pub name: *const c_char,
    /// What it is, in words; "" where the document does not say.
    pub what: *const c_char,
    /// What it is counted in; "" where the document does not say.
    pub unit: *const c_char,
    /// Its value where none is given; -1: one must be given.
    pub default_value: i64,
    /// The least value that it may have.
    pub least: i64,
    /// The largest one.
    pub most: i64,
    /// Every value is a multiple of this; 1 of any.
    pub multiple_of: i64,
    /// The only values that it may have, in ascending order; NULL: all from least to most.
    pub choices: *const i64,
    /// How many there are.
    pub n_choices: i64,
    /// What it costs to reduce it; NULL: it must not be reduced to make a run fit.
    pub price: *const c_char,
    /// When it is reduced: those of a lower number first; -1 where it must not be.
    pub order: i64,
    /// 1: it is a switch, 0 or 1.
    pub is_switch: i32,
    /// 0
    pub reserved: i32,
}

/// Everything that a pipeline's document tells of it, filled by qube_pipeline_get().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_pipeline_view {
    /// sizeof(qube_pipeline_view), set by the caller
    pub struct_size: usize,
    /// The name of the program.
    pub name: *const c_char,
    /// Where its formulas are from.
    pub source: *const c_char,
    /// The parameters, in the order of the document.
    pub parameters: *const qube_parameter,
    /// How many there are.
    pub n_parameters: i64,
}

growable!(qube_pipeline_view);

/// Reads a pipeline document: JSON, schema "qube-pipeline/1", described in docs/pipelines.md.
///
/// It names parameters, sizes that follow from them as exact integer expressions, and stages with
/// what each allocates and frees. It has at most 1 MiB, 1000 parameters, 1000 derived sizes, 250
/// stages and 1000 events; an expression has at most 4096 bytes, nested at most 64 deep.
///
/// @param json      the document
/// @param pipeline  receives the pipeline, to be freed by qube_pipeline_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_DOCUMENT (what it cannot mean, with its
///         place), QUBE_ERR_OVERFLOW (a number past 2^127 - 1), QUBE_ERR_TOO_LARGE
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_pipeline_parse(
    json: *const c_char,
    pipeline: *mut *mut qube_pipeline,
) -> i32 {
    guard_handle(pipeline, "pipeline", || {
        let pipeline = Arc::new(Pipeline::from_json(unsafe { text_in(json, "json") }?)?);
        Ok(qube_pipeline { pipeline, view: View::default() })
    })
}

/// Frees a pipeline. Budgets of it stay valid.
///
/// @param pipeline  the pipeline, in use by no other thread; NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_pipeline_free(pipeline: *mut qube_pipeline) {
    unsafe { free_handle(pipeline) }
}

/// Everything that a pipeline's document tells of it.
///
/// @param pipeline  the pipeline
/// @param view      receives it; its struct_size must be set. What it points to lives as long as
///                  the pipeline
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size), QUBE_ERR_LIMIT (no memory)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_pipeline_get(
    pipeline: *const qube_pipeline,
    view: *mut qube_pipeline_view,
) -> i32 {
    unsafe { viewed(pipeline, "pipeline", view, |handle| &handle.view, view_of) }
}

/// The budget of a pipeline. Everything can be asked of it that can be asked of a built-in one, and
/// the largest value of a parameter by qube_budget_largest_parameter().
///
/// @param pipeline  the pipeline
/// @param values    values of parameters, each at most once; the rest have their defaults
/// @param n_values  how many there are
/// @param budget    receives the budget, to be freed by qube_budget_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_INPUT (n_values, a parameter that the
///         pipeline does not have, a value outside its range, one that is missing, a size below 0),
///         QUBE_ERR_DUPLICATE (a parameter given twice), QUBE_ERR_OVERFLOW (a size, term or sum
///         past 2^63 - 1), QUBE_ERR_DOCUMENT (what the document cannot mean with these values: a
///         remainder, a division by 0, an array freed that is not held or allocated twice)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_pipeline(
    pipeline: *const qube_pipeline,
    values: *const qube_parameter_value,
    n_values: i64,
    budget: *mut *mut qube_budget,
) -> i32 {
    guard_handle(budget, "budget", || {
        let handle = unsafe { reference(pipeline, "pipeline") }?;
        let values = unsafe { array_in(values, n_values, ("values", "n_values")) }?;
        let mut config = PipelineConfig::new(Arc::clone(&handle.pipeline));
        let mut given: Vec<&str> = Vec::new();
        for value in values {
            let name = unsafe { text_in(value.name, "values[].name") }?;
            if given.contains(&name) {
                let (what, label, twice) = ("parameter", name.to_owned(), "is given twice");
                return Err(Error::Duplicate { what, label, twice }.into());
            }
            config.set(name, value.value)?;
            given.push(name);
        }
        qube_budget::of_run(Run::new(config))
    })
}

fn view_of(handle: &qube_pipeline, arena: &mut Arena) -> Result<qube_pipeline_view, Failure> {
    let pipeline = &handle.pipeline;
    let (parameters, n_parameters) = arena.array_of(pipeline.parameters(), parameter_of)?;
    Ok(qube_pipeline_view {
        name: arena.text(pipeline.name())?,
        source: arena.text(pipeline.source())?,
        parameters,
        n_parameters,
        ..structs::Growable::defaults()
    })
}

fn parameter_of(arena: &mut Arena, parameter: &Parameter) -> Result<qube_parameter, Failure> {
    let range = &parameter.range;
    let (choices, n_choices): (*const i64, i64) = match range {
        Range::Choices(choices) => (arena.array(choices)?, choices.len() as i64),
        Range::Multiples { .. } => (std::ptr::null(), 0),
    };
    let reduce = parameter.reduce.as_ref();
    Ok(qube_parameter {
        name: arena.text(&parameter.name)?,
        what: arena.text(&parameter.what)?,
        unit: arena.text(&parameter.unit)?,
        default_value: parameter.default.unwrap_or(-1),
        least: range.at(0),
        most: range.at(range.count() - 1),
        multiple_of: if let Range::Multiples { step, .. } = range { *step } else { 1 },
        choices,
        n_choices,
        price: arena.optional_text(reduce.map(|reduce| &*reduce.price))?,
        order: reduce.map_or(-1, |reduce| reduce.order.into()),
        is_switch: parameter.is_switch.into(),
        reserved: 0,
    })
}

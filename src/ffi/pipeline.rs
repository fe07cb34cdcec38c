//! Pipelines: budgets of a host's own program, from a document.

use std::ffi::c_char;
use std::sync::Arc;

use super::arena::{Arena, View, viewed};
use super::budget::qube_budget;
use super::guard::{free_handle, guard_handle, reference};
use super::status::Failure;
use super::structs::{self, growable};
use super::text::{array_in, text_in};
use crate::Error;
use crate::budget::{Parameter, Pipeline, PipelineConfig, Range};
use crate::run::Run;

/// A pipeline that a document describes.
pub struct qube_pipeline {
    pipeline: Arc<Pipeline>,
    view: View<qube_pipeline_view>,
}

/// A value of a parameter.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_parameter_value {
    pub name: *const c_char,
    /// 0 or 1 for a switch.
    pub value: i64,
}

/// A number or a switch on which the budget of a pipeline depends.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_parameter {
    pub name: *const c_char,
    /// Its meaning; "" if the document gives none.
    pub what: *const c_char,
    /// Its unit; "" if the document gives none.
    pub unit: *const c_char,
    /// Its default; -1: a value must be given.
    pub default_value: i64,
    /// Its least value.
    pub least: i64,
    /// Its largest value.
    pub most: i64,
    /// Every value is a multiple of this; 1: any.
    pub multiple_of: i64,
    /// Its only values, ascending; NULL: all from least to most.
    pub choices: *const i64,
    pub n_choices: i64,
    /// The cost of reducing it; NULL: it must not be reduced to make a run fit.
    pub price: *const c_char,
    /// Lower numbers are reduced first; -1: it must not be reduced.
    pub order: i64,
    /// 1: it is a switch, 0 or 1.
    pub is_switch: i32,
    pub reserved: i32,
}

/// The contents of a pipeline's document.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_pipeline_view {
    pub struct_size: usize,
    /// The program.
    pub name: *const c_char,
    /// The source of its formulas.
    pub source: *const c_char,
    /// The parameters, in the order of the document.
    pub parameters: *const qube_parameter,
    pub n_parameters: i64,
}

growable!(qube_pipeline_view);

/// Reads a pipeline document, JSON "qube-pipeline/1", described in docs/pipelines.md: parameters,
/// sizes derived from them by exact integer expressions, and stages with what each allocates and
/// frees. Limits: 1 MiB, 1000 parameters, 1000 derived sizes, 250 stages, 1000 events; 4096 bytes
/// and 64 levels of nesting per expression.
/// @param json      the document
/// @param pipeline  the new pipeline
/// @return QUBE_OK; QUBE_ERR_DOCUMENT (with the place), QUBE_ERR_OVERFLOW (a number past 2^127 -
///         1), QUBE_ERR_TOO_LARGE (a limit)
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

/// Frees a pipeline. Its budgets stay valid.
/// @param pipeline  NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_pipeline_free(pipeline: *mut qube_pipeline) {
    unsafe { free_handle(pipeline) }
}

/// Fills the view of a pipeline.
/// @param pipeline  the pipeline
/// @param view      the view, with struct_size set
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_pipeline_get(
    pipeline: *const qube_pipeline,
    view: *mut qube_pipeline_view,
) -> i32 {
    unsafe { viewed(pipeline, "pipeline", view, |handle| &handle.view, view_of) }
}

/// Budgets a pipeline. Its budget answers all that a built-in one does, and the largest value of a
/// parameter: qube_budget_largest_parameter().
/// @param pipeline  the pipeline
/// @param values    values of parameters, each at most once; the others have their defaults
/// @param n_values  length of values
/// @param budget    the new budget
/// @return QUBE_OK; QUBE_ERR_INPUT (n_values, an unknown or missing parameter, a value out of
///         range, a size below 0), QUBE_ERR_DUPLICATE (a parameter), QUBE_ERR_OVERFLOW,
///         QUBE_ERR_DOCUMENT (with these values: a remainder, a division by 0, an array that is
///         freed but not held or allocated twice)
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

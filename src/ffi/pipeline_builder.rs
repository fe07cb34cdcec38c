//! Budgets from calls beside those that allocate, for hosts that compute their sizes themselves.

use std::ffi::c_char;

use super::budget::{
    QUBE_HOLDER_EVERY_RANK, QUBE_HOLDER_FIRST_RANK, QUBE_HOLDER_FIRST_ROW,
    QUBE_LAYOUT_BLOCK_CYCLIC, QUBE_LAYOUT_COLUMNS, QUBE_LAYOUT_NODE_SHARED, QUBE_LAYOUT_REPLICATED,
    QUBE_LAYOUT_ROWS, qube_budget,
};
use super::guard::{free_handle, guard, guard_handle, reference, reference_mut};
use super::status::Failure;
use super::text::text_in;
use crate::Error;
use crate::budget::{Holder, Layout, PipelineBuilder};
use crate::run::Run;

/// Takes what a host's code allocates and deallocates, stage by stage. Sizes are those of whole
/// arrays: of a distributed one what all ranks have together.
pub struct qube_pipeline_builder(PipelineBuilder);

/// Makes a builder without stages.
///
/// @param name     the program, as reports call it: 1 to 50 bytes
/// @param builder  receives the builder, to be freed by qube_pipeline_builder_free(); NULL on
///                 failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_LABEL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_pipeline_builder_create(
    name: *const c_char,
    builder: *mut *mut qube_pipeline_builder,
) -> i32 {
    guard_handle(builder, "builder", || {
        let name = unsafe { text_in(name, "name") }?;
        Ok(qube_pipeline_builder(PipelineBuilder::new(name)?))
    })
}

/// Frees a builder. Budgets that it made stay valid.
///
/// @param builder  the builder, in use by no other thread; NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_pipeline_builder_free(builder: *mut qube_pipeline_builder) {
    unsafe { free_handle(builder) }
}

/// Ends the stage before, if there is one, and begins the next. A call that fails changes nothing.
///
/// @param builder  the builder
/// @param name     the stage: 1 to 20 bytes
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_LABEL, QUBE_ERR_DUPLICATE (a name that
///         another stage has), QUBE_ERR_TOO_LARGE (more than 1000 stages, allocations and
///         deallocations)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_pipeline_builder_stage(
    builder: *mut qube_pipeline_builder,
    name: *const c_char,
) -> i32 {
    guard(|| {
        let builder = unsafe { reference_mut(builder, "builder") }?;
        Ok(builder.0.stage(unsafe { text_in(name, "name") }?)?)
    })
}

/// Allocates arrays in the stage: copies x rows x columns elements. A call that fails changes
/// nothing.
///
/// @param builder        the builder
/// @param name           the array, which is not allocated: 1 to 46 bytes
/// @param copies         arrays of this shape, 0 or more
/// @param rows           rows of each, 0 or more
/// @param columns        columns of each, 0 or more; 1 for a vector
/// @param element_bytes  bytes of an element, 0 or more; 8 for a double
/// @param layout         QUBE_LAYOUT_REPLICATED to QUBE_LAYOUT_COLUMNS: how it is cut over ranks
/// @param holder         QUBE_HOLDER_EVERY_RANK to QUBE_HOLDER_FIRST_RANK: which ranks hold it
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_LABEL, QUBE_ERR_INPUT (a number outside
///         its range), QUBE_ERR_CONFLICT (no stage yet), QUBE_ERR_DUPLICATE (a name that is
///         allocated), QUBE_ERR_OVERFLOW (past 2^63 - 1 bytes), QUBE_ERR_TOO_LARGE (more than 1000
///         stages, allocations and deallocations)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_pipeline_builder_allocate(
    builder: *mut qube_pipeline_builder,
    name: *const c_char,
    copies: i64,
    rows: i64,
    columns: i64,
    element_bytes: i64,
    layout: i32,
    holder: i32,
) -> i32 {
    guard(|| {
        let builder = unsafe { reference_mut(builder, "builder") }?;
        let name = unsafe { text_in(name, "name") }?;
        let (layout, holder) = (layout_of(layout)?, holder_of(holder)?);
        Ok(builder.0.allocate(name, copies, rows, columns, element_bytes, layout, holder)?)
    })
}

/// Deallocates what was allocated under a name. A call that fails changes nothing.
///
/// @param builder  the builder
/// @param name     the array
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_CONFLICT (it is not allocated),
///         QUBE_ERR_TOO_LARGE (more than 1000 stages, allocations and deallocations)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_pipeline_builder_deallocate(
    builder: *mut qube_pipeline_builder,
    name: *const c_char,
) -> i32 {
    guard(|| {
        let builder = unsafe { reference_mut(builder, "builder") }?;
        Ok(builder.0.free(unsafe { text_in(name, "name") }?)?)
    })
}

/// The budget of the calls so far. It answers what a built-in one does, but no question that varies
/// a size, as its sizes are fixed: nodes and ranks alone.
///
/// @param builder  the builder, which can go on
/// @param budget   receives the budget, to be freed by qube_budget_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_CONFLICT (no stage yet), QUBE_ERR_OVERFLOW
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_pipeline_builder_budget(
    builder: *const qube_pipeline_builder,
    budget: *mut *mut qube_budget,
) -> i32 {
    guard_handle(budget, "budget", || {
        let builder = unsafe { reference(builder, "builder") }?;
        qube_budget::of_run(Run::new(builder.0.budget()?))
    })
}

fn layout_of(number: i32) -> Result<Layout, Failure> {
    match number {
        QUBE_LAYOUT_REPLICATED => Ok(Layout::Whole),
        QUBE_LAYOUT_NODE_SHARED => Ok(Layout::NodeShared),
        QUBE_LAYOUT_BLOCK_CYCLIC => Ok(Layout::BlockCyclic),
        QUBE_LAYOUT_ROWS => Ok(Layout::Rows),
        QUBE_LAYOUT_COLUMNS => Ok(Layout::Columns),
        _ => {
            let allowed = "QUBE_LAYOUT_REPLICATED (1) to QUBE_LAYOUT_COLUMNS (5)";
            Err(Error::Input { name: "layout", value: number.into(), allowed }.into())
        }
    }
}

fn holder_of(number: i32) -> Result<Holder, Failure> {
    match number {
        QUBE_HOLDER_EVERY_RANK => Ok(Holder::EveryRank),
        QUBE_HOLDER_FIRST_ROW => Ok(Holder::FirstRow),
        QUBE_HOLDER_FIRST_RANK => Ok(Holder::FirstRank),
        _ => {
            let allowed = "QUBE_HOLDER_EVERY_RANK (1) to QUBE_HOLDER_FIRST_RANK (3)";
            Err(Error::Input { name: "holder", value: number.into(), allowed }.into())
        }
    }
}

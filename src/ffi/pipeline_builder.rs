//! Pipeline builders: budgets from calls beside a host's allocations.

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

/// A host's allocations, by stage.
pub struct qube_pipeline_builder(PipelineBuilder);

/// Makes a builder without stages. It collects what a host's code allocates and deallocates. Sizes
/// are those of whole arrays: of a distributed array, over all ranks. A call that fails leaves the
/// builder unchanged.
/// @param name     the program, as in reports: 1 to 50 bytes
/// @param builder  the new builder
/// @return QUBE_OK; QUBE_ERR_LABEL
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

/// Frees a builder. Its budgets stay valid.
/// @param builder  NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_pipeline_builder_free(builder: *mut qube_pipeline_builder) {
    unsafe { free_handle(builder) }
}

/// Begins a stage, and ends the previous one.
/// @param builder  the builder
/// @param name     the stage: 1 to 20 bytes
/// @return QUBE_OK; QUBE_ERR_LABEL, QUBE_ERR_DUPLICATE (the name), QUBE_ERR_TOO_LARGE (more than
///         1000 stages, allocations and deallocations)
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

/// Allocates arrays in the stage: copies x rows x columns elements.
/// @param builder        the builder
/// @param name           the array, not allocated so far: 1 to 46 bytes
/// @param copies         arrays of this shape, 0 or more
/// @param rows           rows of each, 0 or more
/// @param columns        columns of each, 0 or more; 1 for a vector
/// @param element_bytes  bytes of an element, 0 or more; 8 for a double
/// @param layout         its distribution over ranks: QUBE_LAYOUT_REPLICATED to _COLUMNS
/// @param holder         the ranks that hold it: QUBE_HOLDER_EVERY_RANK to _FIRST_RANK
/// @return QUBE_OK; QUBE_ERR_LABEL, QUBE_ERR_INPUT (a number out of range), QUBE_ERR_CONFLICT (no
///         stage yet), QUBE_ERR_DUPLICATE (the name), QUBE_ERR_OVERFLOW, QUBE_ERR_TOO_LARGE (as
///         qube_pipeline_builder_stage())
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

/// Deallocates arrays.
/// @param builder  the builder
/// @param name     their name
/// @return QUBE_OK; QUBE_ERR_CONFLICT (not allocated), QUBE_ERR_TOO_LARGE (as
///         qube_pipeline_builder_stage())
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

/// Budgets the calls so far. Sizes are fixed: questions may vary nodes and ranks only.
/// @param builder  the builder, which may go on
/// @param budget   the new budget
/// @return QUBE_OK; QUBE_ERR_CONFLICT (no stage yet), QUBE_ERR_OVERFLOW
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

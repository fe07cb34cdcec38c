//! The loops of a plan; and, where no loops make it fit a threshold on the peak, what is said of that.

use std::ffi::c_char;

use super::guard::{guard, reference, reference_mut};
use super::plan::qube_plan;
use super::plan_node::node_at;
use super::policy_rulings::role_number;
use super::status::Failure;
use super::structs::{Growable, write};
use super::text::{position, text_out};
use crate::plan::OpenedLoop;

/// A loop that a node opens around the evaluation of both operands; the outermost is the first.
///
/// @param node     the node's place, from 0
/// @param loop     the loop's number, from 0 to n_loops - 1
/// @param batch    receives the elements of a batch; the last one may be shorter
/// @param batches  receives how many batches there are
/// Errors: QUBE_ERR_POSITION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_loop(
    plan: *const qube_plan,
    node: i64,
    r#loop: i64,
    batch: *mut i64,
    batches: *mut i64,
) -> i32 {
    guard(|| {
        let found = unsafe { loop_at(plan, node, r#loop) }?;
        let (batch, batches) =
            unsafe { (reference_mut(batch, "batch")?, reference_mut(batches, "batches")?) };
        // Both are at most the extent, which came in as int64_t.
        (*batch, *batches) = (found.batch as i64, found.batches as i64);
        Ok(())
    })
}

/// The label of the index that a loop slices.
///
/// @param node    the node's place, from 0
/// @param loop    the loop's number, from 0 to n_loops - 1
/// @param buf     receives the label and a NUL; NULL with cap 0: only the length is wanted
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes without the NUL
/// Errors: QUBE_ERR_POSITION, QUBE_ERR_BUFFER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_loop_index(
    plan: *const qube_plan,
    node: i64,
    r#loop: i64,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let found = unsafe { loop_at(plan, node, r#loop) }?;
        unsafe { text_out(&found.index, buf, cap, length) }
    })
}

/// What is sliced by a loop that a node opens: the role of its index in the network.
///
/// @param node  the node's place, from 0
/// @param loop  the loop's number, from 0 to n_loops - 1
/// @param role  receives QUBE_ROLE_CONTRACTED: the batches add to the result; or
///              QUBE_ROLE_EXTERNAL: each makes a block of it
/// Errors: QUBE_ERR_POSITION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_loop_role(
    plan: *const qube_plan,
    node: i64,
    r#loop: i64,
    role: *mut i32,
) -> i32 {
    guard(|| {
        let found = unsafe { loop_at(plan, node, r#loop) }?;
        *unsafe { reference_mut(role, "role") }? = role_number(found.role);
        Ok(())
    })
}

/// Whether nothing fits a threshold on the peak, and what there is to do about it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_infeasible {
    /// sizeof(qube_infeasible), to be set by the caller
    pub struct_size: usize,
    /// The threshold of the policy, bytes; 0 where the plan fits it, or had none.
    pub threshold_bytes: i64,
    /// The least peak of all schedules, elements: a threshold that could be met; of a plan that is
    /// not proven best, the least that was found. 0 where the plan fits.
    pub least_peak: f64,
    /// The least peak if every batch were a single tile, elements: whether finer batches would do.
    /// -1 where that search was out of reach; 0 where the plan fits.
    pub finest_peak: f64,
    /// Both in bytes, rounded up to whole elements; -1 from 2^53 elements on, where a double no
    /// longer counts each, and where there is no such peak.
    pub least_peak_bytes: i64,
    pub finest_peak_bytes: i64,
    /// Loops of a schedule that reaches the least peak: qube_plan_infeasible_loop.
    pub n_loops: i64,
    /// 1: nothing fits, or nothing was found that does, where the plan is not proven best; the plan
    /// is what comes nearest under its objective. 0: it fits, or there was no threshold.
    pub is_infeasible: i32,
    /// 0
    pub reserved: i32,
}

// SAFETY: as for qube_options.
unsafe impl Growable for qube_infeasible {
    const NAME: &'static str = "qube_infeasible";
    const BASELINE: usize = size_of::<qube_infeasible>();

    fn defaults() -> Self {
        qube_infeasible {
            struct_size: size_of::<qube_infeasible>(),
            threshold_bytes: 0,
            least_peak: 0.0,
            finest_peak: 0.0,
            least_peak_bytes: 0,
            finest_peak_bytes: 0,
            n_loops: 0,
            is_infeasible: 0,
            reserved: 0,
        }
    }
}

/// Whether nothing fits the threshold on the peak that the policy gave, under the objectives that
/// read it (QUBE_DENSE_TIME_SPACE_BATCHED, QUBE_DENSE_SPACE_TIME_BATCHED).
///
/// @param out  the struct to fill; its struct_size must be set
/// Errors: QUBE_ERR_ABI.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_infeasible(
    plan: *const qube_plan,
    out: *mut qube_infeasible,
) -> i32 {
    guard(|| {
        let plan = &unsafe { reference(plan, "plan") }?.0;
        // Fewer than 2^53 elements of at most 2^10 bytes.
        let bytes = |elements| plan.bytes("a peak", elements).map_or(-1, |bytes| bytes as i64);
        let value = plan.infeasible.as_ref().map_or_else(Growable::defaults, |found| {
            qube_infeasible {
                // Thresholds come in as int64_t.
                threshold_bytes: found.threshold as i64,
                least_peak: found.least_peak,
                finest_peak: found.finest_peak.unwrap_or(-1.0),
                least_peak_bytes: bytes(found.least_peak),
                finest_peak_bytes: found.finest_peak.map_or(-1, bytes),
                n_loops: found.loops.len() as i64,
                is_infeasible: 1,
                ..Growable::defaults()
            }
        });
        unsafe { write(&value, out, "out") }
    })
}

/// A loop of a schedule that reaches the least peak, where nothing fits.
///
/// @param loop     its number, from 0 to n_loops - 1 of qube_infeasible
/// @param batch    receives the elements of a batch; the last one may be shorter
/// @param batches  receives how many batches there are
/// @param role     receives QUBE_ROLE_CONTRACTED or QUBE_ROLE_EXTERNAL
/// Errors: QUBE_ERR_POSITION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_infeasible_loop(
    plan: *const qube_plan,
    r#loop: i64,
    batch: *mut i64,
    batches: *mut i64,
    role: *mut i32,
) -> i32 {
    guard(|| {
        let found = unsafe { least_peak_loop(plan, r#loop) }?;
        let (batch, batches, role) = unsafe {
            let batch = reference_mut(batch, "batch")?;
            (batch, reference_mut(batches, "batches")?, reference_mut(role, "role")?)
        };
        // Both are at most the extent, which came in as int64_t.
        (*batch, *batches) = (found.batch as i64, found.batches as i64);
        *role = role_number(found.role);
        Ok(())
    })
}

/// The label of the index that such a loop slices.
///
/// @param loop    its number, from 0 to n_loops - 1 of qube_infeasible
/// @param buf     receives the label and a NUL; NULL with cap 0: only the length is wanted
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes without the NUL
/// Errors: QUBE_ERR_POSITION, QUBE_ERR_BUFFER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_infeasible_loop_index(
    plan: *const qube_plan,
    r#loop: i64,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let found = unsafe { least_peak_loop(plan, r#loop) }?;
        unsafe { text_out(&found.index, buf, cap, length) }
    })
}

unsafe fn loop_at<'a>(
    plan: *const qube_plan,
    node: i64,
    number: i64,
) -> Result<&'a OpenedLoop, Failure> {
    let (plan, at) = unsafe { node_at(plan, node) }?;
    let loops = &plan.nodes[at].loops;
    Ok(&loops[position("loop", number, loops.len())?])
}

unsafe fn least_peak_loop<'a>(
    plan: *const qube_plan,
    number: i64,
) -> Result<&'a OpenedLoop, Failure> {
    let found = &unsafe { reference(plan, "plan") }?.0.infeasible;
    let loops = found.as_ref().map_or(&[][..], |found| &found.loops);
    Ok(&loops[position("loop", number, loops.len())?])
}

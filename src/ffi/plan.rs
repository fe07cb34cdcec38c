//! Plans: what they come to.

use super::guard::{free_handle, guard, reference, reference_mut};
use super::optimize::{bounded_number, number_of};
use super::status::Failure;
use super::structs::{Growable, write};
use super::text::array_out;
use crate::Plan;

/// An order of contraction with every number that belongs to it.
pub struct qube_plan(pub(super) Plan);

/// What a plan comes to. Sizes are elements, work is multiply-add pairs.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_summary {
    /// sizeof(qube_summary), to be set by the caller
    pub struct_size: usize,
    /// What the objective charges for the plan.
    pub cost: f64,
    /// Work, unweighted.
    pub flops: f64,
    /// The most elements alive at a time; qube_plan_peak_bytes gives bytes.
    pub peak_elements: f64,
    /// What no plan in the space searched goes below: the peak or the cost, as bounded says. It is
    /// the peak for _PEAK and _PEAK_BATCHED, and where nothing fits _SPACE_TIME_BATCHED; else the
    /// cost, of plans that fit. Where a search for the peak stopped once the least one was known,
    /// it is the cost, of plans as near to that peak as the tolerance allows.
    pub lower_bound: f64,
    /// Wall-clock time of the optimization.
    pub seconds: f64,
    pub n_tensors: i64,
    /// Tensors and contractions: 2 n_tensors - 1.
    pub n_nodes: i64,
    /// The node at which the peak is.
    pub peak_node: i64,
    /// Points of the frontier: 0 for additive objectives, else 1, or all with that option.
    pub n_frontier: i64,
    /// As in qube_options: what turns elements into bytes.
    pub bytes_per_element: i64,
    /// As in qube_options.
    pub objective: i32,
    /// 1: outer products were searched too.
    pub exhaustive: i32,
    /// 1: proven best in the space that was searched; under a custom model, if it is monotone.
    pub optimal: i32,
    /// What lower_bound is about: QUBE_BOUNDED_COST or QUBE_BOUNDED_PEAK.
    pub bounded: i32,
    /// By how much the plan may exceed the best one in the space searched, as a fraction: 0 where it
    /// is proven best; -1 where the bound is far too low to tell.
    pub gap: f64,
    /// Labels that the search closed, and how often it looked at one for what goes with another;
    /// of a subset DP, solutions in its table and steps; 0 for searches without labels.
    pub labels: i64,
    pub looks: i64,
}

// SAFETY: as for qube_options.
unsafe impl Growable for qube_summary {
    const NAME: &'static str = "qube_summary";
    const BASELINE: usize = size_of::<qube_summary>();

    fn defaults() -> Self {
        qube_summary {
            struct_size: size_of::<qube_summary>(),
            cost: 0.0,
            flops: 0.0,
            peak_elements: 0.0,
            lower_bound: 0.0,
            seconds: 0.0,
            n_tensors: 0,
            n_nodes: 0,
            peak_node: 0,
            n_frontier: 0,
            bytes_per_element: 0,
            objective: 0,
            exhaustive: 0,
            optimal: 0,
            bounded: 0,
            gap: 0.0,
            labels: 0,
            looks: 0,
        }
    }
}

/// Frees a plan; NULL is fine.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_free(plan: *mut qube_plan) {
    unsafe { free_handle(plan) }
}

/// What the plan comes to.
///
/// @param summary  the struct to fill; its struct_size must be set
/// Errors: QUBE_ERR_ABI.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_summary(
    plan: *const qube_plan,
    summary: *mut qube_summary,
) -> i32 {
    guard(|| {
        let plan = &unsafe { reference(plan, "plan") }?.0;
        let value = qube_summary {
            cost: plan.cost,
            flops: plan.flops,
            peak_elements: plan.peak,
            lower_bound: plan.search.lower_bound,
            seconds: plan.search.seconds,
            n_tensors: plan.tensors() as i64,
            n_nodes: plan.nodes.len() as i64,
            peak_node: plan.peak_node as i64,
            n_frontier: plan.frontier.len() as i64,
            bytes_per_element: plan.bytes_per_element as i64,
            objective: number_of(plan.objective),
            exhaustive: plan.search.exhaustive.into(),
            optimal: plan.search.optimal.into(),
            bounded: bounded_number(plan.search.bounded),
            gap: plan.gap().unwrap_or(-1.0),
            // Counts of what was done one by one.
            labels: plan.search.states as i64,
            looks: plan.search.pairs as i64,
            ..Growable::defaults()
        };
        unsafe { write(&value, summary, "summary") }
    })
}

/// The peak in bytes, rounded up to whole elements.
///
/// @param bytes  receives the bytes
/// Errors: QUBE_ERR_OVERFLOW from 2^53 elements on, where a double no longer counts each.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_peak_bytes(plan: *const qube_plan, bytes: *mut i64) -> i32 {
    guard(|| {
        let plan = unsafe { reference(plan, "plan") }?;
        // Fewer than 2^53 elements of at most 2^10 bytes.
        let peak = plan.0.peak_bytes()? as i64;
        *unsafe { reference_mut(bytes, "bytes") }? = peak;
        Ok(())
    })
}

/// The sequence: tensor numbers, and -1 to contract the two results on top of the stack.
///
/// @param out     receives the entries; NULL with cap 0: only the length is wanted
/// @param cap     entries that out can hold
/// @param length  receives the number of entries: 2 n_tensors - 1
/// Errors: QUBE_ERR_BUFFER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_sequence(
    plan: *const qube_plan,
    out: *mut i64,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let plan = unsafe { reference(plan, "plan") }?;
        unsafe { array_out(&plan.0.sequence(), out, cap, length) }
    })
}

/// The points (peak, cost) at the root by increasing peak: the plan's alone, unless the options
/// asked for the frontier; none for additive objectives.
///
/// @param peaks   receives the peaks, elements; NULL with cap 0: only the length is wanted
/// @param costs   receives the costs; as peaks
/// @param cap     doubles that each of the two can hold
/// @param length  receives the number of points
/// Errors: QUBE_ERR_BUFFER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_frontier(
    plan: *const qube_plan,
    peaks: *mut f64,
    costs: *mut f64,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let plan = unsafe { reference(plan, "plan") }?;
        if peaks.is_null() != costs.is_null() {
            return Err(Failure::Null(if peaks.is_null() { "peaks" } else { "costs" }));
        }
        let (p, c): (Vec<f64>, Vec<f64>) = plan.0.frontier.iter().copied().unzip();
        unsafe { array_out(&p, peaks, cap, length) }?;
        unsafe { array_out(&c, costs, cap, length) }
    })
}

/// The order of the plan's contractions that holds least: also one that the sequence cannot express,
/// because it begins one operand before the other is done (Liu 1987, the best order of a given
/// tree). It is the plan's own where none holds less; other trees are not looked at. The
/// contractions inside a loop follow each other, and end with the one that opens it. In loops that
/// open further loops, and where results are shared, the plan's order is kept.
///
/// @param out        receives the places of the contractions (qube_plan_node) in that order, without
///                   those that are shared or skipped; NULL with cap 0: only the length and the peak
///                   are wanted
/// @param cap        places that out can hold
/// @param length     receives the number of contractions: n_tensors - 1 unless results are shared
/// @param peak       receives the most elements alive at a time in that order: at most
///                   peak_elements
/// @param peak_node  receives the place of the contraction at which that is; 0 for a single tensor
/// Time O(n^2) for n tensors.
/// Errors: QUBE_ERR_BUFFER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_best_order(
    plan: *const qube_plan,
    out: *mut i64,
    cap: usize,
    length: *mut usize,
    peak: *mut f64,
    peak_node: *mut i64,
) -> i32 {
    guard(|| {
        let order = unsafe { reference(plan, "plan") }?.0.best_order();
        let (peak, peak_node) =
            unsafe { (reference_mut(peak, "peak")?, reference_mut(peak_node, "peak_node")?) };
        let places: Vec<i64> = order.contractions.iter().map(|&at| at as i64).collect();
        unsafe { array_out(&places, out, cap, length) }?;
        (*peak, *peak_node) = (order.peak, order.peak_at as i64);
        Ok(())
    })
}

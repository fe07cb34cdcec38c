//! Plans: what they come to, and their nodes.

use std::ffi::c_char;

use super::guard::{free_handle, guard, reference, reference_mut};
use super::optimize::number_of;
use super::status::Failure;
use super::structs::{Growable, write};
use super::text::{array_out, position, text_out};
use crate::Plan;
use crate::plan::{Cache, Evaluation, Node, NodeKind, OpenedLoop};

/// Cache: not to be kept; volatile, or used by persistent nodes only, or the result of the term.
pub const QUBE_CACHE_TRANSIENT: i32 = 0;
/// Cache: persistent and taken by a volatile node, so worth keeping for the next replay.
pub const QUBE_CACHE_KEEP: i32 = 1;
/// Cache: as QUBE_CACHE_KEEP, but the node only ever exists in slices: a loop around it goes in
/// more than one batch over an index that is open in it.
pub const QUBE_CACHE_SLICED: i32 = 2;

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
    /// What no plan in the space searched goes below: the cost, or the peak for peak objectives.
    pub lower_bound: f64,
    /// Wall-clock time of the optimization.
    pub seconds: f64,
    pub n_tensors: i64,
    /// Tensors and contractions: 2 n_tensors - 1.
    pub n_nodes: i64,
    /// The node at which the peak is.
    pub peak_node: i64,
    /// Points at the root; 0 for additive objectives.
    pub n_frontier: i64,
    /// As in qube_options: what turns elements into bytes.
    pub bytes_per_element: i64,
    /// As in qube_options.
    pub objective: i32,
    /// 1: outer products were searched too.
    pub exhaustive: i32,
    /// 1: proven best in the space that was searched; under a custom model, if it is monotone.
    pub optimal: i32,
    /// 0
    pub reserved: i32,
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
            reserved: 0,
        }
    }
}

/// A tensor of the term, or the result of a contraction. Sizes are elements, work is multiply-add
/// pairs. Numbers are in single assignment: tensors are 0 to n - 1 as in the network, the k-th
/// contraction is n + k.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_node {
    /// sizeof(qube_node), to be set by the caller
    pub struct_size: usize,
    /// Volume of the tensor, and as the enclosing loops slice it.
    pub footprint: f64,
    pub sliced_footprint: f64,
    /// Work of the contraction, and what the objective charges for it; 0 for a tensor. A custom
    /// model prices whole plans: the cost is 0.
    pub flops: f64,
    pub cost: f64,
    /// Elements alive before, at and after the node's turn.
    pub live_before: f64,
    pub live: f64,
    pub live_after: f64,
    /// The node's own number, and the numbers of its operands in the order of their evaluation;
    /// -1 for a tensor.
    pub number: i64,
    pub first: i64,
    pub second: i64,
    /// Loops opened around the evaluation of both operands.
    pub n_loops: i64,
    /// 1: a tensor of the term; 0: a contraction.
    pub is_leaf: i32,
    /// 1: depends on a volatile tensor.
    pub is_volatile: i32,
    /// What a cache that outlives one evaluation is to do with it: QUBE_CACHE_TRANSIENT, _KEEP or
    /// _SLICED.
    pub cache: i32,
    /// 1: not evaluated, because it stands below a node that is shared with another; else 0. A
    /// tensor that is skipped is never taken, and does not count as alive.
    pub is_skipped: i32,
    /// With subnet_cse: the number of the contraction, evaluated before, whose result this one is
    /// too, up to a renaming of indices. Nothing is computed or copied for it, and what is below
    /// it is skipped. That result lives until its last use. The k-th of the open indices
    /// (qube_plan_node_open) of the two correspond. -1: shared with none.
    pub shared_with: i64,
}

// SAFETY: as for qube_options.
unsafe impl Growable for qube_node {
    const NAME: &'static str = "qube_node";
    const BASELINE: usize = std::mem::offset_of!(qube_node, cache);

    fn defaults() -> Self {
        qube_node {
            struct_size: size_of::<qube_node>(),
            footprint: 0.0,
            sliced_footprint: 0.0,
            flops: 0.0,
            cost: 0.0,
            live_before: 0.0,
            live: 0.0,
            live_after: 0.0,
            number: 0,
            first: -1,
            second: -1,
            n_loops: 0,
            is_leaf: 0,
            is_volatile: 0,
            cache: QUBE_CACHE_TRANSIENT,
            is_skipped: 0,
            shared_with: -1,
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

/// The points at the root by increasing peak; none for additive objectives.
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

/// A node of the plan. Nodes are in the order of their evaluation, the entries of the sequence.
///
/// @param node  its place, from 0 to n_nodes - 1
/// @param out   the struct to fill; its struct_size must be set
/// Errors: QUBE_ERR_POSITION, QUBE_ERR_ABI.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_node(
    plan: *const qube_plan,
    node: i64,
    out: *mut qube_node,
) -> i32 {
    guard(|| {
        let plan = &unsafe { reference(plan, "plan") }?.0;
        let at = position("node", node, plan.nodes.len())?;
        let node = &plan.nodes[at];
        let numbers = plan.numbers();
        let (is_leaf, first, second) = match node.kind {
            NodeKind::Leaf { .. } => (true, -1, -1),
            NodeKind::Contraction { first, second } => {
                (false, numbers[first] as i64, numbers[second] as i64)
            }
        };
        let value = qube_node {
            footprint: node.footprint,
            sliced_footprint: node.sliced_footprint,
            flops: node.flops,
            cost: node.cost,
            live_before: node.live_before,
            live: node.live,
            live_after: node.live_after,
            number: numbers[at] as i64,
            first,
            second,
            n_loops: node.loops.len() as i64,
            is_leaf: is_leaf.into(),
            is_volatile: node.volatile.into(),
            cache: match node.cache {
                Cache::Transient => QUBE_CACHE_TRANSIENT,
                Cache::Keep => QUBE_CACHE_KEEP,
                Cache::Sliced => QUBE_CACHE_SLICED,
            },
            is_skipped: (node.evaluation == Evaluation::Skipped).into(),
            shared_with: node.shared_with().map_or(-1, |with| numbers[with] as i64),
            ..Growable::defaults()
        };
        unsafe { write(&value, out, "out") }
    })
}

/// The label of a node's tensor; empty for a contraction.
///
/// @param node    its place, from 0
/// @param buf     receives the label and a NUL; NULL with cap 0: only the length is wanted
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes without the NUL
/// Errors: QUBE_ERR_POSITION, QUBE_ERR_BUFFER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_node_label(
    plan: *const qube_plan,
    node: i64,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let label = match &unsafe { node_at(plan, node) }?.kind {
            NodeKind::Leaf { label, .. } => label,
            NodeKind::Contraction { .. } => "",
        };
        unsafe { text_out(label, buf, cap, length) }
    })
}

/// The labels of a node's open indices, with a newline between each two. They are in the order of
/// the network; those of a node that is shared with another, in the order of their counterparts
/// there.
///
/// @param node    its place, from 0
/// @param buf     receives the labels and a NUL; NULL with cap 0: only the length is wanted
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes without the NUL
/// Errors: QUBE_ERR_POSITION, QUBE_ERR_BUFFER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_node_open(
    plan: *const qube_plan,
    node: i64,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let node = unsafe { node_at(plan, node) }?;
        unsafe { text_out(&node.open.join("\n"), buf, cap, length) }
    })
}

/// The labels of the indices that loops around a node slice, with a newline between each two.
///
/// @param node    its place, from 0
/// @param buf     receives the labels and a NUL; NULL with cap 0: only the length is wanted
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes without the NUL
/// Errors: QUBE_ERR_POSITION, QUBE_ERR_BUFFER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_node_nest(
    plan: *const qube_plan,
    node: i64,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let node = unsafe { node_at(plan, node) }?;
        unsafe { text_out(&node.nest.join("\n"), buf, cap, length) }
    })
}

/// A loop that a node opens around the evaluation of both operands.
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

unsafe fn node_at<'a>(plan: *const qube_plan, node: i64) -> Result<&'a Node, Failure> {
    let nodes = &unsafe { reference(plan, "plan") }?.0.nodes;
    Ok(&nodes[position("node", node, nodes.len())?])
}

unsafe fn loop_at<'a>(
    plan: *const qube_plan,
    node: i64,
    number: i64,
) -> Result<&'a OpenedLoop, Failure> {
    let loops = &unsafe { node_at(plan, node) }?.loops;
    Ok(&loops[position("loop", number, loops.len())?])
}

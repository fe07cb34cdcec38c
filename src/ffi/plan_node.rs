//! The nodes of a plan, and what is alive at each.

use std::ffi::c_char;

use super::guard::{guard, reference};
use super::plan::qube_plan;
use super::status::Failure;
use super::structs::{Growable, write};
use super::text::{array_out, position, text_out};
use crate::Plan;
use crate::plan::{Cache, Evaluation, NodeKind};

/// Cache: not to be kept; volatile, or used by persistent nodes only, or the result of the term.
pub const QUBE_CACHE_TRANSIENT: i32 = 0;
/// Cache: persistent and taken by a volatile node, so worth keeping for the next replay.
pub const QUBE_CACHE_KEEP: i32 = 1;
/// Cache: as QUBE_CACHE_KEEP, but the node only ever exists in slices: a loop around it goes in
/// more than one batch over an index that is open in it.
pub const QUBE_CACHE_SLICED: i32 = 2;

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
    /// How often loops around a contraction make it be carried out again; 1 if they do not. Charged
    /// by the objectives with a threshold on the peak, and 1 under the others.
    pub repetitions: f64,
    /// What is alive at the node's turn, itself included: qube_plan_node_alive.
    pub n_alive: i64,
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
            repetitions: 1.0,
            n_alive: 0,
        }
    }
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
        let numbers = plan.ids();
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
            repetitions: node.repetitions,
            n_alive: plan.live_at(at).len() as i64,
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
        let (plan, at) = unsafe { node_at(plan, node) }?;
        unsafe { text_out(plan.label(at).unwrap_or_default(), buf, cap, length) }
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
        let (plan, at) = unsafe { node_at(plan, node) }?;
        unsafe { text_out(&plan.open(at).join("\n"), buf, cap, length) }
    })
}

/// The labels of the indices that loops around a node slice, the outermost first, with a newline
/// between each two.
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
        let (plan, at) = unsafe { node_at(plan, node) }?;
        unsafe { text_out(&plan.nest(at).join("\n"), buf, cap, length) }
    })
}

/// What is alive at a node's turn, by increasing place: tensors and results that are not yet
/// consumed, the node itself, and results that loops around it add to. What qube_node.live has
/// beyond the sum is the contribution of a batch that lives beside its accumulator, or the block
/// that is being made.
///
/// @param node      its place, from 0
/// @param numbers   receives the numbers (qube_node.number); NULL with cap 0: only the length is
///                  wanted
/// @param elements  receives the elements of each, as the loops that have been entered slice it; as
///                  numbers
/// @param cap       entries that each of the two can hold
/// @param length    receives how many are alive: n_alive
/// Errors: QUBE_ERR_POSITION, QUBE_ERR_BUFFER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_node_alive(
    plan: *const qube_plan,
    node: i64,
    numbers: *mut i64,
    elements: *mut f64,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let (plan, at) = unsafe { node_at(plan, node) }?;
        if numbers.is_null() != elements.is_null() {
            return Err(Failure::Null(if numbers.is_null() { "numbers" } else { "elements" }));
        }
        let of_node = plan.ids();
        let alive = plan.live(at).into_iter();
        let (n, e): (Vec<i64>, Vec<f64>) =
            alive.map(|one| (of_node[one.node] as i64, one.elements)).unzip();
        unsafe { array_out(&n, numbers, cap, length) }?;
        unsafe { array_out(&e, elements, cap, length) }
    })
}

/// A plan, and the position of a node in it.
pub(super) unsafe fn node_at<'a>(
    plan: *const qube_plan,
    node: i64,
) -> Result<(&'a Plan, usize), Failure> {
    let plan = &unsafe { reference(plan, "plan") }?.0;
    Ok((plan, position("node", node, plan.nodes.len())?))
}

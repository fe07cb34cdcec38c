//! Plans: an order of contraction with every number that belongs to it.

use std::ffi::c_char;

use super::arena::{Arena, View, viewed};
use super::guard::{free_handle, guard, guard_handle, reference};
use super::network::qube_network;
use super::optimize::{options_in, policy_in, qube_options};
use super::plan_view::view_of;
use super::policy::qube_policy;
use super::render::{
    QUBE_FORMAT_DOT, QUBE_FORMAT_JSON, QUBE_FORMAT_SVG, QUBE_FORMAT_TABLE, no_such_format, rendered,
};
use super::status::Failure;
use super::structs::{self, growable, number};
use super::text::text_in;
use crate::Plan;

/// Cache: not to be kept; volatile, or used by persistent nodes only, or the result of the term.
pub const QUBE_CACHE_TRANSIENT: i32 = 0;
/// Cache: persistent and taken by a volatile node, so worth keeping for the next replay.
pub const QUBE_CACHE_KEEP: i32 = 1;
/// Cache: as QUBE_CACHE_KEEP, but the node only ever exists in slices: a loop around it goes in
/// more than one batch over an index that is open in it.
pub const QUBE_CACHE_SLICED: i32 = 2;

/// An order of contraction with every number that belongs to it. It never changes once made.
pub struct qube_plan {
    pub(super) plan: Plan,
    view: View<qube_plan_view>,
    order: View<qube_order_view>,
}

/// A loop over batches of an index.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_loop {
    /// The number of the index.
    pub index: i64,
    /// Elements of a batch; the last one may be shorter.
    pub batch: i64,
    /// How many batches there are.
    pub batches: i64,
    /// QUBE_ROLE_CONTRACTED: the batches add to the result. QUBE_ROLE_EXTERNAL: each makes a block
    /// of it.
    pub role: i32,
    /// 0
    pub reserved: i32,
}

/// From which node to which a tensor or result is live at one size. A tensor that loops slice
/// further as they are entered has several, each beginning where the one before ends.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_life {
    /// The first node at which it is live at this size.
    pub from: i64,
    /// The last one.
    pub to: i64,
    /// Its size, as the loops around it that have been entered by then slice it.
    pub elements: f64,
}

/// A tensor of the term, or the result of a contraction. Nodes are numbered in the order of their
/// evaluation, tensors where they are taken: a node stands behind its operands, and its subtree
/// ends with it. Sizes are elements, work is multiply-add pairs.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_node {
    /// Volume of the tensor or result.
    pub footprint: f64,
    /// The same as the loops around the node slice it.
    pub sliced_footprint: f64,
    /// Work of the contraction; 0 for a tensor.
    pub flops: f64,
    /// What the objective charges for the contraction; 0 for a tensor. A custom model prices whole
    /// plans: 0.
    pub cost: f64,
    /// How often loops around a contraction make it be carried out again; 1 if they do not. Charged
    /// by the objectives with a threshold on the peak, and 1 under the others.
    pub repetitions: f64,
    /// Elements live just before the node.
    pub live_before: f64,
    /// Elements live at the node.
    pub live: f64,
    /// Elements live just after it.
    pub live_after: f64,
    /// The tensor's number in the network; -1 for a contraction.
    pub tensor: i64,
    /// The node of the operand that is evaluated first; -1 for a tensor.
    pub first: i64,
    /// The node of the other operand; -1 for a tensor.
    pub second: i64,
    /// The contraction that takes the node; -1 for the result of the term.
    pub parent: i64,
    /// The first node at which this one is live: 0 for a tensor, which is there from the start;
    /// for a contraction itself, or the first node below it where loops assemble its result. -1
    /// where it is not evaluated.
    pub live_from: i64,
    /// The last node at which it is live: the one that uses it last. -1 where it is not evaluated.
    pub live_to: i64,
    /// With subnet_cse: the contraction, evaluated before, whose result this one is too, up to a
    /// renaming of indices: the k-th of the open indices of the two correspond. Nothing is computed
    /// or copied for it, what is below it is skipped, and that result lives until its last use. -1:
    /// shared with none.
    pub shared_with: i64,
    /// Where its open indices begin in view.open.
    pub open_begin: i64,
    /// Where they end.
    pub open_end: i64,
    /// Loops opened around the evaluation of both operands, the outermost first.
    pub loops: *const qube_loop,
    /// How many there are.
    pub n_loops: i64,
    /// When it is live, and how large, from live_from to live_to.
    pub lives: *const qube_life,
    /// How many intervals there are: one for a result, 0 where it is not evaluated.
    pub n_lives: i64,
    /// What a cache that outlives one evaluation is to do with it: QUBE_CACHE_TRANSIENT, _KEEP or
    /// _SLICED.
    pub cache: i32,
    /// 1: it depends on a volatile tensor.
    pub is_volatile: i32,
    /// 1: not evaluated, because it stands below a node that is shared with another. A tensor that
    /// is skipped is never taken, and is not live.
    pub is_skipped: i32,
    /// 0
    pub reserved: i32,
}

/// A point among which a plan is chosen.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_point {
    /// The peak, elements.
    pub peak_elements: f64,
    /// The cost.
    pub cost: f64,
}

/// That nothing fits a threshold on the peak, and what there is to do about it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_infeasible {
    /// The threshold of the policy, bytes.
    pub threshold_bytes: i64,
    /// The least peak of all schedules, elements: a threshold that could be met; of a plan that is
    /// not proven best, the least that was found.
    pub least_peak_elements: f64,
    /// The same in bytes; -1 from 2^53 elements on, where a double no longer counts each.
    pub least_peak_bytes: i64,
    /// The least peak if every batch were a single tile, elements: whether finer batches would do;
    /// -1 where that search was out of reach.
    pub finest_peak_elements: f64,
    /// The same in bytes, as least_peak_bytes.
    pub finest_peak_bytes: i64,
    /// Loops of a schedule that reaches the least peak.
    pub loops: *const qube_loop,
    /// How many there are.
    pub n_loops: i64,
}

/// Everything that a plan tells, filled by qube_plan_get(). Sizes are elements, work is multiply-
/// add pairs.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_plan_view {
    /// sizeof(qube_plan_view), set by the caller
    pub struct_size: usize,
    /// What the objective charges for the plan.
    pub cost: f64,
    /// Work, unweighted.
    pub flops: f64,
    /// The most elements live at a time.
    pub peak_elements: f64,
    /// The same in bytes, rounded up to whole elements; -1 from 2^53 elements on, where a double no
    /// longer counts each.
    pub peak_bytes: i64,
    /// What no plan in the space searched goes below: the peak or the cost, as bounded says. It is
    /// the peak for _PEAK_SIZE and _PEAK_SIZE_BATCHED, and where nothing fits _SPACE_TIME_BATCHED;
    /// else the cost, of plans that fit. Where a search for the peak stopped once the least one was
    /// known, it is the cost, of plans as near to that peak as the tolerance allows.
    pub lower_bound: f64,
    /// By how much the plan may exceed the best one in the space searched, as a fraction: 0 where
    /// it is proven best; -1 where the bound is far too low to tell.
    pub gap: f64,
    /// Wall-clock time of the optimization.
    pub seconds: f64,
    /// States that the search expanded; of a subset DP, those in its table; 0 for searches without.
    pub states: i64,
    /// Pairs of states that it examined; of a subset DP, splits.
    pub pairs: i64,
    /// Bytes that the allocator refused to the search, which stopped it as a limit does; 0: none.
    /// This is the one stop that may differ between MPI ranks.
    pub refused_bytes: i64,
    /// How the plan was found, in a few words.
    pub method: *const c_char,
    /// The nodes in the order of their evaluation; the last is the result of the term.
    pub nodes: *const qube_node,
    /// How many there are: 2 n_tensors - 1.
    pub n_nodes: i64,
    /// Tensors of the term.
    pub n_tensors: i64,
    /// The node at which the peak is.
    pub peak_node: i64,
    /// Numbers of the indices open in each node, node after node, in the order of the network.
    pub open: *const i64,
    /// How many there are.
    pub n_open: i64,
    /// Labels of the indices, by number.
    pub indices: *const *const c_char,
    /// How many there are.
    pub n_indices: i64,
    /// Labels of the tensors, by number.
    pub tensors: *const *const c_char,
    /// The plan in reverse Polish notation: tensor numbers, and -1 to contract the two results on
    /// top of the stack. As many as nodes.
    pub sequence: *const i64,
    /// The points (peak, cost) at the root by increasing peak: the plan's alone, unless the options
    /// asked for the frontier.
    pub frontier: *const qube_point,
    /// How many there are; 0 for additive objectives.
    pub n_frontier: i64,
    /// That nothing fits the policy's threshold, or that nothing was found that does, where the
    /// plan is not proven best: the plan then comes nearest under its objective. NULL: it fits, or
    /// there was no threshold.
    pub infeasible: *const qube_infeasible,
    /// As in qube_options: what turns elements into bytes.
    pub bytes_per_element: i64,
    /// As in qube_options, or QUBE_CUSTOM.
    pub objective: i32,
    /// 1: outer products were searched, too.
    pub exhaustive: i32,
    /// 1: proven best in the space that was searched; under a custom model, if it is monotone.
    pub optimal: i32,
    /// What lower_bound is about: QUBE_BOUNDED_COST or QUBE_BOUNDED_PEAK.
    pub bounded: i32,
}

growable!(qube_plan_view);

/// The order of a plan's contractions that holds least, filled by qube_plan_best_order().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_order_view {
    /// sizeof(qube_order_view), set by the caller
    pub struct_size: usize,
    /// The most elements live at a time in that order: at most the plan's.
    pub peak_elements: f64,
    /// The contraction at which that is; 0 for a single tensor.
    pub peak_node: i64,
    /// The contractions in that order, without those that are shared or skipped.
    pub contractions: *const i64,
    /// How many there are: n_tensors - 1 unless results are shared.
    pub n_contractions: i64,
}

growable!(qube_order_view);

/// Frees a plan.
///
/// @param plan  the plan, in use by no other thread; NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_free(plan: *mut qube_plan) {
    unsafe { free_handle(plan) }
}

/// Everything that a plan tells.
///
/// @param plan  the plan
/// @param view  receives it; its struct_size must be set. What it points to lives as long as the
///              plan
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size), QUBE_ERR_LIMIT (no memory),
///         QUBE_ERR_LABEL (a label with a NUL, which documents may have and C text not)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_get(plan: *const qube_plan, view: *mut qube_plan_view) -> i32 {
    unsafe { viewed(plan, "plan", view, |handle| &handle.view, view_of) }
}

/// A plan as a document.
///
/// The JSON document has schema "qube-plan/2"; qube_plan_from_json() reads it. It grows linearly
/// with the number of tensors; drawings stay below a megabyte.
///
/// @param plan    the plan
/// @param format  QUBE_FORMAT_TABLE, _JSON, _SVG (memory against time) or _DOT (the tree)
/// @param text    receives the document, to be freed by qube_text_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_OPTION (format), QUBE_ERR_LABEL (a label with a NUL)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_render(
    plan: *const qube_plan,
    format: i32,
    text: *mut *mut c_char,
) -> i32 {
    rendered(text, || {
        let plan = &unsafe { reference(plan, "plan") }?.plan;
        match format {
            QUBE_FORMAT_TABLE => Ok(plan.report()),
            QUBE_FORMAT_JSON => Ok(plan.to_json()),
            QUBE_FORMAT_SVG => Ok(plan.to_svg()),
            QUBE_FORMAT_DOT => Ok(plan.to_dot()),
            _ => Err(no_such_format(
                format,
                "QUBE_FORMAT_TABLE (1), _JSON (2), _SVG (3) or _DOT (4)",
            )),
        }
    })
}

/// Reads a plan that qube_plan_render() or the command line (qube plan --json) wrote, on this host
/// or another. It is equal to the one that was written. The document is checked: its sequence
/// spells a tree, and its numbers agree with each other. Fields that are not known are passed over.
///
/// @param text  the document, schema "qube-plan/2"
/// @param plan  receives the plan, to be freed by qube_plan_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_UTF8, QUBE_ERR_DOCUMENT, with the reason
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_from_json(
    text: *const c_char,
    plan: *mut *mut qube_plan,
) -> i32 {
    guard_handle(plan, "plan", || {
        let text = unsafe { text_in(text, "text") }?;
        Ok(qube_plan::of(Plan::from_json(text)?))
    })
}

/// Recomputes a plan by code that shares nothing with the search, and compares its numbers.
///
/// What the plan says of other plans is not compared: that it is the best one, the frontier, the
/// lower bound, and what would fit where nothing does. Under a custom model the cost is the
/// model's, and not compared either; the objective of the options is then not read. Time O(n^3) for
/// n tensors.
///
/// @param plan     the plan
/// @param network  the network that it was made for
/// @param policy   the policy that it was made under; NULL: nothing may be sliced
/// @param options  the options that it was made with; NULL: the defaults
/// @return QUBE_OK, the plan agrees; QUBE_ERR_REPLAY, it does not: the message says where;
///         QUBE_ERR_NULL, QUBE_ERR_ABI; as for qube_optimize(), QUBE_ERR_OPTION, QUBE_ERR_INPUT,
///         QUBE_ERR_TOO_LARGE, QUBE_ERR_POWER_MEAN, QUBE_ERR_OVERFLOW; those of
///         qube_policy_resolve()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_verify(
    plan: *const qube_plan,
    network: *const qube_network,
    policy: *const qube_policy,
    options: *const qube_options,
) -> i32 {
    guard(|| {
        let plan = &unsafe { reference(plan, "plan") }?.plan;
        let network = &unsafe { reference(network, "network") }?.network;
        let policy = unsafe { policy_in(policy) };
        let (options, _) = unsafe { options_in(options) }?;
        // The replay reads the policy more than once; a host's callbacks are asked once.
        plan.verify(network, &policy.resolved(network)?, &options)?;
        Ok(())
    })
}

/// The order of the plan's contractions that holds least: also one that the sequence cannot
/// express, because it begins one operand before the other is done (Liu 1987, the best order of a
/// given tree). It is the plan's own where none holds less; other trees are not looked at. The
/// contractions inside a loop follow each other, and end with the one that opens it. In loops that
/// open further loops, and where results are shared, the plan's order is kept. Time O(n^2) for n
/// tensors at the first call.
///
/// @param plan  the plan
/// @param view  receives the order; its struct_size must be set. What it points to lives as long as
///              the plan
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size), QUBE_ERR_LIMIT (no memory)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_best_order(
    plan: *const qube_plan,
    view: *mut qube_order_view,
) -> i32 {
    unsafe { viewed(plan, "plan", view, |handle| &handle.order, order_of) }
}

impl qube_plan {
    pub(super) fn of(plan: Plan) -> qube_plan {
        qube_plan { plan, view: View::default(), order: View::default() }
    }
}

fn order_of(handle: &qube_plan, arena: &mut Arena) -> Result<qube_order_view, Failure> {
    let order = handle.plan.best_order();
    let (contractions, n_contractions) =
        arena.array_of(&order.contractions, |_, &node| Ok(number(node)))?;
    Ok(qube_order_view {
        peak_elements: order.peak,
        peak_node: number(order.peak_node),
        contractions,
        n_contractions,
        ..structs::Growable::defaults()
    })
}

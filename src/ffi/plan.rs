//! Plans: nodes, loops, lifetimes, order.

use std::collections::HashMap;
use std::ffi::c_char;

use super::arena::{Arena, View, viewed};
use super::guard::free_handle;
use super::options::{bounded_number, number_of};
use super::role::role_number;
use super::status::Failure;
use super::structs::{self, growable, number};
use crate::Plan;
use crate::plan::{Cache, Evaluation, Infeasible, Life, Node, NodeKind, OpenedLoop};

/// Cache: drop it: volatile, only used by persistent nodes, or the result.
pub const QUBE_CACHE_TRANSIENT: i32 = 0;
/// Cache: keep it for the next replay: persistent, used by a volatile node.
pub const QUBE_CACHE_KEEP: i32 = 1;
/// Cache: as _KEEP, but the node exists in slices only: a loop around it has more than one batch
/// over an index that is open in it.
pub const QUBE_CACHE_SLICED: i32 = 2;

/// A loop over batches of an index.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_loop {
    /// The number of the index.
    pub index: i64,
    /// Elements of a batch; the last may be shorter.
    pub batch: i64,
    /// Number of batches.
    pub batches: i64,
    /// QUBE_ROLE_CONTRACTED: batches add up; _EXTERNAL: each makes a block.
    pub role: i32,
    pub reserved: i32,
}

/// An interval of nodes in which a tensor or result is live at one size. A tensor that loops slice
/// further as they are entered has several, each beginning where the one before ends.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_life {
    /// The first node.
    pub from: i64,
    /// The last node.
    pub to: i64,
    /// Its size, as the loops around it entered so far slice it.
    pub elements: f64,
}

/// A node: a tensor of the term, or the result of a contraction. Nodes are numbered in evaluation
/// order, tensors at their use: a node follows its operands, and its subtree ends with it. Sizes
/// are elements, work is multiply-add pairs. live_from and live_to are -1 for a node that is not
/// evaluated; it has no lives.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_node {
    /// Volume of the tensor or result.
    pub footprint: f64,
    /// The same as sliced by the loops around the node.
    pub sliced_footprint: f64,
    /// Work of the contraction; 0 for a tensor.
    pub flops: f64,
    /// The objective's charge; 0 for a tensor, and under a custom model.
    pub cost: f64,
    /// Evaluations of the contraction that loops around it demand, 1 without. Objectives with a
    /// threshold charge them; it is 1 under the others.
    pub repetitions: f64,
    /// Elements live just before the node.
    pub live_before: f64,
    /// Elements live at the node.
    pub live: f64,
    /// Elements live just after the node.
    pub live_after: f64,
    /// The tensor's number in the network; -1 for a contraction.
    pub tensor: i64,
    /// Node of the operand that is evaluated first; -1 for a tensor.
    pub first: i64,
    /// Node of the other operand; -1 for a tensor.
    pub second: i64,
    /// The contraction that uses the node; -1 for the result of the term.
    pub parent: i64,
    /// The first node at which it is live: 0 for a tensor; for a contraction itself, or the first
    /// node below it if loops assemble its result.
    pub live_from: i64,
    /// The last node at which it is live, its last use.
    pub live_to: i64,
    /// With subnet_cse: the earlier contraction whose result is this one, too, up to a renaming of
    /// indices; the k-th open indices of both correspond. Nothing is computed or copied for this
    /// node, its subtree is skipped, and that result lives until its last use. -1: none.
    pub shared_with: i64,
    /// Its open indices are view.open[open_begin] to
    pub open_begin: i64,
    /// view.open[open_end - 1].
    pub open_end: i64,
    /// Loops around the evaluation of both operands, outermost first.
    pub loops: *const qube_loop,
    pub n_loops: i64,
    /// Its intervals from live_from to live_to, one for a result.
    pub lives: *const qube_life,
    pub n_lives: i64,
    /// QUBE_CACHE_TRANSIENT, _KEEP or _SLICED, across evaluations.
    pub cache: i32,
    /// 1: it depends on a volatile tensor.
    pub is_volatile: i32,
    /// 1: below a node with shared_with: never evaluated, used or live.
    pub is_skipped: i32,
    pub reserved: i32,
}

/// A point of the frontier.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_point {
    pub peak_elements: f64,
    pub cost: f64,
}

/// Why nothing fits a threshold on the peak, and what would. Bytes are -1 from 2^53 elements on,
/// where a double is not exact.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_infeasible {
    /// The policy's threshold.
    pub threshold_bytes: i64,
    /// The least peak of all schedules, if the plan is proven best, else of those found.
    pub least_peak_elements: f64,
    /// The same in bytes.
    pub least_peak_bytes: i64,
    /// The least peak with batches of one tile, which shows whether finer batches help; -1 if that
    /// search was out of reach.
    pub finest_peak_elements: f64,
    /// The same in bytes.
    pub finest_peak_bytes: i64,
    /// Loops of a schedule with the least peak.
    pub loops: *const qube_loop,
    pub n_loops: i64,
}

/// The contents of a plan. Sizes are elements, work is multiply-add pairs.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_plan_view {
    pub struct_size: usize,
    /// The objective's charge for the plan.
    pub cost: f64,
    /// Work, unweighted.
    pub flops: f64,
    /// The most elements live at a time.
    pub peak_elements: f64,
    /// The same in bytes, rounded up to whole elements; -1 from 2^53 elements on, where a double is
    /// not exact.
    pub peak_bytes: i64,
    /// No plan in the space searched goes below it: the peak for _PEAK_SIZE, _PEAK_SIZE_BATCHED,
    /// and _SPACE_TIME_BATCHED if nothing fits; else the cost of plans that fit. If a search for
    /// the peak stopped after it found the least one: the cost of plans within the tolerance.
    pub lower_bound: f64,
    /// Fraction by which it may exceed the best plan in the space: 0 if proven best; -1 if unknown,
    /// with a bound far too low.
    pub gap: f64,
    /// Wall-clock time of the optimization.
    pub seconds: f64,
    /// Expanded states (subset DP: those in its table); 0: no states.
    pub states: i64,
    /// Pairs of states that it examined, for a subset DP splits.
    pub pairs: i64,
    /// Bytes that the allocator refused to the search, which stopped it as a limit does; 0: none.
    /// Only this stop may differ between MPI ranks.
    pub refused_bytes: i64,
    /// The method that found the plan, in a few words.
    pub method: *const c_char,
    /// The 2 n_tensors - 1 nodes in evaluation order; the result is last.
    pub nodes: *const qube_node,
    pub n_nodes: i64,
    /// Tensors of the term.
    pub n_tensors: i64,
    /// The node of the peak.
    pub peak_node: i64,
    /// Numbers of open indices, by node, in the order of the network.
    pub open: *const i64,
    pub n_open: i64,
    /// Labels of the indices, by number.
    pub indices: *const *const c_char,
    pub n_indices: i64,
    /// Labels of the n_tensors tensors, by number.
    pub tensors: *const *const c_char,
    /// The plan in reverse Polish notation, n_nodes long: a tensor's number, or -1 to contract the
    /// two results on top of the stack.
    pub sequence: *const i64,
    /// Points (peak, cost) at the root by increasing peak: the plan's only, unless the options
    /// asked for the frontier; none for additive objectives.
    pub frontier: *const qube_point,
    pub n_frontier: i64,
    /// Nothing fits the policy's threshold, or nothing that fits was found if the plan is not
    /// proven best; the plan then comes nearest under its objective. NULL: it fits, or there is no
    /// threshold.
    pub infeasible: *const qube_infeasible,
    /// As in qube_options: turns elements into bytes.
    pub bytes_per_element: i64,
    /// As in qube_options, or QUBE_CUSTOM.
    pub objective: i32,
    /// 1: outer products were searched, too.
    pub exhaustive: i32,
    /// 1: proven best in the space searched, if a custom model is monotone.
    pub optimal: i32,
    /// The quantity of lower_bound: QUBE_BOUNDED_COST or _PEAK.
    pub bounded: i32,
}

growable!(qube_plan_view);

/// An order of contraction with all its numbers.
pub struct qube_plan {
    pub(super) plan: Plan,
    view: View<qube_plan_view>,
    order: View<qube_order_view>,
}

/// The contents of a plan's best order.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_order_view {
    pub struct_size: usize,
    /// The most elements live at a time in this order, at most the plan's.
    pub peak_elements: f64,
    /// The contraction of that peak; 0 for a single tensor.
    pub peak_node: i64,
    /// n_tensors - 1 contractions without shared or skipped ones.
    pub contractions: *const i64,
    pub n_contractions: i64,
}

growable!(qube_order_view);

/// Frees a plan.
/// @param plan  NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_free(plan: *mut qube_plan) {
    unsafe { free_handle(plan) }
}

/// Fills the view of a plan.
/// @param plan  the plan
/// @param view  the view, with struct_size set
/// @return QUBE_OK; QUBE_ERR_LABEL (a label with a NUL, from a document)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plan_get(plan: *const qube_plan, view: *mut qube_plan_view) -> i32 {
    unsafe { viewed(plan, "plan", view, |handle| &handle.view, view_of) }
}

/// Finds the order of the plan's contractions with the least peak, also one that the sequence
/// cannot express because it begins one operand before the other is done.
/// Source: Liu 1987, the best order of a given tree; other trees are not considered, and the plan's
/// own order stays if none has a lower peak. Contractions inside a loop stay together, and end with
/// the one that opens it. In loops with inner loops, and with shared results, the plan's order
/// stays. Time O(n^2) for n tensors at the first call.
/// @param plan  the plan
/// @param view  the view, with struct_size set; valid until the plan's _free
/// @return QUBE_OK
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

fn view_of(handle: &qube_plan, arena: &mut Arena) -> Result<qube_plan_view, Failure> {
    let plan = &handle.plan;
    let names = plan.index_labels();
    let (indices, n_indices) = arena.array_of(names, |arena, label| arena.text(label))?;
    let (tensors, n_tensors) =
        arena.array_of(plan.tensor_labels(), |arena, label| arena.text(label))?;
    let numbers: HashMap<&str, i64> = if plan.nodes.iter().all(|node| node.loops.is_empty()) {
        HashMap::new()
    } else {
        plan.index_labels().zip(0..).collect()
    };
    let mut open = Vec::new();
    let parents = parents(plan);
    let lifetimes = plan.lifetimes();
    let mut lifetimes = lifetimes.chunk_by(|one, next| one.node == next.node).peekable();
    let nodes = plan.nodes.iter().enumerate();
    let (nodes, n_nodes) = arena.array_of(nodes, |arena, (at, node)| {
        let open_begin = number(open.len());
        open.extend(plan.open_ids(at).iter().map(|&id| i64::from(id)));
        let (loops, n_loops) = loops_of(&node.loops, &numbers, arena)?;
        let lives = lifetimes.next_if(|lives| lives[0].node == at).unwrap_or_default();
        let (from, to) = (lives.first().map(|life| life.from), lives.last().map(|life| life.to));
        let (lives, n_lives) = arena.array_of(lives, |_, &Life { from, to, elements, .. }| {
            Ok(qube_life { from: number(from), to: number(to), elements })
        })?;
        Ok(qube_node {
            parent: parents[at].map_or(-1, number),
            live_from: from.map_or(-1, number),
            live_to: to.map_or(-1, number),
            open_begin,
            open_end: number(open.len()),
            loops,
            n_loops,
            lives,
            n_lives,
            ..node_of(node)
        })
    })?;
    let sequence = arena.array(&plan.sequence())?;
    let (frontier, n_frontier) = arena.array_of(&plan.frontier, |_, &(peak_elements, cost)| {
        Ok(qube_point { peak_elements, cost })
    })?;
    let infeasible = match &plan.infeasible {
        None => std::ptr::null(),
        Some(found) => infeasible_of(plan, found, &numbers, arena)?,
    };
    Ok(qube_plan_view {
        cost: plan.cost,
        flops: plan.flops,
        peak_elements: plan.peak,
        peak_bytes: bytes_of(plan, plan.peak),
        lower_bound: plan.search.lower_bound,
        gap: plan.gap().unwrap_or(-1.0),
        seconds: plan.search.seconds,
        // Counts of what was done one by one.
        states: plan.search.states as i64,
        pairs: plan.search.pairs as i64,
        refused_bytes: refused(plan.search.refused_bytes),
        method: arena.text(plan.search.method.name())?,
        nodes,
        n_nodes,
        n_tensors,
        peak_node: number(plan.peak_node),
        open: arena.array(&open)?,
        n_open: number(open.len()),
        indices,
        n_indices,
        tensors,
        sequence,
        frontier,
        n_frontier,
        infeasible,
        bytes_per_element: plan.bytes_per_element as i64,
        objective: number_of(plan.objective),
        exhaustive: plan.search.exhaustive.into(),
        optimal: plan.search.optimal.into(),
        bounded: bounded_number(plan.search.bounded),
        ..structs::Growable::defaults()
    })
}

/// By node, the contraction that uses it.
fn parents(plan: &Plan) -> Vec<Option<usize>> {
    let mut parents = vec![None; plan.nodes.len()];
    for (at, node) in plan.nodes.iter().enumerate() {
        if let NodeKind::Contraction { first, second } = node.kind {
            (parents[first], parents[second]) = (Some(at), Some(at));
        }
    }
    parents
}

/// The part of a node that does not depend on others.
fn node_of(node: &Node) -> qube_node {
    let (tensor, first, second) = match node.kind {
        NodeKind::Leaf { tensor } => (number(tensor), -1, -1),
        NodeKind::Contraction { first, second } => (-1, number(first), number(second)),
    };
    qube_node {
        footprint: node.footprint,
        sliced_footprint: node.sliced_footprint,
        flops: node.flops,
        cost: node.cost,
        repetitions: node.repetitions,
        live_before: node.live_before,
        live: node.live,
        live_after: node.live_after,
        tensor,
        first,
        second,
        parent: -1,
        live_from: -1,
        live_to: -1,
        shared_with: node.shared_with().map_or(-1, number),
        open_begin: 0,
        open_end: 0,
        loops: std::ptr::null(),
        n_loops: 0,
        lives: std::ptr::null(),
        n_lives: 0,
        cache: match node.cache {
            Cache::Transient => QUBE_CACHE_TRANSIENT,
            Cache::Keep => QUBE_CACHE_KEEP,
            Cache::Sliced => QUBE_CACHE_SLICED,
        },
        is_volatile: node.volatile.into(),
        is_skipped: (node.evaluation == Evaluation::Skipped).into(),
        reserved: 0,
    }
}

fn loops_of(
    loops: &[OpenedLoop],
    numbers: &HashMap<&str, i64>,
    arena: &mut Arena,
) -> Result<(*const qube_loop, i64), Failure> {
    arena.array_of(loops, |_, one| {
        Ok(qube_loop {
            index: numbers.get(one.index.as_str()).copied().unwrap_or(-1),
            // Both are at most the extent, which came in as int64_t.
            batch: one.batch as i64,
            batches: one.batches as i64,
            role: role_number(one.role),
            reserved: 0,
        })
    })
}

fn infeasible_of(
    plan: &Plan,
    found: &Infeasible,
    numbers: &HashMap<&str, i64>,
    arena: &mut Arena,
) -> Result<*const qube_infeasible, Failure> {
    let (loops, n_loops) = loops_of(&found.loops, numbers, arena)?;
    arena.array(&[qube_infeasible {
        threshold_bytes: found.threshold as i64, // it came in as int64_t
        least_peak_elements: found.least_peak,
        least_peak_bytes: bytes_of(plan, found.least_peak),
        finest_peak_elements: found.finest_peak.unwrap_or(-1.0),
        finest_peak_bytes: found.finest_peak.map_or(-1, |peak| bytes_of(plan, peak)),
        loops,
        n_loops,
    }])
}

/// Bytes that the allocator refused.
pub(super) fn refused(bytes: Option<u64>) -> i64 {
    bytes.map_or(0, |bytes| i64::try_from(bytes).unwrap_or(i64::MAX))
}

/// Elements in bytes; -1 where a double is not exact.
fn bytes_of(plan: &Plan, elements: f64) -> i64 {
    // Fewer than 2^53 elements of at most 2^10 bytes.
    plan.bytes("a peak", elements).map_or(-1, |bytes| bytes as i64)
}

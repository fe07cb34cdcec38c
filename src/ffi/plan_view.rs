//! Fills the view of a plan.

use std::collections::HashMap;

use super::arena::Arena;
use super::network::role_number;
use super::optimize::{bounded_number, number_of};
use super::plan::{
    QUBE_CACHE_KEEP, QUBE_CACHE_SLICED, QUBE_CACHE_TRANSIENT, qube_infeasible, qube_life,
    qube_loop, qube_node, qube_plan, qube_plan_view, qube_point,
};
use super::status::Failure;
use super::structs::{self, number};
use crate::Plan;
use crate::plan::Infeasible;
use crate::plan::{Cache, Evaluation, Life, Node, NodeKind, OpenedLoop};

pub(super) fn view_of(handle: &qube_plan, arena: &mut Arena) -> Result<qube_plan_view, Failure> {
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

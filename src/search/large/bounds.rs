//! What no tree can go below: weak, but proven.
//!
//! In every tree each tensor is an operand once, and the result of the term is made once. With L the
//! sum of all tensors and S the result:
//! - work: a contraction works at least as much as each of its operands and its result is large, so
//!   at least as much as half the operands' sum: L / 2, and S
//! - storage: every operand and every result is stored: L + S
//! - peak: all tensors are resident from the start, as finely sliced as loops can: L, and S
//!
//! The first needs volumes that do not shrink when indices are added (`Problem::volumes_grow`); else
//! work has the bound 0.

use super::hypergraph::Hypergraph;
use crate::Objective;
use crate::search::LoopSet;

/// The bound under the problem's objective: of the peak, or of the cost.
pub fn lower_bound(graph: &Hypergraph) -> f64 {
    let (problem, tensors) = (graph.problem, graph.tensors());
    let options = problem.options();
    let sum = |loops| (0..tensors).map(|at| graph.sliced(graph.leaf(at), loops)).sum::<f64>();
    let result = match tensors {
        1 => graph.size(graph.leaf(0)),
        _ => graph.size(&graph.result()),
    };
    if let Objective::Peak | Objective::PeakBatched = options.objective {
        let loops = 0..problem.loops().len();
        return sum(loops.fold(LoopSet::NONE, |set, at| set.union(LoopSet::of(at)))).max(result);
    }
    if tensors == 1 {
        return 0.0;
    }
    let all = sum(LoopSet::NONE);
    let work = if problem.volumes_grow() { (all / 2.0).max(result) } else { 0.0 };
    match options.objective {
        Objective::Flops => work + options.footprint_weight * result,
        Objective::Size => all + result + options.footprint_weight * result,
        Objective::Custom => 0.0,
        _ if (0..tensors).any(|at| graph.is_volatile(at)) => {
            options.volatile_weight.min(1.0) * work
        }
        _ => work,
    }
}

//! Lower bounds for every tree: weak, but proven.
//!
//! In every tree each tensor is an operand once, and the result of the term is computed once. With
//! L the sum of all tensors and S the result:
//! - cost: the least cost of contractions whose operands have L elements together
//!   (`Problem::least_for_operands`); size, and a weight on footprints, count the result as well
//! - peak: all tensors are resident at the start, as finely sliced as loops can, and the result at
//!   the end: the larger of L and S

use super::hypergraph::Hypergraph;
use crate::problem::{Charge, LoopSet, Quantity};

/// The lower bound on the objective of the problem: the peak, or the cost.
pub fn lower_bound(graph: &Hypergraph) -> f64 {
    let (problem, tensors) = (graph.problem, graph.tensors());
    let options = problem.options();
    let sum = |loops| (0..tensors).map(|at| graph.sliced(graph.leaf(at), loops)).sum::<f64>();
    let result = match tensors {
        1 => graph.size(graph.leaf(0)),
        _ => graph.size(&graph.result()),
    };
    if options.objective.first() == Quantity::Peak {
        let loops = LoopSet::all(problem.loops().len());
        return sum(loops).max(result);
    }
    if tensors == 1 {
        return 0.0;
    }
    let operands = problem.least_for_operands(sum(LoopSet::NONE));
    match options.objective.charge() {
        Charge::Work => operands + options.footprint_weight * result,
        Charge::Storage => operands + (1.0 + options.footprint_weight) * result,
        Charge::Roofline | Charge::Nothing => operands,
    }
}

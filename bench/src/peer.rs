//! The omeco crate, on one thread (the driver sets RAYON_NUM_THREADS): exhaustive search, greedy, and
//! simulated annealing for work alone.

use std::collections::HashMap;

use omeco::{
    CodeOptimizer, EinCode, ExhaustiveSearch, GreedyMethod, NestedEinsum, ScoreFunction, TreeSA,
    optimize_code, optimize_exhaustive,
};
use serde_json::{Value, json};

use crate::Result;
use crate::networks::EinsumNetwork;
use crate::timing::{Timed, timed};

type Tree = NestedEinsum<usize>;

pub fn answer(case: &EinsumNetwork, work: &str, seconds: f64) -> Result<Value> {
    let (code, sizes) = code(case)?;
    let heuristic = |found: Option<Tree>| found.ok_or_else(|| "it found no tree".into());
    let timed: Timed<Tree> = match work {
        "omeco-exhaustive" => {
            let search = ExhaustiveSearch::default();
            timed(seconds, || Ok(optimize_exhaustive(&code, &sizes, &search)?))
        }
        "omeco-greedy" => {
            timed(seconds, || heuristic(optimize_code(&code, &sizes, &GreedyMethod::default())))
        }
        // Its default, but that space counts for nothing, as for the others.
        "omeco-annealing" => {
            let annealing =
                TreeSA { score: ScoreFunction::new(1.0, 0.0, 0.0, f64::MAX), ..TreeSA::default() };
            timed(seconds, || heuristic(annealing.optimize(&code, &sizes)))
        }
        _ => Err(format!("there is no work '{work}'").into()),
    }?;
    let mut pairs = Vec::new();
    let mut next = code.ixs.len();
    number(&timed.value, &mut next, &mut pairs)?;
    Ok(json!({"seconds": timed.seconds, "calls": timed.calls, "pairs": pairs}))
}

/// The network with numbers for labels.
fn code(case: &EinsumNetwork) -> Result<(EinCode<usize>, HashMap<usize, usize>)> {
    let numbers: HashMap<&String, usize> =
        case.sizes.keys().enumerate().map(|(at, label)| (label, at)).collect();
    let of = |labels: &[String]| labels.iter().map(|label| numbers[label]).collect::<Vec<_>>();
    let code = EinCode::new(case.inputs.iter().map(|one| of(one)).collect(), of(&case.output));
    let mut sizes = HashMap::new();
    for (label, &size) in &case.sizes {
        sizes.insert(numbers[label], usize::try_from(size)?);
    }
    Ok((code, sizes))
}

/// Writes the pairs of a tree in single assignment, and returns the number of its root.
fn number(tree: &Tree, next: &mut usize, pairs: &mut Vec<[usize; 2]>) -> Result<usize> {
    match tree {
        NestedEinsum::Leaf { tensor_index } => Ok(*tensor_index),
        NestedEinsum::Node { args, .. } => {
            let [first, second] = args.as_slice() else {
                return Err(format!("a contraction has {} operands", args.len()).into());
            };
            let pair = [number(first, next, pairs)?, number(second, next, pairs)?];
            pairs.push(pair);
            *next += 1;
            Ok(*next - 1)
        }
    }
}

//! Live elements of any order of a plan's contractions, depth-first or not.
//!
//! Liveness is that of `replay`, with the loops opened at the contraction and above as opened.
//! Tensors are live from the start, and taking one is no step. Errors are an order that omits or
//! repeats a contraction, contracts before its operands are made, or leaves the body of a loop and
//! returns to it.

use std::collections::BTreeSet;

use super::{Checked, Move, beside_result, broken};
use crate::Result;
use crate::network::Network;
use crate::policy::BatchPolicy;
use crate::problem::Options;

/// The live elements of an order.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderReplay {
    pub peak: f64,
    /// Live elements at each contraction, in this order.
    pub live: Vec<f64>,
}

/// Replays the evaluated contractions of `moves` in another order, given by their positions in
/// `moves`. Errors: `Replay`, for the order; those of `replay`.
pub fn replay_order(
    network: &Network,
    policy: &BatchPolicy,
    options: &Options,
    moves: &[Move],
    order: &[usize],
) -> Result<OrderReplay> {
    let resolved = &policy.resolve(network)?;
    let Checked { tree, sizer, sharing } = &Checked::of(network, resolved, options, moves)?;
    let is_step = |at: usize| !tree.is_leaf(at) && sharing.is_done(at);
    let steps: BTreeSet<usize> = (0..moves.len()).filter(|&at| is_step(at)).collect();
    let mut made = BTreeSet::new();
    let mut there: BTreeSet<usize> = tree.leaves().filter(|&at| sharing.is_done(at)).collect();
    let mut live = Vec::new();
    for (number, &at) in order.iter().enumerate() {
        if !steps.contains(&at) || made.contains(&at) {
            return Err(broken(format!(
                "entry {number} of the order is {at}; give each contraction once"
            )));
        }
        let taken: BTreeSet<usize> = (0..moves.len())
            .filter(|&node| sharing.is_done(node) && sharing.users(tree, node).any(|by| by == at))
            .collect();
        if let Some(missing) =
            taken.iter().find(|&node| steps.contains(node) && !made.contains(node))
        {
            return Err(broken(format!(
                "entry {number} of the order contracts {at} before its operand {missing}"
            )));
        }
        let entered: BTreeSet<usize> = tree.ancestors(at).chain([at]).collect();
        let opens = |node: usize| !tree.loops[node].is_empty();
        let before = number.checked_sub(1).map(|before| order[before]);
        let around = before.into_iter().flat_map(|before| tree.ancestors(before));
        let mut left = around.filter(|&node| opens(node) && !entered.contains(&node));
        if let Some(body) = left.find(|node| !made.contains(node)) {
            return Err(broken(format!(
                "entry {number} of the order, {at}, leaves the loops of {body} before {body} is done"
            )));
        }
        let size = |node: &usize| {
            let sliced = tree.loops_above(*node, |ancestor| entered.contains(&ancestor));
            sizer.volume(&tree.open[*node], &sliced)
        };
        // Loops assemble results from their first batch on.
        let assembled = options.objective.charges_slicing();
        there.extend(tree.ancestors(at).filter(|node| assembled && opens(*node)));
        there.insert(at);
        live.push(there.iter().map(size).sum::<f64>() + beside_result(tree, sizer, at));
        made.insert(at);
        there.retain(|&node| {
            let mut users = sharing.users(tree, node).peekable();
            users.peek().is_none() || users.any(|by| !made.contains(&by))
        });
    }
    if let Some(missing) = steps.difference(&made).next() {
        return Err(broken(format!("the order leaves out contraction {missing}")));
    }
    // A term of a single tensor has no contraction.
    let whole = |at| sizer.volume(&tree.open[at], &BTreeSet::new());
    let peak = live.iter().copied().reduce(f64::max).unwrap_or_else(|| whole(0));
    Ok(OrderReplay { peak, live })
}

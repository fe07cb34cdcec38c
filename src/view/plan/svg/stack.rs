//! The stack of one column: the tensors and results live at a moment, from the bottom up.

use super::Drawing;
use crate::plan::Live;
use crate::policy::Role;

/// Small parts of a stack that are drawn as one.
const SMALLER: &str = "#c3c8d0";
/// A batch's contribution, or the block being made.
const BESIDE: &str = "#9aa1ab";

/// A part of the memory live at a moment.
pub(super) struct Part {
    pub name: String,
    pub colour: &'static str,
    pub elements: f64,
    /// Whether loops around the moment assemble it.
    pub assembled: bool,
}

impl Drawing<'_> {
    /// The memory live at a moment from the bottom up, in at most `most` parts.
    pub(super) fn stack(&self, at: usize, most: usize) -> Vec<Part> {
        let node = &self.plan.nodes[at];
        let (tensors, results): (Vec<Live>, Vec<Live>) =
            self.lifetimes.live(at).partition(|one| self.plan.is_leaf(one.node));
        let mut live: Vec<Live> = tensors.into_iter().chain(results).collect();
        let mut stack = Vec::with_capacity(most.min(live.len()) + 1);
        // One more part may stand on top.
        if live.len() + 1 > most {
            // The sort is stable: of equal sizes, the earlier ones keep a part of their own.
            let mut by_size: Vec<usize> = (0..live.len()).collect();
            by_size.sort_by(|&a, &b| live[b].elements.total_cmp(&live[a].elements));
            let small = by_size.split_off(most - 2);
            let elements = small.iter().map(|&one| live[one].elements).sum();
            let (name, colour) = (format!("{} smaller", small.len()), SMALLER);
            stack.push(Part { name, colour, elements, assembled: false });
            by_size.sort_unstable();
            live = by_size.into_iter().map(|one| live[one]).collect();
        }
        stack.extend(live.into_iter().map(|one| Part {
            name: self.names[one.node].clone(),
            colour: self.colours[one.node],
            elements: one.elements,
            assembled: one.node > at && !self.plan.is_leaf(one.node),
        }));
        // The remainder, rounding apart, lives beside the result of this moment: a batch's
        // contribution to the accumulator, or the block being made.
        let rest = node.live - stack.iter().map(|part| part.elements).sum::<f64>();
        if rest > 1e-9 * node.live {
            let adds = node.loops.iter().any(|one| one.role == Role::Contracted);
            let name = if adds { "contribution" } else { "block being made" };
            let (name, colour) = (name.into(), BESIDE);
            stack.push(Part { name, colour, elements: rest, assembled: false });
        }
        stack
    }
}

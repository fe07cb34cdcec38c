//! The effort of a search of a large network, counted in steps, so that it does not depend on the
//! machine.

use std::time::Instant;

use super::annealing::{Schedule, part_passed};
use crate::{Error, Result};

/// The effort of one search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effort {
    /// Greedy trees, at least 1.
    pub greedy: usize,
    /// Trees among them that are annealed; 0: the best one is improved by reconfiguration only.
    pub annealed: usize,
    /// Moves per contraction in one annealing.
    pub sweeps: usize,
    /// Leaves of a reconfigured subtree, 3 to 16, with time proportional to 3 to that power. Less
    /// than 3: no reconfiguration.
    pub subtree_leaves: usize,
    /// Greedy trees and annealing stop at this moment: the answer is then the best tree so far, and
    /// depends on the machine.
    pub deadline: Option<Instant>,
}

impl Effort {
    /// A tree within milliseconds, for searches that start from one.
    pub const QUICK: Effort =
        Effort { greedy: 16, annealed: 4, sweeps: 300, subtree_leaves: 8, deadline: None };

    /// The default for a number of tensors. For the cost: under a second up to some 200 tensors,
    /// some seconds for a thousand; three times that for the peak.
    pub fn for_tensors(tensors: usize) -> Effort {
        /// Moves of all annealings together.
        const MOVES: usize = 1 << 23;
        const FEWEST: usize = 2;
        let moves_each = MOVES / tensors.max(1);
        let sweeps = (moves_each / FEWEST).min(3000);
        let annealed = (moves_each / sweeps.max(1)).clamp(FEWEST, 16);
        Effort { greedy: 64, annealed, sweeps, subtree_leaves: 10, deadline: None }
    }

    /// From a temperature at which nearly all rotations are accepted to one at which none changes
    /// the tree. Two random trees differ by some factors of two at each contraction.
    pub(super) fn schedule(&self) -> Schedule {
        const LEVELS: usize = 300;
        let levels = LEVELS.min(self.sweeps);
        let sweeps = self.sweeps.checked_div(levels).unwrap_or(0);
        Schedule { hot: 3.0, cold: 0.05, levels, sweeps, deadline: self.deadline }
    }

    /// Whether greedy trees have taken their share of a limited time.
    pub(super) fn is_spent(&self, begun: Instant) -> bool {
        const PART: f64 = 0.2;
        self.deadline.is_some_and(|deadline| part_passed(begun, deadline) >= PART)
    }

    /// Error: subtrees too large for tables of all subsets of their leaves.
    pub(super) fn check(&self) -> Result<()> {
        const MOST: usize = 16;
        if self.subtree_leaves <= MOST {
            return Ok(());
        }
        let (value, limit) = (self.subtree_leaves as u64, MOST as u64);
        Err(Error::TooLarge { what: "leaves of a reconfigured subtree", value, limit })
    }
}

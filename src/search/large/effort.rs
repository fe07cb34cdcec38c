//! How much a search of a large network tries: counted in steps, so that it does not depend on the
//! machine.

use std::time::Instant;

use super::annealing::{Schedule, part_passed};
use crate::{Error, Result};

/// How much to try.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effort {
    /// Greedy trees, 1 or more.
    pub greedy: usize,
    /// How many of them are annealed; 0: the best one is only improved by windows.
    pub annealed: usize,
    /// Moves for each contraction in one annealing.
    pub sweeps: usize,
    /// Leaves of a window, 3 to 16; the time goes with 3 to that power. Less than 3: no windows.
    pub window: usize,
    /// Greedy trees and annealing stop here: the answer is then the best so far, and depends on the
    /// machine.
    pub deadline: Option<Instant>,
}

impl Effort {
    /// A tree within milliseconds, for searches that begin with one.
    pub const QUICK: Effort =
        Effort { greedy: 16, annealed: 4, sweeps: 300, window: 8, deadline: None };

    /// What a network of so many tensors is worth: for the cost, below a second up to some 200
    /// tensors, some seconds for a thousand; three times that for the peak.
    pub fn for_tensors(tensors: usize) -> Effort {
        /// Moves of all annealings together.
        const MOVES: usize = 1 << 23;
        const FEWEST: usize = 2;
        let moves_each = MOVES / tensors.max(1);
        let sweeps = (moves_each / FEWEST).min(3000);
        let annealed = (moves_each / sweeps.max(1)).clamp(FEWEST, 16);
        Effort { greedy: 64, annealed, sweeps, window: 10, deadline: None }
    }

    /// From where rotations change nearly all to where they change nothing any more. Two random
    /// trees differ by some factors of two at each contraction.
    pub(super) fn schedule(&self) -> Schedule {
        const LEVELS: usize = 300;
        let levels = LEVELS.min(self.sweeps);
        let sweeps = self.sweeps.checked_div(levels).unwrap_or(0);
        Schedule { hot: 3.0, cold: 0.05, levels, sweeps, deadline: self.deadline }
    }

    /// Whether greedy trees that were begun then have taken their part of the time, where it is limited.
    pub(super) fn is_spent(&self, begun: Instant) -> bool {
        const PART: f64 = 0.2;
        self.deadline.is_some_and(|deadline| part_passed(begun, deadline) >= PART)
    }

    /// Whether windows are small enough for the tables of all their subsets.
    pub(super) fn check(&self) -> Result<()> {
        const MOST: usize = 16;
        if self.window <= MOST {
            return Ok(());
        }
        let (value, limit) = (self.window as u64, MOST as u64);
        Err(Error::TooLarge { what: "leaves of a window", value, limit })
    }
}

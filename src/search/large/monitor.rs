//! The limits of a search of a large network, and its progress reports.
//!
//! A stopped search stays stopped: every stage passes on its best tree.

use crate::problem::{Progress, Quantity, Watch};

/// Moves, or splits of subtrees, between two checks of the watch: some milliseconds.
const BETWEEN_LOOKS: u64 = 1 << 16;

pub struct Monitor<'p, 'w> {
    watch: &'p mut Watch<'w>,
    moves: u64,
    due: u64,
    known: Progress,
    stopped: bool,
}

impl<'p, 'w> Monitor<'p, 'w> {
    /// Monitors a search for the least of a quantity with a lower bound.
    pub fn new(watch: &'p mut Watch<'w>, quantity: Quantity, lower_bound: f64) -> Self {
        let known = Progress { states: 0, quantity, value: f64::MAX, lower_bound };
        Monitor { watch, moves: 0, due: 0, known, stopped: false }
    }

    /// Whether to go on after `moves` more moves.
    pub fn goes_on(&mut self, moves: u64) -> bool {
        self.moves += moves;
        if !self.stopped && self.moves >= self.due {
            self.due = self.moves + BETWEEN_LOOKS;
            let going = self.watch.check_time().and_then(|()| self.watch.report(self.known));
            self.stopped = going.is_err();
        }
        !self.stopped
    }

    /// Records a tree that was found.
    pub fn found(&mut self, quantity: Quantity, value: f64) {
        if quantity == self.known.quantity && value < self.known.value {
            self.known.value = value.max(self.known.lower_bound);
        }
    }
}

//! What ends a search of a large network early, and who hears how far it has come.
//!
//! Once it is stopped it stays stopped: every stage hands on the best tree that it has.

use crate::problem::{Progress, Quantity, Watch};

/// Moves, or splits of windows, between two looks at the watch: some milliseconds.
const BETWEEN_LOOKS: u64 = 1 << 16;

pub struct Pulse<'p, 'w> {
    watch: &'p mut Watch<'w>,
    moves: u64,
    due: u64,
    known: Progress,
    stopped: bool,
}

impl<'p, 'w> Pulse<'p, 'w> {
    /// Of a search for what is least of a quantity, and no less than the bound.
    pub fn new(watch: &'p mut Watch<'w>, quantity: Quantity, lower_bound: f64) -> Self {
        let known = Progress { states: 0, quantity, value: f64::MAX, lower_bound };
        Pulse { watch, moves: 0, due: 0, known, stopped: false }
    }

    /// Whether to go on after so many moves more.
    pub fn goes_on(&mut self, moves: u64) -> bool {
        self.moves += moves;
        if !self.stopped && self.moves >= self.due {
            self.due = self.moves + BETWEEN_LOOKS;
            let going = self.watch.check_time().and_then(|()| self.watch.report(self.known));
            self.stopped = going.is_err();
        }
        !self.stopped
    }

    /// Takes note of a tree that has been met.
    pub fn met(&mut self, quantity: Quantity, value: f64) {
        if quantity == self.known.quantity && value < self.known.value {
            self.known.value = value.max(self.known.lower_bound);
        }
    }
}

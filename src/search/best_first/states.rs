//! The states of a best-first search: ways to contract sets of tensors, linked by set as long as no
//! other state dominates them.

use std::ops::Index;

use crate::allocation::{self, Granted, Grow};
use crate::scratch::reusable;

/// A way to contract a set of tensors.
#[derive(Debug, Clone, Copy)]
pub struct State {
    /// The number of the part.
    pub part: u32,
    pub peak: f64,
    pub cost: f64,
    /// The two states that it contracts; none for a tensor.
    pub operands: Option<(u32, u32)>,
    /// Whether another state of the part dominates it.
    pub dominated: bool,
    /// Whether another pair of states gives exactly the same values.
    pub tied: bool,
    /// Another non-dominated state of the part, or [`NONE`].
    next: u32,
}

/// No state.
const NONE: u32 = u32::MAX;

impl State {
    pub fn new(part: u32, peak: f64, cost: f64, operands: Option<(u32, u32)>) -> Self {
        State { part, peak, cost, operands, dominated: false, tied: false, next: NONE }
    }
}

/// The criteria of states.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counts {
    pub cost: bool,
    pub peak: bool,
}

impl Counts {
    #[inline]
    fn dominates(self, a: &State, b: &State) -> bool {
        (!self.cost || a.cost <= b.cost) && (!self.peak || a.peak <= b.peak)
    }
}

/// States by number.
#[derive(Default)]
pub struct States {
    all: Vec<State>,
    /// By part, the first of its non-dominated states.
    of_part: Vec<u32>,
}

impl States {
    /// Makes room for `more` states, and for one list each of `parts`.
    pub fn make_room(&mut self, more: usize, parts: usize) -> Granted<()> {
        self.all.make_room(more)?;
        self.of_part.make_room(parts.saturating_sub(self.of_part.len()))
    }

    /// Adds a state of one of `parts`, with room for all, unless another state of its part
    /// dominates it; returns its number. Marks the states that it dominates.
    #[inline]
    pub fn add(&mut self, state: State, parts: usize, counts: Counts) -> Option<u32> {
        let part = state.part as usize;
        if self.of_part.len() <= part {
            self.of_part.resize(parts, NONE);
        }
        let better = self.of(state.part).find(|&other| counts.dominates(&self[other], &state));
        if let Some(other) = better {
            let other = &mut self.all[other as usize];
            other.tied |= other.cost == state.cost && other.peak == state.peak;
            return None;
        }
        let (mut next, mut left) = (self.of_part[part], NONE);
        while next != NONE {
            let (number, other) = (next, &mut self.all[next as usize]);
            next = other.next;
            other.dominated = counts.dominates(&state, other);
            if !other.dominated {
                (other.next, left) = (left, number);
            }
        }
        let number = self.all.len() as u32;
        self.of_part[part] = number;
        self.all.push(State { next: left, ..state });
        Some(number)
    }

    /// The non-dominated states of a part.
    #[inline]
    pub fn of(&self, part: u32) -> impl Iterator<Item = u32> {
        let known = |state: u32| (state != NONE).then_some(state);
        let first = self.of_part.get(part as usize).and_then(|&first| known(first));
        std::iter::successors(first, move |&state| known(self[state].next))
    }

    /// How many more states leave [`States::bytes`] unchanged.
    pub fn room(&self) -> usize {
        allocation::room_left(self.all.len()).min(allocation::room_left(self.of_part.len()))
    }

    /// Bytes of the states with room for another one.
    pub fn bytes(&self) -> usize {
        allocation::bytes::<State>(self.all.len()) + allocation::bytes::<u32>(self.of_part.len())
    }
}

reusable!(States: all, of_part);

impl Index<u32> for States {
    type Output = State;

    #[inline]
    fn index(&self, state: u32) -> &State {
        &self.all[state as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_keeps_the_states_that_no_other_dominates() {
        let both = Counts { cost: true, peak: true };
        let mut states = States::default();
        let mut add = |part, peak, cost| states.add(State::new(part, peak, cost, None), 4, both);
        let numbers = [
            add(3, 9.0, 1.0),
            add(3, 5.0, 5.0),
            add(3, 5.0, 6.0),
            add(3, 5.0, 5.0),
            add(1, 8.0, 8.0),
            add(3, 1.0, 9.0),
            add(3, 4.0, 4.0),
        ];
        assert_eq!(numbers, [Some(0), Some(1), None, None, Some(2), Some(3), Some(4)]);
        let of = |part| {
            let mut of: Vec<u32> = states.of(part).collect();
            of.sort_unstable();
            of
        };
        assert_eq!([of(0), of(1), of(3)], [vec![], vec![2], vec![0, 3, 4]]);
        assert_eq!([1, 0].map(|state| states[state].dominated), [true, false]);
        assert_eq!([1, 4].map(|state| states[state].tied), [true, false]);
    }
}

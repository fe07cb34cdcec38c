//! What a best-first search knows of its closed states: in arrays what is asked of all of them, and
//! aside what is asked of few.

use crate::allocation;
use crate::allocation::{Granted, Grow};
use crate::network::IndexSet;
use crate::scratch::reusable;
use crate::search::simd::partners;

/// Closed states in the order in which they were closed.
#[derive(Default)]
pub struct Closed {
    /// The sets of tensors.
    pub sets: Vec<u64>,
    /// What two states weigh together bounds what their union is worth.
    pub weights: Vec<f64>,
    /// What was paid, and is left to pay outside.
    pub paid: Vec<f64>,
    /// The open ones of the first 64 indices.
    pub few_open: Vec<u64>,
    pub rest: Vec<Rest>,
}

/// Bytes of a closed state.
const BYTES: usize = 4 * size_of::<u64>() + size_of::<Rest>();

/// What contracting something with closed states may cost.
pub struct Affordable {
    /// What was paid for it.
    pub paid: f64,
    /// What a unit of work costs, and what it may come to with what was paid for both.
    pub price: f64,
    pub limit: f64,
}

/// What is asked of a state whose set and weight would do.
pub struct Rest {
    /// Its number.
    pub state: u32,
    pub open: IndexSet,
}

impl Closed {
    /// Makes room for so many more.
    pub fn make_room(&mut self, more: usize) -> Granted<()> {
        self.sets.make_room(more)?;
        self.weights.make_room(more)?;
        self.paid.make_room(more)?;
        self.few_open.make_room(more)?;
        self.rest.make_room(more)
    }

    pub fn push(&mut self, set: u64, (paid, weight): (f64, f64), rest: Rest) {
        self.sets.push(set);
        self.weights.push(weight);
        self.paid.push(paid);
        self.few_open.push(rest.open.words()[0]);
        self.rest.push(rest);
    }

    /// Leaves out partners, by position, that are too dear to contract with; appends the works of
    /// contracting with the others.
    #[inline(always)]
    pub fn leave_out_dear(
        &self,
        partners: &mut Vec<u32>,
        works: &mut Vec<f64>,
        affordable: &Affordable,
        work_with: impl Fn(usize) -> f64,
    ) {
        let Affordable { paid, price, limit } = *affordable;
        partners.retain(|&position| {
            let position = position as usize;
            let work = work_with(position);
            let within = paid + self.paid[position] + price * work <= limit;
            if within {
                works.push(work);
            }
            within
        });
    }

    pub fn len(&self) -> usize {
        self.sets.len()
    }

    /// How many more states leave [`Closed::bytes`] what it is.
    pub fn room(&self) -> usize {
        allocation::room_left(self.len())
    }

    /// Bytes with room for another state, and for the positions of all in an array that may be twice as
    /// long.
    pub fn bytes(&self) -> usize {
        let room = allocation::room(self.len());
        room * BYTES + 2 * (room + partners::WRITTEN) * size_of::<u32>()
    }
}

reusable!(Closed: sets, weights, paid, few_open, rest);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partners_that_are_left_are_not_too_dear_and_have_their_works() {
        let mut closed = Closed::default();
        for state in 0..99u32 {
            let rest = Rest { state, open: IndexSet::empty(12) };
            closed.push(1, (f64::from(state % 5), 0.0), rest);
        }
        // All are whole numbers.
        let work_with = |at: usize| (at * at * 37 % 101) as f64;
        for limit in [0.0, 8.0, 80.0, 300.0, 1e9] {
            let affordable = Affordable { paid: 2.0, price: 3.0, limit };
            let fits = |&at: &u32| 2.0 + f64::from(at % 5) + 3.0 * work_with(at as usize) <= limit;
            let by_definition: Vec<u32> = (0..99).step_by(2).filter(fits).collect();
            let (mut partners, mut works) = ((0..99).step_by(2).collect(), Vec::new());
            closed.leave_out_dear(&mut partners, &mut works, &affordable, work_with);
            assert_eq!(partners, by_definition);
            let its_works: Vec<f64> = partners.iter().map(|&at| work_with(at as usize)).collect();
            assert_eq!(works, its_works);
        }
    }
}

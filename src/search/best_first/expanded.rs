//! The expanded states of a best-first search: arrays of the fields that every expansion scans, and
//! the rest beside them.

use crate::allocation::{self, Granted, Grow};
use crate::network::IndexSet;
use crate::scratch::reusable;
use crate::search::simd::partners;

/// Expanded states in the order of their expansion.
#[derive(Default)]
pub struct Expanded {
    /// The sets of tensors.
    pub sets: Vec<u64>,
    /// The weights of two states bound the key of their union from below.
    pub weights: Vec<f64>,
    /// The cost paid, and the bound for the leaves outside: see `paid_and_weight`.
    pub paid: Vec<f64>,
    /// Of the first 64 indices, the open ones.
    pub few_open: Vec<u64>,
    pub rest: Vec<Rest>,
}

/// Bytes of an expanded state.
const BYTES: usize = 4 * size_of::<u64>() + size_of::<Rest>();

/// The bound on contractions with expanded states.
pub struct Affordable {
    /// The cost paid for the state that is being expanded.
    pub paid: f64,
    /// The price of a unit of work, and the limit on its sum with the costs paid for both states.
    pub price: f64,
    pub limit: f64,
}

/// The fields read only where set and weight qualify.
pub struct Rest {
    /// Its number.
    pub state: u32,
    pub open: IndexSet,
}

impl Expanded {
    /// Makes room for `more` states.
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

    /// Removes partners, by position, whose contraction exceeds the limit; appends the works of
    /// contracting with the others.
    #[inline(always)]
    pub fn remove_unaffordable(
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

    /// How many more states leave [`Expanded::bytes`] unchanged.
    pub fn room(&self) -> usize {
        allocation::room_left(self.len())
    }

    /// Bytes with room for another state, and for the positions of all states in an array of up to
    /// twice the length.
    pub fn bytes(&self) -> usize {
        let room = allocation::room(self.len());
        room * BYTES + 2 * (room + partners::WRITTEN) * size_of::<u32>()
    }
}

reusable!(Expanded: sets, weights, paid, few_open, rest);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn affordable_partners_remain_with_their_works() {
        let mut expanded = Expanded::default();
        for state in 0..99u32 {
            let rest = Rest { state, open: IndexSet::empty(12) };
            expanded.push(1, (f64::from(state % 5), 0.0), rest);
        }
        // All numbers are whole.
        let work_with = |at: usize| (at * at * 37 % 101) as f64;
        for limit in [0.0, 8.0, 80.0, 300.0, 1e9] {
            let affordable = Affordable { paid: 2.0, price: 3.0, limit };
            let fits = |&at: &u32| 2.0 + f64::from(at % 5) + 3.0 * work_with(at as usize) <= limit;
            let by_definition: Vec<u32> = (0..99).step_by(2).filter(fits).collect();
            let (mut partners, mut works) = ((0..99).step_by(2).collect(), Vec::new());
            expanded.remove_unaffordable(&mut partners, &mut works, &affordable, work_with);
            assert_eq!(partners, by_definition);
            let its_works: Vec<f64> = partners.iter().map(|&at| work_with(at as usize)).collect();
            assert_eq!(works, its_works);
        }
    }
}

//! What a best-first search knows of its closed labels: in arrays what is asked of all of them, and
//! aside what is asked of few.

use super::{room, simd};
use crate::kept::reusable;
use crate::network::IndexSet;

/// Closed labels in the order in which they were closed.
#[derive(Default)]
pub struct Closed {
    /// The sets of tensors.
    pub sets: Vec<u64>,
    /// What two labels weigh together bounds what their union is worth.
    pub weights: Vec<f64>,
    /// What was paid, and is left to pay outside.
    pub paid: Vec<f64>,
    /// The open ones of the first 64 indices.
    pub few_open: Vec<u64>,
    pub rest: Vec<Rest>,
}

/// Bytes of a closed label.
const BYTES: usize = 4 * size_of::<u64>() + size_of::<Rest>();

/// What contracting something with closed labels works, and may cost.
pub struct Work<'t> {
    /// The product of each subset of six extents, for every six: see `Volumes::sixes`.
    pub sixes: &'t [[f64; 64]],
    /// The open indices.
    pub open: u64,
    /// What was paid for it.
    pub paid: f64,
    /// What a unit of work costs, and what it may come to with what was paid for both.
    pub price: f64,
    pub limit: f64,
}

impl Work<'_> {
    /// The work of contracting with something of these open indices.
    #[inline(always)]
    fn with(&self, open: u64) -> f64 {
        let (mut work, mut both) = (1.0, self.open | open);
        for six in self.sixes {
            work *= six[both as usize % 64];
            both >>= 6;
        }
        // As everywhere, the product of scalars counts 0.
        if work == 1.0 { 0.0 } else { work }
    }
}

/// What is asked of a label whose set and weight would do.
pub struct Rest {
    /// Its number.
    pub label: u32,
    pub open: IndexSet,
}

impl Closed {
    pub fn reserve(&mut self, labels: usize) {
        self.sets.reserve(labels);
        self.weights.reserve(labels);
        self.paid.reserve(labels);
        self.few_open.reserve(labels);
        self.rest.reserve(labels);
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
    pub fn leave_out_dear(&self, partners: &mut Vec<u32>, works: &mut Vec<f64>, work: &Work) {
        partners.retain(|&position| {
            let its_work = work.with(self.few_open[position as usize]);
            let paid = work.paid + self.paid[position as usize];
            let within = paid + work.price * its_work <= work.limit;
            if within {
                works.push(its_work);
            }
            within
        });
    }

    pub fn len(&self) -> usize {
        self.sets.len()
    }

    /// How many more labels leave [`Closed::bytes`] what it is.
    pub fn room(&self) -> usize {
        room::room_left(self.len())
    }

    /// Bytes with room for another label, and for the positions of all in an array that may be twice as
    /// long.
    pub fn bytes(&self) -> usize {
        let room = room::room(self.len());
        room * BYTES + 2 * (room + simd::WRITTEN) * size_of::<u32>()
    }
}

reusable!(Closed: sets, weights, paid, few_open, rest);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::IndexId;

    #[test]
    fn partners_that_are_left_are_not_too_dear_and_have_their_works() {
        // Twelve indices, of extents 1 to 4; work and limits are whole numbers.
        let extents: Vec<f64> = (0..12).map(|at| f64::from(at % 4 + 1)).collect();
        let product = |set: u64| -> f64 {
            (0..12).filter(|at| set >> at & 1 == 1).map(|at| extents[at]).product()
        };
        let six = |begin: u32| std::array::from_fn(|subset| product((subset as u64) << begin));
        let sixes: [[f64; 64]; 2] = [six(0), six(6)];
        let mut closed = Closed::default();
        for label in 0..99u32 {
            let set = u64::from(label * label * 37 % 4096);
            let mut open = IndexSet::empty(12);
            (0..12).filter(|at| set >> at & 1 == 1).for_each(|at| open.insert(IndexId::new(at)));
            closed.push(1, (f64::from(label % 5), 0.0), Rest { label, open });
        }
        for (own, limit) in [(0, 8.0), (0, 80.0), (0x421, 300.0), (0xfff, 1e9)] {
            let work = Work { sixes: &sixes, open: own, paid: 2.0, price: 3.0, limit };
            let its_work = |at: u32| {
                let product = product(own | closed.few_open[at as usize]);
                if product == 1.0 { 0.0 } else { product }
            };
            let fits = |&at: &u32| 2.0 + f64::from(at % 5) + 3.0 * its_work(at) <= limit;
            let by_definition: Vec<u32> = (0..99).step_by(2).filter(fits).collect();
            let (mut partners, mut works) = ((0..99).step_by(2).collect(), Vec::new());
            closed.leave_out_dear(&mut partners, &mut works, &work);
            assert_eq!(partners, by_definition);
            assert_eq!(works, partners.iter().map(|&at| its_work(at)).collect::<Vec<_>>());
        }
    }
}

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

//! What a best-first search knows of its closed labels: in arrays what is asked of all of them, and
//! aside what is asked of few.

use super::parts::grown;
use super::simd;
use crate::network::IndexSet;

/// Closed labels in the order in which they were closed.
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

/// What is asked of a label whose set and weight would do.
pub struct Rest {
    /// Its number.
    pub label: u32,
    pub open: IndexSet,
}

impl Closed {
    pub fn with_capacity(room: usize) -> Self {
        Closed {
            sets: Vec::with_capacity(room),
            weights: Vec::with_capacity(room),
            paid: Vec::with_capacity(room),
            few_open: Vec::with_capacity(room),
            rest: Vec::with_capacity(room),
        }
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

    pub fn clear(&mut self) {
        self.sets.clear();
        self.weights.clear();
        self.paid.clear();
        self.few_open.clear();
        self.rest.clear();
    }

    /// How many more labels leave `bytes` what it is.
    pub fn room(&self) -> usize {
        self.sets.capacity() - self.sets.len()
    }

    /// Bytes with room for another label, and for the positions of all in an array that may be twice as
    /// long.
    pub fn bytes(&self) -> usize {
        grown(&self.sets)
            + grown(&self.weights)
            + grown(&self.paid)
            + grown(&self.few_open)
            + grown(&self.rest)
            + 2 * (self.sets.capacity() + simd::WRITTEN) * size_of::<u32>()
    }
}

//! What a best-first search knows of its closed labels, an array each: most of those that are looked at
//! come to nothing.

use super::parts::grown;
use super::simd;
use crate::network::IndexSet;

/// Closed labels in the order in which they were closed.
pub struct Closed {
    /// Their numbers, and the sets of tensors.
    pub labels: Vec<u32>,
    pub sets: Vec<u64>,
    pub open: Vec<IndexSet>,
    /// What was paid, and is left to pay outside.
    pub paid: Vec<f64>,
    /// What two labels weigh together bounds what their union is worth.
    pub weights: Vec<f64>,
}

impl Closed {
    pub fn with_capacity(room: usize) -> Self {
        Closed {
            labels: Vec::with_capacity(room),
            sets: Vec::with_capacity(room),
            open: Vec::with_capacity(room),
            paid: Vec::with_capacity(room),
            weights: Vec::with_capacity(room),
        }
    }

    pub fn push(&mut self, label: u32, set: u64, open: IndexSet, paid: f64, weight: f64) {
        self.labels.push(label);
        self.sets.push(set);
        self.open.push(open);
        self.paid.push(paid);
        self.weights.push(weight);
    }

    pub fn len(&self) -> usize {
        self.labels.len()
    }

    pub fn clear(&mut self) {
        self.labels.clear();
        self.sets.clear();
        self.open.clear();
        self.paid.clear();
        self.weights.clear();
    }

    /// How many more labels leave `bytes` what it is.
    pub fn room(&self) -> usize {
        self.labels.capacity() - self.labels.len()
    }

    /// Bytes with room for another label, and for the positions of all in an array that may be twice as
    /// long.
    pub fn bytes(&self) -> usize {
        grown(&self.labels)
            + grown(&self.sets)
            + grown(&self.open)
            + grown(&self.paid)
            + grown(&self.weights)
            + 2 * (self.labels.capacity() + simd::WRITTEN) * size_of::<u32>()
    }
}

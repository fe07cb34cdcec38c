//! What the tensors of a plan and the indices open in its nodes are called.
//!
//! The labels are those of the network, shared with it; a node has the numbers of its open indices.
//! Two plans have the same labels if they read the same, however the numbers are: a plan that was
//! read has numbered what it met.

use std::sync::Arc;

use crate::network::Names;

/// The labels of a plan.
#[derive(Debug, Clone)]
pub(super) struct Labelled {
    names: Arc<Names>,
    /// The numbers of the open indices, node behind node.
    open: Vec<u32>,
    /// By node, where they end.
    ends: Vec<usize>,
}

impl Labelled {
    pub fn new(names: Arc<Names>, nodes: usize) -> Self {
        Labelled { names, open: Vec::with_capacity(4 * nodes), ends: Vec::with_capacity(nodes) }
    }

    /// Takes note of the indices open in the next node.
    pub fn push(&mut self, open: impl IntoIterator<Item = usize>) {
        // Networks have fewer indices than that.
        self.open.extend(open.into_iter().map(|number| number as u32));
        self.ends.push(self.open.len());
    }

    /// Puts as many others in the place of the indices open in a node.
    pub fn replace(&mut self, at: usize, open: impl Iterator<Item = usize>) {
        let range = self.range(at);
        for (old, new) in self.open[range].iter_mut().zip(open) {
            *old = new as u32;
        }
    }

    /// The numbers of the indices open in a node.
    pub fn numbers(&self, at: usize) -> impl ExactSizeIterator<Item = usize> {
        self.open[self.range(at)].iter().map(|&number| number as usize)
    }

    /// The labels of the indices open in a node.
    pub fn open(&self, at: usize) -> impl ExactSizeIterator<Item = &str> {
        self.numbers(at).map(|number| self.names.indices.at(number))
    }

    pub fn tensor(&self, tensor: usize) -> &str {
        self.names.tensors.at(tensor)
    }

    fn range(&self, at: usize) -> std::ops::Range<usize> {
        at.checked_sub(1).map_or(0, |before| self.ends[before])..self.ends[at]
    }
}

impl PartialEq for Labelled {
    fn eq(&self, other: &Self) -> bool {
        self.names.tensors == other.names.tensors
            && self.ends == other.ends
            && (0..self.ends.len()).all(|at| self.open(at).eq(other.open(at)))
    }
}

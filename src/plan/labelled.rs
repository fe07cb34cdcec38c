//! Labels of a plan's tensors, and of the indices open in its nodes.
//!
//! The plan shares the labels with its network; each node stores the numbers of its open indices.
//! Two plans are equal if their labels agree node by node: a plan read from a document may number
//! the indices differently.

use std::sync::Arc;

use crate::allocation::{self, Append, Granted};
use crate::network::Names;

/// The labels of a plan.
#[derive(Debug, Clone)]
pub(crate) struct Labelled {
    names: Arc<Names>,
    /// The numbers of the open indices, node after node.
    open: Vec<u32>,
    /// By node, the end of its numbers in `open`.
    ends: Vec<usize>,
}

impl Labelled {
    pub fn new(names: Arc<Names>, nodes: usize) -> Granted<Self> {
        Ok(Labelled { names, open: allocation::empty(4 * nodes)?, ends: allocation::empty(nodes)? })
    }

    /// Appends the indices open in the next node.
    #[inline]
    pub fn push(&mut self, open: impl IntoIterator<Item = usize>) -> Granted<()> {
        // A network has at most 2^14 indices.
        open.into_iter().try_for_each(|number| self.open.try_push(number as u32))?;
        self.ends.try_push(self.open.len())
    }

    /// Replaces the indices open in a node by equally many others.
    pub fn replace(&mut self, at: usize, open: impl Iterator<Item = usize>) {
        let range = self.range(at);
        for (old, new) in self.open[range].iter_mut().zip(open) {
            *old = new as u32;
        }
    }

    /// The numbers of the indices open in a node.
    pub fn ids(&self, at: usize) -> &[u32] {
        &self.open[self.range(at)]
    }

    pub fn numbers(&self, at: usize) -> impl ExactSizeIterator<Item = usize> {
        self.ids(at).iter().map(|&number| number as usize)
    }

    /// The labels of the indices open in a node.
    pub fn open(&self, at: usize) -> impl ExactSizeIterator<Item = &str> {
        self.numbers(at).map(|number| self.names.indices.at(number))
    }

    pub fn names(&self) -> &Names {
        &self.names
    }

    /// The number of the index with this label; O(indices).
    pub fn number(&self, index: &str) -> Option<usize> {
        (0..self.names.indices.len()).find(|&number| self.names.indices.at(number) == index)
    }

    pub fn tensor(&self, tensor: usize) -> &str {
        self.names.tensors.at(tensor)
    }

    /// The range of a node's open indices in `open`.
    pub fn range(&self, at: usize) -> std::ops::Range<usize> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn labelled(indices: &[&str], open: &[&[usize]]) -> Labelled {
        let names = Names {
            tensors: ["t"].iter().collect(),
            indices: indices.iter().collect(),
            ..Names::default()
        };
        let mut labelled = Labelled::new(Arc::new(names), open.len()).unwrap();
        open.iter().for_each(|numbers| labelled.push(numbers.iter().copied()).unwrap());
        labelled
    }

    #[test]
    fn equal_labels_are_equal_whatever_their_numbers() {
        let one = labelled(&["i", "j", "k"], &[&[0, 2], &[], &[2]]);
        assert_eq!(one.open(0).collect::<Vec<_>>(), ["i", "k"]);
        assert_eq!((one.open(1).len(), one.open(2).next()), (0, Some("k")));
        assert_eq!(one, labelled(&["k", "i"], &[&[1, 0], &[], &[0]]));
        assert_ne!(one, labelled(&["k", "i"], &[&[0, 1], &[], &[0]]), "another order");
        assert_ne!(one, labelled(&["i", "j", "k"], &[&[0], &[2], &[2]]), "other nodes");
        let mut other = one.clone();
        other.replace(0, [2, 0].into_iter());
        assert_ne!(one, other);
    }
}

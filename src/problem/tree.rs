//! A contraction tree with an order of evaluation: the result of a search.

use super::subset::{Split, Subset};
use crate::allocation::Granted;

/// A node in the order of evaluation.
#[derive(Debug, Clone, PartialEq)]
pub enum TreeNode {
    Leaf(usize),
    /// Contracts the nodes at positions `first` and `second`, evaluated in this order, inside the
    /// loops `opened` (by number, the outermost first).
    Contraction {
        first: usize,
        second: usize,
        opened: Vec<usize>,
    },
}

/// The nodes in postfix order; the last is the root.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    pub nodes: Vec<TreeNode>,
}

impl Tree {
    /// The tree that `split` describes, without loops; the part with the first tensor is evaluated
    /// first. O(n) for n tensors.
    pub fn of_splits(
        root: Subset,
        mut split: impl FnMut(Subset) -> Granted<Split>,
    ) -> Granted<Tree> {
        let mut tree = Tree { nodes: Vec::with_capacity(2 * root.len()) };
        tree.append(root, &mut split)?;
        Ok(tree)
    }

    /// Appends the tree of n; returns its position.
    fn append(
        &mut self,
        n: Subset,
        split: &mut impl FnMut(Subset) -> Granted<Split>,
    ) -> Granted<usize> {
        let node = if n.is_leaf() {
            TreeNode::Leaf(n.first())
        } else {
            let Split { left, right } = split(n)?;
            let (first, second) =
                if left.first() < right.first() { (left, right) } else { (right, left) };
            let first = self.append(first, split)?;
            let second = self.append(second, split)?;
            TreeNode::Contraction { first, second, opened: Vec::new() }
        };
        self.nodes.push(node);
        Ok(self.nodes.len() - 1)
    }

    /// The tensors below each node.
    pub fn members(&self) -> Vec<Subset> {
        let mut members: Vec<Subset> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            members.push(match *node {
                TreeNode::Leaf(tensor) => Subset::leaf(tensor),
                TreeNode::Contraction { first, second, .. } => {
                    members[first].union(members[second])
                }
            });
        }
        members
    }
}

//! A contraction tree with an order of evaluation: what a search finds.

use super::Subset;

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

//! The tree of a sequence, by position in the sequence.

use std::collections::BTreeSet;

use super::{Move, broken};
use crate::Result;
use crate::network::{IndexId, Network};

pub struct Tree {
    /// By entry, the tensors below.
    pub members: Vec<BTreeSet<usize>>,
    /// The operands in the order of evaluation; none for a leaf.
    pub children: Vec<Option<[usize; 2]>>,
    pub parent: Vec<Option<usize>>,
    pub open: Vec<BTreeSet<IndexId>>,
    /// The loops that a contraction opens, outermost first.
    pub loops: Vec<Vec<IndexId>>,
}

impl Tree {
    pub fn of(network: &Network, moves: &[Move]) -> Result<Self> {
        let count = network.tensors().len();
        let mut tree = Tree {
            members: Vec::new(),
            children: Vec::new(),
            parent: vec![None; moves.len()],
            open: Vec::new(),
            loops: Vec::new(),
        };
        let mut stack: Vec<usize> = Vec::new();
        let mut taken = BTreeSet::new();
        for (at, one) in moves.iter().enumerate() {
            let (members, children, loops): (BTreeSet<usize>, _, _) = match one {
                Move::Take(tensor) => {
                    if *tensor >= count || !taken.insert(*tensor) {
                        return Err(broken(format!(
                            "entry {at} takes tensor {tensor}; take each of 0 to {} once",
                            count - 1
                        )));
                    }
                    (BTreeSet::from([*tensor]), None, Vec::new())
                }
                Move::Contract { .. } | Move::Share { .. } => {
                    let (Some(second), Some(first)) = (stack.pop(), stack.pop()) else {
                        return Err(broken(format!(
                            "entry {at} contracts, but fewer than two results are left"
                        )));
                    };
                    tree.parent[first] = Some(at);
                    tree.parent[second] = Some(at);
                    let mut members = tree.members[first].clone();
                    members.extend(&tree.members[second]);
                    let loops = match one {
                        Move::Contract { loops } => loops.clone(),
                        _ => Vec::new(),
                    };
                    (members, Some([first, second]), loops)
                }
            };
            tree.open.push(open(network, &members));
            tree.members.push(members);
            tree.children.push(children);
            tree.loops.push(loops);
            stack.push(at);
        }
        if stack.len() != 1 || taken.len() != count {
            return Err(broken(format!(
                "the sequence leaves {} results of {} tensors; give one that leaves one of {count}",
                stack.len(),
                taken.len()
            )));
        }
        Ok(tree)
    }

    pub fn is_leaf(&self, at: usize) -> bool {
        self.children[at].is_none()
    }

    pub fn leaves(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.children.len()).filter(|&at| self.is_leaf(at))
    }

    /// The contractions above, the nearest first.
    pub fn ancestors(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(self.parent[at], |&above| self.parent[above])
    }

    /// The indices of the loops opened at the contractions above a node that `of` selects.
    pub fn loops_above(&self, at: usize, of: impl Fn(usize) -> bool) -> BTreeSet<IndexId> {
        let above = self.ancestors(at).filter(|&ancestor| of(ancestor));
        above.flat_map(|ancestor| self.loops[ancestor].iter().copied()).collect()
    }

    /// All loops around a node, outermost first.
    pub fn nest(&self, at: usize) -> Vec<IndexId> {
        let mut above: Vec<usize> = self.ancestors(at).collect();
        above.reverse();
        above.into_iter().flat_map(|ancestor| self.loops[ancestor].iter().copied()).collect()
    }
}

/// Open indices of a set of tensors, from the definition: all of a single tensor; otherwise those
/// carried inside that are targets or carried outside too.
fn open(network: &Network, members: &BTreeSet<usize>) -> BTreeSet<IndexId> {
    let carried = |inside: bool| -> BTreeSet<IndexId> {
        let tensors = network.tensors().iter().enumerate();
        tensors
            .filter(|(at, _)| members.contains(at) == inside)
            .flat_map(|(_, tensor)| tensor.indices.iter().copied())
            .collect()
    };
    let mut open = carried(true);
    if members.len() > 1 {
        let outside = carried(false);
        open.retain(|id| outside.contains(id) || network.targets().contains(*id));
    }
    open
}

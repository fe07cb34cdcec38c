//! When two sets of tensors are the same intermediate: equal up to a renaming of indices.
//!
//! There must be a bijection between the tensors and one between the indices such that tensors have
//! the same label and, slot by slot, indices that correspond; and corresponding indices have the same
//! space, extent, power means and protos (as they correspond), and are both open or both not. Decided
//! exactly, by matching tensor by tensor with backtracking: no hash, no canonical form. The worst
//! case is exponential in the number of tensors of one label; terms have a few.

use std::collections::BTreeSet;

use super::{Carriers, IndexId, IndexSet, Network, Tensor};

/// A set of tensors of a network, with what is open in it.
pub struct Subnet<'a> {
    network: &'a Network,
    members: Vec<usize>,
    open: IndexSet,
}

impl<'a> Subnet<'a> {
    /// The tensors at these positions, at most 64 in the network.
    pub fn new(network: &'a Network, members: &[usize]) -> Self {
        let mask = members.iter().fold(0, |mask, &tensor| mask | 1 << tensor);
        let open = Carriers::new(network).open(mask);
        Subnet { network, members: members.to_vec(), open }
    }

    /// Whether both are the same intermediate.
    pub fn equals(&self, other: &Subnet) -> bool {
        if self.members.len() != other.members.len() || self.labels() != other.labels() {
            return false;
        }
        let mut renaming = Renaming { left: self, right: other, pairs: Vec::new() };
        renaming.match_from(0, &mut BTreeSet::new())
    }

    fn labels(&self) -> Vec<&str> {
        let mut labels: Vec<&str> = self.tensors().map(|tensor| tensor.label.as_str()).collect();
        labels.sort_unstable();
        labels
    }

    fn tensors(&self) -> impl Iterator<Item = &'a Tensor> + '_ {
        self.members.iter().map(|&tensor| &self.network.tensors()[tensor])
    }
}

/// A partial correspondence of indices.
struct Renaming<'s, 'a> {
    left: &'s Subnet<'a>,
    right: &'s Subnet<'a>,
    pairs: Vec<(IndexId, IndexId)>,
}

impl Renaming<'_, '_> {
    /// Matches the tensors of `left` from the `at`-th on with those of `right` that are not taken.
    fn match_from(&mut self, at: usize, taken: &mut BTreeSet<usize>) -> bool {
        let Some(tensor) = self.left.tensors().nth(at) else { return true };
        for (number, candidate) in self.right.tensors().enumerate() {
            if taken.contains(&number) || candidate.label != tensor.label {
                continue;
            }
            let known = self.pairs.len();
            if self.match_slots(&tensor.indices, &candidate.indices) {
                taken.insert(number);
                if self.match_from(at + 1, taken) {
                    return true;
                }
                taken.remove(&number);
            }
            self.pairs.truncate(known);
        }
        false
    }

    fn match_slots(&mut self, left: &[IndexId], right: &[IndexId]) -> bool {
        left.len() == right.len()
            && left.iter().zip(right).all(|(&left, &right)| self.match_index(left, right))
    }

    /// Whether the indices correspond already, or can; then they do from now on.
    fn match_index(&mut self, left: IndexId, right: IndexId) -> bool {
        if let Some(&pair) = self.pairs.iter().find(|(l, r)| *l == left || *r == right) {
            return pair == (left, right);
        }
        let (l, r) = (self.left.network.index_at(left), self.right.network.index_at(right));
        let alike = l.space == r.space
            && l.extent == r.extent
            && l.power_means == r.power_means
            && self.left.open.contains(left) == self.right.open.contains(right);
        self.pairs.push((left, right));
        alike && self.match_slots(&l.protos, &r.protos)
    }
}

//! Equivalence of intermediates: two sets of tensors that differ only by a renaming of indices.
//!
//! There must be a bijection between the tensors and one between the indices such that tensors have
//! the same label, are both volatile or both not and have, slot by slot, indices that correspond; and
//! corresponding indices have the same space, extent, power means and protos (as they correspond),
//! and are both open or both not. Tensors of one label thus count as the same tensor. The test is
//! exact: it matches tensor by tensor with backtracking, without hashes or canonical forms. The worst
//! case is exponential in the number of tensors of one label, of which terms have a few.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use smallvec::{SmallVec, smallvec};

use super::{Carriers, IndexId, IndexSet, Network, Tensor};

/// A set of tensors of a network, with its open indices.
pub struct Subnet<'a> {
    network: &'a Network,
    members: SmallVec<[usize; 16]>,
    /// By member.
    volatile: SmallVec<[bool; 16]>,
    open: IndexSet,
}

/// The corresponding tensors and indices of two equivalent sets.
pub struct Correspondence {
    pub tensors: Vec<(usize, usize)>,
    pub indices: Vec<(IndexId, IndexId)>,
}

impl<'a> Subnet<'a> {
    /// The tensors at these positions, at most 64 in the network; none of them volatile.
    pub fn new(network: &'a Network, members: &[usize]) -> Self {
        let mask = members.iter().fold(0, |mask, &tensor| mask | 1 << tensor);
        // A few kilobytes, as of at most 64 tensors.
        let carriers = Carriers::new(network).expect("memory for the indices of a small network");
        let open = carriers.open(mask);
        Subnet::open_in(network, members.iter().copied(), open)
    }

    /// The tensors at these positions, of which these indices are open; none of them volatile. Sets
    /// whose tensors correspond in this order are found equal at once.
    pub(crate) fn open_in(
        network: &'a Network,
        members: impl Iterator<Item = usize>,
        open: IndexSet,
    ) -> Self {
        let members: SmallVec<[usize; 16]> = members.collect();
        let volatile = smallvec![false; members.len()];
        Subnet { network, members, volatile, open }
    }

    /// The same, where some tensors of the network change on every iteration.
    pub fn where_volatile(self, is_volatile: impl Fn(usize) -> bool) -> Self {
        let volatile = self.members.iter().map(|&tensor| is_volatile(tensor)).collect();
        Subnet { volatile, ..self }
    }

    /// Whether both are the same intermediate.
    pub fn equals(&self, other: &Subnet) -> bool {
        self.renaming(other).is_some()
    }

    /// The correspondence between both, if they are the same intermediate.
    pub fn correspondence(&self, other: &Subnet) -> Option<Correspondence> {
        let renaming = self.renaming(other)?;
        let of_left = self.members.iter().copied();
        let of_right = renaming.taken.iter().map(|&number| other.members[number]);
        Some(Correspondence {
            tensors: of_left.zip(of_right).collect(),
            indices: renaming.pairs.into_vec(),
        })
    }

    fn renaming<'s>(&'s self, other: &'s Subnet<'a>) -> Option<Renaming<'s, 'a>> {
        let members = self.members.len();
        if members != other.members.len() {
            return None;
        }
        let (pairs, taken) = (SmallVec::new(), SmallVec::new());
        let mut renaming = Renaming { left: self, right: other, pairs, taken };
        renaming.match_from(0).then_some(renaming)
    }

    /// An invariant of equivalent sets, which separates most others at once: a colour per tensor,
    /// refined by its neighbours. Equal colours prove nothing.
    pub fn colours(&self) -> Vec<u64> {
        let mut of_index: BTreeMap<IndexId, u64> = BTreeMap::new();
        let mut of_tensor: Vec<u64> =
            self.tensors().zip(&self.volatile).map(|(one, v)| hash(&(&one.label, v))).collect();
        for tensor in self.tensors() {
            for &id in &tensor.indices {
                let index = self.network.index_at(id);
                let own = (&index.space, index.extent, index.protos.len(), self.open.contains(id));
                of_index.insert(id, hash(&own));
            }
        }
        for _ in 0..REFINEMENTS {
            let mut slots: BTreeMap<IndexId, Vec<(u64, usize)>> = BTreeMap::new();
            for (tensor, &colour) in self.tensors().zip(&of_tensor) {
                for (slot, &id) in tensor.indices.iter().enumerate() {
                    slots.entry(id).or_default().push((colour, slot));
                }
            }
            for (id, mut around) in slots {
                around.sort_unstable();
                let colour = of_index.entry(id).or_default();
                *colour = hash(&(*colour, around));
            }
            for (tensor, colour) in self.tensors().zip(&mut of_tensor) {
                let around: Vec<u64> = tensor.indices.iter().map(|id| of_index[id]).collect();
                *colour = hash(&(*colour, around));
            }
        }
        of_tensor.sort_unstable();
        of_tensor
    }

    fn tensors(&self) -> impl Iterator<Item = &'a Tensor> + '_ {
        self.members.iter().map(|&tensor| &self.network.tensors()[tensor])
    }
}

/// Rounds of refinement; each reaches one bond further.
const REFINEMENTS: usize = 3;

/// The same on every run.
fn hash(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

/// A partial correspondence of indices.
struct Renaming<'s, 'a> {
    left: &'s Subnet<'a>,
    right: &'s Subnet<'a>,
    pairs: SmallVec<[(IndexId, IndexId); 32]>,
    /// By member of `left`, its partner.
    taken: SmallVec<[usize; 16]>,
}

impl Renaming<'_, '_> {
    /// Matches the tensors of `left` from the `at`-th on with those of `right` that are not taken.
    fn match_from(&mut self, at: usize) -> bool {
        let Some(&tensor) = self.left.members.get(at) else { return true };
        let tensor = &self.left.network.tensors()[tensor];
        for (number, candidate) in self.right.tensors().enumerate() {
            if self.taken.contains(&number)
                || candidate.label != tensor.label
                || self.right.volatile[number] != self.left.volatile[at]
            {
                continue;
            }
            let known = self.pairs.len();
            if self.match_slots(&tensor.indices, &candidate.indices) {
                self.taken.push(number);
                if self.match_from(at + 1) {
                    return true;
                }
                self.taken.pop();
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

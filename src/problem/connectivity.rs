//! The subsets and splits that a search visits.
//!
//! With pruning, a search visits only subsets connected by indices that are not targets, and splits
//! into two connected parts: no outer products. A disconnected network is searched without pruning.
//! In practice pruning keeps the best plan; in theory it may lose it.

use super::subset::{Split, Subset};

/// The subsets of a network that may appear in a tree.
pub struct Connectivity {
    tensors: usize,
    /// By tensor, its neighbours.
    adjacency: Vec<u64>,
    pruned: bool,
}

impl Connectivity {
    pub fn new(adjacency: Vec<u64>, prune: bool) -> Self {
        let mut connectivity = Connectivity { tensors: adjacency.len(), adjacency, pruned: false };
        connectivity.pruned = prune && connectivity.is_connected(connectivity.root());
        connectivity
    }

    pub fn tensors(&self) -> usize {
        self.tensors
    }

    /// All tensors.
    pub fn root(&self) -> Subset {
        Subset::all(self.tensors)
    }

    /// Whether subsets are pruned; if not, the search is exhaustive.
    pub fn pruned(&self) -> bool {
        self.pruned
    }

    /// Whether a search visits this subset.
    pub fn admits(&self, n: Subset) -> bool {
        !self.pruned || self.is_connected(n)
    }

    /// All subsets that a search visits, each after its own subsets; 2^tensors steps.
    pub fn subsets(&self) -> impl Iterator<Item = Subset> + '_ {
        (1..=self.root().0).map(Subset).filter(|&n| self.admits(n))
    }

    /// Splits of all subsets of `tensors` tensors together.
    pub fn all_splits(tensors: usize) -> u64 {
        (3u64.pow(tensors as u32) + 1 - (2 << tensors)) / 2
    }

    /// All splits of n; 2^|n| / 2 steps.
    ///
    /// The left part lacks the highest tensor, and ascends as a number: the order of the reference, so
    /// that ties resolve alike.
    pub fn splits(n: Subset) -> impl Iterator<Item = Split> {
        let highest = 1u64 << (63 - n.0.leading_zeros());
        let lower = n.0 & !highest;
        let mut left = 0u64;
        std::iter::from_fn(move || {
            left = left.wrapping_sub(lower) & lower;
            (left != 0).then_some(Split { left: Subset(left), right: Subset(n.0 & !left) })
        })
    }

    /// The tensors that n may be contracted with: its neighbours; without pruning, all others.
    pub fn near(&self, n: Subset) -> Subset {
        if self.pruned { self.neighbours(n) } else { self.root() }.without(n)
    }

    fn neighbours(&self, n: Subset) -> Subset {
        Subset(n.iter().fold(0, |near, tensor| near | self.adjacency[tensor]))
    }

    fn is_connected(&self, n: Subset) -> bool {
        let mut reached = Subset::leaf(n.first());
        loop {
            let grown = Subset((reached.0 | self.neighbours(reached).0) & n.0);
            if grown == reached {
                return reached == n;
            }
            reached = grown;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_split_comes_once() {
        let n = Subset(0b1101_0110);
        let splits: Vec<_> = Connectivity::splits(n).collect();
        assert_eq!(splits.len(), (1 << (n.len() - 1)) - 1);
        let mut lefts: Vec<_> = splits.iter().map(|split| split.left.0).collect();
        lefts.sort_unstable();
        lefts.dedup();
        assert_eq!(lefts.len(), splits.len());
        for split in splits {
            assert!(!split.left.intersects(split.right) && split.whole() == n);
            assert!(split.left.0 < split.right.0);
        }
    }

    #[test]
    fn a_chain_has_its_intervals() {
        let chain = Connectivity::new(vec![0b0010, 0b0101, 0b1010, 0b0100], true);
        assert!(chain.pruned());
        assert_eq!(chain.subsets().count(), 4 * 5 / 2);
        let admitted = |split: &Split| chain.admits(split.left) && chain.admits(split.right);
        let pairs: usize =
            chain.subsets().map(|n| Connectivity::splits(n).filter(admitted).count()).sum();
        // (n^3 - n) / 6 for a chain of n tensors (Moerkotte & Neumann 2006).
        assert_eq!(pairs, (64 - 4) / 6);
    }

    #[test]
    fn a_disconnected_network_is_not_pruned() {
        let apart = Connectivity::new(vec![0b10, 0b01, 0], true);
        assert!(!apart.pruned());
        assert_eq!(apart.subsets().count(), 7);
    }
}

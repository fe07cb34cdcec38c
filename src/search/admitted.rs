//! The sets of tensors that may appear in a tree: all sets, or, with pruning, the connected ones.
//!
//! One byte for each of the 2^n sets of n tensors.

use crate::allocation::{self, Granted};
use crate::problem::{Connectivity, Split, Subset};

/// By set, whether it may appear in a tree.
pub struct Admitted(Vec<bool>);

impl Admitted {
    /// The sets that the connectivity of a network admits.
    pub fn of(connectivity: &Connectivity) -> Granted<Self> {
        let mut admitted = allocation::filled(connectivity.root().0 as usize + 1, false)?;
        connectivity.subsets().for_each(|n| admitted[n.0 as usize] = true);
        Ok(Admitted(admitted))
    }

    pub fn contains(&self, n: Subset) -> bool {
        self.0[n.0 as usize]
    }

    /// The splits of a set into two admitted parts, each once.
    pub fn splits(&self, n: Subset) -> impl Iterator<Item = Split> + use<'_> {
        let both = |split: &Split| self.contains(split.left) && self.contains(split.right);
        Connectivity::splits(n).filter(both)
    }
}

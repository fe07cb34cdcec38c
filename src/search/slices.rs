//! Sizes of sets of tensors inside loops over contracted indices.
//!
//! The carriers of an index are stored as bits, and sizes of single tensors once they are computed.
//! A size takes O(indices), a sum over tensors O(tensors).

use smallvec::SmallVec;

use crate::network::IndexSet;
use crate::problem::{LoopSet, Operand, Problem, Subset};

/// Sizes inside loops over indices that the term contracts.
pub struct Slices<'a> {
    problem: &'a Problem<'a>,
    /// By loop, the tensors that carry its index.
    carriers: SmallVec<[u64; 8]>,
    leaves: Vec<Leaf>,
}

/// A tensor of the network.
struct Leaf {
    /// The loops over indices that it carries.
    loops: LoopSet,
    /// Its size, elements; and its sizes inside some loops, as far as they have been computed.
    whole: f64,
    known: SmallVec<[(LoopSet, f64); 2]>,
}

impl<'a> Slices<'a> {
    /// For a problem whose loops are over contracted indices.
    pub fn new(problem: &'a Problem<'a>) -> Self {
        let carriers: SmallVec<[u64; 8]> =
            problem.loops().iter().map(|one| problem.carriers_of(one.index)).collect();
        let leaf = |tensor| {
            let loops = loops_where(&carriers, |carriers| carriers >> tensor & 1 == 1);
            let whole = problem.leaf_sum(Subset::leaf(tensor));
            Leaf { loops, whole, known: SmallVec::new() }
        };
        let leaves = (0..problem.connectivity().tensors()).map(leaf).collect();
        Slices { problem, carriers, leaves }
    }

    /// The loops over indices open in a set of tensors: those that it carries, until it contains
    /// the last of their carriers.
    pub fn open(&self, n: Subset) -> LoopSet {
        if n.is_leaf() {
            return self.leaves[n.first()].loops;
        }
        loops_where(&self.carriers, |carriers| carriers & n.0 != 0 && carriers & !n.0 != 0)
    }

    /// S_n and L_n inside loops over some of the indices open in n.
    pub fn operand(&mut self, n: Subset, open: &IndexSet, loops: LoopSet) -> Operand {
        if loops.is_empty() {
            return self.problem.operand(n, open);
        }
        if n.is_leaf() {
            let footprint = self.leaf(n.first(), loops);
            return Operand { footprint, leaf_sum: footprint };
        }
        let footprint = self.problem.sliced_volume(open, loops);
        Operand { footprint, leaf_sum: n.iter().map(|tensor| self.leaf(tensor, loops)).sum() }
    }

    fn leaf(&mut self, tensor: usize, loops: LoopSet) -> f64 {
        let Leaf { loops: carried, whole, known } = &mut self.leaves[tensor];
        let loops = loops.intersection(*carried);
        if loops.is_empty() {
            return *whole;
        }
        if let Some(&(_, elements)) = known.iter().find(|(inside, _)| *inside == loops) {
            return elements;
        }
        let elements = self.problem.sliced_volume(self.problem.leaf_open(tensor), loops);
        known.push((loops, elements));
        elements
    }
}

fn loops_where(carriers: &[u64], is_one: impl Fn(u64) -> bool) -> LoopSet {
    let numbers = (0..carriers.len()).filter(|&number| is_one(carriers[number]));
    numbers.fold(LoopSet::NONE, |set, number| set.union(LoopSet::of(number)))
}

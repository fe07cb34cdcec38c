//! The tables of DPsub: the factors ([`super::products`]) and the cost of every set of tensors.
//!
//! A row is the eight sets that differ in the three lowest bits only: one vector of a wide machine.
//! K of a set is the product of the extents whose carriers are all in the set, and T that of all
//! but those whose carriers are all outside. Both are products over subsets, the multiplicative
//! form of a zeta transform: each extent starts at the set of its carriers, and bit by bit every
//! set takes the value of the set without that bit (Yates 1937, "The design and analysis of
//! factorial experiments"). n 2^(n - 1) multiplications for n tensors, independent of the number of
//! indices.

use super::products::{NEVER, counted};
use crate::allocation::{self, Granted, Grow};
use crate::network::IndexId;
use crate::problem::{Charge, Connectivity, Problem, Subset};
use crate::scratch::{Scratch, Shelf};
use crate::search::simd::dpsub::over_subsets;
use crate::search::simd::tables::{Row, Tables};

/// Tensors in a row.
pub const LOW: usize = 3;

thread_local! {
    static TABLES: Shelf<Tables> = const { Shelf::new(None) };
}

/// The bit of each tensor in the tables.
pub struct Order {
    bits: Vec<usize>,
    tensors: Vec<usize>,
}

impl Order {
    /// The tensors with most neighbours get the highest bits: DPsub enumerates parts without the
    /// highest bit, and without the hub of a star there are few connected sets.
    pub fn new(connectivity: &Connectivity) -> Self {
        let count = connectivity.tensors();
        // By the number of neighbours and, on a tie, in the order of the network.
        let near = |tensor| connectivity.near(Subset::leaf(tensor)).len();
        let mut tensors: Vec<usize> =
            (0..count).map(|tensor| near(tensor) * count + tensor).collect();
        tensors.sort_unstable();
        tensors.iter_mut().for_each(|tensor| *tensor %= count);
        let bit = |tensor| tensors.iter().position(|&other| other == tensor);
        let bits = (0..count).map(|tensor| bit(tensor).expect("each tensor has a bit")).collect();
        Order { bits, tensors }
    }

    /// The number of a set of tensors in the tables.
    pub fn number(&self, n: Subset) -> usize {
        n.iter().fold(0, |number, tensor| number | 1 << self.bits[tensor])
    }

    /// The set of tensors with a number.
    pub fn set(&self, number: usize) -> Subset {
        let bits = Subset(number as u64);
        bits.iter().fold(Subset(0), |n, bit| n.union(Subset::leaf(self.tensors[bit])))
    }

    /// The tensor of a bit.
    pub fn tensor(&self, bit: usize) -> usize {
        self.tensors[bit]
    }
}

impl Tables {
    /// Bytes of the tables while they are computed.
    pub fn bytes(tensors: usize) -> u64 {
        32 << tensors.max(LOW)
    }

    /// The tables before any split: only tensors have a cost.
    pub fn new(problem: &Problem, order: &Order) -> Granted<Scratch<Self>> {
        let tensors = problem.connectivity().tensors();
        let rows = 1usize << tensors.saturating_sub(LOW);
        let size = problem.options().objective.charge() == Charge::Storage;
        let mut kept = Scratch::from(&TABLES);
        let tables: &mut Tables = &mut kept;
        allocation::lengthen(&mut tables.cost, rows, Row([NEVER; 8]))?;
        allocation::lengthen(&mut tables.inverse, rows, Row([1.0; 8]))?;
        tables.multiply(problem, order)?;
        if size {
            let sizes = tables.work.iter_mut().zip(&mut tables.inverse);
            sizes.for_each(|(work, inverse)| {
                let sizes = work.0.iter_mut().zip(&mut inverse.0);
                sizes.for_each(|(work, inverse)| {
                    (*work, *inverse) = (2.0 * counted(*work * *inverse), 1.0)
                });
            });
        } else if problem.options().volatile_weight > 1.0 {
            let volatile = |bit: &usize| problem.is_volatile(Subset::leaf(order.tensor(*bit)));
            let volatile = (0..tensors).filter(volatile).fold(0, |set, bit| set | 1 << bit);
            for number in (0..8 * rows).filter(|number| number & volatile != 0) {
                tables.work[number / 8].0[number % 8] *= problem.options().volatile_weight;
            }
        }
        for tensor in 0..tensors {
            let number = 1usize << order.bits[tensor];
            // No index is closed within one tensor: one that it alone carries is open until its
            // contraction.
            tables.inverse[number / 8].0[number % 8] = 1.0;
            let cost = if size { problem.volume(problem.leaf_open(tensor)) } else { 0.0 };
            tables.cost[number / 8].0[number % 8] = cost;
        }
        Ok(kept)
    }

    /// Computes T and k of all sets.
    fn multiply(&mut self, problem: &Problem, order: &Order) -> Granted<()> {
        let network = problem.network();
        let mut all = 1.0;
        // 1 over the extents, of indices of the result, whose carriers are all in a set; those that
        // close are in k.
        let mut kept = Vec::new();
        for id in (0..network.indices().len()).map(IndexId::new) {
            let extent = network.index_at(id).extent as f64;
            let carriers = order.number(Subset(problem.carriers_of(id)));
            if carriers == 0 {
                continue;
            }
            all *= extent;
            if network.targets().contains(id) {
                if kept.is_empty() {
                    kept = allocation::filled(self.inverse.len(), Row([1.0; 8]))?;
                }
                kept[carriers / 8].0[carriers % 8] /= extent;
            } else {
                self.inverse[carriers / 8].0[carriers % 8] /= extent;
            }
        }
        over_subsets(&mut self.inverse);
        over_subsets(&mut kept);
        let root = (1usize << problem.connectivity().tensors()) - 1;
        let (last, low) = (root / 8, root % 8);
        let inverse = &self.inverse;
        self.work.make_room(inverse.len())?;
        self.work.extend((0..inverse.len()).map(|row| {
            let outside = &inverse[last ^ row].0;
            let mut work = Row(std::array::from_fn(|lane| all * outside[lane ^ low]));
            if let Some(Row(outside)) = kept.get(last ^ row) {
                (0..8).for_each(|lane| work.0[lane] *= outside[lane ^ low]);
            }
            work
        }));
        Ok(())
    }

    /// The cost of a set.
    pub fn cost(&self, n: usize) -> f64 {
        self.cost[n / 8].0[n % 8]
    }

    /// The cost of a split of a set.
    #[cfg(test)]
    pub fn value(&self, n: usize, left: usize, right: usize) -> f64 {
        let at = |table: &[Row], set: usize| table[set / 8].0[set % 8];
        let inverse = at(&self.inverse, left) * at(&self.inverse, right);
        at(&self.work, n) * inverse + (at(&self.cost, left) + at(&self.cost, right))
    }
}

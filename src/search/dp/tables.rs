//! Tables of all sets of tensors, for the sweep: what the products of [`super::products`] are of each
//! set, and its cost.
//!
//! A row is the eight sets that differ in the three lowest bits only: one vector of a wide machine.
//! K of a set is the product of the extents whose carriers are all in the set, and T that of all but
//! those whose carriers are all outside. Both are sums over subsets, but with products: each extent
//! stands at the set of its carriers, and bit by bit every set takes what the set without that bit
//! has (Yates 1937, "The design and analysis of factorial experiments"). n 2^(n - 1) multiplications
//! for n tensors, however many indices they have.

use super::products::{NEVER, counted};
use crate::allocation;
use crate::allocation::{Granted, Grow};
use crate::network::IndexId;
use crate::problem::{Charge, Connectivity, Problem, Subset};
use crate::scratch::{Scratch, Shelf, reusable};
use crate::search::simd::dpsub::over_subsets;

/// Tensors in a row.
pub const LOW: usize = 3;

/// Numbers of the eight sets of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(64))]
pub struct Row(pub [f64; 8]);

/// What a sweep knows of every set of tensors, by row.
#[derive(Default)]
pub struct Tables {
    pub cost: Vec<Row>,
    /// k: 1 over the product of the extents that are closed within the set.
    pub free: Vec<Row>,
    /// t: the product of all extents on its tensors, weighted.
    pub work: Vec<Row>,
}

reusable!(Tables: cost, free, work);

thread_local! {
    static TABLES: Shelf<Tables> = const { Shelf::new(None) };
}

/// Which bit of a set in the tables a tensor is.
pub struct Order {
    bits: Vec<usize>,
    tensors: Vec<usize>,
}

impl Order {
    /// The tensors with most neighbours get the highest bits: a sweep looks for parts without the
    /// highest one, and without the hub of a star there are few connected sets.
    pub fn new(connectivity: &Connectivity) -> Self {
        let count = connectivity.tensors();
        // By the number of neighbours and, where these are equally many, in the order of the network.
        let near = |tensor| connectivity.near(Subset::leaf(tensor)).len();
        let mut tensors: Vec<usize> =
            (0..count).map(|tensor| near(tensor) * count + tensor).collect();
        tensors.sort_unstable();
        tensors.iter_mut().for_each(|tensor| *tensor %= count);
        let bit = |tensor| tensors.iter().position(|&other| other == tensor);
        let bits = (0..count).map(|tensor| bit(tensor).expect("each tensor has a bit")).collect();
        Order { bits, tensors }
    }

    /// A set of tensors as the tables number it.
    pub fn number(&self, n: Subset) -> usize {
        n.iter().fold(0, |number, tensor| number | 1 << self.bits[tensor])
    }

    /// The set of tensors that has a number.
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
    /// Bytes that the tables of so many tensors take while they are made.
    pub fn bytes(tensors: usize) -> u64 {
        32 << tensors.max(LOW)
    }

    /// The tables before any split was looked at: only tensors have a cost.
    pub fn new(problem: &Problem, order: &Order) -> Granted<Scratch<Self>> {
        let tensors = problem.connectivity().tensors();
        let rows = 1usize << tensors.saturating_sub(LOW);
        let size = problem.options().objective.charge() == Charge::Storage;
        let mut kept = Scratch::from(&TABLES);
        let tables: &mut Tables = &mut kept;
        allocation::lengthen(&mut tables.cost, rows, Row([NEVER; 8]))?;
        allocation::lengthen(&mut tables.free, rows, Row([1.0; 8]))?;
        tables.multiply(problem, order)?;
        if size {
            let sizes = tables.work.iter_mut().zip(&mut tables.free);
            sizes.for_each(|(work, free)| {
                let sizes = work.0.iter_mut().zip(&mut free.0);
                sizes.for_each(|(work, free)| (*work, *free) = (2.0 * counted(*work * *free), 1.0));
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
            // Nothing is closed within one tensor: what only it carries is open until it is contracted.
            tables.free[number / 8].0[number % 8] = 1.0;
            let cost = if size { problem.volume(problem.leaf_open(tensor)) } else { 0.0 };
            tables.cost[number / 8].0[number % 8] = cost;
        }
        Ok(kept)
    }

    /// Makes T and k of all sets.
    fn multiply(&mut self, problem: &Problem, order: &Order) -> Granted<()> {
        let network = problem.network();
        let mut all = 1.0;
        // 1 over the extents whose carriers are all in a set; those that close are in k.
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
                    kept = allocation::filled(self.free.len(), Row([1.0; 8]))?;
                }
                kept[carriers / 8].0[carriers % 8] /= extent;
            } else {
                self.free[carriers / 8].0[carriers % 8] /= extent;
            }
        }
        over_subsets(&mut self.free);
        over_subsets(&mut kept);
        let root = (1usize << problem.connectivity().tensors()) - 1;
        let (last, low) = (root / 8, root % 8);
        let free = &self.free;
        self.work.make_room(free.len())?;
        self.work.extend((0..free.len()).map(|row| {
            let outside = &free[last ^ row].0;
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

    /// What a split of a set costs.
    #[cfg(test)]
    pub fn value(&self, n: usize, left: usize, right: usize) -> f64 {
        let at = |table: &[Row], set: usize| table[set / 8].0[set % 8];
        let free = at(&self.free, left) * at(&self.free, right);
        at(&self.work, n) * free + (at(&self.cost, left) + at(&self.cost, right))
    }
}

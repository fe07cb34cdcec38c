//! The tensors of a network as sets of indices, and the sizes and work of their contractions.
//!
//! An index on three or more tensors is a hyperedge and stays open until its last carrier is
//! contracted.
//!
//! Volumes saturate at 2^700 elements: a search passes through trees that no machine could
//! evaluate, and none may leave the range of a double. In a chain of a thousand tensors the product
//! of all extents does; no good tree comes near it.

use super::rows::{Rows, positions};
use crate::allocation::{self, Granted};
use crate::network::{IndexId, IndexSet};
use crate::problem::{Charge, LoopSet, Problem, magnitude::MAX_MAGNITUDE};

/// The cap of volumes: 2^700, the limit on the product of all extents of a small network.
pub const MOST_ELEMENTS: f64 = f64::from_bits((1023 + MAX_MAGNITUDE as u64) << 52);

/// A problem, prepared for the search of a large network.
pub struct Hypergraph<'a> {
    pub problem: &'a Problem<'a>,
    tensors: usize,
    stride: usize,
    /// By tensor, its distinct indices.
    leaves: Rows,
    volatile: Vec<bool>,
    targets: Vec<u64>,
    /// By index, the tensors that carry it.
    carriers: Vec<Vec<u32>>,
    extents: Vec<f64>,
    /// By index, the most that it and its protos contribute to a product, as a power of two.
    magnitudes: Vec<f64>,
    has_composites: bool,
    /// By index, the number of its loop and the elements of a batch.
    loop_of: Vec<Option<(usize, f64)>>,
    /// Whether the charge for a contraction depends on the sizes of its operands or result.
    sizes_count: bool,
    /// Whether only neighbours are contracted.
    pruned: bool,
}

impl<'a> Hypergraph<'a> {
    pub fn of(problem: &'a Problem<'a>) -> Granted<Self> {
        let network = problem.network();
        let (tensors, indices) = (network.tensors().len(), network.indices().len());
        let stride = indices.div_ceil(64).max(1);
        let mut leaves = Rows::new(tensors, stride)?;
        let mut carriers = allocation::filled(indices, Vec::new())?;
        for (tensor, one) in network.tensors().iter().enumerate() {
            let row = leaves.row_mut(tensor);
            for at in one.indices.iter().map(|index| index.position()) {
                if row[at / 64] >> (at % 64) & 1 == 0 {
                    row[at / 64] |= 1 << (at % 64);
                    carriers[at].push(tensor as u32);
                }
            }
        }
        let mut targets = vec![0; stride];
        for at in network.targets().iter().map(|index| index.position()) {
            targets[at / 64] |= 1 << (at % 64);
        }
        let mut loop_of = allocation::filled(indices, None)?;
        for (number, one) in problem.loops().iter().enumerate() {
            let batch = one.slicing.batch(network.index_at(one.index).extent);
            loop_of[one.index.position()] = Some((number, batch as f64));
        }
        let options = problem.options();
        let sizes_count = match options.objective.charge() {
            Charge::Work => options.footprint_weight > 0.0,
            Charge::Storage => true,
            Charge::Roofline | Charge::Nothing => options.roofline.machine_balance > 0.0,
        };
        let mut graph = Hypergraph {
            problem,
            tensors,
            stride,
            leaves,
            volatile: (0..tensors).map(|at| problem.policy().is_volatile(at)).collect(),
            targets,
            carriers,
            extents: allocation::collected(
                network.indices().iter().map(|index| index.extent as f64),
            )?,
            magnitudes: magnitudes(problem)?,
            has_composites: network.indices().iter().any(|index| index.is_composite()),
            loop_of,
            sizes_count,
            pruned: false,
        };
        graph.pruned = options.prune_outer_products && graph.is_connected();
        Ok(graph)
    }

    pub fn tensors(&self) -> usize {
        self.tensors
    }

    /// Words of a row.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// The open indices of a tensor: those that it carries.
    pub fn leaf(&self, tensor: usize) -> &[u64] {
        self.leaves.row(tensor)
    }

    pub fn is_volatile(&self, tensor: usize) -> bool {
        self.volatile[tensor]
    }

    pub fn targets(&self) -> &[u64] {
        &self.targets
    }

    /// The open indices of the result of the term: the targets that some tensor carries.
    pub fn result(&self) -> Vec<u64> {
        let carried = |at: usize| if self.carriers[at].is_empty() { 0 } else { 1 << (at % 64) };
        let mut row = vec![0; self.stride];
        for at in positions(self.targets.iter().copied()) {
            row[at / 64] |= carried(at);
        }
        row
    }

    /// An upper bound on the work of contracting two sets, as a power of two.
    pub fn magnitude(&self, a: &[u64], b: &[u64]) -> f64 {
        self.problem.magnitude(&self.set(positions(a.iter().zip(b).map(|(a, b)| a | b))))
    }

    /// The tensors that carry an index.
    pub fn carriers(&self, index: usize) -> &[u32] {
        &self.carriers[index]
    }

    pub fn sizes_count(&self) -> bool {
        self.sizes_count
    }

    /// Whether outer products are excluded.
    pub fn pruned(&self) -> bool {
        self.pruned
    }

    /// Whether sets of tensors with these open indices may be contracted: they share an index that
    /// is not a target, or outer products are allowed.
    pub fn may_contract(&self, a: &[u64], b: &[u64]) -> bool {
        let mut words = a.iter().zip(b).zip(&self.targets);
        !self.pruned || words.any(|((a, b), targets)| a & b & !targets != 0)
    }

    /// V of a set, given by its words.
    pub fn volume(&self, words: impl Iterator<Item = u64> + Clone) -> f64 {
        self.volume_at(positions(words))
    }

    /// V of a set, given by its indices.
    pub fn volume_at(&self, indices: impl Iterator<Item = usize> + Clone) -> f64 {
        if self.has_composites {
            return self
                .within_range(indices)
                .map_or(MOST_ELEMENTS, |set| self.problem.volume(&set));
        }
        product(indices.map(|at| self.extents[at]))
    }

    /// The set, if its volume cannot exceed the cap.
    fn within_range(&self, indices: impl Iterator<Item = usize> + Clone) -> Option<IndexSet> {
        // The sum counts protos that indices share once for each index; `magnitude` counts them
        // once.
        let at_most: f64 = indices.clone().map(|at| self.magnitudes[at]).sum();
        let set = self.set(indices);
        let fits = at_most <= MAX_MAGNITUDE || self.problem.magnitude(&set) <= MAX_MAGNITUDE;
        fits.then_some(set)
    }

    /// V of a set.
    pub fn size(&self, row: &[u64]) -> f64 {
        self.volume(row.iter().copied())
    }

    /// The loops over indices of a set.
    pub fn loops_in(&self, row: &[u64]) -> LoopSet {
        let inside = self.problem.loops().iter().enumerate().filter(|(_, one)| {
            let at = one.index.position();
            row[at / 64] >> (at % 64) & 1 == 1
        });
        inside.fold(LoopSet::NONE, |set, (number, _)| set.union(LoopSet::of(number)))
    }

    /// V of a set sliced by loops.
    pub fn sliced(&self, row: &[u64], loops: LoopSet) -> f64 {
        if loops.is_empty() {
            return self.size(row);
        }
        let indices = positions(row.iter().copied());
        if self.has_composites {
            let loops = loops.intersection(self.loops_in(row));
            let set = self.within_range(indices);
            return set.map_or(MOST_ELEMENTS, |set| self.problem.sliced_volume(&set, loops));
        }
        product(indices.map(|at| match self.loop_of[at] {
            Some((number, batch)) if loops.contains(number) => batch,
            _ => self.extents[at],
        }))
    }

    /// A set in the form of the network.
    fn set(&self, indices: impl Iterator<Item = usize>) -> IndexSet {
        let mut set = IndexSet::empty(self.problem.network().indices().len());
        indices.for_each(|at| set.insert(IndexId::new(at)));
        set
    }

    /// V of the union of two sets: the work of their contraction.
    pub fn work(&self, a: &[u64], b: &[u64]) -> f64 {
        self.volume(a.iter().zip(b).map(|(a, b)| a | b))
    }

    /// The charge for a contraction.
    pub fn charge(&self, volatile: bool, work: f64, operands: [f64; 2], result: f64) -> f64 {
        self.problem.charge(volatile, work, operands, result)
    }

    /// Whether indices other than targets connect all tensors.
    fn is_connected(&self) -> bool {
        let mut reached = vec![false; self.tensors];
        let mut seen = vec![0u64; self.stride];
        let mut waiting = vec![0];
        reached[0] = true;
        while let Some(tensor) = waiting.pop() {
            let row = self.leaf(tensor).iter().zip(&self.targets).zip(&seen);
            let new: Vec<u64> = row.map(|((row, targets), seen)| row & !targets & !seen).collect();
            seen.iter_mut().zip(&new).for_each(|(seen, new)| *seen |= new);
            for index in positions(new) {
                for &carrier in &self.carriers[index] {
                    if !std::mem::replace(&mut reached[carrier as usize], true) {
                        waiting.push(carrier as usize);
                    }
                }
            }
        }
        reached.into_iter().all(|one| one)
    }
}

/// A product of extents as a volume: 0 for a scalar, capped at [`MOST_ELEMENTS`].
fn product(extents: impl Iterator<Item = f64>) -> f64 {
    // An extent is below 2^63, so no product exceeds 2^763.
    let product = extents.fold(1.0, |product, extent| f64::min(product * extent, MOST_ELEMENTS));
    if product == 1.0 { 0.0 } else { product }
}

/// By index, the magnitude of a set of this index alone.
fn magnitudes(problem: &Problem) -> Granted<Vec<f64>> {
    let indices = problem.network().indices().len();
    let alone = |at| {
        let mut set = IndexSet::empty(indices);
        set.insert(IndexId::new(at));
        problem.magnitude(&set)
    };
    allocation::collected((0..indices).map(alone))
}

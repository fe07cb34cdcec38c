//! A network bound to a policy and options: every number that a cost model asks for.

use super::{Lattice, LoopSet, MAX_TENSORS, Nest, Split, Subset};
use crate::network::{Carriers, IndexId, IndexSet, Network, Sizes, Volumes};
use crate::options::{Objective, Options};
use crate::policy::{Role, Rulings, Slicing};
use crate::{Error, Result};

/// A loop that the policy allows: an index in the role that it has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loop {
    pub index: IndexId,
    pub role: Role,
    pub slicing: Slicing,
    /// How many batches it goes in.
    pub batches: u64,
}

/// A network bound to a policy and options. Sizes are in elements.
pub struct Problem<'a> {
    network: &'a Network,
    options: &'a Options,
    rulings: &'a Rulings,
    lattice: Lattice,
    volumes: Volumes,
    loops: Vec<Loop>,
    /// By index, the number of its loop.
    loop_of: Vec<Option<usize>>,
    /// The loops over external indices.
    external: LoopSet,
    volatile: Subset,
    /// By subset; filled for those that the lattice admits.
    facts: Vec<Option<Facts>>,
}

/// What is known of a subset before any search.
struct Facts {
    open: IndexSet,
    batchable: LoopSet,
    footprint: f64,
    leaf_sum: f64,
}

/// Indices of a network that is searched: a set of open ones is kept for each of 2^16 subsets.
const MAX_INDICES: usize = 1024;

/// Binary orders of magnitude that the product of all extents may have, and of all numbers of batches
/// where they are charged. With weights up to 1e18 and the roofline's factors on top, no product
/// leaves the range of a double (2^1023).
const MAX_MAGNITUDE: f64 = 700.0;

impl<'a> Problem<'a> {
    /// Checks the options, then tabulates open indices and sizes of every admitted subset. The
    /// rulings are those of this network.
    pub fn bind(network: &'a Network, rulings: &'a Rulings, options: &'a Options) -> Result<Self> {
        options.check()?;
        let tensors = network.tensors().len();
        at_most(tensors, MAX_TENSORS, "tensors of the network")?;
        let indices = network.indices().len();
        at_most(indices, MAX_INDICES, "indices of the network")?;
        let carriers = Carriers::new(network);
        let (volumes, loops) = sizes(network, rulings, options)?;
        let mut loop_of = vec![None; indices];
        loops.iter().enumerate().for_each(|(at, one)| loop_of[one.index.position()] = Some(at));
        let external = (0..loops.len()).filter(|&at| loops[at].role == Role::External);
        let external = external.fold(LoopSet::NONE, |set, at| set.union(LoopSet::of(at)));
        let volatile = (0..tensors)
            .filter(|&tensor| rulings.is_volatile(tensor))
            .fold(Subset(0), |set, tensor| set.union(Subset::leaf(tensor)));
        let mut problem = Problem {
            network,
            options,
            rulings,
            lattice: Lattice::new(carriers.adjacency(), options.prune_outer_products),
            volumes,
            loops,
            loop_of,
            external,
            volatile,
            facts: Vec::new(),
        };
        problem.tabulate(&carriers);
        Ok(problem)
    }

    fn tabulate(&mut self, carriers: &Carriers) {
        let mut facts: Vec<Option<Facts>> = Vec::new();
        facts.resize_with(self.lattice.root().0 as usize + 1, || None);
        for n in self.lattice.subsets() {
            let open = carriers.open(n.0);
            let footprint = self.volumes.of(&open);
            let batchable = open
                .iter()
                .filter_map(|index| self.loop_of[index.position()])
                .fold(LoopSet::NONE, |set, number| set.union(LoopSet::of(number)));
            // Every leaf is admitted and comes before the sets it is in.
            let leaf_sum = if n.is_leaf() {
                footprint
            } else {
                n.iter().map(|leaf| facts[1 << leaf].as_ref().map_or(0.0, |f| f.footprint)).sum()
            };
            facts[n.0 as usize] = Some(Facts { open, batchable, footprint, leaf_sum });
        }
        self.facts = facts;
    }

    pub fn network(&self) -> &'a Network {
        self.network
    }

    pub fn options(&self) -> &'a Options {
        self.options
    }

    pub fn rulings(&self) -> &'a Rulings {
        self.rulings
    }

    pub fn lattice(&self) -> &Lattice {
        &self.lattice
    }

    /// Whether a search visits this subset.
    pub fn admits(&self, n: Subset) -> bool {
        self.facts[n.0 as usize].is_some()
    }

    /// The loops that the policy allows on this network under the objective.
    pub fn loops(&self) -> &[Loop] {
        &self.loops
    }

    /// O(n).
    pub fn open(&self, n: Subset) -> &IndexSet {
        &self.facts(n).open
    }

    /// S_n.
    pub fn footprint(&self, n: Subset) -> f64 {
        self.facts(n).footprint
    }

    /// L_n: the sum of S over the tensors of n.
    pub fn leaf_sum(&self, n: Subset) -> f64 {
        self.facts(n).leaf_sum
    }

    /// The loops over indices open in n.
    pub fn batchable_open(&self, n: Subset) -> LoopSet {
        self.facts(n).batchable
    }

    /// The loops over external indices that n carries.
    pub fn external_open(&self, n: Subset) -> LoopSet {
        self.batchable_open(n).intersection(self.external)
    }

    /// S_n(B): only the part of B that is open in n slices it.
    pub fn sliced_footprint(&self, n: Subset, loops: LoopSet) -> f64 {
        let loops = loops.intersection(self.batchable_open(n));
        if loops.is_empty() {
            return self.footprint(n);
        }
        self.volumes.sized(self.open(n), &Sliced { problem: self, loops })
    }

    /// L_n(B).
    pub fn sliced_leaf_sum(&self, n: Subset, loops: LoopSet) -> f64 {
        n.iter().map(|leaf| self.sliced_footprint(Subset::leaf(leaf), loops)).sum()
    }

    /// The loops that the contraction of a split may open over indices that it contracts; none where
    /// the policy declines them over volatile subtrees.
    pub fn openable(&self, split: Split) -> LoopSet {
        let n = split.whole();
        if self.rulings.persistent_only() && self.is_volatile(n) {
            return LoopSet::NONE;
        }
        let parts = self.batchable_open(split.left).union(self.batchable_open(split.right));
        parts.without(self.batchable_open(n))
    }

    /// What lives beside the result of n, of S_n(B) elements, while loops opened for its contraction
    /// add to it or put it together: the contribution of a batch to the accumulator, or the block
    /// that is being made, S_n(B ∪ E) elements.
    pub fn contribution(&self, n: Subset, around: LoopSet, opened: LoopSet) -> f64 {
        let external = opened.intersection(self.external);
        let contracted = opened.without(external);
        let block = || self.sliced_footprint(n, around.union(external));
        match (external.is_empty(), contracted.is_empty()) {
            (_, false) => self.rulings.accumulation_factor() * block(),
            (false, true) => block(),
            (true, true) => 0.0,
        }
    }

    /// Whether n holds a tensor that changes on every iteration.
    pub fn is_volatile(&self, n: Subset) -> bool {
        n.intersects(self.volatile)
    }

    /// Work of a contraction, multiply-add pairs: V(O(l) ∪ O(r)).
    pub fn flops(&self, split: Split) -> f64 {
        self.volumes.of(&self.open(split.left).union(self.open(split.right)))
    }

    /// What a contraction adds to the cost under the objective, where slicing repeats nothing.
    pub fn contraction_cost(&self, split: Split) -> f64 {
        let n = split.whole();
        let traffic =
            || self.footprint(split.left) + self.footprint(split.right) + self.footprint(n);
        let options = self.options;
        let weight = if self.is_volatile(n) { options.volatile_weight } else { 1.0 };
        match options.objective {
            Objective::Flops => {
                weight.max(1.0) * self.flops(split) + options.footprint_weight * self.footprint(n)
            }
            Objective::Size => traffic() + options.footprint_weight * self.footprint(n),
            Objective::Peak
            | Objective::PeakBatched
            | Objective::TimeSpace
            | Objective::TimeSpaceBatched
            | Objective::SpaceTimeBatched => {
                weight * options.roofline.op(self.flops(split), traffic())
            }
            // The model prices whole plans.
            Objective::Custom => 0.0,
        }
    }

    fn facts(&self, n: Subset) -> &Facts {
        self.facts[n.0 as usize].as_ref().expect("only admitted subsets are asked for")
    }
}

/// Sizes inside loops: a sliced index has at most a batch's elements.
struct Sliced<'a> {
    problem: &'a Problem<'a>,
    loops: LoopSet,
}

impl Sliced<'_> {
    fn at_most_a_batch(&self, index: IndexId, elements: f64) -> f64 {
        match self.problem.loop_of[index.position()] {
            Some(number) if self.loops.contains(number) => {
                elements.min(self.problem.loops[number].slicing.most() as f64)
            }
            _ => elements,
        }
    }
}

impl Sizes for Sliced<'_> {
    fn plain(&self, index: IndexId) -> f64 {
        let extent = self.problem.network.index_at(index).extent as f64;
        self.at_most_a_batch(index, extent)
    }

    fn composite(&self, index: IndexId, mean: f64) -> f64 {
        self.at_most_a_batch(index, mean)
    }
}

/// What sizes and numbers of batches a problem has, if none of their products leaves the range of a
/// double.
fn sizes(network: &Network, rulings: &Rulings, options: &Options) -> Result<(Volumes, Vec<Loop>)> {
    let volumes = Volumes::new(network, options.use_inner_pow)?;
    let loops = loops(network, rulings, options.objective)?;
    check_magnitude(&volumes, if options.objective.charges_slicing() { &loops } else { &[] })?;
    Ok((volumes, loops))
}

/// Whether all sizes are given, and no product of them leaves the range of a double.
pub(crate) fn check_sizes(network: &Network, rulings: &Rulings, options: &Options) -> Result<()> {
    sizes(network, rulings, options).map(|_| ())
}

/// The loops that the policy allows, as far as the objective opens any: peak-batched knows the
/// contracted role only; those that charge slicing know both, need a threshold to slice for, and have
/// no use for a loop of one batch.
fn loops(network: &Network, rulings: &Rulings, objective: Objective) -> Result<Vec<Loop>> {
    let one = |at| {
        let index = IndexId::new(at);
        let slicing = rulings.slicing(index)?;
        let batches = slicing.batches(network.index_at(index).extent);
        Some(Loop { index, role: Role::of(network, index), slicing, batches })
    };
    let all = (0..network.indices().len()).filter_map(one);
    let (loops, limit): (Vec<Loop>, _) = if objective == Objective::PeakBatched {
        (all.filter(|one| one.role == Role::Contracted).collect(), u32::BITS as usize)
    } else if objective.charges_slicing() && rulings.peak_threshold().is_some() {
        (all.filter(|one| one.batches > 1).collect(), Nest::MOST)
    } else {
        return Ok(Vec::new());
    };
    at_most(loops.len(), limit, "batchable indices of the network")?;
    Ok(loops)
}

fn at_most(count: usize, limit: usize, what: &'static str) -> Result<()> {
    if count <= limit {
        return Ok(());
    }
    Err(Error::TooLarge { what, value: count as u64, limit: limit as u64 })
}

/// No product over the network may leave the range of a double: it would raise a floating-point
/// flag in the host. `repeating` are loops whose batches may multiply the cost.
fn check_magnitude(volumes: &Volumes, repeating: &[Loop]) -> Result<()> {
    let (mut up, mut down) = (0.0, 0.0);
    for (least, most) in volumes.factor_ranges() {
        up += most.max(1.0).log2();
        down -= least.min(1.0).log2();
    }
    let what = if repeating.is_empty() {
        "the product of all extents"
    } else {
        "the product of all extents and numbers of batches"
    };
    up += repeating.iter().map(|one| (one.batches as f64).log2()).sum::<f64>();
    if up.max(down) <= MAX_MAGNITUDE {
        return Ok(());
    }
    Err(Error::Overflow {
        what: what.into(),
        value: format!("2^{:.0}", if up >= down { up } else { -down }),
        allowed: "2^-700 to 2^700",
    })
}

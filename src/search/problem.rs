//! A network bound to a policy and options: every number that a cost model asks for.

use super::{Context, Lattice, MAX_TENSORS, Split, Subset};
use crate::network::{Carriers, IndexId, IndexSet, Network, Sizes, Volumes};
use crate::options::{Objective, Options};
use crate::policy::BatchPolicy;
use crate::{Error, Result};

/// A loop that the policy allows: the index and the most elements of a batch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Loop {
    pub index: IndexId,
    pub target: u64,
}

/// A network bound to a policy and options. Sizes are in elements.
pub struct Problem<'a> {
    network: &'a Network,
    options: &'a Options,
    policy: &'a BatchPolicy,
    lattice: Lattice,
    volumes: Volumes,
    loops: Vec<Loop>,
    /// By index, the number of its loop.
    loop_of: Vec<Option<usize>>,
    volatile: Subset,
    /// By subset; filled for those that the lattice admits.
    facts: Vec<Option<Facts>>,
}

/// What is known of a subset before any search.
struct Facts {
    open: IndexSet,
    batchable: Context,
    footprint: f64,
    leaf_sum: f64,
}

/// Indices of a network that is searched: a set of open ones is kept for each of 2^16 subsets.
const MAX_INDICES: usize = 1024;

/// Contexts that a search may hold over all subsets, so that the host is not driven out of memory.
const MAX_CONTEXTS: u64 = 1 << 21;

/// Binary orders of magnitude that the product of all extents may have. With weights up to 1e18 and
/// the roofline's factors on top, no product leaves the range of a double (2^1023).
const MAX_MAGNITUDE: f64 = 700.0;

impl<'a> Problem<'a> {
    /// Checks the options, then tabulates open indices and sizes of every admitted subset.
    pub fn bind(
        network: &'a Network,
        policy: &'a BatchPolicy,
        options: &'a Options,
    ) -> Result<Self> {
        options.check()?;
        policy.check(network)?;
        let tensors = network.tensors().len();
        if tensors > MAX_TENSORS {
            let (value, limit) = (tensors as u64, MAX_TENSORS as u64);
            return Err(Error::TooLarge { what: "tensors of the network", value, limit });
        }
        let indices = network.indices().len();
        if indices > MAX_INDICES {
            let (value, limit) = (indices as u64, MAX_INDICES as u64);
            return Err(Error::TooLarge { what: "indices of the network", value, limit });
        }
        let carriers = Carriers::new(network);
        let volumes = Volumes::new(network, options.use_inner_pow)?;
        check_magnitude(&volumes)?;
        let batched = options.objective == Objective::PeakBatched;
        let loops = if batched { loops(network, policy)? } else { Vec::new() };
        let mut loop_of = vec![None; indices];
        loops.iter().enumerate().for_each(|(at, one)| loop_of[one.index.position()] = Some(at));
        let volatile = (0..tensors)
            .filter(|&tensor| policy.is_volatile(network, tensor))
            .fold(Subset(0), |set, tensor| set.union(Subset::leaf(tensor)));
        let mut problem = Problem {
            network,
            options,
            policy,
            lattice: Lattice::new(carriers.adjacency(), options.prune_outer_products),
            volumes,
            loops,
            loop_of,
            volatile,
            facts: Vec::new(),
        };
        problem.tabulate(&carriers)?;
        Ok(problem)
    }

    fn tabulate(&mut self, carriers: &Carriers) -> Result<()> {
        let mut facts: Vec<Option<Facts>> = Vec::new();
        facts.resize_with(self.lattice.root().0 as usize + 1, || None);
        let mut contexts = 0;
        for n in self.lattice.subsets() {
            let open = carriers.open(n.0);
            let footprint = self.volumes.of(&open);
            let batchable = open
                .iter()
                .filter_map(|index| self.loop_of[index.position()])
                .fold(Context::NONE, |set, number| set.union(Context(1 << number)));
            // Every leaf is admitted and comes before the sets it is in.
            let leaf_sum = if n.is_leaf() {
                footprint
            } else {
                n.iter().map(|leaf| facts[1 << leaf].as_ref().map_or(0.0, |f| f.footprint)).sum()
            };
            contexts += 1u64 << batchable.len();
            if contexts > MAX_CONTEXTS {
                return Err(Error::TooLarge {
                    what: "sets of enclosing loops over all subsets of tensors",
                    value: contexts,
                    limit: MAX_CONTEXTS,
                });
            }
            facts[n.0 as usize] = Some(Facts { open, batchable, footprint, leaf_sum });
        }
        self.facts = facts;
        Ok(())
    }

    pub fn network(&self) -> &'a Network {
        self.network
    }

    pub fn options(&self) -> &'a Options {
        self.options
    }

    pub fn policy(&self) -> &'a BatchPolicy {
        self.policy
    }

    pub fn lattice(&self) -> &Lattice {
        &self.lattice
    }

    /// The loops that the policy allows on this network; none unless the objective batches.
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
    pub fn batchable_open(&self, n: Subset) -> Context {
        self.facts(n).batchable
    }

    /// S_n(B): only the part of B that is open in n slices it.
    pub fn sliced_footprint(&self, n: Subset, context: Context) -> f64 {
        let context = context.intersection(self.batchable_open(n));
        if context.is_empty() {
            return self.footprint(n);
        }
        self.volumes.sized(self.open(n), &Sliced { problem: self, context })
    }

    /// L_n(B).
    pub fn sliced_leaf_sum(&self, n: Subset, context: Context) -> f64 {
        n.iter().map(|leaf| self.sliced_footprint(Subset::leaf(leaf), context)).sum()
    }

    /// The loops that the contraction of a split may open: over indices that it contracts, unless
    /// the policy declines them over volatile subtrees.
    pub fn openable(&self, split: Split) -> Context {
        let n = split.whole();
        if self.policy.persistent_only() && self.is_volatile(n) {
            return Context::NONE;
        }
        let parts = self.batchable_open(split.left).union(self.batchable_open(split.right));
        parts.without(self.batchable_open(n))
    }

    /// What of a batch's contribution lives beside the accumulator of `footprint` elements.
    pub fn contribution(&self, footprint: f64, opened: Context) -> f64 {
        if opened.is_empty() { 0.0 } else { self.policy.accumulation_factor() * footprint }
    }

    /// Whether n holds a tensor that changes on every iteration.
    pub fn is_volatile(&self, n: Subset) -> bool {
        n.intersects(self.volatile)
    }

    /// Work of a contraction, multiply-add pairs: V(O(l) ∪ O(r)).
    pub fn flops(&self, split: Split) -> f64 {
        self.volumes.of(&self.open(split.left).union(self.open(split.right)))
    }

    /// What a contraction adds to the cost under the objective.
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
            Objective::Peak | Objective::PeakBatched | Objective::TimeSpace => {
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

/// Sizes inside loops: a sliced index has at most its target's elements.
struct Sliced<'a> {
    problem: &'a Problem<'a>,
    context: Context,
}

impl Sliced<'_> {
    fn at_most_target(&self, index: IndexId, elements: f64) -> f64 {
        match self.problem.loop_of[index.position()] {
            Some(number) if self.context.contains(number) => {
                elements.min(self.problem.loops[number].target as f64)
            }
            _ => elements,
        }
    }
}

impl Sizes for Sliced<'_> {
    fn plain(&self, index: IndexId) -> f64 {
        let extent = self.problem.network.index_at(index).extent as f64;
        self.at_most_target(index, extent)
    }

    fn composite(&self, index: IndexId, mean: f64) -> f64 {
        self.at_most_target(index, mean)
    }
}

/// The indices of the network that the policy lets loops slice.
fn loops(network: &Network, policy: &BatchPolicy) -> Result<Vec<Loop>> {
    let indices = network.indices().iter().enumerate();
    let loops: Vec<Loop> = indices
        .filter_map(|(at, index)| {
            Some(Loop { index: IndexId::new(at), target: policy.target(index)? })
        })
        .collect();
    let limit = u32::BITS as u64;
    if loops.len() as u64 > limit {
        let value = loops.len() as u64;
        return Err(Error::TooLarge { what: "batchable indices of the network", value, limit });
    }
    Ok(loops)
}

/// No product over the network may leave the range of a double: it would raise a floating-point
/// flag in the host.
fn check_magnitude(volumes: &Volumes) -> Result<()> {
    let (mut up, mut down) = (0.0, 0.0);
    for (least, most) in volumes.factor_ranges() {
        up += most.max(1.0).log2();
        down -= least.min(1.0).log2();
    }
    if up.max(down) <= MAX_MAGNITUDE {
        return Ok(());
    }
    Err(Error::Overflow {
        what: "the product of all extents".into(),
        value: format!("2^{:.0}", if up >= down { up } else { -down }),
        allowed: "2^-700 to 2^700",
    })
}

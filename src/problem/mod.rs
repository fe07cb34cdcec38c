//! A network bound to a policy and options: all numbers that searches and cost models need.

mod connectivity;
pub mod control;
pub mod document;
mod limits;
mod loop_set;
mod loops;
pub mod magnitude;
mod nest;
mod objective;
mod operand;
mod options;
mod range;
mod roofline;
mod subset;
mod tree;

pub use connectivity::Connectivity;
pub use control::{Halt, Progress, Quantity, Searched, Stop, Watch};
pub use limits::Limits;
pub use loop_set::LoopSet;
pub use loops::Loop;
pub use nest::Nest;
pub use objective::{Charge, Loops, Objective};
pub use operand::Operand;
pub use options::{BYTES_PER_ELEMENT, Options};
pub(crate) use range::check_sizes;
pub use roofline::Roofline;
pub use subset::{Split, Subset};
pub use tree::{Tree, TreeNode};

use std::cell::RefCell;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use self::loops::allowed;
use self::magnitude::at_most;
use self::range::check_range;
use crate::network::{Batches, Carriers, IndexId, IndexSet, Network, Tabulated, Volumes};
use crate::policy::{ResolvedPolicy, Role};
use crate::{Result, allocation};

/// A network bound to a policy and options. Sizes are in elements.
pub struct Problem<'a> {
    network: &'a Network,
    options: &'a Options,
    resolved: &'a ResolvedPolicy,
    /// For networks of at most [`Subset::MOST`] tensors only.
    connectivity: Option<Connectivity>,
    carriers: Carriers,
    volumes: Volumes,
    loops: Vec<Loop>,
    /// Batched extents, if there are loops.
    batches: Option<Batches>,
    /// By index, the number of its loop; empty if there are no loops.
    loop_of: Vec<Option<usize>>,
    /// The loops over external indices.
    external: LoopSet,
    volatile: Subset,
    least_per_element: f64,
    /// L, for networks of at most [`Subset::MOST`] tensors only.
    leaf_sums: Tabulated,
    /// Facts of the subsets requested so far.
    facts: RefCell<FxHashMap<Subset, Facts>>,
}

struct Facts {
    open: IndexSet,
    batchable: LoopSet,
    footprint: f64,
}

/// Tensors and indices of a network at most.
const MAX_TENSORS: usize = 1 << 12;
const MAX_INDICES: usize = 1 << 14;

impl<'a> Problem<'a> {
    /// Binds a network; `resolved` is the policy resolved for it.
    ///
    /// The connectivity, and methods that take a [`Subset`], need a network of at most
    /// [`Subset::MOST`] tensors.
    ///
    /// Errors: those of [`Options::check`]; `TooLarge`, for tensors, indices or loops beyond the
    /// limits; `Overflow`, for sizes whose product leaves the range of a double; `Limit`, without
    /// memory for the tables.
    pub fn bind(
        network: &'a Network,
        resolved: &'a ResolvedPolicy,
        options: &'a Options,
    ) -> Result<Self> {
        options.check()?;
        let tensors = network.tensors().len();
        at_most(tensors, MAX_TENSORS, "tensors of the network")?;
        let indices = network.indices().len();
        at_most(indices, MAX_INDICES, "indices of the network")?;
        let carriers = Carriers::new(network)?;
        let volumes = Volumes::new(network, options.use_inner_pow)?;
        let loops = allowed(network, resolved, options.objective)?;
        check_range(network, options, &volumes, &loops)?;
        let mut loop_of = allocation::filled(if loops.is_empty() { 0 } else { indices }, None)?;
        loops.iter().enumerate().for_each(|(at, one)| loop_of[one.index.position()] = Some(at));
        let most = |index: IndexId| {
            let number = loop_of[index.position()];
            number.map_or(f64::MAX, |number: usize| loops[number].slicing.most() as f64)
        };
        let batches = (!loops.is_empty()).then(|| volumes.batches(most)).transpose()?;
        let external = (0..loops.len()).filter(|&at| loops[at].role == Role::External);
        let external = external.fold(LoopSet::NONE, |set, at| set.union(LoopSet::of(at)));
        let small = tensors <= Subset::MOST;
        let volatile = (0..tensors.min(Subset::MOST))
            .filter(|&tensor| resolved.is_volatile(tensor))
            .fold(Subset(0), |set, tensor| set.union(Subset::leaf(tensor)));
        let leaf = |tensor| volumes.of(carriers.of_tensor(tensor));
        let mut leaves: SmallVec<[f64; 16]> = SmallVec::new();
        leaves.extend((0..tensors.min(Subset::MOST)).map(leaf));
        let leaf_sums = Tabulated::new(&leaves, 0.0, |a, b| a + b)?;
        let least_per_element = least_per_element(options, volumes.grow());
        Ok(Problem {
            network,
            options,
            resolved,
            connectivity: small
                .then(|| Connectivity::new(carriers.adjacency(), options.prune_outer_products)),
            carriers,
            volumes,
            batches,
            loops,
            loop_of,
            external,
            volatile,
            least_per_element,
            leaf_sums,
            facts: RefCell::default(),
        })
    }

    pub fn network(&self) -> &'a Network {
        self.network
    }

    pub fn options(&self) -> &'a Options {
        self.options
    }

    pub fn policy(&self) -> &'a ResolvedPolicy {
        self.resolved
    }

    /// Needs a network of at most [`Subset::MOST`] tensors.
    pub fn connectivity(&self) -> &Connectivity {
        self.connectivity.as_ref().expect("a network of at most 64 tensors")
    }

    /// The loops that the policy allows on this network under the objective.
    pub fn loops(&self) -> &[Loop] {
        &self.loops
    }

    /// O_n, the open indices of n; O(n).
    pub fn open(&self, n: Subset) -> IndexSet {
        self.carriers.open(n.0)
    }

    /// S_n, elements.
    pub fn footprint(&self, n: Subset) -> f64 {
        self.facts(n, |facts| facts.footprint)
    }

    /// L_n: the sum of S over the tensors of n, elements.
    pub fn leaf_sum(&self, n: Subset) -> f64 {
        self.leaf_sums.of(&[n.0], 0.0, |a, b| a + b)
    }

    /// S_n and L_n of a set of tensors with these open indices.
    pub fn operand(&self, n: Subset, open: &IndexSet) -> Operand {
        Operand { footprint: self.volume(open), leaf_sum: self.leaf_sum(n) }
    }

    /// V of a set of indices.
    pub fn volume(&self, set: &IndexSet) -> f64 {
        self.volumes.of(set)
    }

    /// Upper bound on the volume of a set of indices, sliced or not: the exponent of a power of two.
    pub fn magnitude(&self, set: &IndexSet) -> f64 {
        self.volumes.magnitude(self.network, set)
    }

    /// The tensors that carry an index, one bit each.
    pub fn carriers_of(&self, index: IndexId) -> u64 {
        self.carriers.of_index(index)
    }

    /// S_n, computed and not stored.
    pub fn footprint_of(&self, n: Subset) -> f64 {
        self.volume(&self.open(n))
    }

    /// V of the indices open in either of two parts.
    #[inline(always)]
    pub fn volume_of_both(&self, a: &IndexSet, b: &IndexSet) -> f64 {
        self.volumes.of_both(a, b)
    }

    pub fn volumes(&self) -> &Volumes {
        &self.volumes
    }

    /// V of a set of indices inside loops over some of them.
    pub fn sliced_volume(&self, set: &IndexSet, loops: LoopSet) -> f64 {
        let Some(batches) = &self.batches else { return self.volume(set) };
        let mut sliced = IndexSet::empty(self.network.indices().len());
        loops.iter().for_each(|number| sliced.insert(self.loops[number].index));
        self.volumes.sliced(set, &sliced, batches)
    }

    /// The loops over indices of a set.
    pub fn batchable(&self, set: &IndexSet) -> LoopSet {
        if self.loops.is_empty() {
            return LoopSet::NONE;
        }
        let numbers = set.iter().filter_map(|index| self.loop_of[index.position()]);
        numbers.fold(LoopSet::NONE, |set, number| set.union(LoopSet::of(number)))
    }

    /// O of one tensor.
    pub fn leaf_open(&self, tensor: usize) -> &IndexSet {
        self.carriers.of_tensor(tensor)
    }

    /// O_n from the open indices of its two parts; O(n).
    pub fn open_of_parts(&self, a: &IndexSet, b: &IndexSet, n: Subset) -> IndexSet {
        self.carriers.open_of_parts(a, b, n.0)
    }

    /// Whether a volume never shrinks when indices are added.
    pub fn volumes_grow(&self) -> bool {
        self.volumes.grow()
    }

    /// Lower bound on the cost of a contraction whose operands have this many elements together.
    ///
    /// If volumes grow with their indices, the work of a contraction is at least the size of each
    /// operand, so at least half their sum. Storage, and traffic under a roofline, count the operands
    /// themselves.
    pub fn least_for_operands(&self, elements: f64) -> f64 {
        self.least_per_element * elements
    }

    /// Lower bound on the cost of a contraction per multiply-add pair of its work.
    pub fn least_for_work(&self) -> f64 {
        match self.options.objective.charge() {
            Charge::Storage => 0.0,
            Charge::Work => 1.0,
            Charge::Roofline | Charge::Nothing => self.options.volatile_weight.min(1.0),
        }
    }

    /// The loops over indices open in n.
    pub fn batchable_open(&self, n: Subset) -> LoopSet {
        self.facts(n, |facts| facts.batchable)
    }

    /// The loops over external indices that n carries.
    pub fn external_open(&self, n: Subset) -> LoopSet {
        self.batchable_open(n).intersection(self.external)
    }

    /// S_n(B): only the loops of B over indices open in n slice it.
    pub fn sliced_footprint(&self, n: Subset, loops: LoopSet) -> f64 {
        let loops = loops.intersection(self.batchable_open(n));
        if loops.is_empty() {
            return self.footprint(n);
        }
        self.facts(n, |facts| self.sliced_volume(&facts.open, loops))
    }

    /// L_n(B).
    pub fn sliced_leaf_sum(&self, n: Subset, loops: LoopSet) -> f64 {
        if loops.intersection(self.batchable_open(n)).is_empty() {
            return self.leaf_sum(n);
        }
        n.iter().map(|leaf| self.sliced_footprint(Subset::leaf(leaf), loops)).sum()
    }

    /// The loops that the contraction of a split may open over indices that it contracts; none over a
    /// volatile subtree, if the policy is persistent_only.
    pub fn openable(&self, split: Split) -> LoopSet {
        let n = split.whole();
        if self.resolved.persistent_only() && self.is_volatile(n) {
            return LoopSet::NONE;
        }
        let parts = self.batchable_open(split.left).union(self.batchable_open(split.right));
        parts.without(self.batchable_open(n))
    }

    /// Whether more slicing never raises a peak or a cost, and is always allowed: sizes fall with
    /// extents, accumulation is free, and every contraction may open loops.
    pub fn slicing_is_free(&self) -> bool {
        let everywhere = !self.resolved.persistent_only() || self.volatile.is_empty();
        everywhere && self.resolved.accumulation_factor() == 0.0 && self.volumes_grow()
    }

    /// Elements live beside the result of n, of S_n(B) elements, while loops opened for its contraction
    /// assemble it: the contribution of a batch to the accumulator, or the block being made, of
    /// S_n(B ∪ E) elements.
    pub fn contribution(&self, n: Subset, around: LoopSet, opened: LoopSet) -> f64 {
        self.beside_result(opened, |external| self.sliced_footprint(n, around.union(external)))
    }

    /// Whether n has a volatile tensor.
    pub fn is_volatile(&self, n: Subset) -> bool {
        n.intersects(self.volatile)
    }

    /// Work of a contraction, multiply-add pairs: V(O(l) ∪ O(r)).
    pub fn flops(&self, split: Split) -> f64 {
        let open = |part| self.facts(part, |facts| facts.open.clone());
        self.volumes.of(&open(split.left).union(&open(split.right)))
    }

    /// The cost of a contraction under the objective, without repetitions by loops.
    pub fn contraction_cost(&self, split: Split) -> f64 {
        let operands = [split.left, split.right].map(|part| self.footprint(part));
        let n = split.whole();
        self.charge(self.is_volatile(n), self.flops(split), operands, self.footprint(n))
    }

    /// The same from the volatility of the result, the work, and the footprints of operands and result.
    pub fn charge(&self, volatile: bool, flops: f64, [left, right]: [f64; 2], result: f64) -> f64 {
        let traffic = left + right + result;
        let options = self.options;
        let weight = if volatile { options.volatile_weight } else { 1.0 };
        match options.objective.charge() {
            Charge::Work => weight.max(1.0) * flops + options.footprint_weight * result,
            Charge::Storage => traffic + options.footprint_weight * result,
            Charge::Roofline => weight * options.roofline.op(flops, traffic),
            Charge::Nothing => 0.0,
        }
    }

    fn facts<T>(&self, n: Subset, read: impl Fn(&Facts) -> T) -> T {
        let mut known = self.facts.borrow_mut();
        let make = || {
            let open = self.carriers.open(n.0);
            let footprint = self.volumes.of(&open);
            let batchable = self.batchable(&open);
            Facts { open, batchable, footprint }
        };
        // Without memory to store them, facts are computed each time.
        if known.try_reserve(1).is_err() && !known.contains_key(&n) {
            return read(&make());
        }
        read(known.entry(n).or_insert_with(make))
    }

    /// As `contribution`, of a result with these open indices.
    pub fn contribution_to(&self, open: &IndexSet, around: LoopSet, opened: LoopSet) -> f64 {
        let block = |external| {
            let slicing = around.union(external).intersection(self.batchable(open));
            self.sliced_volume(open, slicing)
        };
        self.beside_result(opened, block)
    }

    /// Elements that opened loops hold beside a result; `block` is the size of the result as the
    /// external ones slice it.
    fn beside_result(&self, opened: LoopSet, block: impl Fn(LoopSet) -> f64) -> f64 {
        let external = opened.intersection(self.external);
        let contracted = opened.without(external);
        match (external.is_empty(), contracted.is_empty()) {
            (_, false) => self.resolved.accumulation_factor() * block(external),
            (false, true) => block(external),
            (true, true) => 0.0,
        }
    }

    /// Whether the search omits outer products; always in networks of more than [`Subset::MOST`]
    /// tensors.
    pub fn is_pruned(&self) -> bool {
        self.connectivity.as_ref().is_none_or(Connectivity::pruned)
    }
}

/// Whether a network has too many tensors for the exact searches.
pub fn is_large(problem: &Problem) -> bool {
    problem.network().tensors().len() > Subset::MOST
}

/// See [`Problem::least_for_operands`].
fn least_per_element(options: &Options, volumes_grow: bool) -> f64 {
    let from_work = if volumes_grow { 0.5 } else { 0.0 };
    match options.objective.charge() {
        Charge::Storage => 1.0,
        // Work counts volatile weights below 1 as 1.
        Charge::Work => from_work,
        Charge::Roofline | Charge::Nothing => {
            options.volatile_weight.min(1.0) * options.roofline.machine_balance.max(from_work)
        }
    }
}

//! Intermediates that several terms compute, up to a renaming of indices.
//!
//! Walks the plans in order, each from its result down. An intermediate that has been met is taken
//! from there, with all that is below it; another is computed, and may be taken later.
//!
//! Nodes that are equal have equal fingerprints: sums over their tensors, over the indices closed in
//! them and over the open ones, that know neither names nor order. So only nodes of one fingerprint
//! are compared, and most have theirs for themselves; what is compared is compared exactly
//! (`network::Subnet`).

use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHasher};

use super::{Occurrence, Shared};
use crate::allocation::{Append, Granted, Grow};
use crate::network::{Index, IndexId, IndexSet, Network, Subnet};
use crate::plan::{Node, NodeKind, Plan, sharing};
use crate::{Result, allocation};

/// What of these plans would be computed once instead of again, largest saving first; without memory
/// for all of them, that of the first plans.
pub(super) fn find(networks: &[&Network], plans: &[Result<Plan>]) -> Vec<Shared> {
    let mut known = Known {
        networks,
        plans,
        classes: Vec::new(),
        with_fingerprint: FxHashMap::default(),
        subnets: Vec::new(),
        scratch: Scratch::default(),
    };
    let nodes = plans.iter().flatten().map(|plan| plan.nodes.len() / 2).sum();
    let room = known.classes.make_room(nodes);
    let _ = room
        .and_then(|()| known.with_fingerprint.make_room(nodes))
        .and_then(|()| (0..plans.len()).try_for_each(|term| known.visit(term)));
    let classes = known.classes.into_iter().map(|class| class.shared);
    let shared = allocation::collected(classes.filter(|one| one.occurrences.len() > 1));
    let mut shared: Vec<Shared> = shared.unwrap_or_default();
    shared.sort_by(|a, b| b.savings.total_cmp(&a.savings));
    shared
}

/// The intermediates that have been met.
struct Known<'a> {
    networks: &'a [&'a Network],
    plans: &'a [Result<Plan>],
    classes: Vec<Class>,
    /// The class that was met last of those of a fingerprint.
    with_fingerprint: FxHashMap<u64, usize>,
    /// Of classes that another node may be equal to.
    subnets: Vec<Subnet<'a>>,
    scratch: Scratch,
}

/// Nodes that are equal.
struct Class {
    first: Occurrence,
    /// The number of the node at the first occurrence among the subnets, if it is there.
    subnet: Option<usize>,
    /// Without occurrences until there are two.
    shared: Shared,
    /// The class of the same fingerprint that was met before.
    before: Option<usize>,
}

impl<'a> Known<'a> {
    fn visit(&mut self, term: usize) -> Granted<()> {
        let (network, Ok(plan)) = (self.networks[term], &self.plans[term]) else { return Ok(()) };
        let mut scratch = std::mem::take(&mut self.scratch);
        scratch.take_fingerprints(network, plan);
        scratch.take_slices(plan);
        let Scratch { fingerprints, in_slices, ahead, .. } = &mut scratch;
        ahead.push(plan.nodes.len() - 1);
        while let Some(at) = ahead.pop() {
            let node = &plan.nodes[at];
            let NodeKind::Contraction { first, second } = node.kind else { continue };
            // Computed once already: within its term.
            if !node.evaluation.is_own() {
                continue;
            }
            let occurrence = Occurrence { term, node: at };
            if !in_slices[at] && self.is_met(occurrence, fingerprints[at])? {
                // What else of its term needs is computed all the same.
                ahead.extend(plan.needed_beside(at).into_iter().rev());
            } else {
                ahead.extend([second, first]);
            }
        }
        self.scratch = scratch;
        Ok(())
    }

    /// The plan of a term that has one.
    fn plan(&self, term: usize) -> &'a Plan {
        self.plans[term].as_ref().expect("a term whose nodes have been met")
    }

    /// Whether the intermediate has been met; if not, it has been now.
    fn is_met(&mut self, occurrence: Occurrence, fingerprint: u64) -> Granted<bool> {
        let before = self.with_fingerprint.get(&fingerprint).copied();
        let mut subnet = None;
        let mut candidate = before;
        while let Some(number) = candidate {
            let Class { first, subnet: known, before, .. } = self.classes[number];
            let there_is = match known {
                Some(known) => known,
                None => self.keep(self.subnet(first))?,
            };
            self.classes[number].subnet = Some(there_is);
            let here_is = subnet.get_or_insert_with(|| self.subnet(occurrence));
            let [here, there] = [occurrence, first].map(|one| &self.plan(one.term).nodes[one.node]);
            if here.volatile == there.volatile && self.subnets[there_is].equals(here_is) {
                let savings = self.plan(occurrence.term).saved_by_taking(occurrence.node);
                let shared = &mut self.classes[number].shared;
                if shared.occurrences.is_empty() {
                    shared.occurrences.push(first);
                }
                shared.occurrences.try_push(occurrence)?;
                shared.savings += savings;
                return Ok(true);
            }
            candidate = before;
        }
        self.with_fingerprint.make_room(1)?;
        self.with_fingerprint.insert(fingerprint, self.classes.len());
        let shared = Shared { occurrences: Vec::new(), savings: 0.0 };
        let subnet = subnet.map(|subnet| self.keep(subnet)).transpose()?;
        self.classes.try_push(Class { first: occurrence, subnet, shared, before })?;
        Ok(false)
    }

    fn keep(&mut self, subnet: Subnet<'a>) -> Granted<usize> {
        self.subnets.try_push(subnet)?;
        Ok(self.subnets.len() - 1)
    }

    fn subnet(&self, occurrence: Occurrence) -> Subnet<'a> {
        let (network, plan) = (self.networks[occurrence.term], self.plan(occurrence.term));
        let mut open = IndexSet::empty(network.indices().len());
        // A plan that was searched numbers the indices as its network does.
        plan.labelled.numbers(occurrence.node).for_each(|number| open.insert(IndexId::new(number)));
        // Equal nodes have equal trees as a rule, and so their tensors in the same order.
        Subnet::open_in(network, sharing::leaves(&plan.nodes, occurrence.node), open)
    }
}

/// What the walk asks of the nodes of one plan: their fingerprints, with what those are made of, and
/// whether they exist in slices only.
///
/// An index has, in a set of tensors, the sum over its slots there: of which tensor, and which of its
/// slots. That tells who is connected with whom. Once the index is closed it is what it remains.
#[derive(Default)]
struct Scratch {
    /// By index, its space and extent.
    kinds: Vec<u64>,
    /// By index, the sum over slots that is being made; 0 between nodes.
    sums: Vec<u64>,
    /// The sums of the open indices, node behind node.
    of_open: Vec<u64>,
    /// By node, the sum over its tensors and over the indices closed in it.
    of_inside: Vec<u64>,
    fingerprints: Vec<u64>,
    /// By node, whether loops around it slice it: nobody else can take it whole.
    in_slices: Vec<bool>,
    /// Nodes to go on with.
    ahead: Vec<usize>,
}

impl Scratch {
    fn take_slices(&mut self, plan: &Plan) {
        self.in_slices.clear();
        self.in_slices.resize(plan.nodes.len(), false);
        for (at, node) in plan.nodes.iter().enumerate() {
            for one in &node.loops {
                let number = plan.labelled.number(&one.index);
                for below in sharing::subtree(&plan.nodes, at).filter(|&below| below != at) {
                    let mut open = plan.labelled.numbers(below);
                    self.in_slices[below] |= open.any(|it| Some(it) == number);
                }
            }
        }
    }

    fn take_fingerprints(&mut self, network: &Network, plan: &Plan) {
        let Scratch { kinds, sums, of_open, of_inside, fingerprints, .. } = self;
        kinds.clear();
        let kind = |index: &Index| hash((index.space.as_str(), index.extent));
        kinds.extend(network.indices().iter().map(kind));
        sums.clear();
        sums.resize(kinds.len(), 0);
        of_open.clear();
        of_inside.clear();
        fingerprints.clear();
        for (at, node) in plan.nodes.iter().enumerate() {
            let mut inside = match node.kind {
                NodeKind::Leaf { tensor } => {
                    let tensor = &network.tensors()[tensor];
                    let with_slot = |all, id: &IndexId| hash((all, kinds[id.position()]));
                    let whole = tensor.indices.iter().fold(hash(tensor.label.as_str()), with_slot);
                    for (slot, id) in tensor.indices.iter().enumerate() {
                        add(&mut sums[id.position()], hash((whole, slot)));
                    }
                    whole
                }
                NodeKind::Contraction { first, second } => {
                    for part in [first, second] {
                        let of_slots = &of_open[plan.labelled.range(part)];
                        for (index, &of_slots) in plan.labelled.numbers(part).zip(of_slots) {
                            add(&mut sums[index], of_slots);
                        }
                    }
                    of_inside[first].wrapping_add(of_inside[second])
                }
            };
            let mut open = 0;
            for index in plan.labelled.numbers(at) {
                let of_slots = std::mem::take(&mut sums[index]);
                of_open.push(of_slots);
                add(&mut open, hash((of_slots, kinds[index])));
            }
            // What is left is closed here.
            if let NodeKind::Contraction { first, second } = node.kind {
                for index in
                    [first, second].into_iter().flat_map(|part| plan.labelled.numbers(part))
                {
                    match std::mem::take(&mut sums[index]) {
                        0 => {}
                        of_slots => add(&mut inside, hash((of_slots, kinds[index]))),
                    }
                }
            }
            of_inside.push(inside);
            fingerprints.push(hash((inside, open, node.tensors, node.volatile)));
        }
    }
}

fn add(sum: &mut u64, more: u64) {
    *sum = sum.wrapping_add(more);
}

fn hash(of: impl Hash) -> u64 {
    let mut hasher = FxHasher::default();
    of.hash(&mut hasher);
    hasher.finish()
}

impl Plan {
    /// What the objective charges for a node and what is below it, but for what the rest of the term
    /// needs all the same.
    fn saved_by_taking(&self, node: usize) -> f64 {
        let beside = self.needed_beside(node);
        self.subtree_cost(node) - beside.iter().map(|&at| self.subtree_cost(at)).sum::<f64>()
    }

    /// The results below a node that nodes elsewhere in the term share; the topmost ones.
    fn needed_beside(&self, node: usize) -> Vec<usize> {
        let within = sharing::subtree(&self.nodes, node);
        let outside = self.nodes.iter().enumerate().filter(|(at, _)| !within.contains(at));
        let shared_outside: Vec<usize> =
            outside.filter_map(|(_, other)| other.shared_with()).collect();
        let mut needed: Vec<usize> = Vec::new();
        for below in (*within.start()..node).rev() {
            let under = needed.iter().any(|&at| sharing::subtree(&self.nodes, at).contains(&below));
            if !under && shared_outside.contains(&below) {
                needed.push(below);
            }
        }
        needed
    }

    /// What the objective charges for everything at and below a node.
    fn subtree_cost(&self, node: usize) -> f64 {
        let Node { kind, cost, .. } = &self.nodes[node];
        match *kind {
            NodeKind::Leaf { .. } => 0.0,
            NodeKind::Contraction { first, second } => {
                cost + self.subtree_cost(first) + self.subtree_cost(second)
            }
        }
    }
}

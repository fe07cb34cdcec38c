//! Intermediates that several terms compute, up to a renaming of indices.
//!
//! Walks the plans in order, each from its result down. A node equal to an earlier one shares its
//! result, and the walk skips the subtree below; any other node is computed, and may be shared later.
//!
//! Equal nodes have equal fingerprints: sums over their tensors, their closed indices and their open
//! indices, independent of the names and the order of indices. So only nodes of one fingerprint are
//! compared, exactly (`network::Subnet`); most fingerprints belong to a single node.

use std::hash::{Hash, Hasher};

use rustc_hash::{FxHashMap, FxHasher};

use super::{Occurrence, Shared};
use crate::allocation::{Append, Granted, Grow};
use crate::network::{Index, IndexId, IndexSet, Network, Subnet};
use crate::plan::{Node, NodeKind, Plan, sharing};
use crate::{Result, allocation};

/// The intermediates that several nodes of these plans compute, largest saving first; without memory
/// for all, those of the first plans.
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

/// The equivalence classes of the nodes walked so far.
struct Known<'a> {
    networks: &'a [&'a Network],
    plans: &'a [Result<Plan>],
    classes: Vec<Class>,
    /// By fingerprint, its latest class.
    with_fingerprint: FxHashMap<u64, usize>,
    /// Subnets of the first nodes of classes that were compared.
    subnets: Vec<Subnet<'a>>,
    scratch: Scratch,
}

/// An equivalence class: nodes that are equal.
struct Class {
    first: Occurrence,
    /// The number of its first node in `subnets`, once compared.
    subnet: Option<usize>,
    /// Has no occurrences until there are two.
    shared: Shared,
    /// The class before it with the same fingerprint.
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
            // Shared or skipped: its term computes it once already.
            if !node.evaluation.is_own() {
                continue;
            }
            let occurrence = Occurrence { term, node: at };
            if !in_slices[at] && self.is_met(occurrence, fingerprints[at])? {
                // Results below it that the rest of its term shares must be computed.
                ahead.extend(plan.needed_beside(at).into_iter().rev());
            } else {
                ahead.extend([second, first]);
            }
        }
        self.scratch = scratch;
        Ok(())
    }

    /// The plan of a term; it must have one.
    fn plan(&self, term: usize) -> &'a Plan {
        self.plans[term].as_ref().expect("a term whose nodes have been met")
    }

    /// Whether the intermediate equals an earlier one; if not, it starts a class.
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
        // A plan made by a search numbers the indices like its network.
        plan.labelled.numbers(occurrence.node).for_each(|number| open.insert(IndexId::new(number)));
        // Equal nodes usually have equal trees, and so their tensors in the same order.
        Subnet::open_in(network, sharing::leaves(&plan.nodes, occurrence.node), open)
    }
}

/// Data on the nodes of one plan: their fingerprints with the parts of them, and whether they exist in
/// slices only.
///
/// In a set of tensors, an index has a sum over its slots there, each hashed with its tensor and
/// position. The sums encode how tensors are connected. The sum of a closed index no longer changes.
#[derive(Default)]
struct Scratch {
    /// By index, its space and extent.
    kinds: Vec<u64>,
    /// By index, the sum over its slots in the current node; 0 between nodes.
    sums: Vec<u64>,
    /// The sums of the open indices, node after node.
    of_open: Vec<u64>,
    /// By node, the sum over its tensors and its closed indices.
    of_inside: Vec<u64>,
    fingerprints: Vec<u64>,
    /// By node, whether loops around it slice it, so that no other term can take it whole.
    in_slices: Vec<bool>,
    /// Nodes left to visit.
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
            // The remaining sums are of indices closed here.
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
    /// The cost of a node and its subtree, without the results below that the rest of the term shares.
    fn saved_by_taking(&self, node: usize) -> f64 {
        let beside = self.needed_beside(node);
        self.subtree_cost(node) - beside.iter().map(|&at| self.subtree_cost(at)).sum::<f64>()
    }

    /// The topmost results below a node that nodes elsewhere in the term share.
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

    /// The cost of a node and its subtree.
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

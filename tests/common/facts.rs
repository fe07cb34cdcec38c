//! What the definitions say of the nodes of any plan, computed from the tree and the policy alone.

use std::collections::BTreeSet;

use qube_budget::BatchPolicy;
use qube_budget::network::{IndexId, Network};
use qube_budget::plan::{Node, NodeKind, Plan};
use qube_budget::policy::{ResolvedPolicy, Role};

use super::sizes::{Sizes, open};

type Set = BTreeSet<IndexId>;

/// What the definitions say of every node of a plan, whatever was searched.
pub struct Facts<'a> {
    network: &'a Network,
    resolved: ResolvedPolicy,
    plan: &'a Plan,
    sizes: Sizes<'a>,
}

impl<'a> Facts<'a> {
    pub fn of(network: &'a Network, policy: &BatchPolicy, plan: &'a Plan) -> Self {
        let sizes = Sizes { network, use_inner_pow: true };
        Facts { network, resolved: policy.resolve(network).unwrap(), plan, sizes }
    }

    fn id(&self, label: &str) -> IndexId {
        self.network.find_index(label).unwrap()
    }

    fn open(&self, at: usize) -> Set {
        open(self.network, &self.plan.members(at).into_iter().collect())
    }

    fn batches(&self, id: IndexId) -> f64 {
        let slicing = self.resolved.slicing(id).unwrap();
        slicing.batches(self.network.index_at(id).extent) as f64
    }

    pub fn check(&self) {
        let charged = self.plan.objective.charges_slicing();
        for (at, node) in self.plan.nodes.iter().enumerate() {
            let carried = self.open(at);
            let labels: Set = self.plan.open(at).into_iter().map(|label| self.id(label)).collect();
            assert_eq!(labels, carried);
            let nest = self.plan.nest(at).into_iter();
            let nest: Vec<IndexId> = nest.map(|label| self.id(label)).collect();
            let most = |id| nest.contains(&id).then(|| self.resolved.slicing(id).unwrap().most());
            assert_eq!(node.sliced_footprint, self.sizes.volume(&carried, most));
            if let NodeKind::Contraction { first, second } = node.kind {
                let around = self.kept_nest(at).into_iter().filter(|id| !carried.contains(id));
                let repetitions: f64 = around.map(|id| self.batches(id)).product();
                assert_eq!(node.repetitions, if charged { repetitions } else { 1.0 });
                let parts = [first, second].map(|at| self.open(at));
                self.check_loops(node, &carried, &parts);
            }
        }
    }

    /// The loops that a node stays inside of, the outermost first. Of those around the node that takes
    /// it and those opened there, it is moved out of all that lie inside the innermost one whose index
    /// it carries, and its parts with it.
    fn kept_nest(&self, at: usize) -> Vec<IndexId> {
        let nodes = &self.plan.nodes;
        let takes = |node: &Node| match node.kind {
            NodeKind::Leaf { .. } => false,
            NodeKind::Contraction { first, second } => first == at || second == at,
        };
        let Some(parent) = nodes.iter().position(takes) else { return Vec::new() };
        let mut nest = self.kept_nest(parent);
        nest.extend(nodes[parent].loops.iter().map(|one| self.id(&one.index)));
        let carried = self.open(at);
        nest.truncate(nest.iter().rposition(|id| carried.contains(id)).map_or(0, |at| at + 1));
        nest
    }

    /// External loops are over what the node keeps, contracted ones over what it sums, inside those.
    fn check_loops(&self, node: &Node, carried: &Set, parts: &[Set; 2]) {
        for one in &node.loops {
            let id = self.id(&one.index);
            let (slicing, extent) =
                (self.resolved.slicing(id).unwrap(), self.network.index_at(id).extent);
            assert_eq!((one.batch, one.batches), (slicing.batch(extent), slicing.batches(extent)));
            assert!(parts.iter().any(|part| part.contains(&id)));
            let external = self.network.targets().contains(id);
            assert_eq!(one.role, if external { Role::External } else { Role::Contracted });
            assert_eq!(carried.contains(&id), external);
            assert!(!external || self.plan.objective.charges_slicing());
        }
        assert!(node.loops.is_sorted_by_key(|one| one.role == Role::Contracted));
    }
}

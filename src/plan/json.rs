//! A plan as a JSON document, schema `qube-plan/2`: linear in the number of tensors.
//!
//! Nodes stand in the order of evaluation, and are named by their places there; indices by their
//! places in one table. Of a node there is what belongs to it alone: the indices open in it
//! (its rank bounds them), the loops that it opens, and when it is live, as intervals of turns. The
//! tensors below it, the loops around it and what else is live at its turn follow; version 1 listed
//! those node by node, 11 MB for a chain of 1000 tensors.

use rustc_hash::FxHashMap;
use serde::{Serialize, Serializer};

use super::live::Lifetimes;
use super::{Cache, Evaluation, Life, NodeKind, OpenedLoop, Plan};
use crate::Objective;
use crate::policy::Role;
use crate::search::Quantity;

/// Version of the document: fields may be added, none renamed.
pub(super) const SCHEMA: &str = "qube-plan/2";

#[derive(Serialize)]
struct PlanJson<'a> {
    schema: &'static str,
    objective: Objective,
    bytes_per_element: u64,
    /// Tensors, and -1 to contract the two results on top of the stack.
    sequence: Vec<i64>,
    peak_elements: f64,
    /// null where a double no longer counts every element.
    peak_bytes: Option<u64>,
    peak_node: usize,
    live_at_peak: Vec<usize>,
    cost: f64,
    flops: f64,
    frontier: &'a [(f64, f64)],
    indices: Vec<IndexJson<'a>>,
    nodes: Vec<NodeJson<'a>>,
    infeasible: Option<InfeasibleJson<'a>>,
    search: SearchJson<'a>,
}

#[derive(Serialize)]
struct IndexJson<'a> {
    label: &'a str,
    space: &'a str,
    extent: u64,
}

#[derive(Serialize)]
struct NodeJson<'a> {
    node: usize,
    /// Only of a leaf: its number in the network, and its label.
    #[serde(skip_serializing_if = "Option::is_none")]
    tensor: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    /// Only of a contraction: what it takes, evaluated in this order.
    #[serde(skip_serializing_if = "Option::is_none")]
    first: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    second: Option<usize>,
    /// Only where there is one: the earlier contraction that this one shares its result with.
    #[serde(skip_serializing_if = "Option::is_none")]
    shared_with: Option<usize>,
    /// Only where it is so: the node stands below a shared one, and is not evaluated.
    #[serde(skip_serializing_if = "is_false")]
    skipped: bool,
    open: &'a [u32],
    footprint: f64,
    sliced_footprint: f64,
    flops: f64,
    cost: f64,
    repetitions: f64,
    volatile: bool,
    cache: Cache,
    loops: Vec<LoopJson>,
    live_before: f64,
    live: f64,
    live_after: f64,
    life: Vec<LifeJson>,
}

#[derive(Serialize)]
struct LifeJson {
    from: usize,
    to: usize,
    elements: f64,
}

#[derive(Serialize)]
struct LoopJson {
    index: usize,
    role: Role,
    batch: u64,
    batches: u64,
}

#[derive(Serialize)]
struct InfeasibleJson<'a> {
    /// Bytes.
    threshold: u64,
    /// Elements.
    least_peak: f64,
    loops: &'a [LoopJson],
    finest_peak: Option<f64>,
}

#[derive(Serialize)]
struct SearchJson<'a> {
    method: &'a str,
    seconds: f64,
    exhaustive: bool,
    optimal: bool,
    lower_bound: f64,
    bounded: Quantity,
    /// null where the bound is far too low to tell.
    gap: Option<f64>,
    states: u64,
    pairs: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused_bytes: Option<u64>,
}

impl Plan {
    /// The plan as a JSON document on one line, schema `qube-plan/2`; O(n) for n tensors.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("numbers and text always serialise")
    }
}

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let lifetimes = Lifetimes::of(self);
        let known = Known::of(self);
        let infeasible_loops = self.infeasible.as_ref().map(|found| known.loops(&found.loops));
        let document = PlanJson {
            schema: SCHEMA,
            objective: self.objective,
            bytes_per_element: self.bytes_per_element,
            sequence: self.sequence(),
            peak_elements: self.peak,
            peak_bytes: self.peak_bytes().ok(),
            peak_node: self.peak_node,
            live_at_peak: lifetimes.live(self.peak_node).map(|one| one.node).collect(),
            cost: self.cost,
            flops: self.flops,
            frontier: &self.frontier,
            indices: indices(self),
            nodes: nodes(self, &lifetimes, &known),
            infeasible: self.infeasible.as_ref().map(|found| InfeasibleJson {
                threshold: found.threshold,
                least_peak: found.least_peak,
                loops: infeasible_loops.as_deref().unwrap_or_default(),
                finest_peak: found.finest_peak,
            }),
            search: SearchJson {
                method: &self.search.method,
                seconds: self.search.seconds,
                exhaustive: self.search.exhaustive,
                optimal: self.search.optimal,
                lower_bound: self.search.lower_bound,
                bounded: self.search.bounded,
                gap: self.gap(),
                states: self.search.states,
                pairs: self.search.pairs,
                refused_bytes: self.search.refused_bytes,
            },
        };
        document.serialize(serializer)
    }
}

fn indices(plan: &Plan) -> Vec<IndexJson<'_>> {
    let all = plan.index_labels().zip(plan.index_spaces()).zip(plan.index_extents());
    all.map(|((label, space), &extent)| IndexJson { label, space, extent }).collect()
}

fn nodes<'a>(plan: &'a Plan, lifetimes: &Lifetimes, known: &Known) -> Vec<NodeJson<'a>> {
    let life = |&Life { from, to, elements, .. }: &Life| LifeJson { from, to, elements };
    let one = |at: usize| {
        let node = &plan.nodes[at];
        let (tensor, operands) = match node.kind {
            NodeKind::Leaf { tensor } => (Some(tensor), None),
            NodeKind::Contraction { first, second } => (None, Some((first, second))),
        };
        NodeJson {
            node: at,
            tensor,
            label: plan.label(at),
            first: operands.map(|(first, _)| first),
            second: operands.map(|(_, second)| second),
            shared_with: node.shared_with(),
            skipped: node.evaluation == Evaluation::Skipped,
            open: plan.open_ids(at),
            footprint: node.footprint,
            sliced_footprint: node.sliced_footprint,
            flops: node.flops,
            cost: node.cost,
            repetitions: node.repetitions,
            volatile: node.volatile,
            cache: node.cache,
            loops: known.loops(&node.loops),
            live_before: node.live_before,
            live: node.live,
            live_after: node.live_after,
            life: lifetimes.of_node(at).iter().map(life).collect(),
        }
    };
    (0..plan.nodes.len()).map(one).collect()
}

/// The numbers of the indices that plans loop over.
struct Known<'a>(FxHashMap<&'a str, usize>);

impl<'a> Known<'a> {
    fn of(plan: &'a Plan) -> Self {
        let opens = plan.nodes.iter().any(|node| !node.loops.is_empty());
        let names = opens || plan.infeasible.is_some();
        let labels = names.then(|| plan.index_labels().enumerate());
        Known(labels.into_iter().flatten().map(|(number, label)| (label, number)).collect())
    }

    fn loops(&self, loops: &[OpenedLoop]) -> Vec<LoopJson> {
        let one = |one: &OpenedLoop| LoopJson {
            // A loop is over an index of the network, unless a host has put another one there; a
            // number that is none is refused when the document is read.
            index: self.0.get(one.index.as_str()).copied().unwrap_or(usize::MAX >> 11),
            role: one.role,
            batch: one.batch,
            batches: one.batches,
        };
        loops.iter().map(one).collect()
    }
}

fn is_false(value: &bool) -> bool {
    !value
}

//! A plan as a JSON document, schema `qube-plan/2`: linear in the number of tensors.
//!
//! Nodes stand in the order of evaluation, and a node's number is its position; an index's number is
//! its position in one table. A node lists only its own data: its open indices (bounded by its
//! rank), the loops that it opens, and the interval of nodes over which it is live. Readers derive
//! the tensors below it, the loops around it and the other nodes live at it. Version 1 listed those
//! for every node: 11 MB for a chain of 1000 tensors.

use std::borrow::Cow;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize, Serializer};

use crate::plan::liveness::Lifetimes;
use crate::plan::{Cache, Evaluation, Life, NodeKind, OpenedLoop, Plan};
use crate::policy::Role;
use crate::problem::Quantity;

/// Version of the document. Within a version, fields may be added but not renamed.
pub(super) const SCHEMA: &str = "qube-plan/2";

/// The document, for writing and reading.
#[derive(Serialize, Deserialize)]
pub(super) struct PlanJson<'a> {
    pub schema: Cow<'a, str>,
    pub objective: Cow<'a, str>,
    pub bytes_per_element: u64,
    /// As in [`Plan::sequence`].
    pub sequence: Vec<i64>,
    pub peak_elements: f64,
    /// null from 2^53 elements on, where a double no longer counts every element.
    pub peak_bytes: Option<u64>,
    pub peak_node: usize,
    pub live_at_peak: Vec<usize>,
    pub cost: f64,
    pub flops: f64,
    pub frontier: Cow<'a, [(f64, f64)]>,
    pub indices: Vec<IndexJson<'a>>,
    pub nodes: Vec<NodeJson<'a>>,
    pub infeasible: Option<InfeasibleJson>,
    pub search: SearchJson<'a>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct IndexJson<'a> {
    pub label: Cow<'a, str>,
    pub space: Cow<'a, str>,
    pub extent: u64,
}

#[derive(Serialize, Deserialize)]
pub(super) struct NodeJson<'a> {
    pub node: usize,
    /// Leaf only: its number in the network, and its label.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tensor: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<Cow<'a, str>>,
    /// Contraction only: its operands, evaluated in this order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub second: Option<usize>,
    /// Shared node only: the earlier node whose result it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared_with: Option<usize>,
    /// Present only if true: the node is below a shared one, and is not evaluated.
    #[serde(default, skip_serializing_if = "is_false")]
    pub skipped: bool,
    pub open: Cow<'a, [u32]>,
    pub footprint: f64,
    pub sliced_footprint: f64,
    pub flops: f64,
    pub cost: f64,
    pub repetitions: f64,
    pub volatile: bool,
    pub cache: Cache,
    pub loops: Vec<LoopJson>,
    pub live_before: f64,
    pub live: f64,
    pub live_after: f64,
    pub life: Vec<LifeJson>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct LifeJson {
    pub from: usize,
    pub to: usize,
    pub elements: f64,
}

#[derive(Serialize, Deserialize)]
pub(super) struct LoopJson {
    pub index: usize,
    pub role: Role,
    pub batch: u64,
    pub batches: u64,
}

#[derive(Serialize, Deserialize)]
pub(super) struct InfeasibleJson {
    pub threshold_bytes: u64,
    pub least_peak_elements: f64,
    pub loops: Vec<LoopJson>,
    pub finest_peak_elements: Option<f64>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct SearchJson<'a> {
    pub method: Cow<'a, str>,
    pub seconds: f64,
    pub exhaustive: bool,
    pub optimal: bool,
    pub lower_bound: f64,
    pub bounded: Quantity,
    /// null where the bound is far too low to give a gap; derived from other fields.
    #[serde(skip_deserializing)]
    pub gap: Option<f64>,
    pub states: u64,
    pub pairs: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused_bytes: Option<u64>,
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
        let document = PlanJson {
            schema: SCHEMA.into(),
            objective: self.objective.name().into(),
            bytes_per_element: self.bytes_per_element,
            sequence: self.sequence(),
            peak_elements: self.peak,
            peak_bytes: self.peak_bytes().ok(),
            peak_node: self.peak_node,
            live_at_peak: lifetimes.live(self.peak_node).map(|one| one.node).collect(),
            cost: self.cost,
            flops: self.flops,
            frontier: self.frontier.as_slice().into(),
            indices: indices(self),
            nodes: nodes(self, &lifetimes, &known),
            infeasible: self.infeasible.as_ref().map(|found| InfeasibleJson {
                threshold_bytes: found.threshold,
                least_peak_elements: found.least_peak,
                loops: known.loops(&found.loops),
                finest_peak_elements: found.finest_peak,
            }),
            search: SearchJson {
                method: self.search.method.name().into(),
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
    all.map(|((label, space), &extent)| IndexJson {
        label: label.into(),
        space: space.into(),
        extent,
    })
    .collect()
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
            label: plan.label(at).map(Cow::from),
            first: operands.map(|(first, _)| first),
            second: operands.map(|(_, second)| second),
            shared_with: node.shared_with(),
            skipped: node.evaluation == Evaluation::Skipped,
            open: plan.open_ids(at).into(),
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

/// Numbers of indices by label, for loops.
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
            // Loops name indices of the network. A host that puts another label there gets a number
            // that the reader refuses.
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

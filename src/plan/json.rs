//! A plan as a JSON document, schema `qube-plan/1`.

use serde::{Serialize, Serializer};

use super::alive::Lifetimes;
use super::{Cache, Evaluation, NodeKind, OpenedLoop, Plan};
use crate::Objective;
use crate::policy::Role;
use crate::search::Quantity;

/// Version of the document: fields may be added, none renamed.
pub(super) const SCHEMA: &str = "qube-plan/1";

#[derive(Serialize)]
struct PlanJson<'a> {
    schema: &'static str,
    objective: Objective,
    bytes_per_element: u64,
    sequence: Vec<i64>,
    peak_elements: f64,
    /// null where a double no longer counts every element.
    peak_bytes: Option<u64>,
    peak_node: usize,
    peak_tensors: Vec<usize>,
    cost: f64,
    flops: f64,
    frontier: &'a [(f64, f64)],
    leaves: Vec<LeafJson<'a>>,
    steps: Vec<StepJson<'a>>,
    infeasible: Option<InfeasibleJson<'a>>,
    search: SearchJson<'a>,
}

#[derive(Serialize)]
struct SizesJson<'a> {
    /// Only where it is so: the node stands below a shared one, and is not evaluated.
    #[serde(skip_serializing_if = "is_false")]
    skipped: bool,
    open: Vec<&'a str>,
    footprint: f64,
    sliced_footprint: f64,
    volatile: bool,
    cache: Cache,
    nest: Vec<&'a str>,
    live_before: f64,
    live: f64,
    live_after: f64,
    /// Single-assignment number and elements of each that is alive.
    alive: Vec<(usize, f64)>,
}

#[derive(Serialize)]
struct LeafJson<'a> {
    tensor: usize,
    label: &'a str,
    #[serde(flatten)]
    sizes: SizesJson<'a>,
}

#[derive(Serialize)]
struct StepJson<'a> {
    /// Numbers in single assignment: tensors 0 to n - 1, the k-th step n + k.
    first: usize,
    second: usize,
    result: usize,
    members: Vec<usize>,
    /// Only where there is one: the number of the earlier step that this one shares its result with.
    #[serde(skip_serializing_if = "Option::is_none")]
    shared_with: Option<usize>,
    flops: f64,
    cost: f64,
    repetitions: f64,
    loops: Vec<LoopJson<'a>>,
    #[serde(flatten)]
    sizes: SizesJson<'a>,
}

#[derive(Serialize)]
struct LoopJson<'a> {
    index: &'a str,
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
    loops: Vec<LoopJson<'a>>,
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
    /// The plan as a JSON document on one line.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("numbers and text always serialise")
    }
}

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        document(self).serialize(serializer)
    }
}

fn document(plan: &Plan) -> PlanJson<'_> {
    let numbers = plan.numbers();
    let mut leaves = Vec::new();
    let mut steps = Vec::new();
    let lifetimes = &Lifetimes::of(plan);
    for (at, node) in plan.nodes.iter().enumerate() {
        let sizes = sizes(plan, at, lifetimes, &numbers);
        match node.kind {
            NodeKind::Leaf { tensor } => {
                leaves.push(LeafJson { tensor, label: plan.labelled.tensor(tensor), sizes });
            }
            NodeKind::Contraction { first, second } => steps.push(StepJson {
                first: numbers[first],
                second: numbers[second],
                result: numbers[at],
                members: plan.members(at),
                shared_with: node.shared_with().map(|with| numbers[with]),
                flops: node.flops,
                cost: node.cost,
                repetitions: node.repetitions,
                loops: node.loops.iter().map(a_loop).collect(),
                sizes,
            }),
        }
    }
    PlanJson {
        schema: SCHEMA,
        objective: plan.objective,
        bytes_per_element: plan.bytes_per_element,
        sequence: plan.sequence(),
        peak_elements: plan.peak,
        peak_bytes: plan.peak_bytes().ok(),
        peak_node: plan.peak_node,
        peak_tensors: lifetimes.nodes(plan.peak_node).map(|at| numbers[at]).collect(),
        cost: plan.cost,
        flops: plan.flops,
        frontier: &plan.frontier,
        leaves,
        steps,
        infeasible: plan.infeasible.as_ref().map(|found| InfeasibleJson {
            threshold: found.threshold,
            least_peak: found.least_peak,
            loops: found.loops.iter().map(a_loop).collect(),
            finest_peak: found.finest_peak,
        }),
        search: SearchJson {
            method: &plan.search.method,
            seconds: plan.search.seconds,
            exhaustive: plan.search.exhaustive,
            optimal: plan.search.optimal,
            lower_bound: plan.search.lower_bound,
            bounded: plan.search.bounded,
            gap: plan.gap(),
            states: plan.search.states,
            pairs: plan.search.pairs,
            refused_bytes: plan.search.refused_bytes,
        },
    }
}

fn sizes<'a>(plan: &'a Plan, at: usize, lifetimes: &Lifetimes, numbers: &[usize]) -> SizesJson<'a> {
    let node = &plan.nodes[at];
    SizesJson {
        skipped: node.evaluation == Evaluation::Skipped,
        open: plan.open(at),
        footprint: node.footprint,
        sliced_footprint: node.sliced_footprint,
        volatile: node.volatile,
        cache: node.cache,
        nest: plan.nest(at),
        live_before: node.live_before,
        live: node.live,
        live_after: node.live_after,
        alive: lifetimes.alive(at).map(|one| (numbers[one.node], one.elements)).collect(),
    }
}

fn a_loop(one: &OpenedLoop) -> LoopJson<'_> {
    LoopJson { index: &one.index, role: one.role, batch: one.batch, batches: one.batches }
}

fn is_false(value: &bool) -> bool {
    !value
}

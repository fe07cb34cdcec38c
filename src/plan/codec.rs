//! Plans that come back: from a JSON document, or from bytes that a host sends to its other ranks.
//!
//! What is read is equal to what was written, and every document is checked: its sequence is a
//! postfix tree, and what the numbers say of each other is so. What is wrong is an error with a
//! reason (`Error::Document`). Fields that are not known are passed over, because documents may gain
//! fields.
//!
//! The bytes are a magic number, a version, and the JSON document. So there is one form to check
//! and to keep stable, and a host that lost its library can still read them; a plan has a few
//! kilobytes, for which a denser form would save nothing.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::alive::{Lifetimes, Size, Waiting};
use super::check::{Said, check};
use super::json::SCHEMA;
use super::labelled::Labelled;
use super::{Alive, Cache, Evaluation, Infeasible, Node, NodeKind, OpenedLoop, Plan, Search};
use crate::network::Names;
use crate::policy::Role;
use crate::room::Granted;
use crate::search::Quantity;
use crate::{Error, Objective, Result};

/// Files and messages that hold a plan begin with these bytes, and the version behind them.
const MAGIC: &[u8; 8] = b"QUBEPLAN";
/// Of the bytes; little-endian. Another one means another form behind it.
const VERSION: u32 = 1;

/// Tensors that a document may have: as many as a search takes, few enough for drawings to recurse
/// over the tree.
const MAX_TENSORS: usize = 1 << 12;

#[derive(Deserialize)]
struct PlanJson {
    schema: String,
    objective: String,
    bytes_per_element: u64,
    sequence: Vec<i64>,
    peak_elements: f64,
    peak_bytes: Option<u64>,
    peak_node: usize,
    peak_tensors: Vec<usize>,
    cost: f64,
    flops: f64,
    frontier: Vec<(f64, f64)>,
    leaves: Vec<LeafJson>,
    steps: Vec<StepJson>,
    infeasible: Option<InfeasibleJson>,
    search: SearchJson,
}

#[derive(Deserialize)]
struct LeafJson {
    tensor: usize,
    label: String,
    #[serde(flatten)]
    sizes: SizesJson,
}

#[derive(Deserialize)]
struct StepJson {
    first: usize,
    second: usize,
    result: usize,
    members: Vec<usize>,
    shared_with: Option<usize>,
    flops: f64,
    cost: f64,
    #[serde(default = "once")]
    repetitions: f64,
    loops: Vec<LoopJson>,
    #[serde(flatten)]
    sizes: SizesJson,
}

#[derive(Deserialize)]
struct SizesJson {
    #[serde(default)]
    skipped: bool,
    open: Vec<String>,
    footprint: f64,
    sliced_footprint: f64,
    volatile: bool,
    cache: Cache,
    nest: Vec<String>,
    live_before: f64,
    live: f64,
    live_after: f64,
    alive: Vec<(usize, f64)>,
}

#[derive(Deserialize)]
struct LoopJson {
    index: String,
    #[serde(default)]
    role: Role,
    batch: u64,
    batches: u64,
}

#[derive(Deserialize)]
struct InfeasibleJson {
    threshold: u64,
    least_peak: f64,
    loops: Vec<LoopJson>,
    finest_peak: Option<f64>,
}

#[derive(Deserialize)]
struct SearchJson {
    method: String,
    seconds: f64,
    exhaustive: bool,
    optimal: bool,
    lower_bound: f64,
    // Older documents lack these.
    bounded: Option<Quantity>,
    #[serde(default)]
    states: u64,
    #[serde(default)]
    pairs: u64,
    refused_bytes: Option<u64>,
}

impl Plan {
    /// Reads what `to_json` wrote. Errors: `Document`, with the reason.
    ///
    /// ```
    /// # use qube_budget::network::{Spaces, einsum};
    /// # use qube_budget::{BatchPolicy, Options, Plan, optimize};
    /// # let mut letters = Spaces::new();
    /// # letters.add("i", 3)?;
    /// # let plan = optimize(&einsum("i,i", &letters)?, &BatchPolicy::new(), &Options::default())?;
    /// assert_eq!(Plan::from_json(&plan.to_json())?, plan);
    /// assert_eq!(Plan::from_bytes(&plan.to_bytes())?, plan);
    /// # Ok::<(), qube_budget::Error>(())
    /// ```
    pub fn from_json(text: &str) -> Result<Plan> {
        let document: PlanJson =
            serde_json::from_str(text).map_err(|error| broken(error.to_string()))?;
        document.plan()
    }

    /// The plan as bytes: a magic number, a version, and the JSON document.
    pub fn to_bytes(&self) -> Vec<u8> {
        [MAGIC.as_slice(), &VERSION.to_le_bytes(), self.to_json().as_bytes()].concat()
    }

    /// Reads what `to_bytes` wrote. Errors: `Document`, with the reason.
    pub fn from_bytes(bytes: &[u8]) -> Result<Plan> {
        let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| {
            broken("it does not begin with QUBEPLAN, as the bytes of a plan do".into())
        })?;
        let (version, document) = rest
            .split_first_chunk()
            .ok_or_else(|| broken("its bytes end before the version".into()))?;
        let version = u32::from_le_bytes(*version);
        if version != VERSION {
            return Err(broken(format!("its version is {version}; allowed: {VERSION}")));
        }
        let text = std::str::from_utf8(document)
            .map_err(|error| broken(format!("its document is no UTF-8: {error}")))?;
        Plan::from_json(text)
    }
}

impl PlanJson {
    fn plan(self) -> Result<Plan> {
        if self.schema != SCHEMA {
            return Err(broken(format!("its schema is '{}'; allowed: '{SCHEMA}'", self.schema)));
        }
        let objective = Objective::named(&self.objective).ok_or_else(|| {
            let names = Objective::ALL.map(Objective::name).join(", ");
            broken(format!("its objective is '{}'; allowed: {names}, custom", self.objective))
        })?;
        let (nodes, said) = nodes(&self.sequence, self.leaves, self.steps)?;
        let search = Search {
            method: self.search.method.into(),
            exhaustive: self.search.exhaustive,
            optimal: self.search.optimal,
            lower_bound: self.search.lower_bound,
            bounded: self.search.bounded.unwrap_or(match objective {
                Objective::Peak | Objective::PeakBatched => Quantity::Peak,
                Objective::SpaceTimeBatched if self.infeasible.is_some() => Quantity::Peak,
                _ => Quantity::Cost,
            }),
            states: self.search.states,
            pairs: self.search.pairs,
            refused_bytes: self.search.refused_bytes,
            seconds: self.search.seconds,
        };
        let mut plan = Plan {
            objective,
            bytes_per_element: self.bytes_per_element,
            labelled: labelled(&nodes, &said)?,
            nodes,
            cost: self.cost,
            flops: self.flops,
            peak: self.peak_elements,
            peak_node: self.peak_node,
            frontier: self.frontier,
            infeasible: self.infeasible.map(InfeasibleJson::infeasible),
            search,
            waiting: Waiting::new(),
        };
        plan.waiting = waiting(&plan, &said);
        check(&plan, &said)?;
        let numbers = plan.numbers();
        let alive: Vec<usize> =
            plan.alive_at(plan.peak_node).iter().map(|&node| numbers[node]).collect();
        if self.peak_tensors != alive {
            return Err(broken(format!(
                "its peak_tensors are {:?}, but {alive:?} are alive there",
                self.peak_tensors
            )));
        }
        if self.peak_bytes != plan.peak_bytes().ok() {
            return Err(broken("its peak_bytes are not those of its peak_elements".into()));
        }
        Ok(plan)
    }
}

/// The nodes in the order of a sequence, which has to spell one tree over all leaves.
fn nodes(
    sequence: &[i64],
    leaves: Vec<LeafJson>,
    steps: Vec<StepJson>,
) -> Result<(Vec<Node>, Vec<Said>)> {
    let tensors = leaves.len();
    if !(1..=MAX_TENSORS).contains(&tensors) {
        return Err(broken(format!("it has {tensors} leaves; allowed: 1 to {MAX_TENSORS}")));
    }
    if steps.len() != tensors - 1 || sequence.len() != 2 * tensors - 1 {
        return Err(broken(format!(
            "it has {} steps and a sequence of {} entries for {tensors} leaves; allowed: {} and {}",
            steps.len(),
            sequence.len(),
            tensors - 1,
            2 * tensors - 1
        )));
    }
    // Both lists are in the order of the sequence.
    let (mut leaves, mut steps) = (leaves.into_iter(), (tensors..).zip(steps));
    let mut read = Read::default();
    let mut taken = vec![false; tensors];
    for (at, &entry) in sequence.iter().enumerate() {
        let unexpected = || broken(format!("entry {at} of its sequence is {entry}"));
        if entry == -1 {
            let (number, step) = steps.next().ok_or_else(unexpected)?;
            read.step(number, step)?;
            continue;
        }
        let tensor = usize::try_from(entry).ok().filter(|&tensor| tensor < tensors);
        let tensor = tensor.filter(|&tensor| !std::mem::replace(&mut taken[tensor], true));
        let leaf = leaves.next().ok_or_else(unexpected)?;
        if tensor != Some(leaf.tensor) {
            return Err(broken(format!(
                "entry {at} of its sequence is {entry}, and the next of its leaves is tensor {}; \
                 allowed: each of 0 to {} once, in both alike",
                leaf.tensor,
                tensors - 1
            )));
        }
        read.leaf(leaf);
    }
    // As many steps as leaves less one have left one node on the stack.
    read.resolve_alive()
}

/// The labels of nodes, numbered as they come.
fn labelled(nodes: &[Node], said: &[Said]) -> Granted<Labelled> {
    let mut names = Names::default();
    let mut known: FxHashMap<&str, usize> = FxHashMap::default();
    for label in said.iter().flat_map(|said| &said.open) {
        known.entry(label).or_insert_with(|| {
            names.indices.push(label);
            names.indices.len() - 1
        });
    }
    let tensor = |(node, said): (&Node, &Said)| match node.kind {
        NodeKind::Leaf { tensor } => Some((tensor, said.label.clone())),
        NodeKind::Contraction { .. } => None,
    };
    let mut tensors: Vec<(usize, String)> = nodes.iter().zip(said).filter_map(tensor).collect();
    tensors.sort_unstable();
    names.tensors = tensors.into_iter().map(|(_, label)| label).collect();
    let mut labelled = Labelled::new(Arc::new(names), nodes.len())?;
    for said in said {
        labelled.push(said.open.iter().map(|label| known[label.as_str()]))?;
    }
    Ok(labelled)
}

/// The sizes of tensors that wait inside some of the loops around them.
fn waiting(plan: &Plan, said: &[Said]) -> Waiting {
    let lifetimes = Lifetimes::of(plan);
    let mut waiting = Waiting::new();
    for (at, said) in said.iter().enumerate() {
        for &Alive { node, elements } in &said.alive {
            if let Size::Waiting(key) = lifetimes.size(node, at) {
                waiting.entry(key).or_insert(elements);
            }
        }
    }
    waiting
}

#[derive(Default)]
struct Read {
    nodes: Vec<Node>,
    /// With the numbers of what is alive where its nodes will be.
    said: Vec<Said>,
    /// By node, the tensors below.
    members: Vec<Vec<usize>>,
    numbers: Vec<usize>,
    stack: Vec<usize>,
}

impl Read {
    fn leaf(&mut self, leaf: LeafJson) {
        let LeafJson { tensor, label, sizes } = leaf;
        let (node, said) = sizes.node(NodeKind::Leaf { tensor }, 1);
        self.push(tensor, node, Said { label, ..said }, vec![tensor]);
    }

    fn push(&mut self, number: usize, node: Node, said: Said, members: Vec<usize>) {
        self.stack.push(self.nodes.len());
        self.numbers.push(number);
        self.nodes.push(node);
        self.said.push(said);
        self.members.push(members);
    }

    fn step(&mut self, number: usize, step: StepJson) -> Result<()> {
        let (Some(second), Some(first)) = (self.stack.pop(), self.stack.pop()) else {
            return Err(broken(format!("its sequence contracts an empty stack for step {number}")));
        };
        let found = (step.first, step.second, step.result);
        let expected = (self.numbers[first], self.numbers[second], number);
        if found != expected {
            return Err(broken(format!(
                "a step makes {} of {} and {}; by its sequence it makes {} of {} and {}",
                found.2, found.0, found.1, expected.2, expected.0, expected.1
            )));
        }
        let mut members = [self.members[first].as_slice(), &self.members[second]].concat();
        members.sort_unstable();
        if step.members != members {
            return Err(broken(format!(
                "the members of ({number}) are {:?}; its operands have {members:?}",
                step.members
            )));
        }
        let kind = NodeKind::Contraction { first, second };
        let (node, said) = step.sizes.node(kind, members.len());
        let loops = step.loops.into_iter().map(LoopJson::opened).collect();
        let StepJson { flops, cost, repetitions, .. } = step;
        let evaluation = match step.shared_with {
            None => node.evaluation,
            Some(with) => {
                let earlier = self.numbers.iter().position(|&one| one == with);
                let with = earlier.ok_or_else(|| {
                    broken(format!("({number}) is shared with ({with}), which is not before it"))
                })?;
                Evaluation::Shared { with }
            }
        };
        let node = Node { flops, cost, repetitions, loops, evaluation, ..node };
        self.push(number, node, said, members);
        Ok(())
    }

    /// Positions for the numbers of what is alive.
    fn resolve_alive(mut self) -> Result<(Vec<Node>, Vec<Said>)> {
        let mut positions = vec![0; self.numbers.len()];
        self.numbers.iter().enumerate().for_each(|(at, &number)| positions[number] = at);
        for one in self.said.iter_mut().flat_map(|said| &mut said.alive) {
            one.node = *positions.get(one.node).ok_or_else(|| {
                broken(format!("({}) is alive, but there is no such node", one.node))
            })?;
        }
        Ok((self.nodes, self.said))
    }
}

impl SizesJson {
    fn node(self, kind: NodeKind, tensors: usize) -> (Node, Said) {
        let alive = |(node, elements): (usize, f64)| Alive { node, elements };
        let evaluation = if self.skipped { Evaluation::Skipped } else { Evaluation::Own };
        let node = Node {
            evaluation,
            footprint: self.footprint,
            sliced_footprint: self.sliced_footprint,
            volatile: self.volatile,
            cache: self.cache,
            live: self.live,
            live_before: self.live_before,
            live_after: self.live_after,
            ..Node::new(kind, tensors)
        };
        let alive = self.alive.into_iter().map(alive).collect();
        (node, Said { label: String::new(), open: self.open, nest: self.nest, alive })
    }
}

impl LoopJson {
    fn opened(self) -> OpenedLoop {
        let LoopJson { index, role, batch, batches } = self;
        OpenedLoop { index, role, batch, batches }
    }
}

impl InfeasibleJson {
    fn infeasible(self) -> Infeasible {
        Infeasible {
            threshold: self.threshold,
            least_peak: self.least_peak,
            loops: self.loops.into_iter().map(LoopJson::opened).collect(),
            finest_peak: self.finest_peak,
        }
    }
}

fn once() -> f64 {
    1.0
}

pub(super) fn broken(reason: String) -> Error {
    Error::Document { what: "plan", reason }
}

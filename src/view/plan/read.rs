//! Reads plans from JSON documents.
//!
//! A plan read equals the plan written. Every document is checked: its sequence must be a postfix
//! tree with these nodes, and its numbers must be consistent (`plan::check`). Errors are
//! `Error::Document`, with the reason. Unknown fields are ignored, because later releases may add
//! fields; a document of another version is refused. O(n log n) for n tensors.

use std::sync::Arc;

use serde::Deserialize;

use super::json::{IndexJson, InfeasibleJson, LifeJson, LoopJson, NodeJson, PlanJson, SCHEMA};
use crate::Result;
use crate::network::Names;
use crate::plan::Infeasible;
use crate::plan::check::{Said, broken, check};
use crate::plan::labelled::Labelled;
use crate::plan::liveness::{Lifetimes, Waiting, openers};
use crate::plan::{Evaluation, Life, Node, NodeKind, OpenedLoop, Plan, Search, sharing};
use crate::problem::Objective;
use crate::search::Method;

/// Tensors of a document at most: the limit of a search.
const MAX_TENSORS: usize = 1 << 12;

/// The version alone, of a document that does not parse as a plan.
#[derive(Deserialize)]
struct Schema {
    schema: String,
}

impl Plan {
    /// Reads a plan that `to_json` wrote. Error: `Document`, with the reason; for a document of another
    /// version, the reason names both versions.
    ///
    /// ```
    /// # use qube_budget::network::{Spaces, einsum};
    /// # use qube_budget::{BatchPolicy, Options, Plan, optimize};
    /// # let mut letters = Spaces::new();
    /// # letters.add("i", 3)?;
    /// # let plan = optimize(&einsum("i,i", &letters)?, &BatchPolicy::new(), &Options::default())?;
    /// assert_eq!(Plan::from_json(&plan.to_json())?, plan);
    /// # Ok::<(), qube_budget::Error>(())
    /// ```
    pub fn from_json(text: &str) -> Result<Plan> {
        match serde_json::from_str::<PlanJson>(text) {
            Ok(document) => {
                version(&document.schema)?;
                document.plan()
            }
            // A document of another version fails on a field; its version is the better reason.
            Err(error) => {
                if let Ok(Schema { schema }) = serde_json::from_str(text) {
                    version(&schema)?;
                }
                Err(broken(error.to_string()))
            }
        }
    }
}

/// Refuses every version but this one.
fn version(schema: &str) -> Result<()> {
    if schema == SCHEMA {
        return Ok(());
    }
    let kind = |schema: &str| schema.split_once('/').map(|(kind, _)| kind.to_owned());
    if kind(schema) != kind(SCHEMA) {
        return Err(broken(format!("its schema is '{schema}'; this library reads '{SCHEMA}'")));
    }
    Err(broken(format!(
        "this is {schema}; this library reads {SCHEMA}: plan the network again with this release, or \
         read the document with the release that wrote it"
    )))
}

impl PlanJson<'_> {
    fn plan(self) -> Result<Plan> {
        let objective = Objective::named(&self.objective).ok_or_else(|| {
            let names = Objective::ALL.map(Objective::name).join(", ");
            broken(format!("its objective is '{}'; give one of: {names}, custom", self.objective))
        })?;
        let mut names = Names::default();
        for IndexJson { label, space, extent } in &self.indices {
            names.indices.push(label);
            names.spaces.push(space);
            names.extents.push(*extent);
        }
        let Read { nodes, said, tensors, .. } = read(&self.sequence, self.nodes, &names)?;
        names.tensors = tensors.into_iter().flatten().collect();
        let mut labelled = Labelled::new(Arc::new(names), nodes.len())?;
        for said in &said {
            labelled.push(said.open.iter().map(|&id| id as usize))?;
        }
        let infeasible = self.infeasible.map(|found| found.infeasible(labelled.names()));
        let peak_node = self.peak_node;
        if peak_node >= nodes.len() {
            return Err(broken(format!("peak_node is {peak_node}; give 0 to {}", nodes.len() - 1)));
        }
        let mut plan = Plan {
            objective,
            bytes_per_element: self.bytes_per_element,
            labelled,
            waiting: waiting(&nodes, &said),
            nodes,
            cost: self.cost,
            flops: self.flops,
            peak: self.peak_elements,
            peak_node,
            frontier: self.frontier.into_owned(),
            infeasible: infeasible.transpose()?,
            search: Search {
                method: Method::named(&self.search.method),
                exhaustive: self.search.exhaustive,
                optimal: self.search.optimal,
                lower_bound: self.search.lower_bound,
                bounded: self.search.bounded,
                states: self.search.states,
                pairs: self.search.pairs,
                refused_bytes: self.search.refused_bytes,
                seconds: self.search.seconds,
            },
        };
        plan.waiting.shrink_to_fit();
        let lifetimes = Lifetimes::of(&plan);
        check(&plan, &said, &lifetimes)?;
        let live: Vec<usize> = lifetimes.live(plan.peak_node).map(|one| one.node).collect();
        if self.live_at_peak != live {
            return Err(broken(format!(
                "live_at_peak is {:?}, but the nodes live there are {live:?}",
                self.live_at_peak
            )));
        }
        let peak_bytes = plan.peak_bytes().ok();
        if self.peak_bytes != peak_bytes {
            let or_null = |bytes: Option<u64>| bytes.map_or("null".into(), |some| some.to_string());
            let (found, derived) = (or_null(self.peak_bytes), or_null(peak_bytes));
            return Err(broken(format!(
                "peak_bytes is {found}, but peak_elements gives {derived}"
            )));
        }
        Ok(plan)
    }
}

/// Reads the nodes, and checks that the sequence makes them one tree over all leaves.
fn read(sequence: &[i64], nodes: Vec<NodeJson>, names: &Names) -> Result<Read> {
    let count = nodes.len();
    let tensors = count.div_ceil(2);
    if !(1..=MAX_TENSORS).contains(&tensors) || count.is_multiple_of(2) {
        return Err(broken(format!(
            "it has {count} nodes; give 2 n - 1 for n tensors, n from 1 to {MAX_TENSORS}"
        )));
    }
    if sequence.len() != count {
        let entries = sequence.len();
        return Err(broken(format!(
            "it has {count} nodes and a sequence of {entries} entries; give one entry per node"
        )));
    }
    let mut read = Read {
        nodes: Vec::with_capacity(count),
        said: Vec::with_capacity(count),
        tensors: vec![None; tensors],
        stack: Vec::new(),
    };
    for (at, (&entry, node)) in sequence.iter().zip(nodes).enumerate() {
        if node.node != at {
            return Err(broken(format!("nodes[{at}] has the number {}; give {at}", node.node)));
        }
        if entry == -1 {
            read.contraction(node, names)?;
            continue;
        }
        let tensor = usize::try_from(entry).ok().filter(|&tensor| tensor < tensors);
        let Some(tensor) = tensor.filter(|&tensor| read.tensors[tensor].is_none()) else {
            return Err(broken(format!(
                "entry {at} of its sequence is {entry}; give -1 for a contraction, and each tensor \
                 from 0 to {} once",
                tensors - 1
            )));
        };
        read.leaf(tensor, node, names)?;
    }
    // As many contractions as tensors less one have left one node on the stack.
    if read.stack.len() != 1 {
        let left = read.stack.len();
        return Err(broken(format!(
            "its sequence leaves {left} results; give one that leaves one"
        )));
    }
    let mut lives = read.said.iter().flat_map(|said| &said.lives);
    if let Some(&Life { node, from, to, .. }) = lives.find(|life| life.from.max(life.to) >= count) {
        let last = count - 1;
        return Err(broken(format!(
            "node ({node}): its life goes from ({from}) to ({to}), but the last node is ({last})"
        )));
    }
    Ok(read)
}

struct Read {
    nodes: Vec<Node>,
    said: Vec<Said>,
    /// By tensor, its label; none until its leaf is read.
    tensors: Vec<Option<String>>,
    stack: Vec<usize>,
}

impl Read {
    fn leaf(&mut self, tensor: usize, mut node: NodeJson, names: &Names) -> Result<()> {
        let at = node.node;
        let said = (node.tensor, node.label.take(), node.first, node.second);
        if let (Some(found), Some(label), None, None) = said
            && found == tensor
        {
            self.tensors[tensor] = Some(label.into_owned());
            return self.push(NodeKind::Leaf { tensor }, 1, node, names);
        }
        Err(broken(format!(
            "node ({at}) is a leaf by the sequence; give it the tensor {tensor}, a label, and no first \
             or second"
        )))
    }

    fn contraction(&mut self, node: NodeJson, names: &Names) -> Result<()> {
        let at = node.node;
        let (Some(second), Some(first)) = (self.stack.pop(), self.stack.pop()) else {
            return Err(broken(format!(
                "entry {at} of its sequence is -1, but fewer than two results are left to contract"
            )));
        };
        let is_leaf = node.tensor.is_some() || node.label.is_some();
        if (node.first, node.second) != (Some(first), Some(second)) || is_leaf {
            let or_none = |node: Option<usize>| node.map_or("none".into(), |node| node.to_string());
            return Err(broken(format!(
                "node ({at}) contracts {} and {}; by the sequence, give it {first} and {second}, and no \
                 tensor or label",
                or_none(node.first),
                or_none(node.second)
            )));
        }
        let tensors = self.nodes[first].tensors + self.nodes[second].tensors;
        self.push(NodeKind::Contraction { first, second }, tensors, node, names)
    }

    fn push(
        &mut self,
        kind: NodeKind,
        tensors: usize,
        said: NodeJson,
        names: &Names,
    ) -> Result<()> {
        let at = self.nodes.len();
        let evaluation = match said.shared_with {
            None if said.skipped => Evaluation::Skipped,
            None => Evaluation::Own,
            Some(with) if with < at => Evaluation::Shared { with },
            Some(with) => {
                let reason = format!("node ({at}) is shared with ({with}); give an earlier node");
                return Err(broken(reason));
            }
        };
        if let Some(open) = said.open.iter().find(|&&open| open as usize >= names.indices.len()) {
            return Err(broken(format!(
                "node ({at}) has index {open} open, but there are only {} indices",
                names.indices.len()
            )));
        }
        let loops = said.loops.into_iter().map(|one| one.opened(names));
        self.nodes.push(Node {
            evaluation,
            footprint: said.footprint,
            sliced_footprint: said.sliced_footprint,
            flops: said.flops,
            cost: said.cost,
            repetitions: said.repetitions,
            volatile: said.volatile,
            cache: said.cache,
            loops: loops.collect::<Result<_>>()?,
            live: said.live,
            live_before: said.live_before,
            live_after: said.live_after,
            ..Node::new(kind, tensors)
        });
        let life =
            |one: LifeJson| Life { node: at, from: one.from, to: one.to, elements: one.elements };
        let lives = said.life.into_iter().map(life).collect();
        self.said.push(Said { open: said.open.into_owned(), lives });
        self.stack.push(at);
        Ok(())
    }
}

/// The sizes of tensors that wait inside some of the loops around them: the only sizes that other
/// numbers of a document do not determine. `plan::check` compares the rest of `life`.
fn waiting(nodes: &[Node], said: &[Said]) -> Vec<Waiting> {
    let openers = openers(nodes);
    let mut waiting = Vec::new();
    for (leaf, (node, said)) in nodes.iter().zip(said).enumerate() {
        let Some(opener) = openers[leaf] else { continue };
        if !matches!(node.kind, NodeKind::Leaf { .. }) {
            continue;
        }
        let inside = *sharing::subtree(nodes, opener).start();
        let mut size = node.footprint;
        for &Life { from, elements, .. } in said.lives.iter().filter(|life| life.from < inside) {
            if elements != size {
                waiting.push(Waiting { leaf, from, elements });
                size = elements;
            }
        }
    }
    waiting
}

impl LoopJson {
    fn opened(self, names: &Names) -> Result<OpenedLoop> {
        let LoopJson { index, role, batch, batches } = self;
        let count = names.indices.len();
        if index >= count {
            return Err(broken(format!(
                "a loop is over index {index}, but there are only {count} indices"
            )));
        }
        Ok(OpenedLoop { index: names.indices.at(index).to_owned(), role, batch, batches })
    }
}

impl InfeasibleJson {
    fn infeasible(self, names: &Names) -> Result<Infeasible> {
        let loops = self.loops.into_iter().map(|one| one.opened(names));
        Ok(Infeasible {
            threshold: self.threshold_bytes,
            least_peak: self.least_peak_elements,
            loops: loops.collect::<Result<_>>()?,
            finest_peak: self.finest_peak_elements,
        })
    }
}

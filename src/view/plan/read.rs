//! Plans that come back from a JSON document.
//!
//! What is read is equal to what was written, and every document is checked: its nodes are those of
//! its sequence, which is a postfix tree, and what its numbers say of each other is so. What is
//! wrong is an error with a reason (`Error::Document`). Fields that are not known are passed over,
//! because documents may gain fields; a document of another version is refused. O(n log n) for n
//! tensors.

use std::sync::Arc;

use serde::Deserialize;

use super::json::{IndexJson, InfeasibleJson, LifeJson, LoopJson, NodeJson, PlanJson, SCHEMA};
use crate::Result;
use crate::network::Names;
use crate::plan::Infeasible;
use crate::plan::check::Said;
use crate::plan::check::{broken, check};
use crate::plan::labelled::Labelled;
use crate::plan::liveness::Lifetimes;
use crate::plan::liveness::Waiting;
use crate::plan::liveness::openers;
use crate::plan::{Evaluation, Life, Node, NodeKind, OpenedLoop, Plan, Search, sharing};
use crate::problem::Objective;
use crate::search::Method;

/// Tensors that a document may have: as many as a search takes.
const MAX_TENSORS: usize = 1 << 12;

/// Enough of a document to tell what it is.
#[derive(Deserialize)]
struct Schema {
    schema: String,
}

impl Plan {
    /// Reads what `to_json` wrote. Errors: `Document`, with the reason; of a document of another
    /// version, with both versions.
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
            // Another version lacks fields of this one: its version is the better reason.
            Err(error) => {
                if let Ok(Schema { schema }) = serde_json::from_str(text) {
                    version(&schema)?;
                }
                Err(broken(error.to_string()))
            }
        }
    }
}

/// Whether this is the version that is read.
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
            return Err(broken(format!("its peak_node is {peak_node}, which is no node")));
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
                "its live_at_peak are {:?}, but {live:?} are live there",
                self.live_at_peak
            )));
        }
        if self.peak_bytes != plan.peak_bytes().ok() {
            return Err(broken("its peak_bytes are not those of its peak_elements".into()));
        }
        Ok(plan)
    }
}

/// The nodes, which have to be those of the sequence, and that one tree over all leaves.
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
        return Err(broken(format!("it has {count} nodes and a sequence of {entries} entries")));
    }
    let mut read = Read {
        nodes: Vec::with_capacity(count),
        said: Vec::with_capacity(count),
        tensors: vec![None; tensors],
        stack: Vec::new(),
    };
    for (at, (&entry, node)) in sequence.iter().zip(nodes).enumerate() {
        if node.node != at {
            return Err(broken(format!("node {at} says that it is node {}", node.node)));
        }
        if entry == -1 {
            read.contraction(node, names)?;
            continue;
        }
        let tensor = usize::try_from(entry).ok().filter(|&tensor| tensor < tensors);
        let Some(tensor) = tensor.filter(|&tensor| read.tensors[tensor].is_none()) else {
            return Err(broken(format!(
                "entry {at} of its sequence is {entry}; give -1, and each of 0 to {} once",
                tensors - 1
            )));
        };
        read.leaf(tensor, node, names)?;
    }
    // As many contractions as tensors less one have left one node on the stack.
    if read.stack.len() != 1 {
        return Err(broken("its sequence does not end with one result".into()));
    }
    let mut ends =
        read.said.iter().flat_map(|said| &said.lives).flat_map(|life| [life.from, life.to]);
    if let Some(node) = ends.find(|&node| node >= count) {
        return Err(broken(format!("a life goes from or to ({node}), but there is no such node")));
    }
    Ok(read)
}

struct Read {
    nodes: Vec<Node>,
    said: Vec<Said>,
    /// By tensor, its label, once its leaf was read.
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
            "({at}) is a leaf, which has the tensor {tensor} of the sequence and a label, and no first \
             and second"
        )))
    }

    fn contraction(&mut self, node: NodeJson, names: &Names) -> Result<()> {
        let at = node.node;
        let (Some(second), Some(first)) = (self.stack.pop(), self.stack.pop()) else {
            return Err(broken(format!("its sequence contracts an empty stack for ({at})")));
        };
        let is_leaf = node.tensor.is_some() || node.label.is_some();
        if (node.first, node.second) != (Some(first), Some(second)) || is_leaf {
            let or_none = |node: Option<usize>| node.map_or("none".into(), |node| node.to_string());
            return Err(broken(format!(
                "({at}) contracts {} and {}; by its sequence, it contracts {first} and {second}, and has \
                 no tensor and label",
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
                let reason = format!("({at}) is shared with ({with}), which is not before it");
                return Err(broken(reason));
            }
        };
        if let Some(open) = said.open.iter().find(|&&open| open as usize >= names.indices.len()) {
            return Err(broken(format!(
                "({at}) has index {open} open, but there is no such index"
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

/// The sizes of tensors that wait inside some of the loops around them: what cannot be derived from
/// other numbers of a document. What else their lives say is compared with what follows from these.
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
        if index >= names.indices.len() {
            return Err(broken(format!("it loops over index {index}, but there is no such index")));
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

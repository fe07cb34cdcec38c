//! A plan: a contraction tree in an order of evaluation, with its sizes, work, cost and liveness.

pub(crate) mod annotate;
pub(crate) mod cache;
pub(crate) mod check;
mod infeasible;
pub(crate) mod labelled;
pub(crate) mod liveness;
mod order;
pub(crate) mod replay;
pub(crate) mod sharing;
mod sums;
mod verify;

pub use cache::Cache;
pub use infeasible::Infeasible;
pub use liveness::{Life, Live};
pub use order::Order;
pub use sharing::Evaluation;

use self::labelled::Labelled;
use self::liveness::Waiting;
use crate::policy::Role;
use crate::problem::{Objective, Quantity};
use crate::search::Method;
use crate::{Error, Result, quiet};

/// A contraction tree in an order of evaluation. Sizes are elements, work counts multiply-add pairs.
/// Result of `optimize`; plain data, `Send` and `Sync`.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub objective: Objective,
    pub bytes_per_element: u64,
    /// The nodes in the order of evaluation, postfix: 2 n - 1 for n tensors. A leaf takes a tensor; a
    /// contraction takes the two results on top of the stack; for shared results see [`Evaluation`].
    /// The last node is the result of the term. The index of a node here is its number everywhere:
    /// in `Life`, documents, reports, drawings and errors.
    pub nodes: Vec<Node>,
    /// The cost of this plan under its objective.
    pub cost: f64,
    /// Work, unweighted.
    pub flops: f64,
    /// Peak of the live elements in this order; [`Plan::best_order`] may have less.
    pub peak: f64,
    /// The node of the peak, an index into `nodes`.
    pub peak_node: usize,
    /// The point (peak, cost) of the plan; with `Options::frontier`, all points at the root, by
    /// increasing peak. Empty for additive objectives. Under a threshold on the peak: the points
    /// that fit and cost no more than the best plan without loops. A stopped search, and one of more
    /// than 64 tensors, lists the points that it found.
    pub frontier: Vec<(f64, f64)>,
    /// Set if no plan fits the policy's threshold on the peak, under an objective that has one; or if
    /// the search found none, and the plan is not proven best.
    pub infeasible: Option<Infeasible>,
    pub search: Search,
    pub(crate) labelled: Labelled,
    /// Empty unless loops are nested.
    pub(crate) waiting: Vec<Waiting>,
}

/// A tensor of the term or a result of the plan. The plan derives the rest: the tensors below a node
/// ([`Plan::members`]), its open indices ([`Plan::open`]), the loops around it ([`Plan::nest`]), the
/// nodes live at it ([`Plan::live`]), and its own liveness ([`Plan::lifetimes`]).
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub kind: NodeKind,
    /// Tensors below: for n, the 2 n - 1 nodes that end with this one are its subtree.
    pub(crate) tensors: usize,
    /// Evaluated, shared or skipped; only `Options::subnet_cse` makes nodes share.
    pub evaluation: Evaluation,
    /// S_n, elements.
    pub footprint: f64,
    /// S_n inside the enclosing loops, elements.
    pub sliced_footprint: f64,
    /// Work of the contraction, multiply-add pairs; 0 for leaves, shared and skipped nodes.
    pub flops: f64,
    /// Cost of the contraction under the objective; 0 for a leaf, and under a custom model, which
    /// prices whole plans.
    pub cost: f64,
    /// Evaluations of the node per evaluation of the plan, as the loops around it repeat it
    /// (all slices together count as one); 1 except
    /// under the objectives with a threshold on the peak, which charge repetitions.
    pub repetitions: f64,
    /// Whether it depends on a volatile tensor.
    pub volatile: bool,
    /// Advice to a cache: whether to keep the node for the next replay.
    pub cache: Cache,
    /// The loops opened around the evaluation of both operands, outermost first; none at a leaf.
    pub loops: Vec<OpenedLoop>,
    /// Live elements while the leaf is taken or the operands are contracted.
    pub live: f64,
    /// Live elements just before and just after.
    pub live_before: f64,
    pub live_after: f64,
}

/// A leaf or a contraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NodeKind {
    /// A tensor of the network, by its number there.
    Leaf { tensor: usize },
    /// Contracts these nodes (indices into [`Plan::nodes`]), evaluated in this order.
    Contraction { first: usize, second: usize },
}

/// A loop over batches of an index.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenedLoop {
    pub index: String,
    /// Contracted: batches add to the result. External: each batch makes a block of it.
    pub role: Role,
    /// Elements of a batch; the last one may be shorter.
    pub batch: u64,
    pub batches: u64,
}

/// The search that found the plan, and its proof.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    pub method: Method,
    /// Whether outer products were searched too.
    pub exhaustive: bool,
    /// Whether the plan is proven best in the space searched; under a custom model, provided that it
    /// is monotone.
    pub optimal: bool,
    /// Lower bound on the peak (elements) or the cost of all plans in that space, as `bounded` says.
    /// The peak for peak and peak-batched, and for space-time-batched if no plan fits; otherwise the
    /// cost, of plans that fit. If a search for the peak stopped after it found the least peak: the
    /// cost, of plans within the tolerance of that peak. Weak if the network was too large to prove
    /// the plan best. The least double under a custom model whose search was stopped: no bound is
    /// known.
    pub lower_bound: f64,
    pub bounded: Quantity,
    /// States expanded: ways to contract a set of tensors from which the search continued; for a
    /// search in tables, their entries. 0 if the method has none.
    pub states: u64,
    /// Pairs of states examined; splits, for a subset DP.
    pub pairs: u64,
    /// Bytes of the first request that the allocator refused during the call; none in most runs. The
    /// plan is then the best found in the available memory. Unlike counted limits, a refusal may
    /// happen on one rank and not on another, and ranks may then get different plans.
    pub refused_bytes: Option<u64>,
    pub seconds: f64,
}

impl Node {
    /// The two nodes that it contracts; none for a leaf, and for a shared or skipped node.
    pub fn operands(&self) -> Option<(usize, usize)> {
        match self.kind {
            NodeKind::Contraction { first, second } if self.evaluation.is_own() => {
                Some((first, second))
            }
            _ => None,
        }
    }

    /// The node whose result this one shares, if any.
    pub fn shared_with(&self) -> Option<usize> {
        match self.evaluation {
            Evaluation::Shared { with } => Some(with),
            Evaluation::Own | Evaluation::Skipped => None,
        }
    }
}

/// From here on, a double does not represent every integer.
const EXACT: f64 = (1u64 << f64::MANTISSA_DIGITS) as f64;

impl Plan {
    /// By node: the tensor that a leaf takes, or -1 for a contraction of the two results on top of the
    /// stack.
    pub fn sequence(&self) -> Vec<i64> {
        let entry = |node: &Node| match node.kind {
            NodeKind::Leaf { tensor } => tensor as i64,
            NodeKind::Contraction { .. } => -1,
        };
        self.nodes.iter().map(entry).collect()
    }

    /// The contractions, in the order of evaluation.
    pub fn contractions(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|node| matches!(node.kind, NodeKind::Contraction { .. }))
    }

    /// The number of tensors in the term.
    pub fn tensors(&self) -> usize {
        self.nodes.len().div_ceil(2)
    }

    /// The plan as a path in single assignment, as in opt_einsum and cotengra: tensors are 0 to
    /// n - 1, the k-th contraction makes n + k. One pair of operands per contraction, in order.
    pub fn pairs(&self) -> Vec<(usize, usize)> {
        let mut results = self.tensors()..;
        let mut ids = Vec::with_capacity(self.nodes.len());
        let mut pairs = Vec::with_capacity(self.tensors());
        for node in &self.nodes {
            ids.push(match node.kind {
                NodeKind::Leaf { tensor } => tensor,
                NodeKind::Contraction { first, second } => {
                    pairs.push((ids[first], ids[second]));
                    results.next().unwrap_or_default()
                }
            });
        }
        pairs
    }

    /// The tensors below a node, by increasing number in the network.
    pub fn members(&self, at: usize) -> Vec<usize> {
        let mut members: Vec<usize> = sharing::leaves(&self.nodes, at).collect();
        members.sort_unstable();
        members
    }

    /// The label of a node's tensor; none for a contraction.
    pub fn label(&self, at: usize) -> Option<&str> {
        match self.nodes[at].kind {
            NodeKind::Leaf { tensor } => Some(self.labelled.tensor(tensor)),
            NodeKind::Contraction { .. } => None,
        }
    }

    /// Labels of the indices open in a node, in the order of the network; for the order in a shared
    /// node, see [`Evaluation`].
    pub fn open(&self, at: usize) -> Vec<&str> {
        self.labelled.open(at).collect()
    }

    /// The same as indices into [`Plan::index_labels`].
    pub fn open_ids(&self, at: usize) -> &[u32] {
        self.labelled.ids(at)
    }

    /// The labels of the network's tensors, in its order.
    pub fn tensor_labels(&self) -> impl ExactSizeIterator<Item = &str> {
        let labels = &self.labelled.names().tensors;
        (0..labels.len()).map(|tensor| labels.at(tensor))
    }

    /// The labels of the network's indices, in its order.
    pub fn index_labels(&self) -> impl ExactSizeIterator<Item = &str> {
        let labels = &self.labelled.names().indices;
        (0..labels.len()).map(|id| labels.at(id))
    }

    /// The spaces of the network's indices, in its order.
    pub fn index_spaces(&self) -> impl ExactSizeIterator<Item = &str> {
        let spaces = &self.labelled.names().spaces;
        (0..spaces.len()).map(|id| spaces.at(id))
    }

    /// The extents of the network's indices, in its order; the mean, for a composite index.
    pub fn index_extents(&self) -> &[u64] {
        &self.labelled.names().extents
    }

    /// The loops of the plan, each index once.
    pub(crate) fn distinct_loops(&self) -> Vec<OpenedLoop> {
        let mut loops: Vec<OpenedLoop> = Vec::new();
        for one in self.nodes.iter().flat_map(|node| &node.loops) {
            if !loops.contains(one) {
                loops.push(one.clone());
            }
        }
        loops
    }

    /// Labels of the indices of the loops around a node, outermost first.
    pub fn nest(&self, at: usize) -> Vec<&str> {
        // From the result down, the outermost first.
        let above = (at + 1..self.nodes.len()).rev().filter(|&above| self.is_below(at, above));
        let loops = above.flat_map(|above| &self.nodes[above].loops);
        loops.map(|one| one.index.as_str()).collect()
    }

    /// The most by which the plan may exceed the best one in the space searched, as a fraction: 0 if
    /// it is proven best, none if its bound is too low to say.
    pub fn gap(&self) -> Option<f64> {
        /// Beyond this ratio, the bound is no information.
        const FAR: f64 = 1e12;
        if self.search.optimal {
            return Some(0.0);
        }
        let value = match self.search.bounded {
            Quantity::Cost => self.cost,
            Quantity::Peak => self.peak,
        };
        let bound = self.search.lower_bound;
        if value <= bound {
            return Some(0.0);
        }
        quiet::quotient(value, bound)
            .filter(|&quotient| quotient < FAR)
            .map(|quotient| quotient - 1.0)
    }

    /// The peak in bytes, from elements rounded up. Error: `Overflow`, at 2^53 elements or more.
    pub fn peak_bytes(&self) -> Result<u64> {
        self.bytes("the peak in bytes", self.peak)
    }

    /// A number of elements, rounded up, in bytes; `what` names it in the error `Overflow`, raised at
    /// 2^53 elements or more.
    pub fn bytes(&self, what: &str, elements: f64) -> Result<u64> {
        if (0.0..EXACT).contains(&elements) {
            // Fewer than 2^53 elements of at most 2^10 bytes: within int64_t.
            return Ok(quiet::whole(elements.ceil()) * self.bytes_per_element);
        }
        Err(Error::Overflow {
            what: what.into(),
            value: format!("{elements} elements"),
            allowed: "fewer than 2^53 elements, counted exactly",
        })
    }
}

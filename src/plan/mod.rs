//! A plan: an order of contraction with every number that belongs to it.

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

/// An order of contraction. Sizes are elements, work is multiply-add pairs.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub objective: Objective,
    pub bytes_per_element: u64,
    /// The nodes in the order of their evaluation: a leaf is taken, or the two results on top of
    /// the stack are contracted; where results are shared, see [`Evaluation`]. The last is the
    /// result of the term. A node's index here is its number everywhere: in `Life`, documents,
    /// reports, drawings and errors.
    pub nodes: Vec<Node>,
    /// What the objective charges for this plan.
    pub cost: f64,
    /// Work, unweighted.
    pub flops: f64,
    /// The most that is live at a time in this order; [`Plan::best_order`] may have less.
    pub peak: f64,
    /// The node at which it is, an index into `nodes`.
    pub peak_node: usize,
    /// The point (peak, cost) of the plan; with `Options::frontier` all points at the root, by
    /// increasing peak. Empty for additive objectives. Under a threshold on the peak, those that
    /// fit and cost no more than the best one without loops; of a search that did not end, and with
    /// more than 64 tensors, of those that were met.
    pub frontier: Vec<(f64, f64)>,
    /// That nothing fits the policy's threshold on the peak, where the objective has one; or that
    /// nothing was found that does, where the plan is not proven best.
    pub infeasible: Option<Infeasible>,
    pub search: Search,
    pub(crate) labelled: Labelled,
    /// Empty unless loops stand inside loops.
    pub(crate) waiting: Vec<Waiting>,
}

/// A tensor of the term or a result of the plan. What follows from the tree is asked of the plan:
/// the tensors below ([`Plan::members`]), open indices ([`Plan::open`]), the loops around
/// ([`Plan::nest`]), what is live at it ([`Plan::live`]), and when it is live itself
/// ([`Plan::lifetimes`]).
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub kind: NodeKind,
    /// How many tensors it is made of: for n, the 2 n - 1 nodes that end with it are its subtree.
    pub(crate) tensors: usize,
    /// Whether it is evaluated; with `Options::subnet_cse` it may be shared with an equal node.
    pub evaluation: Evaluation,
    /// S_n, elements.
    pub footprint: f64,
    /// S_n as the enclosing loops slice it, elements.
    pub sliced_footprint: f64,
    /// Work of the contraction, multiply-add pairs; 0 for a leaf, and where none is carried out.
    pub flops: f64,
    /// What the objective charges for the contraction; 0 for a leaf, and under a custom model,
    /// which prices whole plans.
    pub cost: f64,
    /// How often loops around it make it be computed again, 1 if they do not; charged by the
    /// objectives with a threshold on the peak, and 1 under the others.
    pub repetitions: f64,
    /// Whether it depends on a volatile tensor.
    pub volatile: bool,
    /// Whether to keep it for the next replay.
    pub cache: Cache,
    /// The loops opened around the evaluation of both operands, the outermost first; none at a
    /// leaf.
    pub loops: Vec<OpenedLoop>,
    /// Elements live when the leaf is taken, or while the operands are contracted.
    pub live: f64,
    /// Elements live just before and just after.
    pub live_before: f64,
    pub live_after: f64,
}

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
    /// Contracted: batches add to the result. External: each makes a block of it.
    pub role: Role,
    /// Elements of a batch; the last one may be shorter.
    pub batch: u64,
    pub batches: u64,
}

/// How the plan was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    pub method: Method,
    /// Whether outer products were searched too.
    pub exhaustive: bool,
    /// Whether the plan is proven best in the space that was searched; under a custom model,
    /// provided that it is monotone.
    pub optimal: bool,
    /// What no plan in that space goes below: the peak or the cost, as `bounded` says. It is the
    /// peak for peak and peak-batched, and where nothing fits space-time-batched; else the cost, of
    /// plans that fit. Where a search for the peak stopped once the least peak was known, it is the
    /// cost, of plans as near to that peak as the tolerance allows. Weak where the plan is not
    /// proven best for the size of its network, and the least double under a custom model whose
    /// search was stopped: nothing is known of what it charges.
    pub lower_bound: f64,
    pub bounded: Quantity,
    /// States that the search expanded: ways to contract a set of tensors that it went on from; of
    /// a search in tables, those in them. 0 where the method has none.
    pub states: u64,
    /// Pairs of states examined; of a subset DP, splits.
    pub pairs: u64,
    /// Bytes of the first request during the call that the allocator refused; none in most runs. The
    /// plan is then the best of what could be tried in the memory there was. All other limits are
    /// counted, and stop equal calls at the same place; this one may come on one rank and not on another.
    pub refused_bytes: Option<u64>,
    pub seconds: f64,
}

impl Node {
    /// The nodes that it contracts; none for a tensor, and where nothing is contracted because the
    /// result is shared or not needed.
    pub fn operands(&self) -> Option<(usize, usize)> {
        match self.kind {
            NodeKind::Contraction { first, second } if self.evaluation.is_own() => {
                Some((first, second))
            }
            _ => None,
        }
    }

    /// The node whose result this one shares; none if it shares none.
    pub fn shared_with(&self) -> Option<usize> {
        match self.evaluation {
            Evaluation::Shared { with } => Some(with),
            Evaluation::Own | Evaluation::Skipped => None,
        }
    }
}

/// Doubles from here on do not hold every integer.
const EXACT: f64 = (1u64 << f64::MANTISSA_DIGITS) as f64;

impl Plan {
    /// By node, the tensor that it takes, or -1 to contract the two results on top of the stack.
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

    /// How many tensors the term has.
    pub fn tensors(&self) -> usize {
        self.nodes.len().div_ceil(2)
    }

    /// The plan as a path in single assignment, as opt_einsum and cotengra have it: tensors are 0
    /// to n - 1, the k-th contraction makes n + k; what each contraction takes, in order.
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

    /// Labels of the indices open in a node, in the order of the network; where it is shared, see
    /// [`Evaluation`].
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

    /// The extents of the network's indices, in its order; of a composite one the mean.
    pub fn index_extents(&self) -> &[u64] {
        &self.labelled.names().extents
    }

    /// Labels of the indices that loops around a node slice, the outermost first.
    pub fn nest(&self, at: usize) -> Vec<&str> {
        // From the result down, the outermost first.
        let above = (at + 1..self.nodes.len()).rev().filter(|&above| self.is_below(at, above));
        let loops = above.flat_map(|above| &self.nodes[above].loops);
        loops.map(|one| one.index.as_str()).collect()
    }

    /// By how much the plan may exceed the best one in the space that was searched, as a fraction:
    /// 0 where it is proven best, none where its bound is far too low to tell.
    pub fn gap(&self) -> Option<f64> {
        /// Beyond that a bound says nothing.
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

    /// The peak in bytes, rounded up; an error where a double no longer counts every element.
    pub fn peak_bytes(&self) -> Result<u64> {
        self.bytes("the peak in bytes", self.peak)
    }

    /// A number of elements in bytes, rounded up to whole elements.
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

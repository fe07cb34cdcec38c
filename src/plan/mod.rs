//! What a host gets: an order of contraction with every number that belongs to it.

mod build;
mod cache;
mod check;
mod codec;
mod custom;
mod dot;
mod draft;
mod json;
mod labelled;
mod live;
mod many;
mod names;
mod order;
pub mod replay;
mod report;
mod sharing;
mod sums;
mod svg;
mod threshold;
mod threshold_on_trees;
mod verify;

pub use cache::Cache;
pub use custom::optimize_with;
pub use live::{Life, Live};
pub use many::{Occurrence, Plans, Shared, optimize_many};
pub use order::Order;
pub use sharing::Evaluation;
pub use threshold::Infeasible;

use std::borrow::Cow;
use std::time::Instant;

use self::labelled::Labelled;
use self::live::Waiting;
use crate::network::Network;
use crate::policy::{Role, Rulings};
use crate::room::Refusals;
use crate::search::large::{self, Effort};
use crate::search::{
    self, MAX_WAYS, MAX_WORK, Problem, Progress, Quantity, Watch, on_trees, search_shared_within,
};
use crate::{BatchPolicy, Error, Limits, Objective, Options, Result, quiet};

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
    /// The point (peak, cost) of the plan; with [`Options::frontier`] all points at the root, by
    /// increasing peak. Empty for additive objectives. Under a threshold on the peak, those that
    /// fit and cost no more than the best one without loops; of a search that did not end, and with
    /// more than 64 tensors, of those that were met.
    pub frontier: Vec<(f64, f64)>,
    /// That nothing fits the policy's threshold on the peak, where the objective has one; or that
    /// nothing was found that does, where the plan is not proven best.
    pub infeasible: Option<Infeasible>,
    pub search: Search,
    labelled: Labelled,
    /// Empty unless loops stand inside loops.
    waiting: Vec<Waiting>,
}

/// A tensor of the term or a result of the plan. What follows from the tree is asked of the plan:
/// the tensors below ([`Plan::members`]), open indices ([`Plan::open`]), the loops around
/// ([`Plan::nest`]), what is live at it ([`Plan::live`]), and when it is live itself
/// ([`Plan::lifetimes`]).
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub kind: NodeKind,
    /// How many tensors it is made of: for n, the 2 n - 1 nodes that end with it are its subtree.
    tensors: usize,
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
    pub method: Cow<'static, str>,
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

/// Finds the best plan of a network on the calling thread: of 64 tensors at most, as far as trees
/// do not compete too much, and of 16 in any case. Of more than 64 tensors, up to 4096, a good
/// plan: [`Search::optimal`] is then false, and [`Search::lower_bound`] weak. That takes about a
/// second for a hundred tensors, and some ten for a thousand.
///
/// A search that stops at a limit (see [`crate::Limits`]) gives the best plan so far;
/// [`Search::optimal`] is then false, and [`Plan::gap`] tells how far it is from the best one at most.
/// Built in are 1 GiB, and steps: from 31 tensors on, where it cannot be expected that the search ends,
/// one or two seconds' worth of them. With up to 30 tensors it is some ten seconds' worth, and an error
/// (`TooLarge`) if nothing is proven then and no limit was set. Memory that the allocator refuses stops
/// a search as well: [`Search::refused_bytes`].
///
/// From 17 to 64 tensors, plans under a threshold on the peak, and with peak-batched where slicing
/// is not free (an accumulation factor above 0, or persistent_only with volatile tensors), are good
/// ones: loops are chosen on the best tree without loops, or with free ones, and on trees of low
/// peak; those searches bound what is least. So are plans of smaller networks whose search is
/// stopped.
///
/// Errors: those of `Options::check` and of the policy's callbacks; `TooLarge`, more tensors, indices or
/// loops than a search takes: 64 tensors where a threshold on the peak asks for loops, 16 where there
/// are equal tensors to share; `Option`, peak-batched where slicing is not free with more than 64;
/// `Overflow`, sizes beyond a double; `Limit`, a limit that leaves no plan at all, or none with the
/// proof that `Options::require_optimal` asks for; or memory that was refused, with the bytes.
///
/// Works on the calling thread, which keeps up to 1 MiB of tables for its next plan until it ends.
///
/// ```
/// use qube_budget::network::{Spaces, einsum};
/// use qube_budget::{BatchPolicy, Options, optimize};
/// let mut letters = Spaces::new();
/// for (letter, extent) in [("i", 10), ("j", 20), ("k", 30), ("l", 40)] {
///     letters.add(letter, extent)?;
/// }
/// let chain = einsum("ij,jk,kl->il", &letters)?;
/// let plan = optimize(&chain, &BatchPolicy::new(), &Options::default())?;
/// assert_eq!(plan.sequence(), [0, 1, -1, 2, -1]);
/// assert_eq!(plan.cost, 10.0 * 20.0 * 30.0 + 10.0 * 30.0 * 40.0);
/// # Ok::<(), qube_budget::Error>(())
/// ```
pub fn optimize(network: &Network, policy: &BatchPolicy, options: &Options) -> Result<Plan> {
    optimize_under(network, &policy.rulings(network)?, options, |limits| Watch::new(limits, None))
}

/// The same, with reports on the calling thread: before the first state is expanded, and after
/// every 256 states of the best-first search, 2^20 steps of a search in tables, or 2^16 moves of
/// the search for more than 64 tensors. A report that returns anything but 0 stops the search as a
/// limit does.
///
/// ```
/// use qube_budget::network::{Spaces, einsum};
/// use qube_budget::{BatchPolicy, Options, optimize_with_progress};
/// let mut letters = Spaces::new();
/// for letter in ["i", "j", "k", "l"] {
///     letters.add(letter, 10)?;
/// }
/// let chain = einsum("ij,jk,kl->il", &letters)?;
/// let mut known = 0.0;
/// let policy = BatchPolicy::new();
/// let plan = optimize_with_progress(&chain, &policy, &Options::default(), |progress| {
///     known = progress.value;
///     1
/// })?;
/// assert!(plan.cost <= known);
/// assert!(!plan.search.optimal && plan.gap() > Some(0.0));
/// # Ok::<(), qube_budget::Error>(())
/// ```
pub fn optimize_with_progress(
    network: &Network,
    policy: &BatchPolicy,
    options: &Options,
    mut progress: impl FnMut(&Progress) -> i32,
) -> Result<Plan> {
    optimize_under(network, &policy.rulings(network)?, options, |limits| {
        Watch::new(limits, Some(&mut progress))
    })
}

/// The plan of [`optimize`], found by the same searches, with the reports of
/// [`optimize_with_progress`]: a report that returns anything but 0 stops a search that takes
/// longer than some milliseconds. For a user who waits, where `optimize_with_progress` is for a
/// host that may want an answer at once.
pub fn optimize_patiently(
    network: &Network,
    policy: &BatchPolicy,
    options: &Options,
    mut progress: impl FnMut(&Progress) -> i32,
) -> Result<Plan> {
    optimize_under(network, &policy.rulings(network)?, options, |limits| {
        Watch::patient(limits, &mut progress)
    })
}

/// The same, with what the policy says of the network.
fn optimize_under<'a>(
    network: &Network,
    rulings: &Rulings,
    options: &Options,
    watch: impl FnOnce(Limits) -> Watch<'a>,
) -> Result<Plan> {
    let (begun, refusals) = (Instant::now(), Refusals::begin());
    let problem = &Problem::bind(network, rulings, options)?;
    let watch = &mut watch(options.limits); // checked by now
    let mut planned = under_objective(problem, watch);
    if let Ok(plan) = &mut planned {
        if !options.frontier && plan.frontier.len() > 1 {
            plan.frontier = vec![(plan.peak, plan.cost)];
        }
        plan.search.states = watch.states;
        plan.search.pairs = watch.pairs;
        plan.search.refused_bytes = refusals.first();
        plan.search.seconds = begun.elapsed().as_secs_f64();
    }
    planned
}

/// That a model of the host's own goes to [`optimize_with`].
fn no_custom() -> Error {
    Error::Option {
        name: "objective",
        value: Objective::Custom.name().into(),
        allowed: "an objective of the library, or call optimize_with for a model of your own",
    }
}

/// The plan by the search that the objective takes.
fn under_objective(problem: &Problem, watch: &mut Watch) -> Result<Plan> {
    let options = problem.options();
    match options.objective {
        Objective::Custom => Err(no_custom()),
        _ if search::is_large(problem) => {
            let tensors = problem.network().tensors().len();
            if options.require_optimal {
                return Err(Error::TooLarge {
                    what: "tensors of a network whose plan has to be proven best (`require_optimal`)",
                    value: tensors as u64,
                    limit: search::Subset::MOST as u64,
                });
            }
            // What annealing leaves of the time is for windows.
            let deadline = watch.deadline_of_part(0.75);
            let effort = Effort { deadline, ..Effort::for_tensors(tensors) };
            match threshold::large_plan(problem, &effort, watch)? {
                Some(plan) => Ok(plan),
                None => {
                    Ok(build::large_plan(problem, large::search_within(problem, &effort, watch)?)?)
                }
            }
        }
        Objective::Flops | Objective::Size if options.subnet_cse => {
            match search_shared_within(problem, MAX_WAYS, MAX_WORK, watch) {
                Ok(Some(solution)) => {
                    let plan = build::shared_plan(problem, solution)?;
                    if options.require_optimal && !plan.search.optimal {
                        let (name, most) = ("the limit on work for sharing", MAX_WORK.to_string());
                        let stop = search::limit(name, most, "that many splits were looked at");
                        return Err(search::without_proof(stop));
                    }
                    Ok(plan)
                }
                Ok(None) => Ok(build::answer(problem, search::additive_within(problem, watch)?)?),
                Err(stop) if search::is_stop(&stop) => {
                    Ok(build::answer(problem, on_trees::unshared(problem, stop, watch)?)?)
                }
                Err(error) => Err(error),
            }
        }
        Objective::Flops | Objective::Size => {
            Ok(build::answer(problem, search::additive_within(problem, watch)?)?)
        }
        Objective::Peak | Objective::TimeSpace | Objective::PeakBatched => {
            let answer = search::peak_within(problem, options.frontier, watch)?;
            Ok(build::answer(problem, answer)?)
        }
        Objective::TimeSpaceBatched | Objective::SpaceTimeBatched => {
            threshold::plan(problem, watch)
        }
    }
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

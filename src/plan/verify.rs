//! Verifies a plan for a network, policy and options: compares it with its replay, number by number.

use super::liveness::{Lifetimes, Live};
use super::order::Order;
use super::replay::{Moment, OrderReplay, Replay, broken, replay, replay_order};
use super::{Node, NodeKind, Plan};
use crate::Result;
use crate::network::{IndexId, Network};
use crate::policy::{BatchPolicy, ResolvedPolicy, Role};
use crate::problem::{Objective, Options};

/// Sums in another order differ by rounding.
const ROUNDING: f64 = 1e-12;

impl Plan {
    /// Recomputes the plan with code that shares nothing with the search, and compares the two. Per
    /// node: tensors, open indices, sizes, work, cost, repetitions, loops and their batches, live
    /// elements before, at and after it, live nodes, and advice to a cache. For the plan: the sums,
    /// the peak and its node, and whether it fits the policy's threshold. Numbers must agree to
    /// 1e-12 relative. O(n^3) for n tensors.
    ///
    /// Not checked are statements about other plans: optimality, frontier, lower bound, and the
    /// least peak where no plan fits. Nor is the cost under a custom model; the objective of the
    /// options is then ignored.
    ///
    /// Errors: `Replay`, with the first difference, and both values; those of `optimize` for options
    /// out of range.
    ///
    /// ```
    /// # use qube_budget::network::{Spaces, einsum};
    /// # use qube_budget::{BatchPolicy, Error, Options, optimize};
    /// # let mut letters = Spaces::new();
    /// # letters.add("i", 3)?;
    /// # letters.add("j", 4)?;
    /// let (network, policy) = (einsum("ij,j->i", &letters)?, BatchPolicy::new());
    /// let mut plan = optimize(&network, &policy, &Options::default())?;
    /// assert_eq!(plan.verify(&network, &policy, &Options::default())?.cost, 12.0);
    /// plan.cost = 11.0;
    /// let error = plan.verify(&network, &policy, &Options::default()).unwrap_err();
    /// assert!(matches!(error, Error::Replay { .. }));
    /// assert!(error.to_string().contains("the cost: the plan says 11, the recomputation gives 12"));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn verify(
        &self,
        network: &Network,
        policy: &BatchPolicy,
        options: &Options,
    ) -> Result<Replay> {
        options.check()?;
        let mut options = options.clone();
        if self.objective == Objective::Custom {
            options.objective = Objective::Custom;
        }
        same("the objective", self.objective.name(), options.objective.name(), "the options say")?;
        let bytes = (self.bytes_per_element, options.bytes_per_element);
        same("bytes_per_element", bytes.0, bytes.1, "the options say")?;
        let replay = replay(network, policy, &options, &self.moves(network)?)?;
        let resolved = &policy.resolve(network)?;
        // Derived quantities need the tree, so operands are compared first.
        for (at, (node, moment)) in self.nodes.iter().zip(&replay.moves).enumerate() {
            if let NodeKind::Contraction { first, second } = node.kind {
                let of = format!("the operands of node ({at})");
                equal_list(&of, &[first, second], &moment.operands)?;
            }
        }
        let lifetimes = &Lifetimes::of(self);
        let plan = Verified { plan: self, network, resolved, lifetimes };
        for (at, moment) in replay.moves.iter().enumerate() {
            plan.node(at, moment, replay.live[at])?;
        }
        let indices = network.indices().iter();
        let spaces: Vec<&str> = indices.clone().map(|index| index.space.as_str()).collect();
        let extents: Vec<u64> = indices.map(|index| index.extent).collect();
        equal_list("the spaces of the indices", &self.index_spaces().collect::<Vec<_>>(), &spaces)?;
        equal_list("the extents of the indices", self.index_extents(), &extents)?;
        close("the flops", self.flops, replay.flops)?;
        if self.objective != Objective::Custom {
            close("the cost", self.cost, replay.cost)?;
        }
        close("the peak", self.peak, replay.peak)?;
        let at_peak = replay.live.get(self.peak_node).copied().unwrap_or(0.0);
        let of = format!("the elements live at the peak node {}", self.name(self.peak_node));
        close(&of, self.peak, at_peak)?;
        plan.threshold(&replay)?;
        Ok(replay)
    }

    /// Recomputes an order of the plan's contractions, such as [`Plan::best_order`], with independent
    /// code. Each contraction must come once, after its operands, and a loop must end before
    /// contractions outside it follow. The peak and its node are compared; the plan itself is not.
    ///
    /// Errors: as for `verify`.
    pub fn verify_order(
        &self,
        order: &Order,
        network: &Network,
        policy: &BatchPolicy,
        options: &Options,
    ) -> Result<OrderReplay> {
        let moves = self.moves(network)?;
        let replay = replay_order(network, policy, options, &moves, &order.contractions)?;
        close("the peak of the order", order.peak, replay.peak)?;
        let place = order.contractions.iter().position(|&at| at == order.peak_node);
        let there = match place {
            Some(place) => replay.live[place],
            None if order.contractions.is_empty() => replay.peak,
            None => 0.0,
        };
        let of = format!("the elements live at the peak node {}", self.name(order.peak_node));
        close(&of, order.peak, there)?;
        Ok(replay)
    }

    /// A node in messages.
    fn name(&self, at: usize) -> String {
        if at < self.nodes.len() {
            format!("({at})")
        } else {
            format!("({at}) (the last node is ({}))", self.nodes.len().saturating_sub(1))
        }
    }
}

struct Verified<'a> {
    plan: &'a Plan,
    network: &'a Network,
    resolved: &'a ResolvedPolicy,
    lifetimes: &'a Lifetimes,
}

impl Verified<'_> {
    fn node(&self, at: usize, moment: &Moment, live: f64) -> Result<()> {
        let (plan, node) = (self.plan, &self.plan.nodes[at]);
        let of = |what: &str| format!("the {what} of node ({at})");
        if let NodeKind::Leaf { tensor } = node.kind {
            let label = self.network.tensors()[tensor].label.as_str();
            equal(&of("label"), plan.label(at).unwrap_or_default(), label)?;
        }
        equal_list(&of("members"), &plan.members(at), &moment.members)?;
        let is_evaluated = format!("whether node ({at}) is evaluated");
        equal(&is_evaluated, node.evaluation.is_own(), moment.is_done)?;
        // A shared node lists its indices in the order of those of its source.
        let sorted = |mut labels: Vec<_>| {
            labels.sort();
            labels
        };
        let open = [plan.open(at), self.labels(&moment.open)];
        let [found, replayed] = if moment.is_done { open } else { open.map(sorted) };
        equal_list(&of("open indices"), &found, &replayed)?;
        equal_list(&of("nest"), &plan.nest(at), &self.labels(&moment.nest))?;
        equal(&of("volatility"), node.volatile, moment.volatile)?;
        equal(&of("cache"), format!("{:?}", node.cache), format!("{:?}", moment.cache))?;
        self.loops(at, node)?;
        for (what, found, replayed) in [
            ("footprint", node.footprint, moment.footprint),
            ("sliced footprint", node.sliced_footprint, moment.sliced_footprint),
            ("flops", node.flops, moment.flops),
            ("cost", node.cost, moment.cost),
            ("repetitions", node.repetitions, moment.repetitions),
        ] {
            close(&of(what), found, replayed)?;
        }
        for (when, found, replayed) in [
            ("before", node.live_before, moment.live_before),
            ("at", node.live, live),
            ("after", node.live_after, moment.live_after),
        ] {
            close(&format!("the elements live {when} node ({at})"), found, replayed)?;
        }
        let nodes = |all: &[Live]| -> Vec<usize> { all.iter().map(|one| one.node).collect() };
        let found: Vec<Live> = self.lifetimes.live(at).collect();
        let what = format!("the nodes live at node ({at})");
        equal_list(&what, &nodes(&found), &nodes(&moment.held))?;
        for (found, replayed) in found.iter().zip(&moment.held) {
            let what = format!("the elements of node ({}) live at node ({at})", found.node);
            close(&what, found.elements, replayed.elements)?;
        }
        Ok(())
    }

    /// The replay takes the loops from the plan; their batches and roles are compared here.
    fn loops(&self, at: usize, node: &Node) -> Result<()> {
        for one in &node.loops {
            let index = &one.index;
            let of = |what| format!("the {what} of the loop over '{index}' at node ({at})");
            let Some(id) = self.network.find_index(&one.index) else { continue };
            let Some(slicing) = self.resolved.slicing(id) else { continue };
            let extent = self.network.index_at(id).extent;
            let batch = slicing.most().min(extent);
            equal(&of("batch"), one.batch, batch)?;
            equal(&of("number of batches"), one.batches, extent.div_ceil(batch))?;
            let role = format!("{:?}", Role::of(self.network, id));
            equal(&of("role"), format!("{:?}", one.role), role)?;
        }
        Ok(())
    }

    /// A plan fits the threshold, unless it says that no plan does.
    fn threshold(&self, replay: &Replay) -> Result<()> {
        let threshold = self.resolved.peak_threshold();
        let Some(threshold) = threshold.filter(|_| self.plan.objective.charges_slicing()) else {
            let what = "whether no plan fits the threshold";
            return equal(what, self.plan.infeasible.is_some(), false);
        };
        let fitting = threshold / self.plan.bytes_per_element;
        if let Some(infeasible) = &self.plan.infeasible {
            equal("the threshold", infeasible.threshold, threshold)?;
            let least = infeasible.least_peak;
            if least > replay.peak * (1.0 + ROUNDING) {
                let peak = replay.peak;
                return Err(broken(format!(
                    "the least peak is {least}, but the plan's own peak is {peak}"
                )));
            }
        }
        let limit = fitting as f64;
        let says = match &self.plan.infeasible {
            None if replay.peak > limit * (1.0 + ROUNDING) => "it fits",
            Some(_) if replay.peak < limit * (1.0 - ROUNDING) => "no plan fits",
            _ => return Ok(()),
        };
        let peak = replay.peak;
        Err(broken(format!(
            "the plan says that {says} the threshold of {fitting} elements, but its peak is {peak}"
        )))
    }

    fn labels(&self, ids: &[IndexId]) -> Vec<&str> {
        ids.iter().map(|&id| self.network.index_at(id).label.as_str()).collect()
    }
}

fn same<T: PartialEq + std::fmt::Display>(what: &str, found: T, other: T, who: &str) -> Result<()> {
    if found == other {
        return Ok(());
    }
    Err(broken(format!("{what}: the plan says {found}, {who} {other}")))
}

fn equal<T: PartialEq + std::fmt::Display>(what: &str, found: T, replayed: T) -> Result<()> {
    same(what, found, replayed, GIVES)
}

fn equal_list<T: PartialEq + ToString>(what: &str, found: &[T], replayed: &[T]) -> Result<()> {
    let text = |list: &[T]| {
        let items: Vec<String> = list.iter().map(T::to_string).collect();
        format!("[{}]", items.join(" "))
    };
    equal(what, text(found), text(replayed))
}

fn close(what: &str, found: f64, replayed: f64) -> Result<()> {
    // The floor keeps the product from an underflow; every size of a plan is far above it.
    let scale = found.abs().max(replayed.abs()).max(1e-280);
    if found == replayed || (found - replayed).abs() <= ROUNDING * scale {
        return Ok(());
    }
    same(what, found, replayed, GIVES)
}

const GIVES: &str = "the recomputation gives";

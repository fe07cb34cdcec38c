//! Whether what a plan says of itself can be so: what is asked of a plan that was read. The tree is
//! known to be one.

use super::alive::Lifetimes;
use super::codec::broken;
use super::{Alive, Evaluation, Node, NodeKind, OpenedLoop, Plan, cache, sharing};
use crate::Result;
use crate::policy::Role;

/// Sizes and work: beyond what any network gives (its extents multiply to 2^700 at most, and weights
/// go to 1e18), and such that no drawing leaves the range of a double.
const MOST: f64 = 1e250;
const LEAST: f64 = 1e-250;

/// Sums in another order differ by rounding.
const ROUNDING: f64 = 1e-9;

/// What a document says of a node beside its numbers, which a plan derives.
#[derive(Default)]
pub(super) struct Said {
    /// Of a tensor.
    pub label: String,
    pub open: Vec<String>,
    pub nest: Vec<String>,
    pub alive: Vec<Alive>,
}

struct Checked<'a> {
    plan: &'a Plan,
    said: &'a [Said],
    lifetimes: &'a Lifetimes<'a>,
}

type Reason = std::result::Result<(), String>;

pub(super) fn check(plan: &Plan, said: &[Said]) -> Result<()> {
    if !(1..=1024).contains(&plan.bytes_per_element) {
        let bytes = plan.bytes_per_element;
        return Err(broken(format!("its bytes_per_element are {bytes}; allowed: 1 to 1024")));
    }
    size("flops", plan.flops)?;
    size("peak_elements", plan.peak)?;
    size("seconds", plan.search.seconds)?;
    cost("cost", plan.cost)?;
    cost("lower_bound", plan.search.lower_bound)?;
    for &(peak, its_cost) in &plan.frontier {
        size("peak of the frontier", peak)?;
        cost("cost of the frontier", its_cost)?;
    }
    if let Some(infeasible) = &plan.infeasible {
        let threshold = infeasible.threshold;
        if !(1..=i64::MAX as u64).contains(&threshold) {
            return Err(broken(format!("its threshold is {threshold}; allowed: 1 to 2^63 - 1")));
        }
        size("least_peak", infeasible.least_peak)?;
        infeasible.finest_peak.iter().try_for_each(|&peak| size("finest_peak", peak))?;
        infeasible.loops.iter().try_for_each(batches).map_err(broken)?;
    }
    if !plan.frontier.is_sorted_by(|a, b| a.0 <= b.0) {
        return Err(broken("its frontier is not by increasing peak".into()));
    }
    for (at, node) in plan.nodes.iter().enumerate() {
        numbers(node).map_err(|reason| broken(format!("node {at}: {reason}")))?;
    }
    // What is alive depends on what is shared.
    let lifetimes = &Lifetimes::of(plan);
    let checked = Checked { plan, said, lifetimes };
    for relation in [Checked::shared, Checked::loops, Checked::relations] {
        for at in 0..plan.nodes.len() {
            relation(&checked, at).map_err(|reason| broken(format!("node {at}: {reason}")))?;
        }
    }
    let carries = |at: usize, index: &str| said[at].open.iter().any(|label| label == index);
    let mut advised = plan.nodes.clone();
    cache::advise(&mut advised, carries);
    for (at, (node, advised)) in plan.nodes.iter().zip(advised).enumerate() {
        let (found, advice) = (node.cache, advised.cache);
        if found != advice {
            return Err(broken(format!("node {at}: its cache is {found:?}; it is {advice:?}")));
        }
    }
    let flops: f64 = plan.nodes.iter().map(|node| node.flops).sum();
    if (flops - plan.flops).abs() > ROUNDING * flops {
        return Err(broken(format!("its flops are {}; its steps have {flops}", plan.flops)));
    }
    let highest = plan.nodes.iter().map(|node| node.live).fold(0.0, f64::max);
    if plan.peak != highest || plan.nodes.get(plan.peak_node).is_none_or(|n| n.live != highest) {
        return Err(broken(format!(
            "its peak is {} at node {}; the most that is live is {highest}",
            plan.peak, plan.peak_node
        )));
    }
    Ok(())
}

/// What is asked of the numbers of a node; an error is a reason.
fn numbers(node: &Node) -> Reason {
    for (name, value) in [
        ("footprint", node.footprint),
        ("sliced_footprint", node.sliced_footprint),
        ("flops", node.flops),
        ("live_before", node.live_before),
        ("live", node.live),
        ("live_after", node.live_after),
    ] {
        in_range(name, value)?;
    }
    if !(1.0..=MOST).contains(&node.repetitions) {
        return Err(format!("its repetitions are {}; allowed: 1 or more", node.repetitions));
    }
    if !node.cost.is_finite() {
        return Err(format!("its cost is {}; allowed: finite numbers", node.cost));
    }
    Ok(())
}

impl Checked<'_> {
    /// What is asked of a node among the others.
    fn relations(&self, at: usize) -> Reason {
        let plan = self.plan;
        let node = &plan.nodes[at];
        let nest = &self.said[at].nest;
        let around = self.plan.nest(at);
        if *nest != around {
            return Err(format!("its nest is {nest:?}; the loops around it are {around:?}"));
        }
        if exceeds(product(node.sliced_footprint), product(node.footprint)) {
            return Err("its sliced_footprint exceeds its footprint".into());
        }
        if nest.is_empty() && node.sliced_footprint != node.footprint {
            return Err("it has a sliced_footprint of its own, but no loops are around it".into());
        }
        if exceeds(node.live_before.max(node.live_after), node.live) {
            return Err("more is live before or after it than at it".into());
        }
        if let NodeKind::Contraction { first, second } = node.kind
            && node.volatile != (plan.nodes[first].volatile || plan.nodes[second].volatile)
        {
            return Err("its volatile is not that of its operands".into());
        }
        self.alive(at)
    }

    /// What is skipped stands below what is shared; a shared node's source is evaluated before it, and
    /// has the same tree with the same tensors below. Without loops: those would make slices of it.
    fn shared(&self, at: usize) -> Reason {
        let plan = self.plan;
        let node = &plan.nodes[at];
        let below =
            self.lifetimes.parent(at).is_some_and(|parent| !plan.nodes[parent].evaluation.is_own());
        if below != (node.evaluation == Evaluation::Skipped) {
            return Err("what stands below a shared node, and nothing else, is skipped".into());
        }
        if node.evaluation.is_own() {
            return Ok(());
        }
        if node.flops != 0.0 || node.cost != 0.0 {
            return Err("it is not evaluated, but has work or cost".into());
        }
        if !plan.objective.is_additive() || plan.nodes.iter().any(|node| !node.loops.is_empty()) {
            return Err(
                "it is shared or skipped; allowed: with flops and size, without loops".into()
            );
        }
        let Some(with) = node.shared_with() else { return Ok(()) };
        let source = &plan.nodes[with];
        let (own, other) = (sharing::subtree(&plan.nodes, at), sharing::subtree(&plan.nodes, with));
        let is_earlier = with < *own.start() && source.evaluation.is_own();
        let pairs = || own.clone().zip(other.clone());
        let alike = |(at, with): (usize, usize)| {
            let (a, b) = (&plan.nodes[at], &plan.nodes[with]);
            let size = (a.footprint - b.footprint).abs() <= ROUNDING * b.footprint;
            let label = plan.label(at) == plan.label(with);
            let open = self.said[at].open.len() == self.said[with].open.len();
            label && size && open && a.tensors == b.tensors && a.volatile == b.volatile
        };
        if !is_earlier || own.clone().count() != other.clone().count() || !pairs().all(alike) {
            return Err(format!("it is shared with node {with}, which is not the same before it"));
        }
        Ok(())
    }

    /// Labels can be listed; loops have batches, and stand where such loops can.
    fn loops(&self, at: usize) -> Reason {
        let (node, said) = (&self.plan.nodes[at], &self.said[at]);
        let own: Vec<String> = node.loops.iter().map(|one| one.index.clone()).collect();
        for (name, labels) in [("open", &said.open), ("nest", &said.nest), ("loops", &own)] {
            if labels.iter().any(|label| label.is_empty() || label.contains(char::is_control)) {
                return Err(format!("a label of its {name} is empty or has control characters"));
            }
            if sorted(labels).windows(2).any(|pair| pair[0] == pair[1]) {
                return Err(format!("a label stands twice in its {name}"));
            }
        }
        node.loops.iter().try_for_each(batches)?;
        // An external index is open in the result, a contracted one is not.
        for one in &node.loops {
            if said.open.contains(&one.index) != (one.role == Role::External) {
                return Err(format!("its loop over '{}' is not of the role it has", one.index));
            }
        }
        if !node.loops.is_sorted_by_key(|one| one.role == Role::Contracted) {
            return Err(
                "a loop over an external index stands inside one over a contracted index".into()
            );
        }
        let nest = self.plan.nest(at);
        if let Some(twice) = own.iter().find(|index| nest.contains(&index.as_str())) {
            return Err(format!("it loops over '{twice}', which a loop around it slices already"));
        }
        Ok(())
    }

    fn alive(&self, at: usize) -> Reason {
        let (plan, said) = (self.plan, &self.said[at].alive);
        let node = &plan.nodes[at];
        if !said.iter().map(|one| one.node).eq(self.lifetimes.nodes(at)) {
            return Err("its alive is not what has been made or taken and not consumed".into());
        }
        for (one, derived) in said.iter().zip(self.lifetimes.alive(at)) {
            in_range("alive", one.elements)?;
            let of = &plan.nodes[one.node];
            let [least, elements, most] =
                [of.sliced_footprint, one.elements, of.footprint].map(product);
            if exceeds(least, elements) || exceeds(elements, most) {
                return Err(
                    "what is alive of a tensor is not from its sliced to its whole size".into()
                );
            }
            if *one != derived {
                let elements = derived.elements;
                return Err(format!(
                    "{} elements are alive of node {}; inside the loops that have been entered it has \
                 {elements}",
                    one.elements, one.node
                ));
            }
        }
        let sum: f64 = said.iter().map(|one| one.elements).sum();
        // A batch's contribution lives beside the accumulator only where loops are opened.
        let exact = node.loops.is_empty();
        if sum > (1.0 + ROUNDING) * node.live || exact && sum < (1.0 - ROUNDING) * node.live {
            return Err(format!("its live is {}; what is alive sums to {sum}", node.live));
        }
        // A contraction adds its result, and then frees its operands; a tensor has been there.
        let (mut before, mut after) = (sum, sum);
        if node.evaluation.is_own() && matches!(node.kind, NodeKind::Contraction { .. }) {
            if !plan.is_assembled(at) {
                before -= node.sliced_footprint;
            }
            let used_up = |one: &&Alive| self.lifetimes.last_use(one.node) == at;
            after -= said.iter().filter(used_up).map(|one| one.elements).sum::<f64>();
        }
        let off = |value: f64, expected: f64| (value - expected).abs() > ROUNDING * node.live;
        if off(node.live_before, before) || off(node.live_after, after) {
            return Err(format!("live before and after it are {before} and {after}"));
        }
        Ok(())
    }
}

fn batches(one: &OpenedLoop) -> Reason {
    let most = i64::MAX as u64;
    // The batches before the last one are whole, and an extent is at most 2^63 - 1.
    let whole = one.batches.checked_sub(1).and_then(|whole| whole.checked_mul(one.batch));
    if one.batch == 0 || one.batch > most || whole.is_none_or(|elements| elements >= most) {
        let (batch, batches) = (one.batch, one.batches);
        return Err(format!("it loops over '{}' in {batches} of {batch}", one.index));
    }
    Ok(())
}

/// Whether a number exceeds another by more than rounding.
fn exceeds(number: f64, most: f64) -> bool {
    number > most * (1.0 + ROUNDING)
}

/// The product that a size in elements is: one of exactly 1 counts 0, though a slice may have less.
fn product(size: f64) -> f64 {
    if size == 0.0 { 1.0 } else { size }
}

fn sorted(labels: &[String]) -> Vec<&String> {
    let mut labels: Vec<_> = labels.iter().collect();
    labels.sort();
    labels
}

fn in_range(name: &str, value: f64) -> Reason {
    if value == 0.0 || (LEAST..=MOST).contains(&value) {
        return Ok(());
    }
    Err(format!("its {name} is {value:e}; allowed: 0, or {LEAST:e} to {MOST:e}"))
}

fn size(name: &str, value: f64) -> Result<()> {
    in_range(name, value).map_err(broken)
}

/// Weights may take a cost anywhere.
fn cost(name: &str, value: f64) -> Result<()> {
    if value.is_finite() {
        return Ok(());
    }
    Err(broken(format!("its {name} is {value}; allowed: finite numbers")))
}

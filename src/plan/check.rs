//! Whether what a plan says of itself can be so: what is asked of a plan that was read. The tree is
//! known to be one. O(n log n) for n tensors, and for each loop the loops around it.

use super::liveness::{Life, Lifetimes, openers};
use super::sharing::Evaluation;
use super::sums::Sums;
use super::{Node, NodeKind, OpenedLoop, Plan, cache, sharing};
use crate::policy::Role;
use crate::{Error, Result};

/// Sizes and work: beyond what any network gives (its extents multiply to 2^700 at most, and
/// weights go to 1e18), and such that no drawing leaves the range of a double.
const MOST: f64 = 1e250;
const LEAST: f64 = 1e-250;

/// Sums in another order differ by rounding.
const ROUNDING: f64 = 1e-9;

/// What a document says of a node beside its numbers.
pub(crate) struct Said {
    /// Indices, by their numbers in the table.
    pub open: Vec<u32>,
    /// When it is live, which a plan derives.
    pub lives: Vec<Life>,
}

struct Checked<'a> {
    plan: &'a Plan,
    said: &'a [Said],
    lifetimes: &'a Lifetimes,
    parents: Vec<Option<usize>>,
    openers: Vec<Option<usize>>,
    opens_loops: bool,
}

type Reason = std::result::Result<(), String>;

pub(crate) fn check(plan: &Plan, said: &[Said], lifetimes: &Lifetimes) -> Result<()> {
    if !(1..=1024).contains(&plan.bytes_per_element) {
        let bytes = plan.bytes_per_element;
        return Err(broken(format!("its bytes_per_element are {bytes}; give 1 to 1024")));
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
            return Err(broken(format!("its threshold_bytes is {threshold}; give 1 to 2^63 - 1")));
        }
        size("least_peak_elements", infeasible.least_peak)?;
        infeasible.finest_peak.iter().try_for_each(|&peak| size("finest_peak_elements", peak))?;
        infeasible.loops.iter().try_for_each(batches).map_err(broken)?;
    }
    if !plan.frontier.is_sorted_by(|a, b| a.0 <= b.0) {
        return Err(broken("its frontier is not by increasing peak".into()));
    }
    labels(plan).map_err(broken)?;
    let of = |at: usize, reason: String| broken(format!("node ({at}): {reason}"));
    for (at, node) in plan.nodes.iter().enumerate() {
        numbers(node).map_err(|reason| of(at, reason))?;
    }
    let checked = Checked {
        plan,
        said,
        lifetimes,
        parents: cache::parents(&plan.nodes),
        openers: openers(&plan.nodes),
        opens_loops: plan.nodes.iter().any(|node| !node.loops.is_empty()),
    };
    // What is live depends on what is shared.
    for relation in [Checked::shared, Checked::loops, Checked::relations] {
        for at in 0..plan.nodes.len() {
            relation(&checked, at).map_err(|reason| of(at, reason))?;
        }
    }
    checked.live().map_err(|(at, reason)| of(at, reason))?;
    let mut advised = plan.nodes.clone();
    cache::advise(&mut advised, |at, index| plan.labelled.open(at).any(|label| label == index));
    for (at, (node, advised)) in plan.nodes.iter().zip(advised).enumerate() {
        let (found, advice) = (node.cache, advised.cache);
        if found != advice {
            return Err(of(at, format!("its cache is {found:?}; it is {advice:?}")));
        }
    }
    let flops: f64 = plan.nodes.iter().map(|node| node.flops).sum();
    if (flops - plan.flops).abs() > ROUNDING * flops {
        return Err(broken(format!("its flops are {}; its contractions have {flops}", plan.flops)));
    }
    let highest = plan.nodes.iter().map(|node| node.live).fold(0.0, f64::max);
    if plan.peak != highest || plan.nodes.get(plan.peak_node).is_none_or(|n| n.live != highest) {
        return Err(broken(format!(
            "its peak is {} at node ({}); the most that is live is {highest}",
            plan.peak, plan.peak_node
        )));
    }
    Ok(())
}

/// Labels of indices name one each, and can be listed.
fn labels(plan: &Plan) -> Reason {
    let mut labels: Vec<&str> = plan.index_labels().collect();
    if labels.iter().any(|label| label.is_empty() || label.contains(char::is_control)) {
        return Err("a label of its indices is empty or has control characters".into());
    }
    labels.sort_unstable();
    if let Some(pair) = labels.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(format!("the label '{}' stands twice in its indices", pair[0]));
    }
    let most = i64::MAX as u64;
    if let Some(extent) = plan.index_extents().iter().find(|extent| !(1..=most).contains(*extent)) {
        return Err(format!("an extent of its indices is {extent}; give 1 to 2^63 - 1"));
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
        return Err(format!("its repetitions are {}; give 1 or more", node.repetitions));
    }
    if !node.cost.is_finite() {
        return Err(format!("its cost is {}; give a finite number", node.cost));
    }
    let is_leaf = matches!(node.kind, NodeKind::Leaf { .. });
    if is_leaf && (node.flops != 0.0 || node.cost != 0.0 || node.repetitions != 1.0) {
        return Err("it is a leaf, but has work, cost or repetitions".into());
    }
    if is_leaf && !node.loops.is_empty() {
        return Err("it is a leaf, but opens loops".into());
    }
    Ok(())
}

impl Checked<'_> {
    /// What is asked of a node among the others.
    fn relations(&self, at: usize) -> Reason {
        let plan = self.plan;
        let node = &plan.nodes[at];
        if exceeds(product(node.sliced_footprint), product(node.footprint)) {
            return Err("its sliced_footprint exceeds its footprint".into());
        }
        if self.openers[at].is_none() && node.sliced_footprint != node.footprint {
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
        self.life(at)
    }

    /// When it is live follows from the tree, what is shared and the loops; what does not are sizes
    /// inside some of the loops around a tensor, but those begin where loops are entered.
    fn life(&self, at: usize) -> Reason {
        let plan = self.plan;
        let node = &plan.nodes[at];
        let (found, derived) = (&self.said[at].lives, self.lifetimes.of_node(at));
        let is_entered = |from: usize| {
            let mut around = std::iter::successors(self.openers[at], |&above| self.openers[above]);
            around.any(|opener| *sharing::subtree(&plan.nodes, opener).start() == from)
        };
        for &Life { from, elements, .. } in found {
            in_range("life", elements)?;
            let [least, held, most] =
                [node.sliced_footprint, elements, node.footprint].map(product);
            if exceeds(least, held) || exceeds(held, most) {
                return Err("what is live of it is not from its sliced to its whole size".into());
            }
            let is_whole = from == 0 && elements == node.footprint;
            if plan.is_leaf(at) && !is_whole && !is_entered(from) {
                return Err(format!(
                    "its size changes at ({from}), where no loop around it begins"
                ));
            }
        }
        if found != derived {
            let words = |lives: &[Life]| -> String {
                let one =
                    |life: &Life| format!("({}) to ({}): {}", life.from, life.to, life.elements);
                lives.iter().map(one).collect::<Vec<_>>().join(", ")
            };
            let (found, derived) = (words(found), words(derived));
            return Err(format!("its life is [{found}]; by the tree and its loops [{derived}]"));
        }
        Ok(())
    }

    /// What is live at each node adds up, just before it and just after it as well.
    fn live(&self) -> std::result::Result<(), (usize, String)> {
        let (plan, lifetimes) = (self.plan, self.lifetimes);
        let count = plan.nodes.len();
        // By node, which lives begin at it, and which nodes it uses up.
        let (mut begun, mut ended) = (vec![Vec::new(); count], vec![Vec::new(); count]);
        for node in 0..count {
            let lives = lifetimes.of_node(node);
            lives.iter().for_each(|life| begun[life.from].push(*life));
            lives.last().iter().for_each(|life| ended[life.to].push(node));
        }
        let mut sums = Sums::of(std::iter::repeat_n(0.0, count));
        for (at, node) in plan.nodes.iter().enumerate() {
            // A contraction adds its result, and then frees its operands; a tensor has been there.
            let (own, others): (Vec<Life>, Vec<Life>) =
                begun[at].iter().partition(|life| life.node == at && !plan.is_leaf(at));
            others.iter().for_each(|life| sums.set(life.node, life.elements));
            let before = sums.total();
            own.iter().for_each(|life| sums.set(life.node, life.elements));
            let sum = sums.total();
            // The result of the term lasts to the end, and is not used up there.
            ended[at].iter().filter(|&&node| node != at).for_each(|&node| sums.set(node, 0.0));
            let after = sums.total();
            // A batch's contribution lives beside the accumulator only where loops are opened.
            let exact = node.loops.is_empty();
            if sum > (1.0 + ROUNDING) * node.live || exact && sum < (1.0 - ROUNDING) * node.live {
                let live = node.live;
                return Err((at, format!("its live is {live}; what is live sums to {sum}")));
            }
            let off = |value: f64, expected: f64| (value - expected).abs() > ROUNDING * node.live;
            if off(node.live_before, before) || off(node.live_after, after) {
                return Err((at, format!("live before and after it are {before} and {after}")));
            }
        }
        Ok(())
    }

    /// What is skipped stands below what is shared; a shared node's source is evaluated before it,
    /// and has the same tree with the same tensors below. Without loops: those would make slices of
    /// it.
    fn shared(&self, at: usize) -> Reason {
        let plan = self.plan;
        let node = &plan.nodes[at];
        let below = self.parents[at].is_some_and(|above| !plan.nodes[above].evaluation.is_own());
        if below != (node.evaluation == Evaluation::Skipped) {
            return Err("what stands below a shared node, and nothing else, is skipped".into());
        }
        if node.evaluation.is_own() {
            return Ok(());
        }
        if node.flops != 0.0 || node.cost != 0.0 {
            return Err("it is not evaluated, but has work or cost".into());
        }
        if !plan.objective.is_additive() || self.opens_loops {
            return Err(
                "it is shared or skipped; share with flops or size only, without loops".into()
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
            return Err(format!("it is shared with ({with}), which is not the same before it"));
        }
        Ok(())
    }

    /// Nothing stands twice; loops have batches, and stand where such loops can.
    fn loops(&self, at: usize) -> Reason {
        let (plan, node) = (self.plan, &self.plan.nodes[at]);
        let twice = |name: &str, mut labels: Vec<&str>| {
            labels.sort_unstable();
            match labels.windows(2).find(|pair| pair[0] == pair[1]) {
                Some(pair) => Err(format!("the index '{}' stands twice in its {name}", pair[0])),
                None => Ok(()),
            }
        };
        twice("open", plan.open(at))?;
        if node.loops.is_empty() {
            return Ok(());
        }
        twice("loops", node.loops.iter().map(|one| one.index.as_str()).collect())?;
        node.loops.iter().try_for_each(batches)?;
        // An external index is open in the result, a contracted one is not.
        for one in &node.loops {
            let is_open = plan.labelled.open(at).any(|label| label == one.index);
            if is_open != (one.role == Role::External) {
                return Err(format!("its loop over '{}' is not of the role it has", one.index));
            }
        }
        if !node.loops.is_sorted_by_key(|one| one.role == Role::Contracted) {
            return Err(
                "a loop over an external index stands inside one over a contracted index".into()
            );
        }
        let around = std::iter::successors(self.openers[at], |&above| self.openers[above]);
        let mut nest = around.flat_map(|above| &plan.nodes[above].loops);
        if let Some(twice) =
            nest.find(|outer| node.loops.iter().any(|one| one.index == outer.index))
        {
            let index = &twice.index;
            return Err(format!("it loops over '{index}', which a loop around it slices already"));
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

fn in_range(name: &str, value: f64) -> Reason {
    if value == 0.0 || (LEAST..=MOST).contains(&value) {
        return Ok(());
    }
    Err(format!("its {name} is {value:e}; give 0, or {LEAST:e} to {MOST:e}"))
}

fn size(name: &str, value: f64) -> Result<()> {
    in_range(name, value).map_err(broken)
}

/// Weights may take a cost anywhere.
fn cost(name: &str, value: f64) -> Result<()> {
    if value.is_finite() {
        return Ok(());
    }
    Err(broken(format!("its {name} is {value}; give a finite number")))
}

pub(crate) fn broken(reason: String) -> Error {
    Error::Document { what: "plan", reason }
}

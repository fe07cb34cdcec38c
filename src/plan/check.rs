//! Checks that the fields of a plan read from a document are consistent. The reader has checked that
//! the nodes form one tree. O(n log n) for n tensors, plus the loops around each loop.

use super::liveness::{Life, Lifetimes, openers};
use super::sharing::Evaluation;
use super::sums::Sums;
use super::{Node, NodeKind, OpenedLoop, Plan, cache, sharing};
use crate::policy::Role;
use crate::{Error, Result};

/// Range of sizes and work. It covers every network (extents multiply to at most 2^700, weights go to
/// 1e18), and keeps the arithmetic of drawings within a double.
const MOST: f64 = 1e250;
const LEAST: f64 = 1e-250;

/// Sums in another order differ by rounding.
const ROUNDING: f64 = 1e-9;

/// Fields of a node in the document that the plan does not store node by node.
pub(crate) struct Said {
    /// Open indices, by their numbers in the table.
    pub open: Vec<u32>,
    /// Its intervals of liveness, which a plan derives.
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

/// The error is the reason.
type Reason = std::result::Result<(), String>;

pub(crate) fn check(plan: &Plan, said: &[Said], lifetimes: &Lifetimes) -> Result<()> {
    if !(1..=1024).contains(&plan.bytes_per_element) {
        let bytes = plan.bytes_per_element;
        return Err(broken(format!("bytes_per_element is {bytes}; give 1 to 1024")));
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
            return Err(broken(format!("threshold_bytes is {threshold}; give 1 to 2^63 - 1")));
        }
        size("least_peak_elements", infeasible.least_peak)?;
        infeasible.finest_peak.iter().try_for_each(|&peak| size("finest_peak_elements", peak))?;
        infeasible.loops.iter().try_for_each(batches).map_err(broken)?;
    }
    if let Some(pair) = plan.frontier.windows(2).find(|pair| pair[0].0 > pair[1].0) {
        let [before, after] = [pair[0].0, pair[1].0];
        return Err(broken(format!(
            "its frontier lists the peak {before} before {after}; sort it by increasing peak"
        )));
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
    // Liveness depends on sharing, so sharing is checked first.
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
            return Err(of(
                at,
                format!("its cache is {found:?}, but its tree and loops give {advice:?}"),
            ));
        }
    }
    let flops: f64 = plan.nodes.iter().map(|node| node.flops).sum();
    if (flops - plan.flops).abs() > ROUNDING * flops {
        return Err(broken(format!(
            "flops is {}, but the flops of the nodes sum to {flops}",
            plan.flops
        )));
    }
    let highest = plan.nodes.iter().map(|node| node.live).fold(0.0, f64::max);
    if plan.peak != highest || plan.nodes.get(plan.peak_node).is_none_or(|n| n.live != highest) {
        return Err(broken(format!(
            "peak_elements is {} at node ({}), but the largest live of all nodes is {highest}",
            plan.peak, plan.peak_node
        )));
    }
    Ok(())
}

/// Labels of indices are unique and printable; extents are in range.
fn labels(plan: &Plan) -> Reason {
    let mut labels: Vec<&str> = plan.index_labels().collect();
    let is_bad = |label: &&&str| label.is_empty() || label.contains(char::is_control);
    if let Some(label) = labels.iter().find(is_bad) {
        return Err(format!("the index label {label:?} is empty or has control characters"));
    }
    labels.sort_unstable();
    if let Some(pair) = labels.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(format!("two indices have the label '{}'; give each its own", pair[0]));
    }
    let most = i64::MAX as u64;
    let mut extents = plan.index_labels().zip(plan.index_extents());
    if let Some((label, extent)) = extents.find(|(_, extent)| !(1..=most).contains(*extent)) {
        return Err(format!("the extent of index '{label}' is {extent}; give 1 to 2^63 - 1"));
    }
    Ok(())
}

/// The numbers of a node by themselves.
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
        return Err(format!("its repetitions are {}; give 1 to {MOST:e}", node.repetitions));
    }
    if !node.cost.is_finite() {
        return Err(format!("its cost is {}; give a finite number", node.cost));
    }
    let is_leaf = matches!(node.kind, NodeKind::Leaf { .. });
    if is_leaf && (node.flops != 0.0 || node.cost != 0.0 || node.repetitions != 1.0) {
        let Node { flops, cost, repetitions, .. } = node;
        return Err(format!(
            "it is a leaf with flops {flops}, cost {cost} and repetitions {repetitions}; give 0, 0 and 1"
        ));
    }
    if is_leaf && !node.loops.is_empty() {
        return Err("it is a leaf, but has loops; only contractions open loops".into());
    }
    Ok(())
}

impl Checked<'_> {
    /// The numbers of a node against each other and those of other nodes.
    fn relations(&self, at: usize) -> Reason {
        let plan = self.plan;
        let node = &plan.nodes[at];
        let Node { footprint, sliced_footprint, live, live_before, live_after, .. } = *node;
        if exceeds(product(sliced_footprint), product(footprint)) {
            return Err(format!(
                "its sliced_footprint {sliced_footprint} exceeds its footprint {footprint}"
            ));
        }
        if self.openers[at].is_none() && sliced_footprint != footprint {
            return Err(format!(
                "its sliced_footprint {sliced_footprint} differs from its footprint {footprint}, but \
                 no loop is around it"
            ));
        }
        if exceeds(live_before.max(live_after), live) {
            return Err(format!(
                "its live_before {live_before} or live_after {live_after} exceeds its live {live}"
            ));
        }
        if let NodeKind::Contraction { first, second } = node.kind {
            let volatile = plan.nodes[first].volatile || plan.nodes[second].volatile;
            if node.volatile != volatile {
                let found = node.volatile;
                return Err(format!("its volatile is {found}, but its operands give {volatile}"));
            }
        }
        self.life(at)
    }

    /// The intervals of liveness. They follow from the tree, the shared results and the loops, except
    /// the sizes of a tensor that waits inside some of its loops; those begin where loops are entered.
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
                return Err(format!(
                    "its life has {elements} elements; give its sliced_footprint {} to its footprint {}",
                    node.sliced_footprint, node.footprint
                ));
            }
            let is_whole = from == 0 && elements == node.footprint;
            if plan.is_leaf(at) && !is_whole && !is_entered(from) {
                return Err(format!(
                    "its life changes size at node ({from}), where no loop around it begins"
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
            return Err(format!("its life is [{found}], but its tree and loops give [{derived}]"));
        }
        Ok(())
    }

    /// The live elements just before, at and after each node are the sums over the live nodes.
    fn live(&self) -> std::result::Result<(), (usize, String)> {
        let (plan, lifetimes) = (self.plan, self.lifetimes);
        let count = plan.nodes.len();
        // By node, the intervals that begin at it, and the nodes whose last interval ends at it.
        let (mut begun, mut ended) = (vec![Vec::new(); count], vec![Vec::new(); count]);
        for node in 0..count {
            let lives = lifetimes.of_node(node);
            lives.iter().for_each(|life| begun[life.from].push(*life));
            lives.last().iter().for_each(|life| ended[life.to].push(node));
        }
        let mut sums = Sums::of(std::iter::repeat_n(0.0, count));
        for (at, node) in plan.nodes.iter().enumerate() {
            // A contraction adds its result, then frees its operands; a tensor was live before.
            let (own, others): (Vec<Life>, Vec<Life>) =
                begun[at].iter().partition(|life| life.node == at && !plan.is_leaf(at));
            others.iter().for_each(|life| sums.set(life.node, life.elements));
            let before = sums.total();
            own.iter().for_each(|life| sums.set(life.node, life.elements));
            let sum = sums.total();
            // The result of the term is not freed.
            ended[at].iter().filter(|&&node| node != at).for_each(|&node| sums.set(node, 0.0));
            let after = sums.total();
            // Only a node that opens loops may hold more: a batch's contribution, or a block.
            let exact = node.loops.is_empty();
            if sum > (1.0 + ROUNDING) * node.live || exact && sum < (1.0 - ROUNDING) * node.live {
                let live = node.live;
                return Err((
                    at,
                    format!("its live is {live}, but the sizes live at it sum to {sum}"),
                ));
            }
            let off = |value: f64, expected: f64| (value - expected).abs() > ROUNDING * node.live;
            if off(node.live_before, before) || off(node.live_after, after) {
                let Node { live_before, live_after, .. } = node;
                return Err((
                    at,
                    format!(
                        "its live_before and live_after are {live_before} and {live_after}, but the \
                         sizes live there sum to {before} and {after}"
                    ),
                ));
            }
        }
        Ok(())
    }

    /// Exactly the nodes below a shared node are skipped. The source of a shared node is evaluated
    /// before it, and has the same tree with the same tensors below. Plans that share have no loops:
    /// those would make slices of the source.
    fn shared(&self, at: usize) -> Reason {
        let plan = self.plan;
        let node = &plan.nodes[at];
        let below = self.parents[at].is_some_and(|above| !plan.nodes[above].evaluation.is_own());
        if below != (node.evaluation == Evaluation::Skipped) {
            let words = if below {
                "it is below a shared or skipped node, but is not skipped"
            } else {
                "it is skipped, but is not below a shared node"
            };
            return Err(words.into());
        }
        if node.evaluation.is_own() {
            return Ok(());
        }
        if node.flops != 0.0 || node.cost != 0.0 {
            let Node { flops, cost, .. } = node;
            return Err(format!(
                "it is not evaluated, but has flops {flops} and cost {cost}; give 0"
            ));
        }
        if !plan.objective.is_additive() || self.opens_loops {
            return Err(
                "it is shared or skipped; only plans for flops or size without loops share".into(),
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
            return Err(format!(
                "it is shared with ({with}), which is not an equal node evaluated before it"
            ));
        }
        Ok(())
    }

    /// Indices and loops are listed once; loops have batches, and the role and place of their index.
    fn loops(&self, at: usize) -> Reason {
        let (plan, node) = (self.plan, &self.plan.nodes[at]);
        let twice = |name: &str, mut labels: Vec<&str>| {
            labels.sort_unstable();
            match labels.windows(2).find(|pair| pair[0] == pair[1]) {
                Some(pair) => Err(format!("its {name} list the index '{}' twice", pair[0])),
                None => Ok(()),
            }
        };
        twice("open indices", plan.open(at))?;
        if node.loops.is_empty() {
            return Ok(());
        }
        twice("loops", node.loops.iter().map(|one| one.index.as_str()).collect())?;
        node.loops.iter().try_for_each(batches)?;
        // An external index is open in the result, a contracted one is not.
        for one in &node.loops {
            let is_open = plan.labelled.open(at).any(|label| label == one.index);
            if is_open != (one.role == Role::External) {
                let (found, is, role) = if is_open {
                    ("contracted", "is open", "external")
                } else {
                    ("external", "is not open", "contracted")
                };
                return Err(format!(
                    "its loop over '{}' has the role {found}, but the index {is} in it; give {role}",
                    one.index
                ));
            }
        }
        let inner = node
            .loops
            .windows(2)
            .find(|pair| pair[0].role == Role::Contracted && pair[1].role == Role::External);
        if let Some([outer, inner]) = inner {
            return Err(format!(
                "its loop over the external index '{}' is inside the one over the contracted index \
                 '{}'; list external loops first",
                inner.index, outer.index
            ));
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
    // All batches but the last are whole, and an extent is at most 2^63 - 1.
    let whole = one.batches.checked_sub(1).and_then(|whole| whole.checked_mul(one.batch));
    if one.batch == 0 || one.batch > most || whole.is_none_or(|elements| elements >= most) {
        let (batch, batches) = (one.batch, one.batches);
        return Err(format!(
            "the loop over '{}' has {batches} batches of {batch} elements; give 1 or more of both, and \
             an extent below 2^63",
            one.index
        ));
    }
    Ok(())
}

/// Whether a number exceeds another by more than rounding.
fn exceeds(number: f64, most: f64) -> bool {
    number > most * (1.0 + ROUNDING)
}

/// The product behind a size in elements. Sizes of a product of exactly 1 are stored as 0; a slice
/// may be smaller than 1.
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

/// Costs have no range: weights scale them.
fn cost(name: &str, value: f64) -> Result<()> {
    if value.is_finite() {
        return Ok(());
    }
    Err(broken(format!("its {name} is {value}; give a finite number")))
}

/// The error of a document that is no valid plan.
pub(crate) fn broken(reason: String) -> Error {
    Error::Document { what: "plan", reason }
}

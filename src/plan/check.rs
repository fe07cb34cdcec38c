//! Whether what a plan says of itself can be so: what is asked of a plan that was read. The tree is
//! known to be one.

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

pub(super) fn check(plan: &Plan) -> Result<()> {
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
    let parents = cache::parents(&plan.nodes);
    for (at, node) in plan.nodes.iter().enumerate() {
        numbers(node).map_err(|reason| broken(format!("node {at}: {reason}")))?;
    }
    // What is alive depends on what is shared.
    for relation in [shared, relations] {
        for at in 0..plan.nodes.len() {
            relation(plan, &parents, at)
                .map_err(|reason| broken(format!("node {at}: {reason}")))?;
        }
    }
    for (at, (node, advice)) in plan.nodes.iter().zip(cache::advice(&plan.nodes)).enumerate() {
        if node.cache != advice {
            let found = node.cache;
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
fn numbers(node: &Node) -> std::result::Result<(), String> {
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
    node.alive.iter().try_for_each(|one| in_range("alive", one.elements))
}

/// What is asked of a node among the others.
fn relations(plan: &Plan, parents: &[Option<usize>], at: usize) -> std::result::Result<(), String> {
    let node = &plan.nodes[at];
    if node.sliced_footprint > node.footprint {
        return Err("its sliced_footprint exceeds its footprint".into());
    }
    if node.live_before.max(node.live_after) > node.live {
        return Err("more is live before or after it than at it".into());
    }
    if let NodeKind::Contraction { first, second } = node.kind
        && node.volatile != (plan.nodes[first].volatile || plan.nodes[second].volatile)
    {
        return Err("its volatile is not that of its operands".into());
    }
    loops(plan, parents, at)?;
    alive(plan, at)
}

/// What is skipped stands below what is shared; a shared node's source is evaluated before it, and
/// has the same tree with the same tensors below. Without loops: those would make slices of it.
fn shared(plan: &Plan, parents: &[Option<usize>], at: usize) -> std::result::Result<(), String> {
    let node = &plan.nodes[at];
    let below = parents[at].is_some_and(|parent| !plan.nodes[parent].evaluation.is_own());
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
        return Err("it is shared or skipped; allowed: with flops and size, without loops".into());
    }
    let Some(with) = node.shared_with() else { return Ok(()) };
    let source = &plan.nodes[with];
    let (own, other) = (sharing::subtree(&plan.nodes, at), sharing::subtree(&plan.nodes, with));
    let is_earlier = with < *own.start() && source.evaluation.is_own();
    let pairs = || own.clone().zip(other.clone()).map(|(a, b)| (&plan.nodes[a], &plan.nodes[b]));
    let alike = |(a, b): (&Node, &Node)| {
        let size = (a.footprint - b.footprint).abs() <= ROUNDING * b.footprint;
        let kind = match (&a.kind, &b.kind) {
            (NodeKind::Leaf { label: a, .. }, NodeKind::Leaf { label: b, .. }) => a == b,
            (NodeKind::Contraction { .. }, NodeKind::Contraction { .. }) => true,
            _ => false,
        };
        let open = a.open.len() == b.open.len();
        kind && size && open && a.members.len() == b.members.len() && a.volatile == b.volatile
    };
    if !is_earlier || own.clone().count() != other.clone().count() || !pairs().all(alike) {
        return Err(format!("it is shared with node {with}, which is not the same before it"));
    }
    Ok(())
}

/// Labels can be listed; loops have batches; the nest is what the loops around the node slice.
fn loops(plan: &Plan, parents: &[Option<usize>], at: usize) -> std::result::Result<(), String> {
    let node = &plan.nodes[at];
    let opened = |node: &Node| node.loops.iter().map(|one| one.index.clone()).collect::<Vec<_>>();
    let own = opened(node);
    for (name, labels) in [("open", &node.open), ("nest", &node.nest), ("loops", &own)] {
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
        if node.open.contains(&one.index) != (one.role == Role::External) {
            return Err(format!("its loop over '{}' is not of the role it has", one.index));
        }
    }
    if !node.loops.is_sorted_by_key(|one| one.role == Role::Contracted) {
        return Err(
            "a loop over an external index stands inside one over a contracted index".into()
        );
    }
    let ancestors = std::iter::successors(parents[at], |&above| parents[above]);
    let around: Vec<String> = ancestors.flat_map(|above| opened(&plan.nodes[above])).collect();
    if sorted(&around) != sorted(&node.nest) {
        return Err(format!("its nest is {:?}; the loops around it are {around:?}", node.nest));
    }
    if let Some(twice) = own.iter().find(|index| node.nest.contains(index)) {
        return Err(format!("it loops over '{twice}', which a loop around it slices already"));
    }
    Ok(())
}

fn batches(one: &OpenedLoop) -> std::result::Result<(), String> {
    let most = i64::MAX as u64;
    // The batches before the last one are whole, and an extent is at most 2^63 - 1.
    let whole = one.batches.checked_sub(1).and_then(|whole| whole.checked_mul(one.batch));
    if one.batch == 0 || one.batch > most || whole.is_none_or(|elements| elements >= most) {
        let (batch, batches) = (one.batch, one.batches);
        return Err(format!("it loops over '{}' in {batches} of {batch}", one.index));
    }
    Ok(())
}

fn alive(plan: &Plan, at: usize) -> std::result::Result<(), String> {
    let node = &plan.nodes[at];
    if !node.alive.iter().map(|one| one.node).eq(plan.alive_at(at)) {
        return Err("its alive is not what has been made or taken and not consumed".into());
    }
    for one in &node.alive {
        let of = &plan.nodes[one.node];
        if !(of.sliced_footprint..=of.footprint).contains(&one.elements) {
            return Err("what is alive of a tensor is not from its sliced to its whole size".into());
        }
        if one.node == at && one.elements != node.sliced_footprint {
            return Err("what is alive of itself is not its sliced_footprint".into());
        }
    }
    let sum: f64 = node.alive.iter().map(|one| one.elements).sum();
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
        let last_use = sharing::last_use(&plan.nodes);
        let used_up = |one: &&Alive| last_use[one.node] == at;
        after -= node.alive.iter().filter(used_up).map(|one| one.elements).sum::<f64>();
    }
    let off = |value: f64, expected: f64| (value - expected).abs() > ROUNDING * node.live;
    if off(node.live_before, before) || off(node.live_after, after) {
        return Err(format!("live before and after it are {before} and {after}"));
    }
    Ok(())
}

fn sorted(labels: &[String]) -> Vec<&String> {
    let mut labels: Vec<_> = labels.iter().collect();
    labels.sort();
    labels
}

fn in_range(name: &str, value: f64) -> std::result::Result<(), String> {
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

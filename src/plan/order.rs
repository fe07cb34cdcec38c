//! The order of a plan's contractions with the least peak, depth-first or not.
//!
//! A plan's sequence evaluates one operand completely before it begins the other. Every order that
//! puts operands before their users performs the same contractions, and some have a lower peak: two
//! subtrees take turns, each pausing where it holds little memory. For a given tree, the best order
//! is known (Liu, SIAM J. Algebraic Discrete Methods 8, 375 (1987); Lam et al., Computer Languages,
//! Systems & Structures 37, 63 (2011)). A search compares trees by their depth-first peaks, so
//! another tree may have a lower peak still; that is rare (tests/order.rs: 2 of 3000 random terms,
//! by 0.4 % at most).
//!
//! All tensors are live from the start. Beyond the elements live before it, a run of contractions
//! needs at most `hill` more, and leaves `net` more; for a single contraction l, r -> n these are
//! S_n and S_n - S_l - S_r. Two runs, x then y, need `max(hill_x, net_x + hill_y)`. That is the
//! two-machine flow shop (Johnson 1954) with times hill and drop = hill - net. Its rule orders two
//! runs that do not depend on each other:
//! 1. a run that frees memory (net < 0) goes before one that does not
//! 2. of two that free memory, the lower hill goes first; of two others, the larger drop
//!
//! Exchanging two neighbours that violate this rule never raises the peak, and the rule is a total
//! order of runs of any length. So each subtree, from the leaves up, gets one list of runs sorted by
//! the rule, such that some best order of the whole tree goes through the runs of the list in order,
//! each without a break:
//! - The rule merges the lists of two operands. If an order of the whole has y before x against the
//!   rule, the runs between them depend on neither. Each can move before y or after x, whichever the
//!   rule allows (it is a total order); then y and x change places.
//! - The contraction of the two operands comes last. While the rule does not place it after the last
//!   run, the two become one run: the runs between them depend on neither, and can move before both
//!   or after both by the same argument.
//!
//! The list of the result, read in order, is the best order.
//!
//! A loop runs its body once per batch. So the contraction that opens loops, with its subtree, is one
//! run for the contractions outside; the body has a best order of its own, with sizes as sliced
//! there. A body that opens further loops keeps the plan's order: the size of a tensor that waits
//! before an inner loop is known for that order only. Plans that share results keep their order too:
//! their contractions form no tree.
//!
//! O(n log n) for n tensors if runs stay short, at most O(n^2) to join them. Trees of partial sums add
//! up the live elements. No function recurses.

use std::cmp::Ordering;

use super::sums::Sums;
use super::{Node, NodeKind, Plan, sharing};

/// Sums in another order differ by rounding.
const ROUNDING: f64 = 1e-12;

/// An order of evaluation for the contractions of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// The contractions, as nodes of the plan; without shared and skipped ones.
    pub contractions: Vec<usize>,
    /// The peak of the live elements; never above the plan's.
    pub peak: f64,
    /// The contraction at the peak; 0 for a single tensor.
    pub peak_node: usize,
}

impl Plan {
    /// The order of the plan's contractions with the least peak, including orders that no sequence
    /// expresses because they begin one operand before the other is complete. It is the plan's own
    /// order if no other has a lower peak. Loops that open further loops, and plans that share
    /// results, keep the order of the plan. Another tree may have a lower peak still.
    ///
    /// A loop stays whole, as in the plan: the contractions inside follow each other, and the one that
    /// opens the loop ends them. O(n log n) for n tensors as a rule, at most O(n^2).
    ///
    /// ```
    /// use qube_budget::document::{Document, document_from_json};
    /// use qube_budget::{Objective, Options, optimize};
    /// let text = include_str!("../../tests/data/interleave.json");
    /// let Document::Cases(cases) = document_from_json(text)? else { panic!("it has cases") };
    /// let options = Options { objective: Objective::Peak, ..Options::default() };
    /// let plan = optimize(&cases[0].network, &cases[0].policy, &options)?;
    /// assert_eq!((plan.peak, plan.best_order().peak), (21660.0, 20182.0));
    /// # Ok::<(), qube_budget::Error>(())
    /// ```
    pub fn best_order(&self) -> Order {
        let is_carried_out = |&at: &usize| self.nodes[at].operands().is_some();
        let own: Vec<usize> = (0..self.nodes.len()).filter(is_carried_out).collect();
        let shares = self.nodes.iter().any(|node| !node.evaluation.is_own());
        if shares || own.is_empty() {
            let (peak, peak_node) = highest(own.iter().map(|&at| (self.nodes[at].live, at)))
                .unwrap_or((self.peak, self.peak_node));
            return Order { contractions: own, peak, peak_node };
        }
        let bodies = Bodies::of(self);
        let (own, best) = (bodies.order(own), bodies.order(bodies.best()));
        let mut order = if best.peak < (1.0 - ROUNDING) * own.peak { best } else { own };
        if order.peak >= (1.0 - ROUNDING) * self.peak {
            order.peak = self.peak;
        }
        order
    }
}

/// Contractions that follow each other without a break.
struct Run {
    /// Peak of the live elements, beyond those live before it.
    hill: f64,
    /// Elements live after it, beyond those live before it; may be negative.
    net: f64,
    contractions: Vec<usize>,
}

impl Run {
    /// The rule of the module; `Equal` if either may go first.
    fn by_rule(&self, other: &Run) -> Ordering {
        match (self.net < 0.0, other.net < 0.0) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (true, true) => self.hill.total_cmp(&other.hill),
            (false, false) => other.drop().total_cmp(&self.drop()),
        }
    }

    fn drop(&self) -> f64 {
        self.hill - self.net
    }

    /// This run, and then the other one.
    fn then(mut self, next: Run) -> Run {
        self.hill = self.hill.max(self.net + next.hill);
        self.net += next.net;
        self.contractions.extend(next.contractions);
        self
    }
}

/// Merges two sorted lists; among equals, runs of the first operand go first, as in the plan.
fn merge(first: Vec<Run>, second: Vec<Run>) -> Vec<Run> {
    if first.is_empty() || second.is_empty() {
        return if first.is_empty() { second } else { first };
    }
    let mut merged = Vec::with_capacity(first.len() + second.len());
    let mut second = second.into_iter().peekable();
    for run in first {
        while let Some(earlier) = second.next_if(|other| other.by_rule(&run).is_lt()) {
            merged.push(earlier);
        }
        merged.push(run);
    }
    merged.extend(second);
    merged
}

/// Appends a run that depends on every run of the list.
fn append(list: &mut Vec<Run>, mut run: Run) {
    while let Some(last) = list.pop_if(|last| run.by_rule(last).is_le()) {
        run = last.then(run);
    }
    list.push(run);
}

/// The bodies of loops in a plan without shared results.
struct Bodies<'a> {
    plan: &'a Plan,
    /// By node, the uppermost contraction, at or above it, that opens loops.
    body: Vec<Option<usize>>,
    /// By node, whether it opens loops and a node below opens others.
    is_nested: Vec<bool>,
}

impl<'a> Bodies<'a> {
    fn of(plan: &'a Plan) -> Self {
        let count = plan.nodes.len();
        let mut bodies = Bodies { plan, body: vec![None; count], is_nested: vec![false; count] };
        // From the result down: the uppermost comes first.
        for at in (0..count).rev().filter(|&at| !plan.nodes[at].loops.is_empty()) {
            if let Some(body) = bodies.body[at] {
                bodies.is_nested[body] = true;
            } else {
                bodies.body[sharing::subtree(&plan.nodes, at)].fill(Some(at));
            }
        }
        bodies
    }

    /// The contractions in their best order.
    fn best(&self) -> Vec<usize> {
        let mut lists: Vec<Vec<Run>> = (0..self.plan.nodes.len()).map(|_| Vec::new()).collect();
        for at in 0..lists.len() {
            let NodeKind::Contraction { first, second } = self.plan.nodes[at].kind else {
                continue;
            };
            let mut list =
                merge(std::mem::take(&mut lists[first]), std::mem::take(&mut lists[second]));
            if self.body[at] == Some(at) {
                let mut contractions = joined(list);
                contractions.push(at);
                if self.is_nested[at] {
                    contractions.sort_unstable();
                }
                list = vec![self.with_loops(at, contractions)];
            } else {
                let size = |node: usize| self.plan.nodes[node].sliced_footprint;
                let (hill, net) = (size(at), size(at) - size(first) - size(second));
                append(&mut list, Run { hill, net, contractions: vec![at] });
            }
            lists[at] = list;
        }
        lists.pop().map(joined).unwrap_or_default()
    }

    /// The contraction that opens loops, and its body in this order, as one run.
    fn with_loops(&self, at: usize, contractions: Vec<usize>) -> Run {
        let Order { contractions, peak, .. } = self.order_below(at, contractions);
        let before: f64 = self.leaves(at).map(|leaf| self.plan.nodes[leaf].footprint).sum();
        let after = self.plan.nodes[at].sliced_footprint;
        Run { hill: peak - before, net: after - before, contractions }
    }

    /// All contractions in this order, with their peak.
    fn order(&self, contractions: Vec<usize>) -> Order {
        self.order_below(self.plan.nodes.len() - 1, contractions)
    }

    /// The contractions at and below a node in this order, with their peak, without the elements live
    /// elsewhere.
    fn order_below(&self, root: usize, contractions: Vec<usize>) -> Order {
        let mut live = Held::of(self.plan, root);
        let moments = contractions.iter().map(|&at| {
            let elements = self.live(at, &live);
            let (first, second) = self.plan.nodes[at].operands().unwrap_or((at, at));
            live.remove(first);
            live.remove(second);
            live.add(self.plan, at);
            (elements, at)
        });
        let (peak, peak_node) = highest(moments).unwrap_or((0.0, root));
        Order { contractions, peak, peak_node }
    }

    /// Elements live at a contraction, from those live before it.
    fn live(&self, at: usize, there: &Held) -> f64 {
        let nodes = &self.plan.nodes;
        let node = &nodes[at];
        let Some(body) = self.body[at] else {
            return there.whole.total() + node.footprint;
        };
        let inside = there.range(sharing::subtree(nodes, body));
        let outside = there.whole_outside(&inside);
        if self.is_nested[body] {
            // As in the plan, except the elements live outside the body.
            let body = &nodes[body];
            return outside + (node.live - (body.live_after - body.sliced_footprint)).max(0.0);
        }
        let inside = there.sliced.of_range(inside);
        let beside = if at == body {
            self.beside_result(at)
        } else if self.plan.is_assembled(body) {
            nodes[body].sliced_footprint
        } else {
            0.0
        };
        outside + inside + node.sliced_footprint + beside
    }

    /// The block or contribution that loops opened at a contraction hold beside its result.
    fn beside_result(&self, at: usize) -> f64 {
        let nodes = &self.plan.nodes;
        let (first, second) = nodes[at].operands().unwrap_or((at, at));
        let operands = nodes[first].sliced_footprint + nodes[second].sliced_footprint;
        (nodes[at].live - nodes[at].live_after - operands).max(0.0)
    }

    /// The leaves at and below a node.
    fn leaves(&self, at: usize) -> impl Iterator<Item = usize> {
        sharing::subtree(&self.plan.nodes, at).filter(|&node| self.plan.is_leaf(node))
    }
}

/// The live elements at and below a node as an order proceeds: whole sizes, and sizes as sliced.
struct Held {
    /// The first node below.
    begin: usize,
    whole: Sums,
    sliced: Sums,
}

impl Held {
    /// The start: all tensors are live.
    fn of(plan: &Plan, root: usize) -> Self {
        let below = sharing::subtree(&plan.nodes, root);
        let begin = *below.start();
        let nodes = &plan.nodes[below];
        let is_leaf = |at: usize| plan.is_leaf(begin + at);
        let size = |size: fn(&Node) -> f64| {
            let one = move |(at, node)| if is_leaf(at) { size(node) } else { 0.0 };
            Sums::of(nodes.iter().enumerate().map(one))
        };
        Held {
            begin,
            whole: size(|node| node.footprint),
            sliced: size(|node| node.sliced_footprint),
        }
    }

    fn add(&mut self, plan: &Plan, at: usize) {
        self.whole.set(at - self.begin, plan.nodes[at].footprint);
        self.sliced.set(at - self.begin, plan.nodes[at].sliced_footprint);
    }

    fn remove(&mut self, at: usize) {
        self.whole.set(at - self.begin, 0.0);
        self.sliced.set(at - self.begin, 0.0);
    }

    /// Nodes below as positions among the sums.
    fn range(&self, nodes: std::ops::RangeInclusive<usize>) -> std::ops::Range<usize> {
        nodes.start() - self.begin..nodes.end() + 1 - self.begin
    }

    fn whole_outside(&self, range: &std::ops::Range<usize>) -> f64 {
        self.whole.of_range(0..range.start) + self.whole.of_range(range.end..self.whole.len())
    }
}

/// The contractions of all runs, run after run.
fn joined(runs: Vec<Run>) -> Vec<usize> {
    runs.into_iter().flat_map(|run| run.contractions).collect()
}

/// The first of the highest moments.
fn highest(moments: impl Iterator<Item = (f64, usize)>) -> Option<(f64, usize)> {
    moments.reduce(|highest, moment| if moment.0 > highest.0 { moment } else { highest })
}

#[cfg(test)]
pub(super) mod tests;

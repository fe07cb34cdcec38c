//! The best order of a plan's contractions: the one that holds least, depth-first or not.
//!
//! A plan's sequence evaluates one operand to its end before it begins the other. Any order in
//! which operands come before what takes them carries out the same contractions, and some hold
//! less: two subtrees take turns, each resting where it holds little. For a given tree the best
//! order is known (Liu, SIAM J. Algebraic Discrete Methods 8, 375 (1987); Lam et al., Computer
//! Languages, Systems & Structures 37, 63 (2011)). A search compares trees by their depth-first
//! peaks, so another tree may hold less yet; that is rare (tests/order.rs: 2 of 3000 random terms,
//! by 0.4 % at most).
//!
//! All tensors are there from the start. Beside what is live before it, a run of contractions needs
//! at most `hill` more elements, and leaves `net` more behind; for a single one l, r -> n these are
//! S_n and S_n - S_l - S_r. Two runs, x then y, need `max(hill_x, net_x + hill_y)`. That is the
//! two-machine flow shop (Johnson 1954) with times hill and drop = hill - net, and its rule says
//! which of two runs that do not depend on each other goes first:
//! 1. what frees memory (net < 0) before what does not
//! 2. of what frees, the lower hill; of the others, the larger drop
//!
//! Exchanging two neighbours that stand against this rule never needs more, and the rule is a total
//! order of runs of any length. So, from the leaves up, each subtree has one list of runs sorted by
//! the rule, such that some best order of the whole tree goes through them from first to last, each
//! without a break:
//! - The lists of two operands are merged by the rule. Where an order of the whole has y before x
//!   against the rule, whatever stands between them depends on neither; it can move before y or
//!   behind x, whichever the rule allows (it is a total order), and then y and x change places.
//! - Their contraction comes last. While it does not stand behind the last run by the rule, they
//!   become one: what stands between them depends on neither, and it can move before both or behind
//!   both by the same argument.
//!
//! The list of the result, read from first to last, is the best order.
//!
//! A loop goes through its body once for each batch, so what opens loops is, with all that stands
//! below, one run for what is around it; the body has a best order of its own, with sizes as sliced
//! there. Bodies in which further loops are opened keep the plan's order: what a tensor takes that
//! waits before an inner loop is known only for that order. So do plans that share results: their
//! contractions form no tree.
//!
//! O(n log n) for n tensors where runs stay short, at most O(n^2) for joining them; what is live is
//! added up in trees of partial sums. Nothing recurses.

use std::cmp::Ordering;

use super::sums::Sums;
use super::{Node, NodeKind, Plan, sharing};

/// Sums in another order differ by rounding.
const ROUNDING: f64 = 1e-12;

/// An order in which the contractions of a plan can be carried out.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// Nodes of the plan; those that are shared or skipped are not among them.
    pub contractions: Vec<usize>,
    /// The most that is live at a time, elements; never more than the plan's.
    pub peak: f64,
    /// The contraction at which it is; 0 for a single tensor.
    pub peak_node: usize,
}

impl Plan {
    /// The order of the plan's contractions that holds least, also among those that no sequence
    /// expresses, because they begin one operand before the other is done. It is the plan's own
    /// where none holds less than that; in loops that open further loops, and where results are
    /// shared, the order of the plan is kept. Another tree may hold less yet.
    ///
    /// Loops are gone through as in the plan: the contractions inside follow each other, and end
    /// with the one that opens them.
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
    /// The most elements live, beyond those before it.
    hill: f64,
    /// Elements live after it, beyond those before it.
    net: f64,
    contractions: Vec<usize>,
}

impl Run {
    /// The rule; equal: either may go first.
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

/// Two sorted lists as one; of equals, those of the first operand go first, as in the plan.
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

/// Appends what depends on all that is in the list.
fn append(list: &mut Vec<Run>, mut run: Run) {
    while let Some(last) = list.pop_if(|last| run.by_rule(last).is_le()) {
        run = last.then(run);
    }
    list.push(run);
}

/// A plan without shared results, and which loops are around what.
struct Bodies<'a> {
    plan: &'a Plan,
    /// By node, the uppermost contraction, at or above it, that opens loops.
    body: Vec<Option<usize>>,
    /// By node, whether it opens loops and others are opened below.
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

    /// The best order of the contractions.
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

    /// What opens loops, and its body in this order, as one run.
    fn with_loops(&self, at: usize, contractions: Vec<usize>) -> Run {
        let Order { contractions, peak, .. } = self.order_below(at, contractions);
        let before: f64 = self.leaves(at).map(|leaf| self.plan.nodes[leaf].footprint).sum();
        let after = self.plan.nodes[at].sliced_footprint;
        Run { hill: peak - before, net: after - before, contractions }
    }

    /// All contractions in this order, and what they come to.
    fn order(&self, contractions: Vec<usize>) -> Order {
        self.order_below(self.plan.nodes.len() - 1, contractions)
    }

    /// The contractions at and below a node in this order, and what they come to without what is
    /// live elsewhere.
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

    /// Elements live at a contraction with these nodes there before it.
    fn live(&self, at: usize, there: &Held) -> f64 {
        let nodes = &self.plan.nodes;
        let node = &nodes[at];
        let Some(body) = self.body[at] else {
            return there.whole.total() + node.footprint;
        };
        let inside = there.range(sharing::subtree(nodes, body));
        let outside = there.whole_outside(&inside);
        if self.is_nested[body] {
            // As in the plan, but for what is live outside the body.
            let body = &nodes[body];
            return outside + (node.live - (body.live_after - body.sliced_footprint)).max(0.0);
        }
        let inside = there.sliced.of_range(inside);
        let beside = if at == body {
            self.in_the_making(at)
        } else if self.plan.is_assembled(body) {
            nodes[body].sliced_footprint
        } else {
            0.0
        };
        outside + inside + node.sliced_footprint + beside
    }

    /// What loops opened at a contraction have in the making beside its result.
    fn in_the_making(&self, at: usize) -> f64 {
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

/// What is there at and below a node while an order goes on: whole sizes, and those as sliced.
struct Held {
    /// The first node below.
    begin: usize,
    whole: Sums,
    sliced: Sums,
}

impl Held {
    /// All tensors are there from the start.
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

/// The contractions of all runs, one run behind the other.
fn joined(runs: Vec<Run>) -> Vec<usize> {
    runs.into_iter().flat_map(|run| run.contractions).collect()
}

/// The first of the highest.
fn highest(moments: impl Iterator<Item = (f64, usize)>) -> Option<(f64, usize)> {
    moments.reduce(|highest, moment| if moment.0 > highest.0 { moment } else { highest })
}

#[cfg(test)]
pub(super) mod tests;

//! Random trees with random loops, against every order that the independent replay accepts.
//! tests/order.rs has the plans that searches find, and all trees of small terms.

use std::cell::Cell;

use proptest::collection::vec;
use proptest::prelude::ProptestConfig;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use super::*;
use crate::network::{Network, NetworkBuilder};
use crate::plan::annotate::Draft;
use crate::plan::replay::replay_order;
use crate::policy::{BatchPolicy, Role};
use crate::problem::{Objective, Options, Problem, Tree, TreeNode};
use crate::search::Method;

/// Numbers from which a random plan is made, one behind the other, again and again.
struct Choices(std::iter::Cycle<std::vec::IntoIter<usize>>);

impl Choices {
    fn below(&mut self, count: usize) -> usize {
        self.0.next().unwrap_or_default() % count
    }
}

/// A term of which each index is on one to three tensors, and may be sliced.
fn network(tensors: usize, choices: &mut Choices) -> (Network, BatchPolicy) {
    let mut builder = NetworkBuilder::new();
    let mut policy = BatchPolicy::new();
    let mut slots = vec![Vec::new(); tensors];
    for number in 0..tensors + 3 {
        let label = format!("k_{number}");
        let extent = [2, 3, 5, 8, 13, 30][choices.below(6)];
        builder.index(&label, None, extent).unwrap();
        let target = 1 + choices.below(extent as usize) as i64;
        policy.batch_index(Role::Contracted, &label, target).unwrap();
        policy.batch_index(Role::External, &label, target).unwrap();
        for _ in 0..1 + choices.below(3) {
            slots[choices.below(tensors)].push(label.clone());
        }
    }
    for (number, slots) in slots.iter().enumerate() {
        let slots: Vec<&str> = slots.iter().map(String::as_str).collect();
        builder.tensor(&format!("t_{number}"), &slots).unwrap();
    }
    policy.set_accumulation_factor([0.0, 0.5, 1.0][choices.below(3)]).unwrap();
    policy.set_peak_threshold(Some(i64::MAX)).unwrap();
    (builder.build().unwrap(), policy)
}

/// A random tree, some of its contractions with loops.
struct Grower<'a> {
    problem: &'a Problem<'a>,
    choices: &'a mut Choices,
    one_in: usize,
    nodes: Vec<TreeNode>,
}

impl Grower<'_> {
    /// Grows the tree over these tensors inside these loops, and gives its place.
    fn grow(&mut self, members: &[usize], around: &[usize]) -> usize {
        let node = if let [tensor] = *members {
            TreeNode::Leaf(tensor)
        } else {
            let (first, second) = self.split(members);
            let opened = self.opened(&first, &second, around);
            let inside = [around, &opened].concat();
            let (first, second) = (self.grow(&first, &inside), self.grow(&second, &inside));
            TreeNode::Contraction { first, second, opened }
        };
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// Two parts, neither of them empty.
    fn split(&mut self, members: &[usize]) -> (Vec<usize>, Vec<usize>) {
        let pinned = self.choices.below(members.len());
        let (mut first, mut second) = (vec![members[pinned]], Vec::new());
        for offset in 1..members.len() {
            let tensor = members[(pinned + offset) % members.len()];
            if offset == 1 || self.choices.below(2) == 0 {
                second.push(tensor);
            } else {
                first.push(tensor);
            }
        }
        (first, second)
    }

    /// Some of the loops that may be opened here, the external ones outside.
    fn opened(&mut self, first: &[usize], second: &[usize], around: &[usize]) -> Vec<usize> {
        if self.choices.below(self.one_in) != 0 {
            return Vec::new();
        }
        let network = self.problem.network();
        let whole = [first, second].concat();
        let is_open = |index, members: &[usize]| {
            let carries = |&at: &usize| network.tensors()[at].indices.contains(&index);
            let mut outside = (0..network.tensors().len()).filter(|at| !members.contains(at));
            let is_needed = network.targets().contains(index) || outside.any(|at| carries(&at));
            members.iter().any(carries) && (members.len() == 1 || is_needed)
        };
        let charged = self.problem.options().objective.charges_slicing();
        let mut opened = Vec::new();
        for role in [Role::External, Role::Contracted] {
            for (number, a_loop) in self.problem.loops().iter().enumerate() {
                let index = a_loop.index;
                let may = match role {
                    Role::External => charged && is_open(index, &whole),
                    Role::Contracted => {
                        !is_open(index, &whole) && (is_open(index, first) || is_open(index, second))
                    }
                };
                let fits = a_loop.role == role && !around.contains(&number);
                if fits && may && self.choices.below(2) == 0 {
                    opened.push(number);
                }
            }
        }
        opened
    }
}

/// All orders that put operands before their users.
fn all_orders(plan: &Plan, begun: &mut Vec<usize>, all: &mut Vec<Vec<usize>>) {
    let steps = (0..plan.nodes.len()).filter(|&at| !plan.is_leaf(at));
    let is_there = |at: usize| plan.is_leaf(at) || begun.contains(&at);
    let ready = |&at: &usize| {
        let operands = plan.nodes[at].operands();
        !begun.contains(&at) && operands.is_some_and(|(f, s)| is_there(f) && is_there(s))
    };
    let ready: Vec<usize> = steps.filter(ready).collect();
    if ready.is_empty() {
        all.push(begun.clone());
    }
    for next in ready {
        begun.push(next);
        all_orders(plan, begun, all);
        begun.pop();
    }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12 * a.abs().max(b.abs())
}

/// A plan with a random tree and random loops, with its network, policy and options.
pub(in super::super) struct RandomPlan {
    pub plan: Plan,
    pub network: Network,
    pub policy: BatchPolicy,
    pub options: Options,
}

pub(in super::super) fn random_plan(
    tensors: usize,
    objective: Objective,
    one_in: usize,
    choices: Vec<usize>,
) -> RandomPlan {
    let choices = &mut Choices(choices.into_iter().cycle());
    let (network, policy) = network(tensors, choices);
    let options = Options { objective, peak_flops_tolerance: 0.0, ..Options::default() };
    let resolved = policy.resolve(&network).unwrap();
    let problem = Problem::bind(&network, &resolved, &options).unwrap();
    let mut grower = Grower { problem: &problem, choices, one_in, nodes: Vec::new() };
    grower.grow(&(0..tensors).collect::<Vec<_>>(), &[]);
    let tree = Tree { nodes: grower.nodes };
    let plan =
        Draft::of(&problem, &tree).unwrap().finish(Vec::new(), Method::Other("random".into()));
    RandomPlan { plan, network, policy, options }
}

/// Compares, and gives whether less is held than in the plan's own order, with loops where it may
/// have any.
fn check(tensors: usize, objective: Objective, one_in: usize, choices: Vec<usize>) -> bool {
    let RandomPlan { plan, network, policy, options } =
        random_plan(tensors, objective, one_in, choices);
    plan.verify(&network, &policy, &options).unwrap();
    let moves = plan.moves(&network).unwrap();
    let priced = |order: &[usize]| replay_order(&network, &policy, &options, &moves, order);

    let best = plan.best_order();
    let replayed = priced(&best.contractions).unwrap();
    assert!(close(best.peak, replayed.peak), "{} is {}", best.peak, replayed.peak);
    let at = best.contractions.iter().position(|&at| at == best.peak_node).unwrap();
    assert!(close(replayed.live[at], replayed.peak));

    let mut all = Vec::new();
    all_orders(&plan, &mut Vec::new(), &mut all);
    let least = all.iter().filter_map(|order| priced(order).ok()).map(|order| order.peak);
    let least = least.fold(f64::INFINITY, f64::min);
    let opens = |at: usize| !plan.nodes[at].loops.is_empty();
    let is_nested = |at: usize| opens(at) && !plan.nest(at).is_empty();
    if (0..plan.nodes.len()).any(is_nested) {
        assert!(best.peak >= (1.0 - 1e-12) * least, "{} is below {least}", best.peak);
    } else {
        assert!(close(best.peak, least), "{} is {least} over all orders", best.peak);
    }
    // The first one is that of the plan.
    let own = priced(&all[0]).unwrap().peak;
    let more = 1.0 + 1e-12;
    assert!(best.peak <= own * more && own <= plan.peak * more, "{} {own}", best.peak);
    best.peak * more < own && (objective == Objective::Peak || (0..plan.nodes.len()).any(opens))
}

/// Checks random plans; `gains` is how many of them hold less, at least, in another order.
fn check_many(objective: Objective, one_in: std::ops::Range<usize>, gains: usize) {
    let plans = (2usize..8, one_in, vec(0usize..1000, 200));
    let gained = Cell::new(0);
    // The same plans on each run, so that they can be counted.
    let mut runner = TestRunner::new_with_rng(
        ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() },
        TestRng::deterministic_rng(RngAlgorithm::ChaCha),
    );
    let checked = runner.run(&plans, |(tensors, one_in, choices)| {
        if check(tensors, objective, one_in, choices) {
            gained.set(gained.get() + 1);
        }
        Ok(())
    });
    checked.unwrap();
    assert!(gained.get() >= gains, "{} plans hold less in another order", gained.get());
}

#[test]
fn no_order_of_a_tree_has_a_lower_peak() {
    check_many(Objective::Peak, 1..2, 150);
}

#[test]
fn no_order_with_contracted_loops_has_a_lower_peak() {
    check_many(Objective::PeakBatched, 2..6, 60);
}

#[test]
fn no_order_with_assembling_loops_has_a_lower_peak() {
    check_many(Objective::SpaceTimeBatched, 2..6, 80);
}

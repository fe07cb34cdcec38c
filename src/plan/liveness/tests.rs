//! Intervals against the plain rules, node by node, on random trees with random loops. Sizes are
//! compared with the independent replay (`Plan::verify`).

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::plan::order::tests::{RandomPlan, random_plan};
use crate::problem::Objective;

/// The nodes live at a node: tensors, and results made by then, whose last use is to come; and results
/// above that loops assemble.
fn live_at(plan: &Plan, at: usize) -> Vec<usize> {
    let last_use = sharing::last_use(&plan.nodes);
    let is_live = |&node: &usize| {
        sharing::is_live(&plan.nodes, &last_use, node, at)
            || node > at && plan.is_assembled(node) && plan.is_below(at, node)
    };
    (0..plan.nodes.len()).filter(is_live).collect()
}

/// The number of openers around a tensor whose loops have been entered: a tensor changes its size only
/// where this number grows.
fn entered(plan: &Plan, leaf: usize, at: usize) -> usize {
    let openers = (0..plan.nodes.len()).filter(|&above| !plan.nodes[above].loops.is_empty());
    let around = openers.filter(|&opener| plan.is_below(leaf, opener));
    around.filter(|&opener| opener == at || plan.is_below(at, opener)).count()
}

fn check(random: &RandomPlan) {
    let RandomPlan { plan, network, policy, options } = random;
    plan.verify(network, policy, options).unwrap();
    let lives = plan.lifetimes();
    for at in 0..plan.nodes.len() {
        let there: Vec<Live> = plan.live(at);
        let nodes: Vec<usize> = there.iter().map(|one| one.node).collect();
        assert_eq!(nodes, live_at(plan, at));
        assert_eq!(nodes, plan.live_at(at));
    }
    for pair in lives.windows(2).filter(|pair| pair[0].node == pair[1].node) {
        let (before, after) = (pair[0], pair[1]);
        assert_eq!(before.to + 1, after.from);
        assert!(plan.is_leaf(before.node) && before.elements > after.elements);
        let [was, is] = [before.to, after.from].map(|at| entered(plan, after.node, at));
        assert!(was < is, "it changes where loops are entered");
    }
    for life in lives.iter().filter(|life| plan.is_leaf(life.node)) {
        let node = &plan.nodes[life.node];
        let around = entered(plan, life.node, life.node);
        match entered(plan, life.node, life.from) {
            0 => assert_eq!(life.elements, node.footprint),
            inside if inside == around => assert_eq!(life.elements, node.sliced_footprint),
            _ => assert!((node.sliced_footprint..=node.footprint).contains(&life.elements)),
        }
    }
    // Linear: a tensor has an interval more for each of its indices, at most.
    for at in 0..plan.nodes.len() {
        let count = lives.iter().filter(|life| life.node == at).count();
        assert!((1..=1 + plan.open(at).len()).contains(&count));
    }
    let text = plan.to_json();
    let read = Plan::from_json(&text).unwrap();
    assert_eq!(&read, plan);
    assert_eq!((read.to_json(), read.lifetimes()), (text, lives));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn intervals_agree_with_the_rules(
        tensors in 1usize..9, slicing in 0usize..3, one_in in 1usize..4,
        choices in vec(0usize..1000, 200),
    ) {
        let objective =
            [Objective::Peak, Objective::PeakBatched, Objective::SpaceTimeBatched][slicing];
        check(&random_plan(tensors, objective, one_in, choices));
    }
}

/// A tensor inside two loops, of which it carries but the inner one's index, has two sizes.
#[test]
fn equal_sizes_share_an_interval() {
    let lives = [Life { node: 3, from: 0, to: 4, elements: 7.0 }];
    let mut lifetimes = Lifetimes { lives: lives.to_vec(), ends: Vec::new() };
    lifetimes.begin(3, 2, 4, 7.0);
    assert_eq!(lifetimes.lives, lives);
    lifetimes.begin(3, 2, 4, 5.0);
    let expected = [Life { to: 1, ..lives[0] }, Life { node: 3, from: 2, to: 4, elements: 5.0 }];
    assert_eq!(lifetimes.lives, expected);
    // Loops entered at once leave no moment between.
    lifetimes.begin(3, 2, 4, 2.0);
    assert_eq!(lifetimes.lives[1], Life { elements: 2.0, ..expected[1] });
}

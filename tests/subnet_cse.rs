//! Equal intermediates charged once, by hand: which are equal, what the plan reports, and which
//! requests are refused.

use qube_budget::internals::replay::{Move, replay};
use qube_budget::network::{Network, Spaces, parse};
use qube_budget::plan::{Cache, Evaluation, Plan};
use qube_budget::{BatchPolicy, Error, Objective, Options, optimize, optimize_many};
use serde_json::json;

fn sharing(objective: Objective) -> Options {
    Options { objective, subnet_cse: true, ..Options::default() }
}

/// i and a, as in coupled cluster.
fn spaces(i: i64, a: i64) -> Spaces {
    let mut spaces = Spaces::new();
    spaces.add("i", i).unwrap();
    spaces.add("a", a).unwrap();
    spaces
}

fn planned(text: &str, spaces: &Spaces, policy: &BatchPolicy) -> (Network, Plan) {
    let network = parse(text, spaces).unwrap();
    let plan = optimize(&network, policy, &sharing(Objective::Flops)).unwrap();
    (network, plan)
}

fn evaluations(plan: &Plan) -> Vec<Evaluation> {
    plan.nodes.iter().map(|node| node.evaluation).collect()
}

fn shares(plan: &Plan) -> bool {
    plan.nodes.iter().any(|node| node.shared_with().is_some())
}

const TWICE: &str = "A{i_1;a_1} B{a_1;i_2} A{i_2;a_2} B{a_2;i_3}";

/// X = A B, and then X X.
#[test]
fn a_chain_by_hand() {
    use Evaluation::{Own, Shared, Skipped};
    let (network, plan) = planned(TWICE, &spaces(10, 20), &BatchPolicy::new());
    assert_eq!(plan.sequence(), [0, 1, -1, 2, 3, -1, -1]);
    assert_eq!(evaluations(&plan), [Own, Own, Own, Skipped, Skipped, Shared { with: 2 }, Own]);
    // X is 10 * 20 * 10, X X is 10 * 10 * 10.
    assert_eq!((plan.cost, plan.flops), (3000.0, 3000.0));
    assert!(plan.search.optimal && plan.search.lower_bound == 3000.0);
    // A and B are 200 each, X is 100, the result 100. The other A and B are not there.
    let live: Vec<f64> = plan.nodes.iter().map(|node| node.live).collect();
    assert_eq!(live, [400.0, 400.0, 500.0, 100.0, 100.0, 100.0, 200.0]);
    let after: Vec<f64> = plan.nodes.iter().map(|node| node.live_after).collect();
    assert_eq!(after, [400.0, 400.0, 100.0, 100.0, 100.0, 100.0, 100.0]);
    assert_eq!((plan.peak, plan.peak_node), (500.0, 2));
    assert_eq!(plan.live_at(6), [2, 6]);
    let alone = optimize(&network, &BatchPolicy::new(), &Options::default()).unwrap();
    assert_eq!(alone.cost, 5000.0);
}

/// The network lists i_1 before i_2, and the other way round in what i_1 and i_2 correspond to.
#[test]
fn labels_of_shared_nodes_correspond() {
    let text = "S{i_1;i_4} B{a_2;i_3} A{i_2;a_2} A{i_1;a_1} B{a_1;i_2}";
    let plan = planned(text, &spaces(10, 20), &BatchPolicy::new()).1;
    let shared = plan.nodes.iter().position(|node| node.shared_with().is_some()).unwrap();
    let source = plan.nodes[shared].shared_with().unwrap();
    let (here, there) = (plan.open(shared), plan.open(source));
    // A B from a row to a column: i_1 to i_2, i_2 to i_3.
    let mut pairs: Vec<_> = there.into_iter().zip(here).collect();
    pairs.sort_unstable();
    let expected = if plan.members(source) == [1, 2] {
        [("i_2", "i_1"), ("i_3", "i_2")]
    } else {
        [("i_1", "i_2"), ("i_2", "i_3")]
    };
    assert_eq!(pairs, expected);
}

/// Each differs from A B A B in one thing that makes the two A B different intermediates.
#[test]
fn what_differs_is_not_shared() {
    let mut policy = BatchPolicy::new();
    let mut spaces = spaces(10, 20);
    spaces.add("b", 20).unwrap();
    assert!(shares(&planned(TWICE, &spaces, &policy).1));
    for (text, what) in [
        ("A{i_1;a_1} B{a_1;i_2} A{i_2;a_2} C{a_2;i_3}", "a label"),
        ("A{i_1;a_1} B{a_1;i_2} A{i_2;b_2} B{b_2;i_3}", "a space"),
        ("A{i_1;a_1} B{a_1;i_2} A{a_2;i_2} B{a_2;i_3}", "a slot"),
        ("A{i_1;a_1} B{a_1;i_2} A{i_2;a_2} B{a_2;i_2}", "a connection"),
        ("A{i_1;a_1} B{a_1;i_2} A{i_2;a_2} B{a_2;i_3} C{a_2}", "an open slot"),
    ] {
        assert!(!shares(&planned(text, &spaces, &policy).1), "{what}");
    }
    // Both tensors A are volatile, or one of them is.
    policy.volatile("A");
    assert!(shares(&planned(TWICE, &spaces, &policy).1));
    let mut one = BatchPolicy::new();
    one.volatile_position(2);
    assert!(!shares(&planned(TWICE, &spaces, &one).1));
    // Volatile both, but not by the same tensor.
    one.volatile_position(1);
    let plan = planned(TWICE, &spaces, &one).1;
    assert!(!shares(&plan) && plan.nodes.iter().filter(|node| node.volatile).count() == 5);
}

#[test]
fn without_repetition_nothing_changes() {
    let network = parse("A{i_1;a_1} B{a_1;i_2} C{i_2;i_3}", &spaces(3, 5)).unwrap();
    let none = BatchPolicy::new();
    let mut plan = optimize(&network, &none, &sharing(Objective::Size)).unwrap();
    let alone = Options { objective: Objective::Size, ..Options::default() };
    let mut alone = optimize(&network, &none, &alone).unwrap();
    (plan.search.seconds, alone.search.seconds) = (0.0, 0.0);
    assert_eq!(plan, alone);
}

#[test]
fn other_objectives_refuse() {
    let network = parse(TWICE, &spaces(3, 5)).unwrap();
    for objective in Objective::ALL {
        let planned = optimize(&network, &BatchPolicy::new(), &sharing(objective));
        match objective {
            Objective::Flops | Objective::Size => assert!(planned.is_ok()),
            _ => {
                let refused = matches!(planned, Err(Error::Option { name: "subnet_cse", .. }));
                assert!(refused, "{objective:?}");
            }
        }
    }
}

/// A volatile node in one place and a persistent one in the other consume X = A B.
#[test]
fn what_any_use_needs_on_every_replay_is_kept() {
    let mut policy = BatchPolicy::new();
    policy.volatile("t");
    let text = "A{i_1;a_1} B{a_1;i_2} D{i_2;i_3} t{i_3;i_4} A{i_4;a_2} B{a_2;i_5} t{i_5;i_6}";
    let network = parse(text, &spaces(4, 50)).unwrap();
    let options = Options { volatile_weight: 100.0, ..sharing(Objective::Flops) };
    let plan = optimize(&network, &policy, &options).unwrap();
    let shared = plan.nodes.iter().position(|node| node.shared_with().is_some()).unwrap();
    let source = plan.nodes[shared].shared_with().unwrap();
    assert_eq!(plan.members(source), [0, 1]);
    assert_eq!(plan.nodes[source].cache, Cache::Keep);
    assert_eq!(plan.nodes[shared].cache, Cache::Transient);
    // A B D is persistent and kept too, so the only use of A B on the next replay is the shared one.
    let abd = (0..plan.nodes.len()).find(|&at| plan.members(at) == [0, 1, 2]).unwrap();
    let abd = &plan.nodes[abd];
    assert!(!abd.volatile && abd.cache == Cache::Keep);
}

#[test]
fn a_replay_refuses_what_is_not_the_same() {
    let policy = BatchPolicy::new();
    let text = "A{i_1;a_1} B{a_1;i_2} A{i_2;a_2} B{a_2;i_2}";
    let other = parse(text, &spaces(10, 20)).unwrap();
    let (network, plan) = planned(TWICE, &spaces(10, 20), &policy);
    let options = sharing(Objective::Flops);
    let moves = plan.moves(&network).unwrap();
    assert_eq!(moves[5], Move::Share { with: 2 });
    let refused = |network: &Network, moves: &[Move]| {
        replay(network, &policy, &options, moves).unwrap_err().to_string()
    };
    assert!(refused(&other, &moves).contains("which is a different intermediate"));
    for with in [0, 3, 5, 6, 7] {
        let mut moves = moves.clone();
        moves[5] = Move::Share { with };
        assert!(refused(&network, &moves).contains("an earlier contraction"), "{with}");
    }
}

#[test]
fn documents_that_share_wrongly_are_refused() {
    let plan = planned(TWICE, &spaces(10, 20), &BatchPolicy::new()).1;
    let good: serde_json::Value = serde_json::from_str(&plan.to_json()).unwrap();
    assert_eq!(good["nodes"][5]["shared_with"], 2);
    for (path, value, piece) in [
        ("/nodes/5/shared_with", json!(6), "node (5) is shared with (6); give an earlier node"),
        ("/nodes/5/shared_with", json!(0), "not an equal node evaluated before it"),
        ("/nodes/5/shared_with", json!(null), "skipped, but is not below a shared node"),
        ("/nodes/3/skipped", json!(false), "below a shared or skipped node, but is not skipped"),
        ("/nodes/3/label", json!("C"), "not an equal node evaluated before it"),
        ("/nodes/5/cost", json!(7.0), "not evaluated, but has flops 0 and cost 7; give 0"),
        ("/nodes/5/flops", json!(7.0), "not evaluated, but has flops 7 and cost 0; give 0"),
        ("/objective", json!("peak"), "only plans for flops or size without loops share"),
    ] {
        let mut document = good.clone();
        *document.pointer_mut(path).unwrap() = value;
        let message = Plan::from_json(&document.to_string()).unwrap_err().to_string();
        assert!(message.contains(piece), "{path}: '{message}' names {piece}");
    }
}

#[test]
fn drawings_show_what_is_shared() {
    let plan = planned(TWICE, &spaces(10, 20), &BatchPolicy::new()).1;
    let (dot, svg) = (plan.to_dot(), plan.to_svg());
    assert!(dot.contains("n2 -> n5 [label=\"renamed\", style=dashed]"), "{dot}");
    assert!(!dot.contains("n3 [") && !dot.contains("n4 ["), "what is skipped is not drawn");
    assert!(svg.contains(">(2) → (5)</text>") && !svg.contains(">A(3)</text>"));
    assert!(plan.report().contains("(2) renamed -> (5) [i_2 i_3]"));
}

/// Two terms that both have X X: the second takes it from the first, X with it.
#[test]
fn terms_share_beyond_what_each_shares_itself() {
    let spaces = spaces(10, 20);
    let once = parse("A{i_1;a_1} B{a_1;i_2}", &spaces).unwrap();
    let twice = parse(TWICE, &spaces).unwrap();
    let (policy, options) = (BatchPolicy::new(), sharing(Objective::Flops));
    let plan = |terms: &[&Network]| optimize_many(terms, &policy, &options, 1, |_, _| 0).unwrap();
    let both = plan(&[&twice, &twice]);
    assert_eq!((both.cost, both.savings, both.shared.len()), (6000.0, 3000.0, 1));
    assert_eq!(plan(&[&twice, &once]).savings, 2000.0);
    assert_eq!(plan(&[&once, &twice]).savings, 2000.0);
    assert_eq!(plan(&[&twice]).savings, 0.0);
    // A B C of the first term would be taken whole, but its A B is needed beside it.
    let text = "A{i_1;a_1} B{a_1;i_2} C{i_2;i_3} D{i_3;i_4} A{i_4;a_2} B{a_2;i_5} E{i_5;i_6}";
    let long = parse(text, &spaces).unwrap();
    let plans = plan(&[&parse("A{i_1;a_1} B{a_1;i_2} C{i_2;i_3}", &spaces).unwrap(), &long]);
    // Either way, A B C is made once, and A B serves both terms.
    assert_eq!(plans.savings, 2000.0 + 1000.0);
}

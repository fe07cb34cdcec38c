//! Verification of plans: every wrong field of a plan is found.

mod common;

use std::cmp::Ordering;

use common::networks::term;
use proptest::prelude::*;
use qube_budget::internals::replay::{Move, replay};
use qube_budget::network::{Network, Spaces, einsum};
use qube_budget::plan::{Cache, NodeKind};
use qube_budget::policy::Role;
use qube_budget::{BatchPolicy, Error, Objective, Options, Plan, Result, optimize, optimize_with};
use qube_budget::{ContractionFacts, CustomModel, LeafFacts};

/// ij jK Kl with K and i batchable, Kl volatile, and a low threshold on the peak.
fn chain() -> (Network, BatchPolicy, Options) {
    let mut letters = Spaces::new();
    for (letter, extent) in [("i", 10), ("j", 1000), ("K", 1000), ("l", 100)] {
        letters.add(letter, extent).unwrap();
    }
    let network = einsum("ij,jK,Kl->il", &letters).unwrap();
    let mut policy = BatchPolicy::new();
    policy.batch_index(Role::Contracted, "K", 300).unwrap();
    policy.batch_index(Role::External, "i", 5).unwrap();
    policy.volatile("Kl");
    policy.set_peak_threshold(Some(8 * 350_000)).unwrap();
    let options = Options { objective: Objective::SpaceTimeBatched, ..Options::default() };
    (network, policy, options)
}

fn refused(plan: &Plan, (network, policy, options): &(Network, BatchPolicy, Options)) -> String {
    let error = plan.verify(network, policy, options).unwrap_err();
    assert!(matches!(error, Error::Replay { .. }), "{error:?}");
    error.to_string()
}

type Change<'a> = &'a dyn Fn(&mut Plan);

#[test]
fn every_number_that_is_changed_is_found() {
    let of = &chain();
    let plan = optimize(&of.0, &of.1, &of.2).unwrap();
    let replayed = plan.verify(&of.0, &of.1, &of.2).unwrap();
    assert_eq!((replayed.cost, replayed.peak), (plan.cost, plan.peak));
    let opening = plan.nodes.iter().position(|node| !node.loops.is_empty()).unwrap();
    let changes: &[(&str, Change)] = &[
        ("the objective", &|plan| plan.objective = Objective::TimeSpaceBatched),
        ("bytes_per_element", &|plan| plan.bytes_per_element = 16),
        ("the cost", &|plan| plan.cost *= 1.0 + 1e-9),
        ("the flops", &|plan| plan.flops -= 1.0),
        ("the peak", &|plan| plan.peak += 1.0),
        ("the peak", &|plan| plan.peak_node = usize::MAX),
        ("the operands", &|plan| {
            let last = plan.nodes.last_mut().unwrap();
            let NodeKind::Contraction { first, second } = last.kind else { unreachable!() };
            last.kind = NodeKind::Contraction { first: second, second: first };
        }),
        ("the volatility", &|plan| plan.nodes[0].volatile ^= true),
        ("the cache", &|plan| plan.nodes.last_mut().unwrap().cache = Cache::Keep),
        ("the footprint", &|plan| plan.nodes[0].footprint += 1.0),
        ("the sliced footprint", &|plan| plan.nodes[0].sliced_footprint += 1.0),
        ("the flops of node", &|plan| plan.nodes.last_mut().unwrap().flops += 1.0),
        ("the cost of node", &|plan| plan.nodes.last_mut().unwrap().cost += 1.0),
        ("the repetitions", &|plan| plan.nodes[0].repetitions = 2.0),
        ("live before", &|plan| plan.nodes[1].live_before += 1.0),
        ("live at", &|plan| plan.nodes[1].live = f64::NAN),
        ("live after", &|plan| plan.nodes[1].live_after += 1.0),
        ("the batch of the loop", &|plan| plan.nodes[opening].loops[0].batch += 1),
        ("the number of batches", &|plan| plan.nodes[opening].loops[0].batches += 1),
        ("the role", &|plan| {
            let role = &mut plan.nodes[opening].loops[0].role;
            *role = match role {
                Role::Contracted => Role::External,
                Role::External => Role::Contracted,
            };
        }),
        ("'?', which the network does not have", &|plan| {
            plan.nodes[opening].loops[0].index = "?".into();
        }),
        ("the sequence leaves 0 results of 0 tensors; give one that leaves one of 3", &|plan| {
            plan.nodes.clear()
        }),
    ];
    for (piece, change) in changes {
        let mut changed = plan.clone();
        change(&mut changed);
        let message = refused(&changed, of);
        assert!(message.contains(piece), "'{message}' names {piece}");
    }
}

/// The labels of a plan are its network's, unless a document says otherwise.
#[test]
fn labels_of_another_network_are_found() {
    let of = &chain();
    let good = optimize(&of.0, &of.1, &of.2).unwrap().to_json();
    for (label, other, piece) in [
        (r#""label":"ij""#, r#""label":"ji""#, "the label of node"),
        (r#""open":[0,1]"#, r#""open":[1,0]"#, "the open indices of node"),
        (r#"{"label":"j","#, r#"{"label":"o","#, "the open indices of node"),
        (r#""space":"j","#, r#""space":"o","#, "the spaces of the indices"),
        (r#""space":"j","extent":"#, r#""space":"j","extent":1"#, "the extents of the indices"),
    ] {
        assert!(good.contains(label), "{good}");
        let message = refused(&Plan::from_json(&good.replace(label, other)).unwrap(), of);
        assert!(message.contains(piece), "'{message}' names {piece}");
    }
}

#[test]
fn the_threshold_is_checked() {
    let mut of = chain();
    let plan = optimize(&of.0, &of.1, &of.2).unwrap();
    assert!(plan.infeasible.is_none() && plan.nodes.iter().any(|node| !node.loops.is_empty()));
    of.1.set_peak_threshold(Some(8 * 1000)).unwrap();
    assert!(
        refused(&plan, &of)
            .contains("the plan says that it fits the threshold of 1000 elements, but its peak is")
    );
    let least = optimize(&of.0, &of.1, &of.2).unwrap();
    assert!(least.infeasible.is_some());
    least.verify(&of.0, &of.1, &of.2).unwrap();
    of.1.set_peak_threshold(Some(8 * 999)).unwrap();
    assert!(refused(&least, &of).contains("the threshold: the plan says 8000"));
    of.1.set_peak_threshold(Some(8 * 1_000_000)).unwrap();
    let mut claims = optimize(&of.0, &of.1, &of.2).unwrap();
    claims.infeasible = least.infeasible.clone();
    claims.infeasible.as_mut().unwrap().threshold = 8 * 1_000_000;
    assert!(refused(&claims, &of).contains(
        "the plan says that no plan fits the threshold of 1000000 elements, but its peak is"
    ));
    claims.infeasible.as_mut().unwrap().least_peak = 1e9;
    assert!(refused(&claims, &of).contains("the least peak is 1000000000"));
}

/// Loops where the definitions allow none.
#[test]
fn loops_out_of_place_are_refused() {
    let (network, policy, options) = chain();
    let id = |label: &str| network.find_index(label).unwrap();
    let (i, j, k) = (id("i"), id("j"), id("K"));
    // ij (jK Kl): K is contracted first, only the last contraction carries i.
    let moves = |inner: &[_], outer: &[_]| {
        vec![
            Move::Take(0),
            Move::Take(1),
            Move::Take(2),
            Move::Contract { loops: inner.to_vec() },
            Move::Contract { loops: outer.to_vec() },
        ]
    };
    // (ij jK) Kl
    let other = |inner: &[_], outer: &[_]| {
        vec![
            Move::Take(0),
            Move::Take(1),
            Move::Contract { loops: inner.to_vec() },
            Move::Take(2),
            Move::Contract { loops: outer.to_vec() },
        ]
    };
    let under = |policy: &BatchPolicy, options: &Options, moves: &[Move]| {
        replay(&network, policy, options, moves)
    };
    for (moves, piece) in [
        (moves(&[j], &[]), "entry 3 loops over 'j', which the policy does not make batchable"),
        (moves(&[], &[k]), "entry 4 loops over 'K', which it does not contract"),
        (other(&[k], &[]), "entry 2 loops over 'K', which it does not contract"),
        (moves(&[i], &[]), "entry 3 loops over 'i', which its result does not carry"),
        (moves(&[k, k], &[]), "'K', which it loops over already"),
        (other(&[i], &[i]), "entry 2 loops over 'i', which a loop around it slices already"),
        (
            other(&[], &[k, i]),
            "'i', which is external, inside a loop over 'K', which is contracted",
        ),
    ] {
        let message = under(&policy, &options, &moves).unwrap_err().to_string();
        assert!(message.contains(piece), "'{message}' names {piece}");
    }
    under(&policy, &options, &other(&[], &[i, k])).unwrap();
    under(&policy, &options, &other(&[i], &[k])).unwrap();
    let both = other(&[], &[i, k]);
    let refuses = |policy: &BatchPolicy, options: &Options, piece: &str| {
        let message = under(policy, options, &both).unwrap_err().to_string();
        assert!(message.contains(piece), "'{message}' names {piece}");
    };
    let with = |objective| Options { objective, ..options.clone() };
    refuses(&policy, &with(Objective::PeakBatched), "'i', which is external");
    refuses(&policy, &with(Objective::Peak), "'i', but peak opens no loops");
    let mut unlimited = policy.clone();
    unlimited.set_peak_threshold(None).unwrap();
    refuses(&unlimited, &options, "'i', but the policy sets no threshold on the peak");
    let mut whole = policy.clone();
    whole.batch_index(Role::External, "i", 10).unwrap();
    refuses(&whole, &options, "'i', in one batch of 10");
    let mut persistent = policy.clone();
    persistent.set_persistent_only(true);
    refuses(&persistent, &options, "'K', but the policy is persistent_only, and 'Kl' below it");
}

/// By hand, i in 2 batches, K in 4: hoisted nodes, repeated nodes, and slices made on every replay.
#[test]
fn what_nested_loops_repeat_is_counted_by_hand() {
    let (network, policy, options) = chain();
    let options = Options { volatile_weight: 7.0, ..options };
    let id = |label: &str| network.find_index(label).unwrap();
    // ij (jK Kl), i around the last contraction: jK Kl does not carry i, and is hoisted out.
    let hoisted = [
        Move::Take(0),
        Move::Take(1),
        Move::Take(2),
        Move::Contract { loops: vec![id("K")] },
        Move::Contract { loops: vec![id("i")] },
    ];
    let replayed = replay(&network, &policy, &options, &hoisted).unwrap();
    let (inner, last) = (1000.0 * 1000.0 * 100.0, 10.0 * 1000.0 * 100.0);
    assert_eq!(replayed.cost, 7.0 * (inner + last));
    // At jK Kl: ij, the parts of jK and Kl, jl, and the whole result il that the loop over i assembles.
    let at = 5.0 * 1000.0 + 1000.0 * 300.0 + 300.0 * 100.0 + 1000.0 * 100.0 + 10.0 * 100.0;
    assert_eq!(replayed.live[3], at);
    // Before the loop over K is entered, jK and Kl wait whole.
    assert_eq!(replayed.peak, 5.0 * 1000.0 + 1000.0 * 1000.0 + 1000.0 * 100.0 + 10.0 * 100.0);
    // With one over j inside that over i, jK Kl carries j: its slices are made for each batch of i.
    let mut over_j = policy.clone();
    over_j.batch_index(Role::Contracted, "j", 500).unwrap();
    let mut repeated = hoisted.clone();
    repeated[4] = Move::Contract { loops: vec![id("i"), id("j")] };
    let replayed = replay(&network, &over_j, &options, &repeated).unwrap();
    assert_eq!(replayed.cost, 7.0 * (2.0 * inner + last));
    assert_eq!((replayed.moves[3].repetitions, replayed.moves[4].repetitions), (2.0, 1.0));
    // (ij jK) Kl inside i and K: the persistent ij jK is made in slices, on every replay.
    let sliced = [
        Move::Take(0),
        Move::Take(1),
        Move::Contract { loops: vec![] },
        Move::Take(2),
        Move::Contract { loops: vec![id("i"), id("K")] },
    ];
    let replayed = replay(&network, &policy, &options, &sliced).unwrap();
    let (inner, last) = (10.0 * 1000.0 * 1000.0, 10.0 * 1000.0 * 100.0);
    assert_eq!(replayed.cost, 7.0 * (inner + last));
    assert_eq!(replayed.moves[2].cache, Cache::Sliced);
}

/// The size of the largest intermediate.
struct Largest;

impl CustomModel for Largest {
    type State = f64;

    fn leaf(&self, _: &LeafFacts) -> Result<f64> {
        Ok(0.0)
    }

    fn combine(&self, to: &ContractionFacts, left: &f64, right: &f64) -> Result<f64> {
        Ok(to.footprint.max(*left).max(*right))
    }

    fn compare(&self, a: &f64, b: &f64) -> Result<Ordering> {
        Ok(a.total_cmp(b))
    }

    fn value(&self, state: &f64) -> Result<f64> {
        Ok(*state)
    }
}

#[test]
fn a_custom_model_exempts_the_cost_alone() {
    let (network, policy, options) = chain();
    let mut plan = optimize_with(&network, &policy, &options, &Largest).unwrap();
    plan.verify(&network, &policy, &options).unwrap();
    plan.cost += 1.0;
    plan.verify(&network, &policy, &options).unwrap();
    plan.peak += 1.0;
    assert!(refused(&plan, &(network, policy, options)).contains("the peak"));
}

#[test]
fn sizes_beyond_a_double_are_refused_as_by_the_search() {
    let (small, policy, options) = chain();
    let plan = optimize(&small, &policy, &options).unwrap();
    let mut letters = Spaces::new();
    let text: String = ('a'..='z').collect();
    text.chars().for_each(|letter| letters.add(&letter.to_string(), i64::MAX).unwrap());
    let large = einsum(&format!("{text},{text}->"), &letters).unwrap();
    let error = plan.verify(&large, &BatchPolicy::new(), &options).unwrap_err();
    assert!(matches!(error, Error::Replay { .. } | Error::Overflow { .. }), "{error:?}");
    let sequence = [Move::Take(0), Move::Take(1), Move::Contract { loops: vec![] }];
    let error = replay(&large, &BatchPolicy::new(), &options, &sequence).unwrap_err();
    assert!(matches!(error, Error::Overflow { .. }), "{error:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn plans_of_all_objectives_agree_with_their_recomputation(
        term in term(1..7), fraction in 0.01..1.2f64, volatile_weight in 1u32..9,
    ) {
        for objective in Objective::ALL {
            let options =
                Options { objective, volatile_weight: volatile_weight.into(), ..Options::default() };
            let plan = optimize(&term.network, &term.policy, &options).unwrap();
            plan.verify(&term.network, &term.policy, &options).unwrap();
            let mut policy = term.policy.clone();
            policy.set_peak_threshold(Some(((8.0 * fraction * plan.peak) as i64).max(1))).unwrap();
            let plan = optimize(&term.network, &policy, &options).unwrap();
            plan.verify(&term.network, &policy, &options).unwrap();
            let again = Plan::from_json(&plan.to_json()).unwrap();
            again.verify(&term.network, &policy, &options).unwrap();
        }
    }
}

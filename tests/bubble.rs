//! The quadratic bubble of PNO-CCSD over density-fitted integrals, in words: how finely Κ can be sliced,
//! and what its accumulator costs, decide where Κ is contracted. The term is
//! `g{i_4;μ̃_1;Κ_1} C C t .. g{i_3;μ̃_4;Κ_1} C C t ..`: Κ joins two halves, of tensors 0 to 2 and 6 to 11,
//! that may be contracted before it (late: intermediates carry Κ) or not at all (early: the bare
//! integrals give one without Κ). Networks and the reference's own plans are in
//! tests/data/scenarios.json, which tests/reference.rs compares number by number.

mod common;

use common::reference::{Expected, ReferenceCase, load};
use qube_budget::plan::NodeKind;
use qube_budget::{Objective, Options, Plan, optimize};

const K: &str = "Κ_1";
/// The two integrals that carry Κ.
const INTEGRALS: [usize; 2] = [0, 6];
const FACTORS: [f64; 6] = [0.0, 0.25, 0.5, 1.0, 3.0, 10.0];

fn case(name: &str) -> ReferenceCase {
    load("scenarios.json").into_iter().find(|case| case.name == name).unwrap()
}

fn plan(case: &ReferenceCase, factor: f64, tolerance: f64, volatile_weight: f64) -> Plan {
    let mut policy = case.case.policy.clone();
    policy.set_accumulation_factor(factor).unwrap();
    let options = Options {
        objective: Objective::PeakBatched,
        peak_flops_tolerance: tolerance,
        volatile_weight,
        ..Options::default()
    };
    optimize(&case.case.network, &policy, &options).unwrap()
}

fn carries(plan: &Plan, at: usize) -> bool {
    plan.open(at).contains(&K)
}

/// The contraction that sums Κ, and its operands.
fn sums(plan: &Plan) -> (usize, [usize; 2]) {
    let operands = |at: usize| match plan.nodes[at].kind {
        NodeKind::Contraction { first, second } => Some([first, second]),
        NodeKind::Leaf { .. } => None,
    };
    let of_k = |&at: &usize| {
        let takes_in = |parts: [usize; 2]| parts.iter().any(|&part| carries(plan, part));
        !carries(plan, at) && operands(at).is_some_and(takes_in)
    };
    let mut found = (0..plan.nodes.len()).filter(of_k);
    let at = found.next().unwrap();
    assert!(found.next().is_none(), "an index is summed once");
    (at, operands(at).unwrap())
}

/// Results, not tensors, that carry Κ.
fn intermediates_with_k(plan: &Plan) -> Vec<usize> {
    let is_result = |&at: &usize| plan.label(at).is_none();
    (0..plan.nodes.len()).filter(is_result).filter(|&at| carries(plan, at)).collect()
}

/// Κ is summed over the bare integrals, before anything else touches them; no loop is needed.
fn is_early(plan: &Plan) -> bool {
    let (node, operands) = sums(plan);
    let bare =
        plan.members(node) == INTEGRALS && operands.iter().all(|&one| plan.label(one).is_some());
    assert_eq!(bare, intermediates_with_k(plan).is_empty());
    assert!(!bare || plan.nodes.iter().all(|node| node.loops.is_empty()));
    bare
}

/// Κ is summed inside a loop over its batches, from operands that have taken in other tensors.
fn is_late(plan: &Plan) -> bool {
    let (node, operands) = sums(plan);
    let sliced = plan.nodes[node].loops.iter().any(|one| one.index == K);
    let taken_in = operands.iter().all(|&one| plan.label(one).is_none() && carries(plan, one));
    assert!(!taken_in || sliced, "whole, the intermediates with Κ are larger than any peak here");
    sliced && taken_in
}

#[test]
fn batches_of_two_contract_k_late_whatever_the_accumulator_takes() {
    let case = case("bubble_K2");
    for factor in FACTORS {
        for (tolerance, weight) in [(0.0, 1.0), (0.1, 1.0), (0.0, 100.0), (0.1, 100.0)] {
            let plan = plan(&case, factor, tolerance, weight);
            assert!(is_late(&plan) && !is_early(&plan), "factor {factor}, weight {weight}");
            let (node, operands) = sums(&plan);
            let node = &plan.nodes[node];
            assert_eq!((node.loops[0].batch, node.loops[0].batches), (2, 1180));
            // One half is complete before Κ is summed: its 1.2e12 elements only ever exist in slices,
            // which is why this order pays with batches this fine alone.
            let size = |at: usize| plan.nodes[at].footprint;
            let largest =
                operands.into_iter().max_by(|&a, &b| size(a).total_cmp(&size(b))).unwrap();
            assert_eq!(plan.members(largest), [6, 7, 8, 9, 10, 11]);
            let largest = &plan.nodes[largest];
            assert_eq!(largest.sliced_footprint, largest.footprint / 1180.0);
            assert!(largest.footprint > 100.0 * plan.peak);
            // In return, what is accumulated is small, so that the factor does not matter much.
            assert!(node.footprint < 0.1 * plan.peak);
        }
    }
}

#[test]
fn batches_of_72_contract_k_early_once_the_accumulator_is_paid_for() {
    let case = case("bubble_K72");
    for (tolerance, weight) in [(0.0, 1.0), (0.1, 1.0), (0.0, 100.0), (0.1, 100.0)] {
        for factor in [1.0, 3.0, 10.0] {
            let plan = plan(&case, factor, tolerance, weight);
            assert!(is_early(&plan) && !is_late(&plan), "factor {factor}, weight {weight}");
        }
        // Where a batch is added in place, it is still better to sum Κ late, but from halves that are
        // not complete: a slice of 72 of a complete one would be too large.
        for factor in [0.0, 0.25] {
            let plan = plan(&case, factor, tolerance, weight);
            assert!(is_late(&plan), "factor {factor}, weight {weight}");
            let (node, operands) = sums(&plan);
            let node = &plan.nodes[node];
            assert_eq!((node.loops[0].batch, node.loops[0].batches), (72, 33));
            assert!(operands.iter().all(|&one| plan.members(one).len() <= 3));
            assert!(node.footprint > 0.5 * plan.peak, "the accumulator is most of the peak");
        }
    }
}

/// With a batch of 72 the late order takes 6.93e9 elements and its accumulator 5.90e9 more per unit of
/// the factor; the early one takes 10.36e9. So the flip is between factors 0.5 and 1, and the least
/// peak rises with the factor until there, and no further.
#[test]
fn the_accumulation_factor_flips_the_order() {
    let case = case("bubble_K72");
    let least = |factor| plan(&case, factor, 0.0, 1.0);
    assert!(is_late(&least(0.5)) && is_early(&least(1.0)));
    let late = least(0.0).peak;
    let best = least(0.0);
    let accumulator = best.nodes[sums(&best).0].footprint;
    for factor in [0.25, 0.5] {
        assert_eq!(least(factor).peak, late + factor * accumulator);
    }
    let early = least(1.0).peak;
    assert!(late < early && early < late + accumulator);
    for factor in [3.0, 10.0, 1e6] {
        assert_eq!(least(factor).peak, early);
    }
}

/// The same structure in the sequences that SeQuant found: where Κ is summed, the stack holds the two
/// bare integrals, or halves that have taken in more.
#[test]
fn the_reference_flips_alike() {
    for (name, factor, early) in [
        ("bubble_K2", 0.0, false),
        ("bubble_K2", 1.0, false),
        ("bubble_K2", 10.0, false),
        ("bubble_K72", 0.0, false),
        ("bubble_K72", 1.0, true),
        ("bubble_K72", 10.0, true),
    ] {
        let mut seen = 0;
        for result in case(name).results.iter().filter(|one| one.accumulation_factor == factor) {
            let Expected::Frontier { chosen, .. } = &result.expected else { continue };
            for (tolerance, sequence) in chosen {
                assert_eq!(sums_bare_integrals(sequence), early, "{name}, {factor}, {tolerance}");
                seen += 1;
            }
        }
        assert!(seen >= 8, "{name} with factor {factor} has {seen} plans");
    }
}

/// Whether a sequence joins the two integrals with nothing else.
fn sums_bare_integrals(sequence: &[i64]) -> bool {
    let mut stack: Vec<Vec<usize>> = Vec::new();
    for &entry in sequence {
        let members = match usize::try_from(entry) {
            Ok(tensor) => vec![tensor],
            Err(_) => {
                let mut members = [stack.pop().unwrap(), stack.pop().unwrap()].concat();
                members.sort_unstable();
                if INTEGRALS.iter().all(|tensor| members.contains(tensor)) {
                    return members == INTEGRALS;
                }
                members
            }
        };
        stack.push(members);
    }
    unreachable!("the root holds both")
}

//! Every result of the reference data: values agree to 1e-12 relative, and every returned plan,
//! replayed by independent code, achieves its value.
//!
//! tests/data/*.json were computed with SeQuant 3168a655 (2026-08-20); each file says so itself.

mod common;

use approx::relative_eq;
use common::reference::{Expected, ReferenceCase, load};
use qube_budget::plan::replay::{Move, replay};
use qube_budget::{BatchPolicy, optimize};
use rayon::prelude::*;

const TOLERANCE: f64 = 1e-12;

fn close(a: f64, b: f64) -> bool {
    relative_eq!(a, b, max_relative = TOLERANCE)
}

#[test]
fn random_networks() {
    assert_eq!(check_file("random.json"), 3642);
}

#[test]
fn edge_cases() {
    assert_eq!(check_file("edge.json"), 738);
}

#[test]
fn scenarios() {
    assert_eq!(check_file("scenarios.json"), 86);
}

#[test]
fn interleaved_network() {
    assert_eq!(check_file("interleave.json"), 2);
}

#[test]
fn spin_orbital_and_closed_shell_ccsd() {
    assert_eq!(check_file("cc_so_ccsd.json"), 420);
    assert_eq!(check_file("cc_cs_ccsd.json"), 826);
}

#[test]
fn density_fitted_ccsd() {
    assert_eq!(check_file("cc_df_ccsd.json"), 1862);
}

#[test]
fn pno_ccsd() {
    assert_eq!(check_file("cc_pno_ccsd.json"), 1722);
    assert_eq!(check_file("cc_pno_ccsd_big.json"), 361);
}

#[test]
fn pno_ccsd_with_batched_pao() {
    assert_eq!(check_file("cc_pno_ccsd_pao.json"), 96);
}

/// Checks every result of a file and returns how many there were.
fn check_file(file: &str) -> usize {
    load(file).par_iter().map(check_case).sum()
}

fn check_case(reference: &ReferenceCase) -> usize {
    let network = &reference.case.network;
    let root_open: Vec<_> = network.labels(network.targets());
    for label in &reference.root_open {
        assert!(root_open.contains(&label.as_str()), "{}: {label} is open", reference.name);
    }
    for (at, result) in reference.results.iter().enumerate() {
        let policy = result.policy(&reference.case.policy);
        let at = format!("{} result {at} ({:?})", reference.name, result.options);
        match &result.expected {
            Expected::Cost { cost, sequence } => {
                let plan = optimize(network, &policy, &result.options).unwrap();
                assert!(close(plan.cost, *cost), "{at}: cost {} is {cost}", plan.cost);
                check_replay(reference, &policy, &result.options, &plan, &at);
                let theirs = replay(network, &policy, &result.options, &moves(sequence)).unwrap();
                assert!(close(theirs.cost, *cost), "{at}: their sequence costs {}", theirs.cost);
                assert_eq!(&plan.sequence(), sequence, "{at}: ties fall as in the reference");
            }
            Expected::Frontier { frontier, chosen } => {
                for (tolerance, sequence) in chosen {
                    let mut options = result.options.clone();
                    options.peak_flops_tolerance = *tolerance;
                    let plan = optimize(network, &policy, &options).unwrap();
                    assert_eq!(plan.frontier.len(), frontier.len(), "{at}: {:?}", plan.frontier);
                    for (ours, theirs) in plan.frontier.iter().zip(frontier) {
                        assert!(close(ours.0, theirs.0), "{at}: {ours:?} is {theirs:?}");
                        assert!(close(ours.1, theirs.1), "{at}: {ours:?} is {theirs:?}");
                    }
                    check_replay(reference, &policy, &options, &plan, &at);
                    assert_eq!(&plan.sequence(), sequence, "{at}: ties fall as in the reference");
                }
            }
        }
    }
    reference.results.len()
}

fn check_replay(
    reference: &ReferenceCase,
    policy: &BatchPolicy,
    options: &qube_budget::Options,
    plan: &qube_budget::Plan,
    at: &str,
) {
    let network = &reference.case.network;
    let again = replay(network, policy, options, &plan.moves(network).unwrap()).unwrap();
    assert!(close(again.cost, plan.cost), "{at}: replayed cost {} is {}", again.cost, plan.cost);
    assert!(close(again.flops, plan.flops), "{at}: replayed flops");
    assert!(close(again.peak, plan.peak), "{at}: replayed peak {} is {}", again.peak, plan.peak);
    for (live, node) in again.live.iter().zip(&plan.nodes) {
        assert!(close(*live, node.live), "{at}: replayed live {live} is {}", node.live);
    }
    if let Some(&(least, _)) = plan.frontier.first() {
        let limit = (1.0 + options.peak_flops_tolerance) * least * (1.0 + TOLERANCE);
        assert!(plan.peak <= limit, "{at}: peak {} within {limit}", plan.peak);
        let achieved =
            |&(peak, cost): &(f64, f64)| close(peak, plan.peak) && close(cost, plan.cost);
        assert!(plan.frontier.iter().any(achieved), "{at}: the plan is a point of the frontier");
    }
}

fn moves(sequence: &[i64]) -> Vec<Move> {
    let one = |&entry: &i64| match usize::try_from(entry) {
        Ok(tensor) => Move::Take(tensor),
        Err(_) => Move::Contract { loops: Vec::new() },
    };
    sequence.iter().map(one).collect()
}

//! Every result of the reference data: values agree to 1e-12 relative, and every returned plan,
//! replayed by independent code, achieves its value.
//!
//! tests/data/*.json were computed with SeQuant 3168a655 (2026-08-20); each file says so itself.

mod common;

use approx::relative_eq;
use common::reference::{Expected, ReferenceCase, load};
use qube_budget::document::Case;
use qube_budget::internals::replay::{Move, replay};
use qube_budget::policy::Role;
use qube_budget::{BatchPolicy, Objective, Options, optimize};
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

/// The reference data have no results for the objectives with a threshold: the plans stand their
/// replay, fit or say that nothing does, and cost no less than without a threshold.
#[test]
fn plans_under_thresholds_of_coupled_cluster_terms() {
    let cases = ["cc_df_ccsd.json", "cc_pno_ccsd.json", "cc_pno_ccsd_pao.json"].map(load);
    let checked: usize = cases
        .iter()
        .flatten()
        .collect::<Vec<_>>()
        .par_iter()
        .map(|case| {
            if case.case.network.tensors().len() > 5 {
                return 0;
            }
            under_thresholds(&case.case)
        })
        .sum();
    assert!(checked > 300, "{checked} plans");
}

/// Checks plans at a few thresholds and returns how many there were.
fn under_thresholds(case: &Case) -> usize {
    let network = &case.network;
    let mut checked = 0;
    for objective in [Objective::TimeSpaceBatched, Objective::SpaceTimeBatched] {
        let options = Options { objective, volatile_weight: 20.0, ..Options::default() };
        let whole = optimize(network, &case.policy, &options).unwrap();
        whole.verify(network, &case.policy, &options).unwrap();
        for fraction in [0.02, 0.5, 0.9] {
            let mut policy = case.policy.clone();
            // What is contracted may be sliced in the result, too.
            for index in network.indices() {
                if let Some(target) = policy.space_target(Role::Contracted, &index.space) {
                    policy.batch_space(Role::External, &index.space, target as i64).unwrap();
                }
            }
            let bytes = (8.0 * fraction * whole.peak).max(1.0);
            policy.set_peak_threshold(Some(bytes as i64)).unwrap();
            let plan = optimize(network, &policy, &options).unwrap();
            plan.verify(network, &policy, &options).unwrap();
            assert!(plan.cost >= whole.cost * (1.0 - TOLERANCE));
            checked += 1;
        }
    }
    checked
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
    let verified = plan.verify(network, policy, options);
    assert!(verified.is_ok(), "{at}: {:?}", verified.err());
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

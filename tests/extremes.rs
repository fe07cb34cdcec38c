//! Networks of up to 2^600 elements, with power means and weights as far apart as they may be: what
//! `optimize` gives, `Plan::verify` bears out, and what is written can be read.

mod common;

use common::huge::{Case, case, met};
use proptest::prelude::*;
use qube_budget::network::{NetworkBuilder, power_means};
use qube_budget::{BatchPolicy, Error, Limits, Objective, Options, Plan, optimize};

/// A plan is borne out and comes back; nothing is planned where numbers of batches multiply too far, or
/// the search was stopped before it had a plan.
fn check(case: &Case, options: &Options) -> Result<(), TestCaseError> {
    let Case { network, policy, .. } = case;
    let plan = match optimize(network, policy, options) {
        Ok(plan) => plan,
        Err(Error::Overflow { .. } | Error::TooLarge { .. } | Error::Limit { .. }) => return Ok(()),
        // What the search for more than 64 tensors knows nothing of.
        Err(Error::Option { .. }) if network.tensors().len() > 64 => return Ok(()),
        Err(error) => return Err(TestCaseError::fail(error.to_string())),
    };
    let verified = plan.verify(network, policy, options);
    prop_assert!(verified.is_ok(), "{:?}: {}", options.objective, verified.unwrap_err());
    let order = plan.best_order();
    let verified = plan.verify_order(&order, network, policy, options);
    prop_assert!(verified.is_ok(), "{:?}: {}", options.objective, verified.unwrap_err());
    let read = Plan::from_json(&plan.to_json());
    prop_assert!(read.is_ok(), "{:?}: {}", options.objective, read.unwrap_err());
    prop_assert_eq!(read.unwrap(), plan);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn plans_are_borne_out_and_come_back(case in case(1..7)) {
        for objective in Objective::ALL {
            let mut options = Options { objective, ..case.options.clone() };
            check(&case, &options)?;
            if objective.is_additive() {
                options.subnet_cse = true;
                check(&case, &options)?;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn so_are_plans_that_are_not_searched_for_exactly(case in case(17..22), max_states in 1u64..100) {
        let limits = Limits { max_states, ..Limits::default() };
        for objective in Objective::ALL {
            check(&case, &Options { objective, limits, ..case.options.clone() })?;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn so_are_plans_of_more_tensors_than_a_subset_holds(case in case(65..80)) {
        let limits = Limits { max_seconds: 1e-9, ..Limits::default() };
        for objective in Objective::ALL {
            check(&case, &Options { objective, limits, ..case.options.clone() })?;
        }
    }
}

#[test]
fn inputs_that_showed_a_fault_are_borne_out_and_come_back() {
    for (name, case) in met() {
        let ways = Objective::ALL.into_iter().flat_map(|one| [(one, true), (one, false)]);
        for (objective, use_inner_pow) in ways {
            let options = Options { objective, use_inner_pow, ..Options::default() };
            check(&case, &options).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
}

/// Of n pairs one has a domain, of one element: k indices over it are a scalar, `n (1/n)^(1/k)^k`, whose
/// last digit depends on the order of the factors.
#[test]
fn scalars_are_those_of_the_replay_whatever_the_rounding() {
    for pairs in 2..60 {
        let mut domains = vec![0; pairs];
        domains[0] = 1;
        let means = power_means(&domains, 4).unwrap();
        for composites in 1..=4 {
            let mut builder = NetworkBuilder::new();
            builder.index("i", None, pairs as i64).unwrap();
            builder.index("k", None, 5).unwrap();
            let labels: Vec<String> = (0..composites).map(|at| format!("a_{at}")).collect();
            for label in &labels {
                builder.composite(label, None, 1, &["i"], &means).unwrap();
            }
            let mut slots: Vec<&str> = labels.iter().map(String::as_str).collect();
            slots.push("k");
            builder.tensor("t", &slots).unwrap();
            builder.tensor("u", &["k"]).unwrap();
            builder.tensor("v", &slots[..1]).unwrap();
            let (network, policy) = (builder.build().unwrap(), BatchPolicy::new());
            for objective in Objective::ALL {
                let options = Options { objective, ..Options::default() };
                let case = Case { network: network.clone(), policy: policy.clone(), options };
                check(&case, &case.options).unwrap();
            }
        }
    }
}

//! Properties of every plan under a threshold on the peak: its values do not depend on names and order,
//! and more memory, smaller weights and smaller contributions never make it worse.

mod common;

use common::facts::Facts;
use common::squeeze::{squeezable, squeeze, squeezed};
use common::values::{check_same_values, disguised, options, plan, with};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use qube_budget::policy::Role;
use qube_budget::{Objective, Options, Plan};

const UNDER_A_THRESHOLD: [Objective; 2] =
    [Objective::TimeSpaceBatched, Objective::SpaceTimeBatched];

/// Plans without loops would have the properties too. So this checks that the random terms include
/// some that fit, some that do not, and loops of both roles; each plan agrees with its replay.
#[test]
fn the_random_terms_reach_their_thresholds() {
    let mut runner = TestRunner::deterministic();
    let [mut infeasible, mut contracted, mut external, mut repeated] = [0; 4];
    for _ in 0..400 {
        let (term, squeeze) = (squeezable(), squeeze()).new_tree(&mut runner).unwrap().current();
        let options = with(&Options::default(), Objective::SpaceTimeBatched);
        let policy = squeezed(&term, &squeeze);
        let plan = plan(&term, &policy, &options);
        Facts::of(&term.network, &policy, &plan).check();
        let role =
            |role| plan.nodes.iter().flat_map(|node| &node.loops).any(|one| one.role == role);
        let fits = plan.infeasible.is_none();
        infeasible += usize::from(!fits);
        contracted += usize::from(fits && role(Role::Contracted));
        external += usize::from(fits && role(Role::External));
        repeated += usize::from(plan.nodes.iter().any(|node| node.repetitions > 1.0));
    }
    let counts = [infeasible, contracted, external, repeated];
    assert!(counts.iter().all(|&count| count >= 8), "of 400: {counts:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn names_and_order_do_not_change_values_under_a_threshold(
        term in squeezable(), squeeze in squeeze(), options in options(), keys in vec(any::<u32>(), 16),
    ) {
        let policy = squeezed(&term, &squeeze);
        let other = disguised(&term, &policy, &keys);
        for objective in UNDER_A_THRESHOLD {
            let options = with(&options, objective);
            check_same_values(
                &plan(&term, &policy, &options),
                &plan(&other.term, &other.policy, &options),
            );
        }
    }

    /// More memory never costs more work; what fits once fits again; the least peak and the one with
    /// the finest batches are facts of the term, and the least peak is just what fits.
    #[test]
    fn more_memory_never_costs_more_work(
        term in squeezable(), squeeze in squeeze(), options in options(),
    ) {
        let mut policy = squeezed(&term, &squeeze);
        let most = policy.peak_threshold().unwrap() as i64;
        for objective in UNDER_A_THRESHOLD {
            let options = with(&options, objective);
            let mut within = |bytes| {
                policy.set_peak_threshold(bytes).unwrap();
                plan(&term, &policy, &options)
            };
            let steps = [1, most / 8, most / 4, most / 2, most * 3 / 4, most, most * 2];
            let mut plans: Vec<Plan> =
                steps.iter().map(|&bytes| within(Some(bytes.max(1)))).collect();
            for (plan, &bytes) in plans.iter().zip(&steps).filter(|one| one.0.infeasible.is_none()) {
                prop_assert!(plan.peak_bytes().unwrap() <= bytes.max(1) as u64);
            }
            let least = plans.iter().filter_map(|plan| plan.infeasible.clone()).collect::<Vec<_>>();
            for pair in least.windows(2) {
                prop_assert_eq!(pair[0].least_peak, pair[1].least_peak);
                prop_assert_eq!(pair[0].finest_peak, pair[1].finest_peak);
                prop_assert_eq!(&pair[0].loops, &pair[1].loops);
                prop_assert!(pair[0].finest_peak.is_none_or(|peak| peak <= pair[0].least_peak));
            }
            prop_assert!(plans.is_sorted_by_key(|plan| plan.infeasible.is_none()));
            if let Some(least) = least.first() {
                let enough = (least.least_peak.ceil() as i64) * 8;
                let reached = within(Some(enough));
                prop_assert!(reached.infeasible.is_none());
                prop_assert!(reached.peak <= least.least_peak.ceil());
                prop_assert!(enough <= 8 || within(Some(enough - 1)).infeasible.is_some());
            }
            plans.push(within(None));
            let fitting: Vec<&Plan> =
                plans.iter().filter(|plan| plan.infeasible.is_none()).collect();
            for pair in fitting.windows(2) {
                prop_assert!(pair[1].cost <= pair[0].cost * (1.0 + 1e-12));
            }
        }
    }

    /// Under a threshold, a larger factor or weight makes no further schedule fit, and none cheaper.
    #[test]
    fn factors_and_weights_never_save_under_a_threshold(
        term in squeezable(), squeeze in squeeze(), options in options(),
    ) {
        let mut policy = squeezed(&term, &squeeze);
        for objective in UNDER_A_THRESHOLD {
            let mut at = |factor: f64, volatile_weight: f64| {
                policy.set_accumulation_factor(factor).unwrap();
                plan(&term, &policy, &Options { volatile_weight, ..with(&options, objective) })
            };
            let factors = [at(0.0, 2.0), at(1.0, 2.0), at(4.0, 2.0)];
            let weights = [at(1.0, 1.0), at(1.0, 2.0), at(1.0, 16.0)];
            for pair in factors.windows(2).chain(weights.windows(2)) {
                match (&pair[0].infeasible, &pair[1].infeasible) {
                    (None, None) => prop_assert!(pair[0].cost <= pair[1].cost * (1.0 + 1e-12)),
                    (Some(p), Some(q)) => prop_assert!(p.least_peak <= q.least_peak),
                    (fits, _) => prop_assert!(fits.is_none(), "a larger factor made it fit"),
                }
            }
            for pair in weights.windows(2) {
                prop_assert_eq!(pair[0].infeasible.is_none(), pair[1].infeasible.is_none());
            }
        }
    }
}

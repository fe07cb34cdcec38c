//! Faster searches against the plain one: the same trees, to the last tie.

mod common;

use common::networks::term;
use proptest::prelude::*;
use qube_budget::cost::Additive;
use qube_budget::search::{Problem, best_first, search};
use qube_budget::{Objective, Options};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn best_first_finds_the_trees_of_the_plain_search(
        term in term(1..9),
        prune in any::<bool>(),
        use_inner_pow in any::<bool>(),
        volatile_weight in prop_oneof![Just(1.0), Just(0.5), Just(7.0)],
        footprint_weight in prop_oneof![Just(0.0), Just(2.5)],
    ) {
        for objective in [Objective::Flops, Objective::Size] {
            let options = Options {
                objective,
                prune_outer_products: prune,
                use_inner_pow,
                volatile_weight,
                footprint_weight,
                ..Options::default()
            };
            let rulings = term.policy.rulings(&term.network).unwrap();
            let problem = Problem::bind(&term.network, &rulings, &options).unwrap();
            let plain = search(&problem, &Additive(&problem)).unwrap().unwrap();
            let fast = best_first::search(&problem, u64::MAX).unwrap().unwrap();
            prop_assert_eq!(fast.tree, plain.tree);
        }
    }
}

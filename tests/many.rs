//! Many terms in one call: independence of threads, sums, cancellation, and shared intermediates.

mod common;

use std::collections::BTreeSet;

use approx::assert_relative_eq;
use common::networks::term;
use common::reference::load;
use proptest::prelude::*;
use qube_budget::network::{Network, NetworkBuilder, Spaces, Subnet, parse};
use qube_budget::policy::Role;
use qube_budget::{BatchPolicy, Error, Objective, Options, Plan, optimize};
use qube_budget::{Occurrence, Plans, optimize_many};

fn spaces() -> Spaces {
    let mut spaces = Spaces::new();
    for (space, extent) in [("i", 7), ("a", 11), ("K", 40)] {
        spaces.add(space, extent).unwrap();
    }
    spaces
}

fn networks(terms: &[&str]) -> Vec<Network> {
    terms.iter().map(|term| parse(term, &spaces()).unwrap()).collect()
}

fn plan(networks: &[Network], policy: &BatchPolicy, options: &Options, threads: usize) -> Plans {
    let networks: Vec<&Network> = networks.iter().collect();
    optimize_many(&networks, policy, options, threads, |_, _| 0).unwrap()
}

fn plan_of(plans: &Plans, term: usize) -> &Plan {
    plans.plans[term].as_ref().unwrap()
}

fn without_time(plans: &Plans) -> Vec<Plan> {
    let mut plans: Vec<Plan> = plans.plans.iter().cloned().map(Result::unwrap).collect();
    plans.iter_mut().for_each(|plan| plan.search.seconds = 0.0);
    plans
}

#[test]
fn threads_do_not_change_the_answer() {
    let cases = load("cc_df_ccsd.json");
    let networks: Vec<Network> = cases.iter().map(|case| case.case.network.clone()).collect();
    let options = Options { objective: Objective::PeakBatched, ..Options::default() };
    let policy = &cases[0].case.policy;
    let alone = plan(&networks, policy, &options, 1);
    for threads in [2, 3, 8] {
        let together = plan(&networks, policy, &options, threads);
        assert_eq!(without_time(&together), without_time(&alone));
        assert_eq!((together.shared, together.savings), (alone.shared.clone(), alone.savings));
    }
    let each: Vec<Plan> =
        networks.iter().map(|network| optimize(network, policy, &options).unwrap()).collect();
    assert_relative_eq!(alone.flops, each.iter().map(|plan| plan.flops).sum::<f64>());
    let peak = each.iter().map(|plan| plan.peak).fold(0.0, f64::max);
    assert_eq!(alone.peak, peak);
    assert_eq!(plan_of(&alone, alone.peak_term.unwrap()).peak, peak);
}

#[test]
fn no_terms_are_no_plans() {
    let none = plan(&[], &BatchPolicy::new(), &Options::default(), 2);
    assert_eq!((none.cost, none.peak_term, none.plans.len()), (0.0, None, 0));
}

#[test]
fn progress_counts_and_cancels() {
    let networks = networks(&["g{i_1;a_1}", "g{i_1;a_1} t{a_1;i_1}", "t{a_1;i_1}"]);
    let networks: Vec<&Network> = networks.iter().collect();
    for threads in [1, 2] {
        let run = |stop: usize| {
            let mut seen = Vec::new();
            let plans = optimize_many(
                &networks,
                &BatchPolicy::new(),
                &Options::default(),
                threads,
                |done, total| {
                    seen.push((done, total));
                    if done == stop { 42 } else { 0 }
                },
            );
            (plans.map(drop), seen)
        };
        assert_eq!(run(9), (Ok(()), vec![(1, 3), (2, 3), (3, 3)]));
        let (cancelled, seen) = run(2);
        assert_eq!(
            cancelled,
            Err(Error::Callback {
                name: "progress",
                reason: "it returned 42; return 0 to go on".into()
            })
        );
        assert_eq!(seen, [(1, 3), (2, 3)]);
    }
}

/// A network of more tensors than a search takes.
fn too_large() -> Network {
    let mut builder = NetworkBuilder::new();
    builder.index("i", None, 2).unwrap();
    for _ in 0..4097 {
        builder.tensor("g", &["i"]).unwrap();
    }
    builder.build().unwrap()
}

#[test]
fn a_term_that_cannot_be_planned_leaves_the_others_their_plans() {
    let (large, options) = (too_large(), Options::default());
    let small = networks(&[
        "g{a_1;i_1;K_1} t{a_1;i_2} f{i_1;i_3}",
        "t{a_1;i_2} g{a_1;i_1;K_1} f{i_1;i_3}",
        "g{i_1;a_1} t{a_1;i_1}",
    ]);
    let whole = plan(&small, &BatchPolicy::new(), &options, 1);
    assert_eq!((whole.failed, whole.first_failure(), whole.shared.len()), (0, None, 1));
    for threads in [1, 2] {
        let networks = [&small[0], &large, &small[1], &large, &small[2]];
        let mut done = 0;
        let plans = optimize_many(&networks, &BatchPolicy::new(), &options, threads, |now, _| {
            done = now;
            0
        });
        let plans = plans.unwrap();
        assert_eq!((plans.failed, done), (2, 5));
        let message = plans.first_failure().unwrap().to_string();
        assert!(message.starts_with("term 1: ") && message.contains("at most 4096"), "{message}");
        assert!(matches!(plans.plans[3], Err(Error::TooLarge { value: 4097, .. })));
        for (term, small) in [(0, 0), (2, 1), (4, 2)] {
            assert_eq!(plan_of(&plans, term).sequence(), plan_of(&whole, small).sequence());
        }
        assert_eq!((plans.cost, plans.flops, plans.peak), (whole.cost, whole.flops, whole.peak));
        assert_eq!((plans.peak_term, plans.savings), (Some(0), whole.savings));
        let terms: Vec<usize> = plans.shared[0].occurrences.iter().map(|one| one.term).collect();
        assert_eq!((plans.shared.len(), terms), (1, vec![0, 2]));
    }
    let none = plan(&[large], &BatchPolicy::new(), &options, 2);
    assert_eq!((none.failed, none.cost, none.peak_term), (1, 0.0, None));
}

#[test]
fn a_callback_of_the_policy_that_fails_ends_the_call() {
    let networks = networks(&["g{i_1;a_1}", "g{i_1;a_1} t{a_1;i_1}"]);
    let networks: Vec<&Network> = networks.iter().collect();
    let mut policy = BatchPolicy::new();
    policy.set_volatile_callback(|_| {
        Err(Error::Callback { name: "volatile", reason: "it broke".into() })
    });
    let plans = optimize_many(&networks, &policy, &Options::default(), 2, |_, _| 0);
    let message = plans.unwrap_err().to_string();
    assert!(message.contains("it broke"), "{message}");
}

/// The first two terms are equal up to names and order; the third differs.
#[test]
fn an_intermediate_of_two_terms_is_found_and_priced() {
    let networks = networks(&[
        "g{a_1;i_1;K_1} t{a_1;i_2}",
        "t{a_5;i_8} g{a_5;i_4;K_3}",
        "g{a_1;i_1;K_1} t{a_1;i_1}",
    ]);
    let plans = plan(&networks, &BatchPolicy::new(), &Options::default(), 1);
    let work = 7.0 * 7.0 * 11.0 * 40.0;
    assert_eq!(plans.shared.len(), 1, "{:?}", plans.shared);
    let occurrences = [Occurrence { term: 0, node: 2 }, Occurrence { term: 1, node: 2 }];
    assert_eq!(
        (plans.shared[0].occurrences.as_slice(), plans.shared[0].savings),
        (&occurrences[..], work)
    );
    assert_eq!(plans.savings, work);
}

#[test]
fn a_sliced_intermediate_is_not_shared() {
    let same =
        ["g{a_1;i_1;K_1} t{a_1;i_2} f{i_2;i_3;K_1}", "g{a_1;i_1;K_1} t{a_1;i_2} f{i_2;i_3;K_1}"];
    let networks = networks(&same);
    let mut policy = BatchPolicy::new();
    let options = Options { objective: Objective::PeakBatched, ..Options::default() };
    let whole = plan(&networks, &policy, &options, 1);
    assert_eq!((whole.shared.len(), whole.savings), (1, plan_of(&whole, 0).cost));
    // In batches of K only the result is whole; it is still shared, as one.
    policy.batch_space(Role::Contracted, "K", 1).unwrap();
    let sliced = plan(&networks, &policy, &options, 1);
    assert_eq!(sliced.shared.len(), 1);
    assert_eq!(sliced.shared[0].occurrences.iter().map(|one| one.term).collect::<Vec<_>>(), [0, 1]);
    // If the results differ, nodes inside the loop are not shared.
    let differ = self::networks(&[same[0], "g{a_1;i_1;K_1} t{a_1;i_2} d{i_2;i_3;K_1}"]);
    assert_eq!(plan(&differ, &BatchPolicy::new(), &options, 1).shared.len(), 1);
    assert_eq!(plan(&differ, &policy, &options, 1).shared.len(), 0);
}

/// g t is persistent in the first term and, because the g there changes, volatile in the second.
#[test]
fn volatile_and_persistent_intermediates_differ() {
    let networks = networks(&[
        "f{i_2;i_3;K_1} g{a_1;i_1;K_1} t{a_1;i_2}",
        "g{a_1;i_1;K_1} t{a_1;i_2} f{i_2;i_3;K_1}",
    ]);
    let mut policy = BatchPolicy::new();
    let shared = |policy: &BatchPolicy| {
        let plans = plan(&networks, policy, &Options::default(), 1);
        plans.shared.iter().map(|one| one.savings == plan_of(&plans, 1).cost).collect::<Vec<_>>()
    };
    assert_eq!(shared(&policy), [true], "the whole term is shared");
    policy.volatile_position(0);
    assert_eq!(shared(&policy), [true], "both results are volatile");
    let differ = self::networks(&[
        "f{i_2;i_3;K_1} g{a_1;i_1;K_1} t{a_1;i_2}",
        "g{a_1;i_1;K_1} t{a_1;i_2} d{i_2;i_3;K_1}",
    ]);
    let count = |policy| plan(&differ, policy, &Options::default(), 1).shared.len();
    assert_eq!((count(&BatchPolicy::new()), count(&policy)), (1, 0));
}

fn subnets_equal(a: &str, b: &str, members: usize) -> bool {
    let networks = networks(&[a, b]);
    let members: Vec<usize> = (0..members).collect();
    let [a, b] = [0, 1].map(|at| Subnet::new(&networks[at], &members));
    let equal = a.equals(&b);
    assert_eq!(equal, b.equals(&a), "equality is symmetric");
    equal
}

#[test]
fn equal_up_to_renaming_is_decided_exactly() {
    for (a, b, equal) in [
        ("g{a_1;i_1} t{a_1;i_2}", "t{a_7;i_5} g{a_7;i_1}", true),
        ("g{a_1;i_1} t{a_1;i_2}", "g{a_1;i_1} t{a_2;i_2}", false),
        ("g{a_1;i_1} t{a_1;i_2}", "g{a_1;i_1} t{a_1;i_1}", false),
        ("g{a_1;i_1} t{a_1;i_2}", "g{i_1;a_1} t{a_1;i_2}", false),
        ("g{a_1;i_1} t{a_1;i_2}", "g{a_1;i_1} s{a_1;i_2}", false),
        // The same letters, but other open indices: s carries a_1 too, outside.
        ("g{a_1;i_1} t{a_1;i_2}", "g{a_1;i_1} t{a_1;i_2} s{a_1;i_3}", false),
        // A chain and a star of the same pieces; two cycles and one long one.
        ("t{i_1;i_2} t{i_2;i_3} t{i_3;i_4}", "t{i_3;i_4} t{i_1;i_2} t{i_2;i_3}", true),
        ("t{i_1;i_2} t{i_2;i_1} t{i_3;i_3}", "t{i_1;i_2} t{i_2;i_3} t{i_3;i_1}", false),
        // Protos correspond too.
        ("t{a_1<i_1>;i_1} t{a_2<i_2>;i_2}", "t{a_1<i_4>;i_4} t{a_2<i_3>;i_3}", true),
        ("t{a_1<i_1>;i_1} t{a_2<i_2>;i_2}", "t{a_1<i_2>;i_1} t{a_2<i_1>;i_2}", false),
    ] {
        let members = a.split(' ').count();
        assert_eq!(subnets_equal(a, b, members), equal, "{a} and {b}");
    }
}

proptest! {
    /// A network with its tensors reordered and its indices renamed equals itself, in every subset;
    /// one slot turned to another index of another extent does not.
    #[test]
    fn renamed_networks_are_equal(term in term(1..6), turn in 0usize..5, mask in 1usize..32) {
        let network = &term.network;
        let n = network.tensors().len();
        let order: Vec<usize> = (0..n).map(|at| (at + turn) % n).collect();
        let mut builder = NetworkBuilder::new();
        let renamed = |label: &str| format!("z_{label}");
        let composite = network.indices().iter().filter(|index| index.is_composite());
        let plain = network.indices().iter().filter(|index| !index.is_composite());
        for index in plain.rev().chain(composite) {
            let protos: Vec<String> =
                index.protos.iter().map(|&id| renamed(&network.index_at(id).label)).collect();
            let protos: Vec<&str> = protos.iter().map(String::as_str).collect();
            let (label, space) = (renamed(&index.label), Some(index.space.as_str()));
            let extent = index.extent as i64;
            builder.composite(&label, space, extent, &protos, &index.power_means).unwrap();
        }
        for &at in &order {
            let tensor = &network.tensors()[at];
            let slots: Vec<String> =
                tensor.indices.iter().map(|&id| renamed(&network.index_at(id).label)).collect();
            builder.tensor("g", &slots.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
        }
        let targets: Vec<String> =
            network.targets().iter().map(|id| renamed(&network.index_at(id).label)).collect();
        builder.targets(&targets.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
        let other = builder.build().unwrap();
        // Same labels on both sides, so that only the connections tell tensors apart.
        let plain = relabelled(network);
        let members: BTreeSet<usize> = (0..n).filter(|at| mask >> at & 1 == 1).collect();
        prop_assume!(!members.is_empty());
        let here: Vec<usize> = members.iter().copied().collect();
        let there: Vec<usize> = (0..n).filter(|&at| members.contains(&order[at])).collect();
        prop_assert!(Subnet::new(&plain, &here).equals(&Subnet::new(&other, &there)));
        prop_assert!(Subnet::new(&other, &there).equals(&Subnet::new(&plain, &here)));
        // As terms, the second shares the whole result of the first.
        let plans = plan(&[plain, other], &BatchPolicy::new(), &Options::default(), 1);
        let results = [0, 1].map(|term| Occurrence { term, node: plan_of(&plans, term).nodes.len() - 1 });
        prop_assert!(n == 1 || plans.shared.iter().any(|one| one.occurrences == results));
    }
}

/// The network with every tensor labelled g.
fn relabelled(network: &Network) -> Network {
    let mut builder = NetworkBuilder::new();
    for index in network.indices() {
        let protos: Vec<&str> =
            index.protos.iter().map(|&id| network.index_at(id).label.as_str()).collect();
        let extent = index.extent as i64;
        builder
            .composite(&index.label, Some(&index.space), extent, &protos, &index.power_means)
            .unwrap();
    }
    for tensor in network.tensors() {
        let slots: Vec<&str> =
            tensor.indices.iter().map(|&id| network.index_at(id).label.as_str()).collect();
        builder.tensor("g", &slots).unwrap();
    }
    builder.targets(&network.labels(network.targets())).unwrap();
    builder.build().unwrap()
}

//! Explicit targets, which may keep an index that many tensors carry (Hadamard) and leave out one that
//! a single tensor carries (summed where that tensor is first contracted), and terms of two tensors,
//! which have one contraction to batch: under every objective.

mod common;

use std::collections::BTreeSet;

use approx::assert_relative_eq;
use common::facts::Facts;
use common::sizes::{Sizes, open};
use proptest::collection::vec;
use proptest::prelude::*;
use qube_budget::network::{IndexId, Network, NetworkBuilder};
use qube_budget::plan::{NodeKind, Plan};
use qube_budget::policy::Role;
use qube_budget::{BatchPolicy, Objective, Options, optimize};

type Set = BTreeSet<IndexId>;

#[derive(Debug, Clone)]
struct Case {
    network: Network,
    policy: BatchPolicy,
}

/// A chain of tensors over k_0, k_1, ..., each of which carries the Hadamard index h and a private
/// index s_0, s_1, ... that is not a target, and one of its own that is.
fn case(tensors: std::ops::Range<usize>) -> impl Strategy<Value = Case> {
    let numbers = vec((1i64..7, 1i64..5, 0u8..3), 16);
    (tensors, numbers, 1i64..7, any::<[bool; 8]>(), prop_oneof![Just(0.0), Just(1.0)]).prop_map(
        |(tensors, numbers, hadamard, flags, factor)| {
            let mut builder = NetworkBuilder::new();
            let mut policy = BatchPolicy::new();
            let mut targets = vec!["h".to_owned()];
            builder.index("h", None, hadamard).unwrap();
            let mut slots = vec![vec!["h".to_owned()]; tensors];
            for (at, &(extent, batch, carried)) in numbers.iter().take(3 * tensors).enumerate() {
                let (kind, tensor) = (at / tensors, at % tensors);
                if carried == 2 && kind > 0 || kind == 0 && tensor + 1 == tensors {
                    continue;
                }
                let label = format!("{}_{tensor}", ["k", "s", "o"][kind]);
                builder.index(&label, None, extent).unwrap();
                slots[tensor].push(label.clone());
                match kind {
                    0 => slots[tensor + 1].push(label.clone()),
                    1 => {}
                    _ => targets.push(label.clone()),
                }
                if flags[tensor] || kind == 1 && tensor == 0 {
                    let role = if kind == 2 { Role::External } else { Role::Contracted };
                    policy.batch_index(role, &label, batch).unwrap();
                }
            }
            policy.batch_index(Role::External, "h", numbers[15].1).unwrap();
            for (at, slots) in slots.iter().enumerate() {
                let slots: Vec<&str> = slots.iter().map(String::as_str).collect();
                builder.tensor(&format!("g{at}"), &slots).unwrap();
            }
            builder.targets(&targets.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
            if flags[7] {
                policy.volatile("g0");
            }
            policy.set_accumulation_factor(factor).unwrap();
            Case { network: builder.build().unwrap(), policy }
        },
    )
}

fn options(objective: Objective, prune: bool) -> Options {
    let volatile_weight = 4.0;
    Options { objective, prune_outer_products: prune, volatile_weight, ..Options::default() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn hadamard_and_private_indices_under_every_objective(
        case in case(1..5), prune in any::<bool>(), tightness in 0.2f64..1.1,
    ) {
        let whole = optimize(&case.network, &case.policy, &options(Objective::TimeSpace, prune)).unwrap();
        let mut squeezed = case.clone();
        let bytes = (8.0 * (whole.peak * tightness).ceil()) as i64;
        squeezed.policy.set_peak_threshold(Some(bytes.max(1))).unwrap();
        for objective in Objective::ALL {
            let plan = optimize(&squeezed.network, &squeezed.policy, &options(objective, prune)).unwrap();
            Facts::of(&squeezed.network, &squeezed.policy, &plan).check();
            prop_assert_eq!(&Plan::from_json(&plan.to_json()).unwrap(), &plan);
            if objective.charges_slicing() {
                prop_assert_eq!(plan.infeasible.is_none(), plan.peak * 8.0 <= bytes.max(1) as f64);
                // Without a threshold there are no loops, and the cost is the least work.
                let free = optimize(&case.network, &case.policy, &options(objective, prune)).unwrap();
                prop_assert_eq!((free.cost, free.peak), (whole.cost, whole.peak));
            }
            for (at, node) in plan.nodes.iter().enumerate() {
                let open = plan.open(at);
                let keeps = |letter: &str| open.iter().any(|label| label.starts_with(letter));
                prop_assert!(keeps("h"), "a Hadamard index stays open");
                let is_leaf = matches!(node.kind, NodeKind::Leaf { .. });
                prop_assert!(is_leaf || !keeps("s"), "a private index is summed at once");
            }
        }
    }

    /// One contraction of two tensors, live from the start: with loops over E and A' around it the peak
    /// is S_l + S_r + S_n + contrib, or more where both operands and the result being assembled are
    /// live when the first one is taken; no work is repeated.
    #[test]
    fn two_tensors_under_every_batched_objective(case in case(2..3), tightness in 0.2f64..1.1) {
        let Case { network, policy } = &case;
        let resolved = policy.resolve(network).unwrap();
        let sizes = Sizes { network, use_inner_pow: true };
        let [l, r, n] = [vec![0], vec![1], vec![0, 1]]
            .map(|members| open(network, &members.into_iter().collect()));
        let weight = if resolved.is_volatile(0) { 4.0 } else { 1.0 };
        let work = weight * sizes.volume(&l.union(&r).copied().collect(), |_| None);
        // Every choice of loops: how many, and the peak.
        let schedules = |charged: bool| -> Vec<(usize, f64)> {
            let useful = |id: &IndexId| {
                let external = network.targets().contains(*id);
                let extent = network.index_at(*id).extent;
                resolved.slicing(*id).is_some_and(|slicing| match charged {
                    true => slicing.batches(extent) > 1,
                    false => !external,
                })
            };
            let loops: Vec<IndexId> = l.union(&r).copied().filter(useful).collect();
            let choice = |mask: usize| {
                let chosen = (0..loops.len()).filter(|at| mask >> at & 1 == 1);
                let chosen: Set = chosen.map(|at| loops[at]).collect();
                let most = |id: IndexId| chosen.get(&id).map(|_| resolved.slicing(id).unwrap().most());
                let external = |id: IndexId| most(id).filter(|_| network.targets().contains(id));
                let whole = sizes.volume(&n, |_| None);
                let block = sizes.volume(&n, external);
                let contracts = chosen.iter().any(|&id| !network.targets().contains(id));
                let beside = match (chosen.is_empty(), contracts) {
                    (true, _) => 0.0,
                    (_, true) => resolved.accumulation_factor() * block,
                    (_, false) => block,
                };
                let operands = sizes.volume(&l, most) + sizes.volume(&r, most);
                (chosen.len(), operands + whole + beside)
            };
            (0..1 << loops.len()).map(choice).collect()
        };
        let batched = options(Objective::PeakBatched, true);
        let plan = optimize(network, policy, &batched).unwrap();
        let least = schedules(false).iter().map(|one| one.1).fold(f64::INFINITY, f64::min);
        assert_relative_eq!(plan.peak, least);
        prop_assert_eq!(plan.cost, work);
        Facts::of(&case.network, &case.policy, &plan).check();

        let whole = schedules(false)[0].1;
        let bytes = ((8.0 * (whole * tightness).ceil()) as i64).max(1);
        let mut case = case.clone();
        case.policy.set_peak_threshold(Some(bytes)).unwrap();
        let all = schedules(true);
        let fitting: Vec<_> = all.iter().filter(|one| 8.0 * one.1 <= bytes as f64).collect();
        let least = |of: &[&(usize, f64)]| of.iter().map(|one| one.1).fold(f64::INFINITY, f64::min);
        for objective in [Objective::TimeSpaceBatched, Objective::SpaceTimeBatched] {
            let plan = optimize(&case.network, &case.policy, &options(objective, true)).unwrap();
            Facts::of(&case.network, &case.policy, &plan).check();
            prop_assert_eq!(plan.cost, work, "a single contraction repeats nothing");
            let of_all = least(&all.iter().collect::<Vec<_>>());
            let fewest = fitting.iter().map(|one| one.0).min();
            let expected = match (fewest, objective) {
                // No plan fits: the least peak, as all plans here have the same cost.
                (None, _) => of_all,
                (Some(_), Objective::SpaceTimeBatched) => least(&fitting),
                (Some(fewest), _) => {
                    let few: Vec<_> = fitting.iter().copied().filter(|one| one.0 == fewest).collect();
                    least(&few)
                }
            };
            assert_relative_eq!(plan.peak, expected);
            match &plan.infeasible {
                None => prop_assert!(fewest.is_some()),
                Some(found) => {
                    prop_assert!(fewest.is_none());
                    assert_relative_eq!(found.least_peak, of_all);
                    prop_assert_eq!(found.threshold, bytes as u64);
                }
            }
        }
    }
}

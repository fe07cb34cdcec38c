//! Searches that are stopped: by states, bytes, time, or the host. The answer is a plan that its
//! replay confirms, and no plan is below the reported lower bound.

mod common;

use std::cmp::Ordering;

use common::einsum_case::EinsumCase;
use common::networks::term;
use proptest::prelude::*;
use qube_budget::internals::cost::{Additive, Peak};
use qube_budget::internals::problem::{Halt, Problem, Stop, Watch};
use qube_budget::internals::search::best_first::{BestFirst, Goal};
use qube_budget::internals::search::parts::Parts;
use qube_budget::internals::search::{dp::reference::search as plain, greedy};
use qube_budget::network::{Network, NetworkBuilder};
use qube_budget::policy::Role;
use qube_budget::{
    BatchPolicy, Error, Limits, Method, Objective, Options, Plan, Progress, Quantity, optimize,
    optimize_with, optimize_with_progress,
};
use qube_budget::{ContractionFacts, CustomModel, LeafFacts};

fn limited(objective: Objective, limits: Limits) -> Options {
    Options { objective, limits, ..Options::default() }
}

fn labels(max_states: u64) -> Limits {
    Limits { max_states, ..Limits::default() }
}

/// Networks without a cheap tree: every pair of tensors shares an index.
fn clique(tensors: usize) -> Network {
    let mut builder = NetworkBuilder::new();
    let mut carried = vec![Vec::new(); tensors];
    for a in 0..tensors {
        for b in a + 1..tensors {
            let label = format!("i{a}x{b}");
            let extent = if (a + b) % 3 == 0 { 2 } else { 1 + ((a * b) % 2) as i64 };
            builder.index(&label, None, extent).unwrap();
            carried[a].push(label.clone());
            carried[b].push(label);
        }
    }
    finished(builder, &carried)
}

/// A tensor with a bond of its own to each of the others.
fn star(tensors: usize) -> Network {
    let mut builder = NetworkBuilder::new();
    let mut carried = vec![Vec::new(); tensors];
    for at in 1..tensors {
        for (label, ends) in [(format!("b{at}"), vec![0, at]), (format!("o{at}"), vec![at])] {
            builder.index(&label, None, 2 + (at % 3) as i64).unwrap();
            ends.into_iter().for_each(|end: usize| carried[end].push(label.clone()));
        }
    }
    finished(builder, &carried)
}

/// Rows and columns of tensors, bonds between neighbours.
fn grid(rows: usize, columns: usize) -> Network {
    let mut builder = NetworkBuilder::new();
    let mut carried = vec![Vec::new(); rows * columns];
    for at in 0..rows * columns {
        let right = (at % columns + 1 < columns).then_some(at + 1);
        let below = (at + columns < rows * columns).then_some(at + columns);
        for other in [right, below].into_iter().flatten() {
            let label = format!("i{at}x{other}");
            builder.index(&label, None, 2 + ((at * 7 + other) % 4) as i64).unwrap();
            carried[at].push(label.clone());
            carried[other].push(label);
        }
    }
    finished(builder, &carried)
}

fn finished(mut builder: NetworkBuilder, carried: &[Vec<String>]) -> Network {
    for (at, indices) in carried.iter().enumerate() {
        let indices: Vec<&str> = indices.iter().map(String::as_str).collect();
        builder.tensor(&format!("T{at}"), &indices).unwrap();
    }
    builder.build().unwrap()
}

/// The quantity that the lower bound refers to.
fn bounded(plan: &Plan) -> f64 {
    match plan.search.bounded {
        Quantity::Cost => plan.cost,
        Quantity::Peak => plan.peak,
    }
}

/// Sums in another order.
const ROUNDING: f64 = 1e-11;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// The least cost, and the least peak, lie between the bound and the plan, wherever the search
    /// stops; with more states neither gets worse.
    #[test]
    fn the_best_lies_between_the_bound_and_the_plan(term in term(3..8)) {
        let resolved = term.policy.resolve(&term.network).unwrap();
        for objective in [Objective::Flops, Objective::Size, Objective::Peak, Objective::TimeSpace] {
            let options = limited(objective, Limits::default());
            let problem = Problem::bind(&term.network, &resolved, &options).unwrap();
            let best = match objective {
                Objective::Flops | Objective::Size => plain(&problem, &Additive(&problem)),
                _ => plain(&problem, &Peak(&problem)),
            }.unwrap().unwrap();
            let whole = optimize(&term.network, &term.policy, &options).unwrap();
            let (mut lowest, mut ended) = (0.0, false);
            for most in (1..40).chain((6..20).map(|power| 1 << power)) {
                let options = limited(objective, labels(most));
                let plan = optimize(&term.network, &term.policy, &options).unwrap();
                plan.verify(&term.network, &term.policy, &options).unwrap();
                prop_assert!(plan.search.states <= most);
                prop_assert!(plan.search.lower_bound <= bounded(&plan));
                if plan.search.optimal {
                    ended = true;
                    prop_assert_eq!(plan.gap(), Some(0.0));
                    prop_assert!((plan.cost - whole.cost).abs() <= ROUNDING * whole.cost);
                    break;
                }
                let least = match (objective, plan.search.bounded) {
                    (Objective::Flops | Objective::Size, _) => whole.cost,
                    // Of plans near the least peak the cheapest is chosen.
                    (_, Quantity::Cost) => whole.cost,
                    (_, Quantity::Peak) => best.frontier[0].0,
                };
                prop_assert!(plan.search.lower_bound <= least, "{} {}", plan.search.lower_bound, least);
                if objective.is_additive() {
                    prop_assert!(plan.cost >= least * (1.0 - ROUNDING));
                    prop_assert!(plan.search.lower_bound >= lowest * (1.0 - ROUNDING));
                    lowest = plan.search.lower_bound;
                }
                let again = optimize(&term.network, &term.policy, &options).unwrap();
                prop_assert_eq!(again.sequence(), plan.sequence());
                prop_assert_eq!(&again.search.lower_bound, &plan.search.lower_bound);
            }
            prop_assert!(ended, "{:?}", objective);
        }
    }

    /// Through the reports of a search that goes on, the bound rises and the value falls.
    #[test]
    fn reports_only_get_better(rows in 3usize..5, columns in 6usize..8) {
        let network = grid(rows, columns);
        for objective in [Objective::Flops, Objective::Peak] {
            let options = limited(objective, Limits::default());
            let mut reports: Vec<Progress> = Vec::new();
            let keep = |now: &Progress| {
                reports.push(*now);
                0
            };
            let plan =
                optimize_with_progress(&network, &BatchPolicy::new(), &options, keep).unwrap();
            prop_assert_eq!(&plan.sequence(), &optimize(&network, &BatchPolicy::new(), &options).unwrap().sequence());
            prop_assert!(!reports.is_empty());
            for pair in reports.windows(2).filter(|pair| pair[0].quantity == pair[1].quantity) {
                prop_assert!(pair[0].states < pair[1].states);
                prop_assert!(pair[0].lower_bound <= pair[1].lower_bound * (1.0 + ROUNDING));
                prop_assert!(pair[0].value >= pair[1].value);
            }
            for now in &reports {
                prop_assert!(now.lower_bound <= now.value);
            }
        }
    }
}

/// The networks of the peers' comparison with 20 tensors (see the bench), and the states that their
/// searches expand: hundreds, of a million sets.
fn twenty() -> Vec<EinsumCase> {
    serde_json::from_str(include_str!("data/twenty.json")).unwrap()
}

#[test]
fn searches_close_hundreds_of_labels() {
    let expected = [("grid_20_0", 295), ("reg3_20_0", 687), ("cc_20_0", 280)];
    for case in twenty() {
        let plan = optimize(&case.network(), &BatchPolicy::new(), &Options::default()).unwrap();
        let Some(&(_, expected)) = expected.iter().find(|(name, _)| *name == case.name) else {
            // A table of its intervals is faster than expanding 92 states.
            assert_eq!((case.name.as_str(), plan.search.states), ("chain_20_0", 210));
            continue;
        };
        assert_eq!(plan.search.states, expected, "{}", case.name);
        assert!(plan.search.optimal && plan.search.pairs < expected * expected);
        // Without the last state, the root, the bound is the same.
        for (most, optimal) in [(expected / 2, false), (expected - 1, true), (expected, true)] {
            let options = limited(Objective::Flops, labels(most));
            let plan = optimize(&case.network(), &BatchPolicy::new(), &options).unwrap();
            assert_eq!((plan.search.states, plan.search.optimal), (most, optimal), "{}", case.name);
        }
    }
}

#[test]
fn from_31_to_64_tensors_there_is_a_plan_and_a_bound() {
    let networks = [grid(4, 8), grid(6, 8), grid(8, 8), clique(31)];
    for network in &networks {
        for objective in [Objective::Flops, Objective::Size, Objective::Peak, Objective::TimeSpace]
        {
            let options = limited(objective, labels(300));
            let plan = optimize(network, &BatchPolicy::new(), &options).unwrap();
            plan.verify(network, &BatchPolicy::new(), &options).unwrap();
            assert!(plan.search.states <= 300);
            assert!(plan.search.lower_bound > 0.0 && plan.search.lower_bound <= bounded(&plan));
            // Trees of a clique of 31 are too far above the bound.
            assert!(plan.gap().is_some() || network.tensors().len() == 31);
            if !plan.search.optimal {
                let report = plan.report();
                assert!(report.contains("not proven best: "), "{report}");
                assert_eq!(report.contains("(gap "), plan.gap().is_some(), "{report}");
            }
            assert_eq!(Plan::from_json(&plan.to_json()).unwrap(), plan);
        }
    }
}

/// A search within a limit of bytes counts its tables with room for one more state.
#[test]
fn tables_stay_within_the_bytes_that_they_may_take() {
    let network = clique(20);
    let policy = BatchPolicy::new();
    let resolved = policy.resolve(&network).unwrap();
    let mut states = 0;
    for bytes in [40_000, 80_000, 160_000, 320_000, 640_000] {
        let limits = Limits { max_bytes: bytes, ..Limits::default() };
        let options = limited(Objective::Flops, limits);
        let problem = Problem::bind(&network, &resolved, &options).unwrap();
        let mut parts = Parts::new(&problem, false).unwrap();
        let (known, _) = greedy::tree(&problem, &mut parts).unwrap();
        let mut search = BestFirst::new(&problem, Goal::Cost, parts, known.cost).unwrap();
        let stop = search.run(u64::MAX, &mut Watch::new(limits, None)).unwrap_err();
        assert_eq!(stop, Halt::Stop(Stop::Bytes(bytes)));
        // The last state may have made the tables grow once.
        assert!(search.bytes() as u64 > bytes && search.bytes() as u64 <= 4 * bytes);
        assert!(search.states_expanded() >= states);
        states = search.states_expanded();

        let plan = optimize(&network, &policy, &options).unwrap();
        assert_eq!(plan.search.states, states);
        assert!(!plan.search.optimal && plan.gap().unwrap() > 0.0);
        plan.verify(&network, &policy, &options).unwrap();
    }
    assert!(states > 100);
}

#[test]
fn without_room_for_the_tensors_there_is_no_plan() {
    let limits = Limits { max_bytes: 1000, ..Limits::default() };
    for objective in [Objective::Flops, Objective::Peak] {
        let options = limited(objective, limits);
        let error = optimize(&grid(4, 7), &BatchPolicy::new(), &options).unwrap_err();
        assert_eq!(
            error.to_string(),
            "stopped early: max_bytes is 1000, and the tables of the search would take more; give \
             more"
        );
    }
}

#[test]
fn a_proof_can_be_asked_for() {
    for (objective, tensors) in [(Objective::Flops, 8), (Objective::Peak, 8)] {
        let options = Options { require_optimal: true, ..limited(objective, labels(150)) };
        let error = optimize(&grid(4, tensors), &BatchPolicy::new(), &options).unwrap_err();
        assert_eq!(
            error.to_string(),
            "stopped early: max_states is 150, and as many states were expanded; give more, or \
             leave require_optimal out"
        );
        let more = Options { limits: labels(1 << 40), ..options };
        assert!(optimize(&grid(3, 4), &BatchPolicy::new(), &more).unwrap().search.optimal);
    }
    // No proof exists beyond 64 tensors.
    let options = Options { require_optimal: true, ..Options::default() };
    let error = optimize(&grid(9, 8), &BatchPolicy::new(), &options).unwrap_err();
    assert!(matches!(error, Error::TooLarge { value: 72, limit: 64, .. }), "{error}");
}

#[test]
fn time_can_run_out() {
    let limits = Limits { max_seconds: 1e-9, ..Limits::default() };
    for network in [grid(1, 1), grid(1, 2), grid(5, 7), clique(12), grid(9, 9)] {
        for objective in [Objective::Flops, Objective::Peak, Objective::TimeSpace] {
            let options = limited(objective, limits);
            let plan = optimize(&network, &BatchPolicy::new(), &options).unwrap();
            plan.verify(&network, &BatchPolicy::new(), &options).unwrap();
            assert_eq!(plan.search.states, 0);
        }
    }
}

#[test]
fn a_host_can_stop_a_search() {
    let network = grid(5, 8);
    for objective in [Objective::Flops, Objective::Peak] {
        let mut reports: Vec<Progress> = Vec::new();
        let third = |now: &Progress| {
            reports.push(*now);
            i32::from(reports.len() == 3)
        };
        let options = limited(objective, Limits::default());
        let policy = BatchPolicy::new();
        let plan = optimize_with_progress(&network, &policy, &options, third).unwrap();
        assert_eq!(reports.len(), 3);
        assert_eq!(plan.search.states, reports[2].states);
        assert!(!plan.search.optimal);
        plan.verify(&network, &policy, &options).unwrap();
        if plan.search.bounded == reports[2].quantity {
            assert_eq!(plan.search.lower_bound, reports[2].lower_bound);
        }
        let proven = Options { require_optimal: true, ..options };
        let error = optimize_with_progress(&network, &policy, &proven, |_| 7).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the callback 'progress' failed: it returned 7; return 0 to go on"
        );
    }
}

/// A host that stops before any state is expanded gets the plan known without a search.
#[test]
fn small_networks_are_no_different() {
    for tensors in 1..12 {
        let network = clique(tensors);
        let options = Options::default();
        let policy = BatchPolicy::new();
        let plan = optimize_with_progress(&network, &policy, &options, |_| 1).unwrap();
        plan.verify(&network, &policy, &options).unwrap();
        assert_eq!(plan.search.states, 0);
    }
}

/// All products of scalars tie: best-first gives up, and the tables that take over respect the
/// remaining states.
#[test]
fn tables_keep_to_the_limit_on_labels() {
    let network = finished(NetworkBuilder::new(), &vec![Vec::new(); 7]);
    let mut gave_up = 0;
    for most in (1..300).step_by(7) {
        let options = limited(Objective::Flops, labels(most));
        let plan = optimize(&network, &BatchPolicy::new(), &options).unwrap();
        assert!(plan.search.states <= most, "{} of {most} labels", plan.search.states);
        gave_up += u32::from(plan.search.method == Method::DpSub);
    }
    assert!(gave_up > 0);
}

/// A policy under which slicing costs memory: batches add to the result beside it.
fn charged(network: &Network) -> BatchPolicy {
    let mut policy = BatchPolicy::new();
    for index in network.indices().iter().take(4) {
        policy.batch_index(Role::Contracted, &index.label, 1).unwrap();
    }
    policy.set_accumulation_factor(0.5).unwrap();
    policy
}

/// Tables of all sets stop at a limit of states, and the answer then lies above the bound.
#[test]
fn searches_in_tables_keep_to_limits() {
    let mut stopped = 0;
    for network in [star(9), clique(7), grid(2, 4), grid(3, 3)] {
        let objectives = [Objective::Flops, Objective::PeakBatched];
        for objective in objectives.into_iter().chain(THRESHOLDS) {
            let mut policy = charged(&network);
            let free = limited(objective, Limits::default());
            let unsliced = optimize(&network, &policy, &limited(Objective::Peak, free.limits));
            let threshold = (unsliced.unwrap().peak * 0.9) as i64 * 8;
            policy.set_peak_threshold(Some(threshold)).unwrap();
            let whole = optimize(&network, &policy, &free).unwrap();
            assert!(whole.search.optimal && whole.search.states > 0);
            for most in [1, 10, whole.search.states / 2, whole.search.states - 1] {
                let options = limited(objective, labels(most));
                let plan = optimize(&network, &policy, &options).unwrap();
                plan.verify(&network, &policy, &options).unwrap();
                assert!(
                    plan.search.states <= most,
                    "{objective:?} {} {most} {} {}",
                    plan.search.states,
                    plan.search.method,
                    whole.search.states
                );
                let bound = plan.search.lower_bound;
                assert!(bound > 0.0 && bound <= bounded(&plan));
                let best = match plan.search.bounded {
                    Quantity::Cost => whole.cost,
                    Quantity::Peak => whole.frontier.first().map_or(whole.peak, |point| point.0),
                };
                if plan.search.bounded == whole.search.bounded {
                    assert!(bound <= best * (1.0 + ROUNDING), "{objective:?} {bound} {best}");
                }
                stopped += usize::from(!plan.search.optimal);
                let proven = Options { require_optimal: true, ..options };
                let error = optimize(&network, &policy, &proven).err();
                assert_eq!(error.is_some(), !plan.search.optimal, "{objective:?} {error:?}");
            }
        }
    }
    assert!(stopped > 30, "{stopped}");
}

const THRESHOLDS: [Objective; 2] = [Objective::TimeSpaceBatched, Objective::SpaceTimeBatched];

/// A host gets reports of all searches, and can stop them all.
#[test]
fn every_search_reports_and_can_be_stopped() {
    for network in [star(10), clique(9), grid(3, 3), grid(7, 10)] {
        let policy = charged(&network);
        let shared = Options { subnet_cse: true, ..Options::default() };
        let each = Objective::ALL.map(|objective| limited(objective, Limits::default()));
        for options in each.into_iter().chain([shared]) {
            let large = network.tensors().len() > 64;
            let policy = if large { &BatchPolicy::new() } else { &policy };
            let mut reports = 0;
            let plan = optimize_with_progress(&network, policy, &options, |now| {
                assert!(now.lower_bound <= now.value);
                reports += 1;
                1
            });
            let plan = plan.unwrap();
            plan.verify(&network, policy, &options).unwrap();
            assert_eq!(reports, 1, "{:?} of {}", options.objective, network.tensors().len());
            assert!(plan.search.lower_bound <= bounded(&plan));
        }
    }
}

/// The size of the largest intermediate, less a thousand: costs may be negative.
struct LargestIntermediate;

impl CustomModel for LargestIntermediate {
    type State = f64;

    fn leaf(&self, _: &LeafFacts) -> qube_budget::Result<f64> {
        Ok(0.0)
    }

    fn combine(&self, to: &ContractionFacts, left: &f64, right: &f64) -> qube_budget::Result<f64> {
        Ok(to.footprint.max(*left).max(*right))
    }

    fn compare(&self, a: &f64, b: &f64) -> qube_budget::Result<Ordering> {
        Ok(a.total_cmp(b))
    }

    fn value(&self, state: &f64) -> qube_budget::Result<f64> {
        Ok(*state - 1000.0)
    }
}

#[test]
fn a_search_under_a_model_stops_with_a_plan() {
    let (network, none) = (grid(3, 4), BatchPolicy::new());
    let planned = |options: &Options| optimize_with(&network, &none, options, &LargestIntermediate);
    let whole = planned(&Options::default()).unwrap();
    let once = Limits { max_seconds: 1e-9, ..Limits::default() };
    for limits in [labels(1), labels(whole.search.states - 1), once] {
        let options = limited(Objective::Flops, limits);
        let plan = planned(&options).unwrap();
        plan.verify(&network, &none, &Options { objective: Objective::Custom, ..options.clone() })
            .unwrap();
        assert!(!plan.search.optimal && plan.cost >= whole.cost && plan.cost < 1e6);
        assert_eq!((plan.search.lower_bound, plan.gap()), (f64::MIN, None));
        assert_eq!(Plan::from_json(&plan.to_json()).unwrap(), plan);
        assert!(!plan.report().contains("at least"), "{}", plan.report());
        let error = planned(&Options { require_optimal: true, ..options }).unwrap_err();
        assert!(matches!(error, Error::Limit { .. }), "{error}");
    }
}

/// Stopped before equivalence classes are known, the plan shares nothing; the bound holds for plans
/// that share.
#[test]
fn sharing_stops_with_a_plan() {
    let mut builder = NetworkBuilder::new();
    for at in 0..9 {
        builder.index(&format!("i{at}"), None, 3 + at % 4).unwrap();
    }
    for at in 0..8 {
        let (left, right) = (format!("i{at}"), format!("i{}", at + 1));
        builder.tensor(["A", "B", "C", "D"][at % 4], &[&left, &right]).unwrap();
    }
    let network = builder.build().unwrap();
    for objective in [Objective::Flops, Objective::Size] {
        let shared = |limits| Options { subnet_cse: true, ..limited(objective, limits) };
        let none = BatchPolicy::new();
        let whole = optimize(&network, &none, &shared(Limits::default())).unwrap();
        let apart = optimize(&network, &none, &limited(objective, Limits::default())).unwrap();
        assert!(whole.search.optimal && whole.cost < apart.cost);
        for most in 1..whole.search.states {
            let options = shared(labels(most));
            let plan = optimize(&network, &none, &options).unwrap();
            plan.verify(&network, &none, &options).unwrap();
            assert!(!plan.search.optimal);
            assert!(plan.cost >= apart.cost * (1.0 - ROUNDING));
            assert!(plan.search.lower_bound > 0.0 && plan.search.lower_bound <= whole.cost);
            let proven = Options { require_optimal: true, ..options };
            let error = optimize(&network, &none, &proven).unwrap_err();
            assert!(matches!(error, Error::Limit { name: "max_states", .. }), "{error}");
        }
    }
}

/// A hub makes nearly all sets rivals: tables are best, also with progress reports or limits that
/// leave room for them.
#[test]
fn limits_with_room_do_not_change_the_method() {
    let network = clique(14);
    let whole = optimize(&network, &BatchPolicy::new(), &Options::default()).unwrap();
    assert_eq!(whole.search.method, Method::DpSub);
    assert_eq!(whole.search.states, (1 << 14) - 1, "all sets of tensors but the empty one");
    let limits = Limits { max_states: 1 << 14, max_seconds: 1e6, max_bytes: 1 << 20 };
    let options = limited(Objective::Flops, limits);
    let plan = optimize_with_progress(&network, &BatchPolicy::new(), &options, |_| 0).unwrap();
    assert_eq!((&plan.search.method, plan.cost), (&Method::DpSub, whole.cost));
    assert!(plan.search.optimal);
}

/// With thresholds, and slicing that is not free, there is a plan of up to 64 tensors.
#[test]
fn loops_are_chosen_beyond_the_reach_of_their_exact_search() {
    let network = grid(4, 6);
    let policy = &mut charged(&network);
    let peak = |objective| {
        let options = limited(objective, Limits::default());
        let plan = optimize(&network, &BatchPolicy::new(), &options).unwrap();
        plan.verify(&network, &BatchPolicy::new(), &options).unwrap();
        (plan.peak, plan.cost)
    };
    let (cheapest, cost) = peak(Objective::TimeSpace);
    let (lowest, _) = peak(Objective::Peak);
    let options = limited(Objective::PeakBatched, Limits::default());
    let plan = optimize(&network, policy, &options).unwrap();
    plan.verify(&network, policy, &options).unwrap();
    assert!(!plan.search.optimal && plan.peak <= lowest);
    // Fits at once, by loops or another tree, not at all.
    for elements in [cheapest, lowest.min(cheapest - 1.0), 10.0] {
        policy.set_peak_threshold(Some(8 * elements as i64)).unwrap();
        for objective in THRESHOLDS {
            let options = limited(objective, Limits::default());
            let plan = optimize(&network, policy, &options).unwrap();
            plan.verify(&network, policy, &options).unwrap();
            assert!(plan.cost >= cost * (1.0 - ROUNDING));
            assert_eq!(plan.infeasible.is_none(), plan.peak <= elements);
            assert_eq!(plan.infeasible.is_some(), elements == 10.0);
            let at_once = elements == cheapest && objective == Objective::TimeSpaceBatched;
            assert_eq!(plan.search.optimal, at_once);
            assert_eq!(Plan::from_json(&plan.to_json()).unwrap(), plan);
        }
    }
}

#[test]
fn the_frontier_is_found_on_request() {
    let networks = [grid(3, 4), grid(4, 5), clique(7), twenty().remove(3).network()];
    let objectives = [Objective::Peak, Objective::TimeSpace, Objective::PeakBatched];
    let mut points = 0;
    for (network, objective) in networks.iter().flat_map(|one| objectives.map(|o| (one, o))) {
        let chosen = Options { peak_flops_tolerance: 0.5, ..limited(objective, Limits::default()) };
        let all = Options { frontier: true, ..chosen.clone() };
        let one = optimize(network, &BatchPolicy::new(), &chosen).unwrap();
        let many = optimize(network, &BatchPolicy::new(), &all).unwrap();
        assert_eq!(one.sequence(), many.sequence());
        points += many.frontier.len() - 1;
        assert_eq!(one.frontier.len(), 1);
        assert!(many.frontier.contains(&one.frontier[0]));
        assert!((one.search.lower_bound / many.search.lower_bound - 1.0).abs() < ROUNDING);
    }
    assert!(points > 0);
}

#[test]
fn limits_have_ranges() {
    let network = grid(1, 2);
    let refusal = |limits| {
        let options = limited(Objective::Flops, limits);
        optimize(&network, &BatchPolicy::new(), &options).unwrap_err().to_string()
    };
    for seconds in [-1.0, 1e-10, 1e10, f64::NAN, f64::INFINITY] {
        let expected = format!("max_seconds is {seconds}; give 0 (no limit), or 1e-9 to 1e9");
        assert_eq!(refusal(Limits { max_seconds: seconds, ..Limits::default() }), expected);
    }
    assert_eq!(
        refusal(Limits { max_bytes: (1 << 37) + 1, ..Limits::default() }),
        "max_bytes is 137438953473; give 0 (1 GiB), or up to 137438953472 (128 GiB)"
    );
}

/// Where a power mean is below 1, one more index may shrink a tensor, and no loop is free: trees
/// for loops then come from searches without any, not from the one that was stopped.
#[test]
fn stopped_searches_end_where_volumes_shrink() {
    let mut builder = NetworkBuilder::new();
    builder.index("p", None, 4).unwrap();
    builder.composite("a", None, 1, &["p"], &[0.5]).unwrap();
    let mut policy = BatchPolicy::new();
    for at in 0..4 {
        let label = format!("x{at}");
        builder.index(&label, None, 6).unwrap();
        policy.batch_index(Role::Contracted, &label, 2).unwrap();
    }
    for slots in [["a", "x0"], ["x0", "x1"], ["x1", "x2"], ["x2", "x3"], ["x3", "p"]] {
        builder.tensor("t", &slots).unwrap();
    }
    policy.set_peak_threshold(Some(8)).unwrap();
    let network = builder.build().unwrap();
    for objective in Objective::ALL {
        let options = limited(objective, labels(1));
        let plan = optimize(&network, &policy, &options).unwrap();
        plan.verify(&network, &policy, &options).unwrap();
    }
}

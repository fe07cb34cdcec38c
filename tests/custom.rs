//! Cost models of the host: against all trees, against the objectives of the library that they can
//! express, and when they fail.

mod common;

use std::cell::Cell;
use std::cmp::Ordering;

use common::networks::term;
use common::values::close;
use proptest::prelude::*;
use qube_budget::internals::problem::{Connectivity, Problem, Split, Subset};
use qube_budget::network::{Network, Spaces, einsum};
use qube_budget::{BatchPolicy, Error, Objective, Options, Plan, Result, optimize, optimize_with};
use qube_budget::{ContractionFacts, CustomModel, LeafFacts};

/// A model whose state is one number, made by a function of the contraction and both parts.
struct Number<F>(F);

impl<F: Fn(&ContractionFacts, f64, f64) -> f64> CustomModel for Number<F> {
    type State = f64;

    fn leaf(&self, _: &LeafFacts) -> Result<f64> {
        Ok(0.0)
    }

    fn combine(&self, to: &ContractionFacts, left: &f64, right: &f64) -> Result<f64> {
        Ok(self.0(to, *left, *right))
    }

    fn compare(&self, a: &f64, b: &f64) -> Result<Ordering> {
        Ok(a.total_cmp(b))
    }

    fn value(&self, state: &f64) -> Result<f64> {
        Ok(*state)
    }
}

fn largest(to: &ContractionFacts, left: f64, right: f64) -> f64 {
    to.footprint.max(left).max(right)
}

fn squares(to: &ContractionFacts, left: f64, right: f64) -> f64 {
    to.footprint * to.footprint + left + right
}

/// The objective peak without its tolerance: the least peak of a subset, and the sum of its leaves.
struct LeastPeak;

impl CustomModel for LeastPeak {
    type State = (f64, f64);

    fn leaf(&self, leaf: &LeafFacts) -> Result<(f64, f64)> {
        Ok((leaf.footprint, leaf.footprint))
    }

    fn combine(
        &self,
        to: &ContractionFacts,
        left: &(f64, f64),
        right: &(f64, f64),
    ) -> Result<(f64, f64)> {
        let left_first = (right.1 + left.0).max(to.left_footprint + right.0);
        let right_first = (left.1 + right.0).max(to.right_footprint + left.0);
        let at = to.left_footprint + to.right_footprint + to.footprint;
        Ok((left_first.min(right_first).max(at), left.1 + right.1))
    }

    fn compare(&self, a: &(f64, f64), b: &(f64, f64)) -> Result<Ordering> {
        Ok(a.0.total_cmp(&b.0))
    }

    fn value(&self, state: &(f64, f64)) -> Result<f64> {
        Ok(state.0)
    }
}

/// The values of each tree over n. With `prune`, trees without outer products.
fn all_trees<F: Fn(&ContractionFacts, f64, f64) -> f64>(
    problem: &Problem,
    charge: &F,
    n: Subset,
) -> Vec<f64> {
    if n.is_leaf() {
        return vec![0.0];
    }
    let mut all = Vec::new();
    let admits = |part| problem.connectivity().admits(part);
    for split in Connectivity::splits(n).filter(|split| admits(split.left) && admits(split.right)) {
        let Split { left, right } = split;
        let to = ContractionFacts {
            left,
            right,
            left_footprint: problem.footprint(left),
            right_footprint: problem.footprint(right),
            footprint: problem.footprint(n),
            flops: problem.flops(split),
            left_volatile: problem.is_volatile(left),
            right_volatile: problem.is_volatile(right),
            volatile: problem.is_volatile(n),
        };
        let rights = all_trees(problem, charge, right);
        for l in all_trees(problem, charge, left) {
            all.extend(rights.iter().map(|&r| charge(&to, l, r)));
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn the_plan_is_the_best_of_all_trees(term in term(1..7), prune in any::<bool>()) {
        let options = Options { prune_outer_products: prune, ..Options::default() };
        let resolved = term.policy.resolve(&term.network).unwrap();
        let problem = Problem::bind(&term.network, &resolved, &options).unwrap();
        let root = problem.connectivity().root();
        for charge in [largest, squares] {
            let plan =
                optimize_with(&term.network, &term.policy, &options, &Number(charge)).unwrap();
            let all = all_trees(&problem, &charge, root);
            let least = all.into_iter().fold(f64::INFINITY, f64::min);
            prop_assert!(close(plan.cost, least), "{} is {least}", plan.cost);
            prop_assert_eq!(plan.search.lower_bound, plan.cost);
        }
    }

    #[test]
    fn restated_objectives_give_the_same_plans(term in term(1..7), weight in 1.0..9.0) {
        let flops = Options { volatile_weight: weight, ..Options::default() };
        let charge = |to: &ContractionFacts, left: f64, right: f64| {
            let weight = if to.volatile { weight } else { 1.0 };
            weight * to.flops + left + right
        };
        let theirs = optimize(&term.network, &term.policy, &flops).unwrap();
        let ours =
            optimize_with(&term.network, &term.policy, &flops, &Number(charge)).unwrap();
        prop_assert_eq!(ours.sequence(), theirs.sequence());
        prop_assert!(close(ours.cost, theirs.cost));

        let peak = Options { objective: Objective::Peak, frontier: true, ..Options::default() };
        let theirs = optimize(&term.network, &term.policy, &peak).unwrap();
        let ours = optimize_with(&term.network, &term.policy, &peak, &LeastPeak).unwrap();
        prop_assert!(close(ours.cost, theirs.frontier[0].0));
    }
}

fn chain() -> Network {
    let mut letters = Spaces::new();
    for (letter, extent) in [("i", 2), ("j", 20), ("k", 30), ("l", 4)] {
        letters.add(letter, extent).unwrap();
    }
    einsum("ij,jk,kl->il", &letters).unwrap()
}

#[test]
fn the_plan_says_custom() {
    let plan = optimize_with(&chain(), &BatchPolicy::new(), &Options::default(), &Number(largest))
        .unwrap();
    assert_eq!(plan.objective, Objective::Custom);
    assert!(plan.to_json().contains(r#""objective":"custom""#), "{}", plan.to_json());
    assert!(plan.report().starts_with("custom plan of 3 tensors\n"), "{}", plan.report());
    assert!(plan.nodes.iter().all(|node| node.cost == 0.0));
    assert_eq!(plan.flops, 2.0 * 20.0 * 30.0 + 2.0 * 30.0 * 4.0);
}

#[test]
fn the_plan_is_read_back_as_it_was_written() {
    let options = Options::default();
    let plan = optimize_with(&chain(), &BatchPolicy::new(), &options, &LeastPeak).unwrap();
    assert_eq!(Plan::from_json(&plan.to_json()), Ok(plan));
}

#[test]
fn optimize_has_no_custom_objective() {
    let options = Options { objective: Objective::Custom, ..Options::default() };
    let error = optimize(&chain(), &BatchPolicy::new(), &options).unwrap_err();
    assert_eq!(
        error.to_string(),
        "objective is custom; give an objective of the library, or call optimize_with for a model of \
         your own"
    );
}

/// Fails at the call of this number, over all callbacks; counts them.
struct Failing {
    calls: Cell<usize>,
    at: usize,
}

impl Failing {
    fn call(&self, name: &'static str) -> Result<()> {
        self.calls.set(self.calls.get() + 1);
        if self.calls.get() == self.at {
            return Err(Error::Callback { name, reason: "enough".into() });
        }
        Ok(())
    }
}

impl CustomModel for Failing {
    type State = ();

    fn leaf(&self, _: &LeafFacts) -> Result<()> {
        self.call("leaf")
    }

    fn combine(&self, _: &ContractionFacts, _: &(), _: &()) -> Result<()> {
        self.call("combine")
    }

    fn compare(&self, _: &(), _: &()) -> Result<Ordering> {
        self.call("compare").map(|()| Ordering::Equal)
    }

    fn value(&self, _: &()) -> Result<f64> {
        self.call("value").map(|()| 1.0)
    }
}

#[test]
fn a_failure_of_any_call_is_what_comes_back() {
    let run = |at| {
        let model = Failing { calls: Cell::new(0), at };
        let plan = optimize_with(&chain(), &BatchPolicy::new(), &Options::default(), &model);
        (plan, model.calls.get())
    };
    let (plan, calls) = run(usize::MAX);
    assert_eq!(plan.unwrap().cost, 1.0);
    let mut seen = std::collections::BTreeSet::new();
    for at in 1..=calls {
        let (plan, made) = run(at);
        assert_eq!(made, at, "nothing is called after a failure");
        let Err(Error::Callback { name, reason }) = plan else { panic!("call {at} did not fail") };
        assert_eq!(reason, "enough");
        seen.insert(name);
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["combine", "compare", "leaf", "value"]);
}

#[test]
fn a_cost_is_a_finite_number() {
    for (cost, name) in
        [(f64::NAN, "NaN"), (f64::INFINITY, "infinity"), (f64::NEG_INFINITY, "-infinity")]
    {
        let model = Number(|_: &ContractionFacts, _: f64, _: f64| cost);
        let error = optimize_with(&chain(), &BatchPolicy::new(), &Options::default(), &model);
        assert_eq!(
            error.unwrap_err().to_string(),
            format!("the callback 'value' failed: it gave {name}; give a finite number")
        );
    }
}

/// A state of many bytes.
struct Large;

impl CustomModel for Large {
    type State = [u8; 1 << 12];

    fn leaf(&self, _: &LeafFacts) -> Result<Self::State> {
        panic!("refused before anything is asked")
    }

    fn combine(
        &self,
        _: &ContractionFacts,
        _: &Self::State,
        _: &Self::State,
    ) -> Result<Self::State> {
        panic!("refused before anything is asked")
    }

    fn compare(&self, _: &Self::State, _: &Self::State) -> Result<Ordering> {
        panic!("refused before anything is asked")
    }

    fn value(&self, _: &Self::State) -> Result<f64> {
        panic!("refused before anything is asked")
    }
}

#[test]
fn all_states_together_fit_into_memory() {
    let mut letters = Spaces::new();
    letters.add("i", 2).unwrap();
    // Sixteen tensors that all share an index: every subset is connected.
    let star = einsum(&format!("{}->", ["i"; 16].join(",")), &letters).unwrap();
    let error = optimize_with(&star, &BatchPolicy::new(), &Options::default(), &Large).unwrap_err();
    let bytes = ((1u64 << 16) - 1) << 12;
    assert_eq!(
        error,
        Error::TooLarge {
            what: "bytes of the cost model's states over all subsets of tensors",
            value: bytes,
            limit: 1 << 27,
        }
    );
}

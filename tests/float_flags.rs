//! No call raises a floating-point flag but `inexact`: hosts that trap the others would abort.
//!
//! Whether a flag is raised depends on the compiler, so these tests matter most for the shipped
//! build: `cargo test --release --test float_flags`.
#![cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]

mod common;

use std::cmp::Ordering;
use std::ffi::c_int;
use std::hint::black_box;

use common::families::{FAMILIES, network};
use common::huge::{Case, case, met};
use common::reference::load;
use proptest::prelude::*;
use qube_budget::budget::{Code, EclipseConfig, Fields, HarmonicConfig, PixelDirectConfig, Survey};
use qube_budget::document::from_json;
use qube_budget::network::{Network, Spaces, einsum, power_means};
use qube_budget::policy::Role;
use qube_budget::run::{Job, Measured, Run, Size};
use qube_budget::{
    BatchPolicy, Limits, Objective, Options, Plan, Result, optimize, optimize_with,
    optimize_with_progress,
};
use qube_budget::{ContractionFacts, CustomModel, LeafFacts, Roofline};
use serde_json::{Value, json};

unsafe extern "C" {
    fn feclearexcept(flags: c_int) -> c_int;
    fn fetestexcept(flags: c_int) -> c_int;
}

/// Of fenv.h, with the names that a failure is reported by.
#[cfg(target_arch = "x86_64")]
const FLAGS: [(c_int, &str); 4] =
    [(0x01, "invalid"), (0x04, "division by zero"), (0x08, "overflow"), (0x10, "underflow")];
#[cfg(target_arch = "aarch64")]
const FLAGS: [(c_int, &str); 4] =
    [(0x01, "invalid"), (0x02, "division by zero"), (0x04, "overflow"), (0x08, "underflow")];

/// The flags that a call raises on this thread, and its result. The call goes through a pointer
/// that the compiler does not know: it would move an inlined call before the clearing of the flags.
fn flags_of<'a, T>(call: impl FnOnce() -> T + 'a) -> (Vec<&'static str>, T) {
    let all = FLAGS.iter().fold(0, |all, (flag, _)| all | flag);
    let call: Box<dyn FnOnce() -> T + 'a> = black_box(Box::new(call));
    // SAFETY: both take any flags of fenv.h, and touch only the state of this thread.
    let (raised, result) = unsafe {
        feclearexcept(all);
        let result = call();
        (fetestexcept(all), result)
    };
    let raised = FLAGS.iter().filter(|(flag, _)| raised & flag != 0);
    (raised.map(|&(_, name)| name).collect(), result)
}

#[track_caller]
fn quietly<T>(what: &str, call: impl FnOnce() -> T) -> T {
    let (raised, result) = flags_of(call);
    assert!(raised.is_empty(), "{what} raises {raised:?}");
    result
}

/// All queries of a plan.
fn use_plan(what: &str, plan: &Plan) {
    quietly(&format!("{what}: gap"), || plan.gap());
    quietly(&format!("{what}: peak_bytes"), || plan.peak_bytes().is_ok());
    quietly(&format!("{what}: report"), || plan.report());
    quietly(&format!("{what}: dot"), || plan.to_dot());
    quietly(&format!("{what}: svg"), || plan.to_svg());
    quietly(&format!("{what}: live"), || (0..plan.nodes.len()).for_each(|at| drop(plan.live(at))));
    quietly(&format!("{what}: best_order"), || plan.best_order());
    let text = quietly(&format!("{what}: to_json"), || plan.to_json());
    quietly(&format!("{what}: from_json"), || Plan::from_json(&text).is_ok());
}

/// Plans a case and makes all queries of the plan.
fn use_case(what: &str, network: &Network, policy: &BatchPolicy, options: &Options) {
    let what = &format!("{what}, {}", options.objective.name());
    let planned = quietly(what, || optimize(network, policy, options));
    let Ok(plan) = planned else { return };
    use_plan(what, &plan);
    quietly(&format!("{what}: verify"), || plan.verify(network, policy, options).is_ok());
    let order = plan.best_order();
    quietly(&format!("{what}: verify_order"), || {
        plan.verify_order(&order, network, policy, options).is_ok()
    });
}

/// Under each objective; and stopped at once, which leaves weak bounds.
fn use_all(what: &str, network: &Network, policy: &BatchPolicy, options: &Options) {
    for objective in Objective::ALL {
        for (max_states, subnet_cse) in [(0, false), (1, false), (0, true), (1, true)] {
            let limits = Limits { max_states, ..Limits::default() };
            let subnet_cse = subnet_cse && objective.is_additive();
            let options = Options { objective, limits, subnet_cse, ..options.clone() };
            use_case(what, network, policy, &options);
        }
    }
}

/// A raised flag is detected, and one that is not raised is not: the tests below rely on both.
#[test]
fn flags_are_seen() {
    let zero = black_box(0.0);
    let (raised, _) = flags_of(|| 1.0 / zero);
    assert_eq!(raised, ["division by zero"]);
    let (raised, _) = flags_of(|| zero / zero);
    assert_eq!(raised, ["invalid"]);
    let (raised, _) = flags_of(|| 1.0 / (3.0 + zero));
    assert!(raised.is_empty(), "inexact is no such flag");
}

#[test]
fn reference_cases() {
    for file in ["scenarios.json", "edge.json", "interleave.json"] {
        for case in load(file) {
            use_all(&case.name, &case.case.network, &case.case.policy, &Options::default());
            let mut tight = case.case.policy.clone();
            tight.set_peak_threshold(Some(1)).unwrap();
            use_all(&case.name, &case.case.network, &tight, &Options::default());
        }
    }
    for (name, case) in met() {
        use_all(&name, &case.network, &case.policy, &case.options);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn networks_as_large_as_a_double_can_count(case in case(1..7)) {
        let Case { network, policy, options } = &case;
        use_all("a huge network", network, policy, options);
    }
}

/// Rooflines without some of their parts.
#[test]
fn rooflines_of_zeros() {
    let mut letters = Spaces::new();
    "abcde".chars().for_each(|letter| letters.add(&letter.to_string(), 9).unwrap());
    let chain = einsum("ab,bc,cd,de->ae", &letters).unwrap();
    for bits in 0..16 {
        let of = |bit: i32, value| if bits >> bit & 1 == 1 { value } else { 0.0 };
        let roofline = Roofline {
            machine_balance: of(0, 8.0),
            fast_mem_elems: of(1, 1e3),
            block_tiles: of(2, 3.0),
            block_prefactor: of(3, 1.0),
        };
        let options = Options { roofline, ..Options::default() };
        use_all(&format!("{roofline:?}"), &chain, &BatchPolicy::new(), &options);
    }
}

/// Where nothing costs anything, or a composite index has less than an element, bounds are 0.
#[test]
fn costs_and_bounds_of_zero() {
    let mut letters = Spaces::new();
    "abcdef".chars().for_each(|letter| letters.add(&letter.to_string(), 1).unwrap());
    for text in ["->", "a->", ",->", ",,a->a", "ab,bc,cd,de,ef->af", "a,b,c,d,e,f->"] {
        let network = einsum(text, &letters).unwrap();
        use_all(text, &network, &BatchPolicy::new(), &Options::default());
    }
    let mut tensors: Vec<Value> = Vec::new();
    for at in 0..20 {
        let bonds = [at, (at + 1) % 20].map(|bond| format!("x_{bond}"));
        tensors.push(json!({"label": "t", "indices": [&bonds[0], &bonds[1], "i_1"]}));
    }
    let index = |at| json!({"label": format!("x_{at}"), "extent": 3});
    let mut indices: Vec<Value> = (0..20).map(index).collect();
    indices.push(
        json!({"label": "i_1", "extent": 7, "batchable": true, "external": true, "target": 2}),
    );
    indices
        .push(json!({"label": "a_1", "extent": 1, "protos": ["i_1"], "power_means": [0.25, 0.5]}));
    for shrinking in [false, true] {
        if shrinking {
            tensors[0]["indices"].as_array_mut().unwrap().push("a_1".into());
            tensors[9]["indices"].as_array_mut().unwrap().push("a_1".into());
        }
        let text = json!({"indices": indices, "tensors": tensors}).to_string();
        let read = from_json(&text).unwrap();
        for threshold in [None, Some(1), Some(1 << 20)] {
            let mut policy = read.policy.clone();
            policy.set_peak_threshold(threshold).unwrap();
            for objective in Objective::ALL {
                let limits = Limits { max_states: 1, ..Limits::default() };
                let options = Options { objective, limits, ..Options::default() };
                use_case("a ring", &read.network, &policy, &options);
            }
        }
    }
}

/// The cost is a constant, whatever the tree.
struct Constant(f64);

impl CustomModel for Constant {
    type State = f64;

    fn leaf(&self, _: &LeafFacts) -> Result<f64> {
        Ok(self.0)
    }

    fn combine(&self, _: &ContractionFacts, _: &f64, _: &f64) -> Result<f64> {
        Ok(self.0)
    }

    fn compare(&self, _: &f64, _: &f64) -> Result<Ordering> {
        Ok(Ordering::Equal)
    }

    fn value(&self, state: &f64) -> Result<f64> {
        Ok(*state)
    }
}

#[test]
fn models_of_a_hosts_own() {
    let chain = network(&FAMILIES[0], 8, 20, 5);
    let policy = BatchPolicy::new();
    for cost in [0.0, 1.0, -1.0, 5e-324, f64::MIN_POSITIVE, f64::MAX, f64::MIN, f64::NAN] {
        for max_states in [0, 1] {
            let limits = Limits { max_states, ..Limits::default() };
            let options = Options { limits, ..Options::default() };
            let what = format!("a model that says {cost}");
            let planned =
                quietly(&what, || optimize_with(&chain, &policy, &options, &Constant(cost)));
            let Ok(plan) = planned else { continue };
            use_plan(&what, &plan);
            quietly(&what, || plan.verify(&chain, &policy, &options).is_ok());
        }
    }
}

/// Searches of 17 tensors and more are stopped in other ways, and above 64 none is exact.
#[test]
fn searches_that_are_stopped() {
    for (family, tensors) in FAMILIES.iter().flat_map(|family| [(family, 20), (family, 70)]) {
        let network = network(family, tensors, 9, 3);
        for objective in Objective::ALL {
            let what = &format!("a {} of {tensors}, {}", family.name, objective.name());
            for (max_states, max_seconds, stop) in [(1, 0.0, 0), (0, 1e-9, 0), (0, 0.0, 1)] {
                let limits = Limits { max_states, max_seconds, ..Limits::default() };
                // A search for many tensors counts no states.
                if tensors > 64 && max_states > 0 {
                    continue;
                }
                let options = Options { objective, limits, ..Options::default() };
                let policy = BatchPolicy::new();
                let planned =
                    quietly(what, || optimize_with_progress(&network, &policy, &options, |_| stop));
                if let Ok(plan) = planned {
                    quietly(what, || (plan.gap(), plan.report(), plan.to_json()));
                    quietly(what, || plan.verify(&network, &policy, &options).is_ok());
                }
            }
        }
    }
}

/// A document may contain values that no search produces.
#[test]
fn documents() {
    let mut letters = Spaces::new();
    "abcd".chars().for_each(|letter| letters.add(&letter.to_string(), 7).unwrap());
    let network = einsum("ab,bc,cd->ad", &letters).unwrap();
    let mut policy = BatchPolicy::new();
    policy.batch_index(Role::Contracted, "b", 2).unwrap();
    policy.set_peak_threshold(Some(8)).unwrap();
    for objective in Objective::ALL {
        let options = Options { objective, ..Options::default() };
        let plan = optimize(&network, &policy, &options).unwrap();
        let good: Value = serde_json::from_str(&plan.to_json()).unwrap();
        for path in ["/search/lower_bound", "/cost", "/flops", "/peak_elements", "/nodes/4/cost"] {
            for value in ["0", "5e-324", "1e-300", "1e308", "-1e308", "1e400", "1e-400", "-0.0"] {
                let mut document = good.clone();
                document["search"]["optimal"] = json!(false);
                *document.pointer_mut(path).unwrap() = json!("HERE");
                let text = document.to_string().replace("\"HERE\"", value);
                let what = format!("a document with {value} at {path}");
                let Ok(read) = quietly(&what, || Plan::from_json(&text)) else { continue };
                use_plan(&what, &read);
                quietly(&what, || read.verify(&network, &policy, &options).is_ok());
            }
        }
    }
    for mean in ["0", "1e400", "1e-400", "5e-324", "1e308", "1e-308"] {
        let text = format!(
            r#"{{"indices": [{{"label": "i_1", "extent": 3}},
                 {{"label": "a_1", "extent": 3, "protos": ["i_1"], "power_means": [{mean}, {mean}]}}],
                 "tensors": [{{"label": "t", "indices": ["a_1"]}}, {{"label": "t", "indices": ["a_1"]}}]}}"#
        );
        let read = quietly(mean, || from_json(&text));
        let Ok(read) = read else { continue };
        use_all(mean, &read.network, &read.policy, &Options::default());
    }
}

#[test]
fn power_means_of_domains() {
    for domains in [&[1][..], &[0, 1], &[0, 0, i64::MAX], &[1, i64::MAX], &[0], &[], &[3, 900, 7]] {
        quietly(&format!("{domains:?}"), || power_means(domains, 60).is_ok());
    }
}

// ---- budgets ----

fn runs() -> Vec<Run> {
    let survey = Survey {
        nside: Some(64),
        fsky: Some(0.1),
        polar_cap: true,
        lmax: Some(64),
        n_bins: Some(6),
        ..Survey::new(Fields::Qu, 256)
    };
    let pixels = Some(29009);
    let eclipse =
        EclipseConfig { pix_t: pixels, pix_p: pixels, ..EclipseConfig::new(Code::Teb, 192) };
    vec![
        Run::new(HarmonicConfig::new(1, 1, 1)),
        Run::new(HarmonicConfig { lmax: Some(128), ..HarmonicConfig::new(59136, 33274, 256) }),
        Run::new(PixelDirectConfig::new(9800, 256, 6, 18)),
        Run::new(eclipse),
        Run::harmonic(survey.clone(), &HarmonicConfig::new(1, 1, 1)).unwrap(),
        Run::pixel_direct(survey, &PixelDirectConfig::new(1, 1, 1, 1)).unwrap(),
    ]
}

#[test]
fn budgets_requests_and_fits() {
    for (number, run) in runs().iter().enumerate() {
        let what = &format!("run {number}");
        let budget = quietly(what, || run.budget()).unwrap();
        quietly(what, || (budget.table(), budget.json()));
        for limit in [None, Some(1), Some(1 << 37), Some(i64::MAX)] {
            quietly(what, || budget.svg(limit).is_ok());
        }
        for nodes in [1, 1 << 20] {
            let job = Job { nodes, ..Job::default() };
            let request = quietly(what, || budget.request(&job));
            if let Ok(request) = request {
                quietly(what, || (request.table(), request.json(), request.svg(Some(1)).is_ok()));
            }
            for limit in [0, 1, 1 << 30, i64::MAX] {
                let fit = quietly(what, || run.fit(&job, limit));
                if let Ok(fit) = fit {
                    quietly(what, || (fit.text(), fit.advice(), fit.table(), fit.json(None)));
                }
                for size in Size::ALL {
                    quietly(what, || run.largest(size, &job, limit).is_ok());
                }
            }
        }
    }
}

#[test]
fn surveys() {
    for (nside, fsky, polar_cap) in [
        (1, 1.0, false),
        (1 << 29, 1.0, false),
        (1 << 29, 1.0 / 6.0, true),
        (1 << 29, 5e-324, true),
        (64, f64::NAN, true),
        (64, f64::INFINITY, false),
        (64, -1.0, true),
        (64, 0.0, false),
        (64, 1e308, true),
    ] {
        let survey = Survey {
            nside: Some(nside),
            fsky: Some(fsky),
            polar_cap,
            n_bins: Some(6),
            ..Survey::new(Fields::Qu, 256)
        };
        let what = format!("nside {nside}, fsky {fsky}");
        quietly(&what, || survey.harmonic().is_ok());
        quietly(&what, || survey.pixel_direct().is_ok());
    }
}

#[test]
fn comparisons() {
    let folder = format!("{}/tests/data/measured", env!("CARGO_MANIFEST_DIR"));
    for entry in std::fs::read_dir(folder).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let measured = quietly("a measurement", || Measured::parse(&text)).unwrap();
        for run in runs() {
            let budget = run.budget().unwrap();
            quietly("a comparison", || {
                let Ok(comparison) = budget.compare(&measured) else { return };
                let _ = (comparison.table(), comparison.json(), comparison.furthest());
            });
        }
    }
}

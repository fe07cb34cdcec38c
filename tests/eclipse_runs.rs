//! ECLIPSE's held budget against 18 real runs on 4 ranks (tests/data/eclipse_runs.json): heap peaks
//! above the heap once the grid is up, per rank and step, and absolute resident peaks. Runs of T, EB and
//! TEB at nside 8 to 32, with and without crossing, the check of the inverse and the Fisher matrix.

use qube_budget::budget::{Budget, Code, EclipseConfig, Grid, Rank};
use qube_budget::run::Job;
use serde_json::Value;

/// Below this a step is too small to be held to a ratio.
const SMALL: f64 = 60e6;

struct Run {
    name: String,
    budget: Budget,
    grid: Grid,
    ranks: Vec<Value>,
    fisher: bool,
}

fn runs() -> Vec<Run> {
    let text = include_str!("data/eclipse_runs.json");
    let runs: Vec<Value> = serde_json::from_str(text).unwrap();
    runs.iter().map(Run::read).collect()
}

impl Run {
    fn read(run: &Value) -> Run {
        let config = &run["config"];
        let number = |name: &str| config[name].as_i64().unwrap();
        let some = |name: &str| Some(number(name)).filter(|&value| value > 0);
        let fisher = number("fisher") == 1;
        let code = Code::named(config["code"].as_str().unwrap()).unwrap();
        let eclipse = EclipseConfig {
            pix_t: some("t"),
            pix_p: some("q"),
            nside: some("ns"),
            lmax_cov: some("lc"),
            maps: number("M"),
            check_inverse: number("check") == 1,
            cross: number("cross") == 1,
            fisher,
            ..EclipseConfig::new(code, number("l"))
        };
        Run {
            name: run["run"].as_str().unwrap().to_owned(),
            budget: eclipse.budget().unwrap(),
            grid: Grid::new(number("pr"), number("pc"), number("nb"), Some(4)).unwrap(),
            ranks: run["ranks"].as_array().unwrap().clone(),
            fisher,
        }
    }

    fn rank(&self, rank: &Value) -> Rank {
        let place = |name: &str| rank[name].as_u64().unwrap();
        Rank { row: place("row"), column: place("column") }
    }

    /// What the budget gives a rank in a step.
    fn model(&self, step: &str, rank: Rank) -> f64 {
        let terms = self.budget.on_rank(self.grid, self.budget.stage(step).unwrap(), rank).unwrap();
        terms.iter().map(|term| term.bytes.get() as f64).sum()
    }

    /// Heap peaks that were measured on a rank, by step.
    fn measured<'a>(&self, rank: &'a Value) -> impl Iterator<Item = (&'a str, f64)> {
        let steps = rank["steps"].as_object().unwrap().iter();
        steps.map(|(step, found)| (step.as_str(), found["heap_peak_bytes"].as_f64().unwrap()))
    }
}

#[test]
fn lifetime_peaks_are_0_90_to_1_04_of_the_model() {
    let mut compared = 0;
    for run in runs() {
        for found in &run.ranks {
            let rank = run.rank(found);
            let measured = run.measured(found).map(|(_, bytes)| bytes).fold(0.0, f64::max);
            let stages = run.budget.stages().iter();
            let model = stages.map(|stage| run.model(stage.name(), rank)).fold(0.0, f64::max);
            if measured >= SMALL {
                let ratio = measured / model;
                assert!((0.90..=1.04).contains(&ratio), "{} {rank:?}: {ratio}", run.name);
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 48, "ranks whose peak is 60 MB or more");
}

#[test]
fn steps_are_0_88_to_1_13_of_the_model() {
    let (mut compared, mut small) = (0, 0);
    for run in runs() {
        for found in &run.ranks {
            let rank = run.rank(found);
            for (step, measured) in run.measured(found) {
                let model = run.model(step, rank);
                let what = format!("{} {rank:?} {step}: {measured} of {model}", run.name);
                if measured < SMALL {
                    assert!(measured <= model + 30e6, "{what}");
                    small += 1;
                } else if step != "spectra" || run.fisher {
                    assert!((0.88..=1.13).contains(&(measured / model)), "{what}");
                    compared += 1;
                }
            }
        }
    }
    assert_eq!((compared, small), (207, 273));
}

#[test]
fn no_rank_is_resident_beyond_its_request() {
    for run in runs() {
        for found in &run.ranks {
            let steps = found["steps"].as_object().unwrap().values();
            let resident = steps.map(|step| step["rss_hwm_bytes"].as_i64().unwrap()).max().unwrap();
            let job = Job { ranks_per_node: 4, grid: Some(run.grid), ..Job::default() };
            let request = run.budget.request(&job).unwrap();
            let rank = run.rank(found);
            let of_rank = request.rank_bytes(rank).unwrap().signed();
            assert!(resident <= of_rank, "{} {rank:?}: {resident} of {of_rank}", run.name);
        }
    }
}

#[test]
fn a_node_is_the_sum_of_its_ranks() {
    for run in runs() {
        let job = |nodes, ranks_per_node| Job {
            nodes,
            ranks_per_node,
            grid: Some(run.grid),
            ..Job::default()
        };
        let whole = run.budget.request(&job(1, 4)).unwrap();
        for stage in whole.stages() {
            let ranks = run.ranks.iter().map(|found| run.model(stage.name(), run.rank(found)));
            assert_eq!(stage.node().arrays.get() as f64, ranks.sum::<f64>(), "{}", run.name);
        }
        // Each rank on a node of its own, the fullest node counts.
        let apart = run.budget.request(&job(4, 1)).unwrap();
        for stage in apart.stages() {
            let ranks = run.ranks.iter().map(|found| run.model(stage.name(), run.rank(found)));
            assert_eq!(stage.node().arrays.get() as f64, ranks.fold(0.0, f64::max), "{}", run.name);
        }
    }
}

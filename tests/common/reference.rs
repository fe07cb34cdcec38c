//! The reference data: networks, and what SeQuant's optimizer gives for them.

use qube_budget::Roofline;
use qube_budget::document::{Case, from_json};
use qube_budget::{BatchPolicy, Objective, Options};
use serde::Deserialize;
use serde_json::Value;

pub struct ReferenceCase {
    pub name: String,
    pub case: Case,
    pub root_open: Vec<String>,
    pub results: Vec<ReferenceResult>,
}

pub struct ReferenceResult {
    pub options: Options,
    pub persistent_only: bool,
    pub accumulation_factor: f64,
    pub expected: Expected,
}

pub enum Expected {
    Cost {
        cost: f64,
        sequence: Vec<i64>,
    },
    /// The root frontier, and the sequence chosen for each tolerance.
    Frontier {
        frontier: Vec<(f64, f64)>,
        chosen: Vec<(f64, Vec<i64>)>,
    },
}

impl ReferenceResult {
    /// The case's policy with this result's switches.
    pub fn policy(&self, of_case: &BatchPolicy) -> BatchPolicy {
        let mut policy = of_case.clone();
        policy.set_persistent_only(self.persistent_only);
        policy.set_accumulation_factor(self.accumulation_factor).unwrap();
        policy
    }
}

#[derive(Deserialize)]
struct ResultJson {
    objective: String,
    prune: bool,
    volatile_weight: f64,
    use_inner_pow: bool,
    #[serde(default)]
    footprint_weight: f64,
    #[serde(default)]
    machine_balance: f64,
    #[serde(default)]
    fast_mem_elems: f64,
    #[serde(default = "three")]
    block_tiles: f64,
    #[serde(default = "one")]
    block_prefactor: f64,
    #[serde(default)]
    accumulation_factor: f64,
    #[serde(default)]
    persistent_only: bool,
    cost: Option<f64>,
    sequence: Option<Vec<i64>>,
    frontier: Option<Vec<(f64, f64)>>,
    sequences: Option<Vec<ChosenJson>>,
}

#[derive(Deserialize)]
struct ChosenJson {
    tolerance: f64,
    sequence: Vec<i64>,
}

fn three() -> f64 {
    3.0
}

fn one() -> f64 {
    1.0
}

/// Reads a file of tests/data.
pub fn load(file: &str) -> Vec<ReferenceCase> {
    let path = format!("{}/tests/data/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let document: Value = serde_json::from_str(&text).unwrap();
    document["cases"].as_array().unwrap().iter().map(reference_case).collect()
}

fn reference_case(case: &Value) -> ReferenceCase {
    let results = Vec::<ResultJson>::deserialize(&case["results"]).unwrap();
    ReferenceCase {
        name: case["name"].as_str().unwrap().into(),
        case: from_json(&case.to_string()).unwrap(),
        root_open: Vec::deserialize(&case["root_open"]).unwrap(),
        results: results.into_iter().map(reference_result).collect(),
    }
}

fn reference_result(json: ResultJson) -> ReferenceResult {
    let objective = Objective::ALL.into_iter().find(|one| one.name() == json.objective).unwrap();
    ReferenceResult {
        options: Options {
            objective,
            prune_outer_products: json.prune,
            use_inner_pow: json.use_inner_pow,
            volatile_weight: json.volatile_weight,
            footprint_weight: json.footprint_weight,
            roofline: Roofline {
                machine_balance: json.machine_balance,
                fast_mem_elems: json.fast_mem_elems,
                block_tiles: json.block_tiles,
                block_prefactor: json.block_prefactor,
            },
            frontier: true,
            ..Options::default()
        },
        persistent_only: json.persistent_only,
        accumulation_factor: json.accumulation_factor,
        expected: match (json.cost, json.frontier) {
            (Some(cost), _) => Expected::Cost { cost, sequence: json.sequence.unwrap() },
            (None, frontier) => Expected::Frontier {
                frontier: frontier.unwrap(),
                chosen: json
                    .sequences
                    .unwrap()
                    .into_iter()
                    .map(|one| (one.tolerance, one.sequence))
                    .collect(),
            },
        },
    }
}

//! Answers requests of bench/run.py, a JSON document a line: does a piece of work on a case, and says how
//! long a call took and what came out. A process of its own for each tool, so that one that takes too
//! long can be ended without the others.
//!
//! `{"work":"ours","case":"grid_20_0","seconds":0.01}` is answered with
//! `{"seconds":1.9e-4,"calls":53,"pairs":[[0,4],..],"claimed":2386.0,"optimal":true}` or
//! `{"error":".."}`. `seconds` in a request is how long to repeat short calls; in an answer it is the
//! time of one.

mod networks;
mod ours;
mod peer;
mod terms;
mod timing;

use std::io::{BufRead, Write};

use serde::Deserialize;
use serde_json::{Value, json};

/// What can go wrong is told to the driver as text.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

#[derive(Deserialize)]
struct Request {
    work: String,
    seconds: f64,
    /// Of bench/data/peers.json.
    case: Option<String>,
    /// Files of tests/data, and which of their terms; all of them if none is named.
    #[serde(default)]
    files: Vec<String>,
    #[serde(default)]
    terms: Vec<String>,
    objective: Option<String>,
}

fn main() -> Result<()> {
    let networks = networks::read()?;
    for line in std::io::stdin().lock().lines() {
        let answer =
            answer(&networks, &line?).unwrap_or_else(|error| json!({"error": error.to_string()}));
        println!("{answer}");
        std::io::stdout().flush()?;
    }
    Ok(())
}

fn answer(networks: &networks::Networks, line: &str) -> Result<Value> {
    let request: Request = serde_json::from_str(line)?;
    if request.work == "terms" {
        return terms::answer(&request);
    }
    let name = request.case.as_deref().ok_or("the request names no case")?;
    let case = networks.get(name).ok_or_else(|| format!("there is no case {name}"))?;
    match request.work.as_str() {
        "ours" => ours::answer(case, request.seconds),
        work => peer::answer(case, work, request.seconds),
    }
}

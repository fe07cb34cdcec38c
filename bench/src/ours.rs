//! The library on einsum networks: all of `optimize`, from a network that has been built to a plan, as a
//! peer is timed from lists of indices to a path.

use qube_budget::network::{Network, NetworkBuilder};
use qube_budget::{BatchPolicy, Options, optimize};
use serde_json::{Value, json};

use crate::Result;
use crate::networks::EinsumNetwork;
use crate::timing::timed;

pub fn answer(case: &EinsumNetwork, seconds: f64) -> Result<Value> {
    let (network, policy) = (build(case)?, BatchPolicy::new());
    let options = Options::default(); // least work, without outer products
    let timed = timed(seconds, || Ok(optimize(&network, &policy, &options)?))?;
    let plan = &timed.value;
    Ok(json!({
        "seconds": timed.seconds,
        "calls": timed.calls,
        "pairs": plan.pairs(),
        "claimed": plan.flops,
        "optimal": plan.search.optimal,
        "method": plan.search.method.name(),
    }))
}

fn build(case: &EinsumNetwork) -> Result<Network> {
    let mut builder = NetworkBuilder::new();
    for (label, &size) in &case.sizes {
        builder.index(label, None, size)?;
    }
    for (at, indices) in case.inputs.iter().enumerate() {
        builder.tensor(&format!("T{at}"), &texts(indices))?;
    }
    builder.targets(&texts(&case.output))?;
    Ok(builder.build()?)
}

fn texts(labels: &[String]) -> Vec<&str> {
    labels.iter().map(String::as_str).collect()
}

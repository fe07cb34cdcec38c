//! The networks of data/peers.json: einsum networks, chains, cycles, stars, grids, 3-regular graphs,
//! cliques, and terms like those of coupled cluster (cc) and of clustered virtual spaces (csv, with
//! hyperindices).

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;

use crate::Result;

#[derive(Deserialize)]
pub struct EinsumNetwork {
    pub name: String,
    pub inputs: Vec<Vec<String>>,
    pub output: Vec<String>,
    /// By label, in an order that is the same on every run.
    pub sizes: BTreeMap<String, i64>,
}

/// By name.
pub type Networks = HashMap<String, EinsumNetwork>;

pub fn read() -> Result<Networks> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/peers.json");
    let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    let networks: Vec<EinsumNetwork> = serde_json::from_str(&text)?;
    Ok(networks.into_iter().map(|network| (network.name.clone(), network)).collect())
}

//! Networks written as einsum data have them: labels of indices by tensor, those of the result, extents.

use std::collections::BTreeMap;

use qube_budget::network::{Network, NetworkBuilder};
use serde::Deserialize;

#[derive(Deserialize)]
pub struct EinsumCase {
    pub name: String,
    inputs: Vec<Vec<String>>,
    output: Vec<String>,
    sizes: BTreeMap<String, i64>,
}

impl EinsumCase {
    /// Its tensors are T0, T1 and so on.
    pub fn network(&self) -> Network {
        let mut builder = NetworkBuilder::new();
        for (index, extent) in &self.sizes {
            builder.index(index, None, *extent).unwrap();
        }
        for (at, indices) in self.inputs.iter().enumerate() {
            let indices: Vec<&str> = indices.iter().map(String::as_str).collect();
            builder.tensor(&format!("T{at}"), &indices).unwrap();
        }
        let targets: Vec<&str> = self.output.iter().map(String::as_str).collect();
        builder.targets(&targets).unwrap();
        builder.build().unwrap()
    }
}

//! A policy as a JSON document, schema `qube-policy/1`, so that one host can hand it to another:
//! `{"schema":"qube-policy/1","spaces":{"Κ":236},"indices":{"Κ_2":72},"volatile":["t"],
//! "volatile_tensors":[],"persistent_only":false,"accumulation_factor":0.0}`. Fields may be added,
//! none renamed; all but `schema` may be left out.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::BatchPolicy;
use crate::{Error, Result};

const SCHEMA: &str = "qube-policy/1";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    schema: String,
    #[serde(default)]
    spaces: BTreeMap<String, i64>,
    #[serde(default)]
    indices: BTreeMap<String, i64>,
    #[serde(default)]
    volatile: BTreeSet<String>,
    #[serde(default)]
    volatile_tensors: BTreeSet<usize>,
    #[serde(default)]
    persistent_only: bool,
    #[serde(default)]
    accumulation_factor: f64,
}

impl BatchPolicy {
    /// The policy as a JSON document on one line.
    pub fn to_json(&self) -> String {
        // Targets came in as i64.
        let signed = |targets: &BTreeMap<String, u64>| {
            targets.iter().map(|(label, &target)| (label.clone(), target as i64)).collect()
        };
        let document = Document {
            schema: SCHEMA.into(),
            spaces: signed(&self.spaces),
            indices: signed(&self.indices),
            volatile: self.volatile_labels.clone(),
            volatile_tensors: self.volatile_positions.clone(),
            persistent_only: self.persistent_only,
            accumulation_factor: self.accumulation_factor,
        };
        serde_json::to_string(&document).expect("numbers and text always serialise")
    }

    /// Reads what `to_json` wrote.
    pub fn from_json(text: &str) -> Result<Self> {
        let refuse = |reason| Error::Document { what: "policy", reason };
        let document: Document =
            serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?;
        if document.schema != SCHEMA {
            return Err(refuse(format!(
                "its schema is '{}'; allowed: '{SCHEMA}'",
                document.schema
            )));
        }
        let mut policy = BatchPolicy::new();
        for (space, target) in &document.spaces {
            policy.batch_space(space, *target)?;
        }
        for (label, target) in &document.indices {
            policy.batch_index(label, *target)?;
        }
        document.volatile.iter().for_each(|label| policy.volatile(label));
        document.volatile_tensors.iter().for_each(|&tensor| policy.volatile_position(tensor));
        policy.set_persistent_only(document.persistent_only);
        policy.set_accumulation_factor(document.accumulation_factor)?;
        Ok(policy)
    }
}

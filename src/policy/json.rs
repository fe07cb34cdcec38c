//! A policy as a JSON document, schema `qube-policy/1`, so that one host can hand it to another:
//! `{"schema":"qube-policy/1","spaces":{"Κ":236},"indices":{"Κ_2":72},"external_spaces":{"i":8},
//! "external_indices":{},"tile_spaces":{"Κ":4},"tile_indices":{},"volatile":["t"],
//! "volatile_tensors":[],"persistent_only":false,"accumulation_factor":0.0,
//! "peak_threshold":null}`. `spaces` and `indices` are for the contracted role. Fields may be added,
//! none renamed; all but `schema` are optional. JSON cannot hold callbacks. A threshold of null leaves
//! that of the policy unchanged.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{BatchPolicy, Role};
use crate::{Error, Result};

const SCHEMA: &str = "qube-policy/1";

/// Sizes by name, as the setters take them.
type Sizes = BTreeMap<String, i64>;

#[derive(Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Document {
    schema: String,
    spaces: Sizes,
    indices: Sizes,
    external_spaces: Sizes,
    external_indices: Sizes,
    tile_spaces: Sizes,
    tile_indices: Sizes,
    volatile: BTreeSet<String>,
    volatile_tensors: BTreeSet<usize>,
    persistent_only: Option<bool>,
    accumulation_factor: Option<f64>,
    peak_threshold: Option<i64>,
}

impl BatchPolicy {
    /// The policy as a JSON document on one line. Errors: `Unwritable`, the policy has a callback.
    pub fn to_json(&self) -> Result<String> {
        self.refuse_callbacks()?;
        // Sizes came in as i64.
        let signed = |sizes: &BTreeMap<String, u64>| -> Sizes {
            sizes.iter().map(|(label, &size)| (label.clone(), size as i64)).collect()
        };
        let document = Document {
            schema: SCHEMA.into(),
            spaces: signed(&self.contracted.spaces),
            indices: signed(&self.contracted.indices),
            external_spaces: signed(&self.external.spaces),
            external_indices: signed(&self.external.indices),
            tile_spaces: signed(&self.tiles.spaces),
            tile_indices: signed(&self.tiles.indices),
            volatile: self.volatile_labels.clone(),
            volatile_tensors: self.volatile_positions.clone(),
            persistent_only: Some(self.persistent_only),
            accumulation_factor: Some(self.accumulation_factor),
            peak_threshold: self.peak_threshold.map(|bytes| bytes as i64),
        };
        Ok(serde_json::to_string(&document).expect("numbers and text always serialise"))
    }

    /// Reads a document of `to_json`. Errors: `Document`, and those of the setters.
    pub fn from_json(text: &str) -> Result<Self> {
        let mut policy = BatchPolicy::new();
        policy.add_json(text)?;
        Ok(policy)
    }

    /// Adds a document, as if its fields were set now; fields that it omits stay unchanged. On failure
    /// the whole policy does. Errors: as `from_json`.
    pub fn add_json(&mut self, text: &str) -> Result<()> {
        let refuse = |reason| Error::Document { what: "policy", reason };
        let document: Document =
            serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?;
        if document.schema != SCHEMA {
            return Err(refuse(format!(
                "its schema is '{}'; this version reads '{SCHEMA}'",
                document.schema
            )));
        }
        let mut policy = self.clone();
        document.say_in(&mut policy)?;
        *self = policy;
        Ok(())
    }
}

impl Document {
    fn say_in(&self, policy: &mut BatchPolicy) -> Result<()> {
        for (role, spaces, indices) in [
            (Role::Contracted, &self.spaces, &self.indices),
            (Role::External, &self.external_spaces, &self.external_indices),
        ] {
            spaces.iter().try_for_each(|(space, &size)| policy.batch_space(role, space, size))?;
            indices.iter().try_for_each(|(label, &size)| policy.batch_index(role, label, size))?;
        }
        self.tile_spaces.iter().try_for_each(|(space, &size)| policy.tile_space(space, size))?;
        self.tile_indices.iter().try_for_each(|(label, &size)| policy.tile_index(label, size))?;
        self.volatile.iter().for_each(|label| policy.volatile(label));
        self.volatile_tensors.iter().for_each(|&tensor| policy.volatile_position(tensor));
        if let Some(on) = self.persistent_only {
            policy.set_persistent_only(on);
        }
        if let Some(factor) = self.accumulation_factor {
            policy.set_accumulation_factor(factor)?;
        }
        if let Some(bytes) = self.peak_threshold {
            policy.set_peak_threshold(Some(bytes))?;
        }
        Ok(())
    }
}

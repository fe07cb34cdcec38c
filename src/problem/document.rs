//! Reads networks from JSON documents, with the batch rules that they contain.
//!
//! ```json
//! {"indices": [{"label": "i_1", "extent": 56},
//!              {"label": "a_1<i_1>", "space": "a", "extent": 12, "protos": ["i_1"], "power_means": [12.0, 13.1]},
//!              {"label": "Κ_1", "extent": 1652, "batchable": true, "target": 236, "tile": 4}],
//!  "tensors": [{"label": "t", "indices": ["a_1<i_1>", "i_1"], "volatile": true}],
//!  "targets": ["i_1"],
//!  "bytes_per_element": 16}
//! ```
//! `batchable` lets loops slice the index where it is contracted, `external` where it is open in the
//! result; `target` and `tile` are elements of a batch and of a tile. Without `targets`, the targets
//! are automatic. `bytes_per_element` is 1 to 1024, for the options of a plan. A file holds one network
//! or `{"cases": [...]}`. The annotations `name`, `term`, `source`, `comment`, `root_open` and `results`
//! are ignored; any other unknown field is an error.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::BYTES_PER_ELEMENT;
use crate::network::{Network, NetworkBuilder};
use crate::policy::Role;
use crate::{BatchPolicy, Error, Result};

/// A network with the policy of its document.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    pub name: Option<String>,
    pub network: Network,
    pub policy: BatchPolicy,
    /// Bytes per element, for `Options::bytes_per_element`, if the document gives them.
    pub bytes_per_element: Option<u64>,
}

/// The content of a file.
#[derive(Debug, Clone, PartialEq)]
pub enum Document {
    One(Box<Case>),
    Cases(Vec<Case>),
}

/// Reads one network. Errors: `Document`, for text that is no such document; those of
/// `NetworkBuilder` and `BatchPolicy`, for values that they refuse; `Target`, for a batchable index
/// without a target.
pub fn from_json(text: &str) -> Result<Case> {
    parse_json::<CaseJson>(text)?.build()
}

/// Reads one network or a list of cases. Errors: as for [`from_json`]; of a case, `Document` with the
/// name of the case, or its number from 1.
pub fn document_from_json(text: &str) -> Result<Document> {
    #[derive(Deserialize)]
    struct Probe {
        cases: Option<IgnoredAny>,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct CasesJson {
        cases: Vec<CaseJson>,
        #[serde(rename = "source", alias = "comment")]
        _source: Option<IgnoredAny>,
    }
    if parse_json::<Probe>(text)?.cases.is_none() {
        return Ok(Document::One(Box::new(from_json(text)?)));
    }
    let cases = parse_json::<CasesJson>(text)?.cases;
    let named = cases.into_iter().enumerate().map(|(at, case)| {
        let name = case.name.clone().unwrap_or_else(|| (at + 1).to_string());
        case.build().map_err(|error| match error {
            Error::Document { what, reason } => {
                Error::Document { what, reason: format!("case {name}: {reason}") }
            }
            other => Error::Document { what: "network", reason: format!("case {name}: {other}") },
        })
    });
    Ok(Document::Cases(named.collect::<Result<_>>()?))
}

fn parse_json<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T> {
    serde_json::from_str(text)
        .map_err(|error| Error::Document { what: "network", reason: error.to_string() })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaseJson {
    name: Option<String>,
    indices: Vec<IndexJson>,
    tensors: Vec<TensorJson>,
    targets: Option<Vec<String>>,
    bytes_per_element: Option<i64>,
    #[serde(rename = "term", alias = "comment")]
    _term: Option<IgnoredAny>,
    #[serde(rename = "source")]
    _source: Option<IgnoredAny>,
    #[serde(rename = "root_open")]
    _root_open: Option<IgnoredAny>,
    #[serde(rename = "results")]
    _results: Option<IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IndexJson {
    label: String,
    space: Option<String>,
    extent: i64,
    #[serde(default)]
    protos: Vec<String>,
    #[serde(default)]
    power_means: Vec<f64>,
    #[serde(default)]
    batchable: bool,
    #[serde(default)]
    external: bool,
    target: Option<i64>,
    tile: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TensorJson {
    label: String,
    indices: Vec<String>,
    #[serde(default)]
    volatile: bool,
}

impl IndexJson {
    /// Adds the batch rules of the index to a policy.
    fn rule(&self, policy: &mut BatchPolicy) -> Result<()> {
        let roles = [(self.batchable, Role::Contracted), (self.external, Role::External)];
        for (_, role) in roles.into_iter().filter(|&(batched, _)| batched) {
            let target = self.target.ok_or_else(|| Error::Target {
                size: "batch target",
                what: "index",
                label: self.label.clone(),
                value: "missing".into(),
            })?;
            policy.batch_index(role, &self.label, target)?;
        }
        match self.tile {
            Some(tile) => policy.tile_index(&self.label, tile),
            None => Ok(()),
        }
    }
}

impl CaseJson {
    fn build(self) -> Result<Case> {
        let mut builder = NetworkBuilder::new();
        let mut policy = BatchPolicy::new();
        // A document may list protos after the indices that depend on them.
        let (composite, plain): (Vec<_>, Vec<_>) =
            (0..self.indices.len()).partition(|&at| !self.indices[at].protos.is_empty());
        for index in plain.into_iter().chain(composite).map(|at| &self.indices[at]) {
            builder.composite(
                &index.label,
                index.space.as_deref(),
                index.extent,
                &texts(&index.protos),
                &index.power_means,
            )?;
            index.rule(&mut policy)?;
        }
        for tensor in &self.tensors {
            let position = builder.tensor(&tensor.label, &texts(&tensor.indices))?;
            if tensor.volatile {
                let mut namesakes = self.tensors.iter().filter(|one| one.label == tensor.label);
                if namesakes.all(|one| one.volatile) {
                    policy.volatile(&tensor.label);
                } else {
                    policy.volatile_position(position);
                }
            }
        }
        if let Some(targets) = &self.targets {
            builder.targets(&texts(targets))?;
        }
        let bytes_per_element = self.bytes_per_element.map(element_bytes).transpose()?;
        Ok(Case { name: self.name, network: builder.build()?, policy, bytes_per_element })
    }
}

fn texts(labels: &[String]) -> Vec<&str> {
    labels.iter().map(String::as_str).collect()
}

fn element_bytes(value: i64) -> Result<u64> {
    let bytes = u64::try_from(value).ok().filter(|bytes| BYTES_PER_ELEMENT.contains(bytes));
    bytes.ok_or(Error::Input { name: "bytes_per_element", value, allowed: "1 to 1024" })
}

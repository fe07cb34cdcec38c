//! The document of measured sizes, schema `qube-measured/1`: what a log says, in bytes. Only `stages`
//! must be there, and of a stage its name and one figure:
//! ```json
//! {"schema": "qube-measured/1", "baseline_bytes": 279172874, "peak_rss_bytes": 121869697024,
//!  "stages": [{"name": "basis_setup", "rss_bytes": 62062277427, "peak_rss_bytes": 121547574477}]}
//! ```
//! A meter's record has more: of a stage `entry_rss_bytes`; of the run `cgroup_peak_bytes`, `rank` (or
//! `row` and `column`), `host`, and `notes`, which say how figures were read and why some are absent.

use serde::{Deserialize, Serialize};

use super::{Measured, MeasuredStage, Moment, Place, Read, refused};
use crate::Result;
use crate::budget::bytes::Bytes;

const SCHEMA: &str = "qube-measured/1";

/// Errors: `Document`, with the stage.
pub(super) fn read(text: &str) -> Result<Measured> {
    let refuse = refused("list of measured stages");
    let document: Document =
        serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?;
    document.read().and_then(Measured::not_empty).map_err(refuse)
}

pub(super) fn write(measured: &Measured) -> String {
    let bytes = |bytes: Option<Bytes>| bytes.map(Bytes::signed);
    let number = |number: u64| i64::try_from(number).ok();
    let (rank, row, column) = match measured.place {
        Some(Place::Rank(rank)) => (number(rank), None, None),
        Some(Place::Grid { row, column }) => (None, number(row), number(column)),
        None => (None, None, None),
    };
    let document = Document {
        schema: Some(SCHEMA.into()),
        rank,
        row,
        column,
        host: measured.host.clone(),
        baseline_bytes: bytes(measured.baseline),
        peak_rss_bytes: bytes(measured.lifetime_peak),
        cgroup_peak_bytes: bytes(measured.cgroup_peak),
        stages: measured
            .stages
            .iter()
            .map(|MeasuredStage { name, entry, end, peak }| StageDocument {
                name: name.clone(),
                entry_rss_bytes: bytes(*entry),
                rss_bytes: bytes(*end),
                peak_rss_bytes: bytes(*peak),
            })
            .collect(),
        notes: measured.notes.clone(),
    };
    // Numbers, texts and names only: nothing that JSON could refuse.
    serde_json::to_string(&document).unwrap_or_default()
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rank: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_bytes: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peak_rss_bytes: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cgroup_peak_bytes: Option<i64>,
    stages: Vec<StageDocument>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StageDocument {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry_rss_bytes: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rss_bytes: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peak_rss_bytes: Option<i64>,
}

impl Document {
    fn read(self) -> Read<Measured> {
        if let Some(schema) = self.schema.filter(|schema| schema != SCHEMA) {
            return Err(format!("its schema is '{schema}'; this version reads '{SCHEMA}'"));
        }
        let number = |value: i64, name: &str| match u64::try_from(value) {
            Ok(number) => Ok(number),
            Err(_) => Err(format!("{name} is {value}; give 0 or more")),
        };
        let place = match (self.rank, self.row, self.column) {
            (None, None, None) => None,
            (Some(rank), None, None) => Some(Place::Rank(number(rank, "rank")?)),
            (None, Some(row), Some(column)) => {
                Some(Place::Grid { row: number(row, "row")?, column: number(column, "column")? })
            }
            _ => return Err("give rank, or both row and column".into()),
        };
        let mut measured = Measured {
            baseline: size_in(self.baseline_bytes, || "baseline_bytes".into())?,
            lifetime_peak: size_in(self.peak_rss_bytes, || "peak_rss_bytes of the run".into())?,
            cgroup_peak: size_in(self.cgroup_peak_bytes, || "cgroup_peak_bytes".into())?,
            stages: Vec::new(),
            place,
            host: self.host,
            notes: self.notes,
        };
        for StageDocument { name, entry_rss_bytes, rss_bytes, peak_rss_bytes } in self.stages {
            let figures = [
                (entry_rss_bytes, Moment::Entry, "entry_rss_bytes"),
                (rss_bytes, Moment::End, "rss_bytes"),
                (peak_rss_bytes, Moment::Peak, "peak_rss_bytes"),
            ];
            let mut has_figure = false;
            for (value, moment, field) in figures {
                if let Some(bytes) = size_in(value, || format!("{field} of stage '{name}'"))? {
                    measured.add(&name, moment, bytes)?;
                    has_figure = true;
                }
            }
            if !has_figure {
                return Err(format!(
                    "stage '{name}' has no figure; give rss_bytes, peak_rss_bytes or both"
                ));
            }
        }
        Ok(measured)
    }
}

fn size_in(value: Option<i64>, name: impl FnOnce() -> String) -> Read<Option<Bytes>> {
    let Some(value) = value else { return Ok(None) };
    match Bytes::from_signed(value) {
        Some(bytes) => Ok(Some(bytes)),
        None => Err(format!("{} is {value}; give 0 or more", name())),
    }
}

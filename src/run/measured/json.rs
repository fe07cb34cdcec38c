//! The document of measured sizes, schema `qube-measured/1`: what a log says, in bytes. Only `stages`
//! must be there, and of a stage its name and one figure:
//! ```json
//! {"schema": "qube-measured/1", "baseline_bytes": 279172874, "peak_rss_bytes": 121869697024,
//!  "stages": [{"name": "basis_setup", "rss_bytes": 62062277427, "peak_rss_bytes": 121547574477}]}
//! ```
//! A meter's record has more: of a stage `entry_rss_bytes`; of the run `cgroup_peak_bytes`, `rank` (or
//! `row` and `column`), `host`, and `notes`, which say how figures were read and why some are absent.
//! A record of several ranks has `ranks`, how many, and its figures are the largest of them; beside each
//! is `..._ranks`, an object with `least_bytes`, `sum_bytes` and `fullest_rank`.

use serde::{Deserialize, Serialize};

use super::{Measured, MeasuredStage, Moment, Place, Read, Spread, refused};
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
        ranks: measured.ranks.and_then(number),
        host: measured.host.clone(),
        baseline_bytes: bytes(measured.baseline),
        peak_rss_bytes: bytes(measured.lifetime_peak),
        peak_rss_ranks: measured.lifetime_ranks.map(SpreadDocument::from),
        cgroup_peak_bytes: bytes(measured.cgroup_peak),
        stages: measured
            .stages
            .iter()
            .filter(|stage| stage.has_figure())
            .map(|MeasuredStage { name, entry, end, peak, ranks }| {
                let [entry_rss_ranks, rss_ranks, peak_rss_ranks] =
                    ranks.map(|spread| spread.map(SpreadDocument::from));
                StageDocument {
                    name: name.clone(),
                    entry_rss_bytes: bytes(*entry),
                    rss_bytes: bytes(*end),
                    peak_rss_bytes: bytes(*peak),
                    entry_rss_ranks,
                    rss_ranks,
                    peak_rss_ranks,
                }
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
    ranks: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline_bytes: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peak_rss_bytes: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peak_rss_ranks: Option<SpreadDocument>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    entry_rss_ranks: Option<SpreadDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rss_ranks: Option<SpreadDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peak_rss_ranks: Option<SpreadDocument>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SpreadDocument {
    least_bytes: i64,
    sum_bytes: i64,
    fullest_rank: i64,
}

impl From<Spread> for SpreadDocument {
    fn from(Spread { least, sum, fullest }: Spread) -> Self {
        let fullest_rank = i64::try_from(fullest).unwrap_or(i64::MAX); // made from one
        SpreadDocument { least_bytes: least.signed(), sum_bytes: sum.signed(), fullest_rank }
    }
}

impl SpreadDocument {
    fn read(self, name: &str) -> Read<Spread> {
        let bytes = Bytes::from_signed;
        let read = || {
            let fullest = u64::try_from(self.fullest_rank).ok()?;
            Some(Spread { least: bytes(self.least_bytes)?, sum: bytes(self.sum_bytes)?, fullest })
        };
        read().ok_or_else(|| format!("{name} has a number below 0; give 0 or more"))
    }
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
            ranks: self.ranks.map(|ranks| number(ranks, "ranks")).transpose()?,
            lifetime_ranks: self
                .peak_rss_ranks
                .map(|spread| spread.read("peak_rss_ranks"))
                .transpose()?,
            host: self.host,
            notes: self.notes,
        };
        for stage in self.stages {
            let StageDocument { name, entry_rss_bytes, rss_bytes, peak_rss_bytes, .. } = stage;
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
            let spreads = [stage.entry_rss_ranks, stage.rss_ranks, stage.peak_rss_ranks];
            if let Some(own) = measured.stages.iter_mut().find(|own| own.name == name) {
                for (place, spread) in own.ranks.iter_mut().zip(spreads) {
                    let name = || format!("a figure over ranks of stage '{name}'");
                    *place = spread.map(|spread| spread.read(&name())).transpose()?.or(*place);
                }
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

//! A comparison as a JSON document, schema `qube-compare/1`: one line, fields in a fixed order. Fields
//! may be added, none renamed.

use std::collections::BTreeMap;

use serde::Serialize;

use super::grid_json::GridView;
use crate::budget::bytes::Bytes;
use crate::quiet::ratio;
use crate::run::compare::{Comparison, Figure, StageComparison, Surplus, Unit};

const SCHEMA: &str = "qube-compare/1";

impl Comparison<'_> {
    /// The document, without a newline.
    pub fn json(&self) -> String {
        let surpluses = self.surpluses();
        // Numbers, texts and names only: nothing that JSON could refuse.
        serde_json::to_string(&Document::of(self, &surpluses)).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    path: &'static str,
    program: &'a str,
    release: &'a str,
    model: &'static str,
    against: &'static str,
    n_pix: u64,
    unit_bytes: Bytes,
    units: Vec<UnitView<'a>>,
    baseline_bytes: Option<Bytes>,
    stages: Vec<StageView<'a>>,
    lifetime_peak: FigureView,
    #[serde(skip_serializing_if = "Option::is_none")]
    within_request: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grid: Option<GridView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ranks: Vec<RankView<'a>>,
    differences: Vec<DifferenceView<'a>>,
    not_measured: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_predicted: Vec<&'a str>,
    notes: &'a [String],
}

#[derive(Serialize)]
struct UnitView<'a> {
    symbol: &'a str,
    words: &'a str,
    bytes: Bytes,
}

#[derive(Serialize)]
struct StageView<'a> {
    name: &'a str,
    /// Null where the prediction says nothing of it.
    end: Option<FigureView>,
    peak: FigureView,
}

#[derive(Serialize)]
struct RankView<'a> {
    /// Null for the one that holds least, of a record of all ranks.
    rank: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<u64>,
    baseline_bytes: Option<Bytes>,
    stages: Vec<StageView<'a>>,
    lifetime_peak: FigureView,
}

#[derive(Serialize)]
struct DifferenceView<'a> {
    stage: &'a str,
    figure: &'static str,
    bytes: i64,
    units: BTreeMap<&'a str, f64>,
    may_be: &'a str,
}

/// Numbers that are not there are null.
#[derive(Serialize)]
struct FigureView {
    predicted_bytes: Bytes,
    #[serde(skip_serializing_if = "Option::is_none")]
    requested_bytes: Option<Bytes>,
    measured_bytes: Option<Bytes>,
    above_baseline_bytes: Option<i64>,
    predicted_units: f64,
    measured_units: Option<f64>,
    difference_bytes: Option<i64>,
    difference_percent: Option<f64>,
}

impl<'a> Document<'a> {
    fn of(comparison: &'a Comparison, surpluses: &'a [Surplus]) -> Self {
        let view = |figure: Figure| FigureView {
            predicted_bytes: figure.predicted,
            requested_bytes: figure.requested,
            measured_bytes: figure.measured,
            above_baseline_bytes: figure.above_baseline,
            predicted_units: figure.predicted_in(comparison.unit()),
            measured_units: figure.measured_in(comparison.unit()),
            difference_bytes: figure.difference(),
            difference_percent: figure.difference_percent(),
        };
        let stages = |stages: &'a [StageComparison]| {
            let stage = |stage: &'a StageComparison| StageView {
                name: &stage.name,
                end: stage.end.map(view),
                peak: view(stage.peak),
            };
            stages.iter().map(stage).collect()
        };
        let in_units = |bytes: i64| {
            let value = |unit: &'a Unit| {
                (unit.symbol.as_str(), ratio(bytes as f64, unit.bytes.get() as f64))
            };
            comparison.units().iter().map(value).collect()
        };
        let budget = comparison.budget();
        Document {
            schema: SCHEMA,
            path: budget.path().name(),
            program: budget.program(),
            release: budget.release(),
            model: budget.model().name(),
            against: if comparison.is_against_request() { "request" } else { "budget" },
            n_pix: comparison.n_pix(),
            unit_bytes: comparison.unit(),
            units: comparison
                .units()
                .iter()
                .map(|Unit { symbol, words, bytes }| UnitView { symbol, words, bytes: *bytes })
                .collect(),
            baseline_bytes: comparison.baseline(),
            stages: stages(comparison.stages()),
            lifetime_peak: view(comparison.lifetime_peak()),
            within_request: comparison.is_within_request(),
            grid: comparison.grid().map(GridView::from),
            ranks: comparison
                .ranks()
                .iter()
                .map(|rank| RankView {
                    rank: rank.rank,
                    row: rank.place.map(|(row, _)| row),
                    column: rank.place.map(|(_, column)| column),
                    baseline_bytes: rank.baseline(),
                    stages: stages(rank.stages()),
                    lifetime_peak: view(rank.lifetime_peak()),
                })
                .collect(),
            differences: surpluses
                .iter()
                .map(|Surplus { stage, is_peak, bytes, words }| DifferenceView {
                    stage,
                    figure: if *is_peak { "peak" } else { "end" },
                    bytes: *bytes,
                    units: in_units(*bytes),
                    may_be: words,
                })
                .collect(),
            not_measured: comparison.not_measured().collect(),
            not_predicted: comparison.not_predicted().collect(),
            notes: comparison.notes(),
        }
    }
}

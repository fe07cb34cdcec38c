//! Calibration records: runs that the host measured itself.
//!
//! A record is a comparison's document (`qube compare --json`, `Comparison::json`): predictions
//! beside measurements. It serves budgets of the same program, path and model, of any size and
//! release. The excess of a stage is measured / predicted at the peak, with the resident size above
//! the baseline, and the largest of all ranks. The largest excess of several records counts; if all
//! held less than predicted, the margin is 0. Records of a stage replace its published calibration.
//!
//! A record without a baseline is an error: the interpreter would count as an excess of the arrays.

use serde::Deserialize;

use crate::budget::bytes::Bytes;
use crate::budget::calibration::Calibration;
use crate::budget::stages::Budget;
use crate::{Error, Result};

const SCHEMA: &str = "qube-compare/1";

/// Bound on peaks: a record has one run, and no run has more ranks.
const MOST_PEAKS: usize = 1 << 20;

/// A measured run and its prediction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalibrationRecord {
    program: String,
    path: String,
    model: String,
    peaks: Vec<Peak>,
}

/// The peak of a stage.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Peak {
    stage: String,
    predicted: u64,
    /// Above the baseline; 0 where it was below.
    measured: u64,
}

impl CalibrationRecord {
    /// Reads a comparison's document. Errors: `Document`, which says what is missing.
    pub fn parse(text: &str) -> Result<CalibrationRecord> {
        let refuse = |reason| Error::Document { what: "record of a run for calibration", reason };
        let document: Document = serde_json::from_str(text).map_err(|error| {
            refuse(format!("{error}; give what a comparison prints as JSON (qube compare --json)"))
        })?;
        document.read().map_err(refuse)
    }

    fn is_of(&self, budget: &Budget) -> bool {
        self.program == budget.program()
            && self.path == budget.path().name()
            && self.model == budget.model().name()
    }
}

/// The calibration of a stage: from the records that have it, else the published one.
pub(super) fn calibration(
    records: &[CalibrationRecord],
    budget: &Budget,
    stage: &str,
) -> Calibration {
    match excess(records, budget, stage) {
        Some((model, measured)) => Calibration::Recorded { model, measured },
        None => Calibration::of(budget, stage),
    }
}

/// The largest excess of a stage over all records that serve a budget, as bytes predicted and measured;
/// measured is not below predicted. None where no record has the stage.
fn excess(records: &[CalibrationRecord], budget: &Budget, stage: &str) -> Option<(u64, u64)> {
    let peaks = records.iter().filter(|record| record.is_of(budget)).flat_map(|one| &one.peaks);
    let (predicted, measured) = peaks
        .filter(|peak| peak.stage == stage)
        .map(|peak| (peak.predicted, peak.measured))
        .max_by_key(|&(predicted, measured)| Ratio { measured, predicted })?;
    Some((predicted, measured.max(predicted)))
}

/// A quotient of two numbers, compared exactly.
#[derive(PartialEq, Eq)]
struct Ratio {
    measured: u64,
    predicted: u64,
}

impl Ord for Ratio {
    fn cmp(&self, other: &Ratio) -> std::cmp::Ordering {
        let product = |a: u64, b: u64| u128::from(a) * u128::from(b);
        product(self.measured, other.predicted).cmp(&product(other.measured, self.predicted))
    }
}

impl PartialOrd for Ratio {
    fn partial_cmp(&self, other: &Ratio) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

#[derive(Deserialize)]
struct Document {
    schema: Option<String>,
    program: Option<String>,
    path: Option<String>,
    model: Option<String>,
    against: Option<String>,
    baseline_bytes: Option<i64>,
    #[serde(default)]
    stages: Vec<StageDocument>,
    #[serde(default)]
    ranks: Vec<RankDocument>,
}

#[derive(Deserialize)]
struct RankDocument {
    baseline_bytes: Option<i64>,
    stages: Vec<StageDocument>,
}

#[derive(Deserialize)]
struct StageDocument {
    name: String,
    peak: Option<FigureDocument>,
}

#[derive(Deserialize)]
struct FigureDocument {
    predicted_bytes: i64,
    above_baseline_bytes: Option<i64>,
}

impl Document {
    fn read(self) -> std::result::Result<CalibrationRecord, String> {
        match self.schema.as_deref() {
            Some(SCHEMA) => {}
            Some("qube-measured/1") => {
                return Err(
                    "it has no prediction beside what was measured; give what qube compare \
                            --json makes of it"
                        .into(),
                );
            }
            other => {
                let other = other.unwrap_or("absent");
                return Err(format!("its schema is '{other}'; this version reads '{SCHEMA}'"));
            }
        }
        if self.against.as_deref() != Some("budget") {
            return Err(
                "it compares with a request, whose margin is in it; compare with the budget".into(),
            );
        }
        let (Some(program), Some(path), Some(model)) = (self.program, self.path, self.model) else {
            return Err("it does not say its program, path and model; compare the run anew".into());
        };
        let ranks = if self.ranks.iter().all(|rank| has_figure(&rank.stages)) {
            self.ranks
        } else {
            Vec::new()
        };
        let whole = RankDocument { baseline_bytes: self.baseline_bytes, stages: self.stages };
        let mut peaks = Vec::new();
        for RankDocument { baseline_bytes, stages } in ranks.into_iter().chain([whole]) {
            for StageDocument { name, peak } in stages {
                let Some(peak) = peak else { continue };
                let Some(above) = peak.above_baseline_bytes else { continue };
                if baseline_bytes.is_none() {
                    return Err(
                        "it has no baseline, so that the interpreter would count as arrays; \
                                measure one before the first stage"
                            .into(),
                    );
                }
                let Some(predicted) = Bytes::from_signed(peak.predicted_bytes) else {
                    let bytes = peak.predicted_bytes;
                    return Err(format!("stage '{name}' is predicted as {bytes} bytes"));
                };
                if peaks.len() == MOST_PEAKS {
                    return Err(format!("it has more than {MOST_PEAKS} peaks"));
                }
                if predicted > Bytes::ZERO {
                    let measured = u64::try_from(above).unwrap_or(0);
                    peaks.push(Peak { stage: name, predicted: predicted.get(), measured });
                }
            }
        }
        if peaks.is_empty() {
            return Err("it has no peak of a stage that was measured; measure one or more".into());
        }
        Ok(CalibrationRecord { program, path, model, peaks })
    }
}

fn has_figure(stages: &[StageDocument]) -> bool {
    let is_measured = |peak: &FigureDocument| peak.above_baseline_bytes.is_some();
    stages.iter().any(|stage| stage.peak.as_ref().is_some_and(is_measured))
}

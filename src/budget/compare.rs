//! Predicted and measured, side by side: how far a budget may be trusted for runs like one that was
//! measured.
//!
//! A budget counts arrays, a run its whole process: what the process held before the first stage,
//! the baseline, is taken off the measured sizes where it is known. Differences are in per cent of
//! the prediction. Besides bytes, figures are in units of n_pix^2 doubles (`p` in the formulas), in
//! which an array that was missed, or one too many, shows as a 1.

use super::bytes::Bytes;
use super::eclipse::STEPS;
use super::input::Count;
use super::measured::{Measured, MeasuredStage};
use super::model::Model;
use super::stage::{Budget, Path};
use super::term::Name;
use crate::Result;
use crate::quiet::ratio;

/// A budget beside what a run of it measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison<'a> {
    budget: &'a Budget,
    n_pix: u64,
    unit: Bytes,
    baseline: Option<Bytes>,
    stages: Vec<StageComparison>,
    not_predicted: Vec<String>,
    lifetime_peak: Figure,
}

/// A stage of the budget, measured or not.
#[derive(Debug, Clone, PartialEq)]
pub struct StageComparison {
    pub name: Name,
    /// What is held when the stage ends; none where the budget does not say: ECLIPSE's published sums
    /// are of peaks.
    pub end: Option<Figure>,
    /// The most that is held in it.
    pub peak: Figure,
}

/// One number, predicted and perhaps measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    pub predicted: Bytes,
    /// The resident size, the baseline in it.
    pub measured: Option<Bytes>,
    /// The resident size above the baseline where that is known; negative where it is below.
    pub above_baseline: Option<i64>,
}

impl Budget {
    /// Puts what a run measured beside the budget. Errors: `UnknownStage`, a measured stage that
    /// the budget does not have (nor ECLIPSE, beside its published sums); `Overflow`, n_pix^2 doubles
    /// beyond 2^63 - 1 bytes.
    pub fn compare(&self, measured: &Measured) -> Result<Comparison<'_>> {
        let sums = self.path() == Path::Eclipse && self.model() == Model::Published;
        let mut not_predicted = Vec::new();
        for MeasuredStage { name, .. } in measured.stages() {
            match self.stage(name) {
                // A run has more steps than the guide has sums.
                Err(_) if sums && STEPS.contains(&name.as_str()) => {
                    not_predicted.push(name.clone());
                }
                found => _ = found?,
            }
        }
        let baseline = measured.baseline();
        let figure = |predicted, measured: Option<Bytes>| Figure {
            predicted,
            measured,
            // Both are 0 to 2^63 - 1, so their difference cannot overflow.
            above_baseline: measured
                .map(|rss| rss.signed() - baseline.unwrap_or(Bytes::ZERO).signed()),
        };
        let stages = self.stages().iter().map(|stage| {
            let found = measured.stages().iter().find(|measured| measured.name == stage.name());
            StageComparison {
                name: stage.name.clone(),
                end: (!sums)
                    .then(|| figure(stage.end_bytes(), found.and_then(|measured| measured.end))),
                peak: figure(stage.peak_bytes(), found.and_then(|measured| measured.peak)),
            }
        });
        let n_pix = n_pix(self);
        let side = Count::constant("n_pix", n_pix);
        Ok(Comparison {
            budget: self,
            n_pix,
            unit: Bytes::doubles("a matrix of all pixels", &[side, side])?,
            baseline,
            stages: stages.collect(),
            not_predicted,
            lifetime_peak: figure(self.lifetime_peak_bytes(), measured.lifetime_peak()),
        })
    }
}

/// Pixels of all fields together: n_pix of QUBE's budgets, t + 2 q of ECLIPSE's. The sum is that of
/// sizes whose squares fitted.
fn n_pix(budget: &Budget) -> u64 {
    let pixels = |name| budget.count(name).unwrap_or(0);
    budget.count("n_pix").unwrap_or_else(|| pixels("pix_t") + 2 * pixels("pix_p"))
}

impl<'a> Comparison<'a> {
    pub fn budget(&self) -> &'a Budget {
        self.budget
    }

    /// Pixels of all fields together.
    pub fn n_pix(&self) -> u64 {
        self.n_pix
    }

    /// The bytes of n_pix^2 doubles.
    pub fn unit(&self) -> Bytes {
        self.unit
    }

    /// What was taken off the measured sizes.
    pub fn baseline(&self) -> Option<Bytes> {
        self.baseline
    }

    /// All stages of the budget, in its order.
    pub fn stages(&self) -> &[StageComparison] {
        &self.stages
    }

    /// The stage of this name. Errors: `UnknownStage`.
    pub fn stage(&self, name: &str) -> Result<&StageComparison> {
        Ok(&self.stages[self.budget.position(name)?])
    }

    /// The largest of the whole run, whatever the stage.
    pub fn lifetime_peak(&self) -> Figure {
        self.lifetime_peak
    }

    /// The stages of which nothing was measured.
    pub fn not_measured(&self) -> impl Iterator<Item = &str> {
        let bare =
            |stage: &&StageComparison| stage.figures().all(|(_, figure)| figure.measured.is_none());
        self.stages.iter().filter(bare).map(|stage| &*stage.name)
    }

    /// The stages that were measured, but that the guide has no published sum for.
    pub fn not_predicted(&self) -> impl Iterator<Item = &str> {
        self.not_predicted.iter().map(String::as_str)
    }

    /// The figure whose measurement is furthest from its prediction in per cent, with the name of
    /// its stage (`lifetime` for that of the run) and whether it is a peak; none if none was
    /// measured that was not predicted as 0.
    pub fn furthest(&self) -> Option<(&str, bool, f64)> {
        let of_stages = self.stages.iter().flat_map(|stage| {
            stage.figures().map(|(is_peak, figure)| (&*stage.name, is_peak, figure))
        });
        let mut furthest: Option<(&str, bool, f64)> = None;
        for (name, is_peak, figure) in of_stages.chain([("lifetime", true, self.lifetime_peak)]) {
            if let Some(percent) = figure.difference_percent()
                && furthest.is_none_or(|(_, _, most)| percent.abs() > most.abs())
            {
                furthest = Some((name, is_peak, percent));
            }
        }
        furthest
    }
}

impl StageComparison {
    /// Its figures, each with whether it is the peak.
    pub fn figures(&self) -> impl Iterator<Item = (bool, Figure)> {
        self.end.map(|end| (false, end)).into_iter().chain([(true, self.peak)])
    }
}

impl Figure {
    /// How much more was measured, above the baseline, than predicted, in per cent of the
    /// prediction; none where nothing was measured, or 0 predicted.
    pub fn difference_percent(&self) -> Option<f64> {
        let predicted = self.predicted.signed();
        let above = self.above_baseline.filter(|_| predicted > 0)?;
        let more = i128::from(above) - i128::from(predicted);
        Some(ratio(more as f64, predicted as f64) * 100.0)
    }

    /// The prediction in units of so many bytes.
    pub fn predicted_in(&self, unit: Bytes) -> f64 {
        self.predicted.get() as f64 / unit.get() as f64
    }

    /// What was measured, above the baseline, in units of so many bytes.
    pub fn measured_in(&self, unit: Bytes) -> Option<f64> {
        self.above_baseline.map(|bytes| bytes as f64 / unit.get() as f64)
    }
}

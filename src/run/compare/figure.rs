//! One number, predicted and measured, and those of a stage and of a process.

use super::prediction::{Expected, Prediction};
use crate::budget::bytes::Bytes;
use crate::budget::name::Name;
use crate::budget::stages::Budget;
use crate::quiet::ratio;
use crate::run::measured::Measured;

/// All figures of one process, or the largest of several.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Side {
    pub baseline: Option<Bytes>,
    pub stages: Vec<StageComparison>,
    pub lifetime_peak: Figure,
}

/// A stage of the budget, measured or not.
#[derive(Debug, Clone, PartialEq)]
pub struct StageComparison {
    pub name: Name,
    /// Bytes held at the end of the stage; none where the prediction has none: published sums of
    /// ECLIPSE and requests have peaks only.
    pub end: Option<Figure>,
    /// The most that is held in it.
    pub peak: Figure,
}

/// One number, predicted and perhaps measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    pub predicted: Bytes,
    /// The prediction with the margin that is requested, beside a request.
    pub requested: Option<Bytes>,
    /// The resident size, the baseline in it.
    pub measured: Option<Bytes>,
    /// The compared figure: the resident size above the baseline if that is known, negative below
    /// it; beside a request the resident size itself.
    pub above_baseline: Option<i64>,
}

impl Side {
    pub(super) fn of(
        budget: &Budget,
        prediction: &Prediction,
        measured: &Measured,
        absolute: bool,
    ) -> Side {
        let baseline = measured.baseline();
        let taken_off = if absolute { Bytes::ZERO } else { baseline.unwrap_or(Bytes::ZERO) };
        let figure = |predicted, requested, measured: Option<Bytes>| Figure {
            predicted,
            requested,
            measured,
            // Both are 0 to 2^63 - 1, so their difference cannot overflow.
            above_baseline: measured.map(|rss| rss.signed() - taken_off.signed()),
        };
        let stages = budget.stages().iter().zip(&prediction.stages).map(|(stage, expected)| {
            let found = measured.stages().iter().find(|found| found.name == stage.name());
            let Expected { end, peak, requested } = *expected;
            StageComparison {
                name: stage.name.clone(),
                end: end.map(|end| figure(end, None, found.and_then(|found| found.end))),
                peak: figure(peak, requested, found.and_then(|found| found.peak)),
            }
        });
        let Expected { peak, requested, .. } = prediction.lifetime;
        Side {
            baseline,
            stages: stages.collect(),
            lifetime_peak: figure(peak, requested, measured.lifetime_peak()),
        }
    }

    /// The larger of each figure.
    pub(super) fn or_larger(mut self, other: &Side) -> Side {
        self.baseline = self.baseline.zip(other.baseline).map(|(a, b)| a.max(b));
        for (own, more) in self.stages.iter_mut().zip(&other.stages) {
            own.end = own.end.zip(more.end).map(|(a, b)| a.or_larger(b));
            own.peak = own.peak.or_larger(more.peak);
        }
        self.lifetime_peak = self.lifetime_peak.or_larger(other.lifetime_peak);
        self
    }
}

impl Side {
    /// All figures, with the name of their stage (`lifetime` for that of the run) and whether each is
    /// a peak.
    pub fn figures(&self) -> impl Iterator<Item = (&str, bool, Figure)> {
        let of_stages = self.stages.iter().flat_map(|stage| {
            stage.figures().map(|(is_peak, figure)| (&*stage.name, is_peak, figure))
        });
        of_stages.chain([("lifetime", true, self.lifetime_peak)])
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

    /// The same in bytes.
    pub fn difference(&self) -> Option<i64> {
        // Both are within 2^63 of 0, and the prediction is not negative.
        self.above_baseline.map(|above| above.saturating_sub(self.predicted.signed()))
    }

    /// The prediction in units of `unit` bytes.
    pub fn predicted_in(&self, unit: Bytes) -> f64 {
        ratio(self.predicted.get() as f64, unit.get() as f64)
    }

    /// The measurement above the baseline, in units of `unit` bytes.
    pub fn measured_in(&self, unit: Bytes) -> Option<f64> {
        self.above_baseline.map(|bytes| ratio(bytes as f64, unit.get() as f64))
    }

    /// Whether what was measured, if anything was, is within what was requested, if it was.
    pub fn is_within_request(&self) -> bool {
        self.measured.zip(self.requested).is_none_or(|(measured, most)| measured <= most)
    }

    fn or_larger(self, other: Figure) -> Figure {
        Figure {
            predicted: self.predicted.max(other.predicted),
            requested: self.requested.max(other.requested),
            measured: self.measured.max(other.measured),
            above_baseline: self.above_baseline.max(other.above_baseline),
        }
    }
}

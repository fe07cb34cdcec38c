//! Predicted and measured, side by side: how far a budget may be trusted for runs like one that was
//! measured.
//!
//! A budget counts arrays, a run its whole process: what the process held before the first stage,
//! the baseline, is taken off the measured sizes where it is known. A request is of resident sizes, input
//! and baseline in them, and so are the measured ones that are put beside it. Differences are in per cent
//! of the prediction, and in the pipeline's own units (`units`), in which an array that was missed, or
//! one too many, shows as a 1.
//!
//! Records may be of one process, of several ranks one by one, or of all ranks in one (see
//! [`Measured::over_ranks`]). A rank of a grid has its own prediction; without a grid each has that of
//! the budget, as QUBE's ranks do.

mod ranks;
mod surplus;
mod units;

pub use ranks::RankComparison;
pub use surplus::Surplus;
pub use units::Unit;

use super::measured::Measured;
use super::request::Request;
use crate::budget::bytes::Bytes;
use crate::budget::grid::Grid;
use crate::budget::model::Model;
use crate::budget::stage::Stage;
use crate::budget::stages::{Budget, Path};
use crate::budget::term::{Name, Term};
use crate::quiet::ratio;
use crate::{Error, Result};

/// What ECLIPSE runs through: its log has no total of the first two, its guide sums of three others.
const STEPS: [&str; 7] = ["step_5", "spectra", "step_1", "step_2", "step_3", "step_4", "step_6"];

/// A budget beside what a run of it measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison<'a> {
    budget: &'a Budget,
    against_request: bool,
    grid: Option<Grid>,
    n_pix: u64,
    units: Vec<Unit>,
    pub(crate) whole: Side,
    ranks: Vec<RankComparison>,
    not_predicted: Vec<String>,
    notes: Vec<String>,
}

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
    /// What is held when the stage ends; none where the prediction does not say: published sums of
    /// ECLIPSE and requests are of peaks.
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
    /// What is compared: the resident size above the baseline where that is known, negative where it is
    /// below; beside a request the resident size itself.
    pub above_baseline: Option<i64>,
}

/// Which rank of a grid a prediction is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    Rank(u64, u64),
    /// Of each stage the one that holds most in it.
    Fullest,
    Least,
}

/// What one process is expected to hold.
struct Prediction {
    stages: Vec<Expected>,
    lifetime: Expected,
}

#[derive(Clone, Copy)]
struct Expected {
    end: Option<Bytes>,
    peak: Bytes,
    requested: Option<Bytes>,
}

impl Budget {
    /// Puts what a run measured beside the budget. Errors: `UnknownStage`, a measured stage that
    /// the budget does not have (nor ECLIPSE).
    pub fn compare(&self, measured: &Measured) -> Result<Comparison<'_>> {
        self.compare_ranks(None, std::slice::from_ref(measured))
    }

    /// The same for the ranks of a grid, or without one for several ranks that each hold all of it. A
    /// record says which rank it is of; records that do not are those of ranks 0, 1, 2 and on, in order.
    /// One record of all ranks has the fullest and the least beside those of the grid. Errors: as
    /// `compare`; `Input`, no record; `Position`, a rank that the grid does not have; `Duplicate`, two
    /// records of one rank; `Overflow`.
    pub fn compare_ranks(
        &self,
        grid: Option<Grid>,
        measured: &[Measured],
    ) -> Result<Comparison<'_>> {
        let predict = |at: At| match grid {
            Some(grid) => Prediction::on_rank(self, grid, at),
            None => Ok(Prediction::of(self)),
        };
        Comparison::of(self, grid, false, &predict, measured)
    }
}

impl Request {
    /// Puts the resident sizes that ranks measured beside the request: what a rank holds at the peak of a
    /// stage, with its input and its baseline, and with the margin. Errors: as
    /// [`Budget::compare_ranks`].
    pub fn compare(&self, measured: &[Measured]) -> Result<Comparison<'_>> {
        let predict = |_| Ok(Prediction::of_request(self));
        Comparison::of(self.budget(), self.grid(), true, &predict, measured)
    }
}

impl Prediction {
    fn of(budget: &Budget) -> Prediction {
        let has_ends = has_ends(budget);
        let stages = budget.stages().iter().map(|stage| Expected {
            end: has_ends.then_some(stage.end_bytes()),
            peak: stage.peak_bytes(),
            requested: None,
        });
        Prediction::with_lifetime(stages.collect())
    }

    fn on_rank(budget: &Budget, grid: Grid, at: At) -> Result<Prediction> {
        let (row, column) = match at {
            At::Rank(row, column) => (row, column),
            At::Fullest => (0, 0),
            At::Least => (grid.rows() - 1, grid.columns() - 1),
        };
        let held = |terms: Vec<&Term>| {
            terms.into_iter().try_fold(Bytes::ZERO, |sum, term| {
                let part = grid.part(term, row, column)?;
                sum.plus(part, || format!("what a rank holds with '{}'", term.name()))
            })
        };
        let end =
            |stage: &Stage| held(stage.persistent().iter().chain(stage.post_peak()).collect());
        let of_rank = |stage: &Stage| {
            let most =
                |most: Bytes, live: Vec<&Term>| -> Result<Bytes> { Ok(most.max(held(live)?)) };
            stage.moments().try_fold(Bytes::ZERO, most)
        };
        // Another rank than the first may hold most: rank 0 has maps, the last one may not.
        let all = if matches!(at, At::Rank(..)) { None } else { Some(budget.per_rank(grid)?) };
        let has_ends = has_ends(budget);
        let stages = budget.stages().iter().enumerate().map(|(number, stage)| {
            let peak = match (&all, at) {
                (Some(all), At::Fullest) => all.stages[number].fullest,
                (Some(all), At::Least) => all.stages[number].least,
                _ => of_rank(stage)?,
            };
            let end = has_ends.then(|| end(stage)).transpose()?;
            Ok(Expected { end, peak, requested: None })
        });
        Ok(Prediction::with_lifetime(stages.collect::<Result<_>>()?))
    }

    fn of_request(request: &Request) -> Prediction {
        let stages = request.stages().iter().map(|stage| {
            let requested = stage.per_rank_bytes();
            Expected {
                end: None,
                peak: stage.margin_bytes().left_of(requested),
                requested: Some(requested),
            }
        });
        Prediction::with_lifetime(stages.collect())
    }

    fn with_lifetime(stages: Vec<Expected>) -> Prediction {
        let peaks = stages.iter().map(|stage| stage.peak);
        let lifetime = Expected {
            end: None,
            peak: peaks.max().unwrap_or(Bytes::ZERO),
            requested: stages.iter().filter_map(|stage| stage.requested).max(),
        };
        Prediction { stages, lifetime }
    }
}

/// Published sums of ECLIPSE are of peaks.
fn has_ends(budget: &Budget) -> bool {
    budget.path() != Path::Eclipse || budget.model() != Model::Published
}

impl Side {
    fn of(budget: &Budget, prediction: &Prediction, measured: &Measured, absolute: bool) -> Side {
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
    fn or_larger(mut self, other: &Side) -> Side {
        self.baseline = self.baseline.zip(other.baseline).map(|(a, b)| a.max(b));
        for (own, more) in self.stages.iter_mut().zip(&other.stages) {
            own.end = own.end.zip(more.end).map(|(a, b)| a.or_larger(b));
            own.peak = own.peak.or_larger(more.peak);
        }
        self.lifetime_peak = self.lifetime_peak.or_larger(other.lifetime_peak);
        self
    }
}

impl<'a> Comparison<'a> {
    fn of(
        budget: &'a Budget,
        grid: Option<Grid>,
        against_request: bool,
        predict: &dyn Fn(At) -> Result<Prediction>,
        measured: &[Measured],
    ) -> Result<Comparison<'a>> {
        let mut not_predicted: Vec<String> = Vec::new();
        let may_be_missing = match (budget.path(), budget.model()) {
            (Path::Eclipse, Model::Published) => &STEPS[..],
            (Path::Eclipse, _) => &STEPS[..2],
            _ => &[],
        };
        for stage in measured.iter().flat_map(Measured::stages) {
            match budget.stage(&stage.name) {
                Err(_) if may_be_missing.contains(&stage.name.as_str()) => {
                    if !not_predicted.contains(&stage.name) {
                        not_predicted.push(stage.name.clone());
                    }
                }
                found => _ = found?,
            }
        }
        let side = |at, measured: &Measured| {
            Ok(Side::of(budget, &predict(at)?, measured, against_request))
        };
        let (whole, ranks) = match measured {
            [] => {
                let allowed = "one record or more of what was measured";
                return Err(Error::Input { name: "n_measured", value: 0, allowed });
            }
            [one] => match (one.ranks(), grid) {
                (Some(_), _) => ranks::fullest_and_least(grid, one, &side)?,
                (None, Some(_)) if !against_request => ranks::one_by_one(grid, measured, &side)?,
                _ => (side(At::Fullest, one)?, Vec::new()),
            },
            _ => ranks::one_by_one(grid, measured, &side)?,
        };
        let mut comparison = Comparison {
            budget,
            against_request,
            grid: grid.filter(|_| !against_request),
            n_pix: units::n_pix(budget),
            units: units::of(budget, grid.filter(|_| !against_request)),
            whole,
            ranks,
            not_predicted,
            notes: Vec::new(),
        };
        comparison.notes = comparison.notes_of(measured);
        Ok(comparison)
    }

    /// What is to be known of this run's figures.
    fn notes_of(&self, measured: &[Measured]) -> Vec<String> {
        /// Below it glibc keeps arrays that are freed (DEFAULT_MMAP_THRESHOLD_MAX).
        const KEPT: Bytes = Bytes::constant(32 << 20);
        let mut notes: Vec<String> = Vec::new();
        for note in measured.iter().flat_map(Measured::notes) {
            if !notes.contains(note) {
                notes.push(note.clone());
            }
        }
        let is_of_process =
            self.budget.path() != Path::Eclipse || self.budget.model() == Model::Held;
        let largest = self.budget.stages().iter().flat_map(Stage::terms).map(Term::bytes).max();
        if is_of_process && largest.is_some_and(|bytes| bytes <= KEPT) {
            notes.push(
                "no array of this run is above 32 MiB: the C library may keep what is freed, and \
                 the ends of stages may be above the prediction"
                    .into(),
            );
        }
        if self.budget.path() == Path::Eclipse && self.grid.is_none() && !self.against_request {
            notes.push(
                "the prediction is of all ranks together; name a grid to compare the record of a rank"
                    .into(),
            );
        }
        notes
    }

    pub fn budget(&self) -> &'a Budget {
        self.budget
    }

    /// Whether the prediction is a request: resident sizes, input and baseline in them.
    pub fn is_against_request(&self) -> bool {
        self.against_request
    }

    /// The grid whose ranks are compared.
    pub fn grid(&self) -> Option<Grid> {
        self.grid
    }

    /// Pixels of all fields together; 0 in a pipeline without any.
    pub fn n_pix(&self) -> u64 {
        self.n_pix
    }

    /// The bytes of the first unit, n_pix^2 doubles; 0 where there is none.
    pub fn unit(&self) -> Bytes {
        self.units.first().map_or(Bytes::ZERO, |unit| unit.bytes)
    }

    /// The pipeline's own units.
    pub fn units(&self) -> &[Unit] {
        &self.units
    }

    /// What was taken off the measured sizes: of several ranks, each's own; this is the largest.
    pub fn baseline(&self) -> Option<Bytes> {
        self.whole.baseline
    }

    /// All stages of the budget, in its order; of several ranks the largest of each figure.
    pub fn stages(&self) -> &[StageComparison] {
        &self.whole.stages
    }

    /// The stage of this name. Errors: `UnknownStage`.
    pub fn stage(&self, name: &str) -> Result<&StageComparison> {
        Ok(&self.whole.stages[self.budget.position(name)?])
    }

    /// The largest of the whole run, whatever the stage.
    pub fn lifetime_peak(&self) -> Figure {
        self.whole.lifetime_peak
    }

    /// Rank by rank; empty where one record was compared.
    pub fn ranks(&self) -> &[RankComparison] {
        &self.ranks
    }

    /// What is to be known of this run's figures.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The stages of which nothing was measured.
    pub fn not_measured(&self) -> impl Iterator<Item = &str> {
        let bare =
            |stage: &&StageComparison| stage.figures().all(|(_, figure)| figure.measured.is_none());
        self.whole.stages.iter().filter(bare).map(|stage| &*stage.name)
    }

    /// The stages that were measured, but that the prediction does not have.
    pub fn not_predicted(&self) -> impl Iterator<Item = &str> {
        self.not_predicted.iter().map(String::as_str)
    }

    /// Whether all that was measured stays within the request; none beside a budget.
    pub fn is_within_request(&self) -> Option<bool> {
        let sides = self.ranks.iter().map(|rank| &rank.side).chain([&self.whole]);
        let mut figures = sides.flat_map(Side::figures);
        self.against_request.then(|| figures.all(|(_, _, figure)| figure.is_within_request()))
    }

    /// The figure whose measurement is furthest from its prediction in per cent, with the name of
    /// its stage (`lifetime` for that of the run) and whether it is a peak; none if none was
    /// measured that was not predicted as 0.
    pub fn furthest(&self) -> Option<(&str, bool, f64)> {
        let mut furthest: Option<(&str, bool, f64)> = None;
        for (name, is_peak, figure) in self.whole.figures() {
            if let Some(percent) = figure.difference_percent()
                && furthest.is_none_or(|(_, _, most)| percent.abs() > most.abs())
            {
                furthest = Some((name, is_peak, percent));
            }
        }
        furthest
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

    /// The prediction in units of so many bytes.
    pub fn predicted_in(&self, unit: Bytes) -> f64 {
        ratio(self.predicted.get() as f64, unit.get() as f64)
    }

    /// What was measured, above the baseline, in units of so many bytes.
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

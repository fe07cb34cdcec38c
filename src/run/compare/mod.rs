//! Comparisons: predictions beside measurements of a run, to show how far a budget may be trusted
//! for runs like it.
//!
//! A budget counts arrays, a run its whole process; the baseline, if known, is subtracted from the
//! measured sizes. A request counts resident sizes with input and baseline, so measured sizes stay
//! as they are beside it. Differences are in per cent of the prediction and in the pipeline's own
//! units (`units`), in which a missing or superfluous array shows as a 1.
//!
//! Records may be of one process, of several ranks one by one, or of all ranks in one (see
//! [`Measured::over_ranks`]). A rank of a grid has its own prediction; without a grid each has that of
//! the budget, as QUBE's ranks do.

mod figure;
mod prediction;
mod ranks;
mod surplus;
mod units;

pub(crate) use figure::Side;
pub use figure::{Figure, StageComparison};
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
use crate::budget::term::Term;
use crate::{Error, Result};
use prediction::{At, Prediction};

/// Steps of ECLIPSE: its log has no total of the first two, its guide sums of three others.
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

    /// Notes on the figures of this run.
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
                "no array of this run exceeds 32 MiB: the C library may keep freed memory, and \
                 the ends of stages may exceed it"
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

    /// The baseline subtracted from the measured sizes. Several ranks have one each; this is the
    /// largest.
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

    /// Notes on the figures of this run.
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

//! The figures that a budget, a rank of a grid or a request predicts.

use crate::Result;
use crate::budget::bytes::Bytes;
use crate::budget::grid::Grid;
use crate::budget::model::Model;
use crate::budget::stage::Stage;
use crate::budget::stages::{Budget, Path};
use crate::budget::term::Term;
use crate::run::request::Request;

/// The rank of a grid that a prediction describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    Rank(u64, u64),
    /// Of each stage the one that holds most in it.
    Fullest,
    Least,
}

/// Expected memory of one process.
pub(super) struct Prediction {
    pub stages: Vec<Expected>,
    pub lifetime: Expected,
}

#[derive(Clone, Copy)]
pub(super) struct Expected {
    pub end: Option<Bytes>,
    pub peak: Bytes,
    pub requested: Option<Bytes>,
}

impl Prediction {
    pub(super) fn of(budget: &Budget) -> Prediction {
        let has_ends = has_ends(budget);
        let stages = budget.stages().iter().map(|stage| Expected {
            end: has_ends.then_some(stage.end_bytes()),
            peak: stage.peak_bytes(),
            requested: None,
        });
        Prediction::with_lifetime(stages.collect())
    }

    pub(super) fn on_rank(budget: &Budget, grid: Grid, at: At) -> Result<Prediction> {
        let (row, column) = match at {
            At::Rank(row, column) => (row, column),
            At::Fullest => (0, 0),
            At::Least => (grid.rows() - 1, grid.columns() - 1),
        };
        let held = |terms: Vec<&Term>| grid.sum(terms, row, column);
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

    pub(super) fn of_request(request: &Request) -> Prediction {
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

    pub(super) fn with_lifetime(stages: Vec<Expected>) -> Prediction {
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

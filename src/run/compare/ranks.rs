//! Predicted and measured, rank by rank.

use super::prediction::At;
use super::{Figure, Side, StageComparison};
use crate::budget::bytes::Bytes;
use crate::budget::grid::Grid;
use crate::run::measured::{Measured, MeasuredStage};
use crate::{Error, Result};

/// One rank, or the one that holds least.
#[derive(Debug, Clone, PartialEq)]
pub struct RankComparison {
    /// Its number; none for the one that holds least, of a record of all ranks.
    pub rank: Option<u64>,
    /// Its row and column in the grid.
    pub place: Option<(u64, u64)>,
    pub(crate) side: Side,
}

impl RankComparison {
    /// Resident size before the first stage.
    pub fn baseline(&self) -> Option<Bytes> {
        self.side.baseline
    }

    pub fn stages(&self) -> &[StageComparison] {
        &self.side.stages
    }

    pub fn lifetime_peak(&self) -> Figure {
        self.side.lifetime_peak
    }
}

/// Predictions and measurements of a rank.
type Beside<'f> = dyn Fn(At, &Measured) -> Result<Side> + 'f;

/// A record of each rank.
pub(super) fn one_by_one(
    grid: Option<Grid>,
    measured: &[Measured],
    beside: &Beside,
) -> Result<(Side, Vec<RankComparison>)> {
    let columns = grid.map_or(1, |grid| grid.columns());
    let count = grid.map_or(u64::MAX, |grid| grid.ranks());
    let mut ranks: Vec<RankComparison> = Vec::with_capacity(measured.len());
    for (number, record) in measured.iter().enumerate() {
        let rank = match record.place() {
            Some(_) => record.rank_in(columns),
            None => Some(number as u64),
        };
        let off = || Error::Position {
            what: "rank",
            value: rank.and_then(|rank| i64::try_from(rank).ok()).unwrap_or(i64::MAX),
            count: usize::try_from(count).unwrap_or(usize::MAX),
        };
        let rank = rank.filter(|&rank| rank < count).ok_or_else(off)?;
        if ranks.iter().any(|known| known.rank == Some(rank)) {
            return Err(Error::Duplicate {
                what: "rank",
                label: rank.to_string(),
                twice: "has two records; give one of each rank",
            });
        }
        let (row, column) = (rank / columns, rank % columns);
        let place = grid.map(|_| (row, column));
        let side = beside(At::Rank(row, column), record)?;
        ranks.push(RankComparison { rank: Some(rank), place, side });
    }
    ranks.sort_by_key(|rank| rank.rank);
    let whole = ranks.iter().map(|rank| &rank.side);
    let largest = whole.fold(None, |largest: Option<Side>, side| match largest {
        Some(largest) => Some(largest.or_larger(side)),
        None => Some(side.clone()),
    });
    let none = || Error::Input { name: "n_measured", value: 0, allowed: "1 or more" };
    Ok((largest.ok_or_else(none)?, ranks))
}

/// A record of all ranks in one: the fullest beside the one that is predicted to be it, and the least
/// likewise.
pub(super) fn fullest_and_least(
    grid: Option<Grid>,
    record: &Measured,
    beside: &Beside,
) -> Result<(Side, Vec<RankComparison>)> {
    if let (Some(grid), Some(ranks)) = (grid, record.ranks())
        && grid.ranks() != ranks
    {
        return Err(Error::Conflict {
            name: "ranks",
            value: i64::try_from(ranks).unwrap_or(i64::MAX),
            other: "`nprow` x `npcol`",
            other_value: grid.ranks() as i64, // 2^60 at most
            allowed: "the grid of the run that was measured",
        });
    }
    let least = Measured {
        lifetime_peak: record.lifetime_ranks().map(|spread| spread.least),
        stages: record
            .stages()
            .iter()
            .map(|stage| {
                let [entry, end, peak] =
                    stage.ranks.map(|spread| spread.map(|spread| spread.least));
                MeasuredStage { entry, end, peak, ..stage.clone() }
            })
            .collect(),
        ..record.clone()
    };
    let whole = beside(At::Fullest, record)?;
    let least = RankComparison { rank: None, place: None, side: beside(At::Least, &least)? };
    Ok((whole, vec![least]))
}

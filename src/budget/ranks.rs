//! Bytes per rank of a grid, stage by stage: of the fullest rank, the least full one, the mean and
//! any one; and the best grid, on which the fullest rank holds least.

use super::bytes::Bytes;
use super::grid::Grid;
use super::name::Name;
use super::spread::{Rank, Spread};
use super::stage::Stage;
use super::stages::Budget;
use super::term::{Layout, Term};
use crate::Result;

/// Elements that a 32-bit ScaLAPACK can number in a local matrix.
const LARGEST_LOCAL: u128 = i32::MAX as u128;

/// Memory of the ranks in a stage, each at its own worst moment.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RankStage {
    pub name: Name,
    #[serde(rename = "fullest_bytes")]
    pub fullest: Bytes,
    #[serde(rename = "least_bytes")]
    pub least: Bytes,
    /// Of all ranks, rounded up.
    #[serde(rename = "mean_bytes")]
    pub mean: Bytes,
    /// The rank that holds most, the first of several.
    pub fullest_rank: Rank,
    /// The rank that holds least, the last of several.
    pub least_rank: Rank,
}

/// A matrix of which one rank holds more than 2^31 - 1 elements.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct LocalTooLarge {
    pub stage: Name,
    pub term: Name,
    pub elements: u64,
}

/// A budget as the ranks of a grid hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PerRank {
    pub grid: Grid,
    pub stages: Vec<RankStage>,
    /// The stage in which a rank holds most.
    pub peak_stage: usize,
    /// Matrices that a ScaLAPACK with 32-bit integers cannot hold.
    pub too_large: Vec<LocalTooLarge>,
}

/// A grid beside the best one for as many ranks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GridAdvice {
    pub asked: PerRank,
    pub best: PerRank,
    /// One rank, where it is asked about.
    pub one: Option<OneRank>,
}

/// A rank of a grid, stage by stage and term by term, each stage at the rank's own worst moment.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct OneRank {
    #[serde(flatten)]
    pub rank: Rank,
    pub stages: Vec<OneStage>,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct OneStage {
    pub name: Name,
    /// The sum of the terms.
    pub bytes: Bytes,
    pub terms: Vec<RankTerm>,
}

/// A term on one rank.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RankTerm {
    pub name: Name,
    pub bytes: Bytes,
}

impl Budget {
    /// Memory per rank of a grid. Errors: `Overflow`, more than 2^63 - 1 bytes on a rank.
    pub fn per_rank(&self, grid: Grid) -> Result<PerRank> {
        let spread = Spread::new(self, grid, false)?;
        let stages = self.stages().iter().enumerate().map(|(number, stage)| {
            let (fullest, least) = (spread.fullest(number), spread.least(number));
            Ok(RankStage {
                name: stage.name.clone(),
                fullest: spread.reached(number, fullest)?,
                least: spread.reached(number, least)?,
                mean: spread.mean(number)?,
                fullest_rank: fullest,
                least_rank: least,
            })
        });
        let stages = stages.collect::<Result<Vec<_>>>()?;
        let mut peak_stage = 0;
        for (number, stage) in stages.iter().enumerate() {
            if stage.fullest > stages[peak_stage].fullest {
                peak_stage = number;
            }
        }
        Ok(PerRank { grid, stages, peak_stage, too_large: self.too_large(grid) })
    }

    /// Block-cyclic matrices that a 32-bit ScaLAPACK cannot hold, each once, with its first stage.
    pub(crate) fn too_large(&self, grid: Grid) -> Vec<LocalTooLarge> {
        let mut too_large: Vec<LocalTooLarge> = Vec::new();
        for stage in self.stages() {
            for term in stage.moments().flatten() {
                let elements = match term.layout() {
                    Layout::BlockCyclic => grid.local(term, 0, 0),
                    _ => 0,
                };
                let known = too_large.iter().any(|known| known.term == term.name());
                if elements > LARGEST_LOCAL && !known {
                    let elements = u64::try_from(elements).unwrap_or(u64::MAX);
                    let (stage, term) = (stage.name.clone(), term.shared_name().clone());
                    too_large.push(LocalTooLarge { stage, term, elements });
                }
            }
        }
        too_large
    }

    /// Memory of one rank, term by term, at its worst moment in a stage. Row and column are within
    /// the grid. Errors: `Overflow`.
    pub fn on_rank(&self, grid: Grid, stage: &Stage, rank: Rank) -> Result<Vec<RankTerm>> {
        let mut worst: Option<(Bytes, Vec<RankTerm>)> = None;
        for live in stage.moments() {
            let terms = live.into_iter().map(|term| {
                let bytes = grid.part(term, rank.row, rank.column)?;
                Ok(RankTerm { name: term.shared_name().clone(), bytes })
            });
            let terms = terms.collect::<Result<Vec<_>>>()?;
            let sum = terms.iter().try_fold(Bytes::ZERO, |sum, term| {
                sum.plus(term.bytes, || format!("the memory of a rank with '{}'", term.name))
            })?;
            if worst.as_ref().is_none_or(|(most, _)| sum > *most) {
                worst = Some((sum, terms));
            }
        }
        Ok(worst.map_or(Vec::new(), |(_, terms)| terms))
    }

    /// The grid and block, of those tried, with the least memory on the fullest rank: every
    /// factorization of the number of ranks, with blocks of 16 to 256. Of equal ones the squarest
    /// grid wins, then the largest block, which is fastest. Errors: `Input`, ranks below 1 or
    /// beyond 2^30.
    pub fn best_grid(&self, ranks: i64) -> Result<PerRank> {
        let mut best: Option<(Bytes, Grid)> = None;
        let squarest = Grid::squarest(ranks)?;
        let moments = self.largest_moments();
        let short = (1..=squarest.rows() as i64).rev().filter(|row| ranks % row == 0);
        for row in short {
            let long = ranks / row;
            let turned = (row != long).then_some((long, row));
            for (rows, columns) in [Some((row, long)), turned].into_iter().flatten() {
                for block in [256, 128, 64, 32, 16] {
                    let grid = Grid::new(rows, columns, block, None)?;
                    if let Some(fullest) = fullest_below(&moments, grid, best)? {
                        best = Some((fullest, grid));
                    }
                }
            }
        }
        self.per_rank(best.map_or(squarest, |(_, grid)| grid))
    }

    /// All moments, those in which all ranks together hold most first.
    fn largest_moments(&self) -> Vec<Vec<&Term>> {
        let mut moments: Vec<Vec<&Term>> = self.stages().iter().flat_map(Stage::moments).collect();
        let of_all_ranks = |live: &Vec<&Term>| -> u128 {
            live.iter().map(|term| u128::from(term.bytes().get())).sum()
        };
        moments.sort_by_key(|live| std::cmp::Reverse(of_all_ranks(live)));
        moments
    }

    /// Memory per rank of a grid, beside the best grid for as many ranks. Errors: as `per_rank` and
    /// `best_grid`.
    pub fn grid_advice(&self, grid: Grid) -> Result<GridAdvice> {
        let ranks = i64::try_from(grid.ranks()).unwrap_or(i64::MAX);
        Ok(GridAdvice { asked: self.per_rank(grid)?, best: self.best_grid(ranks)?, one: None })
    }

    /// The same with one rank, term by term; it is within the grid. Errors: as `grid_advice`.
    pub fn rank_advice(&self, grid: Grid, rank: Rank) -> Result<GridAdvice> {
        let stages = self.stages().iter().map(|stage| {
            let terms = self.on_rank(grid, stage, rank)?;
            let bytes = terms.iter().try_fold(Bytes::ZERO, |sum, term| {
                sum.plus(term.bytes, || format!("the memory of a rank with '{}'", term.name))
            })?;
            Ok(OneStage { name: stage.name.clone(), bytes, terms })
        });
        let one = OneRank { rank, stages: stages.collect::<Result<_>>()? };
        Ok(GridAdvice { one: Some(one), ..self.grid_advice(grid)? })
    }

    /// The same of the squarest grid with blocks of 64.
    pub fn squarest_grid_advice(&self, ranks: i64) -> Result<GridAdvice> {
        self.grid_advice(Grid::squarest(ranks)?)
    }
}

/// Memory of the fullest rank of a grid if it is below the best known one.
fn fullest_below(
    moments: &[Vec<&Term>],
    grid: Grid,
    best: Option<(Bytes, Grid)>,
) -> Result<Option<Bytes>> {
    let (rows, columns) = grid.borders(moments.iter().flatten().copied());
    let mut fullest = Bytes::ZERO;
    for live in moments {
        for &row in &rows {
            for &column in &columns {
                fullest = fullest.max(grid.sum(live.iter().copied(), row, column)?);
                if best.is_some_and(|(least, _)| fullest >= least) {
                    return Ok(None);
                }
            }
        }
    }
    Ok(Some(fullest))
}

impl PerRank {
    /// The most that a rank holds.
    pub fn fullest(&self) -> Bytes {
        self.stages[self.peak_stage].fullest
    }
}

//! What one rank holds of matrices that are spread over all of them, as ScaLAPACK does: block-cyclic in
//! two dimensions, over a grid of nprow x npcol ranks.
//!
//! A rank at (r, c) holds `max(1, numroc(rows, nb, r, nprow)) * max(1, numroc(columns, nb, c, npcol))`
//! elements of a matrix, where numroc deals out blocks of nb rows in turn: `full = n / nb` whole ones,
//! `(full / np) nb` for each, one more for the first `full mod np`, and the rest of n to the next one.
//! So (0, 0) holds most of every matrix, and the last rank least. Source: ScaLAPACK Users' Guide,
//! section 4.3.

use super::bytes::Bytes;
use super::stage::{Budget, Stage};
use super::term::{Holder, Layout, Name, Shape, Term};
use crate::{Error, Result};

/// Elements that a 32-bit ScaLAPACK can number in a local matrix.
const LARGEST_LOCAL: u128 = i32::MAX as u128;

/// Ranks and block sizes beyond any machine.
const MOST: i64 = 1 << 30;

/// How block-cyclic matrices are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    rows: u64,
    columns: u64,
    block: u64,
}

/// What one rank holds in a stage.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RankStage {
    pub name: Name,
    /// The most that the rank holds which holds most, and the one which holds least, each at its own
    /// worst moment of the stage; and the mean of all at the peak (rounded up).
    #[serde(rename = "fullest_bytes")]
    pub fullest: Bytes,
    #[serde(rename = "least_bytes")]
    pub least: Bytes,
    #[serde(rename = "mean_bytes")]
    pub mean: Bytes,
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
    /// The stage in which the fullest rank holds most.
    pub peak_stage: usize,
    /// Matrices that a ScaLAPACK with 32-bit integers cannot hold.
    pub too_large: Vec<LocalTooLarge>,
}

/// A grid beside the best one for as many ranks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GridAdvice {
    pub asked: PerRank,
    pub best: PerRank,
}

impl Grid {
    /// A grid, of as many ranks as there are. Errors: `Input`, a size below 1 or beyond 2^30;
    /// `Conflict`, ranks that do not fill it.
    pub fn new(rows: i64, columns: i64, block: i64, ranks: Option<i64>) -> Result<Grid> {
        let size = |name, value: i64| {
            if (1..=MOST).contains(&value) {
                return Ok(value.unsigned_abs());
            }
            Err(Error::Input { name, value, allowed: "1 to 1073741824 (2^30)" })
        };
        let grid = Grid {
            rows: size("nprow", rows)?,
            columns: size("npcol", columns)?,
            block: size("block", block)?,
        };
        if let Some(ranks) = ranks {
            size("ranks", ranks)?;
            if grid.ranks() != ranks.unsigned_abs() {
                return Err(Error::Conflict {
                    name: "ranks",
                    value: ranks,
                    other: "`nprow` x `npcol`",
                    other_value: grid.ranks() as i64, // 2^60 at most
                    allowed: "as many ranks as the grid has, or another grid",
                });
            }
        }
        Ok(grid)
    }

    pub fn rows(&self) -> u64 {
        self.rows
    }

    pub fn columns(&self) -> u64 {
        self.columns
    }

    pub fn block(&self) -> u64 {
        self.block
    }

    pub fn ranks(&self) -> u64 {
        self.rows * self.columns
    }

    /// Elements that the rank at (row, column) has of one of the matrices of a term.
    fn local(&self, term: &Term, row: u64, column: u64) -> u128 {
        let Shape { rows, columns, .. } = term.shape();
        let holds = match term.holder() {
            Holder::EveryRank => true,
            Holder::FirstRow => row == 0,
            Holder::FirstRank => row == 0 && column == 0,
        };
        if !holds {
            return 0;
        }
        let local_rows = || numroc(rows, self.block, row, self.rows);
        let local_columns = || numroc(columns, self.block, column, self.columns);
        let product = |a: u64, b: u64| u128::from(a) * u128::from(b);
        match term.layout() {
            Layout::Whole | Layout::NodeShared => product(rows, columns),
            Layout::BlockCyclic => product(local_rows().max(1), local_columns().max(1)),
            Layout::Rows => product(local_rows(), columns),
            Layout::Columns => product(rows, local_columns()),
            Layout::Panels => {
                (u128::from(local_rows()) + u128::from(local_columns())) * u128::from(self.block)
            }
            Layout::Message { row: down, column: right } => {
                let rows = Moved::of(rows, down, self.block, row, self.rows);
                let columns = Moved::of(columns, right, self.block, column, self.columns);
                let to_another_row = product(rows.to_another, columns.to_any);
                to_another_row.max(product(rows.to_any, columns.to_another))
            }
            Layout::ToFirstRow if self.rows == 1 => 0,
            Layout::ToFirstRow => product(numroc(rows, self.block, 1, self.rows), local_columns()),
        }
    }

    /// Bytes of terms on the rank at (row, column).
    fn bytes(&self, terms: &[&Term], row: u64, column: u64) -> Result<Bytes> {
        terms.iter().try_fold(Bytes::ZERO, |sum, term| {
            sum.plus(self.part(term, row, column)?, || {
                format!("what a rank holds with '{}'", term.name())
            })
        })
    }

    /// Bytes of one term on the rank at (row, column), 0 to `rows` - 1 and `columns` - 1. Errors:
    /// `Overflow`.
    pub fn part(&self, term: &Term, row: u64, column: u64) -> Result<Bytes> {
        let shape = term.shape();
        let elements = self.local(term, row, column).checked_mul(shape.matrices.into());
        let bytes = elements.and_then(|elements| elements.checked_mul(shape.element_bytes.into()));
        Bytes::of_wide(term.name(), bytes)
    }

    /// Bytes of one term on the rank that holds most.
    pub(crate) fn fullest_part(&self, term: &Term) -> Result<Bytes> {
        self.part(term, 0, 0)
    }

    /// The most that the rank at (row, column) holds in a stage. Errors: `Overflow`.
    pub fn held(&self, stage: &Stage, row: u64, column: u64) -> Result<Bytes> {
        let most = |most: Bytes, live: Vec<&Term>| Ok(most.max(self.bytes(&live, row, column)?));
        stage.moments().try_fold(Bytes::ZERO, most)
    }

    fn stage(&self, stage: &Stage) -> Result<RankStage> {
        Ok(RankStage {
            name: stage.name.clone(),
            fullest: self.held(stage, 0, 0)?,
            least: self.held(stage, self.rows - 1, self.columns - 1)?,
            mean: stage.peak_bytes().shared_by(self.ranks()),
        })
    }
}

/// How many of n rows fall to the process p of np, dealt out in blocks of nb.
fn numroc(n: u64, nb: u64, p: u64, np: u64) -> u64 {
    let full = n / nb;
    let each = full / np * nb;
    let extra = full % np;
    let more = match p.cmp(&extra) {
        std::cmp::Ordering::Less => nb,
        std::cmp::Ordering::Equal => n % nb,
        std::cmp::Ordering::Greater => 0,
    };
    each + more
}

/// How many rows of a block-cyclic matrix a process sends when the matrix moves down by some rows:
/// the most to any process, and to one that is not itself.
struct Moved {
    to_any: u64,
    to_another: u64,
}

impl Moved {
    /// Of n rows that move down by `offset`. Both places repeat after np blocks, so that one period
    /// and what is left of n tell all of them.
    fn of(n: u64, offset: u64, nb: u64, p: u64, np: u64) -> Moved {
        // Row i is sent in pieces that end where either place has a border of blocks. A piece of the
        // k-th own block goes to two processes at most.
        let shift = offset % nb;
        let first = nb - shift; // rows of an own block that stay in the block that it starts in
        let next = |block: u64| (block + offset / nb) % np;
        let own = numroc(n, nb, p, np);
        let (whole, rest) = (own / nb, own % nb);
        let (near, far) = (next(p), (next(p) + 1) % np);
        let to_near = whole * first + rest.min(first);
        let to_far = own - to_near;
        if near == far {
            return Moved { to_any: own, to_another: if near == p { 0 } else { own } };
        }
        let other = |to: u64, rows: u64| if to == p { 0 } else { rows };
        Moved {
            to_any: to_near.max(to_far),
            to_another: other(near, to_near).max(other(far, to_far)),
        }
    }
}

impl Budget {
    /// What each rank of a grid holds. Errors: `Overflow`, more than 2^63 - 1 bytes on a rank.
    pub fn per_rank(&self, grid: Grid) -> Result<PerRank> {
        let stages: Vec<RankStage> =
            self.stages().iter().map(|stage| grid.stage(stage)).collect::<Result<_>>()?;
        let mut peak_stage = 0;
        for (number, stage) in stages.iter().enumerate() {
            if stage.fullest > stages[peak_stage].fullest {
                peak_stage = number;
            }
        }
        let mut too_large: Vec<LocalTooLarge> = Vec::new();
        for stage in self.stages() {
            for term in stage.terms() {
                let elements = grid.local(term, 0, 0);
                let known = too_large.iter().any(|known| known.term == term.name());
                if elements > LARGEST_LOCAL && !known {
                    let elements = u64::try_from(elements).unwrap_or(u64::MAX);
                    let (stage, term) = (stage.name.clone(), term.shared_name().clone());
                    too_large.push(LocalTooLarge { stage, term, elements });
                }
            }
        }
        Ok(PerRank { grid, stages, peak_stage, too_large })
    }

    /// The grid and the block, of those that are tried, with which the fullest rank holds least: every
    /// way to write the number of ranks as a product, blocks of 16 to 256. Of equal ones the squarest
    /// grid, then the largest block, which is fastest. Errors: `Input`, ranks below 1 or beyond 2^30.
    pub fn best_grid(&self, ranks: i64) -> Result<PerRank> {
        Grid::new(ranks, 1, 1, None).map_err(|_| Error::Input {
            name: "ranks",
            value: ranks,
            allowed: "1 to 1073741824 (2^30)",
        })?;
        let factors =
            (1..=ranks).take_while(|row| row * row <= ranks).filter(|row| ranks % row == 0);
        // Nothing but the fullest rank, and that until another grid is better, the largest moments
        // first: inverse questions try thousands of numbers of ranks.
        let mut moments: Vec<Vec<&Term>> = self.stages().iter().flat_map(Stage::moments).collect();
        let of_all_ranks = |live: &Vec<&Term>| -> u128 {
            live.iter().map(|term| u128::from(term.bytes().get())).sum()
        };
        moments.sort_by_key(|live| std::cmp::Reverse(of_all_ranks(live)));
        let mut best: Option<(Bytes, Grid)> = None;
        for row in factors.collect::<Vec<_>>().into_iter().rev() {
            for (rows, columns) in [(row, ranks / row), (ranks / row, row)] {
                'blocks: for block in [256, 128, 64, 32, 16] {
                    let grid = Grid::new(rows, columns, block, None)?;
                    let mut fullest = Bytes::ZERO;
                    for live in &moments {
                        fullest = fullest.max(grid.bytes(live, 0, 0)?);
                        if best.is_some_and(|(least, _)| fullest >= least) {
                            continue 'blocks;
                        }
                    }
                    best = Some((fullest, grid));
                }
            }
        }
        let best = best.map(|(_, grid)| self.per_rank(grid)).transpose()?;
        best.ok_or(Error::Input { name: "ranks", value: ranks, allowed: "1 or more" })
    }
}

impl Budget {
    /// What each rank of a grid holds, beside the best grid for as many ranks. Errors: as `per_rank` and
    /// `best_grid`.
    pub fn grid_advice(&self, grid: Grid) -> Result<GridAdvice> {
        let ranks = i64::try_from(grid.ranks()).unwrap_or(i64::MAX);
        Ok(GridAdvice { asked: self.per_rank(grid)?, best: self.best_grid(ranks)? })
    }

    /// The same of the best grid itself.
    pub fn best_grid_advice(&self, ranks: i64) -> Result<GridAdvice> {
        let best = self.best_grid(ranks)?;
        Ok(GridAdvice { asked: best.clone(), best })
    }
}

impl PerRank {
    /// The most that a rank holds.
    pub fn fullest(&self) -> Bytes {
        self.stages[self.peak_stage].fullest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_move_are_counted_one_by_one() {
        for n in 0..40 {
            for (offset, nb, np) in (0..20).flat_map(|offset| {
                (1..7).flat_map(move |nb| (1..5).map(move |np| (offset, nb, np)))
            }) {
                for p in 0..np {
                    let sent = |to: u64| {
                        let goes = |row: u64| row / nb % np == p && (row + offset) / nb % np == to;
                        (0..n).filter(|&row| goes(row)).count() as u64
                    };
                    let moved = Moved::of(n, offset, nb, p, np);
                    assert_eq!(moved.to_any, (0..np).map(sent).max().unwrap());
                    let others = (0..np).filter(|&to| to != p).map(sent);
                    assert_eq!(
                        moved.to_another,
                        others.max().unwrap_or(0),
                        "{n} {offset} {nb} {p}"
                    );
                }
            }
        }
    }

    #[test]
    fn every_row_falls_to_one_process() {
        for n in 0..60 {
            for nb in 1..9 {
                for np in 1..7 {
                    let dealt = |p| (0..n).filter(|row| row / nb % np == p).count() as u64;
                    (0..np)
                        .for_each(|p| assert_eq!(numroc(n, nb, p, np), dealt(p), "{n} {nb} {p}"));
                    assert!((1..np).all(|p| numroc(n, nb, p, np) <= numroc(n, nb, p - 1, np)));
                }
            }
        }
    }
}

//! The share of one rank of a process grid: ScaLAPACK's block-cyclic layout.
//!
//! A rank at (r, c) of nprow x npcol holds `max(1, numroc(rows, nb, r, nprow)) * max(1, numroc(columns,
//! nb, c, npcol))` elements of a matrix, where numroc deals out blocks of nb rows in turn: `full = n /
//! nb` whole ones, `(full / np) nb` for each, one more for the first `full mod np`, and the rest of n to
//! the next one. Source: ScaLAPACK Users' Guide, section 4.3.

use super::bytes::Bytes;
use super::term::{Holder, Layout, Move, Shape, Term};
use crate::{Error, Result};

/// Ranks and block sizes beyond any machine.
const MOST: i64 = 1 << 30;

/// Default block size.
const BLOCK: u64 = 64;

/// A process grid with its block size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    rows: u64,
    columns: u64,
    block: u64,
}

impl Grid {
    /// A single rank.
    pub const ALONE: Grid = Grid { rows: 1, columns: 1, block: BLOCK };

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

    /// The squarest grid, no taller than wide, with blocks of 64. Errors: `Input`, ranks below 1 or
    /// beyond 2^30.
    pub fn squarest(ranks: i64) -> Result<Grid> {
        Grid::check_ranks(ranks)?;
        let ranks = ranks.unsigned_abs();
        let rows = (1..=ranks.isqrt()).rev().find(|rows| ranks.is_multiple_of(*rows));
        let rows = rows.unwrap_or(1); // 1 divides all
        Ok(Grid { rows, columns: ranks / rows, block: BLOCK })
    }

    /// Ranks in one row, for arrays without a grid.
    pub(crate) fn row_of(ranks: u64) -> Grid {
        Grid { rows: 1, columns: ranks, block: BLOCK }
    }

    pub(crate) fn check_ranks(ranks: i64) -> Result<()> {
        if (1..=MOST).contains(&ranks) {
            return Ok(());
        }
        Err(Error::Input { name: "ranks", value: ranks, allowed: "1 to 1073741824 (2^30)" })
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

    /// Rows of a matrix of n rows on process row `row`.
    fn local_rows(&self, n: u64, row: u64) -> u64 {
        numroc(n, self.block, row, self.rows)
    }

    fn local_columns(&self, n: u64, column: u64) -> u64 {
        numroc(n, self.block, column, self.columns)
    }

    /// Elements that the rank at (row, column) has of one of the matrices of a term.
    pub(crate) fn local(&self, term: &Term, row: u64, column: u64) -> u128 {
        let Shape { rows, columns, .. } = term.shape();
        let holds = match term.holder() {
            Holder::EveryRank => true,
            Holder::FirstRow => row == 0,
            Holder::FirstRank => row == 0 && column == 0,
        };
        if !holds {
            return 0;
        }
        let local_rows = || self.local_rows(rows, row);
        let local_columns = || self.local_columns(columns, column);
        match term.layout() {
            Layout::Whole | Layout::NodeShared => product(rows, columns),
            Layout::BlockCyclic => product(local_rows().max(1), local_columns().max(1)),
            Layout::Rows => product(local_rows(), columns),
            Layout::Columns => product(rows, local_columns()),
            Layout::Panels => {
                let width = self.block.min(rows.max(columns));
                (u128::from(local_rows()) + u128::from(local_columns())) * u128::from(width)
            }
            Layout::Message(moves) => {
                moves.iter().map(|moved| self.message(moved, row, column)).max().unwrap_or(0)
            }
        }
    }

    /// Elements of the largest message that the rank at (row, column) has to do with in a move.
    fn message(&self, moved: &Move, row: u64, column: u64) -> u128 {
        match *moved {
            Move::Block { rows, columns, down, right } => {
                let rows = Sent::of(rows, down, self.block, row, self.rows);
                let columns = Sent::of(columns, right, self.block, column, self.columns);
                let to_another_row = product(rows.to_another, columns.to_any);
                to_another_row.max(product(rows.to_any, columns.to_another))
            }
            Move::ToFirstRow { rows, columns } if row == 0 && self.rows > 1 => {
                product(self.local_rows(rows, 1), self.local_columns(columns, column))
            }
            Move::ToFirstRow { .. } => 0,
        }
    }

    /// Bytes of one term on the rank at (row, column), 0 to `rows` - 1 and `columns` - 1. Errors:
    /// `Overflow`.
    pub fn part(&self, term: &Term, row: u64, column: u64) -> Result<Bytes> {
        let shape = term.shape();
        let elements = self.local(term, row, column).checked_mul(shape.matrices.into());
        let bytes = elements.and_then(|elements| elements.checked_mul(shape.element_bytes.into()));
        Bytes::of_wide(term.name(), bytes)
    }

    /// Bytes of several terms on the rank at (row, column). Errors: `Overflow`.
    pub(crate) fn sum<'a>(
        &self,
        terms: impl IntoIterator<Item = &'a Term>,
        row: u64,
        column: u64,
    ) -> Result<Bytes> {
        terms.into_iter().try_fold(Bytes::ZERO, |sum, term| {
            sum.plus(self.part(term, row, column)?, || {
                format!("the memory of a rank with '{}'", term.name())
            })
        })
    }

    /// Where process rows begin that have other numbers of rows than the one before, for all sizes;
    /// and process columns. Between two of them all ranks hold the same.
    pub(crate) fn borders<'a>(
        &self,
        terms: impl Iterator<Item = &'a Term>,
    ) -> (Vec<u64>, Vec<u64>) {
        let (mut of_rows, mut of_columns) = (vec![0, 1], vec![0, 1]);
        for term in terms {
            let mut add = |rows: u64, columns: u64| {
                let last = |n: u64, np: u64| [n / self.block % np, n / self.block % np + 1];
                of_rows.extend(last(rows, self.rows));
                of_columns.extend(last(columns, self.columns));
            };
            add(term.shape().rows, term.shape().columns);
            if let Layout::Message(moves) = term.layout() {
                for moved in moves.iter() {
                    let (Move::Block { rows, columns, .. } | Move::ToFirstRow { rows, columns }) =
                        *moved;
                    add(rows, columns);
                }
            }
        }
        let sorted = |mut borders: Vec<u64>, np: u64| {
            borders.retain(|&border| border < np);
            borders.sort_unstable();
            borders.dedup();
            borders
        };
        (sorted(of_rows, self.rows), sorted(of_columns, self.columns))
    }
}

impl Term {
    /// Work arrays that depend on the grid: its bytes are those that one rank alone would hold.
    pub(crate) fn work(name: &'static str, shape: Shape, layout: Layout) -> Result<Term> {
        let empty = Term::of_bytes(name, shape, layout, Bytes::ZERO);
        let bytes = Grid::ALONE.part(&empty, 0, 0)?;
        Ok(Term::of_bytes(name, shape, empty.layout().clone(), bytes))
    }
}

fn product(a: u64, b: u64) -> u128 {
    u128::from(a) * u128::from(b)
}

/// Rows of n that process p of np owns, in blocks of nb.
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

/// Rows of a block-cyclic matrix that a process sends when the matrix moves down: the most to any
/// process, and the most to another process.
struct Sent {
    to_any: u64,
    to_another: u64,
}

impl Sent {
    /// Of n rows that move down by `offset`, from process p of np. Each own block falls into two
    /// blocks of the other place at most, always at the same row of it.
    fn of(n: u64, offset: u64, nb: u64, p: u64, np: u64) -> Sent {
        let own = numroc(n, nb, p, np);
        let near_rows = nb - offset % nb; // of a whole block, those that go to the nearer process
        let near = (p + offset / nb) % np;
        let far = (near + 1) % np;
        let to_near = own / nb * near_rows + (own % nb).min(near_rows);
        let to_far = own - to_near;
        if near == far {
            return Sent { to_any: own, to_another: if near == p { 0 } else { own } };
        }
        let other = |to: u64, rows: u64| if to == p { 0 } else { rows };
        Sent {
            to_any: to_near.max(to_far),
            to_another: other(near, to_near).max(other(far, to_far)),
        }
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
                    let moved = Sent::of(n, offset, nb, p, np);
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

    #[test]
    fn the_squarest_grid_is_no_taller_than_wide() {
        for (ranks, rows) in [(1, 1), (2, 1), (4, 2), (12, 3), (94, 2), (97, 1), (96, 8)] {
            let grid = Grid::squarest(ranks).unwrap();
            assert_eq!((grid.rows, grid.ranks(), grid.block), (rows, ranks as u64, 64));
        }
        assert!(Grid::squarest(0).is_err() && Grid::squarest((1 << 30) + 1).is_err());
    }
}

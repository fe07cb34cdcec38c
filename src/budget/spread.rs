//! A budget on a grid whose ranks fill nodes in order: the bytes of any rank in a stage, of the
//! fullest and the least full rank, and of all ranks of a node.
//!
//! Ranks are numbered row by row. Process rows between two borders of [`Grid::borders`] hold the
//! same, and so do process columns. A few ranks thus stand for all: time grows with the number of
//! such ranges and of nodes, not of ranks.

use std::cmp::Reverse;

use super::bytes::Bytes;
use super::grid::Grid;
use super::stage::Stage;
use super::stages::Budget;
use super::term::{Layout, Term};
use crate::Result;

/// A budget on a grid.
pub(crate) struct Spread<'a> {
    pub grid: Grid,
    /// Whether the ranks of a node share all whole arrays.
    share: bool,
    rows: Vec<Range>,
    columns: Vec<Range>,
    stages: Vec<Held<'a>>,
}

/// Process rows or columns that hold the same.
#[derive(Clone, Copy)]
struct Range {
    first: u64,
    count: u64,
}

/// A rank of a grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Rank {
    pub row: u64,
    pub column: u64,
}

/// A stage, as the ranks hold it.
struct Held<'a> {
    stage: &'a Stage,
    /// Own bytes of a rank of each range of rows and columns at its worst moment.
    own: Vec<Vec<Bytes>>,
    /// The same, or what a later rank has where that is more: it never rises along rows and columns.
    bound: Vec<Vec<Bytes>>,
}

/// The largest of each value and all that are below it or to its right.
fn falling(own: &[Vec<Bytes>]) -> Vec<Vec<Bytes>> {
    let mut bound = own.to_vec();
    for row in (0..bound.len()).rev() {
        for column in (0..bound[row].len()).rev() {
            let below = bound.get(row + 1).map_or(Bytes::ZERO, |next| next[column]);
            let right = bound[row].get(column + 1).copied().unwrap_or(Bytes::ZERO);
            bound[row][column] = bound[row][column].max(below).max(right);
        }
    }
    bound
}

impl Rank {
    pub const FIRST: Rank = Rank { row: 0, column: 0 };
}

/// Ranks in the order in which they are numbered, 1 or more.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ranks {
    pub first: u64,
    pub count: u64,
}

impl<'a> Spread<'a> {
    pub fn new(budget: &'a Budget, grid: Grid, share: bool) -> Result<Spread<'a>> {
        let terms = budget.stages().iter().flat_map(Stage::moments).flatten();
        let (rows, columns) = grid.borders(terms);
        let ranges = |borders: Vec<u64>, np: u64| -> Vec<Range> {
            let ends = borders.iter().skip(1).copied().chain([np]);
            let range = |(&first, end)| Range { first, count: end - first };
            borders.iter().zip(ends).map(range).collect()
        };
        let (rows, columns) = (ranges(rows, grid.rows()), ranges(columns, grid.columns()));
        let mut spread = Spread { grid, share, rows, columns, stages: Vec::new() };
        for stage in budget.stages() {
            let own = spread.rows.iter().map(|row| {
                let held = |column: &Range| {
                    let rank = Rank { row: row.first, column: column.first };
                    spread.most(stage, rank, false)
                };
                spread.columns.iter().map(held).collect::<Result<Vec<_>>>()
            });
            let own = own.collect::<Result<Vec<_>>>()?;
            spread.stages.push(Held { stage, bound: falling(&own), own });
        }
        Ok(spread)
    }

    fn is_shared(&self, term: &Term) -> bool {
        match term.layout() {
            Layout::NodeShared => true,
            Layout::Whole => self.share,
            _ => false,
        }
    }

    /// Bytes of a rank at a moment, of its own arrays or of the shared ones.
    fn at(&self, live: &[&Term], rank: Rank, shared: bool) -> Result<Bytes> {
        let terms = live.iter().copied().filter(|term| self.is_shared(term) == shared);
        self.grid.sum(terms, rank.row, rank.column)
    }

    fn most(&self, stage: &Stage, rank: Rank, shared: bool) -> Result<Bytes> {
        let most = |most: Bytes, live: Vec<&Term>| Ok(most.max(self.at(&live, rank, shared)?));
        stage.moments().try_fold(Bytes::ZERO, most)
    }

    /// The ranks that stand for all in a stage, each with what it has of its own: the first one of
    /// those that are like it, and the last one.
    fn kinds(&self, stage: usize) -> impl Iterator<Item = (Rank, Rank, Bytes)> {
        self.rows.iter().zip(&self.stages[stage].own).flat_map(|(row, own)| {
            self.columns.iter().zip(own).map(|(column, &bytes)| {
                let first = Rank { row: row.first, column: column.first };
                let last = |range: &Range| range.first + range.count - 1;
                (first, Rank { row: last(row), column: last(column) }, bytes)
            })
        })
    }

    /// The rank that has most in a stage, the first of several.
    pub fn fullest(&self, stage: usize) -> Rank {
        let most = self.kinds(stage).max_by_key(|&(first, _, bytes)| (bytes, Reverse(first)));
        most.map_or(Rank::FIRST, |(first, ..)| first)
    }

    /// The rank that has least in a stage, the last of several.
    pub fn least(&self, stage: usize) -> Rank {
        let least = self.kinds(stage).min_by_key(|&(_, last, bytes)| (bytes, Reverse(last)));
        least.map_or(Rank::FIRST, |(_, last, _)| last)
    }

    /// The most that a rank reaches in a stage, its node's shared arrays included.
    pub fn reached(&self, stage: usize, rank: Rank) -> Result<Bytes> {
        let stage = self.stages[stage].stage;
        let most = |most: Bytes, live: Vec<&Term>| {
            let own = self.at(&live, rank, false)?;
            let reached =
                own.plus(self.at(&live, rank, true)?, || "the memory that a rank reaches".into())?;
            Ok(most.max(reached))
        };
        stage.moments().try_fold(Bytes::ZERO, most)
    }

    /// The terms live on a rank at its worst moment in a stage.
    pub fn live(&self, stage: usize, rank: Rank) -> Result<Vec<(&'a Term, Bytes)>> {
        let mut worst: Option<(Bytes, Vec<&'a Term>)> = None;
        for live in self.stages[stage].stage.moments() {
            let own = self.at(&live, rank, false)?;
            let held =
                own.plus(self.at(&live, rank, true)?, || "the memory that a rank reaches".into())?;
            if worst.as_ref().is_none_or(|(most, _)| held > *most) {
                worst = Some((held, live));
            }
        }
        let live = worst.map_or(Vec::new(), |(_, live)| live);
        live.into_iter()
            .map(|term| Ok((term, self.grid.part(term, rank.row, rank.column)?)))
            .collect()
    }

    /// The mean over all ranks of what each reaches in a stage, rounded up.
    pub fn mean(&self, stage: usize) -> Result<Bytes> {
        let ranks = self.grid.ranks();
        let all = self.node(stage, Ranks { first: 0, count: ranks }, |_| Ok(Bytes::ZERO))?;
        all.shared_by(ranks).plus(self.shared(stage)?, || "the memory of the mean rank".into())
    }

    /// Own bytes of the ranks of a node in a stage, each rank at its own worst moment, plus
    /// `beside`, which depends on the rank's own bytes alone.
    pub fn node(
        &self,
        stage: usize,
        node: Ranks,
        beside: impl Fn(Bytes) -> Result<Bytes>,
    ) -> Result<Bytes> {
        let Held { stage, own, .. } = &self.stages[stage];
        self.sum(node, |row, column| {
            let own = own[row][column];
            own.plus(beside(own)?, || format!("the memory of a rank in stage '{}'", stage.name()))
        })
    }

    /// An upper bound of `node` over all nodes; exact where the first node holds most.
    pub fn any_node(
        &self,
        stage: usize,
        count: u64,
        beside: impl Fn(Bytes) -> Result<Bytes>,
    ) -> Result<Bytes> {
        let Held { stage, bound, .. } = &self.stages[stage];
        self.sum(Ranks { first: 0, count }, |row, column| {
            let own = bound[row][column];
            own.plus(beside(own)?, || format!("the memory of a rank in stage '{}'", stage.name()))
        })
    }

    /// Bytes that the ranks of a node share in a stage.
    pub fn shared(&self, stage: usize) -> Result<Bytes> {
        self.most(self.stages[stage].stage, Rank::FIRST, true)
    }

    /// Bytes of a term on the ranks of a node.
    pub fn term(&self, node: Ranks, term: &Term) -> Result<Bytes> {
        if self.is_shared(term) {
            return self.grid.part(term, 0, 0);
        }
        self.sum(node, |row, column| {
            self.grid.part(term, self.rows[row].first, self.columns[column].first)
        })
    }

    /// Whether no rank has more in a stage than one above it or to its left. Then the first node holds
    /// most: each rank of another one is matched by one of the first that is not below and not to the
    /// right of it.
    pub fn falls(&self, stage: usize) -> bool {
        self.stages[stage].own == self.stages[stage].bound
    }

    /// A sum over ranks, of what those in a range of rows and a range of columns each have.
    fn sum(&self, ranks: Ranks, each: impl Fn(usize, usize) -> Result<Bytes>) -> Result<Bytes> {
        let npcol = self.grid.columns();
        let end = ranks.first + ranks.count;
        let (first_row, last_row) = (ranks.first / npcol, (end - 1) / npcol);
        let mut sum: u128 = 0;
        for (number, row) in self.rows.iter().enumerate() {
            // The first and the last row may be in part this node's; those between them are whole.
            let within = |of: u64| (row.first..row.first + row.count).contains(&of);
            let from = row.first.max(first_row + 1);
            let whole = (row.first + row.count).min(last_row).saturating_sub(from);
            let mut pieces = vec![(0, npcol, whole)];
            if within(first_row) {
                let to = (end - first_row * npcol).min(npcol);
                pieces.push((ranks.first % npcol, to, 1));
            }
            if last_row > first_row && within(last_row) {
                pieces.push((0, end - last_row * npcol, 1));
            }
            for (from, to, times) in pieces.into_iter().filter(|&(.., times)| times > 0) {
                for (place, column) in self.columns.iter().enumerate() {
                    let to = to.min(column.first + column.count);
                    let columns = to.saturating_sub(from.max(column.first));
                    if columns > 0 {
                        let bytes = u128::from(each(number, place)?.get());
                        // Fewer than 2^63 bytes on fewer than 2^60 ranks.
                        sum += bytes * u128::from(columns) * u128::from(times);
                    }
                }
            }
        }
        Bytes::of_node(sum)
    }
}

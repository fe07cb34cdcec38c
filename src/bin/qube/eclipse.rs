//! `qube budget eclipse`: ECLIPSE's inputs and its grid of ranks, on the command line.

use qube_budget::budget::{Budget, Grid, GridAdvice, Rank};
use qube_budget::{Error, Result};

use crate::budget::Report;
use crate::sizes;

#[derive(clap::Args)]
pub struct Eclipse {
    #[command(flatten)]
    sizes: sizes::Eclipse,
    #[command(flatten)]
    ranks: Ranks,
    #[command(flatten)]
    pub report: Report,
}

/// The ranks that hold the matrices.
#[derive(clap::Args)]
#[command(next_help_heading = "Per rank")]
pub struct Ranks {
    #[command(flatten)]
    spread: sizes::BlockCyclic,
    /// Number of ranks; without --nprow and --npcol, on the squarest grid
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    ranks: Option<i64>,
    /// Show one rank term by term, as ROW,COLUMN from 0
    #[arg(long, value_name = "R,C", value_parser = place)]
    rank: Option<Rank>,
}

impl Eclipse {
    pub fn budget(&self) -> Result<Budget> {
        self.sizes.run()?.budget()
    }

    pub fn advice(&self, budget: &Budget) -> Result<Option<GridAdvice>> {
        self.ranks.advice(budget)
    }
}

impl Ranks {
    /// The memory per rank, if the flags give a grid or a number of ranks.
    pub fn advice(&self, budget: &Budget) -> Result<Option<GridAdvice>> {
        let Ranks { spread, ranks, rank } = self;
        let grid = match (spread.grid(*ranks)?, *ranks) {
            (None, Some(ranks)) => Some(Grid::squarest(ranks)?),
            (grid, _) => grid,
        };
        match (grid, *rank) {
            (None, None) => Ok(None),
            (None, Some(_)) => {
                let allowed = "`ranks`, or `nprow` and `npcol`, too";
                Err(Error::Figure { name: "rank", value: "given without a grid".into(), allowed })
            }
            (Some(grid), None) => budget.grid_advice(grid).map(Some),
            (Some(grid), Some(rank)) => {
                for (value, count) in [(rank.row, grid.rows()), (rank.column, grid.columns())] {
                    if value >= count {
                        // Both are 2^30 at most, or were given as an i64.
                        let (value, count) = (value as i64, count as usize);
                        return Err(Error::Position { what: "rank", value, count });
                    }
                }
                budget.rank_advice(grid, rank).map(Some)
            }
        }
    }
}

/// `3,0`: a process row and column.
fn place(text: &str) -> std::result::Result<Rank, &'static str> {
    const ALLOWED: &str = "give a process row and column from 0, such as 0,3";
    let (row, column) = text.split_once(',').ok_or(ALLOWED)?;
    let number = |text: &str| text.trim().parse::<u32>().map(u64::from).map_err(|_| ALLOWED);
    Ok(Rank { row: number(row)?, column: number(column)? })
}

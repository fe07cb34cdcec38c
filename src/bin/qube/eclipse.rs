//! `qube budget eclipse`: ECLIPSE's inputs and its grid of ranks, on the command line.

use qube_budget::Result;
use qube_budget::budget::{Budget, GridAdvice};

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

/// Who holds the matrices.
#[derive(clap::Args)]
#[command(next_help_heading = "Per rank")]
pub struct Ranks {
    #[command(flatten)]
    spread: sizes::BlockCyclic,
    /// Ranks, which fill the grid; without a grid, the squarest one for them
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    ranks: Option<i64>,
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
    /// What the ranks hold, where there is a grid or a number of them.
    pub fn advice(&self, budget: &Budget) -> Result<Option<GridAdvice>> {
        let Ranks { spread, ranks } = self;
        match (spread.grid(*ranks)?, *ranks) {
            (Some(grid), _) => budget.grid_advice(grid).map(Some),
            (None, Some(ranks)) => budget.squarest_grid_advice(ranks).map(Some),
            (None, None) => Ok(None),
        }
    }
}

//! `qube budget eclipse`: ECLIPSE's inputs and its grid of ranks, on the command line.

use clap::ArgAction;
use qube_budget::Result;
use qube_budget::budget::{Budget, Code, EclipseConfig, Grid, GridAdvice};

#[derive(clap::Args)]
pub struct Eclipse {
    /// Program: T, EB or TEB
    #[arg(long, value_name = "CODE", value_parser = code)]
    code: Code,
    /// Observed pixels in temperature (T, TEB)
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    pix_t: Option<i64>,
    /// Observed pixels in polarisation (EB, TEB)
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    pix_p: Option<i64>,
    /// Largest multipole of the spectra
    #[arg(long, value_name = "L", allow_negative_numbers = true)]
    lmax: i64,
    /// Largest multipole of the covariance matrix [default: LMAX]
    #[arg(long, value_name = "L", allow_negative_numbers = true)]
    lmax_cov: Option<i64>,
    /// Maps, of each kind where they are crossed
    #[arg(long, value_name = "COUNT", default_value_t = 1, allow_negative_numbers = true)]
    maps: i64,
    /// Check the inverse of the covariance matrix
    #[arg(long, action = ArgAction::SetTrue)]
    check_inverse: bool,
    /// Cross the maps with as many others
    #[arg(long, action = ArgAction::SetTrue)]
    cross: bool,
    /// Compute no Fisher matrix: steps 4 to 6 do not run
    #[arg(long, action = ArgAction::SetTrue)]
    no_fisher: bool,
    /// The sums that ECLIPSE's guide gives, instead of what its steps hold
    #[arg(long, action = ArgAction::SetTrue)]
    published: bool,
}

/// How the matrices are spread over ranks.
#[derive(clap::Args)]
#[command(next_help_heading = "Per rank")]
pub struct Ranks {
    /// Rows of the grid of ranks
    #[arg(long, value_name = "COUNT", requires_all = ["npcol", "block"], allow_negative_numbers = true)]
    nprow: Option<i64>,
    /// Columns of the grid of ranks
    #[arg(long, value_name = "COUNT", requires_all = ["nprow", "block"], allow_negative_numbers = true)]
    npcol: Option<i64>,
    /// Rows and columns of a block
    #[arg(long, value_name = "SIZE", requires_all = ["nprow", "npcol"], allow_negative_numbers = true)]
    block: Option<i64>,
    /// Ranks that there are: they have to fill the grid; without one, the best grid for them
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    ranks: Option<i64>,
}

impl Eclipse {
    pub fn budget(&self) -> Result<Budget> {
        let config = EclipseConfig {
            pix_t: self.pix_t,
            pix_p: self.pix_p,
            lmax_cov: self.lmax_cov,
            maps: self.maps,
            cross: self.cross,
            check_inverse: self.check_inverse,
            fisher: !self.no_fisher,
            ..EclipseConfig::new(self.code, self.lmax)
        };
        if self.published { config.published() } else { config.budget() }
    }
}

impl Ranks {
    /// What the ranks hold, where there is a grid or a number of them.
    pub fn advice(&self, budget: &Budget) -> Result<Option<GridAdvice>> {
        let &Ranks { nprow, npcol, block, ranks } = self;
        match (nprow, npcol, block, ranks) {
            (Some(rows), Some(columns), Some(block), _) => {
                budget.grid_advice(Grid::new(rows, columns, block, ranks)?).map(Some)
            }
            (_, _, _, Some(ranks)) => budget.best_grid_advice(ranks).map(Some),
            _ => Ok(None),
        }
    }
}

fn code(name: &str) -> std::result::Result<Code, &'static str> {
    Code::named(name).ok_or("allowed: T, EB or TEB")
}

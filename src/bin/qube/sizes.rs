//! The sizes of a run of ECLIPSE on the command line, for all that is asked about it.

use clap::ArgAction;
use qube_budget::Result as Checked;
use qube_budget::budget::{Budget, Code, EclipseConfig, Grid};

#[derive(clap::Args)]
#[command(next_help_heading = "Sizes")]
#[group(id = "eclipse_sizes")] // other structs of the command have the same name
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
    /// Maps, of each kind if they are crossed
    #[arg(long, value_name = "COUNT", default_value_t = 1, allow_negative_numbers = true)]
    maps: i64,
    /// Check the inverse of the covariance matrix
    #[arg(long, action = ArgAction::SetTrue, help_heading = "Method")]
    check_inverse: bool,
    /// Cross the maps with as many others
    #[arg(long, action = ArgAction::SetTrue, help_heading = "Method")]
    cross: bool,
    /// Skip the Fisher matrix: steps 4 to 6 do not run
    #[arg(long, action = ArgAction::SetTrue, help_heading = "Method")]
    no_fisher: bool,
}

/// ECLIPSE's sizes, and whose account of its memory.
#[derive(clap::Args)]
#[command(next_help_heading = "Method")]
#[group(id = "eclipse_account")]
pub struct EclipseAccount {
    #[command(flatten)]
    sizes: Eclipse,
    /// Use the formulas of ECLIPSE's guide, not what its steps hold
    #[arg(long, action = ArgAction::SetTrue)]
    published: bool,
}

/// The grid of ranks that holds ECLIPSE's matrices block-cyclic: all three flags or none.
#[derive(clap::Args)]
pub struct BlockCyclic {
    /// Rows of the grid of ranks
    #[arg(long, value_name = "COUNT", requires_all = ["npcol", "block"], allow_negative_numbers = true)]
    nprow: Option<i64>,
    /// Columns of the grid of ranks
    #[arg(long, value_name = "COUNT", requires_all = ["nprow", "block"], allow_negative_numbers = true)]
    npcol: Option<i64>,
    /// Rows and columns of a block
    #[arg(long, value_name = "SIZE", requires_all = ["nprow", "npcol"], allow_negative_numbers = true)]
    block: Option<i64>,
}

impl Eclipse {
    pub fn config(&self) -> EclipseConfig {
        EclipseConfig {
            pix_t: self.pix_t,
            pix_p: self.pix_p,
            lmax_cov: self.lmax_cov,
            maps: self.maps,
            cross: self.cross,
            check_inverse: self.check_inverse,
            fisher: !self.no_fisher,
            ..EclipseConfig::new(self.code, self.lmax)
        }
    }
}

impl EclipseAccount {
    pub fn budget(&self) -> Checked<Budget> {
        let config = self.sizes.config();
        config.budget()
    }
}

impl BlockCyclic {
    /// The grid that was asked for; it has to have as many ranks as are given.
    pub fn grid(&self, ranks: Option<i64>) -> Checked<Option<Grid>> {
        match (self.nprow, self.npcol, self.block) {
            (Some(rows), Some(columns), Some(block)) => {
                Grid::new(rows, columns, block, ranks).map(Some)
            }
            _ => Ok(None),
        }
    }
}

fn code(name: &str) -> Result<Code, &'static str> {
    Code::named(name).ok_or("give T, EB or TEB")
}

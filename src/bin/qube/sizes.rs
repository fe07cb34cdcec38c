//! The sizes of a run of ECLIPSE on the command line.

use clap::ArgAction;
use qube_budget::Result as Checked;
use qube_budget::budget::{Code, EclipseConfig, Fields, Grid, Model, Survey};
use qube_budget::run::Run;

use crate::survey;

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
    /// Maps; with --cross, maps in each of the two sets
    #[arg(long, value_name = "COUNT", default_value_t = 1, allow_negative_numbers = true)]
    maps: i64,
    /// The map files of code T hold Q and U as well
    #[arg(long, action = ArgAction::SetTrue, help_heading = "Method")]
    tqu_maps: bool,
    /// Check the inverse of the covariance matrix
    #[arg(long, action = ArgAction::SetTrue, help_heading = "Method")]
    check_inverse: bool,
    /// Cross the maps with a second set of as many
    #[arg(long, action = ArgAction::SetTrue, help_heading = "Method")]
    cross: bool,
    /// Skip the Fisher matrix: steps 4 to 6 do not run
    #[arg(long, action = ArgAction::SetTrue, help_heading = "Method")]
    no_fisher: bool,
    /// Report the sums of ECLIPSE's guide [default: the memory that a run holds]
    #[arg(long, action = ArgAction::SetTrue, help_heading = "Method")]
    published: bool,
    /// Report the totals that ECLIPSE prints into its log
    #[arg(long, action = ArgAction::SetTrue, conflicts_with = "published", help_heading = "Method")]
    printed: bool,
    #[command(flatten)]
    sky: Observed,
}

/// The survey: pixels left out are derived from it.
#[derive(clap::Args)]
#[command(next_help_heading = "From a survey")]
pub struct Observed {
    /// Maps: T, QU (for EB) or TQU (for TEB) [default: those of the code]
    #[arg(long, value_name = "FIELDS", value_parser = survey::fields)]
    fields: Option<Fields>,
    /// HEALPix nside of the map files, a power of two [default: the smallest with all pixels]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    nside: Option<i64>,
    /// Observed fraction of the sky, above 0, up to 1
    #[arg(long, value_name = "F", allow_negative_numbers = true)]
    fsky: Option<f64>,
    /// Observe whole rings around a pole
    #[arg(long, requires = "fsky")]
    polar_cap: bool,
    /// Observed pixels of one map (TEB: of T)
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    n_obs: Option<i64>,
    /// Observed pixels of a polarisation map (TEB), if its mask differs
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    n_obs_polarisation: Option<i64>,
}

/// The grid of ranks that holds block-cyclic matrices; none: the squarest one with blocks of 64.
#[derive(clap::Args)]
pub struct BlockCyclic {
    /// Rows of the grid of ranks
    #[arg(long, value_name = "COUNT", requires = "npcol", allow_negative_numbers = true)]
    nprow: Option<i64>,
    /// Columns of the grid of ranks
    #[arg(long, value_name = "COUNT", requires = "nprow", allow_negative_numbers = true)]
    npcol: Option<i64>,
    /// Rows and columns of a block [default: 64]
    #[arg(long, value_name = "SIZE", requires_all = ["nprow", "npcol"], allow_negative_numbers = true)]
    block: Option<i64>,
}

impl Eclipse {
    pub fn run(&self) -> Checked<Run> {
        let config = self.config();
        match self.sky.survey(self.code) {
            Some(survey) => Run::eclipse(survey, &config),
            None => Ok(Run::new(config)),
        }
    }

    fn config(&self) -> EclipseConfig {
        EclipseConfig {
            nside: self.sky.nside,
            tqu_maps: self.tqu_maps,
            model: match (self.published, self.printed) {
                (true, _) => Model::Published,
                (_, true) => Model::Printed,
                _ => Model::Held,
            },
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

impl Observed {
    /// The survey; none if no flag gives the pixels.
    fn survey(&self, code: Code) -> Option<Survey> {
        let &Observed { fields, nside, fsky, polar_cap, n_obs, n_obs_polarisation } = self;
        if (fields, fsky, n_obs, n_obs_polarisation) == (None, None, None, None) {
            return None;
        }
        let fields = fields.unwrap_or(code.fields());
        let survey = Survey::new(fields, None);
        Some(Survey { nside, fsky, polar_cap, n_obs, n_obs_polarisation, ..survey })
    }
}

impl BlockCyclic {
    /// The grid that the flags give, if any. Errors: the grid does not have `ranks` ranks.
    pub fn grid(&self, ranks: Option<i64>) -> Checked<Option<Grid>> {
        match (self.nprow, self.npcol) {
            (Some(rows), Some(columns)) => {
                Grid::new(rows, columns, self.block.unwrap_or(64), ranks).map(Some)
            }
            _ => Ok(None),
        }
    }
}

fn code(name: &str) -> Result<Code, &'static str> {
    Code::named(name).ok_or("give T, EB or TEB")
}

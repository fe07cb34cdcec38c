//! The sizes of a run on the command line, for all that is asked about it: given, or computed from a
//! survey.

use clap::ArgAction;
use qube_budget::Result as Checked;
use qube_budget::budget::{
    Budget, Code, EclipseConfig, Grid, HarmonicConfig, PixelDirectConfig, Run, Survey,
};

use crate::failure::Failure;
use crate::survey::{Sky, given};

#[derive(clap::Args)]
#[command(next_help_heading = "Sizes")]
#[group(id = "harmonic_sizes")] // other structs of the command have the same name
pub struct Harmonic {
    /// Pixels of all maps together (QU: twice the observed ones)
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    n_pix: Option<i64>,
    /// Harmonic modes of all fields together
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    n_modes: Option<i64>,
    /// Largest multipole in the signal covariance
    #[arg(long, value_name = "L", allow_negative_numbers = true)]
    lmax_signal: i64,
    /// Largest multipole estimated [default: LMAX_SIGNAL]
    #[arg(long, value_name = "L", allow_negative_numbers = true)]
    lmax: Option<i64>,
    /// Keep the pixel projector V after the kernels are built
    #[arg(long, action = ArgAction::SetTrue, help_heading = "Method")]
    keep_pixel_projector: bool,
    /// Keep the derivatives in memory during the Fisher stage
    #[arg(long, action = ArgAction::SetTrue, help_heading = "Method")]
    cache_derivatives: bool,
    #[command(flatten)]
    sky: Sky,
    /// Least multipole, 2 or more; T: 0 or more [default: 2]
    #[arg(long, value_name = "L", requires = "fields", allow_negative_numbers = true)]
    #[arg(help_heading = "From a survey")]
    lmin: Option<i64>,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Sizes")]
#[group(id = "pixel_direct_sizes")] // other structs of the command have the same name
pub struct PixelDirect {
    /// Pixels of all maps together (QU: twice the observed ones)
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    n_pix: Option<i64>,
    /// Largest multipole in the signal covariance; needed with --fields only
    #[arg(long, value_name = "L", allow_negative_numbers = true)]
    lmax_signal: Option<i64>,
    /// Bins of multipoles
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    n_bins: i64,
    /// Parameters: bins times spectra (T: 1, QU: 3, TQU: 6)
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    n_params: Option<i64>,
    /// Follow releases without S_fixed (qube-qml 1.2 and later)
    #[arg(long, action = ArgAction::SetTrue, help_heading = "Method")]
    no_switch: bool,
    /// Keep the binned derivatives in memory
    #[arg(long, action = ArgAction::SetTrue, help_heading = "Method")]
    cache_derivatives: bool,
    #[command(flatten)]
    sky: Sky,
    /// Spectra estimated [default: T 1, QU 3, TQU 6]
    #[arg(long, value_name = "COUNT", requires = "fields", allow_negative_numbers = true)]
    #[arg(help_heading = "From a survey")]
    n_spectra: Option<i64>,
}

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

impl Harmonic {
    /// The run; `n_bins` serves the other path only.
    pub fn run(&self, n_bins: Option<i64>) -> Result<Run, Failure> {
        let &Harmonic { n_pix, n_modes, lmin, lmax, lmax_signal, .. } = self;
        let switches = |sizes| HarmonicConfig {
            keep_pixel_projector: self.keep_pixel_projector,
            cache_derivatives: self.cache_derivatives,
            ..sizes
        };
        if let Some(survey) = self.sky.survey(Some(lmax_signal))? {
            let survey = Survey { n_pix, n_modes, lmin, lmax, n_bins, ..survey };
            let sizes = survey.harmonic()?;
            return Ok(Run::harmonic(survey, &switches(sizes))?);
        }
        let (n_pix, n_modes) = (given("n_pix", n_pix)?, given("n_modes", n_modes)?);
        let sizes = HarmonicConfig::new(n_pix, n_modes, lmax_signal);
        Ok(Run::new(switches(HarmonicConfig { lmax, ..sizes })))
    }
}

impl PixelDirect {
    /// The run; the multipoles serve the other path only.
    pub fn run(&self, lmin: Option<i64>, lmax: Option<i64>) -> Result<Run, Failure> {
        let &PixelDirect { n_pix, lmax_signal, n_bins, n_params, n_spectra, .. } = self;
        let switches = |sizes| PixelDirectConfig {
            has_switch: !self.no_switch,
            cache_derivatives: self.cache_derivatives,
            ..sizes
        };
        if let Some(survey) = self.sky.survey(lmax_signal)? {
            let n_bins = Some(n_bins);
            let survey = Survey { n_pix, n_bins, n_params, n_spectra, lmin, lmax, ..survey };
            let sizes = survey.pixel_direct()?;
            return Ok(Run::pixel_direct(survey, &switches(sizes))?);
        }
        let (n_pix, n_params) = (given("n_pix", n_pix)?, given("n_params", n_params)?);
        let sizes = PixelDirectConfig::new(n_pix, lmax_signal, n_bins, n_params);
        Ok(Run::new(switches(sizes)))
    }
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

//! The sizes of a run for `qube request` and `qube fit`, on the command line: those of `qube budget`, or a
//! survey that they are computed from.

use std::error::Error;

use clap::ArgAction;
use qube_budget::budget::{
    Code, EclipseConfig, Fields, Grid, HarmonicConfig, PixelDirectConfig, Run, Survey,
};

#[derive(clap::Args)]
pub struct Harmonic {
    /// Pixels of all fields together (QU: twice the observed ones)
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    n_pix: Option<i64>,
    /// Harmonic modes of all fields together
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    n_modes: Option<i64>,
    /// Largest multipole in the signal covariance
    #[arg(long, value_name = "L", allow_negative_numbers = true)]
    lmax_signal: i64,
    /// Largest multipole that is estimated [default: all up to LMAX_SIGNAL]
    #[arg(long, value_name = "L", allow_negative_numbers = true)]
    lmax: Option<i64>,
    /// Keep the pixel projector V once the kernels are built
    #[arg(long, action = ArgAction::SetTrue)]
    keep_pixel_projector: bool,
    /// Keep the derivatives in memory in the Fisher stage
    #[arg(long, action = ArgAction::SetTrue)]
    derivative_cache: bool,
    #[command(flatten)]
    sky: Sky,
    /// Bins of multipoles, for the comparison with the pixel-direct path
    #[arg(long, value_name = "COUNT", requires = "fields", allow_negative_numbers = true)]
    #[arg(help_heading = "From a survey")]
    n_bins: Option<i64>,
}

#[derive(clap::Args)]
pub struct PixelDirect {
    /// Pixels of all fields together (QU: twice the observed ones)
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    n_pix: Option<i64>,
    /// Largest multipole in the signal covariance
    #[arg(long, value_name = "L", allow_negative_numbers = true)]
    lmax_signal: i64,
    /// Bins of multipoles
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    n_bins: i64,
    /// Parameters: bins times spectra (T: 1, QU: 3, TQU: 6)
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    n_params: Option<i64>,
    /// Follow the releases that never build S_fixed (qube-qml 1.2 and later)
    #[arg(long, action = ArgAction::SetTrue)]
    no_switch: bool,
    /// Keep the binned derivatives in memory
    #[arg(long, action = ArgAction::SetTrue)]
    cache_derivatives: bool,
    #[command(flatten)]
    sky: Sky,
    /// Spectra that are estimated [default: T 1, QU 3, TQU 6]
    #[arg(long, value_name = "COUNT", requires = "fields", allow_negative_numbers = true)]
    #[arg(help_heading = "From a survey")]
    n_spectra: Option<i64>,
    /// Largest multipole that is estimated, for the comparison with the harmonic path
    #[arg(long, value_name = "L", requires = "fields", allow_negative_numbers = true)]
    #[arg(help_heading = "From a survey")]
    lmax: Option<i64>,
}

/// What is observed; without --fields all sizes have to be given.
#[derive(clap::Args)]
#[command(next_help_heading = "From a survey")]
struct Sky {
    /// Compute the sizes that are not given from a survey of these maps: T, QU or TQU
    #[arg(long, value_name = "FIELDS", value_parser = fields)]
    fields: Option<Fields>,
    /// HEALPix resolution, a power of two
    #[arg(long, value_name = "N", requires = "fields", allow_negative_numbers = true)]
    nside: Option<i64>,
    /// Observed fraction of the sky, above 0, up to 1
    #[arg(long, value_name = "F", requires = "fields", allow_negative_numbers = true)]
    fsky: Option<f64>,
    /// The mask is a polar cap of whole rings, as in the published benchmarks
    #[arg(long, requires = "fsky")]
    polar_cap: bool,
    /// Observed pixels of one map, such as a mask's count; of T for TQU
    #[arg(long, value_name = "COUNT", requires = "fields", allow_negative_numbers = true)]
    n_obs: Option<i64>,
    /// Observed pixels of a polarisation map for TQU, where its mask is another one
    #[arg(long, value_name = "COUNT", requires = "fields", allow_negative_numbers = true)]
    n_obs_polarisation: Option<i64>,
    /// Least multipole, 2 or more; T: 0 or more [default: 2]
    #[arg(long, value_name = "L", requires = "fields", allow_negative_numbers = true)]
    lmin: Option<i64>,
}

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
    /// Rows of the grid of ranks [default: the best grid of all ranks]
    #[arg(long, value_name = "COUNT", requires_all = ["npcol", "block"])]
    #[arg(allow_negative_numbers = true, help_heading = "Nodes and ranks")]
    nprow: Option<i64>,
    /// Columns of the grid of ranks
    #[arg(long, value_name = "COUNT", requires_all = ["nprow", "block"])]
    #[arg(allow_negative_numbers = true, help_heading = "Nodes and ranks")]
    npcol: Option<i64>,
    /// Rows and columns of a block
    #[arg(long, value_name = "SIZE", requires_all = ["nprow", "npcol"])]
    #[arg(allow_negative_numbers = true, help_heading = "Nodes and ranks")]
    block: Option<i64>,
}

impl Sky {
    /// The survey; none without --fields.
    fn survey(&self, lmax_signal: i64) -> Option<Survey> {
        Some(Survey {
            nside: self.nside,
            fsky: self.fsky,
            polar_cap: self.polar_cap,
            n_obs: self.n_obs,
            n_obs_polarisation: self.n_obs_polarisation,
            lmin: self.lmin,
            ..Survey::new(self.fields?, lmax_signal)
        })
    }
}

impl Harmonic {
    pub fn run(&self) -> Result<Run, Box<dyn Error>> {
        let &Harmonic { n_pix, n_modes, lmax_signal, lmax, n_bins, .. } = self;
        let switches = |sizes| HarmonicConfig {
            release_pixel_projector: !self.keep_pixel_projector,
            derivative_cache: self.derivative_cache,
            ..sizes
        };
        Ok(match self.sky.survey(lmax_signal) {
            Some(survey) => {
                let survey = Survey { n_pix, n_modes, lmax, n_bins, ..survey };
                let sizes = survey.harmonic()?;
                Run::harmonic(survey, &switches(sizes))?
            }
            None => {
                let (n_pix, n_modes) = (given("--n-pix", n_pix)?, given("--n-modes", n_modes)?);
                let sizes = HarmonicConfig::new(n_pix, n_modes, lmax_signal);
                Run::new(switches(HarmonicConfig { lmax, ..sizes }))
            }
        })
    }
}

impl PixelDirect {
    pub fn run(&self) -> Result<Run, Box<dyn Error>> {
        let &PixelDirect { n_pix, lmax_signal, n_bins, n_params, n_spectra, lmax, .. } = self;
        let switches = |sizes| PixelDirectConfig {
            has_switch: !self.no_switch,
            cache_derivatives: self.cache_derivatives,
            ..sizes
        };
        Ok(match self.sky.survey(lmax_signal) {
            Some(survey) => {
                let n_bins = Some(n_bins);
                let survey = Survey { n_pix, n_bins, n_params, n_spectra, lmax, ..survey };
                let sizes = survey.pixel_direct()?;
                Run::pixel_direct(survey, &switches(sizes))?
            }
            None => Run::new(switches(PixelDirectConfig::new(
                given("--n-pix", n_pix)?,
                lmax_signal,
                n_bins,
                given("--n-params", n_params)?,
            ))),
        })
    }
}

impl Eclipse {
    pub fn run(&self) -> Run {
        Run::new(EclipseConfig {
            pix_t: self.pix_t,
            pix_p: self.pix_p,
            lmax_cov: self.lmax_cov,
            maps: self.maps,
            cross: self.cross,
            check_inverse: self.check_inverse,
            fisher: !self.no_fisher,
            ..EclipseConfig::new(self.code, self.lmax)
        })
    }

    /// The grid that was asked for.
    pub fn grid(&self) -> qube_budget::Result<Option<Grid>> {
        match (self.nprow, self.npcol, self.block) {
            (Some(rows), Some(columns), Some(block)) => {
                Grid::new(rows, columns, block, None).map(Some)
            }
            _ => Ok(None),
        }
    }
}

/// A size that has to be given, as there is no survey.
fn given(flag: &'static str, value: Option<i64>) -> Result<i64, String> {
    value.ok_or_else(|| {
        format!(
            "{flag} is not given; allowed: 1 or more, or a survey to compute it from (--fields)"
        )
    })
}

fn fields(name: &str) -> Result<Fields, &'static str> {
    Fields::named(name).ok_or("allowed: T, QU or TQU")
}

fn code(name: &str) -> Result<Code, &'static str> {
    Code::named(name).ok_or("allowed: T, EB or TEB")
}

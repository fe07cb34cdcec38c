//! `qube budget`: what a run will hold, stage by stage, and whether that fits.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use clap::{ArgAction, Subcommand};
use qube_budget::budget::{Budget, GridAdvice, HarmonicConfig, PixelDirectConfig, Survey};

use crate::Answer;
use crate::eclipse::{Eclipse, Ranks};
use crate::limit::Limit;
use crate::survey::{Sky, given};

/// Memory budget of a run: every stage with its named arrays, in GiB and bytes
#[derive(Subcommand)]
#[command(arg_required_else_help = false)]
pub enum Args {
    /// QUBE's harmonic path
    #[command(
        arg_required_else_help = false,
        after_help = "Example: QU maps, modes up to lmax 128, on a node with 96 GiB\n  \
        qube budget harmonic --n-pix 59136 --n-modes 33274 --lmax-signal 256 --lmax 128 --limit 96GiB\n\
        Example: the same from a survey of a tenth of the sky\n  \
        qube budget harmonic --fields QU --nside 64 --fsky 0.1 --lmax-signal 256 --lmax 128"
    )]
    Harmonic(Asked<Harmonic, Report>),
    /// QUBE's pixel-direct path
    #[command(
        arg_required_else_help = false,
        after_help = "Example: QU maps, 6 bins, 3 spectra, on this machine\n  \
        qube budget pixel-direct --n-pix 9800 --lmax-signal 256 --n-bins 6 --n-params 18 --limit machine\n\
        Example: the same from a survey, a polar cap with a tenth of the sky\n  \
        qube budget pixel-direct --fields QU --nside 64 --fsky 0.1 --polar-cap --lmax-signal 256 --n-bins 6"
    )]
    PixelDirect(Asked<PixelDirect, Report>),
    /// ECLIPSE, as its steps allocate and free, over all ranks and per rank
    #[command(
        arg_required_else_help = false,
        after_help = "Example: 1000 maps of T, Q and U on 6 x 6 ranks\n  \
        qube budget eclipse --code teb --pix-t 29009 --pix-p 29009 --lmax 192 --maps 1000 --nprow 6 --npcol 6 --block 64\n\
        Example: polarisation alone, and the best grid for 128 ranks\n  \
        qube budget eclipse --code eb --pix-p 29009 --lmax 192 --ranks 128 --limit 512GiB"
    )]
    Eclipse(Asked<Eclipse, RanksReport>),
}

/// A run, and what is to be told of it.
#[derive(clap::Args)]
pub struct Asked<Run: clap::Args, Report: clap::Args> {
    #[command(flatten)]
    pub run: Run,
    #[command(flatten)]
    pub report: Report,
}

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
    /// Least multipole, 2 or more; T: 0 or more [default: 2]
    #[arg(long, value_name = "L", requires = "fields", allow_negative_numbers = true)]
    #[arg(help_heading = "From a survey")]
    lmin: Option<i64>,
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
}

#[derive(clap::Args)]
#[command(next_help_heading = "Report")]
pub struct Report {
    /// Exit with 3 unless all of it fits in: bytes, a number with KiB, MiB, GiB, TiB, or "machine"
    #[arg(long, value_name = "SIZE", allow_hyphen_values = true)]
    limit: Option<Limit>,
    /// Draw the stages as stacked bars, with the limit, into this file (SVG)
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Print one JSON document instead of a table
    #[arg(long, action = ArgAction::SetTrue)]
    json: bool,
}

/// The same of matrices that ranks share.
#[derive(clap::Args)]
pub struct RanksReport {
    #[command(flatten)]
    ranks: Ranks,
    #[command(flatten)]
    report: Report,
}

pub fn run(args: &Args) -> Result<Answer, Box<dyn Error>> {
    match args {
        Args::Harmonic(Asked { run, report }) => report.answer(&run.budget()?, None),
        Args::PixelDirect(Asked { run, report }) => report.answer(&run.budget()?, None),
        Args::Eclipse(Asked { run, report: RanksReport { ranks, report } }) => {
            let budget = run.budget()?;
            report.answer(&budget, ranks.advice(&budget)?.as_ref())
        }
    }
}

impl Harmonic {
    pub fn budget(&self) -> Result<Budget, Box<dyn Error>> {
        Ok(self.config()?.budget()?)
    }

    fn config(&self) -> Result<HarmonicConfig, Box<dyn Error>> {
        let &Harmonic { n_pix, n_modes, lmin, lmax, lmax_signal, .. } = self;
        let config = match self.sky.survey(lmax_signal) {
            Some(survey) => Survey { n_pix, n_modes, lmin, lmax, ..survey }.harmonic()?,
            None => HarmonicConfig {
                lmax,
                ..HarmonicConfig::new(
                    given("--n-pix", n_pix)?,
                    given("--n-modes", n_modes)?,
                    lmax_signal,
                )
            },
        };
        Ok(HarmonicConfig {
            release_pixel_projector: !self.keep_pixel_projector,
            derivative_cache: self.derivative_cache,
            ..config
        })
    }
}

impl PixelDirect {
    pub fn budget(&self) -> Result<Budget, Box<dyn Error>> {
        Ok(self.config()?.budget()?)
    }

    fn config(&self) -> Result<PixelDirectConfig, Box<dyn Error>> {
        let &PixelDirect { n_pix, lmax_signal, n_bins, n_params, n_spectra, .. } = self;
        let config = match self.sky.survey(lmax_signal) {
            Some(survey) => Survey { n_pix, n_bins: Some(n_bins), n_params, n_spectra, ..survey }
                .pixel_direct()?,
            None => PixelDirectConfig::new(
                given("--n-pix", n_pix)?,
                lmax_signal,
                n_bins,
                given("--n-params", n_params)?,
            ),
        };
        Ok(PixelDirectConfig {
            has_switch: !self.no_switch,
            cache_derivatives: self.cache_derivatives,
            ..config
        })
    }
}

impl Report {
    fn answer(
        &self,
        budget: &Budget,
        ranks: Option<&GridAdvice>,
    ) -> Result<Answer, Box<dyn Error>> {
        let limit = self.limit.map(Limit::bytes).transpose()?;
        let check = limit.map(|limit| budget.check(limit)).transpose()?;
        if let Some(file) = &self.svg {
            fs::write(file, budget.svg(limit)?)
                .map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
        }
        let text = if self.json {
            budget.json_with(check.as_ref(), ranks) + "\n"
        } else {
            let ranks = ranks.map(|ranks| budget.ranks_table(ranks));
            let verdict = check.as_ref().map(|check| check.message() + "\n");
            [Some(budget.table()), ranks, verdict]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join("\n")
        };
        Ok(Answer { text, fits: check.is_none_or(|check| check.fits()) })
    }
}

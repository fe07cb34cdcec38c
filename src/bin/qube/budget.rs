//! `qube budget`: what a run will hold, stage by stage, and whether that fits.

use std::error::Error;

use clap::{ArgAction, Subcommand};
use qube_budget::budget::{Budget, HarmonicConfig, PixelDirectConfig};

use crate::Answer;
use crate::limit::Limit;

/// Memory budget of a run: every stage with its named arrays, in GiB and bytes
#[derive(Subcommand)]
#[command(arg_required_else_help = false)]
pub enum Args {
    /// QUBE's harmonic path
    #[command(
        arg_required_else_help = false,
        after_help = "Example: QU maps, modes up to lmax 128, on a node with 96 GiB\n  \
        qube budget harmonic --n-pix 59136 --n-modes 33274 --lmax-signal 256 --lmax 128 --limit 96GiB"
    )]
    Harmonic(Harmonic),
    /// QUBE's pixel-direct path
    #[command(
        arg_required_else_help = false,
        after_help = "Example: QU maps, 6 bins, 3 spectra, on this machine\n  \
        qube budget pixel-direct --n-pix 9800 --lmax-signal 256 --n-bins 6 --n-params 18 --limit machine"
    )]
    PixelDirect(PixelDirect),
}

#[derive(clap::Args)]
pub struct Harmonic {
    /// Pixels of all fields together (QU: twice the observed ones)
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    n_pix: i64,
    /// Harmonic modes of all fields together
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    n_modes: i64,
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
    report: Report,
}

#[derive(clap::Args)]
pub struct PixelDirect {
    /// Pixels of all fields together (QU: twice the observed ones)
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    n_pix: i64,
    /// Largest multipole in the signal covariance
    #[arg(long, value_name = "L", allow_negative_numbers = true)]
    lmax_signal: i64,
    /// Bins of multipoles
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    n_bins: i64,
    /// Parameters: bins times spectra (T: 1, QU: 3, TQU: 6)
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    n_params: i64,
    /// Follow the releases that never build S_fixed (qube-qml 1.2 and later)
    #[arg(long, action = ArgAction::SetTrue)]
    no_switch: bool,
    /// Keep the binned derivatives in memory
    #[arg(long, action = ArgAction::SetTrue)]
    cache_derivatives: bool,
    #[command(flatten)]
    report: Report,
}

#[derive(clap::Args)]
struct Report {
    /// Exit with 3 unless it fits in: bytes, a number with KiB, MiB, GiB, TiB, or "machine"
    #[arg(long, value_name = "SIZE", allow_hyphen_values = true)]
    limit: Option<Limit>,
    /// Print one JSON document instead of a table
    #[arg(long, action = ArgAction::SetTrue)]
    json: bool,
}

pub fn run(args: &Args) -> Result<Answer, Box<dyn Error>> {
    let (budget, report) = match args {
        Args::Harmonic(args) => (args.config().budget()?, &args.report),
        Args::PixelDirect(args) => (args.config().budget()?, &args.report),
    };
    report.answer(&budget)
}

impl Harmonic {
    fn config(&self) -> HarmonicConfig {
        HarmonicConfig {
            lmax: self.lmax,
            release_pixel_projector: !self.keep_pixel_projector,
            derivative_cache: self.derivative_cache,
            ..HarmonicConfig::new(self.n_pix, self.n_modes, self.lmax_signal)
        }
    }
}

impl PixelDirect {
    fn config(&self) -> PixelDirectConfig {
        PixelDirectConfig {
            has_switch: !self.no_switch,
            cache_derivatives: self.cache_derivatives,
            ..PixelDirectConfig::new(self.n_pix, self.lmax_signal, self.n_bins, self.n_params)
        }
    }
}

impl Report {
    fn answer(&self, budget: &Budget) -> Result<Answer, Box<dyn Error>> {
        let check = match self.limit {
            Some(limit) => Some(budget.check(limit.bytes()?)?),
            None => None,
        };
        let text = match (&check, self.json) {
            (None, true) => budget.json() + "\n",
            (Some(check), true) => check.json() + "\n",
            (None, false) => budget.table(),
            (Some(check), false) => format!("{}\n{}\n", budget.table(), check.message()),
        };
        Ok(Answer { text, fits: check.is_none_or(|check| check.fits()) })
    }
}

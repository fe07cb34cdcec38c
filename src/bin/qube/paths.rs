//! The sizes of a run of QUBE on the command line: given, derived from a survey, or read from QUBE's own
//! configuration.

use std::path::PathBuf;

use clap::ArgAction;
use qube_budget::budget::{Model, Release};
use qube_budget::run::{QubeConfig, Run};

use crate::configuration::{Configuration, Flags};
use crate::failure::Failure;
use crate::survey::Sky;

/// Flags of every path.
#[derive(clap::Args)]
#[command(next_help_heading = "Sizes")]
#[group(id = "qube_sizes")]
pub struct Common {
    /// Pixels of all maps together (QU: twice the observed ones)
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    n_pix: Option<i64>,
    /// Largest multipole in the signal covariance
    #[arg(long, value_name = "L", allow_negative_numbers = true)]
    lmax_signal: Option<i64>,
    /// Largest multipole estimated [default: LMAX_SIGNAL]
    #[arg(long, value_name = "L", allow_negative_numbers = true)]
    lmax: Option<i64>,
    /// Bins of multipoles
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    n_bins: Option<i64>,
    /// Parameters estimated [default: bins x spectra]
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    n_params: Option<i64>,
    /// Spectra estimated [default: T 1, QU 3, TQU 6]
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    n_spectra: Option<i64>,
    /// Release of qube-qml: 1.1, 1.2 or 1.3 [default: 1.3]
    #[arg(long, value_name = "RELEASE", value_parser = release, help_heading = "Method")]
    release: Option<Release>,
    /// Use QUBE's published formulas [default: the memory that runs hold]
    #[arg(long, action = ArgAction::SetTrue, help_heading = "Method")]
    published: bool,
    /// QUBE's YAML configuration of the run; flags override it
    #[arg(long, value_name = "FILE", help_heading = "From a survey")]
    config: Option<PathBuf>,
    #[command(flatten)]
    sky: Sky,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Sizes")]
#[group(id = "harmonic_sizes")] // other structs of the command have the same name
pub struct Harmonic {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    modes: Modes,
    #[command(flatten)]
    filter: Filter,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Sizes")]
#[group(id = "pixel_direct_sizes")] // other structs of the command have the same name
pub struct PixelDirect {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    cache: Cache,
}

#[derive(clap::Args)]
#[group(id = "traditional_sizes")] // other structs of the command have the same name
pub struct Traditional {
    #[command(flatten)]
    common: Common,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Sizes")]
#[group(id = "auto_sizes")] // other structs of the command have the same name
pub struct Auto {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    modes: Modes,
    #[command(flatten)]
    filter: Filter,
    #[command(flatten)]
    cache: Cache,
    /// Cross two data splits: QUBE takes the traditional path
    #[arg(long, action = ArgAction::SetTrue, help_heading = "Method")]
    do_cross: bool,
}

/// Flags of the harmonic path.
#[derive(clap::Args)]
#[command(next_help_heading = "Sizes")]
struct Modes {
    /// Harmonic modes of all fields together
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    n_modes: Option<i64>,
    /// Keep the pixel projector V after the kernels are built
    #[arg(long, action = ArgAction::SetTrue, help_heading = "Method")]
    keep_pixel_projector: bool,
    /// The caller passes the noise covariance; otherwise QUBE reads it
    #[arg(long, action = ArgAction::SetTrue, help_heading = "Method")]
    covariance_by_caller: bool,
}

/// Flags of the paths with a computation basis.
#[derive(clap::Args)]
#[command(next_help_heading = "Sizes")]
struct Filter {
    /// Coordinates that remain after a pixel filter (release 1.3)
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    working_dim: Option<i64>,
}

/// Flags of the pixel-direct path.
#[derive(clap::Args)]
#[command(next_help_heading = "Method")]
struct Cache {
    /// Keep the binned derivatives in memory (release 1.2 or newer)
    #[arg(long, action = ArgAction::SetTrue)]
    cache_derivatives: bool,
}

impl Common {
    /// The configuration that all paths share; each path adds its own flags.
    fn qube(&self) -> Result<QubeConfig, Failure> {
        let flags = Flags { lmax: self.lmax, lmax_signal: self.lmax_signal, ..self.sky.flags() };
        let file =
            self.config.as_deref().map(|file| Configuration::read(file, &flags)).transpose()?;
        let base = file.as_ref().map(Configuration::qube).unwrap_or_default();
        Ok(QubeConfig {
            survey: self.sky.survey(file.as_ref(), self.n_pix)?,
            n_pix: self.n_pix,
            lmax_signal: self.lmax_signal.or(base.lmax_signal),
            lmax: self.lmax.or(base.lmax),
            n_bins: self.n_bins.or(base.n_bins),
            n_params: self.n_params,
            n_spectra: self.n_spectra,
            release: self.release.unwrap_or_default(),
            model: if self.published { Model::Published } else { Model::Held },
            ..base
        })
    }
}

impl Harmonic {
    pub fn run(&self) -> Result<Run, Failure> {
        let config = self.filter.of(self.modes.of(self.common.qube()?));
        Ok(config.harmonic()?)
    }
}

impl PixelDirect {
    pub fn run(&self) -> Result<Run, Failure> {
        let config = self.filter.of(self.cache.of(self.common.qube()?));
        Ok(config.pixel_direct()?)
    }
}

impl Traditional {
    pub fn run(&self) -> Result<Run, Failure> {
        Ok(self.common.qube()?.traditional()?)
    }
}

impl Auto {
    /// The run on the path that QUBE chooses.
    pub fn run(&self) -> Result<Run, Failure> {
        let config = self.filter.of(self.cache.of(self.modes.of(self.common.qube()?)));
        Ok(QubeConfig { do_cross: self.do_cross || config.do_cross, ..config }.auto()?)
    }
}

impl Modes {
    fn of(&self, config: QubeConfig) -> QubeConfig {
        QubeConfig {
            n_modes: self.n_modes,
            keep_pixel_projector: self.keep_pixel_projector,
            covariance_by_caller: self.covariance_by_caller,
            ..config
        }
    }
}

impl Filter {
    fn of(&self, config: QubeConfig) -> QubeConfig {
        QubeConfig { working_dim: self.working_dim, ..config }
    }
}

impl Cache {
    fn of(&self, config: QubeConfig) -> QubeConfig {
        QubeConfig { cache_derivatives: self.cache_derivatives, ..config }
    }
}

fn release(name: &str) -> Result<Release, &'static str> {
    Release::named(name).ok_or("give 1.1, 1.2 or 1.3, also as 1.3.0")
}

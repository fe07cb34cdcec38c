//! A run as a question takes it: its config, and the survey that its sizes follow from where there is
//! one, so that a size can be changed and all others follow.

use super::inverse::Size;
use super::stage::Budget;
use super::{
    EclipseConfig, HarmonicConfig, PipelineConfig, PixelDirectConfig, Survey, TraditionalConfig,
};
use crate::{Error, Result};

/// The config of any code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Config {
    Harmonic(HarmonicConfig),
    PixelDirect(PixelDirectConfig),
    Traditional(TraditionalConfig),
    Eclipse(EclipseConfig),
    /// A document of the host's own.
    Pipeline(PipelineConfig),
    /// What calls of a builder came to: nothing in it can be varied.
    Built(Box<Budget>),
}

/// A run that is asked about.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    config: Config,
    survey: Option<Survey>,
}

impl From<HarmonicConfig> for Config {
    fn from(config: HarmonicConfig) -> Config {
        Config::Harmonic(config)
    }
}

impl From<PixelDirectConfig> for Config {
    fn from(config: PixelDirectConfig) -> Config {
        Config::PixelDirect(config)
    }
}

impl From<TraditionalConfig> for Config {
    fn from(config: TraditionalConfig) -> Config {
        Config::Traditional(config)
    }
}

impl From<EclipseConfig> for Config {
    fn from(config: EclipseConfig) -> Config {
        Config::Eclipse(config)
    }
}

impl From<PipelineConfig> for Config {
    fn from(config: PipelineConfig) -> Config {
        Config::Pipeline(config)
    }
}

impl From<Budget> for Config {
    fn from(budget: Budget) -> Config {
        Config::Built(Box::new(budget))
    }
}

impl Config {
    pub fn budget(&self) -> Result<Budget> {
        match self {
            Config::Harmonic(config) => config.budget(),
            Config::PixelDirect(config) => config.budget(),
            Config::Traditional(config) => config.budget(),
            Config::Eclipse(config) => config.budget(),
            Config::Pipeline(config) => config.budget(),
            Config::Built(budget) => Ok((**budget).clone()),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Config::Harmonic(_) => "harmonic",
            Config::PixelDirect(_) => "pixel-direct",
            Config::Traditional(_) => "traditional",
            Config::Eclipse(_) => "eclipse",
            Config::Pipeline(_) | Config::Built(_) => "pipeline",
        }
    }
}

impl Run {
    /// Of which the sizes are given.
    pub fn new(config: impl Into<Config>) -> Run {
        Run { config: config.into(), survey: None }
    }

    /// On QUBE's harmonic path, with the sizes of a survey, and all else as `like` has it. Errors: as
    /// [`Survey::harmonic`].
    pub fn harmonic(survey: Survey, like: &HarmonicConfig) -> Result<Run> {
        let sizes = survey.harmonic()?;
        let config = HarmonicConfig {
            keep_pixel_projector: like.keep_pixel_projector,
            covariance_by_caller: like.covariance_by_caller,
            working_dim: like.working_dim,
            release: like.release,
            model: like.model,
            ..sizes
        };
        Ok(Run { config: config.into(), survey: Some(survey) })
    }

    /// On QUBE's pixel-direct path, likewise. Errors: as [`Survey::pixel_direct`].
    pub fn pixel_direct(survey: Survey, like: &PixelDirectConfig) -> Result<Run> {
        let sizes = survey.pixel_direct()?;
        let config = PixelDirectConfig {
            cache_derivatives: like.cache_derivatives,
            working_dim: like.working_dim,
            release: like.release,
            model: like.model,
            ..sizes
        };
        Ok(Run { config: config.into(), survey: Some(survey) })
    }

    /// On QUBE's traditional path, likewise. Errors: as [`Survey::traditional`].
    pub fn traditional(survey: Survey, like: &TraditionalConfig) -> Result<Run> {
        let sizes = survey.traditional()?;
        let config = TraditionalConfig { release: like.release, model: like.model, ..sizes };
        Ok(Run { config: config.into(), survey: Some(survey) })
    }

    /// With something to know of its sizes, for the reports; none for ECLIPSE.
    pub(super) fn noted(mut self, note: String) -> Run {
        match &mut self.config {
            Config::Harmonic(config) => config.notes.push(note),
            Config::PixelDirect(config) => config.notes.push(note),
            Config::Traditional(config) => config.notes.push(note),
            Config::Eclipse(_) | Config::Pipeline(_) | Config::Built(_) => {}
        }
        self
    }

    /// ECLIPSE, with the sizes of a survey that `like` leaves out. Errors: as [`Survey::eclipse`].
    pub fn eclipse(survey: Survey, like: &EclipseConfig) -> Result<Run> {
        Ok(Run { config: survey.eclipse(like)?.into(), survey: Some(survey) })
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    pub fn survey(&self) -> Option<&Survey> {
        self.survey.as_ref()
    }

    pub fn budget(&self) -> Result<Budget> {
        self.config.budget()
    }

    /// The same with other switches; sizes stay.
    pub(super) fn switched(&self, config: impl Into<Config>) -> Run {
        Run { config: config.into(), survey: self.survey.clone() }
    }

    fn surveyed(&self, survey: Survey) -> Result<Run> {
        match &self.config {
            Config::Harmonic(like) => Run::harmonic(survey, like),
            Config::PixelDirect(like) => Run::pixel_direct(survey, like),
            Config::Traditional(like) => Run::traditional(survey, like),
            Config::Eclipse(like) => {
                let free = EclipseConfig { pix_t: None, pix_p: None, nside: None, ..like.clone() };
                Run::eclipse(survey, &free)
            }
            Config::Pipeline(_) | Config::Built(_) => Ok(self.clone()),
        }
    }

    /// QUBE's other path through the same survey, of the same release and filter, with the defaults of
    /// QUBE; none where no survey,
    /// or no complete one, is known.
    pub(super) fn other_path(&self) -> Option<Run> {
        self.through_survey()?.ok()
    }

    /// Why the other path is not known, though there is a survey.
    pub(super) fn no_other_path(&self) -> Option<Error> {
        self.through_survey()?.err()
    }

    fn through_survey(&self) -> Option<Result<Run>> {
        let survey = self.survey.clone()?;
        match &self.config {
            Config::Harmonic(config) => {
                let like = PixelDirectConfig {
                    working_dim: config.working_dim,
                    release: config.release,
                    model: config.model,
                    ..PixelDirectConfig::new(1, None, 1, 1)
                };
                Some(Run::pixel_direct(survey, &like))
            }
            Config::PixelDirect(config) => {
                let like = HarmonicConfig {
                    working_dim: config.working_dim,
                    release: config.release,
                    model: config.model,
                    ..HarmonicConfig::new(1, 1, None)
                };
                Some(Run::harmonic(survey, &like))
            }
            // The traditional one is taken where the others cannot be.
            Config::Traditional(_)
            | Config::Eclipse(_)
            | Config::Pipeline(_)
            | Config::Built(_) => None,
        }
    }

    /// The size that a pipeline has under this name, which may be that of a built-in one.
    pub(super) fn own_size(&self, size: Size) -> Size {
        match (&self.config, size) {
            (Config::Pipeline(_), size @ (Size::Nodes | Size::RanksPerNode)) => size,
            (Config::Pipeline(_), size) => Size::Parameter(size.name().to_owned().into()),
            (_, size) => size,
        }
    }

    /// Whether anything the run holds depends on a size of it. Errors: `Figure`, no size of this run,
    /// or one that others were given in place of.
    pub(super) fn depends_on(&self, size: &Size) -> Result<bool> {
        let not_free = |why: &str, allowed| {
            let value = format!("{} {why}", size.name());
            Err(Error::Figure { name: "largest", value, allowed })
        };
        match (&self.config, size, &self.survey) {
            (_, Size::Nodes | Size::RanksPerNode, _) => Ok(true),
            (Config::Pipeline(config), Size::Parameter(name), _) => config.depends_on(name),
            (Config::Built(_), _, _) => not_free(
                "of a builder's budget, whose sizes are fixed",
                "nodes or ranks_per_node, or a document with parameters",
            ),
            (config, Size::Parameter(_), _) | (config @ Config::Pipeline(_), _, _) => not_free(
                &format!("of the {} path", config.name()),
                "nside, lmax, n_bins, maps, nodes or ranks_per_node",
            ),
            (Config::Eclipse(_), Size::Lmax | Size::Maps, _) => Ok(true),
            (Config::Eclipse(_), _, _) => {
                not_free("of eclipse", "lmax, maps, nodes or ranks_per_node")
            }
            (config, Size::Maps, _) => not_free(
                &format!("of the {} path", config.name()),
                "nside, lmax, n_bins, nodes or ranks_per_node",
            ),
            (Config::Harmonic(_), Size::NBins, _)
            | (Config::PixelDirect(_) | Config::Traditional(_), Size::Lmax, _) => Ok(false),
            (Config::PixelDirect(_) | Config::Traditional(_), Size::NBins, _) => {
                self.params_per_bin().map(|_| true)
            }
            (_, Size::Nside | Size::Lmax, None) => not_free(
                "without a survey",
                "a survey too (`fields`; for nside also `nside` and `fsky`)",
            ),
            (_, Size::Nside, Some(survey)) => match (survey.nside, survey.n_pix, survey.n_obs) {
                (Some(_), None, None) => Ok(true),
                _ => not_free("beside a count of pixels", "`nside` and `fsky` instead of it"),
            },
            (_, Size::Lmax, Some(survey)) if survey.n_modes.is_some() => {
                not_free("beside a count of modes", "a survey without `n_modes`")
            }
            (_, Size::Lmax, Some(_)) => Ok(true),
        }
    }

    /// The same run with another value of a size that it depends on; `value` is at most 2^63 - 1.
    pub(super) fn with(&self, size: &Size, value: u64) -> Result<Run> {
        let value = value as i64;
        match (&self.config, size, &self.survey) {
            (Config::Pipeline(config), Size::Parameter(name), _) => {
                let number = config.pipeline().parameter_number(name)?;
                Ok(self.switched(config.with(number, value)))
            }
            (Config::Eclipse(config), Size::Lmax, _) => {
                Ok(self.switched(EclipseConfig { lmax: value, ..config.clone() }))
            }
            (Config::Eclipse(config), Size::Maps, _) => {
                Ok(self.switched(EclipseConfig { maps: value, ..config.clone() }))
            }
            (Config::PixelDirect(_) | Config::Traditional(_), Size::NBins, survey) => {
                let per_bin = self.params_per_bin()?;
                let n_params = per_bin.checked_mul(value).ok_or_else(|| Error::Overflow {
                    what: "n_params".into(),
                    value: format!("{per_bin} for each of {value} bins"),
                    allowed: "at most 2^63 - 1",
                })?;
                match (survey, &self.config) {
                    (Some(survey), _) => self.surveyed(Survey {
                        n_bins: Some(value),
                        n_params: survey.n_params.map(|_| n_params),
                        ..survey.clone()
                    }),
                    (None, Config::PixelDirect(config)) => Ok(self.switched(PixelDirectConfig {
                        n_bins: value,
                        n_params,
                        ..config.clone()
                    })),
                    (None, Config::Traditional(config)) => Ok(self.switched(TraditionalConfig {
                        n_bins: Some(value),
                        n_params,
                        ..config.clone()
                    })),
                    (None, _) => Ok(self.clone()),
                }
            }
            (_, Size::Nside, Some(survey)) => {
                self.surveyed(Survey { nside: Some(value), ..survey.clone() })
            }
            // All multipoles are estimated unless lmax says which; then it moves below lmax_signal.
            (_, Size::Lmax, Some(survey)) => self.surveyed(match survey.lmax {
                Some(_) => Survey { lmax: Some(value), ..survey.clone() },
                None => Survey { lmax_signal: Some(value), ..survey.clone() },
            }),
            _ => Ok(self.clone()),
        }
    }

    /// Parameters that each bin of the pixel-direct and of the traditional path has. Errors: `Missing`,
    /// no bins; `Conflict`, parameters that are no multiple of them.
    fn params_per_bin(&self) -> Result<i64> {
        let (n_bins, n_params) = match &self.config {
            Config::PixelDirect(config) => (config.n_bins, config.n_params),
            Config::Traditional(config) => {
                let needs = "the number of bins beside `n_params`";
                let missing = Error::Missing { name: "parameters of a bin", needs };
                (config.n_bins.ok_or(missing)?, config.n_params)
            }
            Config::Harmonic(_) | Config::Eclipse(_) | Config::Pipeline(_) | Config::Built(_) => {
                return Ok(0);
            }
        };
        if n_bins >= 1 && n_params >= 1 && n_params % n_bins == 0 {
            return Ok(n_params / n_bins);
        }
        Err(Error::Conflict {
            name: "n_params",
            value: n_params,
            other: "n_bins",
            other_value: n_bins,
            allowed: "a multiple of it, so that more bins mean more parameters",
        })
    }

    /// Most bins that the multipoles of the run allow.
    pub(super) fn most_bins(&self) -> Result<u64> {
        const ANY: u64 = i64::MAX as u64;
        let of_config = |lmax: Option<i64>, lmax_signal: Option<i64>| match lmax.or(lmax_signal) {
            Some(lmax) => lmax.unsigned_abs().saturating_add(1).min(ANY),
            None => ANY,
        };
        Ok(match (&self.survey, &self.config) {
            (Some(survey), _) => survey.multipoles()?.unwrap_or(ANY),
            (None, Config::PixelDirect(config)) => of_config(config.lmax, config.lmax_signal),
            (None, Config::Traditional(config)) => of_config(config.lmax, config.lmax_signal),
            (None, _) => ANY,
        })
    }
}

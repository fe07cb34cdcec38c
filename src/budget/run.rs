//! A run as a question takes it: its config, and the survey that its sizes follow from where there is
//! one, so that a size can be changed and all others follow.

use super::inverse::Size;
use super::stage::Budget;
use super::{EclipseConfig, HarmonicConfig, PixelDirectConfig, Survey};
use crate::{Error, Result};

/// The config of any code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Config {
    Harmonic(HarmonicConfig),
    PixelDirect(PixelDirectConfig),
    Eclipse(EclipseConfig),
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

impl From<EclipseConfig> for Config {
    fn from(config: EclipseConfig) -> Config {
        Config::Eclipse(config)
    }
}

impl Config {
    pub fn budget(&self) -> Result<Budget> {
        match self {
            Config::Harmonic(config) => config.budget(),
            Config::PixelDirect(config) => config.budget(),
            Config::Eclipse(config) => config.budget(),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Config::Harmonic(_) => "harmonic",
            Config::PixelDirect(_) => "pixel-direct",
            Config::Eclipse(_) => "eclipse",
        }
    }
}

impl Run {
    /// Of which the sizes are given.
    pub fn new(config: impl Into<Config>) -> Run {
        Run { config: config.into(), survey: None }
    }

    /// On QUBE's harmonic path, with the sizes of a survey and the switches of `like`. Errors: as
    /// [`Survey::harmonic`].
    pub fn harmonic(survey: Survey, like: &HarmonicConfig) -> Result<Run> {
        let sizes = survey.harmonic()?;
        let config = HarmonicConfig {
            keep_pixel_projector: like.keep_pixel_projector,
            cache_derivatives: like.cache_derivatives,
            ..sizes
        };
        Ok(Run { config: config.into(), survey: Some(survey) })
    }

    /// On QUBE's pixel-direct path, likewise. Errors: as [`Survey::pixel_direct`].
    pub fn pixel_direct(survey: Survey, like: &PixelDirectConfig) -> Result<Run> {
        let sizes = survey.pixel_direct()?;
        let config = PixelDirectConfig {
            has_switch: like.has_switch,
            cache_derivatives: like.cache_derivatives,
            ..sizes
        };
        Ok(Run { config: config.into(), survey: Some(survey) })
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
            Config::Eclipse(like) => {
                let free = EclipseConfig { pix_t: None, pix_p: None, nside: None, ..like.clone() };
                Run::eclipse(survey, &free)
            }
        }
    }

    /// QUBE's other path through the same survey, with its published defaults; none where no survey,
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
        match self.config {
            Config::Harmonic(_) => {
                Some(Run::pixel_direct(survey, &PixelDirectConfig::new(1, 1, 1, 1)))
            }
            Config::PixelDirect(_) => Some(Run::harmonic(survey, &HarmonicConfig::new(1, 1, 1))),
            Config::Eclipse(_) => None,
        }
    }

    /// Whether anything the run holds depends on a size of it. Errors: `Figure`, no size of this run,
    /// or one that others were given in place of.
    pub(super) fn depends_on(&self, size: Size) -> Result<bool> {
        let not_free = |why: &str, allowed| {
            let value = format!("{} {why}", size.name());
            Err(Error::Figure { name: "largest", value, allowed })
        };
        match (&self.config, size, &self.survey) {
            (_, Size::Nodes | Size::RanksPerNode, _) => Ok(true),
            (Config::Eclipse(_), Size::Lmax | Size::Maps, _) => Ok(true),
            (Config::Eclipse(_), _, _) => {
                not_free("of eclipse", "lmax, maps, nodes or ranks_per_node")
            }
            (config, Size::Maps, _) => not_free(
                &format!("of the {} path", config.name()),
                "nside, lmax, n_bins, nodes or ranks_per_node",
            ),
            (Config::Harmonic(_), Size::NBins, _) | (Config::PixelDirect(_), Size::Lmax, _) => {
                Ok(false)
            }
            (Config::PixelDirect(_), Size::NBins, _) => self.params_per_bin().map(|_| true),
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
    pub(super) fn with(&self, size: Size, value: u64) -> Result<Run> {
        let value = value as i64;
        match (&self.config, size, &self.survey) {
            (Config::Eclipse(config), Size::Lmax, _) => {
                Ok(self.switched(EclipseConfig { lmax: value, ..config.clone() }))
            }
            (Config::Eclipse(config), Size::Maps, _) => {
                Ok(self.switched(EclipseConfig { maps: value, ..config.clone() }))
            }
            (Config::PixelDirect(config), Size::NBins, survey) => {
                let per_bin = self.params_per_bin()?;
                let n_params = per_bin.checked_mul(value).ok_or_else(|| Error::Overflow {
                    what: "n_params".into(),
                    value: format!("{per_bin} for each of {value} bins"),
                    allowed: "at most 2^63 - 1",
                })?;
                match survey {
                    Some(survey) => self.surveyed(Survey {
                        n_bins: Some(value),
                        n_params: survey.n_params.map(|_| n_params),
                        ..survey.clone()
                    }),
                    None => {
                        let n_bins = value;
                        Ok(self.switched(PixelDirectConfig { n_bins, n_params, ..config.clone() }))
                    }
                }
            }
            (_, Size::Nside, Some(survey)) => {
                self.surveyed(Survey { nside: Some(value), ..survey.clone() })
            }
            // All multipoles are estimated unless lmax says which; then it moves below lmax_signal.
            (_, Size::Lmax, Some(survey)) => self.surveyed(match survey.lmax {
                Some(_) => Survey { lmax: Some(value), ..survey.clone() },
                None => Survey { lmax_signal: value, ..survey.clone() },
            }),
            _ => Ok(self.clone()),
        }
    }

    /// Parameters that each bin of the pixel-direct path has.
    fn params_per_bin(&self) -> Result<i64> {
        let Config::PixelDirect(PixelDirectConfig { n_bins, n_params, .. }) = self.config else {
            return Ok(0);
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
}

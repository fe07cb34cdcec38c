//! A run: its config, and the survey behind its sizes, if any. With the survey, one size can change
//! and all others follow.

use crate::budget::eclipse::EclipseConfig;
use crate::budget::harmonic::HarmonicConfig;
use crate::budget::pipeline::PipelineConfig;
use crate::budget::pixel_direct::PixelDirectConfig;
use crate::budget::stages::Budget;
use crate::budget::survey::Survey;
use crate::budget::traditional::TraditionalConfig;
use crate::{Error, Result};

/// The config of any code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Config {
    Harmonic(HarmonicConfig),
    PixelDirect(PixelDirectConfig),
    Traditional(TraditionalConfig),
    Eclipse(EclipseConfig),
    /// A host's document.
    Pipeline(PipelineConfig),
    /// The budget of a builder: its sizes are fixed.
    Built(Box<Budget>),
}

/// A run whose sizes can be varied.
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

    pub(crate) fn name(&self) -> &'static str {
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
    /// A run of explicit sizes.
    pub fn new(config: impl Into<Config>) -> Run {
        Run { config: config.into(), survey: None }
    }

    /// A run on QUBE's harmonic path, with the sizes of a survey; switches as in `like`. Errors: as
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

    /// A run on QUBE's pixel-direct path; switches as in `like`. Errors: as
    /// [`Survey::pixel_direct`].
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

    /// A run on QUBE's traditional path; release and model as in `like`. Errors: as
    /// [`Survey::traditional`].
    pub fn traditional(survey: Survey, like: &TraditionalConfig) -> Result<Run> {
        let sizes = survey.traditional()?;
        let config = TraditionalConfig { release: like.release, model: like.model, ..sizes };
        Ok(Run { config: config.into(), survey: Some(survey) })
    }

    /// Adds a remark on its sizes to the reports; ECLIPSE and pipelines have none.
    pub(super) fn noted(mut self, note: String) -> Run {
        match &mut self.config {
            Config::Harmonic(config) => config.notes.push(note),
            Config::PixelDirect(config) => config.notes.push(note),
            Config::Traditional(config) => config.notes.push(note),
            Config::Eclipse(_) | Config::Pipeline(_) | Config::Built(_) => {}
        }
        self
    }

    /// A run of ECLIPSE, with the sizes of a survey that `like` leaves out. Errors: as
    /// [`Survey::eclipse`].
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
    pub(crate) fn switched(&self, config: impl Into<Config>) -> Run {
        Run { config: config.into(), survey: self.survey.clone() }
    }

    pub(crate) fn surveyed(&self, survey: Survey) -> Result<Run> {
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

    /// QUBE's other path through the same survey, of the same release and filter, with QUBE's
    /// defaults; none without a complete survey.
    pub(super) fn other_path(&self) -> Option<Run> {
        self.through_survey()?.ok()
    }

    /// The reason that a survey does not determine the other path.
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
}

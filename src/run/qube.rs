//! A request for a QUBE run on any path: sizes, or a survey behind them, and switches. It makes the
//! run of each path, and of the one that QUBE itself takes.

use super::config::Run;
use crate::budget::harmonic::HarmonicConfig;
use crate::budget::input::{Count, Derivation, check_spectra, params_of};
use crate::budget::model::Model;
use crate::budget::pixel_direct::PixelDirectConfig;
use crate::budget::release::Release;
use crate::budget::survey::Survey;
use crate::budget::traditional::TraditionalConfig;
use crate::{Error, Result};

/// Inputs of a QUBE run. Absent sizes are derived from the survey, if any; each path reads the
/// sizes it depends on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct QubeConfig {
    /// The survey; a size that it has too must be the same.
    pub survey: Option<Survey>,
    pub n_pix: Option<i64>,
    pub n_modes: Option<i64>,
    pub n_bins: Option<i64>,
    pub n_params: Option<i64>,
    pub n_spectra: Option<i64>,
    pub lmax: Option<i64>,
    pub lmax_signal: Option<i64>,
    pub working_dim: Option<i64>,
    /// Harmonic path: keep V once the kernels are built.
    pub keep_pixel_projector: bool,
    /// Harmonic path: the caller passes the noise covariance in.
    pub covariance_by_caller: bool,
    /// Pixel-direct path: keep binned derivatives.
    pub cache_derivatives: bool,
    /// Cross two data splits, which QUBE does on the traditional path alone.
    pub do_cross: bool,
    pub release: Release,
    pub model: Model,
    /// Remarks on the sizes, for the reports.
    pub notes: Vec<String>,
}

impl QubeConfig {
    /// The run on the harmonic path. Errors: as [`Survey::harmonic`]; `Missing`, sizes that nothing
    /// tells.
    pub fn harmonic(&self) -> Result<Run> {
        Ok(self.noted(self.harmonic_run()?))
    }

    fn harmonic_run(&self) -> Result<Run> {
        let like = HarmonicConfig {
            lmax: self.lmax,
            n_spectra: self.n_spectra,
            working_dim: self.working_dim,
            keep_pixel_projector: self.keep_pixel_projector,
            covariance_by_caller: self.covariance_by_caller,
            release: self.release,
            model: self.model,
            ..HarmonicConfig::new(1, 1, self.lmax_signal)
        };
        if let Some(survey) = self.survey()? {
            return Run::harmonic(survey, &like);
        }
        let (n_pix, n_modes) = (given("n_pix", self.n_pix)?, given("n_modes", self.n_modes)?);
        Ok(Run::new(HarmonicConfig { n_pix, n_modes, ..like }))
    }

    /// The run on the pixel-direct path. Errors: as [`Survey::pixel_direct`]; `Missing`.
    pub fn pixel_direct(&self) -> Result<Run> {
        Ok(self.noted(self.pixel_direct_run()?))
    }

    fn pixel_direct_run(&self) -> Result<Run> {
        let like = PixelDirectConfig {
            lmax: self.lmax,
            n_spectra: self.n_spectra,
            working_dim: self.working_dim,
            cache_derivatives: self.cache_derivatives,
            release: self.release,
            model: self.model,
            ..PixelDirectConfig::new(1, self.lmax_signal, 1, 1)
        };
        if let Some(survey) = self.survey()? {
            return Run::pixel_direct(survey, &like);
        }
        let (n_pix, n_bins) = (given("n_pix", self.n_pix)?, given("n_bins", self.n_bins)?);
        let (n_params, derivations) = self.params()?;
        Ok(Run::new(PixelDirectConfig { n_pix, n_bins, n_params, derivations, ..like }))
    }

    /// The run on the traditional path. Errors: as [`Survey::traditional`]; `Missing`.
    pub fn traditional(&self) -> Result<Run> {
        Ok(self.noted(self.traditional_run()?))
    }

    fn traditional_run(&self) -> Result<Run> {
        let like = TraditionalConfig {
            n_bins: self.n_bins,
            n_spectra: self.n_spectra,
            lmax: self.lmax,
            lmax_signal: self.lmax_signal,
            release: self.release,
            model: self.model,
            ..TraditionalConfig::new(1, 1)
        };
        if let Some(survey) = self.survey()? {
            return Run::traditional(survey, &like);
        }
        let n_pix = given("n_pix", self.n_pix)?;
        let (n_params, derivations) = self.params()?;
        Ok(Run::new(TraditionalConfig { n_pix, n_params, derivations, ..like }))
    }

    /// The run on the path that QUBE itself takes, with a note that says which and why. Errors: those of
    /// the paths that it decides between.
    pub fn auto(&self) -> Result<Run> {
        if self.do_cross {
            return self.traditional().map(Run::crossing);
        }
        Run::by_time(self.harmonic()?, self.pixel_direct()?)
    }

    fn noted(&self, run: Run) -> Run {
        self.notes.iter().cloned().fold(run, Run::noted)
    }

    /// The survey with the sizes that were given beside it.
    fn survey(&self) -> Result<Option<Survey>> {
        let Some(survey) = self.survey.clone() else { return Ok(None) };
        Ok(Some(Survey {
            n_pix: one_of("n_pix", survey.n_pix, self.n_pix)?,
            n_modes: one_of("n_modes", survey.n_modes, self.n_modes)?,
            n_bins: one_of("n_bins", survey.n_bins, self.n_bins)?,
            n_params: one_of("n_params", survey.n_params, self.n_params)?,
            n_spectra: one_of("n_spectra", survey.n_spectra, self.n_spectra)?,
            lmax: one_of("lmax", survey.lmax, self.lmax)?,
            lmax_signal: one_of("lmax_signal", survey.lmax_signal, self.lmax_signal)?,
            ..survey
        }))
    }

    /// Parameters without a survey: given, or bins times spectra.
    fn params(&self) -> Result<(i64, Vec<Derivation>)> {
        if let (None, Some(n_bins), Some(n_spectra)) = (self.n_params, self.n_bins, self.n_spectra)
        {
            let n_bins = Count::input("n_bins", n_bins)?;
            let n_spectra = Count::input("n_spectra", n_spectra)?;
            check_spectra(Some(n_spectra))?;
            let n_params = params_of(n_bins, n_spectra)?;
            let from = format!("{} bins x {} spectra", n_bins.value(), n_spectra.value());
            // At most 2^63 - 1.
            return Ok((n_params as i64, vec![Derivation { name: "n_params".into(), from }]));
        }
        let missing = Error::Missing {
            name: "n_params",
            needs: "it, 1 or more, `n_bins` and `n_spectra`, or a survey (`fields`)",
        };
        Ok((self.n_params.ok_or(missing)?, Vec::new()))
    }
}

/// A size that no survey gives.
fn given(name: &'static str, value: Option<i64>) -> Result<i64> {
    value.ok_or(Error::Missing { name, needs: "it, 1 or more, or a survey (`fields`)" })
}

/// A size that a survey and a config may both have: then they must agree.
fn one_of(name: &'static str, survey: Option<i64>, config: Option<i64>) -> Result<Option<i64>> {
    match (survey, config) {
        (Some(other_value), Some(value)) if other_value != value => Err(Error::Conflict {
            name,
            value,
            other: "that of the survey",
            other_value,
            allowed: "the same, or only one of them",
        }),
        (survey, config) => Ok(survey.or(config)),
    }
}

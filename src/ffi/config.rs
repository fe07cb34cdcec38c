//! The inputs of budgets: a run's sizes and switches, or the survey that the sizes follow from.

use super::guard::guard;
use super::status::Failure;
use super::structs::{self, given, growable, known, model, quiet, truth};
use crate::Error;
use crate::budget::{Code, EclipseConfig, Fields, HarmonicConfig, PixelDirectConfig, Run, Survey};

/// Maps of temperature alone.
pub const QUBE_FIELDS_T: i32 = 1;
/// Maps of polarisation alone.
pub const QUBE_FIELDS_QU: i32 = 2;
/// Maps of both.
pub const QUBE_FIELDS_TQU: i32 = 3;

/// ECLIPSE's code for temperature alone.
pub const QUBE_ECLIPSE_T: i32 = 1;
/// ECLIPSE's code for polarisation alone.
pub const QUBE_ECLIPSE_EB: i32 = 2;
/// ECLIPSE's code for both.
pub const QUBE_ECLIPSE_TEB: i32 = 3;

/// Inputs of qube_budget_harmonic(). Begin with qube_harmonic_config_init().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_harmonic_config {
    /// sizeof(qube_harmonic_config)
    pub struct_size: usize,
    /// Pixels of all fields together (T: observed pixels; QU: twice; TQU: T's and twice QU's), 1 or
    /// more; 0 (default): derived from the survey.
    pub n_pix: i64,
    /// Harmonic modes of all fields together, the sum of (lmax + 1)^2 - lmin^2 over fields, 1 or
    /// more; 0 (default): derived from the survey.
    pub n_modes: i64,
    /// Largest multipole in the signal covariance, 1 or more; 0 (default): that of the survey.
    pub lmax_signal: i64,
    /// Largest multipole that is estimated, 1 to lmax_signal; 0 (default): lmax_signal. Below
    /// lmax_signal the switch path is taken, which holds more.
    pub lmax: i64,
    /// 1: keep the pixel projector V once the kernels are built. 0 (default): release it.
    pub keep_pixel_projector: i32,
    /// 1: keep derivatives in memory in the Fisher stage. 0 (default): do not.
    pub cache_derivatives: i32,
}

growable!(qube_harmonic_config);

/// Inputs of qube_budget_pixel_direct(). Begin with qube_pixel_direct_config_init().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_pixel_direct_config {
    /// sizeof(qube_pixel_direct_config)
    pub struct_size: usize,
    /// Pixels of all fields together, as in qube_harmonic_config; 0 (default): derived from the
    /// survey.
    pub n_pix: i64,
    /// Largest multipole in the signal covariance, 1 or more; 0 (default): that of the survey, if
    /// there is one. No term depends on it.
    pub lmax_signal: i64,
    /// Bins of multipoles, 1 or more; 0 (default): those of the survey.
    pub n_bins: i64,
    /// Parameters: n_bins times the number of spectra (T: 1, QU: 3, TQU: 6), 1 or more; 0
    /// (default): derived from the survey.
    pub n_params: i64,
    /// 1 (default): the release holds S_fixed, as qube-qml before 1.2 does. 0: it does not.
    pub has_switch: i32,
    /// 1: keep binned derivatives in memory, which later releases can. 0 (default): do not.
    pub cache_derivatives: i32,
}

growable!(qube_pixel_direct_config { has_switch: 1 });

/// Inputs of qube_budget_eclipse(). Begin with qube_eclipse_config_init().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_eclipse_config {
    /// sizeof(qube_eclipse_config)
    pub struct_size: usize,
    /// Observed pixels in temperature, 1 or more; 0 (default): none, as EB must have.
    pub pix_t: i64,
    /// Observed pixels in polarisation, 1 or more; 0 (default): none, as T must have.
    pub pix_p: i64,
    /// Largest multipole of the power spectra, 2 or more; for T 1 or more. No default.
    pub lmax: i64,
    /// Largest multipole of the covariance matrix; 0 (default): as lmax.
    pub lmax_cov: i64,
    /// Maps, of each kind where they are crossed, 1 or more; default 1.
    pub maps: i64,
    /// QUBE_ECLIPSE_T, QUBE_ECLIPSE_EB or QUBE_ECLIPSE_TEB. No default.
    pub code: i32,
    /// 1: cross the maps with others. 0 (default): do not.
    pub cross: i32,
    /// 1: check the inverse of the covariance matrix. 0 (default): do not.
    pub check_inverse: i32,
    /// 1 (default): compute the Fisher matrix. 0: do not; steps 4 to 6 then do not run.
    pub fisher: i32,
    /// QUBE_MODEL_HELD (default): what a run holds; QUBE_MODEL_PRINTED: the totals of its log;
    /// QUBE_MODEL_PUBLISHED: the sums of its guide.
    pub model: i32,
    /// 1: the map files of T have Q and U, too. 0 (default): they do not. 0 for EB and TEB.
    pub tqu_maps: i32,
    /// HEALPix resolution of the map files, a power of two, 1 to 2^29; 0 (default): the least whose
    /// sphere has as many pixels as are observed. A finer one takes more.
    pub nside: i64,
}

growable!(qube_eclipse_config { maps: 1, fisher: 1 });

/// What is known of a survey. Sizes that a config leaves at 0 are derived from it; explicit sizes
/// override it, and contradictions are errors. Begin with qube_survey_init(), then set fields and
/// what else is known.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_survey {
    /// sizeof(qube_survey)
    pub struct_size: usize,
    /// HEALPix resolution, a power of two, 1 to 2^29; 0 (default): unknown.
    pub nside: i64,
    /// The observed fraction of the sky, above 0, up to 1; 0 (default): unknown.
    pub fsky: f64,
    /// Observed pixels of one map, such as the number of ones in a mask; of the temperature map for
    /// TQU. Overrides fsky. 0 (default): unknown.
    pub n_obs: i64,
    /// Observed pixels of a polarisation map for TQU, where its mask is another one; 0 (default):
    /// the same as n_obs.
    pub n_obs_polarisation: i64,
    /// The least multipole, 0 or more for T, 2 or more with polarisation; -1 (default): 2.
    pub lmin: i64,
    /// The largest multipole that is estimated, 1 to lmax_signal; 0 (default): lmax_signal.
    pub lmax: i64,
    /// The largest multipole in the signal covariance; 0 (default): that of the config.
    pub lmax_signal: i64,
    /// Bins of multipoles; 0 (default): unknown. The pixel-direct path needs them.
    pub n_bins: i64,
    /// Spectra that are estimated; 0 (default): all that the fields have (T: 1, QU: 3, TQU: 6).
    pub n_spectra: i64,
    /// QUBE_FIELDS_T, QUBE_FIELDS_QU or QUBE_FIELDS_TQU. No default.
    pub fields: i32,
    /// 1: the mask is a polar cap of whole rings; fsky is at most 1/6. 0 (default): it is not.
    pub polar_cap: i32,
}

growable!(qube_survey { lmin: -1 });

/// Fills a config with the defaults: V released, derivatives not cached, no sizes.
///
/// @param config       the struct to fill
/// @param struct_size  sizeof *config
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_harmonic_config_init(
    config: *mut qube_harmonic_config,
    struct_size: usize,
) -> i32 {
    guard(|| unsafe { structs::init(config, struct_size, "config") })
}

/// Fills a config with the defaults: S_fixed held, derivatives not cached, no sizes.
///
/// @param config       the struct to fill
/// @param struct_size  sizeof *config
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_pixel_direct_config_init(
    config: *mut qube_pixel_direct_config,
    struct_size: usize,
) -> i32 {
    guard(|| unsafe { structs::init(config, struct_size, "config") })
}

/// Fills a config with the defaults: one map, not crossed, the inverse not checked, with the Fisher
/// matrix. code, lmax and the pixels are 0 and must be set.
///
/// @param config       the struct to fill
/// @param struct_size  sizeof *config
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_eclipse_config_init(
    config: *mut qube_eclipse_config,
    struct_size: usize,
) -> i32 {
    guard(|| unsafe { structs::init(config, struct_size, "config") })
}

/// Fills a survey with the defaults: nothing is known; fields is 0 and must be set.
///
/// @param survey       the struct to fill
/// @param struct_size  sizeof *survey
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_survey_init(survey: *mut qube_survey, struct_size: usize) -> i32 {
    guard(|| unsafe { structs::init(survey, struct_size, "survey") })
}

impl qube_harmonic_config {
    fn checked(&self) -> Result<HarmonicConfig, Failure> {
        Ok(HarmonicConfig {
            n_pix: self.n_pix,
            n_modes: self.n_modes,
            lmax_signal: self.lmax_signal,
            lmax: given(self.lmax),
            keep_pixel_projector: truth(self.keep_pixel_projector, "keep_pixel_projector")?,
            cache_derivatives: truth(self.cache_derivatives, "cache_derivatives")?,
            derivations: Vec::new(),
        })
    }

    /// The run with these inputs, and sizes that they leave at 0 from a survey if there is one.
    pub(super) fn run(&self, survey: Option<&qube_survey>) -> Result<Run, Failure> {
        let config = self.checked()?;
        let Some(survey) = survey else { return Ok(Run::new(config)) };
        let survey = Survey {
            n_pix: given(self.n_pix),
            n_modes: given(self.n_modes),
            lmax: given(one_of("lmax", survey.lmax, self.lmax)?),
            lmax_signal: one_of("lmax_signal", survey.lmax_signal, self.lmax_signal)?,
            ..survey.checked()?
        };
        Ok(Run::harmonic(survey, &config)?)
    }
}

impl qube_pixel_direct_config {
    fn checked(&self) -> Result<PixelDirectConfig, Failure> {
        Ok(PixelDirectConfig {
            n_pix: self.n_pix,
            lmax_signal: given(self.lmax_signal),
            n_bins: self.n_bins,
            n_params: self.n_params,
            has_switch: truth(self.has_switch, "has_switch")?,
            cache_derivatives: truth(self.cache_derivatives, "cache_derivatives")?,
            derivations: Vec::new(),
        })
    }

    /// As [`qube_harmonic_config::run`].
    pub(super) fn run(&self, survey: Option<&qube_survey>) -> Result<Run, Failure> {
        let config = self.checked()?;
        let Some(survey) = survey else { return Ok(Run::new(config)) };
        let survey = Survey {
            n_pix: given(self.n_pix),
            n_params: given(self.n_params),
            n_bins: given(one_of("n_bins", survey.n_bins, self.n_bins)?),
            lmax_signal: one_of("lmax_signal", survey.lmax_signal, self.lmax_signal)?,
            ..survey.checked()?
        };
        Ok(Run::pixel_direct(survey, &config)?)
    }
}

impl qube_eclipse_config {
    /// The run. With a survey, sizes that are 0 follow from it.
    pub(super) fn run(&self, survey: Option<&qube_survey>) -> Result<Run, Failure> {
        let config = self.checked()?;
        Ok(match survey {
            None => Run::new(config),
            Some(survey) => Run::eclipse(survey.checked()?, &config)?,
        })
    }

    fn checked(&self) -> Result<EclipseConfig, Failure> {
        let code = match self.code {
            QUBE_ECLIPSE_T => Code::T,
            QUBE_ECLIPSE_EB => Code::Eb,
            QUBE_ECLIPSE_TEB => Code::Teb,
            other => {
                let allowed = "QUBE_ECLIPSE_T (1), QUBE_ECLIPSE_EB (2) or QUBE_ECLIPSE_TEB (3)";
                return Err(Error::Input { name: "code", value: other.into(), allowed }.into());
            }
        };
        Ok(EclipseConfig {
            code,
            pix_t: given(self.pix_t),
            pix_p: given(self.pix_p),
            lmax: self.lmax,
            lmax_cov: given(self.lmax_cov),
            maps: self.maps,
            cross: truth(self.cross, "cross")?,
            check_inverse: truth(self.check_inverse, "check_inverse")?,
            fisher: truth(self.fisher, "fisher")?,
            nside: given(self.nside),
            tqu_maps: truth(self.tqu_maps, "tqu_maps")?,
            model: model(self.model)?,
            derivations: Vec::new(),
        })
    }
}

impl qube_survey {
    fn checked(&self) -> Result<Survey, Failure> {
        let fields = match self.fields {
            QUBE_FIELDS_T => Fields::T,
            QUBE_FIELDS_QU => Fields::Qu,
            QUBE_FIELDS_TQU => Fields::Tqu,
            other => {
                let allowed = "QUBE_FIELDS_T (1), QUBE_FIELDS_QU (2) or QUBE_FIELDS_TQU (3)";
                return Err(Error::Input { name: "fields", value: other.into(), allowed }.into());
            }
        };
        let fsky = quiet(self.fsky);
        Ok(Survey {
            nside: given(self.nside),
            fsky: (fsky != 0.0).then_some(fsky),
            polar_cap: truth(self.polar_cap, "polar_cap")?,
            n_obs: given(self.n_obs),
            n_obs_polarisation: given(self.n_obs_polarisation),
            lmin: known(self.lmin),
            lmax: given(self.lmax),
            n_bins: given(self.n_bins),
            n_spectra: given(self.n_spectra),
            ..Survey::new(fields, self.lmax_signal)
        })
    }
}

/// A size that a survey and a config may both give: then they must agree.
fn one_of(name: &'static str, survey: i64, config: i64) -> Result<i64, Failure> {
    match (survey, config) {
        (0, value) | (value, 0) => Ok(value),
        (survey, config) if survey == config => Ok(config),
        (other_value, value) => Err(Error::Conflict {
            name,
            value,
            other: "that of the survey",
            other_value,
            allowed: "the same, or only one of them",
        }
        .into()),
    }
}

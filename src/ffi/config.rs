//! The inputs of budgets: a run's sizes and switches, or the survey that the sizes follow from.

use super::guard::guard;
use super::status::Failure;
use super::structs::{self, given, growable, known, model, quiet, truth, unused};
use crate::Error;
use crate::budget::{Code, EclipseConfig, Fields, Release, Survey};
use crate::run::{QubeConfig, Run};

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

/// The newest release of qube-qml that budgets follow, 1.3.
pub const QUBE_RELEASE_NEWEST: i32 = 0;
/// qube-qml 1.1.
pub const QUBE_RELEASE_1_1: i32 = 101;
/// qube-qml 1.2.
pub const QUBE_RELEASE_1_2: i32 = 102;
/// qube-qml 1.3.
pub const QUBE_RELEASE_1_3: i32 = 103;

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
    /// Largest multipole in the signal covariance, 1 or more; 0 (default): that of the survey, or
    /// none, where lmax is 0, too.
    pub lmax_signal: i64,
    /// Largest multipole that is estimated, 1 to lmax_signal; 0 (default): lmax_signal. Below
    /// lmax_signal the switch path is taken, which holds more.
    pub lmax: i64,
    /// Spectra that are estimated, 1 to 6; 0 (default): those of the survey, or several.
    pub n_spectra: i64,
    /// Coordinates that a pixel filter leaves, 1 to n_pix; 0 (default): no filter. Release 1.3.
    pub working_dim: i64,
    /// 1: keep the pixel projector V once the kernels are built. 0 (default): release it.
    pub keep_pixel_projector: i32,
    /// 1: the caller passes the noise covariance in and holds it, as input of the process. 0
    /// (default): QUBE reads it.
    pub covariance_by_caller: i32,
    /// QUBE_MODEL_HELD (default) or QUBE_MODEL_PUBLISHED.
    pub model: i32,
    /// QUBE_RELEASE_NEWEST (default) to QUBE_RELEASE_1_3.
    pub release: i32,
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
    /// Largest multipole in the signal covariance, 1 or more; 0 (default): that of the survey, or
    /// none. Release 1.1 needs it where lmax is given.
    pub lmax_signal: i64,
    /// Largest multipole that is estimated, 1 to lmax_signal; 0 (default): lmax_signal. Release 1.1
    /// holds more where it is below lmax_signal; nothing else depends on it.
    pub lmax: i64,
    /// Bins of multipoles, 1 or more; 0 (default): those of the survey.
    pub n_bins: i64,
    /// Parameters: n_bins times n_spectra, 1 or more; 0 (default): derived from these, or from the
    /// survey.
    pub n_params: i64,
    /// Spectra that are estimated, 1 to 6; 0 (default): what n_params makes it, or those of the
    /// survey.
    pub n_spectra: i64,
    /// Coordinates that a pixel filter leaves, 1 to n_pix; 0 (default): no filter. Release 1.3.
    pub working_dim: i64,
    /// 1: keep binned derivatives in memory. Release 1.2 or newer. 0 (default): do not.
    pub cache_derivatives: i32,
    /// QUBE_MODEL_HELD (default) or QUBE_MODEL_PUBLISHED.
    pub model: i32,
    /// QUBE_RELEASE_NEWEST (default) to QUBE_RELEASE_1_3.
    pub release: i32,
    /// 0
    pub reserved: i32,
}

growable!(qube_pixel_direct_config);

/// Inputs of qube_budget_traditional(). Begin with qube_traditional_config_init().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_traditional_config {
    /// sizeof(qube_traditional_config)
    pub struct_size: usize,
    /// Pixels of all fields together, as in qube_harmonic_config; 0 (default): derived from the
    /// survey.
    pub n_pix: i64,
    /// Largest multipole in the signal covariance, 1 or more; 0 (default): that of the survey, or
    /// none. No term depends on it.
    pub lmax_signal: i64,
    /// Largest multipole that is estimated, 1 to lmax_signal; 0 (default): lmax_signal. Likewise.
    pub lmax: i64,
    /// Bins of multipoles, 1 or more; 0 (default): those of the survey, or unknown.
    pub n_bins: i64,
    /// Parameters: n_bins times n_spectra, 1 or more; 0 (default): derived from these, or from the
    /// survey.
    pub n_params: i64,
    /// Spectra that are estimated, 1 to 6; 0 (default): what n_params makes it, or those of the
    /// survey.
    pub n_spectra: i64,
    /// QUBE_MODEL_HELD: QUBE publishes nothing of this path.
    pub model: i32,
    /// QUBE_RELEASE_NEWEST (default) to QUBE_RELEASE_1_3, which hold the same.
    pub release: i32,
}

growable!(qube_traditional_config);

/// Inputs of qube_budget_auto(): those of all paths. Begin with qube_auto_config_init().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_auto_config {
    /// sizeof(qube_auto_config)
    pub struct_size: usize,
    /// As in the configs of the paths; 0 (default) of each: derived from the survey, or absent.
    pub n_pix: i64,
    /// Harmonic modes.
    pub n_modes: i64,
    /// Largest multipole in the signal covariance.
    pub lmax_signal: i64,
    /// Largest multipole that is estimated.
    pub lmax: i64,
    /// Bins of multipoles.
    pub n_bins: i64,
    /// Parameters.
    pub n_params: i64,
    /// Spectra that are estimated.
    pub n_spectra: i64,
    /// Coordinates that a pixel filter leaves.
    pub working_dim: i64,
    /// 1: cross two data splits, which QUBE does on the traditional path alone. 0 (default): no.
    pub do_cross: i32,
    /// 1: keep V, if the path is the harmonic one. 0 (default): release it.
    pub keep_pixel_projector: i32,
    /// 1: the caller passes the noise covariance in. 0 (default): QUBE reads it.
    pub covariance_by_caller: i32,
    /// 1: keep binned derivatives, if the path is the pixel-direct one. 0 (default): do not.
    pub cache_derivatives: i32,
    /// QUBE_MODEL_HELD (default) or QUBE_MODEL_PUBLISHED.
    pub model: i32,
    /// QUBE_RELEASE_NEWEST (default) to QUBE_RELEASE_1_3.
    pub release: i32,
}

growable!(qube_auto_config);

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

/// Fills a config with the defaults: what the newest release holds, V released, no sizes.
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

/// Fills a config with the defaults: what the newest release holds, derivatives not cached, no
/// sizes.
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

/// Fills a config with the defaults: what the newest release holds, no sizes.
///
/// @param config       the struct to fill
/// @param struct_size  sizeof *config
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_traditional_config_init(
    config: *mut qube_traditional_config,
    struct_size: usize,
) -> i32 {
    guard(|| unsafe { structs::init(config, struct_size, "config") })
}

/// Fills a config with the defaults: what the newest release holds, not crossed, V released,
/// derivatives not cached, no sizes.
///
/// @param config       the struct to fill
/// @param struct_size  sizeof *config
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_auto_config_init(
    config: *mut qube_auto_config,
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
    /// The run with these inputs, and sizes that they leave at 0 from a survey if there is one.
    pub(super) fn run(&self, survey: Option<&qube_survey>) -> Result<Run, Failure> {
        let config = QubeConfig {
            survey: checked(survey)?,
            n_pix: size(self.n_pix, survey),
            n_modes: size(self.n_modes, survey),
            lmax_signal: given(self.lmax_signal),
            lmax: given(self.lmax),
            n_spectra: given(self.n_spectra),
            working_dim: given(self.working_dim),
            keep_pixel_projector: truth(self.keep_pixel_projector, "keep_pixel_projector")?,
            covariance_by_caller: truth(self.covariance_by_caller, "covariance_by_caller")?,
            model: model(self.model)?,
            release: release(self.release)?,
            ..QubeConfig::default()
        };
        Ok(config.harmonic()?)
    }
}

impl qube_pixel_direct_config {
    /// As [`qube_harmonic_config::run`].
    pub(super) fn run(&self, survey: Option<&qube_survey>) -> Result<Run, Failure> {
        unused("qube_pixel_direct_config.reserved", self.reserved)?;
        let config = QubeConfig {
            survey: checked(survey)?,
            n_pix: size(self.n_pix, survey),
            lmax_signal: given(self.lmax_signal),
            lmax: given(self.lmax),
            n_bins: size(self.n_bins, survey),
            n_params: params(self.n_params, self.n_spectra, survey),
            n_spectra: given(self.n_spectra),
            working_dim: given(self.working_dim),
            cache_derivatives: truth(self.cache_derivatives, "cache_derivatives")?,
            model: model(self.model)?,
            release: release(self.release)?,
            ..QubeConfig::default()
        };
        Ok(config.pixel_direct()?)
    }
}

impl qube_traditional_config {
    /// As [`qube_harmonic_config::run`].
    pub(super) fn run(&self, survey: Option<&qube_survey>) -> Result<Run, Failure> {
        let config = QubeConfig {
            survey: checked(survey)?,
            n_pix: size(self.n_pix, survey),
            lmax_signal: given(self.lmax_signal),
            lmax: given(self.lmax),
            n_bins: given(self.n_bins),
            n_params: params(self.n_params, self.n_spectra, survey),
            n_spectra: given(self.n_spectra),
            model: model(self.model)?,
            release: release(self.release)?,
            ..QubeConfig::default()
        };
        Ok(config.traditional()?)
    }
}

impl qube_auto_config {
    /// As [`qube_harmonic_config::run`], on the path that QUBE takes.
    pub(super) fn run(&self, survey: Option<&qube_survey>) -> Result<Run, Failure> {
        let config = QubeConfig {
            survey: checked(survey)?,
            n_pix: given(self.n_pix),
            n_modes: given(self.n_modes),
            lmax_signal: given(self.lmax_signal),
            lmax: given(self.lmax),
            n_bins: given(self.n_bins),
            n_params: given(self.n_params),
            n_spectra: given(self.n_spectra),
            working_dim: given(self.working_dim),
            do_cross: truth(self.do_cross, "do_cross")?,
            keep_pixel_projector: truth(self.keep_pixel_projector, "keep_pixel_projector")?,
            covariance_by_caller: truth(self.covariance_by_caller, "covariance_by_caller")?,
            cache_derivatives: truth(self.cache_derivatives, "cache_derivatives")?,
            model: model(self.model)?,
            release: release(self.release)?,
            notes: Vec::new(),
        };
        Ok(config.auto()?)
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
            ..Survey::new(fields, given(self.lmax_signal))
        })
    }
}

fn checked(survey: Option<&qube_survey>) -> Result<Option<Survey>, Failure> {
    survey.map(qube_survey::checked).transpose()
}

/// A size that the run needs: without a survey a 0 is not absent but too small.
fn size(value: i64, survey: Option<&qube_survey>) -> Option<i64> {
    if survey.is_some() { given(value) } else { Some(value) }
}

/// Likewise of parameters, which spectra and bins make.
fn params(value: i64, n_spectra: i64, survey: Option<&qube_survey>) -> Option<i64> {
    if n_spectra != 0 { given(value) } else { size(value, survey) }
}

fn release(value: i32) -> Result<Release, Failure> {
    match value {
        QUBE_RELEASE_NEWEST => Ok(Release::NEWEST),
        QUBE_RELEASE_1_1 => Ok(Release::V1_1),
        QUBE_RELEASE_1_2 => Ok(Release::V1_2),
        QUBE_RELEASE_1_3 => Ok(Release::V1_3),
        other => {
            let allowed =
                "QUBE_RELEASE_NEWEST (0), QUBE_RELEASE_1_1 (101), _1_2 (102) or _1_3 (103)";
            Err(Error::Input { name: "release", value: other.into(), allowed }.into())
        }
    }
}

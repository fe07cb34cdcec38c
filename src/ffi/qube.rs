//! QUBE: the inputs of its paths, and their budgets.

use super::budget::{path_number, qube_budget};
use super::guard::{guard, guard_handle, reference_mut};
use super::status::Failure;
use super::structs::{self, Growable, given, growable, model, truth, unused};
use super::survey::qube_survey;
use crate::Error;
use crate::budget::{QubeConfig, Release, Run, path_by_time};

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

/// The budget of QUBE's harmonic path, above the baseline of the process.
///
/// Dense matrices of doubles; with p = 8 n_pix^2, x = 8 n_pix n_modes, m = 8 n_modes^2 bytes a run
/// holds:
/// @verbatim
///   stage             persistent                              transient
///   covariance_setup  p                                       p
///   basis_setup       p + x + m, switch: + m, V kept: + x     V released: x, switch: + p + x,
///                                                             QUBE reads the covariance: + p
///   fisher_run        as basis_setup                          one spectrum: 4m, several: 5m
///   spectra_run       as basis_setup                          5m
/// @endverbatim
/// "switch" means 0 < lmax < lmax_signal. With model QUBE_MODEL_PUBLISHED the terms of QUBE's own
/// calculator, which has neither the p that is read nor the 4m and 5m, but an m that spectra_run
/// keeps; so do runs with a pixel filter, of which nothing was measured. Measured runs held 0.1 %
/// less to 8.1 % more; below n_pix of 2048 a matrix that was freed may stay with the process.
/// From a survey with n_obs observed pixels, given, or round(12 nside^2 fsky), or those of a polar
/// cap, 2 i (i + 1) with i = floor(nside sqrt(6 fsky)):
/// @verbatim
///   n_pix    T: n_obs      QU: 2 n_obs      TQU: n_obs + 2 n_obs_polarisation
///   n_modes  (lmax + 1)^2 - lmin^2, for QU twice, for TQU three times
/// @endverbatim
/// Source: runs of qube-qml 1.1.0 to 1.3.0; qube.memory_budget (CosmoForge, arXiv 2605.21149);
/// HEALPix.
///
/// @param config  the inputs; NULL: the defaults, all sizes from the survey
/// @param survey  what sizes are derived from; NULL: nothing, config has them all
/// @param budget  receives the budget, to be freed by qube_budget_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown fields set),
///         QUBE_ERR_INPUT (a value outside its range, a size that nothing tells, an input that the
///         release has not), QUBE_ERR_CONFLICT (lmax above lmax_signal, working_dim above n_pix,
///         sizes that contradict each other or the survey), QUBE_ERR_OVERFLOW (a size, term or sum
///         past 2^63 - 1)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_harmonic(
    config: *const qube_harmonic_config,
    survey: *const qube_survey,
    budget: *mut *mut qube_budget,
) -> i32 {
    unsafe { budget_of(config, survey, budget) }
}

/// The budget of QUBE's pixel-direct path, above the baseline of the process.
///
/// Dense n_pix x n_pix matrices of doubles; with n = n_params a run holds, in matrices:
/// @verbatim
///   stage             release 1.1 and 1.2                     release 1.3
///   covariance_setup  2                                       2
///   basis_setup       2; release 1.1, lmax < lmax_signal: 3   2
///   fisher_run        n + 6, derivatives cached: 2n + 4       n + 5, cached: 2n + 3
///   spectra_run       9, cached: n + 7                        8, cached: n + 6
/// @endverbatim
/// With model QUBE_MODEL_PUBLISHED the terms of QUBE's own calculator; so do runs with a pixel
/// filter, of which nothing was measured. A covariance that the caller passes in is the budget's
/// Cov_T. n_pix follows from a survey as in qube_budget_harmonic(); n_params is n_bins n_spectra.
/// Source: as qube_budget_harmonic().
///
/// @param config  the inputs; NULL: the defaults, all sizes from the survey
/// @param survey  what sizes are derived from; NULL: nothing, config has them all
/// @param budget  receives the budget, to be freed by qube_budget_free(); NULL on failure
/// @return as qube_budget_harmonic()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_pixel_direct(
    config: *const qube_pixel_direct_config,
    survey: *const qube_survey,
    budget: *mut *mut qube_budget,
) -> i32 {
    unsafe { budget_of(config, survey, budget) }
}

/// The budget of QUBE's traditional path, above the baseline of the process: without a computation
/// basis (basis=False), and of every run that crosses two data splits (do_cross).
///
/// Dense n_pix x n_pix matrices of doubles; with n = n_params a run holds, in matrices:
/// @verbatim
///   covariance_setup  2           fisher_run   n + 6
///   prepare_covariance  5         spectra_run  8
/// @endverbatim
/// Not all of them are attributed: the rest is one term of a stage that says so. A covariance that
/// the caller passes in is the budget's Cov_T. Sizes follow from a survey as in
/// qube_budget_pixel_direct(). Source: a run of qube-qml 1.3.0.
///
/// @param config  the inputs; NULL: the defaults, all sizes from the survey
/// @param survey  what sizes are derived from; NULL: nothing, config has them all
/// @param budget  receives the budget, to be freed by qube_budget_free(); NULL on failure
/// @return as qube_budget_harmonic(); QUBE_ERR_INPUT for QUBE_MODEL_PUBLISHED: nothing is published
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_traditional(
    config: *const qube_traditional_config,
    survey: *const qube_survey,
    budget: *mut *mut qube_budget,
) -> i32 {
    unsafe { budget_of(config, survey, budget) }
}

/// The budget of the path that QUBE itself takes: traditional with do_cross, else as
/// qube_path_by_time(). The view's path and note say which, and why. A pixel filter's working_dim
/// takes the place of n_pix in that rule.
///
/// @param config  the inputs; NULL: the defaults, all sizes from the survey
/// @param survey  what sizes are derived from; NULL: nothing, config has them all
/// @param budget  receives the budget, to be freed by qube_budget_free(); NULL on failure
/// @return as qube_budget_harmonic()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_auto(
    config: *const qube_auto_config,
    survey: *const qube_survey,
    budget: *mut *mut qube_budget,
) -> i32 {
    unsafe { budget_of(config, survey, budget) }
}

/// The path that QUBE takes, by the time that it expects: harmonic if n_modes^3 <= (n_bins + 1)
/// n_pix^3, else pixel-direct. It never looks at memory. Exact for all sizes.
/// Source: QUBE (CosmoForge), arXiv 2605.21149.
///
/// @param n_pix    pixels of all fields together, 1 or more
/// @param n_modes  harmonic modes of all fields together, 1 or more
/// @param n_bins   bins of multipoles, 1 or more
/// @param path     receives QUBE_PATH_HARMONIC or QUBE_PATH_PIXEL_DIRECT
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_INPUT (a size below 1)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_path_by_time(
    n_pix: i64,
    n_modes: i64,
    n_bins: i64,
    path: *mut i32,
) -> i32 {
    guard(|| {
        let path = unsafe { reference_mut(path, "path") }?;
        let size = |name, value: i64| match value {
            1.. => Ok(value.unsigned_abs()),
            _ => Err(Error::Input { name, value, allowed: "1 or more" }),
        };
        let (n_pix, n_modes) = (size("n_pix", n_pix)?, size("n_modes", n_modes)?);
        *path = path_number(path_by_time(n_pix, n_modes, size("n_bins", n_bins)?));
        Ok(())
    })
}

/// Inputs of QUBE on one of its paths.
trait Inputs: Growable {
    /// The run. A survey, if there is one, gives the sizes that are 0.
    fn run(&self, survey: Option<&qube_survey>) -> Result<Run, Failure>;
}

impl Inputs for qube_harmonic_config {
    fn run(&self, survey: Option<&qube_survey>) -> Result<Run, Failure> {
        let inputs = qube_auto_config {
            lmax_signal: self.lmax_signal,
            lmax: self.lmax,
            n_spectra: self.n_spectra,
            working_dim: self.working_dim,
            keep_pixel_projector: self.keep_pixel_projector,
            covariance_by_caller: self.covariance_by_caller,
            model: self.model,
            release: self.release,
            ..Growable::defaults()
        };
        let config = QubeConfig {
            n_pix: size(self.n_pix, survey),
            n_modes: size(self.n_modes, survey),
            ..inputs.config(survey)?
        };
        Ok(config.harmonic()?)
    }
}

impl Inputs for qube_pixel_direct_config {
    fn run(&self, survey: Option<&qube_survey>) -> Result<Run, Failure> {
        unused("qube_pixel_direct_config.reserved", self.reserved)?;
        let inputs = qube_auto_config {
            lmax_signal: self.lmax_signal,
            lmax: self.lmax,
            n_spectra: self.n_spectra,
            working_dim: self.working_dim,
            cache_derivatives: self.cache_derivatives,
            model: self.model,
            release: self.release,
            ..Growable::defaults()
        };
        let config = QubeConfig {
            n_pix: size(self.n_pix, survey),
            n_bins: size(self.n_bins, survey),
            n_params: params(self.n_params, self.n_spectra, survey),
            ..inputs.config(survey)?
        };
        Ok(config.pixel_direct()?)
    }
}

impl Inputs for qube_traditional_config {
    fn run(&self, survey: Option<&qube_survey>) -> Result<Run, Failure> {
        let inputs = qube_auto_config {
            lmax_signal: self.lmax_signal,
            lmax: self.lmax,
            n_bins: self.n_bins,
            n_spectra: self.n_spectra,
            model: self.model,
            release: self.release,
            ..Growable::defaults()
        };
        let config = QubeConfig {
            n_pix: size(self.n_pix, survey),
            n_params: params(self.n_params, self.n_spectra, survey),
            ..inputs.config(survey)?
        };
        Ok(config.traditional()?)
    }
}

impl Inputs for qube_auto_config {
    fn run(&self, survey: Option<&qube_survey>) -> Result<Run, Failure> {
        Ok(self.config(survey)?.auto()?)
    }
}

impl qube_auto_config {
    /// The config as the crate has it; a 0 is an absent size.
    fn config(&self, survey: Option<&qube_survey>) -> Result<QubeConfig, Failure> {
        Ok(QubeConfig {
            survey: survey.map(qube_survey::checked).transpose()?,
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
        })
    }
}

/// The body of the constructors.
///
/// # Safety
/// As for `read` and `guard_handle`.
unsafe fn budget_of<C: Inputs>(
    config: *const C,
    survey: *const qube_survey,
    budget: *mut *mut qube_budget,
) -> i32 {
    guard_handle(budget, "budget", || {
        let config = unsafe { structs::read_or_defaults(config) }?;
        let survey = unsafe { qube_survey::read(survey) }?;
        qube_budget::of_run(config.run(survey.as_ref())?)
    })
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

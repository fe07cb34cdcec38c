//! QUBE: inputs of its paths, and their budgets.

use super::budget::{path_number, qube_budget};
use super::guard::{guard, guard_handle, reference_mut};
use super::status::Failure;
use super::structs::{self, Growable, given, growable, model, truth, unused};
use super::survey::qube_survey;
use crate::Error;
use crate::budget::Release;
use crate::run::{QubeConfig, Run, path_by_time};

/// The newest release of qube-qml that budgets follow, 1.3.
pub const QUBE_RELEASE_NEWEST: i32 = 0;
/// qube-qml 1.1.
pub const QUBE_RELEASE_1_1: i32 = 101;
/// qube-qml 1.2.
pub const QUBE_RELEASE_1_2: i32 = 102;
/// qube-qml 1.3.
pub const QUBE_RELEASE_1_3: i32 = 103;

/// Inputs of qube_budget_auto(), for all paths. Sizes are 1 or more; 0 (default): derived from the
/// survey, or absent. The configs of single paths have a part of these fields, with the same
/// meaning. working_dim is at most n_pix. V is the pixel projector, of use until the kernels are
/// built.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_auto_config {
    pub struct_size: usize,
    /// Pixels of all fields together, as in qube_survey.
    pub n_pix: i64,
    /// Harmonic modes of all fields together, as in qube_survey.
    pub n_modes: i64,
    /// Largest multipole of the signal covariance.
    pub lmax_signal: i64,
    /// Largest estimated multipole, 1 to lmax_signal; 0 (default): lmax_signal.
    pub lmax: i64,
    /// Bins of multipoles.
    pub n_bins: i64,
    /// Parameters: n_bins n_spectra.
    pub n_params: i64,
    /// Estimated spectra, 1 to 6.
    pub n_spectra: i64,
    /// Coordinates that a pixel filter leaves (release 1.3); 0 (default): no filter.
    pub working_dim: i64,
    /// 1: cross two data splits, only on the traditional path. 0 (default).
    pub do_cross: i32,
    /// Harmonic path, 1: keep V after the kernels. 0 (default): free it.
    pub keep_pixel_projector: i32,
    /// Harmonic path, 1: the caller passes the noise covariance and holds it as input of the
    /// process. 0 (default): QUBE reads it.
    pub covariance_by_caller: i32,
    /// Pixel-direct, release 1.2 on, 1: keep binned derivatives. 0: no.
    pub cache_derivatives: i32,
    /// QUBE_MODEL_HELD (default) or QUBE_MODEL_PUBLISHED.
    pub model: i32,
    /// QUBE_RELEASE_NEWEST (default) to QUBE_RELEASE_1_3.
    pub release: i32,
}

growable!(qube_auto_config);

/// Inputs of qube_budget_harmonic(), as in qube_auto_config.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_harmonic_config {
    pub struct_size: usize,
    pub n_pix: i64,
    pub n_modes: i64,
    /// 0 (default): the survey's; absent if lmax is 0, too.
    pub lmax_signal: i64,
    /// Below lmax_signal QUBE takes the switch path, which holds more.
    pub lmax: i64,
    /// 0 (default): the survey's, or several.
    pub n_spectra: i64,
    pub working_dim: i64,
    pub keep_pixel_projector: i32,
    pub covariance_by_caller: i32,
    pub model: i32,
    pub release: i32,
}

growable!(qube_harmonic_config);

/// Inputs of qube_budget_pixel_direct(), as in qube_auto_config.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_pixel_direct_config {
    pub struct_size: usize,
    pub n_pix: i64,
    /// Release 1.1 needs it where lmax is given.
    pub lmax_signal: i64,
    /// Below lmax_signal release 1.1 holds more; nothing else depends on it.
    pub lmax: i64,
    pub n_bins: i64,
    /// 0 (default): n_bins n_spectra, or the survey's.
    pub n_params: i64,
    /// 0 (default): n_params / n_bins, or the survey's.
    pub n_spectra: i64,
    pub working_dim: i64,
    pub cache_derivatives: i32,
    pub model: i32,
    pub release: i32,
    pub reserved: i32,
}

growable!(qube_pixel_direct_config);

/// Inputs of qube_budget_traditional(), as in qube_auto_config.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_traditional_config {
    pub struct_size: usize,
    pub n_pix: i64,
    /// No term depends on it.
    pub lmax_signal: i64,
    /// No term depends on it.
    pub lmax: i64,
    /// 0 (default): the survey's, or unknown.
    pub n_bins: i64,
    /// 0 (default): n_bins n_spectra, or the survey's.
    pub n_params: i64,
    /// 0 (default): n_params / n_bins, or the survey's.
    pub n_spectra: i64,
    /// QUBE_MODEL_HELD: QUBE publishes nothing of this path.
    pub model: i32,
    /// All releases hold the same.
    pub release: i32,
}

growable!(qube_traditional_config);

/// Fills a config with the defaults.
/// @param config       the struct to fill
/// @param struct_size  sizeof *config
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_auto_config_init(
    config: *mut qube_auto_config,
    struct_size: usize,
) -> i32 {
    guard(|| unsafe { structs::init(config, struct_size, "config") })
}

/// Fills a config with the defaults.
/// @param config       the struct to fill
/// @param struct_size  sizeof *config
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_harmonic_config_init(
    config: *mut qube_harmonic_config,
    struct_size: usize,
) -> i32 {
    guard(|| unsafe { structs::init(config, struct_size, "config") })
}

/// Fills a config with the defaults.
/// @param config       the struct to fill
/// @param struct_size  sizeof *config
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_pixel_direct_config_init(
    config: *mut qube_pixel_direct_config,
    struct_size: usize,
) -> i32 {
    guard(|| unsafe { structs::init(config, struct_size, "config") })
}

/// Fills a config with the defaults.
/// @param config       the struct to fill
/// @param struct_size  sizeof *config
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_traditional_config_init(
    config: *mut qube_traditional_config,
    struct_size: usize,
) -> i32 {
    guard(|| unsafe { structs::init(config, struct_size, "config") })
}

/// Budgets QUBE's harmonic path, above the baseline of the process: dense matrices of doubles. With
/// p = 8 n_pix^2, x = 8 n_pix n_modes, m = 8 n_modes^2 bytes a run holds:
/// @verbatim
///   stage             persistent                              transient
///   covariance_setup  p                                       p
///   basis_setup       p + x + m, switch: + m, V kept: + x     V released: x, switch: + p + x,
///                                                             QUBE reads the covariance: + p
///   fisher_run        as basis_setup                          one spectrum: 4m, several: 5m
///   spectra_run       as basis_setup                          5m
/// @endverbatim
/// "switch" means 0 < lmax < lmax_signal. QUBE_MODEL_PUBLISHED gives the terms of QUBE's own
/// calculator: without the p that is read and the 4m and 5m, but spectra_run keeps an m. Runs with
/// a pixel filter, which were not measured, use these terms too. Measured runs held 0.1 % less to
/// 8.1 % more; below n_pix = 2048 a freed matrix may stay with the process.
/// Source: runs of qube-qml 1.1.0 to 1.3.0; qube.memory_budget (CosmoForge, arXiv 2605.21149).
/// @param config  the inputs; NULL: defaults, all sizes from the survey
/// @param survey  source of derived sizes; NULL: config has all sizes
/// @param budget  the new budget
/// @return QUBE_OK; QUBE_ERR_INPUT (a value out of range, a size that nothing gives, an input that
///         the release lacks), QUBE_ERR_CONFLICT (lmax above lmax_signal, working_dim above n_pix,
///         sizes that contradict each other or the survey), QUBE_ERR_OVERFLOW
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_harmonic(
    config: *const qube_harmonic_config,
    survey: *const qube_survey,
    budget: *mut *mut qube_budget,
) -> i32 {
    unsafe { budget_of(config, survey, budget) }
}

/// Budgets QUBE's pixel-direct path, above the baseline of the process: dense n_pix x n_pix
/// matrices of doubles. With n = n_params a run holds, in matrices:
/// @verbatim
///   stage             release 1.1 and 1.2                     release 1.3
///   covariance_setup  2                                       2
///   basis_setup       2; release 1.1, lmax < lmax_signal: 3   2
///   fisher_run        n + 6, derivatives cached: 2n + 4       n + 5, cached: 2n + 3
///   spectra_run       9, cached: n + 7                        8, cached: n + 6
/// @endverbatim
/// QUBE_MODEL_PUBLISHED gives the terms of QUBE's own calculator; runs with a pixel filter, which
/// were not measured, use them too. A covariance that the caller passes is the budget's Cov_T.
/// Source: as qube_budget_harmonic().
/// @param config  as for qube_budget_harmonic()
/// @param survey  as for qube_budget_harmonic()
/// @param budget  the new budget
/// @return as qube_budget_harmonic()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_pixel_direct(
    config: *const qube_pixel_direct_config,
    survey: *const qube_survey,
    budget: *mut *mut qube_budget,
) -> i32 {
    unsafe { budget_of(config, survey, budget) }
}

/// Budgets QUBE's traditional path, above the baseline of the process: without a computation basis
/// (basis=False), and every run that crosses two data splits (do_cross). Dense n_pix x n_pix
/// matrices of doubles; with n = n_params a run holds, in matrices:
/// @verbatim
///   covariance_setup  2           fisher_run   n + 6
///   prepare_covariance  5         spectra_run  8
/// @endverbatim
/// One term of a stage collects the matrices that are not attributed, and says so. A covariance
/// that the caller passes is the budget's Cov_T.
/// Source: a run of qube-qml 1.3.0.
/// @param config  as for qube_budget_harmonic()
/// @param survey  as for qube_budget_harmonic()
/// @param budget  the new budget
/// @return as qube_budget_harmonic(); QUBE_ERR_INPUT for QUBE_MODEL_PUBLISHED, too
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_traditional(
    config: *const qube_traditional_config,
    survey: *const qube_survey,
    budget: *mut *mut qube_budget,
) -> i32 {
    unsafe { budget_of(config, survey, budget) }
}

/// Budgets the path that QUBE itself takes: traditional with do_cross, else that of
/// qube_path_by_time(), with a pixel filter's working_dim for n_pix. The view's path and note give
/// the path and the reason.
/// @param config  as for qube_budget_harmonic()
/// @param survey  as for qube_budget_harmonic()
/// @param budget  the new budget
/// @return as qube_budget_harmonic()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_auto(
    config: *const qube_auto_config,
    survey: *const qube_survey,
    budget: *mut *mut qube_budget,
) -> i32 {
    unsafe { budget_of(config, survey, budget) }
}

/// Gives the path that QUBE takes by its estimate of time, whatever the memory: harmonic if
/// n_modes^3 <= (n_bins + 1) n_pix^3, else pixel-direct. Exact for all sizes.
/// Source: QUBE (CosmoForge), arXiv 2605.21149.
/// @param n_pix    pixels of all fields together, 1 or more
/// @param n_modes  harmonic modes of all fields together, 1 or more
/// @param n_bins   bins of multipoles, 1 or more
/// @param path     QUBE_PATH_HARMONIC or QUBE_PATH_PIXEL_DIRECT
/// @return QUBE_OK; QUBE_ERR_INPUT (a size below 1)
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
/// A size that the run needs. Without a survey a 0 is not absent but too small.
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

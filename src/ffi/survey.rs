//! Surveys in C: what is observed, and how finely, from which the sizes of a run follow.

use super::budget::qube_budget;
use super::budget_inputs::{qube_harmonic_config, qube_pixel_direct_config};
use super::guard::{guard, guard_handle};
use super::status::Failure;
use super::structs::{self, Growable, given, known, quiet, truth};
use crate::Error;
use crate::budget::{Fields, Run, Survey};

/// Maps of temperature alone.
pub const QUBE_FIELDS_T: i32 = 1;
/// Maps of polarisation alone.
pub const QUBE_FIELDS_QU: i32 = 2;
/// Maps of both.
pub const QUBE_FIELDS_TQU: i32 = 3;

/// What is known of a survey; sizes of a run that nobody gave follow from it. Begin with
/// qube_survey_init(), then set fields and what else is known; 88 bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_survey {
    /// sizeof(qube_survey)
    pub struct_size: usize,
    /// HEALPix resolution, a power of two, 1 to 2^29; 0: absent, the default.
    pub nside: i64,
    /// The observed fraction of the sky, above 0, up to 1; 0: absent, the default.
    pub fsky: f64,
    /// Observed pixels of one map, such as the number of ones in a mask; of the temperature map for
    /// TQU. Wins over fsky. 0: absent, the default.
    pub n_obs: i64,
    /// Observed pixels of a polarisation map for TQU, where its mask is another one; 0: absent, the
    /// default, the same as n_obs.
    pub n_obs_polarisation: i64,
    /// The least multipole, 0 or more for T, 2 or more with polarisation; -1: absent, the default,
    /// which counts from 2.
    pub lmin: i64,
    /// The largest multipole that is estimated, 1 to lmax_signal; 0: absent, the default, all of
    /// them.
    pub lmax: i64,
    /// The largest multipole in the signal covariance; 0, the default: that of the config.
    pub lmax_signal: i64,
    /// Bins of multipoles; 0: absent, the default. The pixel-direct path needs them.
    pub n_bins: i64,
    /// Spectra that are estimated; 0: absent, the default, all that the fields have (T: 1, QU: 3,
    /// TQU: 6).
    pub n_spectra: i64,
    /// QUBE_FIELDS_T, QUBE_FIELDS_QU or QUBE_FIELDS_TQU. No default.
    pub fields: i32,
    /// 1: the mask is a polar cap of whole rings, fsky is at most 1/6. 0, the default: it is not.
    pub polar_cap: i32,
}

// SAFETY: repr(C), struct_size first, numbers without padding.
unsafe impl Growable for qube_survey {
    const NAME: &'static str = "qube_survey";
    const BASELINE: usize = 88;
    fn defaults() -> Self {
        qube_survey {
            struct_size: size_of::<Self>(),
            nside: 0,
            fsky: 0.0,
            n_obs: 0,
            n_obs_polarisation: 0,
            lmin: -1,
            lmax: 0,
            lmax_signal: 0,
            n_bins: 0,
            n_spectra: 0,
            fields: 0,
            polar_cap: 0,
        }
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

/// Fills a survey with the defaults: nothing is known; fields is 0 and must be set.
///
/// @param survey  the struct to fill
/// @param size    sizeof *survey
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (size)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_survey_init(survey: *mut qube_survey, size: usize) -> i32 {
    guard(|| unsafe { structs::init(survey, size, "survey") })
}

/// The budget of QUBE's harmonic path, of sizes that follow from a survey. qube_budget_input_from()
/// tells which these are, and how each follows.
///
/// @param survey   the survey
/// @param options  the options of the run, and sizes that are known: what is not 0 counts as given.
///                 NULL: defaults
/// @param out      receives the budget, to be freed by qube_budget_free(); NULL on failure
/// @return QUBE_OK; as qube_budget_harmonic(), and
///         QUBE_ERR_INPUT (a value outside its range, such as an nside that is no power of two;
///         nothing to compute a size from),
///         QUBE_ERR_CONFLICT (a size that was given is not what the others make of it),
///         QUBE_ERR_OVERFLOW (a size past 2^63 - 1)
///
/// With n_obs observed pixels of one map:
/// @verbatim
///   n_pix    T: n_obs      QU: 2 n_obs      TQU: n_obs + 2 n_obs_polarisation
///   n_modes  (lmax_eff + 1)^2 - lmin^2, for QU twice, for TQU three times
/// @endverbatim
/// n_obs is given, or round(12 nside^2 fsky), or that of a polar cap, 2 i (i + 1) with
/// i = floor(nside sqrt(6 fsky)), as the masks of the published benchmarks are. lmax_eff is lmax,
/// or lmax_signal where lmax is absent. Source: QUBE (CosmoForge), arXiv 2605.21149; HEALPix.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_harmonic_of_survey(
    survey: *const qube_survey,
    options: *const qube_harmonic_config,
    out: *mut *mut qube_budget,
) -> i32 {
    guard_handle(out, "out", || {
        Ok(qube_budget(unsafe { harmonic_run(survey, options) }?.budget()?))
    })
}

/// The budget of QUBE's pixel-direct path, of sizes that follow from a survey.
/// qube_budget_input_from() tells which these are, and how each follows.
///
/// @param survey   the survey
/// @param options  the options of the run, and sizes that are known: what is not 0 counts as given.
///                 NULL: defaults
/// @param out      receives the budget, to be freed by qube_budget_free(); NULL on failure
/// @return as qube_budget_harmonic_of_survey()
///
/// n_pix is as for qube_budget_harmonic_of_survey(); n_params is n_bins n_spectra. An n_params that
/// is given need not be that, as not all spectra may be estimated, unless n_spectra is given too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_pixel_direct_of_survey(
    survey: *const qube_survey,
    options: *const qube_pixel_direct_config,
    out: *mut *mut qube_budget,
) -> i32 {
    guard_handle(out, "out", || {
        Ok(qube_budget(unsafe { pixel_direct_run(survey, options) }?.budget()?))
    })
}

/// The run on the harmonic path, with sizes from the survey and the options, and the options' switches.
///
/// # Safety
/// As for `structs::read` and `read_or_defaults`.
pub(super) unsafe fn harmonic_run(
    survey: *const qube_survey,
    options: *const qube_harmonic_config,
) -> Result<Run, Failure> {
    let survey = unsafe { structs::read(survey, "survey") }?;
    let options = unsafe { structs::read_or_defaults(options) }?;
    let switches = options.checked()?;
    let survey = Survey {
        n_pix: given(options.n_pix),
        n_modes: given(options.n_modes),
        lmax: given(one_of("lmax", survey.lmax, options.lmax)?),
        lmax_signal: one_of("lmax_signal", survey.lmax_signal, options.lmax_signal)?,
        ..survey.checked()?
    };
    Ok(Run::harmonic(survey, &switches)?)
}

/// The run on the pixel-direct path, likewise.
///
/// # Safety
/// As for `harmonic_run`.
pub(super) unsafe fn pixel_direct_run(
    survey: *const qube_survey,
    options: *const qube_pixel_direct_config,
) -> Result<Run, Failure> {
    let survey = unsafe { structs::read(survey, "survey") }?;
    let options = unsafe { structs::read_or_defaults(options) }?;
    let switches = options.checked()?;
    let survey = Survey {
        n_pix: given(options.n_pix),
        n_params: given(options.n_params),
        n_bins: given(one_of("n_bins", survey.n_bins, options.n_bins)?),
        lmax_signal: one_of("lmax_signal", survey.lmax_signal, options.lmax_signal)?,
        ..survey.checked()?
    };
    Ok(Run::pixel_direct(survey, &switches)?)
}

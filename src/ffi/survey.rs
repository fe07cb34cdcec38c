//! Surveys: what the sizes of a run are derived from.

use super::guard::guard;
use super::status::Failure;
use super::structs::{self, given, growable, known, quiet, truth};
use crate::Error;
use crate::budget::{Fields, Survey};

/// Maps of temperature alone.
pub const QUBE_FIELDS_T: i32 = 1;
/// Maps of polarisation alone.
pub const QUBE_FIELDS_QU: i32 = 2;
/// Maps of both.
pub const QUBE_FIELDS_TQU: i32 = 3;

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

/// Fills a survey with the defaults: nothing is known; fields is 0 and must be set.
///
/// @param survey       the struct to fill
/// @param struct_size  sizeof *survey
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_survey_init(survey: *mut qube_survey, struct_size: usize) -> i32 {
    guard(|| unsafe { structs::init(survey, struct_size, "survey") })
}

impl qube_survey {
    /// A caller's survey; NULL: none.
    ///
    /// # Safety
    /// As for `structs::read`.
    pub(super) unsafe fn read(survey: *const qube_survey) -> Result<Option<Self>, Failure> {
        (!survey.is_null()).then(|| unsafe { structs::read(survey, "survey") }).transpose()
    }

    /// The survey as the crate has it.
    pub(super) fn checked(&self) -> Result<Survey, Failure> {
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

//! Surveys, from which the sizes of a run are derived.

use super::guard::guard;
use super::status::Failure;
use super::structs::{self, given, growable, known, quiet, truth};
use crate::Error;
use crate::budget::{Fields, Survey};

/// Temperature maps.
pub const QUBE_FIELDS_T: i32 = 1;
/// Polarisation maps.
pub const QUBE_FIELDS_QU: i32 = 2;
/// Both.
pub const QUBE_FIELDS_TQU: i32 = 3;

/// The known facts of a survey. Sizes that a config leaves at 0 are derived from it; explicit sizes
/// override it, and contradictions are errors. With the observed pixels n_obs, or else round(12
/// nside^2 fsky), or of a polar cap 2 i (i + 1) with i = floor(nside sqrt(6 fsky)):
/// @verbatim
///   n_pix    T: n_obs      QU: 2 n_obs      TQU: n_obs + 2 n_obs_polarisation
///   n_modes  (lmax + 1)^2 - lmin^2, for QU twice, for TQU three times
/// @endverbatim
/// Set fields, which has no default, and all other known facts.
/// Source: HEALPix.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_survey {
    pub struct_size: usize,
    /// HEALPix resolution, a power of two, 1 to 2^29; 0 (default): unknown.
    pub nside: i64,
    /// Observed fraction of the sky, above 0, up to 1; 0 (default): unknown.
    pub fsky: f64,
    /// Observed pixels (ones in the mask) of one map, TQU: of temperature; overrides fsky. 0
    /// (default): unknown.
    pub n_obs: i64,
    /// TQU: observed pixels of a polarisation map; 0 (default): n_obs.
    pub n_obs_polarisation: i64,
    /// Least multipole: T 0 or more, with polarisation 2 or more; -1 (default): 2.
    pub lmin: i64,
    /// Largest estimated multipole, 1 to lmax_signal; 0 (default): lmax_signal.
    pub lmax: i64,
    /// Largest multipole of the signal covariance; 0 (default): the config's.
    pub lmax_signal: i64,
    /// Bins of multipoles, for the pixel-direct path; 0 (default): unknown.
    pub n_bins: i64,
    /// Estimated spectra; 0 (default): all of the fields (T 1, QU 3, TQU 6).
    pub n_spectra: i64,
    /// QUBE_FIELDS_T, _QU or _TQU; no default.
    pub fields: i32,
    /// 1: the mask is a polar cap of whole rings, fsky at most 1/6. 0: no.
    pub polar_cap: i32,
}

growable!(qube_survey { lmin: -1 });

/// Fills a survey with the defaults.
/// @param survey       the struct to fill
/// @param struct_size  sizeof *survey
/// @return QUBE_OK
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

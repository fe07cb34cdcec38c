//! ECLIPSE: its inputs and its budget.

use super::budget::qube_budget;
use super::guard::{guard, guard_handle};
use super::status::Failure;
use super::structs::{self, given, growable, model, truth};
use super::survey::qube_survey;
use crate::Error;
use crate::budget::{Code, EclipseConfig};
use crate::run::Run;

/// Temperature.
pub const QUBE_ECLIPSE_T: i32 = 1;
/// Polarisation.
pub const QUBE_ECLIPSE_EB: i32 = 2;
/// Both.
pub const QUBE_ECLIPSE_TEB: i32 = 3;

/// Inputs of qube_budget_eclipse(). T takes no pix_p and EB no pix_t; a survey may give the others.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_eclipse_config {
    pub struct_size: usize,
    /// Observed pixels in temperature, 1 or more; 0 (default): none.
    pub pix_t: i64,
    /// Observed pixels in polarisation, 1 or more; 0 (default): none.
    pub pix_p: i64,
    /// Largest multipole of the power spectra, 2 or more, T 1 or more; no default.
    pub lmax: i64,
    /// Largest multipole of the covariance matrix; 0 (default): lmax.
    pub lmax_cov: i64,
    /// Maps, of each kind where they are crossed, 1 (default) or more.
    pub maps: i64,
    /// QUBE_ECLIPSE_T, _EB or _TEB; no default.
    pub code: i32,
    /// 1: cross the maps with others. 0 (default).
    pub cross: i32,
    /// 1: check the inverse of the covariance matrix. 0 (default).
    pub check_inverse: i32,
    /// 1 (default): compute the Fisher matrix. 0: steps 4 to 6 do not run.
    pub fisher: i32,
    /// QUBE_MODEL_HELD (default), _PRINTED (its log) or _PUBLISHED (its guide).
    pub model: i32,
    /// 1: the map files of T have Q and U, too. 0 (default), and for EB and TEB.
    pub tqu_maps: i32,
    /// HEALPix resolution of the map files, a power of two, 1 to 2^29; 0 (default): the least with
    /// the observed pixels. A finer one takes more memory.
    pub nside: i64,
}

growable!(qube_eclipse_config { maps: 1, fisher: 1 });

/// Fills a config with the defaults.
/// @param config       the struct to fill
/// @param struct_size  sizeof *config
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_eclipse_config_init(
    config: *mut qube_eclipse_config,
    struct_size: usize,
) -> i32 {
    guard(|| unsafe { structs::init(config, struct_size, "config") })
}

/// Budgets ECLIPSE in its stages "step_1" to "step_6" and "spectra", by default with the bytes that
/// a run holds. The budget is that of one rank alone; its terms say how they are laid out on a grid
/// of ranks, and which ranks hold them: see qube_budget_per_rank().
///
/// Matrices of doubles, over t = pix_t, q = pix_p pixels and L = (lmax + 1)^2 - 4 modes (for T
/// alone - 1). The sums of its guide, for comparison:
/// @verbatim
///         step_2 (inverse checked)  step_4                                         step_6
///   TEB   2 (t+2q)^2                t^2 + 2tq + 3q^2 + tL + 4qL + 6(t+2q)L         12L^2 + 16qL
///   EB    2 (2q)^2                  (2q)^2 + 12qL                                  16qL + 6L^2
///   T     2 t^2                     t^2 + 3tL                                      4tL + 2L^2
/// @endverbatim
/// The printed totals come with an event for all that they count. They omit allocations of
/// subroutines and ScaLAPACK: runs held 1.03 to 2.3 times as much. The held bytes follow from the
/// sources and 26 runs on 4 ranks, which held 0.93 to 1.07 times a rank's share.
/// Source: ECLIPSE (CosmoTool), JCAP 07 (2021) 034; User Guide V1.02, Eqs. 6.1 to 6.9; its
/// Example_NSide8, whose printed totals QUBE_MODEL_PRINTED equals.
/// @param config  the inputs
/// @param survey  source of nside and pixels; NULL: config has all sizes
/// @param budget  the new budget
/// @return QUBE_OK; QUBE_ERR_INPUT (a value out of range, pixels missing or not used by the code,
///         sums of the guide without Fisher matrix and check of the inverse), QUBE_ERR_CONFLICT
///         (more pixels than the sphere, a size that contradicts the survey), QUBE_ERR_OVERFLOW
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_eclipse(
    config: *const qube_eclipse_config,
    survey: *const qube_survey,
    budget: *mut *mut qube_budget,
) -> i32 {
    guard_handle(budget, "budget", || {
        let config = unsafe { structs::read(config, "config") }?;
        let survey = unsafe { qube_survey::read(survey) }?;
        qube_budget::of_run(config.run(survey.as_ref())?)
    })
}

impl qube_eclipse_config {
    /// The run. With a survey, sizes that are 0 follow from it.
    fn run(&self, survey: Option<&qube_survey>) -> Result<Run, Failure> {
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

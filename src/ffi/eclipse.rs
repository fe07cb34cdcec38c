//! Budgets of ECLIPSE in C, and what its steps allocate and free.

use std::ffi::c_char;

use super::budget::{budget_in, number, qube_budget};
use super::guard::{guard, guard_handle, reference_mut};
use super::status::Failure;
use super::structs::{self, Growable, given, truth};
use super::text::{position, text_out};
use crate::Error;
use crate::budget::{Code, EclipseConfig};

/// ECLIPSE's code for temperature alone.
pub const QUBE_ECLIPSE_T: i32 = 1;
/// ECLIPSE's code for polarisation alone.
pub const QUBE_ECLIPSE_EB: i32 = 2;
/// ECLIPSE's code for both.
pub const QUBE_ECLIPSE_TEB: i32 = 3;

/// Inputs of qube_budget_eclipse(). Begin with qube_eclipse_config_init(); 64 bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_eclipse_config {
    /// sizeof(qube_eclipse_config)
    pub struct_size: usize,
    /// Observed pixels in temperature, > 0; 0, the default: absent, as it must be for EB.
    pub pix_t: i64,
    /// Observed pixels in polarisation, > 0; 0, the default: absent, as it must be for T.
    pub pix_p: i64,
    /// Largest multipole of the power spectra, 2 or more; for T 1 or more. No default.
    pub lmax: i64,
    /// Largest multipole of the covariance matrix; 0, the default: as lmax.
    pub lmax_cov: i64,
    /// Maps, of each kind where they are crossed, > 0; 1 by default.
    pub maps: i64,
    /// QUBE_ECLIPSE_T, QUBE_ECLIPSE_EB or QUBE_ECLIPSE_TEB. No default.
    pub code: i32,
    /// 1: the maps are crossed with others. 0, the default: they are not.
    pub cross: i32,
    /// 1: the inverse of the covariance matrix is checked. 0, the default: it is not.
    pub check_inverse: i32,
    /// 1, the default: the Fisher matrix is computed. 0: it is not, and steps 4 to 6 do not run.
    pub fisher: i32,
}

// SAFETY: repr(C), struct_size first, numbers without padding.
unsafe impl Growable for qube_eclipse_config {
    const NAME: &'static str = "qube_eclipse_config";
    const BASELINE: usize = 64;
    fn defaults() -> Self {
        let EclipseConfig { maps, cross, check_inverse, fisher, .. } =
            EclipseConfig::new(Code::Teb, 0);
        qube_eclipse_config {
            struct_size: size_of::<Self>(),
            pix_t: 0,
            pix_p: 0,
            lmax: 0,
            lmax_cov: 0,
            maps,
            code: 0,
            cross: cross.into(),
            check_inverse: check_inverse.into(),
            fisher: fisher.into(),
        }
    }
}

impl qube_eclipse_config {
    pub(super) fn checked(&self) -> Result<EclipseConfig, Failure> {
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
        })
    }
}

/// Something that a step allocates or frees, filled by qube_budget_event(); 32 bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_event {
    /// sizeof(qube_event), set by the caller
    pub struct_size: usize,
    /// Bytes that come, or go (negative).
    pub delta_bytes: i64,
    /// Bytes held after it, over all ranks.
    pub total_bytes: i64,
    /// The step, as the program counts them, from 1.
    pub step: i32,
    /// 1: the program prints its total here. 0: it does not.
    pub printed: i32,
}

// SAFETY: repr(C), struct_size first, numbers without padding.
unsafe impl Growable for qube_event {
    const NAME: &'static str = "qube_event";
    const BASELINE: usize = 32;
    fn defaults() -> Self {
        let struct_size = size_of::<Self>();
        qube_event { struct_size, delta_bytes: 0, total_bytes: 0, step: 0, printed: 0 }
    }
}

/// Fills a config with the defaults: one map, not crossed, the inverse not checked, with the Fisher
/// matrix. code, lmax and the pixels are 0 and must be set.
///
/// @param config  the struct to fill
/// @param size    sizeof *config
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (size)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_eclipse_config_init(
    config: *mut qube_eclipse_config,
    size: usize,
) -> i32 {
    guard(|| unsafe { structs::init(config, size, "config") })
}

/// The budget of ECLIPSE, step by step as it allocates and frees, summed over all ranks: stages
/// "step_1", "step_2" ..., and an event for everything that comes or goes (qube_budget_event()).
///
/// @param config  the inputs
/// @param out     receives the budget, to be freed by qube_budget_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown fields set),
///         QUBE_ERR_INPUT (a value outside its range, pixels that the code needs and has not, or
///         has no use for), QUBE_ERR_OVERFLOW (a size, term or sum past 2^63 - 1)
///
/// Matrices of doubles, over t = pix_t, q = pix_p, D = t + 2q pixels, L = (lmax + 1)^2 - 4 modes
/// (for T alone - 1), Lc the same with lmax_cov, M maps. What the first steps of TEB hold at their
/// peaks; the later ones are close to their published sums, and EB and T have fewer parts:
/// @verbatim
///   step_1  D^2 + 2 t Lc + 8 q Lc
///   step_2  D^2, the inverse checked: twice
///   step_3  D^2 + 2 t L + 8 q L + D M + 6 L M
///           crossed: D^2 + 2 t L + 8 q L + the larger of 2 D M + 6 L M and D M + 12 L M
/// @endverbatim
/// The totals of TEB are those that the program prints for its shipped example; EB and T were not
/// checked against a run: qube_budget_note() says so.
/// Source: ECLIPSE (CosmoTool), JCAP 07 (2021) 034; User Guide V1.02 and its Example_NSide8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_eclipse(
    config: *const qube_eclipse_config,
    out: *mut *mut qube_budget,
) -> i32 {
    guard_handle(out, "out", || {
        let config = unsafe { structs::read(config, "config") }?;
        Ok(qube_budget(config.checked()?.budget()?))
    })
}

/// The same as ECLIPSE's guide sums it up: the steps that it has sums for, without events. The sums
/// leave out step 3, which grows with the number of maps.
///
/// @param config  the inputs
/// @param out     receives the budget, to be freed by qube_budget_free(); NULL on failure
/// @return as qube_budget_eclipse(); QUBE_ERR_INPUT too where neither the inverse is checked nor
///         the Fisher matrix computed: the guide has no sum for anything else
///
/// @verbatim
///         step_2 (inverse checked)  step_4                                         step_6
///   TEB   2 (t+2q)^2                t^2 + 2tq + 3q^2 + tL + 4qL + 6(t+2q)L         12L^2 + 16qL
///   EB    2 (2q)^2                  (2q)^2 + 12qL                                  16qL + 6L^2
///   T     2 t^2                     t^2 + 3tL                                      4tL + 2L^2
/// @endverbatim
/// Source: ECLIPSE's User Guide V1.02, Eqs. 6.1 to 6.9.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_eclipse_published(
    config: *const qube_eclipse_config,
    out: *mut *mut qube_budget,
) -> i32 {
    guard_handle(out, "out", || {
        let config = unsafe { structs::read(config, "config") }?;
        Ok(qube_budget(config.checked()?.published()?))
    })
}

/// How many events there are.
///
/// @param budget  the budget
/// @param count   receives the number; 0 where the source does not tell, as for QUBE's paths
/// @return QUBE_OK; QUBE_ERR_NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_event_count(
    budget: *const qube_budget,
    count: *mut i64,
) -> i32 {
    guard(|| {
        let budget = unsafe { budget_in(budget) }?;
        *unsafe { reference_mut(count, "count") }? = number(budget.trace().len());
        Ok(())
    })
}

/// An event: something that is allocated or freed, or only the program printing its total.
///
/// @param budget  the budget
/// @param event   the event's number, counted from 0, in the order of the run
/// @param out     receives it; its struct_size must be set
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size), QUBE_ERR_POSITION
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_event(
    budget: *const qube_budget,
    event: i64,
    out: *mut qube_event,
) -> i32 {
    guard(|| {
        let trace = unsafe { budget_in(budget) }?.trace();
        let event = &trace[position("event", event, trace.len())?];
        let told = qube_event {
            delta_bytes: event.delta_bytes,
            total_bytes: event.total_bytes.signed(),
            step: event.step.into(),
            printed: event.printed.into(),
            ..qube_event::defaults()
        };
        unsafe { structs::write(&told, out, "out") }
    })
}

/// What an event is about, such as "+ maps".
///
/// @param budget  the budget
/// @param event   the event's number, counted from 0
/// @param buf     receives the text; NULL with cap 0 to ask for the length only
/// @param cap     bytes that buf can hold
/// @param length  receives the length in bytes, without the NUL
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_POSITION, QUBE_ERR_BUFFER (length is given too)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_event_name(
    budget: *const qube_budget,
    event: i64,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let trace = unsafe { budget_in(budget) }?.trace();
        let event = &trace[position("event", event, trace.len())?];
        unsafe { text_out(&event.what, buf, cap, length) }
    })
}

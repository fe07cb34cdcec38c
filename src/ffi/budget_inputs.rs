//! Inputs of the two paths in C, and the budgets that come of them.

use super::budget::qube_budget;
use super::guard::{guard, guard_handle};
use super::status::Failure;
use super::structs::{self, Growable, given, truth};
use crate::budget::{HarmonicConfig, PixelDirectConfig};

/// Inputs of qube_budget_harmonic(). Begin with qube_harmonic_config_init(); 48 bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_harmonic_config {
    /// sizeof(qube_harmonic_config)
    pub struct_size: usize,
    /// Pixels of all fields together (T: observed pixels; QU: twice; TQU: T's and twice QU's); > 0.
    /// No default.
    pub n_pix: i64,
    /// Harmonic modes of all fields together, the sum of (lmax + 1)^2 - lmin^2 over fields; > 0.
    /// No default.
    pub n_modes: i64,
    /// Largest multipole in the signal covariance; > 0. No default.
    pub lmax_signal: i64,
    /// Largest multipole that is estimated, 1 to lmax_signal; 0: absent, the default. Below
    /// lmax_signal the switch path is taken, which holds more.
    pub lmax: i64,
    /// 1, the default: the pixel projector V is dropped once the kernels are built. 0: it is kept.
    pub release_pixel_projector: i32,
    /// 1: derivatives stay in memory in the Fisher stage. 0, the default: they do not.
    pub cache_derivatives: i32,
}

// SAFETY: repr(C), struct_size first, numbers without padding.
unsafe impl Growable for qube_harmonic_config {
    const NAME: &'static str = "qube_harmonic_config";
    const BASELINE: usize = 48;
    fn defaults() -> Self {
        let HarmonicConfig { release_pixel_projector, cache_derivatives, .. } =
            HarmonicConfig::new(0, 0, 0);
        qube_harmonic_config {
            struct_size: size_of::<Self>(),
            n_pix: 0,
            n_modes: 0,
            lmax_signal: 0,
            lmax: 0,
            release_pixel_projector: release_pixel_projector.into(),
            cache_derivatives: cache_derivatives.into(),
        }
    }
}

impl qube_harmonic_config {
    pub(super) fn checked(&self) -> Result<HarmonicConfig, Failure> {
        Ok(HarmonicConfig {
            n_pix: self.n_pix,
            n_modes: self.n_modes,
            lmax_signal: self.lmax_signal,
            lmax: given(self.lmax),
            release_pixel_projector: truth(
                self.release_pixel_projector,
                "release_pixel_projector",
            )?,
            cache_derivatives: truth(self.cache_derivatives, "cache_derivatives")?,
            derivations: Vec::new(),
        })
    }
}

/// Inputs of qube_budget_pixel_direct(). Begin with qube_pixel_direct_config_init(); 48 bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_pixel_direct_config {
    /// sizeof(qube_pixel_direct_config)
    pub struct_size: usize,
    /// Pixels of all fields together (T: observed pixels; QU: twice; TQU: T's and twice QU's); > 0.
    /// No default.
    pub n_pix: i64,
    /// Largest multipole in the signal covariance; > 0. No default. Reported; no term has it.
    pub lmax_signal: i64,
    /// Bins of multipoles; > 0. No default.
    pub n_bins: i64,
    /// Parameters: n_bins times the number of spectra (T: 1, QU: 3, TQU: 6); > 0. No default.
    pub n_params: i64,
    /// 1, the default: the release holds S_fixed, as qube-qml before 1.2 does. 0: it does not.
    pub has_switch: i32,
    /// 1: binned derivatives stay in memory, which later releases can. 0, the default: they do not.
    pub cache_derivatives: i32,
}

// SAFETY: repr(C), struct_size first, numbers without padding.
unsafe impl Growable for qube_pixel_direct_config {
    const NAME: &'static str = "qube_pixel_direct_config";
    const BASELINE: usize = 48;
    fn defaults() -> Self {
        let PixelDirectConfig { has_switch, cache_derivatives, .. } =
            PixelDirectConfig::new(0, 0, 0, 0);
        qube_pixel_direct_config {
            struct_size: size_of::<Self>(),
            n_pix: 0,
            lmax_signal: 0,
            n_bins: 0,
            n_params: 0,
            has_switch: has_switch.into(),
            cache_derivatives: cache_derivatives.into(),
        }
    }
}

impl qube_pixel_direct_config {
    pub(super) fn checked(&self) -> Result<PixelDirectConfig, Failure> {
        Ok(PixelDirectConfig {
            n_pix: self.n_pix,
            lmax_signal: Some(self.lmax_signal),
            n_bins: self.n_bins,
            n_params: self.n_params,
            has_switch: truth(self.has_switch, "has_switch")?,
            cache_derivatives: truth(self.cache_derivatives, "cache_derivatives")?,
            derivations: Vec::new(),
        })
    }
}

/// Fills a config with the defaults: V released, no derivative cache, no lmax; the sizes are 0 and
/// must be set.
///
/// @param config  the struct to fill
/// @param size    sizeof *config
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (size)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_harmonic_config_init(
    config: *mut qube_harmonic_config,
    size: usize,
) -> i32 {
    guard(|| unsafe { structs::init(config, size, "config") })
}

/// Fills a config with the defaults: S_fixed held, derivatives not cached; the sizes are 0 and must
/// be set.
///
/// @param config  the struct to fill
/// @param size    sizeof *config
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (size)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_pixel_direct_config_init(
    config: *mut qube_pixel_direct_config,
    size: usize,
) -> i32 {
    guard(|| unsafe { structs::init(config, size, "config") })
}

/// The budget of QUBE's harmonic path, above the baseline of the process.
///
/// @param config  the inputs
/// @param out     receives the budget, to be freed by qube_budget_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown fields set),
///         QUBE_ERR_INPUT (a size below 1, a negative lmax, a truth value other than 0 and 1),
///         QUBE_ERR_CONFLICT (lmax above lmax_signal), QUBE_ERR_OVERFLOW (a term or sum past
///         2^63 - 1 bytes)
///
/// Dense matrices of doubles; with p = 8 n_pix^2, x = 8 n_pix n_modes, m = 8 n_modes^2 bytes:
/// @verbatim
///   stage             persistent                              transient
///   covariance_setup  p                                       p
///   basis_setup       p + x + m, switch: + m, V kept: + x     V released: x, switch: + p + x
///   fisher_run        as basis_setup                          derivative cache: 5m
///   spectra_run       as basis_setup, + m                     none
/// @endverbatim
/// "switch" means 0 < lmax < lmax_signal. Measured runs were 0 to 5 % above these numbers. Below
/// n_pix of about 2400 they say nothing: the allocator and the interpreter outweigh the matrices.
/// Source: QUBE (CosmoForge), qube.memory_budget, arXiv 2605.21149.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_harmonic(
    config: *const qube_harmonic_config,
    out: *mut *mut qube_budget,
) -> i32 {
    guard_handle(out, "out", || {
        let config = unsafe { structs::read(config, "config") }?;
        Ok(qube_budget(config.checked()?.budget()?))
    })
}

/// The budget of QUBE's pixel-direct path, above the baseline of the process.
///
/// @param config  the inputs
/// @param out     receives the budget, to be freed by qube_budget_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown fields set),
///         QUBE_ERR_INPUT (a size below 1, a truth value other than 0 and 1),
///         QUBE_ERR_OVERFLOW (a term or sum past 2^63 - 1 bytes)
///
/// Dense matrices of doubles; with p = 8 n_pix^2 bytes:
/// @verbatim
///   stage             persistent                              transient
///   covariance_setup  p                                       p
///   basis_setup       2p, has_switch: + p                     none
///   fisher_run        as basis_setup, + p,                    p + n_params p
///                     derivatives cached: + n_params p
///   spectra_run       as fisher_run, + p                      p + n_bins p
/// @endverbatim
/// Measured runs were 0 to 5 % above these numbers, but 11 % above in fisher_run without cache;
/// spectra_run is known to be up to 20 % high. Below n_pix of about 2400 they say nothing.
/// Source: QUBE (CosmoForge), qube.memory_budget, arXiv 2605.21149.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_budget_pixel_direct(
    config: *const qube_pixel_direct_config,
    out: *mut *mut qube_budget,
) -> i32 {
    guard_handle(out, "out", || {
        let config = unsafe { structs::read(config, "config") }?;
        Ok(qube_budget(config.checked()?.budget()?))
    })
}

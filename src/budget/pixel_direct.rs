//! Budget of QUBE's pixel-direct path.
//!
//! Source: QUBE, part of CosmoForge, `qube.memory_budget` (arXiv 2605.21149). All arrays are dense
//! n_pix x n_pix matrices of doubles; with p = 8 n_pix^2 bytes:
//!
//! | stage              | persistent                           | transient        |
//! |--------------------|--------------------------------------|------------------|
//! | `covariance_setup` | p                                    | p                |
//! | `basis_setup`      | 2p, switch: + p                      |                  |
//! | `fisher_run`       | + p, derivatives cached: + n_params p| p + n_params p   |
//! | `spectra_run`      | + p                                  | p + n_bins p     |
//!
//! "switch": the release holds S_fixed, as those of qube-qml before 1.2 do.
//! Calibrated (tests/budget.rs): 0 to 5 % low, but 11 % low in `fisher_run` without cache; up
//! to 20 % high in `spectra_run`; below n_pix of about 2400 it says nothing.

use super::input::{Count, Derivation, Input, InputValue};
use super::release;
use super::stage::{Budget, Path, Stage};
use super::term::Term;
use crate::Result;

/// What the pixel-direct path's memory depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PixelDirectConfig {
    /// Pixels of all fields together, 1 or more.
    pub n_pix: i64,
    /// Largest multipole in the signal covariance, 1 or more, or absent. Checked and reported; no term
    /// has it.
    pub lmax_signal: Option<i64>,
    /// Bins of multipoles, 1 or more.
    pub n_bins: i64,
    /// Parameters, that is bins times spectra, 1 or more.
    pub n_params: i64,
    /// Whether the release holds S_fixed.
    pub has_switch: bool,
    /// Whether binned derivatives stay in memory; later releases can.
    pub cache_derivatives: bool,
    /// Which of the sizes a survey made, and from what: told again in every report.
    pub derivations: Vec<Derivation>,
}

impl PixelDirectConfig {
    /// The published defaults: S_fixed held, derivatives not cached.
    pub fn new(
        n_pix: i64,
        lmax_signal: impl Into<Option<i64>>,
        n_bins: i64,
        n_params: i64,
    ) -> PixelDirectConfig {
        PixelDirectConfig {
            n_pix,
            lmax_signal: lmax_signal.into(),
            n_bins,
            n_params,
            has_switch: true,
            cache_derivatives: false,
            derivations: Vec::new(),
        }
    }

    /// Checks the inputs and computes the budget.
    pub fn budget(&self) -> Result<Budget> {
        let n_pix = Count::input("n_pix", self.n_pix)?;
        let lmax_signal = match self.lmax_signal {
            Some(value) => Input::of(Count::input("lmax_signal", value)?, &self.derivations),
            None => Input::given("lmax_signal", InputValue::Absent),
        };
        let n_bins = Count::input("n_bins", self.n_bins)?;
        let n_params = Count::input("n_params", self.n_params)?;

        let matrix = |name| Term::matrix(name, n_pix, n_pix);
        let matrices = |name, count| Term::matrices(name, count, n_pix, n_pix);

        let covariance_setup = Stage::new(
            "covariance_setup",
            vec![matrix("Cov_T (Core retains; not nullified for pixel-direct)")?],
            vec![matrix("Cov_T (asfortranarray copy on read)")?],
        )?;

        let mut held = vec![
            matrix("Cov_T (carried from covariance_setup)")?,
            matrix("basis._N (asfortranarray F-order copy)")?,
        ];
        if self.has_switch {
            held.push(matrix("S_fixed (allocator pool retained)")?);
        }
        let basis_setup = Stage::new("basis_setup", held.clone(), Vec::new())?;

        held.push(matrix("_direct_pix_buffer (lazy on first derivative)")?);
        if self.cache_derivatives {
            held.push(matrices("binned derivative cache (retained for Spectra)", n_params)?);
        }
        let fisher_run = Stage::new(
            "fisher_run",
            held.clone(),
            vec![
                matrix("C_inv (basis_manager.get_projected_inverse)")?,
                matrices("cinv_times_dcb (n_params dense pixel matrices)", n_params)?,
            ],
        )?;

        held.push(matrix("noise_cov_w (Spectra)")?);
        let spectra_run = Stage::new(
            "spectra_run",
            held,
            vec![
                matrix("C_inv per parameter point")?,
                matrices("per-bin C^{-1} dC products", n_bins)?,
            ],
        )?;

        Ok(Budget::new(
            Path::PixelDirect,
            release::followed(self.has_switch),
            vec![
                Input::of(n_pix, &self.derivations),
                lmax_signal,
                Input::of(n_bins, &self.derivations),
                Input::of(n_params, &self.derivations),
                Input::switch("has_switch", self.has_switch),
                Input::switch("cache_derivatives", self.cache_derivatives),
            ],
            vec![covariance_setup, basis_setup, fisher_run, spectra_run],
        )
        .with_note(release::PIXEL_DIRECT_RUNS))
    }
}

//! Budget of QUBE's harmonic path.
//!
//! Source: QUBE, part of CosmoForge, `qube.memory_budget` (arXiv 2605.21149), qube-qml 1.1 and 1.2.
//! The arrays are dense matrices of doubles over pixels and modes; with p = 8 n_pix^2,
//! x = 8 n_pix n_modes and m = 8 n_modes^2 bytes:
//!
//! | stage              | persistent                           | transient                      |
//! |--------------------|--------------------------------------|--------------------------------|
//! | `covariance_setup` | p                                    | p                              |
//! | `basis_setup`      | p + x + m, switch: + m, V kept: + x  | V released: x, switch: + p + x |
//! | `fisher_run`       | as `basis_setup`                     | derivative cache: 5m           |
//! | `spectra_run`      | as `basis_setup`, + m                |                                |
//!
//! "switch": multipoles above `lmax` have a fixed spectrum, that is lmax < lmax_signal.
//! Calibrated within 0 to 5 % (tests/budget.rs); below n_pix of about 2400 it says nothing, as the
//! allocator and the interpreter outweigh the matrices.

use super::input::{Count, Derivation, Input, InputValue, LMAX, check_lmax};
use super::release;
use super::stage::{Budget, Path, Stage};
use super::term::Term;
use crate::{Error, Result};

/// Matrices of n_modes^2 that the derivative cache was measured to take.
const DERIVATIVE_MATRICES: Count = Count::constant("5", 5);

/// What the harmonic path's memory depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HarmonicConfig {
    /// Pixels of all fields together, 1 or more.
    pub n_pix: i64,
    /// Harmonic modes of all fields together, 1 or more.
    pub n_modes: i64,
    /// Largest multipole in the signal covariance, 1 or more.
    pub lmax_signal: i64,
    /// Largest multipole that is estimated, 1 to `lmax_signal`; absent means all of them.
    pub lmax: Option<i64>,
    /// Whether V is kept once the kernels are built.
    pub keep_pixel_projector: bool,
    /// Whether the derivatives stay in memory during the Fisher stage.
    pub cache_derivatives: bool,
    /// Which of the sizes a survey made, and from what: told again in every report.
    pub derivations: Vec<Derivation>,
}

impl HarmonicConfig {
    /// The published defaults: no `lmax`, V released, no derivative cache.
    pub fn new(n_pix: i64, n_modes: i64, lmax_signal: i64) -> HarmonicConfig {
        HarmonicConfig {
            n_pix,
            n_modes,
            lmax_signal,
            lmax: None,
            keep_pixel_projector: false,
            cache_derivatives: false,
            derivations: Vec::new(),
        }
    }

    /// Checks the inputs and computes the budget.
    pub fn budget(&self) -> Result<Budget> {
        let n_pix = Count::input("n_pix", self.n_pix)?;
        let n_modes = Count::input("n_modes", self.n_modes)?;
        let lmax_signal = Count::input("lmax_signal", self.lmax_signal)?;
        let lmax = self.checked_lmax()?;
        let has_switch = lmax.is_some_and(|lmax| lmax.value() < lmax_signal.value());

        let pixels = |name| Term::matrix(name, n_pix, n_pix);
        let mixed = |name| Term::matrix(name, n_pix, n_modes);
        let modes = |name| Term::matrix(name, n_modes, n_modes);

        let covariance_setup = Stage::new(
            "covariance_setup",
            vec![pixels("Cov_T")?],
            vec![pixels("Cov_T (asfortranarray copy on read)")?],
        )?;

        let mut basis = vec![
            pixels("L (Cholesky factor of N, in-place)")?,
            mixed("V_N_inv")?,
            modes("V_Ninv_VT (M kernel)")?,
        ];
        if has_switch {
            basis.push(modes("T (noise-bias kernel, switch path)")?);
        }
        let mut building = Vec::new();
        if self.keep_pixel_projector {
            basis.push(mixed("V (pixel projector)")?);
        } else {
            building.push(mixed("V (transient before release)")?);
        }
        if has_switch {
            building.push(pixels("S_fixed (switch optimisation)")?);
            building.push(mixed("corr intermediate (V_N_inv @ S_fixed)")?);
        }
        let basis_setup = Stage::new("basis_setup", basis.clone(), building)?;

        let mut cache = Vec::new();
        if self.cache_derivatives {
            cache.push(Term::matrices(
                "cache_derivatives (empirical, 5 n_modes^2)",
                DERIVATIVE_MATRICES,
                n_modes,
                n_modes,
            )?);
        }
        let fisher_run = Stage::new("fisher_run", basis.clone(), cache)?;

        let mut spectra = basis;
        spectra.push(modes("noise_cov_T (Spectra)")?);
        let spectra_run = Stage::new("spectra_run", spectra, Vec::new())?;

        Ok(Budget::new(
            Path::Harmonic,
            release::followed(has_switch),
            vec![
                Input::of(n_pix, &self.derivations),
                Input::of(n_modes, &self.derivations),
                Input::of(lmax_signal, &self.derivations),
                lmax.map_or(Input::given("lmax", InputValue::Absent), Input::from),
                Input::switch("keep_pixel_projector", self.keep_pixel_projector),
                Input::switch("cache_derivatives", self.cache_derivatives),
            ],
            vec![covariance_setup, basis_setup, fisher_run, spectra_run],
        )
        .with_note(release::HARMONIC_RUNS))
    }

    fn checked_lmax(&self) -> Result<Option<Count>> {
        let Some(value) = self.lmax else { return Ok(None) };
        if value < 1 {
            return Err(Error::Input { name: "lmax", value, allowed: LMAX });
        }
        check_lmax(value, self.lmax_signal)?;
        Count::input("lmax", value).map(Some)
    }
}

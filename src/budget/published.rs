//! QUBE's own calculator for its two paths, to the byte and by its names.
//!
//! Source: `qube.memory_budget` of qube-qml 1.1.0, 1.2.0 and 1.3.0 (CosmoForge, arXiv 2605.21149). With
//! p = 8 n_pix^2, x = 8 n_pix n_modes, m = 8 n_modes^2, n = n_params bytes and matrices:
//!
//! | stage              | harmonic                              | pixel-direct                        |
//! |--------------------|---------------------------------------|-------------------------------------|
//! | `covariance_setup` | p and p                               | p and p                             |
//! | `basis_setup`      | p + x + m, switch: + m, V kept: + x;  | 2p, release 1.1 with switch: + p    |
//! |                    | and V released: x, switch: p + x      |                                     |
//! | `fisher_run`       | as before                             | + p, cached: + n p; and (1 + n) p   |
//! | `spectra_run`      | + m                                   | + p; and (1 + n_bins) p             |
//!
//! A pixel filter (release 1.3) of rank r replaces n_pix by r in what is restricted, and adds arrays
//! that are live while they are restricted, and the filter itself.

use super::input::Count;
use super::release::Release;
use super::stage::Stage;
use super::term::Term;
use crate::{Error, Result};

/// Note on budgets with a filter.
pub(super) const FILTERED: &str = "with working_dim below n_pix the terms are those that QUBE's own \
    calculator prints: modelled, not measured";

const COVARIANCE_COPY: &str = "Cov_T (asfortranarray copy on read)";
const UNRESTRICTED: &str = "N (unrestricted, alive during restriction)";
const FILTER_BASIS: &str = "W (filter basis, held all run)";

/// A pixel filter that leaves fewer coordinates than there are pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filter {
    rank: Count,
}

impl Filter {
    /// Checks the input.
    pub(super) fn input(
        working_dim: Option<i64>,
        n_pix: Count,
        release: Release,
    ) -> Result<Option<Count>> {
        let Some(value) = working_dim else { return Ok(None) };
        let allowed = "1 to `n_pix`, or leave it out";
        if value < 1 {
            return Err(Error::Input { name: "working_dim", value, allowed });
        }
        let rank = Count::input("working_dim", value)?;
        if rank.value() > n_pix.value() {
            return Err(Error::Conflict {
                name: "working_dim",
                value,
                other: "n_pix",
                other_value: n_pix.value() as i64, // it was one
                allowed,
            });
        }
        release.must_be(Release::V1_3, "working_dim", &value.to_string())?;
        Ok(Some(rank))
    }

    /// None where it leaves all pixels.
    pub(super) fn of(working_dim: Option<Count>, n_pix: Count) -> Option<Filter> {
        working_dim.filter(|rank| rank.value() < n_pix.value()).map(|rank| Filter { rank })
    }
}

/// Inputs of the harmonic path's terms.
pub(super) struct Harmonic {
    pub n_pix: Count,
    pub n_modes: Count,
    pub filter: Option<Filter>,
    pub has_switch: bool,
    pub keeps_projector: bool,
}

impl Harmonic {
    /// Pixels, or what the filter leaves of them.
    fn rank(&self) -> Count {
        self.filter.map_or(self.n_pix, |filter| filter.rank)
    }

    pub(super) fn covariance_setup(&self) -> Result<Stage> {
        let (n, r) = (self.n_pix, self.rank());
        let covariance = vec![Term::matrix("Cov_T", r, r)?];
        let mut reading = vec![Term::matrix(COVARIANCE_COPY, n, n)?];
        if self.filter.is_some() {
            reading.push(Term::matrix(UNRESTRICTED, n, n)?);
            reading.push(Term::matrix("W^T N intermediate", r, n)?);
        }
        Stage::new("covariance_setup", covariance, reading)
    }

    /// Arrays of the basis, and the transient ones that build it.
    pub(super) fn basis(&self) -> Result<(Vec<Term>, Vec<Term>)> {
        let (n, r, k) = (self.n_pix, self.rank(), self.n_modes);
        let mut basis = vec![
            Term::matrix("L (Cholesky factor of N, in-place)", r, r)?,
            Term::matrix("V_N_inv", r, k)?,
            Term::matrix("V_Ninv_VT (M kernel)", k, k)?,
        ];
        let mut building = Vec::new();
        if self.filter.is_some() {
            basis.push(Term::matrix(FILTER_BASIS, n, r)?);
        }
        if self.has_switch {
            basis.push(Term::matrix("T (noise-bias kernel, switch path)", k, k)?);
        }
        if self.keeps_projector {
            basis.push(Term::matrix("V (pixel projector)", r, k)?);
        } else {
            building.push(Term::matrix("V (transient before release)", r, k)?);
        }
        if self.filter.is_some() {
            building.push(Term::matrix("V (unrestricted, alive during V W Σ)", n, k)?);
        }
        if self.has_switch {
            building.push(Term::matrix("S_fixed (switch optimisation)", n, n)?);
            if self.filter.is_some() {
                building.push(Term::matrix("S_fixed (restricted copy)", r, r)?);
            }
            building.push(Term::matrix("corr intermediate (V_N_inv @ S_fixed)", r, k)?);
        }
        Ok((basis, building))
    }
}

pub(super) fn harmonic(run: &Harmonic) -> Result<Vec<Stage>> {
    let covariance_setup = run.covariance_setup()?;
    let (basis, building) = run.basis()?;
    let mut spectra = basis.clone();
    spectra.push(Term::matrix("noise_cov_T (Spectra)", run.n_modes, run.n_modes)?);
    Ok(vec![
        covariance_setup,
        Stage::new("basis_setup", basis.clone(), building)?,
        Stage::new("fisher_run", basis, Vec::new())?,
        Stage::new("spectra_run", spectra, Vec::new())?,
    ])
}

/// Inputs of the pixel-direct path's terms.
pub(super) struct PixelDirect {
    pub n_pix: Count,
    pub n_bins: Count,
    pub n_params: Count,
    pub filter: Option<Filter>,
    /// Whether the release builds S_fixed and the run has one.
    pub has_switch: bool,
    pub is_cached: bool,
}

pub(super) fn pixel_direct(run: &PixelDirect) -> Result<Vec<Stage>> {
    let n = run.n_pix;
    let r = run.filter.map_or(n, |filter| filter.rank);
    let one = |name| Term::matrix(name, r, r);
    let many = |name, copies| Term::matrices(name, copies, r, r);
    let is_filtered = run.filter.is_some();

    let covariance = vec![one("Cov_T (Core retains; not nullified for pixel-direct)")?];
    let mut reading = vec![Term::matrix(COVARIANCE_COPY, n, n)?];
    if is_filtered {
        reading.push(Term::matrix(UNRESTRICTED, n, n)?);
    }
    let covariance_setup = Stage::new("covariance_setup", covariance, reading)?;

    let mut held = vec![
        one("Cov_T (carried from covariance_setup)")?,
        one("basis._N (asfortranarray F-order copy)")?,
    ];
    if is_filtered {
        held.push(Term::matrix(FILTER_BASIS, n, r)?);
    }
    if run.has_switch {
        held.push(one("S_fixed (allocator pool retained)")?);
    }
    let basis_setup = Stage::new("basis_setup", held.clone(), Vec::new())?;

    held.push(Term::matrix("_direct_pix_buffer (lazy on first derivative)", n, n)?);
    if run.is_cached {
        held.push(many("binned derivative cache (retained for Spectra)", run.n_params)?);
    }
    let mut products = vec![
        one("C_inv (basis_manager.get_projected_inverse)")?,
        many("cinv_times_dcb (n_params dense pixel matrices)", run.n_params)?,
    ];
    if is_filtered {
        products.push(Term::matrix("binned kernel output (before conjugation)", n, n)?);
        products.push(Term::matrix("conjugation intermediate (W^T dC)", r, n)?);
    }
    let fisher_run = Stage::new("fisher_run", held.clone(), products)?;

    held.push(one("noise_cov_w (Spectra)")?);
    let spectra =
        vec![one("C_inv per parameter point")?, many("per-bin C^{-1} dC products", run.n_bins)?];
    let spectra_run = Stage::new("spectra_run", held, spectra)?;
    Ok(vec![covariance_setup, basis_setup, fisher_run, spectra_run])
}

//! Budget of QUBE's pixel-direct path: held, and as QUBE's own calculator prints it.
//!
//! All arrays are dense n_pix x n_pix matrices of doubles. A run with n = n_params holds, in matrices:
//!
//! | stage              | release 1.1, 1.2                        | release 1.3                |
//! |--------------------|-----------------------------------------|----------------------------|
//! | `covariance_setup` | 2                                       | 2                          |
//! | `basis_setup`      | 2, release 1.1 with switch: 3           | 2                          |
//! | `fisher_run`       | n + 6, derivatives cached (1.2): 2n + 4 | n + 5, cached: 2n + 3      |
//! | `spectra_run`      | 9, cached: n + 7                        | 8, cached: n + 6           |
//!
//! "switch": lmax < lmax_signal; release 1.1 builds S_fixed for it and frees it after `basis_setup`.
//! Cached derivatives stay for the Spectra stage, which does not grow with the bins.
//!
//! Source: runs of qube-qml 1.1.0, 1.2.0 and 1.3.0 (tests/held.rs has them) and, for 2n + 4, the
//! calibration published with `qube.memory_budget` (CosmoForge, arXiv 2605.21149), whose own terms
//! (`published.rs`) sum to about as much under other names. With a pixel filter (`working_dim` below
//! n_pix) nothing was measured: such a budget has the published terms and says so.
//!
//! A covariance that the caller passes in is `Cov_T` itself: it counts once either way.

use super::input::{Count, Derivation, Input, check_bins, check_params, checked_lmax};
use super::model::Model;
use super::published::{self, Filter, PixelDirect};
use super::release::{Release, is_published};
use super::stage::Stage;
use super::stages::{Budget, Path};
use super::term::Term;
use crate::Result;

const TWO: Count = Count::constant("2", 2);
/// Matrices of the Spectra stage, and those without the derivatives that are not made again.
const SPECTRA_ARRAYS: Count = Count::constant("6", 6);
const SPECTRA_ARRAYS_CACHED: Count = Count::constant("4", 4);

const RUNS: &str = "measured runs held 0.3 % less to 4.8 % more; below n_pix of 2048 a matrix that was \
    freed may stay with the process";
const PUBLISHED: &str = "QUBE's own calculator: runs of fisher_run without cache held 11 % more than \
    it says; spectra_run does not grow with the bins";

/// Config of the pixel-direct path: all inputs that its memory depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PixelDirectConfig {
    /// Pixels of all fields together, 1 or more.
    pub n_pix: i64,
    /// Largest multipole in the signal covariance, 1 or more, or absent. Release 1.1 needs it where
    /// `lmax` is given; nothing else depends on it.
    pub lmax_signal: Option<i64>,
    /// Largest multipole that is estimated, 1 to `lmax_signal`; absent means all of them.
    pub lmax: Option<i64>,
    /// Bins of multipoles, 1 or more.
    pub n_bins: i64,
    /// Parameters, that is bins times spectra, 1 or more.
    pub n_params: i64,
    /// Spectra that are estimated, 1 or more, or absent: what the parameters make it.
    pub n_spectra: Option<i64>,
    /// Coordinates that a pixel filter leaves, 1 to `n_pix`; absent means no filter. Since release 1.3.
    pub working_dim: Option<i64>,
    /// Whether binned derivatives stay in memory. Since release 1.2.
    pub cache_derivatives: bool,
    /// The release of qube-qml.
    pub release: Release,
    /// Held, or printed by QUBE's own calculator.
    pub model: Model,
    /// Sizes that a survey derived, and how; every report repeats them.
    pub derivations: Vec<Derivation>,
    /// Remarks on the sizes.
    pub notes: Vec<String>,
}

impl PixelDirectConfig {
    /// A run of the newest release, derivatives not cached.
    pub fn new(
        n_pix: i64,
        lmax_signal: impl Into<Option<i64>>,
        n_bins: i64,
        n_params: i64,
    ) -> PixelDirectConfig {
        PixelDirectConfig {
            n_pix,
            lmax_signal: lmax_signal.into(),
            lmax: None,
            n_bins,
            n_params,
            n_spectra: None,
            working_dim: None,
            cache_derivatives: false,
            release: Release::default(),
            model: Model::default(),
            derivations: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Checks the inputs and computes the budget.
    pub fn budget(&self) -> Result<Budget> {
        let n_pix = Count::input("n_pix", self.n_pix)?;
        let builds_fixed = self.release == Release::V1_1;
        let [lmax, lmax_signal] = checked_lmax(self.lmax, self.lmax_signal, builds_fixed)?;
        let n_bins = Count::input("n_bins", self.n_bins)?;
        check_bins(n_bins, lmax.or(lmax_signal))?;
        let n_params = Count::input("n_params", self.n_params)?;
        let n_spectra = Count::optional("n_spectra", self.n_spectra)?;
        check_params(n_params, n_bins, n_spectra)?;
        if self.cache_derivatives {
            self.release.must_be(Release::V1_2, "cache_derivatives", "on")?;
        }
        let working_dim = Filter::input(self.working_dim, n_pix, self.release)?;
        let is_published = is_published(self.model)?;

        let run = PixelDirect {
            n_pix,
            n_bins,
            n_params,
            filter: Filter::of(working_dim, n_pix),
            has_switch: builds_fixed && Count::is_below(lmax, lmax_signal),
            is_cached: self.cache_derivatives,
        };
        let published = published::pixel_direct(&run)?;
        let (stages, published, note) = match (is_published, run.filter) {
            (true, _) => (published, Vec::new(), PUBLISHED),
            (false, Some(_)) => (published, Vec::new(), published::FILTERED),
            (false, None) => (self.held(&run)?, published, RUNS),
        };
        let input = |name, count| Input::optional(name, count, &self.derivations);
        let inputs = vec![
            Input::of(n_pix, &self.derivations),
            input("lmax_signal", lmax_signal),
            input("lmax", lmax),
            Input::of(n_bins, &self.derivations),
            Input::of(n_params, &self.derivations),
            input("n_spectra", n_spectra),
            input("working_dim", working_dim),
            Input::switch("cache_derivatives", self.cache_derivatives),
        ];
        Ok(Budget::new(Path::PixelDirect, self.release.label(), inputs, stages)
            .with_published(published)
            .with_model(self.model)
            .with_note(note)
            .with_remarks(self.notes.clone()))
    }

    /// The stages as runs hold them, without a filter.
    fn held(&self, run: &PixelDirect) -> Result<Vec<Stage>> {
        let one = |name| Term::matrix(name, run.n_pix, run.n_pix);
        let many = |name, copies| Term::matrices(name, copies, run.n_pix, run.n_pix);

        let covariance = vec![one("Cov_T")?];
        let reading = vec![one("Cov_T (asfortranarray copy on read)")?];
        let covariance_setup = Stage::new("covariance_setup", covariance, reading)?;

        let mut held = vec![one("Cov_T")?, one("basis._N")?];
        let mut basis = held.clone();
        if run.has_switch {
            basis.push(one("S_fixed (allocator pool retained)")?);
        }
        let basis_setup = Stage::new("basis_setup", basis, Vec::new())?;

        if self.release < Release::V1_3 {
            held.push(one("_direct_pix_buffer")?);
        }
        if run.is_cached {
            held.push(many("binned derivatives", run.n_params)?);
        }
        let mut products = vec![one("C_inv")?, many("C^-1 dC_b", run.n_params)?];
        if !run.is_cached {
            products.push(many("two derivatives alive at once", TWO)?);
        }
        let fisher_run = Stage::new("fisher_run", held.clone(), products)?;

        let arrays = if run.is_cached { SPECTRA_ARRAYS_CACHED } else { SPECTRA_ARRAYS };
        let spectra = vec![many("spectra work arrays (measured, not attributed)", arrays)?];
        let spectra_run = Stage::new("spectra_run", held, spectra)?;
        Ok(vec![covariance_setup, basis_setup, fisher_run, spectra_run])
    }
}

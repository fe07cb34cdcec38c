//! Budget of QUBE's harmonic path: held, and as QUBE's own calculator prints it.
//!
//! The arrays are dense matrices of doubles over pixels and modes; with p = 8 n_pix^2,
//! x = 8 n_pix n_modes and m = 8 n_modes^2 bytes a run holds:
//!
//! | stage              | persistent                           | transient                          |
//! |--------------------|--------------------------------------|------------------------------------|
//! | `covariance_setup` | p                                    | p                                  |
//! | `basis_setup`      | p + x + m, switch: + m, V kept: + x  | V released: x, switch: + p + x,    |
//! |                    |                                      | QUBE reads the covariance: + p     |
//! | `fisher_run`       | as `basis_setup`                     | 4m for one spectrum, 5m for more   |
//! | `spectra_run`      | as `basis_setup`                     | 5m                                 |
//!
//! "switch": multipoles above `lmax` have a fixed spectrum, that is lmax < lmax_signal.
//!
//! Source: runs of qube-qml 1.1.0, 1.2.0 and 1.3.0 (tests/held.rs has them), which hold what
//! `qube.memory_budget` says (CosmoForge, arXiv 2605.21149; `published.rs`) and what it leaves out: the
//! covariance as it was read, and the matrices of the Sherman-Morrison-Woodbury kernels. All releases
//! hold the same. With a pixel filter (`working_dim` below n_pix) nothing was measured: such a budget
//! has the published terms and says so.

use super::input::{Count, Derivation, Input, check_spectra, checked_lmax};
use super::model::Model;
use super::published::{self, Filter, Harmonic};
use super::release::{Release, is_published};
use super::stage::Stage;
use super::stages::{Budget, Path};
use super::term::Term;
use crate::Result;

/// Matrices of n_modes^2 of the kernels beside `noise_cov_T`; several spectra take one more.
const KERNELS: Count = Count::constant("4", 4);
const KERNELS_OF_SEVERAL: Count = Count::constant("5", 5);
const KERNELS_NAME: &str = "projected inverse (Sherman-Morrison-Woodbury kernels)";

const RUNS: &str = "measured runs held 0.1 % less to 8.1 % more; below n_pix of 2048 a matrix that \
    was freed may stay with the process";
const PUBLISHED: &str = "QUBE's own calculator leaves out 4 to 5 n_modes^2 of fisher_run and \
    spectra_run and n_pix^2 of basis_setup, which runs hold";
const SPECTRA_UNKNOWN: &str = "n_spectra is unknown: fisher_run assumes several spectra; for one \
    it holds n_modes^2 less";

/// Config of the harmonic path: all inputs that its memory depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HarmonicConfig {
    /// Pixels of all fields together, 1 or more.
    pub n_pix: i64,
    /// Harmonic modes of all fields together, 1 or more.
    pub n_modes: i64,
    /// Largest multipole in the signal covariance, 1 or more. It may be absent where `lmax` is: nothing
    /// depends on it then.
    pub lmax_signal: Option<i64>,
    /// Largest multipole that is estimated, 1 to `lmax_signal`; absent means all of them.
    pub lmax: Option<i64>,
    /// Spectra that are estimated, 1 or more; absent: more than one is assumed.
    pub n_spectra: Option<i64>,
    /// Coordinates that a pixel filter leaves, 1 to `n_pix`; absent means no filter. Since release 1.3.
    pub working_dim: Option<i64>,
    /// Whether V is kept once the kernels are built.
    pub keep_pixel_projector: bool,
    /// Whether the caller passes the noise covariance in and holds it throughout. Otherwise QUBE
    /// reads it and drops it after the setup.
    pub covariance_by_caller: bool,
    /// The release of qube-qml.
    pub release: Release,
    /// Held, or printed by QUBE's own calculator.
    pub model: Model,
    /// Sizes that a survey derived, and how; every report repeats them.
    pub derivations: Vec<Derivation>,
    /// Remarks on the sizes.
    pub notes: Vec<String>,
}

impl HarmonicConfig {
    /// A run of the newest release that reads its covariance: no `lmax`, V released.
    pub fn new(n_pix: i64, n_modes: i64, lmax_signal: impl Into<Option<i64>>) -> HarmonicConfig {
        HarmonicConfig {
            n_pix,
            n_modes,
            lmax_signal: lmax_signal.into(),
            lmax: None,
            n_spectra: None,
            working_dim: None,
            keep_pixel_projector: false,
            covariance_by_caller: false,
            release: Release::default(),
            model: Model::default(),
            derivations: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Checks the inputs and computes the budget.
    pub fn budget(&self) -> Result<Budget> {
        let n_pix = Count::input("n_pix", self.n_pix)?;
        let n_modes = Count::input("n_modes", self.n_modes)?;
        let [lmax, lmax_signal] = checked_lmax(self.lmax, self.lmax_signal, true)?;
        let n_spectra = Count::optional("n_spectra", self.n_spectra)?;
        check_spectra(n_spectra)?;
        let working_dim = Filter::input(self.working_dim, n_pix, self.release)?;
        let is_published = is_published(self.model)?;

        let run = Harmonic {
            n_pix,
            n_modes,
            filter: Filter::of(working_dim, n_pix),
            has_switch: Count::is_below(lmax, lmax_signal),
            keeps_projector: self.keep_pixel_projector,
        };
        let published = published::harmonic(&run)?;
        let (stages, published, note) = match (is_published, run.filter) {
            (true, _) => (published, Vec::new(), PUBLISHED),
            (false, Some(_)) => (published, Vec::new(), published::FILTERED),
            (false, None) => (self.held(&run, n_spectra)?, published, RUNS),
        };
        let is_assumed = !is_published && run.filter.is_none() && n_spectra.is_none();
        let assumed = is_assumed.then(|| SPECTRA_UNKNOWN.to_owned());
        let remarks = assumed.into_iter().chain(self.notes.iter().cloned()).collect();
        let input = |name, count| Input::optional(name, count, &self.derivations);
        let inputs = vec![
            Input::of(n_pix, &self.derivations),
            Input::of(n_modes, &self.derivations),
            input("lmax_signal", lmax_signal),
            input("lmax", lmax),
            input("n_spectra", n_spectra),
            input("working_dim", working_dim),
            Input::switch("keep_pixel_projector", self.keep_pixel_projector),
            Input::switch("covariance_by_caller", self.covariance_by_caller),
        ];
        Ok(Budget::new(Path::Harmonic, self.release.label(), inputs, stages)
            .with_published(published)
            .with_model(self.model)
            .with_note(note)
            .with_remarks(remarks))
    }

    /// The stages as runs hold them, without a filter.
    fn held(&self, run: &Harmonic, n_spectra: Option<Count>) -> Result<Vec<Stage>> {
        let modes = |copies| Term::matrices(KERNELS_NAME, copies, run.n_modes, run.n_modes);
        let (basis, mut building) = run.basis()?;
        if !self.covariance_by_caller {
            let name = "noise covariance as read (C order, dropped after setup)";
            building.push(Term::matrix(name, run.n_pix, run.n_pix)?);
        }
        let kernels = match n_spectra {
            Some(one) if one.value() == 1 => KERNELS,
            _ => KERNELS_OF_SEVERAL,
        };
        let noise = Term::matrix("noise_cov_T (Spectra)", run.n_modes, run.n_modes)?;
        Ok(vec![
            run.covariance_setup()?,
            Stage::new("basis_setup", basis.clone(), building)?,
            Stage::new("fisher_run", basis.clone(), vec![modes(kernels)?])?,
            Stage::new("spectra_run", basis, vec![noise, modes(KERNELS)?])?,
        ])
    }
}

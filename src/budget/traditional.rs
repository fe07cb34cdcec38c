//! Budget of QUBE's traditional path: without a computation basis (`basis=False`), and of every run
//! that crosses two data splits (`do_cross`).
//!
//! All arrays are dense n_pix x n_pix matrices of doubles. A run with n = n_params holds, in matrices:
//!
//! | stage                | held  |
//! |----------------------|-------|
//! | `covariance_setup`   | 2     |
//! | `prepare_covariance` | 5     |
//! | `fisher_run`         | n + 6 |
//! | `spectra_run`        | 8     |
//!
//! Source: a run of qube-qml 1.3.0 (tests/held.rs has it). QUBE's own calculator does not model this
//! path. What its source names is named; the rest is one term of each stage that says so. A covariance
//! that the caller passes in is `Cov_T` itself: it counts once either way.

use super::input::{
    Count, Derivation, Input, check_bins, check_params, check_spectra, checked_lmax,
};
use super::model::Model;
use super::release::{Release, is_published};
use super::stage::Stage;
use super::stages::{Budget, Path};
use super::term::Term;
use crate::{Error, Result};

const RUNS: &str = "measured on one run, of 1624 pixels, which held 0.5 % less to 0.3 % more; not all \
    of its arrays are attributed";

/// Config of the traditional path: all inputs that its memory depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraditionalConfig {
    /// Pixels of all fields together, 1 or more.
    pub n_pix: i64,
    /// Parameters, that is bins times spectra, 1 or more.
    pub n_params: i64,
    /// Bins of multipoles, 1 or more, or absent: no term depends on them beside `n_params`.
    pub n_bins: Option<i64>,
    /// Spectra that are estimated, 1 or more, or absent: no term depends on them beside `n_params`.
    pub n_spectra: Option<i64>,
    /// Largest multipole in the signal covariance, 1 or more, or absent. No term depends on it.
    pub lmax_signal: Option<i64>,
    /// Largest multipole that is estimated, 1 to `lmax_signal`, or absent. No term depends on it.
    pub lmax: Option<i64>,
    /// The release of qube-qml; all hold the same.
    pub release: Release,
    /// Held; QUBE publishes no formulas of this path.
    pub model: Model,
    /// Sizes that a survey derived, and how; every report repeats them.
    pub derivations: Vec<Derivation>,
    /// Remarks on the sizes.
    pub notes: Vec<String>,
}

impl TraditionalConfig {
    /// A run of the newest release.
    pub fn new(n_pix: i64, n_params: i64) -> TraditionalConfig {
        TraditionalConfig {
            n_pix,
            n_params,
            n_bins: None,
            n_spectra: None,
            lmax_signal: None,
            lmax: None,
            release: Release::default(),
            model: Model::default(),
            derivations: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Checks the inputs and computes the budget.
    pub fn budget(&self) -> Result<Budget> {
        let n_pix = Count::input("n_pix", self.n_pix)?;
        let n_params = Count::input("n_params", self.n_params)?;
        let [lmax, lmax_signal] = checked_lmax(self.lmax, self.lmax_signal, false)?;
        let n_spectra = Count::optional("n_spectra", self.n_spectra)?;
        check_spectra(n_spectra)?;
        let n_bins = Count::optional("n_bins", self.n_bins)?;
        if let Some(n_bins) = n_bins {
            check_bins(n_bins, lmax.or(lmax_signal))?;
            check_params(n_params, n_bins, n_spectra)?;
        }
        if is_published(self.model)? {
            let allowed = "held: QUBE's own calculator does not model the traditional path";
            return Err(Error::Figure { name: "model", value: "published".into(), allowed });
        }
        let one = |name| Term::matrix(name, n_pix, n_pix);
        let many = |name, copies| Term::matrices(name, copies, n_pix, n_pix);
        let unattributed = |name, number, value| many(name, Count::constant(number, value));

        let covariance = vec![one("Cov_T")?];
        let reading = vec![one("Cov_T (asfortranarray copy on read)")?];
        let inverted = vec![one("Cov_T")?, one("S (signal covariance)")?, one("C^-1")?];
        let preparing =
            vec![unattributed("covariance work arrays (measured, not attributed)", "2", 2)?];
        let products = vec![
            many("C^-1 dC_b", n_params)?,
            unattributed("Fisher work arrays (measured, not attributed)", "3", 3)?,
        ];
        let spectra = vec![unattributed("spectra work arrays (measured, not attributed)", "5", 5)?];
        let stages = vec![
            Stage::new("covariance_setup", covariance, reading)?,
            Stage::new("prepare_covariance", inverted.clone(), preparing)?,
            Stage::new("fisher_run", inverted.clone(), products)?,
            Stage::new("spectra_run", inverted, spectra)?,
        ];

        let input = |name, count| Input::optional(name, count, &self.derivations);
        let inputs = vec![
            Input::of(n_pix, &self.derivations),
            input("lmax_signal", lmax_signal),
            input("lmax", lmax),
            input("n_bins", n_bins),
            Input::of(n_params, &self.derivations),
            input("n_spectra", n_spectra),
        ];
        Ok(Budget::new(Path::Traditional, self.release.label(), inputs, stages)
            .with_model(self.model)
            .with_note(RUNS)
            .with_remarks(self.notes.clone()))
    }
}

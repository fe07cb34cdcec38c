//! What measured runs held beyond the model: the only source of margins.
//!
//! Source: the calibration published with `qube.memory_budget` (CosmoForge, arXiv 2605.21149), memory
//! above the baseline of the process, in GiB of two decimals; tests/budget.rs holds the model to it. A
//! margin is the largest excess that was measured in a stage of a path. Nothing is made up for the
//! rest: small runs, stages that were never measured, and ECLIPSE, whose printed totals are those of
//! its arrays and not of a process.

use super::bytes::Bytes;
use super::records::{self, CalibrationRecord};
use super::stage::{Budget, Path};
use crate::Result;

/// Pixels below which the allocator and the interpreter outweigh the matrices.
const LEAST_PIXELS: u64 = 2400;

/// A stage of a run: what the model says and what was measured, in hundredths of GiB.
struct Measurement {
    path: Path,
    stage: &'static str,
    /// Whether derivatives were cached, where that matters for the stage.
    cached: Option<bool>,
    model: u64,
    measured: u64,
}

const fn harmonic(stage: &'static str, model: u64, measured: u64) -> Measurement {
    Measurement { path: Path::Harmonic, stage, cached: None, model, measured }
}

const fn pixel_direct(
    stage: &'static str,
    cached: Option<bool>,
    model: u64,
    measured: u64,
) -> Measurement {
    Measurement { path: Path::PixelDirect, stage, cached, model, measured }
}

const MEASUREMENTS: [Measurement; 6] = [
    harmonic("basis_setup", 5721, 5780),
    harmonic("basis_setup", 11259, 11320),
    pixel_direct("basis_setup", None, 143, 144),
    pixel_direct("fisher_run", Some(false), 1574, 1754),
    pixel_direct("fisher_run", Some(true), 2862, 2869),
    pixel_direct("fisher_run", Some(true), 286, 300),
];

/// How far a stage of a budget has been compared with runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calibration {
    /// A run held measured / model times what the model says; the largest such excess.
    Measured { model: u64, measured: u64 },
    /// The same of the records that the caller gave.
    Recorded { model: u64, measured: u64 },
    /// Runs held up to 20 % less than the model says.
    High,
    /// There are runs, but none with as few pixels.
    TooSmall,
    /// It was never measured.
    Never,
}

impl Calibration {
    /// What is known of a stage.
    pub(crate) fn of(budget: &Budget, stage: &str, records: &[CalibrationRecord]) -> Calibration {
        if let Some((model, measured)) = records::excess(records, budget, stage) {
            return Calibration::Recorded { model, measured };
        }
        let known = |path| budget.path() == path;
        if !known(Path::Harmonic) && !known(Path::PixelDirect) {
            return Calibration::Never;
        }
        let cached = budget.is_on("cache_derivatives");
        let excess = MEASUREMENTS
            .iter()
            .filter(|found| known(found.path) && found.stage == stage)
            .filter(|found| found.cached.is_none_or(|of_run| of_run == cached))
            .max_by(|a, b| (a.measured * b.model).cmp(&(b.measured * a.model)));
        let high = known(Path::PixelDirect) && stage == "spectra_run";
        if (excess.is_some() || high) && budget.count("n_pix").is_some_and(|n| n < LEAST_PIXELS) {
            return Calibration::TooSmall;
        }
        match excess {
            Some(&Measurement { model, measured, .. }) => Calibration::Measured { model, measured },
            None if high => Calibration::High,
            None => Calibration::Never,
        }
    }

    /// What runs would hold beyond these bytes; 0 where nothing is known.
    pub(crate) fn margin(self, peak: Bytes, stage: &str) -> Result<Bytes> {
        match self {
            Calibration::Measured { model, measured }
            | Calibration::Recorded { model, measured } => {
                peak.fraction(measured - model, model, || format!("the margin of stage '{stage}'"))
            }
            Calibration::High | Calibration::TooSmall | Calibration::Never => Ok(Bytes::ZERO),
        }
    }

    /// Whether runs say anything of the stage.
    pub fn is_calibrated(self) -> bool {
        matches!(
            self,
            Calibration::Measured { .. } | Calibration::Recorded { .. } | Calibration::High
        )
    }

    /// In a few words.
    pub fn words(self) -> String {
        match self {
            Calibration::Measured { model, measured } => {
                let excess = ((measured - model) * 10_000).div_ceil(model);
                format!("{}, measured", percent(excess))
            }
            Calibration::Recorded { model, measured } => {
                let excess = (u128::from(measured - model) * 10_000).div_ceil(model.into());
                format!("{}, from records", percent(u64::try_from(excess).unwrap_or(u64::MAX)))
            }
            Calibration::High => "none: runs held less".into(),
            Calibration::TooSmall => format!("not calibrated: n_pix < {LEAST_PIXELS}"),
            Calibration::Never => "not calibrated: never measured".into(),
        }
    }
}

/// Hundredths of a percent, as a percentage.
pub(super) fn percent(hundredths: u64) -> String {
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}

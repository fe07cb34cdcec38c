//! What measured runs held beyond the model: the only source of margins.
//!
//! Source: the calibration published with `qube.memory_budget` (CosmoForge, arXiv 2605.21149), memory
//! above the baseline of the process, in GiB of two decimals; tests/budget.rs holds the model to it. A
//! margin is the largest excess that was measured in a stage of a path. Nothing is made up for the
//! rest: small runs, stages that were never measured, and ECLIPSE, whose printed totals are those of
//! its arrays and not of a process.

use super::bytes::Bytes;
use super::model::Model;
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
    /// Runs held up to 20 % less than the model says.
    High,
    /// There are runs, but none with as few pixels.
    TooSmall,
    /// Ranks of ECLIPSE: the C library keeps freed arrays, more of them on small ranks.
    Ranks,
    /// It was never measured.
    Never,
}

impl Calibration {
    /// What is known of a stage.
    pub(crate) fn of(budget: &Budget, stage: &str) -> Calibration {
        if budget.path() == Path::Eclipse && budget.model() == Model::Held {
            return Calibration::Ranks;
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
            Calibration::Measured { model, measured } => {
                peak.fraction(measured - model, model, || format!("the margin of stage '{stage}'"))
            }
            Calibration::Ranks => Ok(margin_of_rank(peak)),
            Calibration::High | Calibration::TooSmall | Calibration::Never => Ok(Bytes::ZERO),
        }
    }

    /// Whether runs say anything of the stage.
    pub fn is_calibrated(self) -> bool {
        matches!(self, Calibration::Measured { .. } | Calibration::High | Calibration::Ranks)
    }

    /// In a few words.
    pub fn words(self) -> String {
        match self {
            Calibration::Measured { model, measured } => {
                let excess = ((measured - model) * 10_000).div_ceil(model);
                format!("{}, measured", percent(excess))
            }
            Calibration::Ranks => "10 to 30 %, measured".into(),
            Calibration::High => "none: runs held less".into(),
            Calibration::TooSmall => format!("not calibrated: n_pix < {LEAST_PIXELS}"),
            Calibration::Never => "not calibrated: never measured".into(),
        }
    }
}

/// What a rank of ECLIPSE was resident beyond its heap in 26 runs: 2 to 9 % above 300 MB, 9 to 34 %
/// below 100 MB. The margin is 10 % and 30 % there, and lies between them between these sizes:
/// 0.3 - 0.2 (peak - 1e8) / 2e8 = (4e8 - peak) / 1e9.
fn margin_of_rank(peak: Bytes) -> Bytes {
    let bytes = u128::from(peak.get());
    let margin = match bytes {
        300_000_000.. => bytes.div_ceil(10),
        100_000_000.. => (bytes * (400_000_000 - bytes)).div_ceil(1_000_000_000),
        _ => (bytes * 3).div_ceil(10),
    };
    Bytes::constant(margin as u64) // less than the peak
}

/// Hundredths of a percent, as a percentage.
pub(super) fn percent(hundredths: u64) -> String {
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}

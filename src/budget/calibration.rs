//! Calibration: how much measured runs held beyond the model. It is the only source of margins.
//!
//! A QUBE margin is the largest excess measured in a stage of a path. An ECLIPSE margin is the
//! resident size of ranks beyond their heap. Stages that were never measured, pixel filters and
//! published formulas have no margin.
//!
//! Sources: runs of qube-qml 1.1.0, 1.2.0 and 1.3.0, each stage's peak by the kernel's high-water mark
//! above a warm baseline, in thousandths of n_pix^2 doubles; and the calibration published with
//! `qube.memory_budget` (CosmoForge, arXiv 2605.21149), in hundredths of GiB. tests/held.rs holds the
//! model to both.

use super::bytes::Bytes;
use super::model::Model;
use super::stages::{Budget, Path, Point};
use crate::Result;

/// Pixels from which a matrix of doubles is larger than 32 MiB, the largest threshold above which the C
/// library returns what is freed to the system (M_MMAP_THRESHOLD, mallopt(3)): a smaller matrix may
/// stay with the process, so that a later stage may hold more than its arrays.
const LEAST_PIXELS: u64 = 2048;

/// A stage of a run: what the model says and what was measured, in one unit.
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

const fn traditional(stage: &'static str, model: u64, measured: u64) -> Measurement {
    Measurement { path: Path::Traditional, stage, cached: None, model, measured }
}

const MEASUREMENTS: [Measurement; 26] = [
    // 1.3.0, T, n_pix 3008, n_modes 2397, lmax_signal 128, lmax 48.
    harmonic("covariance_setup", 2000, 1998),
    harmonic("basis_setup", 6661, 6876),
    harmonic("fisher_run", 5607, 5829),
    harmonic("spectra_run", 6242, 6444),
    // 1.3.0, T, n_pix 1624, n_modes 4221.
    harmonic("covariance_setup", 2000, 2001),
    harmonic("basis_setup", 13954, 15084),
    harmonic("fisher_run", 37380, 38675),
    harmonic("spectra_run", 44130, 46668),
    // Published: QU, n_pix 59136, n_modes 33274, lmax_signal 256, lmax 128; its end and its peak.
    harmonic("basis_setup", 5721, 5780),
    harmonic("basis_setup", 11259, 11320),
    // 1.3.0, T, n_pix 1624, n_params 6; cached; QU, n_pix 1472, n_params 21.
    pixel_direct("fisher_run", Some(false), 11000, 11030),
    pixel_direct("spectra_run", None, 8000, 8020),
    pixel_direct("fisher_run", Some(true), 15000, 15030),
    pixel_direct("fisher_run", Some(false), 26000, 25990),
    pixel_direct("spectra_run", None, 8000, 7980),
    // 1.1.0 and 1.2.0, T, n_pix 1624, n_params 6.
    pixel_direct("fisher_run", Some(false), 12000, 12030),
    pixel_direct("spectra_run", None, 9000, 9020),
    // Published: QU, n_pix 9800, n_params 18: above covariance_setup with switch; not cached; cached.
    pixel_direct("basis_setup", None, 143, 144),
    pixel_direct("fisher_run", Some(false), 1717, 1754),
    pixel_direct("fisher_run", Some(true), 2862, 2869),
    // Published: T, n_pix 4900, n_params 6, cached.
    pixel_direct("fisher_run", Some(true), 286, 300),
    // 1.3.0, T, n_pix 2112, n_params 6, cached, with 0.3 of kernels that were not compiled before.
    pixel_direct("spectra_run", Some(true), 12000, 12300),
    // 1.3.0, T, n_pix 1624, n_params 6.
    traditional("covariance_setup", 2000, 1990),
    traditional("prepare_covariance", 5000, 5010),
    traditional("fisher_run", 12000, 12030),
    traditional("spectra_run", 8000, 8020),
];

/// How a stage of a budget compares with measured runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calibration {
    /// A run held measured / model times the prediction; this is the largest such ratio. 1 and 1:
    /// no run held more.
    Measured { model: u64, measured: u64 },
    /// The same, but so few pixels that what is freed may stay with the process.
    TooSmall { model: u64, measured: u64 },
    /// The same of the records that the caller gave.
    Recorded { model: u64, measured: u64 },
    /// Ranks of ECLIPSE: the C library keeps freed arrays, more of them on small ranks.
    Ranks,
    /// It was never measured.
    Never,
}

impl Calibration {
    /// The calibration of a stage, without records of the caller.
    pub(crate) fn of(budget: &Budget, stage: &str) -> Calibration {
        if budget.path() == Path::Pipeline {
            return Calibration::of_points(budget.points(), stage);
        }
        if budget.path() == Path::Eclipse && budget.model() == Model::Held {
            return Calibration::Ranks;
        }
        let n_pix = budget.count("n_pix");
        let is_filtered = budget.count("working_dim").is_some_and(|rank| Some(rank) != n_pix);
        if budget.model() != Model::Held || is_filtered {
            return Calibration::Never;
        }
        let cached = budget.is_on("cache_derivatives");
        let excess = MEASUREMENTS
            .iter()
            .filter(|found| found.path == budget.path() && found.stage == stage)
            .filter(|found| found.cached.is_none_or(|of_run| of_run == cached))
            .max_by(|a, b| (a.measured * b.model).cmp(&(b.measured * a.model)));
        let Some(&Measurement { model, measured, .. }) = excess else { return Calibration::Never };
        let (model, measured) = if measured > model { (model, measured) } else { (1, 1) };
        if n_pix.is_some_and(|n_pix| n_pix < LEAST_PIXELS) {
            Calibration::TooSmall { model, measured }
        } else {
            Calibration::Measured { model, measured }
        }
    }

    /// The largest excess that a pipeline's own runs had in a stage.
    fn of_points(points: &[Point], stage: &str) -> Calibration {
        let product = |a: u64, b: u64| u128::from(a) * u128::from(b);
        let excess = points
            .iter()
            .filter(|point| point.stage == stage)
            .max_by(|a, b| product(a.measured, b.model).cmp(&product(b.measured, a.model)));
        match excess {
            Some(point) if point.measured <= point.model => {
                Calibration::Measured { model: 1, measured: 1 }
            }
            Some(&Point { model, measured, .. }) => Calibration::Measured { model, measured },
            None => Calibration::Never,
        }
    }

    /// The margin on `peak`; 0 without a calibration.
    pub(crate) fn margin(self, peak: Bytes, stage: &str) -> Result<Bytes> {
        match self {
            Calibration::Measured { model, measured }
            | Calibration::Recorded { model, measured }
            | Calibration::TooSmall { model, measured } => {
                peak.fraction(measured - model, model, || format!("the margin of stage '{stage}'"))
            }
            Calibration::Ranks => Ok(margin_of_rank(peak)),
            Calibration::Never => Ok(Bytes::ZERO),
        }
    }

    /// Whether measured runs cover the stage.
    pub fn is_calibrated(self) -> bool {
        matches!(
            self,
            Calibration::Measured { .. } | Calibration::Recorded { .. } | Calibration::Ranks
        )
    }

    /// In a few words.
    pub fn words(self) -> String {
        match self {
            Calibration::Measured { model: 1, measured: 1 } => "none: runs held no more".into(),
            Calibration::Measured { model, measured } => {
                format!("{}, measured", excess(model, measured))
            }
            Calibration::TooSmall { model, measured } => {
                format!("{}, measured; n_pix < {LEAST_PIXELS}", excess(model, measured))
            }
            Calibration::Ranks => "10 to 30 %, measured".into(),
            Calibration::Recorded { model, measured } => {
                format!("{}, from records", excess(model, measured))
            }
            Calibration::Never => "not calibrated: never measured".into(),
        }
    }
}

/// As a percentage, rounded up.
fn excess(model: u64, measured: u64) -> String {
    let hundredths = (u128::from(measured - model) * 10_000).div_ceil(model.into());
    percent(u64::try_from(hundredths).unwrap_or(u64::MAX))
}

/// Margin of a rank of ECLIPSE. In 26 runs ranks were resident 2 to 9 % beyond their heap above 300
/// MB, 9 to 34 % below 100 MB. The margin is 10 % and 30 % there, and in between it is linear: 0.3
/// - 0.2 (peak - 1e8) / 2e8 = (4e8 - peak) / 1e9.
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
pub(crate) fn percent(hundredths: u64) -> String {
    format!("{}.{:02} %", hundredths / 100, hundredths % 100)
}

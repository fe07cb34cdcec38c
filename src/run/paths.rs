//! QUBE's choice of path by time, and both paths side by side by memory.
//!
//! QUBE takes the harmonic path iff n_modes^3 <= (n_bins + 1) n_pix^3, with the rank of a pixel filter
//! for n_pix if there is one, whatever that holds; else the pixel-direct one. A run that crosses two data
//! splits takes the traditional path. Source: QUBE (CosmoForge), arXiv 2605.21149, and cosmocore 1.3.0.

use super::config::{Config, Run};
use super::job::Job;
use super::sizes::unless_overflow;
use crate::Result;
use crate::budget::bytes::Bytes;
use crate::budget::harmonic::HarmonicConfig;
use crate::budget::pixel_direct::PixelDirectConfig;
use crate::budget::stages::Path;

/// The path that QUBE takes by its estimate of time; exact for all sizes.
pub fn path_by_time(n_pix: u64, n_modes: u64, n_bins: u64) -> Path {
    let harmonic = product([n_modes, n_modes, n_modes]);
    // (n_bins + 1) n_pix^3 = n_bins n_pix^3 + n_pix^3, which needs 256 bits and so fits four words.
    let direct = sum(product([n_bins, n_pix, n_pix, n_pix]), product([n_pix, n_pix, n_pix]));
    if harmonic <= direct { Path::Harmonic } else { Path::PixelDirect }
}

/// A number of 256 bits, its highest word first, so that comparisons are those of the numbers.
type Wide = [u64; 4];

/// The product of four words at most.
fn product<const N: usize>(factors: [u64; N]) -> Wide {
    let mut product: Wide = [0, 0, 0, 1];
    for factor in factors {
        let mut carry = 0;
        for word in product.iter_mut().rev() {
            let wide = u128::from(*word) * u128::from(factor) + u128::from(carry);
            (*word, carry) = (wide as u64, (wide >> 64) as u64);
        }
    }
    product
}

/// The sum of two numbers that together have 256 bits at most.
fn sum(mut a: Wide, b: Wide) -> Wide {
    let mut carry = 0;
    for (word, more) in a.iter_mut().zip(b).rev() {
        let wide = u128::from(*word) + u128::from(more) + u128::from(carry);
        (*word, carry) = (wide as u64, (wide >> 64) as u64);
    }
    a
}

/// Both paths through one survey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The path that QUBE takes.
    pub by_time: Path,
    /// The harmonic path, then the pixel-direct one.
    pub sides: [PathSide; 2],
}

/// Memory of a path; absent where a number overflows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathSide {
    pub path: Path,
    pub lifetime_peak: Option<Bytes>,
    /// With inputs, baseline and margin.
    pub per_node: Option<Bytes>,
}

impl PathSide {
    fn of(path: Path, run: &Run, job: &Job) -> Result<PathSide> {
        let budget = unless_overflow(run.budget())?;
        let request = match &budget {
            Some(budget) => unless_overflow(budget.request(&job.without_cap()))?,
            None => None,
        };
        Ok(PathSide {
            path,
            lifetime_peak: budget.map(|budget| budget.lifetime_peak_bytes()),
            per_node: request.map(|request| request.per_node_bytes()),
        })
    }

    pub fn fits(&self, limit: Bytes) -> bool {
        self.per_node.is_some_and(|bytes| bytes <= limit)
    }
}

/// The path that QUBE takes of these two for one run, by time.
fn path_of(harmonic: &HarmonicConfig, direct: &PixelDirectConfig) -> Path {
    let n_pix = harmonic.working_dim.unwrap_or(harmonic.n_pix);
    let [n_pix, n_modes, n_bins] = [n_pix, harmonic.n_modes, direct.n_bins].map(i64::unsigned_abs);
    path_by_time(n_pix, n_modes, n_bins)
}

impl Run {
    /// Chooses between the harmonic and the pixel-direct run as QUBE does, by time, and adds a note
    /// on the choice. Errors: those of both runs, except an overflow on the path not taken.
    pub fn by_time(harmonic: Run, direct: Run) -> Result<Run> {
        let (Config::Harmonic(modes), Config::PixelDirect(bins)) =
            (harmonic.config(), direct.config())
        else {
            return Ok(harmonic);
        };
        unless_overflow(modes.budget())?;
        unless_overflow(bins.budget())?;
        let rank = modes.working_dim.map(|rank| ("working_dim", rank));
        let (pixels, n_pix) = rank.unwrap_or(("n_pix", modes.n_pix));
        let path = path_of(modes, bins);
        let sign = if path == Path::Harmonic { "<=" } else { ">" };
        let note = format!(
            "QUBE takes the {} path, by time: n_modes^3 {sign} (n_bins + 1) {pixels}^3, with n_modes {}, \
             n_bins {}, {pixels} {n_pix}; another size may change that",
            path.name(),
            modes.n_modes,
            bins.n_bins,
        );
        Ok(if path == Path::Harmonic { harmonic } else { direct }.noted(note))
    }

    /// A run on the traditional path, with a note that QUBE takes it to cross two data splits.
    pub fn crossing(traditional: Run) -> Run {
        let note = "QUBE takes the traditional path to cross two data splits (do_cross)";
        traditional.noted(note.to_owned())
    }

    /// Both of QUBE's paths: this one with its switches, the other one with the published defaults.
    /// None for ECLIPSE, and where the survey does not determine both. Errors: those of the run and
    /// the job, except overflows.
    pub fn paths(&self, job: &Job) -> Result<Option<Paths>> {
        // A bad job is refused, whether there are two paths to put on it or not.
        unless_overflow(self.budget().and_then(|budget| job.checked(&budget)))?;
        let Some(other) = self.other_path() else { return Ok(None) };
        let (harmonic, direct) = match self.config() {
            Config::Harmonic(_) => (self, &other),
            _ => (&other, self),
        };
        let (Config::Harmonic(modes), Config::PixelDirect(bins)) =
            (harmonic.config(), direct.config())
        else {
            return Ok(None);
        };
        Ok(Some(Paths {
            by_time: path_of(modes, bins),
            sides: [
                PathSide::of(Path::Harmonic, harmonic, job)?,
                PathSide::of(Path::PixelDirect, direct, job)?,
            ],
        }))
    }
}

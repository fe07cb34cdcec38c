//! Which of QUBE's two paths: by time, as QUBE itself decides, and by memory, side by side.
//!
//! QUBE takes the harmonic path iff n_modes^3 <= (n_bins + 1) n_pix^3, whatever that holds. Source: QUBE
//! (CosmoForge), arXiv 2605.21149.

use super::bytes::Bytes;
use super::inverse::unless_overflow;
use super::job::Job;
use super::run::{Config, Run};
use super::stage::Path;
use crate::Result;

/// The path that QUBE takes, by the time that it expects; exact for all sizes.
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

/// What a path holds; absent where a number overflows.
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

impl Run {
    /// Both of QUBE's paths, this one with its switches and the other with the published defaults; none
    /// for ECLIPSE, and where the survey does not tell the sizes of both. Errors: those of the run and
    /// the job, but what overflows is no error.
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
        let [n_pix, n_modes, n_bins] =
            [modes.n_pix, modes.n_modes, bins.n_bins].map(i64::unsigned_abs);
        Ok(Some(Paths {
            by_time: path_by_time(n_pix, n_modes, n_bins),
            sides: [
                PathSide::of(Path::Harmonic, harmonic, job)?,
                PathSide::of(Path::PixelDirect, direct, job)?,
            ],
        }))
    }
}

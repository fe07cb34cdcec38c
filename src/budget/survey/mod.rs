//! Derives the sizes of a run from a survey: fields, resolution, sky fraction and multipoles.
//!
//! With n_obs observed pixels of a HEALPix map (12 nside^2 pixels on the sphere):
//!
//! | size     | T                                        | QU      | TQU                  |
//! |----------|------------------------------------------|---------|----------------------|
//! | n_pix    | n_obs                                    | 2 n_obs | n_obs(T) + 2 n_obs(QU) |
//! | n_modes  | (lmax_eff + 1)^2 - lmin^2                | twice   | three times          |
//! | n_params | n_bins                                   | 3 n_bins | 6 n_bins            |
//!
//! lmax_eff is lmax where it is below lmax_signal (the switch), else lmax_signal. n_obs is given (a
//! mask's count), or round(12 nside^2 fsky), or that of a polar cap of whole rings, 2 i (i + 1) with
//! i = floor(nside sqrt(6 fsky)), as the masks of the published benchmarks are.
//!
//! Explicit sizes override estimated ones. A size that contradicts an exact relation is an error
//! that names both. Source: QUBE (CosmoForge), arXiv 2605.21149; HEALPix (Gorski et al. 2005).

mod multipoles;
mod pixels;
mod spectra;

pub(crate) use pixels::sphere;

use crate::budget::harmonic::HarmonicConfig;
use crate::budget::input::{Count, Derivation};
use crate::budget::pixel_direct::PixelDirectConfig;
use crate::budget::traditional::TraditionalConfig;
use crate::{Error, Result};

/// The maps of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fields {
    /// Temperature.
    T,
    /// Polarisation.
    Qu,
    /// Both.
    Tqu,
}

impl Fields {
    pub const ALL: [Fields; 3] = [Fields::T, Fields::Qu, Fields::Tqu];

    pub fn name(self) -> &'static str {
        match self {
            Fields::T => "T",
            Fields::Qu => "QU",
            Fields::Tqu => "TQU",
        }
    }

    /// The fields of this name, in capitals or not.
    pub fn named(name: &str) -> Option<Fields> {
        Fields::ALL.into_iter().find(|fields| fields.name().eq_ignore_ascii_case(name))
    }

    /// Harmonic fields: T; E and B.
    fn harmonic(self) -> u64 {
        match self {
            Fields::T => 1,
            Fields::Qu => 2,
            Fields::Tqu => 3,
        }
    }

    /// Spectra that they have: TT; EE, BB, EB; all six.
    pub fn spectra(self) -> u64 {
        match self {
            Fields::T => 1,
            Fields::Qu => 3,
            Fields::Tqu => 6,
        }
    }

    fn has_polarisation(self) -> bool {
        self != Fields::T
    }
}

/// A survey; absent sizes are derived from the others.
#[derive(Debug, Clone, PartialEq)]
pub struct Survey {
    pub fields: Fields,
    /// HEALPix resolution, a power of two, 1 to 2^29.
    pub nside: Option<i64>,
    /// The observed fraction of the sky, above 0, up to 1.
    pub fsky: Option<f64>,
    /// Whether the mask is a polar cap of whole rings; fsky is 1/6 at most then.
    pub polar_cap: bool,
    /// Observed pixels of one map, 1 or more; of the temperature map for TQU.
    pub n_obs: Option<i64>,
    /// Observed pixels of a polarisation map for TQU, where its mask is another one.
    pub n_obs_polarisation: Option<i64>,
    /// The least multipole: 2, unless given; 0 or more for T, 2 or more with polarisation.
    pub lmin: Option<i64>,
    /// The largest multipole that is estimated, up to lmax_signal; absent means all of them.
    pub lmax: Option<i64>,
    /// The largest multipole in the signal covariance; absent where nothing depends on it.
    pub lmax_signal: Option<i64>,
    /// Bins of multipoles, 1 or more.
    pub n_bins: Option<i64>,
    /// Spectra, 1 or more: those that the fields have, unless given.
    pub n_spectra: Option<i64>,
    pub n_pix: Option<i64>,
    pub n_modes: Option<i64>,
    pub n_params: Option<i64>,
}

/// A size, and its derivation if it has one.
type Size = (u64, Option<String>);

impl Survey {
    /// A survey with no other size.
    pub fn new(fields: Fields, lmax_signal: impl Into<Option<i64>>) -> Survey {
        Survey {
            fields,
            nside: None,
            fsky: None,
            polar_cap: false,
            n_obs: None,
            n_obs_polarisation: None,
            lmin: None,
            lmax: None,
            lmax_signal: lmax_signal.into(),
            n_bins: None,
            n_spectra: None,
            n_pix: None,
            n_modes: None,
            n_params: None,
        }
    }

    /// The config of the harmonic path, with its derivations. Errors: `Input`, `Figure`, a value
    /// outside its range; `Missing`, nothing to derive a size from; `Conflict`, `Contradiction`,
    /// values that contradict each other; `Overflow`.
    pub fn harmonic(&self) -> Result<HarmonicConfig> {
        let mut derivations = Vec::new();
        let n_pix = noted("n_pix", self.pixels()?, &mut derivations)?;
        let n_modes = noted("n_modes", self.modes()?, &mut derivations)?;
        let n_spectra = noted("n_spectra", self.estimated_spectra()?, &mut derivations)?;
        Ok(HarmonicConfig {
            lmax: self.lmax,
            n_spectra: Some(n_spectra),
            derivations,
            notes: self.notes(),
            ..HarmonicConfig::new(n_pix, n_modes, self.lmax_signal)
        })
    }

    /// The config of the pixel-direct path, in the same way.
    pub fn pixel_direct(&self) -> Result<PixelDirectConfig> {
        let n_bins = self.bins()?;
        let mut derivations = Vec::new();
        let n_pix = noted("n_pix", self.pixels()?, &mut derivations)?;
        let n_params = noted("n_params", self.params(n_bins)?, &mut derivations)?;
        Ok(PixelDirectConfig {
            lmax: self.lmax,
            n_spectra: self.n_spectra,
            derivations,
            notes: self.notes(),
            ..PixelDirectConfig::new(n_pix, self.lmax_signal, n_bins, n_params)
        })
    }

    /// The config of the traditional path, in the same way.
    pub fn traditional(&self) -> Result<TraditionalConfig> {
        let direct = self.pixel_direct()?;
        Ok(TraditionalConfig {
            n_bins: Some(direct.n_bins),
            n_spectra: direct.n_spectra,
            lmax: direct.lmax,
            lmax_signal: direct.lmax_signal,
            derivations: direct.derivations,
            notes: direct.notes,
            ..TraditionalConfig::new(direct.n_pix, direct.n_params)
        })
    }

    /// Multipoles that the maps do not resolve.
    fn notes(&self) -> Vec<String> {
        let Some((most, nside)) = self.largest_lmax().zip(self.nside) else { return Vec::new() };
        [("lmax", self.lmax), ("lmax_signal", self.lmax_signal)]
            .into_iter()
            .filter_map(|(name, lmax)| Some((name, lmax.filter(|&lmax| lmax > most)?)))
            .map(|(name, lmax)| {
                format!(
                    "{name} {lmax} is above 4 nside = {most}, the most that nside {nside} resolves"
                )
            })
            .collect()
    }
}

fn positive(name: &'static str, value: i64) -> Result<u64> {
    Count::input(name, value).map(|count| count.value())
}

/// A size that was given and agrees with what others make of it.
fn agreeing(name: &'static str, value: u64, expected: u64, formula: String) -> Result<Size> {
    if value == expected {
        return Ok((value, None));
    }
    let from = format!("{formula} makes {expected}");
    Err(Error::Contradiction { name, value, from, expected })
}

fn missing(name: &'static str, needs: &'static str) -> Error {
    Error::Missing { name, needs }
}

fn beyond(name: &'static str, formula: &str) -> Error {
    Error::Overflow { what: name.into(), value: formula.into(), allowed: "at most 2^63 - 1" }
}

/// A size as a config has it, with a note if it was computed.
fn noted(
    name: &'static str,
    (value, from): Size,
    derivations: &mut Vec<Derivation>,
) -> Result<i64> {
    if let Some(from) = from {
        derivations.push(Derivation { name: name.into(), from });
    }
    i64::try_from(value).map_err(|_| beyond(name, &value.to_string()))
}

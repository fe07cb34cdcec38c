//! From a survey to the sizes of a run: what is observed, and how finely.
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
//! What is given wins over what would be estimated; what is given and contradicts an exact relation
//! is an error that says both. Source: QUBE (CosmoForge), arXiv 2605.21149; HEALPix (Gorski et al.
//! 2005).

use super::harmonic::HarmonicConfig;
use super::input::{Count, Derivation, check_lmax, params_of, too_many_bins};
use super::pixel_direct::PixelDirectConfig;
use super::traditional::TraditionalConfig;
use crate::{Error, Result};

/// The largest nside that HEALPix numbers pixels for.
const LARGEST_NSIDE: i64 = 1 << 29;

/// Multipoles that a map resolves, in units of its nside: QUBE's own ceiling.
const MULTIPOLES_PER_NSIDE: i64 = 4;

/// What is allowed of a largest multipole where the least one is not given.
const DOWN_TO_2: &str = "2 or more, or a smaller `lmin`";

/// Which maps a run takes.
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

/// What is known of a survey; absent sizes are computed from the others.
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

/// A size, and what it was computed from where it was.
type Size = (u64, Option<String>);

impl Survey {
    /// A survey of which nothing else is known yet.
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

    /// The inputs of the harmonic path, with what was computed and how. Errors: `Input`, `Figure`,
    /// a value outside its range; `Missing`, nothing to compute a size from; `Conflict`,
    /// `Contradiction`, values that contradict each other; `Overflow`.
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

    /// The inputs of the pixel-direct path, likewise.
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

    /// The inputs of the traditional path, likewise.
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

    /// The largest multipole that its maps resolve, 4 nside, where nside is known.
    pub fn largest_lmax(&self) -> Option<i64> {
        self.nside.and_then(|nside| nside.checked_mul(MULTIPOLES_PER_NSIDE))
    }

    /// The least lmax of which all bins have a multipole.
    pub(crate) fn least_lmax(&self) -> u64 {
        let lmin = self.lmin.unwrap_or(2).max(0).unsigned_abs();
        let bins = self.n_bins.unwrap_or(1).max(1).unsigned_abs();
        lmin.saturating_add(bins - 1).max(1)
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

    /// The bins that were given: each has a multipole or more.
    fn bins(&self) -> Result<i64> {
        let n_bins = self.n_bins.ok_or(missing("n_bins", "the number of bins, 1 or more"))?;
        let bins = Count::input("n_bins", n_bins)?;
        match self.multipoles()? {
            Some(multipoles) if bins.value() > multipoles => Err(too_many_bins(bins, multipoles)),
            _ => Ok(n_bins),
        }
    }

    /// Spectra that are estimated: given, or what the parameters make it, or all that the fields have.
    fn estimated_spectra(&self) -> Result<Size> {
        let n_bins = self.n_bins.map(|_| self.bins()).transpose()?;
        let params = n_bins.map(|n_bins| self.params(n_bins)).transpose()?;
        if let Some(given) = self.n_spectra {
            return Ok((self.spectra("n_spectra", given)?, None));
        }
        match (self.n_params, params, n_bins) {
            (Some(_), Some((n_params, _)), Some(n_bins)) => {
                let from = format!("{n_params} parameters / {n_bins} bins");
                Ok((n_params / n_bins.unsigned_abs(), Some(from)))
            }
            _ => {
                let from = format!("all that {} has", self.fields.name());
                Ok((self.fields.spectra(), Some(from)))
            }
        }
    }

    /// Pixels of all maps together.
    pub(super) fn pixels(&self) -> Result<Size> {
        let sphere = self.sphere()?;
        if let Some(fsky) = self.fsky
            && !(fsky > 0.0 && fsky <= 1.0)
        {
            let value = digits(fsky);
            return Err(Error::Figure {
                name: "fsky",
                value,
                allowed: "a fraction above 0, up to 1",
            });
        }
        if let (Some(n_obs), false) = (self.n_obs_polarisation, self.fields == Fields::Tqu) {
            return Err(Error::Figure {
                name: "n_obs_polarisation",
                value: format!("{n_obs} with the fields {}", self.fields.name()),
                allowed: "`n_obs` instead: only TQU has a second count of pixels",
            });
        }
        let given = self.n_pix.map(|n_pix| positive("n_pix", n_pix)).transpose()?;
        if let (Some(n_pix), None) = (given, self.n_obs) {
            return match self.n_obs_polarisation {
                None => Ok((n_pix, None)),
                // It is exact, so it has to agree with n_pix, which takes the other one to tell.
                Some(_) => {
                    Err(missing("n_obs", "it beside `n_obs_polarisation`, or `n_pix` alone"))
                }
            };
        }
        let (n_obs, from) = self.observed(sphere)?;
        let of_polarisation = match self.n_obs_polarisation {
            Some(n_obs) => Some(within(sphere, "n_obs_polarisation", n_obs)?),
            None => None,
        };
        let polarised = of_polarisation.unwrap_or(n_obs).checked_mul(2);
        let n_pix = match self.fields {
            Fields::T => Some(n_obs),
            Fields::Qu => polarised,
            Fields::Tqu => polarised.and_then(|polarised| polarised.checked_add(n_obs)),
        };
        let formula = match (self.fields, of_polarisation) {
            (Fields::T, _) => from,
            (Fields::Qu, _) => format!("2 x {from}"),
            (Fields::Tqu, None) => format!("3 x {from}"),
            (Fields::Tqu, Some(other)) => format!("{from} + 2 x {other} observed"),
        };
        let n_pix = n_pix.ok_or_else(|| beyond("n_pix", &formula))?;
        match given {
            Some(given) => agreeing("n_pix", given, n_pix, formula),
            None => Ok((n_pix, Some(formula))),
        }
    }

    /// Observed pixels of one map, and how that is known.
    pub(super) fn observed(&self, sphere: Option<u64>) -> Result<(u64, String)> {
        if let Some(n_obs) = self.n_obs {
            let n_obs = within(sphere, "n_obs", n_obs)?;
            return Ok((n_obs, format!("{n_obs} observed")));
        }
        let needs = "`n_pix`, `n_obs`, or `nside` with `fsky`";
        let (Some(nside), Some(sphere)) = (self.nside, sphere) else {
            return Err(missing("n_pix", needs));
        };
        let fsky = self.fsky.ok_or(missing("n_pix", needs))?;
        let share = digits(fsky);
        let (n_obs, from) = if self.polar_cap {
            if fsky > 1.0 / 6.0 {
                let allowed = "a fraction above 0, up to 1/6 for a polar cap";
                return Err(Error::Figure { name: "fsky", value: share, allowed });
            }
            let rings = (nside as f64 * (6.0 * fsky).sqrt()).floor() as u64;
            let n_obs = 2 * rings * (rings + 1);
            (n_obs, format!("{n_obs} in the {rings} rings of a polar cap"))
        } else {
            let n_obs = (sphere as f64 * fsky).round() as u64;
            (n_obs, format!("round(12 x {nside}^2 x {share})"))
        };
        if n_obs == 0 {
            return Err(Error::Figure {
                name: "fsky",
                value: format!("{share} at nside {nside}, less than a pixel"),
                allowed: "a fraction that holds a pixel, or a larger `nside`",
            });
        }
        Ok((n_obs, from))
    }

    /// Pixels on the sphere, where nside is given.
    pub(super) fn sphere(&self) -> Result<Option<u64>> {
        self.nside.map(sphere).transpose()
    }

    /// Modes of all fields together.
    fn modes(&self) -> Result<Size> {
        let given = self.n_modes.map(|given| positive("n_modes", given)).transpose()?;
        let lmax = match (self.estimated_lmax()?, given) {
            (Some(lmax), _) => lmax,
            (None, Some(given)) => return Ok((given, None)),
            (None, None) => return Err(missing("n_modes", "it, `lmax_signal`, or `lmax`")),
        };
        let lmin = self.least_multipole(lmax)?;
        let of_one =
            (u128::from(lmax.unsigned_abs()) + 1).pow(2) - u128::from(lmin.unsigned_abs()).pow(2);
        let fields = self.fields.harmonic();
        let formula = format!("{fields} x (({lmax} + 1)^2 - {lmin}^2)");
        let n_modes = u64::try_from(u128::from(fields) * of_one);
        let n_modes = n_modes.map_err(|_| beyond("n_modes", &formula))?;
        match given {
            Some(given) => agreeing("n_modes", given, n_modes, formula),
            None => Ok((n_modes, Some(formula))),
        }
    }

    /// Parameters: bins times spectra.
    fn params(&self, n_bins: i64) -> Result<Size> {
        let n_spectra = match self.n_spectra {
            Some(given) => self.spectra("n_spectra", given)?,
            None => self.fields.spectra(),
        };
        let formula = format!("{n_bins} bins x {n_spectra} spectra");
        let bins = Count::input("n_bins", n_bins)?;
        let n_params = params_of(bins, Count::constant("n_spectra", n_spectra))?;
        match self.n_params.map(|given| positive("n_params", given)).transpose()? {
            // With parameters alone, a run estimates some of the spectra.
            Some(given) if self.n_spectra.is_none() => {
                self.check_params(given, n_bins)?;
                Ok((given, None))
            }
            Some(given) => agreeing("n_params", given, n_params, formula),
            None => Ok((n_params, Some(formula))),
        }
    }

    /// A number of spectra that the fields have.
    fn spectra(&self, name: &'static str, value: i64) -> Result<u64> {
        let n_spectra = positive(name, value)?;
        if n_spectra <= self.fields.spectra() {
            return Ok(n_spectra);
        }
        Err(Error::Conflict {
            name,
            value,
            other: match self.fields {
                Fields::T => "the number of spectra of T",
                Fields::Qu => "the number of spectra of QU",
                Fields::Tqu => "the number of spectra of TQU",
            },
            other_value: self.fields.spectra() as i64,
            allowed: "at most that many",
        })
    }

    /// Parameters that were given: each bin has one for each spectrum that is estimated.
    fn check_params(&self, n_params: u64, n_bins: i64) -> Result<()> {
        let bins = n_bins.unsigned_abs();
        if n_params.is_multiple_of(bins) && n_params / bins <= self.fields.spectra() {
            return Ok(());
        }
        Err(Error::Conflict {
            name: "n_params",
            value: n_params as i64, // it was one
            other: "n_bins",
            other_value: n_bins,
            allowed: match self.fields {
                Fields::T => "as many: T has 1 spectrum",
                Fields::Qu => "1 to 3 times as many: QU has 3 spectra",
                Fields::Tqu => "1 to 6 times as many: TQU has 6 spectra",
            },
        })
    }

    /// Multipoles that are estimated, where it is known up to which.
    pub(crate) fn multipoles(&self) -> Result<Option<u64>> {
        let Some(lmax) = self.estimated_lmax()? else { return Ok(None) };
        let lmin = self.least_multipole(lmax)?;
        Ok(Some(lmax.abs_diff(lmin).saturating_add(1)))
    }

    /// The least multipole that is estimated, up to `lmax`.
    fn least_multipole(&self, lmax: i64) -> Result<i64> {
        let least = if self.fields.has_polarisation() { 2 } else { 0 };
        let lmin = self.lmin.unwrap_or(2);
        if (least..=lmax).contains(&lmin) {
            return Ok(lmin);
        }
        let allowed = "2 (T alone: 0) to the largest multipole estimated";
        Err(match (self.lmin, self.lmax) {
            (Some(value), _) => Error::Input { name: "lmin", value, allowed },
            (None, Some(value)) => Error::Input { name: "lmax", value, allowed: DOWN_TO_2 },
            (None, None) => Error::Input { name: "lmax_signal", value: lmax, allowed: DOWN_TO_2 },
        })
    }

    /// The largest multipole that is estimated, where it is known.
    fn estimated_lmax(&self) -> Result<Option<i64>> {
        if let Some(signal) = self.lmax_signal {
            positive("lmax_signal", signal)?;
        }
        let Some(lmax) = self.lmax else { return Ok(self.lmax_signal) };
        positive("lmax", lmax)?;
        if let Some(signal) = self.lmax_signal {
            check_lmax(lmax, signal)?;
        }
        Ok(Some(lmax))
    }
}

/// Pixels on the sphere of a HEALPix map.
pub(super) fn sphere(nside: i64) -> Result<u64> {
    if !(1..=LARGEST_NSIDE).contains(&nside) || !(nside as u64).is_power_of_two() {
        let allowed = "a power of two, 1 to 536870912 (2^29)";
        return Err(Error::Input { name: "nside", value: nside, allowed });
    }
    Ok(12 * (nside as u64).pow(2))
}

fn positive(name: &'static str, value: i64) -> Result<u64> {
    Count::input(name, value).map(|count| count.value())
}

/// A number of observed pixels that there are on the sphere.
fn within(sphere: Option<u64>, name: &'static str, value: i64) -> Result<u64> {
    let count = positive(name, value)?;
    match sphere {
        Some(sphere) if count > sphere => Err(Error::Conflict {
            name,
            value,
            other: "the number of pixels at this `nside`",
            other_value: sphere as i64, // 12 x 2^58 at most
            allowed: "at most that many",
        }),
        _ => Ok(count),
    }
}

/// A size that was given and agrees with what others make of it.
fn agreeing(name: &'static str, value: u64, expected: u64, formula: String) -> Result<Size> {
    if value == expected {
        return Ok((value, None));
    }
    let from = format!("{formula} makes {expected}");
    Err(Error::Contradiction { name, value, from, expected })
}

/// A fraction in as few digits as tell it, however small or large.
fn digits(fraction: f64) -> String {
    // The format compares, which for a NaN raises a floating-point flag.
    if fraction.is_nan() { "NaN".into() } else { format!("{fraction:?}") }
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

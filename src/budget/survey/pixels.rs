//! Observed pixels of a survey.

use super::{Fields, Size, Survey, agreeing, beyond, missing, positive};
use crate::{Error, Result};

/// The largest nside that HEALPix numbers pixels for.
const LARGEST_NSIDE: i64 = 1 << 29;

impl Survey {
    /// Pixels of all maps together.
    pub(crate) fn pixels(&self) -> Result<Size> {
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
    pub(crate) fn observed(&self, sphere: Option<u64>) -> Result<(u64, String)> {
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
    pub(crate) fn sphere(&self) -> Result<Option<u64>> {
        self.nside.map(sphere).transpose()
    }
}

/// Pixels on the sphere of a HEALPix map.
pub(crate) fn sphere(nside: i64) -> Result<u64> {
    if !(1..=LARGEST_NSIDE).contains(&nside) || !(nside as u64).is_power_of_two() {
        let allowed = "a power of two, 1 to 536870912 (2^29)";
        return Err(Error::Input { name: "nside", value: nside, allowed });
    }
    Ok(12 * (nside as u64).pow(2))
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

/// A fraction in as few digits as tell it, however small or large.
fn digits(fraction: f64) -> String {
    // The format compares, which for a NaN raises a floating-point flag.
    if fraction.is_nan() { "NaN".into() } else { format!("{fraction:?}") }
}

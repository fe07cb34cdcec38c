//! Multipoles and modes of a survey.

use super::{Size, Survey, agreeing, beyond, missing, positive};
use crate::budget::input::check_lmax;
use crate::{Error, Result};

/// Multipoles that a map resolves, in units of its nside: QUBE's own ceiling.
const MULTIPOLES_PER_NSIDE: i64 = 4;

/// Range of a largest multipole without `lmin`, for messages.
const DOWN_TO_2: &str = "2 or more, or a smaller `lmin`";

impl Survey {
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

    /// Modes of all fields together.
    pub(super) fn modes(&self) -> Result<Size> {
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

    /// Multipoles that are estimated, where it is known up to which.
    pub(crate) fn multipoles(&self) -> Result<Option<u64>> {
        let Some(lmax) = self.estimated_lmax()? else { return Ok(None) };
        let lmin = self.least_multipole(lmax)?;
        Ok(Some(lmax.abs_diff(lmin).saturating_add(1)))
    }

    /// The least multipole that is estimated, up to `lmax`.
    pub(super) fn least_multipole(&self, lmax: i64) -> Result<i64> {
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
    pub(super) fn estimated_lmax(&self) -> Result<Option<i64>> {
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

//! Bins, spectra and parameters of a survey.

use super::{Fields, Size, Survey, agreeing, missing, positive};
use crate::budget::input::{Count, params_of, too_many_bins};
use crate::{Error, Result};

impl Survey {
    /// The bins that were given: each has a multipole or more.
    pub(super) fn bins(&self) -> Result<i64> {
        let n_bins = self.n_bins.ok_or(missing("n_bins", "the number of bins, 1 or more"))?;
        let bins = Count::input("n_bins", n_bins)?;
        match self.multipoles()? {
            Some(multipoles) if bins.value() > multipoles => Err(too_many_bins(bins, multipoles)),
            _ => Ok(n_bins),
        }
    }

    /// Spectra that are estimated: given, or what the parameters make it, or all that the fields have.
    pub(super) fn estimated_spectra(&self) -> Result<Size> {
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

    /// Parameters: bins times spectra.
    pub(super) fn params(&self, n_bins: i64) -> Result<Size> {
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
    pub(super) fn spectra(&self, name: &'static str, value: i64) -> Result<u64> {
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
    pub(super) fn check_params(&self, n_params: u64, n_bins: i64) -> Result<()> {
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
}

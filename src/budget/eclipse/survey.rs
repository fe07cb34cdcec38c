//! From a survey to ECLIPSE's sizes: nside, and the observed pixels in temperature and polarisation.

use super::{Code, EclipseConfig};
use crate::budget::input::Derivation;
use crate::budget::survey::Survey;
use crate::{Error, Result};

impl Survey {
    /// The config with the sizes that it leaves out. The fields are those of its code: T, QU for EB, TQU
    /// for TEB. Multipoles are those of the config. Errors: `Input`, `Figure`, a value outside its
    /// range; `Missing`, nothing to compute the pixels from; `Contradiction`, a size that the config
    /// and the survey both give, differently; `Overflow`.
    pub fn eclipse(&self, config: &EclipseConfig) -> Result<EclipseConfig> {
        if self.fields != config.code.fields() {
            return Err(Error::Figure {
                name: "fields",
                value: format!("{} with the code {}", self.fields.name(), config.code.name()),
                allowed: "T for the code T, QU for EB, TQU for TEB",
            });
        }
        let pixels = self.pixels().and_then(|_| self.observed(self.sphere()?));
        let (n_obs, from) = pixels.map_err(|error| match error {
            Error::Missing { .. } => Error::Missing {
                name: if config.code == Code::Eb { "pix_p" } else { "pix_t" },
                needs: "it, `n_obs`, or `nside` with `fsky`",
            },
            other => other,
        })?;
        let polarised = match self.n_obs_polarisation {
            Some(given) => (given.unsigned_abs(), format!("{given} observed")), // checked with pixels
            None => (n_obs, from.clone()),
        };
        let mut derivations = Vec::new();
        let mut size = |name: &'static str, given: Option<i64>, found: u64, from: String| {
            let found = i64::try_from(found).unwrap_or(i64::MAX);
            match given {
                Some(value) if value != found => {
                    let (from, expected) = (format!("{from} makes {found}"), found.unsigned_abs());
                    let value = value.unsigned_abs();
                    Err(Error::Contradiction { name, value, from, expected })
                }
                Some(_) => Ok(given),
                None => {
                    derivations.push(Derivation { name: name.into(), from });
                    Ok(Some(found))
                }
            }
        };
        let pix_t = match config.code {
            Code::Eb => config.pix_t,
            _ => size("pix_t", config.pix_t, n_obs, from)?,
        };
        let pix_p = match config.code {
            Code::T => config.pix_p,
            _ => size("pix_p", config.pix_p, polarised.0, polarised.1)?,
        };
        let nside = match self.nside {
            Some(nside) => size("nside", config.nside, nside as u64, "the survey".into())?,
            None => config.nside,
        };
        Ok(EclipseConfig { pix_t, pix_p, nside, derivations, ..config.clone() })
    }
}

//! The survey on the command line: the flags from which sizes are derived.

use qube_budget::Error;
use qube_budget::budget::{Fields, Survey};

use crate::configuration::{Configuration, Flags};
use crate::failure::Failure;

/// The flags. They need the fields, from --fields or from QUBE's configuration.
#[derive(clap::Args)]
#[command(next_help_heading = "From a survey")]
pub struct Sky {
    /// Maps: T, QU or TQU; sizes left out are derived from the survey
    #[arg(long, value_name = "FIELDS", value_parser = fields)]
    fields: Option<Fields>,
    /// HEALPix nside, a power of two
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    nside: Option<i64>,
    /// Observed fraction of the sky, above 0, up to 1
    #[arg(long, value_name = "F", allow_negative_numbers = true)]
    fsky: Option<f64>,
    /// Observe whole rings around a pole, as QUBE's benchmarks do
    #[arg(long, requires = "fsky")]
    polar_cap: bool,
    /// Observed pixels of one map (TQU: of T)
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    n_obs: Option<i64>,
    /// Observed pixels of a polarisation map (TQU), if its mask differs
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    n_obs_polarisation: Option<i64>,
    /// Smallest multipole, 2 or more; T: 0 or more [default: 2]
    #[arg(long, value_name = "L", allow_negative_numbers = true)]
    lmin: Option<i64>,
}

impl Sky {
    /// The flags that override a configuration.
    pub fn flags(&self) -> Flags {
        let &Sky { fields, nside, lmin, .. } = self;
        Flags { fields, nside, lmin, lmax: None, lmax_signal: None }
    }

    /// The survey; none without fields. `file` has the flags already.
    pub fn survey(
        &self,
        file: Option<&Configuration>,
        n_pix: Option<i64>,
    ) -> Result<Option<Survey>, Failure> {
        let Some(fields) = file.map(|file| file.fields).or(self.fields) else {
            return if self.is_empty() {
                Ok(None)
            } else {
                let name = "sizes from a survey";
                let needs = "its `fields` (T, QU or TQU), too";
                Err(Error::Missing { name, needs }.into())
            };
        };
        let is_counted = n_pix.is_some() || self.n_obs.is_some() || self.fsky.is_some();
        let mask = match file {
            Some(file) if !is_counted => file.observed()?,
            _ => None,
        };
        let (n_obs, n_obs_polarisation) = mask.unzip();
        Ok(Some(Survey {
            nside: file.map(|file| file.nside).or(self.nside),
            fsky: self.fsky,
            polar_cap: self.polar_cap,
            n_obs: self.n_obs.or(n_obs),
            n_obs_polarisation: self.n_obs_polarisation.or(n_obs_polarisation.flatten()),
            lmin: file.map(|file| file.lmin).or(self.lmin),
            ..Survey::new(fields, None)
        }))
    }

    fn is_empty(&self) -> bool {
        let counts = [self.nside, self.n_obs, self.n_obs_polarisation, self.lmin];
        counts.iter().all(Option::is_none) && self.fsky.is_none()
    }
}

pub fn fields(name: &str) -> Result<Fields, &'static str> {
    Fields::named(name).ok_or("give T, QU or TQU")
}

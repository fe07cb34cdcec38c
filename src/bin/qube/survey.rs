//! What is observed, on the command line: the flags that sizes can be computed from.

use qube_budget::Error;
use qube_budget::budget::{Fields, Survey};

/// The flags; without --fields none of them counts, and sizes are given.
#[derive(clap::Args)]
#[command(next_help_heading = "From a survey")]
pub struct Sky {
    /// Maps: T, QU or TQU; derives the sizes left out
    #[arg(long, value_name = "FIELDS", value_parser = fields)]
    fields: Option<Fields>,
    /// HEALPix resolution, a power of two
    #[arg(long, value_name = "N", requires = "fields", allow_negative_numbers = true)]
    nside: Option<i64>,
    /// Observed fraction of the sky, above 0, up to 1
    #[arg(long, value_name = "F", requires = "fields", allow_negative_numbers = true)]
    fsky: Option<f64>,
    /// Mask whole rings around a pole, as the benchmarks do
    #[arg(long, requires = "fsky")]
    polar_cap: bool,
    /// Observed pixels of one map (TQU: of T)
    #[arg(long, value_name = "COUNT", requires = "fields", allow_negative_numbers = true)]
    n_obs: Option<i64>,
    /// Observed pixels of a polarisation map (TQU), if its mask differs
    #[arg(long, value_name = "COUNT", requires = "fields", allow_negative_numbers = true)]
    n_obs_polarisation: Option<i64>,
}

impl Sky {
    /// The survey; none without --fields.
    pub fn survey(&self, lmax_signal: Option<i64>) -> Result<Option<Survey>, Error> {
        let Some(fields) = self.fields else { return Ok(None) };
        let (name, needs) = ("the multipoles of the survey", "`lmax_signal`");
        let lmax_signal = lmax_signal.ok_or(Error::Missing { name, needs })?;
        Ok(Some(Survey {
            nside: self.nside,
            fsky: self.fsky,
            polar_cap: self.polar_cap,
            n_obs: self.n_obs,
            n_obs_polarisation: self.n_obs_polarisation,
            ..Survey::new(fields, lmax_signal)
        }))
    }
}

/// A size that no survey gives.
pub fn given(name: &'static str, value: Option<i64>) -> Result<i64, Error> {
    value.ok_or(Error::Missing { name, needs: "it, 1 or more, or a survey (`fields`)" })
}

fn fields(name: &str) -> Result<Fields, &'static str> {
    Fields::named(name).ok_or("give T, QU or TQU")
}

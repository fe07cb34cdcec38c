//! What is observed, on the command line: the flags that sizes can be computed from.

use qube_budget::budget::{Fields, Survey};

/// The flags; without --fields there are none of them, and sizes have to be given.
#[derive(clap::Args)]
#[command(next_help_heading = "From a survey")]
pub struct Sky {
    /// Maps, T, QU or TQU: sizes that are not given come from a survey
    #[arg(long, value_name = "FIELDS", value_parser = fields)]
    fields: Option<Fields>,
    /// HEALPix resolution, a power of two
    #[arg(long, value_name = "N", requires = "fields", allow_negative_numbers = true)]
    nside: Option<i64>,
    /// Observed fraction of the sky, above 0, up to 1
    #[arg(long, value_name = "F", requires = "fields", allow_negative_numbers = true)]
    fsky: Option<f64>,
    /// A mask of whole rings around a pole, as in the benchmarks
    #[arg(long, requires = "fsky")]
    polar_cap: bool,
    /// Observed pixels of one map, a mask's count; for TQU of T
    #[arg(long, value_name = "COUNT", requires = "fields", allow_negative_numbers = true)]
    n_obs: Option<i64>,
    /// For TQU of a polarisation map, if that is another mask
    #[arg(long, value_name = "COUNT", requires = "fields", allow_negative_numbers = true)]
    n_obs_polarisation: Option<i64>,
}

impl Sky {
    /// The survey; none without --fields.
    pub fn survey(&self, lmax_signal: i64) -> Option<Survey> {
        Some(Survey {
            nside: self.nside,
            fsky: self.fsky,
            polar_cap: self.polar_cap,
            n_obs: self.n_obs,
            n_obs_polarisation: self.n_obs_polarisation,
            ..Survey::new(self.fields?, lmax_signal)
        })
    }
}

/// A size that has to be given, as there is no survey.
pub fn given(flag: &'static str, value: Option<i64>) -> Result<i64, String> {
    value.ok_or_else(|| {
        format!(
            "{flag} is not given; allowed: 1 or more, or a survey to compute it from (--fields)"
        )
    })
}

fn fields(name: &str) -> Result<Fields, &'static str> {
    Fields::named(name).ok_or("allowed: T, QU or TQU")
}

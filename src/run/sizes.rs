//! Sizes of a run that can be varied, and the run with another value of one.

use super::config::{Config, Run};
use crate::budget::eclipse::EclipseConfig;
use crate::budget::name::Name;
use crate::budget::pixel_direct::PixelDirectConfig;
use crate::budget::survey::Survey;
use crate::budget::traditional::TraditionalConfig;
use crate::{Error, Result};

/// A size that can be varied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Size {
    /// HEALPix resolution, at a fixed fraction of the sky and fixed multipoles.
    Nside,
    /// The largest multipole that is estimated, up to 4 nside where a survey has nside. Where QUBE's
    /// survey names one, it moves up to lmax_signal; where it does not, all are estimated and
    /// lmax_signal moves.
    Lmax,
    /// Bins of multipoles, with as many parameters for each; of a survey, as many as it has multipoles.
    NBins,
    /// Maps of ECLIPSE.
    Maps,
    /// Nodes: the fewest, of 2^14 at most.
    Nodes,
    /// Ranks on each node: the most, of 2^20 at most, of ECLIPSE's 2^10.
    RanksPerNode,
    /// A parameter of a pipeline, by its name.
    Parameter(Name),
}

impl Size {
    pub const ALL: [Size; 6] =
        [Size::Nside, Size::Lmax, Size::NBins, Size::Maps, Size::Nodes, Size::RanksPerNode];

    pub fn name(&self) -> &str {
        match self {
            Size::Nside => "nside",
            Size::Lmax => "lmax",
            Size::NBins => "n_bins",
            Size::Maps => "maps",
            Size::Nodes => "nodes",
            Size::RanksPerNode => "ranks_per_node",
            Size::Parameter(name) => name,
        }
    }

    /// The size of this name, as in C and JSON (`n_bins`) or as a flag (`n-bins`).
    pub fn named(name: &str) -> Option<Size> {
        Size::ALL.into_iter().find(|size| size.name() == name.replace('-', "_"))
    }

    /// The size in words.
    pub fn words(&self) -> &str {
        match self {
            Size::Nside => "nside",
            Size::Lmax => "lmax",
            Size::NBins => "number of bins",
            Size::Maps => "number of maps",
            Size::Nodes => "number of nodes",
            Size::RanksPerNode => "number of ranks on a node",
            Size::Parameter(name) => name,
        }
    }

    /// The value that the search looks for.
    pub fn largest(&self) -> Name {
        match self {
            Size::Nside => "largest nside".into(),
            Size::Lmax => "largest lmax".into(),
            Size::NBins => "largest number of bins".into(),
            Size::Maps => "largest number of maps".into(),
            Size::Nodes => "fewest nodes".into(),
            Size::RanksPerNode => "most ranks".into(),
            Size::Parameter(name) => format!("largest {name}").into(),
        }
    }
}

/// Turns an overflow, or a negative size of a pipeline, into `None`.
pub(super) fn unless_overflow<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::Overflow { .. } | Error::Negative { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

impl Run {
    /// The size that a pipeline has under this name, which may be that of a built-in one.
    pub(super) fn own_size(&self, size: Size) -> Size {
        match (self.config(), size) {
            (Config::Pipeline(_), size @ (Size::Nodes | Size::RanksPerNode)) => size,
            (Config::Pipeline(_), size) => Size::Parameter(size.name().to_owned().into()),
            (_, size) => size,
        }
    }

    /// Whether the run's memory depends on a size. Errors: `Figure`, not a size of this run, or one
    /// that other inputs replace.
    pub(super) fn depends_on(&self, size: &Size) -> Result<bool> {
        let not_free = |why: &str, allowed| {
            let value = format!("{} {why}", size.name());
            Err(Error::Figure { name: "largest", value, allowed })
        };
        match (self.config(), size, self.survey()) {
            (_, Size::Nodes | Size::RanksPerNode, _) => Ok(true),
            (Config::Pipeline(config), Size::Parameter(name), _) => config.depends_on(name),
            (Config::Built(_), _, _) => not_free(
                "of a builder's budget, whose sizes are fixed",
                "nodes or ranks_per_node, or a document with parameters",
            ),
            (config, Size::Parameter(_), _) | (config @ Config::Pipeline(_), _, _) => not_free(
                &format!("of the {} path", config.name()),
                "nside, lmax, n_bins, maps, nodes or ranks_per_node",
            ),
            (Config::Eclipse(_), Size::Lmax | Size::Maps, _) => Ok(true),
            (Config::Eclipse(_), _, _) => {
                not_free("of eclipse", "lmax, maps, nodes or ranks_per_node")
            }
            (config, Size::Maps, _) => not_free(
                &format!("of the {} path", config.name()),
                "nside, lmax, n_bins, nodes or ranks_per_node",
            ),
            (Config::Harmonic(_), Size::NBins, _)
            | (Config::PixelDirect(_) | Config::Traditional(_), Size::Lmax, _) => Ok(false),
            (Config::PixelDirect(_) | Config::Traditional(_), Size::NBins, _) => {
                self.params_per_bin().map(|_| true)
            }
            (_, Size::Nside | Size::Lmax, None) => not_free(
                "without a survey",
                "a survey too (`fields`; for nside also `nside` and `fsky`)",
            ),
            (_, Size::Nside, Some(survey)) => match (survey.nside, survey.n_pix, survey.n_obs) {
                (Some(_), None, None) => Ok(true),
                _ => not_free("beside a count of pixels", "`nside` and `fsky` instead of it"),
            },
            (_, Size::Lmax, Some(survey)) if survey.n_modes.is_some() => {
                not_free("beside a count of modes", "a survey without `n_modes`")
            }
            (_, Size::Lmax, Some(_)) => Ok(true),
        }
    }

    /// The same run with another value of a size that it depends on; `value` is at most 2^63 - 1.
    pub(super) fn with(&self, size: &Size, value: u64) -> Result<Run> {
        let value = value as i64;
        match (self.config(), size, self.survey()) {
            (Config::Pipeline(config), Size::Parameter(name), _) => {
                let number = config.pipeline().parameter_number(name)?;
                Ok(self.switched(config.with(number, value)))
            }
            (Config::Eclipse(config), Size::Lmax, _) => {
                Ok(self.switched(EclipseConfig { lmax: value, ..config.clone() }))
            }
            (Config::Eclipse(config), Size::Maps, _) => {
                Ok(self.switched(EclipseConfig { maps: value, ..config.clone() }))
            }
            (Config::PixelDirect(_) | Config::Traditional(_), Size::NBins, survey) => {
                let per_bin = self.params_per_bin()?;
                let n_params = per_bin.checked_mul(value).ok_or_else(|| Error::Overflow {
                    what: "n_params".into(),
                    value: format!("{per_bin} for each of {value} bins"),
                    allowed: "at most 2^63 - 1",
                })?;
                match (survey, self.config()) {
                    (Some(survey), _) => self.surveyed(Survey {
                        n_bins: Some(value),
                        n_params: survey.n_params.map(|_| n_params),
                        ..survey.clone()
                    }),
                    (None, Config::PixelDirect(config)) => Ok(self.switched(PixelDirectConfig {
                        n_bins: value,
                        n_params,
                        ..config.clone()
                    })),
                    (None, Config::Traditional(config)) => Ok(self.switched(TraditionalConfig {
                        n_bins: Some(value),
                        n_params,
                        ..config.clone()
                    })),
                    (None, _) => Ok(self.clone()),
                }
            }
            (_, Size::Nside, Some(survey)) => {
                self.surveyed(Survey { nside: Some(value), ..survey.clone() })
            }
            // All multipoles are estimated unless lmax says which; then it moves below lmax_signal.
            (_, Size::Lmax, Some(survey)) => self.surveyed(match survey.lmax {
                Some(_) => Survey { lmax: Some(value), ..survey.clone() },
                None => Survey { lmax_signal: Some(value), ..survey.clone() },
            }),
            _ => Ok(self.clone()),
        }
    }

    /// Parameters that each bin of the pixel-direct and of the traditional path has. Errors: `Missing`,
    /// no bins; `Conflict`, parameters that are no multiple of them.
    fn params_per_bin(&self) -> Result<i64> {
        let (n_bins, n_params) = match self.config() {
            Config::PixelDirect(config) => (config.n_bins, config.n_params),
            Config::Traditional(config) => {
                let needs = "the number of bins beside `n_params`";
                let missing = Error::Missing { name: "parameters of a bin", needs };
                (config.n_bins.ok_or(missing)?, config.n_params)
            }
            Config::Harmonic(_) | Config::Eclipse(_) | Config::Pipeline(_) | Config::Built(_) => {
                return Ok(0);
            }
        };
        if n_bins >= 1 && n_params >= 1 && n_params % n_bins == 0 {
            return Ok(n_params / n_bins);
        }
        Err(Error::Conflict {
            name: "n_params",
            value: n_params,
            other: "n_bins",
            other_value: n_bins,
            allowed: "a multiple of it, so that more bins mean more parameters",
        })
    }

    /// Most bins that the multipoles of the run allow.
    pub(super) fn most_bins(&self) -> Result<u64> {
        const ANY: u64 = i64::MAX as u64;
        let of_config = |lmax: Option<i64>, lmax_signal: Option<i64>| match lmax.or(lmax_signal) {
            Some(lmax) => lmax.unsigned_abs().saturating_add(1).min(ANY),
            None => ANY,
        };
        Ok(match (self.survey(), self.config()) {
            (Some(survey), _) => survey.multipoles()?.unwrap_or(ANY),
            (None, Config::PixelDirect(config)) => of_config(config.lmax, config.lmax_signal),
            (None, Config::Traditional(config)) => of_config(config.lmax, config.lmax_signal),
            (None, _) => ANY,
        })
    }
}

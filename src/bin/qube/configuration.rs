//! The keys of QUBE's YAML configuration on which memory depends.
//!
//! Keys that are read: `nside`, `spins`, `lmax`, `lmin`, `lmax_signal`, `lmin_signal`, `delta_ell`,
//! `bin_lmins`, `bin_lmaxs`, `do_cross`, and `maskfile`, whose observed pixels are counted unless flags
//! give their number. A relative path starts at the working directory, as in QUBE. An absent key has
//! QUBE's default, and a note of the budget names it; the last of repeated keys counts. Other keys
//! (files, beams, conventions, output) are ignored, as QUBE ignores unknown ones.
//!
//! Source: `cosmocore.settings.InputParams` and `cosmocore.bins.Bins` of cosmocore 1.3.0 (CosmoForge).

use std::path::Path;

use qube_budget::budget::Fields;
use qube_budget::run::QubeConfig;
use serde::Deserialize;
use serde_saphyr::options::DuplicateKeyPolicy;

use crate::failure::Failure;
use crate::{files, mask};

/// QUBE's defaults.
const NSIDE: i64 = 16;
const SPINS: [i64; 2] = [0, 2];
const LMAX: i64 = 64;
const LMIN: i64 = 2;
const DELTA_ELL: i64 = 1;
/// QUBE drops bins that reach below.
const LEAST_OF_BINS: i64 = 2;

/// The file's values, overridden by flags.
pub struct Configuration {
    pub fields: Fields,
    pub nside: i64,
    pub lmin: i64,
    lmax: i64,
    lmax_signal: i64,
    n_bins: i64,
    do_cross: bool,
    mask: Option<String>,
    notes: Vec<String>,
}

/// Flags that override the file's values before others are derived from them.
pub struct Flags {
    pub fields: Option<Fields>,
    pub nside: Option<i64>,
    pub lmin: Option<i64>,
    pub lmax: Option<i64>,
    pub lmax_signal: Option<i64>,
}

#[derive(Deserialize)]
struct File {
    nside: Option<i64>,
    spins: Option<Vec<i64>>,
    lmax: Option<i64>,
    lmin: Option<i64>,
    lmax_signal: Option<i64>,
    lmin_signal: Option<OneOrMany>,
    delta_ell: Option<i64>,
    bin_lmins: Option<Vec<i64>>,
    bin_lmaxs: Option<Vec<i64>>,
    #[serde(default)]
    do_cross: bool,
    maskfile: Option<String>,
}

/// One for all fields, or one for each.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(i64),
    Many(Vec<i64>),
}

impl Configuration {
    pub fn read(path: &Path, flags: &Flags) -> Result<Configuration, Failure> {
        let text = files::read(path)?;
        let options = serde_saphyr::options! {
            duplicate_keys: DuplicateKeyPolicy::LastWins,
            with_snippet: false,
        };
        let file: File = serde_saphyr::from_str_with_options(&text, options).map_err(|error| {
            Failure::in_file(path, format!("{error}; give a configuration of QUBE"))
        })?;
        file.resolved(flags).map_err(|reason| Failure::in_file(path, reason))
    }

    /// Observed pixels of its mask, if it names one: of a map, and of a polarisation map.
    pub fn observed(&self) -> Result<Option<(i64, Option<i64>)>, Failure> {
        let Some(mask) = &self.mask else { return Ok(None) };
        Ok(Some(mask::observed(Path::new(mask.trim()), self.fields, self.nside)?))
    }

    /// The run, without its survey.
    pub fn qube(&self) -> QubeConfig {
        QubeConfig {
            lmax: Some(self.lmax),
            lmax_signal: Some(self.lmax_signal),
            n_bins: Some(self.n_bins),
            do_cross: self.do_cross,
            notes: self.notes.clone(),
            ..QubeConfig::default()
        }
    }
}

impl File {
    fn resolved(self, flags: &Flags) -> Result<Configuration, String> {
        let mut defaults = Vec::new();
        let mut or_default = |name: &str, value: Option<i64>, default: i64| {
            value.unwrap_or_else(|| {
                defaults.push(format!("{name} {default}"));
                default
            })
        };
        let nside = or_default("nside", flags.nside.or(self.nside), NSIDE);
        let lmin = or_default("lmin", flags.lmin.or(self.lmin), LMIN);
        let lmax = or_default("lmax", flags.lmax.or(self.lmax), LMAX);
        let ceiling = nside.saturating_mul(4);
        let given_signal = flags.lmax_signal.or(self.lmax_signal);
        let lmax_signal = or_default("lmax_signal", given_signal, ceiling);
        let has_bins = self.bin_lmins.is_some() && self.bin_lmaxs.is_some();
        let delta_ell = match self.delta_ell {
            None if has_bins => DELTA_ELL, // not used
            given => or_default("delta_ell", given, DELTA_ELL),
        };
        let mut notes = Vec::new();
        let spins = self.spins.clone().unwrap_or_else(|| {
            defaults.push("spins [0, 2]".into());
            SPINS.to_vec()
        });
        let fields = match flags.fields {
            Some(fields) => fields,
            None => fields_of(&spins)?,
        };
        if !defaults.is_empty() {
            notes.push(format!("QUBE's defaults for {}", defaults.join(", ")));
        }
        let lmax = if lmax > lmax_signal && flags.lmax.is_none() {
            notes.push(format!("QUBE lowers lmax {lmax} to lmax_signal {lmax_signal}"));
            lmax_signal
        } else {
            lmax
        };
        let lmin_signal = match self.lmin_signal {
            None => LMIN,
            Some(OneOrMany::One(lmin)) => lmin,
            Some(OneOrMany::Many(ref all)) => all.iter().copied().min().unwrap_or(LMIN),
        };
        if lmin > lmin_signal {
            return Err(format!(
                "lmin is {lmin}, but lmin_signal is {lmin_signal}; give the same: budgets do not \
                 model a signal below lmin"
            ));
        }
        let n_bins = self.bins(lmin, lmax, delta_ell)?;
        let (do_cross, mask) = (self.do_cross, self.maskfile);
        Ok(Configuration { fields, nside, lmin, lmax, lmax_signal, n_bins, do_cross, mask, notes })
    }

    /// The number of bins that QUBE makes.
    fn bins(&self, lmin: i64, lmax: i64, delta_ell: i64) -> Result<i64, String> {
        if let (Some(from), Some(to)) = (&self.bin_lmins, &self.bin_lmaxs) {
            if from.len() != to.len() {
                return Err(format!(
                    "bin_lmins has {} bins, but bin_lmaxs has {}; give as many of both",
                    from.len(),
                    to.len()
                ));
            }
            let kept = from.iter().zip(to).filter(|&(&from, &to)| from.min(to) >= LEAST_OF_BINS);
            return match kept.count() {
                0 => Err("bin_lmins and bin_lmaxs have no bin above multipole 1; give one".into()),
                bins => Ok(bins as i64), // of a list in memory
            };
        }
        if delta_ell < 1 {
            return Err(format!("delta_ell is {delta_ell}; give 1 or more"));
        }
        let multipoles = lmax.saturating_sub(lmin).saturating_add(1);
        match multipoles / delta_ell {
            1.. => Ok(multipoles / delta_ell),
            _ => Err(format!(
                "delta_ell is {delta_ell}, but lmin {lmin} to lmax {lmax} has {} multipoles; give at \
                 most that many",
                multipoles.max(0)
            )),
        }
    }
}

fn fields_of(spins: &[i64]) -> Result<Fields, String> {
    match spins {
        [0] => Ok(Fields::T),
        [2] => Ok(Fields::Qu),
        [0, 2] => Ok(Fields::Tqu),
        other => Err(format!("spins is {other:?}; give [0], [2] or [0, 2]: T, QU or TQU")),
    }
}

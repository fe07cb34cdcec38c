//! Inputs of a budget: checked once, kept by name, repeated in every report.

use std::fmt;

use serde::Serialize;

use super::name::Name;
use crate::{Error, Result};

/// A size that is 1 or more, with the name that messages and formulas give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count {
    name: &'static str,
    value: u64,
}

impl Count {
    /// Checks an input of a config.
    pub(crate) fn input(name: &'static str, value: i64) -> Result<Count> {
        match u64::try_from(value) {
            Ok(positive) if positive > 0 => Ok(Count { name, value: positive }),
            _ => Err(Error::Input { name, value, allowed: "1 or more" }),
        }
    }

    /// Checks an input that may be absent.
    pub(crate) fn optional(name: &'static str, value: Option<i64>) -> Result<Option<Count>> {
        value.map(|value| Count::input(name, value)).transpose()
    }

    /// Whether both are known and the first is the smaller one.
    pub(crate) fn is_below(lmax: Option<Count>, lmax_signal: Option<Count>) -> bool {
        matches!((lmax, lmax_signal), (Some(a), Some(b)) if a.value < b.value)
    }

    /// A number that belongs to a formula, named by its digits.
    pub(crate) const fn constant(name: &'static str, value: u64) -> Count {
        Count { name, value }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    pub(crate) fn value(&self) -> u64 {
        self.value
    }
}

/// Checks `lmax` and `lmax_signal`. With `is_switch`, memory depends on which one is larger, so
/// `lmax` requires `lmax_signal`.
pub(crate) fn checked_lmax(
    lmax: Option<i64>,
    lmax_signal: Option<i64>,
    is_switch: bool,
) -> Result<[Option<Count>; 2]> {
    let signal = Count::optional("lmax_signal", lmax_signal)?;
    let Some(value) = lmax else { return Ok([None, signal]) };
    if value < 1 {
        return Err(Error::Input { name: "lmax", value, allowed: LMAX });
    }
    match lmax_signal {
        Some(signal) => check_lmax(value, signal)?,
        None if is_switch => {
            let needs = "`lmax_signal` beside `lmax`, or neither";
            return Err(Error::Missing { name: "the switch path", needs });
        }
        None => {}
    }
    Ok([Some(Count::input("lmax", value)?), signal])
}

/// Estimated multipoles must be in the signal covariance.
pub(crate) fn check_lmax(lmax: i64, lmax_signal: i64) -> Result<()> {
    if lmax <= lmax_signal {
        return Ok(());
    }
    Err(Error::Conflict {
        name: "lmax",
        value: lmax,
        other: "lmax_signal",
        other_value: lmax_signal,
        allowed: LMAX,
    })
}

/// Range of an lmax, for messages.
const LMAX: &str = "1 to `lmax_signal`, or leave it out";

/// A bin has at least one multipole, of 0 to the largest one that is estimated, where that is known.
pub(crate) fn check_bins(n_bins: Count, lmax: Option<Count>) -> Result<()> {
    match lmax.map(|lmax| lmax.value.saturating_add(1)) {
        Some(multipoles) if n_bins.value > multipoles => Err(too_many_bins(n_bins, multipoles)),
        _ => Ok(()),
    }
}

pub(crate) fn too_many_bins(n_bins: Count, multipoles: u64) -> Error {
    Error::Conflict {
        name: "n_bins",
        value: n_bins.value as i64, // it was one
        other: "the number of multipoles",
        other_value: multipoles as i64, // less than the bins
        allowed: "at most that many",
    }
}

/// Most spectra that any fields have: those of T, E and B.
pub(crate) const MOST_SPECTRA: u64 = 6;

/// Spectra of fields that are not known.
pub(crate) fn check_spectra(n_spectra: Option<Count>) -> Result<()> {
    match n_spectra {
        Some(Count { name, value }) if value > MOST_SPECTRA => {
            let allowed = "1 to 6: T has 1 spectrum, QU 3, TQU 6";
            Err(Error::Input { name, value: value as i64, allowed })
        }
        _ => Ok(()),
    }
}

/// Each bin has a parameter for each spectrum that is estimated.
pub(crate) fn check_params(n_params: Count, n_bins: Count, n_spectra: Option<Count>) -> Result<()> {
    check_spectra(n_spectra)?;
    if let Some(n_spectra) = n_spectra {
        let expected = params_of(n_bins, n_spectra)?;
        if n_params.value == expected {
            return Ok(());
        }
        let from = format!("{} bins x {} spectra makes {expected}", n_bins.value, n_spectra.value);
        return Err(Error::Contradiction {
            name: "n_params",
            value: n_params.value,
            from,
            expected,
        });
    }
    if n_params.value.is_multiple_of(n_bins.value) && n_params.value / n_bins.value <= MOST_SPECTRA
    {
        return Ok(());
    }
    Err(Error::Conflict {
        name: "n_params",
        value: n_params.value as i64, // it was one
        other: "n_bins",
        other_value: n_bins.value as i64, // likewise
        allowed: "1 to 6 times as many: T has 1 spectrum, QU 3, TQU 6",
    })
}

/// Parameters: bins times spectra.
pub(crate) fn params_of(n_bins: Count, n_spectra: Count) -> Result<u64> {
    let product = n_bins.value.checked_mul(n_spectra.value);
    product.filter(|&product| product <= i64::MAX as u64).ok_or_else(|| Error::Overflow {
        what: "n_params".into(),
        value: format!("{} bins x {} spectra", n_bins.value, n_spectra.value),
        allowed: "at most 2^63 - 1",
    })
}

/// An input as the budget keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    pub name: Name,
    pub value: InputValue,
    /// Its derivation, if it was computed.
    pub from: Option<String>,
}

/// How an input of a config was computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derivation {
    pub name: Name,
    pub from: String,
}

/// The value of an input. In JSON: a number, true or false, a text, or null for one that was left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum InputValue {
    Count(u64),
    Switch(bool),
    Name(Name),
    Absent,
}

impl Input {
    pub(crate) fn given(name: impl Into<Name>, value: InputValue) -> Input {
        Input { name: name.into(), value, from: None }
    }

    /// An input with its derivation, if a survey computed it.
    pub(crate) fn of(count: Count, derivations: &[Derivation]) -> Input {
        let from = derivations.iter().find(|known| known.name == count.name);
        Input { from: from.map(|known| known.from.clone()), ..Input::from(count) }
    }

    /// The same for an input that may be absent.
    pub(crate) fn optional(
        name: &'static str,
        count: Option<Count>,
        derivations: &[Derivation],
    ) -> Input {
        match count {
            Some(count) => Input::of(count, derivations),
            None => Input::given(name, InputValue::Absent),
        }
    }

    pub(crate) fn switch(name: impl Into<Name>, on: bool) -> Input {
        Input::given(name, InputValue::Switch(on))
    }
}

impl From<Count> for Input {
    fn from(count: Count) -> Input {
        Input::given(count.name, InputValue::Count(count.value))
    }
}

impl fmt::Display for InputValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InputValue::Count(value) => write!(f, "{value}"),
            InputValue::Switch(true) => write!(f, "yes"),
            InputValue::Switch(false) => write!(f, "no"),
            InputValue::Name(name) => write!(f, "{name}"),
            InputValue::Absent => write!(f, "absent"),
        }
    }
}

/// `n_pix 9800`, without what it was computed from.
impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.value)
    }
}

//! What a budget was computed from: inputs checked once, kept by name, told again in every report.

use std::fmt;

use serde::Serialize;

use super::term::Name;
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

/// No multipole is estimated that the signal covariance does not have.
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

/// What an lmax may be.
pub(crate) const LMAX: &str = "1 to `lmax_signal`, or leave it out";

/// An input as the budget keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    pub name: Name,
    pub value: InputValue,
    /// What it was computed from, where it was not given.
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

    /// Of a config that a survey made, with what it was computed from.
    pub(crate) fn of(count: Count, derivations: &[Derivation]) -> Input {
        let from = derivations.iter().find(|known| known.name == count.name);
        Input { from: from.map(|known| known.from.clone()), ..Input::from(count) }
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

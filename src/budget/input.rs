//! What a budget was computed from: inputs checked once, kept by name, told again in every report.

use std::fmt;

use serde::Serialize;

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

/// An input as the budget keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Input {
    pub name: &'static str,
    pub value: InputValue,
    /// Computed from a survey rather than given.
    pub derived: bool,
}

/// The value of an input. In JSON: a number, true or false, or null for one that was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum InputValue {
    Count(u64),
    Switch(bool),
    Absent,
}

impl Input {
    pub(crate) fn given(name: &'static str, value: InputValue) -> Input {
        Input { name, value, derived: false }
    }

    pub(crate) fn switch(name: &'static str, on: bool) -> Input {
        Input::given(name, InputValue::Switch(on))
    }
}

impl From<Count> for Input {
    fn from(count: Count) -> Input {
        Input::given(count.name, InputValue::Count(count.value))
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.name)?;
        match self.value {
            InputValue::Count(value) => write!(f, "{value}")?,
            InputValue::Switch(true) => write!(f, "yes")?,
            InputValue::Switch(false) => write!(f, "no")?,
            InputValue::Absent => write!(f, "absent")?,
        }
        if self.derived { write!(f, " (derived)") } else { Ok(()) }
    }
}

//! Failures of the command: a reason for stderr and an exit code.

use std::fmt::Display;
use std::path::Path;

use qube_budget::Error;

pub const MACHINE_FAILED: u8 = 1;
pub const BAD_INPUT: u8 = 2;
pub const DOES_NOT_FIT: u8 = 3;
/// The code by which shells report a process that SIGINT ended.
pub const INTERRUPTED: u8 = 130;

/// A reason and its exit code. The reason ends with what to do.
#[derive(Debug)]
pub struct Failure {
    pub code: u8,
    place: Option<String>,
    reason: Reason,
}

#[derive(Debug)]
enum Reason {
    /// An error of the library; its options are flags here.
    Options(Error),
    Text(String),
}

impl Failure {
    pub fn machine(reason: String) -> Failure {
        Failure { code: MACHINE_FAILED, place: None, reason: Reason::Text(reason) }
    }

    pub fn interrupted(reason: &str) -> Failure {
        Failure { code: INTERRUPTED, place: None, reason: Reason::Text(reason.into()) }
    }

    /// An error in a file; options keep their names of JSON.
    pub fn in_file(file: &Path, error: impl Display) -> Failure {
        format!("{}: {error}", file.display()).into()
    }

    /// The same failure, of one case of many.
    pub fn at(self, place: String) -> Failure {
        Failure { place: Some(place), ..self }
    }

    /// The message; `name` writes the name of each option.
    pub fn message(&self, name: &dyn Fn(&str) -> String) -> String {
        let reason = match &self.reason {
            Reason::Options(error) => error.words(name),
            Reason::Text(text) => text.clone(),
        };
        match &self.place {
            Some(place) => format!("{place}: {reason}"),
            None => reason,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let code = if error.is_of_machine() { MACHINE_FAILED } else { BAD_INPUT };
        Failure { code, place: None, reason: Reason::Options(error) }
    }
}

impl From<String> for Failure {
    fn from(reason: String) -> Failure {
        Failure { code: BAD_INPUT, place: None, reason: Reason::Text(reason) }
    }
}

impl From<&str> for Failure {
    fn from(reason: &str) -> Failure {
        reason.to_owned().into()
    }
}

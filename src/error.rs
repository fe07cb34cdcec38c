//! The one error of the crate. A variant carries what it names: the culprit by its label, the value
//! it had and what would be allowed. `ffi::status` gives each variant a C status of its own.
//!
//! A message ends with what to do, and calls an option by the name that the reader knows: `n_pix` in C,
//! Fortran, C++ and JSON, `--n-pix` on the command line. So the texts of the variants mark the names of
//! options by backticks, and [`Error::words`] writes each as its caller says. A field `name` may be such
//! a name as a whole.

use std::fmt;

/// What a call refused to do, and why.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// A budget input, a count or a truth value outside its range.
    Input { name: &'static str, value: i64, allowed: &'static str },

    /// The same of an input that is no integer: a fraction of the sky, a name.
    Figure { name: &'static str, value: String, allowed: &'static str },

    /// A size that was neither given nor follows from what was.
    Missing { name: &'static str, needs: &'static str },

    /// An input that contradicts what others make of it.
    Contradiction { name: &'static str, value: u64, from: String, expected: u64 },

    /// Two inputs, each allowed, that contradict each other.
    Conflict {
        name: &'static str,
        value: i64,
        other: &'static str,
        other_value: i64,
        allowed: &'static str,
    },

    /// A parameter of a pipeline that it does not have, that has no value, or one outside its range.
    Parameter { name: String, reason: String },

    /// A size in a document that comes to less than 0.
    Negative { place: String, formula: String, value: String },

    /// Calls of a builder that are out of order: an array or stage that is not there yet.
    NotHeld { name: String, reason: &'static str },

    /// A number that its type cannot hold; `limit` says which one that is.
    Overflow { what: String, value: String, allowed: &'static str },

    /// A stage that the budget does not have.
    UnknownStage { name: String, known: Vec<String> },

    /// A number that counts things from 0, beyond the last of them.
    Position { what: &'static str, value: i64, count: usize },

    /// An extent below 1.
    Extent { what: &'static str, label: String, extent: i64 },

    /// A power mean that is missing, or not a finite positive number.
    PowerMean { what: &'static str, label: String, k: usize, value: String, allowed: &'static str },

    /// A domain size that cannot be.
    Domain { label: String, size: i64, allowed: &'static str },

    /// A label that could not be told from others in a list, or a space that no label can tell.
    Label { what: &'static str, label: String, allowed: &'static str },

    /// A name without a meaning: an index that is not in the network.
    UnknownIndex { user: String, label: String, known: Vec<String> },

    /// An index whose space has no extent in the table.
    UnknownSpace { index: String, space: String, known: Vec<String> },

    /// A label given to two things, or a thing named twice where once is meant.
    Duplicate { what: &'static str, label: String, twice: &'static str },

    /// Text that is not in the expected form. `position` counts characters from 1.
    Parse { what: &'static str, position: usize, found: String, expected: String },

    /// A network without tensors.
    NoTensors,

    /// More of something than the method can take.
    TooLarge { what: &'static str, value: u64, limit: u64 },

    /// A target or tile size of batches below 1, or none where one is needed.
    Target { size: &'static str, what: &'static str, label: String, value: String },

    /// An option or weight outside its range.
    Option { name: &'static str, value: String, allowed: &'static str },

    /// A search that stopped at a limit with nothing to show, or without the proof that was asked for.
    Limit { name: &'static str, value: String, reached: &'static str, allowed: &'static str },

    /// A document (JSON) that says something it cannot mean.
    Document { what: &'static str, reason: String },

    /// A thing with a part that no document can hold.
    Unwritable { what: &'static str, part: String, allowed: &'static str },

    /// A plan or sequence that disagrees with an independent recomputation.
    Replay { reason: String },

    /// A host's callback that failed, or cancelled the call.
    Callback { name: &'static str, reason: String },

    /// What went wrong with one of many terms, counted from 0.
    Term { term: usize, error: Box<Error> },

    /// Threads that the operating system did not start.
    Threads { asked: usize, reason: String },

    /// The operating system did not answer a question.
    System { what: &'static str },
}

impl Error {
    /// The message, with the name of every option as `name` writes it.
    ///
    /// ```
    /// use qube_budget::budget::HarmonicConfig;
    /// let error = HarmonicConfig::new(0, 10, 2).budget().unwrap_err();
    /// assert_eq!(error.to_string(), "n_pix is 0; give 1 or more");
    /// let flag = |name: &str| format!("--{}", name.replace('_', "-"));
    /// assert_eq!(error.words(&flag), "--n-pix is 0; give 1 or more");
    /// ```
    pub fn words(&self, name: &dyn Fn(&str) -> String) -> String {
        let option = |text: &str| if is_option(text) { name(text) } else { marked(text, name) };
        let text = |text: &str| marked(text, name);
        match self {
            Error::Input { name, value, allowed } => {
                format!("{} is {value}; give {}", option(name), text(allowed))
            }
            Error::Figure { name, value, allowed } | Error::Option { name, value, allowed } => {
                format!("{} is {value}; give {}", option(name), text(allowed))
            }
            Error::Missing { name, needs } => {
                format!("cannot derive {}: give {}", option(name), text(needs))
            }
            Error::Contradiction { name, value, from, expected } => {
                let name = option(name);
                format!("{name} is {value}, but {from}; give {expected}, or leave {name} out")
            }
            Error::Conflict { name, value, other, other_value, allowed } => {
                let (name, other) = (option(name), option(other));
                format!("{name} is {value}, but {other} is {other_value}; give {}", text(allowed))
            }
            Error::Parameter { name, reason } => format!("parameter '{name}' {reason}"),
            Error::NotHeld { name, reason } => format!("'{name}' {reason}"),
            Error::Negative { place, formula, value } => {
                format!(
                    "{place} '{formula}' comes to {value}; choose sizes with which it is 0 or more"
                )
            }
            Error::Overflow { what, value, allowed } => {
                let what = if is_option(what) { name(what) } else { what.clone() };
                format!("{what} is too large: {value}; choose smaller sizes ({})", text(allowed))
            }
            Error::UnknownStage { name, known } => {
                format!("there is no stage '{name}'; name one of: {}", known.join(", "))
            }
            Error::Position { what, value, count: 0 } => {
                format!("{what} {value} does not exist: there are none; leave it out")
            }
            Error::Position { what, value, count } => {
                format!("{what} {value} does not exist; give 0 to {}", count - 1)
            }
            Error::Extent { what, label, extent } => {
                format!("{what} '{label}' has extent {extent}; give 1 or more")
            }
            Error::PowerMean { what, label, k, value, allowed } => {
                format!("power mean {k} of {what} '{label}' is {value}; give {}", text(allowed))
            }
            Error::Domain { label, size, allowed } => {
                format!("the domain size {label} is {size}; give {}", text(allowed))
            }
            Error::Label { what, label, allowed } => {
                format!("the label '{label}' of {what} is not allowed; use {}", text(allowed))
            }
            Error::UnknownIndex { user, label, known } => {
                let known = list(known);
                format!("{user} names index '{label}', which does not exist; use one of: {known}")
            }
            Error::UnknownSpace { index, space, known } => format!(
                "index '{index}' belongs to space '{space}', which has no extent; add it to \
                 {} (now: {})",
                option("extents"),
                list(known)
            ),
            Error::Duplicate { what, label, twice } => format!("{what} '{label}' {}", text(twice)),
            Error::Parse { what, position, found, expected } => {
                format!("{what}, character {position}: found {found}, expected {expected}")
            }
            Error::NoTensors => "the network has no tensors; add one or more".into(),
            Error::TooLarge { what, value, limit } => {
                format!("{}: {value}; use at most {limit}", text(what))
            }
            Error::Target { size, what, label, value } => {
                format!("{size} size of {what} '{label}' is {value}; give 1 or more")
            }
            Error::Limit { name, value, reached, allowed } => format!(
                "{} is {value}, and {reached} before the search ended; give {}",
                option(name),
                text(allowed)
            ),
            Error::Document { what, reason } => {
                format!("the document is not a valid {what}: {reason}")
            }
            Error::Unwritable { what, part, allowed } => {
                let allowed = text(allowed);
                format!("the {what} has {part}, which a document cannot hold; write {allowed}")
            }
            Error::Replay { reason } => {
                format!("the plan disagrees with an independent recomputation: {reason}")
            }
            Error::Callback { name, reason } => format!("the callback '{name}' failed: {reason}"),
            Error::Term { term, error } => format!("term {term}: {}", error.words(name)),
            Error::Threads { asked, reason } => {
                format!("{asked} threads cannot be started: {reason}; ask for fewer")
            }
            Error::System { what } => {
                format!("the operating system does not provide {}", text(what))
            }
        }
    }

    /// Whether the machine failed, and not the input: the same call may succeed elsewhere.
    pub fn is_of_machine(&self) -> bool {
        match self {
            Error::System { .. } | Error::Threads { .. } => true,
            Error::Term { error, .. } => error.is_of_machine(),
            _ => false,
        }
    }
}

/// With the names as C, Fortran, C++ and JSON have them.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words(&str::to_owned))
    }
}

impl std::error::Error for Error {}

pub type Result<T> = std::result::Result<T, Error>;

/// Whether a text is the name of an option and nothing else.
fn is_option(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// A text with each name between backticks as `name` writes it.
fn marked(text: &str, name: &dyn Fn(&str) -> String) -> String {
    let pieces = text.split('`').enumerate();
    pieces.map(|(at, piece)| if at % 2 == 1 { name(piece) } else { piece.into() }).collect()
}

/// Labels for a message: the first few, and how many more there are.
fn list(labels: &[String]) -> String {
    const SHOWN: usize = 12;
    if labels.is_empty() {
        return "none".into();
    }
    let mut text = labels.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if labels.len() > SHOWN {
        text += &format!(" and {} more", labels.len() - SHOWN);
    }
    text
}

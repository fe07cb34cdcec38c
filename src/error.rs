//! The one error of the crate. A variant carries the culprit by its label, the value it had and the
//! values that are allowed. `ffi::status` gives each variant a C status of its own.
//!
//! A message ends with what to do. It calls an option by the name that the reader knows: `n_pix` in C,
//! Fortran, C++ and JSON, `--n-pix` on the command line. The texts of the variants therefore put names
//! of options between backticks, and [`Error::words`] writes each as its caller says. A field `name`
//! may be one such name as a whole.

use std::fmt;

/// Why a call failed: which input, its value, and what to give instead.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// A budget input, a count or a truth value outside its range.
    Input { name: &'static str, value: i64, allowed: &'static str },

    /// An input that is no integer, outside its range: a fraction of the sky, a name.
    Figure { name: &'static str, value: String, allowed: &'static str },

    /// A size that is not given and cannot be derived. `needs` begins with "it" where the size itself
    /// may be given.
    Missing { name: &'static str, needs: &'static str },

    /// An input that contradicts the value `expected`, which follows from others (`from`).
    Contradiction { name: &'static str, value: u64, from: String, expected: u64 },

    /// Two inputs that contradict each other; each is allowed by itself.
    Conflict {
        name: &'static str,
        value: i64,
        other: &'static str,
        other_value: i64,
        allowed: &'static str,
    },

    /// A parameter that the pipeline does not have, without a value, or outside its range.
    Parameter { name: String, reason: String },

    /// A formula in a document whose value is negative.
    Negative { place: String, formula: String, value: String },

    /// Calls of a builder out of order: an array or stage that does not exist yet.
    NotHeld { name: String, reason: &'static str },

    /// A number that its type cannot hold; `allowed` states the range.
    Overflow { what: String, value: String, allowed: &'static str },

    /// A stage that the budget does not have.
    UnknownStage { name: String, known: Vec<String> },

    /// A number, counted from 0, beyond the last of `count` things.
    Position { what: &'static str, value: i64, count: usize },

    /// An extent below 1.
    Extent { what: &'static str, label: String, extent: i64 },

    /// A power mean that is missing, or not a finite positive number.
    PowerMean { what: &'static str, label: String, k: usize, value: String, allowed: &'static str },

    /// A domain size below 0, or domains that are all empty.
    Domain { label: String, size: i64, allowed: &'static str },

    /// A label that lists could not separate from others, or a space that no label can belong to.
    Label { what: &'static str, label: String, allowed: &'static str },

    /// An index that the network does not have; `user` names it.
    UnknownIndex { user: String, label: String, known: Vec<String> },

    /// An index whose space has no extent in the table.
    UnknownSpace { index: String, space: String, known: Vec<String> },

    /// A label of two things, or a thing named twice in a list that takes it once.
    Duplicate { what: &'static str, label: String, twice: &'static str },

    /// Text of another form. `position` counts characters from 1.
    Parse { what: &'static str, position: usize, found: String, expected: String },

    /// A network without tensors.
    NoTensors,

    /// More of something (`what`, in the plural) than the method takes.
    TooLarge { what: &'static str, value: u64, limit: u64 },

    /// A batch target or tile size below 1, or none where one is needed.
    Target { size: &'static str, what: &'static str, label: String, value: String },

    /// An option or weight outside its range.
    Option { name: &'static str, value: String, allowed: &'static str },

    /// A search that stopped at a limit without a plan, or without the proof that was asked for.
    /// `reached` says what met the limit.
    Limit { name: &'static str, value: String, reached: &'static str, allowed: &'static str },

    /// A document that is not valid: its syntax, its schema, or a value in it.
    Document { what: &'static str, reason: String },

    /// An object with a part that JSON cannot hold.
    Unwritable { what: &'static str, part: String, allowed: &'static str },

    /// A plan or sequence that disagrees with an independent recomputation.
    Replay { reason: String },

    /// A callback of the host that failed, or cancelled the call.
    Callback { name: &'static str, reason: String },

    /// The error of one of many terms, counted from 0.
    Term { term: usize, error: Box<Error> },

    /// Threads that the operating system refused to start.
    Threads { asked: usize, reason: String },

    /// A figure that the operating system does not provide.
    System { what: &'static str },
}

impl Error {
    /// The message; `name` writes the name of each option.
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
                let name = option(name);
                match needs.strip_prefix("it").filter(|rest| !rest.starts_with(char::is_alphabetic))
                {
                    Some(rest) => format!("cannot derive {name}: give {name}{}", text(rest)),
                    None => format!("cannot derive {name}: give {}", text(needs)),
                }
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
                format!("{place} '{formula}' is {value}; choose sizes that make it 0 or more")
            }
            Error::Overflow { what, value, allowed } => {
                let what = if is_option(what) { name(what) } else { what.clone() };
                format!("{what} is too large: {value}; choose smaller sizes ({})", text(allowed))
            }
            Error::UnknownStage { name, known } => {
                format!("there is no stage '{name}'; name one of: {}", known.join(", "))
            }
            Error::Position { what, value, count: 0 } => {
                format!("{what} {value} does not exist: the list is empty; leave it out")
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
                 {} (which has: {})",
                option("extents"),
                list(known)
            ),
            Error::Duplicate { what, label, twice } => format!("{what} '{label}' {}", text(twice)),
            Error::Parse { what, position, found, expected } => {
                format!("{what}, character {position}: found {found}, expected {expected}")
            }
            Error::NoTensors => "the network has no tensors; add one or more".into(),
            Error::TooLarge { what, value, limit } => {
                format!("too many {}: {value}; use at most {limit}", text(what))
            }
            Error::Target { size, what, label, value } => {
                format!("{size} size of {what} '{label}' is {value}; give 1 or more")
            }
            Error::Limit { name, value, reached, allowed } => format!(
                "stopped early: {} is {value}, and {reached}; give {}",
                option(name),
                text(allowed)
            ),
            Error::Document { what, reason } => {
                format!("the document is not a valid {what}: {reason}")
            }
            Error::Unwritable { what, part, allowed } => {
                let allowed = text(allowed);
                format!("JSON cannot hold {part} of the {what}; write {allowed}")
            }
            Error::Replay { reason } => {
                format!("the plan disagrees with an independent recomputation: {reason}")
            }
            Error::Callback { name, reason } => format!("the callback '{name}' failed: {reason}"),
            Error::Term { term, error } => format!("term {term}: {}", error.words(name)),
            Error::Threads { asked, reason } => {
                format!("cannot start {asked} threads: {reason}; ask for fewer")
            }
            Error::System { what } => {
                format!("the operating system does not provide {}", text(what))
            }
        }
    }

    /// Whether the machine failed, not the input: the same call may succeed on another machine.
    pub fn is_of_machine(&self) -> bool {
        match self {
            Error::System { .. } | Error::Threads { .. } => true,
            Error::Term { error, .. } => error.is_of_machine(),
            _ => false,
        }
    }
}

/// The message with the options' names of C, Fortran, C++ and JSON.
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

/// A text; `name` writes each name that stands between backticks.
fn marked(text: &str, name: &dyn Fn(&str) -> String) -> String {
    let pieces = text.split('`').enumerate();
    pieces.map(|(at, piece)| if at % 2 == 1 { name(piece) } else { piece.into() }).collect()
}

/// Labels for a message: the first few and the number of others.
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

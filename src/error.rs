//! The one error of the crate. A variant carries what it names: the culprit by its label, the value
//! it had and what would be allowed. `ffi::status` gives each variant a C status of its own.

/// What a call refused to do, and why.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A budget input, a count or a truth value outside its range.
    #[error("{name} is {value}; allowed: {allowed}")]
    Input { name: &'static str, value: i64, allowed: &'static str },

    /// The same of an input that is no integer: a fraction of the sky, a name.
    #[error("{name} is {value}; allowed: {allowed}")]
    Figure { name: &'static str, value: String, allowed: &'static str },

    /// A size that was neither given nor follows from what was.
    #[error("{name} is not known; allowed: {needs}")]
    Missing { name: &'static str, needs: &'static str },

    /// An input that contradicts what others make of it.
    #[error("{name} is {value}, but {from}; allowed: {expected}, or only one of them given")]
    Contradiction { name: &'static str, value: u64, from: String, expected: u64 },

    /// Two inputs, each allowed, that contradict each other.
    #[error("{name} is {value}, but {other} is {other_value}; allowed: {allowed}")]
    Conflict {
        name: &'static str,
        value: i64,
        other: &'static str,
        other_value: i64,
        allowed: &'static str,
    },

    /// A number that its type cannot hold; `limit` says which one that is.
    #[error("{what} is too large to be represented: {value}; allowed: {allowed}")]
    Overflow { what: String, value: String, allowed: &'static str },

    /// A stage that the budget does not have.
    #[error("there is no stage '{name}'; the stages are: {}", known.join(", "))]
    UnknownStage { name: String, known: Vec<String> },

    /// A number that counts things from 0, beyond the last of them.
    #[error("{what} number {value} does not exist; there are {count}, counted from 0")]
    Position { what: &'static str, value: i64, count: usize },

    /// An extent below 1.
    #[error("{what} '{label}' has extent {extent}; allowed: 1 or more")]
    Extent { what: &'static str, label: String, extent: i64 },

    /// A power mean that is missing, or not a finite positive number.
    #[error("power mean {k} of {what} '{label}' is {value}; allowed: {allowed}")]
    PowerMean { what: &'static str, label: String, k: usize, value: String, allowed: &'static str },

    /// A domain size that cannot be.
    #[error("the domain size {label} is {size}; allowed: {allowed}")]
    Domain { label: String, size: i64, allowed: &'static str },

    /// A label that could not be told from others in a list, or a space that no label can tell.
    #[error("the label '{label}' of {what} is not allowed; allowed: {allowed}")]
    Label { what: &'static str, label: String, allowed: &'static str },

    /// A name without a meaning: an index that is not in the network.
    #[error("{user} names index '{label}', which is not there; the indices are: {}", list(known))]
    UnknownIndex { user: String, label: String, known: Vec<String> },

    /// An index whose space has no extent in the table.
    #[error(
        "index '{index}' is of space '{space}', which has no extent; the spaces are: {}",
        list(known)
    )]
    UnknownSpace { index: String, space: String, known: Vec<String> },

    /// A label given to two things, or a thing named twice where once is meant.
    #[error("{what} '{label}' {twice}")]
    Duplicate { what: &'static str, label: String, twice: &'static str },

    /// Text that is not in the expected form. `position` counts characters from 1.
    #[error("{what}, character {position}: found {found}, expected {expected}")]
    Parse { what: &'static str, position: usize, found: String, expected: String },

    /// A network without tensors.
    #[error("the network has no tensors; allowed: 1 or more")]
    NoTensors,

    /// More of something than the method can take.
    #[error("{what}: {value}; allowed: at most {limit}")]
    TooLarge { what: &'static str, value: u64, limit: u64 },

    /// A target or tile size of batches below 1, or none where one is needed.
    #[error("{size} size of {what} '{label}' is {value}; allowed: 1 or more")]
    Target { size: &'static str, what: &'static str, label: String, value: String },

    /// An option or weight outside its range.
    #[error("{name} is {value}; allowed: {allowed}")]
    Option { name: &'static str, value: String, allowed: &'static str },

    /// A search that stopped at a limit with nothing to show, or without the proof that was asked for.
    #[error("{name} is {value}, and {reached} before the search ended; allowed: {allowed}")]
    Limit { name: &'static str, value: String, reached: &'static str, allowed: &'static str },

    /// A document (JSON) that says something it cannot mean.
    #[error("the document is not a valid {what}: {reason}")]
    Document { what: &'static str, reason: String },

    /// A thing with a part that no document can hold.
    #[error("the {what} has {part}, which a document cannot hold; allowed: {allowed}")]
    Unwritable { what: &'static str, part: String, allowed: &'static str },

    /// A plan or sequence that its replay does not bear out.
    #[error("the plan does not stand its replay: {reason}")]
    Replay { reason: String },

    /// A host's callback that failed, or cancelled the call.
    #[error("the callback '{name}' failed: {reason}")]
    Callback { name: &'static str, reason: String },

    /// What went wrong with one of many terms, counted from 0.
    #[error("term {term}: {error}")]
    Term { term: usize, error: Box<Error> },

    /// Threads that the operating system did not start.
    #[error(
        "{asked} threads cannot be started: {reason}; allowed: as many as the system has room for"
    )]
    Threads { asked: usize, reason: String },

    /// The operating system did not answer a question.
    #[error("the operating system does not tell {what}")]
    System { what: &'static str },
}

pub type Result<T> = std::result::Result<T, Error>;

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

//! Status codes, and the last error of a thread.

use std::cell::RefCell;
use std::ffi::{CString, c_char};

use crate::Error;

/// Success.
pub const QUBE_OK: i32 = 0;
/// A pointer that must not be NULL is NULL.
pub const QUBE_ERR_NULL: i32 = 1;
/// struct_size is wrong, or a field unknown to this library is not 0.
pub const QUBE_ERR_ABI: i32 = 2;
/// Text is not UTF-8.
pub const QUBE_ERR_UTF8: i32 = 4;
/// A budget input, a count or a truth value is out of range.
pub const QUBE_ERR_INPUT: i32 = 5;
/// Two inputs contradict each other, such as lmax > lmax_signal.
pub const QUBE_ERR_CONFLICT: i32 = 6;
/// A number exceeds its type, such as more than 2^63 - 1 bytes.
pub const QUBE_ERR_OVERFLOW: i32 = 7;
/// The budget has no such stage.
pub const QUBE_ERR_UNKNOWN_STAGE: i32 = 8;
/// The number of a tensor or rank is beyond the last one.
pub const QUBE_ERR_POSITION: i32 = 9;
/// An extent is below 1.
pub const QUBE_ERR_EXTENT: i32 = 10;
/// A power mean is missing, not finite or not above 0, or a domain size is impossible.
pub const QUBE_ERR_POWER_MEAN: i32 = 11;
/// The network has no such index.
pub const QUBE_ERR_UNKNOWN_INDEX: i32 = 12;
/// The table has no extent for a space.
pub const QUBE_ERR_UNKNOWN_SPACE: i32 = 13;
/// A label exists already, or something is named twice.
pub const QUBE_ERR_DUPLICATE: i32 = 14;
/// Text breaks its grammar; the message gives the position.
pub const QUBE_ERR_PARSE: i32 = 15;
/// The network has no tensors.
pub const QUBE_ERR_NO_TENSORS: i32 = 16;
/// Tensors, indices or work exceed the method's limits.
pub const QUBE_ERR_TOO_LARGE: i32 = 17;
/// A batch target or tile is below 1, or missing.
pub const QUBE_ERR_TARGET: i32 = 18;
/// An option, weight or format is out of range; NaN always is.
pub const QUBE_ERR_OPTION: i32 = 19;
/// A document is invalid, or a document cannot hold the object.
pub const QUBE_ERR_DOCUMENT: i32 = 20;
/// The operating system refused threads, or figures of memory.
pub const QUBE_ERR_SYSTEM: i32 = 21;
/// A label is empty or has control characters; no index has this space.
pub const QUBE_ERR_LABEL: i32 = 22;
/// A callback failed or cancelled, or its cost is not finite.
pub const QUBE_ERR_CALLBACK: i32 = 23;
/// A plan disagrees with an independent recomputation.
pub const QUBE_ERR_REPLAY: i32 = 24;
/// A limit or refused memory leaves no plan, no proof or no view.
pub const QUBE_ERR_LIMIT: i32 = 25;
/// A defect of the library; please report the message.
pub const QUBE_ERR_PANIC: i32 = 99;

/// The reason of a failed call: an error of the crate, or of the C interface alone.
pub(super) enum Failure {
    Core(Error),
    Null(&'static str),
    Abi(String),
    Utf8(&'static str),
    Memory { bytes: usize },
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Core(error)
    }
}

impl Failure {
    pub(super) fn status(&self) -> i32 {
        match self {
            Failure::Null(_) => QUBE_ERR_NULL,
            Failure::Abi(_) => QUBE_ERR_ABI,
            Failure::Utf8(_) => QUBE_ERR_UTF8,
            Failure::Memory { .. } => QUBE_ERR_LIMIT,
            Failure::Core(error) => status_of(error),
        }
    }

    /// The message on one line, as a host gets it.
    pub(super) fn line(&self) -> String {
        on_one_line(&self.message())
    }

    pub(super) fn message(&self) -> String {
        match self {
            Failure::Core(error) => error.to_string(),
            Failure::Null(name) => format!("{name} is NULL; pass a valid pointer"),
            Failure::Abi(message) => message.clone(),
            Failure::Utf8(name) => format!("{name} is not UTF-8; convert it"),
            Failure::Memory { bytes } => {
                format!("no memory for {bytes} more bytes; free some, or ask for less")
            }
        }
    }
}

/// A message without control characters: it quotes labels and values, and one in them would end it
/// early (NUL), break the host's log, or drive a terminal.
fn on_one_line(message: &str) -> String {
    let mut line = String::with_capacity(message.len());
    for character in message.chars() {
        match character {
            '\0' => line += "\\0",
            _ if character.is_control() => line.extend(character.escape_debug()),
            _ => line.push(character),
        }
    }
    line
}

/// The status of an error.
pub(super) fn status_of(error: &Error) -> i32 {
    match error {
        Error::Input { .. }
        | Error::Figure { .. }
        | Error::Missing { .. }
        | Error::Parameter { .. }
        | Error::Negative { .. } => QUBE_ERR_INPUT,
        Error::Conflict { .. } | Error::Contradiction { .. } | Error::NotHeld { .. } => {
            QUBE_ERR_CONFLICT
        }
        Error::Overflow { .. } => QUBE_ERR_OVERFLOW,
        Error::UnknownStage { .. } => QUBE_ERR_UNKNOWN_STAGE,
        Error::Position { .. } => QUBE_ERR_POSITION,
        Error::Extent { .. } => QUBE_ERR_EXTENT,
        Error::PowerMean { .. } | Error::Domain { .. } => QUBE_ERR_POWER_MEAN,
        Error::Label { .. } => QUBE_ERR_LABEL,
        Error::UnknownIndex { .. } => QUBE_ERR_UNKNOWN_INDEX,
        Error::UnknownSpace { .. } => QUBE_ERR_UNKNOWN_SPACE,
        Error::Duplicate { .. } => QUBE_ERR_DUPLICATE,
        Error::Parse { .. } => QUBE_ERR_PARSE,
        Error::NoTensors => QUBE_ERR_NO_TENSORS,
        Error::TooLarge { .. } => QUBE_ERR_TOO_LARGE,
        Error::Target { .. } => QUBE_ERR_TARGET,
        Error::Option { .. } => QUBE_ERR_OPTION,
        Error::Document { .. } | Error::Unwritable { .. } => QUBE_ERR_DOCUMENT,
        Error::System { .. } | Error::Threads { .. } => QUBE_ERR_SYSTEM,
        Error::Replay { .. } => QUBE_ERR_REPLAY,
        Error::Callback { .. } => QUBE_ERR_CALLBACK,
        Error::Limit { .. } => QUBE_ERR_LIMIT,
        Error::Term { error, .. } => status_of(error),
    }
}

thread_local! {
    static LAST_ERROR: RefCell<CString> = RefCell::default();
}

pub(super) fn set_last_error(message: String) {
    // What is on one line has no NUL.
    let message = CString::new(on_one_line(&message)).unwrap_or_default();
    // During the teardown of the thread nothing can read it any more.
    let _ = LAST_ERROR.try_with(|last| *last.borrow_mut() = message);
}

/// Explains this thread's last failure: the culprit by its label, its value, and what is allowed.
/// Calls that succeed leave the message as it is.
/// @return the message, valid until this thread's next failure or its end; "" before the first
///         failure; never NULL
#[unsafe(no_mangle)]
pub extern "C" fn qube_last_error() -> *const c_char {
    LAST_ERROR.try_with(|last| last.borrow().as_ptr()).unwrap_or(c"".as_ptr())
}

/// The message, for tests.
#[cfg(test)]
pub(super) fn last_error() -> String {
    // SAFETY: the message of this thread, copied at once.
    unsafe { std::ffi::CStr::from_ptr(qube_last_error()) }.to_str().unwrap().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_one_line() {
        assert_eq!(last_error(), "");
        set_last_error("index 'a\0b\n\u{1b}[2J\u{9b}': μ̃ 'stays'".into());
        assert_eq!(last_error(), r"index 'a\0b\n\u{1b}[2J\u{9b}': μ̃ 'stays'");
    }
}

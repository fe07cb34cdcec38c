//! Documents: formats, options, text.

use std::ffi::{CString, c_char};

use super::arena::nul;
use super::guard::guard;
use super::status::Failure;
use super::structs::{self, given, growable};
use crate::Error;

/// Table for people: lines of at most 100 columns, each with a newline; the layout may change.
pub const QUBE_FORMAT_TABLE: i32 = 1;
/// JSON on one line, without a newline; schema names its version.
pub const QUBE_FORMAT_JSON: i32 = 2;
/// Drawing: SVG 1.1, UTF-8, below a megabyte.
pub const QUBE_FORMAT_SVG: i32 = 3;
/// Graph for Graphviz.
pub const QUBE_FORMAT_DOT: i32 = 4;
/// Job script line that requests the memory, without a newline.
pub const QUBE_FORMAT_JOB_SCRIPT: i32 = 5;
/// The same per processor: --mem-per-cpu, LSF's slot.
pub const QUBE_FORMAT_JOB_SCRIPT_PER_CPU: i32 = 6;
/// Whole job script; replace ./program in it.
pub const QUBE_FORMAT_SCRIPT: i32 = 7;
/// A sentence and a table in Markdown, for a proposal.
pub const QUBE_FORMAT_MARKDOWN: i32 = 8;
/// Chrome trace events (JSON): a slice per stage, a counter of bytes held; for Perfetto.
pub const QUBE_FORMAT_TRACE: i32 = 9;
/// A bar per stage in UTF-8, lines of at most 100 columns.
pub const QUBE_FORMAT_BARS: i32 = 10;
/// The same in ASCII.
pub const QUBE_FORMAT_BARS_ASCII: i32 = 11;

/// Options of a document.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_render_options {
    pub struct_size: usize,
    /// Limit shown in pictures, traces and Markdown; 0 (default): none.
    pub limit_bytes: i64,
}

growable!(qube_render_options);

impl qube_render_options {
    /// The limit to show, if there is one.
    ///
    /// # Safety
    /// As for `read_or_defaults`.
    pub(super) unsafe fn limit(options: *const Self) -> Result<Option<i64>, Failure> {
        let limit_bytes = unsafe { structs::read_or_defaults(options) }?.limit_bytes;
        if limit_bytes < 0 {
            let (name, allowed) = ("limit_bytes", "1 or more, or 0 for none");
            return Err(Error::Input { name, value: limit_bytes, allowed }.into());
        }
        Ok(given(limit_bytes))
    }
}

/// Fills options with the defaults.
/// @param options      the struct to fill
/// @param struct_size  sizeof *options
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_render_options_init(
    options: *mut qube_render_options,
    struct_size: usize,
) -> i32 {
    guard(|| unsafe { structs::init(options, struct_size, "options") })
}

/// Frees the text of a _render call.
/// @param text  NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_text_free(text: *mut c_char) {
    if !text.is_null() {
        // SAFETY: the caller promises a text of `rendered`, which came from a CString.
        drop(unsafe { CString::from_raw(text) });
    }
}

/// The body of every `_render`: `*text` is the document, or NULL on failure.
pub(super) fn rendered(
    text: *mut *mut c_char,
    make: impl FnOnce() -> Result<String, Failure>,
) -> i32 {
    guard(|| {
        if text.is_null() {
            return Err(Failure::Null("text"));
        }
        // SAFETY: not NULL; the caller promises a writable pointer.
        unsafe { *text = std::ptr::null_mut() };
        let made = make()?;
        let made =
            CString::new(made).map_err(|error| nul(&String::from_utf8_lossy(&error.into_vec())))?;
        // SAFETY: as above.
        unsafe { *text = made.into_raw() };
        Ok(())
    })
}

/// The failure for a format that a type does not offer; `allowed` lists those that it does.
pub(super) fn no_such_format(format: i32, allowed: &'static str) -> Failure {
    Error::Option { name: "format", value: format.to_string(), allowed }.into()
}

//! Strings and arrays on their way in: NUL-terminated UTF-8, arrays with their counts.

use std::ffi::{CStr, c_char};

use super::status::Failure;
use super::structs::quiet;
use crate::Error;

/// Text that must be there and be UTF-8.
///
/// # Safety
/// A pointer that is not NULL points to NUL-terminated text that outlives the call.
pub(super) unsafe fn text_in<'a>(
    text: *const c_char,
    name: &'static str,
) -> Result<&'a str, Failure> {
    if text.is_null() {
        return Err(Failure::Null(name));
    }
    unsafe { CStr::from_ptr(text) }.to_str().map_err(|_| Failure::Utf8(name))
}

/// An array of `count` items; NULL is fine when `count` is 0. `names` are those of the two
/// arguments.
///
/// # Safety
/// A pointer that is not NULL points to `count` items that outlive the call.
pub(super) unsafe fn array_in<'a, T>(
    items: *const T,
    count: i64,
    names: (&'static str, &'static str),
) -> Result<&'a [T], Failure> {
    let fits = |&length: &usize| length <= isize::MAX as usize / size_of::<T>();
    let length = usize::try_from(count).ok().filter(fits).ok_or(Error::Input {
        name: names.1,
        value: count,
        allowed: "0 to the items that memory can hold",
    })?;
    match (items.is_null(), length) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(Failure::Null(names.0)),
        (false, _) => Ok(unsafe { std::slice::from_raw_parts(items, length) }),
    }
}

/// An array of `count` doubles, with quiet NaNs for signaling ones: an uninitialised number is
/// refused, not trapped.
///
/// # Safety
/// As for `array_in`.
pub(super) unsafe fn numbers_in(
    numbers: *const f64,
    count: i64,
    names: (&'static str, &'static str),
) -> Result<Vec<f64>, Failure> {
    Ok(unsafe { array_in(numbers, count, names) }?.iter().copied().map(quiet).collect())
}

/// An array of `count` strings.
///
/// # Safety
/// As for `array_in` and `text_in`.
pub(super) unsafe fn texts_in<'a>(
    texts: *const *const c_char,
    count: i64,
    names: (&'static str, &'static str),
) -> Result<Vec<&'a str>, Failure> {
    unsafe { array_in(texts, count, names) }?
        .iter()
        .map(|&text| unsafe { text_in(text, names.0) })
        .collect()
}

/// As `text_in`; NULL: none.
///
/// # Safety
/// As for `text_in`.
pub(super) unsafe fn optional_text_in<'a>(
    text: *const c_char,
    name: &'static str,
) -> Result<Option<&'a str>, Failure> {
    if text.is_null() { Ok(None) } else { unsafe { text_in(text, name) }.map(Some) }
}

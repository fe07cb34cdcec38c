//! Strings and arrays across the interface: text in as NUL-terminated UTF-8, text and arrays out by
//! "ask for the length, then fill".

use std::ffi::{CStr, c_char};

use super::status::Failure;
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

/// Copies `text` and a NUL to `buf`; with `buf` NULL and `cap` 0 only tells the length.
/// `*length` becomes the length without the NUL, also when the buffer is too short.
///
/// # Safety
/// `buf` is NULL or holds `cap` bytes; `length` is NULL (an error) or writable.
pub(super) unsafe fn text_out(
    text: &str,
    buf: *mut c_char,
    cap: usize,
    length: *mut usize,
) -> Result<(), Failure> {
    let length = unsafe { length.as_mut() }.ok_or(Failure::Null("length"))?;
    *length = text.len();
    if buf.is_null() {
        return if cap == 0 { Ok(()) } else { Err(Failure::Null("buf")) };
    }
    if cap <= text.len() {
        return Err(Failure::Buffer { needed: text.len() + 1, cap });
    }
    unsafe {
        std::ptr::copy_nonoverlapping(text.as_ptr(), buf.cast::<u8>(), text.len());
        *buf.add(text.len()) = 0;
    }
    Ok(())
}

/// Copies `items` to `out`; with `out` NULL and `cap` 0 only tells the length.
/// `*length` becomes the number of items, also when the array is too short.
///
/// # Safety
/// `out` is NULL or holds `cap` items; `length` is NULL (an error) or writable.
pub(super) unsafe fn array_out<T: Copy>(
    items: &[T],
    out: *mut T,
    cap: usize,
    length: *mut usize,
) -> Result<(), Failure> {
    let length = unsafe { length.as_mut() }.ok_or(Failure::Null("length"))?;
    *length = items.len();
    if out.is_null() {
        return if cap == 0 { Ok(()) } else { Err(Failure::Null("out")) };
    }
    if cap < items.len() {
        return Err(Failure::Buffer { needed: items.len(), cap });
    }
    unsafe { std::ptr::copy_nonoverlapping(items.as_ptr(), out, items.len()) };
    Ok(())
}

/// A number that counts things from 0, as a position among `count`.
pub(super) fn position(what: &'static str, value: i64, count: usize) -> Result<usize, Failure> {
    match usize::try_from(value) {
        Ok(position) if position < count => Ok(position),
        _ => Err(Error::Position { what, value, count }.into()),
    }
}

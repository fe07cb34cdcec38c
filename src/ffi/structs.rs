//! Structs that may grow: each begins with `struct_size`, which the caller sets to its own
//! `sizeof`. A host built against an older, shorter struct keeps working; one built against a
//! newer, longer struct works as long as it leaves the fields unknown here at zero.

use super::status::Failure;
use crate::Error;
use crate::budget::Model;

/// No struct will ever grow to this. A larger struct_size was left uninitialised: reading that far
/// would leave the struct.
const LARGEST: usize = 4096;

/// A `repr(C)` struct of plain numbers and pointers whose first field is `struct_size`.
///
/// # Safety
/// Implementors are `repr(C)`, begin with `struct_size: usize`, have no padding, and every bit
/// pattern of theirs is valid. [`growable`] implements it.
pub(super) unsafe trait Growable: Copy {
    /// The name in C, for messages.
    const NAME: &'static str;
    /// Bytes of the struct in the first release of this binary interface: the least a caller may
    /// pass.
    const BASELINE: usize;
    /// All fields at their defaults, `struct_size` included.
    fn defaults() -> Self;
}

/// Makes a struct growable: zero and NULL are the defaults of fields that are not listed.
macro_rules! growable {
    ($name:ident { $($field:ident: $value:expr),* $(,)? }) => {
        // SAFETY: repr(C) with struct_size first, plain numbers, pointers and optional functions:
        // all zeros is a value of each.
        unsafe impl $crate::ffi::structs::Growable for $name {
            const NAME: &'static str = stringify!($name);
            const BASELINE: usize = size_of::<$name>();
            fn defaults() -> Self {
                // SAFETY: as above.
                let zeros: $name = unsafe { std::mem::zeroed() };
                $name { struct_size: size_of::<$name>(), $($field: $value,)* ..zeros }
            }
        }
    };
    ($name:ident) => {
        $crate::ffi::structs::growable!($name {});
    };
}
pub(super) use growable;

fn check_size<T: Growable>(size: usize) -> Result<(), Failure> {
    if (T::BASELINE..=LARGEST).contains(&size) {
        return Ok(());
    }
    Err(Failure::Abi(format!(
        "{}.struct_size is {size}; set it to sizeof({}), here {}",
        T::NAME,
        T::NAME,
        T::BASELINE
    )))
}

/// A truth value in a struct: an int32_t in C, 0 or 1.
pub(super) fn truth(value: i32, name: &'static str) -> Result<bool, Failure> {
    match value {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Error::Input { name, value: value.into(), allowed: "0 or 1" }.into()),
    }
}

/// The model of a budget's numbers.
pub(super) fn model(value: i32) -> Result<Model, Failure> {
    let found = Model::ALL.into_iter().find(|&model| model as i32 == value);
    let allowed = "QUBE_MODEL_HELD (0), QUBE_MODEL_PUBLISHED (1) or QUBE_MODEL_PRINTED (2)";
    Ok(found.ok_or(Error::Input { name: "model", value: value.into(), allowed })?)
}

/// A size in a struct, where 0 means absent.
pub(super) fn given(value: i64) -> Option<i64> {
    (value != 0).then_some(value)
}

/// A number in a struct, where -1 means absent and 0 is a value.
pub(super) fn known(value: i64) -> Option<i64> {
    (value != -1).then_some(value)
}

/// A count or a number as C has it: nothing here has 2^63 of anything.
pub(super) fn number(value: usize) -> i64 {
    value as i64
}

/// The same number, but a quiet NaN for any NaN. Comparing a signaling one (gfortran's
/// -finit-real=snan) raises FE_INVALID, which hosts trap; testing its bits does not.
pub(super) fn quiet(value: f64) -> f64 {
    const MAGNITUDE: u64 = !(1 << 63);
    let is_nan = value.to_bits() & MAGNITUDE > f64::INFINITY.to_bits();
    if is_nan { f64::NAN } else { value }
}

/// Checks a reserved word of an input struct, which must be 0.
pub(super) fn unused(name: &'static str, value: i32) -> Result<(), Failure> {
    if value == 0 {
        return Ok(());
    }
    Err(Failure::Abi(format!("{name} is {value}; set it to 0")))
}

/// Reads a caller's struct over the defaults.
///
/// # Safety
/// `from` is NULL (an error) or points to `from->struct_size` readable bytes.
pub(super) unsafe fn read<T: Growable>(from: *const T, name: &'static str) -> Result<T, Failure> {
    if from.is_null() {
        return Err(Failure::Null(name));
    }
    let size = unsafe { from.cast::<usize>().read() };
    check_size::<T>(size)?;
    let known = size_of::<T>();
    if size > known {
        let tail =
            unsafe { std::slice::from_raw_parts(from.cast::<u8>().add(known), size - known) };
        if tail.iter().any(|&byte| byte != 0) {
            return Err(Failure::Abi(format!(
                "{} sets fields that this library does not know: its struct_size is {size}, here \
                 {known}; leave them 0, or load a newer library",
                T::NAME
            )));
        }
    }
    let mut value = T::defaults();
    unsafe {
        std::ptr::copy_nonoverlapping(
            from.cast::<u8>(),
            (&raw mut value).cast::<u8>(),
            size.min(known),
        );
    }
    Ok(value)
}

/// As `read`, but NULL means the defaults.
///
/// # Safety
/// `from` is NULL or points to `from->struct_size` readable bytes.
pub(super) unsafe fn read_or_defaults<T: Growable>(from: *const T) -> Result<T, Failure> {
    if from.is_null() { Ok(T::defaults()) } else { unsafe { read(from, T::NAME) } }
}

/// Fills a caller's struct with the defaults: the body of every `_init`.
///
/// # Safety
/// `to` is NULL (an error) or points to `size` writable bytes.
pub(super) unsafe fn init<T: Growable>(
    to: *mut T,
    size: usize,
    name: &'static str,
) -> Result<(), Failure> {
    unsafe { write_sized(&T::defaults(), to, size, name) }
}

/// Fills as much of a caller's view as it has room for (`to->struct_size`).
///
/// # Safety
/// `to` is NULL (an error) or points to `to->struct_size` writable bytes.
pub(super) unsafe fn write<T: Growable>(
    value: &T,
    to: *mut T,
    name: &'static str,
) -> Result<(), Failure> {
    if to.is_null() {
        return Err(Failure::Null(name));
    }
    let size = unsafe { to.cast::<usize>().read() };
    unsafe { write_sized(value, to, size, name) }
}

unsafe fn write_sized<T: Growable>(
    value: &T,
    to: *mut T,
    size: usize,
    name: &'static str,
) -> Result<(), Failure> {
    if to.is_null() {
        return Err(Failure::Null(name));
    }
    check_size::<T>(size)?;
    let known = size.min(size_of::<T>());
    unsafe {
        std::ptr::write_bytes(to.cast::<u8>(), 0, size);
        std::ptr::copy_nonoverlapping((&raw const *value).cast::<u8>(), to.cast::<u8>(), known);
        to.cast::<usize>().write(size);
    }
    Ok(())
}

//! Byte counts that C and Fortran can hold as signed 64-bit integers: at most 2^63 - 1. Larger ones
//! are errors.

use std::fmt;

use serde::Serialize;

use super::input::Count;
use crate::{Error, Result};

/// Bytes of one double (IEEE 754 binary64), which all arrays of the budgets hold.
const DOUBLE: u64 = 8;

const GIB: f64 = (1u64 << 30) as f64;

const ALLOWED: &str = "at most 2^63 - 1 bytes";

/// A number of bytes, 0 to 2^63 - 1.
///
/// `{}` prints two decimals of the largest unit that leaves a digit before the point, `{:#}` adds the
/// exact number: `57.21 GiB (61432607296 bytes)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Bytes(u64);

impl Bytes {
    pub const ZERO: Bytes = Bytes(0);
    pub const GIB: Bytes = Bytes(1 << 30);

    /// The bytes of a dense array of doubles, the product of `factors` times 8. `name` is the
    /// term's, for the message when they are too many.
    pub(crate) fn doubles(name: &str, factors: &[Count]) -> Result<Bytes> {
        let product = factors.iter().try_fold(DOUBLE, |product, f| product.checked_mul(f.value()));
        product.and_then(Self::checked).ok_or_else(|| {
            let formula: String = factors.iter().map(|f| format!(" * {}", f.name())).collect();
            let values: String = factors.iter().map(|f| format!(" * {}", f.value())).collect();
            Error::Overflow {
                what: format!("term '{name}'"),
                value: format!("{DOUBLE}{formula} = {DOUBLE}{values} bytes"),
                allowed: ALLOWED,
            }
        })
    }

    /// Narrows a product; `None` means that it exceeded 128 bits. `name` is the term, for the
    /// message.
    pub(crate) fn of_wide(name: &str, bytes: Option<u128>) -> Result<Bytes> {
        let narrow = bytes.and_then(|bytes| u64::try_from(bytes).ok()).and_then(Self::checked);
        narrow.ok_or_else(|| Error::Overflow {
            what: format!("the memory of '{name}' on a rank"),
            value: bytes.map_or("2^128 bytes or more".into(), |bytes| format!("{bytes} bytes")),
            allowed: ALLOWED,
        })
    }

    /// A sum over the ranks of a node.
    pub(crate) fn of_node(bytes: u128) -> Result<Bytes> {
        u64::try_from(bytes).ok().and_then(Self::checked).ok_or_else(|| Error::Overflow {
            what: "the memory of a node".into(),
            value: format!("{bytes} bytes"),
            allowed: ALLOWED,
        })
    }

    /// This times a count; `what` names the product in the message when it is too large.
    pub(crate) fn times(self, count: u64, what: impl FnOnce() -> String) -> Result<Bytes> {
        self.0.checked_mul(count).and_then(Self::checked).ok_or_else(|| Error::Overflow {
            what: what(),
            value: format!("{count} x {} bytes", self.0),
            allowed: ALLOWED,
        })
    }

    /// The fraction part / whole, of a whole that is not 0, rounded up; `what` as in `times`.
    pub(crate) fn fraction(
        self,
        part: u64,
        whole: u64,
        what: impl FnOnce() -> String,
    ) -> Result<Bytes> {
        // Two factors below 2^64 each.
        let bytes = (u128::from(self.0) * u128::from(part)).div_ceil(u128::from(whole));
        u64::try_from(bytes).ok().and_then(Self::checked).ok_or_else(|| Error::Overflow {
            what: what(),
            value: format!("{bytes} bytes"),
            allowed: ALLOWED,
        })
    }

    /// In units of 2^20 bytes, rounded up.
    pub fn whole_mib(self) -> u64 {
        self.0.div_ceil(1 << 20)
    }

    /// The share of each of a number of holders, rounded up.
    pub(crate) fn shared_by(self, count: u64) -> Bytes {
        Bytes(self.0.div_ceil(count))
    }

    /// The sum; `what` says of what, for the message when it is too large.
    pub(crate) fn plus(self, more: Bytes, what: impl FnOnce() -> String) -> Result<Bytes> {
        self.0.checked_add(more.0).and_then(Self::checked).ok_or_else(|| Error::Overflow {
            what: what(),
            value: format!("{} + {} bytes", self.0, more.0),
            allowed: ALLOWED,
        })
    }

    /// An existing number, such as a limit; none if negative.
    pub(crate) fn from_signed(value: i64) -> Option<Bytes> {
        u64::try_from(value).ok().map(Bytes)
    }

    /// A memory limit: 1 byte or more.
    pub(crate) fn limit(limit_bytes: i64) -> Result<Bytes> {
        let limit = Self::from_signed(limit_bytes).filter(|&limit| limit > Bytes::ZERO);
        limit.ok_or(Error::Input { name: "limit_bytes", value: limit_bytes, allowed: "1 or more" })
    }

    fn checked(value: u64) -> Option<Bytes> {
        (value <= i64::MAX as u64).then_some(Bytes(value))
    }

    pub fn get(self) -> u64 {
        self.0
    }

    /// The same number as C and Fortran have it.
    pub fn signed(self) -> i64 {
        self.0 as i64 // at most i64::MAX, see `checked`
    }

    /// In units of 2^30 bytes.
    pub fn gib(self) -> f64 {
        self.0 as f64 / GIB
    }

    /// A constant of a source; below 2^63.
    pub(crate) const fn constant(value: u64) -> Bytes {
        Bytes(value)
    }

    /// How much of these bytes is beyond `limit`; none if they are within it.
    pub(crate) fn beyond(self, limit: Bytes) -> Option<Bytes> {
        self.0.checked_sub(limit.0).filter(|&over| over > 0).map(Bytes)
    }

    /// How much of `limit` these bytes leave; 0 if they are beyond it.
    pub(crate) fn left_of(self, limit: Bytes) -> Bytes {
        Bytes(limit.0.saturating_sub(self.0))
    }
}

/// Units that are printed, the largest first.
const UNITS: [(u64, &str); 4] =
    [(1 << 40, "TiB"), (1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Bytes(bytes) = *self;
        let unit = UNITS.iter().find(|&&(unit, _)| bytes >= unit);
        let text = match (unit, f.alternate()) {
            (Some(&(unit, name)), false) => format!("{:.2} {name}", bytes as f64 / unit as f64),
            (Some(&(unit, name)), true) => {
                format!("{:.2} {name} ({bytes} bytes)", bytes as f64 / unit as f64)
            }
            (None, false) => format!("{bytes} B"),
            (None, true) if bytes == 1 => "1 byte".to_owned(),
            (None, true) => format!("{bytes} bytes"),
        };
        // With a width, as columns of a table have it, but without a precision.
        f.pad_integral(true, "", &text)
    }
}

//! Sizes in a log: as [`size`] reads them, and with the units whose meaning differs from program to
//! program, kB, KB, MB, GB and TB.
//!
//! They are powers of 1024 unless the log or the caller says otherwise: so print ECLIPSE and QUBE's
//! profiler (MB), Linux (kB in /proc) and GNU time (kbytes). A record says which meaning it took.

use super::Read;
use crate::budget::bytes::Bytes;
use crate::budget::size::{self, Fraction};

/// Meaning of kB, MB, GB and TB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Megabyte {
    /// Powers of 1000, as SI has them.
    Decimal,
    /// Powers of 1024, as most programs print them.
    Binary,
}

impl Megabyte {
    /// Of the base of its powers, 1000 or 1024.
    pub fn of(base: i64) -> Option<Megabyte> {
        match base {
            1000 => Some(Megabyte::Decimal),
            1024 => Some(Megabyte::Binary),
            _ => None,
        }
    }

    fn base(self) -> u128 {
        match self {
            Megabyte::Decimal => 1000,
            Megabyte::Binary => 1024,
        }
    }

    pub(super) fn note(self, asked: bool) -> String {
        match (self, asked) {
            (Megabyte::Decimal, _) => "kB, MB and GB are read as powers of 1000 bytes".into(),
            (Megabyte::Binary, true) => "kB, MB and GB are read as powers of 1024 bytes".into(),
            (Megabyte::Binary, false) => {
                "kB, MB and GB are read as powers of 1024 bytes, as ECLIPSE and QUBE print them; \
                 mb 1000 makes them powers of 1000"
                    .into()
            }
        }
    }
}

/// Reads a size, and tells whether its unit is one of those whose meaning differs.
pub(super) fn parse(text: &str, megabyte: Megabyte) -> Read<(Bytes, bool)> {
    let end = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = (text[..end].trim(), text[end..].trim_end());
    let power = match unit {
        "kB" | "KB" => 1,
        "MB" => 2,
        "GB" => 3,
        "TB" => 4,
        _ => return Ok((size::parse(text, Fraction::Rounded)?, false)),
    };
    let unit = megabyte.base().pow(power);
    Ok((size::decimal_times(number, unit, Fraction::Rounded)?, true))
}

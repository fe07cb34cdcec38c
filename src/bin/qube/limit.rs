//! An amount of memory on the command line: plain bytes, a number with a binary unit, or this
//! machine. Decimal numbers are exact: they must come to whole bytes.

use std::str::FromStr;

use qube_budget::{Error, machine};

const ALLOWED: &str = "bytes, or a number with KiB, MiB, GiB or TiB, or 'machine'";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    Bytes(i64),
    Machine,
}

impl Limit {
    pub fn bytes(self) -> Result<i64, Error> {
        match self {
            Limit::Bytes(bytes) => Ok(bytes),
            Limit::Machine => i64::try_from(machine::memory_limit()?)
                .map_err(|_| Error::System { what: "a memory limit below 2^63 bytes" }),
        }
    }
}

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Limit, String> {
        if text == "machine" {
            return Ok(Limit::Machine);
        }
        let end = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
        let (number, unit) = (text[..end].trim(), &text[end..]);
        let unit = match unit {
            "" | "B" => 1,
            "KiB" => 1 << 10,
            "MiB" => 1 << 20,
            "GiB" => 1 << 30,
            "TiB" => 1 << 40,
            _ => return Err(format!("the unit '{unit}' is not known; allowed: {ALLOWED}")),
        };
        whole_bytes(number, unit).map(Limit::Bytes)
    }
}

/// `number`, a decimal without sign or exponent, times `unit`.
fn whole_bytes(number: &str, unit: u128) -> Result<i64, String> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) {
        return Err(format!("'{number}' is not a number above 0; allowed: {ALLOWED}"));
    }
    let too_long = || "it has too many digits; allowed: at most 2^63 - 1 bytes".to_owned();
    let fraction = fraction.trim_end_matches('0');
    let places = u32::try_from(fraction.len()).map_err(|_| too_long())?;
    let scale = 10u128.checked_pow(places).ok_or_else(too_long)?;
    let scaled = format!("{whole}{fraction}").parse::<u128>().map_err(|_| too_long())?;
    let scaled_bytes = scaled.checked_mul(unit).ok_or_else(too_long)?;
    if scaled_bytes % scale != 0 {
        return Err(
            "it is not a whole number of bytes; allowed: a decimal that is, such as 1.5GiB"
                .to_owned(),
        );
    }
    i64::try_from(scaled_bytes / scale).map_err(|_| too_long())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_binary_and_decimals_exact() {
        for (text, bytes) in [
            ("1", 1),
            ("0", 0), // refused by the check, which names the value
            ("17B", 17),
            ("3KiB", 3072),
            ("1.5MiB", 1_572_864),
            ("1.50 GiB", 1_610_612_736),
            ("0.0009765625KiB", 1),
            ("2TiB", 2_199_023_255_552),
            ("9223372036854775807", i64::MAX),
        ] {
            assert_eq!(text.parse(), Ok(Limit::Bytes(bytes)), "{text}");
        }
        assert_eq!("machine".parse(), Ok(Limit::Machine));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            " ",
            ".",
            "1.",
            ".5GiB",
            "-1",
            "+1",
            "1e9",
            "12GB",
            "12gib",
            "GiB",
            "0.1GiB",
            "1.5",
            "9223372036854775808",
            "8388608TiB",
            "nan",
            "Machine",
            "1,5GiB",
            "１",
            "0.0000000000000000000000000000000000000000000000001TiB",
            "99999999999999999999999999999999999999999999GiB",
        ] {
            assert!(text.parse::<Limit>().is_err(), "{text}");
        }
    }
}

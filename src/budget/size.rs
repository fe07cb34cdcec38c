//! Parses memory sizes: plain bytes, or a decimal with a binary unit. Decimals are exact, not
//! floating-point numbers.

use super::bytes::Bytes;

const FORMS: &str =
    "give bytes, or a number with KiB, MiB, GiB or TiB (or K, M, G, T, as Slurm does)";

/// How to treat a fraction of a byte, such as that of 0.1 KiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fraction {
    /// It is an error: for limits, which are exact.
    Refused,
    /// Half a byte or more counts as one: for measurements, which were rounded when they were
    /// printed.
    Rounded,
}

/// Reads `text`, a number without sign or exponent, blanks, and a unit or none. On failure tells
/// why, ending with what is allowed.
pub fn parse(text: &str, fraction: Fraction) -> Result<Bytes, String> {
    let end = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = (text[..end].trim(), text[end..].trim_end());
    let unit = match unit {
        "" | "B" | "bytes" => 1,
        "KiB" | "K" => 1 << 10,
        "MiB" | "M" => 1 << 20,
        "GiB" | "G" => 1 << 30,
        "TiB" | "T" => 1 << 40,
        _ => return Err(format!("the unit '{unit}' is not known; {FORMS}")),
    };
    decimal_times(number, unit, fraction)
}

pub(crate) fn decimal_times(number: &str, unit: u128, fraction: Fraction) -> Result<Bytes, String> {
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(decimals) {
        return Err(format!("'{number}' is not a number above 0; {FORMS}"));
    }
    let too_large = || "it is too large; give at most 2^63 - 1 bytes".to_owned();
    let decimals = decimals.trim_end_matches('0');
    let too_long = || match decimals {
        "" => too_large(),
        _ => "it has too many digits; give fewer after the point".to_owned(),
    };
    let places = u32::try_from(decimals.len()).map_err(|_| too_long())?;
    let scale = 10u128.checked_pow(places).ok_or_else(too_long)?;
    let scaled = format!("{whole}{decimals}").parse::<u128>().map_err(|_| too_long())?;
    let scaled_bytes = scaled.checked_mul(unit).ok_or_else(too_long)?;
    let (mut bytes, rest) = (scaled_bytes / scale, scaled_bytes % scale);
    match fraction {
        Fraction::Refused if rest != 0 => {
            return Err("it is not a whole number of bytes; give a decimal that is, such as \
                        1.5GiB"
                .to_owned());
        }
        // The scale is 10^0 or even, so that half of it is exact where there is a rest.
        Fraction::Rounded if rest != 0 && rest >= scale / 2 => bytes += 1,
        Fraction::Refused | Fraction::Rounded => {}
    }
    let signed = i64::try_from(bytes).ok();
    signed.and_then(Bytes::from_signed).ok_or_else(too_large)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_binary_and_decimals_exact() {
        for (text, bytes) in [
            ("1", 1),
            ("0", 0),
            ("17B", 17),
            ("17 bytes", 17),
            ("3KiB", 3072),
            ("1.5MiB", 1_572_864),
            ("1.50 GiB", 1_610_612_736),
            ("0.0009765625KiB", 1),
            ("2TiB", 2_199_023_255_552),
            ("192G", 192 << 30),
            ("7K", 7168),
            ("1.5M", 1_572_864),
            ("2T", 2_199_023_255_552),
            ("9223372036854775807", i64::MAX as u64),
        ] {
            for fraction in [Fraction::Refused, Fraction::Rounded] {
                assert_eq!(parse(text, fraction).map(Bytes::get), Ok(bytes), "{text}");
            }
        }
    }

    #[test]
    fn fractions_of_a_byte_are_rounded_where_asked_for() {
        for (text, bytes) in [
            ("57.80 GiB", 62_062_277_427), // 62062277427.2
            ("0.1KiB", 102),               // 102.4
            ("0.15 KiB", 154),             // 153.6
            ("0.5", 1),
            ("0.4999", 0),
            ("1.5", 2),
        ] {
            assert_eq!(parse(text, Fraction::Rounded).map(Bytes::get), Ok(bytes), "{text}");
            assert!(parse(text, Fraction::Refused).unwrap_err().contains("not a whole number"));
        }
        let most = "9223372036854775807.5"; // would be rounded to 2^63
        assert!(parse(most, Fraction::Rounded).unwrap_err().contains("too large"));
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
            "12 kB",
            "GiB",
            "9223372036854775808",
            "8388608TiB",
            "nan",
            "1,5GiB",
            "1 2",
            "１",
            "0.0000000000000000000000000000000000000000000000001TiB",
            "99999999999999999999999999999999999999999999GiB",
        ] {
            for fraction in [Fraction::Refused, Fraction::Rounded] {
                let reason = parse(text, fraction).unwrap_err();
                assert!(reason.contains("; give "), "{text}: {reason}");
            }
        }
    }
}

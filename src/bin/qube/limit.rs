//! An amount of memory on the command line: plain bytes, a number with a binary unit, or this
//! machine. Decimal numbers must come to whole bytes.

use std::str::FromStr;

use qube_budget::budget::size::{self, Fraction};
use qube_budget::{Error, machine};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    Bytes(i64),
    Machine,
}

impl Limit {
    pub fn bytes(self) -> Result<i64, Error> {
        match self {
            Limit::Bytes(bytes) => Ok(bytes),
            Limit::Machine => i64::try_from(machine::memory_limit()?).map_err(|_| Error::System {
                what: "a limit below 2^63 bytes; give bytes instead",
            }),
        }
    }
}

impl FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Limit, String> {
        if text == "machine" {
            return Ok(Limit::Machine);
        }
        let bytes = size::parse(text, Fraction::Refused)
            .map_err(|reason| format!("{reason}, or 'machine'"))?;
        Ok(Limit::Bytes(bytes.signed()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The forms of a size are tested where they are read.
    #[test]
    fn a_limit_is_whole_bytes_or_the_machine() {
        assert_eq!("machine".parse(), Ok(Limit::Machine));
        assert_eq!("1.50 GiB".parse(), Ok(Limit::Bytes(1_610_612_736)));
        assert_eq!("0".parse(), Ok(Limit::Bytes(0))); // refused by the check, which names the value
        for text in ["", "-1", "0.1GiB", "12GB", "Machine", "9223372036854775808"] {
            let reason = text.parse::<Limit>().unwrap_err();
            assert!(reason.ends_with(", or 'machine'"), "{text}: {reason}");
        }
    }
}

//! An amount of memory on the command line: plain bytes, a number with a binary unit, or this
//! machine. Decimal numbers must come to whole bytes.

use std::str::FromStr;

use qube_budget::Error;
use qube_budget::budget::size::{self, Fraction};
use qube_budget::machine::{self, Bound};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    Bytes(i64),
    Machine,
}

/// The bytes of a limit, and what bounds them if they are those of this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    pub bytes: i64,
    bound: Option<Bound>,
}

impl Limit {
    pub fn bytes(self) -> Result<i64, Error> {
        Ok(self.known()?.bytes)
    }

    pub fn known(self) -> Result<Known, Error> {
        match self {
            Limit::Bytes(bytes) => Ok(Known { bytes, bound: None }),
            Limit::Machine => {
                let limit = machine::memory_limit()?;
                let what = "a limit below 2^63 bytes; give bytes instead";
                let bytes = i64::try_from(limit.bytes).map_err(|_| Error::System { what })?;
                Ok(Known { bytes, bound: Some(limit.bound) })
            }
        }
    }
}

impl Known {
    /// A line on what bounds this machine's memory; nothing for bytes that were given.
    pub fn line(self) -> String {
        let bound = self.bound.map(Bound::name);
        bound.map_or_else(String::new, |name| {
            format!("The limit is that of this machine: {name}.\n")
        })
    }

    /// A document of one object with the same in a last field, `limit_bound`.
    pub fn told_in(self, document: String) -> String {
        match (self.bound, document.strip_suffix('}')) {
            (Some(bound), Some(fields)) => {
                format!("{fields},\"limit_bound\":\"{}\"}}", bound.name())
            }
            _ => document,
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

    #[test]
    fn what_bounds_the_machine_is_told() {
        let known = |bound| Known { bytes: 7, bound };
        let data = known(Some(Bound::Data));
        assert_eq!(data.line(), "The limit is that of this machine: RLIMIT_DATA (ulimit -d).\n");
        let document: serde_json::Value =
            serde_json::from_str(&data.told_in("{\"fits\":true}".into())).unwrap();
        assert_eq!(document["limit_bound"], "RLIMIT_DATA (ulimit -d)");
        assert_eq!(document["fits"], true);
        assert_eq!(known(None).told_in("{}".into()), "{}");
        assert_eq!(known(None).line(), "");
    }

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

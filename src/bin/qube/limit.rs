//! An amount of memory on the command line: plain bytes, a number with a binary unit, or `machine`, the
//! memory of this machine. Decimal numbers must give whole bytes.
//!
//! Slurm's forms are read too: one letter in either case (`192g`), and `n`, per node, behind it
//! (`192Gn`), as in sacct's ReqMem. Its `c`, per core, is refused, since a limit is per node.

use std::str::FromStr;

use qube_budget::Error;
use qube_budget::budget::size::{self, Fraction};
use qube_budget::machine::{self, Bound};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    Bytes(i64),
    Machine,
}

/// The bytes of a limit, with what bounds this machine's memory if the limit is `machine`.
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
    /// A line that names what bounds this machine's memory; empty for explicit bytes.
    pub fn line(self) -> String {
        let bound = self.bound.map(Bound::name);
        bound.map_or_else(String::new, |name| {
            format!("The limit is that of this machine: {name}.\n")
        })
    }

    /// A JSON object with the same in a last field, `limit_bound`.
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
        let of_slurm = of_slurm(text)?;
        let bytes = size::parse(of_slurm.as_deref().unwrap_or(text), Fraction::Refused)
            .map_err(|reason| format!("{reason}, or 'machine'"))?;
        Ok(Limit::Bytes(bytes.signed()))
    }
}

/// A size of Slurm in the form that `size::parse` reads; none for any other text.
fn of_slurm(text: &str) -> Result<Option<String>, String> {
    let (size, is_per_core) = match (text.strip_suffix('n'), text.strip_suffix('c')) {
        (Some(size), _) => (size, false),
        (_, Some(size)) => (size, true),
        _ => (text, false),
    };
    let number = size.strip_suffix(['k', 'm', 'g', 't', 'K', 'M', 'G', 'T']);
    match number.filter(|number| number.ends_with(|c: char| c.is_ascii_digit())) {
        Some(_) if is_per_core => {
            Err("it is per core (c); multiply it by the cores of a node, or give 'machine'".into())
        }
        Some(_) => Ok(Some(size.to_ascii_uppercase())),
        None => Ok(None),
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
        for (text, bytes) in [
            ("192G", 192 << 30),
            ("29577M", 29577 << 20),
            ("29577m", 29577 << 20),
            ("192Gn", 192 << 30),
            ("1.5tn", 3 << 39),
            ("4K", 4096),
        ] {
            assert_eq!(text.parse(), Ok(Limit::Bytes(bytes)), "{text}");
        }
        for text in ["4Gc", "4000mc"] {
            let reason = text.parse::<Limit>().unwrap_err();
            assert!(reason.contains("by the cores of a node"), "{text}: {reason}");
        }
        for text in ["12gib", "12gb", "n", "Gn", "12n", "7c", "12Gnn"] {
            assert!(text.parse::<Limit>().is_err(), "{text}");
        }
        for text in ["", "-1", "0.1GiB", "12GB", "Machine", "9223372036854775808"] {
            let reason = text.parse::<Limit>().unwrap_err();
            assert!(reason.ends_with(", or 'machine'"), "{text}: {reason}");
        }
    }
}

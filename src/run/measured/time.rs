//! GNU time, `/usr/bin/time -v`: one figure, the largest resident size of the process, in kbytes of
//! 1024 bytes (ru_maxrss of getrusage).

use super::{Measured, Read, put, refused};
use crate::Result;
use crate::budget::size::{self, Fraction};

const FIELD: &str = "Maximum resident set size (kbytes):";

pub(super) fn is_report(text: &str) -> bool {
    text.contains(FIELD)
}

/// Errors: `Document`, with the number of the line.
pub(super) fn read(text: &str) -> Result<Measured> {
    let refuse = refused("report of GNU time");
    let mut measured = Measured::default();
    for (number, line) in text.lines().enumerate() {
        let Some(value) = line.trim_start().strip_prefix(FIELD) else { continue };
        add(&mut measured, value.trim())
            .map_err(|reason| refuse(format!("line {}: {reason}", number + 1)))?;
    }
    measured.notes.push(
        "of /usr/bin/time: one figure, the largest of the whole run, of one process (its kbytes are \
         1024 bytes)"
            .into(),
    );
    measured.not_empty().map_err(refuse)
}

fn add(measured: &mut Measured, kibibytes: &str) -> Read<()> {
    let bytes = match kibibytes.bytes().all(|byte| byte.is_ascii_digit()) {
        true => size::parse(&format!("{kibibytes}KiB"), Fraction::Rounded),
        false => Err("it is not a whole number".into()),
    };
    let bytes = bytes.map_err(|reason| format!("'{kibibytes}' kbytes cannot be read: {reason}"))?;
    put(&mut measured.lifetime_peak, bytes, || "the largest resident size".into())
}

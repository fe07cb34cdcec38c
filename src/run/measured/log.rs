//! A log of resident sizes, one figure a line. It is at the stage's end, or with `entry` at its
//! beginning, or with `peak` the largest in it. The name `baseline` is for what the process held
//! before the first stage, interpreter and inputs; `lifetime peak` for the largest of the whole run,
//! such as VmHWM, ru_maxrss or MaxRSS. A size is bytes, or a decimal with KiB, MiB, GiB or TiB, or with
//! kB, MB, GB or TB (see [`units`]), rounded to whole bytes; `#` begins a comment:
//! ```text
//! baseline 0.26 GiB
//! basis_setup 57.80 GiB
//! basis_setup peak 113.2 GiB   # sampled every second
//! lifetime peak 113.5 GiB
//! ```
//! Three more lines say what the sizes are of: `mb 1000` or `mb 1024` what a MB is, `rank 3` which rank
//! it was, or `row 1` and `column 0` where in the grid.

use super::units::{self, Megabyte};
use super::{Measured, Moment, Place, Read, put, refused};
use crate::Result;
use crate::budget::bytes::Bytes;

const BASELINE: &str = "baseline";
const LIFETIME: &str = "lifetime";
const PEAK: &str = "peak";
const ENTRY: &str = "entry";

/// Errors: `Document`, with the number of the line.
pub(super) fn read(text: &str, megabyte: Option<Megabyte>) -> Result<Measured> {
    let refuse = refused("log of measured stages");
    let mut log = Log { megabyte, ..Log::default() };
    // What a MB is holds for all lines, also those before the one that says so.
    for is_setting in [true, false] {
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default();
            let words: Vec<&str> = line.split_whitespace().collect();
            if words.first().is_some_and(|name| is_setting == (*name == "mb")) {
                let read = if is_setting { log.set(&words) } else { log.add(&words) };
                read.map_err(|reason| refuse(format!("line {}: {reason}", number + 1)))?;
            }
        }
    }
    log.finish().map_err(refuse)
}

#[derive(Default)]
struct Log {
    measured: Measured,
    megabyte: Option<Megabyte>,
    has_megabytes: bool,
    rank: Option<u64>,
    row: Option<u64>,
    column: Option<u64>,
}

impl Log {
    fn set(&mut self, words: &[&str]) -> Read<()> {
        let said = match words {
            [_, base] => base.parse().ok().and_then(Megabyte::of),
            _ => None,
        };
        let said = said.ok_or("give the meaning of MB as 'mb 1000' or 'mb 1024'")?;
        match self.megabyte.replace(said) {
            Some(before) if before != said => {
                Err("MB are both powers of 1000 and of 1024; say it once".into())
            }
            _ => Ok(()),
        }
    }

    fn add(&mut self, words: &[&str]) -> Read<()> {
        let (name, moment, size) = match words {
            [] => return Ok(()),
            ["rank", number] => return place(&mut self.rank, "rank", number),
            ["row", number] => return place(&mut self.row, "row", number),
            ["column", number] => return place(&mut self.column, "column", number),
            [name, PEAK, size @ ..] => (*name, Moment::Peak, size),
            [name, ENTRY, size @ ..] => (*name, Moment::Entry, size),
            [name, size @ ..] => (*name, Moment::End, size),
        };
        if size.is_empty() {
            return Err(format!(
                "there is no size after '{}'; write NAME SIZE or NAME peak SIZE",
                words.join(" ")
            ));
        }
        let bytes = self.size(&size.join(" "))?;
        let measured = &mut self.measured;
        match (name, moment) {
            (BASELINE, Moment::End) => put(&mut measured.baseline, bytes, || BASELINE.into()),
            (BASELINE, _) => Err("the baseline has no peak; write baseline SIZE".into()),
            (LIFETIME, Moment::Peak) => {
                put(&mut measured.lifetime_peak, bytes, || "lifetime peak".into())
            }
            (LIFETIME, _) => Err("the lifetime has only a peak; write lifetime peak SIZE".into()),
            _ => measured.add(name, moment, bytes),
        }
    }

    fn size(&mut self, text: &str) -> Read<Bytes> {
        let megabyte = self.megabyte.unwrap_or(Megabyte::Binary);
        let (bytes, is_megabytes) = units::parse(text, megabyte)
            .map_err(|reason| format!("the size '{text}' cannot be read: {reason}"))?;
        self.has_megabytes |= is_megabytes;
        Ok(bytes)
    }

    fn finish(self) -> Read<Measured> {
        let mut measured = self.measured;
        measured.place = match (self.rank, self.row, self.column) {
            (None, None, None) => None,
            (Some(rank), None, None) => Some(Place::Rank(rank)),
            (None, Some(row), Some(column)) => Some(Place::Grid { row, column }),
            _ => return Err("say the rank, or both row and column".into()),
        };
        if self.has_megabytes {
            let taken = self.megabyte.unwrap_or(Megabyte::Binary);
            measured.notes.push(taken.note(self.megabyte.is_some()));
        }
        measured.not_empty()
    }
}

fn place(place: &mut Option<u64>, what: &str, number: &str) -> Read<()> {
    /// No machine has more ranks.
    const MOST: u64 = 1 << 40;
    let Some(number) = number.parse().ok().filter(|&number| number < MOST) else {
        return Err(format!("the {what} is '{number}'; give a number from 0 on"));
    };
    match place.replace(number) {
        None => Ok(()),
        Some(_) => Err(format!("the {what} is given twice; give it once")),
    }
}

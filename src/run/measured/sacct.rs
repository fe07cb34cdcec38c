//! Slurm's `sacct`: MaxRSS, the largest resident size of a task, in units of 1024 bytes (K, M, G,
//! T). Rows are the steps of one job; cells may be empty. It reads `sacct -P -o JobID,MaxRSS`
//! (cells between bars), the table without -P (a line of dashes marks the columns), both with other
//! columns, and a bare `149786984K`.

use super::{Measured, Read, refused};
use crate::Result;
use crate::budget::bytes::Bytes;
use crate::budget::size::{self, Fraction};

const MAX_RSS: &str = "MaxRSS";
const JOB: &str = "JobID";

pub(super) fn is_listing(text: &str) -> bool {
    let has_header = |line: &str| cells_of_header(line).any(|cell| cell == MAX_RSS);
    text.lines().take(100).any(has_header) || bare(text).is_some()
}

fn cells_of_header(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| c == '|' || c.is_whitespace())
}

/// A text that is one size with Slurm's unit, and nothing else.
fn bare(text: &str) -> Option<&str> {
    let text = text.trim();
    let number = text.strip_suffix(['K', 'M', 'G', 'T'])?;
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    is_number.then_some(text)
}

/// Errors: `Document`, with the number of the line.
pub(super) fn read(text: &str) -> Result<Measured> {
    let refuse = refused("listing of sacct");
    let largest = match bare(text) {
        Some(cell) => size_in(cell).map_err(|reason| refuse(format!("line 1: {reason}")))?,
        None => listing(text).map_err(&refuse)?,
    };
    let note = "of sacct: MaxRSS of the task with most, which Slurm samples: a short peak may be \
                missing (its K, M and G are powers of 1024 bytes)";
    let measured =
        Measured { lifetime_peak: largest, notes: vec![note.into()], ..Measured::default() };
    let nothing = || refuse("no row has a MaxRSS; name a job that has ended".into());
    measured.not_empty().map_err(|_| nothing())
}

/// The largest of all rows.
fn listing(text: &str) -> Read<Option<Bytes>> {
    let mut lines = text.lines().enumerate().peekable();
    let is_header = |line: &str| cells_of_header(line).any(|cell| cell == MAX_RSS);
    let header = lines.find(|(_, line)| is_header(line)).map_or("", |(_, line)| line);
    let dashes = lines.next_if(|(_, line)| {
        line.contains('-') && line.trim().bytes().all(|byte| byte == b'-' || byte == b' ')
    });
    let columns = match dashes {
        Some((_, dashes)) => Columns::Wide(ranges(dashes)),
        None if header.contains('|') => Columns::Barred,
        None if header.trim() == MAX_RSS => Columns::One,
        None => return Err("its columns cannot be told apart; print it with sacct -P".into()),
    };
    let names = columns.cells(header);
    let place = |name| names.iter().position(|cell| *cell == name);
    let (Some(rss), job) = (place(MAX_RSS), place(JOB)) else {
        return Err(format!("it has no column {MAX_RSS}; print it with sacct -P -o JobID,MaxRSS"));
    };
    let mut largest = None;
    let mut job_before: Option<&str> = None;
    for (number, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        if !columns.fit(line) {
            let print = "print it with sacct -P";
            return Err(format!("line {}: a cell is wider than its column; {print}", number + 1));
        }
        let cells = columns.cells(line);
        if let Some(step) = job.and_then(|job| cells.get(job)) {
            let id = step.split('.').next().unwrap_or_default();
            match job_before.replace(id) {
                Some(before) if before != id => {
                    return Err(format!("it has rows of jobs {before} and {id}; give one job's"));
                }
                _ => {}
            }
        }
        let size = size_in(cells.get(rss).copied().unwrap_or_default());
        largest = largest.max(size.map_err(|reason| format!("line {}: {reason}", number + 1))?);
    }
    Ok(largest)
}

enum Columns {
    Barred,
    Wide(Vec<std::ops::Range<usize>>),
    One,
}

impl Columns {
    /// Whether every cell ends with its column.
    fn fit(&self, line: &str) -> bool {
        let Columns::Wide(ranges) = self else { return true };
        let gap = |range: &std::ops::Range<usize>| line.as_bytes().get(range.end);
        let inner = &ranges[..ranges.len().saturating_sub(1)];
        inner.iter().all(|range| gap(range).is_none_or(|byte| *byte == b' '))
    }

    fn cells<'a>(&self, line: &'a str) -> Vec<&'a str> {
        match self {
            Columns::Barred => line.split('|').map(str::trim).collect(),
            Columns::Wide(ranges) => {
                let cell = |range: &std::ops::Range<usize>| {
                    let end = range.end.min(line.len());
                    line.get(range.start.min(end)..end).unwrap_or_default().trim()
                };
                let mut ranges = ranges.clone();
                if let Some(last) = ranges.last_mut() {
                    last.end = last.end.max(line.len()); // a cell that is cut would be another size
                }
                ranges.iter().map(cell).collect()
            }
            Columns::One => vec![line.trim()],
        }
    }
}

/// Where the groups of dashes are.
fn ranges(dashes: &str) -> Vec<std::ops::Range<usize>> {
    let mut ranges: Vec<std::ops::Range<usize>> = Vec::new();
    for (at, _) in dashes.bytes().enumerate().filter(|(_, byte)| *byte == b'-') {
        match ranges.last_mut().filter(|range| range.end == at) {
            Some(range) => range.end = at + 1,
            None => ranges.push(at..at + 1),
        }
    }
    ranges
}

fn size_in(cell: &str) -> Read<Option<Bytes>> {
    if cell.is_empty() {
        return Ok(None);
    }
    let size = size::parse(cell, Fraction::Rounded);
    size.map(Some).map_err(|reason| format!("MaxRSS '{cell}' cannot be read: {reason}"))
}

//! Measured resident sizes of a run, stage by stage, to compare with its budget.
//!
//! [`Measured::parse`] recognises these forms by their content:
//! - a log of ours, one figure a line (`log`), and a document (`json`), schema `qube-measured/1`,
//!   which the meter writes too;
//! - the profile that QUBE's own benchmarks write (`profiler`);
//! - what `sacct` prints (`sacct`), and what `/usr/bin/time -v` prints (`time`).
//!
//! Reading takes time and memory in the length of the text.

mod json;
mod log;
mod profiler;
mod ranks;
mod sacct;
mod time;
mod units;

pub use ranks::{Reduction, Spread};
pub use units::Megabyte;

use crate::budget::bytes::Bytes;
use crate::{Error, Result};

/// A part of a log or document, or why it cannot be read.
type Read<T> = std::result::Result<T, String>;

/// Stages of one run: beyond this a text is no record of one.
const MOST_STAGES: usize = 4096;

/// Resident sizes of a run, or of one rank of it, absolute: the baseline is still in them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Measured {
    pub(crate) baseline: Option<Bytes>,
    pub(crate) lifetime_peak: Option<Bytes>,
    /// The largest of the control group: of all its processes, with the pages of files they read.
    pub(crate) cgroup_peak: Option<Bytes>,
    pub(crate) stages: Vec<MeasuredStage>,
    pub(crate) place: Option<Place>,
    /// Number of ranks whose largest figures these are.
    pub(crate) ranks: Option<u64>,
    pub(crate) lifetime_ranks: Option<Spread>,
    pub(crate) host: Option<String>,
    /// How figures were read, and why some are absent.
    pub(crate) notes: Vec<String>,
}

/// Resident sizes in one stage; a record that was read has at least one of the three.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MeasuredStage {
    pub name: String,
    /// When the stage begins.
    pub entry: Option<Bytes>,
    /// When it ends.
    pub end: Option<Bytes>,
    /// The largest in it.
    pub peak: Option<Bytes>,
    /// The same three over all ranks, where it is a record of several: then they are the largest.
    pub ranks: [Option<Spread>; 3],
}

/// The rank of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// By its number; ranks of a grid are numbered row by row.
    Rank(u64),
    /// By its place in a grid.
    Grid { row: u64, column: u64 },
}

/// A figure of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    Entry,
    End,
    Peak,
}

impl MeasuredStage {
    fn has_figure(&self) -> bool {
        self.entry.is_some() || self.end.is_some() || self.peak.is_some()
    }
}

impl Measured {
    /// Reads any of the forms; MB and GB are powers of 1024 unless the text says otherwise. Errors:
    /// `Document`, with the line or the stage.
    pub fn parse(text: &str) -> Result<Measured> {
        Measured::parse_with(text, None)
    }

    /// The same where the caller says what MB and GB in a log mean. Errors: as `parse`.
    pub fn parse_with(text: &str, megabyte: Option<Megabyte>) -> Result<Measured> {
        if text.trim_start().starts_with(['{', '[']) {
            return match profiler::is_profile(text) {
                true => profiler::read(text),
                false => Measured::from_json(text),
            };
        }
        if time::is_report(text) {
            return time::read(text);
        }
        if sacct::is_listing(text) {
            return sacct::read(text);
        }
        log::read(text, megabyte)
    }

    /// Reads a log of `stage rss` lines. Errors: `Document`, with the number of the line.
    pub fn from_log(text: &str) -> Result<Measured> {
        log::read(text, None)
    }

    /// Reads a JSON document. Errors: `Document`, with the stage.
    pub fn from_json(text: &str) -> Result<Measured> {
        json::read(text)
    }

    /// The document, schema `qube-measured/1`, on one line without a newline.
    pub fn json(&self) -> String {
        json::write(self)
    }

    /// Resident size before the first stage.
    pub fn baseline(&self) -> Option<Bytes> {
        self.baseline
    }

    /// The largest resident size of the whole run.
    pub fn lifetime_peak(&self) -> Option<Bytes> {
        self.lifetime_peak
    }

    /// The largest of the control group: of all its processes, with the pages of files they read.
    pub fn cgroup_peak(&self) -> Option<Bytes> {
        self.cgroup_peak
    }

    /// In the order in which they were first named.
    pub fn stages(&self) -> &[MeasuredStage] {
        &self.stages
    }

    /// The rank, if known.
    pub fn place(&self) -> Option<Place> {
        self.place
    }

    /// How many ranks the figures are the largest of, where it is a record of several.
    pub fn ranks(&self) -> Option<u64> {
        self.ranks
    }

    /// The lifetime peak over all ranks.
    pub fn lifetime_ranks(&self) -> Option<Spread> {
        self.lifetime_ranks
    }

    /// The node that it ran on.
    pub fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// How figures were read, and why some are absent.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    fn add(&mut self, name: &str, moment: Moment, bytes: Bytes) -> Read<()> {
        let known = self.stages.iter().position(|stage| stage.name == name);
        let at = known.unwrap_or(self.stages.len());
        if at == MOST_STAGES {
            return Err(format!("it has more than {MOST_STAGES} stages; give those of the budget"));
        }
        if known.is_none() {
            self.stages.push(MeasuredStage { name: name.into(), ..MeasuredStage::default() });
        }
        let stage = &mut self.stages[at];
        let (place, what) = match moment {
            Moment::Entry => (&mut stage.entry, "entry"),
            Moment::End => (&mut stage.end, "end"),
            Moment::Peak => (&mut stage.peak, "peak"),
        };
        put(place, bytes, || format!("the {what} of stage '{name}'"))
    }

    fn not_empty(self) -> Read<Measured> {
        match self.stages.is_empty() && self.lifetime_peak.is_none() {
            true => Err("it has no figure of any stage; give one or more".into()),
            false => Ok(self),
        }
    }
}

/// Keeps a figure that was not there yet.
fn put(place: &mut Option<Bytes>, bytes: Bytes, what: impl FnOnce() -> String) -> Read<()> {
    match place.replace(bytes) {
        None => Ok(()),
        Some(before) => Err(format!(
            "{} is given twice, as {} and {} bytes; give it once",
            what(),
            before.get(),
            bytes.get()
        )),
    }
}

/// Why a text of one of the forms cannot be read.
fn refused(what: &'static str) -> impl Fn(String) -> Error {
    move |reason| Error::Document { what, reason }
}

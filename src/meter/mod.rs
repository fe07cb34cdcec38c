//! Measures a run, stage by stage. The host calls [`Meter::stage`] at each border and
//! [`Meter::end`] after the last one; the meter reads the process and keeps a record that
//! [`Budget::compare`](crate::budget::Budget::compare) sets beside the prediction.
//!
//! At a border the meter reads the resident size and the kernel's high-water mark, and resets the
//! mark. The mark at the next border is thus the peak of the stage between. Where the system does
//! not reset the mark, it only rises: a stage that raised it has that peak; the peak of a stage
//! below an earlier one is unknown. The record leaves it out and says so.
//!
//! A border costs three reads of small files, some 50 microseconds; no thread runs beside the host's.

mod process;
mod replay;

pub use process::{Process, Reading, ThisProcess, read_and_reset};
pub use replay::{Border, replay};

use crate::budget::Bytes;
use crate::run::{Measured, MeasuredStage, Place};
use crate::{Error, Result};

/// Stages that a record may have.
const MOST_STAGES: usize = 4096;

/// The resident sizes of a process between the borders that its host marks.
#[derive(Debug)]
pub struct Meter<P = ThisProcess> {
    process: P,
    record: Measured,
    /// Per stage of the record: whether a visit to it had a peak that is not known.
    is_hidden: Vec<bool>,
    open: Option<Open>,
    has_resident: bool,
    has_peak: bool,
    resets: bool,
}

/// The stage that runs.
#[derive(Debug)]
struct Open {
    stage: usize,
    entry: Option<Bytes>,
    /// The high-water mark when it began, where that could not be set back.
    mark: Option<Bytes>,
}

impl Meter {
    /// A meter of this process. Its present resident size is the baseline.
    pub fn start() -> Meter {
        Meter::of(ThisProcess::new())
    }
}

impl<P: Process> Meter<P> {
    /// A meter of any process, or of one that a test makes up.
    pub fn of(mut process: P) -> Meter<P> {
        let Reading { resident, peak } = process.read();
        let record = Measured {
            baseline: resident,
            lifetime_peak: peak.max(resident),
            host: process.host(),
            ..Measured::default()
        };
        Meter {
            process,
            record,
            is_hidden: Vec::new(),
            open: None,
            has_resident: resident.is_some(),
            has_peak: peak.is_some(),
            resets: true,
        }
    }

    /// Sets the rank, for the record; ranks of a grid are numbered row by row.
    pub fn set_rank(&mut self, rank: u64) {
        self.record.place = Some(Place::Rank(rank));
    }

    /// The stage before ends here, and this one begins. A stage that is entered again keeps its first
    /// entry, its last end and the larger peak. Errors: `Label`, a name that is empty or has control
    /// characters; `TooLarge`, more than 4096 stages.
    pub fn stage(&mut self, name: &str) -> Result<()> {
        if name.trim().is_empty() || name.chars().any(char::is_control) {
            return Err(Error::Label {
                what: "a stage",
                label: name.escape_debug().to_string(),
                allowed: "a name without control characters",
            });
        }
        let known = self.record.stages.iter().position(|stage| stage.name == name);
        let stage = known.unwrap_or(self.record.stages.len());
        if stage == MOST_STAGES {
            let (value, limit) = (stage as u64 + 1, stage as u64);
            return Err(Error::TooLarge { what: "stages of a meter", value, limit });
        }
        let (before, is_reset) = self.border();
        if known.is_none() {
            let empty = MeasuredStage { name: name.into(), ..MeasuredStage::default() };
            self.record.stages.push(empty);
            self.is_hidden.push(false);
        }
        let mark = if is_reset { None } else { before.peak };
        self.open = Some(Open { stage, entry: before.resident, mark });
        Ok(())
    }

    /// The last stage ends here. Errors: `Document`, no stage has begun.
    pub fn end(&mut self) -> Result<()> {
        if self.open.is_none() {
            return Err(Error::Document {
                what: "sequence of stages",
                reason: "a stage ends that has not begun; begin one before it ends".into(),
            });
        }
        self.border();
        Ok(())
    }

    /// The record up to the last border.
    pub fn record(&mut self) -> Measured {
        let mut record = self.record.clone();
        record.cgroup_peak = self.process.cgroup_peak();
        if let Some(open) = &self.open {
            let name = &record.stages[open.stage].name;
            record.notes.push(format!("stage '{name}' has not ended"));
        }
        self.say_what_is_missing(&mut record);
        record
    }

    /// Reads the process, sets its mark back, and ends the stage that runs.
    fn border(&mut self) -> (Reading, bool) {
        let (now, is_reset) = read_and_reset(&mut self.process, self.resets);
        self.resets = is_reset;
        self.has_resident &= now.resident.is_some();
        self.has_peak &= now.peak.is_some();
        self.record.lifetime_peak = self.record.lifetime_peak.max(now.peak).max(now.resident);
        let Some(Open { stage: at, entry, mark }) = self.open.take() else {
            return (now, is_reset);
        };
        let stage = &mut self.record.stages[at];
        stage.entry = stage.entry.or(entry);
        stage.end = now.resident.or(stage.end);
        let rose = now.peak.is_some() && mark.is_none_or(|mark| now.peak > Some(mark));
        self.is_hidden[at] |= !rose;
        stage.peak = match self.is_hidden[at] {
            true => None,
            // Counters of the kernel lag behind each other by some pages.
            false => stage.peak.max(now.peak).max(entry).max(now.resident),
        };
        (now, is_reset)
    }

    fn say_what_is_missing(&self, record: &mut Measured) {
        let notes = &mut record.notes;
        if !self.has_resident {
            notes.push(
                "resident sizes are missing: /proc/self/status cannot be read on this system"
                    .into(),
            );
        }
        if !self.has_peak {
            notes.push("peaks are missing: this system tells no high-water mark".into());
        } else if !self.resets {
            notes.push(
                "the high-water mark cannot be set back here and only rises; the peak of a stage \
                 below an earlier peak is left out"
                    .into(),
            );
            let hidden =
                self.record.stages.iter().zip(&self.is_hidden).filter(|(_, hidden)| **hidden);
            let names: Vec<&str> = hidden.map(|(stage, _)| stage.name.as_str()).collect();
            if !names.is_empty() {
                notes.push(format!("below an earlier peak: {}", names.join(", ")));
            }
        }
        if record.cgroup_peak.is_none() {
            notes.push("no control group tells its peak".into());
        }
    }
}

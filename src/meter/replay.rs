//! Makes a record from readings that a host keeps itself, as Fortran hosts do, which hold no
//! handle: it replays the borders with those readings.

use super::{Meter, Process, Reading, ThisProcess};
use crate::budget::Bytes;
use crate::run::Measured;
use crate::{Error, Result};

/// A border and its reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Border<'a> {
    /// The stage that begins; none where one ends and no other begins.
    pub stage: Option<&'a str>,
    pub reading: Reading,
    /// Whether the high-water mark was set back after it.
    pub is_reset: bool,
}

/// The record of a meter that was started with the first of the borders, whatever its stage. Errors:
/// `Input`, no border; as [`Meter::stage`] and [`Meter::end`].
pub fn replay(borders: &[Border], rank: Option<u64>) -> Result<Measured> {
    let Some((first, later)) = borders.split_first() else {
        return Err(Error::Input { name: "n_borders", value: 0, allowed: "1 or more" });
    };
    let replayed = Replayed { now: *first, system: ThisProcess::new() };
    let mut meter = Meter::of(replayed);
    rank.into_iter().for_each(|rank| meter.set_rank(rank));
    for border in later {
        meter.process.now = *border;
        match border.stage {
            Some(stage) => meter.stage(stage)?,
            None => meter.end()?,
        }
    }
    Ok(meter.record())
}

#[derive(Debug)]
struct Replayed<'a> {
    now: Border<'a>,
    system: ThisProcess,
}

impl Process for Replayed<'_> {
    fn read(&mut self) -> Reading {
        self.now.reading
    }

    fn reset(&mut self) -> bool {
        // From now on it is what was resident.
        let Border { reading, is_reset, .. } = &mut self.now;
        if *is_reset {
            reading.peak = reading.resident;
        }
        *is_reset
    }

    fn cgroup_peak(&mut self) -> Option<Bytes> {
        self.system.cgroup_peak()
    }

    fn host(&mut self) -> Option<String> {
        self.system.host()
    }
}

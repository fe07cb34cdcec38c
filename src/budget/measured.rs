//! What a run measured, to be compared with its budget: resident sizes, stage by stage. Two forms:
//!
//! A log, with one figure a line. It is at the stage's end, or with `peak` the largest in it. The
//! name `baseline` is for what the process held before the first stage, interpreter and inputs;
//! `lifetime peak` for the largest of the whole run, such as VmHWM, ru_maxrss or MaxRSS. A size is
//! bytes, or a decimal with KiB, MiB, GiB or TiB, rounded to whole bytes; `#` begins a comment:
//! ```text
//! baseline 0.26 GiB
//! basis_setup 57.80 GiB
//! basis_setup peak 113.2 GiB   # sampled every second
//! lifetime peak 113.5 GiB
//! ```
//! A JSON document, schema `qube-measured/1`, that says the same in bytes. Only `stages` must be
//! there, and of a stage its name and one figure:
//! ```json
//! {"schema": "qube-measured/1", "baseline_bytes": 279172874, "peak_rss_bytes": 121869697024,
//!  "stages": [{"name": "basis_setup", "rss_bytes": 62062277427, "peak_rss_bytes": 121547574477}]}
//! ```

use serde::Deserialize;

use super::bytes::Bytes;
use super::size::{self, Fraction};
use crate::{Error, Result};

/// A part of a log or document, or why it cannot be read.
type Read<T> = std::result::Result<T, String>;

const SCHEMA: &str = "qube-measured/1";
const BASELINE: &str = "baseline";
const LIFETIME: &str = "lifetime";
const PEAK: &str = "peak";

/// Resident sizes of a run, absolute: the baseline is still in them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Measured {
    baseline: Option<Bytes>,
    lifetime_peak: Option<Bytes>,
    stages: Vec<MeasuredStage>,
}

/// Resident sizes in one stage; one of the two is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasuredStage {
    pub name: String,
    /// When the stage ends.
    pub end: Option<Bytes>,
    /// The largest in it.
    pub peak: Option<Bytes>,
}

impl Measured {
    /// Reads a JSON document, which begins with a brace, or else a log.
    pub fn parse(text: &str) -> Result<Measured> {
        match text.trim_start().starts_with('{') {
            true => Measured::from_json(text),
            false => Measured::from_log(text),
        }
    }

    /// Reads a log of `stage rss` lines. Errors: `Document`, with the number of the line.
    pub fn from_log(text: &str) -> Result<Measured> {
        let refuse = |reason| Error::Document { what: "log of measured stages", reason };
        let mut measured = Measured::default();
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default();
            let words: Vec<&str> = line.split_whitespace().collect();
            measured
                .add_words(&words)
                .map_err(|reason| refuse(format!("line {}: {reason}", number + 1)))?;
        }
        measured.not_empty().map_err(refuse)
    }

    /// Reads a JSON document. Errors: `Document`, with the stage.
    pub fn from_json(text: &str) -> Result<Measured> {
        let refuse = |reason| Error::Document { what: "list of measured stages", reason };
        let document: Document =
            serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?;
        document.read().and_then(Measured::not_empty).map_err(refuse)
    }

    /// What the process held before the first stage.
    pub fn baseline(&self) -> Option<Bytes> {
        self.baseline
    }

    /// The largest resident size of the whole run.
    pub fn lifetime_peak(&self) -> Option<Bytes> {
        self.lifetime_peak
    }

    /// In the order in which they were first named.
    pub fn stages(&self) -> &[MeasuredStage] {
        &self.stages
    }

    fn add_words(&mut self, words: &[&str]) -> Read<()> {
        let (name, is_peak, size) = match words {
            [] => return Ok(()),
            [name, PEAK, size @ ..] => (*name, true, size),
            [name, size @ ..] => (*name, false, size),
        };
        if size.is_empty() {
            return Err(format!(
                "there is no size after '{}'; write NAME SIZE or NAME peak SIZE",
                words.join(" ")
            ));
        }
        let size = size.join(" ");
        let bytes = size::parse(&size, Fraction::Rounded)
            .map_err(|reason| format!("the size '{size}' cannot be read: {reason}"))?;
        match (name, is_peak) {
            (BASELINE, false) => put(&mut self.baseline, bytes, || BASELINE.into()),
            (BASELINE, true) => Err("the baseline has no peak; write baseline SIZE".into()),
            (LIFETIME, true) => put(&mut self.lifetime_peak, bytes, || "lifetime peak".into()),
            (LIFETIME, false) => {
                Err("the lifetime has only a peak; write lifetime peak SIZE".into())
            }
            _ => self.add(name, is_peak, bytes),
        }
    }

    fn add(&mut self, name: &str, is_peak: bool, bytes: Bytes) -> Read<()> {
        let known = self.stages.iter().position(|stage| stage.name == name);
        let at = known.unwrap_or_else(|| {
            self.stages.push(MeasuredStage { name: name.into(), end: None, peak: None });
            self.stages.len() - 1
        });
        let stage = &mut self.stages[at];
        match is_peak {
            true => put(&mut stage.peak, bytes, || format!("the peak of stage '{name}'")),
            false => put(&mut stage.end, bytes, || format!("the end of stage '{name}'")),
        }
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    schema: Option<String>,
    baseline_bytes: Option<i64>,
    peak_rss_bytes: Option<i64>,
    stages: Vec<StageDocument>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StageDocument {
    name: String,
    rss_bytes: Option<i64>,
    peak_rss_bytes: Option<i64>,
}

impl Document {
    fn read(self) -> Read<Measured> {
        if let Some(schema) = self.schema.filter(|schema| schema != SCHEMA) {
            return Err(format!("its schema is '{schema}'; this version reads '{SCHEMA}'"));
        }
        let mut measured = Measured {
            baseline: size_in(self.baseline_bytes, || "baseline_bytes".into())?,
            lifetime_peak: size_in(self.peak_rss_bytes, || "peak_rss_bytes of the run".into())?,
            stages: Vec::new(),
        };
        for StageDocument { name, rss_bytes, peak_rss_bytes } in self.stages {
            let end = size_in(rss_bytes, || format!("rss_bytes of stage '{name}'"))?;
            let peak = size_in(peak_rss_bytes, || format!("peak_rss_bytes of stage '{name}'"))?;
            if end.is_none() && peak.is_none() {
                return Err(format!(
                    "stage '{name}' has no figure; give rss_bytes, peak_rss_bytes or both"
                ));
            }
            for (figure, is_peak) in [(end, false), (peak, true)] {
                figure.map_or(Ok(()), |bytes| measured.add(&name, is_peak, bytes))?;
            }
        }
        Ok(measured)
    }
}

fn size_in(value: Option<i64>, name: impl FnOnce() -> String) -> Read<Option<Bytes>> {
    let Some(value) = value else { return Ok(None) };
    match Bytes::from_signed(value) {
        Some(bytes) => Ok(Some(bytes)),
        None => Err(format!("{} is {value}; give 0 or more", name())),
    }
}

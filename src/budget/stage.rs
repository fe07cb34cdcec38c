//! Terms, stages and budgets: plain values whose sums are done and checked when they are made, so
//! that nothing read from them can fail.
//!
//! A stage's persistent terms are alive when it ends, its transient terms only at its peak. The
//! peak is their sum; the lifetime peak of a budget is the largest peak of its stages.

use super::bytes::Bytes;
use super::input::{Count, Input};
use crate::{Error, Result};

/// One array, or several of one kind, by the name its source gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Term {
    name: &'static str,
    bytes: Bytes,
}

impl Term {
    /// A dense array of doubles with so many elements as the product of `factors`.
    pub(crate) fn doubles(name: &'static str, factors: &[Count]) -> Result<Term> {
        Ok(Term { name, bytes: Bytes::doubles(name, factors)? })
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    pub fn bytes(&self) -> Bytes {
        self.bytes
    }
}

/// A part of a run with the arrays alive in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    name: &'static str,
    persistent: Vec<Term>,
    transient: Vec<Term>,
    persistent_bytes: Bytes,
    transient_bytes: Bytes,
    peak_bytes: Bytes,
}

impl Stage {
    pub(crate) fn new(
        name: &'static str,
        persistent: Vec<Term>,
        transient: Vec<Term>,
    ) -> Result<Stage> {
        let sum = |start: Bytes, terms: &[Term]| {
            terms.iter().try_fold(start, |sum, term| {
                sum.plus(term.bytes, || format!("stage '{name}' up to term '{}'", term.name))
            })
        };
        let persistent_bytes = sum(Bytes::ZERO, &persistent)?;
        let peak_bytes = sum(persistent_bytes, &transient)?;
        let transient_bytes = sum(Bytes::ZERO, &transient)?;
        Ok(Stage { name, persistent, transient, persistent_bytes, transient_bytes, peak_bytes })
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    pub fn persistent(&self) -> &[Term] {
        &self.persistent
    }

    pub fn transient(&self) -> &[Term] {
        &self.transient
    }

    /// All terms, persistent ones first; a term's number counts in this order.
    pub fn terms(&self) -> impl Iterator<Item = &Term> {
        self.persistent.iter().chain(&self.transient)
    }

    pub fn persistent_bytes(&self) -> Bytes {
        self.persistent_bytes
    }

    pub fn transient_bytes(&self) -> Bytes {
        self.transient_bytes
    }

    pub fn peak_bytes(&self) -> Bytes {
        self.peak_bytes
    }
}

/// Which code, and which way through it, a budget is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Path {
    Harmonic,
    PixelDirect,
}

impl Path {
    pub fn name(self) -> &'static str {
        match self {
            Path::Harmonic => "harmonic",
            Path::PixelDirect => "pixel-direct",
        }
    }
}

/// The stages of a run, in order, with what they were computed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    path: Path,
    release: &'static str,
    inputs: Vec<Input>,
    stages: Vec<Stage>,
    peak_stage: usize,
    lifetime_peak: Bytes,
}

impl Budget {
    pub(crate) fn new(
        path: Path,
        release: &'static str,
        inputs: Vec<Input>,
        stages: Vec<Stage>,
    ) -> Budget {
        let mut peak_stage = 0;
        let mut lifetime_peak = Bytes::ZERO;
        for (number, stage) in stages.iter().enumerate() {
            // Strictly larger: of stages with equal peaks the first one counts.
            if stage.peak_bytes > lifetime_peak {
                (peak_stage, lifetime_peak) = (number, stage.peak_bytes);
            }
        }
        Budget { path, release, inputs, stages, peak_stage, lifetime_peak }
    }

    pub fn path(&self) -> Path {
        self.path
    }

    /// The release of the code that the formulas follow.
    pub fn release(&self) -> &'static str {
        self.release
    }

    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// The largest peak of all stages.
    pub fn lifetime_peak_bytes(&self) -> Bytes {
        self.lifetime_peak
    }

    /// The stage with the largest peak; the first one where several have it.
    pub fn peak_stage(&self) -> &Stage {
        &self.stages[self.peak_stage]
    }

    /// The number of `peak_stage`, counted from 0.
    pub fn peak_stage_position(&self) -> usize {
        self.peak_stage
    }

    pub fn stage(&self, name: &str) -> Result<&Stage> {
        Ok(&self.stages[self.position(name)?])
    }

    /// The number of the stage of this name, counted from 0.
    pub fn position(&self, name: &str) -> Result<usize> {
        self.stages.iter().position(|stage| stage.name == name).ok_or_else(|| Error::UnknownStage {
            name: name.to_owned(),
            known: self.stages.iter().map(|stage| stage.name.to_owned()).collect(),
        })
    }
}

//! Stages: the arrays that are live in a part of a run. All sums are checked when a stage is made,
//! so reading one cannot fail.
//!
//! A stage's persistent terms are live at its peak and at its end, its transient terms only at its
//! peak. The peak is their sum. Arrays made after the peak and kept are post-peak terms.

use std::cmp::Reverse;

use super::bytes::Bytes;
use super::name::Name;
use super::term::Term;
use crate::Result;

/// A part of a run, and the arrays live in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    pub(crate) name: Name,
    persistent: Vec<Term>,
    transient: Vec<Term>,
    post_peak: Vec<Term>,
    other_moments: Vec<Vec<Term>>,
    persistent_bytes: Bytes,
    transient_bytes: Bytes,
    peak_bytes: Bytes,
    end_bytes: Bytes,
}

impl Stage {
    pub(crate) fn new(
        name: impl Into<Name>,
        persistent: Vec<Term>,
        transient: Vec<Term>,
    ) -> Result<Stage> {
        Stage::with_post_peak(name, persistent, transient, Vec::new())
    }

    pub(crate) fn with_post_peak(
        name: impl Into<Name>,
        persistent: Vec<Term>,
        transient: Vec<Term>,
        post_peak: Vec<Term>,
    ) -> Result<Stage> {
        let name = name.into();
        let sum = |start: Bytes, terms: &[Term]| {
            terms.iter().try_fold(start, |sum, term| {
                sum.plus(term.bytes(), || format!("stage '{name}' up to term '{}'", term.name()))
            })
        };
        let persistent_bytes = sum(Bytes::ZERO, &persistent)?;
        let peak_bytes = sum(persistent_bytes, &transient)?;
        let transient_bytes = sum(Bytes::ZERO, &transient)?;
        let end_bytes = sum(persistent_bytes, &post_peak)?;
        Ok(Stage {
            name,
            persistent,
            transient,
            post_peak,
            other_moments: Vec::new(),
            persistent_bytes,
            transient_bytes,
            peak_bytes,
            end_bytes,
        })
    }

    /// A stage of these moments that ends with `kept` live. The moment with the largest sum is the
    /// peak; of equal ones the first.
    pub(crate) fn of_moments(
        name: &'static str,
        mut moments: Vec<Vec<Term>>,
        kept: Vec<Term>,
    ) -> Result<Stage> {
        let sum =
            |live: &[Term]| live.iter().map(|term| u128::from(term.bytes().get())).sum::<u128>();
        let at_peak = moments.iter().enumerate().max_by_key(|(at, live)| (sum(live), Reverse(*at)));
        let peak = at_peak.map(|(at, _)| at).map_or(Vec::new(), |at| moments.remove(at));
        let post_peak = kept.iter().filter(|term| !peak.contains(term)).cloned().collect();
        let (persistent, transient) = peak.into_iter().partition(|term| kept.contains(term));
        let stage = Stage::with_post_peak(name, persistent, transient, post_peak)?;
        Ok(stage.with_moments(moments))
    }

    /// Adds the moments at which all ranks together hold less than at the peak.
    pub(crate) fn with_moments(self, other_moments: Vec<Vec<Term>>) -> Stage {
        Stage { other_moments, ..self }
    }

    /// The terms live at each moment at which a rank may hold most; the peak comes first.
    pub(crate) fn moments(&self) -> impl Iterator<Item = Vec<&Term>> {
        let others = self.other_moments.iter().map(|live| live.iter().collect());
        std::iter::once(self.terms().collect()).chain(others)
    }

    /// Whether a term is live when the stage ends.
    pub(crate) fn keeps(&self, term: &Term) -> bool {
        self.persistent.contains(term) || self.post_peak.contains(term)
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn persistent(&self) -> &[Term] {
        &self.persistent
    }

    pub fn transient(&self) -> &[Term] {
        &self.transient
    }

    /// Terms made after the peak and live at the end of the stage.
    pub fn post_peak(&self) -> &[Term] {
        &self.post_peak
    }

    /// All terms live at the peak, persistent ones first. Term numbers count in this order.
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

    /// Bytes live at the end of the stage: persistent and post-peak terms.
    pub fn end_bytes(&self) -> Bytes {
        self.end_bytes
    }
}

//! Checks a budget against a limit: whether it fits, where it first exceeds it, and by how much.
//!
//! A stage is over when its peak exceeds the limit; a peak equal to the limit fits. The term that
//! takes it over is the first one, persistent terms before transient ones, with which the running
//! total of the stage exceeds the limit. One pass over the terms.

use crate::Result;
use crate::budget::bytes::Bytes;
use crate::budget::stage::Stage;
use crate::budget::stages::Budget;
use crate::budget::term::Term;

/// A budget checked against a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check<'a> {
    budget: &'a Budget,
    limit: Bytes,
    over: Vec<StageOver<'a>>,
}

/// A stage whose peak exceeds the limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageOver<'a> {
    pub stage: &'a Stage,
    /// The stage's number, counted from 0.
    pub stage_position: usize,
    /// How far its peak is beyond the limit.
    pub over: Bytes,
    /// The term that takes the running total beyond the limit.
    pub term: &'a Term,
    /// The term's number in the order of `Stage::terms`, counted from 0.
    pub term_position: usize,
}

impl Budget {
    /// Compares the budget with a limit in bytes, 1 or more.
    pub fn check(&self, limit_bytes: i64) -> Result<Check<'_>> {
        let limit = Bytes::limit(limit_bytes)?;
        let over = self
            .stages()
            .iter()
            .enumerate()
            .filter_map(|(position, stage)| StageOver::find(stage, position, limit))
            .collect();
        Ok(Check { budget: self, limit, over })
    }
}

impl<'a> StageOver<'a> {
    fn find(stage: &'a Stage, stage_position: usize, limit: Bytes) -> Option<StageOver<'a>> {
        let over = stage.peak_bytes().beyond(limit)?;
        let mut total = 0;
        let (term_position, term) = stage.terms().enumerate().find(|(_, term)| {
            total += term.bytes().get(); // at most the peak, which was checked
            total > limit.get()
        })?;
        Some(StageOver { stage, stage_position, over, term, term_position })
    }

    /// Whether the term is persistent, not transient.
    pub fn term_is_persistent(&self) -> bool {
        self.term_position < self.stage.persistent().len()
    }
}

impl<'a> Check<'a> {
    pub fn budget(&self) -> &'a Budget {
        self.budget
    }

    pub fn fits(&self) -> bool {
        self.over.is_empty()
    }

    pub fn limit(&self) -> Bytes {
        self.limit
    }

    /// Bytes that the lifetime peak leaves of the limit; negative if it exceeds it.
    pub fn spare(&self) -> i64 {
        // Both are 0 to 2^63 - 1, so their difference cannot overflow.
        self.limit.signed() - self.budget.lifetime_peak_bytes().signed()
    }

    /// The stages that are over, in order.
    pub fn over(&self) -> &[StageOver<'a>] {
        &self.over
    }
}

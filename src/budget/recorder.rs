//! Turns allocations and deallocations in program order into stages with their sums. Each live
//! array has its own name.

use rustc_hash::FxHashMap;

use super::bytes::Bytes;
use super::events::Event;
use super::name::Name;
use super::stage::Stage;
use super::term::Term;
use crate::Result;

/// Whether the program prints its total after an event.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Print {
    Yes,
    No,
}

/// The arrays live now, and the stages so far.
#[derive(Debug, Clone)]
pub(crate) struct Recorder {
    live: Vec<Term>,
    total: Bytes,
    step: Option<Step>,
    stages: Vec<Stage>,
    trace: Vec<Event>,
}

#[derive(Debug, Clone)]
struct Step {
    number: u32,
    name: Name,
    peak: Bytes,
    at_peak: Vec<Term>,
    /// Live terms before each deallocation and at the end of the step. Every other moment holds a
    /// subset of one of these.
    moments: Vec<Vec<Term>>,
    /// Whether more is live than at the last of the moments.
    has_grown: bool,
}

/// Live arrays by their names, which no two have.
fn by_name(terms: &[Term]) -> FxHashMap<&str, &Term> {
    terms.iter().map(|term| (term.name(), term)).collect()
}

impl Recorder {
    pub fn new() -> Recorder {
        Recorder {
            live: Vec::new(),
            total: Bytes::ZERO,
            step: None,
            stages: Vec::new(),
            trace: Vec::new(),
        }
    }

    /// Ends the step before, if there is one, and begins the next.
    pub fn step(&mut self, number: u32, name: impl Into<Name>) -> Result<()> {
        self.end_step()?;
        let (peak, at_peak) = (self.total, self.live.clone());
        let (moments, has_grown) = (Vec::new(), true);
        self.step = Some(Step { number, name: name.into(), peak, at_peak, moments, has_grown });
        Ok(())
    }

    /// Allocates arrays, of names that no other array that is live has.
    pub fn allocate(&mut self, what: &str, terms: &[&Term], print: Print) -> Result<()> {
        let before = self.total;
        for term in terms {
            let what = || format!("the memory held with '{}'", term.name());
            self.total = self.total.plus(term.bytes(), what)?;
            self.live.push((*term).clone());
        }
        if let Some(step) = &mut self.step {
            step.has_grown = true;
            if self.total > step.peak {
                (step.peak, step.at_peak) = (self.total, self.live.clone());
            }
        }
        self.note(format!("+ {what}"), self.total.signed() - before.signed(), print);
        Ok(())
    }

    /// Frees arrays.
    pub fn free(&mut self, what: &str, terms: &[&Term], print: Print) {
        self.keep_moment();
        let before = self.total;
        for term in terms {
            let at = self.live.iter().position(|live| live == *term);
            self.total = term.bytes().left_of(self.total);
            self.live.remove(at.expect("an array is freed once, after it was allocated"));
        }
        self.note(format!("- {what}"), self.total.signed() - before.signed(), print);
    }

    /// The program prints what it holds.
    pub fn print(&mut self, what: &str) {
        self.note(what.into(), 0, Print::Yes);
    }

    fn note(&mut self, what: String, delta_bytes: i64, print: Print) {
        let step = self.step.as_ref().map_or(0, |step| step.number);
        let (total_bytes, printed) = (self.total, print == Print::Yes);
        self.trace.push(Event { step, what, delta_bytes, total_bytes, printed });
    }

    /// Keeps what is live, before less is.
    fn keep_moment(&mut self) {
        if let Some(step) = self.step.as_mut().filter(|step| step.has_grown) {
            step.moments.push(self.live.clone());
            step.has_grown = false;
        }
    }

    fn end_step(&mut self) -> Result<()> {
        self.keep_moment();
        let Some(Step { name, at_peak, mut moments, .. }) = self.step.take() else {
            return Ok(());
        };
        moments.retain(|live| *live != at_peak);
        let (live, peak) = (by_name(&self.live), by_name(&at_peak));
        let is_in = |terms: &FxHashMap<&str, &Term>, term: &Term| {
            terms.get(term.name()).is_some_and(|known| *known == term)
        };
        let (persistent, transient) = at_peak.iter().cloned().partition(|term| is_in(&live, term));
        let post_peak = self.live.iter().filter(|term| !is_in(&peak, term)).cloned().collect();
        let stage = Stage::with_post_peak(name, persistent, transient, post_peak)?;
        self.stages.push(stage.with_moments(moments));
        Ok(())
    }

    /// The stages, and all that was allocated and freed.
    pub fn ended(mut self) -> Result<(Vec<Stage>, Vec<Event>)> {
        self.end_step()?;
        Ok((self.stages, self.trace))
    }
}

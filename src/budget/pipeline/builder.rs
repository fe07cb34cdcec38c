//! A builder for hosts that compute their sizes themselves: its calls stand beside the code's own
//! allocations. Such a budget has no sizes to vary.

use rustc_hash::FxHashMap;

use super::names::{ARRAY, Names, PROGRAM, STAGE};
use crate::budget::bytes::Bytes;
use crate::budget::recorder::{Print, Recorder};
use crate::budget::stages::{Budget, Path};
use crate::budget::term::{Holder, Layout, Shape, Term};
use crate::{Error, Result};

/// Stages and events that a budget may have.
const MOST_EVENTS: usize = 1000;
const WHAT: &str = "array";

/// Records a host's allocations and deallocations, stage by stage.
///
/// ```
/// use qube_budget::budget::{Holder, Layout, PipelineBuilder};
/// let mut builder = PipelineBuilder::new("demo")?;
/// builder.stage("invert")?;
/// builder.allocate("covariance", 1, 1000, 1000, 8, Layout::Whole, Holder::EveryRank)?;
/// builder.allocate("work", 1, 1000, 1, 8, Layout::Whole, Holder::EveryRank)?;
/// builder.free("work")?;
/// let budget = builder.budget()?;
/// assert_eq!(budget.lifetime_peak_bytes().get(), 8 * 1000 * 1001);
/// # Ok::<(), qube_budget::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct PipelineBuilder {
    name: String,
    recorder: Recorder,
    stages: Vec<String>,
    events: usize,
    /// None for an array of 0 bytes, which no report names.
    held: FxHashMap<String, Option<Term>>,
}

impl PipelineBuilder {
    /// For a program of this name. Errors: `Label`.
    pub fn new(name: &str) -> Result<PipelineBuilder> {
        Ok(PipelineBuilder {
            name: named("pipeline", name, &PROGRAM)?,
            recorder: Recorder::new(),
            stages: Vec::new(),
            events: 0,
            held: FxHashMap::default(),
        })
    }

    /// Ends the stage before, if there is one, and begins the next. Errors: `Label`; `Duplicate`, a name
    /// that another stage has; `TooLarge`, more than 1000 stages and events.
    pub fn stage(&mut self, name: &str) -> Result<()> {
        let name = named("stage", name, &STAGE)?;
        if self.stages.contains(&name) {
            return Err(Error::Duplicate {
                what: "stage",
                label: name,
                twice: "is there already; choose another name",
            });
        }
        self.count()?;
        self.stages.push(name.clone());
        self.recorder.step(self.stages.len() as u32, name) // 1000 at most
    }

    /// `copies` arrays of rows x columns elements of `element_bytes`, each 0 or more. Errors:
    /// `NotHeld`, no stage yet; `Input`; `Label`; `Duplicate`, a name that is held; `Overflow`;
    /// `TooLarge`.
    #[allow(clippy::too_many_arguments)] // as the host's ALLOCATE has them
    pub fn allocate(
        &mut self,
        name: &str,
        copies: i64,
        rows: i64,
        columns: i64,
        element_bytes: i64,
        layout: Layout,
        holder: Holder,
    ) -> Result<()> {
        let name = named(WHAT, name, &ARRAY)?;
        self.has_stage(&name)?;
        let size = |name, value: i64| {
            u64::try_from(value).map_err(|_| Error::Input { name, value, allowed: "0 or more" })
        };
        let shape = Shape {
            matrices: size("copies", copies)?,
            rows: size("rows", rows)?,
            columns: size("columns", columns)?,
            element_bytes: size("element_bytes", element_bytes)?,
        };
        if self.held.contains_key(&name) {
            return Err(Error::Duplicate {
                what: WHAT,
                label: name,
                twice: "is held already; free it first, or choose another name",
            });
        }
        let term = Term::array(name.clone(), shape)?.laid_out(layout).held_by(holder);
        self.count()?;
        let term = (term.bytes() > Bytes::ZERO).then_some(term);
        if let Some(term) = &term {
            self.recorder.allocate(&name, &[term], Print::No)?;
        }
        self.held.insert(name, term);
        Ok(())
    }

    /// Frees what was allocated under this name. Errors: `NotHeld`; `TooLarge`.
    pub fn free(&mut self, name: &str) -> Result<()> {
        self.has_stage(name)?;
        if !self.held.contains_key(name) {
            return Err(Error::NotHeld {
                name: name.to_owned(),
                reason: "is not held; allocate it first",
            });
        }
        self.count()?;
        if let Some(term) = self.held.remove(name).flatten() {
            self.recorder.free(name, &[&term], Print::No);
        }
        Ok(())
    }

    /// The budget of the calls so far. Errors: `NotHeld`, no stage.
    pub fn budget(&self) -> Result<Budget> {
        self.has_stage(&self.name)?;
        let (stages, trace) = self.recorder.clone().ended()?;
        let inputs = Vec::new();
        Ok(Budget::new(Path::Pipeline, "its builder calls", inputs, stages)
            .with_program(self.name.clone())
            .with_trace(trace))
    }

    fn has_stage(&self, name: &str) -> Result<()> {
        match self.stages.is_empty() {
            true => Err(Error::NotHeld {
                name: name.to_owned(),
                reason: "comes before any stage; begin a stage first",
            }),
            false => Ok(()),
        }
    }

    fn count(&mut self) -> Result<()> {
        self.events += 1;
        match self.events <= MOST_EVENTS {
            true => Ok(()),
            false => Err(Error::TooLarge {
                what: "stages and events of the pipeline",
                value: self.events as u64,
                limit: MOST_EVENTS as u64,
            }),
        }
    }
}

fn named(what: &'static str, name: &str, names: &Names) -> Result<String> {
    match names.admit(name) {
        true => Ok(name.to_owned()),
        false => Err(Error::Label { what, label: name.to_owned(), allowed: names.allowed }),
    }
}

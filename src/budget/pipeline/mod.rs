//! Pipelines of the host: a document lists what a code allocates and frees, in sizes that
//! parameters give. A builder does the same for a host that computes its own sizes. Both make a
//! [`Budget`], as built-in pipelines do.
//!
//! ```
//! use qube_budget::budget::{Pipeline, PipelineConfig};
//! use qube_budget::run::Run;
//! let pipeline = Pipeline::from_json(r#"{
//!   "schema": "qube-pipeline/1", "name": "demo", "source": "its own code",
//!   "parameters": [{"name": "n_pix", "default": 9800}],
//!   "stages": [{"name": "invert", "events": [
//!     {"allocate": "covariance", "rows": "n_pix", "columns": "n_pix"},
//!     {"allocate": "work", "bytes": "8 * n_pix", "if": "n_pix > 100"},
//!     {"free": "work", "if": "n_pix > 100"}]}]}"#)?;
//! let mut config = PipelineConfig::new(pipeline);
//! config.set("n_pix", 1000)?;
//! assert_eq!(config.budget()?.lifetime_peak_bytes().get(), 8 * 1000 * 1000 + 8 * 1000);
//! # Ok::<(), qube_budget::Error>(())
//! ```
//!
//! docs/pipelines.md is the manual of the document. Reading one takes time and memory in its length, a
//! budget in the events, squared at most for a grid: a document has at most 1 MiB, 1000 parameters and
//! derived sizes, 250 stages and 1000 events.

mod builder;
mod checked;
mod cycle;
mod document;
mod evaluation;
mod expression;
mod names;
mod parameter;
mod placed;
mod reading;

use std::sync::Arc;

pub use builder::PipelineBuilder;
pub use checked::Pipeline;
pub use parameter::{Parameter, Range, Reducible};

use super::stages::Budget;
use crate::{Error, Result};

/// A pipeline, and values of its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipelineConfig {
    pipeline: Arc<Pipeline>,
    values: Vec<Option<i64>>,
}

impl PipelineConfig {
    /// With the defaults of the document.
    pub fn new(pipeline: impl Into<Arc<Pipeline>>) -> PipelineConfig {
        let pipeline = pipeline.into();
        let values = pipeline.parameters().iter().map(|parameter| parameter.default).collect();
        PipelineConfig { pipeline, values }
    }

    pub fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// Gives a parameter a value; of a switch, 0 or 1. Errors: `Parameter`, one that the pipeline does not
    /// have, or a value outside its range.
    pub fn set(&mut self, name: &str, value: i64) -> Result<()> {
        let number = self.pipeline.parameter_number(name)?;
        self.pipeline.parameters()[number].check(value)?;
        self.values[number] = Some(value);
        Ok(())
    }

    /// The value of a parameter by its number; none where it has no default and was not set.
    pub fn value(&self, number: usize) -> Option<i64> {
        self.values.get(number).copied().flatten()
    }

    /// Whether anything that is held depends on a parameter. Errors: `Parameter`, one that there is not, or
    /// a switch.
    pub(crate) fn depends_on(&self, name: &str) -> Result<bool> {
        let number = self.pipeline.parameter_number(name)?;
        if self.pipeline.parameters()[number].is_switch {
            let reason = "is true or false, and has no largest value; ask for another".to_owned();
            return Err(Error::Parameter { name: name.to_owned(), reason });
        }
        Ok(self.pipeline.uses(name))
    }

    /// The same with another value of a parameter of this number, which is in its range.
    pub(crate) fn with(&self, number: usize, value: i64) -> PipelineConfig {
        let mut config = self.clone();
        if let Some(place) = config.values.get_mut(number) {
            *place = Some(value);
        }
        config
    }

    /// The budget of these values. Errors: `Parameter`, one without a value; `Overflow`;
    /// `Negative`; `Document`, what the document cannot mean with these values, with its place.
    pub fn budget(&self) -> Result<Budget> {
        let parameters = self.pipeline.parameters().iter().zip(&self.values);
        let mut missing = parameters.filter(|(_, value)| value.is_none()).map(|(of, _)| of);
        if let Some(first) = missing.next() {
            let mut reason =
                format!("has no value and no default; give it one: {}", first.range.words());
            let others: Vec<&str> = missing.map(|other| &*other.name).collect();
            if !others.is_empty() {
                reason += &format!(" (missing, too: {})", others.join(", "));
            }
            return Err(Error::Parameter { name: first.name.clone(), reason });
        }
        self.pipeline.budget(&self.values.iter().copied().flatten().collect::<Vec<_>>())
    }
}

//! The parameters of a pipeline as text.

use super::text::{paragraph, words, wrapped};
use crate::budget::pipeline::{Parameter, Pipeline};

impl Pipeline {
    /// The pipeline and its parameters for people, in lines of at most 100 columns. Ends with a newline.
    pub fn parameter_table(&self) -> String {
        let head = paragraph(&format!("{}, as in {}", self.name(), self.source()));
        let lines: String = self.parameters().iter().map(Parameter::lines).collect();
        head + &lines
    }
}

impl Parameter {
    /// Description, range and price of reduction, in at most 100 columns. Ends with a newline.
    fn lines(&self) -> String {
        let mut text = Vec::new();
        if !self.what.is_empty() {
            text.push(self.what.clone());
        }
        if !self.unit.is_empty() {
            text.push(format!("in {}", self.unit));
        }
        text.push(if self.is_switch { "true or false".into() } else { self.range.words() });
        text.push(match (self.default, self.is_switch) {
            (None, _) => "to be set".into(),
            (Some(value), true) => format!("{} by default", value != 0),
            (Some(value), false) => format!("{value} by default"),
        });
        if let Some(reduce) = &self.reduce {
            text.push(format!("may be reduced ({}): {}", reduce.order, reduce.price));
        }
        wrapped(&format!("{}: ", self.name), words(&text.join("; ")), "")
    }
}

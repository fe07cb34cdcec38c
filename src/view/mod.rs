//! Results as tables, JSON documents, drawings and traces: nothing here computes.

mod budget;
mod plan;
pub(crate) mod svg;
pub(crate) mod unit;

pub use budget::Symbols;

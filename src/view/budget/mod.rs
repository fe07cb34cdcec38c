//! Budgets and their runs as tables, JSON documents, drawings and traces, each with at most 100 columns.

mod bars;
mod check;
mod chrome_trace;
mod compare;
mod compare_json;
mod fit;
mod fit_json;
mod grid_json;
mod json;
mod markdown;
mod parameters;
mod picture;
mod ranks_table;
mod request;
mod request_json;
mod svg;
mod table;
mod text;

pub use bars::Symbols;

//! Memory budgets, batch policies and contraction plans for scientific codes that die of memory.
//!
//! Two ways lead through the crate:
//!
//! ```text
//! host ─ ffi ─ Config ─ budget ─ Budget ─ check / report ─ ffi ─ host
//! host ─ ffi ─ Network + BatchPolicy + Options ─ Problem ─ search × cost ─ Plan ─ replay / report ─ ffi ─ host
//! ```
#![deny(unsafe_code)]

pub mod budget;
pub mod cost;
pub mod error;
#[allow(unsafe_code)]
pub mod ffi;
mod kept;
pub mod machine;
pub mod meter;
pub mod network;
pub mod options;
pub mod plan;
pub mod policy;
mod quiet;
mod room;
pub mod run;
pub mod search;
mod view;

pub use error::{Error, Result};
pub use options::{Limits, Objective, Options};
pub use plan::{
    Plan, optimize, optimize_many, optimize_patiently, optimize_with, optimize_with_progress,
};
pub use policy::BatchPolicy;
pub use search::{Progress, Quantity};
pub use view::Symbols;

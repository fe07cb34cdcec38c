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
pub mod error;
#[allow(unsafe_code)]
pub mod ffi;
pub mod machine;

pub use error::{Error, Result};

//! Memory budgets, batch policies and contraction plans for scientific codes that die of memory.
//!
//! Two ways lead through the crate:
//!
//! ```text
//! host ─ ffi ─ Config ─ budget ─ Budget ─ check / report ─ ffi ─ host
//! host ─ ffi ─ Network + BatchPolicy + Options ─ Problem ─ search × cost ─ Plan ─ replay / report ─ ffi ─ host
//! ```
#![deny(unsafe_code)]

mod allocation;
pub mod budget;
mod callback;
mod cost;
pub mod error;
#[allow(unsafe_code, rustdoc::broken_intra_doc_links)] // its comments are C's: x[i] is no link
pub mod ffi;
pub mod machine;
pub mod meter;
pub mod network;
mod optimize;
pub mod plan;
pub mod policy;
mod problem;
mod quiet;
pub mod run;
mod scratch;
mod search;
mod view;

pub use cost::{ContractionFacts, CustomModel, LeafFacts};
pub use error::{Error, Result};
pub use optimize::{
    Occurrence, Plans, Shared, optimize, optimize_many, optimize_patiently, optimize_with,
    optimize_with_progress,
};
pub use plan::Plan;
pub use policy::BatchPolicy;
pub use problem::document;
pub use problem::{Limits, Objective, Options, Progress, Quantity, Roofline, Split, Subset};
pub use view::Symbols;

pub use search::Method;

/// Internals for the tests of this crate: no part of its interface.
#[doc(hidden)]
pub mod internals {
    pub mod problem {
        pub use crate::problem::*;
    }
    pub mod cost {
        pub use crate::cost::*;
    }
    pub mod search {
        pub use crate::search::*;
    }
    pub mod replay {
        pub use crate::plan::replay::*;
    }
    pub mod optimize {
        pub use crate::optimize::idle_loops::drop_idle_loops;
        pub use crate::optimize::least_cost::{additive, additive_within};
        pub use crate::optimize::least_peak;
    }
}

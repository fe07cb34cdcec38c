//! Predicts how much memory a run needs before it allocates anything, and plans tensor contractions that
//! fit.
//!
//! A budget starts from the sizes of a run:
//!
//! ```
//! use qube_budget::budget::PixelDirectConfig;
//! let budget = PixelDirectConfig::new(9800, None, 6, 18).budget()?;
//! assert_eq!(budget.peak_stage().name(), "fisher_run");
//! # Ok::<(), qube_budget::Error>(())
//! ```
//!
//! A plan starts from a network of tensors:
//!
//! ```
//! use qube_budget::network::{Spaces, einsum};
//! use qube_budget::{BatchPolicy, Options, optimize};
//! let mut extents = Spaces::new();
//! extents.add("i", 20)?;
//! extents.add("j", 20)?;
//! extents.add("k", 200)?;
//! let term = einsum("ik,kj->ij", &extents)?;
//! let plan = optimize(&term, &BatchPolicy::new(), &Options::default())?;
//! assert_eq!(plan.flops, 20.0 * 200.0 * 20.0);
//! # Ok::<(), qube_budget::Error>(())
//! ```
//!
//! [`budget`] has what each stage of a run holds, [`run`] what follows for one job, [`meter`] what the
//! process really holds, [`network`], [`policy`] and [`plan`] the parts of a plan. `docs/architecture.md`
//! describes how the crate is built.
//!
//! Every function works on the calling thread unless it is given a number of threads; none aborts the
//! process, and none raises a floating-point flag other than inexact.
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
pub use search::Method;
pub use view::Symbols;

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

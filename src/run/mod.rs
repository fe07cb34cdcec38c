//! From a budget to a run on a machine.
//!
//! A [`Job`] puts a budget on nodes and ranks: its [`Request`] says how much memory to ask for. A [`Run`]
//! keeps the config of its budget, so that a size can be changed: does it [`Fit`], which change makes it
//! fit, the [`Largest`] size that fits, which of QUBE's [`Paths`]. A [`Comparison`] sets a budget beside a
//! [`Measured`] run.

pub(crate) mod check;
pub(crate) mod compare;
pub(crate) mod config;
pub(crate) mod fit;
pub(crate) mod job;
pub(crate) mod job_lines;
pub(crate) mod largest;
pub(crate) mod measured;
pub(crate) mod paths;
pub(crate) mod qube;
pub(crate) mod records;
pub(crate) mod request;
pub(crate) mod sizes;

pub use check::{Check, StageOver};
pub use compare::{Comparison, Figure, RankComparison, StageComparison, Surplus, Unit};
pub use config::{Config, Run};
pub use fit::{Change, Fit, Measure, Over};
pub use job::{Holding, Job};
pub use job_lines::{Asked, JobLines, Scheduler};
pub use largest::{Largest, Tried};
pub use measured::{Measured, MeasuredStage, Megabyte, Place, Reduction, Spread};
pub use paths::{PathSide, Paths, path_by_time};
pub use qube::QubeConfig;
pub use records::CalibrationRecord;
pub use request::{Node, Part, Request, StageRequest};
pub use sizes::Size;

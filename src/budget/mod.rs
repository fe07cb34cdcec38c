//! Memory budgets: from the sizes of a run to the bytes it holds, stage by stage, before it starts.
//!
//! A config (`HarmonicConfig`, `PixelDirectConfig`) is checked and turned into a `Budget`: a list
//! of stages with named terms, all sums done. A budget is compared with a limit (`check`) or with what
//! a run measured (`compare`), printed (`table`, `json`) and drawn (`svg`). Everything takes time
//! and memory in the number of terms.
//!
//! From a budget to a machine: a `Job` puts it on nodes and ranks (`request`). Questions that change a
//! size are asked of a `Run`: does it `fit` and what to change, the `inverse` ones, which of the `paths`.

mod bars;
pub mod bytes;
pub mod calibration;
pub mod check;
mod chrome_trace;
pub mod compare;
pub mod eclipse;
pub mod events;
pub mod fit;
pub mod grid;
pub mod harmonic;
pub mod input;
pub mod inverse;
pub mod job;
pub mod json;
mod markdown;
pub mod measured;
pub mod model;
pub mod paths;
mod picture;
pub mod pipeline;
pub mod pixel_direct;
mod published;
pub mod qube;
pub mod ranks;
mod ranks_table;
pub mod records;
pub mod release;
pub mod request;
pub mod run;
pub mod size;
mod spread;
pub mod stage;
pub mod survey;
mod svg;
pub mod table;
pub mod term;
pub mod traditional;

pub use bars::Symbols;
pub use bytes::Bytes;
pub use calibration::Calibration;
pub use check::{Check, StageOver};
pub use compare::{Comparison, Figure, RankComparison, StageComparison, Surplus, Unit};
pub use eclipse::{Code, EclipseConfig};
pub use events::Event;
pub use fit::{Change, Fit, Measure, Over};
pub use grid::Grid;
pub use harmonic::HarmonicConfig;
pub use input::{Derivation, Input, InputValue};
pub use inverse::{Largest, Size, Tried};
pub use job::{Holding, Job};
pub use measured::{Measured, MeasuredStage, Megabyte, Place, Reduction, Spread};
pub use model::Model;
pub use paths::{PathSide, Paths, path_by_time};
pub use pipeline::{Parameter, Pipeline, PipelineBuilder, PipelineConfig, Range, Reducible};
pub use pixel_direct::PixelDirectConfig;
pub use qube::QubeConfig;
pub use ranks::{GridAdvice, LocalTooLarge, OneRank, OneStage, PerRank, RankStage, RankTerm};
pub use records::CalibrationRecord;
pub use release::Release;
pub use request::{Asked, JobLines, Node, Part, Request, Scheduler, StageRequest};
pub use run::{Config, Run};
pub use spread::Rank;
pub use stage::{Budget, Path, Stage};
pub use survey::{Fields, Survey};
pub use term::{Holder, Layout, Move, Name, Shape, Term};
pub use traditional::TraditionalConfig;

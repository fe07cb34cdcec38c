//! Memory budgets: from the sizes of a run to the bytes it holds, stage by stage, before it starts.
//!
//! A config ([`HarmonicConfig`], [`EclipseConfig`], [`PipelineConfig`], ...) is checked and turned into a
//! [`Budget`]: a list of stages with named terms, all sums done. A budget takes time and memory in the
//! number of its terms.

pub(crate) mod bytes;
pub(crate) mod calibration;
pub(crate) mod eclipse;
pub(crate) mod events;
pub(crate) mod grid;
pub(crate) mod harmonic;
pub(crate) mod input;
pub(crate) mod model;
pub(crate) mod name;
pub(crate) mod pipeline;
pub(crate) mod pixel_direct;
mod published;
pub(crate) mod ranks;
pub(crate) mod recorder;
pub(crate) mod release;
pub mod size;
pub(crate) mod spread;
pub(crate) mod stage;
pub(crate) mod stages;
pub(crate) mod survey;
pub(crate) mod term;
pub(crate) mod traditional;

pub use bytes::Bytes;
pub use calibration::Calibration;
pub use eclipse::{Code, EclipseConfig};
pub use events::Event;
pub use grid::Grid;
pub use harmonic::HarmonicConfig;
pub use input::{Derivation, Input, InputValue};
pub use model::Model;
pub use name::Name;
pub use pipeline::{Parameter, Pipeline, PipelineBuilder, PipelineConfig, Range, Reducible};
pub use pixel_direct::PixelDirectConfig;
pub use ranks::{GridAdvice, LocalTooLarge, OneRank, OneStage, PerRank, RankStage, RankTerm};
pub use release::Release;
pub use spread::Rank;
pub use stage::Stage;
pub use stages::{Budget, Path};
pub use survey::{Fields, Survey};
pub use term::{Holder, Layout, Move, Shape, Term};
pub use traditional::TraditionalConfig;

//! Memory budgets: from the sizes of a run to the bytes it holds, stage by stage, before it starts.
//!
//! A config (`HarmonicConfig`, `PixelDirectConfig`) is checked and turned into a `Budget`: a list
//! of stages with named terms, all sums done. A budget is compared with a limit (`check`) or with what
//! a run measured (`compare`), and printed (`table`, `json`). Everything takes time and memory in the
//! number of terms.

pub mod bytes;
pub mod check;
pub mod compare;
mod compare_report;
pub mod eclipse;
pub mod harmonic;
pub mod input;
pub mod json;
pub mod measured;
pub mod pixel_direct;
pub mod ranks;
mod ranks_table;
mod release;
pub mod size;
pub mod stage;
pub mod survey;
mod svg;
pub mod table;

pub use bytes::Bytes;
pub use check::{Check, StageOver};
pub use compare::{Comparison, Figure, StageComparison};
pub use eclipse::{Code, EclipseConfig, Event};
pub use harmonic::HarmonicConfig;
pub use input::{Derivation, Input, InputValue};
pub use measured::{Measured, MeasuredStage};
pub use pixel_direct::PixelDirectConfig;
pub use ranks::{Grid, GridAdvice, LocalTooLarge, PerRank, RankStage};
pub use stage::{Budget, Path, Shape, Stage, Term};
pub use survey::{Fields, Survey};

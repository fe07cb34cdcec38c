//! Memory budgets: from the sizes of a run to the bytes it holds, stage by stage, before it starts.
//!
//! A config (`HarmonicConfig`, `PixelDirectConfig`) is checked and turned into a `Budget`: a list
//! of stages with named terms, all sums done. A budget is compared with a limit (`check`) and
//! printed (`table`, `json`). Everything takes time and memory in the number of terms.

pub mod bytes;
pub mod check;
pub mod eclipse;
pub mod harmonic;
pub mod input;
pub mod json;
pub mod pixel_direct;
pub mod ranks;
mod ranks_table;
mod release;
pub mod stage;
pub mod survey;
mod svg;
pub mod table;

pub use bytes::Bytes;
pub use check::{Check, StageOver};
pub use eclipse::{Code, EclipseConfig, Event};
pub use harmonic::HarmonicConfig;
pub use input::{Derivation, Input, InputValue};
pub use pixel_direct::PixelDirectConfig;
pub use ranks::{Grid, GridAdvice, LocalTooLarge, PerRank, RankStage};
pub use stage::{Budget, Path, Shape, Stage, Term};
pub use survey::{Fields, Survey};

//! Names of terms, stages, inputs and releases.

use std::borrow::Cow;

/// Name of a term, stage, input or release; a constant in built-in pipelines.
pub type Name = Cow<'static, str>;

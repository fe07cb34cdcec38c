//! Releases of qube-qml that budgets follow, and the features each introduced.
//!
//! The release is an input; the default is the newest. A run that needs a later release is an error
//! that names the releases that can do it. Source: qube-qml 1.1.0, 1.2.0 and 1.3.0, PyPI.

use super::model::Model;
use crate::{Error, Result};

/// A release of qube-qml; the last number of its version changes no budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Release {
    /// Builds S_fixed on the pixel-direct path, too.
    V1_1,
    /// Can keep binned derivatives.
    V1_2,
    /// Can filter pixels.
    #[default]
    V1_3,
}

impl Release {
    pub const ALL: [Release; 3] = [Release::V1_1, Release::V1_2, Release::V1_3];

    pub const NEWEST: Release = Release::V1_3;

    pub fn name(self) -> &'static str {
        match self {
            Release::V1_1 => "1.1",
            Release::V1_2 => "1.2",
            Release::V1_3 => "1.3",
        }
    }

    /// The release of this name, in two numbers or three: `1.2`, `1.2.0`.
    pub fn named(name: &str) -> Option<Release> {
        let name = name.strip_suffix(".0").unwrap_or(name);
        Release::ALL.into_iter().find(|release| release.name() == name)
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Release::V1_1 => "qube-qml 1.1",
            Release::V1_2 => "qube-qml 1.2",
            Release::V1_3 => "qube-qml 1.3",
        }
    }

    /// Refuses an input with this value if it came with a later release.
    pub(super) fn must_be(self, first: Release, name: &'static str, value: &str) -> Result<()> {
        if self >= first {
            return Ok(());
        }
        let allowed = match first {
            Release::V1_3 => "`release` 1.3, which has it",
            _ => "`release` 1.2 or 1.3, which have it",
        };
        let value = format!("{value} with release {}", self.name());
        Err(Error::Figure { name, value, allowed })
    }
}

/// Whether the published formulas are asked for. QUBE has no printed model.
pub(super) fn is_published(model: Model) -> Result<bool> {
    match model {
        Model::Held => Ok(false),
        Model::Published => Ok(true),
        Model::Printed => Err(Error::Figure {
            name: "model",
            value: "printed".into(),
            allowed: "held or published for QUBE: its runs print no totals",
        }),
    }
}

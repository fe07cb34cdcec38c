//! A table of spaces: the extents of the indices in text forms.

use std::collections::BTreeMap;

use super::default_space;
use super::inner_pow::{self, CompositeFacts, InnerPow};
use super::power_means::check_power_means;
use crate::{Error, Result};

/// The figures that the indices of a space share.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Space {
    /// As `NetworkBuilder::index` takes it: checked to be 1 or more.
    pub extent: i64,
    /// Of the space's composite indices; see `Index::power_means`.
    pub power_means: Vec<f64>,
}

/// Extents by space (`i` 120, `μ̃` 1800, ...; in einsum texts a space is a letter). One table
/// serves many networks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spaces {
    spaces: BTreeMap<String, Space>,
    pub(super) inner_pow: InnerPow,
}

impl Spaces {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a space. For the composite indices of the space `extent` is the mean domain size.
    pub fn add(&mut self, space: &str, extent: i64) -> Result<()> {
        self.add_composite(space, extent, &[])
    }

    /// Adds a space whose composite indices have these power means of their domain sizes,
    /// `power_means[k - 1]` for k composites of one proto set in a product.
    pub fn add_composite(&mut self, space: &str, extent: i64, power_means: &[f64]) -> Result<()> {
        check_space(space)?;
        checked_extent("space", space, extent)?;
        check_power_means("space", space, power_means)?;
        if self.spaces.contains_key(space) {
            return Err(Error::Duplicate {
                what: "space",
                label: space.into(),
                twice: "is in the table already; add it once",
            });
        }
        let space_of = Space { extent, power_means: power_means.to_vec() };
        self.spaces.insert(space.into(), space_of);
        Ok(())
    }

    /// Asks `mean` for the power means of composite indices whose spaces have none, when a text is
    /// read: as [`NetworkBuilder::set_inner_pow_callback`](super::NetworkBuilder) says. Replaces an
    /// earlier callback.
    pub fn set_inner_pow_callback(
        &mut self,
        mean: impl Fn(&CompositeFacts, usize) -> Result<f64> + Send + Sync + 'static,
    ) {
        self.inner_pow = inner_pow::callback(mean);
    }

    /// Removes the callback, if any.
    pub fn clear_inner_pow_callback(&mut self) {
        self.inner_pow = InnerPow::default();
    }

    /// The space of the index `index`.
    pub(super) fn get(&self, space: &str, index: &str) -> Result<&Space> {
        self.spaces.get(space).ok_or_else(|| Error::UnknownSpace {
            index: index.into(),
            space: space.into(),
            known: self.spaces.keys().cloned().collect(),
        })
    }
}

pub(super) fn checked_extent(what: &'static str, label: &str, extent: i64) -> Result<u64> {
    match u64::try_from(extent) {
        Ok(extent) if extent >= 1 => Ok(extent),
        _ => Err(Error::Extent { what, label: label.into(), extent }),
    }
}

/// Checks that labels can belong to the space, or that it is one character, as in einsum texts.
fn check_space(space: &str) -> Result<()> {
    let is_told = !space.is_empty() && default_space(space) == space;
    let is_one = space.chars().count() == 1 && !space.contains(char::is_control);
    if (is_told || is_one) && !space.contains(char::is_whitespace) {
        return Ok(());
    }
    Err(Error::Label {
        what: "a space",
        label: space.into(),
        allowed: "characters other than '_', '<', digits and white space",
    })
}

//! Which indices may be sliced, how finely, and which tensors change on every iteration.
//!
//! One object that the optimizer and the run-time evaluator both read, so that they cannot drift
//! apart. It names spaces and labels, not positions, so one policy serves many networks.

mod json;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::RangeInclusive;

use crate::network::{Index, Network};
use crate::{Error, Result};

/// The weights and factors that any option takes, besides 0: they keep every product inside a double,
/// so that none raises a floating-point flag.
pub(crate) const WEIGHTS: RangeInclusive<f64> = 1e-9..=1e18;

/// What may be batched and what is volatile. The default batches nothing.
///
/// ```
/// use qube_budget::BatchPolicy;
/// let mut policy = BatchPolicy::new();
/// policy.batch_space("Κ", 236)?;
/// policy.volatile("t");
/// # Ok::<(), qube_budget::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BatchPolicy {
    /// Target size by space, elements.
    spaces: BTreeMap<String, u64>,
    /// Target size by index label, elements; it goes before the one by space.
    indices: BTreeMap<String, u64>,
    volatile_labels: BTreeSet<String>,
    volatile_positions: BTreeSet<usize>,
    persistent_only: bool,
    accumulation_factor: f64,
}

impl BatchPolicy {
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets loops slice the contracted indices of a space into batches of at most `target`
    /// elements.
    pub fn batch_space(&mut self, space: &str, target: i64) -> Result<()> {
        self.spaces.insert(space.into(), checked_target("space", space, target)?);
        Ok(())
    }

    /// The same for one index; goes before what its space says.
    pub fn batch_index(&mut self, label: &str, target: i64) -> Result<()> {
        self.indices.insert(label.into(), checked_target("index", label, target)?);
        Ok(())
    }

    /// Tensors of this label change on every iteration.
    pub fn volatile(&mut self, label: &str) {
        self.volatile_labels.insert(label.into());
    }

    /// The tensor at this position changes on every iteration. A position means something in one
    /// network only; prefer labels in a policy that serves many.
    pub fn volatile_position(&mut self, tensor: usize) {
        self.volatile_positions.insert(tensor);
    }

    /// Whether to decline loops over subtrees that hold a volatile leaf (default: no).
    pub fn set_persistent_only(&mut self, on: bool) {
        self.persistent_only = on;
    }

    /// How much of a batch's contribution lives beside the accumulator while it is added (0, the
    /// default: nothing; 1: all of it). 0, or 1e-9 to 1e18.
    pub fn set_accumulation_factor(&mut self, factor: f64) -> Result<()> {
        check_weight("accumulation_factor", factor)?;
        self.accumulation_factor = factor;
        Ok(())
    }

    pub fn persistent_only(&self) -> bool {
        self.persistent_only
    }

    pub fn accumulation_factor(&self) -> f64 {
        self.accumulation_factor
    }

    /// The most elements that a batch of this index may have; none if it must not be sliced.
    pub fn target(&self, index: &Index) -> Option<u64> {
        self.indices.get(&index.label).copied().or_else(|| self.space_target(&index.space))
    }

    /// The most elements that a batch of an index of this space may have, unless the index itself has
    /// a target; none if the space must not be sliced.
    pub fn space_target(&self, space: &str) -> Option<u64> {
        self.spaces.get(space).copied()
    }

    /// Whether a tensor of the network changes on every iteration.
    pub fn is_volatile(&self, network: &Network, tensor: usize) -> bool {
        self.volatile_positions.contains(&tensor)
            || self.volatile_labels.contains(&network.tensors()[tensor].label)
    }

    /// Checks the policy against a network: positions must be there.
    pub(crate) fn check(&self, network: &Network) -> Result<()> {
        let count = network.tensors().len();
        match self.volatile_positions.last() {
            Some(&last) if last >= count => {
                Err(Error::Position { what: "volatile tensor", value: last as i64, count })
            }
            _ => Ok(()),
        }
    }
}

/// The policy for people, a line for each of its parts.
impl fmt::Display for BatchPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let targets = |targets: &BTreeMap<String, u64>, of: &str| -> Vec<String> {
            let each = targets.iter();
            each.map(|(name, target)| format!("{of} {name} in {target} at most")).collect()
        };
        let batches = [targets(&self.spaces, "space"), targets(&self.indices, "index")].concat();
        let labels = self.volatile_labels.iter().cloned();
        let positions = self.volatile_positions.iter().map(|at| format!("tensor number {at}"));
        let volatile: Vec<String> = labels.chain(positions).collect();
        let list = |items: &[String]| match items {
            [] => "none".to_owned(),
            items => items.join(", "),
        };
        writeln!(f, "batches: {}", list(&batches))?;
        writeln!(f, "volatile: {}", list(&volatile))?;
        writeln!(
            f,
            "loops over volatile subtrees: {}",
            if self.persistent_only { "no" } else { "yes" }
        )?;
        writeln!(f, "accumulation factor: {}", self.accumulation_factor)
    }
}

fn checked_target(what: &'static str, label: &str, target: i64) -> Result<u64> {
    match u64::try_from(target) {
        Ok(target) if target >= 1 => Ok(target),
        _ => Err(Error::Target { what, label: label.into(), value: target.to_string() }),
    }
}

/// A weight or factor: 0, or in [`WEIGHTS`]; NaN is outside.
pub(crate) fn check_weight(name: &'static str, value: f64) -> Result<()> {
    if value == 0.0 || WEIGHTS.contains(&value) {
        return Ok(());
    }
    Err(Error::Option { name, value: value.to_string(), allowed: "0, or 1e-9 to 1e18" })
}

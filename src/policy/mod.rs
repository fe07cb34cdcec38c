//! Batch policies: the indices that loops may slice, their batches, and the volatile tensors.
//!
//! The optimizer and the run-time evaluator read the same policy, so that they cannot drift apart. A
//! policy names spaces and labels, not positions, and therefore serves many networks. For one network
//! it gives a [`ResolvedPolicy`], the only form that others read.
//!
//! A rule on a label overrides one on its space, which overrides a callback of the host.

mod callbacks;
mod json;
mod resolved;
mod role;

pub use callbacks::{Batching, IndexFacts, TensorFacts};
pub use resolved::{ResolvedPolicy, Slicing};
pub use role::Role;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::RangeInclusive;

use crate::{Error, Result};
use callbacks::Callbacks;

/// The range of weights and factors other than 0. It keeps every product inside a double, so that none
/// raises a floating-point flag.
pub(crate) const WEIGHTS: RangeInclusive<f64> = 1e-9..=1e18;

/// The indices that loops may slice, and the volatile tensors. The default slices none.
///
/// ```
/// use qube_budget::BatchPolicy;
/// use qube_budget::policy::Role;
/// let mut policy = BatchPolicy::new();
/// policy.batch_space(Role::Contracted, "Κ", 236)?;
/// policy.volatile("t");
/// # Ok::<(), qube_budget::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BatchPolicy {
    /// Target sizes, elements.
    contracted: ByName,
    external: ByName,
    /// Tile sizes, elements.
    tiles: ByName,
    volatile_labels: BTreeSet<String>,
    volatile_positions: BTreeSet<usize>,
    persistent_only: bool,
    accumulation_factor: f64,
    peak_threshold: Option<u64>,
    callbacks: Callbacks,
}

/// Sizes by space and by index label; the label goes before the space.
#[derive(Debug, Clone, Default, PartialEq)]
struct ByName {
    spaces: BTreeMap<String, u64>,
    indices: BTreeMap<String, u64>,
}

impl ByName {
    fn of(&self, index: &IndexFacts) -> Option<u64> {
        self.indices.get(index.label).or_else(|| self.spaces.get(index.space)).copied()
    }
}

impl BatchPolicy {
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets loops slice the indices of a space that have this role, into batches of at most `target`
    /// elements.
    pub fn batch_space(&mut self, role: Role, space: &str, target: i64) -> Result<()> {
        let target = checked_size("batch target", "space", space, target)?;
        self.targets(role).spaces.insert(space.into(), target);
        Ok(())
    }

    /// The same for one index; overrides the rule on its space.
    pub fn batch_index(&mut self, role: Role, label: &str, target: i64) -> Result<()> {
        let target = checked_size("batch target", "index", label, target)?;
        self.targets(role).indices.insert(label.into(), target);
        Ok(())
    }

    /// Sets the tile of a space, elements. Batches are rounded down to whole tiles, at least one.
    pub fn tile_space(&mut self, space: &str, tile: i64) -> Result<()> {
        self.tiles.spaces.insert(space.into(), checked_size("tile", "space", space, tile)?);
        Ok(())
    }

    /// The same for one index; overrides the rule on its space.
    pub fn tile_index(&mut self, label: &str, tile: i64) -> Result<()> {
        self.tiles.indices.insert(label.into(), checked_size("tile", "index", label, tile)?);
        Ok(())
    }

    /// Marks the tensors of this label as volatile: they change on every iteration.
    pub fn volatile(&mut self, label: &str) {
        self.volatile_labels.insert(label.into());
    }

    /// Marks the tensor at this position, from 0, as volatile. A position has a meaning in one
    /// network only; prefer labels in a policy that serves many.
    pub fn volatile_position(&mut self, tensor: usize) {
        self.volatile_positions.insert(tensor);
    }

    /// Whether to refuse loops over contracted indices around subtrees with a volatile leaf
    /// (default: no).
    pub fn set_persistent_only(&mut self, on: bool) {
        self.persistent_only = on;
    }

    /// Fraction of a batch's contribution that is live beside the accumulator during the addition (0,
    /// the default: none; 1: all of it). 0, or 1e-9 to 1e18.
    pub fn set_accumulation_factor(&mut self, factor: f64) -> Result<()> {
        check_weight("accumulation_factor", factor)?;
        self.accumulation_factor = factor;
        Ok(())
    }

    /// The memory that plans of the objectives space-time-batched and time-space-batched must fit,
    /// bytes, 1 or more. None (the default): unlimited, so that they open no loop. Other objectives
    /// ignore it.
    pub fn set_peak_threshold(&mut self, bytes: Option<i64>) -> Result<()> {
        self.peak_threshold = match bytes {
            None => None,
            Some(bytes) => match u64::try_from(bytes) {
                Ok(bytes) if bytes >= 1 => Some(bytes),
                _ => {
                    let value = bytes.to_string();
                    let allowed = "1 or more bytes";
                    return Err(Error::Option { name: "peak_threshold", value, allowed });
                }
            },
        };
        Ok(())
    }

    pub fn persistent_only(&self) -> bool {
        self.persistent_only
    }

    pub fn accumulation_factor(&self) -> f64 {
        self.accumulation_factor
    }

    pub fn peak_threshold(&self) -> Option<u64> {
        self.peak_threshold
    }

    /// The batch target of this space in this role, elements, for indices without one of their own.
    /// None: no rule on the space.
    pub fn space_target(&self, role: Role, space: &str) -> Option<u64> {
        self.targets_of(role).spaces.get(space).copied()
    }

    /// The batch target of this label in this role, elements.
    pub fn index_target(&self, role: Role, label: &str) -> Option<u64> {
        self.targets_of(role).indices.get(label).copied()
    }

    /// The tile of this space, elements.
    pub fn space_tile(&self, space: &str) -> Option<u64> {
        self.tiles.spaces.get(space).copied()
    }

    /// The tile of this label, elements.
    pub fn index_tile(&self, label: &str) -> Option<u64> {
        self.tiles.indices.get(label).copied()
    }

    fn targets(&mut self, role: Role) -> &mut ByName {
        match role {
            Role::Contracted => &mut self.contracted,
            Role::External => &mut self.external,
        }
    }

    fn targets_of(&self, role: Role) -> &ByName {
        match role {
            Role::Contracted => &self.contracted,
            Role::External => &self.external,
        }
    }

    /// Whether any rule allows a loop.
    fn may_slice(&self) -> bool {
        let sizes = [&self.contracted, &self.external].map(|of| (&of.spaces, &of.indices));
        let none = sizes.iter().all(|(spaces, indices)| spaces.is_empty() && indices.is_empty());
        !none || self.callbacks.batchable.get().is_some()
    }

    /// Whether any rule makes a tensor volatile.
    fn may_be_volatile(&self) -> bool {
        !self.volatile_positions.is_empty()
            || !self.volatile_labels.is_empty()
            || self.callbacks.volatile.get().is_some()
    }

    /// How loops may slice an index.
    fn slicing(&self, index: &IndexFacts) -> Result<Option<Slicing>> {
        let tile = self.tiles.of(index);
        if let Some(target) = self.targets_of(index.role).of(index) {
            return Ok(Some(Slicing { target, tile: tile.unwrap_or(1) }));
        }
        let Some(ask) = self.callbacks.batchable.get() else { return Ok(None) };
        let Some(answer) = ask(index)? else { return Ok(None) };
        let target = checked_size("batch target", "index", index.label, answer.target)?;
        let own_tile = checked_size("tile", "index", index.label, answer.tile)?;
        Ok(Some(Slicing { target, tile: tile.unwrap_or(own_tile) }))
    }

    fn is_volatile(&self, tensor: &TensorFacts) -> Result<bool> {
        if self.volatile_positions.contains(&tensor.position)
            || self.volatile_labels.contains(tensor.label)
        {
            return Ok(true);
        }
        self.callbacks.volatile.get().map_or(Ok(false), |ask| ask(tensor))
    }
}

/// The policy as text, one line per part.
impl fmt::Display for BatchPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes = |sizes: &ByName, say: &dyn Fn(&str, &str, u64) -> String| -> String {
            let spaces = sizes.spaces.iter().map(|(name, &size)| say("space", name, size));
            let indices = sizes.indices.iter().map(|(name, &size)| say("index", name, size));
            list(&spaces.chain(indices).collect::<Vec<_>>())
        };
        let at_most = |of: &str, name: &str, size| format!("{of} {name} in {size} at most");
        let of = |of: &str, name: &str, size| format!("{of} {name} of {size}");
        let labels = self.volatile_labels.iter().cloned();
        let positions = self.volatile_positions.iter().map(|at| format!("tensor number {at}"));
        let volatile: Vec<String> = labels.chain(positions).collect();
        let over_volatile = if self.persistent_only { "no" } else { "yes" };
        writeln!(f, "batches where contracted: {}", sizes(&self.contracted, &at_most))?;
        writeln!(f, "batches where external: {}", sizes(&self.external, &at_most))?;
        writeln!(f, "tiles: {}", sizes(&self.tiles, &of))?;
        writeln!(f, "volatile: {}", list(&volatile))?;
        writeln!(f, "contracted loops over volatile subtrees: {over_volatile}")?;
        writeln!(f, "accumulation factor: {}", self.accumulation_factor)?;
        match self.peak_threshold {
            None => writeln!(f, "peak threshold: none"),
            Some(bytes) => writeln!(f, "peak threshold: {bytes} bytes"),
        }?;
        writeln!(f, "callbacks: {}", list(&self.callbacks.names()))
    }
}

fn list(items: &[String]) -> String {
    match items {
        [] => "none".to_owned(),
        items => items.join(", "),
    }
}

fn checked_size(size: &'static str, what: &'static str, label: &str, value: i64) -> Result<u64> {
    match u64::try_from(value) {
        Ok(value) if value >= 1 => Ok(value),
        _ => Err(Error::Target { size, what, label: label.into(), value: value.to_string() }),
    }
}

/// A weight or factor: 0, or in [`WEIGHTS`]; NaN is outside.
pub(crate) fn check_weight(name: &'static str, value: f64) -> Result<()> {
    if value == 0.0 || WEIGHTS.contains(&value) {
        return Ok(());
    }
    Err(Error::Option { name, value: value.to_string(), allowed: "0, or 1e-9 to 1e18" })
}

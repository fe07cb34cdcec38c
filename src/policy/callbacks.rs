//! Callbacks of the host, for indices and tensors without an entry in the policy's lists.
//!
//! Only [`BatchPolicy::resolve`] calls them, on its own thread: once per index, in the order of the
//! network, then once per tensor. The first failure ends it.

use std::sync::Arc;

use super::{BatchPolicy, Role};
use crate::callback::Callback;
use crate::{Error, Result};

/// The description of an index that a callback receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexFacts<'a> {
    pub label: &'a str,
    pub space: &'a str,
    /// Elements, 1 or more; the mean domain size for a composite index.
    pub extent: u64,
    pub role: Role,
}

/// The description of a tensor that a callback receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TensorFacts<'a> {
    pub label: &'a str,
    /// Its number in the network, from 0.
    pub position: usize,
}

/// The batches of an index that loops may slice; sizes in elements, 1 or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batching {
    /// The most elements of a batch.
    pub target: i64,
    /// A batch consists of whole tiles of this many elements. Tiles in the policy's lists override
    /// it.
    pub tile: i64,
}

type AskBatchable = dyn Fn(&IndexFacts) -> Result<Option<Batching>> + Send + Sync;
type AskVolatile = dyn Fn(&TensorFacts) -> Result<bool> + Send + Sync;

/// The callbacks of a policy.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Callbacks {
    pub(super) batchable: Callback<AskBatchable>,
    pub(super) volatile: Callback<AskVolatile>,
}

impl Callbacks {
    /// The names of the callbacks that are set.
    pub(super) fn names(&self) -> Vec<String> {
        let batchable = self.batchable.get().map(|_| "batchable".to_owned());
        let volatile = self.volatile.get().map(|_| "volatile".to_owned());
        batchable.into_iter().chain(volatile).collect()
    }
}

impl BatchPolicy {
    /// Asks `answer` about each index without a target, by label or space, for its role in the
    /// network. `None`: loops must not slice it. Replaces an earlier callback.
    ///
    /// ```
    /// use qube_budget::BatchPolicy;
    /// use qube_budget::policy::{Batching, Role};
    /// let mut policy = BatchPolicy::new();
    /// policy.set_batchable_callback(|index| {
    ///     let long = index.role == Role::Contracted && index.extent > 1000;
    ///     Ok(long.then_some(Batching { target: 256, tile: 1 }))
    /// });
    /// ```
    pub fn set_batchable_callback(
        &mut self,
        answer: impl Fn(&IndexFacts) -> Result<Option<Batching>> + Send + Sync + 'static,
    ) {
        self.callbacks.batchable = Callback::new(Arc::new(answer));
    }

    /// Asks `answer` about each tensor that is not volatile by label or by position: whether it
    /// changes on every iteration. Replaces an earlier callback.
    pub fn set_volatile_callback(
        &mut self,
        answer: impl Fn(&TensorFacts) -> Result<bool> + Send + Sync + 'static,
    ) {
        self.callbacks.volatile = Callback::new(Arc::new(answer));
    }

    /// Removes the callback about indices, if any.
    pub fn clear_batchable_callback(&mut self) {
        self.callbacks.batchable = Callback::default();
    }

    /// Removes the callback about tensors, if any.
    pub fn clear_volatile_callback(&mut self) {
        self.callbacks.volatile = Callback::default();
    }

    pub(super) fn refuse_callbacks(&self) -> Result<()> {
        match self.callbacks.names().first() {
            None => Ok(()),
            Some(name) => Err(Error::Unwritable {
                what: "policy",
                part: format!("the callback '{name}'"),
                allowed: "it resolved for one network",
            }),
        }
    }
}

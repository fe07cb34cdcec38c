//! A host's own answers: asked where the lists of a policy say nothing.
//!
//! They are asked by [`BatchPolicy::resolve`] only, on the thread that calls it: of every index in
//! the order of the network, then of every tensor, once each. The first that fails ends it.

use std::fmt;
use std::sync::Arc;

use super::{BatchPolicy, Role};
use crate::{Error, Result};

/// What a callback is told of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexFacts<'a> {
    pub label: &'a str,
    pub space: &'a str,
    /// Elements, 1 or more; of a composite index the mean domain size.
    pub extent: u64,
    pub role: Role,
}

/// What a callback is told of a tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TensorFacts<'a> {
    pub label: &'a str,
    /// Its number in the network, from 0.
    pub position: usize,
}

/// What a callback says of an index that may be sliced; sizes as the setters take them, 1 or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batching {
    /// The most elements of a batch.
    pub target: i64,
    /// A batch has whole tiles of this many elements. What the policy's lists say of tiles goes
    /// before it.
    pub tile: i64,
}

/// A function of a host's, shared by all clones of what holds it. Two are equal if they are the same
/// one.
pub(crate) struct Callback<F: ?Sized>(Option<Arc<F>>);

impl<F: ?Sized> Callback<F> {
    pub(crate) fn new(function: Arc<F>) -> Self {
        Callback(Some(function))
    }

    pub(crate) fn get(&self) -> Option<&F> {
        self.0.as_deref()
    }
}

impl<F: ?Sized> Default for Callback<F> {
    fn default() -> Self {
        Callback(None)
    }
}

impl<F: ?Sized> Clone for Callback<F> {
    fn clone(&self) -> Self {
        Callback(self.0.clone())
    }
}

impl<F: ?Sized> PartialEq for Callback<F> {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(one), Some(other)) => std::ptr::addr_eq(Arc::as_ptr(one), Arc::as_ptr(other)),
            _ => false,
        }
    }
}

impl<F: ?Sized> fmt::Debug for Callback<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Some(callback)" } else { "None" })
    }
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
    /// The names of those that there are.
    pub(super) fn names(&self) -> Vec<String> {
        let batchable = self.batchable.get().map(|_| "batchable".to_owned());
        let volatile = self.volatile.get().map(|_| "volatile".to_owned());
        batchable.into_iter().chain(volatile).collect()
    }
}

impl BatchPolicy {
    /// Asks `answer` about each index that has no target by label or by space in the role it has in
    /// the network: none, it must not be sliced. Goes before an earlier callback.
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
    /// changes on every iteration. Goes before an earlier callback.
    pub fn set_volatile_callback(
        &mut self,
        answer: impl Fn(&TensorFacts) -> Result<bool> + Send + Sync + 'static,
    ) {
        self.callbacks.volatile = Callback::new(Arc::new(answer));
    }

    /// Takes the callback about indices back, if there is one.
    pub fn clear_batchable_callback(&mut self) {
        self.callbacks.batchable = Callback::default();
    }

    /// Takes the callback about tensors back, if there is one.
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

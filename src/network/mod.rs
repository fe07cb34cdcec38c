//! A tensor network: what one term contracts.
//!
//! [`NetworkBuilder`] builds it; [`parse`] and [`einsum`] read it from text, [`crate::document`] from
//! JSON. It never changes afterwards, so threads may share it. Definitions and words: SeQuant's single-term optimizer.

mod builder;
mod einsum;
mod index;
mod index_set;
mod inner_pow;
mod labels;
mod open;
mod power_means;
mod scanner;
mod spaces;
mod subnet;
mod tabulated;
mod terms;
mod volume;

pub use builder::NetworkBuilder;
pub use einsum::einsum;
pub use index::{Index, IndexId, default_space};
pub use index_set::IndexSet;
pub use inner_pow::CompositeFacts;
pub use labels::{Labels, Names};
pub use open::Carriers;
pub use power_means::power_means;
pub use spaces::Spaces;
pub use subnet::{Correspondence, Subnet};
pub(crate) use tabulated::Tabulated;
pub use terms::parse;
pub use volume::{Batches, Volumes};

use std::sync::Arc;

/// One factor of the term: a label and its slots. An index may stand in two slots (a trace).
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor {
    pub label: String,
    pub indices: Vec<IndexId>,
}

/// The tensors and indices of one term, and the indices open in its result.
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    indices: Vec<Index>,
    tensors: Vec<Tensor>,
    targets: IndexSet,
    names: Arc<Names>,
}

impl Network {
    /// All indices, including those that occur only as protos; `IndexId` numbers them.
    pub fn indices(&self) -> &[Index] {
        &self.indices
    }

    pub fn index_at(&self, id: IndexId) -> &Index {
        &self.indices[id.position()]
    }

    /// The index of that label.
    pub fn find_index(&self, label: &str) -> Option<IndexId> {
        self.indices.iter().position(|index| index.label == label).map(IndexId::new)
    }

    /// The leaves, in the order in which sequences number them.
    pub fn tensors(&self) -> &[Tensor] {
        &self.tensors
    }

    /// The indices open in the result: the explicit ones, or those that occur in exactly one slot.
    pub fn targets(&self) -> &IndexSet {
        &self.targets
    }

    /// The labels of its tensors and indices, which plans share.
    pub fn names(&self) -> &Arc<Names> {
        &self.names
    }

    /// Labels of a set, in the order of the network.
    pub fn labels(&self, set: &IndexSet) -> Vec<&str> {
        set.iter().map(|id| self.index_at(id).label.as_str()).collect()
    }
}

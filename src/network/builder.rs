//! Builds a network from labels and checks each call at once.

use std::collections::HashMap;
use std::sync::Arc;

use super::inner_pow::{self, CompositeFacts, InnerPow};
use super::power_means::check_power_means;
use super::spaces::checked_extent;
use super::{Index, IndexId, IndexSet, Names, Network, Tensor, default_space};
use crate::{Error, Result};

/// Collects indices, then tensors that name them, then builds the [`Network`].
///
/// ```
/// use qube_budget::network::NetworkBuilder;
/// let mut builder = NetworkBuilder::new();
/// builder.index("i_1", None, 56)?;
/// builder.composite("a_1<i_1>", None, 12, &["i_1"], &[12.0, 13.1])?;
/// builder.tensor("t", &["a_1<i_1>", "i_1"])?;
/// let network = builder.build()?;
/// assert_eq!(network.index_at(network.find_index("a_1<i_1>").unwrap()).space, "a");
/// # Ok::<(), qube_budget::Error>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct NetworkBuilder {
    indices: Vec<Index>,
    by_label: HashMap<String, IndexId>,
    tensors: Vec<Tensor>,
    targets: Option<Vec<IndexId>>,
    inner_pow: InnerPow,
}

/// Most indices of a network: the range of `IndexId`, far above any term.
const MAX_INDICES: usize = 1 << 20;

impl NetworkBuilder {
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a plain index. Without a space, it is that of the label ([`default_space`]).
    pub fn index(&mut self, label: &str, space: Option<&str>, extent: i64) -> Result<IndexId> {
        self.composite(label, space, extent, &[], &[])
    }

    /// Adds an index that depends on the plain indices `protos`, added before.
    /// `power_means` may be empty; see [`Index::power_means`].
    pub fn composite(
        &mut self,
        label: &str,
        space: Option<&str>,
        extent: i64,
        protos: &[&str],
        power_means: &[f64],
    ) -> Result<IndexId> {
        check_label(label)?;
        let extent = checked_extent("index", label, extent)?;
        check_power_means("index", label, power_means)?;
        if self.by_label.contains_key(label) {
            return Err(Error::Duplicate {
                what: "index",
                label: label.into(),
                twice: "is in the network already; add it once",
            });
        }
        if self.indices.len() == MAX_INDICES {
            let value = MAX_INDICES as u64 + 1;
            return Err(Error::TooLarge { what: "indices", value, limit: MAX_INDICES as u64 });
        }
        let user = format!("index '{label}'");
        let mut proto_ids = Vec::with_capacity(protos.len());
        for &proto in protos {
            let id = self.find(&user, proto)?;
            if self.indices[id.position()].is_composite() {
                return Err(Error::Document {
                    what: "network",
                    reason: format!("{user} has the composite proto '{proto}'; name a plain index"),
                });
            }
            if proto_ids.contains(&id) {
                return Err(Error::Duplicate {
                    what: "proto",
                    label: proto.into(),
                    twice: "stands twice on one composite index; name it once",
                });
            }
            proto_ids.push(id);
        }
        let id = IndexId::new(self.indices.len());
        self.by_label.insert(label.into(), id);
        self.indices.push(Index {
            label: label.into(),
            space: space.unwrap_or_else(|| default_space(label)).into(),
            extent,
            protos: proto_ids,
            power_means: power_means.to_vec(),
        });
        Ok(id)
    }

    /// Adds a tensor with these slots and returns its number, from 0. Labels of tensors may repeat.
    pub fn tensor(&mut self, label: &str, indices: &[&str]) -> Result<usize> {
        let user = format!("tensor '{label}'");
        let indices =
            indices.iter().map(|index| self.find(&user, index)).collect::<Result<Vec<_>>>()?;
        self.tensors.push(Tensor { label: label.into(), indices });
        Ok(self.tensors.len() - 1)
    }

    /// Sets the indices open in the result, as einsum does. Each must be carried by a tensor.
    /// Without this call they are those that occur in exactly one slot.
    pub fn targets(&mut self, targets: &[&str]) -> Result<()> {
        let mut ids = Vec::with_capacity(targets.len());
        for &target in targets {
            let id = self.find("the list of targets", target)?;
            if ids.contains(&id) {
                return Err(Error::Duplicate {
                    what: "target",
                    label: target.into(),
                    twice: "is listed twice; list it once",
                });
            }
            ids.push(id);
        }
        self.targets = Some(ids);
        Ok(())
    }

    /// Asks `mean` about each composite index that has no power means, when the network is built:
    /// for its k-th power mean, finite and above 0, for k = 1 to the number of composite indices of
    /// the network with the same protos. Asks index by index, in order. Replaces an earlier callback.
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

    /// Shares the callback of a table of spaces.
    pub(super) fn share_inner_pow(&mut self, inner_pow: &InnerPow) {
        self.inner_pow = inner_pow.clone();
    }

    pub fn contains(&self, label: &str) -> bool {
        self.by_label.contains_key(label)
    }

    /// Checks the network as a whole and returns it; the builder stays usable. Errors: `NoTensors`;
    /// `UnknownIndex`, a target that no tensor carries; `PowerMean`, a callback's mean outside its
    /// range; a callback's own error.
    pub fn build(&self) -> Result<Network> {
        if self.tensors.is_empty() {
            return Err(Error::NoTensors);
        }
        let mut slots = vec![0u32; self.indices.len()];
        for id in self.tensors.iter().flat_map(|tensor| &tensor.indices) {
            slots[id.position()] += 1;
        }
        let mut targets = IndexSet::empty(self.indices.len());
        match &self.targets {
            None => (0..slots.len())
                .filter(|&at| slots[at] == 1)
                .for_each(|at| targets.insert(IndexId::new(at))),
            Some(explicit) => {
                for &id in explicit {
                    if slots[id.position()] == 0 {
                        return Err(Error::UnknownIndex {
                            user: "the list of targets".into(),
                            label: self.indices[id.position()].label.clone(),
                            known: self.labels(|at| slots[at] > 0),
                        });
                    }
                    targets.insert(id);
                }
            }
        }
        let mut indices = self.indices.clone();
        inner_pow::fill(&mut indices, &self.inner_pow)?;
        let names = Names {
            tensors: self.tensors.iter().map(|tensor| &tensor.label).collect(),
            indices: indices.iter().map(|index| &index.label).collect(),
            spaces: indices.iter().map(|index| &index.space).collect(),
            extents: indices.iter().map(|index| index.extent).collect(),
        };
        Ok(Network { indices, tensors: self.tensors.clone(), targets, names: Arc::new(names) })
    }

    fn find(&self, user: &str, label: &str) -> Result<IndexId> {
        self.by_label.get(label).copied().ok_or_else(|| Error::UnknownIndex {
            user: user.into(),
            label: label.into(),
            known: self.labels(|_| true),
        })
    }

    fn labels(&self, wanted: impl Fn(usize) -> bool) -> Vec<String> {
        let all = self.indices.iter().enumerate();
        all.filter(|&(at, _)| wanted(at)).map(|(_, index)| index.label.clone()).collect()
    }
}

/// Control characters are refused: the C interface writes lists of labels, one per line.
fn check_label(label: &str) -> Result<()> {
    if !label.is_empty() && !label.contains(char::is_control) {
        return Ok(());
    }
    Err(Error::Label {
        what: "an index",
        label: label.into(),
        allowed: "one or more characters, none of them a control character",
    })
}

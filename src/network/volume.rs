//! How many elements a tensor with given open indices has.
//!
//! `V(set) = product of the extents of outer * product over the composites c of inner_pow(c, k)`:
//! outer are the plain indices of the set and all protos of its composites, k is how many composites
//! of the set share the protos of c (the same ones in the same order), and `inner_pow(c, k)` the
//! k-th power mean of the domain sizes, so that `outer * inner_pow^k` is the true block-sparse
//! volume `sum over pairs of d^k`. A product of exactly 1 counts 0: a scalar takes no memory.
//!
//! Factors are multiplied in the order of the network, so equal sets have bitwise equal volumes.

use std::collections::HashMap;

use super::{IndexId, IndexSet, Network};
use crate::{Error, Result};

/// What the factors of a volume are: extents, or batch sizes for what a loop slices.
pub trait Sizes {
    /// Elements of a plain index.
    fn plain(&self, index: IndexId) -> f64;
    /// Elements of a composite index of which `mean` is the k-th power mean.
    fn composite(&self, index: IndexId, mean: f64) -> f64;
}

/// Full extents: what a tensor takes when no loop slices it.
struct Unsliced<'a>(&'a [f64]);

impl Sizes for Unsliced<'_> {
    fn plain(&self, index: IndexId) -> f64 {
        self.0[index.position()]
    }

    fn composite(&self, _: IndexId, mean: f64) -> f64 {
        mean
    }
}

/// Volumes over one network.
pub struct Volumes {
    extents: Vec<f64>,
    composites: Vec<Option<Composite>>,
    groups: usize,
}

struct Composite {
    protos: IndexSet,
    /// Composites of one group have the same protos in the same order.
    group: usize,
    /// `means[k - 1]`, for every k that the network can ask for.
    means: Vec<f64>,
}

impl Volumes {
    /// With `use_inner_pow` false a composite counts its own extent.
    pub fn new(network: &Network, use_inner_pow: bool) -> Result<Self> {
        let mut groups: HashMap<&[IndexId], (usize, usize)> = HashMap::new();
        for index in network.indices().iter().filter(|index| index.is_composite()) {
            let next = groups.len();
            groups.entry(&index.protos).or_insert((next, 0)).1 += 1;
        }
        let composites = network
            .indices()
            .iter()
            .map(|index| {
                if !index.is_composite() {
                    return Ok(None);
                }
                let (group, members) = groups[index.protos.as_slice()];
                let means = if use_inner_pow && !index.power_means.is_empty() {
                    power_means(&index.label, &index.power_means, members)?
                } else {
                    vec![index.extent as f64; members]
                };
                let mut protos = IndexSet::empty(network.indices().len());
                index.protos.iter().for_each(|&proto| protos.insert(proto));
                Ok(Some(Composite { protos, group, means }))
            })
            .collect::<Result<_>>()?;
        let extents = network.indices().iter().map(|index| index.extent as f64).collect();
        Ok(Volumes { extents, composites, groups: groups.len() })
    }

    /// Elements of a tensor with these indices.
    pub fn of(&self, set: &IndexSet) -> f64 {
        self.sized(set, &Unsliced(&self.extents))
    }

    /// As `of`, with the factors that `sizes` gives.
    pub fn sized(&self, set: &IndexSet, sizes: &impl Sizes) -> f64 {
        let mut product = 1.0;
        if self.groups == 0 {
            for index in set.iter() {
                product *= sizes.plain(index);
            }
        } else {
            let mut outer = set.clone();
            let mut in_group = vec![0usize; self.groups];
            for (id, composite) in self.composites_of(set) {
                outer.remove(id);
                outer.union_with(&composite.protos);
                in_group[composite.group] += 1;
            }
            for index in outer.iter() {
                product *= sizes.plain(index);
            }
            for (id, composite) in self.composites_of(set) {
                product *= sizes.composite(id, composite.means[in_group[composite.group] - 1]);
            }
        }
        if product == 1.0 { 0.0 } else { product }
    }

    /// Whether a volume never shrinks when an index is added to a set: every factor is 1 at least, and
    /// the power means do not fall with k.
    pub fn grow(&self) -> bool {
        let composites = self.composites.iter().flatten();
        composites.into_iter().all(|one| one.means[0] >= 1.0 && one.means.is_sorted())
    }

    /// By index, the least and the largest factor that it can bring into a product.
    pub(crate) fn factor_ranges(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.extents.iter().zip(&self.composites).map(|(&extent, composite)| {
            let means = composite.iter().flat_map(|composite| &composite.means);
            means.fold((extent, extent), |(least, most), &mean| (least.min(mean), most.max(mean)))
        })
    }

    fn composites_of<'a>(
        &'a self,
        set: &'a IndexSet,
    ) -> impl Iterator<Item = (IndexId, &'a Composite)> {
        set.iter().filter_map(|id| Some((id, self.composites[id.position()].as_ref()?)))
    }
}

/// The first `needed` power means of an index. A table that ends early is an error: nobody can
/// guess the mean that is missing.
fn power_means(label: &str, given: &[f64], needed: usize) -> Result<Vec<f64>> {
    match given.get(..needed) {
        Some(means) => Ok(means.to_vec()),
        None => Err(Error::PowerMean {
            what: "index",
            label: label.into(),
            k: given.len() + 1,
            value: "missing".into(),
            allowed: "a table as long as the number of composite indices with the same protos",
        }),
    }
}

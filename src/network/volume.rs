//! How many elements a tensor with given open indices has.
//!
//! `V(set) = product of the extents of outer * product over the composites c of inner_pow(c, k)`:
//! outer are the plain indices of the set and all protos of its composites, k is how many composites
//! of the set share the protos of c (the same ones in the same order), and `inner_pow(c, k)` the
//! k-th power mean of the domain sizes, so that `outer * inner_pow^k` is the true block-sparse
//! volume `sum over pairs of d^k`. A product of exactly 1 counts 0: a scalar takes no memory.
//!
//! Factors are multiplied in an order that depends on the network alone, so equal sets have bitwise
//! equal volumes: the extents by eights, so that they can be tabulated, then the composites.

use rustc_hash::FxHashMap;

use super::{IndexId, IndexSet, Network};
use crate::{Error, Result};

/// What the factors of a volume are: extents, or batch sizes for what a loop slices.
pub trait Sizes {
    /// Elements of a composite index of which `mean` is the k-th power mean.
    fn composite(&self, index: IndexId, mean: f64) -> f64;
    /// Those of a group of eight plain indices that a loop slices.
    fn sliced(&self, eight: usize) -> u8;
    /// The product of the elements of sliced indices of a group of eight.
    fn product(&self, eight: usize, sliced: u8) -> f64;
}

/// Full extents: what a tensor takes when no loop slices it.
struct Unsliced;

impl Sizes for Unsliced {
    fn composite(&self, _: IndexId, mean: f64) -> f64 {
        mean
    }

    fn sliced(&self, _: usize) -> u8 {
        0
    }

    fn product(&self, _: usize, _: u8) -> f64 {
        1.0
    }
}

/// Volumes over one network.
pub struct Volumes {
    extents: Vec<f64>,
    /// By group of eight indices, the product of the extents of every subset of it.
    tables: Vec<Vec<f64>>,
    /// By composite index, `means[k - 1]` for every k that the network can ask for; none for others.
    means: Vec<Vec<f64>>,
    groups: Vec<Group>,
}

/// Composites with the same protos in the same order.
struct Group {
    members: IndexSet,
    protos: IndexSet,
    /// Both as bits, of a network of at most 128 indices.
    bits: (u128, u128),
}

impl Volumes {
    /// With `use_inner_pow` false a composite counts its own extent.
    pub fn new(network: &Network, use_inner_pow: bool) -> Result<Self> {
        let indices = network.indices();
        let mut group_of: FxHashMap<&[IndexId], usize> = FxHashMap::default();
        let mut groups: Vec<Group> = Vec::new();
        let composites = || indices.iter().enumerate().filter(|(_, index)| index.is_composite());
        for (at, index) in composites() {
            let group = *group_of.entry(&index.protos).or_insert_with(|| {
                let mut protos = IndexSet::empty(indices.len());
                index.protos.iter().for_each(|&proto| protos.insert(proto));
                let bits = (0, protos.bits().unwrap_or(0));
                groups.push(Group { members: IndexSet::empty(indices.len()), protos, bits });
                groups.len() - 1
            });
            groups[group].members.insert(IndexId::new(at));
        }
        for Group { members, bits, .. } in &mut groups {
            bits.0 = members.bits().unwrap_or(0);
        }
        let mut means = vec![Vec::new(); indices.len()];
        for (at, index) in composites() {
            let members = groups[group_of[index.protos.as_slice()]].members.iter().count();
            means[at] = if use_inner_pow && !index.power_means.is_empty() {
                power_means(&index.label, &index.power_means, members)?
            } else {
                vec![index.extent as f64; members]
            };
        }
        let extents: Vec<f64> = indices.iter().map(|index| index.extent as f64).collect();
        Ok(Volumes { tables: tables(&extents), extents, means, groups })
    }

    /// Elements of a tensor with these indices.
    pub fn of(&self, set: &IndexSet) -> f64 {
        self.sized(set, &Unsliced)
    }

    /// Elements of a tensor with the indices of two sets.
    pub fn of_both(&self, a: &IndexSet, b: &IndexSet) -> f64 {
        match (a.bits(), b.bits()) {
            (Some(a), Some(b)) => self.of_bits(a | b, &Unsliced),
            _ => self.of(&a.union(b)),
        }
    }

    /// The same as for larger sets, without taking memory.
    fn of_bits(&self, set: u128, sizes: &impl Sizes) -> f64 {
        let (mut outer, mut inner) = (set, 1.0);
        for &Group { bits: (composites, protos), .. } in &self.groups {
            let mut members = composites & set;
            if members != 0 {
                outer = outer & !members | protos;
                let k = members.count_ones() as usize;
                while members != 0 {
                    let at = members.trailing_zeros() as usize;
                    inner *= sizes.composite(IndexId::new(at), self.means[at][k - 1]);
                    members &= members - 1;
                }
            }
        }
        counted(self.product(outer.to_le_bytes().into_iter(), sizes) * inner)
    }

    /// As `of`, with the factors that `sizes` gives.
    pub fn sized(&self, set: &IndexSet, sizes: &impl Sizes) -> f64 {
        match set.bits() {
            Some(bits) => self.of_bits(bits, sizes),
            None => counted(self.product(self.outer(set).bytes(), sizes) * self.inner(set, sizes)),
        }
    }

    fn product(&self, outer: impl Iterator<Item = u8>, sizes: &impl Sizes) -> f64 {
        let eights = self.tables.iter().zip(outer).enumerate();
        eights.fold(1.0, |product, (eight, (table, members))| {
            let sliced = members & sizes.sliced(eight);
            let whole = product * table[(members & !sliced) as usize];
            if sliced == 0 { whole } else { whole * sizes.product(eight, sliced) }
        })
    }

    /// By group of eight indices, the product of every subset of it where each has at most so many
    /// elements.
    pub fn tables_of(&self, most: impl Fn(IndexId) -> f64) -> Vec<Vec<f64>> {
        let numbered = self.extents.iter().enumerate();
        let extents: Vec<f64> =
            numbered.map(|(at, &extent)| extent.min(most(IndexId::new(at)))).collect();
        tables(&extents)
    }

    /// The plain indices of a set and all protos of its composites.
    fn outer(&self, set: &IndexSet) -> IndexSet {
        let mut outer = set.clone();
        for group in self.groups.iter().filter(|group| group.members.intersects(set)) {
            outer.remove_all(&group.members);
            outer.union_with(&group.protos);
        }
        outer
    }

    /// The product over the composites of a set.
    fn inner(&self, set: &IndexSet, sizes: &impl Sizes) -> f64 {
        let mut product = 1.0;
        for group in &self.groups {
            let k = group.members.common(set).count();
            for id in group.members.common(set) {
                product *= sizes.composite(id, self.means[id.position()][k - 1]);
            }
        }
        product
    }

    /// Whether a volume never shrinks when an index is added to a set: every factor is 1 at least, and
    /// the power means do not fall with k.
    pub fn grow(&self) -> bool {
        self.means.iter().all(|means| means.is_sorted() && means.first().is_none_or(|&d| d >= 1.0))
    }

    /// What a volume of a set is at most, as a power of two.
    pub(crate) fn magnitude(&self, network: &Network, set: &IndexSet) -> f64 {
        let mut factors = set.clone();
        for index in set.iter() {
            network.index_at(index).protos.iter().for_each(|&proto| factors.insert(proto));
        }
        let largest = |index: IndexId| {
            let at = index.position();
            self.means[at].iter().copied().fold(self.extents[at], f64::max).max(1.0)
        };
        factors.iter().map(|index| largest(index).log2()).sum()
    }

    /// By index, the least and the largest factor that it can bring into a product.
    pub(crate) fn factor_ranges(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.extents.iter().zip(&self.means).map(|(&extent, means)| {
            let factors = means.iter();
            factors.fold((extent, extent), |(least, most), &mean| (least.min(mean), most.max(mean)))
        })
    }
}

/// A scalar takes no memory.
fn counted(product: f64) -> f64 {
    if product == 1.0 { 0.0 } else { product }
}

/// The sum, or product, of every subset of a few numbers, in their order; of none, `empty`.
pub fn tabulated(numbers: &[f64], empty: f64, join: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let mut subsets = Vec::with_capacity(1 << numbers.len());
    subsets.push(empty);
    for &number in numbers {
        let half = subsets.len();
        subsets.extend_from_within(..);
        subsets[half..].iter_mut().for_each(|subset| *subset = join(*subset, number));
    }
    subsets
}

/// By group of eight, the product of every subset of it.
fn tables(extents: &[f64]) -> Vec<Vec<f64>> {
    extents.chunks(8).map(|eight| tabulated(eight, 1.0, |a, b| a * b)).collect()
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

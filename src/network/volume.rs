//! The number of elements of a tensor with given open indices.
//!
//! `V(set) = product of the extents of outer * product over the composites c of inner_pow(c, k)`:
//! outer are the plain indices of the set and all protos of its composites, k is the number of composites
//! of the set with the protos of c (the same ones in the same order), and `inner_pow(c, k)` the
//! k-th power mean of the domain sizes, so that `outer * inner_pow^k` is the true block-sparse
//! volume `sum over pairs of d^k`. A product of 1 counts 0: a scalar takes no memory. With power means such
//! a product is 1 up to rounding, which depends on the order of the factors.
//!
//! Factors are multiplied in an order that depends on the network alone, so equal sets have bitwise
//! equal volumes: the extents by sixes, so that they can be tabulated, then the composites.

use rustc_hash::FxHashMap;

use super::tabulated::Tabulated;
use super::{Index, IndexId, IndexSet, Network};
use crate::{Error, Result, allocation};

/// The most elements of each index inside the loops that slice it.
pub struct Batches {
    /// By index.
    most: Vec<f64>,
    /// Products of batches.
    products: Tabulated,
}

/// Volumes over one network.
pub struct Volumes {
    extents: Vec<f64>,
    /// Products of extents.
    products: Tabulated,
    /// By composite index, `means[k - 1]` for every k that occurs in the network; empty for plain
    /// indices, and without composites.
    means: Vec<Vec<f64>>,
    groups: Vec<Group>,
    /// By index, its group; none for a plain index.
    group_of: Vec<usize>,
    /// All composites as words, of a network of at most 128 indices.
    composites: [u64; 2],
}

/// Composites with the same protos in the same order.
struct Group {
    members: IndexSet,
    protos: IndexSet,
    /// Both as words, of a network of at most 128 indices.
    few: [[u64; 2]; 2],
}

impl Volumes {
    /// Without `use_inner_pow`, a composite counts as its own extent.
    pub fn new(network: &Network, use_inner_pow: bool) -> Result<Self> {
        let indices = network.indices();
        let mut with_protos: FxHashMap<&[IndexId], usize> = FxHashMap::default();
        let mut groups: Vec<Group> = Vec::new();
        for (at, index) in composites_of(indices) {
            let group = *with_protos.entry(&index.protos).or_insert_with(|| {
                let mut protos = IndexSet::empty(indices.len());
                index.protos.iter().for_each(|&proto| protos.insert(proto));
                groups.push(Group {
                    members: IndexSet::empty(indices.len()),
                    protos,
                    few: [[0; 2]; 2],
                });
                groups.len() - 1
            });
            groups[group].members.insert(IndexId::new(at));
        }
        for Group { members, protos, few } in &mut groups {
            *few = [members, protos].map(|set| set.few().unwrap_or_default());
        }
        let needed = if groups.is_empty() { 0 } else { indices.len() };
        let (mut means, mut group_of) = (vec![Vec::new(); needed], vec![0; needed]);
        let mut composites = [0; 2];
        for (at, index) in composites_of(indices) {
            group_of[at] = with_protos[index.protos.as_slice()];
            let Group { members, few, .. } = &groups[group_of[at]];
            composites = [composites[0] | few[0][0], composites[1] | few[0][1]];
            let members = members.iter().count();
            means[at] = if use_inner_pow && !index.power_means.is_empty() {
                power_means(&index.label, &index.power_means, members)?
            } else {
                vec![index.extent as f64; members]
            };
        }
        let extents: Vec<f64> =
            allocation::collected(indices.iter().map(|index| index.extent as f64))?;
        let products = Tabulated::new(&extents, 1.0, |a, b| a * b)?;
        Ok(Volumes { extents, products, means, groups, group_of, composites })
    }

    /// Elements of a tensor with these indices.
    #[inline(always)]
    pub fn of(&self, set: &IndexSet) -> f64 {
        match set.few() {
            Some(few) => self.of_few(few),
            None => self.of_many(set),
        }
    }

    /// Elements of a tensor with the indices of two sets.
    #[inline(always)]
    pub fn of_both(&self, a: &IndexSet, b: &IndexSet) -> f64 {
        match (a.few(), b.few()) {
            (Some(a), Some(b)) => self.of_few([a[0] | b[0], a[1] | b[1]]),
            _ => self.of_many(&a.union(b)),
        }
    }

    #[cold]
    #[inline(never)]
    fn of_many(&self, set: &IndexSet) -> f64 {
        let (outer, inner) = self.factors(set, |_, mean| mean);
        counted_but_for_rounding(self.product(outer.words()) * inner)
    }

    /// The same as for larger sets, without taking memory.
    #[inline(always)]
    fn of_few(&self, set: [u64; 2]) -> f64 {
        if self.groups.is_empty() {
            return counted(self.product(&set));
        }
        self.with_composites(set)
    }

    fn with_composites(&self, set: [u64; 2]) -> f64 {
        let (outer, inner) = self.factors_of_few(set, |_, mean| mean);
        counted_but_for_rounding(self.product(&outer) * inner)
    }

    /// The elements of each index inside loops: at most `most` of it where a loop slices it.
    pub fn batches(&self, most: impl Fn(IndexId) -> f64) -> Result<Batches> {
        let extents = self.extents.iter().enumerate();
        let sliced = extents.map(|(at, &extent)| (extent, most(IndexId::new(at))));
        let (least, most): (Vec<f64>, Vec<f64>) =
            sliced.map(|(extent, most)| (extent.min(most), most)).unzip();
        Ok(Batches { products: Tabulated::new(&least, 1.0, |a, b| a * b)?, most })
    }

    /// Elements of a tensor with these indices inside loops that slice some of them.
    pub fn sliced(&self, set: &IndexSet, sliced: &IndexSet, batches: &Batches) -> f64 {
        let composite = |index: IndexId, mean: f64| {
            if sliced.contains(index) { mean.min(batches.most[index.position()]) } else { mean }
        };
        let product = |whole: &[u64], cut: &[u64]| {
            self.product(whole) * batches.products.of(cut, 1.0, |a, b| a * b)
        };
        let (elements, inner) = match (set.few(), sliced.few()) {
            (Some(set), Some([low, high])) => {
                let (outer, inner) = self.factors_of_few(set, composite);
                let cut = [outer[0] & low, outer[1] & high];
                (product(&[outer[0] & !low, outer[1] & !high], &cut), inner)
            }
            _ => {
                let (outer, inner) = self.factors(set, composite);
                let (whole, cut) = (outer.difference(sliced), outer.intersection(sliced));
                (product(whole.words(), cut.words()), inner)
            }
        };
        counted_but_for_rounding(elements * inner)
    }

    #[inline]
    fn product(&self, outer: &[u64]) -> f64 {
        self.products.of(outer, 1.0, |a, b| a * b)
    }

    /// The plain indices of a set and all protos of its composites; and the product over these.
    fn factors(&self, set: &IndexSet, composite: impl Fn(IndexId, f64) -> f64) -> (IndexSet, f64) {
        let (mut outer, mut inner) = (set.clone(), 1.0);
        for group in &self.groups {
            let members = group.members.intersection(set);
            let k = members.iter().count();
            if k > 0 {
                outer.remove_all(&members);
                outer.union_with(&group.protos);
                for id in members.iter() {
                    inner *= composite(id, self.means[id.position()][k - 1]);
                }
            }
        }
        (outer, inner)
    }

    /// The same as for larger sets, without taking memory.
    #[inline]
    fn factors_of_few(
        &self,
        set: [u64; 2],
        composite: impl Fn(IndexId, f64) -> f64,
    ) -> ([u64; 2], f64) {
        let (mut outer, mut inner) = (set, 1.0);
        let mut composites = [set[0] & self.composites[0], set[1] & self.composites[1]];
        while let Some(first) = lowest(composites) {
            let Group { few: [members, protos], .. } = &self.groups[self.group_of[first]];
            let mut members = [set[0] & members[0], set[1] & members[1]];
            for word in 0..2 {
                composites[word] &= !members[word];
                outer[word] = outer[word] & !members[word] | protos[word];
            }
            let k = (members[0].count_ones() + members[1].count_ones()) as usize;
            while let Some(at) = lowest(members) {
                inner *= composite(IndexId::new(at), self.means[at][k - 1]);
                members[at / 64] &= members[at / 64] - 1;
            }
        }
        (outer, inner)
    }

    /// Whether a volume is a product of extents of at most 64 indices: see [`Volumes::of_word`].
    pub fn are_products_of_a_word(&self) -> bool {
        self.extents.len() <= 64 && self.groups.is_empty()
    }

    /// Elements of a tensor with these indices, a bit for each, where volumes are such products.
    #[inline(always)]
    pub fn of_word(&self, set: u64) -> f64 {
        counted(self.products.of_first(set, 1.0, |a, b| a * b))
    }

    /// Whether a volume never shrinks when an index is added to a set: every factor is 1 at least, and
    /// the power means do not fall with k.
    pub fn grow(&self) -> bool {
        self.means.iter().all(|means| means.is_sorted() && means.first().is_none_or(|&d| d >= 1.0))
    }

    /// An upper bound of the volume of any set, as a power of two.
    pub(crate) fn magnitude(&self, network: &Network, set: &IndexSet) -> f64 {
        let mut factors = set.clone();
        for index in set.iter() {
            network.index_at(index).protos.iter().for_each(|&proto| factors.insert(proto));
        }
        let largest = |index: IndexId| self.factor_range(index.position()).1.max(1.0);
        factors.iter().map(|index| largest(index).log2()).sum()
    }

    /// By index, the smallest and the largest factor that it can contribute.
    pub(crate) fn factor_ranges(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        (0..self.extents.len()).map(|at| self.factor_range(at))
    }

    fn factor_range(&self, at: usize) -> (f64, f64) {
        let (extent, means) = (self.extents[at], self.means.get(at).into_iter().flatten());
        means.fold((extent, extent), |(least, most), &mean| (least.min(mean), most.max(mean)))
    }
}

fn composites_of(indices: &[Index]) -> impl Iterator<Item = (usize, &Index)> {
    indices.iter().enumerate().filter(|(_, index)| index.is_composite())
}

/// The lowest member of a set of few indices.
#[inline]
fn lowest(set: [u64; 2]) -> Option<usize> {
    match set {
        [0, 0] => None,
        [0, high] => Some(64 + high.trailing_zeros() as usize),
        [low, _] => Some(low.trailing_zeros() as usize),
    }
}

/// A scalar takes no memory. Products of extents are whole numbers.
#[inline]
fn counted(product: f64) -> f64 {
    if product == 1.0 { 0.0 } else { product }
}

/// The same for products with power means, whose last digits depend on the order of the factors: if one
/// pair of three has one element for each of two indices, `3 (1/3)^(1/2) (1/3)^(1/2)`.
#[inline]
fn counted_but_for_rounding(product: f64) -> f64 {
    const ROUNDING: f64 = 1e-12;
    if (product - 1.0).abs() <= ROUNDING { 0.0 } else { product }
}

/// The first `needed` power means of an index. A shorter table is an error: the missing mean cannot be
/// derived.
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

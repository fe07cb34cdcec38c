//! The work of contractions as products over sets of tensors, for searches that tabulate sets.
//!
//! In networks without composite indices a contraction takes the work `T_n / (K_l K_r)`. T_n is the
//! product of all extents on tensors of n, and K that of the extents closed within a part: the
//! indices open in l or r are those of n without these. So with `t = w T`, `k = 1 / K` and the cost
//! c of each set:
//!
//! `c_n = min over l, r of t_n (k_l k_r) + (c_l + c_r)`
//!
//! The objective size costs `S_l + S_r + S_n`: the same with k = 1 and t_n = 2 S_n, for the result
//! of this contraction and as an operand of the next one.
//!
//! These values differ from the sums of the definition by rounding, because of the reciprocals and
//! the order of the factors; and a product of exactly 1 counts 1 here, not 0. So they only
//! determine which splits can be best: see [`super::near_ties`].

use crate::problem::{Charge, Problem, Subset};

/// Above the cost of every tree: products stay below 2^700, weights below 2^60.
pub const NEVER: f64 = 1.0e300;

/// The factors of a set in the costs of contractions.
#[derive(Clone, Copy)]
pub struct Product {
    /// t of the set: the work of its contractions if no index is closed within the parts.
    pub work: f64,
    /// k of the set.
    pub inverse: f64,
}

/// The products of a problem.
pub struct Products<'a> {
    problem: &'a Problem<'a>,
    volatile: Subset,
    weight: f64,
    size: bool,
}

/// The product of all extents on a set, and that of 1 over each extent closed within it.
#[derive(Clone, Copy)]
pub struct Extents {
    all: f64,
    inverse: f64,
}

impl Extents {
    /// Of no tensor.
    pub const NONE: Extents = Extents { all: 1.0, inverse: 1.0 };

    /// Of two sets, where `other` does not count extents that it shares with this one.
    #[inline]
    pub fn and(self, other: Extents) -> Extents {
        Extents { all: self.all * other.all, inverse: self.inverse * other.inverse }
    }
}

impl<'a> Products<'a> {
    /// Whether the costs of a problem are such products: composite indices and footprint weights
    /// rule it out.
    pub fn takes(problem: &Problem) -> bool {
        problem.options().footprint_weight == 0.0
            && !problem.network().indices().iter().any(|index| index.is_composite())
    }

    /// The products of a problem that [`Products::takes`] covers.
    pub fn new(problem: &'a Problem<'a>) -> Self {
        let options = problem.options();
        let tensors = problem.connectivity().tensors();
        let volatile = (0..tensors).map(Subset::leaf).filter(|&leaf| problem.is_volatile(leaf));
        Products {
            problem,
            volatile: volatile.fold(Subset(0), Subset::union),
            weight: options.volatile_weight.max(1.0),
            size: options.objective.charge() == Charge::Storage,
        }
    }

    /// Of one tensor, as part of larger sets.
    pub fn of_tensor(&self, tensor: usize) -> Extents {
        self.with(Extents::NONE, Subset(0), tensor)
    }

    /// Of a set with one more tensor.
    pub fn with(&self, extents: Extents, set: Subset, tensor: usize) -> Extents {
        let Extents { mut all, mut inverse } = extents;
        let members = set.union(Subset::leaf(tensor)).0;
        let network = self.problem.network();
        for index in self.problem.leaf_open(tensor).iter() {
            let extent = network.index_at(index).extent as f64;
            let carriers = self.problem.carriers_of(index);
            if carriers & set.0 == 0 {
                all *= extent;
            }
            if carriers & !members == 0 && !network.targets().contains(index) {
                inverse *= 1.0 / extent;
            }
        }
        Extents { all, inverse }
    }

    /// The factors of a set.
    pub fn product(&self, set: Subset, Extents { all, inverse }: Extents) -> Product {
        // No index is closed within one tensor: one that it alone carries is open until its
        // contraction.
        let inverse = if set.is_leaf() { 1.0 } else { inverse };
        if self.size {
            return Product { work: 2.0 * counted(all * inverse), inverse: 1.0 };
        }
        let weight = if set.intersects(self.volatile) { self.weight } else { 1.0 };
        Product { work: weight * all, inverse }
    }

    /// The cost of a tensor.
    pub fn cost_of_tensor(&self, Extents { all, .. }: Extents) -> f64 {
        if self.size { counted(all) } else { 0.0 }
    }
}

/// Elements, a whole number but for rounding: a scalar takes no memory.
pub fn counted(product: f64) -> f64 {
    if product < 1.5 { 0.0 } else { product }
}

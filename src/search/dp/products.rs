//! The work of contractions as products over sets of tensors, for searches that tabulate sets.
//!
//! In networks without composite indices a contraction works `T_n / (K_l K_r)`, with T_n the product of
//! all extents on tensors of n, and K of those that are closed within a part: the indices open in l or
//! r are those of n but for them. So with `t = w T`, `k = 1 / K` and the cost c of each set, a set
//! takes
//!
//! `c_n = min over l, r of t_n (k_l k_r) + (c_l + c_r)`
//!
//! Size costs `S_l + S_r + S_n`: the same with k = 1 and t_n = 2 S_n, for the result of this
//! contraction and as an operand of the next one.
//!
//! These are not quite the sums of the definition, because of the reciprocals and the order of the
//! factors; a product of exactly 1 counts 1 here, not 0. So they only tell which splits can be best:
//! see [`super::rivals`].

use crate::problem::{Charge, Problem, Subset};

/// A cost that no tree has: products stay below 2^700, weights below 2^60.
pub const NEVER: f64 = 1.0e300;

/// What a set takes part in contractions with.
#[derive(Clone, Copy)]
pub struct Product {
    /// t of the set: what its contractions work where nothing is closed within the parts.
    pub work: f64,
    /// k of the set.
    pub free: f64,
}

/// The products of a problem.
pub struct Products<'a> {
    problem: &'a Problem<'a>,
    volatile: Subset,
    weight: f64,
    size: bool,
}

/// Products of all extents that are met in a set, and of 1 over each that closes within it.
#[derive(Clone, Copy)]
pub struct Met {
    all: f64,
    free: f64,
}

impl Met {
    /// Of no tensor.
    pub const NONE: Met = Met { all: 1.0, free: 1.0 };

    /// What is met in two sets, of which `other` does not count what it shares with this one.
    #[inline]
    pub fn and(self, other: Met) -> Met {
        Met { all: self.all * other.all, free: self.free * other.free }
    }
}

impl<'a> Products<'a> {
    /// Whether the costs of a problem are such products: composite indices and weights of footprints
    /// forbid it.
    pub fn takes(problem: &Problem) -> bool {
        problem.options().footprint_weight == 0.0
            && !problem.network().indices().iter().any(|index| index.is_composite())
    }

    /// Those of a problem that they take.
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

    /// What is met in a tensor, as part of larger sets.
    pub fn of_tensor(&self, tensor: usize) -> Met {
        self.with(Met::NONE, Subset(0), tensor)
    }

    /// What is met in a set and a tensor more.
    pub fn with(&self, met: Met, set: Subset, tensor: usize) -> Met {
        let Met { mut all, mut free } = met;
        let members = set.union(Subset::leaf(tensor)).0;
        let network = self.problem.network();
        for index in self.problem.leaf_open(tensor).iter() {
            let extent = network.index_at(index).extent as f64;
            let carriers = self.problem.carriers_of(index);
            if carriers & set.0 == 0 {
                all *= extent;
            }
            if carriers & !members == 0 && !network.targets().contains(index) {
                free *= 1.0 / extent;
            }
        }
        Met { all, free }
    }

    /// The product of a set.
    pub fn product(&self, set: Subset, Met { all, free }: Met) -> Product {
        // Nothing is closed within one tensor: what only it carries is open until it is contracted.
        let free = if set.is_leaf() { 1.0 } else { free };
        if self.size {
            return Product { work: 2.0 * counted(all * free), free: 1.0 };
        }
        let weight = if set.intersects(self.volatile) { self.weight } else { 1.0 };
        Product { work: weight * all, free }
    }

    /// The cost of a tensor.
    pub fn cost_of_tensor(&self, Met { all, .. }: Met) -> f64 {
        if self.size { counted(all) } else { 0.0 }
    }
}

/// Elements, a whole number but for rounding: a scalar takes no memory.
pub fn counted(product: f64) -> f64 {
    if product < 1.5 { 0.0 } else { product }
}

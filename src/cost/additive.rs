//! DenseFLOPs and DenseSize: costs that are sums over the contractions (SeQuant's additive models).
//!
//! `cost(n) = min over l, r of w * c(l, r, n) + footprint_weight * S_n + cost(l) + cost(r)`, where
//! c is the flops, or the storage (there w = 1). w is the volatile weight, at least 1, where n
//! holds a volatile leaf; else 1.
//!
//! Ties, as in the reference: the last split of equal cost in the order of the search; the part
//! with the first tensor is evaluated first.

use super::{CostModel, Made, Opening, lower_first, no_loops};
use crate::problem::{Problem, Searched, Split, Subset};

/// The objectives flops and size.
pub struct Additive<'a>(pub &'a Problem<'a>);

pub struct Best {
    cost: f64,
    split: Option<Split>,
}

impl CostModel for Additive<'_> {
    type Context = ();
    type Loops = ();
    type State = Best;
    type Choice = ();

    fn outermost(&self) {}

    fn leaf(&self, _: Subset, (): ()) -> Searched<Best> {
        Ok(Best { cost: 0.0, split: None })
    }

    fn empty(&self, _: Subset, (): ()) -> Best {
        Best { cost: f64::INFINITY, split: None }
    }

    fn openings(&self, _: Split, (): ()) -> Searched<impl Iterator<Item = Opening<(), ()>>> {
        no_loops()
    }

    fn combine(
        &self,
        split: Split,
        _: &Opening<(), ()>,
        left: &Best,
        right: &Best,
        into: &mut Best,
    ) -> Searched<()> {
        let cost = self.0.contraction_cost(split) + left.cost + right.cost;
        if cost <= into.cost {
            *into = Best { cost, split: Some(split) };
        }
        Ok(())
    }

    fn choose(&self, _: &Best) -> Option<()> {
        Some(())
    }

    fn rebuild(&self, _: Subset, (): (), state: &Best, (): ()) -> Made<(), ()> {
        lower_first(state.split.expect("a composed subset has a split"))
    }
}

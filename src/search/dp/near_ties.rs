//! The best tree by the definition, from tables that are exact but for rounding.
//!
//! [`super::products`] round differently from the sums of the definition. Each is a product of at
//! most 700 extents of 2 and more and their rounded reciprocals, as the product of all is at most
//! 2^700, and sums add little. So tables are accurate to 1100 times 2^-52, a quarter of [`EQUAL`].
//!
//! From the root down, the splits of a set within that of the least are its rivals. A single rival
//! is the best. Several cost the same if costs are whole numbers, unless these are so large that
//! others are as near. Otherwise rivals are priced by the definition. Ties fall as in every method
//! ([`crate::search::best_first::ties`]).

use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use crate::allocation::{Append, Granted, Grow};
use crate::cost::EQUAL;
use crate::network::IndexSet;
use crate::problem::{Problem, Split, Subset, Tree};

/// The limit on the cost of rivals, given the least cost of a set.
pub struct Rivalry {
    slack: f64,
    /// Whether all rivals cost the same.
    all_equal: bool,
}

/// Up to here, whole numbers differ by more than the error of the tables.
const APART: f64 = 0.5 / EQUAL;

impl Rivalry {
    /// The slack covers products of exactly 1, which the definition counts as 0. They occur with
    /// extents of 1, with tensors without indices and, with outer products, with results without
    /// indices that are multiplied.
    ///
    /// `least` is the cost of the whole in the tables.
    pub fn new(problem: &Problem, least: f64) -> Self {
        let tensors = problem.connectivity().tensors();
        let weight = problem.options().volatile_weight;
        let bare = || (0..tensors).any(|tensor| problem.leaf_open(tensor).is_empty());
        let one = || problem.network().indices().iter().any(|index| index.extent == 1);
        let slack = if !problem.connectivity().pruned() || bare() || one() {
            tensors as f64 * weight.max(1.0)
        } else {
            0.0
        };
        Rivalry { slack, all_equal: slack == 0.0 && weight.fract() == 0.0 && least < APART }
    }

    pub fn limit(&self, least: f64) -> f64 {
        least * (1.0 + EQUAL) + self.slack
    }
}

/// The best tree of a problem; `rivals` calls its second argument with the rivals of a set.
pub fn best_tree(
    problem: &Problem,
    rivalry: &Rivalry,
    rivals: impl Fn(Subset, &mut dyn FnMut(Split)),
) -> Granted<Tree> {
    let all_equal = rivalry.all_equal;
    let (priced, numbers) = (Vec::new(), FxHashMap::default());
    let mut pricing = Pricing { problem, rivals, all_equal, priced, numbers };
    Tree::of_splits(problem.connectivity().root(), |n| pricing.split(n))
}

/// A set of tensors, priced by the definition.
struct Priced {
    cost: f64,
    /// None of a tensor.
    split: Option<Split>,
    open: IndexSet,
    footprint: f64,
}

struct Pricing<'a, R> {
    problem: &'a Problem<'a>,
    rivals: R,
    all_equal: bool,
    /// Filled from the first pricing on: the tensors, and the sets priced.
    priced: Vec<Priced>,
    /// The positions of those sets.
    numbers: FxHashMap<Subset, usize>,
}

impl<R: Fn(Subset, &mut dyn FnMut(Split))> Pricing<'_, R> {
    fn split(&mut self, n: Subset) -> Granted<Split> {
        let number = match self.numbers.get(&n) {
            Some(&number) => number,
            None => match self.rivals(n)?[..] {
                [alone] => return Ok(alone),
                // Of equal cost, the split with the highest left part.
                ref equal if self.all_equal => {
                    let highest = equal.iter().max_by_key(|split| split.left);
                    return Ok(*highest.expect("the least is among the rivals"));
                }
                _ => self.price(n)?,
            },
        };
        Ok(self.priced[number].split.expect("a composed set is split"))
    }

    /// Prices a set by the definition; returns its position.
    fn price(&mut self, n: Subset) -> Granted<usize> {
        if self.priced.is_empty() {
            let tensors = self.problem.connectivity().tensors();
            self.numbers.make_room(2 * tensors)?;
            self.priced.make_room(2 * tensors)?;
            (0..tensors).for_each(|tensor| self.priced.push(self.tensor(tensor)));
        }
        if n.is_leaf() {
            return Ok(n.first());
        }
        if let Some(&number) = self.numbers.get(&n) {
            return Ok(number);
        }
        let mut best: Option<Priced> = None;
        for split in self.rivals(n)? {
            let priced = self.price_of(split)?;
            // Of equal cost, the split with the highest left part.
            let better = |other: &Priced| {
                let left = other.split.map(|split| split.left);
                priced.cost < other.cost || priced.cost == other.cost && Some(split.left) > left
            };
            if best.as_ref().is_none_or(better) {
                best = Some(priced);
            }
        }
        let number = self.priced.len();
        self.numbers.make_room(1)?;
        self.priced.try_push(best.expect("the least is among the rivals"))?;
        self.numbers.insert(n, number);
        Ok(number)
    }

    fn price_of(&mut self, split: Split) -> Granted<Priced> {
        let (left, right) = (self.price(split.left)?, self.price(split.right)?);
        let (left, right, n) = (&self.priced[left], &self.priced[right], split.whole());
        let problem = self.problem;
        let open = problem.open_of_parts(&left.open, &right.open, n);
        let footprint = problem.volume(&open);
        let work = problem.volume_of_both(&left.open, &right.open);
        let operands = [left.footprint, right.footprint];
        let charge = problem.charge(problem.is_volatile(n), work, operands, footprint);
        let cost = charge + left.cost + right.cost;
        Ok(Priced { cost, split: Some(split), open, footprint })
    }

    fn tensor(&self, tensor: usize) -> Priced {
        let open = self.problem.leaf_open(tensor).clone();
        let footprint = self.problem.volume(&open);
        Priced { cost: 0.0, split: None, open, footprint }
    }

    fn rivals(&self, n: Subset) -> Granted<SmallVec<[Split; 4]>> {
        let (mut found, mut all) = (SmallVec::new(), Ok(()));
        (self.rivals)(n, &mut |split| all = all.and_then(|()| found.try_push(split)));
        all.map(|()| found)
    }
}

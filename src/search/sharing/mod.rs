//! The best tree where equal intermediates are charged once: branch and bound around the subset DP.
//!
//! Equal sets may have equal trees, so a solution is a choice of one split for each equivalence
//! class ([`equivalence_classes`]) and for each other set. It costs the sum over the *distinct*
//! sets that the root is made of. This is no sum over the parts of a set: the best tree of a part
//! alone may differ from its best tree beside others that use it too. But once the shared classes
//! are decided, it is one: a shared class is charged once, on top, and is free wherever it is used,
//! and the DP finds the best split of everything. So each class is decided: shared, or charged at
//! every use. At least one set of decisions gives the optimum.
//!
//! *Bound*: an undecided class is charged 1/k of its price at every use, where no tree contains
//! more than k members of it. A tree pays for a shared class once and uses it at most k times, so
//! no solution costs less. *Incumbent*: the choices of each bound, with each distinct intermediate
//! charged once, are a solution. *Branching*: on the undecided class with the largest difference
//! between price and charge; without a difference, the bound is exact.
//!
//! A split of n is pruned if its cost, with all classes within its parts free, exceeds the cost of
//! n without any sharing: in any solution that uses it, n could have a cheaper tree of its own.
//!
//! Time is 2^c evaluations for c classes at worst; classes are few in practice, and the bound
//! prunes most decisions. After [`MAX_WORK`] splits the answer is the best solution so far, without
//! proof. The same holds where more than [`MAX_WAYS`] splits would have to be stored: some sets
//! then keep the few most promising ones. The first bound, which covers all splits, still holds.

mod equivalence;
mod growth;
mod units;

pub use self::equivalence::{EquivalenceClass, equivalence_classes};
use self::units::{Unit, Units};
use crate::allocation::{self, Granted, Grow};
use crate::problem::{Limits, Problem, Searched, Tree, Watch};

/// Most splits stored, 24 bytes each; 16 tensors with dense connectivity have more.
pub const MAX_WAYS: usize = 1 << 22;

/// Most splits examined: under a second.
pub const MAX_WORK: u64 = 1 << 27;

/// Costs with a smaller relative difference are equal: they are sums in another order.
const EQUAL: f64 = 1e-12;

/// The best tree found.
pub struct SharedSolution {
    pub tree: Tree,
    /// Positions that are not evaluated but taken from an earlier equal one, with those positions.
    /// The tensors of the two correspond in the order of the tree.
    pub shared: Vec<(usize, usize)>,
    /// A lower bound on every solution; none if the tree is proven best.
    pub lower_bound: Option<f64>,
}

/// Finds the best tree of a problem with an additive objective, equal intermediates charged once;
/// none if no tree has any. It stores up to `ways` splits and examines up to `work`: [`MAX_WAYS`]
/// and [`MAX_WORK`], except in tests.
pub fn search_shared(
    problem: &Problem,
    ways: usize,
    work: u64,
) -> Searched<Option<SharedSolution>> {
    search_shared_within(problem, ways, work, &mut Watch::new(Limits::default(), None))
}

/// [`search_shared`] within limits. Errors: those of the watch before a solution is known; after
/// that, the best one so far is returned.
pub fn search_shared_within(
    problem: &Problem,
    ways: usize,
    work: u64,
    watch: &mut Watch,
) -> Searched<Option<SharedSolution>> {
    let classes = equivalence_classes(problem)?;
    if classes.is_empty() {
        return Ok(None);
    }
    let units = Units::of(problem, &classes, ways, watch)?;
    let mut branching = Branching::new(&units, &classes, work)?;
    let mut lower_bound = branching.run(watch);
    watch.ended(0, work - branching.work);
    if let Some(bound) = units.bound {
        lower_bound = Some(bound.min(branching.cost));
    }
    Ok(Some(growth::grow(problem, &units, &branching.best, lower_bound)?))
}

/// The decision on a class.
#[derive(Clone, Copy, PartialEq)]
enum Decision {
    Open,
    /// Charged once, used or not, and free wherever it is used.
    Shared,
    /// Charged at every use.
    Apart,
}

/// A decision on the path to the current one.
struct Step {
    class: usize,
    /// A lower bound on every solution below it.
    bound: f64,
    /// Whether the other decision remains to be examined.
    pending: bool,
}

struct Branching<'a> {
    units: &'a [Unit],
    classes: &'a [EquivalenceClass],
    decisions: Vec<Decision>,
    /// By unit, under the current decisions: the price, and its split.
    prices: Vec<f64>,
    chosen: Vec<usize>,
    /// By unit, its number of uses in the current choices.
    uses: Vec<f64>,
    best: Vec<usize>,
    cost: f64,
    /// Splits that may still be examined.
    work: u64,
    ways: u64,
}

impl<'a> Branching<'a> {
    fn new(units: &'a Units, classes: &'a [EquivalenceClass], work: u64) -> Granted<Self> {
        let units = units.all.as_slice();
        Ok(Branching {
            units,
            classes,
            decisions: allocation::filled(classes.len(), Decision::Apart)?,
            prices: allocation::filled(units.len(), 0.0)?,
            chosen: allocation::filled(units.len(), 0)?,
            uses: allocation::filled(units.len(), 0.0)?,
            best: allocation::empty(units.len())?,
            cost: f64::INFINITY,
            work,
            ways: units.iter().map(|unit| unit.ways.len() as u64).sum(),
        })
    }

    /// Finds the best choices; returns a lower bound if they are not proven best.
    fn run(&mut self, watch: &mut Watch) -> Option<f64> {
        let most = self.work;
        // The best tree without sharing comes first: it stays unless a better one is found.
        self.evaluate();
        self.offer();
        self.decisions.fill(Decision::Open);
        let mut steps: Vec<Step> = Vec::new();
        loop {
            let bound = self.evaluate();
            self.offer();
            let next = if self.is_settled(bound) { None } else { self.least_charged() };
            if let Some(class) = next {
                // A class that the bound uses more than once is probably shared.
                let uses = self.uses[self.unit(class)];
                self.decisions[class] = if uses > 1.0 { Decision::Shared } else { Decision::Apart };
                steps.push(Step { class, bound, pending: true });
            } else if !self.turn(&mut steps) {
                return None;
            }
            let stopped =
                watch.check_steps(0, most - self.work).is_err() || steps.make_room(1).is_err();
            if stopped || self.work < self.ways {
                let pending = steps.iter().filter(|step| step.pending).map(|step| step.bound);
                let current = steps.last().map_or(bound, |step| step.bound);
                return Some(pending.fold(current, f64::min).min(self.cost));
            }
        }
    }

    /// Backtracks to the last decision with an alternative, and takes it; false if none remains.
    fn turn(&mut self, steps: &mut Vec<Step>) -> bool {
        while let Some(step) = steps.last_mut() {
            if !step.pending || self.is_settled(step.bound) {
                self.decisions[step.class] = Decision::Open;
                steps.pop();
                continue;
            }
            step.pending = false;
            let decision = &mut self.decisions[step.class];
            *decision = match decision {
                Decision::Shared => Decision::Apart,
                _ => Decision::Shared,
            };
            return true;
        }
        false
    }

    /// Whether no solution with this bound is better than the incumbent.
    fn is_settled(&self, bound: f64) -> bool {
        bound >= self.cost * (1.0 - EQUAL)
    }

    /// The DP under the current decisions; returns their lower bound.
    fn evaluate(&mut self) -> f64 {
        self.work = self.work.saturating_sub(self.ways);
        let mut paid = 0.0;
        for (at, unit) in self.units.iter().enumerate() {
            let (decision, most) = match unit.class {
                Some(class) => (self.decisions[class], self.classes[class].most as f64),
                None => (Decision::Apart, 1.0),
            };
            let share = if decision == Decision::Open { 1.0 / most } else { 1.0 };
            let (mut least, mut chosen) =
                (if unit.ways.is_empty() { 0.0 } else { f64::INFINITY }, 0);
            for (number, way) in unit.ways.iter().enumerate() {
                let parts = self.prices[way.left as usize] + self.prices[way.right as usize];
                let price = way.cost * share + parts;
                if price <= least {
                    (least, chosen) = (price, number);
                }
            }
            let shared = decision == Decision::Shared;
            paid += if shared { least } else { 0.0 };
            self.prices[at] = if shared { 0.0 } else { least };
            self.chosen[at] = chosen;
        }
        paid + self.prices.last().copied().unwrap_or(0.0)
    }

    /// Prices the current choices, each distinct intermediate once, and keeps them if they are
    /// better; counts uses as the bound does.
    fn offer(&mut self) {
        let root = self.units.len() - 1;
        self.uses.fill(0.0);
        self.uses[root] = 1.0;
        let mut cost = 0.0;
        for at in (0..=root).rev() {
            let (unit, uses) = (&self.units[at], self.uses[at]);
            if uses == 0.0 || unit.ways.is_empty() {
                continue;
            }
            let way = unit.ways[self.chosen[at]];
            cost += way.cost;
            let shared = unit.class.is_some_and(|class| self.decisions[class] == Decision::Shared);
            let made = if shared { 1.0 } else { uses };
            self.uses[way.left as usize] += made;
            self.uses[way.right as usize] += made;
        }
        if self.best.is_empty() || cost < self.cost * (1.0 - EQUAL) {
            self.cost = cost;
            self.best.clone_from(&self.chosen);
        }
    }

    /// The undecided class with the largest difference between price and charge; none without a
    /// difference.
    fn least_charged(&self) -> Option<usize> {
        let missing = |class: usize| {
            let (at, most) = (self.unit(class), self.classes[class].most as f64);
            let uses = self.uses[at];
            let open = self.decisions[class] == Decision::Open && uses > 0.0 && uses < most;
            let way = self.units[at].ways[self.chosen[at]];
            if open { way.cost * (1.0 - uses / most) } else { 0.0 }
        };
        let all = (0..self.classes.len()).map(|class| (class, missing(class)));
        let (class, _) = all.filter(|one| one.1 > 0.0).max_by(|a, b| a.1.total_cmp(&b.1))?;
        Some(class)
    }

    fn unit(&self, class: usize) -> usize {
        let first = self.classes[class].members[0];
        // Units are in increasing order of their subsets.
        self.units.partition_point(|unit| unit.subset < first)
    }
}

//! The best tree where equal intermediates are paid once: branch and bound around the subset DP.
//!
//! Equal sets may as well have equal trees, so a solution is a choice of one split for each class of
//! equal sets ([`classes`]) and for each other set, and costs the sum over the *distinct* ones that
//! the root is made of. That is no sum over the parts of a set: the best part alone need not be the
//! best part of a tree that has more use for another. But once it is decided which classes are
//! shared, it is one: a shared class is paid for once, on top, and is free wherever it is used, and
//! the DP finds the best split of everything. What remains is to decide, class by class: shared, or
//! paid wherever it is used. At least one set of decisions gives the optimum.
//!
//! *Bound*: while a class is undecided, a split of it is charged 1/k of its price wherever it is
//! used, where no tree has more than k members of the class. A tree pays for a shared class once and
//! uses it k times at most, so no solution costs less. *Incumbent*: the choices of each bound, with
//! each distinct intermediate charged once, are a solution. *Branching*: on the undecided class for
//! which the bound charged least of the price; where there is none, the bound is the price.
//!
//! A split of n is left out for good if its price, with the parts' where all classes are free,
//! exceeds the price of n without any sharing: in any solution that uses it, n could have a tree of
//! its own for less.
//!
//! The decisions are 2^c for c classes at worst; there are few in practice, and the bound settles
//! most. After [`MAX_WORK`] splits the best solution so far is the answer, and it is not proven best;
//! nor is it where more than [`MAX_WAYS`] splits would have to be kept, and some sets go on with the
//! few that look best. The first bound, which has seen all splits, still holds then.

mod equivalence;
mod growth;
mod units;

pub use self::equivalence::{Class, classes};
use self::units::{Unit, Units};
use crate::allocation;
use crate::allocation::{Granted, Grow};
use crate::problem::Searched;
use crate::problem::{Limits, Problem, Tree, Watch};

/// Splits that may be kept, 24 bytes each; more are where 16 tensors are tied to one another densely.
pub const MAX_WAYS: usize = 1 << 22;

/// Splits that may be looked at: under a second.
pub const MAX_WORK: u64 = 1 << 27;

/// Costs that differ by no more, relative to their size, are equal: they are sums in another order.
const EQUAL: f64 = 1e-12;

/// The best tree found.
pub struct SharedSolution {
    pub tree: Tree,
    /// Positions that are not evaluated but taken from an earlier one that is their equal, and those
    /// ones. The tensors of the two correspond in the order of the tree.
    pub shared: Vec<(usize, usize)>,
    /// No solution costs less; none where the tree is proven best.
    pub lower_bound: Option<f64>,
}

/// Finds the best tree of a problem with an additive objective, equal intermediates paid once; none
/// where no tree has any. It keeps `ways` splits and looks at `work` of them: [`MAX_WAYS`] and
/// [`MAX_WORK`], but for tests.
pub fn search_shared(
    problem: &Problem,
    ways: usize,
    work: u64,
) -> Searched<Option<SharedSolution>> {
    search_shared_within(problem, ways, work, &mut Watch::new(Limits::default(), None))
}

/// The same within limits. Errors: those of the watch, before any solution is known; after that it
/// gives the best one so far.
pub fn search_shared_within(
    problem: &Problem,
    ways: usize,
    work: u64,
    watch: &mut Watch,
) -> Searched<Option<SharedSolution>> {
    let classes = classes(problem)?;
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

/// What is decided of a class.
#[derive(Clone, Copy, PartialEq)]
enum Decision {
    Open,
    /// Paid once, whether it is used or not, and free wherever it is used.
    Shared,
    /// Paid wherever it is used.
    Apart,
}

/// A decision on the way to the current one.
struct Step {
    class: usize,
    /// What no solution below it costs less than.
    bound: f64,
    /// Whether the other decision remains to be tried.
    pending: bool,
}

struct Branching<'a> {
    units: &'a [Unit],
    classes: &'a [Class],
    decisions: Vec<Decision>,
    /// By unit, under the current decisions: the price, and the split that has it.
    prices: Vec<f64>,
    chosen: Vec<usize>,
    /// By unit, how often the current choices use it.
    uses: Vec<f64>,
    best: Vec<usize>,
    cost: f64,
    /// Splits that may still be looked at.
    work: u64,
    ways: u64,
}

impl<'a> Branching<'a> {
    fn new(units: &'a Units, classes: &'a [Class], work: u64) -> Granted<Self> {
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

    /// Finds the best choices; what it returns bounds them where they are not proven best.
    fn run(&mut self, watch: &mut Watch) -> Option<f64> {
        let most = self.work;
        // The tree that is best without sharing comes first: it stays if nothing is better.
        self.evaluate();
        self.offer();
        self.decisions.fill(Decision::Open);
        let mut steps: Vec<Step> = Vec::new();
        loop {
            let bound = self.evaluate();
            self.offer();
            let next = if self.is_settled(bound) { None } else { self.least_charged() };
            if let Some(class) = next {
                // What the bound uses more than once is likely to be shared.
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

    /// Goes back to the last decision that can be turned, and turns it; none: all was tried.
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

    /// Whether nothing below a bound can be better than what there is.
    fn is_settled(&self, bound: f64) -> bool {
        bound >= self.cost * (1.0 - EQUAL)
    }

    /// The DP under the current decisions; returns their bound.
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
    /// better; counts their uses as the bound does.
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

    /// The undecided class for which the bound charged least of the price, by what is missing; none
    /// where nothing is.
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
        // Units are by increasing subset.
        self.units.partition_point(|unit| unit.subset < first)
    }
}

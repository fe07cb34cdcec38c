//! DenseTimeSpaceBatched and DenseSpaceTimeBatched: loops over contracted and external indices
//! under a threshold on the peak, with the repetitions charged (SeQuant's newest objectives).
//!
//! At a contraction l, r -> n inside loops over B, loops may be opened over external indices E that
//! n carries, and inside those over contracted indices A' that l or r carry and n does not. A' is
//! empty if persistent_only is set and n holds a volatile leaf. With C' = B ∪ E ∪ A', sizes in
//! elements:
//! - res = S_n(B) if any loop is opened, else 0: the result is allocated while its parts are
//!   evaluated
//! - contrib = acc * S_n(B ∪ E) if A' is not empty; else S_n(B ∪ E) if E is not empty; else 0
//! - l first: `P = max(L_r(C') + P_l + res, S_l(C') + P_r + res, S_l(C') + S_r(C') + S_n(B) +
//!   contrib)`, and the other order
//! - `C = C_l + C_r + repetitions * w * op(flops, S_l + S_r + S_n)`; the nest gives the repetitions
//!   (see [`Nest`]), and w is volatile_weight where n is computed on every replay
//!
//! A node is computed on every replay if it is volatile, or if it cannot be stored for the next
//! replay. It cannot be stored if it belongs to a volatile node inside loops over an index that it
//! carries, so that it exists in slices only. (Upstream applies this to the loops that a volatile
//! node opens itself; loops further out prevent storing as well.) Such a node counts
//! volatile_weight, at least 1.
//!
//! The peak counts an operand until the contraction that consumes it. A node hoisted out of a loop
//! is needed again in the next batch: an evaluator that stores it through all batches, as the cost
//! assumes, also holds it where the definition no longer counts it.
//!
//! Choice, among schedules whose peak is within the threshold:
//! - time-space-batched: least cost, then fewest sliced indices, then least peak
//! - space-time-batched: least cost, then least peak
//!
//! If no schedule is: least cost and then least peak, or least peak and then least cost. Costs that
//! differ by rounding only are equal.

use rustc_hash::FxHashSet;

use super::operands::{Beside, least_peak, sliced};
use super::pareto::Frontier;
use super::{CostModel, Made, Opening, pareto};
use crate::allocation::{Append, Granted, Grow};
use crate::problem::{LoopSet, Nest, Operand, Problem, Searched, Split, Subset};
use crate::{Error, allocation};

/// Sums in another order differ by rounding: costs this close, relatively, are equal.
pub const EQUAL: f64 = 1e-12;

/// The objective over schedules.
#[derive(Clone, Copy)]
pub enum Aim {
    /// Least cost among those whose peak and cost are within these bounds; then, if asked for, the
    /// fewest sliced indices; then the least peak.
    Cost { peak: f64, cost: f64, fewest_sliced: bool },
    /// Least peak, whatever the cost.
    Peak,
}

/// The objectives time-space-batched and space-time-batched.
pub struct Nested<'a> {
    pub problem: &'a Problem<'a>,
    pub aim: Aim,
}

/// The loops around a subset, and whether it is computed on every replay though it is not volatile.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Around {
    pub nest: Nest,
    pub again: bool,
}

/// The state of a subset in one context.
pub struct InNest {
    around: Around,
    /// S_n(B) and L_n(B).
    sizes: Operand,
    /// No point dominates another in peak and cost, and in the sliced indices where they count.
    points: Vec<Point>,
}

#[derive(Clone, Copy)]
struct Point {
    peak: f64,
    cost: f64,
    /// The loops that slice any node below; empty where they do not count.
    sliced: LoopSet,
    /// None for a leaf.
    origin: Option<Origin>,
}

#[derive(Clone, Copy)]
struct Origin {
    split: Split,
    left: u32,
    right: u32,
    left_first: bool,
    opened: Nest,
}

/// Most ways to open loops for one contraction: all orders of seven loops.
const MAX_WAYS: u64 = 1 << 14;

fn check_ways(ways: u64) -> Searched<()> {
    if ways <= MAX_WAYS {
        return Ok(());
    }
    let what = "ways to open loops for a contraction, in every order";
    Err(Error::TooLarge { what, value: ways, limit: MAX_WAYS }.into())
}

/// The facts about a part of a contraction that its context depends on.
#[derive(Clone, Copy)]
pub struct Part {
    /// The loops over its indices.
    pub carried: LoopSet,
    pub tensors: usize,
    pub volatile: bool,
}

impl Part {
    fn of(problem: &Problem, n: Subset) -> Part {
        let (carried, volatile) = (problem.batchable_open(n), problem.is_volatile(n));
        Part { carried, tensors: n.len(), volatile }
    }
}

impl Around {
    /// The context of a part of a whole inside the loops opened for the contraction of the whole.
    pub fn enter(self, opened: &Nest, whole_is_volatile: bool, part: Part) -> Around {
        let nest = self.nest.enter(opened, part.carried, part.tensors);
        let each_replay = self.again || whole_is_volatile;
        Around { nest, again: each_replay && !part.volatile && !nest.is_empty() }
    }

    /// The multiplicity of a contraction in this context; its result carries these loops.
    pub fn factor(self, problem: &Problem, carried: LoopSet) -> f64 {
        let weight = if self.again { problem.options().volatile_weight.max(1.0) } else { 1.0 };
        self.nest.repetitions(problem, carried) * weight
    }

    /// The charge of contracting a split in this context.
    fn cost(self, problem: &Problem, split: Split) -> f64 {
        let carried = problem.batchable_open(split.whole());
        self.factor(problem, carried) * problem.contraction_cost(split)
    }
}

impl Point {
    /// Whether this point dominates the other one (weakly).
    fn dominates(&self, other: &Point) -> bool {
        self.peak <= other.peak && self.cost <= other.cost && self.sliced.is_in(other.sliced)
    }
}

impl Nested<'_> {
    fn state(&self, n: Subset, around: Around) -> InNest {
        InNest { around, sizes: sliced(self.problem, n, around.nest.set()), points: Vec::new() }
    }

    /// The context of a part of n inside loops. Peaks alone depend neither on the order of loops
    /// nor on loops over indices that the part does not carry.
    fn enter(&self, around: Around, n: Subset, opened: &Nest, part: Subset) -> Around {
        let problem = self.problem;
        match self.aim {
            Aim::Cost { .. } => {
                around.enter(opened, problem.is_volatile(n), Part::of(problem, part))
            }
            Aim::Peak => {
                let sliced = around.nest.set().union(opened.set());
                let nest = Nest::ascending(sliced.intersection(problem.batchable_open(part)));
                Around { nest, again: false }
            }
        }
    }

    fn offer(&self, point: Point, into: &mut InNest) -> Granted<()> {
        let within = match self.aim {
            Aim::Cost { peak, cost, .. } => point.peak <= peak && point.cost <= cost,
            Aim::Peak => true,
        };
        if within && !into.points.iter().any(|other| other.dominates(&point)) {
            into.points.retain(|other| !point.dominates(other));
            into.points.try_push(point)?;
        }
        Ok(())
    }

    /// A point with the criteria that the aim compares.
    fn point(&self, peak: f64, cost: f64, sliced: LoopSet, origin: Origin) -> Point {
        let (cost, sliced) = match self.aim {
            Aim::Peak => (0.0, LoopSet::NONE),
            Aim::Cost { fewest_sliced: true, .. } => (cost, sliced),
            Aim::Cost { .. } => (cost, LoopSet::NONE),
        };
        Point { peak, cost, sliced, origin: Some(origin) }
    }
}

impl CostModel for Nested<'_> {
    type Context = Around;
    type Loops = Nest;
    type State = InNest;
    type Choice = usize;

    fn outermost(&self) -> Around {
        Around::default()
    }

    fn leaf(&self, tensor: Subset, around: Around) -> Searched<InNest> {
        let mut state = self.state(tensor, around);
        let peak = state.sizes.footprint;
        let point = Point { peak, cost: 0.0, sliced: LoopSet::NONE, origin: None };
        self.offer(point, &mut state)?;
        Ok(state)
    }

    fn empty(&self, n: Subset, around: Around) -> InNest {
        self.state(n, around)
    }

    fn openings(
        &self,
        split: Split,
        around: Around,
    ) -> Searched<impl Iterator<Item = Opening<Nest, Around>>> {
        let n = split.whole();
        let external = self.problem.external_open(n).without(around.nest.set());
        let contracted = self.problem.openable(split);
        // Peaks do not depend on the order, and tensors of the network are not computed.
        let has_leaves_only = split.left.is_leaf() && split.right.is_leaf();
        let ordered = match self.aim {
            Aim::Peak => false,
            Aim::Cost { .. } => !has_leaves_only,
        };
        let [outer, inner] = if ordered {
            let [outer, inner] = [external, contracted].map(Nest::count_arrangements);
            check_ways(outer.saturating_mul(inner))?;
            [Nest::arrangements(external)?, Nest::arrangements(contracted)?]
        } else {
            check_ways(1 << (external.len() + contracted.len()))?;
            let all = |loops: LoopSet| allocation::collected(loops.subsets().map(Nest::ascending));
            [all(external)?, all(contracted)?]
        };
        // Other orders of the same loops often give both parts the same contexts.
        let mut known = FxHashSet::default();
        let mut openings: Vec<Opening<Nest, Around>> = Vec::new();
        for outer in outer {
            for inner in &inner {
                let loops = outer.around(inner);
                let [left, right] =
                    [split.left, split.right].map(|part| self.enter(around, n, &loops, part));
                known.make_room(1)?;
                if known.insert((loops.set(), left, right)) {
                    openings.try_push(Opening { loops, left, right })?;
                }
            }
        }
        Ok(openings.into_iter())
    }

    fn combine(
        &self,
        split: Split,
        opening: &Opening<Nest, Around>,
        left: &InNest,
        right: &InNest,
        into: &mut InNest,
    ) -> Searched<()> {
        let (problem, n) = (self.problem, split.whole());
        let (around, opened) = (into.around, opening.loops.set());
        let footprint = into.sizes.footprint;
        let contribution = problem.contribution(n, around.nest.set(), opened);
        let held = if opened.is_empty() { 0.0 } else { footprint };
        let beside = Beside { held, result: footprint + contribution };
        let own_cost = around.cost(problem, split);
        for (i, p) in (0u32..).zip(&left.points) {
            for (j, q) in (0u32..).zip(&right.points) {
                let (peak, left_first) =
                    least_peak((left.sizes, p.peak), (right.sizes, q.peak), &beside);
                let cost = p.cost + q.cost + own_cost;
                let sliced = p.sliced.union(q.sliced).union(opened);
                let origin = Origin { split, left: i, right: j, left_first, opened: opening.loops };
                self.offer(self.point(peak, cost, sliced, origin), into)?;
            }
        }
        Ok(())
    }

    fn solutions(&self, state: &InNest) -> usize {
        state.points.len()
    }

    fn choose(&self, root: &InNest) -> Option<usize> {
        let least = root.points.iter().map(|point| point.cost).reduce(f64::min)?;
        let points = root.points.iter().enumerate();
        points
            .filter(|(_, point)| point.cost <= least * (1.0 + EQUAL))
            .min_by(|(_, a), (_, b)| {
                a.sliced.len().cmp(&b.sliced.len()).then(a.peak.total_cmp(&b.peak))
            })
            .map(|(at, _)| at)
    }

    fn rebuild(
        &self,
        n: Subset,
        around: Around,
        state: &InNest,
        choice: usize,
    ) -> Made<Around, usize> {
        let origin = state.points[choice].origin.expect("a composed subset has parts");
        let Origin { split, left, right, left_first, ref opened } = origin;
        let part = |part, choice: u32| (part, self.enter(around, n, opened, part), choice as usize);
        let (left, right) = (part(split.left, left), part(split.right, right));
        let (first, second) = if left_first { (left, right) } else { (right, left) };
        Made { first, second, opened: opened.iter().collect() }
    }

    fn frontier(&self, root: &InNest) -> Searched<Vec<(f64, f64)>> {
        let mut frontier = Frontier::new();
        for &Point { peak, cost, .. } in &root.points {
            frontier.offer(pareto::Point { peak, cost, origin: () })?;
        }
        Ok(frontier.values()?)
    }
}

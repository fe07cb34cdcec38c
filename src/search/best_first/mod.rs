//! Best-first search over sets of tensors (Knuth 1977, with the bound of A*, and with states where
//! two things count: Martins 1984).
//!
//! A state is a way to contract a set of tensors: its peak and its cost. No state is worth less than
//! either of those it is made of, so states can be closed in the order of their worth, as Dijkstra
//! closes nodes: the open state of least key is closed, and its union with every closed state of a
//! set that is disjoint from it and near it is offered. Of the states of one set only those are kept
//! that no other one beats. When all tensors together are closed, that is the best.
//!
//! What is made least ([`Goal`]):
//! - the cost; one state a set. The key is the cost plus a bound on what is left to pay: in a tree
//!   that contains n, every leaf outside n and n itself (unless it is the root) is an operand above
//!   n, once. A contraction costs at least so much for each element of its operands
//!   ([`Problem::least_for_operands`]), so what is left costs at least that much for each of
//!   `L_total - L_n + S_n`.
//! - the peak; one state a set. The key is the peak, or what every schedule needs, if that is more:
//!   the leaves are all there when the first two of them are contracted.
//! - the cost where the peak is within a limit; several states a set. The key is that of the cost;
//!   with the peaks bounded by the limit, the first state of the root is the answer, and all of them
//!   are its frontier.
//!
//! The bound never exceeds what is left, so nothing better is missed; a state that comes in below a
//! closed one by rounding is closed as well. A known solution bounds what is of interest: what cannot
//! come in under it is not offered.
//!
//! Ties do not depend on the order in which states are closed: see [`ties`].

mod closed;
mod states;
pub mod ties;

use std::collections::BinaryHeap;

use smallvec::SmallVec;

use self::closed::{Affordable, Closed, Rest};
use self::states::{Counts, State, States};
use super::parts::Parts;
use crate::allocation;
use crate::allocation::{Append, Granted, Grow, ROOM};
use crate::cost::least_peak;
use crate::cost::{Beside, EQUAL};
use crate::problem::{Halt, Problem, Progress, Quantity, Searched, Subset, Watch};
use crate::scratch::{Reusable, Scratch, Shelf};
use crate::search::simd::partners;

/// Pairs whose examination takes as long as one closed state that fits, and as one union that is
/// offered: measured on the networks of the bench with 24 to 50 tensors, where a pair takes about a
/// nanosecond.
const PARTNER: u64 = 16;
const OFFER: u64 = 256;

/// What is made least.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Goal {
    Cost,
    /// The peak, which is known not to be below a floor.
    Peak {
        floor: f64,
    },
    /// The cost, among peaks up to a limit.
    CostWithin {
        peak: f64,
    },
    /// All points (peak, cost) down to a peak that is known to be the least.
    Frontier {
        least_peak: f64,
    },
}

/// An open state: of two the greater one has the lesser key or, of equal keys, is newer, so that a good
/// solution is found early. Keys are not negative, and compare as their bits do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Open(u128);

impl Open {
    fn new(key: f64, state: u32) -> Self {
        Open(u128::from(!key.to_bits()) << 64 | u128::from(state))
    }

    fn key(self) -> f64 {
        f64::from_bits(!((self.0 >> 64) as u64))
    }

    fn state(self) -> u32 {
        self.0 as u32
    }
}

thread_local! {
    static STATES: Shelf<States> = const { Shelf::new(None) };
    static OPEN: Shelf<BinaryHeap<Open>> = const { Shelf::new(None) };
    static CLOSED: Shelf<Closed> = const { Shelf::new(None) };
    static PARTNERS: Shelf<Vec<u32>> = const { Shelf::new(None) };
    static WORKS: Shelf<Vec<f64>> = const { Shelf::new(None) };
}

/// A search that can be stopped and read.
pub struct BestFirst<'a> {
    problem: &'a Problem<'a>,
    goal: Goal,
    pub parts: Parts<'a>,
    pub states: Scratch<States>,
    open: Scratch<BinaryHeap<Open>>,
    /// The open state that was to be closed as the search stopped, where it found no place any more.
    stopped_at: Option<Open>,
    closed: Scratch<Closed>,
    /// No solution of interest has a greater key.
    bound: f64,
    /// The best value that a solution is known to have.
    value: f64,
    /// States that may be added or closed before bytes are counted again.
    room: usize,
    leaf_sum: f64,
    /// Pairs of states that were examined.
    pub pairs: u64,
    /// What was done, in pairs.
    steps: u64,
    partners: Scratch<Vec<u32>>,
    /// By partner that is left, the work of contracting it with the state that is closed.
    works: Scratch<Vec<f64>>,
}

impl<'a> BestFirst<'a> {
    /// A search for what costs, or peaks at, `bound` or less.
    pub fn new(
        problem: &'a Problem<'a>,
        goal: Goal,
        parts: Parts<'a>,
        bound: f64,
    ) -> Granted<Self> {
        let mut search = BestFirst::idle(problem, parts);
        search.begin(goal, bound)?;
        Ok(search)
    }

    /// A search that is yet to begin.
    pub fn idle(problem: &'a Problem<'a>, parts: Parts<'a>) -> Self {
        BestFirst {
            problem,
            goal: Goal::Cost,
            parts,
            states: Scratch::from(&STATES),
            open: Scratch::from(&OPEN),
            stopped_at: None,
            closed: Scratch::from(&CLOSED),
            bound: 0.0,
            value: 0.0,
            room: 0,
            leaf_sum: problem.leaf_sum(problem.connectivity().root()),
            pairs: 0,
            steps: 0,
            partners: Scratch::from(&PARTNERS),
            works: Scratch::from(&WORKS),
        }
    }

    /// Begins, or begins anew with another goal, in the same tables and with the same parts.
    pub fn begin(&mut self, goal: Goal, bound: f64) -> Granted<()> {
        (self.goal, self.bound, self.value) = (goal, bound * (1.0 + EQUAL), bound);
        self.states.clear();
        self.open.clear();
        self.stopped_at = None;
        self.closed.clear();
        self.states.make_room(ROOM, self.parts.count().max(ROOM))?;
        self.open.make_room(ROOM)?;
        self.closed.make_room(ROOM)?;
        (self.room, self.pairs, self.steps) = (0, 0, 0);
        for part in 0..self.problem.connectivity().tensors() as u32 {
            let peak = self.parts.get(part).sliced.footprint;
            self.add(State::new(part, peak, 0.0, None));
        }
        Ok(())
    }

    /// Closes states until the best is found: false if that takes more than `allowance` steps, which
    /// are pairs examined, and as many more as the rest takes time for. Errors: what the watch
    /// has against going on. In both cases the search may go on, and [`BestFirst::lower_bound`] tells
    /// how far it has come.
    pub fn run(&mut self, allowance: u64, watch: &mut Watch) -> Searched<bool> {
        // Others may have met parts in the meantime.
        self.states.make_room(0, self.parts.count() + self.room)?;
        if let Some(first) = self.stopped_at {
            self.open.make_room(1)?;
            self.open.push(first);
            self.stopped_at = None;
        }
        loop {
            if watch.is_due(self.closed_states()) {
                let (states, value) = (self.closed_states(), self.value);
                let (quantity, lower_bound) = (self.quantity(), self.lower_bound());
                watch.report(Progress { states, quantity, value, lower_bound })?;
            }
            let Some(first) = self.open.pop() else { return Ok(true) };
            if first.key() > self.bound {
                return Ok(true);
            }
            if self.states[first.state()].beaten {
                continue;
            }
            let closed = watch
                .check_states(self.closed_states() + 1)
                .and_then(|()| watch.check_time())
                .map_err(Halt::from)
                .and_then(|()| self.close(first.state(), watch));
            if let Err(stop) = closed {
                // What was offered may have taken its place.
                match self.open.make_room(1) {
                    Ok(()) => self.open.push(first),
                    Err(_) => self.stopped_at = Some(first),
                }
                return Err(stop);
            }
            if self.steps > allowance {
                return Ok(false);
            }
        }
    }

    /// Leaves out what is worth more than a solution that has become known.
    pub fn tighten(&mut self, value: f64) {
        self.value = self.value.min(value);
        self.bound = self.bound.min(value * (1.0 + EQUAL));
    }

    /// What no solution goes below that is not known yet, or the best known one if that is less:
    /// the least key of an open state, as some open state is a part of each such solution.
    pub fn lower_bound(&mut self) -> f64 {
        while let Some(first) = self.open.peek()
            && self.states[first.state()].beaten
        {
            self.open.pop();
        }
        let least = self.stopped_at.as_ref().max(self.open.peek()).map(|first| first.key());
        // Less what the sums in a key may be off by.
        least.map_or(self.value, |key| (key * (1.0 - EQUAL)).min(self.value))
    }

    /// The best value that a solution is known to have.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// What is made least.
    pub fn quantity(&self) -> Quantity {
        if let Goal::Peak { .. } = self.goal { Quantity::Peak } else { Quantity::Cost }
    }

    /// What was done so far, in pairs.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    pub fn problem(&self) -> &'a Problem<'a> {
        self.problem
    }

    pub fn closed_states(&self) -> u64 {
        self.closed.len() as u64
    }

    /// Bytes of all tables, as they would be with room for another state.
    pub fn bytes(&self) -> usize {
        self.parts.bytes()
            + self.states.bytes()
            + allocation::bytes::<Open>(self.open.len())
            + self.closed.bytes()
            + self.closed.len() * self.problem.network().targets().bytes_beside()
    }

    /// Errors unless there is room for another state.
    #[inline]
    fn check_room(&mut self, watch: &Watch) -> Searched<()> {
        if self.room == 0 {
            self.count_room(watch)?;
        }
        self.room -= 1;
        Ok(())
    }

    /// What the tables take is counted anew when one of them is full, and room made: until the next time
    /// neither changes.
    #[cold]
    fn count_room(&mut self, watch: &Watch) -> Searched<()> {
        watch.check_bytes(self.bytes())?;
        let open = allocation::room_left(self.open.len());
        self.parts.make_room()?;
        let (states, closed) = (self.states.room(), self.closed.room());
        self.states.make_room(states, self.parts.count() + self.parts.room())?;
        self.open.make_room(open)?;
        self.closed.make_room(closed)?;
        let rooms = [open, states, closed, self.parts.room()];
        self.room = rooms.into_iter().fold(usize::MAX, usize::min).max(1);
        Ok(())
    }

    /// The states of a set that no other one beats, by increasing peak.
    pub fn frontier(&self, n: Subset) -> Granted<SmallVec<[u32; 2]>> {
        let part = self.parts.find(n);
        let mut states: SmallVec<_> = SmallVec::new();
        for state in part.into_iter().flat_map(|part| self.states.of(part)) {
            states.try_push(state)?;
        }
        let peak = |&state: &u32| self.states[state].peak;
        states.sort_unstable_by(|a, b| peak(a).total_cmp(&peak(b)));
        Ok(states)
    }

    /// The closed sets, one entry a state.
    pub fn closed_sets(&self) -> &[u64] {
        &self.closed.sets
    }

    /// What every schedule needs is a bound on all that is made least.
    fn key(&self, state: &State) -> f64 {
        let part = self.parts.get(state.part);
        match self.goal {
            Goal::Peak { floor } => state.peak.max(floor),
            _ if part.n == self.problem.connectivity().root() => state.cost,
            _ => {
                let operands = self.leaf_sum - part.whole.leaf_sum + part.whole.footprint;
                state.cost + self.problem.least_for_operands(operands)
            }
        }
    }

    /// What counts beside the order in which states are closed.
    fn peak_counts(&self) -> bool {
        !matches!(self.goal, Goal::Cost)
    }

    /// Adds a state, unless another one of its part is no worse; those it beats are of no use now.
    fn add(&mut self, state: State) {
        let key = self.key(&state);
        if key > self.bound {
            return;
        }
        let counts =
            Counts { cost: !matches!(self.goal, Goal::Peak { .. }), peak: self.peak_counts() };
        let Some(number) = self.states.add(state, self.parts.count(), counts) else { return };
        let root = self.parts.get(state.part).n == self.problem.connectivity().root();
        let found = match self.goal {
            Goal::Frontier { least_peak } => state.peak <= least_peak,
            _ => true,
        };
        if root && found {
            self.value = self.value.min(key);
            self.bound = match self.goal {
                // Nothing less is possible: there is no need to close what is below.
                Goal::Peak { floor } if key <= floor * (1.0 + EQUAL) => 0.0,
                _ => self.bound.min(key * (1.0 + EQUAL)),
            };
        }
        self.open.push(Open::new(key, number));
    }

    /// Closes a state and offers what it makes with those that are closed. Errors: no room for that;
    /// the state is not closed then.
    fn close(&mut self, number: u32, watch: &Watch) -> Searched<()> {
        let part = self.parts.get(self.states[number].part);
        let (n, near, open) = (part.n.0, part.near.0, part.open.clone());
        let (paid, weight) = self.paid_and_weight(number);
        let (mut partners, mut works) =
            (std::mem::take(&mut *self.partners), std::mem::take(&mut *self.works));
        partners.clear();
        works.clear();
        partners.make_room(self.closed.len() + partners::WRITTEN)?;
        self.pairs += self.closed.len() as u64;
        self.steps += self.closed.len() as u64;
        // A little more, as these sums are not in the order of those that are decisive.
        let limit = self.bound * (1.0 + EQUAL);
        let wanted = partners::Wanted { without: n, near, limit: limit - weight };
        partners::partners(&self.closed.sets, &self.closed.weights, wanted, &mut partners);
        self.steps += PARTNER * partners.len() as u64;
        if !matches!(self.goal, Goal::Peak { .. }) {
            works.make_room(partners.len())?;
            // What was paid, this contraction, and later ones for the leaves outside.
            let price = self.problem.least_for_work();
            let affordable = Affordable { paid, price, limit };
            let (closed, volumes) = (&self.closed, self.problem.volumes());
            if volumes.are_products_of_a_word() {
                let own = open.words()[0];
                let work_with = |at: usize| volumes.of_word(own | closed.few_open[at]);
                closed.leave_out_dear(&mut partners, &mut works, &affordable, work_with);
            } else {
                let work_with = |at: usize| volumes.of_both(&open, &closed.rest[at].open);
                closed.leave_out_dear(&mut partners, &mut works, &affordable, work_with);
            }
        }
        let offered = partners.iter().enumerate().try_for_each(|(at, &position)| {
            self.check_room(watch)?;
            let work = works.get(at).copied().unwrap_or(0.0);
            Ok(self.offer(number, self.closed.rest[position as usize].state, work)?)
        });
        (*self.partners, *self.works) = (partners, works);
        offered.and_then(|()| self.check_room(watch))?;
        self.closed.push(n, (paid, weight), Rest { state: number, open });
        Ok(())
    }

    /// What was paid for a state and is left to pay for the leaves outside, at least, of which each of
    /// two states counts a half; and the same with what is paid for the state as an operand. Where
    /// the peak is made least: the operands are there together.
    fn paid_and_weight(&self, number: u32) -> (f64, f64) {
        let state = self.states[number];
        let part = self.parts.get(state.part);
        if let Goal::Peak { .. } = self.goal {
            return (0.0, part.sliced.footprint);
        }
        let outside = self.leaf_sum / 2.0 - part.whole.leaf_sum;
        let paid = state.cost + self.problem.least_for_operands(outside);
        (paid, paid + self.problem.least_for_operands(part.whole.footprint))
    }

    /// Offers the union of two states; what contracting them works, where the cost counts.
    fn offer(&mut self, a: u32, b: u32, work: f64) -> Granted<()> {
        self.steps += OFFER;
        let (one, other) = (self.states[a], self.states[b]);
        if one.beaten || other.beaten {
            return Ok(());
        }
        let part = self.parts.union(one.part, other.part)?;
        let peak = self.peak_of(a, b, part);
        // The cost takes longest, and is not asked for what is of no use.
        let useless = match self.goal {
            Goal::CostWithin { peak: limit } => peak > limit,
            Goal::Peak { .. } => self.least_peak_of(part).is_some_and(|least| least <= peak),
            _ => false,
        };
        if useless {
            return Ok(());
        }
        let cost = match self.goal {
            Goal::Peak { .. } => 0.0,
            _ => self.cost_with(a, b, part, work),
        };
        self.add(State::new(part, peak, cost, Some((a, b))));
        Ok(())
    }

    fn least_peak_of(&self, part: u32) -> Option<f64> {
        self.states.of(part).next().map(|state| self.states[state].peak)
    }

    /// The peak of contracting two states, where it counts: to the last bit that of the plain search.
    pub fn peak_of(&self, a: u32, b: u32, part: u32) -> f64 {
        if !self.peak_counts() {
            return 0.0;
        }
        let (left, right) = self.ordered(a, b);
        let [l, r, n] = [left.part, right.part, part].map(|part| self.parts.get(part).sliced);
        let beside = Beside { held: 0.0, result: n.footprint };
        least_peak((l, left.peak), (r, right.peak), &beside).0
    }

    /// The cost, likewise.
    pub fn cost_of(&self, a: u32, b: u32, part: u32) -> f64 {
        let [one, other] = [a, b].map(|state| self.states[state].part);
        self.cost_with(a, b, part, self.parts.work(one, other))
    }

    fn cost_with(&self, a: u32, b: u32, part: u32, work: f64) -> f64 {
        let (left, right) = self.ordered(a, b);
        self.parts.charge_for(work, left.part, right.part, part) + left.cost + right.cost
    }

    /// What the tree of a state costs, where only the peak counted.
    pub fn tree_cost(&self, state: u32) -> f64 {
        let State { part, made_of, .. } = self.states[state];
        let Some((a, b)) = made_of else { return 0.0 };
        let [left, right] = [a, b].map(|state| self.states[state].part);
        self.parts.charge(left, right, part) + self.tree_cost(a) + self.tree_cost(b)
    }

    /// The state without the highest tensor, and the other one.
    #[inline]
    fn ordered(&self, a: u32, b: u32) -> (&State, &State) {
        let (a, b) = (&self.states[a], &self.states[b]);
        if self.parts.get(a.part).n < self.parts.get(b.part).n { (a, b) } else { (b, a) }
    }
}

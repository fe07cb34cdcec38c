//! Best-first search over sets of tensors: Knuth's generalization of Dijkstra's algorithm (1977)
//! with the lower bound of A* (Hart, Nilsson and Raphael 1968); with two criteria, label-setting
//! (Martins 1984).
//!
//! A state is a way to contract a set of tensors: its peak and its cost. No state is better than a
//! state that it is made of, so states can be expanded in the order of their keys, as Dijkstra
//! expands nodes. The open state of least key is expanded: its union with every expanded state of a
//! disjoint neighbouring set is offered. Of the states of one set, those that no other state
//! dominates are stored. The search ends when all tensors together are expanded.
//!
//! The [`Goal`], and the key it gives a state:
//! - the least cost; one state a set. The key is the cost plus a lower bound on the remaining cost.
//!   In a tree that contains n, every leaf outside n and n itself (unless it is the root) is an
//!   operand above n, once. A contraction costs at least [`Problem::least_for_operands`] per
//!   element of its operands, so the remaining cost is at least that for `L_total - L_n + S_n`.
//! - the least peak; one state a set. The key is the peak, or a lower bound on every schedule if
//!   that is higher: all leaves are resident when the first two are contracted.
//! - the least cost with a peak within a limit; several states a set. The key is that of the cost.
//!   As peaks are bounded by the limit, the first state of the root is the answer, and all its
//!   states are the frontier.
//!
//! The bound is admissible, so no better solution is missed; a state whose key is below that of an
//! expanded one by rounding is expanded as well. A known solution is an upper bound: states whose
//! key exceeds it are not offered.
//!
//! Ties do not depend on the order of expansion: see [`ties`].

mod expanded;
mod expansion;
mod open;
mod states;
pub mod ties;
mod values;

use std::collections::BinaryHeap;

use smallvec::SmallVec;

use self::expanded::Expanded;
use self::open::Open;
use self::states::{Counts, State, States};
use super::parts::Parts;
use crate::allocation::{self, Append, Granted, Grow, ROOM};
use crate::cost::EQUAL;
use crate::problem::{Halt, Problem, Progress, Quantity, Searched, Subset, Watch};
use crate::scratch::{Reusable, Scratch, Shelf};

/// The objective of a search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Goal {
    Cost,
    /// The peak, with a known lower bound.
    Peak {
        floor: f64,
    },
    /// The cost, among peaks within a limit.
    CostWithin {
        peak: f64,
    },
    /// All points (peak, cost) down to the least peak, which is known.
    Frontier {
        least_peak: f64,
    },
}

thread_local! {
    static STATES: Shelf<States> = const { Shelf::new(None) };
    static OPEN: Shelf<BinaryHeap<Open>> = const { Shelf::new(None) };
    static EXPANDED: Shelf<Expanded> = const { Shelf::new(None) };
    static PARTNERS: Shelf<Vec<u32>> = const { Shelf::new(None) };
    static WORKS: Shelf<Vec<f64>> = const { Shelf::new(None) };
}

/// A search that can be stopped and resumed.
pub struct BestFirst<'a> {
    problem: &'a Problem<'a>,
    goal: Goal,
    pub parts: Parts<'a>,
    pub states: Scratch<States>,
    open: Scratch<BinaryHeap<Open>>,
    /// The open state that was being expanded when the search stopped, if the heap has no room for
    /// it.
    stopped_at: Option<Open>,
    expanded: Scratch<Expanded>,
    /// The upper bound on keys: no better solution has a greater key.
    bound: f64,
    /// The best value of a known solution.
    value: f64,
    /// States that may be added or expanded before bytes are counted again.
    room: usize,
    leaf_sum: f64,
    /// Pairs of states examined.
    pub pairs: u64,
    /// Steps so far, in units of a pair.
    steps: u64,
    partners: Scratch<Vec<u32>>,
    /// By remaining partner, the work of contracting it with the state that is being expanded.
    works: Scratch<Vec<f64>>,
}

impl<'a> BestFirst<'a> {
    /// A search for solutions with a cost, or peak, of `bound` or less.
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

    /// A search before [`BestFirst::begin`].
    pub fn idle(problem: &'a Problem<'a>, parts: Parts<'a>) -> Self {
        BestFirst {
            problem,
            goal: Goal::Cost,
            parts,
            states: Scratch::from(&STATES),
            open: Scratch::from(&OPEN),
            stopped_at: None,
            expanded: Scratch::from(&EXPANDED),
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

    /// Begins, or restarts with another goal, in the same tables and with the same parts.
    pub fn begin(&mut self, goal: Goal, bound: f64) -> Granted<()> {
        (self.goal, self.bound, self.value) = (goal, bound * (1.0 + EQUAL), bound);
        self.states.clear();
        self.open.clear();
        self.stopped_at = None;
        self.expanded.clear();
        self.states.make_room(ROOM, self.parts.count().max(ROOM))?;
        self.open.make_room(ROOM)?;
        self.expanded.make_room(ROOM)?;
        (self.room, self.pairs, self.steps) = (0, 0, 0);
        for part in 0..self.problem.connectivity().tensors() as u32 {
            let peak = self.parts.get(part).sliced.footprint;
            self.add(State::new(part, peak, 0.0, None));
        }
        Ok(())
    }

    /// Expands states until the best solution is found; false if that takes more than `allowance`
    /// steps: pairs examined, and the equivalent of the other work. Errors: those of the watch. In
    /// both cases the search can be resumed, and [`BestFirst::lower_bound`] gives the bound
    /// reached.
    pub fn run(&mut self, allowance: u64, watch: &mut Watch) -> Searched<bool> {
        // Other users of the parts may have added some.
        self.states.make_room(0, self.parts.count() + self.room)?;
        if let Some(first) = self.stopped_at {
            self.open.make_room(1)?;
            self.open.push(first);
            self.stopped_at = None;
        }
        loop {
            if watch.is_due(self.states_expanded()) {
                let (states, value) = (self.states_expanded(), self.value);
                let (quantity, lower_bound) = (self.quantity(), self.lower_bound());
                watch.report(Progress { states, quantity, value, lower_bound })?;
            }
            let Some(first) = self.open.pop() else { return Ok(true) };
            if first.key() > self.bound {
                return Ok(true);
            }
            if self.states[first.state()].dominated {
                continue;
            }
            let expanded = watch
                .check_states(self.states_expanded() + 1)
                .and_then(|()| watch.check_time())
                .map_err(Halt::from)
                .and_then(|()| self.expand(first.state(), watch));
            if let Err(stop) = expanded {
                // The states offered may have taken its place in the heap.
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

    /// Prunes states that are worse than a solution that has become known.
    pub fn tighten(&mut self, value: f64) {
        self.value = self.value.min(value);
        self.bound = self.bound.min(value * (1.0 + EQUAL));
    }

    /// A lower bound on every solution that is not yet known, or the best known value if that is
    /// less: the least key of an open state, as every such solution contains some open state.
    pub fn lower_bound(&mut self) -> f64 {
        while let Some(first) = self.open.peek()
            && self.states[first.state()].dominated
        {
            self.open.pop();
        }
        let least = self.stopped_at.as_ref().max(self.open.peek()).map(|first| first.key());
        // Less the rounding of the sums in a key.
        least.map_or(self.value, |key| (key * (1.0 - EQUAL)).min(self.value))
    }

    /// The best value of a known solution.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// The quantity that the goal minimizes.
    pub fn quantity(&self) -> Quantity {
        if let Goal::Peak { .. } = self.goal { Quantity::Peak } else { Quantity::Cost }
    }

    /// Steps so far, in units of a pair.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    pub fn problem(&self) -> &'a Problem<'a> {
        self.problem
    }

    pub fn states_expanded(&self) -> u64 {
        self.expanded.len() as u64
    }

    /// Bytes of all tables with room for another state.
    pub fn bytes(&self) -> usize {
        self.parts.bytes()
            + self.states.bytes()
            + allocation::bytes::<Open>(self.open.len())
            + self.expanded.bytes()
            + self.expanded.len() * self.problem.network().targets().bytes_beside()
    }

    /// Error: no room for another state.
    #[inline]
    fn check_room(&mut self, watch: &Watch) -> Searched<()> {
        if self.room == 0 {
            self.count_room(watch)?;
        }
        self.room -= 1;
        Ok(())
    }

    /// Counts the bytes anew when a table is full, and makes room; until the next time neither
    /// changes.
    #[cold]
    fn count_room(&mut self, watch: &Watch) -> Searched<()> {
        watch.check_bytes(self.bytes())?;
        let open = allocation::room_left(self.open.len());
        self.parts.make_room()?;
        let (states, expanded) = (self.states.room(), self.expanded.room());
        self.states.make_room(states, self.parts.count() + self.parts.room())?;
        self.open.make_room(open)?;
        self.expanded.make_room(expanded)?;
        let rooms = [open, states, expanded, self.parts.room()];
        self.room = rooms.into_iter().fold(usize::MAX, usize::min).max(1);
        Ok(())
    }

    /// The states of a set that no other one dominates, by increasing peak.
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

    /// The expanded sets, one entry per state.
    pub fn expanded_sets(&self) -> &[u64] {
        &self.expanded.sets
    }

    /// Adds a state, unless another state of its part dominates it, and removes those that it
    /// dominates.
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
                // The floor is reached: no state below needs to be expanded.
                Goal::Peak { floor } if key <= floor * (1.0 + EQUAL) => 0.0,
                _ => self.bound.min(key * (1.0 + EQUAL)),
            };
        }
        self.open.push(Open::new(key, number));
    }
}

//! The expansion of a state: its partners, and the unions that are offered. O(expanded states)
//! pairs.

use super::expanded::{Affordable, Rest};
use super::states::State;
use super::{BestFirst, Goal};
use crate::allocation::{Granted, Grow};
use crate::cost::EQUAL;
use crate::problem::{Searched, Watch};
use crate::search::simd::partners;

/// Pairs whose examination takes as long as one partner, and as one offered union: measured on the
/// bench networks of 24 to 50 tensors, where a pair takes about a nanosecond.
const PARTNER: u64 = 16;
const OFFER: u64 = 256;

impl BestFirst<'_> {
    /// Expands a state: offers its unions with the expanded ones. Error: no room for them; the
    /// state is not expanded then.
    pub(super) fn expand(&mut self, number: u32, watch: &Watch) -> Searched<()> {
        let part = self.parts.get(self.states[number].part);
        let (n, near, open) = (part.n.0, part.near.0, part.open.clone());
        let (paid, weight) = self.paid_and_weight(number);
        let (mut partners, mut works) =
            (std::mem::take(&mut *self.partners), std::mem::take(&mut *self.works));
        partners.clear();
        works.clear();
        partners.make_room(self.expanded.len() + partners::WRITTEN)?;
        self.pairs += self.expanded.len() as u64;
        self.steps += self.expanded.len() as u64;
        // Slightly more: these sums are not in the order of the decisive ones.
        let limit = self.bound * (1.0 + EQUAL);
        let criteria = partners::Criteria { disjoint_from: n, near, limit: limit - weight };
        partners::partners(&self.expanded.sets, &self.expanded.weights, criteria, &mut partners);
        self.steps += PARTNER * partners.len() as u64;
        if !matches!(self.goal, Goal::Peak { .. }) {
            works.make_room(partners.len())?;
            // The price of this contraction, with the costs paid and the bound for the leaves
            // outside.
            let price = self.problem.least_for_work();
            let affordable = Affordable { paid, price, limit };
            let (expanded, volumes) = (&self.expanded, self.problem.volumes());
            if volumes.are_products_of_a_word() {
                let own = open.words()[0];
                let work_with = |at: usize| volumes.of_word(own | expanded.few_open[at]);
                expanded.remove_unaffordable(&mut partners, &mut works, &affordable, work_with);
            } else {
                let work_with = |at: usize| volumes.of_both(&open, &expanded.rest[at].open);
                expanded.remove_unaffordable(&mut partners, &mut works, &affordable, work_with);
            }
        }
        let offered = partners.iter().enumerate().try_for_each(|(at, &position)| {
            self.check_room(watch)?;
            let work = works.get(at).copied().unwrap_or(0.0);
            Ok(self.offer(number, self.expanded.rest[position as usize].state, work)?)
        });
        (*self.partners, *self.works) = (partners, works);
        offered.and_then(|()| self.check_room(watch))?;
        self.expanded.push(n, (paid, weight), Rest { state: number, open });
        Ok(())
    }

    /// The cost paid for a state, plus half of the bound for the leaves outside, of which each of
    /// two partners counts one half; and this sum plus the bound for the state as an operand. Where
    /// the peak is minimized: 0 and the footprint, as both operands are resident together.
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

    /// Offers the union of two states; `work` is the work of contracting them, where the cost
    /// counts.
    fn offer(&mut self, a: u32, b: u32, work: f64) -> Granted<()> {
        self.steps += OFFER;
        let (one, other) = (self.states[a], self.states[b]);
        if one.dominated || other.dominated {
            return Ok(());
        }
        let part = self.parts.union(one.part, other.part)?;
        let peak = self.peak_of(a, b, part);
        // The cost takes longest to compute, and is not needed for dominated states.
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
}

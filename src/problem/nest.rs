//! Ordered nests of loops, for the objectives that charge repetitions.
//!
//! The effect of a nest on a subset n depends on its order. A loop over an index that n carries makes
//! one slice of n per batch: all batches together compute n once. A loop over another index repeats n
//! in each batch, if n is inside it. But n is hoisted out of every loop inside the innermost loop
//! whose index it carries. So n keeps the nest up to that loop, and is computed once per batch of the
//! remaining loops that it does not carry.
//!
//! A part of n carries no index of the nest that n does not carry: an index of an enclosing loop that
//! a part of n carries is open in n. So loops cut off for n are cut off for its parts, and the order
//! of adjacent loops that n does not carry is irrelevant.

use super::Problem;
use super::loop_set::LoopSet;
use crate::allocation::{Append, Granted};

/// The loops around a subset, by number, outermost first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Nest {
    numbers: [u8; Nest::MOST],
    len: u8,
}

impl Nest {
    /// Loops that a nest may have.
    pub const MOST: usize = 15;

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = usize> + '_ {
        self.numbers[..self.len.into()].iter().map(|&number| number.into())
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn set(&self) -> LoopSet {
        self.iter().fold(LoopSet::NONE, |set, number| set.union(LoopSet::of(number)))
    }

    /// Adds a loop inside; a network has at most [`Nest::MOST`] loops where nests are used.
    fn push(&mut self, number: usize) {
        self.numbers[usize::from(self.len)] = number as u8;
        self.len += 1;
    }

    /// The nest that a part n of a contraction keeps, of this nest with the loops `opened` inside it: up
    /// to the innermost loop that n carries. Nests with the same effect on n are equal: runs of loops
    /// that n does not carry are sorted by number, and so are all loops if no part of n is computed.
    ///
    /// `carried` are the loops over indices that n carries, `tensors` its number of tensors.
    pub fn enter(&self, opened: &Nest, carried: LoopSet, tensors: usize) -> Nest {
        let kept = self.cut(opened, carried);
        if tensors > 2 {
            return kept;
        }
        // A tensor of the network is not computed, so nothing repeats it.
        let others = if tensors == 1 { LoopSet::NONE } else { kept.set().without(carried) };
        Nest::ascending(others).around(&Nest::ascending(kept.set().intersection(carried)))
    }

    /// This nest around `opened`, up to the innermost carried loop.
    fn cut(&self, opened: &Nest, carried: LoopSet) -> Nest {
        let mut kept = Nest::default();
        let mut run = LoopSet::NONE;
        for number in self.iter().chain(opened.iter()) {
            if carried.contains(number) {
                run.iter().for_each(|number| kept.push(number));
                run = LoopSet::NONE;
                kept.push(number);
            } else {
                run = run.union(LoopSet::of(number));
            }
        }
        kept
    }

    /// Evaluations of n inside this nest, the one it kept: the product of the batches of all loops
    /// except those `carried`, over indices of n.
    pub fn repetitions(&self, problem: &Problem, carried: LoopSet) -> f64 {
        let others = self.set().without(carried);
        others.iter().map(|number| problem.loops()[number].batches as f64).product()
    }

    /// The nest of these loops, outermost first.
    pub fn of(loops: &[usize]) -> Nest {
        let mut nest = Nest::default();
        loops.iter().for_each(|&number| nest.push(number));
        nest
    }

    /// The nest of these loops, sorted by number.
    pub fn ascending(loops: LoopSet) -> Nest {
        let mut nest = Nest::default();
        loops.iter().for_each(|number| nest.push(number));
        nest
    }

    /// The number of arrangements of m loops: the sum over k of m! / (m - k)!.
    pub fn count_arrangements(loops: LoopSet) -> u64 {
        // One loop more: none, or any of them outside an arrangement of the others.
        (1..=loops.len() as u64).fold(1, |others, m| 1 + m * others)
    }

    /// Every order of every subset of these loops, shorter ones first.
    pub fn arrangements(loops: LoopSet) -> Granted<Vec<Nest>> {
        let mut all = vec![Nest::default()];
        let mut from = 0;
        while from < all.len() {
            let nest = all[from];
            for number in loops.without(nest.set()).iter() {
                let mut longer = nest;
                longer.push(number);
                all.try_push(longer)?;
            }
            from += 1;
        }
        Ok(all)
    }

    /// This nest around another.
    pub fn around(&self, inner: &Nest) -> Nest {
        let mut both = *self;
        inner.iter().for_each(|number| both.push(number));
        both
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_arrangement_comes_once_the_shorter_first() {
        let all = Nest::arrangements(LoopSet(0b1_0110)).unwrap();
        // 1 + 3 + 3 * 2 + 3 * 2 * 1
        assert_eq!(all.len(), 16);
        assert_eq!(Nest::count_arrangements(LoopSet(0b1_0110)), 16);
        assert_eq!(Nest::count_arrangements(LoopSet::NONE), 1);
        assert!(all[0].is_empty());
        assert!(all.is_sorted_by_key(|nest| nest.iter().count()));
        let distinct: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
    }
}

//! The sets of tensors that a search reaches, with the sizes that it reads repeatedly.
//!
//! Where slicing is free, every batchable index that the term contracts is sliced wherever it is
//! open. If sizes only fall with slicing and the work does not change, opening all loops at every
//! contraction is never worse. By induction over the tree: inside more loops no operand is larger,
//! and no peak of an operand is. So the context of a set is no choice: the indices open in it and
//! closed in the whole are sliced. The cost does not grow with their number.

use super::numbers::Numbers;
use super::slices::Slices;
use crate::allocation::{self, Granted, Grow, ROOM};
use crate::network::IndexSet;
use crate::problem::{LoopSet, Operand, Problem, Subset};
use crate::scratch::{Scratch, Shelf};

/// A set of tensors, contracted.
pub struct Part {
    pub n: Subset,
    /// Its neighbours: the tensors that it may be contracted with.
    pub near: Subset,
    /// O(n).
    pub open: IndexSet,
    /// S_n and L_n, elements.
    pub whole: Operand,
    /// The same sizes sliced by loops, where these slice: the live memory.
    pub sliced: Operand,
    /// The loops that slice it.
    pub loops: LoopSet,
    pub volatile: bool,
}

thread_local! {
    static ALL: Shelf<Vec<Part>> = const { Shelf::new(None) };
    static NUMBERS: Shelf<Numbers> = const { Shelf::new(None) };
}

/// Parts by number, each created once.
pub struct Parts<'a> {
    problem: &'a Problem<'a>,
    /// Where slicing is free.
    slices: Option<Slices<'a>>,
    all: Scratch<Vec<Part>>,
    numbers: Scratch<Numbers>,
    /// Bytes that a part owns beside its entry: those of its open indices, where they are many.
    beside: usize,
}

impl<'a> Parts<'a> {
    /// The parts of a problem; its tensors come first.
    pub fn new(problem: &'a Problem<'a>, sliced: bool) -> Granted<Self> {
        // No loop sums over an index of the result of the term; neither does one of a term of one
        // tensor.
        let sliced = sliced && problem.connectivity().tensors() > 1 && !problem.loops().is_empty();
        let slices = sliced.then(|| Slices::new(problem));
        let (mut all, mut numbers) = (Scratch::from(&ALL), Scratch::from(&NUMBERS));
        all.make_room(ROOM)?;
        numbers.begin(ROOM)?;
        let beside = problem.network().targets().bytes_beside();
        let mut parts = Parts { problem, slices, all, numbers, beside };
        for tensor in 0..problem.connectivity().tensors() {
            let n = Subset::leaf(tensor);
            parts.numbers.insert(n, tensor as u32)?;
            parts.make(n, problem.connectivity().near(n), problem.leaf_open(tensor).clone());
        }
        Ok(parts)
    }

    pub fn get(&self, number: u32) -> &Part {
        &self.all[number as usize]
    }

    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// Bytes of the parts with room for another one.
    pub fn bytes(&self) -> usize {
        allocation::bytes::<Part>(self.all.len())
            + self.all.len() * self.beside
            + self.numbers.bytes()
    }

    /// How many more parts leave [`Parts::bytes`] unchanged.
    pub fn room(&self) -> usize {
        self.numbers.room().min(allocation::room_left(self.all.len()))
    }

    /// The number of a set, if it is a part.
    pub fn find(&self, n: Subset) -> Option<u32> {
        self.numbers.find(n)
    }

    /// Makes room for as many parts as [`Parts::room`] then returns, at least one.
    pub fn make_room(&mut self) -> Granted<()> {
        self.numbers.make_room()?;
        let more = allocation::room_left(self.all.len());
        self.all.make_room(more)
    }

    /// The number of the union of two parts.
    #[inline]
    pub fn union(&mut self, a: u32, b: u32) -> Granted<u32> {
        let n = self.get(a).n.union(self.get(b).n);
        if self.all.len() == self.all.capacity() || self.numbers.room() == 0 {
            // A known part needs no memory, and a set has no number before there is a place for it.
            if let Some(known) = self.numbers.find(n) {
                return Ok(known);
            }
            self.make_room()?;
        }
        let (a, b) = (&self.all[a as usize], &self.all[b as usize]);
        let number = self.all.len() as u32;
        if let Some(known) = self.numbers.find_or_place(n, number) {
            return Ok(known);
        }
        let open = self.problem.open_of_parts(&a.open, &b.open, n);
        let near = a.near.union(b.near).without(n);
        self.make(n, near, open);
        Ok(number)
    }

    /// A lower bound on the peak of every schedule: all tensors are resident when the first two are
    /// contracted.
    pub fn least_peak(&mut self) -> Granted<f64> {
        let tensors = self.problem.connectivity().tensors() as u32;
        let leaves: f64 = (0..tensors).map(|leaf| self.get(leaf).sliced.footprint).sum();
        let mut least = f64::INFINITY;
        for left in 0..tensors {
            for right in left + 1..tensors {
                if self.get(left).near.intersects(self.get(right).n) {
                    let pair = self.union(left, right)?;
                    least = least.min(self.get(pair).sliced.footprint);
                }
            }
        }
        Ok(if tensors > 1 { leaves + least } else { leaves })
    }

    /// The work of contracting two parts.
    pub fn work(&self, left: u32, right: u32) -> f64 {
        self.problem.volume_of_both(&self.get(left).open, &self.get(right).open)
    }

    /// The objective's charge for contracting two parts to a third.
    pub fn charge(&self, left: u32, right: u32, result: u32) -> f64 {
        self.charge_for(self.work(left, right), left, right, result)
    }

    /// [`Parts::charge`] with the work given.
    #[inline]
    pub fn charge_for(&self, work: f64, left: u32, right: u32, result: u32) -> f64 {
        let (left, right, result) = (self.get(left), self.get(right), self.get(result));
        let operands = [left.whole.footprint, right.whole.footprint];
        self.problem.charge(result.volatile, work, operands, result.whole.footprint)
    }

    /// The loops that the contraction of two parts to a third opens, by number.
    pub fn opened(&self, left: u32, right: u32, result: u32) -> Vec<usize> {
        let loops = |part| self.get(part).loops;
        loops(left).union(loops(right)).without(loops(result)).iter().collect()
    }

    fn make(&mut self, n: Subset, near: Subset, open: IndexSet) {
        let problem = self.problem;
        let whole = problem.operand(n, &open);
        let (loops, sliced) = match &mut self.slices {
            Some(slices) => {
                let loops = slices.open(n);
                let sliced = if loops.is_empty() { whole } else { slices.operand(n, &open, loops) };
                (loops, sliced)
            }
            None => (LoopSet::NONE, whole),
        };
        let volatile = problem.is_volatile(n);
        self.all.push(Part { n, near, open, whole, sliced, loops, volatile });
    }
}

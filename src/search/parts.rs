//! The sets of tensors that a search has met, with what it keeps asking of them.
//!
//! Where loops slice whatever they can, every batchable index that is contracted in the term is sliced
//! wherever it is open. With sizes that only fall when more is sliced, and work that does not change,
//! to open all loops at every contraction is never worse. By induction over the tree: inside more
//! loops no operand is larger and no peak of an operand is. So what surrounds a set is no choice: the
//! indices open in it that are closed in the whole are those that are sliced. Cost does not grow with
//! their number.

use super::numbers::Numbers;
use super::slices::Slices;
use crate::allocation;
use crate::allocation::{Granted, Grow, ROOM};
use crate::network::IndexSet;
use crate::problem::{LoopSet, Operand, Problem, Subset};
use crate::scratch::{Scratch, Shelf};

/// A set of tensors, contracted.
pub struct Part {
    pub n: Subset,
    /// The tensors that it may be contracted with.
    pub near: Subset,
    /// O(n).
    pub open: IndexSet,
    /// S_n and L_n, elements.
    pub whole: Operand,
    /// The same as loops slice them, where they do: what is live at a time.
    pub sliced: Operand,
    /// Those loops.
    pub loops: LoopSet,
    pub volatile: bool,
}

thread_local! {
    static ALL: Shelf<Vec<Part>> = const { Shelf::new(None) };
    static NUMBERS: Shelf<Numbers> = const { Shelf::new(None) };
}

/// Parts by number, each made once.
pub struct Parts<'a> {
    problem: &'a Problem<'a>,
    /// Where loops slice whatever they can.
    slices: Option<Slices<'a>>,
    all: Scratch<Vec<Part>>,
    numbers: Scratch<Numbers>,
    /// Bytes that a part takes elsewhere: those of its open indices where they are many.
    beside: usize,
}

impl<'a> Parts<'a> {
    /// The parts of a problem; the first ones are its tensors.
    pub fn new(problem: &'a Problem<'a>, sliced: bool) -> Granted<Self> {
        // The result of the term has no index that a loop sums over; neither has a term of one tensor.
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

    /// Bytes of the parts, as they would be with room for another one.
    pub fn bytes(&self) -> usize {
        allocation::bytes::<Part>(self.all.len())
            + self.all.len() * self.beside
            + self.numbers.bytes()
    }

    /// How many more parts leave [`Parts::bytes`] what it is.
    pub fn room(&self) -> usize {
        self.numbers.room().min(allocation::room_left(self.all.len()))
    }

    /// The number of a set that has been met.
    pub fn find(&self, n: Subset) -> Option<u32> {
        self.numbers.find(n)
    }

    /// Makes room for as many parts as [`Parts::room`] tells then, one at least.
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
            // What is known takes no memory; and a set has no number before there is a place for it.
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

    /// A peak that no schedule is below: the tensors are all there when the first two of them are
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

    /// What contracting two parts works.
    pub fn work(&self, left: u32, right: u32) -> f64 {
        self.problem.volume_of_both(&self.get(left).open, &self.get(right).open)
    }

    /// What the objective charges for contracting two parts to a third.
    pub fn charge(&self, left: u32, right: u32, result: u32) -> f64 {
        self.charge_for(self.work(left, right), left, right, result)
    }

    /// The same where the work is known.
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

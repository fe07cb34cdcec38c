//! Numbers of sets of tensors: a hash table with open addressing, at most half full.

use crate::allocation::{self, Granted};
use crate::problem::Subset;
use crate::scratch::reusable;

/// Non-empty sets, each with a number.
#[derive(Default)]
pub struct Numbers {
    /// A set and its number; the empty set where there is none.
    places: Vec<(u64, u32)>,
    /// The places before the table grew: memory for the next table that outgrows its own.
    fewer: Vec<(u64, u32)>,
    taken: usize,
    shift: u32,
}

/// A place without a set.
const FREE: (u64, u32) = (0, 0);

/// Bytes of a place.
const PLACE: usize = size_of::<(u64, u32)>();

impl Numbers {
    /// An empty table with room for `sets`.
    pub fn with_room(sets: usize) -> Granted<Self> {
        let mut numbers = Numbers::default();
        numbers.begin(sets)?;
        Ok(numbers)
    }

    /// Removes all sets, and makes room for `sets`.
    pub fn begin(&mut self, sets: usize) -> Granted<()> {
        let places = (2 * sets).next_power_of_two().max(2);
        self.places.clear();
        allocation::lengthen(&mut self.places, places, FREE)?;
        self.fewer.clear();
        (self.taken, self.shift) = (0, 64 - places.ilog2());
        Ok(())
    }

    /// Numbers a set that has no number yet.
    pub fn insert(&mut self, set: Subset, number: u32) -> Granted<()> {
        let known = self.find_or_insert(set, number)?;
        debug_assert_eq!(known, None);
        Ok(())
    }

    /// The number of a set; a set without one gets this number.
    #[inline]
    pub fn find_or_insert(&mut self, set: Subset, number: u32) -> Granted<Option<u32>> {
        self.make_room()?;
        Ok(self.find_or_place(set, number))
    }

    /// [`Numbers::find_or_insert`] where there is room for another set.
    #[inline]
    pub fn find_or_place(&mut self, set: Subset, number: u32) -> Option<u32> {
        let at = self.place(set);
        let (known, its_number) = self.places[at];
        if known == set.0 {
            return Some(its_number);
        }
        self.places[at] = (set.0, number);
        self.taken += 1;
        None
    }

    pub fn find(&self, set: Subset) -> Option<u32> {
        let (known, number) = self.places[self.place(set)];
        (known == set.0).then_some(number)
    }

    /// The number of a set that has one.
    #[inline]
    pub fn of(&self, set: Subset) -> u32 {
        self.places[self.place(set)].1
    }

    /// How many more sets leave [`Numbers::bytes`] unchanged.
    pub fn room(&self) -> usize {
        self.places.len() / 2 - self.taken
    }

    /// Bytes of the table with room for another set.
    pub fn bytes(&self) -> usize {
        let places = if self.room() == 0 {
            3 * self.places.len()
        } else {
            self.places.len() + self.fewer.len()
        };
        places * PLACE
    }

    /// Makes room for another set.
    #[inline]
    pub fn make_room(&mut self) -> Granted<()> {
        if self.room() == 0 { self.grow() } else { Ok(()) }
    }

    #[cold]
    fn grow(&mut self) -> Granted<()> {
        let places = 2 * self.places.len();
        self.fewer.clear();
        allocation::lengthen(&mut self.fewer, places, FREE)?;
        std::mem::swap(&mut self.places, &mut self.fewer);
        self.shift = 64 - places.ilog2();
        for taken in self.fewer.iter().filter(|&&(set, _)| set != 0) {
            let at = place(&self.places, self.shift, Subset(taken.0));
            self.places[at] = *taken;
        }
        Ok(())
    }

    /// The place of a set, or the free place for it.
    #[inline]
    fn place(&self, set: Subset) -> usize {
        place(&self.places, self.shift, set)
    }
}

#[inline(always)]
fn place(places: &[(u64, u32)], shift: u32, set: Subset) -> usize {
    // Fibonacci hashing (Knuth 1998, 6.4): the high bits of a product with 2^64 / golden ratio.
    let mut at = (set.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> shift) as usize;
    while places[at].0 != set.0 && places[at].0 != 0 {
        at = (at + 1) & (places.len() - 1);
    }
    at
}

reusable!(Numbers: places, fewer);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_set_keeps_its_number_while_the_table_grows() {
        let mut numbers = Numbers::with_room(1).unwrap();
        let sets = (0..1000u64).map(|at| Subset(at * at * at + 1));
        for (set, number) in sets.clone().zip(0..) {
            assert_eq!((numbers.find(set), numbers.find_or_insert(set, number)), (None, Ok(None)));
            assert_eq!(numbers.find_or_insert(set, 7), Ok(Some(number)));
        }
        assert!(sets.zip(0..).all(|(set, number)| numbers.of(set) == number));
        assert_eq!((numbers.room(), numbers.bytes()), (24, (2048 + 1024) * PLACE));
    }
}

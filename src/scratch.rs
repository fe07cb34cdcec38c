//! Memory that a thread keeps from call to call.
//!
//! A search fills tables of some kilobytes, or some hundred, in a fraction of a millisecond. Allocators
//! give such memory back to the system as it is freed, and it comes anew page by page, which takes
//! up to a third of the time of a search. So a thread leaves its tables to the next call: of each
//! kind one, and [`MOST`] bytes in all. They are freed when the thread ends.

use std::cell::Cell;
use std::collections::BinaryHeap;
use std::ops::{Deref, DerefMut};
use std::thread::LocalKey;

/// Bytes that a thread keeps at most.
pub const MOST: usize = 1 << 20;

thread_local! {
    /// Bytes that this thread keeps.
    static HELD: Cell<usize> = const { Cell::new(0) };
}

/// What can be used anew. Its default takes no memory.
pub trait Reusable: Default + 'static {
    /// Forgets all that is in it, but keeps the memory.
    fn clear(&mut self);

    /// Bytes of the memory.
    fn memory(&self) -> usize;
}

/// Makes a structure reusable that is made of what is.
macro_rules! reusable {
    ($table:ty: $($field:ident),+) => {
        impl $crate::scratch::Reusable for $table {
            fn clear(&mut self) {
                $(self.$field.clear();)+
            }

            fn memory(&self) -> usize {
                [$($crate::scratch::Reusable::memory(&self.$field)),+].iter().sum()
            }
        }
    };
}
pub(crate) use reusable;

/// Where a thread keeps a table of one kind.
pub type Shelf<T> = Cell<Option<T>>;

/// A table from a shelf, which goes back there when it is dropped.
pub struct Scratch<T: Reusable> {
    table: T,
    shelf: &'static LocalKey<Shelf<T>>,
}

impl<T: Reusable> Scratch<T> {
    /// The table that is there, with nothing in it; one without memory where another caller has it.
    pub fn from(shelf: &'static LocalKey<Shelf<T>>) -> Self {
        let table = shelf.try_with(Cell::take).ok().flatten().unwrap_or_default();
        HELD.set(HELD.get() - table.memory());
        Scratch { table, shelf }
    }
}

impl<T: Reusable> Drop for Scratch<T> {
    fn drop(&mut self) {
        let mut table = std::mem::take(&mut self.table);
        table.clear();
        // A thread that ends has no shelves any more: the table is freed.
        let _ = self.shelf.try_with(|shelf| {
            // Another caller may have left one in the meantime.
            let others = HELD.get() - shelf.take().map_or(0, |other| other.memory());
            let held = others + table.memory();
            HELD.set(if held <= MOST { held } else { others });
            shelf.set((held <= MOST).then_some(table));
        });
    }
}

impl<T: Reusable> Deref for Scratch<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        &self.table
    }
}

impl<T: Reusable> DerefMut for Scratch<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        &mut self.table
    }
}

impl<T: 'static> Reusable for Vec<T> {
    fn clear(&mut self) {
        self.clear();
    }

    fn memory(&self) -> usize {
        self.capacity() * size_of::<T>()
    }
}

impl<T: Ord + 'static> Reusable for BinaryHeap<T> {
    fn clear(&mut self) {
        self.clear();
    }

    fn memory(&self) -> usize {
        self.capacity() * size_of::<T>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    thread_local! {
        static NUMBERS: Shelf<Vec<u64>> = const { Shelf::new(None) };
        static OTHERS: Shelf<Vec<u32>> = const { Shelf::new(None) };
    }

    /// On a thread of its own, which keeps nothing yet.
    fn anew<T: Send + 'static>(run: fn() -> T) -> T {
        std::thread::spawn(run).join().expect("a thread without a failure")
    }

    #[test]
    fn a_table_comes_back_empty() {
        anew(|| {
            let mut numbers = Scratch::from(&NUMBERS);
            assert_eq!((numbers.len(), numbers.capacity()), (0, 0));
            numbers.extend([1, 2, 3]);
            // Somebody else has one of their own.
            assert_eq!(Scratch::from(&NUMBERS).capacity(), 0);
            let place = numbers.as_ptr();
            drop(numbers);
            let numbers = Scratch::from(&NUMBERS);
            assert_eq!((numbers.len(), numbers.as_ptr()), (0, place));
        });
    }

    #[test]
    fn no_more_is_kept_than_that() {
        anew(|| {
            let mut numbers = Scratch::from(&NUMBERS);
            numbers.reserve_exact(MOST / size_of::<u64>());
            drop(numbers);
            assert_eq!(HELD.get(), MOST);
            Scratch::from(&OTHERS).push(1);
            assert_eq!(Scratch::from(&OTHERS).capacity(), 0, "too much beside the numbers");
            let mut numbers = Scratch::from(&NUMBERS);
            assert_eq!(HELD.get(), 0);
            numbers.reserve_exact(MOST / size_of::<u64>() + 1);
            drop(numbers);
            assert_eq!((Scratch::from(&NUMBERS).capacity(), HELD.get()), (0, 0));
        });
    }

    #[test]
    fn threads_keep_for_themselves() {
        anew(|| {
            Scratch::from(&NUMBERS).push(1);
            assert_eq!(anew(|| Scratch::from(&NUMBERS).capacity()), 0);
            assert!(Scratch::from(&NUMBERS).capacity() > 0);
        });
    }

    #[test]
    fn a_thread_may_end_with_a_table_in_use() {
        struct Last(Scratch<Vec<u64>>);
        thread_local! {
            static LAST: Cell<Option<Last>> = const { Cell::new(None) };
        }
        anew(|| {
            // Destroyed after the shelf, which is made later: the table is freed then.
            LAST.set(None);
            let mut last = Last(Scratch::from(&NUMBERS));
            last.0.push(1);
            LAST.set(Some(last));
        });
    }
}

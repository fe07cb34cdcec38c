//! Scratch: tables that a thread reuses from call to call.
//!
//! A search fills tables of some to some hundred kilobytes within a fraction of a millisecond.
//! Allocators return such memory to the system when it is freed, and the system hands it out again
//! page by page: up to a third of the time of a search. So a thread keeps one table of each kind
//! for its next call, and [`MOST`] bytes in all. They are freed when the thread ends.

use std::cell::Cell;
use std::collections::BinaryHeap;
use std::ops::{Deref, DerefMut};
use std::thread::LocalKey;

/// Most bytes that a thread keeps.
pub const MOST: usize = 1 << 20;

thread_local! {
    /// Bytes that this thread keeps.
    static HELD: Cell<usize> = const { Cell::new(0) };
}

/// A table that can be reused. Its default takes no memory.
pub trait Reusable: Default + 'static {
    /// Removes all entries and keeps the memory.
    fn clear(&mut self);

    /// Bytes allocated.
    fn memory(&self) -> usize;
}

/// Implements [`Reusable`] for a structure of reusable tables.
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

/// The place of a thread for one kind of table.
pub type Shelf<T> = Cell<Option<T>>;

/// A table taken from a shelf; dropping it puts it back.
pub struct Scratch<T: Reusable> {
    table: T,
    shelf: &'static LocalKey<Shelf<T>>,
}

impl<T: Reusable> Scratch<T> {
    /// The table on the shelf, empty; one without memory where another caller holds it.
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
        // The shelves of a thread that ends are gone: the table is freed.
        let _ = self.shelf.try_with(|shelf| {
            // Another caller may have put one back in the meantime.
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

    /// Runs on a new thread, which keeps nothing yet.
    fn anew<T: Send + 'static>(run: fn() -> T) -> T {
        std::thread::spawn(run).join().expect("a thread without a failure")
    }

    #[test]
    fn a_table_comes_back_empty() {
        anew(|| {
            let mut numbers = Scratch::from(&NUMBERS);
            assert_eq!((numbers.len(), numbers.capacity()), (0, 0));
            numbers.extend([1, 2, 3]);
            // A second caller gets a table of its own.
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
            // Destroyed after the shelf, which is created later: the table is freed then.
            LAST.set(None);
            let mut last = Last(Scratch::from(&NUMBERS));
            last.0.push(1);
            LAST.set(Some(last));
        });
    }
}

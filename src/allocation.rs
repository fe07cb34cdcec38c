//! Fallible allocation: the size of the tables of a search, and how they grow.
//!
//! Bytes count the entries of the tables, not the capacity that allocators or earlier calls
//! ([`crate::scratch`]) gave them, so that `max_bytes` stops every run at the same place.
//!
//! Every request may fail. Out of memory, a search ends as at a limit, and the process of the host
//! goes on. This stop alone is not deterministic: it may come on one rank and not on another. So a
//! thread notes the requests that were refused ([`Refusals`]), and the plan reports them.

use std::cell::Cell;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::hash::{BuildHasher, Hash};

use smallvec::{Array, SmallVec};

use crate::Error;

/// Entries that the tables of a best-first search hold at first: enough for terms of coupled
/// cluster. They grow by doubling.
pub const ROOM: usize = 128;

/// Capacity, in entries, of a table that holds `entries` and takes another one.
pub fn room(entries: usize) -> usize {
    (entries + 1).next_power_of_two().max(ROOM)
}

/// How many more entries leave [`bytes`] unchanged.
pub fn room_left(entries: usize) -> usize {
    room(entries) - entries
}

/// Bytes of a table that holds `entries` and takes another one.
pub fn bytes<T>(entries: usize) -> usize {
    room(entries) * size_of::<T>()
}

/// The allocator refused a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    bytes: usize,
}

/// The result of a request that may be refused.
pub type Granted<T> = Result<T, Refused>;

impl Refused {
    #[cold]
    fn of<T>(entries: usize) -> Self {
        let bytes = entries.saturating_mul(size_of::<T>());
        // A thread that is being torn down has no call to report to.
        let _ = FIRST.try_with(|first| first.set(first.get().or(Some(bytes as u64))));
        Refused { bytes }
    }
}

impl From<Refused> for Error {
    #[cold]
    fn from(Refused { bytes }: Refused) -> Self {
        Error::Limit {
            name: "the memory asked for",
            value: format!("{bytes} bytes"),
            reached: "the allocator refused it",
            allowed: "more memory to the process, or a smaller `max_bytes`",
        }
    }
}

thread_local! {
    /// Bytes of the first request refused during the current call.
    static FIRST: Cell<Option<u64>> = const { Cell::new(None) };
}

/// The requests that this thread is refused during a call. A call within it, from a callback, has
/// its own.
pub struct Refusals {
    outside: Option<u64>,
}

impl Refusals {
    pub fn begin() -> Self {
        Refusals { outside: FIRST.take() }
    }

    /// Bytes of the first request refused.
    pub fn first(&self) -> Option<u64> {
        FIRST.get()
    }
}

impl Drop for Refusals {
    fn drop(&mut self) {
        let _ = FIRST.try_with(|first| first.set(self.outside));
    }
}

/// A table whose growth may be refused.
pub trait Grow {
    /// Makes room for `more` entries, at least doubling the capacity; these take no further memory.
    fn make_room(&mut self, more: usize) -> Granted<()>;
}

/// Implements [`Grow`] for each kind of table.
macro_rules! grow {
    ([$($generic:tt)*] $table:ty, $entry:ty) => {
        impl<$($generic)*> Grow for $table {
            #[inline(always)]
            fn make_room(&mut self, more: usize) -> Granted<()> {
                #[cold]
                #[inline(never)]
                fn grow<$($generic)*>(table: &mut $table, more: usize) -> Granted<()> {
                    let entries = table.len().saturating_add(more).max(2 * table.capacity());
                    table.try_reserve(more).map_err(|_| Refused::of::<$entry>(entries))
                }
                if more <= self.capacity() - self.len() { Ok(()) } else { grow(self, more) }
            }
        }
    };
}

grow!([T] Vec<T>, T);
grow!([T: Ord] BinaryHeap<T>, T);
grow!([A: Array] SmallVec<A>, A::Item);
grow!([K: Eq + Hash, V, S: BuildHasher] HashMap<K, V, S>, (K, V));
grow!([K: Eq + Hash, S: BuildHasher] HashSet<K, S>, K);

/// A table that grows at its end.
pub trait Append<T>: Grow {
    /// Appends an entry.
    fn try_push(&mut self, entry: T) -> Granted<()>;
}

impl<T> Append<T> for Vec<T> {
    #[inline(always)]
    fn try_push(&mut self, entry: T) -> Granted<()> {
        self.make_room(1)?;
        self.push(entry);
        Ok(())
    }
}

impl<A: Array> Append<A::Item> for SmallVec<A> {
    #[inline(always)]
    fn try_push(&mut self, entry: A::Item) -> Granted<()> {
        self.make_room(1)?;
        self.push(entry);
        Ok(())
    }
}

/// An empty table with a capacity.
pub fn empty<T>(room: usize) -> Granted<Vec<T>> {
    let mut table = Vec::new();
    table.try_reserve_exact(room).map_err(|_| Refused::of::<T>(room))?;
    Ok(table)
}

/// A table of equal entries.
pub fn filled<T: Clone>(entries: usize, entry: T) -> Granted<Vec<T>> {
    let mut table = empty(entries)?;
    table.resize(entries, entry);
    Ok(table)
}

/// Lengthens a shorter table to `entries`, the new ones equal.
pub fn lengthen<T: Clone>(table: &mut Vec<T>, entries: usize, entry: T) -> Granted<()> {
    if let Some(more) = entries.checked_sub(table.len()) {
        table.make_room(more)?;
        table.resize(entries, entry);
    }
    Ok(())
}

/// A table of the entries of an iterator, with room for its lower size hint.
pub fn collected<T>(entries: impl IntoIterator<Item = T>) -> Granted<Vec<T>> {
    let entries = entries.into_iter();
    let mut table = empty(entries.size_hint().0)?;
    for entry in entries {
        table.try_push(entry)?;
    }
    Ok(table)
}

/// A copy of a table.
pub fn copied<T: Copy>(table: &[T]) -> Granted<Vec<T>> {
    let mut copy = empty(table.len())?;
    copy.extend_from_slice(table);
    Ok(copy)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOO_MANY: usize = isize::MAX as usize / 8;

    #[test]
    #[cfg_attr(miri, ignore = "Miri stops at such a request instead of refusing it")]
    fn a_refusal_names_the_bytes_and_leaves_the_table() {
        let refusals = Refusals::begin();
        let mut table = vec![1u64, 2];
        let refused = table.make_room(TOO_MANY).unwrap_err();
        assert_eq!(table, [1, 2]);
        assert_eq!(refusals.first(), Some(8 * (TOO_MANY as u64 + 2)));
        let error = Error::from(refused);
        let bytes = (8 * (TOO_MANY + 2)).to_string();
        assert!(error.to_string().contains(&bytes), "{error}");
        assert!(filled(TOO_MANY, 0u64).is_err() && empty::<u64>(TOO_MANY).is_err());
    }

    #[test]
    #[cfg_attr(miri, ignore = "Miri stops at such a request instead of refusing it")]
    fn a_call_within_a_call_has_its_own_refusals() {
        let outer = Refusals::begin();
        let _ = empty::<u64>(TOO_MANY);
        {
            let inner = Refusals::begin();
            assert_eq!(inner.first(), None);
            let _ = empty::<u32>(TOO_MANY);
            assert_eq!(inner.first(), Some(4 * TOO_MANY as u64));
        }
        assert_eq!(outer.first(), Some(8 * TOO_MANY as u64));
        drop(outer);
        assert_eq!(Refusals::begin().first(), None);
    }
}

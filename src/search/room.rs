//! How much the tables of a search take. That is counted by what is in them, not by what allocators or
//! earlier calls ([`crate::kept`]) gave them, so that limits stop every run at the same place.

/// Entries that the tables of a best-first search have room for from the beginning: as many as terms
/// of coupled cluster need. They grow by doubling.
pub const ROOM: usize = 128;

/// How many entries there is room for in a table of so many that is to take another one.
pub fn room(entries: usize) -> usize {
    (entries + 1).next_power_of_two().max(ROOM)
}

/// How many more entries leave [`bytes`] what it is.
pub fn room_left(entries: usize) -> usize {
    room(entries) - entries
}

/// Bytes of a table of so many entries that is to take another one.
pub fn bytes<T>(entries: usize) -> usize {
    room(entries) * size_of::<T>()
}

//! Limits on a search.

use crate::{Error, Result};

/// When a search stops before its end. It then answers with the best plan so far, and says what no
/// plan goes below (see [`crate::plan::Search`]); or not at all, with `Options::require_optimal`.
///
/// States and bytes are counted, so that the answer is the same on every run and machine. With a limit
/// in seconds it is not: give it where that does not matter, or on one rank that tells the others.
///
/// None of them is about the memory that there is: what the allocator refuses stops a search on its own,
/// and the plan says so ([`crate::plan::Search`]).
///
/// The searches for one plan of up to 64 tensors keep to all three; so does sharing
/// (`Options::subnet_cse`), which has limits of its own beside them. A search for more tensors expands
/// no states and has no tables; it holds some six trees at a time, each of 2 n sets of m bits for n
/// tensors and m indices: 40 MB for 4096 and 6144. It keeps to the seconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Limits {
    /// States expanded: ways to contract a set of tensors that the search goes on from, or keeps in
    /// the table of a subset DP; all of them together, where one search comes after another. 0
    /// (default): no limit.
    pub max_states: u64,
    /// Seconds of wall-clock time; 0 (default): no limit; or 1e-9 to 1e9.
    pub max_seconds: f64,
    /// Bytes of the tables of the search, by what is in its arrays, not what the thread keeps of earlier
    /// ones; 0 (default): 1 GiB; at most 2^37.
    pub max_bytes: u64,
}

impl Limits {
    /// Bytes of tables where nothing else is said.
    pub const BYTES: u64 = 1 << 30;

    /// Label numbers are 32 bits wide; a label takes more than 32 bytes.
    const MOST_BYTES: u64 = 1 << 37;

    /// Whether any limit but those built in was asked for.
    pub fn are_set(&self) -> bool {
        *self != Limits::default()
    }

    pub(crate) fn bytes(&self) -> u64 {
        if self.max_bytes == 0 { Limits::BYTES } else { self.max_bytes }
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.max_seconds != 0.0 && !(1e-9..=1e9).contains(&self.max_seconds) {
            return Err(Error::Option {
                name: "max_seconds",
                value: self.max_seconds.to_string(),
                allowed: "0 (no limit), or 1e-9 to 1e9",
            });
        }
        if self.max_bytes > Limits::MOST_BYTES {
            return Err(Error::Option {
                name: "max_bytes",
                value: self.max_bytes.to_string(),
                allowed: "0 (1 GiB), or up to 137438953472 (128 GiB)",
            });
        }
        Ok(())
    }
}

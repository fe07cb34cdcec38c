//! Limits on a search.

use crate::{Error, Result};

/// Limits that stop a search early. It then returns the best plan found, with a lower bound (see
/// [`crate::plan::Search`]); with `Options::require_optimal`, the error `Limit` instead.
///
/// States and bytes are counted, so these limits give the same plan on every run and machine. A limit
/// in seconds does not: use it where that does not matter, or on one rank that sends its plan to the
/// others.
///
/// Independently of these limits, a request that the allocator refuses stops a search;
/// `Search::refused_bytes` then holds its size.
///
/// Searches for one plan of up to 64 tensors obey all three limits. So does sharing
/// (`Options::subnet_cse`), which has built-in limits as well. A search for more tensors obeys only
/// the limit in seconds: it expands no states and has no tables. It holds some six trees at a time,
/// each of 2 n sets of m bits for n tensors and m indices: 40 MB for 4096 tensors and 6144 indices.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Limits {
    /// States expanded: ways to contract a set of tensors from which the search continues, or which it
    /// keeps in the table of a subset DP; summed over all searches of the call. 0 (default): no limit.
    pub max_states: u64,
    /// Seconds of wall-clock time; 0 (default): no limit; or 1e-9 to 1e9.
    pub max_seconds: f64,
    /// Bytes of the tables of the search, without scratch that the thread keeps from earlier searches;
    /// 0 (default): 1 GiB; at most 2^37.
    pub max_bytes: u64,
}

impl Limits {
    /// Default of `max_bytes`.
    pub const BYTES: u64 = 1 << 30;

    /// State numbers are 32 bits wide, and a state takes more than 32 bytes.
    const MOST_BYTES: u64 = 1 << 37;

    /// Whether any limit differs from its default.
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

//! The open states, by key.

/// An open state. The greater of two has the lesser key or, for equal keys, is newer: that finds a
/// good solution early. Keys are not negative, so they compare as their bits do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Open(u128);

impl Open {
    pub(super) fn new(key: f64, state: u32) -> Self {
        Open(u128::from(!key.to_bits()) << 64 | u128::from(state))
    }

    pub(super) fn key(self) -> f64 {
        f64::from_bits(!((self.0 >> 64) as u64))
    }

    pub(super) fn state(self) -> u32 {
        self.0 as u32
    }
}

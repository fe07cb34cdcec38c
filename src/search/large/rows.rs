//! Sets of indices as rows of one table of words: a search creates millions of them without
//! allocating.

use crate::allocation::{self, Granted};

/// Sets of indices, one bit per index.
#[derive(Debug)]
pub struct Rows {
    words: Vec<u64>,
    stride: usize,
}

impl Rows {
    pub fn new(rows: usize, stride: usize) -> Granted<Self> {
        Ok(Rows { words: allocation::filled(rows * stride, 0)?, stride })
    }

    pub fn copy(&self) -> Granted<Self> {
        Ok(Rows { words: allocation::copied(&self.words)?, stride: self.stride })
    }

    /// Becomes a copy of as many rows.
    pub fn copy_from(&mut self, other: &Rows) {
        self.words.copy_from_slice(&other.words);
    }

    pub fn row(&self, at: usize) -> &[u64] {
        &self.words[at * self.stride..(at + 1) * self.stride]
    }

    pub fn row_mut(&mut self, at: usize) -> &mut [u64] {
        &mut self.words[at * self.stride..(at + 1) * self.stride]
    }
}

/// The members of a set of words, by increasing position.
pub fn positions<W>(words: W) -> impl Iterator<Item = usize> + Clone
where
    W: IntoIterator<Item = u64>,
    W::IntoIter: Clone,
{
    words.into_iter().enumerate().flat_map(|(at, word)| {
        let mut rest = word;
        std::iter::from_fn(move || {
            let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
            rest &= rest - 1;
            Some(64 * at + bit)
        })
    })
}

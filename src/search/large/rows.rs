//! Sets of indices as rows of one table of words, so that a search that makes millions of them
//! allocates none.

/// Sets of indices, a bit for each index.
#[derive(Debug, Clone)]
pub struct Rows {
    words: Vec<u64>,
    stride: usize,
}

impl Rows {
    pub fn new(rows: usize, stride: usize) -> Self {
        Rows { words: vec![0; rows * stride], stride }
    }

    pub fn row(&self, at: usize) -> &[u64] {
        &self.words[at * self.stride..(at + 1) * self.stride]
    }

    pub fn row_mut(&mut self, at: usize) -> &mut [u64] {
        &mut self.words[at * self.stride..(at + 1) * self.stride]
    }
}

/// The members of a set given by its words, by increasing position.
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

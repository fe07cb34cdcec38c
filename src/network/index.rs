//! An index: its extent and, for a composite one, the indices on which the extent depends.

/// The number of an index within its network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IndexId(u32);

impl IndexId {
    pub(crate) fn new(position: usize) -> Self {
        // The builder refuses a network with more indices than that.
        IndexId(position as u32)
    }

    pub fn position(self) -> usize {
        self.0 as usize
    }
}

/// A label with an extent. A *composite* index (a pair-natural orbital `a_1<i_1,i_2>`) also has the
/// plain indices it depends on, its protos.
#[derive(Debug, Clone, PartialEq)]
pub struct Index {
    /// Unique in the network. The label of a composite index contains its protos.
    pub label: String,
    /// The kind of index: i, a, μ̃, Κ, ...
    pub space: String,
    /// Elements, 1 or more; of a composite index the mean over its domains.
    pub extent: u64,
    /// The plain indices on which a composite index depends; empty for a plain one.
    pub protos: Vec<IndexId>,
    /// `power_means[k - 1] = (sum over pairs of d^k / pairs)^(1/k)`, elements, where d are the
    /// domain sizes; empty: the extent stands for every k.
    pub power_means: Vec<f64>,
}

impl Index {
    pub fn is_composite(&self) -> bool {
        !self.protos.is_empty()
    }
}

/// The space of a label: the part before the first `_`, digit or `<`.
pub fn default_space(label: &str) -> &str {
    let end = label.find(|c: char| c == '_' || c == '<' || c.is_ascii_digit());
    &label[..end.unwrap_or(label.len())]
}

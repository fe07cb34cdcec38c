//! The labels of a network's tensors and indices, in one allocation that its plans share.

/// Labels by position, one behind the other in one text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Labels {
    text: String,
    /// By label, its end in the text.
    ends: Vec<usize>,
}

impl Labels {
    pub fn push(&mut self, label: &str) {
        self.text.push_str(label);
        self.ends.push(self.text.len());
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub fn at(&self, position: usize) -> &str {
        let begin = position.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[begin..self.ends[position]]
    }
}

impl<L: AsRef<str>> FromIterator<L> for Labels {
    fn from_iter<I: IntoIterator<Item = L>>(all: I) -> Self {
        let mut labels = Labels::default();
        all.into_iter().for_each(|label| labels.push(label.as_ref()));
        labels
    }
}

/// The labels of a network, and the figures of its indices that documents write beside them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Names {
    /// By position of the tensor.
    pub tensors: Labels,
    /// By position of the index (`IndexId::position`).
    pub indices: Labels,
    pub spaces: Labels,
    pub extents: Vec<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_come_back_by_position() {
        let labels: Labels = ["μ̃_1", "", "i"].iter().collect();
        assert_eq!((labels.at(0), labels.at(1), labels.at(2)), ("μ̃_1", "", "i"));
        assert_eq!((labels.len(), labels.is_empty()), (3, false));
    }
}

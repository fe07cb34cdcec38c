//! Names that the report and drawings of a plan share: nodes, indices, sizes, loops.

use crate::plan::{Infeasible, Node, NodeKind, OpenedLoop, Plan};
use crate::policy::Role;
use crate::view::unit::Unit;

/// Characters of a label, where there is room.
pub(super) const LABEL: usize = 30;

impl Plan {
    /// By node, `label(node)` of a leaf and `(node)` of a contraction; labels are cut to `most`
    /// characters.
    pub(super) fn names(&self, most: usize) -> Vec<String> {
        let label = |at| self.label(at).map(|label| short(label, most)).unwrap_or_default();
        (0..self.nodes.len()).map(|at| format!("{}({at})", label(at))).collect()
    }

    /// The labels of the first `most` indices open in a node, in brackets.
    pub(super) fn open_words(&self, at: usize, most: usize) -> String {
        let count = self.open_ids(at).len();
        let labels = self.labelled.open(at).take(most);
        let mut words: Vec<String> = labels.map(|label| short(label, LABEL)).collect();
        if count > most {
            words.push(format!("and {} more", count - most));
        }
        format!("[{}]", words.join(" "))
    }

    /// `peak-batched plan of 11 tensors`
    pub(super) fn heading(&self) -> String {
        let plural = if self.tensors() == 1 { "" } else { "s" };
        format!("{} plan of {} tensor{plural}", self.objective.name(), self.tensors())
    }

    /// Where the peak is, by the names of the nodes: `at result (14)`.
    pub(super) fn peak_moment(&self, names: &[String]) -> String {
        match self.nodes[self.peak_node].kind {
            NodeKind::Leaf { .. } => format!("when {} is taken", names[self.peak_node]),
            NodeKind::Contraction { .. } => format!("at result {}", names[self.peak_node]),
        }
    }

    /// Lines that state the failure to fit a threshold on the peak; none if the plan fits.
    pub(super) fn infeasible_lines(&self) -> Vec<String> {
        let Some(Infeasible { threshold, least_peak, loops, finest_peak }) = &self.infeasible
        else {
            return Vec::new();
        };
        let bytes = |elements: f64| match self.bytes("a peak", elements) {
            Ok(bytes) => format!("{} ({bytes} bytes)", self.size(elements)),
            Err(_) => self.size(elements),
        };
        let how = match loops.as_slice() {
            [] => "without loops".to_owned(),
            loops => format!("with {}", loop_words(loops)),
        };
        let finest = finest_peak.map(|peak| format!("; with batches of one tile {}", bytes(peak)));
        let none = if self.search.optimal { "no plan fits" } else { "no plan was found that fits" };
        let plural = if *threshold == 1 { "" } else { "s" };
        vec![
            format!("{none} {threshold} byte{plural}"),
            format!("least peak {}{}", bytes(*least_peak), finest.unwrap_or_default()),
            format!("reached {how}"),
        ]
    }

    /// Elements as a size for people: `1.049 GiB`.
    pub(super) fn size(&self, elements: f64) -> String {
        let bytes = elements * self.bytes_per_element as f64;
        let unit = Unit::of(bytes);
        if unit.bytes == 1.0 {
            return format!("{bytes:.0} B");
        }
        let value = bytes / unit.bytes;
        if value < 1e5 {
            format!("{value:.3} {}", unit.name)
        } else {
            format!("{value:.3e} {}", unit.name)
        }
    }
}

impl OpenedLoop {
    /// `K in 10 batches of 60` over a contracted index; `i in 2 blocks of 5` over an external one,
    /// where each batch makes a block of the result. Long labels are cut.
    pub(super) fn words(&self) -> String {
        let batches = match self.role {
            Role::Contracted => "batches",
            Role::External => "blocks",
        };
        let index = short(&self.index, 24);
        format!("{index} in {} {batches} of {}", self.batches, self.batch)
    }
}

impl Node {
    /// `10 times`, where loops around the node repeat it.
    pub(super) fn times(&self) -> Option<String> {
        let Node { repetitions, .. } = *self;
        match repetitions {
            ..=1.0 => None,
            // All digits would be hard to read, and a double may not have them.
            1e6.. => Some(format!("{repetitions:.3e} times")),
            _ => Some(format!("{repetitions} times")),
        }
    }
}

/// Loops as words, the outermost first; a search opens at most 32.
fn loop_words(loops: &[OpenedLoop]) -> String {
    const MOST: usize = 32;
    let mut words: Vec<String> = loops.iter().take(MOST).map(OpenedLoop::words).collect();
    if loops.len() > MOST {
        words.push(format!("{} more", loops.len() - MOST));
    }
    words.join(", ")
}

/// A text cut to at most `most` characters.
pub(super) fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.into();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

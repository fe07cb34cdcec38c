//! What a plan's drawings and its report call things: tensors, contractions, sizes, loops.

use super::{Infeasible, Node, NodeKind, OpenedLoop, Plan};
use crate::policy::Role;
use crate::unit::Unit;

impl Plan {
    /// By node, `label(number)` or `(number)`.
    pub(super) fn names(&self) -> Vec<String> {
        self.named(str::to_owned)
    }

    /// As `names`, with long labels cut, for where there is little room.
    pub(super) fn short_names(&self) -> Vec<String> {
        self.named(|label| short(label, 14))
    }

    fn named(&self, label: impl Fn(&str) -> String) -> Vec<String> {
        let name =
            |(at, number)| format!("{}({number})", self.label(at).map(&label).unwrap_or_default());
        self.ids().into_iter().enumerate().map(name).collect()
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

    /// The results that are alive at a node because loops around it put them together.
    pub(super) fn assembled_at(&self, at: usize) -> Vec<usize> {
        // What stands behind the node has not been computed yet.
        let behind = at + 1..self.nodes.len();
        behind.filter(|&node| self.is_assembled(node) && self.is_below(at, node)).collect()
    }

    /// That nothing fits a threshold on the peak, line by line; none if that is not so.
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
            loops => {
                let words: Vec<String> = loops.iter().map(OpenedLoop::words).collect();
                format!("with {}", words.join(", "))
            }
        };
        let finest = finest_peak.map(|peak| format!("; with batches of one tile {}", bytes(peak)));
        let nothing =
            if self.search.optimal { "nothing fits" } else { "nothing was found that fits" };
        let plural = if *threshold == 1 { "" } else { "s" };
        vec![
            format!("{nothing} {threshold} byte{plural}"),
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
    /// `K in 10 batches of 60`, or for an external index, of which each batch makes a block of the
    /// result, `i in 2 blocks of 5`.
    pub(super) fn words(&self) -> String {
        let batches = match self.role {
            Role::Contracted => "batches",
            Role::External => "blocks",
        };
        format!("{} in {} {batches} of {}", self.index, self.batches, self.batch)
    }

    /// As `words`, with a long label cut, for where there is little room.
    pub(super) fn short_words(&self) -> String {
        OpenedLoop { index: short(&self.index, 24), ..self.clone() }.words()
    }
}

impl Node {
    /// `10 times`, where loops around the node make it be computed again.
    pub(super) fn times(&self) -> Option<String> {
        let Node { repetitions, .. } = *self;
        match repetitions {
            ..=1.0 => None,
            // More digits than people read, or than a double has.
            1e6.. => Some(format!("{repetitions:.3e} times")),
            _ => Some(format!("{repetitions} times")),
        }
    }
}

/// A text of at most `most` characters, cut where it is longer.
pub(super) fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.into();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

//! What a plan's drawings and its report call things: tensors, contractions, sizes.

use super::{Node, NodeKind, Plan};

impl Plan {
    /// By node, `label(number)` or `(number)`.
    pub(super) fn names(&self) -> Vec<String> {
        let name = |(node, number): (&Node, usize)| match &node.kind {
            NodeKind::Leaf { label, .. } => format!("{label}({number})"),
            NodeKind::Contraction { .. } => format!("({number})"),
        };
        self.nodes.iter().zip(self.numbers()).map(name).collect()
    }

    /// As `names`, with long labels cut, for where there is little room.
    pub(super) fn short_names(&self) -> Vec<String> {
        let name = |(node, number): (&Node, usize)| match &node.kind {
            NodeKind::Leaf { label, .. } => format!("{}({number})", short(label, 14)),
            NodeKind::Contraction { .. } => format!("({number})"),
        };
        self.nodes.iter().zip(self.numbers()).map(name).collect()
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

/// A power of 1024 bytes.
#[derive(Clone, Copy)]
pub(super) struct Unit {
    pub name: &'static str,
    pub bytes: f64,
}

impl Unit {
    /// The largest of which there is at least one.
    pub(super) fn of(bytes: f64) -> Self {
        let mut unit = Unit { name: "B", bytes: 1.0 };
        for name in ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"] {
            if bytes < 1024.0 * unit.bytes {
                break;
            }
            unit = Unit { name, bytes: 1024.0 * unit.bytes };
        }
        unit
    }
}

/// A text of at most `most` characters, cut where it is longer.
pub(super) fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.into();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

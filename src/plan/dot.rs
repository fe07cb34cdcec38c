//! The contraction tree in the DOT language of Graphviz: results above what they are made of.
//!
//! A box is a tensor or a result with its open indices and its size, and what loops leave of it; a
//! loop is a frame around all that it repeats. What it accumulates stands outside of it. A result that
//! is shared with another has a dashed arrow from that one, and nothing below it.

use std::fmt::{Result, Write};

use super::{Cache, Evaluation, Node, NodeKind, Plan};

/// Changes on every replay, or is the same each time.
const VOLATILE: &str = "#fbe3c8";
const PERSISTENT: &str = "#dfeaf5";
const PEAK: &str = "#c81e1e";
const LOOP: &str = "#3b6fb6";

impl Plan {
    /// The contraction tree as a DOT document (UTF-8). Equal plans give equal bytes, whatever time
    /// their search took.
    pub fn to_dot(&self) -> String {
        let mut graph = Graph { plan: self, names: self.names(), out: String::new() };
        // Writing to a String cannot fail.
        let _ = graph.write();
        graph.out
    }
}

struct Graph<'a> {
    plan: &'a Plan,
    names: Vec<String>,
    out: String,
}

impl Graph<'_> {
    fn write(&mut self) -> Result {
        let plan = self.plan;
        let title = [
            plan.heading(),
            format!("peak {} {}", plan.size(plan.peak), plan.peak_moment(&self.names)),
            format!("work {:.3e} multiply-add pairs", plan.flops),
        ];
        writeln!(self.out, "digraph plan {{")?;
        writeln!(self.out, "  graph [rankdir=BT, labelloc=t, label={}]", quoted(&title))?;
        writeln!(self.out, "  graph [fontname=\"Helvetica\", fontsize=14, bgcolor=white]")?;
        writeln!(self.out, "  node [shape=box, style=\"rounded,filled\", color=\"#7b8794\"]")?;
        writeln!(self.out, "  node [fontname=\"Helvetica\", fontsize=11]")?;
        writeln!(self.out, "  edge [fontname=\"Helvetica\", fontsize=9, color=\"#5b6470\"]")?;
        self.subtree(plan.nodes.len() - 1, 1)?;
        for (at, node) in plan.nodes.iter().enumerate() {
            if let Evaluation::Shared { with } = node.evaluation {
                writeln!(self.out, "  n{with} -> n{at} [label=\"renamed\", style=dashed]")?;
            } else if let Some((first, second)) = node.operands() {
                writeln!(self.out, "  n{first} -> n{at} [label=\"1st\"]")?;
                writeln!(self.out, "  n{second} -> n{at} [label=\"2nd\"]")?;
            }
        }
        writeln!(self.out, "}}")
    }

    /// A node and what is below it, inside the frame of the loops that it opens.
    fn subtree(&mut self, at: usize, depth: usize) -> Result {
        let node = &self.plan.nodes[at];
        if let Some((first, second)) = node.operands() {
            let framed = !node.loops.is_empty();
            let inner = depth + usize::from(framed);
            let indent = "  ".repeat(depth);
            if framed {
                writeln!(self.out, "{indent}subgraph cluster_{at} {{")?;
                let label = quoted(&[loops(node)]);
                writeln!(self.out, "{indent}  graph [label={label}, labeljust=l, fontsize=11]")?;
                writeln!(
                    self.out,
                    "{indent}  graph [style=rounded, color=\"{LOOP}\", fontcolor=\"{LOOP}\"]"
                )?;
            }
            self.subtree(first, inner)?;
            self.subtree(second, inner)?;
            if framed {
                writeln!(self.out, "{indent}}}")?;
            }
        }
        self.node(at, &"  ".repeat(depth))
    }

    fn node(&mut self, at: usize, indent: &str) -> Result {
        let plan = self.plan;
        let node = &plan.nodes[at];
        let mut lines = vec![self.names[at].clone()];
        lines.push(format!("[{}]", node.open.join(" ")));
        let mut size = plan.size(node.footprint);
        if node.sliced_footprint < node.footprint {
            size += &format!(", {} as sliced", plan.size(node.sliced_footprint));
        }
        lines.push(size);
        if let Some(with) = node.shared_with() {
            lines.push(format!("{} renamed", self.names[with]));
        } else if matches!(node.kind, NodeKind::Contraction { .. }) {
            lines.push(format!("work {:.3e}", node.flops));
        }
        match node.cache {
            Cache::Transient => {}
            Cache::Keep => lines.push("keep for the next replay".into()),
            Cache::Sliced => lines.push("persistent, in slices only".into()),
        }
        let mut style = String::new();
        if at == plan.peak_node {
            lines.push(format!("peak: {} alive", plan.size(plan.peak)));
            style = format!(", color=\"{PEAK}\", penwidth=2.5");
        }
        let fill = if node.volatile { VOLATILE } else { PERSISTENT };
        writeln!(self.out, "{indent}n{at} [label={}, fillcolor=\"{fill}\"{style}]", quoted(&lines))
    }
}

/// The loops that a node opens.
fn loops(node: &Node) -> String {
    let each = node.loops.iter();
    each.map(|one| format!("{} in {} batches of {}", one.index, one.batches, one.batch))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Lines as one string of the language. In it Graphviz reads backslashes, and names such as &lt;.
fn quoted(lines: &[String]) -> String {
    let escaped = |line: &String| {
        line.replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('&', "&amp;")
            .replace(|c: char| c.is_control(), "\u{fffd}")
    };
    format!("\"{}\"", lines.iter().map(escaped).collect::<Vec<_>>().join("\\n"))
}

//! The contraction tree in the DOT language of Graphviz: results above what they are made of.
//!
//! A box is a tensor or a result with its open indices and its size, and what loops leave of it; a
//! loop is a frame around all that it repeats, dashed where its index is external. What it accumulates
//! or puts together stands outside of it. A box with two frames is computed again and again. A result
//! that is shared with another has a dashed arrow from that one, and nothing below it.

use std::fmt::{Result, Write};

use super::{Cache, Evaluation, NodeKind, OpenedLoop, Plan};
use crate::policy::Role;

/// Changes on every replay, or is the same each time.
const VOLATILE: &str = "#fbe3c8";
const PERSISTENT: &str = "#dfeaf5";
const PEAK: &str = "#c81e1e";
const CONTRACTED: &str = "#3b6fb6";
const EXTERNAL: &str = "#2f8f6b";

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
        let mut title = vec![
            plan.heading(),
            format!("peak {} {}", plan.size(plan.peak), plan.peak_moment(&self.names)),
            format!("work {:.3e} multiply-add pairs", plan.flops),
        ];
        title.extend(plan.infeasible_lines());
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
            // A frame for each loop, the outermost first.
            for (number, one) in node.loops.iter().enumerate() {
                self.frame(at, number, one, &"  ".repeat(depth + number))?;
            }
            let inner = depth + node.loops.len();
            self.subtree(first, inner)?;
            self.subtree(second, inner)?;
            for number in (0..node.loops.len()).rev() {
                writeln!(self.out, "{}}}", "  ".repeat(depth + number))?;
            }
        }
        self.node(at, &"  ".repeat(depth))
    }

    /// Begins the frame of a loop.
    fn frame(&mut self, at: usize, number: usize, one: &OpenedLoop, indent: &str) -> Result {
        let (colour, style) = match one.role {
            Role::Contracted => (CONTRACTED, "rounded"),
            Role::External => (EXTERNAL, "rounded,dashed"),
        };
        let name = if number == 0 { at.to_string() } else { format!("{at}_{number}") };
        writeln!(self.out, "{indent}subgraph cluster_{name} {{")?;
        let label = quoted(&[one.words()]);
        writeln!(self.out, "{indent}  graph [label={label}, labeljust=l, fontsize=11]")?;
        writeln!(
            self.out,
            "{indent}  graph [style=\"{style}\", color=\"{colour}\", fontcolor=\"{colour}\"]"
        )
    }

    fn node(&mut self, at: usize, indent: &str) -> Result {
        let plan = self.plan;
        let node = &plan.nodes[at];
        let mut lines = vec![self.names[at].clone()];
        lines.push(format!("[{}]", plan.open(at).join(" ")));
        let mut size = plan.size(node.footprint);
        if node.sliced_footprint < node.footprint {
            size += &format!(", {} as sliced", plan.size(node.sliced_footprint));
        }
        lines.push(size);
        if let Some(with) = node.shared_with() {
            lines.push(format!("{} renamed", self.names[with]));
        } else if matches!(node.kind, NodeKind::Contraction { .. }) {
            let times = node.times().map(|times| format!(", {times}")).unwrap_or_default();
            lines.push(format!("work {:.3e}{times}", node.flops));
        }
        match node.cache {
            Cache::Transient => {}
            Cache::Keep => lines.push("keep for the next replay".into()),
            Cache::Sliced => lines.push("persistent, in slices only".into()),
        }
        let mut style = String::new();
        if node.times().is_some() {
            style += ", peripheries=2";
        }
        if at == plan.peak_node {
            lines.push(format!("peak: {} alive", plan.size(plan.peak)));
            style += &format!(", color=\"{PEAK}\", penwidth=2.5");
        }
        let fill = if node.volatile { VOLATILE } else { PERSISTENT };
        writeln!(self.out, "{indent}n{at} [label={}, fillcolor=\"{fill}\"{style}]", quoted(&lines))
    }
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

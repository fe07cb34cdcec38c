//! The contraction tree in the DOT language of Graphviz: results above their operands.
//!
//! A box is a tensor or a result, with its open indices, its size and its size as sliced. A frame is
//! a loop around the nodes that it repeats, dashed if its index is external; the result that the
//! loop assembles stands outside. A double border marks a node that loops compute repeatedly. A
//! dashed arrow leads from a result to a node that shares it; nothing stands below that node.
//!
//! Graphviz cannot lay out a large plan. There, only the contractions that matter for memory are
//! drawn, with their operands: those that open loops, and those with the most live memory. Each
//! connected part of the tree in between is folded into one box that summarizes it. A document
//! stays below a megabyte. No function recurses.

use std::fmt::{Result, Write};

use super::names::LABEL;
use crate::plan::{Cache, Evaluation, NodeKind, OpenedLoop, Plan, cache};
use crate::policy::Role;

/// Fills: volatile nodes change on every replay, persistent ones do not.
const VOLATILE: &str = "#fbe3c8";
const PERSISTENT: &str = "#dfeaf5";
const PEAK: &str = "#c81e1e";
const CONTRACTED: &str = "#3b6fb6";
const EXTERNAL: &str = "#2f8f6b";

/// Plans of up to this many nodes are drawn whole; Graphviz takes seconds for them.
const MOST_NODES: usize = 400;
/// Contractions drawn of a larger plan, and how many of them are chosen for their loops.
const MOST_DRAWN: usize = 120;
const MOST_OPENERS: usize = 40;
/// Frames of one node; the last one counts the other loops.
const MOST_FRAMES: usize = 8;
/// Open indices that a box lists.
const LISTED: usize = 12;

impl Plan {
    /// The contraction tree as a DOT document (UTF-8) below a megabyte. Plans of more than 200
    /// tensors have parts folded into boxes that say so. Equal plans give equal bytes, whatever
    /// the time of their search.
    pub fn to_dot(&self) -> String {
        let mut graph =
            Graph { plan: self, names: self.names(LABEL), folds: folds(self), out: String::new() };
        // Writing to a String cannot fail.
        let _ = graph.write();
        graph.out
    }
}

struct Graph<'a> {
    plan: &'a Plan,
    names: Vec<String>,
    /// By node, the uppermost node of the part that it is folded into; none if it is drawn.
    folds: Vec<Option<usize>>,
    out: String,
}

/// Totals of a part folded into one box.
#[derive(Default, Clone, Copy)]
struct Folded {
    contractions: usize,
    tensors: usize,
    loops: usize,
    flops: f64,
    live: f64,
}

/// Work left for the writer: a subtree, a node alone, or the end of frames.
enum Next {
    Subtree { at: usize, depth: usize },
    Node { at: usize, depth: usize },
    Close { frames: usize, depth: usize },
}

/// By node, the uppermost node of its fold; small plans have no folds.
fn folds(plan: &Plan) -> Vec<Option<usize>> {
    let nodes = &plan.nodes;
    let mut folds = vec![None; nodes.len()];
    if nodes.len() <= MOST_NODES {
        return folds;
    }
    let root = nodes.len() - 1;
    let mut ranked: Vec<usize> = (0..root).filter(|&at| !plan.is_leaf(at)).collect();
    ranked.sort_by(|&a, &b| {
        let live = nodes[b].live.total_cmp(&nodes[a].live);
        live.then(nodes[b].flops.total_cmp(&nodes[a].flops)).then(a.cmp(&b))
    });
    let openers = ranked.iter().filter(|&&at| !nodes[at].loops.is_empty()).take(MOST_OPENERS);
    let openers: Vec<usize> = openers.copied().collect();
    let mut drawn = vec![false; nodes.len()];
    let mut left = MOST_DRAWN;
    for at in [root, plan.peak_node].into_iter().chain(openers).chain(ranked) {
        if left > 0 && !std::mem::replace(&mut drawn[at], true) {
            left -= 1;
        }
    }
    let parents = cache::parents(nodes);
    for at in (0..root).rev() {
        let above = parents[at].unwrap_or(root);
        // A tensor is drawn with the contraction that takes it.
        if !(drawn[at] || plan.is_leaf(at) && folds[above].is_none()) {
            folds[at] = Some(folds[above].unwrap_or(at));
        }
    }
    folds
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
        let drawn = self.folds.iter().filter(|fold| fold.is_none()).count();
        if drawn < plan.nodes.len() {
            title.push(format!(
                "folded: {drawn} of {} nodes are drawn, the contractions at which most is live and some \
                 that open loops",
                plan.nodes.len()
            ));
        }
        writeln!(self.out, "digraph plan {{")?;
        writeln!(self.out, "  graph [rankdir=BT, labelloc=t, label={}]", quoted(&title))?;
        writeln!(self.out, "  graph [fontname=\"Helvetica\", fontsize=14, bgcolor=white]")?;
        writeln!(self.out, "  node [shape=box, style=\"rounded,filled\", color=\"#7b8794\"]")?;
        writeln!(self.out, "  node [fontname=\"Helvetica\", fontsize=11]")?;
        writeln!(self.out, "  edge [fontname=\"Helvetica\", fontsize=9, color=\"#5b6470\"]")?;
        let folded = self.folded();
        let mut ahead = vec![Next::Subtree { at: plan.nodes.len() - 1, depth: 1 }];
        while let Some(next) = ahead.pop() {
            match next {
                Next::Subtree { at, depth } => self.subtree(at, depth, &mut ahead)?,
                Next::Node { at, depth } if self.folds[at].is_none() => self.node(at, depth)?,
                Next::Node { at, depth } => self.fold(at, depth, &folded[at])?,
                Next::Close { frames, depth } => {
                    for number in (0..frames).rev() {
                        writeln!(self.out, "{}}}", indent(depth + number))?;
                    }
                }
            }
        }
        self.edges()?;
        writeln!(self.out, "}}")
    }

    fn edges(&mut self) -> Result {
        for (at, node) in self.plan.nodes.iter().enumerate() {
            let above = self.box_of(at);
            if let Evaluation::Shared { with } = node.evaluation {
                let with = self.box_of(with);
                writeln!(self.out, "  {with} -> {above} [label=\"renamed\", style=dashed]")?;
            } else if let Some((first, second)) = node.operands() {
                for (operand, label) in [(first, "1st"), (second, "2nd")] {
                    let below = self.box_of(operand);
                    if self.folds[at].is_none() {
                        writeln!(self.out, "  {below} -> {above} [label=\"{label}\"]")?;
                    } else if below != above {
                        writeln!(self.out, "  {below} -> {above}")?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The box in which a node is drawn.
    fn box_of(&self, at: usize) -> String {
        match self.folds[at] {
            None => format!("n{at}"),
            Some(top) => format!("folded{top}"),
        }
    }

    /// By uppermost node, the totals of its fold.
    fn folded(&self) -> Vec<Folded> {
        let mut folded = vec![Folded::default(); self.plan.nodes.len()];
        for (at, (node, fold)) in self.plan.nodes.iter().zip(&self.folds).enumerate() {
            let Some(top) = *fold else { continue };
            let all = &mut folded[top];
            if self.plan.is_leaf(at) {
                all.tensors += 1;
            } else {
                all.contractions += 1;
            }
            all.loops += node.loops.len();
            all.flops += node.flops;
            all.live = all.live.max(node.live);
        }
        folded
    }

    /// A node above the frames of its loops, and its operands inside them.
    fn subtree(&mut self, at: usize, depth: usize, ahead: &mut Vec<Next>) -> Result {
        let node = &self.plan.nodes[at];
        if self.folds[at].is_none_or(|top| top == at) {
            ahead.push(Next::Node { at, depth });
        }
        let Some((first, second)) = node.operands() else { return Ok(()) };
        let mut frames = 0;
        if self.folds[at].is_none() {
            // A frame for each loop, the outermost first.
            frames = node.loops.len().min(MOST_FRAMES);
            for (number, one) in node.loops.iter().take(frames).enumerate() {
                let others = if number + 1 == frames { node.loops.len() - frames } else { 0 };
                self.frame(at, number, (one, others), indent(depth + number))?;
            }
        }
        ahead.push(Next::Close { frames, depth });
        let depth = depth + frames;
        ahead.push(Next::Subtree { at: second, depth });
        ahead.push(Next::Subtree { at: first, depth });
        Ok(())
    }

    /// The box of a folded part.
    fn fold(&mut self, top: usize, depth: usize, folded: &Folded) -> Result {
        let Folded { contractions, tensors, loops, flops, live } = *folded;
        let count = |count: usize, what: &str| {
            format!("{count} {what}{}", if count == 1 { "" } else { "s" })
        };
        let mut lines = vec![format!(
            "folded: {}, {}",
            count(contractions, "contraction"),
            count(tensors, "tensor")
        )];
        lines.push(format!("work {flops:.3e}, at most {} live", self.plan.size(live)));
        if loops > 0 {
            lines.push(format!("{} opened", count(loops, "loop")));
        }
        let label = quoted(&lines);
        let style = "style=\"rounded,dashed\", fontcolor=\"#5b6470\"";
        writeln!(self.out, "{}folded{top} [label={label}, {style}]", indent(depth))
    }

    /// Begins the frame of a loop.
    fn frame(
        &mut self,
        at: usize,
        number: usize,
        (one, others): (&OpenedLoop, usize),
        indent: &str,
    ) -> Result {
        let (colour, style) = match one.role {
            Role::Contracted => (CONTRACTED, "rounded"),
            Role::External => (EXTERNAL, "rounded,dashed"),
        };
        let name = if number == 0 { at.to_string() } else { format!("{at}_{number}") };
        writeln!(self.out, "{indent}subgraph cluster_{name} {{")?;
        let others = if others > 0 { format!(", and {others} more") } else { String::new() };
        let label = quoted(&[one.words() + &others]);
        writeln!(self.out, "{indent}  graph [label={label}, labeljust=l, fontsize=11]")?;
        writeln!(
            self.out,
            "{indent}  graph [style=\"{style}\", color=\"{colour}\", fontcolor=\"{colour}\"]"
        )
    }

    fn node(&mut self, at: usize, depth: usize) -> Result {
        let (plan, indent) = (self.plan, indent(depth));
        let node = &plan.nodes[at];
        let mut lines = vec![self.names[at].clone()];
        lines.push(plan.open_words(at, LISTED));
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
            lines.push(format!("peak: {} live", plan.size(plan.peak)));
            style += &format!(", color=\"{PEAK}\", penwidth=2.5");
        }
        let fill = if node.volatile { VOLATILE } else { PERSISTENT };
        writeln!(self.out, "{indent}n{at} [label={}, fillcolor=\"{fill}\"{style}]", quoted(&lines))
    }
}

/// Indentation of a line, up to a depth.
fn indent(depth: usize) -> &'static str {
    const SPACES: &str = "                                ";
    &SPACES[..SPACES.len().min(2 * depth)]
}

/// Lines as one DOT string. Graphviz interprets backslashes and entities such as &lt; in it.
fn quoted(lines: &[String]) -> String {
    let escaped = |line: &String| {
        line.replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('&', "&amp;")
            .replace(|c: char| c.is_control(), "\u{fffd}")
    };
    format!("\"{}\"", lines.iter().map(escaped).collect::<Vec<_>>().join("\\n"))
}

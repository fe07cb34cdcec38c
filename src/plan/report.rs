//! A plan as text for people: a line a contraction, with the loops that it opens.

use std::fmt::Write;

use super::{Cache, Evaluation, Node, NodeKind, Plan};

const GIB: f64 = (1u64 << 30) as f64;

impl Plan {
    /// The plan as text. Sizes are GiB (2^30 bytes), work is multiply-add pairs; tensors are
    /// `label(number)`, results `(number)`, counted on from the tensors.
    pub fn report(&self) -> String {
        // Writing to a String cannot fail.
        let mut text = String::new();
        let _ = self.write_report(&mut text);
        text
    }

    fn write_report(&self, out: &mut String) -> std::fmt::Result {
        let gib = |elements: f64| elements * self.bytes_per_element as f64 / GIB;
        let names = self.names();
        let alive: Vec<&str> =
            self.alive_at(self.peak_node).iter().map(|&at| names[at].as_str()).collect();
        let moment = self.peak_moment(&names);
        writeln!(out, "{}", self.heading())?;
        writeln!(out, "peak    {:.3} GiB {moment}", gib(self.peak))?;
        writeln!(out, "alive   {}", alive.join(" "))?;
        writeln!(out, "work    {:.3e} multiply-add pairs", self.flops)?;
        writeln!(out, "cost    {:.3e}", self.cost)?;
        writeln!(out, "search  {}", self.search_line())?;
        if self.steps().next().is_none() {
            return Ok(());
        }
        writeln!(out)?;
        writeln!(
            out,
            "{:>11} {:>11} {:>11} {:>11}   contraction",
            "GiB", "as sliced", "alive", "work"
        )?;
        for (at, node) in self.nodes.iter().enumerate() {
            let NodeKind::Contraction { first, second } = node.kind else { continue };
            let made_of = match node.evaluation {
                Evaluation::Own => format!("{} {}", names[first], names[second]),
                Evaluation::Shared { with } => format!("{} renamed", names[with]),
                Evaluation::Skipped => continue,
            };
            writeln!(
                out,
                "{:>11.3} {:>11.3} {:>11.3} {:>11.3e}   {made_of} -> {} [{}]{}{}",
                gib(node.footprint),
                gib(node.sliced_footprint),
                gib(node.live),
                node.flops,
                names[at],
                node.open.join(" "),
                loops(node),
                if node.cache == Cache::Keep { ", keep" } else { "" },
            )?;
        }
        Ok(())
    }

    fn search_line(&self) -> String {
        let space = if self.search.exhaustive {
            "over all subsets"
        } else {
            "over connected subsets (no outer products)"
        };
        let proof = if self.search.optimal { "proven best there" } else { "not proven best" };
        format!("{} {space}, {proof}, {:.3} ms", self.search.method, 1e3 * self.search.seconds)
    }
}

/// The loops that a node opens, as the end of its line.
fn loops(node: &Node) -> String {
    let each = node.loops.iter();
    each.map(|one| format!(", {} in {} batches of {}", one.index, one.batches, one.batch)).collect()
}

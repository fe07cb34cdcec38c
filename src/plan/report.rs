//! A plan as text for people: a line a contraction, with the loops that it opens, and how often loops
//! around it make it be carried out.

use std::fmt::Write;

use super::{Cache, Evaluation, NodeKind, Plan};
use crate::search::Quantity;
use crate::unit::Unit;

/// From here on three decimals would be digits that a double does not have.
const MOST: f64 = 1e12;

impl Plan {
    /// The plan as text. Sizes are in the unit of the peak (1024 bytes to a KiB, and so on), the lines
    /// of what does not fit in their own; work is multiply-add pairs; tensors are
    /// `label(number)`, results `(number)`, counted on from the tensors. Loops over contracted indices
    /// go in batches, which add to the result, those over external ones in blocks of it.
    pub fn report(&self) -> String {
        // Writing to a String cannot fail.
        let mut text = String::new();
        let _ = self.write_report(&mut text);
        text
    }

    fn write_report(&self, out: &mut String) -> std::fmt::Result {
        let bytes = |elements: f64| elements * self.bytes_per_element as f64;
        let unit = Unit::of(bytes(self.peak));
        let size = |elements: f64| {
            let value = bytes(elements) / unit.bytes;
            if value < MOST { format!("{value:.3}") } else { format!("{value:.3e}") }
        };
        let names = self.names();
        let name = |&at: &usize| names[at].as_str();
        let assembled = self.assembled_at(self.peak_node);
        let alive = self.live_at(self.peak_node);
        let others: Vec<&str> =
            alive.iter().filter(|at| !assembled.contains(at)).map(name).collect();
        let moment = self.peak_moment(&names);
        writeln!(out, "{}", self.heading())?;
        writeln!(out, "peak    {} {} {moment}", size(self.peak), unit.name)?;
        write!(out, "alive   {}", others.join(" "))?;
        if !assembled.is_empty() {
            let assembled: Vec<&str> = assembled.iter().map(name).collect();
            write!(out, ", and being assembled {}", assembled.join(" "))?;
        }
        writeln!(out)?;
        let order = self.best_order();
        if order.peak < self.peak {
            let (peak, at) = (size(order.peak), name(&order.peak_at));
            let results: Vec<&str> = order.contractions.iter().map(name).collect();
            let results = results.join(" ");
            let unit = unit.name;
            writeln!(out, "order   {peak} {unit} at result {at} if made in turns: {results}")?;
        }
        for (number, line) in self.infeasible_lines().into_iter().enumerate() {
            writeln!(out, "{:<8}{line}", if number == 0 { "memory" } else { "" })?;
        }
        writeln!(out, "work    {:.3e} multiply-add pairs", self.flops)?;
        writeln!(out, "cost    {:.3e}", self.cost)?;
        writeln!(out, "search  {}", self.search_line())?;
        if self.contractions().next().is_none() {
            return Ok(());
        }
        writeln!(out)?;
        writeln!(
            out,
            "{:>11} {:>11} {:>11} {:>11}   contraction",
            unit.name, "as sliced", "alive", "work"
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
                "{:>11} {:>11} {:>11} {:>11.3e}   {made_of} -> {} [{}]{}{}{}",
                size(node.footprint),
                size(node.sliced_footprint),
                size(node.live),
                node.flops,
                names[at],
                self.open(at).join(" "),
                node.loops.iter().map(|one| format!(", {}", one.words())).collect::<String>(),
                node.times().map(|times| format!(", {times}")).unwrap_or_default(),
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
        let proof = self.proof_words();
        format!("{} {space}, {proof}, {:.3} ms", self.search.method, 1e3 * self.search.seconds)
    }

    fn proof_words(&self) -> String {
        if self.search.optimal {
            return "proven best there".into();
        }
        let (what, value, unit) = match self.search.bounded {
            Quantity::Cost => ("cost", self.cost, ""),
            Quantity::Peak => ("peak", self.peak, " elements"),
        };
        let gap = match self.gap() {
            Some(gap) => format!(" (gap {} %)", percent(gap)),
            None => String::new(),
        };
        let bound = self.search.lower_bound;
        // The least double: nothing is known, under a model of a host's own.
        let least =
            if bound > f64::MIN { format!(", at least {bound:.3e}") } else { String::new() };
        format!("not proven best: {what} {value:.3e}{unit}{least}{gap}")
    }
}

/// A fraction in percent, with three digits.
fn percent(fraction: f64) -> String {
    let percent = 100.0 * fraction;
    match percent {
        ..10.0 => format!("{percent:.2}"),
        10.0..100.0 => format!("{percent:.1}"),
        100.0..1e6 => format!("{percent:.0}"),
        _ => format!("{percent:.3e}"),
    }
}

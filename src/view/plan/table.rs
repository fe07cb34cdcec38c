//! A plan as text for people: one line per contraction, with the loops that it opens and its
//! repetitions. At most 100 columns wide; O(n) lines for n tensors.

use std::fmt::Write;

use super::names::{LABEL, short};
use crate::plan::{Cache, Evaluation, NodeKind, OpenedLoop, Plan};
use crate::problem::Quantity;
use crate::view::unit::Unit;

/// Columns of a line at most.
const WIDTH: usize = 100;
/// From here on, three decimals do not fit a column of the table.
const MOST: f64 = 1e7;
/// Entries shown of a list.
const LISTED: usize = 40;

impl Plan {
    /// The plan as text. Sizes use the unit of the peak (1 KiB is 1024 bytes), except on the lines
    /// about a threshold that no plan fits, which choose their own. Work counts multiply-add pairs.
    /// Tensors are `label(node)`, results `(node)`. Loops over contracted indices run in batches
    /// that add to the result, loops over external indices in blocks of it. Lines have at most 100
    /// characters; long labels are cut, and long lists show their largest entries.
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
        let names = self.names(LABEL);
        writeln!(out, "{}", self.heading())?;
        let moment = self.peak_moment(&names);
        writeln!(out, "peak    {} {} {moment}", size(self.peak), unit.name)?;
        self.live_line(out, &names)?;
        let order = self.best_order();
        if order.peak < self.peak {
            let mut line = Line::begin(out, "order");
            let (peak, node, unit) = (size(order.peak), &names[order.peak_node], unit.name);
            line.words(&format!("{peak} {unit} at result {node} in this order:"));
            order.contractions.iter().for_each(|&at| line.put(&names[at]));
            line.end();
        }
        for (number, words) in self.infeasible_lines().into_iter().enumerate() {
            let mut line = Line::begin(out, if number == 0 { "memory" } else { "" });
            line.words(&words);
            line.end();
        }
        writeln!(out, "work    {:.3e} multiply-add pairs", self.flops)?;
        writeln!(out, "cost    {:.3e}", self.cost)?;
        let mut line = Line::begin(out, "search");
        line.words(&format!("{} {},", self.search.method, self.space_words()));
        line.phrase(&format!("{},", self.proof_words()));
        line.phrase(&format!("{:.3} ms", 1e3 * self.search.seconds));
        line.end();
        if self.contractions().next().is_none() {
            return Ok(());
        }
        writeln!(out)?;
        writeln!(
            out,
            "{:>11} {:>11} {:>11} {:>11}   contraction",
            unit.name, "as sliced", "live", "work"
        )?;
        for (at, node) in self.nodes.iter().enumerate() {
            let NodeKind::Contraction { first, second } = node.kind else { continue };
            let made_of = match node.evaluation {
                Evaluation::Own => [names[first].as_str(), &names[second]],
                Evaluation::Shared { with } => [names[with].as_str(), "renamed"],
                Evaluation::Skipped => continue,
            };
            write!(
                out,
                "{:>11} {:>11} {:>11} {:>11.3e}  ",
                size(node.footprint),
                size(node.sliced_footprint),
                size(node.live),
                node.flops,
            )?;
            let mut line = Line { out, column: COLUMN, indent: COLUMN + 3 };
            made_of.iter().for_each(|operand| line.put(operand));
            line.put(&format!("-> {}", names[at]));
            let mut words: Vec<String> = vec![self.open_words(at, LISTED)];
            words.extend(node.loops.iter().map(OpenedLoop::words));
            words.extend(node.times());
            words.extend((node.cache == Cache::Keep).then(|| "keep".into()));
            let last = words.len() - 1;
            for (number, words) in words.iter().enumerate() {
                let comma = if number == last { "" } else { "," };
                line.phrase(&format!("{words}{comma}"));
            }
            line.end();
        }
        Ok(())
    }

    /// The tensors and results live at the peak; the largest of many.
    fn live_line(&self, out: &mut String, names: &[String]) -> std::fmt::Result {
        let at = self.peak_node;
        let (mut shown, mut others) = (self.live(at), Vec::new());
        if shown.len() > LISTED {
            shown.sort_by(|a, b| b.elements.total_cmp(&a.elements));
            others = shown.split_off(LISTED);
            shown.sort_by_key(|one| one.node);
        }
        let is_assembled = |node: usize| node > at && !self.is_leaf(node);
        let (assembled, there): (Vec<_>, Vec<_>) =
            shown.iter().map(|one| one.node).partition(|&node| is_assembled(node));
        let mut line = Line::begin(out, "live");
        for (number, &node) in there.iter().enumerate() {
            let ends = number + 1 == there.len() && !assembled.is_empty();
            line.put(&format!("{}{}", names[node], if ends { "," } else { "" }));
        }
        if !assembled.is_empty() {
            line.phrase("and being assembled");
            assembled.iter().for_each(|&node| line.put(&names[node]));
        }
        if !others.is_empty() {
            let elements = others.iter().map(|one| one.elements).sum();
            line.phrase(&format!("and {} smaller, {}", others.len(), self.size(elements)));
        }
        line.end();
        Ok(())
    }

    fn space_words(&self) -> &'static str {
        if self.search.exhaustive {
            "over all subsets"
        } else {
            "over connected subsets (no outer products)"
        }
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
        // The least double stands for no bound, under a custom model.
        let least =
            if bound > f64::MIN { format!(", at least {bound:.3e}") } else { String::new() };
        format!("not proven best: {what} {value:.3e}{unit}{least}{gap}")
    }
}

/// The column at which the words of a row begin.
const COLUMN: usize = 4 * 11 + 3 + 2;

/// A line that wraps at the last column.
struct Line<'a> {
    out: &'a mut String,
    column: usize,
    indent: usize,
}

impl<'a> Line<'a> {
    fn begin(out: &'a mut String, name: &str) -> Self {
        // `put` writes the space before the first word: the eighth character.
        out.push_str(&format!("{name:<7}"));
        Line { out, column: 7, indent: 7 }
    }

    /// Appends a word unbroken; cuts it if it exceeds a line.
    fn put(&mut self, word: &str) {
        let word = short(word, WIDTH - 1 - self.indent);
        let length = word.chars().count();
        if self.column + 1 + length > WIDTH {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n(' ', self.indent));
            self.column = self.indent;
        }
        self.out.push(' ');
        self.out.push_str(&word);
        self.column += 1 + length;
    }

    fn words(&mut self, text: &str) {
        text.split(' ').for_each(|word| self.put(word));
    }

    /// Appends several words, together on one line if they fit.
    fn phrase(&mut self, text: &str) {
        if text.chars().count() < WIDTH - self.indent { self.put(text) } else { self.words(text) }
    }

    fn end(self) {
        self.out.push('\n');
    }
}

/// A fraction in percent, three digits.
fn percent(fraction: f64) -> String {
    let percent = 100.0 * fraction;
    match percent {
        ..10.0 => format!("{percent:.2}"),
        10.0..100.0 => format!("{percent:.1}"),
        100.0..1e6 => format!("{percent:.0}"),
        _ => format!("{percent:.3e}"),
    }
}

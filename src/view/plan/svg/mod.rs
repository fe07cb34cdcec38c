//! Live memory over the moments of a plan, as an SVG drawing.
//!
//! Each column is a moment: narrow where a tensor is taken, wide where two operands are contracted.
//! A column stacks the live tensors and, above them, the live results, each at the size that the
//! loops entered so far leave. Hatching marks a result that loops around the moment assemble. A
//! shared result has a narrow column, a skipped node has none. The line follows the memory live
//! before, at and after each moment. Bands mark loops over the columns that they repeat: blue over a
//! contracted index, green over an external one. A line across marks a threshold that no plan fits.
//!
//! In a large plan, neighbouring moments share a column, which shows the moment with the most live
//! memory; small parts of a stack are drawn as one, and only the widest loops have bands. The
//! drawing says so, and stays below a megabyte.
//!
//! The drawing depends on the plan alone, not on the time of its search: equal plans give equal
//! bytes. Every machine rounds the arithmetic of the coordinates alike.

mod bands;
mod columns;
mod stack;

use std::fmt::Write;

use self::bands::Band;
use self::columns::Columns;
use self::stack::Part;
use super::names::short;
use crate::plan::liveness::Lifetimes;
use crate::plan::{Infeasible, Plan};
use crate::policy::Role;
use crate::view::svg::axis::Axis;
use crate::view::svg::element::{
    Anchor, document, hatch, line_across, rectangle, rimmed_text, text, text_width,
};
use crate::view::svg::{COOL, HELD, INK, MUTED, PEAK, WARM};

/// Parts of all stacks together, and the least number allowed to one stack. A part takes up to 300
/// bytes, where it is hatched and named.
const MOST_PARTS: usize = 2400;
const LEAST_PARTS: usize = 12;
/// Entries of the list of tensors and results live at the peak.
const LISTED: usize = 24;
/// Characters of a warning.
const WARNED: usize = 160;
const HEIGHT: f64 = 330.0;
const LEFT: f64 = 84.0;
/// Width of the list at the peak, to the right of the plot.
const LIST: f64 = 262.0;
const ROW: f64 = 19.0;
const TITLE: f64 = 66.0;
/// The pattern over results being assembled.
const ASSEMBLED: &str = "assembled";

/// Bands of loops: the shade and the ink.
const CONTRACTED: (&str, &str) = ("#3b6fb6", "#2f5d9b");
const EXTERNAL: (&str, &str) = ("#2f8f6b", "#1f7153");

impl Plan {
    /// Live memory over the plan, as a document of its own (SVG 1.1, UTF-8). Sizes are powers of
    /// 1024 bytes.
    pub fn to_svg(&self) -> String {
        // Writing to a String cannot fail.
        let mut out = String::new();
        let _ = Drawing::of(self).write(&mut out);
        out
    }
}

struct Drawing<'a> {
    plan: &'a Plan,
    lifetimes: Lifetimes,
    names: Vec<String>,
    colours: Vec<&'static str>,
    columns: Columns,
    bands: Vec<Band>,
    axis: Axis,
    /// Lines above the bands where no plan fits the threshold.
    warning: Vec<String>,
    /// Lines about parts that the drawing leaves out.
    notes: Vec<String>,
    top: f64,
}

impl<'a> Drawing<'a> {
    fn of(plan: &'a Plan) -> Self {
        let columns = Columns::of(plan);
        let mut notes = Vec::new();
        if columns.together > 1 {
            let together = columns.together;
            notes.push(format!("columns merged: each shows the largest of {together} nodes"));
        }
        let bands = bands::of(plan, &columns);
        let loops: usize = plan.nodes.iter().map(|node| node.loops.len()).sum();
        if bands.len() < loops {
            notes.push(format!("{} of {loops} loops drawn: the widest", bands.len()));
        }
        let rows = bands.iter().map(|band| band.row + 1).max().unwrap_or(0);
        let warning: Vec<String> =
            plan.infeasible_lines().iter().map(|line| short(line, WARNED)).collect();
        let above = TITLE + ROW * (warning.len() + notes.len()) as f64;
        Drawing {
            plan,
            lifetimes: Lifetimes::of(plan),
            names: plan.names(14),
            colours: colours(plan),
            columns,
            bands,
            axis: Axis::up_to(plan.peak * plan.bytes_per_element as f64, HEIGHT),
            warning,
            notes,
            top: above + 14.0 + ROW * rows as f64,
        }
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        let labels: Vec<String> = self.columns.shown.iter().map(|&at| self.label(at)).collect();
        let longest = labels.iter().map(|label| text_width(label, 11.0)).fold(0.0, f64::max);
        // Labels hang at 40 degrees: sine 0.643.
        let below = 26.0 + 0.643 * longest;
        let list = self.stack(self.plan.peak_node, LISTED).len() as f64;
        let height = (self.bottom() + below + 22.0).max(self.top + 44.0 + ROW * (list + 2.0));
        let said = self.warning.iter().chain(&self.notes);
        let widest = said.map(|line| text_width(line, 12.5)).fold(0.0, f64::max);
        let width = (self.right() + LIST).max(24.0 + widest);
        let plan = self.plan;
        let mut lives = self.lifetimes.lives.iter();
        let assembled = lives.any(|life| life.from < life.node && !plan.is_leaf(life.node));
        let definitions = if assembled { hatch(ASSEMBLED, 0.75) } else { String::new() };
        let title = format!("{}: live memory", plan.heading());
        document(out, (width, height), &title, &definitions, |out| self.contents(out, &labels))
    }

    fn contents(&self, out: &mut String, labels: &[String]) -> std::fmt::Result {
        let plan = self.plan;
        text(
            out,
            (24.0, 30.0),
            Anchor::Start,
            17.0,
            INK,
            r#"font-weight="bold""#,
            &plan.heading(),
        )?;
        let moment = plan.peak_moment(&self.names);
        let line = format!(
            "peak {} {moment} · work {:.3e} multiply-add pairs",
            plan.size(plan.peak),
            plan.flops
        );
        text(out, (24.0, 51.0), Anchor::Start, 12.5, MUTED, "", &line)?;
        for (number, line) in self.warning.iter().enumerate() {
            let y = 51.0 + ROW * (number + 1) as f64;
            let weight = if number == 0 { r#"font-weight="bold""# } else { "" };
            text(out, (24.0, y), Anchor::Start, 12.5, PEAK, weight, line)?;
        }
        for (number, line) in self.notes.iter().enumerate() {
            let y = 51.0 + ROW * (self.warning.len() + number + 1) as f64;
            text(out, (24.0, y), Anchor::Start, 12.5, MUTED, "", line)?;
        }
        self.bands(out)?;
        self.axis.draw(out, (LEFT, self.right()), self.bottom())?;
        self.columns.shown.iter().try_for_each(|&at| self.column(out, at))?;
        self.line(out)?;
        self.labels(out, labels)?;
        self.threshold(out)?;
        self.peak(out)?;
        self.list(out)
    }

    fn bottom(&self) -> f64 {
        self.top + HEIGHT
    }

    fn right(&self) -> f64 {
        self.columns.end()
    }

    fn y(&self, elements: f64) -> f64 {
        self.bottom() - self.axis.pixels(elements * self.plan.bytes_per_element as f64)
    }

    /// The part of a column that shows the moment itself, between before and after.
    fn inner(&self, at: usize) -> (f64, f64) {
        let (left, right) = self.columns.edges_of(at);
        let has_sides = self.columns.together == 1 && is_contracted(self.plan, at);
        let side = if has_sides { 0.14 * (right - left) } else { 0.0 };
        (left + side, right - side)
    }

    fn bands(&self, out: &mut String) -> std::fmt::Result {
        // Bands that overlap must remain light.
        let opacity = (0.2 / self.bands.len().max(1) as f64).min(0.07);
        let first = TITLE + 8.0 + ROW * (self.warning.len() + self.notes.len()) as f64;
        for band in &self.bands {
            let (fill, ink) = match band.role {
                Role::Contracted => CONTRACTED,
                Role::External => EXTERNAL,
            };
            let y = first + ROW * band.row as f64;
            let size = (band.right - band.left, self.bottom() - y);
            let shade = format!(r#"fill="{fill}" fill-opacity="{opacity:.3}""#);
            rectangle(out, (band.left, y), size, &shade)?;
            rectangle(out, (band.left, y), (size.0, 2.5), &format!(r#"fill="{fill}""#))?;
            text(out, (band.text, y + 15.0), Anchor::Start, 11.0, ink, "", &band.label)?;
        }
        Ok(())
    }

    /// The threshold, where no plan fits it.
    fn threshold(&self, out: &mut String) -> std::fmt::Result {
        let Some(Infeasible { threshold, .. }) = self.plan.infeasible else { return Ok(()) };
        let (y, right) = (self.bottom() - self.axis.pixels(threshold as f64), self.right());
        line_across(out, (LEFT, right), y, PEAK, 1.6)?;
        // Above the line, or below it where the peak is near; the white rim keeps it readable on
        // bars.
        let label = if y - self.y(self.plan.peak) < 18.0 { y + 13.0 } else { y - 5.0 };
        rimmed_text(out, (right - 4.0, label), Anchor::End, 11.0, PEAK, "", "threshold")
    }

    fn column(&self, out: &mut String, at: usize) -> std::fmt::Result {
        let node = &self.plan.nodes[at];
        let (begin, end) = self.columns.edges_of(at);
        let (left, right) = self.inner(at);
        for (from, to, elements) in [(begin, left, node.live_before), (right, end, node.live_after)]
        {
            let y = self.y(elements);
            if to > from {
                let fill = format!(r#"fill="{HELD}""#);
                rectangle(out, (from, y), (to - from, self.bottom() - y), &fill)?;
            }
        }
        let mut below = 0.0;
        let most = (MOST_PARTS / self.columns.shown.len()).max(LEAST_PARTS);
        for Part { name, colour, elements, assembled } in self.stack(at, most) {
            let (low, high) = (self.y(below), self.y(below + elements));
            below += elements;
            // A thin part would be all edge.
            let has_edge = low - high >= 2.0;
            let edge = if has_edge { r##" stroke="#ffffff" stroke-width="0.6""## } else { "" };
            let style = format!(r#"fill="{colour}"{edge}"#);
            rectangle(out, (left, high), (right - left, low - high), &style)?;
            if assembled {
                let size = (right - left, low - high);
                rectangle(out, (left, high), size, r#"fill="url(#assembled)""#)?;
            }
            if low - high >= 12.0 && text_width(&name, 10.0) <= right - left - 4.0 {
                let middle = (0.5 * (left + right), 0.5 * (low + high) + 3.6);
                text(out, middle, Anchor::Middle, 10.0, INK, "", &name)?;
            }
        }
        Ok(())
    }

    /// The line over all columns: live before, at and after each moment.
    fn line(&self, out: &mut String) -> std::fmt::Result {
        let mut path = String::new();
        for &at in &self.columns.shown {
            let node = &self.plan.nodes[at];
            let (begin, end) = self.columns.edges_of(at);
            let (left, right) = self.inner(at);
            let start = if path.is_empty() { 'M' } else { 'L' };
            let live = self.y(node.live);
            if self.columns.together > 1 {
                // Live memory before the moment shown is not that before the run of moments.
                let start = if path.is_empty() { 'M' } else { 'V' };
                let begin = if path.is_empty() { format!("{begin:.1} ") } else { String::new() };
                write!(path, "{start}{begin}{live:.1}H{end:.1}")?;
                continue;
            }
            let (before, after) = (self.y(node.live_before), self.y(node.live_after));
            write!(path, "{start}{begin:.1} {before:.1}H{left:.1}V{live:.1}")?;
            write!(path, "H{right:.1}V{after:.1}H{end:.1}")?;
        }
        writeln!(out, r#"<path d="{path}" fill="none" stroke="{INK}" stroke-width="1.3"/>"#)?;
        let (y, right) = (self.bottom(), self.right());
        line_across(out, (LEFT, right), y, INK, 1.0)
    }

    fn label(&self, at: usize) -> String {
        let (node, names) = (&self.plan.nodes[at], &self.names);
        if self.columns.together > 1 {
            // A merged column has room for a short name.
            let label = self.plan.label(at).map(|label| short(label, 8)).unwrap_or_default();
            return format!("{label}({at})");
        }
        match (node.operands(), node.shared_with()) {
            (Some((first, second)), _) => {
                let times = node.times().map(|times| format!(", {times}")).unwrap_or_default();
                format!("{} {} → {}{times}", names[first], names[second], names[at])
            }
            (None, Some(with)) => format!("{} → {}", names[with], names[at]),
            (None, None) => names[at].clone(),
        }
    }

    fn labels(&self, out: &mut String, labels: &[String]) -> std::fmt::Result {
        for (&at, label) in self.columns.shown.iter().zip(labels) {
            let (left, right) = self.columns.edges_of(at);
            let x = 0.5 * (left + right) + 4.0;
            let y = self.bottom() + 16.0;
            let colour = if self.plan.is_leaf(at) { MUTED } else { INK };
            let slanted = format!(r#"transform="rotate(-40 {x:.1} {y:.1})""#);
            text(out, (x, y), Anchor::End, 11.0, colour, &slanted, label)?;
        }
        Ok(())
    }

    fn peak(&self, out: &mut String) -> std::fmt::Result {
        let at = self.plan.peak_node;
        let (left, right) = self.inner(at);
        let (y, end) = (self.y(self.plan.peak), self.right() + 14.0);
        writeln!(
            out,
            r#"<path d="M{LEFT:.1} {y:.1}H{end:.1}" stroke="{PEAK}" stroke-width="1.2" stroke-dasharray="5 4"/>"#
        )?;
        let frame = format!(r#"fill="none" stroke="{PEAK}" stroke-width="2""#);
        rectangle(out, (left, y), (right - left, self.bottom() - y), &frame)
    }

    /// The tensors and results live at the peak, the largest first.
    fn list(&self, out: &mut String) -> std::fmt::Result {
        let plan = self.plan;
        let x = self.right() + 22.0;
        let mut y = self.y(plan.peak) + 4.0;
        let heading = format!("peak {}", plan.size(plan.peak));
        text(out, (x, y), Anchor::Start, 12.5, PEAK, r#"font-weight="bold""#, &heading)?;
        y += 17.0;
        let moment = plan.peak_moment(&self.names);
        text(out, (x, y), Anchor::Start, 11.0, MUTED, "", &format!("{moment}, live:"))?;
        let mut stack = self.stack(plan.peak_node, LISTED);
        stack.sort_by(|a, b| b.elements.total_cmp(&a.elements));
        for Part { name, colour, elements, assembled } in stack {
            y += ROW;
            rectangle(out, (x, y - 9.5), (11.0, 11.0), &format!(r#"fill="{colour}""#))?;
            let mut name = short(&name, 20);
            if assembled {
                let hatch = r#"fill="url(#assembled)""#;
                rectangle(out, (x, y - 9.5), (11.0, 11.0), hatch)?;
                name += ", being assembled";
            }
            text(out, (x + 18.0, y), Anchor::Start, 11.0, INK, "", &name)?;
            text(out, (x + 222.0, y), Anchor::End, 11.0, INK, "", &plan.size(elements))?;
        }
        Ok(())
    }
}

fn is_contracted(plan: &Plan, at: usize) -> bool {
    plan.nodes[at].operands().is_some()
}

/// Colours by node: cool for tensors, warm for results; neighbours in the order of evaluation
/// differ.
fn colours(plan: &Plan) -> Vec<&'static str> {
    let (mut tensors, mut results) = (COOL.iter().cycle(), WARM.iter().cycle());
    let next = |at| if plan.is_leaf(at) { tensors.next() } else { results.next() };
    (0..plan.nodes.len()).map(next).map(|colour| colour.copied().unwrap_or(INK)).collect()
}

//! A budget as a table, at most 100 columns.
//!
//! The widest term name but one of the built-in pipelines has 52 characters, 2^63 bytes take 19 and
//! 14 in their unit: with gaps of one space that comes to 100, and a name that is longer has its
//! bytes below. Gaps are two spaces wide, and shapes stand beside the bytes, where there is room.

use super::text::{WIDTH, paragraph, words, wrapped};
use crate::budget::bytes::Bytes;
use crate::budget::model::Model;
use crate::budget::stage::Stage;
use crate::budget::stages::{Budget, Path};
use crate::budget::term::Term;

impl Budget {
    /// Inputs with their derivations, every stage with its terms and totals, and the lifetime peak
    /// beside the program's own figures; for a log, the total after each event. Ends with a
    /// newline.
    pub fn table(&self) -> String {
        let mut text = paragraph(&format!("{}, as in {}", self.heading(), self.release()));
        text += &self.input_lines();

        let columns = Columns::of(self);
        text += "\n";
        text += &columns.line("", "", "", "bytes");
        for stage in self.stages() {
            text += stage.name();
            text += "\n";
            for (kind, terms, total, total_name) in [
                ("persistent", stage.persistent(), stage.persistent_bytes(), "persistent, total"),
                ("transient", stage.transient(), stage.transient_bytes(), "transient, total"),
                ("post-peak", stage.post_peak(), stage.end_bytes(), ""),
            ] {
                for term in terms {
                    text += &columns.term(kind, term);
                }
                if terms.len() > 1 && !total_name.is_empty() {
                    text += &columns.row("", total_name, total);
                }
            }
            text += &columns.row("peak", "", stage.peak_bytes());
            if stage.end_bytes() != stage.persistent_bytes() {
                text += &columns.row("at its end", "", stage.end_bytes());
            }
        }
        text += &self.trace_table(&columns);
        text += &self.published_table(&columns);
        text += &format!(
            "\nlifetime peak: {:#}, in stage '{}'\n",
            self.lifetime_peak_bytes(),
            self.peak_stage().name()
        );
        for (of_all, sums) in self.said() {
            let most = sums.iter().map(Stage::peak_bytes).max();
            text += &most.map_or(String::new(), |most| format!("{of_all} {most:#}\n"));
        }
        if !self.note().is_empty() {
            text += &wrapped("note: ", words(self.note()), "");
        }
        text
    }

    /// All inputs, then the derivations.
    pub(super) fn input_lines(&self) -> String {
        if self.inputs().is_empty() {
            return String::new();
        }
        let values = self.inputs().iter().map(|input| format!("{} {}", input.name, input.value));
        let mut text = wrapped("inputs: ", values, ",");
        for input in self.inputs() {
            let Some(from) = &input.from else { continue };
            let derived = format!("{} = {from}", input.name);
            text += &wrapped("derived: ", words(&derived), "");
        }
        text
    }

    /// `QUBE memory budget, harmonic path`
    pub(super) fn heading(&self) -> String {
        self.heading_of("memory budget")
    }

    /// The program, `what`, the path, and the model unless it is held.
    pub(super) fn heading_of(&self, what: &str) -> String {
        let mut text = format!("{} {what}", self.program());
        if !matches!(self.path(), Path::Eclipse | Path::Pipeline) {
            text += &format!(", {} path", self.path().name());
        }
        match self.model() {
            Model::Held => text,
            Model::Published => text + ", the published formulas",
            Model::Printed => text + ", as its log prints it",
        }
    }

    /// Bytes held after each event.
    fn trace_table(&self, columns: &Columns) -> String {
        let mut text = String::new();
        for event in self.trace() {
            if text.is_empty() {
                text += "\n";
                text += &columns.line("held after", "", "", "bytes");
            }
            let step = format!("step {}", event.step);
            text += &columns.row(&step, &event.what, event.total_bytes);
        }
        text
    }

    /// The figures of the program's authors and of its log, where they differ from this budget's.
    fn said(&self) -> [(&'static str, &[Stage]); 2] {
        let authors = match self.path() {
            Path::Eclipse => "ECLIPSE's guide sums up",
            _ => "QUBE's own calculator prints",
        };
        [(authors, self.published()), ("ECLIPSE's log prints", self.printed())]
    }

    /// The same, stage by stage.
    fn published_table(&self, columns: &Columns) -> String {
        let mut text = String::new();
        for (stages, kind) in [(self.published(), "published"), (self.printed(), "printed")] {
            for stage in stages {
                if text.is_empty() {
                    text += "\n";
                    text += &columns.line("not held", "", "", "bytes");
                }
                text += &columns.row(kind, stage.name(), stage.peak_bytes());
            }
        }
        text
    }
}

/// The widths that the contents of one budget need.
pub(super) struct Columns {
    name: usize,
    size: usize,
    bytes: usize,
    gap: &'static str,
    /// Whether there is no room for the bytes beside the longest name.
    bytes_below: bool,
}

/// Width of the words for a term's kind: persistent, transient.
const KIND: usize = "persistent".len();
/// Width of a size in its unit, below 1024 TiB.
const SIZE: usize = "1023.99 GiB".len();
const INDENT: &str = "  ";
/// Room for the labels of ranks and sums.
const LEAST_NAME: usize = "persistent, total".len();

impl Columns {
    pub(super) fn of(budget: &Budget) -> Columns {
        let largest = budget.lifetime_peak_bytes();
        let terms = || budget.stages().iter().flat_map(|s| s.terms().chain(s.post_peak()));
        let of_terms = terms().map(|term| term.name().chars().count());
        let of_events = budget.trace().iter().map(|event| event.what.chars().count());
        let name = of_terms.chain(of_events).max().unwrap_or(0).max(LEAST_NAME);
        let bytes = largest.get().to_string().len().max("bytes".len());
        // Past 10^4 TiB.
        let size = largest.to_string().len().max(SIZE);
        let width = |gap: usize| INDENT.len() + KIND + gap + name + gap + size + gap + bytes;
        let gap = if width(2) <= WIDTH { "  " } else { " " };
        let bytes_below = width(1) > WIDTH;
        let name = if bytes_below { WIDTH - (width(1) - name) } else { name };
        Columns { name, size, bytes, gap, bytes_below }
    }

    /// A term with its shape, beside the bytes where there is room, else below.
    fn term(&self, kind: &str, term: &Term) -> String {
        let row = self.row(kind, term.name(), term.bytes());
        let shape = term.shape_words();
        let beside = format!("{}  {shape}\n", row.trim_end());
        let last = beside.lines().last().map_or(0, |line| line.chars().count());
        if last <= WIDTH { beside } else { row + &self.line("", &shape, "", "") }
    }

    pub(super) fn row(&self, kind: &str, name: &str, bytes: Bytes) -> String {
        if self.bytes_below && name.chars().count() > self.name {
            return format!("{INDENT}{kind:KIND$}{}{name}\n", self.gap) + &self.row("", "", bytes);
        }
        self.line(kind, name, &bytes.to_string(), &bytes.get().to_string())
    }

    pub(super) fn line(&self, kind: &str, name: &str, size: &str, bytes: &str) -> String {
        let Columns { name: name_width, size: size_width, bytes: bytes_width, gap, .. } = *self;
        let line = format!("{INDENT}{kind:KIND$}{gap}{name:name_width$}{gap}")
            + &format!("{size:>size_width$}{gap}{bytes:>bytes_width$}");
        line.trim_end().to_owned() + "\n"
    }
}

//! A budget as a table for people: at most 100 columns, whatever the numbers.
//!
//! The widest term name has 52 characters, 2^63 bytes take 19 and 13 in GiB: with gaps of one space
//! that comes to 98. Gaps are two spaces wide where there is room, which is nearly always.

use super::bytes::Bytes;
use super::model::Model;
use super::stage::{Budget, Path};

pub(super) const WIDTH: usize = 100;

impl Budget {
    /// The inputs and what they were derived from, then every stage with its terms and totals, then the
    /// lifetime peak; of ECLIPSE, the total after everything that is allocated or freed, and where the
    /// published sums fall short. Ends with a newline.
    pub fn table(&self) -> String {
        let mut text = paragraph(&format!("{}, as in {}", self.heading(), self.release()));
        text += &self.input_lines();

        let columns = Columns::of(self);
        text += "\n";
        text += &columns.line("", "", "GiB", "bytes");
        for stage in self.stages() {
            text += stage.name();
            text += "\n";
            for (kind, terms, total, total_name) in [
                ("persistent", stage.persistent(), stage.persistent_bytes(), "persistent, total"),
                ("transient", stage.transient(), stage.transient_bytes(), "transient, total"),
                ("post-peak", stage.post_peak(), stage.end_bytes(), ""),
            ] {
                for term in terms {
                    text += &columns.row(kind, term.name(), term.bytes());
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
        if let Some(published) = self.published_peak_bytes().filter(|_| self.program() == "QUBE") {
            text += &format!("QUBE's own calculator prints {published:#}\n");
        }
        if !self.note().is_empty() {
            text += &wrapped("note: ", words(self.note()), "");
        }
        text
    }

    /// All inputs, and what those were computed from that were not given.
    pub(super) fn input_lines(&self) -> String {
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

    /// The program, what is told of it, its path, and the model where that is not what runs hold.
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

    /// What is held after every event.
    fn trace_table(&self, columns: &Columns) -> String {
        let mut text = String::new();
        for event in self.trace() {
            if text.is_empty() {
                text += "\n";
                text += &columns.line("held after", "", "GiB", "bytes");
            }
            let step = format!("step {}", event.step);
            text += &columns.row(&step, &event.what, event.total_bytes);
        }
        text
    }

    /// What the source publishes, beside what the steps hold.
    fn published_table(&self, columns: &Columns) -> String {
        // QUBE's own calculator has the same stages: one line says what it prints.
        if self.published().is_empty() || self.program() == "QUBE" {
            return String::new();
        }
        let mut text = "\n".to_owned();
        text += &columns.line("published", "", "GiB", "bytes");
        for stage in self.stages() {
            let sum = self.published().iter().find(|published| published.name() == stage.name());
            text += &match sum {
                None => columns.line(stage.name(), "no published sum", "", ""),
                Some(sum) => {
                    let said = columns.row(stage.name(), "published sum", sum.peak_bytes());
                    match stage.peak_bytes().beyond(sum.peak_bytes()) {
                        Some(short) => said + &columns.row("", "falls short by", short),
                        None => said,
                    }
                }
            };
        }
        text
    }
}

/// The widths that the contents of one budget need.
pub(super) struct Columns {
    name: usize,
    gib: usize,
    bytes: usize,
    gap: &'static str,
}

/// Width of the words for a term's kind: persistent, transient.
const KIND: usize = "persistent".len();
const INDENT: &str = "  ";
/// Room for what is said of ranks.
const LEAST_NAME: usize = "least full rank".len();

impl Columns {
    pub(super) fn of(budget: &Budget) -> Columns {
        let largest = budget.lifetime_peak_bytes();
        let terms = budget.stages().iter().flat_map(|stage| stage.terms().chain(stage.post_peak()));
        let of_terms = terms.map(|term| term.name().chars().count());
        let of_events = budget.trace().iter().map(|event| event.what.chars().count());
        let name = of_terms.chain(of_events).max().unwrap_or(0).max(LEAST_NAME);
        let gib = gib(largest).len();
        let bytes = largest.get().to_string().len().max("bytes".len());
        let roomy = INDENT.len() + KIND + 2 + name + 2 + gib + 2 + bytes <= WIDTH;
        Columns { name, gib, bytes, gap: if roomy { "  " } else { " " } }
    }

    pub(super) fn row(&self, kind: &str, name: &str, bytes: Bytes) -> String {
        self.line(kind, name, &gib(bytes), &bytes.get().to_string())
    }

    pub(super) fn line(&self, kind: &str, name: &str, gib: &str, bytes: &str) -> String {
        let Columns { name: name_width, gib: gib_width, bytes: bytes_width, gap } = *self;
        let line = format!("{INDENT}{kind:KIND$}{gap}{name:name_width$}{gap}")
            + &format!("{gib:>gib_width$}{gap}{bytes:>bytes_width$}");
        line.trim_end().to_owned() + "\n"
    }
}

pub(super) fn gib(bytes: Bytes) -> String {
    format!("{:.2}", bytes.gib())
}

/// A text, wrapped.
pub(super) fn paragraph(text: &str) -> String {
    wrapped("", words(text), "")
}

/// The words of a text; a number and its unit are one.
pub(super) fn words(text: &str) -> impl Iterator<Item = String> {
    let is_unit = |word: &str| word.starts_with("GiB") || word.starts_with("bytes");
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match words.last_mut() {
            Some(number) if is_unit(word) => *number += &format!(" {word}"),
            _ => words.push(word.to_owned()),
        }
    }
    words.into_iter()
}

/// Items after a label, with commas or nothing after each, wrapped and indented below the first.
pub(super) fn wrapped(
    label: &str,
    items: impl Iterator<Item = String>,
    after_each: &str,
) -> String {
    let mut text = String::new();
    let mut line = label.to_owned();
    let mut items = items.peekable();
    while let Some(mut item) = items.next() {
        if items.peek().is_some() {
            item.push_str(after_each);
        }
        let gap = usize::from(line.len() > label.len());
        if gap == 1 && line.len() + gap + item.len() > WIDTH {
            text += &line;
            text += "\n";
            line = " ".repeat(label.len()) + &item;
        } else {
            line += &" "[..gap];
            line += &item;
        }
    }
    text + &line + "\n"
}

//! A budget as a table for people: at most 100 columns, whatever the numbers.
//!
//! The widest term name has 52 characters, 2^63 bytes take 19 and 13 in GiB: with gaps of one space
//! that comes to 98. Gaps are two spaces wide where there is room, which is nearly always.

use super::bytes::Bytes;
use super::stage::{Budget, Path, Term};

const WIDTH: usize = 100;

impl Budget {
    /// The inputs, then every stage with its terms and totals, then the lifetime peak. Ends with a
    /// newline.
    pub fn table(&self) -> String {
        let title = match self.path() {
            Path::Harmonic | Path::PixelDirect => "QUBE",
        };
        let mut text = format!(
            "{title} memory budget, {} path, as in {}\n",
            self.path().name(),
            self.release()
        );
        text += &wrapped("inputs: ", self.inputs().iter().map(ToString::to_string));

        let columns = Columns::of(self);
        text += "\n";
        text += &columns.line("", "", "GiB", "bytes");
        for stage in self.stages() {
            text += stage.name();
            text += "\n";
            for (kind, terms, total, total_name) in [
                ("persistent", stage.persistent(), stage.persistent_bytes(), "persistent, total"),
                ("transient", stage.transient(), stage.transient_bytes(), "transient, total"),
            ] {
                for term in terms {
                    text += &columns.row(kind, term.name(), term.bytes());
                }
                if terms.len() > 1 {
                    text += &columns.row("", total_name, total);
                }
            }
            text += &columns.row("peak", "", stage.peak_bytes());
        }
        text += &format!(
            "\nlifetime peak: {:#}, in stage '{}'\n",
            self.lifetime_peak_bytes(),
            self.peak_stage().name()
        );
        text
    }
}

/// The widths that the contents of one budget need.
struct Columns {
    name: usize,
    gib: usize,
    bytes: usize,
    gap: &'static str,
}

/// Width of the words for a term's kind: persistent, transient.
const KIND: usize = "persistent".len();
const INDENT: &str = "  ";

impl Columns {
    fn of(budget: &Budget) -> Columns {
        let largest = budget.lifetime_peak_bytes();
        let names = budget.stages().iter().flat_map(|stage| stage.terms().map(Term::name));
        let name = names.map(|name| name.chars().count()).max().unwrap_or(0);
        let gib = gib(largest).len();
        let bytes = largest.get().to_string().len().max("bytes".len());
        let roomy = INDENT.len() + KIND + 2 + name + 2 + gib + 2 + bytes <= WIDTH;
        Columns { name, gib, bytes, gap: if roomy { "  " } else { " " } }
    }

    fn row(&self, kind: &str, name: &str, bytes: Bytes) -> String {
        self.line(kind, name, &gib(bytes), &bytes.get().to_string())
    }

    fn line(&self, kind: &str, name: &str, gib: &str, bytes: &str) -> String {
        let Columns { name: name_width, gib: gib_width, bytes: bytes_width, gap } = *self;
        format!("{INDENT}{kind:KIND$}{gap}{name:name_width$}{gap}")
            + &format!("{gib:>gib_width$}{gap}{bytes:>bytes_width$}\n")
    }
}

fn gib(bytes: Bytes) -> String {
    format!("{:.2}", bytes.gib())
}

/// Items after a label, with commas, wrapped and indented below the first.
fn wrapped(label: &str, items: impl Iterator<Item = String>) -> String {
    let mut text = String::new();
    let mut line = label.to_owned();
    let mut items = items.peekable();
    while let Some(mut item) = items.next() {
        if items.peek().is_some() {
            item.push(',');
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

//! A picture of stages in a terminal: a bar for each, all on one scale, and the limit as a mark.
//!
//! ```text
//! covariance_setup   52.11 GiB  ######################                  |
//! basis_setup       112.60 GiB  ########################################|XXXXXXX
//! limit              96.00 GiB                                          |
//! ```
//!
//! A line has at most 100 columns. The mark has a column of its own between the cells of the limit and
//! those beyond it, so that a bar beyond the limit passes it however little it is over, and one within
//! the limit never touches what lies beyond. Whole numbers throughout; linear in the rows.

use std::fmt::Display;

use super::text::WIDTH;
use crate::Result;
use crate::budget::bytes::Bytes;
use crate::budget::stages::Budget;
use crate::run::compare::Comparison;
use crate::run::request::Request;

/// Longer names are cut.
const LONGEST_NAME: usize = 40;

/// Parts of a cell that a block character can show.
const PARTS: u128 = 8;
const BLOCKS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// The characters of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Symbols {
    /// Block characters, for terminals that show UTF-8.
    Blocks,
    Ascii,
}

/// A bar and its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bar<N> {
    pub name: N,
    pub bytes: Bytes,
}

/// The bars, each on a line with its name and size, then the limit if there is one, and what a part
/// beyond it looks like if any has one. Empty without bars; else ends with a newline.
pub fn bars<N: Display>(bars: &[Bar<N>], limit: Option<Bytes>, symbols: Symbols) -> String {
    let names: Vec<String> = bars.iter().map(|bar| cut(&bar.name.to_string(), symbols)).collect();
    let sizes: Vec<String> = bars.iter().map(|bar| bar.bytes.to_string()).collect();
    let Some(most) = bars.iter().map(|bar| bar.bytes).max() else { return String::new() };
    let named_limit = limit.map(|limit| ("limit".to_owned(), limit.to_string()));
    let width = |of: &mut dyn Iterator<Item = &String>| of.map(|text| text.chars().count()).max();
    let (limit_name, limit_size) = named_limit.clone().unzip();
    let name_width = width(&mut names.iter().chain(&limit_name)).unwrap_or(0);
    let size_width = width(&mut sizes.iter().chain(&limit_size)).unwrap_or(0);
    let line = |name: &str, size: &str, bar: &str| {
        let line = format!("{name:name_width$}  {size:>size_width$}  {bar}");
        line.trim_end().to_owned() + "\n"
    };
    let cells = WIDTH - (name_width + size_width + 4) - usize::from(limit.is_some());
    let scale = Scale::of(most, limit, cells as u128, symbols);
    let mut text = String::new();
    for ((bar, name), size) in bars.iter().zip(&names).zip(&sizes) {
        text += &line(name, size, &scale.bar(bar.bytes));
    }
    if let Some((name, size)) = named_limit {
        let over = limit.is_some_and(|limit| most > limit);
        let legend =
            if over { format!(" {}: over the limit", symbols.over()) } else { String::new() };
        text += &line(&name, &size, &(scale.bar(Bytes::ZERO) + &legend));
    }
    text
}

impl Budget {
    /// The peak of each stage, on the scale of a limit in bytes, 1 or more, if there is one.
    pub fn bars(&self, limit_bytes: Option<i64>, symbols: Symbols) -> Result<String> {
        let limit = limit_bytes.map(Bytes::limit).transpose()?;
        let stages = self.stages().iter();
        let stages = stages.map(|stage| Bar { name: stage.name(), bytes: stage.peak_bytes() });
        Ok(bars(&stages.collect::<Vec<_>>(), limit, symbols))
    }
}

impl Request {
    /// The memory of a node in each stage, on the same scale.
    pub fn bars(&self, limit_bytes: Option<i64>, symbols: Symbols) -> Result<String> {
        let limit = limit_bytes.map(Bytes::limit).transpose()?;
        let stages = self.stages().iter();
        let stages = stages.map(|stage| Bar { name: stage.name(), bytes: stage.per_node_bytes() });
        Ok(bars(&stages.collect::<Vec<_>>(), limit, symbols))
    }
}

impl Comparison<'_> {
    /// Each peak, predicted and, below it, what was measured above the baseline.
    pub fn bars(&self, symbols: Symbols) -> String {
        let mut all = Vec::new();
        for stage in self.stages() {
            all.push(Bar { name: stage.name.to_string(), bytes: stage.peak.predicted });
            let measured = stage.peak.above_baseline.and_then(Bytes::from_signed);
            all.extend(measured.map(|bytes| Bar { name: "  measured".into(), bytes }));
        }
        bars(&all, None, symbols)
    }
}

fn cut(name: &str, symbols: Symbols) -> String {
    if name.chars().count() <= LONGEST_NAME {
        return name.to_owned();
    }
    let end = match symbols {
        Symbols::Blocks => "…",
        Symbols::Ascii => "...",
    };
    name.chars().take(LONGEST_NAME - end.chars().count()).chain(end.chars()).collect()
}

impl Symbols {
    fn full(self) -> &'static str {
        match self {
            Symbols::Blocks => "█",
            Symbols::Ascii => "#",
        }
    }

    fn over(self) -> &'static str {
        match self {
            Symbols::Blocks => "▒",
            Symbols::Ascii => "X",
        }
    }

    fn mark(self) -> &'static str {
        match self {
            Symbols::Blocks => "│",
            Symbols::Ascii => "|",
        }
    }
}

/// The scale of bars: cells and bytes up to the limit and beyond it.
struct Scale {
    /// Bytes of the cells before the mark; 1 or more.
    within: u128,
    /// Those cells.
    cells: u128,
    /// Bytes and cells after it; none without a limit, or if nothing is beyond it.
    beyond: Option<(u128, u128)>,
    has_mark: bool,
    symbols: Symbols,
}

impl Scale {
    /// The scale for `cells` cells, 2 or more.
    fn of(most: Bytes, limit: Option<Bytes>, cells: u128, symbols: Symbols) -> Scale {
        let most = u128::from(most.get());
        let within = limit.map_or(most, |limit| u128::from(limit.get()));
        let has_mark = limit.is_some();
        if most <= within {
            return Scale { within: within.max(1), cells, beyond: None, has_mark, symbols };
        }
        let before = (cells * within / most).clamp(1, cells - 1);
        let beyond = Some((most - within, cells - before));
        Scale { within: within.max(1), cells: before, beyond, has_mark, symbols }
    }

    fn bar(&self, bytes: Bytes) -> String {
        let bytes = u128::from(bytes.get());
        let (inside, outside) = (bytes.min(self.within), bytes.saturating_sub(self.within));
        let mut bar = self.filled(inside);
        if !self.has_mark {
            return bar;
        }
        bar += &" ".repeat((self.cells as usize) - bar.chars().count());
        bar += self.symbols.mark();
        if let Some((beyond, cells)) = self.beyond {
            bar += &self.symbols.over().repeat((outside * cells).div_ceil(beyond) as usize);
        }
        bar
    }

    /// The cells of bytes within the limit, rounded down to what a character can show, but never to
    /// nothing.
    fn filled(&self, bytes: u128) -> String {
        let full = |cells: u128| self.symbols.full().repeat(cells as usize);
        match self.symbols {
            Symbols::Ascii => full((bytes * self.cells / self.within).max(bytes.min(1))),
            Symbols::Blocks => {
                let parts = (bytes * self.cells * PARTS / self.within).max(bytes.min(1));
                full(parts / PARTS) + BLOCKS[(parts % PARTS) as usize]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn drawn(rows: &[(&str, u64)], limit: Option<u64>, symbols: Symbols) -> String {
        let rows: Vec<_> =
            rows.iter().map(|&(name, b)| Bar { name, bytes: Bytes::constant(b) }).collect();
        bars(&rows, limit.map(Bytes::constant), symbols)
    }

    /// 100 columns: 5 for names, 9 for sizes, 4 between them, 1 for the mark, and 81 cells.
    #[test]
    fn bars_are_on_the_scale_of_the_limit() {
        let rows = [("small", GIB), ("half", 8 * GIB), ("all", 16 * GIB)];
        let text = drawn(&rows, Some(16 * GIB), Symbols::Ascii);
        let mark = |filled: usize| "#".repeat(filled) + &" ".repeat(81 - filled) + "|\n";
        assert_eq!(
            text,
            format!(
                "small   1.00 GiB  {}half    8.00 GiB  {}all    16.00 GiB  {}limit  16.00 GiB  {}",
                mark(5),
                mark(40),
                mark(81),
                mark(0)
            )
        );
        let text = drawn(&rows, Some(16 * GIB), Symbols::Blocks);
        // 81 / 16 = 5 cells and half an eighth, 81 / 2 = 40 and four eighths.
        let cells = |full: usize, part: &str, blank: usize| {
            "█".repeat(full) + part + &" ".repeat(blank) + "│\n"
        };
        assert_eq!(
            text,
            format!(
                "small   1.00 GiB  {}half    8.00 GiB  {}all    16.00 GiB  {}limit  16.00 GiB  {}",
                cells(5, "", 76),
                cells(40, "▌", 40),
                cells(81, "", 0),
                cells(0, "", 81)
            )
        );
    }

    #[test]
    fn what_is_beyond_the_limit_looks_different() {
        let rows = [("in", 8 * GIB), ("out", 16 * GIB)];
        let text = drawn(&rows, Some(8 * GIB), Symbols::Ascii);
        let (within, beyond) = ("#".repeat(40), "X".repeat(41));
        let blank = " ".repeat(40);
        assert_eq!(
            text,
            format!(
                "in      8.00 GiB  {within}|\nout    16.00 GiB  {within}|{beyond}\n\
                 limit   8.00 GiB  {blank}| X: over the limit\n"
            )
        );
    }

    /// A byte decides, whatever the scale.
    #[test]
    fn a_bar_passes_the_mark_only_if_it_is_over() {
        let limit = 1 << 50;
        for symbols in [Symbols::Blocks, Symbols::Ascii] {
            let (over, mark) = (symbols.over(), symbols.mark());
            let text =
                drawn(&[("a", limit), ("b", limit + 1), ("c", 0), ("d", 1)], Some(limit), symbols);
            let lines: Vec<&str> = text.lines().collect();
            assert!(lines[0].ends_with(mark), "{text}");
            assert!(lines[1].contains(&format!("{mark}{over}")), "{text}");
            assert!(!lines[2].contains(symbols.full()) && lines[2].ends_with(mark), "{text}");
            assert!(lines[3].contains(if symbols == Symbols::Ascii { "#" } else { "▏" }), "{text}");
            // A limit that is next to nothing leaves its mark visible before what is over.
            let text = drawn(&[("a", limit)], Some(1), symbols);
            assert!(
                text.lines().next().unwrap().contains(&format!("{}{mark}{over}", symbols.full()))
            );
        }
    }

    #[test]
    fn without_a_limit_the_largest_fills_the_line() {
        let text = drawn(&[("one", GIB), ("two", 2 * GIB)], None, Symbols::Ascii);
        assert_eq!(
            text,
            format!("one  1.00 GiB  {}\ntwo  2.00 GiB  {}\n", "#".repeat(42), "#".repeat(85))
        );
        assert_eq!(drawn(&[], Some(1), Symbols::Ascii), "");
        assert_eq!(drawn(&[("none", 0)], None, Symbols::Blocks), "none  0 B\n");
    }

    #[test]
    fn lines_have_100_columns_at_most() {
        let long = "ä".repeat(300);
        let most = i64::MAX as u64;
        for symbols in [Symbols::Blocks, Symbols::Ascii] {
            for limit in [None, Some(1), Some(most / 3), Some(most)] {
                let text = drawn(&[(&long, most), ("b", 0), ("c", 7)], limit, symbols);
                assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
                assert!(!text.contains(&long));
            }
        }
        assert!(drawn(&[("a", 1)], Some(1), Symbols::Ascii).is_ascii());
    }
}

//! A comparison as a table for people, at most 100 columns.

use super::text::{paragraph, words, wrapped};
use crate::budget::bytes::Bytes;
use crate::run::compare::{Comparison, Figure, RankComparison, Side};

impl Comparison<'_> {
    /// Every stage, predicted beside measured, at its end and at its peak, in GiB and in units of
    /// n_pix^2 doubles; the difference in per cent of the prediction; then each rank, and what
    /// differences may be. Ends with a newline.
    pub fn table(&self) -> String {
        let budget = self.budget();
        let what = match self.is_against_request() {
            true => "requested and measured",
            false => "predicted and measured",
        };
        let mut text =
            paragraph(&format!("{}, as in {}", budget.heading_of(what), budget.release()));
        text += &self.meaning();
        for unit in self.units() {
            let share = self.grid().map_or("", |_| " of a rank's share");
            let of = match (unit.words.as_str(), self.n_pix()) {
                ("n_pix^2", n_pix) => format!(", of n_pix {n_pix}"),
                ("D^2", d) => format!(", of D {d}"),
                _ => String::new(),
            };
            let (symbol, words) = (&unit.symbol, &unit.words);
            if unit.words.starts_with('\'') {
                text += &format!("unit {symbol}: {}\n", size(unit.bytes));
            } else {
                text += &format!("{symbol}: {words} doubles, {}{share}{of}\n", size(unit.bytes));
            }
        }
        text += "\n";
        let columns = Columns::of(self);
        text += &columns.heads(self);
        text += &columns.side(&self.whole, self);
        if !self.ranks().is_empty() {
            text += &self.rank_by_rank(&columns);
        }
        text + &self.words_below()
    }

    /// Meaning of the sizes.
    fn meaning(&self) -> String {
        if self.is_against_request() {
            return "resident sizes: predicted is arrays, input and baseline; requested has the \
                    margin too\n"
                .into();
        }
        match self.baseline() {
            Some(_) if self.ranks().len() > 1 => {
                "measured: resident size above the baseline of each rank\n".into()
            }
            Some(baseline) => {
                let exact = match size(baseline) {
                    size if size.ends_with("bytes") => size,
                    size => format!("{size} ({} bytes)", baseline.get()),
                };
                format!("measured: resident size above the baseline of {exact}\n")
            }
            None => "measured: resident size; no baseline is given, so that the interpreter and \
                     what else\n          the process holds is in it\n"
                .into(),
        }
    }

    /// The peaks of each rank; of many those furthest from their prediction.
    fn rank_by_rank(&self, columns: &Columns) -> String {
        /// Ranks that a page has room for.
        const MOST: usize = 16;
        let mut shown: Vec<&RankComparison> = self.ranks().iter().collect();
        let mut text = String::from("\nrank by rank");
        if shown.len() > MOST {
            let apart = |rank: &RankComparison| {
                let figures = rank.side.figures();
                figures
                    .filter_map(|(_, _, f)| f.difference_percent())
                    .fold(0.0, |most: f64, p| most.max(p.abs()))
            };
            shown.sort_by(|a, b| apart(b).total_cmp(&apart(a)));
            shown.truncate(MOST);
            text +=
                &format!(", the {MOST} of {} furthest from their prediction", self.ranks().len());
        }
        text += "\n";
        for rank in shown {
            let name = match rank.rank {
                Some(rank) => format!("rank {rank}"),
                None => "the least".into(),
            };
            let place = rank.place.map_or(String::new(), |(row, column)| {
                format!(" at row {row}, column {column} of the grid")
            });
            text += &format!("{name}{place}\n");
            text += &columns.side(&rank.side, self);
        }
        text
    }

    fn words_below(&self) -> String {
        let mut text = "\n".to_owned();
        match self.is_within_request() {
            Some(true) => text += "Every measured size is within the request.\n",
            Some(false) => text += "More was measured than is requested.\n",
            None => {}
        }
        if let Some((name, is_peak, percent)) = self.furthest() {
            let place = if is_peak { "peak" } else { "end" };
            text += &format!("furthest apart: {}, {place} of '{name}'\n", signed_percent(percent));
        }
        if !self.is_against_request() {
            for surplus in self.surpluses() {
                let moment = if surplus.is_peak { "peak" } else { "end" };
                let line = format!(
                    "{moment} of {}: {}{} = {}",
                    surplus.stage,
                    if surplus.bytes < 0 { "-" } else { "+" },
                    size(Bytes::from_signed(surplus.bytes.saturating_abs()).unwrap_or(Bytes::ZERO)),
                    surplus.words
                );
                text += &wrapped("difference: ", words(&line), "");
            }
        }
        let mut missing = self.not_measured().map(str::to_owned).peekable();
        if missing.peek().is_some() {
            text += &wrapped("not measured: ", missing, ",");
        }
        let mut more = self.not_predicted().map(str::to_owned).peekable();
        if more.peek().is_some() {
            text += &wrapped("measured, but not predicted by these numbers: ", more, ",");
        }
        for note in self.notes() {
            text += &wrapped("note: ", words(note), "");
        }
        text
    }
}

/// The widths and the unit that one comparison needs.
struct Columns {
    name: usize,
    size: usize,
    scale: Scale,
    has_requested: bool,
}

/// The unit of a column of sizes: the largest that leaves a digit before the point of the largest size.
#[derive(Clone, Copy)]
struct Scale {
    name: &'static str,
    bytes: Bytes,
}

impl Scale {
    fn of(most: Bytes) -> Scale {
        let scales = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
        let fits = scales.into_iter().find(|(_, bytes)| most.get() >= *bytes);
        let (name, bytes) = fits.unwrap_or(("bytes", 1));
        Scale { name, bytes: Bytes::constant(bytes) }
    }
}

impl Columns {
    fn of(comparison: &Comparison) -> Columns {
        let sides = || comparison.ranks().iter().map(|rank| &rank.side).chain([&comparison.whole]);
        let figures = || sides().flat_map(Side::figures).map(|(_, _, figure)| figure);
        let sizes = figures().flat_map(|figure| [Some(figure.predicted), figure.measured]);
        let scale = Scale::of(sizes.flatten().max().unwrap_or(Bytes::ZERO));
        let mut columns =
            Columns { name: 0, size: 0, scale, has_requested: comparison.is_against_request() };
        let names = comparison.stages().iter().map(|stage| stage.name.chars().count());
        columns.name = names.max().unwrap_or(0).clamp("lifetime".len(), 24);
        let cells = figures().flat_map(|figure| {
            let [first, second, ..] = columns.cells(figure, comparison);
            [first.len(), second.len()]
        });
        columns.size = cells.max().unwrap_or(0).max("predicted".len());
        columns
    }

    fn heads(&self, comparison: &Comparison) -> String {
        let symbol = comparison.units().first().map_or("", |unit| unit.symbol.as_str());
        let (third, fourth) = match (self.has_requested, symbol) {
            (true, _) => ("requested", ""),
            (false, "") => ("", ""),
            (false, _) => ("predicted", "measured"),
        };
        let symbol = if self.has_requested || symbol.len() > 9 { "" } else { symbol };
        let head = [self.scale.name, "", symbol, "", "measured"].map(str::to_owned);
        let second = ["predicted", "measured", third, fourth, "more by"].map(str::to_owned);
        self.line("", "", &head) + &self.line("stage", "", &second)
    }

    fn side(&self, side: &Side, comparison: &Comparison) -> String {
        let mut text = String::new();
        let mut before = "";
        for (name, is_peak, figure) in side.figures() {
            let what = if is_peak { "peak" } else { "at its end" };
            let shown = if name == before { "" } else { name };
            text += &self.line(shown, what, &self.cells(figure, comparison));
            before = name;
        }
        text
    }

    /// The numbers of a line: sizes, predicted and measured, in GiB and p, and how far they are apart.
    fn cells(&self, figure: Figure, comparison: &Comparison) -> [String; 5] {
        let absent = || "-".to_owned();
        let in_scale = |value: f64| number(value, 2);
        let scale = self.scale.bytes;
        let (third, fourth) = match (self.has_requested, comparison.unit()) {
            (true, _) => {
                let most = figure
                    .requested
                    .map(|bytes| Figure { predicted: bytes, ..figure }.predicted_in(scale));
                let fits = if figure.is_within_request() { "" } else { "over" };
                (most.map_or_else(absent, in_scale), fits.to_owned())
            }
            (false, Bytes::ZERO) => (String::new(), String::new()),
            (false, unit) => {
                let of_unit = |value| number(value, 3);
                (
                    of_unit(figure.predicted_in(unit)),
                    figure.measured_in(unit).map_or_else(absent, of_unit),
                )
            }
        };
        [
            in_scale(figure.predicted_in(scale)),
            figure.measured_in(scale).map_or_else(absent, in_scale),
            third,
            fourth,
            figure.difference_percent().map_or_else(absent, signed_percent),
        ]
    }

    fn line(&self, name: &str, figure: &str, cells: &[String; 5]) -> String {
        let (name_width, size) = (self.name, self.size);
        let name: String = match name.chars().count() > name_width {
            true => name.chars().take(name_width - 1).chain(['~']).collect(),
            false => name.to_owned(),
        };
        let [size_1, size_2, p_1, p_2, apart] = cells;
        let line = format!("{name:name_width$}  {figure:10}  {size_1:>size$}  {size_2:>size$}  ")
            + &format!("{p_1:>9}  {p_2:>9}  {apart:>9}");
        line.trim_end().to_owned() + "\n"
    }
}

/// In the largest unit that leaves a digit before the point.
fn size(bytes: Bytes) -> String {
    let scale = Scale::of(bytes);
    let figure = Figure { predicted: bytes, requested: None, measured: None, above_baseline: None };
    match scale.name {
        "bytes" => format!("{} bytes", bytes.get()),
        name => format!("{} {name}", number(figure.predicted_in(scale.bytes), 2)),
    }
}

/// A number with `decimals` decimals, or as a power of ten where that would be long.
fn number(value: f64, decimals: usize) -> String {
    match value.abs() < 1e7 {
        true if decimals == 2 => format!("{value:.2}"),
        _ if value.abs() < 1e4 => format!("{value:.decimals$}"),
        _ => format!("{value:.2e}"),
    }
}

fn signed_percent(percent: f64) -> String {
    let sign = match percent {
        _ if percent.abs() < 0.05 => return "0.0 %".into(),
        _ if percent < 0.0 => "",
        _ => "+",
    };
    format!("{sign}{} %", number(percent, 1))
}

//! A comparison as a table for people, at most 100 columns, and as a JSON document, schema
//! `qube-compare/1`: one line, fields in a fixed order. Fields may be added, none renamed.

use serde::Serialize;

use super::bytes::Bytes;
use super::compare::{Comparison, Figure};
use super::table::{words, wrapped};

const SCHEMA: &str = "qube-compare/1";

impl Comparison<'_> {
    /// Every stage, predicted beside measured, at its end and at its peak, in GiB and in units of
    /// n_pix^2 doubles; the difference in per cent of the prediction. Ends with a newline.
    pub fn table(&self) -> String {
        let budget = self.budget();
        let mut text = format!(
            "{}, as in {}\n",
            budget.heading_of("predicted and measured"),
            budget.release()
        );
        text += &match self.baseline() {
            Some(baseline) => {
                format!("measured: resident size above the baseline of {baseline:#}\n")
            }
            None => {
                "measured: resident size; no baseline is given, so that the interpreter and what \
                     else\n          the process holds is in it\n"
                    .into()
            }
        };
        text += &format!("p: n_pix^2 doubles, {}, of n_pix {}\n\n", self.unit(), self.n_pix());

        let columns = self.columns();
        let head = ["GiB", "", "p", "", "measured"].map(str::to_owned);
        text += &columns.line("", "", &head);
        let head = ["predicted", "measured", "predicted", "measured", "more by"];
        text += &columns.line("stage", "", &head.map(str::to_owned));
        for stage in self.stages() {
            let mut name = &*stage.name;
            for (is_peak, figure) in stage.figures() {
                let what = if is_peak { "peak" } else { "at its end" };
                text += &columns.line(name, what, &self.cells(figure));
                name = "";
            }
        }
        text += &columns.line("lifetime", "peak", &self.cells(self.lifetime_peak()));

        text += "\n";
        if let Some((name, is_peak, percent)) = self.furthest() {
            let place = if is_peak { "peak" } else { "end" };
            text += &format!("furthest apart: {}, {place} of '{name}'\n", signed_percent(percent));
        }
        let mut missing = self.not_measured().map(str::to_owned).peekable();
        if missing.peek().is_some() {
            text += &wrapped("not measured: ", missing, ",");
        }
        let mut more = self.not_predicted().map(str::to_owned).peekable();
        if more.peek().is_some() {
            text += &wrapped("measured, but without a published sum: ", more, ",");
        }
        if !budget.note().is_empty() {
            text += &wrapped("note: ", words(budget.note()), "");
        }
        text
    }

    fn columns(&self) -> Columns {
        let names = self.stages().iter().map(|stage| stage.name.len());
        let figures =
            self.stages().iter().flat_map(|stage| stage.figures()).map(|(_, figure)| figure);
        let cells = figures.chain([self.lifetime_peak()]).flat_map(|figure| {
            let [first, second, ..] = self.cells(figure);
            [first.len(), second.len()]
        });
        Columns {
            name: names.max().unwrap_or(0).max("lifetime".len()),
            gib: cells.max().unwrap_or(0).max("predicted".len()),
        }
    }

    /// The numbers of a line: GiB and p, predicted and measured, and how far they are apart.
    fn cells(&self, figure: Figure) -> [String; 5] {
        let absent = || "-".to_owned();
        let of_unit = |value| number(value, 3);
        [
            format!("{:.2}", figure.predicted_in(Bytes::GIB)),
            figure.measured_in(Bytes::GIB).map_or_else(absent, |gib| format!("{gib:.2}")),
            of_unit(figure.predicted_in(self.unit())),
            figure.measured_in(self.unit()).map_or_else(absent, of_unit),
            figure.difference_percent().map_or_else(absent, signed_percent),
        ]
    }

    /// The document, without a newline.
    pub fn json(&self) -> String {
        // Numbers, texts and names only: nothing that JSON could refuse.
        serde_json::to_string(&Document::of(self)).unwrap_or_default()
    }
}

/// The widths that one comparison needs.
struct Columns {
    name: usize,
    gib: usize,
}

impl Columns {
    fn line(&self, name: &str, figure: &str, cells: &[String; 5]) -> String {
        let Columns { name: name_width, gib } = *self;
        let [gib_1, gib_2, p_1, p_2, apart] = cells;
        let line = format!("{name:name_width$}  {figure:10}  {gib_1:>gib$}  {gib_2:>gib$}  ")
            + &format!("{p_1:>9}  {p_2:>9}  {apart:>9}");
        line.trim_end().to_owned() + "\n"
    }
}

/// With so many decimals, or as a power of ten where that would be long.
fn number(value: f64, decimals: usize) -> String {
    match value.abs() < 1e4 {
        true => format!("{value:.decimals$}"),
        false => format!("{value:.2e}"),
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

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    path: &'static str,
    model: &'static str,
    release: &'a str,
    n_pix: u64,
    unit_bytes: Bytes,
    baseline_bytes: Option<Bytes>,
    stages: Vec<StageView<'a>>,
    lifetime_peak: FigureView,
    not_measured: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_predicted: Vec<&'a str>,
    note: &'a str,
}

#[derive(Serialize)]
struct StageView<'a> {
    name: &'a str,
    /// Null where the budget says nothing of it.
    end: Option<FigureView>,
    peak: FigureView,
}

/// Numbers that are not there are null.
#[derive(Serialize)]
struct FigureView {
    predicted_bytes: Bytes,
    measured_bytes: Option<Bytes>,
    above_baseline_bytes: Option<i64>,
    predicted_units: f64,
    measured_units: Option<f64>,
    difference_percent: Option<f64>,
}

impl<'a> Document<'a> {
    fn of(comparison: &'a Comparison) -> Self {
        let view = |figure: Figure| FigureView {
            predicted_bytes: figure.predicted,
            measured_bytes: figure.measured,
            above_baseline_bytes: figure.above_baseline,
            predicted_units: figure.predicted_in(comparison.unit()),
            measured_units: figure.measured_in(comparison.unit()),
            difference_percent: figure.difference_percent(),
        };
        let stages = comparison.stages().iter().map(|stage| StageView {
            name: &stage.name,
            end: stage.end.map(view),
            peak: view(stage.peak),
        });
        let budget = comparison.budget();
        Document {
            schema: SCHEMA,
            path: budget.path().name(),
            model: budget.model().name(),
            release: budget.release(),
            n_pix: comparison.n_pix(),
            unit_bytes: comparison.unit(),
            baseline_bytes: comparison.baseline(),
            stages: stages.collect(),
            lifetime_peak: view(comparison.lifetime_peak()),
            not_measured: comparison.not_measured().collect(),
            not_predicted: comparison.not_predicted().collect(),
            note: budget.note(),
        }
    }
}

//! Markdown for a proposal: the memory of a run in one sentence, and its stages as a table that
//! GitHub and Pandoc read.

use crate::Result;
use crate::budget::bytes::Bytes;
use crate::budget::stages::{Budget, Path};
use crate::run::compare::{Comparison, Figure};
use crate::run::fit::Fit;
use crate::run::request::Request;

/// This library, as the source of the prediction.
const SELF: &str = concat!("qube-budget ", env!("CARGO_PKG_VERSION"));

impl Budget {
    /// The memory of the run in one sentence.
    pub fn summary(&self) -> String {
        format!(
            "{} holds at most {} (stage {}), {}.",
            self.subject(),
            self.lifetime_peak_bytes(),
            self.peak_stage().name(),
            self.prediction()
        )
    }

    /// The summary, and a table of the stages: persistent bytes, peak, share of a limit, and
    /// whether it fits. Errors: `Input`, a limit below 1.
    pub fn markdown(&self, limit_bytes: Option<i64>) -> Result<String> {
        let limit = limit_bytes.map(Bytes::limit).transpose()?;
        let mut head = vec!["stage", "persistent", "transient", "peak"];
        head.extend(limit.map(|_| "of the limit"));
        let rows = self.stages().iter().map(|stage| {
            let sizes = [stage.persistent_bytes(), stage.transient_bytes(), stage.peak_bytes()];
            row(stage.name(), sizes, limit.map(|limit| (stage.peak_bytes(), limit)))
        });
        let text = document(&self.summary(), &table(&head, rows));
        let verdict = limit_bytes.map(|limit| self.check(limit)).transpose()?;
        Ok(text + &verdict.map_or_else(String::new, |check| paragraph(&check.message())))
    }

    /// Subject: `The harmonic path of QUBE`.
    fn subject(&self) -> String {
        match self.path() {
            Path::Eclipse | Path::Pipeline => self.program().to_owned(),
            path => format!("The {} path of {}", path.name(), self.program()),
        }
    }

    /// Source of the numbers.
    fn prediction(&self) -> String {
        let (program, release, model) = (self.program(), self.release(), self.model().name());
        format!("predicted by {SELF} for {program} ({release}, {model} model)")
    }
}

impl Request {
    /// The memory of a node in one sentence.
    pub fn summary(&self) -> String {
        let margin = match self.largest().margin_bytes() {
            Bytes::ZERO => "without a margin".to_owned(),
            _ => format!("margin ({}) included", self.margin_words(self.largest())),
        };
        format!(
            "The run holds at most {} on a node ({}, {} per node, stage {}), {margin}; {}.",
            self.per_node_bytes(),
            counted(self.nodes(), "node"),
            counted(self.ranks_per_node(), "rank"),
            self.largest().name(),
            self.budget().prediction()
        )
    }

    /// The summary, and a table of the stages: peak and margin of a copy, memory of a node, and
    /// share of a limit. Errors: `Input`, a limit below 1.
    pub fn markdown(&self, limit_bytes: Option<i64>) -> Result<String> {
        let limit = limit_bytes.map(Bytes::limit).transpose()?;
        let mut head = vec!["stage", "peak", "margin", "a node"];
        head.extend(limit.map(|_| "of the limit"));
        let rows = self.stages().iter().map(|stage| {
            let sizes = [stage.peak_bytes(), stage.margin_bytes(), stage.per_node_bytes()];
            row(stage.name(), sizes, limit.map(|limit| (stage.per_node_bytes(), limit)))
        });
        Ok(document(&self.summary(), &table(&head, rows)))
    }
}

impl Fit {
    /// The verdict and what to change, and the table of the request.
    pub fn markdown(&self) -> Result<String> {
        let verdict = format!("{} {}", self.message(), self.advice());
        let text = self.request().markdown(Some(self.limit().signed()))?;
        Ok(text + &paragraph(verdict.trim_end()))
    }
}

impl Comparison<'_> {
    /// How far measured and predicted peaks are apart, in one sentence.
    pub fn summary(&self) -> String {
        let lifetime = self.lifetime_peak();
        let budget = self.budget();
        let mut stages = self.stages().iter();
        let largest = stages.find(|stage| stage.peak.predicted == lifetime.predicted);
        let stage = largest.map_or_else(String::new, |stage| format!(" (stage {})", stage.name));
        let (subject, most) = (budget.subject(), lifetime.predicted);
        let predicted = format!("{subject} was predicted to hold at most {most}{stage}");
        match (lifetime.measured, lifetime.difference_percent()) {
            (Some(_), Some(percent)) => format!(
                "{predicted} and held {}, {percent:+.1} %; {}.",
                above(lifetime),
                budget.prediction()
            ),
            _ => format!("{predicted}; its peak was not measured; {}.", budget.prediction()),
        }
    }

    /// The summary, and a table of peaks, predicted and measured.
    pub fn markdown(&self) -> String {
        let head = ["stage", "predicted peak", "measured peak", "more by"];
        let cells = |name: String, figure: Figure| {
            let percent = figure.difference_percent();
            let more = percent.map_or("-".into(), |percent| format!("{percent:+.1} %"));
            vec![name, figure.predicted.to_string(), above(figure), more]
        };
        let stages = self.stages().iter().map(|stage| cells(code(&stage.name), stage.peak));
        let rows = stages.chain([cells("lifetime".into(), self.lifetime_peak())]);
        document(&self.summary(), &table(&head, rows))
    }
}

/// The measurement above the baseline.
fn above(figure: Figure) -> String {
    match figure.above_baseline {
        None => "-".into(),
        Some(bytes) => {
            let sign = if bytes < 0 { "-" } else { "" };
            // At most 2^63 - 1 either way: the difference of two sizes.
            format!("{sign}{}", Bytes::constant(bytes.unsigned_abs()))
        }
    }
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn row(name: &str, sizes: [Bytes; 3], limited: Option<(Bytes, Bytes)>) -> Vec<String> {
    let of_limit = limited.map(|(bytes, limit)| {
        let tenths = u128::from(bytes.get()) * 1000 / u128::from(limit.get().max(1));
        format!("{}.{} %", tenths / 10, tenths % 10)
    });
    let sizes = sizes.iter().map(Bytes::to_string);
    [code(name)].into_iter().chain(sizes).chain(of_limit).collect()
}

fn document(sentence: &str, table: &str) -> String {
    format!("{}\n\n{table}", escaped(sentence))
}

/// After a table.
fn paragraph(text: &str) -> String {
    format!("\n{}\n", escaped(text))
}

/// A table whose first column has names, and all others numbers.
fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut text = line(&head.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
    text += &format!("|:---|{}\n", "---:|".repeat(head.len() - 1));
    rows.for_each(|row| text += &line(&row));
    text
}

/// A name as it is, whatever characters it has: a code span, its fence longer than any in the name.
fn code(name: &str) -> String {
    let longest = name.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if longest > 0 { " " } else { "" };
    // A bar ends a cell even in code, and the end of a line ends the table.
    let name = name.replace('|', "\\|").replace(char::is_control, " ");
    format!("{fence}{pad}{name}{pad}{fence}")
}

/// A sentence in which no character means markup.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '<' | '[' | ']' | '|') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_what_they_are() {
        assert_eq!(code("basis_setup"), "`basis_setup`");
        assert_eq!(code("a|b\nc"), "`a\\|b c`");
        assert_eq!(code("a`b``c"), "``` a`b``c ```");
        assert_eq!(escaped("stage basis_setup"), "stage basis\\_setup");
    }
}

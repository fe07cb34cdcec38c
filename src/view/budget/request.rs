//! A request as text, at most 100 columns.

use super::text::paragraph;
use crate::budget::bytes::Bytes;
use crate::budget::calibration::{Calibration, percent};
use crate::budget::stages::Path;
use crate::run::job::Holding;
use crate::run::request::{Request, StageRequest};

impl Request {
    /// Every stage with its margin and where that is from, what a rank and a node need, and the lines
    /// for a job script. Ends with a newline.
    pub fn table(&self) -> String {
        let mut text = self.title("memory request");
        text += &self.budget().input_lines();
        text += &self.job_line();
        text += "\n";
        text += &self.stage_table();
        text += "\n";
        let largest = self.largest();
        for (what, bytes) in [
            (format!("peak of a {} in '{}'", self.unit(), largest.name()), largest.peak_bytes()),
            (self.input_words(), self.input_bytes()),
            (self.baseline_words(), self.baseline_bytes()),
            ("other resident memory of a rank".into(), self.other_resident_bytes()),
            ("resident size of a process".into(), self.resident_bytes()),
            (format!("margin ({})", self.margin_words(largest)), largest.margin_bytes()),
            ("shared by the ranks of a node".into(), self.shared_per_node_bytes()),
            ("own memory of each rank".into(), self.own_per_rank_bytes()),
            ("a node".into(), self.per_node_bytes()),
            ("all nodes".into(), self.total_bytes()),
        ] {
            if what.starts_with("other") && bytes == Bytes::ZERO {
                continue;
            }
            text += &format!("{what:42}  {bytes:>13}  {:>19} bytes\n", bytes.get());
        }
        text += "\n";
        text += &self.note_lines();
        text += "\n";
        text += &paragraph(&self.summary());
        text + "\n" + &self.job_lines().text()
    }

    /// Title: `what`, with the code, its path and release.
    pub(crate) fn title(&self, what: &str) -> String {
        paragraph(&format!("{}, as in {}", self.heading(what), self.budget().release()))
    }

    /// The same without the release.
    pub(crate) fn heading(&self, what: &str) -> String {
        self.budget().heading_of(what)
    }

    /// How the run is put on the machine.
    pub(crate) fn job_line(&self) -> String {
        let (nodes, ranks_per_node) = (self.nodes(), self.ranks_per_node());
        let cpus_per_rank = self.cpus_per_rank;
        format!(
            "job: nodes {nodes}, ranks_per_node {ranks_per_node}, cpus_per_rank {cpus_per_rank}, \
             {}{}\n",
            self.holding().words(),
            if self.budget().shares_some() { ", some shared on a node" } else { "" }
        )
    }

    /// A job script with comments: purpose, notes on cores and, where it does not fit, the reason.
    /// Ends with a newline.
    pub fn script(&self, does_not_fit: Option<&str>) -> String {
        let mut comments = vec![self.summary()];
        comments.extend(self.job_lines().notes());
        comments.extend(does_not_fit.map(str::to_owned));
        self.job_lines().script(&comments)
    }

    /// The notes, wrapped.
    pub(crate) fn note_lines(&self) -> String {
        self.notes().iter().map(|note| paragraph(note)).collect()
    }

    /// Composition of a node's memory in the largest stage.
    pub(crate) fn composition(&self) -> String {
        let largest = self.largest();
        let [peak, margin, inputs] =
            [largest.peak_bytes(), largest.margin_bytes(), self.input_bytes()]
                .map(|bytes| bytes.to_string());
        let copy = format!("{peak} peak + {margin} margin + {inputs} input");
        let own = |baseline: Bytes, resident: Bytes| match resident {
            Bytes::ZERO => format!("{} baseline", baseline),
            _ => format!("{} baseline + {} other", baseline, resident),
        };
        let of_rank = own(self.baseline_bytes(), self.other_resident_bytes());
        let (ranks, node) = (self.ranks_per_node(), self.per_node_bytes());
        match self.holding() {
            Holding::NodeShared if self.other_resident_bytes() > Bytes::ZERO => {
                format!("{copy} + {ranks} x ({of_rank}) = {node}")
            }
            Holding::NodeShared => format!("{copy} + {ranks} x {of_rank} = {node}"),
            Holding::Replicated => {
                format!("{ranks} x ({copy} + {of_rank}) = {node}")
            }
            Holding::BlockCyclic => {
                let of = largest.node();
                let [arrays, margin, inputs] =
                    [of.arrays, of.margin, of.inputs].map(|bytes| bytes.to_string());
                let mut text = format!("{ranks} ranks, {arrays} arrays + {margin} margin");
                if self.input_bytes() > Bytes::ZERO {
                    text += &format!(" + {inputs} input");
                }
                text + &format!(" + {} = {node}", own(of.baseline, of.resident))
            }
        }
    }

    fn stage_table(&self) -> String {
        let line = |[name, peak, margin, node, from]: [&str; 5]| {
            let line = format!("{name:16}  {peak:>13}  {margin:>13}  {node:>13}  {from}");
            line.trim_end().to_owned() + "\n"
        };
        let mut text = line(["stage", "peak", "margin", "a node", "margin from"]);
        for stage in self.stages() {
            let [peak, margin, node] =
                [stage.peak_bytes(), stage.margin_bytes(), stage.node().total]
                    .map(|bytes| bytes.to_string());
            text += &line([stage.name(), &peak, &margin, &node, &self.margin_words(stage)]);
        }
        text
    }

    fn unit(&self) -> &'static str {
        if self.grid().is_some() { "rank" } else { "copy" }
    }

    fn input_words(&self) -> String {
        match self.budget().path() {
            Path::Eclipse => "resident input (the budget has all)".into(),
            Path::Pipeline => "resident input".into(),
            _ => "resident input (input covariance)".into(),
        }
    }

    fn baseline_words(&self) -> String {
        match self.budget().path() {
            Path::Eclipse => "baseline of a process (MPI, libraries)".into(),
            Path::Pipeline => "baseline of a process".into(),
            _ => "baseline of a process (Python)".into(),
        }
    }

    /// Source of the margin of a stage, in a few words.
    pub fn margin_words(&self, stage: &StageRequest) -> String {
        match self.asked_margin {
            Some(hundredths) => format!("{}, as asked", percent(hundredths)),
            None => stage.calibration().words(),
        }
    }

    /// Notes on the numbers, in sentences.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = vec![match (self.holding(), self.budget().shares_some()) {
            (Holding::Replicated, true) => {
                "Every rank holds its own matrices, and a node one copy of those that its ranks \
                 share; more nodes do not reduce that."
                    .to_owned()
            }
            _ => self.holding().sentence().to_owned(),
        }];
        if let Some(grid) = self.grid() {
            let (rows, columns, block) = (grid.rows(), grid.columns(), grid.block());
            notes.push(format!("Grid of {rows} x {columns} ranks, blocks of {block}."));
        }
        for local in self.too_large() {
            notes.push(format!(
                "'{}' has {} elements on a rank, more than 2^31 - 1: ScaLAPACK with 32-bit integers \
                 cannot number them.",
                local.term, local.elements
            ));
        }
        let largest = self.largest();
        match (self.asked_margin, largest.calibration()) {
            (None, Calibration::Never) => notes.push(format!(
                "Stage '{}' is not calibrated, so the request has no margin for it.",
                largest.name()
            )),
            (None, Calibration::TooSmall { .. }) => notes.push(format!(
                "Stage '{}' has few pixels: what a run frees before it may stay with the process.",
                largest.name()
            )),
            _ => {}
        }
        notes.extend(self.budget().remarks().iter().map(|remark| format!("Note: {remark}.")));
        notes.extend(self.job_lines().notes());
        notes
    }
}

//! A budget: the stages of a run, their sums, and the inputs behind them. The lifetime peak is the
//! largest peak of the stages.

use super::bytes::Bytes;
use super::events::Event;
use super::input::{Input, InputValue};
use super::model::Model;
use super::name::Name;
use super::stage::Stage;
use super::term::{Holder, Layout, Term};
use crate::{Error, Result};

/// A measured stage of a pipeline, in bytes, beside what the model says. Both are 1 or more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    pub stage: String,
    pub model: u64,
    pub measured: u64,
    pub source: String,
}

/// The code, and the path through it, that a budget describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Path {
    /// QUBE's harmonic path.
    Harmonic,
    /// QUBE's pixel-direct path.
    PixelDirect,
    /// ECLIPSE.
    Eclipse,
    /// QUBE's traditional path.
    Traditional,
    /// A pipeline that the host describes.
    Pipeline,
}

impl Path {
    pub fn name(self) -> &'static str {
        match self {
            Path::Harmonic => "harmonic",
            Path::PixelDirect => "pixel-direct",
            Path::Eclipse => "eclipse",
            Path::Traditional => "traditional",
            Path::Pipeline => "pipeline",
        }
    }
}

/// The stages of a run, in order, and the inputs they were computed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Budget {
    path: Path,
    program: Name,
    model: Model,
    release: Name,
    inputs: Vec<Input>,
    stages: Vec<Stage>,
    trace: Vec<Event>,
    published: Vec<Stage>,
    printed: Vec<Stage>,
    note: Name,
    remarks: Vec<String>,
    input: Bytes,
    baseline: Bytes,
    points: Vec<Point>,
    peak_stage: usize,
    lifetime_peak: Bytes,
}

impl Budget {
    pub(crate) fn new(
        path: Path,
        release: impl Into<Name>,
        inputs: Vec<Input>,
        stages: Vec<Stage>,
    ) -> Budget {
        let mut peak_stage = 0;
        let mut lifetime_peak = Bytes::ZERO;
        for (number, stage) in stages.iter().enumerate() {
            // Strictly larger: of stages with equal peaks the first one counts.
            if stage.peak_bytes() > lifetime_peak {
                (peak_stage, lifetime_peak) = (number, stage.peak_bytes());
            }
        }
        Budget {
            path,
            program: if path == Path::Eclipse { "ECLIPSE" } else { "QUBE" }.into(),
            model: Model::Held,
            release: release.into(),
            inputs,
            stages,
            trace: Vec::new(),
            published: Vec::new(),
            printed: Vec::new(),
            note: "".into(),
            remarks: Vec::new(),
            input: Bytes::ZERO,
            baseline: Bytes::ZERO,
            points: Vec::new(),
            peak_stage,
            lifetime_peak,
        }
    }

    /// Adds the trace of allocations.
    pub(crate) fn with_trace(self, trace: Vec<Event>) -> Budget {
        Budget { trace, ..self }
    }

    /// Adds the stages that the program's authors publish.
    pub(crate) fn with_published(self, published: Vec<Stage>) -> Budget {
        Budget { published, ..self }
    }

    /// Adds the stages that the program prints.
    pub(crate) fn with_printed(self, printed: Vec<Stage>) -> Budget {
        Budget { printed, ..self }
    }

    /// Adds the bytes that a process of a pipeline holds beside its arrays: its input, and its
    /// baseline before it has any array.
    pub(crate) fn with_process(self, input: Bytes, baseline: Bytes) -> Budget {
        Budget { input, baseline, ..self }
    }

    /// Adds measured stages of a pipeline.
    pub(crate) fn with_points(self, points: Vec<Point>) -> Budget {
        Budget { points, ..self }
    }

    /// Sets the model of its numbers.
    pub(crate) fn with_model(self, model: Model) -> Budget {
        Budget { model, ..self }
    }

    /// Sets the name of a program that is not built in.
    pub(crate) fn with_program(self, program: impl Into<Name>) -> Budget {
        Budget { program: program.into(), ..self }
    }

    /// Adds a note on how far the numbers were compared with runs.
    pub(crate) fn with_note(self, note: impl Into<Name>) -> Budget {
        Budget { note: note.into(), ..self }
    }

    /// Adds remarks on this run's sizes. They follow the note, and requests repeat them.
    pub(crate) fn with_remarks(self, remarks: Vec<String>) -> Budget {
        let all = std::iter::once(self.note.to_string()).chain(remarks.iter().cloned());
        let note = all.filter(|note| !note.is_empty()).collect::<Vec<_>>().join("; ").into();
        Budget { note, remarks, ..self }
    }

    /// Allocations and deallocations in order; empty where the source has none.
    pub fn trace(&self) -> &[Event] {
        &self.trace
    }

    /// Stages with the published sums, where these differ from the budget's own.
    pub fn published(&self) -> &[Stage] {
        &self.published
    }

    /// The largest peak of the published stages, where there are any.
    pub fn published_peak_bytes(&self) -> Option<Bytes> {
        self.published.iter().map(Stage::peak_bytes).max()
    }

    /// Stages as the program's log prints them, where these differ from the budget's own.
    pub fn printed(&self) -> &[Stage] {
        &self.printed
    }

    /// How far the numbers were compared with runs.
    pub fn note(&self) -> &str {
        &self.note
    }

    /// Remarks on this run's sizes: the last parts of the note.
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    pub fn path(&self) -> Path {
        self.path
    }

    /// The program: QUBE, ECLIPSE, or the name of the host's pipeline.
    pub fn program(&self) -> &str {
        &self.program
    }

    pub fn model(&self) -> Model {
        self.model
    }

    /// The release of the code whose formulas the budget follows.
    pub fn release(&self) -> &str {
        &self.release
    }

    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// The input of this name, if it is a count.
    pub(crate) fn count(&self, name: &str) -> Option<u64> {
        let input = self.inputs.iter().find(|input| input.name == name)?;
        if let InputValue::Count(count) = input.value { Some(count) } else { None }
    }

    /// Input that a process of a pipeline holds in all stages.
    pub(crate) fn input_bytes(&self) -> Bytes {
        self.input
    }

    /// Bytes of a process of a pipeline before it has any array.
    pub(crate) fn baseline_bytes(&self) -> Bytes {
        self.baseline
    }

    /// Measured stages of a pipeline.
    pub(crate) fn points(&self) -> &[Point] {
        &self.points
    }

    /// All terms of all stages.
    fn terms(&self) -> impl Iterator<Item = &Term> {
        self.stages.iter().flat_map(|stage| stage.terms().chain(stage.post_peak()))
    }

    /// Whether a rank's share depends on its place in a grid.
    pub(crate) fn is_on_grid(&self) -> bool {
        self.terms().any(|term| {
            !matches!(term.layout(), Layout::Whole | Layout::NodeShared)
                || term.holder() != Holder::EveryRank
        })
    }

    /// Whether some terms are shared by the ranks of a node, others not.
    pub(crate) fn shares_some(&self) -> bool {
        let is_shared = |term: &Term| *term.layout() == Layout::NodeShared;
        self.terms().any(is_shared) && !self.is_node_shared()
    }

    /// Whether all terms are shared by the ranks of a node.
    pub(crate) fn is_node_shared(&self) -> bool {
        self.terms().all(|term| *term.layout() == Layout::NodeShared)
            && self.terms().next().is_some()
    }

    /// Whether the input of this name is a switch, and on.
    pub(crate) fn is_on(&self, name: &str) -> bool {
        let on = InputValue::Switch(true);
        self.inputs.iter().any(|input| input.name == name && input.value == on)
    }

    pub fn stages(&self) -> &[Stage] {
        &self.stages
    }

    /// The largest peak of all stages.
    pub fn lifetime_peak_bytes(&self) -> Bytes {
        self.lifetime_peak
    }

    /// The stage with the largest peak; the first one where several have it.
    pub fn peak_stage(&self) -> &Stage {
        &self.stages[self.peak_stage]
    }

    /// The number of `peak_stage`, counted from 0.
    pub fn peak_stage_position(&self) -> usize {
        self.peak_stage
    }

    pub fn stage(&self, name: &str) -> Result<&Stage> {
        Ok(&self.stages[self.position(name)?])
    }

    /// The number of the stage of this name, counted from 0.
    pub fn position(&self, name: &str) -> Result<usize> {
        self.stages.iter().position(|stage| stage.name == name).ok_or_else(|| Error::UnknownStage {
            name: name.to_owned(),
            known: self.stages.iter().map(|stage| stage.name.to_string()).collect(),
        })
    }
}

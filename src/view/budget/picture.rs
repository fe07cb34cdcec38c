//! Contents of a drawing of stages: arrays of a budget, or all memory of a node of a request.

use crate::Result;
use crate::budget::bytes::Bytes;
use crate::budget::stage::Stage;
use crate::budget::stages::Budget;
use crate::budget::term::Term;
use crate::run::request::{Request, StageRequest};

/// Stages side by side.
pub(super) struct Picture<'a> {
    pub title: String,
    /// Label of the largest bar.
    pub peak_words: &'static str,
    pub release: &'a str,
    pub list_title: &'static str,
    pub note: String,
    pub bars: Vec<Bar<'a>>,
    /// The number of the highest bar.
    pub peak_at: usize,
    pub limit: Option<Bytes>,
}

/// A stage.
pub(super) struct Bar<'a> {
    pub name: &'a str,
    /// From the ground up.
    pub segments: Vec<Segment<'a>>,
    /// The sum of the segments.
    pub peak: Bytes,
    /// Bytes held from this stage to the next; 0 where that is not drawn.
    pub end: Bytes,
}

/// An array, or other memory.
pub(super) struct Segment<'a> {
    pub name: &'a str,
    pub bytes: Bytes,
    /// Whether it outlives the peak of its stage.
    pub is_persistent: bool,
}

impl Budget {
    /// The stages as stacked bars, with a limit in bytes, 1 or more, if there is one: a document of its
    /// own (SVG 1.1, UTF-8). Sizes are in GiB (2^30 bytes), in MiB and smaller units below that.
    /// Errors: `Input`, a limit below 1.
    pub fn svg(&self, limit_bytes: Option<i64>) -> Result<String> {
        let picture = Picture {
            title: self.heading(),
            peak_words: "lifetime peak",
            release: self.release(),
            list_title: "arrays",
            note: self.note().to_owned(),
            bars: self.stages().iter().map(Bar::of_stage).collect(),
            peak_at: self.peak_stage_position(),
            limit: limit_bytes.map(Bytes::limit).transpose()?,
        };
        Ok(picture.svg())
    }
}

impl Request {
    /// The memory of a node, stage by stage: processes, inputs, arrays and margin of all its ranks;
    /// with the memory of a node in bytes, 1 or more, if known. A document as [`Budget::svg`] gives
    /// it. Errors: `Input`, a limit below 1.
    pub fn svg(&self, limit_bytes: Option<i64>) -> Result<String> {
        let bars = self.stages().iter().map(Bar::of_node);
        let picture = Picture {
            title: self.heading("memory of a node"),
            peak_words: "a node holds",
            release: self.budget().release(),
            list_title: "on a node, at most",
            note: self.notes().join(" "),
            bars: bars.collect(),
            peak_at: self.largest_position(),
            limit: limit_bytes.map(Bytes::limit).transpose()?,
        };
        Ok(picture.svg())
    }
}

impl<'a> Picture<'a> {
    pub fn peak_bar(&self) -> &Bar<'a> {
        &self.bars[self.peak_at]
    }

    /// The highest there is.
    pub fn peak(&self) -> Bytes {
        self.peak_bar().peak
    }
}

impl<'a> Bar<'a> {
    fn of_stage(stage: &'a Stage) -> Bar<'a> {
        let segment = |(number, term): (usize, &'a Term)| Segment {
            name: term.name(),
            bytes: term.bytes(),
            is_persistent: number < stage.persistent().len(),
        };
        Bar {
            name: stage.name(),
            segments: stage.terms().enumerate().map(segment).collect(),
            peak: stage.peak_bytes(),
            end: stage.end_bytes(),
        }
    }

    fn of_node(stage: &'a StageRequest) -> Bar<'a> {
        let segment = |(name, bytes, is_persistent)| Segment { name, bytes, is_persistent };
        let segments = stage.node_parts().into_iter().map(segment).collect();
        let peak = stage.per_node_bytes();
        Bar { name: stage.name(), segments, peak, end: Bytes::ZERO }
    }
}

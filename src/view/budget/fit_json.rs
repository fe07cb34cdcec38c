//! A verdict as a JSON document, schema `qube-fit/2`, with the answer to an inverse question.

use serde::Serialize;

use super::request_json as request;
use crate::budget::bytes::Bytes;
use crate::run::fit::Fit;
use crate::run::largest::{Largest, Tried};
use crate::run::paths::Paths;
use crate::run::sizes::Size;

const SCHEMA: &str = "qube-fit/2";

impl Fit {
    /// The document, without a newline; with the answer on a size, if given.
    pub fn json(&self, largest: Option<(Size, &Largest)>) -> String {
        // Numbers, texts and names only: nothing that JSON could refuse.
        serde_json::to_string(&Document::of(self, largest)).unwrap_or_default()
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    limit_bytes: Bytes,
    fits: bool,
    spare_bytes: i64,
    over: Option<OverView<'a>>,
    message: String,
    changes: Vec<ChangeView<'a>>,
    /// The number of the first change that fits.
    cheapest_change: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paths: Option<PathsView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    no_paths: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    largest: Option<LargestView>,
    request: request::Document<'a>,
}

#[derive(Serialize)]
struct OverView<'a> {
    stage: &'a str,
    over_bytes: Bytes,
    term: &'a str,
    term_bytes: Bytes,
}

#[derive(Serialize)]
struct ChangeView<'a> {
    change: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<u64>,
    words: String,
    per_node_bytes: Option<Bytes>,
    fits: bool,
}

#[derive(Serialize)]
struct PathsView {
    by_time: &'static str,
    sides: [SideView; 2],
}

#[derive(Serialize)]
struct SideView {
    path: &'static str,
    lifetime_peak_bytes: Option<Bytes>,
    per_node_bytes: Option<Bytes>,
    fits: bool,
}

#[derive(Serialize)]
struct TriedView {
    value: u64,
    per_node_bytes: Option<Bytes>,
}

#[derive(Serialize)]
struct LargestView {
    size: String,
    /// "value", "none" or "any".
    kind: &'static str,
    /// The last value that fits; null where none does, and where all do.
    value: Option<u64>,
    /// Memory of a node with it; with any value, where every value fits. Null where none fits.
    per_node_bytes: Option<Bytes>,
    /// The next value, which does not fit: where none does, the least.
    next: Option<TriedView>,
    message: String,
}

impl<'a> Document<'a> {
    fn of(fit: &'a Fit, largest: Option<(Size, &Largest)>) -> Self {
        let over = fit.over().map(|over| OverView {
            stage: fit.request().stages()[over.stage_position].name(),
            over_bytes: over.over,
            term: &over.term,
            term_bytes: over.term_bytes,
        });
        let changes = fit.changes().iter().map(|change| ChangeView {
            change: change.measure.name(),
            value: change.measure.value(),
            words: change.measure.words(),
            per_node_bytes: change.per_node,
            fits: change.fits,
        });
        Document {
            schema: SCHEMA,
            limit_bytes: fit.limit(),
            fits: fit.fits(),
            spare_bytes: fit.spare(),
            over,
            message: fit.message(),
            changes: changes.collect(),
            cheapest_change: fit.changes().iter().position(|change| change.fits),
            paths: fit.paths().map(|paths| PathsView::of(paths, fit.limit())),
            no_paths: fit.no_paths(),
            largest: largest.map(|(size, found)| LargestView::of(size, found, fit.limit())),
            request: request::Document::of(fit.request()),
        }
    }
}

impl PathsView {
    fn of(paths: &Paths, limit: Bytes) -> PathsView {
        PathsView {
            by_time: paths.by_time.name(),
            sides: paths.sides.map(|side| SideView {
                path: side.path.name(),
                lifetime_peak_bytes: side.lifetime_peak,
                per_node_bytes: side.per_node,
                fits: side.fits(limit),
            }),
        }
    }
}

impl LargestView {
    fn of(size: Size, found: &Largest, limit: Bytes) -> LargestView {
        let view = |tried: &Tried| TriedView { value: tried.value, per_node_bytes: tried.per_node };
        let (kind, value, per_node_bytes, next) = match found {
            Largest::Value { fits, next } => {
                ("value", Some(fits.value), fits.per_node, next.as_ref().map(view))
            }
            Largest::None { least } => ("none", None, None, Some(view(least))),
            Largest::Any { per_node } => ("any", None, Some(*per_node), None),
        };
        let message = found.message(&size, limit);
        let size = size.name().to_owned();
        LargestView { size, kind, value, per_node_bytes, next, message }
    }
}

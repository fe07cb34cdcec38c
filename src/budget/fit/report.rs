//! The verdict as text for people, at most 100 columns, and as a JSON document, schema `qube-fit/2`;
//! with the answer to an inverse question, if one was asked.

use std::borrow::Borrow;

use serde::Serialize;

use super::Fit;
use crate::budget::bytes::Bytes;
use crate::budget::check::largest_terms;
use crate::budget::inverse::{Largest, Size, Tried};
use crate::budget::paths::Paths;
use crate::budget::request::report as request;
use crate::budget::table::paragraph;

const SCHEMA: &str = "qube-fit/2";

impl Fit {
    /// The verdict for people, in lines of at most 100 columns. Ends with a newline.
    pub fn text(&self) -> String {
        paragraph(&self.message())
    }

    /// The verdict in one paragraph, on one line.
    pub fn message(&self) -> String {
        let largest = self.request.largest();
        let (limit, held) = (self.limit, self.request.per_node_bytes());
        let Some(over) = &self.over else {
            return format!(
                "Fits: a node holds {held} at most, in stage '{}'; the limit of {limit} leaves {:#} \
                 spare.",
                largest.name(),
                held.left_of(limit)
            );
        };
        let first = &self.request.stages()[over.stage_position];
        let mut text = format!(
            "Does not fit: a node holds {held} in stage '{}', which exceeds the limit of {limit} by \
             {:#}. {}",
            largest.name(),
            limit.left_of(held),
            largest_terms(largest.node_parts().into_iter().map(|(name, bytes, _)| (name, bytes))),
        );
        text += &format!(" Stage '{}' is the first over", first.name());
        if over.stage_position != self.request.largest_position() {
            text += &format!(", by {:#}", over.over);
        }
        let kind = match first.parts().iter().find(|part| part.name == over.term) {
            Some(part) if part.is_persistent => "persistent array ",
            Some(_) => "transient array ",
            None => "",
        };
        text + &format!(
            ": adding the {kind}'{}' ({}) exceeds the limit.",
            over.term, over.term_bytes
        )
    }

    /// What to change, in one sentence; empty where it fits.
    pub fn advice(&self) -> String {
        match (self.fits(), self.cheapest()) {
            (true, _) => String::new(),
            (false, Some(change)) => {
                format!("Cheapest single change with which it fits: {}.", change.measure.words())
            }
            (false, None) => "No single change makes it fit.".into(),
        }
    }

    /// What a node holds, the verdict, the changes and both paths. Ends with a newline.
    pub fn table(&self) -> String {
        let mut text = self.heading();
        text += &self.text();
        if !self.fits() && self.changes.is_empty() {
            text += &paragraph(&self.advice());
        } else if !self.fits() {
            text += "\n";
            let words = self.changes.iter().map(|change| change.measure.words());
            let width = words.map(|words| words.chars().count()).max().unwrap_or(0);
            let line = |what: &str, held: &str, verdict: &str| line(width, [what, held, verdict]);
            text += &line("single changes, the cheapest first", "a node", "");
            for change in &self.changes {
                text += &line(&change.measure.words(), &held(change.per_node), fits(change.fits));
            }
            text += &paragraph(&self.advice());
        }
        if let Some(paths) = &self.paths {
            text += "\n";
            text += &self.path_table(paths);
        }
        if let Some(why) = &self.no_paths {
            text += "\n";
            text += &paragraph(&format!("The other path is not compared: {why}."));
        }
        text
    }

    /// The answer to an inverse question, and the verdict on the run as it was given. Ends with a
    /// newline.
    pub fn largest_table(&self, size: Size, found: &Largest) -> String {
        let given = format!("As given: {}", self.message());
        self.heading() + &paragraph(&found.message(&size, self.limit)) + &paragraph(&given)
    }

    fn heading(&self) -> String {
        let request = &self.request;
        let composition =
            format!("a node in stage '{}': {}", request.largest().name(), request.composition());
        request.title("memory of a node")
            + &request.budget().input_lines()
            + &request.job_line()
            + "\n"
            + &paragraph(&composition)
            + &request.note_lines()
            + "\n"
    }

    fn path_table(&self, paths: &Paths) -> String {
        let columns = |[path, peak, node, verdict, time]: [&str; 5]| {
            let line = format!("{path:12}  {peak:>18}  {node:>13}  {verdict:12}  {time}");
            line.trim_end().to_owned() + "\n"
        };
        let mut text = columns(["path", "lifetime peak", "a node", "", ""]);
        for side in &paths.sides {
            text += &columns([
                side.path.name(),
                &held(side.lifetime_peak),
                &held(side.per_node),
                fits(side.fits(self.limit)),
                if side.path == paths.by_time { "QUBE's choice, by time" } else { "" },
            ]);
        }
        text
    }

    /// The document, without a newline; with what was found of a size, if one was asked for.
    pub fn json(&self, largest: Option<(Size, &Largest)>) -> String {
        // Numbers, texts and names only: nothing that JSON could refuse.
        serde_json::to_string(&Document::of(self, largest)).unwrap_or_default()
    }
}

impl Largest {
    /// The answer in one sentence.
    pub fn message(&self, size: impl Borrow<Size>, limit: Bytes) -> String {
        let size = size.borrow();
        let largest = size.largest();
        let tried = |tried: &Tried| match tried.per_node {
            Some(bytes) => format!("{}, {bytes:#}", tried.value),
            None if matches!(size, Size::Parameter(_)) => {
                format!("{}, which overflows, or makes a size negative", tried.value)
            }
            None => format!("{}, which overflows", tried.value),
        };
        match self {
            Largest::Value { fits, next } => {
                let next = match (next, size) {
                    (Some(next), _) => format!("; the next, {}, does not fit", tried(next)),
                    (None, Size::Nodes) => String::new(),
                    (None, Size::RanksPerNode) => "; no more are tried".into(),
                    (None, Size::NBins) => "; that is one for each multipole".into(),
                    (None, Size::Lmax) => {
                        "; there are no more: it is lmax_signal, or 4 nside, which maps resolve"
                            .into()
                    }
                    (None, _) => "; that is the largest there is".into(),
                };
                format!("The {largest} for {limit} on a node: {}{next}.", tried(fits))
            }
            Largest::None { least } => {
                format!("No {} fits {limit} on a node, not even {}.", size.words(), tried(least))
            }
            Largest::Any { per_node } => format!(
                "Any {} fits {limit} on a node: there is no bound, as nothing of the {per_node} \
                 that it holds depends on it.",
                size.words()
            ),
        }
    }
}

/// A line of the table of changes, of 100 columns at most unless its words take more.
fn line(width: usize, [what, held, verdict]: [&str; 3]) -> String {
    let width = width.clamp(44, 71);
    format!("{what:width$}  {held:>13}  {verdict}").trim_end().to_owned() + "\n"
}

fn held(bytes: Option<Bytes>) -> String {
    bytes.map_or("overflows".into(), |bytes| bytes.to_string())
}

fn fits(fits: bool) -> &'static str {
    if fits { "fits" } else { "does not fit" }
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
    /// What a node holds with it; where every value fits, with any. Null where none fits.
    per_node_bytes: Option<Bytes>,
    /// The next value, which does not fit: where none does, the least.
    next: Option<TriedView>,
    message: String,
}

impl<'a> Document<'a> {
    fn of(fit: &'a Fit, largest: Option<(Size, &Largest)>) -> Self {
        let over = fit.over.as_ref().map(|over| OverView {
            stage: fit.request.stages()[over.stage_position].name(),
            over_bytes: over.over,
            term: &over.term,
            term_bytes: over.term_bytes,
        });
        let changes = fit.changes.iter().map(|change| ChangeView {
            change: change.measure.name(),
            value: change.measure.value(),
            words: change.measure.words(),
            per_node_bytes: change.per_node,
            fits: change.fits,
        });
        Document {
            schema: SCHEMA,
            limit_bytes: fit.limit,
            fits: fit.fits(),
            spare_bytes: fit.spare(),
            over,
            message: fit.message(),
            changes: changes.collect(),
            cheapest_change: fit.changes.iter().position(|change| change.fits),
            paths: fit.paths.as_ref().map(|paths| PathsView::of(paths, fit.limit)),
            no_paths: fit.no_paths(),
            largest: largest.map(|(size, found)| LargestView::of(size, found, fit.limit)),
            request: request::Document::of(&fit.request),
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

//! Stages as Chrome trace events: a JSON document that Perfetto (ui.perfetto.dev) and chrome://tracing
//! open. Source of the format: Google's "Trace Event Format".
//!
//! A process of the trace is one account of the run: predicted, or measured. It has a slice for each
//! stage ("X"), with the bytes of its terms as arguments, and a counter ("C") of what is held: the peak
//! from where the slice begins, what is held at its end from three quarters of it. A budget knows no
//! times: each stage takes a millisecond, in the order of the run. Linear in the terms.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::Result;
use crate::budget::bytes::Bytes;
use crate::budget::stages::Budget;
use crate::run::compare::{Comparison, Figure};
use crate::run::request::Request;

const SCHEMA: &str = "qube-trace/1";

/// A stage, in microseconds, and how much of it is at its peak.
const STAGE: u64 = 1000;
const AT_PEAK: u64 = 750;

/// One account of a run.
struct Track<'a> {
    name: &'static str,
    /// Empty slots are stages of which nothing is known.
    stages: Vec<Option<Slice<'a>>>,
}

/// A stage in it.
struct Slice<'a> {
    name: &'a str,
    peak: Option<i64>,
    end: Option<i64>,
    terms: Vec<(String, Bytes)>,
}

/// An event; fields in the order of the format's own examples.
#[derive(Serialize)]
struct Event<'a> {
    name: &'a str,
    ph: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ts: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dur: Option<u64>,
    pid: usize,
    tid: usize,
    args: Value,
}

impl Budget {
    /// The stages of the budget, with what each term holds; a counter shows the limit, if there is one.
    pub fn chrome_trace(&self, limit_bytes: Option<i64>) -> Result<String> {
        let limit = limit_bytes.map(Bytes::limit).transpose()?;
        let stages = self.stages().iter().map(|stage| {
            let terms = stage.terms().chain(stage.post_peak());
            Some(Slice {
                name: stage.name(),
                peak: Some(stage.peak_bytes().signed()),
                end: Some(stage.end_bytes().signed()),
                terms: terms.map(|term| (term.name().to_owned(), term.bytes())).collect(),
            })
        });
        Ok(document(self, &[Track { name: "predicted", stages: stages.collect() }], limit))
    }
}

impl Request {
    /// Memory of the fullest node in each stage, margins included, and its parts.
    pub fn chrome_trace(&self, limit_bytes: Option<i64>) -> Result<String> {
        let limit = limit_bytes.map(Bytes::limit).transpose()?;
        let stages = self.stages().iter().map(|stage| {
            let parts = stage.node_parts().into_iter();
            Some(Slice {
                name: stage.name(),
                peak: Some(stage.per_node_bytes().signed()),
                end: None,
                terms: parts.map(|(name, bytes, _)| (name.to_owned(), bytes)).collect(),
            })
        });
        Ok(document(self.budget(), &[Track { name: "a node", stages: stages.collect() }], limit))
    }
}

impl Comparison<'_> {
    /// Predicted and measured, each a track; measured sizes are above the baseline where that is known.
    pub fn chrome_trace(&self) -> String {
        let tracks = [false, true].map(|is_measured| {
            let bytes = |figure: Option<Figure>| match is_measured {
                true => figure.and_then(|figure| figure.above_baseline),
                false => figure.map(|figure| figure.predicted.signed()),
            };
            let stages = self.stages().iter().map(|stage| {
                let (peak, end) = (bytes(Some(stage.peak)), bytes(stage.end));
                let known = peak.or(end).is_some();
                known.then(|| Slice { name: &stage.name, peak, end, terms: Vec::new() })
            });
            let name = if is_measured { "measured" } else { "predicted" };
            Track { name, stages: stages.collect() }
        });
        document(self.budget(), &tracks, None)
    }
}

fn document(budget: &Budget, tracks: &[Track], limit: Option<Bytes>) -> String {
    let mut events = Vec::new();
    for (number, track) in tracks.iter().enumerate() {
        track.events(number + 1, limit, &mut events);
    }
    // Stable: what happens at the same time stays in order. Names come first.
    events.sort_by_key(|event| event.ts);
    // Numbers and texts only: nothing that JSON could refuse.
    serde_json::to_string(&json!({
        "displayTimeUnit": "ms",
        "otherData": {
            "schema": SCHEMA,
            "program": budget.program(),
            "path": budget.path().name(),
            "release": budget.release(),
            "model": budget.model().name(),
            "time": "a stage takes a millisecond: a budget knows their order only",
        },
        "traceEvents": events,
    }))
    .unwrap_or_default()
}

impl<'a> Track<'a> {
    fn events(&'a self, pid: usize, limit: Option<Bytes>, events: &mut Vec<Event<'a>>) {
        let of = |name, ph, ts, args| Event { name, ph, ts, dur: None, pid, tid: 1, args };
        events.push(of("process_name", "M", None, json!({ "name": self.name })));
        events.push(of("thread_name", "M", None, json!({ "name": "stages" })));
        let count = |ts, name, bytes: i64| of(name, "C", Some(ts), json!({ "bytes": bytes }));
        let end_of_all = self.stages.len() as u64 * STAGE;
        if let Some(limit) = limit {
            events.push(count(0, "limit", limit.signed()));
            events.push(count(end_of_all, "limit", limit.signed()));
        }
        for (slot, stage) in self.stages.iter().enumerate() {
            let begin = slot as u64 * STAGE;
            let Some(stage) = stage else { continue };
            let slice = of(stage.name, "X", Some(begin), stage.arguments());
            events.push(Event { dur: Some(STAGE), ..slice });
            events.extend(stage.peak.map(|bytes| count(begin, "held", bytes)));
            events.extend(stage.end.map(|bytes| count(begin + AT_PEAK, "held", bytes)));
        }
        let is_last_known = self.stages.last().is_some_and(Option::is_some);
        events.extend(is_last_known.then(|| count(end_of_all, "held", 0)));
    }
}

impl Slice<'_> {
    fn arguments(&self) -> Value {
        let mut all = Map::new();
        all.extend(self.peak.map(|bytes| ("peak_bytes".to_owned(), bytes.into())));
        all.extend(self.end.map(|bytes| ("end_bytes".to_owned(), bytes.into())));
        let terms = self.terms.iter().map(|(name, bytes)| json!({ "name": name, "bytes": bytes }));
        if !self.terms.is_empty() {
            all.insert("terms".into(), terms.collect());
        }
        Value::Object(all)
    }
}

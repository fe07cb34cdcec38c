//! A request as a JSON document, schema `qube-request/2`.

use serde::Serialize;

use super::grid_json::GridView;
use super::json::Inputs;
use crate::budget::bytes::Bytes;
use crate::run::request::Request;

const SCHEMA: &str = "qube-request/2";

impl Request {
    /// The document, without a newline.
    pub fn json(&self) -> String {
        text(&Document::of(self))
    }

    /// The document with the bytes that a limit of a node leaves, as `check`.
    pub fn json_against(&self, limit: Bytes) -> String {
        let spare_bytes = limit.signed() - self.per_node_bytes().signed(); // both 0 to 2^63 - 1
        let check = Check { limit_bytes: limit, fits: spare_bytes >= 0, spare_bytes };
        text(&Document { check: Some(check), ..Document::of(self) })
    }
}

fn text(document: &Document) -> String {
    // Numbers, texts and names only: nothing that JSON could refuse.
    serde_json::to_string(document).unwrap_or_default()
}

/// The document's value, which may be part of another one.
#[derive(Serialize)]
pub(crate) struct Document<'a> {
    schema: &'static str,
    path: &'static str,
    release: &'a str,
    inputs: Inputs<'a>,
    nodes: u64,
    ranks_per_node: u64,
    cpus_per_rank: u64,
    holding: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    grid: Option<GridView>,
    stages: Vec<StageView<'a>>,
    peak_stage: &'a str,
    input_bytes: Bytes,
    baseline_bytes: Bytes,
    other_resident_bytes: Bytes,
    resident_bytes: Bytes,
    margin_bytes: Bytes,
    calibrated: bool,
    shared_per_node_bytes: Bytes,
    own_per_rank_bytes: Bytes,
    per_node_bytes: Bytes,
    total_bytes: Bytes,
    scheduler: &'static str,
    cores_per_rank: u64,
    job_script: Vec<String>,
    script: String,
    summary: String,
    notes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<Check>,
}

#[derive(Serialize)]
struct Check {
    limit_bytes: Bytes,
    fits: bool,
    spare_bytes: i64,
}

#[derive(Serialize)]
struct StageView<'a> {
    name: &'a str,
    peak_bytes: Bytes,
    margin_bytes: Bytes,
    margin_from: String,
    calibrated: bool,
    per_node_bytes: Bytes,
}

impl<'a> Document<'a> {
    pub(crate) fn of(request: &'a Request) -> Self {
        let stages = request.stages().iter().map(|stage| StageView {
            name: stage.name(),
            peak_bytes: stage.peak_bytes(),
            margin_bytes: stage.margin_bytes(),
            margin_from: request.margin_words(stage),
            calibrated: stage.calibration().is_calibrated(),
            per_node_bytes: stage.node().total,
        });
        Document {
            schema: SCHEMA,
            path: request.budget().path().name(),
            release: request.budget().release(),
            inputs: Inputs(request.budget().inputs()),
            nodes: request.nodes(),
            ranks_per_node: request.ranks_per_node(),
            cpus_per_rank: request.cpus_per_rank,
            holding: request.holding().name(),
            grid: request.grid().map(GridView::from),
            stages: stages.collect(),
            peak_stage: request.largest().name(),
            input_bytes: request.input_bytes(),
            baseline_bytes: request.baseline_bytes(),
            other_resident_bytes: request.other_resident_bytes(),
            resident_bytes: request.resident_bytes(),
            margin_bytes: request.largest().margin_bytes(),
            calibrated: request.largest().calibration().is_calibrated(),
            shared_per_node_bytes: request.shared_per_node_bytes(),
            own_per_rank_bytes: request.own_per_rank_bytes(),
            per_node_bytes: request.per_node_bytes(),
            total_bytes: request.total_bytes(),
            scheduler: request.job_lines().scheduler().name(),
            cores_per_rank: request.job_lines().cores_per_rank(),
            job_script: request.job_lines().alternatives(),
            script: request.script(None),
            summary: request.summary(),
            notes: request.notes(),
            check: None,
        }
    }
}

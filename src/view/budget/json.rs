//! A budget as a JSON document, schema `qube-budget/2`: one line, fields in a fixed order, numbers
//! exact. Fields may be added, none renamed.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::budget::bytes::Bytes;
use crate::budget::events::Event;
use crate::budget::input::{Input, InputValue};
use crate::budget::ranks::{GridAdvice, LocalTooLarge, OneRank, PerRank, RankStage};
use crate::budget::stage::Stage;
use crate::budget::stages::Budget;
use crate::budget::term::Term;
use crate::run::check::Check;

const SCHEMA: &str = "qube-budget/2";

impl Budget {
    /// The document, without a newline.
    pub fn json(&self) -> String {
        text(&Document::of(self))
    }

    /// The document with the shares of the ranks of a grid as `ranks`, and a check against a limit
    /// as `check`, without a newline.
    pub fn json_with(&self, check: Option<&Check>, ranks: Option<&GridAdvice>) -> String {
        let (check, ranks) = (check.map(Verdict::of), ranks.map(Ranks::of));
        text(&Document { check, ranks, ..Document::of(self) })
    }
}

impl Check<'_> {
    /// The budget's document with this comparison in it as `check`, without a newline.
    pub fn json(&self) -> String {
        self.budget().json_with(Some(self), None)
    }
}

fn text(document: &Document) -> String {
    // Numbers, texts and names only: nothing that JSON could refuse.
    serde_json::to_string(document).unwrap_or_default()
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    path: &'static str,
    program: &'a str,
    model: &'static str,
    release: &'a str,
    stages: Vec<StageView<'a>>,
    lifetime_peak_bytes: u64,
    peak_stage: &'a str,
    inputs: Inputs<'a>,
    note: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    events: &'a [Event],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    published: Vec<StageView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    published_peak_bytes: Option<Bytes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ranks: Option<Ranks<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    check: Option<Verdict<'a>>,
}

impl<'a> Document<'a> {
    fn of(budget: &'a Budget) -> Self {
        Document {
            schema: SCHEMA,
            path: budget.path().name(),
            program: budget.program(),
            model: budget.model().name(),
            release: budget.release(),
            stages: budget.stages().iter().map(StageView::of).collect(),
            lifetime_peak_bytes: budget.lifetime_peak_bytes().get(),
            peak_stage: budget.peak_stage().name(),
            inputs: Inputs(budget.inputs()),
            note: budget.note(),
            events: budget.trace(),
            published: budget.published().iter().map(StageView::of).collect(),
            published_peak_bytes: budget.published_peak_bytes(),
            ranks: None,
            check: None,
        }
    }
}

#[derive(Serialize)]
struct StageView<'a> {
    name: &'a str,
    persistent: &'a [Term],
    transient: &'a [Term],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    post_peak: &'a [Term],
    persistent_bytes: u64,
    transient_bytes: u64,
    peak_bytes: u64,
    end_bytes: u64,
}

impl<'a> StageView<'a> {
    fn of(stage: &'a Stage) -> Self {
        StageView {
            name: stage.name(),
            persistent: stage.persistent(),
            transient: stage.transient(),
            post_peak: stage.post_peak(),
            persistent_bytes: stage.persistent_bytes().get(),
            transient_bytes: stage.transient_bytes().get(),
            peak_bytes: stage.peak_bytes().get(),
            end_bytes: stage.end_bytes().get(),
        }
    }
}

/// An object keyed by the inputs' names, in their order.
pub(super) struct Inputs<'a>(pub(super) &'a [Input]);

impl Serialize for Inputs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Value<'a> {
            value: &'a InputValue,
            derived: bool,
            #[serde(skip_serializing_if = "Option::is_none")]
            from: Option<&'a str>,
        }
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for Input { name, value, from } in self.0 {
            let from = from.as_deref();
            map.serialize_entry(name, &Value { value, derived: from.is_some(), from })?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct Ranks<'a> {
    #[serde(flatten)]
    held: Held<'a>,
    stages: &'a [RankStage],
    too_large: &'a [LocalTooLarge],
    /// Of the grids and blocks that are tried for as many ranks.
    best: Held<'a>,
    /// One rank, where it is asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    rank: Option<&'a OneRank>,
}

impl<'a> Ranks<'a> {
    fn of(advice: &'a GridAdvice) -> Self {
        let GridAdvice { asked, best, one } = advice;
        let (stages, too_large) = (&asked.stages, &asked.too_large);
        let rank = one.as_ref();
        Ranks { held: Held::of(asked), stages, too_large, best: Held::of(best), rank }
    }
}

/// A grid, and what its fullest rank holds.
#[derive(Serialize)]
struct Held<'a> {
    nprow: u64,
    npcol: u64,
    block: u64,
    fullest_bytes: u64,
    peak_stage: &'a str,
}

impl<'a> Held<'a> {
    fn of(per_rank: &'a PerRank) -> Self {
        let grid = per_rank.grid;
        Held {
            nprow: grid.rows(),
            npcol: grid.columns(),
            block: grid.block(),
            fullest_bytes: per_rank.fullest().get(),
            peak_stage: &per_rank.stages[per_rank.peak_stage].name,
        }
    }
}

#[derive(Serialize)]
struct Verdict<'a> {
    limit_bytes: u64,
    fits: bool,
    spare_bytes: i64,
    over: Vec<Over<'a>>,
    message: String,
}

#[derive(Serialize)]
struct Over<'a> {
    stage: &'a str,
    over_bytes: u64,
    term: &'a str,
    term_bytes: u64,
}

impl<'a> Verdict<'a> {
    fn of(check: &'a Check) -> Self {
        let over = check.over().iter().map(|over| Over {
            stage: over.stage.name(),
            over_bytes: over.over.get(),
            term: over.term.name(),
            term_bytes: over.term.bytes().get(),
        });
        Verdict {
            limit_bytes: check.limit().get(),
            fits: check.fits(),
            spare_bytes: check.spare(),
            over: over.collect(),
            message: check.message(),
        }
    }
}

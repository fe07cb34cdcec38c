//! A fit as text, at most 100 columns, with the answer to an inverse question.

use std::borrow::Borrow;

use super::text::largest_terms;
use crate::budget::bytes::Bytes;
use crate::run::fit::Fit;
use crate::run::largest::{Largest, Tried};
use crate::run::paths::Paths;
use crate::run::sizes::Size;

use super::text::paragraph;

impl Fit {
    /// The verdict for people, in lines of at most 100 columns. Ends with a newline.
    pub fn text(&self) -> String {
        paragraph(&self.message())
    }

    /// The verdict in one paragraph, on one line.
    pub fn message(&self) -> String {
        let largest = self.request().largest();
        let (limit, held) = (self.limit(), self.request().per_node_bytes());
        let Some(over) = self.over() else {
            return format!(
                "Fits: a node holds {held} at most, in stage '{}'; the limit of {limit} leaves {:#} \
                 spare.",
                largest.name(),
                held.left_of(limit)
            );
        };
        let first = &self.request().stages()[over.stage_position];
        let mut text = format!(
            "Does not fit: a node holds {held} in stage '{}', which exceeds the limit of {limit} by \
             {:#}. {}",
            largest.name(),
            limit.left_of(held),
            largest_terms(largest.node_parts().into_iter().map(|(name, bytes, _)| (name, bytes))),
        );
        text += &format!(" Stage '{}' is the first over", first.name());
        if over.stage_position != self.request().largest_position() {
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

    /// The advice in one sentence; empty where it fits.
    pub fn advice(&self) -> String {
        match (self.fits(), self.cheapest()) {
            (true, _) => String::new(),
            (false, Some(change)) => {
                format!("Cheapest single change with which it fits: {}.", change.measure.words())
            }
            (false, None) => "No single change makes it fit.".into(),
        }
    }

    /// Memory of a node, the verdict, the changes and both paths. Ends with a newline.
    pub fn table(&self) -> String {
        let mut text = self.heading();
        text += &self.text();
        if !self.fits() && self.changes().is_empty() {
            text += &paragraph(&self.advice());
        } else if !self.fits() {
            text += "\n";
            let words = self.changes().iter().map(|change| change.measure.words());
            let width = words.map(|words| words.chars().count()).max().unwrap_or(0);
            let line = |what: &str, held: &str, verdict: &str| line(width, [what, held, verdict]);
            text += &line("single changes, the cheapest first", "a node", "");
            for change in self.changes() {
                text += &line(&change.measure.words(), &held(change.per_node), fits(change.fits));
            }
            text += &paragraph(&self.advice());
        }
        if let Some(paths) = self.paths() {
            text += "\n";
            text += &self.path_table(paths);
        }
        if let Some(why) = self.no_paths() {
            text += "\n";
            text += &paragraph(&format!("The other path is not compared: {why}."));
        }
        text
    }

    /// The answer to an inverse question, and the verdict on the run as it was given. Ends with a
    /// newline.
    pub fn largest_table(&self, size: Size, found: &Largest) -> String {
        let given = format!("As given: {}", self.message());
        self.heading() + &paragraph(&found.message(&size, self.limit())) + &paragraph(&given)
    }

    fn heading(&self) -> String {
        let request = self.request();
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
                fits(side.fits(self.limit())),
                if side.path == paths.by_time { "QUBE's choice, by time" } else { "" },
            ]);
        }
        text
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
                "Any {} fits {limit} on a node: there is no bound, as the {per_node} of a node do not \
                 depend on it.",
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

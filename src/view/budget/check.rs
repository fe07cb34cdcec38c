//! A check as text.

use super::text::{largest_terms, paragraph};
use crate::run::check::Check;

impl Check<'_> {
    /// The verdict for people, in lines of at most 100 columns. Ends with a newline.
    pub fn text(&self) -> String {
        paragraph(&self.message())
    }

    /// The verdict in one paragraph, on one line.
    pub fn message(&self) -> String {
        let (limit, peak) = (self.limit(), self.budget().lifetime_peak_bytes());
        let largest = self.budget().peak_stage().name();
        let Some(first) = self.over().first() else {
            return format!(
                "Fits: the lifetime peak is {peak}, in stage '{largest}'; the limit of {limit} \
                 leaves {:#} spare.",
                peak.left_of(limit)
            );
        };
        let terms = self.budget().peak_stage().terms();
        let mut text = format!(
            "Does not fit: the lifetime peak of {peak} in stage '{largest}' exceeds the limit of \
             {limit} by {:#}. {}",
            limit.left_of(peak),
            largest_terms(terms.map(|term| (term.name(), term.bytes()))),
        );
        text += &format!(" Stage '{}' is the first over", first.stage.name());
        if first.stage_position != self.budget().peak_stage_position() {
            text += &format!(", by {:#}", first.over);
        }
        text + &format!(
            ": adding the {} array '{}' ({}) exceeds the limit.",
            if first.term_is_persistent() { "persistent" } else { "transient" },
            first.term.name(),
            first.term.bytes(),
        )
    }
}

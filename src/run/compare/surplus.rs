//! Explanations of a difference: whole numbers of the pipeline's arrays.

use super::{Comparison, Figure, Unit};
use crate::budget::bytes::Bytes;
use crate::quiet::ratio;

/// Below this a difference says nothing: allocators and stacks.
const LEAST_PERCENT: f64 = 2.0;

/// Arrays of one kind beyond which a whole number is chance.
const MOST_ARRAYS: f64 = 12.0;

/// A figure that differs from its prediction.
#[derive(Debug, Clone, PartialEq)]
pub struct Surplus {
    /// `lifetime` for that of the run.
    pub stage: String,
    pub is_peak: bool,
    /// More than predicted, or less where negative.
    pub bytes: i64,
    /// A possible explanation: "+4.0 m: four arrays of n_modes^2 that the budget does not name".
    pub words: String,
}

impl Comparison<'_> {
    /// The figures that differ from their prediction by 2 % or more, and what each may be.
    pub fn surpluses(&self) -> Vec<Surplus> {
        let lifetime = self.lifetime_peak().predicted;
        let differs = |figure: &Figure| {
            let whole = if figure.predicted > Bytes::ZERO { figure.predicted } else { lifetime };
            let bytes = figure.difference().unwrap_or(0);
            ratio((bytes as f64).abs() * 100.0, whole.get() as f64) >= LEAST_PERCENT
        };
        let figures = self.whole.figures().filter(|(_, _, figure)| differs(figure));
        figures
            .filter_map(|(stage, is_peak, figure)| {
                let bytes = figure.difference()?;
                let words = self.words(stage, bytes);
                Some(Surplus { stage: stage.into(), is_peak, bytes, words })
            })
            .collect()
    }

    fn words(&self, stage: &str, bytes: i64) -> String {
        let whole: Vec<(f64, &Unit)> = self
            .units()
            .iter()
            .filter_map(|unit| Some((whole_number(bytes, unit)?, unit)))
            .collect();
        let in_unit = |unit: &Unit| {
            let value = ratio(bytes as f64, unit.bytes.get() as f64);
            format!("{value:+.1} {}", unit.symbol)
        };
        let Some((count, unit)) = whole.iter().min_by(|(a, _), (b, _)| a.abs().total_cmp(&b.abs()))
        else {
            let all: Vec<String> = self.units().iter().take(3).map(in_unit).collect();
            let what = "no whole number of arrays: buffers, or memory that the allocator keeps";
            return match all.is_empty() {
                true => what.into(),
                false => format!("{}: {what}", all.join(" or ")),
            };
        };
        let others = self.units().iter().filter(|other| other.symbol != unit.symbol).take(3);
        let others: Vec<String> = others.map(in_unit).collect();
        let others = match others.is_empty() {
            true => String::new(),
            false => format!(" ({})", others.join(", ")),
        };
        let is_one = count.abs() < 1.5;
        let arrays = format!(
            "{} {} of {}",
            NUMBERS[(count.abs() as usize - 1).min(NUMBERS.len() - 1)],
            if is_one { "array" } else { "arrays" },
            unit.words
        );
        let mut text = format!("{}{others}: {arrays} that ", in_unit(unit));
        text += match *count > 0.0 {
            true => "the budget does not name",
            false => "the budget names, but the run did not hold then",
        };
        if let Some((name, of)) = self.not_freed(stage, bytes).filter(|_| *count > 0.0) {
            text += &format!("; perhaps '{name}' of {of}, not freed");
        }
        text
    }

    /// A term of that size that an earlier stage has and this one has not.
    fn not_freed(&self, stage: &str, bytes: i64) -> Option<(String, String)> {
        let at = self.budget().position(stage).ok()?;
        let stages = self.budget().stages();
        let is_live = |name: &str| stages[at].terms().any(|term| term.name() == name);
        stages[..at].iter().rev().find_map(|earlier| {
            let term = earlier.terms().find(|term| {
                let apart = ratio(bytes as f64, term.bytes().get() as f64) - 1.0;
                term.bytes() > Bytes::ZERO && apart.abs() <= 0.05 && !is_live(term.name())
            })?;
            Some((term.name().to_owned(), earlier.name().to_owned()))
        })
    }
}

const NUMBERS: [&str; 12] = [
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
];

/// The number of arrays of a unit that a difference is, if it is a whole one.
fn whole_number(bytes: i64, unit: &Unit) -> Option<f64> {
    let count = ratio(bytes as f64, unit.bytes.get() as f64);
    let whole = count.round();
    let slack = (0.02 * whole.abs()).clamp(0.05, 0.15);
    let fits = (1.0..=MOST_ARRAYS).contains(&whole.abs()) && (count - whole).abs() <= slack;
    fits.then_some(whole)
}

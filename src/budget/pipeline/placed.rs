//! An expression with its place in a document, for messages.

use super::document::{Formula, Plain, refused};
use super::expression::{Expression, Kind, Kinds, Refusal, Value, Values, Why};
use crate::{Error, Result};

const MOST: &str = "at most 2^63 - 1";
const MOST_128: &str = "at most 2^127 - 1 on the way";

/// Characters before and after the place in an expression that a message quotes.
const QUOTED: usize = 40;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placed {
    place: String,
    expression: Expression,
}

impl Placed {
    pub fn read(place: String, formula: &Formula) -> Result<Placed> {
        let expression = match formula {
            Formula::Plain(Plain::Number(value)) => Expression::number(*value),
            Formula::Plain(Plain::Truth(value)) => Expression::truth(*value),
            Formula::Text(text) => {
                Expression::parse(text).map_err(|refusal| placed(&place, text, &refusal))?
            }
        };
        Ok(Placed { place, expression })
    }

    pub fn place(&self) -> &str {
        &self.place
    }

    pub fn expression(&self) -> &Expression {
        &self.expression
    }

    fn error(&self, refusal: &Refusal) -> Error {
        placed(&self.place, self.expression.text(), refusal)
    }

    pub fn kind(&self, kinds: &Kinds) -> Result<Kind> {
        self.expression.kind(kinds).map_err(|refusal| self.error(&refusal))
    }

    /// Errors: `Document`, where it is of another kind.
    pub fn must_be(&self, expected: Kind, kinds: &Kinds) -> Result<()> {
        match (self.kind(kinds)?, expected) {
            (Kind::Number, Kind::Truth) => Err(refused(format_args!(
                "{}: '{}' is a number, not a truth value; compare it, such as {} > 0",
                self.place,
                self.expression.text(),
                self.expression.text()
            ))),
            (Kind::Truth, Kind::Number) => Err(refused(format_args!(
                "{}: '{}' is a truth value, not a number; write if(condition, a, b)",
                self.place,
                self.expression.text()
            ))),
            _ => Ok(()),
        }
    }

    pub fn value(&self, values: &Values) -> Result<Value> {
        self.expression.value_in(values).map_err(|refusal| self.error(&refusal))
    }

    /// A size: 0 to 2^63 - 1.
    pub fn size(&self, values: &Values) -> Result<u64> {
        match self.value(values)? {
            Value::Number(number) if number < 0 => Err(Error::Negative {
                place: self.place.clone(),
                formula: self.expression.text().to_owned(),
                value: number.to_string(),
            }),
            Value::Number(number) => match i64::try_from(number) {
                Ok(size) => Ok(size.unsigned_abs()),
                Err(_) => Err(Error::Overflow {
                    what: format!("{} '{}'", self.place, self.expression.text()),
                    value: number.to_string(),
                    allowed: MOST,
                }),
            },
            Value::Truth(_) => Err(refused(format_args!("{} is no number", self.place))),
        }
    }

    pub fn holds(&self, values: &Values) -> Result<bool> {
        match self.value(values)? {
            Value::Truth(truth) => Ok(truth),
            Value::Number(_) => Err(refused(format_args!("{} is no truth value", self.place))),
        }
    }
}

fn placed(place: &str, text: &str, refusal: &Refusal) -> Error {
    let at = Expression::place(text, refusal.at);
    let place = format!("{place}, {at} of '{}'", quoted(text, refusal.at));
    match &refusal.why {
        Why::Wrong(why) => refused(format_args!("{place}: {why}")),
        Why::TooLarge(value) => {
            Error::Overflow { what: place, value: value.clone(), allowed: MOST_128 }
        }
    }
}

/// The text around a byte of it.
fn quoted(text: &str, at: usize) -> String {
    let characters: Vec<(usize, char)> = text.char_indices().collect();
    let here = characters.iter().take_while(|(byte, _)| *byte < at).count();
    let begin = here.saturating_sub(QUOTED);
    let end = (here + QUOTED).min(characters.len());
    let quote: String = characters[begin..end].iter().map(|(_, character)| character).collect();
    let before = if begin > 0 { "..." } else { "" };
    let after = if end < characters.len() { "..." } else { "" };
    format!("{before}{quote}{after}")
}

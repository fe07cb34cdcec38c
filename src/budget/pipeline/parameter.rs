//! Parameters of a pipeline: a size or a switch, its range, and the price of reducing it.

use super::document::{ParameterJson, Plain, refused, worded};
use crate::{Error, Result};

/// A number or a switch that a budget depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    pub name: String,
    /// Description; "" where the document has none.
    pub what: String,
    pub unit: String,
    /// Of a switch, 0 or 1.
    pub default: Option<i64>,
    /// Whether it is true or false, and no number.
    pub is_switch: bool,
    pub range: Range,
    pub reduce: Option<Reducible>,
}

/// A parameter that may be reduced to make a run fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reducible {
    /// Those of a lower order are tried first.
    pub order: u32,
    /// The price, in words.
    pub price: String,
}

/// The values that a parameter may have, in ascending order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Range {
    Choices(Vec<i64>),
    /// Multiples of `step`, both ends among them.
    Multiples {
        first: i64,
        last: i64,
        step: i64,
    },
}

impl Range {
    /// How many there are: 1 or more.
    pub fn count(&self) -> u64 {
        match self {
            Range::Choices(choices) => choices.len() as u64,
            // Neither is negative.
            Range::Multiples { first, last, step } => ((last - first) / step).unsigned_abs() + 1,
        }
    }

    /// The value of this number, from 0; the last one beyond that.
    pub fn at(&self, number: u64) -> i64 {
        let number = number.min(self.count() - 1);
        match self {
            Range::Choices(choices) => choices[number as usize],
            Range::Multiples { first, step, .. } => first + number as i64 * step,
        }
    }

    /// How many values are below this one.
    pub fn below(&self, value: i64) -> u64 {
        match self {
            Range::Choices(choices) => choices.partition_point(|&choice| choice < value) as u64,
            Range::Multiples { first, .. } if value <= *first => 0,
            Range::Multiples { first, step, .. } => {
                (value - first).unsigned_abs().div_ceil(step.unsigned_abs()).min(self.count())
            }
        }
    }

    pub fn contains(&self, value: i64) -> bool {
        let number = self.below(value);
        number < self.count() && self.at(number) == value
    }

    /// The range in words, as it follows "give".
    pub fn words(&self) -> String {
        match self {
            Range::Choices(choices) => {
                let choices: Vec<String> = choices.iter().map(i64::to_string).collect();
                match choices.split_last() {
                    Some((last, rest)) if !rest.is_empty() => {
                        format!("{} or {last}", rest.join(", "))
                    }
                    _ => choices.concat(),
                }
            }
            Range::Multiples { first, last, step } => {
                let multiple =
                    if *step == 1 { String::new() } else { format!(", a multiple of {step}") };
                match *last > i64::MAX - step {
                    true => format!("{first} or more{multiple}"),
                    false => format!("{first} to {last}{multiple}"),
                }
            }
        }
    }
}

impl Parameter {
    /// Errors: `Document`, with the place; the name is checked elsewhere.
    pub(super) fn read(place: &str, json: ParameterJson) -> Result<Parameter> {
        let price = json.reduce.as_ref().map(|reduce| reduce.price.as_str());
        for (field, words) in [
            ("what", json.what.as_deref()),
            ("unit", json.unit.as_deref()),
            ("reduce.price", price),
        ] {
            worded(&format!("{place}.{field}"), words.unwrap_or_default())?;
        }
        let is_switch = matches!(json.default, Some(Plain::Truth(_)));
        let range = range(place, &json, is_switch)?;
        let default = json.default.map(|plain| match plain {
            Plain::Number(number) => number,
            Plain::Truth(truth) => truth.into(),
        });
        if let Some(default) = default.filter(|&default| !range.contains(default)) {
            let words = range.words();
            return Err(refused(format_args!("{place}.default is {default}; give {words}")));
        }
        Ok(Parameter {
            name: json.name,
            what: json.what.unwrap_or_default(),
            unit: json.unit.unwrap_or_default(),
            default,
            is_switch,
            range,
            reduce: json
                .reduce
                .map(|reduce| Reducible { order: reduce.order, price: reduce.price }),
        })
    }

    /// The change in words.
    pub(crate) fn changed_to(&self, value: i64, price: &str) -> String {
        let value = match (self.is_switch, value) {
            (true, 0) => "off".to_owned(),
            (true, _) => "on".to_owned(),
            (false, value) => value.to_string(),
        };
        format!("{} {value}: {price}", self.name)
    }

    /// Errors: `Parameter`, a value outside the range.
    pub(super) fn check(&self, value: i64) -> Result<()> {
        match self.range.contains(value) {
            true => Ok(()),
            false => Err(Error::Parameter {
                name: self.name.clone(),
                reason: format!("is {value}; give {}", self.range.words()),
            }),
        }
    }
}

fn range(place: &str, json: &ParameterJson, is_switch: bool) -> Result<Range> {
    let refuse = |reason: String| Err(refused(format_args!("{place}{reason}")));
    let ParameterJson { min, max, multiple_of, choices, .. } = json;
    if (is_switch || choices.is_some()) && (min.is_some() || max.is_some() || multiple_of.is_some())
    {
        let what = if is_switch { "is true or false" } else { "has choices" };
        return refuse(format!(" {what}; leave min, max and multiple_of out"));
    }
    if is_switch {
        return match choices {
            Some(_) => refuse(" is true or false; leave choices out".into()),
            None => Ok(Range::Choices(vec![0, 1])),
        };
    }
    if let Some(choices) = choices {
        let mut sorted = choices.clone();
        sorted.sort_unstable();
        sorted.dedup();
        return match sorted.first() {
            None => refuse(".choices is empty; give one or more".into()),
            Some(least) if *least < 0 => refuse(format!(".choices has {least}; give 0 or more")),
            Some(_) if sorted.len() < choices.len() => {
                refuse(".choices has a number twice; give it once".into())
            }
            Some(_) => Ok(Range::Choices(sorted)),
        };
    }
    let (min, step) = (min.unwrap_or(0), multiple_of.unwrap_or(1));
    let max = max.unwrap_or(i64::MAX);
    if min < 0 {
        return refuse(format!(".min is {min}; give 0 or more"));
    }
    if step < 1 {
        return refuse(format!(".multiple_of is {step}; give 1 or more"));
    }
    let last = max / step * step;
    match min.checked_add(step - 1).map(|above| above / step * step) {
        Some(first) if first <= last => Ok(Range::Multiples { first, last, step }),
        _ => refuse(format!(" has no value from {min} to {max}; give a larger max")),
    }
}

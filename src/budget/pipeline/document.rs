//! The text of a pipeline document, field by field. What it may mean is checked in [`super::checked`].
//!
//! docs/pipelines.md has every field. A document has at most 1 MiB; a field that is not known is an error.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

use crate::{Error, Result};

pub(super) const SCHEMA: &str = "qube-pipeline/1";

/// Bytes of a document.
const LONGEST: usize = 1 << 20;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub schema: String,
    pub name: String,
    pub source: String,
    #[serde(default)]
    pub parameters: Vec<ParameterJson>,
    #[serde(default)]
    pub derived: Vec<DerivedJson>,
    pub layout: Option<String>,
    pub holder: Option<String>,
    pub input_bytes: Option<Formula>,
    pub baseline_bytes: Option<Formula>,
    pub stages: Vec<StageJson>,
    #[serde(default)]
    pub measured: Vec<MeasuredJson>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ParameterJson {
    pub name: String,
    pub what: Option<String>,
    pub unit: Option<String>,
    pub default: Option<Plain>,
    pub min: Option<i64>,
    pub max: Option<i64>,
    pub multiple_of: Option<i64>,
    pub choices: Option<Vec<i64>>,
    pub reduce: Option<ReduceJson>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReduceJson {
    pub order: u32,
    pub price: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DerivedJson {
    pub name: String,
    pub is: Formula,
    #[serde(rename = "what")]
    _what: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StageJson {
    pub name: String,
    #[serde(rename = "if")]
    pub condition: Option<Formula>,
    pub events: Vec<EventJson>,
}

/// An allocation or a deallocation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EventJson {
    pub allocate: Option<String>,
    pub free: Option<String>,
    #[serde(rename = "if")]
    pub condition: Option<Formula>,
    pub bytes: Option<Formula>,
    pub copies: Option<Formula>,
    pub rows: Option<Formula>,
    pub columns: Option<Formula>,
    pub element_bytes: Option<Formula>,
    pub layout: Option<String>,
    pub holder: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MeasuredJson {
    pub stage: String,
    pub predicted_bytes: i64,
    pub measured_bytes: i64,
    pub source: String,
}

/// The text of an expression, or what is simple enough to stand for itself.
#[derive(Debug)]
pub(super) enum Formula {
    Text(String),
    Plain(Plain),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plain {
    Number(i64),
    Truth(bool),
}

impl Document {
    /// Errors: `Document`, with the place; `TooLarge`.
    pub fn read(text: &str) -> Result<Document> {
        if text.len() > LONGEST {
            return Err(Error::TooLarge {
                what: "bytes of the pipeline document",
                value: text.len() as u64,
                limit: LONGEST as u64,
            });
        }
        let read = &mut serde_json::Deserializer::from_str(text);
        let document: Document = serde_path_to_error::deserialize(&mut *read).map_err(|error| {
            match error.path().to_string().as_str() {
                "." => refused(error.inner()),
                path => refused(format_args!("{path}: {}", error.inner())),
            }
        })?;
        read.end().map_err(refused)?;
        match document.schema.as_str() {
            SCHEMA => Ok(document),
            other => {
                Err(refused(format_args!("its schema is '{other}'; this version reads '{SCHEMA}'")))
            }
        }
    }
}

/// An error of a document.
pub(super) fn refused(reason: impl fmt::Display) -> Error {
    Error::Document { what: "pipeline", reason: reason.to_string() }
}

impl<'de> Deserialize<'de> for Formula {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        deserializer.deserialize_any(Any).map(|any| match any {
            Ok(plain) => Formula::Plain(plain),
            Err(text) => Formula::Text(text),
        })
    }
}

impl<'de> Deserialize<'de> for Plain {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let any = deserializer.deserialize_any(Any)?;
        any.map_err(|text| de::Error::invalid_type(de::Unexpected::Str(&text), &PLAIN))
    }
}

const PLAIN: &str = "a whole number, true or false";

struct Any;

impl Visitor<'_> for Any {
    /// A text is what is not plain.
    type Value = std::result::Result<Plain, String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PLAIN}, or the text of an expression")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> std::result::Result<Self::Value, E> {
        Ok(Ok(Plain::Truth(value)))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> std::result::Result<Self::Value, E> {
        Ok(Ok(Plain::Number(value)))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> std::result::Result<Self::Value, E> {
        let refuse = |_| E::invalid_value(de::Unexpected::Unsigned(value), &"at most 2^63 - 1");
        i64::try_from(value).map(|value| Ok(Plain::Number(value))).map_err(refuse)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> std::result::Result<Self::Value, E> {
        Ok(Err(text.to_owned()))
    }
}

const LONGEST_WORDS: usize = 1000;

/// Words for people, which reports and job scripts quote on one line.
pub(super) fn worded(place: &str, text: &str) -> Result<()> {
    match text.len() <= LONGEST_WORDS && !text.chars().any(char::is_control) {
        true => Ok(()),
        false => Err(refused(format_args!(
            "{place} has {} bytes, or a control character; give {LONGEST_WORDS} bytes at most, on one line",
            text.len()
        ))),
    }
}

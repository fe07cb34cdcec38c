//! Arguments that clap refuses: one line that says what to type instead.

use std::error::Error;
use std::num::{IntErrorKind, ParseFloatError, ParseIntError};

use clap::error::{ContextKind, ContextValue};

/// The error, and clap's tip if it has one.
pub fn line(error: &clap::Error) -> String {
    if let Some(wanted) = wanted(error) {
        let [flag, value] = [ContextKind::InvalidArg, ContextKind::InvalidValue].map(|kind| {
            match error.get(kind) {
                Some(ContextValue::String(text)) => text.as_str(),
                _ => "",
            }
        });
        return format!("invalid value '{value}' for '{flag}': {wanted} (see --help)");
    }
    let text = error.to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let mut paragraphs = text.split("\n\n").map(str::trim);
    let wrong = paragraphs.next().unwrap_or_default();
    let tips = paragraphs.filter_map(|paragraph| paragraph.strip_prefix("tip: "));
    let tips: String = tips.map(|tip| format!("; {tip}")).collect();
    format!("{wrong}{tips} (see --help)")
}

/// What to give instead of a text that is no number.
fn wanted(error: &clap::Error) -> Option<String> {
    let source = error.source()?;
    if let Some(number) = source.downcast_ref::<ParseIntError>() {
        return Some(match number.kind() {
            IntErrorKind::PosOverflow => format!("give at most {}", i64::MAX),
            _ => "give a whole number".into(),
        });
    }
    source.downcast_ref::<ParseFloatError>().map(|_| "give a number".into())
}

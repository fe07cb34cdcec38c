//! Flags for the form of a report and for the files beside it: `--svg`, `--trace`, `--bars`, `--markdown`, `--json`.

use std::env;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

use clap::ArgAction;
use qube_budget::Result as Checked;
use qube_budget::Symbols;

use crate::failure::Failure;
use crate::files;

#[derive(clap::Args)]
#[command(next_help_heading = "Report")]
pub struct Drawing {
    /// Draw the stages as stacked bars, with the limit, into FILE (SVG)
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Report")]
pub struct Trace {
    /// Write the stages as trace events, for ui.perfetto.dev, into FILE (JSON)
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
}

/// Bars below the table: where stdout is a terminal, unless a flag says otherwise.
#[derive(clap::Args)]
#[command(next_help_heading = "Report")]
pub struct Bars {
    /// Show a bar for each stage below the table [default: on a terminal]
    #[arg(long, action = ArgAction::SetTrue, conflicts_with_all = ["json", "markdown"])]
    bars: bool,
    /// Show no bars, not even on a terminal
    #[arg(long, action = ArgAction::SetTrue, conflicts_with = "bars")]
    no_bars: bool,
}

/// The form of what is printed.
#[derive(clap::Args)]
#[command(next_help_heading = "Report")]
pub struct Form {
    /// Print a sentence and a table in Markdown, for a proposal
    #[arg(long, action = ArgAction::SetTrue, conflicts_with = "json")]
    pub markdown: bool,
    /// Print one JSON document instead of a table
    #[arg(long, action = ArgAction::SetTrue)]
    pub json: bool,
}

impl Drawing {
    /// Writes the drawing if the flag names a file.
    pub fn write(&self, draw: impl FnOnce() -> Checked<String>) -> Result<(), Failure> {
        written(self.svg.as_ref(), draw)
    }
}

impl Trace {
    /// Writes the events if the flag names a file.
    pub fn write(&self, trace: impl FnOnce() -> Checked<String>) -> Result<(), Failure> {
        written(self.trace.as_ref(), || Ok(trace()? + "\n"))
    }
}

fn written(file: Option<&PathBuf>, make: impl FnOnce() -> Checked<String>) -> Result<(), Failure> {
    let Some(file) = file else { return Ok(()) };
    files::write(file, &make()?)
}

impl Bars {
    /// The bars after a blank line; empty if the flags and stdout ask for none.
    pub fn below(&self, draw: impl FnOnce(Symbols) -> Checked<String>) -> Checked<String> {
        if !self.bars && (self.no_bars || !io::stdout().is_terminal()) {
            return Ok(String::new());
        }
        Ok("\n".to_owned() + &draw(symbols(|name| env::var(name).ok()))?)
    }
}

/// Block characters where the locale of the terminal has them: of the three variables the first that is
/// set and not empty counts, as in POSIX.
fn symbols(variable: impl Fn(&str) -> Option<String>) -> Symbols {
    let names = ["LC_ALL", "LC_CTYPE", "LANG"];
    let set = names.into_iter().filter_map(variable).find(|value| !value.is_empty());
    let locale = set.unwrap_or_default().to_ascii_uppercase();
    let is_utf8 = locale.contains("UTF-8") || locale.contains("UTF8");
    if is_utf8 { Symbols::Blocks } else { Symbols::Ascii }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_chooses_the_symbols() {
        for (set, chosen) in [
            (&[("LANG", "en_US.UTF-8")][..], Symbols::Blocks),
            (&[("LANG", "C.utf8")], Symbols::Blocks),
            (&[("LANG", "en_US.UTF-8"), ("LC_ALL", "C")], Symbols::Ascii),
            (&[("LANG", "C"), ("LC_CTYPE", "de_DE.utf-8"), ("LC_ALL", "")], Symbols::Blocks),
            (&[("LANG", "de_DE.ISO-8859-1")], Symbols::Ascii),
            (&[], Symbols::Ascii),
        ] {
            let value = |name: &str| {
                set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
            };
            assert_eq!(symbols(value), chosen, "{set:?}");
        }
    }
}

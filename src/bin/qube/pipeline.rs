//! A user's pipeline on the command line: `qube budget FILE.json --set n_pix=9800`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::ArgAction;
use qube_budget::budget::{Pipeline as Document, PipelineConfig};
use qube_budget::run::Run;

use crate::eclipse::Ranks;
use crate::failure::Failure;
use crate::{Answer, budget, files};

/// The subcommands that a document can follow.
const SUBCOMMANDS: [&str; 4] = ["budget", "request", "fit", "compare"];

#[derive(clap::Args)]
#[command(next_help_heading = "Sizes")]
#[group(id = "pipeline_sizes")] // other structs of the command have the same name
pub struct Pipeline {
    /// Document of the pipeline (JSON, see docs/pipelines.md); - is standard input
    file: PathBuf,
    /// Values of its parameters, as in n_pix=9800,n_bins=6; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_delimiter = ',', value_parser = value)]
    set: Vec<(String, i64)>,
}

#[derive(clap::Args)]
pub struct Budget {
    #[command(flatten)]
    sizes: Pipeline,
    /// Print only the parameters, with their values and defaults
    #[arg(long, action = ArgAction::SetTrue, help_heading = "Sizes")]
    parameters: bool,
    #[command(flatten)]
    ranks: Ranks,
    #[command(flatten)]
    report: budget::Report,
}

impl Budget {
    pub fn answer(&self) -> Result<Answer, Failure> {
        if self.parameters {
            return Ok(Answer::of(self.sizes.document()?.parameter_table()));
        }
        let budget = self.sizes.run()?.budget()?;
        self.report.answer(&budget, self.ranks.advice(&budget)?.as_ref())
    }
}

impl Pipeline {
    fn document(&self) -> Result<Document, Failure> {
        let text = files::read(&self.file)?;
        Document::from_json(&text).map_err(|error| Failure::in_file(&self.file, error))
    }

    pub fn run(&self) -> Result<Run, Failure> {
        let mut config = PipelineConfig::new(self.document()?);
        for (number, (name, value)) in self.set.iter().enumerate() {
            if self.set[..number].iter().any(|(before, _)| before == name) {
                return Err(format!("--set gives {name} twice; give it once").into());
            }
            config.set(name, *value)?;
        }
        Ok(Run::new(config))
    }
}

/// `NAME=VALUE`; the value of a switch is true or false.
fn value(text: &str) -> Result<(String, i64), String> {
    let (name, value) = text
        .split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or_else(|| format!("'{text}' is not of the form NAME=VALUE; write n_pix=9800"))?;
    let value = match value {
        "true" | "on" => 1,
        "false" | "off" => 0,
        _ => value.parse().map_err(|_| {
            format!("'{value}' is not a whole number below 2^63, true or false; give one")
        })?,
    };
    // Names have no hyphen; flags of built-in sizes do.
    Ok((name.replace('-', "_"), value))
}

/// The arguments, with `pipeline` inserted before a document if it is left out.
pub fn named(args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut args: Vec<OsString> = args.into_iter().collect();
    let follows = args.get(1).is_some_and(|arg| SUBCOMMANDS.iter().any(|name| arg == name));
    let is_document = |arg: &OsString| {
        arg == "-" || Path::new(arg).extension().is_some_and(|extension| extension == "json")
    };
    if follows && args.get(2).is_some_and(is_document) {
        args.insert(2, "pipeline".into());
    }
    args
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_numbers_or_switches() {
        assert_eq!(value("n_pix=9800"), Ok(("n_pix".into(), 9800)));
        assert_eq!(value("n-pix=9800"), Ok(("n_pix".into(), 9800)));
        assert_eq!(value("check=true"), Ok(("check".into(), 1)));
        assert_eq!(value("check=off"), Ok(("check".into(), 0)));
        for text in ["", "n", "=8", "n=", "n=x", "n=1.5", "n=9223372036854775808"] {
            assert!(value(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_document_is_a_pipeline() {
        let words = |text: &str| -> Vec<OsString> { text.split(' ').map(Into::into).collect() };
        for (given, taken) in [
            ("qube budget a.json --set n=1", "qube budget pipeline a.json --set n=1"),
            ("qube fit -", "qube fit pipeline -"),
            ("qube budget pipeline a.json", "qube budget pipeline a.json"),
            ("qube budget harmonic", "qube budget harmonic"),
            ("qube plan a.json", "qube plan a.json"),
        ] {
            assert_eq!(named(words(given)), words(taken));
        }
    }
}

//! The command `qube`. Each subcommand has a file with its arguments and a `run`; this file turns the
//! answer of `run` into output and an exit code.
//!
//! Exit codes: 0; 1 the machine failed (memory, output that cannot be written); 2 bad input; 3 the run
//! or plan does not fit; 130 after Ctrl-C, with the best plan so far. With 1 and 2, one line on stderr
//! says why and what to do.

mod budget;
mod compare;
mod configuration;
mod drawing;
mod eclipse;
mod failure;
mod files;
mod fit;
mod flags;
mod job;
mod limit;
mod lists;
mod manual;
mod mask;
mod paths;
mod pipeline;
mod plan;
mod request;
mod sizes;
mod survey;
mod usage;
mod waiting;

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser};

use failure::{BAD_INPUT, DOES_NOT_FIT, INTERRUPTED, MACHINE_FAILED};

/// Predicts how much memory a run needs, and plans tensor contractions that fit
#[derive(Parser)]
#[command(
    name = "qube",
    version,
    arg_required_else_help = false,
    max_term_width = 100,
    after_help = "Examples: the memory of a run, the largest nside for a node, a contraction plan\n  \
    qube budget harmonic --n-pix 59136 --n-modes 33274 --lmax-signal 256 --lmax 128\n  \
    qube fit harmonic --fields QU --nside 32 --fsky 0.1 --lmax-signal 64 --limit 512GiB \\\n    \
    --largest nside\n  \
    qube plan --einsum 'ij,jk,kl->il' --extents i=10,j=20,k=30,l=40\n\
    Exit codes: 0 fits, 1 machine failed, 2 bad input, 3 does not fit, 130 interrupted"
)]
enum Command {
    #[command(subcommand)]
    Budget(budget::Args),
    #[command(subcommand)]
    Compare(compare::Args),
    #[command(subcommand)]
    Request(Box<request::Args>),
    #[command(subcommand)]
    Fit(Box<fit::Args>),
    Plan(Box<plan::Args>),
    /// Write the man pages into a folder
    #[command(hide = true)]
    Man(manual::Man),
    /// Print the completions of a shell, or write them into a folder
    #[command(hide = true)]
    Completions(manual::Completions),
}

/// The output of a subcommand, whether the run or plan fits, and whether Ctrl-C cut the search short.
struct Answer {
    text: String,
    fits: bool,
    interrupted: bool,
}

impl Answer {
    fn of(text: String) -> Answer {
        Answer { text, fits: true, interrupted: false }
    }
}

fn main() -> ExitCode {
    let words = configured(pipeline::named(std::env::args_os()));
    let matches = match Command::command().try_get_matches_from(words) {
        Ok(matches) => matches,
        Err(asked) => return help_or_usage(&asked),
    };
    let command = match Command::from_arg_matches(&matches) {
        Ok(command) => command,
        Err(asked) => return help_or_usage(&asked),
    };
    let answer = match command {
        Command::Budget(args) => budget::run(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Request(args) => request::run(&args),
        Command::Fit(args) => fit::run(&args),
        Command::Plan(args) => plan::run(&args),
        Command::Man(args) => manual::man(&args),
        Command::Completions(args) => manual::completions(&args),
    };
    match answer {
        Ok(answer) => print(&answer),
        Err(failure) => {
            let subcommand = flags::subcommand(Command::command(), &flags::path(&matches));
            complain(&failure.message(&|name| flags::flag(&subcommand, name)));
            failure.code.into()
        }
    }
}

/// Inserts `auto` where a run has a configuration but no path: `qube budget --config run.yaml` is
/// `qube budget auto --config run.yaml`, as QUBE chooses its path. Other flags may come first.
fn configured(mut words: Vec<OsString>) -> Vec<OsString> {
    const OF_A_RUN: [&str; 4] = ["budget", "request", "fit", "compare"];
    let starts = |word: &OsString, with: &str| word.to_string_lossy().starts_with(with);
    let is_of_run = words.get(1).is_some_and(|word| OF_A_RUN.iter().any(|name| word == name));
    let has_no_path = words.get(2).is_some_and(|word| starts(word, "-"));
    let is_config = |word: &OsString| word == "--config" || starts(word, "--config=");
    if is_of_run && has_no_path && words.iter().any(is_config) {
        words.insert(2, "auto".into());
    }
    words
}

fn help_or_usage(asked: &clap::Error) -> ExitCode {
    if matches!(asked.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        return print(&Answer::of(asked.to_string()));
    }
    complain(&usage::line(asked));
    BAD_INPUT.into()
}

fn print(answer: &Answer) -> ExitCode {
    let mut out = io::stdout().lock();
    match out.write_all(answer.text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) => {
            complain(&format!("cannot write the output: {error}; redirect it elsewhere"));
            MACHINE_FAILED.into()
        }
        Ok(()) if answer.interrupted => INTERRUPTED.into(),
        Ok(()) if answer.fits => ExitCode::SUCCESS,
        Ok(()) => DOES_NOT_FIT.into(),
    }
}

/// One line on stderr. A failure to write it is ignored: nowhere is left to report it.
fn complain(reason: &str) {
    let line = reason.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let _ = writeln!(io::stderr(), "qube: {line}");
}

//! The command `qube`. A subcommand is a file with its arguments and a `run`; this one turns what
//! `run` says into output and an exit code.
//!
//! Exit codes: 0; 1 when the output cannot be written; 2 for bad input, with one line on stderr;
//! 3 for "does not fit".

mod budget;
mod compare;
mod drawing;
mod eclipse;
mod fit;
mod job;
mod limit;
mod plan;
mod request;
mod sizes;
mod survey;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

const CANNOT_WRITE: u8 = 1;
const BAD_INPUT: u8 = 2;
const DOES_NOT_FIT: u8 = 3;

/// Memory budgets, batch policies and contraction plans, before anything is allocated.
#[derive(Parser)]
#[command(name = "qube", version, arg_required_else_help = false, max_term_width = 100)]
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
}

/// What a subcommand has to say, and whether what was asked about fits.
struct Answer {
    text: String,
    fits: bool,
}

fn main() -> ExitCode {
    let command = match Command::try_parse() {
        Ok(command) => command,
        Err(asked)
            if matches!(asked.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) =>
        {
            return print(&Answer { text: asked.to_string(), fits: true });
        }
        Err(usage) => return refuse(&usage_line(&usage.to_string())),
    };
    let answer = match command {
        Command::Budget(args) => budget::run(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Request(args) => request::run(&args),
        Command::Fit(args) => fit::run(&args),
        Command::Plan(args) => plan::run(&args),
    };
    match answer {
        Ok(answer) => print(&answer),
        Err(error) => refuse(&error.to_string()),
    }
}

fn print(answer: &Answer) -> ExitCode {
    let mut out = io::stdout().lock();
    match out.write_all(answer.text.as_bytes()).and_then(|()| out.flush()) {
        // A reader that has seen enough (`qube ... | head`) is no failure.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            complain(&format!("the output cannot be written: {error}"));
            CANNOT_WRITE.into()
        }
        _ if answer.fits => ExitCode::SUCCESS,
        _ => DOES_NOT_FIT.into(),
    }
}

fn refuse(reason: &str) -> ExitCode {
    complain(reason);
    BAD_INPUT.into()
}

/// One line on stderr. Nothing is left to do if that cannot be written.
fn complain(reason: &str) {
    let line = reason.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let _ = writeln!(io::stderr(), "qube: {line}");
}

/// The first paragraph of clap's usage errors, which says what is wrong; tips and usage follow.
fn usage_line(error: &str) -> String {
    let paragraph = error.strip_prefix("error: ").unwrap_or(error);
    let first = paragraph.split("\n\n").next().unwrap_or(paragraph);
    format!("{} (see --help)", first.trim())
}

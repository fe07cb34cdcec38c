//! Man pages and completions for shells, which packages install.

use std::path::{Path, PathBuf};

use clap::CommandFactory;
use clap_complete::Shell;

use crate::failure::Failure;
use crate::{Answer, Command};

#[derive(clap::Args)]
pub struct Man {
    /// Existing folder for the pages
    dir: PathBuf,
}

#[derive(clap::Args)]
pub struct Completions {
    /// Shell that completes arguments
    shell: Shell,
    /// Existing folder for the script; without one, the script is printed
    dir: Option<PathBuf>,
}

/// A page for the command and one for each of its subcommands: qube.1, qube-plan.1, ...
pub fn man(args: &Man) -> Result<Answer, Failure> {
    clap_mangen::generate_to(Command::command(), &args.dir)
        .map_err(|error| unwritten(&args.dir, &error))?;
    Ok(Answer::of(String::new()))
}

pub fn completions(args: &Completions) -> Result<Answer, Failure> {
    let mut command = Command::command();
    if let Some(dir) = &args.dir {
        clap_complete::generate_to(args.shell, &mut command, "qube", dir)
            .map_err(|error| unwritten(dir, &error))?;
        return Ok(Answer::of(String::new()));
    }
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "qube", &mut script);
    Ok(Answer::of(String::from_utf8_lossy(&script).into_owned()))
}

fn unwritten(dir: &Path, error: &std::io::Error) -> Failure {
    let dir = dir.display();
    Failure::machine(format!("cannot write into {dir}: {error}; name another folder"))
}

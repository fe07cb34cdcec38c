//! `--svg`: a drawing of the stages, into a file.

use std::path::PathBuf;

use qube_budget::Result as Checked;

use crate::failure::Failure;
use crate::files;

#[derive(clap::Args)]
#[command(next_help_heading = "Report")]
pub struct Drawing {
    /// Draw the stages as stacked bars, with the limit, into FILE (SVG)
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

impl Drawing {
    /// Writes what is drawn if there is a file for it.
    pub fn write(&self, draw: impl FnOnce() -> Checked<String>) -> Result<(), Failure> {
        let Some(file) = &self.svg else { return Ok(()) };
        files::write(file, &draw()?)
    }
}

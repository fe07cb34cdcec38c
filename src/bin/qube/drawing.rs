//! `--svg`: a drawing of the stages, into a file.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use qube_budget::Result as Checked;

#[derive(clap::Args)]
#[command(next_help_heading = "Report")]
pub struct Drawing {
    /// Draw the stages as stacked bars, with the limit, into this SVG file
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

impl Drawing {
    /// Writes what is drawn if there is a file for it.
    pub fn write(&self, draw: impl FnOnce() -> Checked<String>) -> Result<(), Box<dyn Error>> {
        let Some(file) = &self.svg else { return Ok(()) };
        fs::write(file, draw()?)
            .map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
        Ok(())
    }
}

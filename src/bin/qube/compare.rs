//! `qube compare`: what a budget predicts beside what a run of it measured.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use clap::{ArgAction, Subcommand};
use qube_budget::budget::{Budget, Measured};

use crate::{Answer, sizes};

/// Predicted and measured memory side by side, stage by stage, in GiB and in units of n_pix^2
#[derive(Subcommand)]
#[command(arg_required_else_help = false)]
pub enum Args {
    /// QUBE's harmonic path
    #[command(
        arg_required_else_help = false,
        after_help = "Example: the calibrated QU run\n  \
        qube compare harmonic --n-pix 59136 --n-modes 33274 --lmax-signal 256 --lmax 128 \
        --measured tests/data/measured/eclipse_qu.log"
    )]
    Harmonic(Compared<sizes::Harmonic>),
    /// QUBE's pixel-direct path
    #[command(
        arg_required_else_help = false,
        after_help = "Example: QU maps, 6 bins, 3 spectra, derivatives not cached\n  \
        qube compare pixel-direct --n-pix 9800 --lmax-signal 256 --n-bins 6 --n-params 18 \
        --no-switch --measured tests/data/measured/qu_64_not_cached.log"
    )]
    PixelDirect(Compared<sizes::PixelDirect>),
    /// ECLIPSE, as its steps allocate and free, over all ranks
    #[command(
        arg_required_else_help = false,
        after_help = "Example: what the shipped example prints of steps 3 and 4\n  \
        qube compare eclipse --code teb --pix-t 580 --pix-p 395 --lmax 16 --maps 1000 \
        --check-inverse --measured tests/data/measured/eclipse_nside_8.log"
    )]
    Eclipse(Compared<sizes::Eclipse>),
}

#[derive(clap::Args)]
pub struct Compared<Sizes: clap::Args> {
    #[command(flatten)]
    sizes: Sizes,
    #[command(flatten)]
    report: Report,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Report")]
struct Report {
    /// What the run measured: a JSON document, or a log of lines "STAGE SIZE" (its end), "STAGE
    /// peak SIZE", "baseline SIZE" and "lifetime peak SIZE", sizes in bytes or with KiB, MiB, GiB,
    /// TiB
    #[arg(long, value_name = "FILE")]
    measured: PathBuf,
    /// Print one JSON document instead of a table
    #[arg(long, action = ArgAction::SetTrue)]
    json: bool,
}

pub fn run(args: &Args) -> Result<Answer, Box<dyn Error>> {
    let (budget, report) = match args {
        Args::Harmonic(args) => (args.sizes.run(None)?.budget()?, &args.report),
        Args::PixelDirect(args) => (args.sizes.run(None, None)?.budget()?, &args.report),
        Args::Eclipse(args) => (args.sizes.config().budget()?, &args.report),
    };
    report.answer(&budget)
}

impl Report {
    fn answer(&self, budget: &Budget) -> Result<Answer, Box<dyn Error>> {
        let file = self.measured.display();
        let text = fs::read_to_string(&self.measured)
            .map_err(|error| format!("{file} cannot be read: {error}"))?;
        let measured = Measured::parse(&text).map_err(|error| format!("{file}: {error}"))?;
        let comparison = budget.compare(&measured).map_err(|error| format!("{file}: {error}"))?;
        let text = if self.json { comparison.json() + "\n" } else { comparison.table() };
        Ok(Answer { text, fits: true })
    }
}

//! `qube compare`: what a budget predicts beside what a run of it measured.

use std::path::PathBuf;

use clap::Subcommand;
use qube_budget::budget::{Budget, Measured};

use crate::drawing::{Bars, Form, Trace};
use crate::failure::Failure;
use crate::{Answer, files, paths, pipeline, sizes};

/// Compare predicted with measured memory, stage by stage, in GiB and in n_pix^2
#[derive(Subcommand)]
#[command(
    arg_required_else_help = false,
    after_help = "Example: the calibrated QU run\n  \
    qube compare harmonic --n-pix 59136 --n-modes 33274 --lmax-signal 256 --lmax 128 \\\n    \
    --measured a.log\n\
    A log of what a run measured has a line for each figure, and comments (#):\n  \
    baseline 0.26 GiB            before the first stage; it is taken off\n  \
    basis_setup 57.80 GiB        when the stage ends\n  \
    basis_setup peak 113.2 GiB   the largest in it\n  \
    lifetime peak 139.5 GiB      the largest of the run\n\
    Sizes are bytes, or have a unit: KiB, MiB, GiB, TiB. As JSON, in bytes:\n  \
    {\"baseline_bytes\":279172874,\"peak_rss_bytes\":149786984448,\n   \
    \"stages\":[{\"name\":\"basis_setup\",\"rss_bytes\":62062277427,\"peak_rss_bytes\":121547574477}]}"
)]
pub enum Args {
    /// QUBE's harmonic path
    #[command(
        arg_required_else_help = false,
        after_help = "Example: the calibrated QU run\n  \
        qube compare harmonic --n-pix 59136 --n-modes 33274 --lmax-signal 256 --lmax 128 \\\n    \
        --measured a.log"
    )]
    Harmonic(Compared<paths::Harmonic>),
    /// QUBE's pixel-direct path
    #[command(
        arg_required_else_help = false,
        after_help = "Example: QU maps, 6 bins, 3 spectra\n  \
        qube compare pixel-direct --n-pix 9800 --lmax-signal 256 --n-bins 6 --n-params 18 \\\n    \
        --measured a.log"
    )]
    PixelDirect(Compared<paths::PixelDirect>),
    /// QUBE's traditional path: no basis, or two data splits crossed
    #[command(
        arg_required_else_help = false,
        after_help = "Example: T maps, 6 bins\n  \
        qube compare traditional --n-pix 1624 --n-bins 6 --n-spectra 1 --measured a.log"
    )]
    Traditional(Compared<paths::Traditional>),
    /// The path that QUBE itself takes
    #[command(
        arg_required_else_help = false,
        after_help = "Example: from QUBE's own configuration\n  \
        qube compare --config run.yaml --n-obs 4900 --measured a.log"
    )]
    Auto(Compared<paths::Auto>),
    /// ECLIPSE, step by step, over all ranks
    #[command(
        arg_required_else_help = false,
        after_help = "Example: a run with as many maps as the shipped example\n  \
        qube compare eclipse --code teb --pix-t 580 --pix-p 395 --lmax 16 --maps 1000 \\\n    \
        --measured a.log"
    )]
    Eclipse(Compared<sizes::Eclipse>),
    /// A pipeline of your own: a document, or qube compare FILE.json
    #[command(
        arg_required_else_help = false,
        after_help = "Example: xQML on polarisation maps\n  \
        qube compare examples/pipelines/xqml.json --set npix=3072,nbin=20 --measured a.log"
    )]
    Pipeline(Compared<pipeline::Pipeline>),
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
    /// Measurements: a log or a JSON document (see qube compare --help); - is standard input
    #[arg(long, value_name = "FILE")]
    measured: PathBuf,
    #[command(flatten)]
    trace: Trace,
    #[command(flatten)]
    bars: Bars,
    #[command(flatten)]
    form: Form,
}

pub fn run(args: &Args) -> Result<Answer, Failure> {
    let (budget, report) = match args {
        Args::Harmonic(args) => (args.sizes.run()?.budget()?, &args.report),
        Args::PixelDirect(args) => (args.sizes.run()?.budget()?, &args.report),
        Args::Traditional(args) => (args.sizes.run()?.budget()?, &args.report),
        Args::Auto(args) => (args.sizes.run()?.budget()?, &args.report),
        Args::Eclipse(args) => (args.sizes.run()?.budget()?, &args.report),
        Args::Pipeline(args) => (args.sizes.run()?.budget()?, &args.report),
    };
    report.answer(&budget)
}

impl Report {
    fn answer(&self, budget: &Budget) -> Result<Answer, Failure> {
        let in_file = |error| Failure::in_file(&self.measured, error);
        let measured = Measured::parse(&files::read(&self.measured)?).map_err(in_file)?;
        let comparison = budget.compare(&measured).map_err(in_file)?;
        self.trace.write(|| Ok(comparison.chrome_trace()))?;
        let text = if self.form.json {
            comparison.json() + "\n"
        } else if self.form.markdown {
            comparison.markdown()
        } else {
            comparison.table() + &self.bars.below(|symbols| Ok(comparison.bars(symbols)))?
        };
        Ok(Answer::of(text))
    }
}

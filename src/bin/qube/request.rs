//! `qube request`: the memory to request for a job.

use clap::{ArgAction, Subcommand};
use qube_budget::run::{Fit, Job, Run};

use crate::drawing::{Bars, Drawing, Form, Trace};
use crate::failure::Failure;
use crate::limit::{Known, Limit};
use crate::{Answer, job, paths, pipeline, sizes};

/// Size a job: memory per rank and per node, with lines for its script
#[derive(Subcommand)]
#[command(
    arg_required_else_help = false,
    after_help = "Example: QUBE's pixel-direct path, two ranks on a node\n  \
    qube request pixel-direct --n-pix 9800 --lmax-signal 256 --n-bins 6 --n-params 18 \\\n    \
    --ranks-per-node 2"
)]
pub enum Args {
    /// QUBE's harmonic path
    #[command(
        arg_required_else_help = false,
        after_help = "Example: one process, with the margin of measured runs\n  \
        qube request harmonic --n-pix 59136 --n-modes 33274 --lmax-signal 256 --lmax 128"
    )]
    Harmonic(Qube<paths::Harmonic>),
    /// QUBE's pixel-direct path
    #[command(
        arg_required_else_help = false,
        after_help = "Example: two ranks on a node, each with its own matrices\n  \
        qube request pixel-direct --n-pix 9800 --lmax-signal 256 --n-bins 6 --n-params 18 \\\n    \
        --ranks-per-node 2"
    )]
    PixelDirect(Qube<paths::PixelDirect>),
    /// QUBE's traditional path: no basis, or two data splits crossed
    #[command(
        arg_required_else_help = false,
        after_help = "Example: QU maps, 6 bins, 3 spectra\n  \
        qube request traditional --n-pix 9800 --n-bins 6 --n-spectra 3"
    )]
    Traditional(Qube<paths::Traditional>),
    /// The path that QUBE chooses for these inputs
    #[command(
        arg_required_else_help = false,
        after_help = "Example: from a survey\n  \
        qube request auto --fields QU --nside 64 --fsky 0.1 --lmax-signal 256 --lmax 128 --n-bins 6\n\
        From QUBE's own configuration: qube request --config run.yaml --n-obs 4900"
    )]
    Auto(Qube<paths::Auto>),
    /// ECLIPSE, block-cyclic over all ranks
    #[command(
        arg_required_else_help = false,
        after_help = "Example: TEB on 4 nodes of 16 ranks, with a margin of 10 %\n  \
        qube request eclipse --code teb --pix-t 29009 --pix-p 29009 --lmax 192 \\\n    \
        --nodes 4 --ranks-per-node 16 --margin 10"
    )]
    Eclipse(Eclipse),
    /// A pipeline of your own: a document, or qube request FILE.json
    #[command(
        arg_required_else_help = false,
        after_help = "Example: xQML on polarisation maps\n  \
        qube request examples/pipelines/xqml.json --set npix=3072,nbin=20 --ranks-per-node 2"
    )]
    Pipeline(Pipeline),
}

#[derive(clap::Args)]
pub struct Qube<S: clap::Args> {
    #[command(flatten)]
    sizes: S,
    #[command(flatten)]
    job: job::Qube,
    #[command(flatten)]
    report: Report,
}

#[derive(clap::Args)]
pub struct Eclipse {
    #[command(flatten)]
    sizes: sizes::Eclipse,
    #[command(flatten)]
    job: job::Eclipse,
    #[command(flatten)]
    report: Report,
}

#[derive(clap::Args)]
pub struct Pipeline {
    #[command(flatten)]
    sizes: pipeline::Pipeline,
    #[command(flatten)]
    job: job::Eclipse,
    #[command(flatten)]
    report: Report,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Report")]
struct Report {
    /// Exit with 3 if a node needs more than SIZE, such as 64GiB, or "machine"
    #[arg(long, value_name = "SIZE", allow_hyphen_values = true)]
    limit: Option<Limit>,
    #[command(flatten)]
    drawing: Drawing,
    #[command(flatten)]
    trace: Trace,
    #[command(flatten)]
    bars: Bars,
    /// Print only a job script that runs ./program
    #[arg(long, action = ArgAction::SetTrue, conflicts_with_all = ["json", "markdown", "bars"])]
    script: bool,
    #[command(flatten)]
    form: Form,
}

pub fn run(args: &Args) -> Result<Answer, Failure> {
    let (run, job, report) = match args {
        Args::Harmonic(args) => (args.sizes.run()?, args.job.job()?, &args.report),
        Args::PixelDirect(args) => (args.sizes.run()?, args.job.job()?, &args.report),
        Args::Traditional(args) => (args.sizes.run()?, args.job.job()?, &args.report),
        Args::Auto(args) => (args.sizes.run()?, args.job.job()?, &args.report),
        Args::Eclipse(args) => (args.sizes.run()?, args.job.job()?, &args.report),
        Args::Pipeline(args) => (args.sizes.run()?, args.job.job()?, &args.report),
    };
    report.answer(&run, &job)
}

impl Report {
    fn answer(&self, run: &Run, job: &Job) -> Result<Answer, Failure> {
        let known = self.limit.map(Limit::known).transpose()?;
        let limit = known.map(|known| known.bytes);
        let fit = limit.map(|limit| run.fit(job, limit)).transpose()?;
        let request = match &fit {
            Some(fit) => fit.request().clone(),
            None => run.budget()?.request(job)?,
        };
        self.drawing.write(|| request.svg(limit))?;
        self.trace.write(|| request.chrome_trace(limit))?;
        let text = if self.script {
            let over = fit.as_ref().filter(|fit| !fit.fits()).map(Fit::message);
            request.script(over.as_deref())
        } else if self.form.json {
            let document = match (&fit, known) {
                (Some(fit), Some(known)) => known.told_in(request.json_against(fit.limit())),
                _ => request.json(),
            };
            document + "\n"
        } else if self.form.markdown {
            fit.as_ref().map_or_else(|| request.markdown(None), Fit::markdown)?
        } else {
            let bars = self.bars.below(|symbols| request.bars(limit, symbols))?;
            let verdict = fit.as_ref().map_or_else(String::new, |fit| format!("\n{}", fit.text()));
            request.table() + &bars + &verdict + &known.map_or_else(String::new, Known::line)
        };
        Ok(Answer { fits: fit.is_none_or(|fit| fit.fits()), ..Answer::of(text) })
    }
}

//! `qube fit`: whether a run fits, what to change if it does not, and the largest run that fits.

use clap::Subcommand;
use qube_budget::run::{Largest, Size};

use crate::drawing::{Drawing, Form};
use crate::failure::Failure;
use crate::limit::Limit;
use crate::{Answer, job, paths, pipeline, sizes};

/// Check whether a run fits on its nodes; find what to change, or the largest run that fits
#[derive(Subcommand)]
#[command(
    arg_required_else_help = false,
    after_help = "Example: the largest nside for a node of 512 GiB\n  \
    qube fit harmonic --fields QU --nside 32 --fsky 0.1 --lmax-signal 64 --limit 512GiB \\\n    \
    --largest nside"
)]
pub enum Args {
    /// QUBE's harmonic path
    #[command(
        arg_required_else_help = false,
        after_help = "Example: a tenth of the sky on this machine\n  \
        qube fit harmonic --fields QU --nside 32 --fsky 0.1 --lmax-signal 64 --n-bins 6 --limit machine\n\
        Example: the largest nside for a node of 512 GiB\n  \
        qube fit harmonic --fields QU --nside 32 --fsky 0.1 --lmax-signal 64 --limit 512GiB \\\n    \
        --largest nside"
    )]
    Harmonic(Qube<paths::Harmonic>),
    /// QUBE's pixel-direct path
    #[command(
        arg_required_else_help = false,
        after_help = "Example: cached derivatives in 24 GiB, and what to change\n  \
        qube fit pixel-direct --n-pix 9800 --lmax-signal 256 --n-bins 6 --n-params 18 \\\n    \
        --cache-derivatives --limit 24GiB"
    )]
    PixelDirect(Qube<paths::PixelDirect>),
    /// QUBE's traditional path: no basis, or two data splits crossed
    #[command(
        arg_required_else_help = false,
        after_help = "Example: the most bins for 64 GiB\n  \
        qube fit traditional --n-pix 9800 --n-bins 6 --n-spectra 3 --limit 64GiB --largest n-bins"
    )]
    Traditional(Qube<paths::Traditional>),
    /// The path that QUBE chooses for these inputs
    #[command(
        arg_required_else_help = false,
        after_help = "Example: from a survey\n  \
        qube fit auto --fields QU --nside 32 --fsky 0.1 --lmax-signal 64 --n-bins 6 --limit 24GiB\n\
        From QUBE's own configuration: qube fit --config run.yaml --n-obs 4900 --limit 24GiB"
    )]
    Auto(Qube<paths::Auto>),
    /// ECLIPSE, block-cyclic over all ranks
    #[command(
        arg_required_else_help = false,
        after_help = "Example: the fewest nodes of 64 GiB\n  \
        qube fit eclipse --code teb --pix-t 29009 --pix-p 29009 --lmax 192 --ranks-per-node 16 \\\n    \
        --limit 64GiB --largest nodes"
    )]
    Eclipse(Eclipse),
    /// A pipeline of your own: a document, or qube fit FILE.json
    #[command(
        arg_required_else_help = false,
        after_help = "Example: xQML on polarisation maps\n  \
        qube fit examples/pipelines/xqml.json --set npix=3072,nbin=20 \\\n    \
        --limit 64GiB --largest npix"
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
    limit: Limit,
    /// Find the largest nside, lmax, n-bins, maps, ranks-per-node or parameter of a pipeline that fits, or
    /// the fewest nodes
    #[arg(long, value_name = "WHAT", value_parser = largest, conflicts_with = "markdown")]
    largest: Option<Size>,
    #[command(flatten)]
    drawing: Drawing,
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
    let limit = report.limit.known()?;
    let fit = run.fit(&job, limit.bytes)?;
    report.drawing.write(|| fit.request().svg(Some(limit.bytes)))?;
    let Some(size) = report.largest.clone() else {
        let text = if report.form.json {
            limit.told_in(fit.json(None)) + "\n"
        } else if report.form.markdown {
            fit.markdown()?
        } else {
            fit.table() + &limit.line()
        };
        return Ok(Answer { fits: fit.fits(), ..Answer::of(text) });
    };
    let found = run.largest(size.clone(), &job, limit.bytes)?;
    let text = if report.form.json {
        limit.told_in(fit.json(Some((size, &found)))) + "\n"
    } else {
        fit.largest_table(size, &found) + &limit.line()
    };
    Ok(Answer { fits: !matches!(found, Largest::None { .. }), ..Answer::of(text) })
}

/// A size of a built-in run; any other name is a parameter of a pipeline.
fn largest(name: &str) -> Result<Size, &'static str> {
    match Size::named(name) {
        Some(size) => Ok(size),
        None if name.is_empty() => Err("give a size, such as nside, or a parameter"),
        None => Ok(Size::Parameter(name.replace('-', "_").into())),
    }
}

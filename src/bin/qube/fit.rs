//! `qube fit`: does a run fit, what to change if not, and the largest one that does.

use clap::Subcommand;
use qube_budget::budget::{Largest, Run, Size};

use crate::drawing::{Drawing, Form};
use crate::failure::Failure;
use crate::limit::Limit;
use crate::{Answer, job, sizes};

/// Check whether a run fits on its nodes, what to change if not, and the largest that does
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
        after_help = "Example: a survey of a tenth of the sky on this machine, and both paths\n  \
        qube fit harmonic --fields QU --nside 32 --fsky 0.1 --lmax-signal 64 --n-bins 6 --limit machine\n\
        Example: the largest nside for a node of 512 GiB\n  \
        qube fit harmonic --fields QU --nside 32 --fsky 0.1 --lmax-signal 64 --limit 512GiB \\\n    \
        --largest nside"
    )]
    Harmonic(Harmonic),
    /// QUBE's pixel-direct path
    #[command(
        arg_required_else_help = false,
        after_help = "Example: cached derivatives in 24 GiB, and what to change\n  \
        qube fit pixel-direct --n-pix 9800 --lmax-signal 256 --n-bins 6 --n-params 18 \\\n    \
        --cache-derivatives --limit 24GiB"
    )]
    PixelDirect(PixelDirect),
    /// ECLIPSE, block-cyclic over all ranks
    #[command(
        arg_required_else_help = false,
        after_help = "Example: the fewest nodes of 64 GiB\n  \
        qube fit eclipse --code teb --pix-t 29009 --pix-p 29009 --lmax 192 --ranks-per-node 16 \\\n    \
        --limit 64GiB --largest nodes"
    )]
    Eclipse(Eclipse),
}

#[derive(clap::Args)]
pub struct Harmonic {
    #[command(flatten)]
    sizes: sizes::Harmonic,
    /// Bins of multipoles, for the pixel-direct path
    #[arg(long, value_name = "COUNT", requires = "fields", allow_negative_numbers = true)]
    #[arg(help_heading = "From a survey")]
    n_bins: Option<i64>,
    #[command(flatten)]
    job: job::Qube,
    #[command(flatten)]
    report: Report,
}

#[derive(clap::Args)]
pub struct PixelDirect {
    #[command(flatten)]
    sizes: sizes::PixelDirect,
    /// Largest multipole estimated, for the harmonic path
    #[arg(long, value_name = "L", requires = "fields", allow_negative_numbers = true)]
    #[arg(help_heading = "From a survey")]
    lmax: Option<i64>,
    /// Least multipole, for the harmonic path [default: 2]
    #[arg(long, value_name = "L", requires = "fields", allow_negative_numbers = true)]
    #[arg(help_heading = "From a survey")]
    lmin: Option<i64>,
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
#[command(next_help_heading = "Report")]
struct Report {
    /// Exit with 3 if a node needs more than SIZE, such as 64GiB, or "machine"
    #[arg(long, value_name = "SIZE", allow_hyphen_values = true)]
    limit: Limit,
    /// Find the largest nside, lmax, n-bins, maps or ranks-per-node that fits, or the fewest nodes
    #[arg(long, value_name = "WHAT", value_parser = largest, conflicts_with = "markdown")]
    largest: Option<Size>,
    #[command(flatten)]
    drawing: Drawing,
    #[command(flatten)]
    form: Form,
}

pub fn run(args: &Args) -> Result<Answer, Failure> {
    let (run, job, report) = match args {
        Args::Harmonic(args) => (args.sizes.run(args.n_bins)?, args.job.job(), &args.report),
        Args::PixelDirect(args) => {
            (args.sizes.run(args.lmin, args.lmax)?, args.job.job(), &args.report)
        }
        Args::Eclipse(args) => (Run::new(args.sizes.config()), args.job.job()?, &args.report),
    };
    let limit = report.limit.known()?;
    let fit = run.fit(&job, limit.bytes)?;
    report.drawing.write(|| fit.request().svg(Some(limit.bytes)))?;
    let Some(size) = report.largest else {
        let text = if report.form.json {
            limit.told_in(fit.json(None)) + "\n"
        } else if report.form.markdown {
            fit.markdown()?
        } else {
            fit.table() + &limit.line()
        };
        return Ok(Answer { fits: fit.fits(), ..Answer::of(text) });
    };
    let found = run.largest(size, &job, limit.bytes)?;
    let text = if report.form.json {
        limit.told_in(fit.json(Some((size, &found)))) + "\n"
    } else {
        fit.largest_table(size, &found) + &limit.line()
    };
    Ok(Answer { fits: !matches!(found, Largest::None { .. }), ..Answer::of(text) })
}

fn largest(name: &str) -> Result<Size, &'static str> {
    Size::named(name).ok_or("give nside, lmax, n-bins, maps, nodes or ranks-per-node")
}

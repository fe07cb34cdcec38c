//! `qube budget`: the memory of a run, stage by stage, and whether it fits.

use clap::Subcommand;
use qube_budget::budget::{Budget, GridAdvice};

use crate::drawing::{Bars, Drawing, Form, Trace};
use crate::eclipse::Eclipse;
use crate::failure::Failure;
use crate::limit::{Known, Limit};
use crate::{Answer, paths, pipeline};

/// Predict the memory of a run: every stage with its named arrays, in GiB and bytes
#[derive(Subcommand)]
#[command(
    arg_required_else_help = false,
    after_help = "Example: QUBE's pixel-direct path, on this machine\n  \
    qube budget pixel-direct --n-pix 9800 --lmax-signal 256 --n-bins 6 --n-params 18 --limit machine"
)]
pub enum Args {
    /// QUBE's harmonic path
    #[command(
        arg_required_else_help = false,
        after_help = "Example: QU maps, modes up to lmax 128, on a node with 96 GiB\n  \
        qube budget harmonic --n-pix 59136 --n-modes 33274 --lmax-signal 256 --lmax 128 --limit 96GiB\n\
        Example: from a survey, QU maps of a tenth of the sky\n  \
        qube budget harmonic --fields QU --nside 64 --fsky 0.1 --lmax-signal 256 --lmax 128"
    )]
    Harmonic(Harmonic),
    /// QUBE's pixel-direct path
    #[command(
        arg_required_else_help = false,
        after_help = "Example: QU maps, 6 bins, 3 spectra, on this machine\n  \
        qube budget pixel-direct --n-pix 9800 --lmax-signal 256 --n-bins 6 --n-params 18 --limit machine\n\
        Example: the same from a survey, a polar cap with a tenth of the sky\n  \
        qube budget pixel-direct --fields QU --nside 64 --fsky 0.1 --polar-cap --lmax-signal 256 \\\n    \
        --n-bins 6"
    )]
    PixelDirect(PixelDirect),
    /// QUBE's traditional path: no basis, or two data splits crossed
    #[command(
        arg_required_else_help = false,
        after_help = "Example: QU maps, 6 bins, 3 spectra\n  \
        qube budget traditional --n-pix 9800 --n-bins 6 --n-spectra 3\n\
        Example: from a survey\n  \
        qube budget traditional --fields QU --nside 64 --fsky 0.1 --lmax-signal 256 --n-bins 6"
    )]
    Traditional(Traditional),
    /// The path that QUBE chooses for these inputs
    #[command(
        arg_required_else_help = false,
        after_help = "Example: from a survey\n  \
        qube budget auto --fields QU --nside 64 --fsky 0.1 --lmax-signal 256 --lmax 128 --n-bins 6\n\
        Example: two data splits, crossed\n  \
        qube budget auto --fields QU --nside 64 --fsky 0.1 --lmax-signal 256 --n-bins 6 --do-cross\n\
        From QUBE's own configuration: qube budget --config run.yaml --n-obs 4900"
    )]
    Auto(Auto),
    /// ECLIPSE, step by step: sums over all ranks, and per rank
    #[command(
        arg_required_else_help = false,
        after_help = "Example: 1000 maps of T, Q and U, on the squarest grid of 36 ranks\n  \
        qube budget eclipse --code teb --pix-t 29009 --pix-p 29009 --lmax 192 --maps 1000 --ranks 36\n\
        Example: polarisation alone, on 8 x 16 ranks\n  \
        qube budget eclipse --code eb --pix-p 29009 --lmax 192 --nprow 8 --npcol 16 --block 64"
    )]
    Eclipse(Eclipse),
    /// A pipeline of your own: a document, or qube budget FILE.json
    #[command(
        arg_required_else_help = false,
        after_help = "Example: xQML on polarisation maps\n  \
        qube budget examples/pipelines/xqml.json --set npix=3072,nbin=20 --limit machine"
    )]
    Pipeline(pipeline::Budget),
}

#[derive(clap::Args)]
pub struct Harmonic {
    #[command(flatten)]
    sizes: paths::Harmonic,
    #[command(flatten)]
    report: Report,
}

#[derive(clap::Args)]
pub struct PixelDirect {
    #[command(flatten)]
    sizes: paths::PixelDirect,
    #[command(flatten)]
    report: Report,
}

#[derive(clap::Args)]
pub struct Traditional {
    #[command(flatten)]
    sizes: paths::Traditional,
    #[command(flatten)]
    report: Report,
}

#[derive(clap::Args)]
pub struct Auto {
    #[command(flatten)]
    sizes: paths::Auto,
    #[command(flatten)]
    report: Report,
}

#[derive(clap::Args)]
#[command(next_help_heading = "Report")]
pub struct Report {
    /// Exit with 3 if the peak exceeds SIZE: bytes, KiB, MiB, GiB, TiB, or "machine"
    #[arg(long, value_name = "SIZE", allow_hyphen_values = true)]
    limit: Option<Limit>,
    #[command(flatten)]
    drawing: Drawing,
    #[command(flatten)]
    trace: Trace,
    #[command(flatten)]
    bars: Bars,
    #[command(flatten)]
    form: Form,
}

pub fn run(args: &Args) -> Result<Answer, Failure> {
    match args {
        Args::Harmonic(args) => args.report.answer(&args.sizes.run()?.budget()?, None),
        Args::PixelDirect(args) => args.report.answer(&args.sizes.run()?.budget()?, None),
        Args::Traditional(args) => args.report.answer(&args.sizes.run()?.budget()?, None),
        Args::Auto(args) => args.report.answer(&args.sizes.run()?.budget()?, None),
        Args::Eclipse(args) => {
            let budget = args.budget()?;
            args.report.answer(&budget, args.advice(&budget)?.as_ref())
        }
        Args::Pipeline(args) => args.answer(),
    }
}

impl Report {
    pub fn answer(&self, budget: &Budget, ranks: Option<&GridAdvice>) -> Result<Answer, Failure> {
        let known = self.limit.map(Limit::known).transpose()?;
        let limit = known.map(|known| known.bytes);
        let check = limit.map(|limit| budget.check(limit)).transpose()?;
        self.drawing.write(|| budget.svg(limit))?;
        self.trace.write(|| budget.chrome_trace(limit))?;
        let text = if self.form.json {
            let document = budget.json_with(check.as_ref(), ranks);
            let document = match known {
                Some(known) => known.told_in(document),
                None => document,
            };
            document + "\n"
        } else if self.form.markdown {
            budget.markdown(limit)?
        } else {
            let table = budget.table() + &self.bars.below(|symbols| budget.bars(limit, symbols))?;
            let ranks = ranks.map(|ranks| budget.ranks_table(ranks));
            let verdict = check.as_ref().map(|check| check.text());
            [Some(table), ranks, verdict].into_iter().flatten().collect::<Vec<_>>().join("\n")
                + &known.map_or_else(String::new, Known::line)
        };
        Ok(Answer { fits: check.is_none_or(|check| check.fits()), ..Answer::of(text) })
    }
}

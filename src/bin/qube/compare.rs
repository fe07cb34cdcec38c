//! `qube compare`: predicted memory beside measured memory.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use qube_budget::budget::{Budget, Grid};
use qube_budget::run::{Comparison, Job, Measured, Megabyte};

use crate::drawing::{Bars, Form, Trace};
use crate::failure::Failure;
use crate::job::{percent, size};
use crate::{Answer, files, paths, pipeline, sizes};

/// Compare predicted with measured memory, stage by stage, in GiB and in the pipeline's units
#[derive(Subcommand)]
#[command(
    arg_required_else_help = false,
    after_help = "Examples: the calibrated QU run; the ranks of a run of ECLIPSE, one log each\n  \
    qube compare harmonic --n-pix 59136 --n-modes 33274 --lmax-signal 256 --lmax 128 \\\n    \
    --measured a.log\n  \
    qube compare eclipse --code t --pix-t 2500 --lmax 32 --grid 2x1 --block 150 \\\n    \
    --measured rank0.log --measured rank1.log\n\
    FILE is a profile of QUBE's benchmarks, the output of sacct or /usr/bin/time -v, or a log with\n\
    one figure per line and comments (#):\n  \
    baseline 0.26 GiB            before the first stage; subtracted from the others\n  \
    basis_setup 57.80 GiB        at the end of the stage\n  \
    basis_setup peak 113.2 GiB   largest during the stage\n  \
    lifetime peak 139.5 GiB      largest of the run\n\
    Sizes are bytes, or have a unit: KiB, MiB, GiB, TiB; kB, MB and GB are powers of 1024 unless\n\
    --mb 1000 or a line \"mb 1000\" makes them powers of 1000. As JSON, in bytes:\n  \
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
    /// The path that QUBE chooses for these inputs
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
    /// Measured memory (forms: qube compare --help); - is standard input; repeat it for each rank
    #[arg(long, value_name = "FILE", required = true)]
    measured: Vec<PathBuf>,
    /// Base of kB, MB and GB in a log: 1000 or 1024 [default: 1024]
    #[arg(long, value_name = "BASE", value_parser = megabyte)]
    mb: Option<Megabyte>,
    #[command(flatten)]
    ranks: Ranks,
    /// Compare with the budget, or resident sizes with the request [default: budget]
    #[arg(long, value_name = "WHAT", value_parser = against)]
    against: Option<Against>,
    /// Margin of the request, in percent [default: from measured runs]
    #[arg(long, value_name = "PERCENT", value_parser = percent, requires = "against")]
    #[arg(allow_hyphen_values = true)]
    margin: Option<i64>,
    /// Memory of a process before it allocates arrays [default: QUBE 0.26GiB, ECLIPSE 33.4 MB]
    #[arg(long, visible_alias = "baseline", value_name = "SIZE", value_parser = size)]
    #[arg(requires = "against", allow_hyphen_values = true)]
    baseline_bytes: Option<i64>,
    /// Input matrices, n_pix x n_pix, that a process of QUBE keeps [default: 1]
    #[arg(long, value_name = "COUNT", requires = "against", allow_negative_numbers = true)]
    input_matrices: Option<i64>,
    #[command(flatten)]
    trace: Trace,
    #[command(flatten)]
    bars: Bars,
    #[command(flatten)]
    form: Form,
}

/// The grid of the measured ranks.
#[derive(clap::Args)]
#[group(id = "measured_ranks")]
struct Ranks {
    /// Grid of the measured ranks, rows x columns, such as 2x2
    #[arg(long, value_name = "RxC", value_parser = grid)]
    grid: Option<(i64, i64)>,
    /// Rows of the grid, as --grid gives them
    #[arg(long, value_name = "COUNT", requires = "npcol", conflicts_with = "grid")]
    #[arg(allow_negative_numbers = true)]
    nprow: Option<i64>,
    /// Columns of the grid
    #[arg(long, value_name = "COUNT", requires = "nprow", conflicts_with = "grid")]
    #[arg(allow_negative_numbers = true)]
    npcol: Option<i64>,
    /// Rows and columns of a block [default: 64]
    #[arg(long, value_name = "SIZE", allow_negative_numbers = true)]
    block: Option<i64>,
}

/// What is compared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Against {
    Budget,
    Request,
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
        let measured = self.measured.iter().map(|file| self.record(budget, file));
        let measured = measured.collect::<Result<Vec<_>, Failure>>()?;
        let grid = self.ranks.of_budget()?;
        if self.against == Some(Against::Request) {
            let request = budget.request(&self.job(grid)?)?;
            return self.told(&request.compare(&measured)?);
        }
        if self.margin.is_some() || self.baseline_bytes.is_some() || self.input_matrices.is_some() {
            return Err(
                "--margin, --baseline-bytes and --input-matrices need a request; add --against \
                        request"
                    .into(),
            );
        }
        self.told(&budget.compare_ranks(grid, &measured)?)
    }

    /// A record. Errors name its file, also where the budget lacks one of its stages.
    fn record(&self, budget: &Budget, file: &Path) -> Result<Measured, Failure> {
        let in_file = |error| Failure::in_file(file, error);
        let measured = Measured::parse_with(&files::read(file)?, self.mb).map_err(in_file)?;
        budget.compare(&measured).map_err(in_file)?;
        Ok(measured)
    }

    fn job(&self, grid: Option<Grid>) -> Result<Job, Failure> {
        let ranks = grid.map_or(1, |grid| grid.ranks());
        Ok(Job {
            ranks_per_node: i64::try_from(ranks).unwrap_or(i64::MAX),
            grid,
            margin: self.margin,
            baseline_bytes: self.baseline_bytes,
            input_matrices: self.input_matrices,
            ..Job::default()
        })
    }

    fn told(&self, comparison: &Comparison) -> Result<Answer, Failure> {
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

impl Ranks {
    fn of_budget(&self) -> Result<Option<Grid>, Failure> {
        /// As for a request without a block.
        const BLOCK: i64 = 64;
        let sides = self.grid.or(self.nprow.zip(self.npcol));
        match (sides, self.block) {
            (Some((rows, columns)), block) => {
                Ok(Some(Grid::new(rows, columns, block.unwrap_or(BLOCK), None)?))
            }
            (None, Some(_)) => {
                Err("--block needs a grid; add --grid, or --nprow and --npcol".into())
            }
            (None, None) => Ok(None),
        }
    }
}

fn megabyte(text: &str) -> Result<Megabyte, &'static str> {
    text.parse().ok().and_then(Megabyte::of).ok_or("give 1000 or 1024")
}

fn against(text: &str) -> Result<Against, &'static str> {
    match text {
        "budget" => Ok(Against::Budget),
        "request" => Ok(Against::Request),
        _ => Err("give budget or request"),
    }
}

fn grid(text: &str) -> Result<(i64, i64), &'static str> {
    let sides = text
        .split_once('x')
        .and_then(|(rows, columns)| Some((rows.parse().ok()?, columns.parse().ok()?)));
    sides.ok_or("give rows x columns, such as 2x2")
}

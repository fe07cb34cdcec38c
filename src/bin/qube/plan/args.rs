//! The arguments of `qube plan`, in groups.

use std::path::PathBuf;

use clap::{ArgAction, ValueEnum};

use crate::limit::Limit;
use crate::lists::{self, Means};

/// Plan the contractions of a term: their order, footprints and peak memory
#[derive(clap::Args)]
#[command(
    arg_required_else_help = false,
    after_help = "Term, batches: a term in SeQuant's form, Κ in batches of at most 60\n  \
    qube plan --term 'g{i_1;a_1;Κ_1} g{a_1;a_2;Κ_1} t{a_2;i_2}' --extents i=20,a=200,Κ=600 \\\n    \
    --batch Κ=60 --volatile t --objective peak-batched\n\
    Objective: complex numbers, and a peak at most 5 % above the least\n  \
    qube plan --einsum 'ij,jk,kl->il' --extents i=10,j=20,k=30,l=40 --objective peak \\\n    \
    --peak-flops-tolerance 0.05 --bytes-per-element 16\n\
    Roofline: 30 multiply-add pairs take as long as moving an element\n  \
    qube plan --einsum 'ij,jk,kl->il' --extents i=10,j=20,k=30,l=40 --objective time-space \\\n    \
    --machine-balance 30 --fast-mem-elems 131072\n\
    Search: at most 10 seconds and 4 GiB of tables\n  \
    qube plan --einsum 'ij,jk,kl->il' --extents i=10,j=20,k=30,l=40 --max-seconds 10 \\\n    \
    --max-bytes 4GiB\n\
    Report: a network from standard input; the plan as JSON\n  \
    qube plan --json - < network.json"
)]
pub struct Args {
    /// Network to read (JSON), - for standard input; {"cases":[...]} gives one JSON line per case
    #[arg(required_unless_present_any = ["term", "einsum"], conflicts_with_all = ["term", "einsum"])]
    pub file: Option<PathBuf>,
    /// Plan only the case of this name
    #[arg(long, value_name = "NAME", conflicts_with_all = ["term", "einsum"])]
    #[arg(help_heading = "Term")]
    pub case: Option<String>,
    /// Term in SeQuant's form: 'g{a_1;i_1} t{a_1<i_2>;i_2}'
    #[arg(long, value_name = "TEXT", conflicts_with = "einsum", help_heading = "Term")]
    pub term: Option<String>,
    /// Einsum expression: 'ijk,kl->ijl'; any character but , - > . and blanks is an index
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true, help_heading = "Term")]
    pub einsum: Option<String>,
    /// Extents by space, or by index for --einsum; this and other lists may be repeated
    #[arg(long, value_name = "SPACE=EXTENT,...", value_delimiter = ',')]
    #[arg(value_parser = lists::number, help_heading = "Term")]
    pub extents: Vec<(String, i64)>,
    /// Power means of the domain sizes of composite indices, for k = 1, 2, ...
    #[arg(long, value_name = "SPACE=MEAN,...", value_parser = lists::power_means)]
    #[arg(help_heading = "Term")]
    pub power_means: Vec<Means>,

    /// Slice the contracted indices of a space into batches of at most TARGET elements
    #[arg(long, value_name = "SPACE=TARGET,...", value_delimiter = ',')]
    #[arg(value_parser = lists::number, help_heading = "Batches")]
    pub batch: Vec<(String, i64)>,
    /// Slice the external indices of a space (time-space-batched, space-time-batched)
    #[arg(long, value_name = "SPACE=TARGET,...", value_delimiter = ',')]
    #[arg(value_parser = lists::number, help_heading = "Batches")]
    pub batch_external: Vec<(String, i64)>,
    /// Build the batches of a space from whole tiles of SIZE elements
    #[arg(long, value_name = "SPACE=SIZE,...", value_delimiter = ',')]
    #[arg(value_parser = lists::number, help_heading = "Batches")]
    pub tile: Vec<(String, i64)>,
    /// Labels of the tensors that change on every iteration
    #[arg(long, value_name = "LABEL,...", value_delimiter = ',', help_heading = "Batches")]
    pub volatile: Vec<String>,
    /// Open no loops over subtrees with a volatile tensor
    #[arg(long, help_heading = "Batches")]
    pub persistent_only: bool,
    /// Fraction of a batch's contribution that is live beside the accumulator [default: 0]
    #[arg(long, value_name = "FACTOR", allow_negative_numbers = true, help_heading = "Batches")]
    pub accumulation_factor: Option<f64>,
    /// Memory that a sliced plan must fit (time-space-batched, space-time-batched); else exit with 3
    #[arg(long, visible_alias = "threshold", value_name = "SIZE", allow_negative_numbers = true)]
    #[arg(help_heading = "Batches")]
    pub peak_threshold: Option<Limit>,
    /// Policy file (JSON, schema qube-policy/1); flags add to it; - is standard input
    #[arg(long, value_name = "FILE", help_heading = "Batches")]
    pub policy: Option<PathBuf>,

    /// Quantity to minimize
    #[arg(long, value_enum, default_value_t = ObjectiveName::Flops, help_heading = "Objective")]
    pub objective: ObjectiveName,
    /// Evaluations of a volatile contraction per evaluation of a persistent one
    #[arg(long, value_name = "W", default_value_t = 1.0, allow_negative_numbers = true)]
    #[arg(help_heading = "Objective")]
    pub volatile_weight: f64,
    /// Cost per element of an intermediate (flops, size)
    #[arg(long, value_name = "W", default_value_t = 0.0, allow_negative_numbers = true)]
    #[arg(help_heading = "Objective")]
    pub footprint_weight: f64,
    /// Fraction by which a plan may exceed the least peak to save work (peak, peak-batched)
    #[arg(long, visible_alias = "peak-tolerance", value_name = "FRACTION", default_value_t = 0.1)]
    #[arg(allow_negative_numbers = true, help_heading = "Objective")]
    pub peak_flops_tolerance: f64,
    /// Bytes per element [default: the network's, or 8]
    #[arg(long, value_name = "N", allow_negative_numbers = true, help_heading = "Objective")]
    pub bytes_per_element: Option<u64>,
    /// Size composite indices by their extents, not by their power means
    #[arg(long, help_heading = "Objective")]
    pub no_inner_pow: bool,
    /// Compute intermediates that differ only by index names a single time (flops, size)
    #[arg(long, help_heading = "Objective")]
    pub subnet_cse: bool,

    /// Multiply-add pairs that take as long as moving an element; 0: no roofline
    #[arg(long, value_name = "RATIO", default_value_t = 0.0, allow_negative_numbers = true)]
    #[arg(help_heading = "Roofline")]
    pub machine_balance: f64,
    /// Size of fast memory, in elements; 0: operands and result move once
    #[arg(long, visible_alias = "fast-mem", value_name = "ELEMENTS", default_value_t = 0.0)]
    #[arg(allow_negative_numbers = true, help_heading = "Roofline")]
    pub fast_mem_elems: f64,
    /// Blocks that fast memory holds at a time
    #[arg(long, value_name = "BLOCKS", default_value_t = 3.0, allow_negative_numbers = true)]
    #[arg(help_heading = "Roofline")]
    pub block_tiles: f64,
    /// Factor of the blocked traffic
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, allow_negative_numbers = true)]
    #[arg(help_heading = "Roofline")]
    pub block_prefactor: f64,

    /// Search outer products too
    #[arg(long, visible_alias = "no-prune", help_heading = "Search")]
    pub no_prune_outer_products: bool,
    /// Stop after expanding N states, with the best plan so far; 0: no limit
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    #[arg(help_heading = "Search")]
    pub max_states: u64,
    /// Stop after this many seconds; the plan then depends on the machine; 0: no limit
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0, allow_negative_numbers = true)]
    #[arg(help_heading = "Search")]
    pub max_seconds: f64,
    /// Stop when the tables of the search exceed SIZE [default: 1GiB]
    #[arg(long, visible_alias = "max-memory", value_name = "SIZE", allow_negative_numbers = true)]
    #[arg(help_heading = "Search")]
    pub max_bytes: Option<Limit>,
    /// Refuse plans that are not proven best
    #[arg(long, help_heading = "Search")]
    pub require_optimal: bool,
    /// Threads for a file with many cases; the answers do not depend on them
    #[arg(long, visible_alias = "threads", value_name = "N", default_value_t = 1)]
    #[arg(value_parser = clap::value_parser!(u16).range(1..), help_heading = "Search")]
    pub num_threads: u16,

    /// Print the Pareto frontier (peak, cost) from which the plan is chosen
    #[arg(long, help_heading = "Report")]
    pub frontier: bool,
    /// Reorder contractions to minimize peak memory (not only depth-first)
    #[arg(long, visible_alias = "any-order", help_heading = "Report")]
    pub best_order: bool,
    /// Check the plan by an independent recomputation; with FILE, check a plan of an earlier --json
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    #[arg(help_heading = "Report")]
    pub verify: Option<Option<PathBuf>>,
    /// Exit with 3 if the peak exceeds SIZE: bytes, KiB, MiB, GiB, TiB, or "machine"
    #[arg(long, value_name = "SIZE", allow_negative_numbers = true, help_heading = "Report")]
    pub limit: Option<Limit>,
    /// Print one JSON document
    #[arg(long, action = ArgAction::SetTrue, help_heading = "Report")]
    pub json: bool,
    /// Draw live memory over the plan into FILE (SVG)
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    pub svg: Option<PathBuf>,
    /// Draw the contraction tree into FILE (DOT, for Graphviz)
    #[arg(long, value_name = "FILE", help_heading = "Report")]
    pub dot: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum ObjectiveName {
    Flops,
    Size,
    Peak,
    PeakBatched,
    TimeSpace,
    TimeSpaceBatched,
    SpaceTimeBatched,
}

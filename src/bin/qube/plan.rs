//! `qube plan`: the order in which to contract a term, or many.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use clap::ValueEnum;
use qube_budget::cost::Roofline;
use qube_budget::network::json::{Case, Document, document_from_json};
use qube_budget::network::{Network, Spaces, einsum, parse};
use qube_budget::policy::Role;
use qube_budget::{BatchPolicy, Limits, Objective, Options, Plan, optimize};
use rayon::prelude::*;
use serde::Serialize;

use crate::Answer;
use crate::limit::Limit;

/// Order in which to contract a term: its steps, footprints and peak memory
///
/// The term is a JSON file (one network, or {"cases":[...]}: one JSON line per case), or a text with
/// a table of extents.
#[derive(clap::Args)]
#[command(
    arg_required_else_help = false,
    after_help = "Example: a term in the manner of SeQuant, Κ in batches of at most 60\n  \
    qube plan --term 'g{i_1;a_1;Κ_1} g{a_1;a_2;Κ_1} t{a_2;i_2}' --extents i=20,a=200,Κ=600 \\\n    \
    --batch Κ=60 --volatile t --objective peak-batched"
)]
pub struct Args {
    /// Network document to read
    #[arg(required_unless_present_any = ["term", "einsum"], conflicts_with_all = ["term", "einsum"])]
    file: Option<PathBuf>,
    /// The case of the document to plan, by name; without: all of them
    #[arg(long, value_name = "NAME", conflicts_with_all = ["term", "einsum"])]
    case: Option<String>,
    /// Term in the manner of SeQuant: 'g{a_1;i_1} t{a_1<i_2>;i_2}'
    #[arg(long, value_name = "TEXT", requires = "extents", conflicts_with = "einsum")]
    term: Option<String>,
    /// Einsum expression: 'ijk,kl->ijl'
    #[arg(long, value_name = "TEXT", requires = "extents")]
    einsum: Option<String>,
    /// Extents by space, or by letter for --einsum
    #[arg(long, value_name = "SPACE=EXTENT,...", value_delimiter = ',', value_parser = extent)]
    extents: Vec<(String, i64)>,
    /// Power means of the domain sizes of a space's composite indices, for k = 1, 2, ...
    #[arg(long, value_name = "SPACE=MEAN,...", value_parser = power_means)]
    power_means: Vec<(String, Vec<f64>)>,
    /// Let loops slice the contracted indices of a space into batches of at most TARGET elements
    #[arg(long, value_name = "SPACE=TARGET", value_parser = extent)]
    batch: Vec<(String, i64)>,
    /// The same for its external indices, those open in the result (time-space-batched,
    /// space-time-batched)
    #[arg(long, value_name = "SPACE=TARGET", value_parser = extent)]
    batch_external: Vec<(String, i64)>,
    /// The indices of a space come in tiles of SIZE elements: a batch has whole ones
    #[arg(long, value_name = "SPACE=SIZE", value_parser = extent)]
    tile: Vec<(String, i64)>,
    /// Label of tensors that change on every iteration
    #[arg(long, value_name = "LABEL")]
    volatile: Vec<String>,
    /// Batch policy to read (JSON, schema qube-policy/1); the other flags add to it
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,

    /// What the plan is to be best in
    #[arg(long, value_enum, default_value_t = ObjectiveName::Flops)]
    objective: ObjectiveName,
    /// How often volatile contractions are carried out for one of the others
    #[arg(long, value_name = "W", default_value_t = 1.0, allow_negative_numbers = true)]
    volatile_weight: f64,
    /// Cost of an element of an intermediate (flops, size)
    #[arg(long, value_name = "W", default_value_t = 0.0, allow_negative_numbers = true)]
    footprint_weight: f64,
    /// How far above the least peak a plan may be to save work, as a fraction (peak, peak-batched)
    #[arg(long, value_name = "FRACTION", default_value_t = 0.1, allow_negative_numbers = true)]
    peak_tolerance: f64,
    /// Roofline: multiply-add pairs that take as long as moving an element; 0: off
    #[arg(long, value_name = "RATIO", default_value_t = 0.0, allow_negative_numbers = true)]
    machine_balance: f64,
    /// Roofline: elements of fast memory; 0: operands and result are moved once
    #[arg(long, value_name = "ELEMENTS", default_value_t = 0.0, allow_negative_numbers = true)]
    fast_mem: f64,
    /// Roofline: blocks that fast memory holds at a time
    #[arg(long, value_name = "BLOCKS", default_value_t = 3.0, allow_negative_numbers = true)]
    block_tiles: f64,
    /// Roofline: factor of the blocked traffic
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, allow_negative_numbers = true)]
    block_prefactor: f64,
    /// How much of a batch's contribution lives beside the accumulator [default: 0]
    #[arg(long, value_name = "FACTOR", allow_negative_numbers = true)]
    accumulation_factor: Option<f64>,
    /// Open no loops over subtrees that hold a volatile tensor
    #[arg(long)]
    persistent_only: bool,
    /// Search outer products too
    #[arg(long)]
    no_prune: bool,
    /// Size composite indices by their extents, not by their power means
    #[arg(long)]
    no_inner_pow: bool,
    /// Compute intermediates that are equal up to a renaming of indices once (flops, size)
    #[arg(long)]
    subnet_cse: bool,

    /// Find all points (peak, cost) among which the plan is chosen, where the peak counts, and print
    /// them, too
    #[arg(long)]
    frontier: bool,
    /// Take the contractions in the order that holds least, also if it begins one operand before the
    /// other is done: --limit is for its peak, JSON has it as best_order
    #[arg(long)]
    any_order: bool,
    /// Stop after so many labels (ways to contract a set of tensors) with the best plan so far; 0: none
    #[arg(long, value_name = "N", default_value_t = 0)]
    max_states: u64,
    /// Stop after so many seconds; the plan then depends on the machine; 0: no limit
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0, allow_negative_numbers = true)]
    max_seconds: f64,
    /// Stop when the tables of the search would take more, as --limit takes it [default: 1GiB]
    #[arg(long, value_name = "BYTES", allow_negative_numbers = true)]
    max_memory: Option<Limit>,
    /// Refuse plans that are not proven best
    #[arg(long)]
    require_optimal: bool,
    /// Check the plan by an independent replay of all its steps; with FILE, instead of planning, the
    /// plan that --json wrote there
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    verify: Option<Option<PathBuf>>,
    /// Print a JSON document
    #[arg(long)]
    json: bool,
    /// File to write a drawing (SVG) of live memory over the plan to
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// File to write the contraction tree to, for Graphviz (DOT)
    #[arg(long, value_name = "FILE")]
    dot: Option<PathBuf>,
    /// Memory that loops slice for (time-space-batched, space-time-batched), as --limit takes it
    #[arg(long, value_name = "BYTES", allow_negative_numbers = true)]
    threshold: Option<Limit>,
    /// Memory that the peak must fit: bytes, or a number with KiB, MiB, GiB or TiB, or 'machine'
    #[arg(long, value_name = "BYTES", allow_negative_numbers = true)]
    limit: Option<Limit>,
    /// Threads for a file with many cases; the answers do not depend on it
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    threads: u16,
}

#[derive(Clone, Copy, ValueEnum)]
enum ObjectiveName {
    Flops,
    Size,
    Peak,
    PeakBatched,
    TimeSpace,
    TimeSpaceBatched,
    SpaceTimeBatched,
}

pub fn run(args: &Args) -> Result<Answer, Box<dyn Error>> {
    let options = options(args)?;
    options.check()?;
    match document(args)? {
        Document::One(case) => one(args, &options, *case),
        Document::Cases(_) if args.svg.is_some() || args.dot.is_some() => {
            Err("--svg and --dot draw one term; allowed: with --case NAME, or a file of one".into())
        }
        Document::Cases(_) if matches!(args.verify, Some(Some(_))) => {
            Err("--verify=FILE reads one plan; allowed: with --case NAME, or a file of one".into())
        }
        Document::Cases(cases) => many(args, &options, cases),
    }
}

fn one(args: &Args, options: &Options, case: Case) -> Result<Answer, Box<dyn Error>> {
    let policy = Policy::read(args)?.with(case.policy)?;
    let plan = verified(args, &case.network, &policy, options)?;
    draw(args, &plan)?;
    let mut text =
        if args.json { named(args, case.name.as_deref(), &plan)? } else { plan.report() };
    if args.any_order && !args.json && plan.best_order().peak >= plan.peak {
        text += "\nno order of these contractions is known that holds less\n";
    }
    if args.verify.is_some() && !args.json {
        text += "\nthe replay gives the same numbers\n";
    }
    if args.frontier && !args.json {
        text += &frontier(&plan);
    }
    let excess = excess(args, &plan)?;
    if excess > 0 && !args.json {
        let plural = if excess == 1 { "" } else { "s" };
        text += &format!("\nthe peak exceeds the limit by {excess} byte{plural}\n");
    }
    Ok(Answer { text, fits: excess == 0 && plan.infeasible.is_none() })
}

/// The plan of a term, checked where that is asked for.
fn verified(
    args: &Args,
    network: &Network,
    policy: &BatchPolicy,
    options: &Options,
) -> Result<Plan, Box<dyn Error>> {
    let plan = match &args.verify {
        Some(Some(file)) => {
            let text = fs::read_to_string(file)
                .map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
            Plan::from_json(&text)?
        }
        _ => optimize(network, policy, options)?,
    };
    if args.verify.is_some() {
        plan.verify(network, policy, options)?;
        if args.any_order {
            plan.verify_order(&plan.best_order(), network, policy, options)?;
        }
    }
    Ok(plan)
}

fn draw(args: &Args, plan: &Plan) -> Result<(), Box<dyn Error>> {
    let drawings = [(&args.svg, Plan::to_svg as fn(&Plan) -> String), (&args.dot, Plan::to_dot)];
    for (file, drawing) in drawings {
        let Some(file) = file else { continue };
        fs::write(file, drawing(plan))
            .map_err(|error| format!("{} cannot be written: {error}", file.display()))?;
    }
    Ok(())
}

fn many(args: &Args, options: &Options, cases: Vec<Case>) -> Result<Answer, Box<dyn Error>> {
    let policy = Policy::read(args)?;
    let threads = rayon::ThreadPoolBuilder::new().num_threads(args.threads.into()).build()?;
    let plan = |case: Case| -> Result<(String, bool), String> {
        let name = case.name.clone();
        let planned = || -> Result<_, Box<dyn Error>> {
            let plan = verified(args, &case.network, &policy.with(case.policy)?, options)?;
            let fits = excess(args, &plan)? == 0 && plan.infeasible.is_none();
            Ok((named(args, case.name.as_deref(), &plan)?, fits))
        };
        planned().map_err(|error| format!("case {}: {error}", name.unwrap_or_default()))
    };
    let planned: Vec<_> =
        threads.install(|| cases.into_par_iter().map(plan).collect::<Result<_, _>>())?;
    let fits = planned.iter().all(|&(_, fits)| fits);
    Ok(Answer { text: planned.into_iter().map(|(line, _)| line).collect(), fits })
}

fn document(args: &Args) -> Result<Document, Box<dyn Error>> {
    if let Some(file) = &args.file {
        let text = fs::read_to_string(file)
            .map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
        return the_case(args, document_from_json(&text)?);
    }
    let spaces = spaces(args)?;
    let network = match (&args.term, &args.einsum) {
        (Some(term), _) => parse(term, &spaces)?,
        (None, text) => einsum(text.as_deref().unwrap_or_default(), &spaces)?,
    };
    Ok(Document::One(Box::new(Case { name: None, network, policy: BatchPolicy::new() })))
}

/// The document, or what of it --case names.
fn the_case(args: &Args, document: Document) -> Result<Document, Box<dyn Error>> {
    let Some(wanted) = &args.case else { return Ok(document) };
    let cases = match document {
        Document::One(case) => vec![*case],
        Document::Cases(cases) => cases,
    };
    let names: Vec<String> = cases.iter().filter_map(|case| case.name.clone()).collect();
    match cases.into_iter().find(|case| case.name.as_ref() == Some(wanted)) {
        Some(case) => Ok(Document::One(Box::new(case))),
        None => Err(format!("--case {wanted}: the cases are: {}", names.join(", ")).into()),
    }
}

fn spaces(args: &Args) -> Result<Spaces, Box<dyn Error>> {
    for (space, _) in &args.power_means {
        if !args.extents.iter().any(|(with_extent, _)| with_extent == space) {
            return Err(format!("--power-means {space}: --extents does not name that space").into());
        }
    }
    let mut spaces = Spaces::new();
    for (space, extent) in &args.extents {
        let means = args.power_means.iter().filter(|(of, _)| of == space);
        let means: Vec<f64> = means.flat_map(|(_, means)| means.iter().copied()).collect();
        spaces.add_composite(space, *extent, &means)?;
    }
    Ok(spaces)
}

/// What the command line says of batches: a document, and flags that add to it.
struct Policy<'a> {
    args: &'a Args,
    document: Option<String>,
    threshold: Option<i64>,
}

impl<'a> Policy<'a> {
    fn read(args: &'a Args) -> Result<Self, Box<dyn Error>> {
        let read = |file: &PathBuf| {
            fs::read_to_string(file)
                .map_err(|error| format!("{} cannot be read: {error}", file.display()))
        };
        Ok(Policy {
            args,
            document: args.policy.as_ref().map(read).transpose()?,
            threshold: args.threshold.map(Limit::bytes).transpose()?,
        })
    }

    /// Added to the policy that stands beside a network.
    fn with(&self, of_network: BatchPolicy) -> qube_budget::Result<BatchPolicy> {
        let Policy { args, document, threshold } = self;
        let mut policy = of_network;
        if let Some(document) = document {
            policy.add_json(document)?;
        }
        for (space, target) in &args.batch {
            policy.batch_space(Role::Contracted, space, *target)?;
        }
        for (space, target) in &args.batch_external {
            policy.batch_space(Role::External, space, *target)?;
        }
        for (space, tile) in &args.tile {
            policy.tile_space(space, *tile)?;
        }
        args.volatile.iter().for_each(|label| policy.volatile(label));
        if args.persistent_only {
            policy.set_persistent_only(true);
        }
        if let Some(factor) = args.accumulation_factor {
            policy.set_accumulation_factor(factor)?;
        }
        if threshold.is_some() {
            policy.set_peak_threshold(*threshold)?;
        }
        Ok(policy)
    }
}

fn options(args: &Args) -> Result<Options, Box<dyn Error>> {
    let max_bytes = match args.max_memory.map(Limit::bytes).transpose()? {
        None => 0,
        Some(bytes) => u64::try_from(bytes).ok().filter(|&bytes| bytes > 0).ok_or_else(|| {
            format!("--max-memory is {bytes}; allowed: 1 to 137438953472 (128 GiB)")
        })?,
    };
    Ok(Options {
        objective: match args.objective {
            ObjectiveName::Flops => Objective::Flops,
            ObjectiveName::Size => Objective::Size,
            ObjectiveName::Peak => Objective::Peak,
            ObjectiveName::PeakBatched => Objective::PeakBatched,
            ObjectiveName::TimeSpace => Objective::TimeSpace,
            ObjectiveName::TimeSpaceBatched => Objective::TimeSpaceBatched,
            ObjectiveName::SpaceTimeBatched => Objective::SpaceTimeBatched,
        },
        prune_outer_products: !args.no_prune,
        use_inner_pow: !args.no_inner_pow,
        volatile_weight: args.volatile_weight,
        footprint_weight: args.footprint_weight,
        peak_flops_tolerance: args.peak_tolerance,
        roofline: Roofline {
            machine_balance: args.machine_balance,
            fast_mem_elems: args.fast_mem,
            block_tiles: args.block_tiles,
            block_prefactor: args.block_prefactor,
        },
        subnet_cse: args.subnet_cse,
        frontier: args.frontier,
        limits: Limits { max_states: args.max_states, max_seconds: args.max_seconds, max_bytes },
        require_optimal: args.require_optimal,
        ..Options::default()
    })
}

/// A JSON line: the plan, the name of its case where it has one, and its best order where that is
/// asked for.
fn named(args: &Args, name: Option<&str>, plan: &Plan) -> Result<String, Box<dyn Error>> {
    #[derive(Serialize)]
    struct Named<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<&'a str>,
        #[serde(flatten)]
        plan: &'a Plan,
        #[serde(skip_serializing_if = "Option::is_none")]
        best_order: Option<BestOrder>,
    }
    let best_order = args.any_order.then(|| BestOrder::of(plan));
    Ok(serde_json::to_string(&Named { name, plan, best_order })? + "\n")
}

/// An order of the steps of a plan, by the numbers of their results.
#[derive(Serialize)]
struct BestOrder {
    results: Vec<usize>,
    peak_elements: f64,
    /// null where a double no longer counts every element.
    peak_bytes: Option<u64>,
    /// null for a single tensor.
    peak_result: Option<usize>,
}

impl BestOrder {
    fn of(plan: &Plan) -> Self {
        let (order, numbers) = (plan.best_order(), plan.ids());
        BestOrder {
            results: order.contractions.iter().map(|&at| numbers[at]).collect(),
            peak_elements: order.peak,
            peak_bytes: plan.bytes("the peak of the best order", order.peak).ok(),
            peak_result: (!order.contractions.is_empty()).then(|| numbers[order.peak_at]),
        }
    }
}

fn frontier(plan: &Plan) -> String {
    // From 2^53 on not every digit of a whole number would be one.
    let number = |value: f64| {
        if value < EXACT { value.to_string() } else { format!("{value:e}") }
    };
    let point = |&(peak, cost): &(f64, f64)| format!("{:>22} {:>22}\n", number(peak), number(cost));
    let points: String = plan.frontier.iter().map(point).collect();
    format!("\n{:>22} {:>22}\n{points}", "peak, elements", "cost")
}

/// By how many bytes the peak exceeds the limit; 0 without a limit.
fn excess(args: &Args, plan: &Plan) -> Result<u64, Box<dyn Error>> {
    let Some(limit) = args.limit else { return Ok(0) };
    let bytes = limit.bytes()?;
    match u64::try_from(bytes) {
        Ok(limit) if limit > 0 => {
            let peak = if args.any_order { plan.best_order().peak } else { plan.peak };
            Ok(plan.bytes("the peak in bytes", peak)?.saturating_sub(limit))
        }
        _ => Err(format!("--limit is {bytes}; allowed: 1 or more bytes").into()),
    }
}

/// 2^53: doubles from here on do not hold every integer.
const EXACT: f64 = (1u64 << f64::MANTISSA_DIGITS) as f64;

/// `SPACE=NUMBER`
fn extent(text: &str) -> Result<(String, i64), String> {
    let (space, number) = pair(text)?;
    let number = number.parse().map_err(|_| format!("'{number}' is not a whole number"))?;
    Ok((space.into(), number))
}

/// `SPACE=NUMBER,NUMBER,...`
fn power_means(text: &str) -> Result<(String, Vec<f64>), String> {
    let (space, numbers) = pair(text)?;
    let number = |text: &str| text.parse().map_err(|_| format!("'{text}' is not a number"));
    Ok((space.into(), numbers.split(',').map(number).collect::<Result<_, _>>()?))
}

fn pair(text: &str) -> Result<(&str, &str), String> {
    text.split_once('=').ok_or_else(|| format!("'{text}' is not of the form SPACE=NUMBER"))
}

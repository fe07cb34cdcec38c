//! `qube plan`: contraction plans for one term or many.

mod args;

use std::path::{Path, PathBuf};

use qube_budget::Roofline;
use qube_budget::document::{Case, Document, document_from_json};
use qube_budget::network::{Network, Spaces, einsum, parse};
use qube_budget::policy::Role;
use qube_budget::{BatchPolicy, Limits, Objective, Options, Plan, optimize_patiently};
use rayon::prelude::*;
use serde::Serialize;

use crate::failure::Failure;
use crate::limit::Limit;
use crate::lists::Means;
use crate::waiting::Waiting;
use crate::{Answer, files};

pub use args::Args;
use args::ObjectiveName;

pub fn run(args: &Args) -> Result<Answer, Failure> {
    let options = options(args)?;
    options.check()?;
    match document(args)? {
        Document::One(case) => one(args, &options, *case),
        Document::Cases(_) if args.svg.is_some() || args.dot.is_some() => {
            Err("--svg and --dot draw one term; choose it with --case, or give a file of one"
                .into())
        }
        Document::Cases(_) if matches!(args.verify, Some(Some(_))) => {
            Err("--verify=FILE reads one plan; choose its term with --case, or give a file of one"
                .into())
        }
        Document::Cases(cases) => many(args, &options, cases),
    }
}

fn one(args: &Args, options: &Options, case: Case) -> Result<Answer, Failure> {
    let policy = Policy::read(args)?;
    let waiting = Waiting::for_cases(1)?;
    let name = case.name.clone();
    let plan = planned(args, case, &policy, options, &waiting)?;
    draw(args, &plan)?;
    let mut text = if args.json { named(args, name.as_deref(), &plan) } else { plan.report() };
    if args.best_order && !args.json && plan.best_order().peak >= plan.peak {
        text += "\nno order of these contractions with a lower peak was found\n";
    }
    if args.verify.is_some() && !args.json {
        text += "\nan independent recomputation gives the same numbers\n";
    }
    if args.frontier && !args.json {
        text += &frontier(&plan);
    }
    let excess = excess(args, &plan)?;
    if excess > 0 && !args.json {
        let plural = if excess == 1 { "" } else { "s" };
        text += &format!("\nthe peak exceeds the limit by {excess} byte{plural}\n");
    }
    let fits = excess == 0 && plan.infeasible.is_none();
    Ok(Answer { fits, interrupted: waiting.is_interrupted(), ..Answer::of(text) })
}

/// The plan of a case, under its own policy and the command line's.
fn planned(
    args: &Args,
    case: Case,
    policy: &Policy,
    options: &Options,
    waiting: &Waiting,
) -> Result<Plan, Failure> {
    let Case { network, policy: beside, bytes_per_element, .. } = case;
    let policy = policy.with(beside)?;
    let mut options = options.clone();
    if let (None, Some(bytes)) = (args.bytes_per_element, bytes_per_element) {
        options.bytes_per_element = bytes;
    }
    verified(args, &network, &policy, &options, waiting)
}

/// The plan of a term, read or searched; `--verify` checks it.
fn verified(
    args: &Args,
    network: &Network,
    policy: &BatchPolicy,
    options: &Options,
    waiting: &Waiting,
) -> Result<Plan, Failure> {
    let plan = match &args.verify {
        Some(Some(file)) => {
            let plan = Plan::from_json(&files::read(file)?);
            plan.map_err(|error| Failure::in_file(file, error))?
        }
        _ => optimize_patiently(network, policy, options, |progress| waiting.hear(progress))
            .map_err(|error| waiting.failure(error))?,
    };
    if args.verify.is_some() {
        plan.verify(network, policy, options)?;
        if args.best_order {
            plan.verify_order(&plan.best_order(), network, policy, options)?;
        }
    }
    Ok(plan)
}

fn draw(args: &Args, plan: &Plan) -> Result<(), Failure> {
    let drawings = [(&args.svg, Plan::to_svg as fn(&Plan) -> String), (&args.dot, Plan::to_dot)];
    for (file, drawing) in drawings {
        let Some(file) = file else { continue };
        files::write(file, &drawing(plan))?;
    }
    Ok(())
}

fn many(args: &Args, options: &Options, cases: Vec<Case>) -> Result<Answer, Failure> {
    let policy = Policy::read(args)?;
    let threads = rayon::ThreadPoolBuilder::new()
        .num_threads(args.num_threads.into())
        .build()
        .map_err(|error| {
            let threads = args.num_threads;
            Failure::machine(format!(
                "cannot start {threads} threads: {error}; give --num-threads 1"
            ))
        })?;
    let waiting = Waiting::for_cases(cases.len())?;
    let plan = |(at, case): (usize, Case)| -> Result<(String, bool), Failure> {
        let name = case.name.clone();
        let planned = || {
            let plan = planned(args, case, &policy, options, &waiting)?;
            let fits = excess(args, &plan)? == 0 && plan.infeasible.is_none();
            Ok((named(args, name.as_deref(), &plan), fits))
        };
        let planned = planned().map_err(|failure: Failure| {
            failure.at(format!("case {}", name.clone().unwrap_or_else(|| (at + 1).to_string())))
        });
        waiting.end_of_case();
        planned
    };
    let planned: Vec<_> = threads
        .install(|| cases.into_par_iter().enumerate().map(plan).collect::<Result<_, Failure>>())?;
    let fits = planned.iter().all(|&(_, fits)| fits);
    let text = planned.into_iter().map(|(line, _)| line).collect();
    Ok(Answer { fits, interrupted: waiting.is_interrupted(), ..Answer::of(text) })
}

fn document(args: &Args) -> Result<Document, Failure> {
    if let Some(file) = &args.file {
        let document = document_from_json(&files::read(file)?);
        return the_case(args, document.map_err(|error| Failure::in_file(file, error))?);
    }
    let spaces = spaces(args)?;
    let network = match (&args.term, &args.einsum) {
        (Some(term), _) => parse(term, &spaces)?,
        (None, text) => einsum(text.as_deref().unwrap_or_default(), &spaces)?,
    };
    let policy = BatchPolicy::new();
    Ok(Document::One(Box::new(Case { name: None, network, policy, bytes_per_element: None })))
}

/// The document, or the one case that `--case` names.
fn the_case(args: &Args, document: Document) -> Result<Document, Failure> {
    let Some(wanted) = &args.case else { return Ok(document) };
    let cases = match document {
        Document::One(case) => vec![*case],
        Document::Cases(cases) => cases,
    };
    let names: Vec<String> = cases.iter().filter_map(|case| case.name.clone()).collect();
    match cases.into_iter().find(|case| case.name.as_ref() == Some(wanted)) {
        Some(case) => Ok(Document::One(Box::new(case))),
        None if names.is_empty() => {
            Err(format!("--case {wanted}: no case of the file has a name; leave --case out").into())
        }
        None => {
            let names = names.join(", ");
            Err(format!("--case {wanted} is not in the file; give one of: {names}").into())
        }
    }
}

fn spaces(args: &Args) -> Result<Spaces, Failure> {
    let means: Vec<_> = args.power_means.iter().flat_map(|Means(lists)| lists).collect();
    for (space, _) in &means {
        if !args.extents.iter().any(|(with_extent, _)| with_extent == space) {
            let reason = format!("--power-means names space '{space}', which has no extent");
            return Err(format!("{reason}; add it to --extents").into());
        }
    }
    let mut spaces = Spaces::new();
    for (space, extent) in &args.extents {
        let of_space = means.iter().filter(|(of, _)| of == space);
        let of_space: Vec<f64> = of_space.flat_map(|(_, means)| means.iter().copied()).collect();
        spaces.add_composite(space, *extent, &of_space)?;
    }
    Ok(spaces)
}

/// The policy of the command line: a document, and flags that add to it.
struct Policy<'a> {
    args: &'a Args,
    document: Option<(&'a Path, String)>,
    threshold: Option<i64>,
}

impl<'a> Policy<'a> {
    fn read(args: &'a Args) -> Result<Self, Failure> {
        let read = |file: &'a PathBuf| -> Result<(&'a Path, String), Failure> {
            Ok((file.as_path(), files::read(file)?))
        };
        Ok(Policy {
            args,
            document: args.policy.as_ref().map(read).transpose()?,
            threshold: args.peak_threshold.map(Limit::bytes).transpose()?,
        })
    }

    /// The policy beside a network, with the document and the flags added.
    fn with(&self, of_network: BatchPolicy) -> Result<BatchPolicy, Failure> {
        let Policy { args, document, threshold } = self;
        let mut policy = of_network;
        if let Some((file, document)) = document {
            policy.add_json(document).map_err(|error| Failure::in_file(file, error))?;
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

fn options(args: &Args) -> Result<Options, Failure> {
    let max_bytes = match args.max_bytes.map(Limit::bytes).transpose()? {
        None => 0,
        Some(bytes) => u64::try_from(bytes)
            .ok()
            .filter(|&bytes| bytes > 0)
            .ok_or_else(|| format!("--max-bytes is {bytes}; give 1 to 137438953472 (128 GiB)"))?,
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
        prune_outer_products: !args.no_prune_outer_products,
        use_inner_pow: !args.no_inner_pow,
        volatile_weight: args.volatile_weight,
        footprint_weight: args.footprint_weight,
        peak_flops_tolerance: args.peak_flops_tolerance,
        roofline: Roofline {
            machine_balance: args.machine_balance,
            fast_mem_elems: args.fast_mem_elems,
            block_tiles: args.block_tiles,
            block_prefactor: args.block_prefactor,
        },
        subnet_cse: args.subnet_cse,
        frontier: args.frontier,
        limits: Limits { max_states: args.max_states, max_seconds: args.max_seconds, max_bytes },
        require_optimal: args.require_optimal,
        bytes_per_element: args.bytes_per_element.unwrap_or(Options::default().bytes_per_element),
    })
}

/// A JSON line: the plan, with the name of its case if it has one, and with `--best-order` that order.
fn named(args: &Args, name: Option<&str>, plan: &Plan) -> String {
    #[derive(Serialize)]
    struct Named<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<&'a str>,
        #[serde(flatten)]
        plan: &'a Plan,
        #[serde(skip_serializing_if = "Option::is_none")]
        best_order: Option<BestOrder>,
    }
    let best_order = args.best_order.then(|| BestOrder::of(plan));
    // Only numbers and texts: serialization cannot fail.
    serde_json::to_string(&Named { name, plan, best_order }).unwrap_or_default() + "\n"
}

/// An order of the steps of a plan, by the numbers of their results.
#[derive(Serialize)]
struct BestOrder {
    contractions: Vec<usize>,
    peak_elements: f64,
    /// null where a double no longer counts every element.
    peak_bytes: Option<u64>,
    /// null for a single tensor.
    peak_node: Option<usize>,
}

impl BestOrder {
    fn of(plan: &Plan) -> Self {
        let order = plan.best_order();
        BestOrder {
            peak_elements: order.peak,
            peak_bytes: plan.bytes("the peak of the best order", order.peak).ok(),
            peak_node: (!order.contractions.is_empty()).then_some(order.peak_node),
            contractions: order.contractions,
        }
    }
}

fn frontier(plan: &Plan) -> String {
    // From 2^53 on, not every digit of a whole number is significant.
    let number = |value: f64| {
        if value < EXACT { value.to_string() } else { format!("{value:e}") }
    };
    let point = |&(peak, cost): &(f64, f64)| format!("{:>22} {:>22}\n", number(peak), number(cost));
    let points: String = plan.frontier.iter().map(point).collect();
    format!("\n{:>22} {:>22}\n{points}", "peak, elements", "cost")
}

/// The bytes by which the peak exceeds `--limit`; 0 without a limit.
fn excess(args: &Args, plan: &Plan) -> Result<u64, Failure> {
    let Some(limit) = args.limit else { return Ok(0) };
    let bytes = limit.bytes()?;
    match u64::try_from(bytes) {
        Ok(limit) if limit > 0 => {
            let peak = if args.best_order { plan.best_order().peak } else { plan.peak };
            Ok(plan.bytes("the peak in bytes", peak)?.saturating_sub(limit))
        }
        _ => Err(format!("--limit is {bytes}; give 1 or more bytes").into()),
    }
}

/// 2^53: doubles from here on do not hold every integer.
const EXACT: f64 = (1u64 << f64::MANTISSA_DIGITS) as f64;

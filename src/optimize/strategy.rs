//! Which method searches for what, and what becomes of a search that is stopped: the one place where
//! that is decided.

use super::idle_loops::drop_idle_loops;
use super::incumbent::{Candidates, reaches};
use super::min_peak::{Outcome, Unfinished};
use super::{loops_on_trees, min_peak};
use crate::allocation::Refused;
use crate::cost::{Additive, Batched, CostModel, EQUAL, Peak, Ways};
use crate::problem::control::limit;
use crate::problem::magnitude::at_most;
use crate::problem::{Connectivity, Limits, Objective, Problem, Quantity, Subset, Watch};
use crate::search::Solution;
use crate::search::best_first::{BestFirst, Goal, ties};
use crate::search::dp::reference::search_within;
use crate::search::dp::{chain, dpccp, dpsub, few_sets};
use crate::search::greedy;
use crate::search::greedy::Known;
use crate::search::large::Effort;
use crate::search::parts::Parts;
use crate::{Error, Result, quiet};

/// Tensors of a network for which tables of all sets are made at once, without trying anything else:
/// they take 3 to 6 microseconds of eight tensors, best-first 6 to 10. Of ten they take 12 to 14, where
/// best-first takes 9 to 19.
const SMALL: usize = 9;

/// Connected sets of which a table is made before anything else, in networks with at most one cycle: 10
/// to 30 microseconds, as best-first at its best.
const FEW_SETS: usize = 256;

/// Steps of a best-first search after which such a network is worth a table of more sets, and how many
/// these are. A tree whose branches are all alike has best-first close most of them, at ten times the
/// cost.
const EARLY: u64 = 1 << 18;
const MOST_SETS: usize = 1 << 13;

/// Pairs of connected sets that are looked at before a search is given up, where a proof can be expected
/// and where it cannot, and how many are in a second.
const MOST_PAIRS: u64 = 1 << 28;
const FEW_PAIRS: u64 = 1 << 22;
const PAIRS_A_SECOND: f64 = 2e7;

/// Pairs of a subset DP within bounds: twice as many as the largest terms of coupled cluster in
/// tests/data take. Where these do not suffice the bounds leave little out, and best-first begins anew.
const WITHIN_BOUNDS: u64 = 1 << 12;

/// Steps of a best-first search, of a nanosecond or two each, that cost nobody anything.
const FEW: u64 = 1 << 17;

/// Steps of a best-first search for each split that a sweep would look at instead, or the plain search:
/// they take about as long, or a few times as long.
const STEPS_A_SWEPT_SPLIT: u64 = 4;
const STEPS_A_SPLIT: u64 = 64;

/// Steps after which a better bound than the greedy one is worth the milliseconds that it takes, and
/// after which a still better one is worth the tenths of a second.
const SOME: u64 = 1 << 22;
const MORE: u64 = 1 << 28;

/// Steps after which a search is given up that no other method can take over: some ten seconds where
/// a proof can be expected, and one or two where it cannot.
const MANY: u64 = 1 << 33;
const FAIR: u64 = 1 << 30;

/// The same for networks with at most one cycle, of which connected pairs prove more in the same time: a
/// star of 24 tensors has 96 million.
const FEW_OF_TREES: u64 = 1 << 26;

/// Where no proof can be expected, the part of the way from the first lower bound to the best value
/// known, in factors, that the bound has to go within [`MORE`] steps, a quarter of [`FAIR`].
const PROGRESS: f64 = 0.25;

/// Up to so many tensors a search that nobody limits gives a proven plan or an error.
pub(super) const PROVEN: usize = 30;

/// What a search comes to.
pub struct Answer {
    pub solution: Solution,
    pub proof: Proof,
}

/// What is proven of the solution, in the space that was searched.
#[derive(Debug, Clone, PartialEq)]
pub enum Proof {
    /// It is the best one. Where the peak counts first: no peak is less than this one.
    Best { least_peak: Option<f64> },
    /// No solution goes below the bound; what stopped the search.
    Bound { quantity: Quantity, lower_bound: f64, stop: Error },
}

/// The tree of least cost under an additive objective, within the limits that are built in.
pub fn additive(problem: &Problem) -> Result<Solution> {
    Ok(additive_within(problem, &mut Watch::new(Limits::default(), None))?.solution)
}

/// The tree of least cost under an additive objective.
///
/// Chains and cycles are searched over intervals. Tables of the connected sets are fastest where
/// there are few, and in trees where best-first does not end soon. Tables of all sets are fastest
/// where there are few tensors, and where nearly every set is a rival: a tensor next to all others,
/// as in stars and cliques, makes 2^(n - 1) connected sets. Else best-first visits hundreds of sets:
/// terms of coupled cluster, grids. Where it would look at more pairs of sets than there are splits
/// it gives up, and a method that wastes nothing there takes over. Where limits leave no room for all
/// of the tables best-first comes first, as no other method has an early answer. Beyond the reach of
/// all of them the answer is the best tree so far, or an error.
pub fn additive_within(problem: &Problem, watch: &mut Watch) -> Result<Answer> {
    let tensors = problem.network().tensors().len();
    at_most(tensors, Subset::MOST, "tensors of the network")?;
    let stopped = match at_once(problem, watch) {
        Ok(Some(found)) => return Ok(proven(found, None)),
        Ok(None) => None,
        Err(stop) => Some(stop),
    };
    let mut parts = Parts::new(problem, false)?;
    let (greedy, pairs) = greedy::tree(problem, &mut parts)?;
    let mut candidates = Candidates::default();
    let mut best = BestFirst::new(problem, Goal::Cost, parts, greedy.cost)?;
    if !watch.can_stop()
        && is_tree_like(problem)
        && matches!(best.run(EARLY, watch), Ok(false))
        && let Some(found) = few_sets::search(problem, MOST_SETS, watch)
    {
        watch.ended(best.states_expanded(), best.pairs);
        return Ok(proven(found, None));
    }
    let ended = match stopped {
        Some(stop) => Err(stop),
        None => run(&mut best, &mut candidates, |known| Some(known.cost), watch),
    };
    let root = best.frontier(problem.connectivity().root())?.first().copied();
    let stop = match (ended, root) {
        (Ok(true), Some(root)) => match ties::tree(problem, &best, root) {
            Ok(tree) => {
                let solution = Solution { tree, frontier: Vec::new(), method: "best-first" };
                return Ok(proven(solution, None));
            }
            Err(refused) => refused.into(),
        },
        (Ok(_), _) => given_up(problem),
        (Err(stop), _) => stop,
    };
    let lower_bound = best.lower_bound();
    let stop =
        match next_method(problem, stop, watch, |watch| Ok((in_tables(problem, watch)?, None))) {
            Ok(answer) => return answer,
            Err(stop) => stop,
        };
    if let Some(Ok(tree)) = root.map(|root| ties::tree_so_far(problem, &best, root)) {
        candidates.add(tree, &mut best.parts);
    }
    candidates.add_greedy(problem, &pairs, &mut best.parts);
    let bound = (Quantity::Cost, lower_bound);
    unproven(problem, candidates, &mut best.parts, watch, bound, stop)
}

/// The answer of tables, where they take microseconds or waste nothing.
fn at_once(problem: &Problem, watch: &mut Watch) -> Result<Option<Solution>> {
    if !watch.can_stop() && chain::takes(problem) {
        return Ok(Some(chain::search(problem, watch)?));
    }
    let connectivity = problem.connectivity();
    let tensors = connectivity.tensors();
    let near_all = |tensor| connectivity.near(Subset::leaf(tensor)).len() + 1 == tensors;
    let hub = (0..tensors).any(near_all);
    if !hub
        && !watch.can_stop()
        && is_tree_like(problem)
        && let Some(found) = few_sets::search(problem, FEW_SETS, watch)
    {
        return Ok(Some(found));
    }
    if (hub || tensors <= SMALL) && dpsub::takes(problem) && dpsub::fits(problem, watch) {
        return Ok(Some(dpsub::search(problem, watch)?));
    }
    Ok(None)
}

/// Whether a network has at most one cycle, and so often few connected sets.
fn is_tree_like(problem: &Problem) -> bool {
    let connectivity = problem.connectivity();
    let near = |tensor| connectivity.near(Subset::leaf(tensor)).len();
    let edges_twice: usize = (0..connectivity.tensors()).map(near).sum();
    few_sets::takes(problem) && edges_twice <= 2 * connectivity.tensors()
}

/// The best tree under an objective in which the peak counts, within the limits that are built in.
pub fn peak(problem: &Problem, whole_frontier: bool) -> Result<Solution> {
    let watch = &mut Watch::new(Limits::default(), None);
    Ok(peak_within(problem, whole_frontier, watch)?.solution)
}

/// The best tree under an objective in which the peak counts; with `whole_frontier`, all points at
/// the root, else the chosen one.
pub fn peak_within(problem: &Problem, whole_frontier: bool, watch: &mut Watch) -> Result<Answer> {
    let tensors = problem.network().tensors().len();
    at_most(tensors, Subset::MOST, "tensors of the network")?;
    let batched = problem.options().objective == Objective::PeakBatched;
    let ways = if problem.volumes_grow() { Ways::AllOrNone } else { Ways::All };
    let dp = |watch: &mut Watch| {
        let solution = if batched {
            plain(problem, &Batched(problem, ways), watch)?
        } else {
            plain(problem, &Peak(problem), watch)?
        };
        let least_peak = solution.frontier.first().map(|&(peak, _)| peak);
        Ok((solution, least_peak))
    };
    let mut answer = if batched && !problem.slicing_is_free() {
        match dp(watch) {
            Ok((solution, least_peak)) => proven(solution, least_peak),
            Err(stop) if is_stop(&stop) => {
                loops_on_trees::batched(problem, ways, stop, &mut watch.spent())?
            }
            Err(large @ Error::TooLarge { .. }) if tensors > Subset::MOST_IN_TABLES => {
                loops_on_trees::batched(problem, ways, large, watch)?
            }
            Err(error) => return Err(error),
        }
    } else {
        peak_by(problem, batched, whole_frontier, watch, dp)?
    };
    if batched {
        drop_idle_loops(problem, &mut answer.solution.tree);
    }
    Ok(answer)
}

fn peak_by(
    problem: &Problem,
    batched: bool,
    whole_frontier: bool,
    watch: &mut Watch,
    dp: impl Fn(&mut Watch) -> Result<(Solution, Option<f64>)>,
) -> Result<Answer> {
    let unfinished = match min_peak::search(problem, batched, whole_frontier, watch)? {
        Outcome::Best(answer) => return Ok(answer),
        Outcome::Unfinished(unfinished) => unfinished,
    };
    let Unfinished { candidates, mut parts, stop, least_peak, bound } = *unfinished;
    let stop = match next_method(problem, stop, watch, dp) {
        Ok(answer) => return answer,
        Err(stop) => stop,
    };
    let tolerance = problem.options().peak_flops_tolerance;
    let bound = match (bound, least_peak) {
        // The bound on the cost is one for peaks near the least; without a tree there it is of no use.
        ((Quantity::Cost, _), Some(least)) => {
            let near = |known: &Known| known.peak <= (1.0 + tolerance) * least;
            if candidates.any(near) { bound } else { (Quantity::Peak, least) }
        }
        _ => bound,
    };
    unproven(problem, candidates, &mut parts, watch, bound, stop)
}

/// Runs a best-first search for as long as it may take; where that is long, with a better bound from
/// the search for large networks, as far as `better` says that its tree gives one. Where no proof can
/// be expected and the lower bound hardly rises, it is given up early.
pub(super) fn run(
    best: &mut BestFirst,
    candidates: &mut Candidates,
    better: impl Fn(Known) -> Option<f64>,
    watch: &mut Watch,
) -> Result<bool> {
    let problem = best.problem();
    let allowance = allowance(problem);
    let begun = best.lower_bound();
    let some =
        if problem.connectivity().tensors() > Subset::MOST_IN_TABLES { SOME } else { allowance };
    let mut ended = best.run(allowance.min(some), watch);
    for (upto, effort) in [(MORE, Effort::QUICK), (u64::MAX, thorough(problem))] {
        if !matches!(ended, Ok(false)) || upto.min(allowance) <= best.steps() {
            continue;
        }
        candidates.add_large(problem, &mut best.parts, &effort, watch);
        if let Some(value) = candidates.least(&better) {
            best.tighten(value);
        }
        let tensors = problem.connectivity().tensors();
        if upto > MORE && tensors > PROVEN && progress(best, begun) < PROGRESS {
            continue;
        }
        ended = best.run(allowance.min(upto), watch);
    }
    watch.ended(best.states_expanded(), best.pairs);
    ended
}

/// How many pairs two phases may examine as a subset DP within bounds before they are best-first
/// searches; none where they are that at once: beyond the reach of the plain search, and where somebody may want
/// an early answer, which only best-first has.
pub(super) fn pairs_within_bounds(problem: &Problem, watch: &Watch) -> Option<u64> {
    let small = problem.connectivity().tensors() <= Subset::MOST_IN_TABLES;
    (small && !watch.can_stop()).then_some(WITHIN_BOUNDS)
}

/// The part of the way from a lower bound to the best value known, in factors, that the lower bound of a
/// search has gone; 1 where there are no factors.
fn progress(best: &mut BestFirst, begun: f64) -> f64 {
    let (now, value) = (best.lower_bound(), best.value());
    if begun <= 0.0 || value <= begun {
        return 1.0;
    }
    let [begun, now, value] = [begun, now, value].map(quiet::log2);
    quiet::ratio(now - begun, value - begun)
}

pub(super) fn proven(solution: Solution, least_peak: Option<f64>) -> Answer {
    Answer { solution, proof: Proof::Best { least_peak } }
}

/// Another method, where the first one gave up and nobody asked for an end: its answer, or what
/// stopped both.
fn next_method(
    problem: &Problem,
    stop: Error,
    watch: &mut Watch,
    next: impl FnOnce(&mut Watch) -> Result<(Solution, Option<f64>)>,
) -> std::result::Result<Result<Answer>, Error> {
    let built_in = match stop {
        Error::Limit { name, .. } => name == STEPS || !watch.limits().are_set(),
        _ => false,
    };
    if !built_in {
        return Err(stop);
    }
    let refused = Refused::is(&stop);
    let unproven = refused || watch.limits().are_set() || problem.connectivity().tensors() > PROVEN;
    match next(watch) {
        Ok((solution, least_peak)) => Ok(Ok(proven(solution, least_peak))),
        Err(other) if is_stop(&other) => Err(if refused { stop } else { other }),
        Err(Error::TooLarge { .. }) if unproven => Err(stop),
        Err(error) => Ok(Err(error)),
    }
}

/// The methods that waste nothing where nearly all sets compete.
fn in_tables(problem: &Problem, watch: &mut Watch) -> Result<Solution> {
    if dpsub::takes(problem) && dpsub::fits(problem, watch) {
        return dpsub::search(problem, watch);
    }
    let most = if problem.connectivity().tensors() <= PROVEN { MOST_PAIRS } else { FEW_PAIRS };
    let pairs = match watch.seconds_left() {
        Some(seconds) => most.min((seconds * PAIRS_A_SECOND) as u64),
        None => most,
    };
    if problem.connectivity().pruned()
        && let Some(found) = dpccp::search(problem, pairs, watch)?
    {
        return Ok(found);
    }
    plain(problem, &Additive(problem), watch)
}

/// The best tree so far of a search that stopped: where somebody set limits or stopped it, and from 31
/// tensors on, where nobody can expect a proof. Else an error.
fn unproven(
    problem: &Problem,
    mut candidates: Candidates,
    parts: &mut Parts,
    watch: &Watch,
    (quantity, lower_bound): (Quantity, f64),
    stop: Error,
) -> Result<Answer> {
    let tensors = problem.connectivity().tensors();
    let built_in =
        matches!(stop, Error::Limit { .. }) && !Refused::is(&stop) && !watch.limits().are_set();
    if built_in && tensors <= PROVEN {
        return Err(Error::TooLarge {
            what: "tensors of a network where nearly all sets of them compete, without `max_states`, \
                   `max_seconds` or `max_bytes`",
            value: tensors as u64,
            limit: Subset::MOST_IN_TABLES as u64,
        });
    }
    // Without room for the tensors there is none for a tree.
    let begun = Parts::new(problem, false)?.bytes();
    watch.check_bytes(begun)?;
    let effort = if built_in { thorough(problem) } else { Effort::QUICK };
    candidates.add_large(problem, parts, &effort, watch);
    // The greedy tree is a candidate, but for want of memory.
    let Some((tree, known)) = candidates.best(problem) else { return Err(stop) };
    let additive = problem.options().objective.is_additive();
    let value = if quantity == Quantity::Cost { known.cost } else { known.peak };
    let frontier = if additive { Vec::new() } else { vec![(known.peak, known.cost)] };
    let solution = Solution { tree, frontier, method: "best-first, stopped" };
    let proof = if additive && reaches(value * (1.0 - EQUAL), lower_bound) {
        Proof::Best { least_peak: None }
    } else if problem.options().require_optimal {
        return Err(without_proof(stop));
    } else {
        Proof::Bound { quantity, lower_bound: lower_bound.min(value), stop }
    };
    Ok(Answer { solution, proof })
}

/// Whether an error is that a limit was reached, or that the host stops the search.
pub fn is_stop(error: &Error) -> bool {
    matches!(error, Error::Limit { .. } | Error::Callback { name: "progress", .. })
}

/// What a host hears that wants a proof: the limit may as well be the wish for one.
pub fn without_proof(stop: Error) -> Error {
    match stop {
        Error::Limit { name, value, reached, .. } => {
            let allowed = "more, or leave `require_optimal` out";
            Error::Limit { name, value, reached, allowed }
        }
        other => other,
    }
}

/// The limit on steps, which is no option.
const STEPS: &str = "the limit on steps of a best-first search";

pub(super) fn given_up(problem: &Problem) -> Error {
    limit(STEPS, allowance(problem).to_string(), "as many were taken")
}

/// The plain search takes over where nearly all sets compete.
fn plain<M: CostModel>(problem: &Problem, model: &M, watch: &mut Watch) -> Result<Solution> {
    let tensors = problem.network().tensors().len();
    if tensors <= Subset::MOST_IN_TABLES {
        let found = search_within(problem, model, watch)?;
        return Ok(found.expect("every network has a contraction tree"));
    }
    Err(Error::TooLarge {
        what: "tensors of a network where nearly all sets of them compete",
        value: tensors as u64,
        limit: Subset::MOST_IN_TABLES as u64,
    })
}

/// Steps that a best-first search may take: as many as what would take over then takes the time of.
fn allowance(problem: &Problem) -> u64 {
    let tensors = problem.connectivity().tensors();
    let splits = Connectivity::all_splits(tensors.min(dpsub::MAX_TENSORS));
    if problem.options().objective.is_additive() && dpsub::takes(problem) {
        (STEPS_A_SWEPT_SPLIT * splits).max(FEW)
    } else if tensors <= Subset::MOST_IN_TABLES {
        (STEPS_A_SPLIT * splits).max(FEW)
    } else if tensors <= PROVEN {
        let trees = problem.options().objective.is_additive() && is_tree_like(problem);
        if trees { FEW_OF_TREES } else { MANY }
    } else {
        FAIR
    }
}

/// What to try where the exact search takes long anyway.
fn thorough(problem: &Problem) -> Effort {
    Effort::for_tensors(problem.connectivity().tensors())
}

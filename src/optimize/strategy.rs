//! Which search finds a plan: decision lists, each read from top to bottom, with the measurement behind
//! every threshold.
//!
//! Times were measured on one core of a virtual machine, in the optimized build. They decide what is tried
//! first, and when a search gives up. `make bench` times the searches.

use smallvec::{SmallVec, smallvec};

use crate::problem::{Connectivity, Loops, Objective, Problem, Subset, Watch, is_large};
use crate::search::dp::{chain, dpsub, few_sets};

/// What plans a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// A model of the host's own: [`super::custom`] has it.
    Custom,
    /// More tensors than a [`Subset`] holds: a good plan, without proof.
    Large,
    /// Equal intermediates are paid once: branch and bound around the subset DP.
    Sharing,
    /// The least sum of costs.
    LeastCost,
    /// The least peak, or the least cost and then the least peak, where loops are free or there are
    /// none: best-first in two phases.
    LeastPeak,
    /// The same where loops are not free: the subset DP, or loops on trees.
    ChargedLoops,
    /// Under a threshold on the peak.
    Threshold,
}

impl Strategy {
    pub fn of(problem: &Problem) -> Strategy {
        let options = problem.options();
        let objective = options.objective;
        if objective == Objective::Custom {
            return Strategy::Custom;
        }
        // No exact search holds sets of more than 64 tensors.
        if is_large(problem) {
            return Strategy::Large;
        }
        if options.subnet_cse {
            return Strategy::Sharing;
        }
        if objective.is_additive() {
            return Strategy::LeastCost;
        }
        if objective.charges_slicing() {
            return Strategy::Threshold;
        }
        // Only where slicing more never costs anything are the loops of a set known beforehand.
        if objective.loops() == Loops::Free && !problem.slicing_is_free() {
            return Strategy::ChargedLoops;
        }
        Strategy::LeastPeak
    }
}

/// A dynamic program for the least cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Over intervals.
    Chain,
    /// DPccp on a network with at most this number of connected sets; no answer if it has more.
    FewSets(usize),
    /// DPsub.
    AllSplits,
    /// DPccp, given up after this number of pairs.
    ConnectedPairs(u64),
    /// The plain subset DP.
    Subsets,
}

/// The tables that are filled before anything else, because they take microseconds, or waste nothing.
pub fn tables_first(problem: &Problem, watch: &Watch) -> SmallVec<[Table; 2]> {
    let connectivity = problem.connectivity();
    let tensors = connectivity.tensors();
    // Only best-first has an early answer.
    let may_wait = !watch.can_stop();
    if may_wait && chain::takes(problem) {
        return smallvec![Table::Chain];
    }
    let mut tables = SmallVec::new();
    // A tensor next to all others, as in stars and cliques, makes 2^(n - 1) connected sets.
    let near_all = |tensor| connectivity.near(Subset::leaf(tensor)).len() + 1 == tensors;
    let hub = (0..tensors).any(near_all);
    if may_wait && !hub && is_tree_like(problem) {
        tables.push(Table::FewSets(FEW_SETS));
    }
    if (hub || tensors <= SMALL) && dpsub::takes(problem) && dpsub::fits(problem, watch) {
        tables.push(Table::AllSplits);
    }
    tables
}

/// The table that is filled where a best-first search has run for [`EARLY`] steps; none where it goes on.
pub fn table_after_early_steps(problem: &Problem, watch: &Watch) -> Option<Table> {
    (!watch.can_stop() && is_tree_like(problem)).then_some(Table::FewSets(MOST_SETS))
}

/// The tables that are filled where a best-first search has given up: nearly all sets compete, and these
/// examine each split once.
pub fn tables_last(problem: &Problem, watch: &Watch) -> SmallVec<[Table; 2]> {
    if dpsub::takes(problem) && dpsub::fits(problem, watch) {
        return smallvec![Table::AllSplits];
    }
    let most = if problem.connectivity().tensors() <= PROVEN { MOST_PAIRS } else { FEW_PAIRS };
    let pairs = match watch.seconds_left() {
        Some(seconds) => most.min((seconds * PAIRS_A_SECOND) as u64),
        None => most,
    };
    let pruned = problem.connectivity().pruned().then_some(Table::ConnectedPairs(pairs));
    pruned.into_iter().chain([Table::Subsets]).collect()
}

/// Steps that a best-first search may take: those that take as long as what would follow it.
pub fn best_first_steps(problem: &Problem) -> u64 {
    let tensors = problem.connectivity().tensors();
    let splits = Connectivity::all_splits(tensors.min(dpsub::MAX_TENSORS));
    let additive = problem.options().objective.is_additive();
    if additive && dpsub::takes(problem) {
        (STEPS_A_SWEPT_SPLIT * splits).max(FEW)
    } else if tensors <= Subset::MOST_IN_TABLES {
        (STEPS_A_SPLIT * splits).max(FEW)
    } else if tensors <= PROVEN {
        if additive && is_tree_like(problem) { FEW_OF_TREES } else { MANY }
    } else {
        FAIR
    }
}

/// Pairs that DPsize within bounds may examine before the two phases are best-first searches; none where
/// they are that at once: beyond the reach of tables, and where the host may stop the search early.
pub fn pairs_within_bounds(problem: &Problem, watch: &Watch) -> Option<u64> {
    let small = problem.connectivity().tensors() <= Subset::MOST_IN_TABLES;
    (small && !watch.can_stop()).then_some(WITHIN_BOUNDS)
}

/// Whether a network has at most one cycle, and so often few connected sets.
fn is_tree_like(problem: &Problem) -> bool {
    let connectivity = problem.connectivity();
    let near = |tensor| connectivity.near(Subset::leaf(tensor)).len();
    let edges_twice: usize = (0..connectivity.tensors()).map(near).sum();
    few_sets::takes(problem) && edges_twice <= 2 * connectivity.tensors()
}

/// Tensors up to which DPsub comes first. Eight tensors take it 3 to 6 microseconds, best-first 6 to 10;
/// ten take it 12 to 14, best-first 9 to 19.
const SMALL: usize = 9;

/// Connected sets of a tree-like network up to which DPccp comes first: 10 to 30 microseconds, as
/// best-first at its best.
const FEW_SETS: usize = 256;

/// Steps of a best-first search after which a tree-like network is worth a table of more sets, and how
/// many. In a tree of equal branches best-first expands most sets, at ten times the cost.
pub const EARLY: u64 = 1 << 18;
const MOST_SETS: usize = 1 << 13;

/// Pairs of connected sets that DPccp examines where a proof can be expected and where it cannot, and
/// how many it examines in a second.
const MOST_PAIRS: u64 = 1 << 28;
const FEW_PAIRS: u64 = 1 << 22;
const PAIRS_A_SECOND: f64 = 2e7;

/// Pairs of DPsize within bounds: twice as many as the largest coupled-cluster terms of tests/data take.
/// Where these do not suffice the bounds prune little, and best-first begins anew.
const WITHIN_BOUNDS: u64 = 1 << 12;

/// Steps of a best-first search that no host notices, a nanosecond or two each.
const FEW: u64 = 1 << 17;

/// Steps of a best-first search for each split that DPsub, or the subset DP, would examine instead: they
/// take about as long, or a few times as long.
const STEPS_A_SWEPT_SPLIT: u64 = 4;
const STEPS_A_SPLIT: u64 = 64;

/// Steps after which a bound from annealing is worth the milliseconds that it takes, and after which a
/// better one is worth tenths of a second.
pub const SOME: u64 = 1 << 22;
pub const MORE: u64 = 1 << 28;

/// Steps after which a search ends that no other method can take over: some ten seconds where a proof
/// can be expected, one or two where it cannot.
const MANY: u64 = 1 << 33;
const FAIR: u64 = 1 << 30;

/// The same for tree-like networks. DPccp proves more of them in the same time: a star of 24 tensors has
/// 96 million pairs.
const FEW_OF_TREES: u64 = 1 << 26;

/// Where no proof can be expected: the part of the way from the first lower bound to the best value
/// known, in factors, that the bound has to go within [`MORE`] steps, a quarter of [`FAIR`].
pub const PROGRESS: f64 = 0.25;

/// Tensors up to which a search without limits gives a proven plan or an error.
pub const PROVEN: usize = 30;

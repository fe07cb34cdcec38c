//! The least cost under an additive objective.
//!
//! Chains and cycles are searched over intervals. Tables of the connected sets are fastest where there
//! are few, and in trees where best-first does not end soon. DPsub is fastest where there are few
//! tensors, and where nearly every set competes. Else best-first expands hundreds of sets: terms of
//! coupled cluster, grids. Where it would examine more pairs than there are splits it gives up, and a
//! table takes over. With limits that leave no room for all of the tables best-first comes first, as no
//! other method has an early answer. Beyond the reach of all of them the answer is the best tree so far,
//! or an error. [`super::strategy`] has the lists.

use super::answer::Answer;
use super::incumbent::Candidates;
use super::long_search::{given_up, run};
use super::stopped::{Next, next_method, plain, unproven};
use super::strategy::{EARLY, Table, table_after_early_steps, tables_first, tables_last};
use crate::cost::Additive;
use crate::problem::magnitude::at_most;
use crate::problem::{Halt, Limits, Problem, Quantity, Searched, Stop, Subset, Watch};
use crate::search::best_first::{BestFirst, Goal, ties};
use crate::search::dp::{chain, dpccp, dpsub, few_sets};
use crate::search::greedy;
use crate::search::parts::Parts;
use crate::search::{Method, Solution};

/// The tree of least cost, within the built-in limits.
pub fn additive(problem: &Problem) -> Searched<Solution> {
    Ok(additive_within(problem, &mut Watch::new(Limits::default(), None))?.solution)
}

/// The tree of least cost, or the best one so far.
pub fn additive_within(problem: &Problem, watch: &mut Watch) -> Searched<Answer> {
    let tensors = problem.network().tensors().len();
    at_most(tensors, Subset::MOST, "tensors of the network")?;
    let stopped = match first_of(&tables_first(problem, watch), problem, watch) {
        Ok(Some(found)) => return Ok(Answer::proven(found, None)),
        Ok(None) => None,
        Err(Halt::Stop(stop)) => Some(stop),
        Err(failure) => return Err(failure),
    };
    let mut parts = Parts::new(problem, false)?;
    let (greedy, pairs) = greedy::tree(problem, &mut parts)?;
    let mut candidates = Candidates::default();
    let mut best = BestFirst::new(problem, Goal::Cost, parts, greedy.cost)?;
    if let Some(table) = table_after_early_steps(problem, watch)
        && matches!(best.run(EARLY, watch), Ok(false))
        && let Some(found) = fill(table, problem, watch)?
    {
        watch.ended(best.states_expanded(), best.pairs);
        return Ok(Answer::proven(found, None));
    }
    let ended = match stopped {
        Some(stop) => Err(stop.into()),
        None => run(&mut best, &mut candidates, |known| Some(known.cost), watch),
    };
    let root = best.frontier(problem.connectivity().root())?.first().copied();
    let stop = match (ended, root) {
        (Ok(true), Some(root)) => match ties::tree(problem, &best, root) {
            Ok(tree) => {
                let method = Method::BestFirst;
                return Ok(Answer::proven(Solution { tree, frontier: Vec::new(), method }, None));
            }
            Err(refused) => Stop::Refused(refused),
        },
        (Ok(_), _) => given_up(problem),
        (Err(Halt::Stop(stop)), _) => stop,
        (Err(failure), _) => return Err(failure),
    };
    let lower_bound = best.lower_bound();
    let tables = |watch: &mut Watch| {
        let found = first_of(&tables_last(problem, watch), problem, watch)?;
        Ok((found.expect("the last table has an answer"), None))
    };
    let stop = match next_method(problem, stop, watch, tables)? {
        Next::Answer(answer) => return Ok(answer),
        Next::Stopped(stop) => stop,
    };
    if let Some(Ok(tree)) = root.map(|root| ties::tree_so_far(problem, &best, root)) {
        candidates.add(tree, &mut best.parts);
    }
    candidates.add_greedy(problem, &pairs, &mut best.parts);
    let bound = (Quantity::Cost, lower_bound);
    unproven(problem, candidates, &mut best.parts, watch, bound, stop)
}

/// The answer of the first table that has one.
fn first_of(tables: &[Table], problem: &Problem, watch: &mut Watch) -> Searched<Option<Solution>> {
    for &table in tables {
        if let Some(found) = fill(table, problem, watch)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn fill(table: Table, problem: &Problem, watch: &mut Watch) -> Searched<Option<Solution>> {
    match table {
        Table::Chain => Ok(Some(chain::search(problem, watch)?)),
        Table::FewSets(most) => Ok(few_sets::search(problem, most, watch)),
        Table::AllSplits => Ok(Some(dpsub::search(problem, watch)?)),
        Table::ConnectedPairs(most) => dpccp::search(problem, most, watch),
        Table::Subsets => Ok(Some(plain(problem, &Additive(problem), watch)?)),
    }
}

//! After a search stops: another method, the best tree so far, or an error.

use super::answer::{Answer, Proof};
use super::incumbent::{Candidates, reaches};
use super::long_search::thorough;
use super::strategy::PROVEN;
use crate::Error;
use crate::cost::{CostModel, EQUAL};
use crate::problem::{Halt, Problem, Quantity, Searched, Stop, Subset, Watch};
use crate::search::dp::reference::search_within;
use crate::search::large::Effort;
use crate::search::parts::Parts;
use crate::search::{Method, Solution};

/// The outcome of a second method.
pub enum Next {
    Answer(Answer),
    /// Neither method has an answer, for this reason.
    Stopped(Stop),
}

/// Tries another method if the first one stopped at a built-in limit. A search that the host stopped
/// stays stopped.
pub fn next_method(
    problem: &Problem,
    stop: Stop,
    watch: &mut Watch,
    next: impl FnOnce(&mut Watch) -> Searched<(Solution, Option<f64>)>,
) -> Searched<Next> {
    let set = watch.limits().are_set();
    let built_in = match stop {
        Stop::Steps(_) => true,
        Stop::Host(_) => false,
        _ => !set,
    };
    if !built_in {
        return Ok(Next::Stopped(stop));
    }
    let refused = matches!(stop, Stop::Refused(_));
    let unproven = refused || set || problem.connectivity().tensors() > PROVEN;
    match next(watch) {
        Ok((solution, least_peak)) => Ok(Next::Answer(Answer::proven(solution, least_peak))),
        Err(Halt::Stop(other)) => Ok(Next::Stopped(if refused { stop } else { other })),
        Err(Halt::Failure(Error::TooLarge { .. })) if unproven => Ok(Next::Stopped(stop)),
        Err(failure) => Err(failure),
    }
}

/// The plain search, which takes over where nearly all sets compete.
pub fn plain<M: CostModel>(problem: &Problem, model: &M, watch: &mut Watch) -> Searched<Solution> {
    let tensors = problem.network().tensors().len();
    if tensors > Subset::MOST_IN_TABLES {
        let error = Error::TooLarge {
            what: "tensors of a network where nearly all sets of them compete",
            value: tensors as u64,
            limit: Subset::MOST_IN_TABLES as u64,
        };
        return Err(error.into());
    }
    let found = search_within(problem, model, watch)?;
    Ok(found.expect("every network has a contraction tree"))
}

/// The best tree so far: if the host set limits or stopped the search, and from 31 tensors on, where a
/// proof cannot be expected. Otherwise an error.
pub fn unproven(
    problem: &Problem,
    mut candidates: Candidates,
    parts: &mut Parts,
    watch: &Watch,
    (quantity, lower_bound): (Quantity, f64),
    stop: Stop,
) -> Searched<Answer> {
    let tensors = problem.connectivity().tensors();
    let built_in = !matches!(stop, Stop::Host(_) | Stop::Refused(_)) && !watch.limits().are_set();
    if built_in && tensors <= PROVEN {
        return Err(Error::TooLarge {
            what: "tensors of a network where nearly all sets of them compete, without `max_states`, \
                   `max_seconds` or `max_bytes`",
            value: tensors as u64,
            limit: Subset::MOST_IN_TABLES as u64,
        }.into());
    }
    // Tables that cannot hold the tensors cannot hold a tree.
    let begun = Parts::new(problem, false)?.bytes();
    watch.check_bytes(begun)?;
    let effort = if built_in { thorough(problem) } else { Effort::QUICK };
    candidates.add_large(problem, parts, &effort, watch);
    // Without a candidate, not even the greedy tree, memory was refused.
    let Some((tree, known)) = candidates.best(problem) else { return Err(stop.into()) };
    let additive = problem.options().objective.is_additive();
    let value = if quantity == Quantity::Cost { known.cost } else { known.peak };
    let frontier = if additive { Vec::new() } else { vec![(known.peak, known.cost)] };
    let solution = Solution { tree, frontier, method: Method::Stopped };
    let proof = if additive && reaches(value * (1.0 - EQUAL), lower_bound) {
        Proof::Best { least_peak: None }
    } else if problem.options().require_optimal {
        return Err(stop.without_proof().into());
    } else {
        Proof::Bound { quantity, lower_bound: lower_bound.min(value) }
    };
    Ok(Answer { solution, proof })
}

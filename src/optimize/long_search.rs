//! Runs a long best-first search: improves its bounds while it runs, and gives it up.

use super::incumbent::Candidates;
use super::strategy::{MORE, PROGRESS, PROVEN, SOME, best_first_steps};
use crate::problem::{Problem, Searched, Stop, Subset, Watch};
use crate::quiet;
use crate::search::best_first::BestFirst;
use crate::search::greedy::Known;
use crate::search::large::Effort;

/// Runs a best-first search up to its allowance of steps. A long one gets better bounds from annealing:
/// `better` gives the bound that a tree implies, if any. If no proof can be expected and the lower bound
/// hardly rises, the search ends early.
pub fn run(
    best: &mut BestFirst,
    candidates: &mut Candidates,
    better: impl Fn(Known) -> Option<f64>,
    watch: &mut Watch,
) -> Searched<bool> {
    let problem = best.problem();
    let allowance = best_first_steps(problem);
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

/// Why a best-first search ended without a proof.
pub fn given_up(problem: &Problem) -> Stop {
    Stop::Steps(best_first_steps(problem))
}

/// The effort of annealing beside an exact search that takes long.
pub fn thorough(problem: &Problem) -> Effort {
    Effort::for_tensors(problem.connectivity().tensors())
}

/// The part of the way from the first lower bound to the best value known, in factors, that the lower
/// bound has gone; 1 if there are no factors.
fn progress(best: &mut BestFirst, begun: f64) -> f64 {
    let (now, value) = (best.lower_bound(), best.value());
    if begun <= 0.0 || value <= begun {
        return 1.0;
    }
    let [begun, now, value] = [begun, now, value].map(quiet::log2);
    quiet::ratio(now - begun, value - begun)
}

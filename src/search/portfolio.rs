//! Which method searches for what: the one place where that is decided.

use super::problem::at_most;
use super::{Lattice, MAX_TENSORS, Problem, Solution, Subset, best_first, search};
use crate::cost::Additive;
use crate::{Error, Result};

/// Looks at closed subsets that cost nobody anything: a few microseconds.
const FEW: u64 = 1 << 12;

/// Looks after which a search is given up that no other method can take over: some seconds.
const MANY: u64 = 1 << 31;

/// Whether a network is beyond what the exact searches take under its objective.
pub fn is_large(problem: &Problem) -> bool {
    let exact = match problem.options().objective.is_additive() {
        true => Subset::MOST,
        false => MAX_TENSORS,
    };
    problem.network().tensors().len() > exact
}

/// The tree of least cost under an additive objective.
///
/// Best-first visits hundreds of subsets where trees compete little, as in terms of coupled cluster,
/// in chains and in grids. Where nearly every subset is a rival (stars, cliques) it would look at
/// pairs of subsets, 4^n of them. So it gives up once it has looked as often as the plain search has
/// splits, and that one, which wastes nothing there, takes over; beyond its reach that is an error.
pub fn additive(problem: &Problem) -> Result<Solution> {
    let tensors = problem.network().tensors().len();
    at_most(tensors, Subset::MOST, "tensors of the network")?;
    let within_reach = tensors <= MAX_TENSORS;
    let allowance = if within_reach { Lattice::all_splits(tensors).max(FEW) } else { MANY };
    if let Some(found) = best_first::search(problem, allowance)? {
        return Ok(found);
    }
    if within_reach {
        return Ok(search(problem, &Additive(problem))?.expect("every network has a tree"));
    }
    Err(Error::TooLarge {
        what: "tensors of a network where nearly all sets of them compete",
        value: tensors as u64,
        limit: MAX_TENSORS as u64,
    })
}

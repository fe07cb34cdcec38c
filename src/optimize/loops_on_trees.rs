//! Loops on trees of an easier objective, for objectives whose exact search stops or does not reach.
//!
//! An objective is easier if loops cost nothing, or if there are none. Its least value is a lower bound:
//! loops only add work, and free loops never raise a peak. The plain subset DP with one split per subset
//! then finds the best loops on a tree.

use super::answer::Answer;
use super::least_cost::additive_within;
use super::min_peak;
use crate::Error;
use crate::cost::CostModel;
use crate::policy::ResolvedPolicy;
use crate::problem::{
    Halt, LoopSet, Objective, Options, Problem, Searched, Subset, Tree, TreeNode, Watch,
};
use crate::search::Solution;
use crate::search::dp::reference::search_on_tree;

/// The best tree under an easier objective, without its loops; a good one if that search stops.
pub fn eased(
    problem: &Problem,
    resolved: &ResolvedPolicy,
    objective: Objective,
    watch: &mut Watch,
) -> Searched<Answer> {
    let options = problem.options().clone();
    let options = Options {
        objective,
        subnet_cse: false,
        frontier: false,
        require_optimal: false,
        ..options
    };
    let easier = Problem::bind(problem.network(), resolved, &options)?;
    let search = |watch: &mut Watch| match objective.is_additive() {
        true => additive_within(&easier, watch),
        false => min_peak::search(&easier, false, watch),
    };
    let mut answer = match search(watch) {
        Err(Halt::Failure(Error::TooLarge { .. })) => search(&mut watch.spent())?,
        found => found?,
    };
    for node in &mut answer.solution.tree.nodes {
        if let TreeNode::Contraction { opened, .. } = node {
            opened.clear();
        }
    }
    Ok(answer)
}

/// Trees on which loops may lower the peak most: those of low peak, without loops and with free ones.
/// If volumes do not grow with their indices no loops are free: that search would stop too, and ask for
/// these trees again.
pub fn low(problem: &Problem, watch: &Watch) -> Vec<Tree> {
    let free = problem.policy().free();
    let of = |objective| eased(problem, &free, objective, &mut watch.spent());
    let free_loops = problem.volumes_grow().then_some(Objective::PeakBatched);
    let found = [Objective::Peak].into_iter().chain(free_loops).map(of);
    found.filter_map(|one| Some(one.ok()?.solution.tree)).collect()
}

/// Trees of little work, storage and peak memory.
pub fn usual(problem: &Problem, watch: &Watch) -> Vec<Tree> {
    let of = |objective| eased(problem, problem.policy(), objective, &mut watch.spent());
    let found = [Objective::Flops, Objective::Size, Objective::Peak].map(of);
    found.into_iter().filter_map(|one| Some(one.ok()?.solution.tree)).collect()
}

/// The best loops on a tree under a model; none if the model admits none, or there are too many ways.
pub fn best_loops<M: CostModel>(model: &M, tree: &Tree) -> Option<Solution> {
    search_on_tree(model, tree, &mut Watch::of_a_tree()).ok().flatten()
}

/// A lower bound on every peak with any loops: all tensors, as finely sliced as loops can, are live from
/// the start, and the whole result at the end.
pub fn least_peak(problem: &Problem) -> f64 {
    let connectivity = problem.connectivity();
    let loops = LoopSet::all(problem.loops().len());
    let leaf = |tensor| problem.sliced_footprint(Subset::leaf(tensor), loops);
    let leaves: f64 = (0..connectivity.tensors()).map(leaf).sum();
    leaves.max(problem.footprint(connectivity.root()))
}

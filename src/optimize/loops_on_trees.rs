//! Objectives with loops where their exact search does not reach, or was stopped: loops are chosen on
//! trees that searches for an easier objective find.
//!
//! An objective is easier where loops cost nothing, or where there are none. What is least there
//! bounds what is least under the objective: loops only add to the work, and where they are free no
//! peak is lower for having fewer of them. The best of all loops on a tree is then found by the plain
//! search with one split for each set.

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

/// The best tree under an easier objective, without its loops; or, where that search cannot end within
/// what is left on the watch, a good one.
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

/// Trees on which loops may lower the peak far: those of low peak without loops and with free ones.
/// Where volumes do not grow with their indices no loops are free: their search would be stopped too,
/// and ask for these trees again.
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

/// The best loops on a tree under a model; none where the model admits none, or there are too many ways
/// to look at.
pub fn best_loops<M: CostModel>(model: &M, tree: &Tree) -> Option<Solution> {
    search_on_tree(model, tree, &mut Watch::of_a_tree()).ok().flatten()
}

/// What no peak goes below, whatever loops slice: all tensors are there from the start, and the
/// result, whole, at the end.
pub fn least_peak(problem: &Problem) -> f64 {
    let connectivity = problem.connectivity();
    let loops = LoopSet::all(problem.loops().len());
    let leaf = |tensor| problem.sliced_footprint(Subset::leaf(tensor), loops);
    let leaves: f64 = (0..connectivity.tensors()).map(leaf).sum();
    leaves.max(problem.footprint(connectivity.root()))
}

//! The best tree known when an exact search stops.
//!
//! Candidates are the tree that the search has reached, its greedy start, and the tree that annealing
//! finds within milliseconds. The objective chooses among them.

use rustc_hash::FxHashMap;

use crate::allocation::Granted;
use crate::cost::{Beside, EQUAL, least_peak};
use crate::problem::{Problem, Quantity, Tree, TreeNode, Watch};
use crate::search::greedy::Known;
use crate::search::large::{self, Effort};
use crate::search::parts::Parts;

/// Trees, with their cost and peak.
#[derive(Default)]
pub struct Candidates {
    trees: Vec<(Tree, Known)>,
    /// Efforts that annealing has tried.
    tried: Vec<Effort>,
}

impl Candidates {
    /// Adds a tree, unless memory for its subsets is refused.
    pub fn add(&mut self, tree: Tree, parts: &mut Parts) {
        if let Ok(known) = worth(&tree, parts) {
            self.trees.push((tree, known));
        }
    }

    /// Adds the tree of greedy pairs.
    pub fn add_greedy(&mut self, problem: &Problem, pairs: &[(u32, u32)], parts: &mut Parts) {
        if let Ok(tree) = grown(problem, pairs, parts) {
            self.add(tree, parts);
        }
    }

    /// Adds the tree that annealing finds with this effort before the watch's deadline, unless it has
    /// tried that effort, or does not support the policy.
    pub fn add_large(
        &mut self,
        problem: &Problem,
        parts: &mut Parts,
        effort: &Effort,
        watch: &Watch,
    ) {
        if self.tried.contains(effort) {
            return;
        }
        self.tried.push(*effort);
        let effort = Effort { deadline: watch.deadline(), ..*effort };
        if let Ok(found) = large::search(problem, &effort) {
            self.add(found.solution.tree, parts);
        }
    }

    /// The least value of the trees that have one.
    pub fn least(&self, value: impl Fn(Known) -> Option<f64>) -> Option<f64> {
        self.trees.iter().filter_map(|&(_, known)| value(known)).reduce(f64::min)
    }

    pub fn any(&self, is: impl Fn(&Known) -> bool) -> bool {
        self.trees.iter().any(|(_, known)| is(known))
    }

    /// The tree that the objective prefers.
    pub fn best(self, problem: &Problem) -> Option<(Tree, Known)> {
        let options = problem.options();
        let by_peak = options.objective.first() == Quantity::Peak;
        // Infinite, not the largest double: without a tree that would overflow.
        let least = self.trees.iter().map(|(_, known)| known.peak).fold(f64::INFINITY, f64::min);
        let tolerated = (1.0 + options.peak_flops_tolerance) * least;
        let limit = if by_peak { tolerated } else { f64::INFINITY };
        let fits = self.trees.into_iter().filter(|(_, known)| known.peak <= limit);
        fits.min_by(|(_, a), (_, b)| {
            a.cost.total_cmp(&b.cost).then_with(|| a.peak.total_cmp(&b.peak))
        })
    }
}

/// Cost and peak of a tree, each contraction in the better order.
fn worth(tree: &Tree, parts: &mut Parts) -> Granted<Known> {
    let mut known: Vec<(u32, Known)> = Vec::with_capacity(tree.nodes.len());
    for node in &tree.nodes {
        known.push(match *node {
            TreeNode::Leaf(tensor) => {
                let part = tensor as u32;
                (part, Known { cost: 0.0, peak: parts.get(part).sliced.footprint })
            }
            TreeNode::Contraction { first, second, .. } => {
                let part = parts.union(known[first].0, known[second].0)?;
                (part, joined(known[first], known[second], part, parts).0)
            }
        });
    }
    Ok(known[tree.nodes.len() - 1].1)
}

/// Cost and peak of two parts together, and whether the left one goes first.
fn joined(left: (u32, Known), right: (u32, Known), part: u32, parts: &Parts) -> (Known, bool) {
    let [l, r, n] = [left.0, right.0, part].map(|part| parts.get(part).sliced);
    let beside = Beside { held: 0.0, result: n.footprint };
    let (peak, left_first) = least_peak((l, left.1.peak), (r, right.1.peak), &beside);
    let cost = parts.charge(left.0, right.0, part) + left.1.cost + right.1.cost;
    (Known { cost, peak }, left_first)
}

/// The tree that contracts these pairs, one after the other.
fn grown(problem: &Problem, pairs: &[(u32, u32)], parts: &mut Parts) -> Granted<Tree> {
    let tensors = problem.connectivity().tensors() as u32;
    let by_cost = problem.options().objective.is_additive();
    let leaf = |part| (part, Known { cost: 0.0, peak: parts.get(part).sliced.footprint });
    let mut known: FxHashMap<u32, (u32, Known)> = (0..tensors).map(|n| (n, leaf(n))).collect();
    let mut made_of: FxHashMap<u32, (u32, u32)> = FxHashMap::default();
    let mut root = 0;
    for &(left, right) in pairs {
        root = parts.union(left, right)?;
        let (both, left_first) = joined(known[&left], known[&right], root, parts);
        let [l, r] = [left, right].map(|part| parts.get(part).n.first());
        let left_first = if by_cost { l < r } else { left_first };
        known.insert(root, (root, both));
        made_of.insert(root, if left_first { (left, right) } else { (right, left) });
    }
    let mut tree = Tree { nodes: Vec::with_capacity(2 * tensors as usize) };
    append(root, &made_of, parts, &mut tree);
    Ok(tree)
}

/// Appends the tree of a part; returns its position.
fn append(
    part: u32,
    made_of: &FxHashMap<u32, (u32, u32)>,
    parts: &Parts,
    tree: &mut Tree,
) -> usize {
    let node = match made_of.get(&part) {
        None => TreeNode::Leaf(part as usize),
        Some(&(first, second)) => {
            let opened = parts.opened(first, second, part);
            let first = append(first, made_of, parts, tree);
            let second = append(second, made_of, parts, tree);
            TreeNode::Contraction { first, second, opened }
        }
    };
    tree.nodes.push(node);
    tree.nodes.len() - 1
}

/// Whether a value equals a lower bound, up to rounding.
pub fn reaches(value: f64, bound: f64) -> bool {
    value <= bound * (1.0 + EQUAL)
}

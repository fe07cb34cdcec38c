//! The tree of a choice of splits, in which equal results are taken from the first of them.

use super::SharedSolution;
use super::equivalence::subnet;
use super::units::Units;
use crate::allocation::{self, Granted};
use crate::problem::{Problem, Split, Subset, Tree, TreeNode};

/// The tree of the root, the last unit.
pub fn grow(
    problem: &Problem,
    units: &Units,
    chosen: &[usize],
    lower_bound: Option<f64>,
) -> Granted<SharedSolution> {
    let mut growth = Growth {
        problem,
        units,
        chosen,
        grown: allocation::filled(units.all.len(), None)?,
        tree: Tree { nodes: Vec::new() },
        shared: Vec::new(),
    };
    growth.grow(units.all.len() - 1, &std::array::from_fn(|tensor| tensor));
    Ok(SharedSolution { tree: growth.tree, shared: growth.shared, lower_bound })
}

/// For each tensor of a unit's subset, the tensor in its place.
type Places = [usize; Subset::MOST_IN_TABLES];

/// From choices to a tree, in the order of evaluation.
struct Growth<'a> {
    problem: &'a Problem<'a>,
    units: &'a Units,
    chosen: &'a [usize],
    /// By unit of a class: the position of its first evaluation, and its places there.
    grown: Vec<Option<(usize, Places)>>,
    tree: Tree,
    shared: Vec<(usize, usize)>,
}

impl Growth<'_> {
    /// Appends a unit with other tensors in the places of its own; returns its position.
    fn grow(&mut self, at: usize, places: &Places) -> usize {
        let unit = &self.units.all[at];
        if unit.subset.is_leaf() {
            return self.push(TreeNode::Leaf(places[unit.subset.first()]));
        }
        if let Some((source, from)) = self.grown[at] {
            let copy = self.copy(source, unit.subset, &from, places);
            self.shared.push((copy, source));
            return copy;
        }
        let way = unit.ways[self.chosen[at]];
        let part = Subset(way.part);
        let split = Split { left: part, right: unit.subset.without(part) };
        let least = |part: Subset| part.iter().map(|tensor| places[tensor]).min();
        let mut parts = [(way.left as usize, split.left), (way.right as usize, split.right)];
        // As without sharing: the part with the first tensor is evaluated first.
        parts.sort_by_key(|&(_, part)| least(part));
        let [first, second] = parts.map(|(unit, part)| {
            let places = self.places_in(unit, part, places);
            self.grow(unit, &places)
        });
        let position = self.push(TreeNode::Contraction { first, second, opened: Vec::new() });
        if unit.class.is_some() {
            self.grown[at] = Some((position, *places));
        }
        position
    }

    /// The places of a unit that represents a part of another unit with these places.
    fn places_in(&self, unit: usize, part: Subset, places: &Places) -> Places {
        let first = self.units.all[unit].subset;
        let mut through = *places;
        if first != part {
            let (one, other) = (subnet(self.problem, first), subnet(self.problem, part));
            let correspondence = one.correspondence(&other).expect("members of a class are equal");
            for (tensor, corresponding) in correspondence.tensors {
                through[tensor] = places[corresponding];
            }
        }
        through
    }

    /// Appends a copy of the subtree that ends at `source`, with its tensors exchanged.
    fn copy(&mut self, source: usize, unit: Subset, from: &Places, to: &Places) -> usize {
        let exchanged = |tensor: usize| {
            let own = unit.iter().find(|&own| from[own] == tensor);
            to[own.expect("the subtree has the tensors of its unit")]
        };
        // In postfix order a subtree of n tensors is the 2 n - 1 entries that end with it.
        let begin = source + 2 - 2 * unit.len();
        let shift = self.tree.nodes.len() - begin;
        for position in begin..=source {
            let node = match self.tree.nodes[position] {
                TreeNode::Leaf(tensor) => TreeNode::Leaf(exchanged(tensor)),
                TreeNode::Contraction { first, second, .. } => TreeNode::Contraction {
                    first: first + shift,
                    second: second + shift,
                    opened: Vec::new(),
                },
            };
            self.push(node);
        }
        source + shift
    }

    fn push(&mut self, node: TreeNode) -> usize {
        self.tree.nodes.push(node);
        self.tree.nodes.len() - 1
    }
}

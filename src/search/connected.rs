//! The subset DP over pairs of connected sets: no split is looked at that has an outer product.
//!
//! For costs that add up. Each pair is a split of its union, and comes after everything that its two
//! parts are made of, so their costs are known. As many steps as there are pairs: (n - 1) 2^(n - 2)
//! for a star of n tensors, where the best-first search would look at pairs of its 2^(n - 1) sets.

use super::pairs::connected_pairs;
use super::parts::Parts;
use super::{Problem, Solution, Split, Subset, Tree, TreeNode};

/// What is known of a part.
#[derive(Clone, Copy)]
struct Best {
    cost: f64,
    /// The part of its split without the highest tensor.
    left: Subset,
}

/// Finds the tree of least cost of a pruned network; none if there are more than `most` pairs.
pub fn search(problem: &Problem, most: u64) -> Option<Solution> {
    let lattice = problem.lattice();
    let mut parts = Parts::new(problem, false);
    let mut best = vec![Best { cost: 0.0, left: Subset(0) }; lattice.tensors()];
    let mut pairs = 0;
    let mut known = (Subset(0), 0);
    let ended = connected_pairs(lattice, &mut |a, b| {
        pairs += 1;
        if known.0 != a {
            known = (a, parts.find(a).expect("it came before"));
        }
        let (a, b) = (known.1, parts.find(b).expect("it came before"));
        let (left, right) = if parts.get(a).n < parts.get(b).n { (a, b) } else { (b, a) };
        let n = parts.union(a, b);
        best.resize(parts.len(), Best { cost: f64::INFINITY, left: Subset(0) });
        let cost =
            parts.charge(left, right, n) + best[left as usize].cost + best[right as usize].cost;
        let (least, left) = (&mut best[n as usize], parts.get(left).n);
        if cost < least.cost || cost == least.cost && left > least.left {
            *least = Best { cost, left };
        }
        pairs < most
    });
    ended.then(|| {
        let mut tree = Tree { nodes: Vec::with_capacity(2 * lattice.tensors()) };
        let split = |n: Subset| {
            let left = best[parts.find(n).expect("it is a part of the tree") as usize].left;
            Split { left, right: n.without(left) }
        };
        append(lattice.root(), &split, &mut tree);
        Solution { tree, frontier: Vec::new(), method: "connected pairs" }
    })
}

/// Appends the tree of n in the order of evaluation, the part with the first tensor first; returns its
/// position.
pub fn append(n: Subset, split: &impl Fn(Subset) -> Split, tree: &mut Tree) -> usize {
    let node = if n.is_leaf() {
        TreeNode::Leaf(n.first())
    } else {
        let Split { left, right } = split(n);
        let (first, second) =
            if left.first() < right.first() { (left, right) } else { (right, left) };
        let first = append(first, split, tree);
        let second = append(second, split, tree);
        TreeNode::Contraction { first, second, opened: Vec::new() }
    };
    tree.nodes.push(node);
    tree.nodes.len() - 1
}

//! The plain subset DP: every subset after its own subsets, every split of each.
//!
//! 3^n / 2 splits and a state for each of 2^n subsets; obviously right, and kept as the oracle that
//! faster searches are tested against.

use super::{Lattice, Problem, Subset, Tree, TreeNode};
use crate::cost::CostModel;
use crate::{Error, Result};

/// Tensors that this search takes: 3^16 / 2 = 21.5 million splits.
pub const MAX_TENSORS: usize = 16;

/// Solutions that a table may hold, so that the host is not driven out of memory: about 400 MB.
const MAX_SOLUTIONS: usize = 1 << 22;

/// The best tree, and all points (peak, cost) at the root by increasing peak.
pub struct Solution {
    pub tree: Tree,
    pub frontier: Vec<(f64, f64)>,
}

/// Finds the best tree of a problem under a cost model.
pub fn solve<M: CostModel>(problem: &Problem, model: &M) -> Result<Solution> {
    let lattice = problem.lattice();
    let root = lattice.root();
    let mut table: Vec<Option<M::State>> = Vec::new();
    table.resize_with(root.0 as usize + 1, || None);
    let mut held = 0;
    for n in lattice.subsets() {
        let state = if n.is_leaf() {
            model.leaf(n)?
        } else {
            let mut state = model.empty(n);
            let admitted = |part: Subset| table[part.0 as usize].is_some();
            for split in Lattice::splits(n, admitted) {
                let [left, right] = [split.left, split.right]
                    .map(|part| table[part.0 as usize].as_ref().expect("admitted parts have one"));
                model.combine(split, left, right, &mut state)?;
                check_held(held + model.solutions(&state))?;
            }
            state
        };
        held += model.solutions(&state);
        table[n.0 as usize] = Some(state);
    }
    let state = |n: Subset| table[n.0 as usize].as_ref().expect("a tree is made of visited sets");
    let mut tree = Tree { nodes: Vec::with_capacity(2 * lattice.tensors()) };
    let choice = model.choose(state(root));
    rebuild(model, &state, (root, choice), &mut tree);
    Ok(Solution { tree, frontier: model.frontier(state(root)) })
}

/// Appends the chosen solution of `part`, in the order of its evaluation; returns its position.
fn rebuild<'s, M: CostModel>(
    model: &M,
    state: &impl Fn(Subset) -> &'s M::State,
    part: (Subset, M::Choice),
    tree: &mut Tree,
) -> usize
where
    M::State: 's,
{
    let (n, choice) = part;
    let node = if n.is_leaf() {
        TreeNode::Leaf(n.first())
    } else {
        let made = model.rebuild(n, state(n), choice);
        let first = rebuild(model, state, made.first, tree);
        let second = rebuild(model, state, made.second, tree);
        TreeNode::Contraction { first, second, opened: made.opened }
    };
    tree.nodes.push(node);
    tree.nodes.len() - 1
}

fn check_held(solutions: usize) -> Result<()> {
    if solutions <= MAX_SOLUTIONS {
        return Ok(());
    }
    Err(Error::TooLarge {
        what: "solutions that the search must hold at a time",
        value: solutions as u64,
        limit: MAX_SOLUTIONS as u64,
    })
}

//! A subtree: a connected piece of a tree, to be replaced by a better one with the same leaves.
//!
//! The leaves of a subtree are nodes of the tree, and what is below them does not change. So it is
//! a small network of its own: its tensors are the leaves, its targets the indices open at its
//! root.

use super::super::branches::Branches;
use super::super::hypergraph::Hypergraph;
use super::super::rows::{Rows, positions};
use crate::allocation::{self, Granted};

/// A connected piece of a tree, and the open indices of all subsets of its leaves. A subset has a
/// bit for each leaf.
pub struct Subtree {
    pub root: usize,
    pub leaves: Vec<usize>,
    /// The contractions, the root first.
    pub inner: Vec<usize>,
    /// The indices of the subtree, numbered by position here: fewer words per set.
    indices: Vec<usize>,
    targets: Vec<u64>,
    /// By subset, its open indices.
    open: Rows,
}

impl Subtree {
    /// The subtree below a contraction: grown by its most expensive leaf that is a contraction,
    /// repeatedly. It has 3 to `most` leaves; none if there are fewer than three.
    pub fn at(tree: &Branches, root: usize, most: usize) -> Granted<Option<Self>> {
        let (mut leaves, mut inner) = (tree.children(root).to_vec(), vec![root]);
        while leaves.len() < most {
            let contractions = (0..leaves.len()).filter(|&place| !tree.is_leaf(leaves[place]));
            let cost = |place: usize| tree.cost(leaves[place]);
            let Some(place) = contractions.max_by(|&a, &b| cost(a).total_cmp(&cost(b))) else {
                break;
            };
            let costliest = leaves[place];
            let [left, right] = tree.children(costliest);
            leaves[place] = left;
            leaves.push(right);
            inner.push(costliest);
        }
        if leaves.len() < 3 {
            return Ok(None);
        }
        let mut union = vec![0; tree.graph.stride()];
        for &leaf in &leaves {
            union.iter_mut().zip(tree.open(leaf)).for_each(|(word, open)| *word |= open);
        }
        let indices: Vec<usize> = positions(union).collect();
        let open = Rows::new(0, 1)?;
        let mut subtree = Subtree { root, leaves, inner, indices, targets: Vec::new(), open };
        subtree.targets = subtree.renumbered(tree.graph.targets());
        subtree.open = subtree.open_sets(tree)?;
        Ok(Some(subtree))
    }

    pub fn all(&self) -> usize {
        (1 << self.leaves.len()) - 1
    }

    pub fn subsets(&self) -> usize {
        1 << self.leaves.len()
    }

    /// The subsets of two leaves or more, each after its own subsets.
    pub fn composed(&self) -> impl Iterator<Item = usize> + use<> {
        (1..self.subsets()).filter(|n| !n.is_power_of_two())
    }

    /// The splits of a subset, each once: the part without the lowest leaf, and the other.
    pub fn splits(n: usize) -> impl Iterator<Item = (usize, usize)> {
        let rest = n & (n - 1);
        let mut part = 0usize;
        std::iter::from_fn(move || {
            part = part.wrapping_sub(rest) & rest;
            (part != 0).then_some((part, n & !part))
        })
    }

    /// The charge for the subtree as it is.
    pub fn cost(&self, tree: &Branches) -> f64 {
        self.inner.iter().map(|&node| tree.cost(node)).sum()
    }

    /// Whether a subset depends on a volatile tensor.
    pub fn is_volatile(&self, tree: &Branches, n: usize) -> bool {
        positions([n as u64]).any(|place| tree.is_volatile(self.leaves[place]))
    }

    /// Whether two parts may be contracted.
    pub fn may_contract(&self, graph: &Hypergraph, left: usize, right: usize) -> bool {
        let mut words = self.open.row(left).iter().zip(self.open.row(right)).zip(&self.targets);
        !graph.pruned() || words.any(|((l, r), targets)| l & r & !targets != 0)
    }

    /// V of the open indices of a subset.
    fn size(&self, graph: &Hypergraph, n: usize) -> f64 {
        self.volume(graph, self.open.row(n).iter().copied())
    }

    /// V of the open indices of each subset where the objective needs it; else 0.
    pub fn sizes(&self, graph: &Hypergraph) -> Granted<Vec<f64>> {
        match graph.sizes_count() {
            true => allocation::collected((0..self.subsets()).map(|n| self.size(graph, n))),
            false => allocation::filled(self.subsets(), 0.0),
        }
    }

    /// The work of contracting two parts.
    pub fn work(&self, graph: &Hypergraph, left: usize, right: usize) -> f64 {
        let words = self.open.row(left).iter().zip(self.open.row(right));
        self.volume(graph, words.map(|(l, r)| l | r))
    }

    /// The open indices of a subset in the numbering of the network.
    pub fn open(&self, graph: &Hypergraph, n: usize) -> Vec<u64> {
        let mut row = vec![0; graph.stride()];
        for own in positions(self.open.row(n).iter().copied()) {
            let at = self.indices[own];
            row[at / 64] |= 1 << (at % 64);
        }
        row
    }

    /// Rebuilds the subtree: `part` gives one of the two parts that a subset is contracted from.
    /// Returns the contractions, each after those that it depends on.
    pub fn replace(&self, tree: &mut Branches, part: impl Fn(usize) -> usize) -> Vec<usize> {
        let mut made = Vec::new();
        // The root stays the root; the others are free to be reused.
        let mut free = self.inner[1..].to_vec();
        let mut waiting = vec![(self.all(), self.root, None)];
        while let Some((n, node, operands)) = waiting.pop() {
            if let Some(operands) = operands {
                tree.contract(node, operands, &self.open(tree.graph, n));
                made.push(node);
                continue;
            }
            let parts = [part(n), n & !part(n)];
            let operands = parts.map(|part| match part.is_power_of_two() {
                true => self.leaves[part.trailing_zeros() as usize],
                false => free.pop().expect("a subtree keeps its number of contractions"),
            });
            waiting.push((n, node, Some(operands)));
            let composed = parts.into_iter().zip(operands).filter(|(n, _)| !n.is_power_of_two());
            waiting.extend(composed.map(|(n, node)| (n, node, None)));
        }
        made
    }

    fn volume(&self, graph: &Hypergraph, words: impl Iterator<Item = u64> + Clone) -> f64 {
        graph.volume_at(positions(words).map(|own| self.indices[own]))
    }

    /// Words of a row.
    fn stride(&self) -> usize {
        self.indices.len().div_ceil(64).max(1)
    }

    /// A row of the network in the numbering of the subtree.
    fn renumbered(&self, row: &[u64]) -> Vec<u64> {
        let mut words = vec![0; self.stride()];
        for (own, &at) in self.indices.iter().enumerate() {
            words[own / 64] |= (row[at / 64] >> (at % 64) & 1) << (own % 64);
        }
        words
    }

    /// For a leaf: its own. For more leaves: those that one of them carries, and that another leaf
    /// carries or that are open at the root.
    fn open_sets(&self, tree: &Branches) -> Granted<Rows> {
        let subsets = self.subsets();
        let own: Vec<Vec<u64>> =
            self.leaves.iter().map(|&leaf| self.renumbered(tree.open(leaf))).collect();
        let kept = self.renumbered(tree.open(self.root));
        let mut carried = Rows::new(subsets, self.stride())?;
        let mut open = Rows::new(subsets, self.stride())?;
        for word in 0..self.stride() {
            for n in 1..subsets {
                let lowest = own[n.trailing_zeros() as usize][word];
                carried.row_mut(n)[word] = carried.row(n & (n - 1))[word] | lowest;
            }
            for n in 1..subsets {
                let outside = carried.row(subsets - 1 - n)[word];
                let stays = if n.is_power_of_two() { u64::MAX } else { outside | kept[word] };
                open.row_mut(n)[word] = carried.row(n)[word] & stays;
            }
        }
        Ok(open)
    }
}

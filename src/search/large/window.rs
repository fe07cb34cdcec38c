//! A window: a connected piece of a tree, to be replaced by a better piece with the same leaves.
//!
//! The leaves of a window are subtrees, which stay as they are. So it is a small network of its own:
//! its tensors are those leaves, its targets what is open at its root. Gray & Kourtis (2021) call what
//! is done with it subtree reconfiguration.

use super::branches::Branches;
use super::hypergraph::Hypergraph;
use super::rows::{Rows, positions};
use crate::allocation;
use crate::allocation::Granted;

/// A piece of a tree, and what subsets of its leaves are. A subset has a bit for each leaf.
pub struct Window {
    pub root: usize,
    pub leaves: Vec<usize>,
    /// The contractions, the root first.
    pub inner: Vec<usize>,
    /// The indices of the window, which numbers them by position here: fewer words to a set.
    indices: Vec<usize>,
    targets: Vec<u64>,
    /// By subset, its open indices.
    open: Rows,
}

impl Window {
    /// The window below a contraction: its dearest contractions, each below one that is in. It has
    /// 3 to `most` leaves; none if there are no three.
    pub fn at(tree: &Branches, root: usize, most: usize) -> Granted<Option<Self>> {
        let (mut leaves, mut inner) = (tree.children(root).to_vec(), vec![root]);
        while leaves.len() < most {
            let contractions = (0..leaves.len()).filter(|&place| !tree.is_leaf(leaves[place]));
            let cost = |place: usize| tree.cost(leaves[place]);
            let Some(place) = contractions.max_by(|&a, &b| cost(a).total_cmp(&cost(b))) else {
                break;
            };
            let dearest = leaves[place];
            let [left, right] = tree.children(dearest);
            leaves[place] = left;
            leaves.push(right);
            inner.push(dearest);
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
        let mut window = Window { root, leaves, inner, indices, targets: Vec::new(), open };
        window.targets = window.renumbered(tree.graph.targets());
        window.open = window.open_sets(tree)?;
        Ok(Some(window))
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

    /// The splits of a subset into two parts, each once: the part without the lowest leaf, the other.
    pub fn splits(n: usize) -> impl Iterator<Item = (usize, usize)> {
        let rest = n & (n - 1);
        let mut part = 0usize;
        std::iter::from_fn(move || {
            part = part.wrapping_sub(rest) & rest;
            (part != 0).then_some((part, n & !part))
        })
    }

    /// What the tree charges for the window as it is.
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

    /// V of the open indices of each subset, where the objective asks for it; else 0.
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

    /// The open indices of a subset in the numbers of the network.
    pub fn open(&self, graph: &Hypergraph, n: usize) -> Vec<u64> {
        let mut row = vec![0; graph.stride()];
        for own in positions(self.open.row(n).iter().copied()) {
            let at = self.indices[own];
            row[at / 64] |= 1 << (at % 64);
        }
        row
    }

    /// Puts the window's leaves together anew: `part` tells of a subset one of the two parts that it
    /// is contracted from. Returns the contractions, each after those that it depends on.
    pub fn replace(&self, tree: &mut Branches, part: impl Fn(usize) -> usize) -> Vec<usize> {
        let mut made = Vec::new();
        // The root stays the root; the others are free to be made anew.
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
                false => free.pop().expect("a window keeps its number of contractions"),
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

    /// A row of the network in the window's numbers.
    fn renumbered(&self, row: &[u64]) -> Vec<u64> {
        let mut words = vec![0; self.stride()];
        for (own, &at) in self.indices.iter().enumerate() {
            words[own / 64] |= (row[at / 64] >> (at % 64) & 1) << (own % 64);
        }
        words
    }

    /// Of a leaf: its own. Of more: those that one of them carries, and that another leaf carries or
    /// that are open in the whole window.
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

/// Offers every contraction of a tree to `replace`, again and again until none is replaced, or
/// `rounds` times, or it may not go on, or there is no memory for a window. What stands near a replaced one is offered again, the rest
/// is settled.
pub fn improve<'a>(
    tree: &mut Branches<'a>,
    rounds: usize,
    mut goes_on: impl FnMut() -> bool,
    mut replace: impl FnMut(&mut Branches<'a>, usize) -> Granted<Option<Window>>,
) -> Granted<()> {
    let mut settled = allocation::filled(tree.nodes(), false)?;
    for _ in 0..rounds {
        let mut changed = false;
        for root in tree.upwards() {
            if std::mem::replace(&mut settled[root], true) {
                continue;
            }
            if !goes_on() {
                return Ok(());
            }
            let Some(window) = replace(tree, root)? else { continue };
            changed = true;
            window.leaves.iter().chain(&window.inner).for_each(|&node| settled[node] = false);
            let above = std::iter::successors(tree.parent(root), |&node| tree.parent(node));
            above.take(window.leaves.len()).for_each(|node| settled[node] = false);
        }
        if !changed {
            break;
        }
    }
    Ok(())
}

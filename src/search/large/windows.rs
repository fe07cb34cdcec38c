//! Windows: connected pieces of a tree, each replaced by the best piece with the same leaves.
//!
//! The leaves of a window are subtrees, which stay as they are; so the window is a small network of its
//! own, and a subset DP finds its least cost: O(3^k) for k leaves. A tree is never made worse.
//! Gray & Kourtis (2021) call it subtree reconfiguration.

use super::branches::Branches;
use super::hypergraph::{Rows, positions};

/// What a window must save, relative to its cost, so that rounding saves nothing.
const SAVED: f64 = 1e-9;

/// Replaces windows of up to `leaves` leaves (2 to 16) until none saves anything, or `rounds` times
/// all of them. Returns whether the cost fell.
pub fn improve(tree: &mut Branches, leaves: usize, rounds: usize) -> bool {
    let mut improved = false;
    // Nothing has changed near those that are settled.
    let mut settled = vec![false; tree.nodes()];
    for _ in 0..rounds {
        let mut changed = false;
        for root in tree.upwards() {
            if settled[root] {
                continue;
            }
            settled[root] = true;
            let window = Window::at(tree, root, leaves);
            if window.leaves.len() > 2 && window.replace(tree) {
                changed = true;
                window.leaves.iter().chain(&window.inner).for_each(|&node| settled[node] = false);
                let mut above = tree.parent(root);
                for _ in 0..leaves {
                    let Some(node) = above else { break };
                    settled[node] = false;
                    above = tree.parent(node);
                }
            }
        }
        improved |= changed;
        if !changed {
            break;
        }
    }
    improved
}

struct Window {
    root: usize,
    leaves: Vec<usize>,
    /// The contractions, the root first.
    inner: Vec<usize>,
}

impl Window {
    /// The window below a contraction: its dearest contractions, each below one that is in.
    fn at(tree: &Branches, root: usize, most: usize) -> Self {
        let mut window = Window { root, leaves: tree.children(root).to_vec(), inner: vec![root] };
        while window.leaves.len() < most {
            let leaves = window.leaves.iter().enumerate();
            let contractions = leaves.filter(|&(_, &leaf)| !tree.is_leaf(leaf));
            let dearest =
                contractions.max_by(|(_, a), (_, b)| tree.cost(**a).total_cmp(&tree.cost(**b)));
            let Some((place, &leaf)) = dearest else { break };
            let [left, right] = tree.children(leaf);
            window.leaves[place] = left;
            window.leaves.push(right);
            window.inner.push(leaf);
        }
        window
    }

    /// Replaces the window by the best one, if that costs less.
    fn replace(&self, tree: &mut Branches) -> bool {
        let now: f64 = self.inner.iter().map(|&node| tree.cost(node)).sum();
        let table = Table::fill(tree, self, now * (1.0 - SAVED));
        let all = table.all();
        if table.split[all] == 0 {
            return false;
        }
        // The root stays the root; the others are free to be made anew.
        let mut free = self.inner[1..].to_vec();
        self.rebuild(tree, &table, all, self.root, &mut free);
        true
    }

    fn rebuild(
        &self,
        tree: &mut Branches,
        table: &Table,
        n: usize,
        node: usize,
        free: &mut Vec<usize>,
    ) {
        let operands = [table.split[n], n & !table.split[n]].map(|part| {
            if part.is_power_of_two() {
                return self.leaves[part.trailing_zeros() as usize];
            }
            let made = free.pop().expect("a window keeps its number of contractions");
            self.rebuild(tree, table, part, made, free);
            made
        });
        let open = table.global(n, tree.graph.stride());
        tree.contract(node, operands, open.into_iter());
    }
}

/// By subset of a window's leaves, a bit for each.
struct Table {
    leaves: usize,
    /// The indices of the window: its own numbers for them are positions here.
    indices: Vec<usize>,
    open: Rows,
    /// The least cost of making the subset, and the part of it that is contracted last with the rest;
    /// 0: none is known that costs less than the limit.
    cost: Vec<f64>,
    split: Vec<usize>,
}

impl Table {
    fn all(&self) -> usize {
        (1 << self.leaves) - 1
    }

    /// Finds the best splits of all subsets, as far as they cost less than `limit`.
    fn fill(tree: &Branches, window: &Window, limit: f64) -> Self {
        let graph = tree.graph;
        let leaves = window.leaves.len();
        let subsets = 1 << leaves;
        let own = Own::of(tree, window);
        let mut table = Table {
            leaves,
            open: own.open_sets(tree, window),
            indices: own.indices,
            cost: vec![0.0; subsets],
            split: vec![0; subsets],
        };
        let volatile: Vec<bool> = (0..subsets)
            .map(|n| (0..leaves).any(|at| n >> at & 1 == 1 && tree.is_volatile(window.leaves[at])))
            .collect();
        let sizes: Vec<f64> = if graph.sizes_count() {
            (0..subsets).map(|n| graph.size(&table.global(n, graph.stride()))).collect()
        } else {
            vec![0.0; subsets]
        };
        let targets = own.targets;
        for n in (1..subsets).filter(|n: &usize| !n.is_power_of_two()) {
            let mut best = limit;
            // The part with the lowest leaf comes as `right`.
            let rest = n & (n - 1);
            let mut left = 0usize;
            loop {
                left = left.wrapping_sub(rest) & rest;
                if left == 0 {
                    break;
                }
                let right = n & !left;
                let made = |part: usize| part.is_power_of_two() || table.split[part] != 0;
                let parts = table.cost[left] + table.cost[right];
                if parts >= best || !made(left) || !made(right) {
                    continue;
                }
                let (l, r) = (table.open.row(left), table.open.row(right));
                let mut bonds = l.iter().zip(r).zip(&targets);
                if graph.pruned() && !bonds.any(|((l, r), targets)| l & r & !targets != 0) {
                    continue;
                }
                let work = table.volume(graph, l.iter().zip(r).map(|(l, r)| l | r));
                let operands = [sizes[left], sizes[right]];
                let cost = parts + graph.charge(volatile[n], work, operands, sizes[n]);
                if cost < best {
                    best = cost;
                    table.cost[n] = cost;
                    table.split[n] = left;
                }
            }
        }
        table
    }

    /// The open indices of a subset, as rows of the network.
    fn global(&self, n: usize, stride: usize) -> Vec<u64> {
        let mut row = vec![0; stride];
        for own in positions(self.open.row(n).iter().copied()) {
            let at = self.indices[own];
            row[at / 64] |= 1 << (at % 64);
        }
        row
    }

    fn volume(
        &self,
        graph: &super::hypergraph::Hypergraph,
        words: impl Iterator<Item = u64> + Clone,
    ) -> f64 {
        graph.volume_at(positions(words).map(|own| self.indices[own]))
    }
}

/// The indices of a window in numbers of its own: fewer words to a set.
struct Own {
    indices: Vec<usize>,
    targets: Vec<u64>,
}

impl Own {
    fn of(tree: &Branches, window: &Window) -> Self {
        let mut union = vec![0; tree.graph.stride()];
        for &leaf in &window.leaves {
            union.iter_mut().zip(tree.open(leaf)).for_each(|(word, open)| *word |= open);
        }
        let mut own = Own { indices: positions(union).collect(), targets: Vec::new() };
        own.targets = own.words(tree.graph.targets());
        own
    }

    /// A row of the network in the window's numbers.
    fn words(&self, row: &[u64]) -> Vec<u64> {
        let mut words = vec![0; self.indices.len().div_ceil(64).max(1)];
        for (own, &at) in self.indices.iter().enumerate() {
            words[own / 64] |= (row[at / 64] >> (at % 64) & 1) << (own % 64);
        }
        words
    }

    /// By subset, its open indices: those of its leaves that another leaf carries, or that are open in
    /// the whole window.
    fn open_sets(&self, tree: &Branches, window: &Window) -> Rows {
        let stride = self.indices.len().div_ceil(64).max(1);
        let subsets = 1usize << window.leaves.len();
        let mut carried = Rows::new(subsets, stride);
        for n in 1..subsets {
            let leaf = window.leaves[n.trailing_zeros() as usize];
            let lower = carried.row(n & (n - 1)).to_vec();
            let words = self.words(tree.open(leaf)).into_iter().zip(lower);
            words.enumerate().for_each(|(at, (a, b))| carried.row_mut(n)[at] = a | b);
        }
        let kept = self.words(tree.open(window.root));
        let mut open = Rows::new(subsets, stride);
        for n in 1..subsets {
            for (word, kept) in kept.iter().enumerate() {
                let outside = carried.row(subsets - 1 - n)[word];
                let single = n.is_power_of_two();
                let stays = if single { u64::MAX } else { outside | kept };
                open.row_mut(n)[word] = carried.row(n)[word] & stays;
            }
        }
        open
    }
}

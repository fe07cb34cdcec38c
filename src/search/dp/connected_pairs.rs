//! All connected sets of tensors, and all pairs of disjoint adjacent ones (csg-cmp pairs), each
//! once.
//!
//! The pairs are those of DPccp (Moerkotte and Neumann 2006, "Analysis of two existing and one new
//! dynamic programming algorithm for the generation of optimal bushy join trees without cross
//! products"): a connected set and, above its lowest tensor, a second one. The enumeration of sets
//! is simpler than in the paper. Of the neighbours of a set the lowest is excluded or taken, then
//! the next; a taken tensor adds its own neighbours; an excluded one stays excluded. So each set is
//! reached once, in one step from the set without the tensor taken last. A set or a pair costs a
//! few word operations.
//!
//! Exclusion comes first. Where two sets that grow from one tensor diverge, the one that excludes
//! comes first; if one contains the other, it is the smaller one. Start tensors run downwards, and
//! are the lowest of their sets. So each set comes after all connected sets within it, and a pair
//! after all pairs of subsets of its two parts.

use super::tables::Order;
use crate::problem::{Connectivity, Subset};

/// The neighbours of each tensor.
pub struct Graph(Vec<u64>);

/// A connected set during enumeration.
#[derive(Clone, Copy)]
struct Grown {
    set: u64,
    /// Neighbours that may be taken.
    next: u64,
    /// Tensors that may not be taken: members, excluded ones, and those out of bounds.
    barred: u64,
}

impl Graph {
    pub fn new(connectivity: &Connectivity) -> Self {
        let near = |tensor| connectivity.near(Subset::leaf(tensor)).0;
        Graph((0..connectivity.tensors()).map(near).collect())
    }

    /// The tensors in the numbering of tables of all sets.
    pub fn renumbered(connectivity: &Connectivity, order: &Order) -> Self {
        let near = |bit| order.number(connectivity.near(Subset::leaf(order.tensor(bit)))) as u64;
        Graph((0..connectivity.tensors()).map(near).collect())
    }

    /// Calls `visit` for each connected set until it returns false; returns whether it never did.
    /// The second argument is, for a single tensor, the result of `start`; for a larger set, that
    /// of `join` on the value of the set without one tensor, that set, and the tensor.
    pub fn connected_sets<T: Copy>(
        &self,
        start: impl Fn(usize) -> T,
        join: impl Fn(T, Subset, usize) -> T,
        mut visit: impl FnMut(Subset, T) -> bool,
    ) -> bool {
        (0..self.0.len()).rev().all(|tensor| {
            let grown = self.seed(tensor, up_to(tensor));
            self.grow(grown, start(tensor), &join, &mut visit)
        })
    }

    /// Calls `visit` for the second sets of the pairs whose first set is `set`, with the neighbours
    /// `near`, until it returns false; returns whether it never did.
    #[inline]
    pub fn partners(
        &self,
        set: Subset,
        near: Subset,
        mut visit: impl FnMut(Subset) -> bool,
    ) -> bool {
        let barred = set.0 | up_to(set.first());
        let mut starts = near.0 & !barred;
        while starts != 0 {
            let tensor = starts.ilog2() as usize;
            starts ^= 1 << tensor;
            let grown = self.seed(tensor, barred | starts | 1 << tensor);
            if !self.grow(grown, (), &|(), _, _| (), &mut |other, ()| visit(other)) {
                return false;
            }
        }
        true
    }

    /// The neighbours of a tensor.
    pub fn near(&self, tensor: usize) -> Subset {
        Subset(self.0[tensor])
    }

    /// Calls `visit` for each pair until it returns false; returns whether it never did.
    pub fn pairs(&self, mut visit: impl FnMut(Subset, Subset) -> bool) -> bool {
        let join = |near: Subset, _, tensor| near.union(self.near(tensor));
        self.connected_sets(
            |tensor| self.near(tensor),
            join,
            |set, near| self.partners(set, near, |other| visit(set, other)),
        )
    }

    /// A lower bound on the number of connected sets of a connected graph: those connected within a
    /// spanning tree. Exact for trees.
    pub fn least_sets(&self) -> u64 {
        /// The number of those with a tensor as root of its unvisited subtree.
        fn rooted(near: &[u64], tensor: usize, visited: &mut u64, all: &mut u64) -> u64 {
            *visited |= 1 << tensor;
            let mut count = 1u64;
            loop {
                let next = near[tensor] & !*visited;
                if next == 0 {
                    *all = all.saturating_add(count);
                    return count;
                }
                let below = rooted(near, next.trailing_zeros() as usize, visited, all);
                count = count.saturating_mul(below.saturating_add(1));
            }
        }
        let mut all = 0;
        rooted(&self.0, 0, &mut 0, &mut all);
        all
    }

    fn seed(&self, tensor: usize, barred: u64) -> Grown {
        Grown { set: 1 << tensor, next: self.0[tensor] & !barred, barred }
    }

    /// Visits a set and all that grow from it. The recursion depth is the number of tensors taken
    /// while lower neighbours remain to exclude: the last neighbour is an iteration of the loop.
    fn grow<T: Copy>(
        &self,
        mut grown: Grown,
        mut known: T,
        join: &impl Fn(T, Subset, usize) -> T,
        visit: &mut impl FnMut(Subset, T) -> bool,
    ) -> bool {
        loop {
            let Grown { set, next, barred } = grown;
            if !visit(Subset(set), known) {
                return false;
            }
            let (mut below, mut above) = (next, 0);
            loop {
                if below == 0 {
                    return true;
                }
                let tensor = below.ilog2() as usize;
                below ^= 1 << tensor;
                let barred = barred | below | 1 << tensor;
                let next = (above | self.0[tensor]) & !barred;
                let larger = Grown { set: set | 1 << tensor, next, barred };
                let joined = join(known, Subset(set), tensor);
                if below == 0 {
                    (grown, known) = (larger, joined);
                    break;
                }
                if !self.grow(larger, joined, join, visit) {
                    return false;
                }
                above |= 1 << tensor;
            }
        }
    }
}

/// A tensor and all lower ones.
fn up_to(tensor: usize) -> u64 {
    Subset::all(tensor + 1).0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(adjacency: Vec<u64>) -> Vec<(Subset, Subset)> {
        let mut found = Vec::new();
        let graph = Graph::new(&Connectivity::new(adjacency, true));
        assert!(graph.pairs(|a, b| {
            found.push((a, b));
            true
        }));
        found
    }

    fn chain(n: usize) -> Vec<u64> {
        (0..n).map(|t| ((2 << t) | ((1 << t) / 2)) & ((1 << n) - 1)).collect()
    }

    fn cycle(n: usize) -> Vec<u64> {
        (0..n).map(|t| 1 << ((t + 1) % n) | 1 << ((t + n - 1) % n)).collect()
    }

    fn star(n: usize) -> Vec<u64> {
        (0..n).map(|t| if t == 0 { (1 << n) - 2 } else { 1 }).collect()
    }

    fn clique(n: usize) -> Vec<u64> {
        (0..n).map(|t| ((1 << n) - 1) & !(1 << t)).collect()
    }

    #[test]
    fn there_are_as_many_as_known() {
        for n in 2..11usize {
            let (cube, square) = (n.pow(3), n.pow(2));
            assert_eq!(pairs(chain(n)).len(), (cube - n) / 6);
            assert_eq!(pairs(star(n)).len(), (n - 1) << (n - 2));
            assert_eq!(pairs(clique(n)).len(), (3usize.pow(n as u32) + 1 - (2 << n)) / 2);
            if n > 2 {
                assert_eq!(pairs(cycle(n)).len(), (cube - 2 * square + n) / 2);
            }
        }
    }

    #[test]
    fn a_spanning_tree_has_no_more_sets_than_its_graph() {
        for (adjacency, is_tree) in
            [(chain(7), true), (star(7), true), (cycle(7), false), (clique(6), false)]
        {
            let graph = Graph::new(&Connectivity::new(adjacency, true));
            let mut all = 0;
            graph.connected_sets(
                |_| (),
                |(), _, _| (),
                |_, ()| {
                    all += 1;
                    true
                },
            );
            assert_eq!(graph.least_sets() == all, is_tree);
            assert!(graph.least_sets() <= all);
        }
    }

    #[test]
    fn a_pair_comes_after_what_it_is_made_of_and_once() {
        for adjacency in [chain(7), cycle(7), star(7), clique(6)] {
            let all = pairs(adjacency);
            let whole = |&(a, b): &(Subset, Subset)| a.union(b);
            for (at, &(a, b)) in all.iter().enumerate() {
                assert!(!a.intersects(b));
                let later = &all[at + 1..];
                assert!(later.iter().all(|pair| whole(pair) != a && whole(pair) != b));
                assert!(!later.contains(&(a, b)) && !later.contains(&(b, a)));
            }
        }
    }
}

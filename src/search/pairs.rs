//! All pairs of disjoint connected sets of tensors that are next to each other, each once
//! (Moerkotte & Neumann 2006, "Analysis of two existing and one new dynamic programming algorithm
//! for the generation of optimal bushy join trees without cross products").
//!
//! A connected set is grown from its highest tensor by sets of neighbours that are not yet excluded;
//! the other part of a pair is grown in the same way among tensors below the highest of the first.
//! A pair comes after all pairs that its two parts are made of.

use super::{Lattice, Subset};

/// The neighbours of any set of tensors: by group of eight tensors, those of every subset of it.
struct Reach(Vec<[u64; 256]>);

impl Reach {
    fn new(lattice: &Lattice) -> Self {
        let of_eight = |first: usize| {
            let mut table = [0; 256];
            for members in 1..256usize {
                let highest = members.ilog2() as usize;
                if first + highest < lattice.tensors() {
                    let near = lattice.near(Subset::leaf(first + highest)).0;
                    table[members] = table[members & !(1 << highest)] | near;
                }
            }
            table
        };
        Reach((0..lattice.tensors()).step_by(8).map(of_eight).collect())
    }

    fn of(&self, set: Subset) -> Subset {
        let eights = self.0.iter().zip(set.0.to_le_bytes());
        let reached = eights.fold(0, |reached, (table, members)| reached | table[members as usize]);
        Subset(reached).without(set)
    }
}

/// Calls `visit` for each pair until it returns false; whether it never did.
pub fn connected_pairs(lattice: &Lattice, visit: &mut impl FnMut(Subset, Subset) -> bool) -> bool {
    let reach = &Reach::new(lattice);
    let tensors = lattice.tensors();
    (0..tensors).rev().all(|tensor| {
        let start = Subset::leaf(tensor);
        let excluded = Subset::all(tensor + 1);
        with_complements(reach, start, &mut *visit)
            && grow(reach, start, excluded, &mut |set| with_complements(reach, set, visit))
    })
}

/// Visits every connected set that is larger than `set`, holds it, and has no excluded tensor more.
fn grow(
    reach: &Reach,
    set: Subset,
    excluded: Subset,
    visit: &mut dyn FnMut(Subset) -> bool,
) -> bool {
    let neighbours = reach.of(set).without(excluded);
    if neighbours.is_empty() {
        return true;
    }
    neighbours.subsets().all(|more| visit(set.union(more)))
        && neighbours
            .subsets()
            .all(|more| grow(reach, set.union(more), excluded.union(neighbours), visit))
}

/// Visits the pairs of a connected set with the sets next to it above its lowest tensor.
fn with_complements(
    reach: &Reach,
    set: Subset,
    visit: &mut impl FnMut(Subset, Subset) -> bool,
) -> bool {
    let excluded = set.union(Subset::all(set.first() + 1));
    let neighbours = reach.of(set).without(excluded);
    let mut highest_first = neighbours;
    while !highest_first.is_empty() {
        let start = highest_first.last();
        highest_first = highest_first.without(start);
        let excluded = excluded.union(highest_first).union(start);
        if !visit(set, start) || !grow(reach, start, excluded, &mut |other| visit(set, other)) {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(adjacency: Vec<u64>) -> Vec<(Subset, Subset)> {
        let mut found = Vec::new();
        let lattice = Lattice::new(adjacency, true);
        assert!(connected_pairs(&lattice, &mut |a, b| {
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

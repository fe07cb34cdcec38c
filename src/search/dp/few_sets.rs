//! DPccp (Moerkotte and Neumann 2006) for costs that are products (`products`), in networks with
//! few connected sets: trees with few branches, also around one cycle.
//!
//! A network of n tensors has n (n + 1) / 2 connected sets as a chain and n (n - 1) + 1 as a cycle,
//! with (n^3 - n) / 6 and n (n - 1)^2 / 2 csg-cmp pairs. Sets are numbered in the order of
//! enumeration, each after those within it. Then each is paired with sets above its lowest tensor,
//! and lowers the cost of the union. Time is a few operations per pair, memory one entry per set.

use super::connected_pairs::Graph;
use super::near_ties::{Rivalry, best_tree};
use super::products::{Extents, NEVER, Product, Products};
use crate::allocation::{self, Append};
use crate::problem::{Problem, Split, Subset, Watch};
use crate::search::numbers::Numbers;
use crate::search::{Method, Solution};

/// A connected set.
struct Known {
    set: Subset,
    near: Subset,
    product: Product,
    cost: f64,
    /// A part of the split with this cost, and the cost of the second-best split.
    part: Subset,
    next: f64,
}

impl Known {
    /// Offers the cost of a split. Without branches, as they would be unpredictable.
    #[inline]
    fn lower(&mut self, value: f64, part: Subset) {
        let better = value < self.cost;
        let worse = if better { self.cost } else { value };
        self.cost = if better { value } else { self.cost };
        self.part = if better { part } else { self.part };
        self.next = if worse < self.next { worse } else { self.next };
    }
}

/// Whether this search covers a problem.
pub fn takes(problem: &Problem) -> bool {
    problem.connectivity().pruned() && Products::takes(problem)
}

/// Initial capacity, in sets.
const ROOM: usize = 64;

/// Finds the tree of least cost of a pruned network whose costs are products; none if it has more
/// than `most` connected sets, or there is no memory for them. Each set is a state.
pub fn search(problem: &Problem, most: usize, watch: &mut Watch) -> Option<Solution> {
    let graph = Graph::new(problem.connectivity());
    if graph.least_sets() > most as u64 {
        return None;
    }
    let products = Products::new(problem);
    let mut table = Table::new(&graph, &products, most)?;
    let pairs = table.fill(&graph);
    watch.ended(table.known.len() as u64, pairs);
    let rivalry = Rivalry::new(problem, table.of(problem.connectivity().root()).cost);
    let tree = best_tree(problem, &rivalry, |n, found| table.rivals(n, &rivalry, found)).ok()?;
    Some(Solution { tree, frontier: Vec::new(), method: Method::DpCcp })
}

/// The connected sets of a network.
struct Table {
    known: Vec<Known>,
    numbers: Numbers,
}

impl Table {
    fn new(graph: &Graph, products: &Products, most: usize) -> Option<Self> {
        let mut known = allocation::empty(most.min(ROOM)).ok()?;
        let few = graph.connected_sets(
            |tensor| (graph.near(tensor), products.of_tensor(tensor)),
            |(near, extents), set, tensor| {
                (near.union(graph.near(tensor)), products.with(extents, set, tensor))
            },
            |set, (near, extents): (Subset, Extents)| {
                let cost = if set.is_leaf() { products.cost_of_tensor(extents) } else { NEVER };
                let product = products.product(set, extents);
                let one = Known { set, near, product, cost, part: Subset(0), next: NEVER };
                known.try_push(one).is_ok() && known.len() <= most
            },
        );
        if !few {
            return None;
        }
        let mut numbers = Numbers::with_room(known.len()).ok()?;
        known.iter().zip(0..).try_for_each(|(one, at)| numbers.insert(one.set, at)).ok()?;
        Some(Table { known, numbers })
    }

    fn of(&self, set: Subset) -> &Known {
        &self.known[self.numbers.of(set) as usize]
    }

    /// Examines all pairs; returns their number.
    fn fill(&mut self, graph: &Graph) -> u64 {
        let mut pairs = 0;
        for at in 0..self.known.len() {
            let Known { set, near, product, cost, .. } = self.known[at];
            graph.partners(set, near, |other| {
                pairs += 1;
                let partner = self.of(other);
                let inverse = product.inverse * partner.product.inverse;
                let costs = cost + partner.cost;
                let whole = &mut self.known[self.numbers.of(set.union(other)) as usize];
                whole.lower(whole.product.work * inverse + costs, set);
                true
            });
        }
        pairs
    }

    /// The splits of a set within rounding of the least.
    fn rivals(&self, n: Subset, rivalry: &Rivalry, found: &mut dyn FnMut(Split)) {
        let whole = self.of(n);
        let limit = rivalry.limit(whole.cost);
        if whole.next > limit {
            return found(Split::of(whole.part, n.without(whole.part)));
        }
        for left in &self.known {
            if !left.set.is_in(n) || left.set >= n.without(left.set) {
                continue;
            }
            let split = Split { left: left.set, right: n.without(left.set) };
            let Some(right) = self.numbers.find(split.right) else { continue };
            let right = &self.known[right as usize];
            let inverse = left.product.inverse * right.product.inverse;
            if whole.product.work * inverse + (left.cost + right.cost) <= limit {
                found(split);
            }
        }
    }
}

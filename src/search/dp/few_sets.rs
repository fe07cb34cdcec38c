//! The subset DP over pairs of connected sets, where these are few: in trees with few branches, also
//! around one cycle.
//!
//! For costs that are products (`products.rs`). A network of n tensors has n (n + 1) / 2 connected
//! sets as a chain and n (n - 1) + 1 as a cycle, with (n^3 - n) / 6 and n (n - 1)^2 / 2 pairs. The sets
//! are numbered as they grow, each after those within it; then each is paired with others above its
//! lowest tensor, and lowers the cost of the union. Time is a few operations a pair, memory a line
//! for each set.

use super::connected_pairs::Graph;
use super::near_ties::{Rivalry, best_tree};
use super::products::{Met, NEVER, Product, Products};
use crate::allocation;
use crate::allocation::Append;
use crate::problem::{Problem, Split, Subset, Watch};
use crate::search::numbers::Numbers;
use crate::search::{Method, Solution};

/// A connected set.
struct Known {
    set: Subset,
    near: Subset,
    product: Product,
    cost: f64,
    /// A part of the split that gives the cost, and the cost of the next one.
    part: Subset,
    next: f64,
}

impl Known {
    /// Takes note of what a split costs. Without branches: nobody can foresee what they would do.
    #[inline]
    fn lower(&mut self, value: f64, part: Subset) {
        let better = value < self.cost;
        let worse = if better { self.cost } else { value };
        self.cost = if better { value } else { self.cost };
        self.part = if better { part } else { self.part };
        self.next = if worse < self.next { worse } else { self.next };
    }
}

/// Whether a problem can be searched so.
pub fn takes(problem: &Problem) -> bool {
    problem.connectivity().pruned() && Products::takes(problem)
}

/// Sets that there is room for from the beginning.
const ROOM: usize = 64;

/// Finds the tree of least cost of a pruned network whose costs are products; none if there are more
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
            |(near, met), set, tensor| {
                (near.union(graph.near(tensor)), products.with(met, set, tensor))
            },
            |set, (near, met): (Subset, Met)| {
                let cost = if set.is_leaf() { products.cost_of_tensor(met) } else { NEVER };
                let product = products.product(set, met);
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

    /// Looks at all pairs; returns how many there are.
    fn fill(&mut self, graph: &Graph) -> u64 {
        let mut pairs = 0;
        for at in 0..self.known.len() {
            let Known { set, near, product, cost, .. } = self.known[at];
            graph.partners(set, near, |other| {
                pairs += 1;
                let partner = self.of(other);
                let free = product.free * partner.product.free;
                let costs = cost + partner.cost;
                let whole = &mut self.known[self.numbers.of(set.union(other)) as usize];
                whole.lower(whole.product.work * free + costs, set);
                true
            });
        }
        pairs
    }

    /// The splits of a set that are within rounding of the least.
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
            let free = left.product.free * right.product.free;
            if whole.product.work * free + (left.cost + right.cost) <= limit {
                found(split);
            }
        }
    }
}

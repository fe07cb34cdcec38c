//! The subset DP over all splits of all sets, eight sets at a time: for dense networks, where nearly
//! all of the 3^n / 2 splits have to be looked at.
//!
//! For costs that add up, in networks without composite indices. There a contraction works
//! `T_n / (K_l K_r)`, with T_n the product of all extents on tensors of n, and K of those that are
//! closed within a part: the indices open in l or r are those of n but for them. So with `t = w T`,
//! `k = 1 / K` and the cost c of each set in a table, a set takes
//!
//! `c_n = min over l, r of t_n (k_l k_r) + (c_l + c_r)`
//!
//! Size costs `S_l + S_r + S_n`: the same with t = 0, and S added to c. A block is the eight sets with
//! the same tensors from the fourth on, so that a step is a row of eight numbers ([`super::simd`]).
//!
//! These are not quite the sums of the definition, because of the reciprocals and the order of the
//! factors; a product of exactly 1 counts 1 here, not 0. So the table only tells which splits can be
//! best: from the root down those within rounding of the least (and of what the products of 1 may
//! come to) are priced as the definition says, and ties fall as everywhere ([`super::ties`]).

use rustc_hash::FxHashMap;

use super::connected::append;
use super::simd::{Block, Tables, best_splits};
use super::{Lattice, Problem, Solution, Split, Subset, Tree};
use crate::Objective;
use crate::cost::EQUAL;

/// A cost that no tree has: products stay below 2^700, weights below 2^60.
const NEVER: f64 = 1.0e300;

/// Bytes that the tables of so many tensors take.
pub fn bytes(tensors: usize) -> u64 {
    3 * 8 << tensors
}

/// Finds the tree of least cost; none where composite indices forbid it.
pub fn search(problem: &Problem) -> Option<Solution> {
    if problem.network().indices().iter().any(|index| index.is_composite()) {
        return None;
    }
    let lattice = problem.lattice();
    let sweep = Sweep { problem, tables: swept(problem), slack: slack(problem) };
    let mut known = FxHashMap::default();
    sweep.price(lattice.root(), &mut known);
    let mut tree = Tree { nodes: Vec::with_capacity(2 * lattice.tensors()) };
    append(lattice.root(), &|n| known[&n].1, &mut tree);
    Some(Solution { tree, frontier: Vec::new(), method: "sweep over all splits" })
}

/// What products of exactly 1 may come to, that count 0.
fn slack(problem: &Problem) -> f64 {
    let network = problem.network();
    let bare = |tensor: usize| problem.leaf_open(tensor).is_empty();
    let tensors = problem.lattice().tensors();
    let ones = network.indices().iter().any(|index| index.extent == 1) || (0..tensors).any(bare);
    if ones { tensors as f64 } else { 0.0 }
}

fn swept(problem: &Problem) -> Tables {
    let lattice = problem.lattice();
    let tensors = lattice.tensors();
    // Three tensors at least, so that there is a block.
    let sets = 1usize << tensors.max(3);
    let mut tables =
        Tables { cost: vec![NEVER; sets], free: vec![1.0; sets], work: vec![0.0; sets] };
    let size = problem.options().objective == Objective::Size;
    let footprint_weight = problem.options().footprint_weight;
    if !size {
        products(problem, &mut tables);
    }
    for block in 0..sets / 8 {
        let mut least = best_splits(&tables, Block(block));
        for low in 0..8 {
            let set = 8 * block + low;
            let n = Subset(set as u64);
            if n.is_empty() || set >> tensors != 0 || !lattice.admits(n) {
                continue;
            }
            if n.is_leaf() {
                least[low] = 0.0;
            } else {
                least[low] = least[low].min(tables.best_within(set, NEVER));
            }
            let result = if size || footprint_weight > 0.0 { problem.footprint_of(n) } else { 0.0 };
            tables.cost[set] = match (n.is_leaf(), size) {
                (true, true) => result,
                (true, false) => 0.0,
                // As the result of this contraction, and as an operand of the next one.
                (false, true) => least[low] + 2.0 * result + footprint_weight * result,
                (false, false) => least[low] + footprint_weight * result,
            };
        }
    }
    tables
}

/// The products of extents: `t` and `k` of every set, each from the set without its highest tensor.
fn products(problem: &Problem, tables: &mut Tables) {
    let tensors = problem.lattice().tensors();
    let network = problem.network();
    let weight = problem.options().volatile_weight.max(1.0);
    let mut touched = vec![1.0; 1 << tensors];
    for tensor in 0..tensors {
        let indices: Vec<(u64, f64, bool)> = problem
            .leaf_open(tensor)
            .iter()
            .map(|id| {
                let extent = network.index_at(id).extent as f64;
                (problem.carriers_of(id), extent, !network.targets().contains(id))
            })
            .collect();
        for rest in 0..1usize << tensor {
            let n = rest | 1 << tensor;
            let (mut new, mut closed) = (1.0, 1.0);
            for &(carriers, extent, closes) in &indices {
                if carriers & rest as u64 == 0 {
                    new *= extent;
                }
                if closes && carriers & !(n as u64) == 0 {
                    closed *= extent;
                }
            }
            touched[n] = touched[rest] * new;
            tables.free[n] = tables.free[rest] / closed;
            let volatile = problem.is_volatile(Subset(n as u64));
            tables.work[n] = touched[n] * if volatile { weight } else { 1.0 };
        }
    }
    // Nothing is closed within one tensor: what only it carries is open until it is contracted.
    (0..tensors).for_each(|tensor| tables.free[1 << tensor] = 1.0);
}

struct Sweep<'a> {
    problem: &'a Problem<'a>,
    tables: Tables,
    slack: f64,
}

impl Sweep<'_> {
    /// The cost of a set as it is defined, and its split.
    fn price(&self, n: Subset, known: &mut FxHashMap<Subset, (f64, Split)>) -> f64 {
        if n.is_leaf() {
            return 0.0;
        }
        if let Some(&(cost, _)) = known.get(&n) {
            return cost;
        }
        let value = |split: Split| {
            self.tables.value(n.0 as usize, split.left.0 as usize, split.right.0 as usize)
        };
        let least = Lattice::splits(n).map(value).fold(NEVER, f64::min);
        let limit = least * (1.0 + EQUAL) + self.slack;
        let mut best: Option<(f64, Split)> = None;
        for split in Lattice::splits(n).filter(|&split| value(split) <= limit) {
            let cost = self.problem.contraction_cost(split)
                + self.price(split.left, known)
                + self.price(split.right, known);
            // The last split of equal cost.
            if best.is_none_or(|(least, _)| cost <= least) {
                best = Some((cost, split));
            }
        }
        let best = best.expect("the least is within the limit");
        known.insert(n, best);
        best.0
    }
}

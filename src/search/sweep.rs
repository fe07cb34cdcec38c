//! The subset DP over all splits of all sets, in tables of all sets: for small or dense networks, where
//! nearly all of the 3^n / 2 splits have to be looked at anyway.
//!
//! For costs that add up, in networks without composite indices. There a contraction works
//! `T_n / (K_l K_r)`, with T_n the product of all extents on tensors of n, and K of those that are
//! closed within a part: the indices open in l or r are those of n but for them. So with `t = w T`,
//! `k = 1 / K` and the cost c of each set in a table, a set takes
//!
//! `c_n = min over l, r of t_n (k_l k_r) + (c_l + c_r)`
//!
//! Size costs `S_l + S_r + S_n`: the same with k = 1 and t_n = 2 S_n, for the result of this
//! contraction and as an operand of the next one.
//!
//! Splits are looked at eight sets at a time: a block is the sets that differ in the three lowest
//! tensors only, so that a step is a row of eight numbers ([`super::simd`]). Where few sets are
//! connected, as in stars, only the pairs of connected sets are looked at.
//!
//! These are not quite the sums of the definition, because of the reciprocals and the order of the
//! factors; a product of exactly 1 counts 1 here, not 0. So the tables only tell which splits can be
//! best: from the root down those within rounding of the least (and of what the products of 1 may
//! come to) are priced as the definition says, and ties fall as everywhere ([`super::ties`]).

use rustc_hash::FxHashMap;

use super::pairs::connected_pairs;
use super::simd::{Block, Tables, best_splits};
use super::{Lattice, Problem, Solution, Split, Subset, Tree, Watch};
use crate::cost::EQUAL;
use crate::{Objective, Result};

/// Tensors of a network that is swept: 25 MB of tables, 1.7 billion splits, about two seconds.
pub const MAX_TENSORS: usize = 20;

/// A cost that no tree has: products stay below 2^700, weights below 2^60.
const NEVER: f64 = 1.0e300;

/// Splits that a sweep looks at while one pair of connected sets is: measured on stars and cliques.
const SPLITS_A_PAIR: u64 = 6;

/// Splits that a sweep looks at in a second, with narrow registers too.
const SPLITS_A_SECOND: f64 = 2e8;

/// Pairs of connected sets between two looks at limits, which cost as much as one of them.
const BETWEEN_CHECKS: u64 = 1 << 10;

/// Splits of all sets of three tensors into two, one of which may be empty: for each split of the
/// tensors above them.
const SPLITS_OF_LOW: u64 = 27;

/// Bytes that the tables of so many tensors take.
pub fn bytes(tensors: usize) -> u64 {
    24 << tensors.max(3)
}

/// Whether there are tables for a problem: composite indices and weights of footprints forbid it.
pub fn takes(problem: &Problem) -> bool {
    let network = problem.network();
    network.tensors().len() <= MAX_TENSORS
        && problem.options().footprint_weight == 0.0
        && !network.indices().iter().any(|index| index.is_composite())
}

/// Whether the limits of a watch leave room for the tables and all splits.
pub fn fits(problem: &Problem, watch: &Watch) -> bool {
    let tensors = problem.lattice().tensors();
    let labels = watch.check_labels(1 << tensors);
    let seconds = Lattice::all_splits(tensors) as f64 / SPLITS_A_SECOND;
    let time = watch.seconds_left().is_none_or(|left| seconds <= left);
    labels.is_ok() && watch.check_bytes(bytes(tensors) as usize).is_ok() && time
}

/// Finds the tree of least cost of a problem that it takes; each set is a label, each split a step.
/// Errors: those of the watch.
pub fn search(problem: &Problem, watch: &mut Watch) -> Result<Solution> {
    let lattice = problem.lattice();
    let mut tables = tables(problem);
    let splits = Lattice::all_splits(lattice.tensors());
    let sparse = lattice.pruned() && !is_dense(lattice);
    let few = splits / SPLITS_A_PAIR;
    let method = if sparse && look_at_pairs(lattice, &mut tables, few, watch)? {
        "connected pairs, in tables"
    } else {
        sweep(lattice, &mut tables, watch)?;
        "sweep over all splits"
    };
    let pricing = Pricing { problem, tables, slack: slack(problem) };
    let mut known = FxHashMap::default();
    pricing.price(lattice.root(), &mut known);
    let tree = Tree::of_splits(lattice.root(), |n| known[&n].1);
    Ok(Solution { tree, frontier: Vec::new(), method })
}

/// Whether half of all pairs of tensors are next to each other: then most sets are connected.
fn is_dense(lattice: &Lattice) -> bool {
    let tensors = lattice.tensors();
    let degrees = (0..tensors).map(|tensor| lattice.near(Subset::leaf(tensor)).len());
    2 * degrees.sum::<usize>() >= tensors * tensors.saturating_sub(1)
}

/// What products of exactly 1 may come to, that count 0: where there are extents of 1, tensors without
/// indices, or, with outer products, results without indices to be multiplied.
fn slack(problem: &Problem) -> f64 {
    let tensors = problem.lattice().tensors();
    let bare = (0..tensors).any(|tensor| problem.leaf_open(tensor).is_empty());
    let one = problem.network().indices().iter().any(|index| index.extent == 1);
    if bare || one || !problem.lattice().pruned() {
        tensors as f64 * problem.options().volatile_weight.max(1.0)
    } else {
        0.0
    }
}

/// The tables before any split was looked at.
fn tables(problem: &Problem) -> Tables {
    let tensors = problem.lattice().tensors();
    // Three tensors at least, so that there is a block.
    let sets = 1usize << tensors.max(3);
    let mut tables =
        Tables { cost: vec![NEVER; sets], free: vec![1.0; sets], work: vec![0.0; sets] };
    let size = problem.options().objective == Objective::Size;
    for tensor in 0..tensors {
        let footprint = problem.footprint_of(Subset::leaf(tensor));
        tables.cost[1 << tensor] = if size { footprint } else { 0.0 };
    }
    if size {
        for n in (1..=problem.lattice().root().0).map(Subset).filter(|n| !n.is_leaf()) {
            tables.work[n.0 as usize] = 2.0 * problem.footprint_of(n);
        }
    } else {
        products(problem, &mut tables);
    }
    tables
}

/// The products of extents: `t` and `k` of every set, each from the set without its highest tensor.
fn products(problem: &Problem, tables: &mut Tables) {
    let tensors = problem.lattice().tensors();
    let network = problem.network();
    tables.work[0] = 1.0;
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
                new *= if carriers & rest as u64 == 0 { extent } else { 1.0 };
                closed *= if closes && carriers & !(n as u64) == 0 { extent } else { 1.0 };
            }
            tables.work[n] = tables.work[rest] * new;
            tables.free[n] =
                if closed == 1.0 { tables.free[rest] } else { tables.free[rest] / closed };
        }
    }
    let weight = problem.options().volatile_weight.max(1.0);
    if weight > 1.0 {
        let volatile = |n: &u64| problem.is_volatile(Subset(*n));
        (1..=problem.lattice().root().0)
            .filter(volatile)
            .for_each(|n| tables.work[n as usize] *= weight);
    }
    // Nothing is closed within one tensor: what only it carries is open until it is contracted.
    (0..tensors).for_each(|tensor| tables.free[1 << tensor] = 1.0);
}

/// Looks at the pairs of connected sets; whether there are at most so many.
fn look_at_pairs(
    lattice: &Lattice,
    tables: &mut Tables,
    most: u64,
    watch: &mut Watch,
) -> Result<bool> {
    let (mut labels, mut pairs) = (0, 0);
    let mut going = watch.check_steps(0, 0);
    let ended = going.is_ok()
        && connected_pairs(lattice, &mut |a, b| {
            pairs += 1;
            let n = a.union(b).0 as usize;
            let value = tables.value(n, a.0 as usize, b.0 as usize);
            labels += u64::from(tables.cost[n] == NEVER);
            tables.cost[n] = tables.cost[n].min(value);
            if pairs % BETWEEN_CHECKS == 0 {
                going = watch.check_steps(labels, pairs);
            }
            pairs <= most && going.is_ok()
        });
    watch.ended(labels, pairs);
    going.map(|()| ended)
}

/// Looks at all splits of all sets that are admitted.
fn sweep(lattice: &Lattice, tables: &mut Tables, watch: &mut Watch) -> Result<()> {
    let (mut labels, mut splits) = (0, 0);
    let mut going = Ok(());
    for block in 0..tables.cost.len() / 8 {
        going = watch.check_steps(labels, splits);
        if going.is_err() {
            break;
        }
        splits += SPLITS_OF_LOW << block.count_ones().saturating_sub(1);
        let least = best_splits(tables, Block(block));
        for (low, least) in least.into_iter().enumerate() {
            let set = 8 * block + low;
            let n = Subset(set as u64);
            if n.len() > 1 && n.is_in(lattice.root()) && lattice.admits(n) {
                tables.cost[set] = least.min(tables.best_within(set, NEVER));
                labels += 1;
            }
        }
    }
    watch.ended(labels, splits);
    going
}

struct Pricing<'a> {
    problem: &'a Problem<'a>,
    tables: Tables,
    slack: f64,
}

impl Pricing<'_> {
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

//! DPsub (Moerkotte and Neumann 2006): subset DP over all splits of all sets, in tables of all
//! sets. For small or dense networks, where many of the 3^n / 2 splits have to be examined anyway.
//!
//! For costs that are products (`products`). A row of the tables (`tables`) is eight sets, one
//! vector (`simd`). The splits of a row are the ways to take a row out of it; within two rows, the
//! splits of the three lowest bits. With pruning, rows without a connected set take no part. That
//! leaves few rows where a network has few connected sets: in a star, the rows without the hub are
//! those of single leaves, as the hub has the highest bit. Memory is 32 bytes per set.

use super::connected_pairs::Graph;
use super::near_ties::{Rivalry, best_tree};
use super::products::{NEVER, Products};
use super::tables::{LOW, Order};
use crate::allocation::{self, Granted};
use crate::problem::{Connectivity, Problem, Searched, Split, Subset, Watch};
use crate::scratch::{Scratch, Shelf};
use crate::search::simd::dpsub::{best_splits, splits_within};
use crate::search::simd::tables::{Row, Tables};
use crate::search::{Method, Solution};

/// Most tensors of a network in these tables: 34 MB, 1.7 billion splits, about two seconds.
pub const MAX_TENSORS: usize = 20;

/// Splits of all sets of three tensors into two parts that may be empty, and of which one may not:
/// the splits of a third row into two rows, and of any row into itself and the row of the three
/// lowest bits.
const SPLITS_OF_LOW: u64 = 27;
const SPLITS_WITHIN: u64 = 19;

/// Splits examined per second, with narrow registers too.
const SPLITS_A_SECOND: f64 = 2e8;

/// Bytes of the tables.
pub fn bytes(tensors: usize) -> u64 {
    Tables::bytes(tensors)
}

/// Whether this search covers a problem.
pub fn takes(problem: &Problem) -> bool {
    problem.network().tensors().len() <= MAX_TENSORS && Products::takes(problem)
}

/// Whether the limits of a watch allow the tables and all splits.
pub fn fits(problem: &Problem, watch: &Watch) -> bool {
    let tensors = problem.connectivity().tensors();
    let states = watch.check_states(1 << tensors);
    let seconds = Connectivity::all_splits(tensors) as f64 / SPLITS_A_SECOND;
    let time = watch.seconds_left().is_none_or(|left| seconds <= left);
    states.is_ok() && watch.check_bytes(bytes(tensors) as usize).is_ok() && time
}

/// Finds the tree of least cost of a problem that [`takes`] covers; each set is a state, each split
/// a pair. Errors: those of the watch.
pub fn search(problem: &Problem, watch: &mut Watch) -> Searched<Solution> {
    let order = Order::new(problem.connectivity());
    let tables = Tables::new(problem, &order)?;
    let admitted = admitted_sets(problem, &order)?;
    let mut dp = DpSub { tables, admitted, states: 0, pairs: 0 };
    let ended = dp.run(watch);
    watch.ended(dp.states, dp.pairs);
    ended?;
    let rivalry =
        Rivalry::new(problem, dp.tables.cost(order.number(problem.connectivity().root())));
    let tree = best_tree(problem, &rivalry, |n, found| {
        let rivals = |left, right| found(Split::of(order.set(left), order.set(right)));
        dp.rivals(order.number(n), &rivalry, rivals);
    })?;
    Ok(Solution { tree, frontier: Vec::new(), method: Method::DpSub })
}

/// By row, the sets that may appear in a tree, one bit each.
fn admitted_sets(problem: &Problem, order: &Order) -> Granted<Scratch<Vec<u8>>> {
    let mut admitted = Scratch::from(&ADMITTED);
    let connectivity = problem.connectivity();
    let rows = 1 << connectivity.tensors().saturating_sub(LOW);
    let near = |tensor| connectivity.near(Subset::leaf(tensor)).len();
    let tensors = connectivity.tensors();
    // Without pruning, and in a clique, all sets may.
    if (0..tensors).all(|tensor| near(tensor) + 1 == tensors) {
        allocation::lengthen(&mut admitted, rows, 0xff)?;
        // Except the empty set and, in the only row of fewer tensors, sets of tensors beyond these.
        admitted[0] &= 0xfe & ((1u16 << (1 << connectivity.tensors().min(LOW))) - 1) as u8;
        return Ok(admitted);
    }
    allocation::lengthen(&mut admitted, rows, 0)?;
    let graph = Graph::renumbered(connectivity, order);
    let mark = |n: Subset, ()| {
        admitted[n.0 as usize / 8] |= 1 << (n.0 % 8);
        true
    };
    graph.connected_sets(|_| (), |(), _, _| (), mark);
    Ok(admitted)
}

thread_local! {
    static ADMITTED: Shelf<Vec<u8>> = const { Shelf::new(None) };
}

struct DpSub {
    tables: Scratch<Tables>,
    admitted: Scratch<Vec<u8>>,
    /// Sets with a cost, and splits examined.
    states: u64,
    pairs: u64,
}

impl DpSub {
    /// Computes the costs of all sets, row by row: lower rows come first.
    fn run(&mut self, watch: &mut Watch) -> Searched<()> {
        let admitted = self.admitted.iter().filter(|&&admitted| admitted != 0).count();
        let mut lefts = allocation::empty(admitted)?;
        // Rows with admitted sets.
        let mut rows: Vec<u32> = allocation::empty(admitted)?;
        let mut below_highest = 0;
        for row in 0..self.admitted.len() {
            if row.is_power_of_two() {
                below_highest = rows.len();
            }
            if self.admitted[row] == 0 {
                continue;
            }
            let states = self.states + u64::from(self.admitted[row].count_ones());
            watch.check_steps(states, self.pairs)?;
            self.states = states;
            lefts.clear();
            self.find_lefts(row, &rows[..below_highest], &mut lefts);
            self.pairs += SPLITS_OF_LOW * lefts.len() as u64 + SPLITS_WITHIN;
            let least = best_splits(&self.tables, row, &lefts);
            self.finish(row, least);
            if row > 0 {
                rows.push(row as u32);
            }
        }
        Ok(())
    }

    /// The admitted rows, without the highest bit of `row`, whose complement in it is admitted;
    /// `rows` are all admitted ones below the highest bit.
    fn find_lefts(&self, row: usize, rows: &[u32], lefts: &mut Vec<u32>) {
        let Some(highest) = row.checked_ilog2() else { return };
        let lower = row ^ 1 << highest;
        let leaves = |left: usize| self.admitted[row ^ left] != 0;
        if rows.len() < 1 << lower.count_ones() {
            let within = rows.iter().filter(|&&left| left as usize & !lower == 0);
            lefts.extend(within.filter(|&&left| leaves(left as usize)));
        } else {
            let mut left = lower;
            while left != 0 {
                if self.admitted[left] != 0 && leaves(left) {
                    lefts.push(left as u32);
                }
                left = (left - 1) & lower;
            }
        }
    }

    /// Completes the costs of a row from the least of its splits into two rows: the splits into a
    /// part of the three lowest bits only, and the rest, remain.
    fn finish(&mut self, row: usize, Row(least): Row) {
        let Tables { cost, inverse, work } = &mut *self.tables;
        let (Row(low_inverse), Row(low_cost)) = (inverse[0], cost[0]);
        let (Row(inverse), Row(work)) = (inverse[row], work[row]);
        let Row(mut costs) = cost[row];
        let admitted = self.admitted[row];
        // The three lowest bits of a set, and those of its left parts. Written out, as the sets of
        // the row depend on one another.
        let mut set = |n: usize, lefts: &[usize]| {
            let mut best = if least[n] < costs[n] { least[n] } else { costs[n] };
            for &left in lefts {
                let (inverse, cost) =
                    (low_inverse[left] * inverse[n ^ left], low_cost[left] + costs[n ^ left]);
                let value = work[n] * inverse + cost;
                best = if value < best { value } else { best };
            }
            costs[n] = if admitted >> n & 1 == 1 { best } else { NEVER };
        };
        set(0, &[]);
        set(1, &[1]);
        set(2, &[2]);
        set(3, &[1, 2, 3]);
        set(4, &[4]);
        set(5, &[1, 4, 5]);
        set(6, &[2, 4, 6]);
        set(7, &[1, 2, 3, 4, 5, 6, 7]);
        cost[row] = Row(costs);
    }

    /// The splits of a set within rounding of the least, each once: the left part lacks the highest
    /// bit of the row.
    fn rivals(&self, n: usize, rivalry: &Rivalry, mut found: impl FnMut(usize, usize)) {
        let (row, low) = (n / 8, n % 8);
        let limit = rivalry.limit(self.tables.cost[row].0[low]);
        let lower = row.checked_ilog2().map_or(0, |highest| row ^ 1 << highest);
        let mut left_row = lower;
        loop {
            if self.admitted[left_row] != 0 && self.admitted[row ^ left_row] != 0 {
                let mut hits = splits_within(&self.tables, n, left_row, limit);
                while hits != 0 {
                    let left = 8 * left_row + hits.trailing_zeros() as usize;
                    hits &= hits - 1;
                    let right = n ^ left;
                    // In the row of the lowest bits each split comes twice.
                    if row > 0 || left < right {
                        found(left, right);
                    }
                }
            }
            if left_row == 0 {
                return;
            }
            left_row = (left_row - 1) & lower;
        }
    }
}

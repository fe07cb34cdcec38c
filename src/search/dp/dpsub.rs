//! The subset DP over all splits of all sets, in tables of all sets: for small or dense networks, where
//! many of the 3^n / 2 splits have to be looked at anyway.
//!
//! For costs that are products (`products.rs`). Splits are looked at eight sets at a time, a row
//! of the tables (`tables.rs`) being a vector (`simd`): the splits of a row are the
//! ways to take a row out of it, and within two rows those that the three lowest bits have. With
//! pruning, rows in which no set is connected take part in nothing. That leaves few where a network
//! has few connected sets: of a star, the rows without the hub are those of single leaves, as the hub
//! has the highest bit.

use super::connected_pairs::Graph;
use super::near_ties::{Rivalry, best_tree};
use super::products::{NEVER, Products};
use super::tables::{LOW, Order, Row, Tables};
use crate::allocation;
use crate::allocation::Granted;
use crate::problem::Searched;
use crate::problem::{Connectivity, Problem, Split, Subset, Watch};
use crate::scratch::{Scratch, Shelf};
use crate::search::simd::dpsub::{best_splits, splits_within};
use crate::search::{Method, Solution};

/// Tensors of a network that is swept: 34 MB of tables, 1.7 billion splits, about two seconds.
pub const MAX_TENSORS: usize = 20;

/// Splits of all sets of three tensors into two parts that may be empty, and of which one may not: what
/// two rows give a third, and the row of the three lowest bits any other.
const SPLITS_OF_LOW: u64 = 27;
const SPLITS_WITHIN: u64 = 19;

/// Splits that a sweep looks at in a second, with narrow registers too.
const SPLITS_A_SECOND: f64 = 2e8;

/// Bytes that the tables of so many tensors take.
pub fn bytes(tensors: usize) -> u64 {
    Tables::bytes(tensors)
}

/// Whether there are tables for a problem.
pub fn takes(problem: &Problem) -> bool {
    problem.network().tensors().len() <= MAX_TENSORS && Products::takes(problem)
}

/// Whether the limits of a watch leave room for the tables and all splits.
pub fn fits(problem: &Problem, watch: &Watch) -> bool {
    let tensors = problem.connectivity().tensors();
    let states = watch.check_states(1 << tensors);
    let seconds = Connectivity::all_splits(tensors) as f64 / SPLITS_A_SECOND;
    let time = watch.seconds_left().is_none_or(|left| seconds <= left);
    states.is_ok() && watch.check_bytes(bytes(tensors) as usize).is_ok() && time
}

/// Finds the tree of least cost of a problem that it takes; each set is a state, each split a pair.
/// Errors: those of the watch.
pub fn search(problem: &Problem, watch: &mut Watch) -> Searched<Solution> {
    let order = Order::new(problem.connectivity());
    let tables = Tables::new(problem, &order)?;
    let live = live_sets(problem, &order)?;
    let mut sweep = Sweep { tables, live, states: 0, pairs: 0 };
    let ended = sweep.run(watch);
    watch.ended(sweep.states, sweep.pairs);
    ended?;
    let rivalry =
        Rivalry::new(problem, sweep.tables.cost(order.number(problem.connectivity().root())));
    let tree = best_tree(problem, &rivalry, |n, found| {
        let rivals = |left, right| found(Split::of(order.set(left), order.set(right)));
        sweep.rivals(order.number(n), &rivalry, rivals);
    })?;
    Ok(Solution { tree, frontier: Vec::new(), method: Method::DpSub })
}

/// By row, the sets that may be in a tree, a bit each.
fn live_sets(problem: &Problem, order: &Order) -> Granted<Scratch<Vec<u8>>> {
    let mut live = Scratch::from(&LIVE);
    let connectivity = problem.connectivity();
    let rows = 1 << connectivity.tensors().saturating_sub(LOW);
    let near = |tensor| connectivity.near(Subset::leaf(tensor)).len();
    let tensors = connectivity.tensors();
    // Without pruning, and in a clique.
    if (0..tensors).all(|tensor| near(tensor) + 1 == tensors) {
        allocation::lengthen(&mut live, rows, 0xff)?;
        // Not the empty set, nor, in the one row of fewer tensors, what is none of theirs.
        live[0] &= 0xfe & ((1u16 << (1 << connectivity.tensors().min(LOW))) - 1) as u8;
        return Ok(live);
    }
    allocation::lengthen(&mut live, rows, 0)?;
    let graph = Graph::renumbered(connectivity, order);
    let mark = |n: Subset, ()| {
        live[n.0 as usize / 8] |= 1 << (n.0 % 8);
        true
    };
    graph.connected_sets(|_| (), |(), _, _| (), mark);
    Ok(live)
}

thread_local! {
    static LIVE: Shelf<Vec<u8>> = const { Shelf::new(None) };
}

struct Sweep {
    tables: Scratch<Tables>,
    live: Scratch<Vec<u8>>,
    /// Sets that have a cost, and splits that were looked at.
    states: u64,
    pairs: u64,
}

impl Sweep {
    /// Fills in the costs of all sets, row by row: a row is made of lower ones.
    fn run(&mut self, watch: &mut Watch) -> Searched<()> {
        let live = self.live.iter().filter(|&&live| live != 0).count();
        let mut lefts = allocation::empty(live)?;
        // Those with live sets.
        let mut rows: Vec<u32> = allocation::empty(live)?;
        let mut below_highest = 0;
        for row in 0..self.live.len() {
            if row.is_power_of_two() {
                below_highest = rows.len();
            }
            if self.live[row] == 0 {
                continue;
            }
            let states = self.states + u64::from(self.live[row].count_ones());
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

    /// The live rows, without the highest bit of a row, that leave a live row when they are taken out
    /// of it; `rows` are all live ones below the highest bit.
    fn find_lefts(&self, row: usize, rows: &[u32], lefts: &mut Vec<u32>) {
        let Some(highest) = row.checked_ilog2() else { return };
        let lower = row ^ 1 << highest;
        let leaves = |left: usize| self.live[row ^ left] != 0;
        if rows.len() < 1 << lower.count_ones() {
            let within = rows.iter().filter(|&&left| left as usize & !lower == 0);
            lefts.extend(within.filter(|&&left| leaves(left as usize)));
        } else {
            let mut left = lower;
            while left != 0 {
                if self.live[left] != 0 && leaves(left) {
                    lefts.push(left as u32);
                }
                left = (left - 1) & lower;
            }
        }
    }

    /// The costs of a row from the least of its splits into two rows: what is left are splits into a
    /// part with the three lowest bits only, and the rest.
    fn finish(&mut self, row: usize, Row(least): Row) {
        let Tables { cost, free, work } = &mut *self.tables;
        let (Row(low_free), Row(low_cost)) = (free[0], cost[0]);
        let (Row(free), Row(work)) = (free[row], work[row]);
        let Row(mut costs) = cost[row];
        let live = self.live[row];
        // What the lowest bits of a set are, and what a part takes of them. Written out, as the sets of
        // the row wait for one another.
        let mut set = |n: usize, lefts: &[usize]| {
            let mut best = if least[n] < costs[n] { least[n] } else { costs[n] };
            for &left in lefts {
                let (free, cost) =
                    (low_free[left] * free[n ^ left], low_cost[left] + costs[n ^ left]);
                let value = work[n] * free + cost;
                best = if value < best { value } else { best };
            }
            costs[n] = if live >> n & 1 == 1 { best } else { NEVER };
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

    /// The splits of a set that are within rounding of the least, each once: the left part is without
    /// the highest bit of the row.
    fn rivals(&self, n: usize, rivalry: &Rivalry, mut found: impl FnMut(usize, usize)) {
        let (row, low) = (n / 8, n % 8);
        let limit = rivalry.limit(self.tables.cost[row].0[low]);
        let lower = row.checked_ilog2().map_or(0, |highest| row ^ 1 << highest);
        let mut left_row = lower;
        loop {
            if self.live[left_row] != 0 && self.live[row ^ left_row] != 0 {
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

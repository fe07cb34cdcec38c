//! DPccp (Moerkotte and Neumann 2006): subset DP over csg-cmp pairs, which examines no split with
//! an outer product.
//!
//! For additive costs. Each pair is a split of its union, and comes after all pairs within its two
//! parts, so their costs are known. One step per pair: (n - 1) 2^(n - 2) for a star of n tensors,
//! where the best-first search would examine pairs of its 2^(n - 1) sets. Memory is one entry per
//! connected set.

use super::connected_pairs::Graph;
use crate::allocation::{Append, Grow};
use crate::network::IndexSet;
use crate::problem::{Problem, Searched, Split, Stop, Subset, Tree, Watch};
use crate::search::numbers::Numbers;
use crate::search::{Method, Solution};

/// Pairs between two checks of limits; a check costs as much as a few pairs.
const BETWEEN_CHECKS: u64 = 1 << 10;

/// A connected set.
struct Known {
    cost: f64,
    /// The part of its best split without the highest tensor.
    left: Subset,
    footprint: f64,
    open: IndexSet,
}

/// Finds the tree of least cost of a pruned network; none if it has more than `most` pairs. Each
/// set is a state, each pair a step. Errors: those of the watch.
pub fn search(problem: &Problem, most: u64, watch: &mut Watch) -> Searched<Option<Solution>> {
    let connectivity = problem.connectivity();
    let mut known: Vec<Known> = Vec::new();
    let mut numbers = Numbers::with_room(connectivity.tensors())?;
    for tensor in 0..connectivity.tensors() {
        let open = problem.leaf_open(tensor).clone();
        let footprint = problem.volume(&open);
        numbers.insert(Subset::leaf(tensor), tensor as u32)?;
        known.try_push(Known { cost: 0.0, left: Subset(0), footprint, open })?;
    }
    let mut pairs = 0;
    let mut going = Ok(());
    let mut first = (Subset(0), 0);
    let ended = Graph::new(connectivity).pairs(|a, b| {
        pairs += 1;
        // Consecutive pairs share their first set.
        if first.0 != a {
            first = (a, numbers.of(a) as usize);
        }
        let Split { left, .. } = Split::of(a, b);
        let (l, r) = (first.1, numbers.of(b) as usize);
        let (l, r) = if left == a { (l, r) } else { (r, l) };
        let n = a.union(b);
        let next = known.len() as u32;
        let number = known.make_room(1).and_then(|()| numbers.find_or_insert(n, next));
        let at = match number {
            Ok(Some(at)) => at,
            Err(refused) => {
                going = Err(Stop::Refused(refused));
                return false;
            }
            Ok(None) => {
                going = watch.check_states(known.len() as u64 + 1);
                if going.is_err() {
                    return false;
                }
                let open = problem.open_of_parts(&known[l].open, &known[r].open, n);
                let footprint = problem.volume(&open);
                known.push(Known { cost: f64::INFINITY, left: Subset(0), footprint, open });
                next
            }
        };
        let (l, r, result) = (&known[l], &known[r], &known[at as usize]);
        let work = problem.volume_of_both(&l.open, &r.open);
        let operands = [l.footprint, r.footprint];
        let charge = problem.charge(problem.is_volatile(n), work, operands, result.footprint);
        let cost = charge + l.cost + r.cost;
        if cost < result.cost || cost == result.cost && left > result.left {
            let result = &mut known[at as usize];
            (result.cost, result.left) = (cost, left);
        }
        if pairs % BETWEEN_CHECKS == 0 {
            let bytes = known.len() * size_of::<Known>() + numbers.bytes();
            let states = known.len() as u64;
            going = watch.check_bytes(bytes).and_then(|()| watch.check_steps(states, pairs));
        }
        pairs < most && going.is_ok()
    });
    watch.ended(known.len() as u64, pairs);
    going?;
    if !ended {
        return Ok(None);
    }
    let tree = Tree::of_splits(connectivity.root(), |n| {
        let left = known[numbers.of(n) as usize].left;
        Ok(Split { left, right: n.without(left) })
    })?;
    Ok(Some(Solution { tree, frontier: Vec::new(), method: Method::DpCcp }))
}

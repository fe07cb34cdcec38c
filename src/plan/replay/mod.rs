//! Independent recomputation of a plan: walks a sequence, allocates and frees, and computes every
//! number again.
//!
//! It shares only the network and the policy with the search. Open indices (by counting slots),
//! volumes (factor by factor), the live set, and the rules for loops and repetitions are its own. It
//! is slow, O(n^3) for n tensors, and meant to be obviously right.
//!
//! The size of a tensor at a moment is its volume, where an index counts one batch if a loop over it
//! has been opened at a proper ancestor of the tensor. Live at a contraction are:
//! - all leaves and intermediates not yet consumed; if results are shared, a tensor is consumed by
//!   its last use, and one without a use is never live
//! - its result, and beside it the block that an external loop opened here is making, or the
//!   contribution that a contracted loop adds, times the accumulation factor
//! - under the objectives that charge slicing, the results of contractions above that have opened
//!   loops, which assemble them from their first batch on
//!
//! Options and sizes pass the same checks as in a search, so that no product leaves the range of a
//! double.

mod charges;
mod order;
mod rules;
mod sharing;
mod sizes;
mod tree;

use std::collections::BTreeSet;

use super::cache::Cache;
use super::liveness::Live;
use super::{NodeKind, Plan};
use crate::network::{IndexId, Network};
use crate::policy::{BatchPolicy, ResolvedPolicy};
use crate::problem::{Options, check_sizes};
use crate::{Error, Result};
use charges::Charges;
pub use order::{OrderReplay, replay_order};
use sharing::Sharing;
use sizes::Sizer;
use tree::Tree;

/// One entry of a sequence.
#[derive(Debug, Clone, PartialEq)]
pub enum Move {
    /// Takes a tensor.
    Take(usize),
    /// Contracts the two results on top of the stack, inside loops over these indices, the outermost
    /// first.
    Contract { loops: Vec<IndexId> },
    /// Replaces the two results on top of the stack by the result of an earlier move, equal up to a
    /// renaming of indices. The moves that make the two are skipped.
    Share { with: usize },
}

/// The numbers of a sequence. Sizes are elements, work counts multiply-add pairs.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    /// 0 under the custom objective, whose model prices whole plans.
    pub cost: f64,
    pub flops: f64,
    pub peak: f64,
    /// Live elements at each move.
    pub live: Vec<f64>,
    /// Details of each move.
    pub moves: Vec<Moment>,
}

/// A move, and the tensor that it takes or makes.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// The operands, as moves, in the order of their evaluation; none for a leaf.
    pub operands: Vec<usize>,
    /// Whether it is evaluated: neither shared nor below a shared move.
    pub is_done: bool,
    /// The tensors below, by increasing number.
    pub members: Vec<usize>,
    /// The open indices of the tensor, by increasing id.
    pub open: Vec<IndexId>,
    /// Its size, elements: whole, and as sliced by the loops around it.
    pub footprint: f64,
    pub sliced_footprint: f64,
    /// Work and cost of the contraction; 0 for a leaf.
    pub flops: f64,
    pub cost: f64,
    /// Evaluations, where all slices together count as one; 1 for a leaf.
    pub repetitions: f64,
    pub volatile: bool,
    pub cache: Cache,
    /// The loops around it, outermost first.
    pub nest: Vec<IndexId>,
    /// Live elements just before and just after.
    pub live_before: f64,
    pub live_after: f64,
    /// The live nodes with their sizes, by node.
    pub held: Vec<Live>,
}

impl Plan {
    /// The plan as moves, for `replay`. Error: `Replay`, for a loop over an index that the network does
    /// not have.
    pub fn moves(&self, network: &Network) -> Result<Vec<Move>> {
        let one = |node: &super::Node| match node.kind {
            NodeKind::Leaf { tensor } => Ok(Move::Take(tensor)),
            NodeKind::Contraction { .. } if node.shared_with().is_some() => {
                Ok(Move::Share { with: node.shared_with().unwrap_or_default() })
            }
            NodeKind::Contraction { .. } => {
                let id = |label: &str| {
                    network.find_index(label).ok_or_else(|| {
                        broken(format!("it loops over '{label}', which the network does not have"))
                    })
                };
                let loops = node.loops.iter().map(|one| id(&one.index)).collect::<Result<_>>()?;
                Ok(Move::Contract { loops })
            }
        };
        self.nodes.iter().map(one).collect()
    }
}

/// Replays a sequence under the objective, weights and policy.
///
/// Errors: `Replay`, for a leaf taken twice or never, a sequence that does not leave one result, a
/// loop that the objective or the policy does not allow, and a shared result that differs from its
/// source; those of [`Options::check`]; `Overflow`, for sizes beyond a double.
pub fn replay(
    network: &Network,
    policy: &BatchPolicy,
    options: &Options,
    moves: &[Move],
) -> Result<Replay> {
    let resolved = &policy.resolve(network)?;
    let Checked { tree, sizer, sharing } = Checked::of(network, resolved, options, moves)?;
    let charges = Charges { tree: &tree, sharing: &sharing, network, resolved, options };
    let mut result =
        Replay { cost: 0.0, flops: 0.0, peak: 0.0, live: Vec::new(), moves: Vec::new() };
    let none = BTreeSet::new();
    // The live moves before the next one; leaves are live from the start.
    let mut there: BTreeSet<usize> = tree.leaves().filter(|&at| sharing.is_done(at)).collect();
    for at in 0..moves.len() {
        let entered: BTreeSet<usize> = tree.ancestors(at).chain([at]).collect();
        let of = |node: usize| {
            let sliced = tree.loops_above(node, |ancestor| entered.contains(&ancestor));
            Live { node, elements: sizer.volume(&tree.open[node], &sliced) }
        };
        let sum =
            |nodes: &BTreeSet<usize>| nodes.iter().map(|&node| of(node).elements).sum::<f64>();
        let assembled =
            |node: &usize| options.objective.charges_slicing() && !tree.loops[*node].is_empty();
        // Loops assemble results from their first batch on.
        there.extend(tree.ancestors(at).filter(assembled));
        let (mut during, mut after) = (there.clone(), there.clone());
        if !tree.is_leaf(at) && sharing.is_done(at) {
            during.insert(at);
            after.retain(|&node| sharing.users(&tree, node).max() != Some(at));
            after.insert(at);
        }
        let live = sum(&during) + beside_result(&tree, &sizer, at);
        let flops = charges.flops(&sizer, at);
        let cost = charges.cost(&sizer, at);
        result.flops += flops;
        result.cost += cost;
        result.peak = result.peak.max(live);
        result.live.push(live);
        result.moves.push(Moment {
            operands: tree.children[at].into_iter().flatten().collect(),
            is_done: sharing.is_done(at),
            members: tree.members[at].iter().copied().collect(),
            open: tree.open[at].iter().copied().collect(),
            footprint: sizer.volume(&tree.open[at], &none),
            sliced_footprint: of(at).elements,
            flops,
            cost,
            repetitions: charges.repetitions(at),
            volatile: charges.is_volatile(at),
            cache: charges.cache(at),
            nest: tree.nest(at),
            live_before: sum(&there),
            live_after: sum(&after),
            held: during.iter().map(|&node| of(node)).collect(),
        });
        there = after;
    }
    Ok(result)
}

/// A valid sequence.
struct Checked<'a> {
    tree: Tree,
    sizer: Sizer<'a>,
    sharing: Sharing,
}

impl<'a> Checked<'a> {
    fn of(
        network: &'a Network,
        resolved: &'a ResolvedPolicy,
        options: &'a Options,
        moves: &[Move],
    ) -> Result<Self> {
        options.check()?;
        check_sizes(network, resolved, options)?;
        let tree = Tree::of(network, moves)?;
        rules::check(&tree, network, resolved, options.objective)?;
        let sizer = Sizer { network, resolved, options };
        sizer.check(&tree)?;
        let sharing = Sharing::of(network, resolved, &tree, moves)?;
        Ok(Checked { tree, sizer, sharing })
    }
}

/// The block or contribution that loops opened at a contraction hold beside its result, elements.
fn beside_result(tree: &Tree, sizer: &Sizer, at: usize) -> f64 {
    let is_external = |id: &&IndexId| sizer.network.targets().contains(**id);
    let loops = &tree.loops[at];
    let external: BTreeSet<IndexId> = loops.iter().filter(is_external).copied().collect();
    let around: BTreeSet<IndexId> = tree.nest(at).into_iter().collect();
    let block = sizer.volume(&tree.open[at], &around.union(&external).copied().collect());
    if loops.is_empty() {
        0.0
    } else if external.len() < loops.len() {
        sizer.resolved.accumulation_factor() * block
    } else {
        block
    }
}

/// The error of a plan that differs from its replay, or cannot be replayed.
pub(super) fn broken(reason: String) -> Error {
    Error::Replay { reason }
}

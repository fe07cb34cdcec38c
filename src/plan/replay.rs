//! An independent check of a plan: walks a sequence, adds and frees, and recomputes its numbers.
//!
//! It shares nothing with the search but the network and the policy: its own open indices (by
//! counting slots), its own volumes (factor by factor), its own live set. It is slow and meant to be
//! obviously right.
//!
//! What a tensor takes at a moment: its volume, where an index counts a batch if a loop over it has
//! been opened at a proper ancestor of the tensor in the tree. All leaves that are not yet consumed
//! are alive, so are the intermediates, and during a contraction its result, with its contribution
//! beside it where loops are open. Where results are shared, a tensor is consumed by its last use,
//! and one that is never used is not there.

mod sharing;

use std::collections::{BTreeMap, BTreeSet};

use self::sharing::Sharing;
use super::{NodeKind, Plan};
use crate::network::{IndexId, Network};
use crate::policy::Rulings;
use crate::{BatchPolicy, Error, Objective, Options, Result};

/// One entry of a sequence.
#[derive(Debug, Clone, PartialEq)]
pub enum Move {
    /// Takes a tensor.
    Take(usize),
    /// Contracts the two results on top of the stack, inside loops over these indices.
    Contract { loops: Vec<IndexId> },
    /// In place of the two results on top of the stack, the result of an earlier move, which is the
    /// same up to a renaming of indices. The moves that would have made the two are not carried out.
    Share { with: usize },
}

/// What a sequence comes to; elements and multiply-add pairs.
#[derive(Debug, Clone, PartialEq)]
pub struct Replay {
    pub cost: f64,
    pub flops: f64,
    pub peak: f64,
    /// Elements alive at each move.
    pub live: Vec<f64>,
}

impl Plan {
    /// The plan as moves, for `replay`.
    pub fn moves(&self, network: &Network) -> Result<Vec<Move>> {
        let one = |node: &super::Node| match &node.kind {
            NodeKind::Leaf { tensor, .. } => Ok(Move::Take(*tensor)),
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

/// Replays a sequence under the objective, weights and policy. Loops over indices that the policy
/// does not let slice, leaves taken twice or never, stacks that do not end with one result, and
/// results shared that are not the same are errors.
pub fn replay(
    network: &Network,
    policy: &BatchPolicy,
    options: &Options,
    moves: &[Move],
) -> Result<Replay> {
    let rulings = &policy.rulings(network)?;
    let tree = Tree::of(network, rulings, moves)?;
    let sizer = Sizer { network, rulings, options };
    let mut result = Replay { cost: 0.0, flops: 0.0, peak: 0.0, live: Vec::new() };
    // Alive: moves whose tensor exists. Leaves exist from the start.
    let sharing = Sharing::of(network, rulings, &tree, moves)?;
    let mut alive: BTreeSet<usize> = tree.leaves().filter(|&at| sharing.is_done(at)).collect();
    for (at, one) in moves.iter().enumerate() {
        let entered = tree.entered_at(at);
        let size = |node: usize| {
            let loops = tree.loops_above(moves, node, &entered);
            sizer.volume(&tree.open(network, node), &loops)
        };
        let mut live: f64 = alive.iter().map(|&node| size(node)).sum();
        if let Move::Contract { loops } = one
            && sharing.is_done(at)
        {
            let own = size(at);
            live += own;
            if !loops.is_empty() {
                live += rulings.accumulation_factor() * own;
            }
            let [l, r] = tree.children[at].expect("a contraction has operands");
            let [l, r, n] = [l, r, at].map(|node| tree.open(network, node));
            let none = BTreeSet::new();
            let flops = sizer.volume(&l.union(&r).copied().collect(), &none);
            let [s_l, s_r, s_n] = [&l, &r, &n].map(|open| sizer.volume(open, &none));
            let volatile = tree.members[at].iter().any(|&leaf| rulings.is_volatile(leaf));
            result.flops += flops;
            result.cost += sizer.charge(flops, s_l + s_r + s_n, s_n, volatile);
            alive.retain(|&node| sharing.last_use(&tree, node) != Some(at));
            alive.insert(at);
        }
        result.peak = result.peak.max(live);
        result.live.push(live);
    }
    Ok(result)
}

/// The tree that a sequence spells, by position in the sequence.
struct Tree {
    members: Vec<BTreeSet<usize>>,
    children: Vec<Option<[usize; 2]>>,
    parent: Vec<Option<usize>>,
}

impl Tree {
    fn of(network: &Network, rulings: &Rulings, moves: &[Move]) -> Result<Self> {
        let count = network.tensors().len();
        let mut tree =
            Tree { members: Vec::new(), children: Vec::new(), parent: vec![None; moves.len()] };
        let mut stack: Vec<usize> = Vec::new();
        let mut taken = BTreeSet::new();
        for (at, one) in moves.iter().enumerate() {
            let (members, children): (BTreeSet<usize>, _) = match one {
                Move::Take(tensor) => {
                    if *tensor >= count || !taken.insert(*tensor) {
                        return Err(broken(format!(
                            "it takes tensor {tensor}; allowed: each of 0 to {} once",
                            count - 1
                        )));
                    }
                    (BTreeSet::from([*tensor]), None)
                }
                Move::Contract { .. } | Move::Share { .. } => {
                    let loops = if let Move::Contract { loops } = one { &loops[..] } else { &[] };
                    for &id in loops {
                        if rulings.slicing(id).is_none() {
                            let label = &network.index_at(id).label;
                            return Err(broken(format!(
                                "it loops over '{label}', which is not batchable"
                            )));
                        }
                    }
                    let (Some(second), Some(first)) = (stack.pop(), stack.pop()) else {
                        return Err(broken(format!("entry {at} contracts an empty stack")));
                    };
                    tree.parent[first] = Some(at);
                    tree.parent[second] = Some(at);
                    let mut members = tree.members[first].clone();
                    members.extend(&tree.members[second]);
                    (members, Some([first, second]))
                }
            };
            tree.members.push(members);
            tree.children.push(children);
            stack.push(at);
        }
        if stack.len() != 1 || taken.len() != count {
            return Err(broken(format!(
                "it leaves {} results of {} tensors; allowed: one of {count}",
                stack.len(),
                taken.len()
            )));
        }
        Ok(tree)
    }

    fn leaves(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.children.len()).filter(|&at| self.children[at].is_none())
    }

    /// The contractions whose evaluation has begun when move `at` is made: those above it. The ones
    /// that are finished no longer have anything below them alive.
    fn entered_at(&self, at: usize) -> BTreeSet<usize> {
        std::iter::successors(Some(at), |&node| self.parent[node]).collect()
    }

    /// The indices sliced for a tensor: loops of its proper ancestors that have been entered.
    fn loops_above(
        &self,
        moves: &[Move],
        node: usize,
        entered: &BTreeSet<usize>,
    ) -> BTreeSet<IndexId> {
        std::iter::successors(self.parent[node], |&ancestor| self.parent[ancestor])
            .filter(|ancestor| entered.contains(ancestor))
            .flat_map(|ancestor| match &moves[ancestor] {
                Move::Contract { loops } => loops.clone(),
                Move::Take(_) | Move::Share { .. } => Vec::new(),
            })
            .collect()
    }

    /// Open indices of a node, from the definition: a leaf's own; else those carried inside that
    /// are targets or carried outside too.
    fn open(&self, network: &Network, node: usize) -> BTreeSet<IndexId> {
        let members = &self.members[node];
        let carried = |inside: bool| -> BTreeSet<IndexId> {
            let tensors = network.tensors().iter().enumerate();
            tensors
                .filter(|(at, _)| members.contains(at) == inside)
                .flat_map(|(_, tensor)| tensor.indices.iter().copied())
                .collect()
        };
        let mut open = carried(true);
        if members.len() > 1 {
            let outside = carried(false);
            open.retain(|id| outside.contains(id) || network.targets().contains(*id));
        }
        open
    }
}

struct Sizer<'a> {
    network: &'a Network,
    rulings: &'a Rulings,
    options: &'a Options,
}

impl Sizer<'_> {
    /// The volume of a tensor with these indices, of which those in `sliced` are cut to batches.
    fn volume(&self, open: &BTreeSet<IndexId>, sliced: &BTreeSet<IndexId>) -> f64 {
        let cut = |id: IndexId, size: f64| match self.rulings.slicing(id) {
            Some(slicing) if sliced.contains(&id) && open.contains(&id) => {
                size.min(slicing.most() as f64)
            }
            _ => size,
        };
        let index = |id: IndexId| self.network.index_at(id);
        let mut outer = BTreeSet::new();
        let mut sharing: BTreeMap<&[IndexId], usize> = BTreeMap::new();
        for &id in open {
            if index(id).protos.is_empty() {
                outer.insert(id);
            } else {
                outer.extend(&index(id).protos);
                *sharing.entry(&index(id).protos).or_default() += 1;
            }
        }
        let mut volume: f64 = outer.iter().map(|&id| cut(id, index(id).extent as f64)).product();
        for &id in open.iter().filter(|&&id| !index(id).protos.is_empty()) {
            let k = sharing[index(id).protos.as_slice()];
            let table = &index(id).power_means;
            let mean = if self.options.use_inner_pow && !table.is_empty() {
                table[k - 1]
            } else {
                index(id).extent as f64
            };
            volume *= cut(id, mean);
        }
        if volume == 1.0 { 0.0 } else { volume }
    }

    /// The charge for a contraction, section by section as the objectives define it.
    fn charge(&self, flops: f64, traffic: f64, result: f64, volatile: bool) -> f64 {
        let Options { volatile_weight, footprint_weight, roofline, .. } = *self.options;
        let weight = if volatile { volatile_weight } else { 1.0 };
        match self.options.objective {
            Objective::Flops => weight.max(1.0) * flops + footprint_weight * result,
            Objective::Size => traffic + footprint_weight * result,
            // The model prices whole plans.
            Objective::Custom => 0.0,
            _ if roofline.machine_balance > 0.0 => {
                let blocked = if roofline.fast_mem_elems > 0.0 && roofline.block_tiles > 0.0 {
                    let tile = roofline.fast_mem_elems / roofline.block_tiles;
                    roofline.block_prefactor * flops / tile.sqrt()
                } else {
                    0.0
                };
                weight * flops.max(roofline.machine_balance * traffic.max(blocked))
            }
            _ => weight * flops,
        }
    }
}

fn broken(reason: String) -> Error {
    Error::Document { what: "sequence", reason }
}

//! Shared results in a replay: their equality, from the definition, and their users.
//!
//! Two sets of tensors are equal if some pairing of their tensors meets two conditions. Labels and
//! volatility of paired tensors agree. Pairing their indices slot by slot, and then proto by proto, is
//! one to one between indices of equal space, size and openness. All pairings are tried: up to n! for
//! n tensors of one label.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::Tree;
use super::{Move, broken};
use crate::Result;
use crate::network::{IndexId, Network};
use crate::policy::ResolvedPolicy;

/// The moves that are evaluated, and the moves that share their results.
pub(super) struct Sharing {
    done: BTreeSet<usize>,
    /// By evaluated move, the moves with its result: itself, and those that share it.
    standing: BTreeMap<usize, Vec<usize>>,
}

impl Sharing {
    pub fn of(
        network: &Network,
        resolved: &ResolvedPolicy,
        tree: &Tree,
        moves: &[Move],
    ) -> Result<Self> {
        let is_share = |at: usize| matches!(moves[at], Move::Share { .. });
        let shares_or_is_below =
            |at: usize| std::iter::successors(Some(at), |&node| tree.parent[node]).any(is_share);
        let done: BTreeSet<usize> =
            (0..moves.len()).filter(|&at| !shares_or_is_below(at)).collect();
        let mut standing: BTreeMap<usize, Vec<usize>> =
            done.iter().map(|&at| (at, vec![at])).collect();
        for (at, one) in moves.iter().enumerate() {
            let Move::Share { with } = one else { continue };
            if tree.loops.iter().any(|loops| !loops.is_empty()) {
                return Err(broken(
                    "the plan has both shared results and loops; it may have one of them".into(),
                ));
            }
            if tree.parent[at].is_none_or(|parent| !done.contains(&parent)) {
                // Below another shared move: skipped.
                continue;
            }
            let earlier = done.contains(with) && *with < at && tree.children[*with].is_some();
            let Some(standing) = standing.get_mut(with).filter(|_| earlier) else {
                return Err(broken(format!(
                    "entry {at} shares the result of entry {with}; give an earlier contraction \
                     that is evaluated"
                )));
            };
            if !is_same(network, resolved, tree, *with, at) {
                return Err(broken(format!(
                    "entry {at} shares the result of entry {with}, which is a different intermediate"
                )));
            }
            standing.push(at);
        }
        Ok(Sharing { done, standing })
    }

    /// Whether a move is evaluated: it neither shares nor is below a move that shares.
    pub fn is_done(&self, at: usize) -> bool {
        self.done.contains(&at)
    }

    /// The contractions that take a result, also through moves that share it; none for the result of
    /// the term, and for moves that are not evaluated.
    pub fn users<'a>(&'a self, tree: &'a Tree, at: usize) -> impl Iterator<Item = usize> + 'a {
        self.standing.get(&at).into_iter().flatten().filter_map(|&stand| tree.parent[stand])
    }
}

fn is_same(network: &Network, resolved: &ResolvedPolicy, tree: &Tree, a: usize, b: usize) -> bool {
    let tensors = |node: usize| tree.members[node].iter().copied().collect::<Vec<usize>>();
    let open = [&tree.open[a], &tree.open[b]];
    let (a, mut b) = (tensors(a), tensors(b));
    a.len() == b.len()
        && any_order(&mut b, 0, &mut |b, paired| {
            let alike = |(&a, &b): (&usize, &usize)| {
                network.tensors()[a].label == network.tensors()[b].label
                    && resolved.is_volatile(a) == resolved.is_volatile(b)
            };
            a.iter().zip(b).take(paired).all(alike)
                && (paired < a.len() || renames(network, &a, b, &open))
        })
}

/// Whether `accept` accepts some order of `all` and all beginnings of that order.
fn any_order(
    all: &mut [usize],
    fixed: usize,
    accept: &mut impl FnMut(&[usize], usize) -> bool,
) -> bool {
    if !accept(all, fixed) {
        return false;
    }
    if fixed == all.len() {
        return true;
    }
    (fixed..all.len()).any(|next| {
        all.swap(fixed, next);
        let found = any_order(all, fixed + 1, accept);
        all.swap(fixed, next);
        found
    })
}

/// Whether indices correspond one to one when tensors correspond in order.
fn renames(network: &Network, a: &[usize], b: &[usize], open: &[&BTreeSet<IndexId>; 2]) -> bool {
    let mut pairs: BTreeSet<(IndexId, IndexId)> = BTreeSet::new();
    for (&a, &b) in a.iter().zip(b) {
        let (a, b) = (&network.tensors()[a].indices, &network.tensors()[b].indices);
        if a.len() != b.len() {
            return false;
        }
        pairs.extend(a.iter().copied().zip(b.iter().copied()));
    }
    // Protos have no protos: one round reaches them all.
    for (a, b) in pairs.clone() {
        let (a, b) = (&network.index_at(a).protos, &network.index_at(b).protos);
        if a.len() != b.len() {
            return false;
        }
        pairs.extend(a.iter().copied().zip(b.iter().copied()));
    }
    let lefts: BTreeSet<IndexId> = pairs.iter().map(|pair| pair.0).collect();
    let rights: BTreeSet<IndexId> = pairs.iter().map(|pair| pair.1).collect();
    let one_to_one = lefts.len() == pairs.len() && rights.len() == pairs.len();
    one_to_one
        && pairs.iter().all(|&(l, r)| {
            let (a, b) = (network.index_at(l), network.index_at(r));
            a.space == b.space
                && a.extent == b.extent
                && a.power_means == b.power_means
                && open[0].contains(&l) == open[1].contains(&r)
        })
}

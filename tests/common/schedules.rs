//! Every schedule of a term under an objective: all binary trees, both orders of evaluation at each
//! node, and all loops that the objective may open; in all orders, where it charges slicing.

use std::collections::BTreeSet;

use qube_budget::internals::replay::Move;
use qube_budget::network::{IndexId, Network};
use qube_budget::policy::{ResolvedPolicy, Role};
use qube_budget::{BatchPolicy, Objective, Options};

use super::sizes::{is_connected, open};

type Indices = BTreeSet<IndexId>;
type Tensors = BTreeSet<usize>;

/// The moves of every schedule.
pub fn all_schedules(network: &Network, policy: &BatchPolicy, options: &Options) -> Vec<Vec<Move>> {
    let everything = (0..network.tensors().len()).collect();
    let connected = options.prune_outer_products && is_connected(network, &everything);
    let resolved = policy.resolve(network).unwrap();
    let space = Space { network, resolved, objective: options.objective, connected };
    space.schedules(&everything, &Indices::new())
}

struct Space<'a> {
    network: &'a Network,
    resolved: ResolvedPolicy,
    objective: Objective,
    /// Only trees without outer products.
    connected: bool,
}

impl Space<'_> {
    /// The schedules of a set of tensors inside loops.
    fn schedules(&self, members: &Tensors, around: &Indices) -> Vec<Vec<Move>> {
        if members.len() == 1 {
            return vec![members.iter().map(|&tensor| Move::Take(tensor)).collect()];
        }
        let tensors: Vec<usize> = members.iter().copied().collect();
        let mut all = Vec::new();
        // Every ordered pair of parts: the first is evaluated first.
        for mask in 1..(1usize << tensors.len()) - 1 {
            let part = |inside: bool| -> Tensors {
                let chosen = |at: &usize| (mask >> at & 1 == 1) == inside;
                (0..tensors.len()).filter(chosen).map(|at| tensors[at]).collect()
            };
            let (first, second) = (part(true), part(false));
            let connected = |part| is_connected(self.network, part);
            if self.connected && !(connected(&first) && connected(&second)) {
                continue;
            }
            for loops in self.openings(&first, &second, around) {
                let inside = around.iter().chain(&loops).copied().collect();
                let seconds = self.schedules(&second, &inside);
                for first in self.schedules(&first, &inside) {
                    for second in &seconds {
                        let contract = Move::Contract { loops: loops.clone() };
                        all.push([&first, &second[..], &[contract]].concat());
                    }
                }
            }
        }
        all
    }

    /// The loops that contracting two parts may open, the outermost first.
    fn openings(&self, first: &Tensors, second: &Tensors, around: &Indices) -> Vec<Vec<IndexId>> {
        let whole: Tensors = first.union(second).copied().collect();
        let result = open(self.network, &whole);
        let parts: Indices =
            open(self.network, first).union(&open(self.network, second)).copied().collect();
        let declined = self.resolved.persistent_only()
            && whole.iter().any(|&at| self.resolved.is_volatile(at));
        let may_loop = |id: &IndexId| self.may_loop(*id);
        let contracted: Indices =
            parts.difference(&result).copied().filter(|id| !declined && may_loop(id)).collect();
        let external: Indices = result
            .difference(around)
            .copied()
            .filter(|id| Role::of(self.network, *id) == Role::External && may_loop(id))
            .collect();
        match self.objective {
            Objective::PeakBatched => subsets(&contracted),
            Objective::TimeSpaceBatched | Objective::SpaceTimeBatched => {
                let inner = arrangements(&contracted);
                let within = |outer: Vec<IndexId>| {
                    let both = inner.iter().map(move |inner| [&outer[..], inner].concat());
                    both.collect::<Vec<_>>()
                };
                arrangements(&external).into_iter().flat_map(within).collect()
            }
            _ => vec![Vec::new()],
        }
    }

    /// Whether there may be a loop over an index; where slicing is charged, in two batches or more,
    /// under a threshold.
    fn may_loop(&self, id: IndexId) -> bool {
        let Some(slicing) = self.resolved.slicing(id) else { return false };
        let several = self.network.index_at(id).extent > slicing.most();
        !self.objective.charges_slicing() || several && self.resolved.peak_threshold().is_some()
    }
}

fn subsets(of: &Indices) -> Vec<Vec<IndexId>> {
    of.iter().fold(vec![Vec::new()], |all, &id| {
        let with = all.iter().map(|one: &Vec<IndexId>| [&one[..], &[id]].concat());
        [with.collect(), all.clone()].concat()
    })
}

/// Every order of every subset.
fn arrangements(of: &Indices) -> Vec<Vec<IndexId>> {
    let mut all = vec![Vec::new()];
    for &id in of {
        let rest = of.iter().copied().filter(|&other| other != id).collect();
        all.extend(arrangements(&rest).iter().map(|inner| [&[id], &inner[..]].concat()));
    }
    all
}

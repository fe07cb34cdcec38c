//! Every schedule of a term under the objectives that charge slicing: all binary trees, both orders
//! of evaluation at each node, and all loops in all orders.

use std::collections::BTreeSet;

use qube_budget::network::{IndexId, Network};
use qube_budget::plan::replay::Move;
use qube_budget::policy::{Role, Rulings};
use qube_budget::{BatchPolicy, Options};

type Indices = BTreeSet<IndexId>;
type Tensors = BTreeSet<usize>;

/// The moves of every schedule.
pub fn all_schedules(network: &Network, policy: &BatchPolicy, options: &Options) -> Vec<Vec<Move>> {
    let everything = (0..network.tensors().len()).collect();
    let connected = options.prune_outer_products && is_connected(network, &everything);
    let rulings = policy.rulings(network).unwrap();
    let space = Space { network, rulings, connected };
    space.schedules(&everything, &Indices::new())
}

struct Space<'a> {
    network: &'a Network,
    rulings: Rulings,
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
        let declined =
            self.rulings.persistent_only() && whole.iter().any(|&at| self.rulings.is_volatile(at));
        // In two batches or more, under a threshold.
        let batchable = |id: IndexId| {
            let slicing =
                self.rulings.slicing(id).filter(|_| self.rulings.peak_threshold().is_some());
            slicing.is_some_and(|slicing| self.network.index_at(id).extent > slicing.most())
        };
        let contracted: Indices = parts
            .iter()
            .copied()
            .filter(|id| !result.contains(id) && !declined)
            .filter(|&id| batchable(id))
            .collect();
        let external: Indices = result
            .iter()
            .copied()
            .filter(|&id| Role::of(self.network, id) == Role::External)
            .filter(|&id| batchable(id) && !around.contains(&id))
            .collect();
        let inner = arrangements(&contracted);
        arrangements(&external)
            .iter()
            .flat_map(|outer| inner.iter().map(|inner| [&outer[..], inner].concat()))
            .collect()
    }
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

fn carried(network: &Network, members: impl Fn(usize) -> bool) -> Indices {
    let tensors = network.tensors().iter().enumerate().filter(|&(at, _)| members(at));
    tensors.flat_map(|(_, tensor)| tensor.indices.iter().copied()).collect()
}

/// The open indices of a set of tensors.
pub fn open(network: &Network, members: &Tensors) -> Indices {
    let mut open = carried(network, |at| members.contains(&at));
    if members.len() > 1 {
        let outside = carried(network, |at| !members.contains(&at));
        open.retain(|id| outside.contains(id) || network.targets().contains(*id));
    }
    open
}

/// Whether indices that are not targets connect the tensors.
fn is_connected(network: &Network, members: &Tensors) -> bool {
    let touches = |a: usize, b: usize| {
        let [a, b] = [a, b].map(|one| carried(network, |at| at == one));
        a.intersection(&b).any(|&id| !network.targets().contains(id))
    };
    let mut reached = Tensors::from([*members.first().unwrap()]);
    loop {
        let near = |&at: &usize| reached.iter().any(|&from| from == at || touches(from, at));
        let grown: Tensors = members.iter().copied().filter(near).collect();
        if grown == reached {
            return grown == *members;
        }
        reached = grown;
    }
}

/// The points none of which is beaten in one coordinate and matched in the other.
pub fn frontier(mut points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    points.sort_by(|a, b| a.partial_cmp(b).unwrap());
    let mut kept: Vec<(f64, f64)> = Vec::new();
    for (peak, cost) in points {
        // Sums in another order may differ in the last digit: such points are one.
        let beaten = kept.last().is_some_and(|&(_, least)| cost >= least * (1.0 - 1e-12));
        if !beaten {
            kept.push((peak, cost));
        }
    }
    kept
}

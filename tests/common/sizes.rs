//! Open indices, connections and volumes from their definitions, for tests that price schedules themselves. Nothing
//! here is shared with the library but the network.

use std::collections::BTreeSet;

use qube_budget::network::{IndexId, Network};

type Indices = BTreeSet<IndexId>;

fn carried(network: &Network, members: impl Fn(usize) -> bool) -> Indices {
    let tensors = network.tensors().iter().enumerate().filter(|&(at, _)| members(at));
    tensors.flat_map(|(_, tensor)| tensor.indices.iter().copied()).collect()
}

/// O(n): of one tensor what it carries, else what is a target or carried outside too.
pub fn open(network: &Network, members: &BTreeSet<usize>) -> Indices {
    let mut open = carried(network, |at| members.contains(&at));
    if members.len() > 1 {
        let outside = carried(network, |at| !members.contains(&at));
        open.retain(|id| outside.contains(id) || network.targets().contains(*id));
    }
    open
}

/// Whether indices that are not targets connect the tensors.
pub fn is_connected(network: &Network, members: &BTreeSet<usize>) -> bool {
    let touches = |a: usize, b: usize| {
        let [a, b] = [a, b].map(|one| carried(network, |at| at == one));
        a.intersection(&b).any(|&id| !network.targets().contains(id))
    };
    let mut reached = BTreeSet::from([*members.first().unwrap()]);
    loop {
        let near = |&at: &usize| reached.iter().any(|&from| from == at || touches(from, at));
        let grown: BTreeSet<usize> = members.iter().copied().filter(near).collect();
        if grown == reached {
            return grown == *members;
        }
        reached = grown;
    }
}

pub struct Sizes<'a> {
    pub network: &'a Network,
    pub use_inner_pow: bool,
}

impl Sizes<'_> {
    /// V(set), where `most` says how many elements of an index there are at most: those of a batch
    /// where a loop slices it.
    pub fn volume(&self, set: &Indices, most: impl Fn(IndexId) -> Option<u64>) -> f64 {
        let index = |id: IndexId| self.network.index_at(id);
        let cut = |id: IndexId, size: f64| {
            most(id).filter(|_| set.contains(&id)).map_or(size, |most| size.min(most as f64))
        };
        let protos = set.iter().flat_map(|&id| index(id).protos.iter().copied());
        let plain = set.iter().copied().filter(|&id| index(id).protos.is_empty());
        let outer: Indices = protos.chain(plain).collect();
        let mut volume = 1.0;
        for &id in &outer {
            volume *= cut(id, index(id).extent as f64);
        }
        for &id in set.iter().filter(|&&id| !index(id).protos.is_empty()) {
            let group =
                set.iter().filter(|&&other| index(other).protos == index(id).protos).count();
            let means = &index(id).power_means;
            let known = self.use_inner_pow && !means.is_empty();
            volume *= cut(id, if known { means[group - 1] } else { index(id).extent as f64 });
        }
        if volume == 1.0 { 0.0 } else { volume }
    }

    /// S_n, unsliced.
    pub fn footprint(&self, members: &BTreeSet<usize>) -> f64 {
        self.volume(&open(self.network, members), |_| None)
    }

    /// V(O(l) ∪ O(r)).
    pub fn flops(&self, l: &BTreeSet<usize>, r: &BTreeSet<usize>) -> f64 {
        let [l, r] = [l, r].map(|part| open(self.network, part));
        self.volume(&l.union(&r).copied().collect(), |_| None)
    }
}

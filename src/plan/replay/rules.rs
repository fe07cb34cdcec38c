//! Rules for the place of a loop.
//!
//! A contraction l, r -> n may loop over a batchable index that no loop around it slices:
//! - contracted: the index is open in l or r and not in n; with persistent_only, n has no volatile
//!   leaf
//! - external: the index is open in n, and the loop is outside the contracted ones opened at n
//!
//! The peak-batched objective opens contracted loops only. Objectives that charge slicing open both
//! kinds, of more than one batch, if the policy has a threshold on the peak. The others open none.

use super::broken;
use super::tree::Tree;
use crate::Result;
use crate::network::{IndexId, Network};
use crate::policy::{ResolvedPolicy, Role};
use crate::problem::{Loops, Objective};

pub fn check(
    tree: &Tree,
    network: &Network,
    resolved: &ResolvedPolicy,
    objective: Objective,
) -> Result<()> {
    let rules = Rules { tree, network, resolved, objective };
    for (at, loops) in tree.loops.iter().enumerate() {
        for (position, &id) in loops.iter().enumerate() {
            if let Some(reason) = rules.against(at, position) {
                let label = &network.index_at(id).label;
                return Err(broken(format!("entry {at} loops over '{label}', {reason}")));
            }
        }
    }
    Ok(())
}

struct Rules<'a> {
    tree: &'a Tree,
    network: &'a Network,
    resolved: &'a ResolvedPolicy,
    objective: Objective,
}

impl Rules<'_> {
    /// The reason that forbids the loop at this position among those of a contraction, if any.
    fn against(&self, at: usize, position: usize) -> Option<String> {
        let loops = &self.tree.loops[at];
        let id = loops[position];
        let Some(slicing) = self.resolved.slicing(id) else {
            return Some("which the policy does not make batchable".into());
        };
        let name = self.objective.name();
        let role = Role::of(self.network, id);
        let extent = self.network.index_at(id).extent;
        match self.objective.loops() {
            Loops::Free if role == Role::External => {
                return Some(format!("which is external; {name} loops over contracted indices"));
            }
            Loops::Free => {}
            Loops::Charged => {
                if self.resolved.peak_threshold().is_none() {
                    return Some("but the policy sets no threshold on the peak".into());
                }
                if slicing.most() >= extent {
                    return Some(format!("in one batch of {extent}; give two batches or more"));
                }
            }
            Loops::None => return Some(format!("but {name} opens no loops")),
        }
        if loops[..position].contains(&id) {
            return Some("which it loops over already".into());
        }
        if self.tree.nest(at).contains(&id) {
            return Some("which a loop around it slices already".into());
        }
        match role {
            Role::External => self.against_external(at, position),
            Role::Contracted => self.against_contracted(at, id),
        }
    }

    fn against_external(&self, at: usize, position: usize) -> Option<String> {
        let loops = &self.tree.loops[at];
        let is_contracted = |id: &&IndexId| Role::of(self.network, **id) == Role::Contracted;
        if !self.tree.open[at].contains(&loops[position]) {
            return Some("which its result does not carry".into());
        }
        let outer = loops[..position].iter().find(is_contracted)?;
        let outer = &self.network.index_at(*outer).label;
        Some(format!("which is external, inside a loop over '{outer}', which is contracted"))
    }

    fn against_contracted(&self, at: usize, id: IndexId) -> Option<String> {
        let operands = self.tree.children[at].iter().flatten();
        let carried = operands.into_iter().any(|&operand| self.tree.open[operand].contains(&id));
        if !carried || self.tree.open[at].contains(&id) {
            return Some("which it does not contract".into());
        }
        let volatile = |&leaf: &usize| self.resolved.is_volatile(leaf);
        let leaf = self.tree.members[at].iter().copied().find(volatile)?;
        let leaf = &self.network.tensors()[leaf].label;
        let text = format!("but the policy is persistent_only, and '{leaf}' below it is volatile");
        self.resolved.persistent_only().then_some(text)
    }
}

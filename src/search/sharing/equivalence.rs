//! Equivalence classes of intermediates: sets of tensors that are equal up to a renaming of
//! indices, of which one tree can contain two.
//!
//! Equal sets have equally many tensors, so in a tree they are disjoint: a class counts if two of
//! its members are. That requires each of its tensors twice in the network, so there are few
//! candidates. Candidates are compared by colours first, and then exactly. At most c^2 comparisons
//! for c candidates of one colouring.

use std::collections::BTreeMap;

use crate::allocation::{self, Append};
use crate::network::Subnet;
use crate::problem::Searched;
use crate::problem::magnitude::at_most;
use crate::problem::{Problem, Subset};

/// An equivalence class: equal sets of two or more tensors, at least two of them disjoint.
#[derive(Debug, Clone, PartialEq)]
pub struct EquivalenceClass {
    /// In increasing order. The first one represents the class.
    pub members: Vec<Subset>,
    /// Most members in one tree.
    pub most: usize,
}

/// The equivalence classes of a network, by increasing first member. Error: `TooLarge` above
/// [`Subset::MOST_IN_TABLES`] tensors, unless no two tensors are equal.
pub fn equivalence_classes(problem: &Problem) -> Searched<Vec<EquivalenceClass>> {
    let kinds = Kinds::of(problem);
    if kinds.pairs() < 2 {
        return Ok(Vec::new());
    }
    let tensors = problem.network().tensors().len();
    at_most(
        tensors,
        Subset::MOST_IN_TABLES,
        "tensors of a network in which to find equal intermediates",
    )?;
    let mut found: Vec<(Subnet, EquivalenceClass)> = Vec::new();
    let mut by_colours: BTreeMap<Vec<u64>, Vec<usize>> = BTreeMap::new();
    for n in problem.connectivity().subsets() {
        let most = kinds.copies(n);
        if n.is_leaf() || most < 2 {
            continue;
        }
        let subnet = subnet(problem, n);
        let alike = by_colours.entry(subnet.colours()).or_default();
        match alike.iter().find(|&&at| found[at].0.equals(&subnet)) {
            Some(&at) => found[at].1.members.try_push(n)?,
            None => {
                alike.try_push(found.len())?;
                found.try_push((subnet, EquivalenceClass { members: vec![n], most }))?;
            }
        }
    }
    let all = found.into_iter().map(|(_, class)| class);
    let mut classes: Vec<EquivalenceClass> =
        allocation::collected(all.filter(EquivalenceClass::can_share))?;
    for class in &mut classes {
        class.most = class.most.min(class.members.len());
    }
    Ok(classes)
}

/// A set of the tensors of a problem, with their volatility.
pub(super) fn subnet<'a>(problem: &Problem<'a>, n: Subset) -> Subnet<'a> {
    let members: Vec<usize> = n.iter().collect();
    let volatile = |tensor| problem.is_volatile(Subset::leaf(tensor));
    Subnet::new(problem.network(), &members).where_volatile(volatile)
}

impl EquivalenceClass {
    fn can_share(&self) -> bool {
        let mut members = self.members.iter().enumerate();
        members.any(|(at, one)| self.members[at + 1..].iter().any(|other| !one.intersects(*other)))
    }
}

/// Tensors grouped by label and volatility.
struct Kinds {
    /// By tensor, its kind.
    of: Vec<usize>,
    /// By kind, its number of tensors.
    tensors: Vec<usize>,
}

impl Kinds {
    fn of(problem: &Problem) -> Self {
        let tensors = problem.network().tensors();
        let mut numbers = BTreeMap::new();
        let mut kinds = Kinds { of: Vec::new(), tensors: Vec::new() };
        for (at, tensor) in tensors.iter().enumerate() {
            let next = numbers.len();
            let volatile = problem.policy().is_volatile(at);
            let kind = *numbers.entry((tensor.label.as_str(), volatile)).or_insert(next);
            kinds.tensors.resize(numbers.len(), 0);
            kinds.tensors[kind] += 1;
            kinds.of.push(kind);
        }
        kinds
    }

    /// The number of disjoint pairs of equal tensors.
    fn pairs(&self) -> usize {
        self.tensors.iter().map(|count| count / 2).sum()
    }

    /// An upper bound on the number of disjoint sets with tensors of the same kinds as n.
    fn copies(&self, n: Subset) -> usize {
        let needed = |kind| n.iter().filter(|&tensor| self.of[tensor] == kind).count();
        n.iter()
            .map(|tensor| self.tensors[self.of[tensor]] / needed(self.of[tensor]))
            .min()
            .unwrap_or(0)
    }
}

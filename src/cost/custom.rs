//! Cost models of the host: the state of a set of tensors, how two states combine, and which of two
//! is better.
//!
//! The search keeps one best state per subset. It is exact where combining is monotone: a better
//! state of a part never gives a worse state of the whole. Sums, maxima and products over
//! contractions are monotone. A cost that needs several incomparable states per subset (a frontier)
//! implements [`CostModel`] itself.
//!
//! Ties, as for the additive costs: the last split of equal cost in the order of the search; the
//! part with the first tensor is evaluated first. A search of n tensors makes up to 3^n / 2 calls
//! of a model.

use std::cmp::Ordering;

use super::{CostModel, Made, Opening, lower_first, no_loops};
use crate::problem::Searched;
use crate::problem::magnitude::at_most;
use crate::problem::{Problem, Split, Subset, Tree, TreeNode};
use crate::{Error, Result};

/// Most bytes of the states of all subsets together: a bound on the memory of the host.
const MAX_STATE_BYTES: u64 = 1 << 27;

/// A tensor of the network, as a cost model sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LeafFacts {
    /// Its position in the network, from 0.
    pub tensor: usize,
    /// S, elements.
    pub footprint: f64,
    /// Whether it changes on every iteration.
    pub volatile: bool,
}

/// A contraction of l and r to n, as a cost model sees it. Sizes are in elements.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ContractionFacts {
    /// The tensors of l and of r; r has the highest of both.
    pub left: Subset,
    pub right: Subset,
    /// S_l, S_r and S_n.
    pub left_footprint: f64,
    pub right_footprint: f64,
    pub footprint: f64,
    /// V(O(l) ∪ O(r)), multiply-add pairs.
    pub flops: f64,
    /// Whether l, r and n depend on a tensor that changes on every iteration.
    pub left_volatile: bool,
    pub right_volatile: bool,
    pub volatile: bool,
}

/// A cost model of the host, for [`crate::optimize_with`]. An error ends the search and is returned
/// to the caller; [`Error::Callback`] is meant for this.
pub trait CustomModel {
    /// The state of one subset of the tensors.
    type State;

    /// The state of a single tensor.
    fn leaf(&self, leaf: &LeafFacts) -> Result<Self::State>;

    /// The state of a whole from those of its parts.
    fn combine(
        &self,
        contraction: &ContractionFacts,
        left: &Self::State,
        right: &Self::State,
    ) -> Result<Self::State>;

    /// `Less` where `a` is better than `b`; both are states of the same subset.
    fn compare(&self, a: &Self::State, b: &Self::State) -> Result<Ordering>;

    /// The cost of a state, a finite number. Called once, at the root.
    fn value(&self, state: &Self::State) -> Result<f64>;

    /// Bytes of a state, where it owns more than its type.
    fn state_bytes(&self) -> usize {
        size_of::<Self::State>()
    }
}

/// The objective custom: a host's model on a problem.
pub struct Custom<'a, M> {
    problem: &'a Problem<'a>,
    model: &'a M,
}

/// The best state of a subset; None before its first split.
pub struct Best<S>(Option<(S, Option<Split>)>);

impl<'a, M: CustomModel> Custom<'a, M> {
    /// Errors: more tensors than a search with a model supports; states of all subsets that exceed
    /// `MAX_STATE_BYTES`.
    pub fn new(problem: &'a Problem<'a>, model: &'a M) -> Result<Self> {
        let tensors = problem.network().tensors().len();
        at_most(tensors, Subset::MOST_IN_TABLES, "tensors of the network")?;
        let subsets = problem.connectivity().subsets().count() as u64;
        let bytes = subsets.saturating_mul(model.state_bytes() as u64);
        if bytes > MAX_STATE_BYTES {
            return Err(Error::TooLarge {
                what: "bytes of the cost model's states over all subsets of tensors",
                value: bytes,
                limit: MAX_STATE_BYTES,
            });
        }
        Ok(Custom { problem, model })
    }

    /// The best tree, the first of equals; none without trees.
    pub fn best_of(&self, trees: impl IntoIterator<Item = Tree>) -> Result<Option<Tree>> {
        let mut best: Option<(Tree, M::State)> = None;
        for tree in trees {
            let state = self.state_of(&tree)?;
            let better = match &best {
                None => true,
                Some((_, known)) => self.model.compare(&state, known)? == Ordering::Less,
            };
            if better {
                best = Some((tree, state));
            }
        }
        Ok(best.map(|(tree, _)| tree))
    }

    /// The cost that the model gives a tree: the value at its root.
    pub fn price(&self, tree: &Tree) -> Result<f64> {
        let value = self.model.value(&self.state_of(tree)?)?;
        if is_finite(value) {
            return Ok(value);
        }
        let reason = format!("it gave {}; give a finite number", name_of(value));
        Err(Error::Callback { name: "value", reason })
    }

    /// The state at the root of a tree.
    fn state_of(&self, tree: &Tree) -> Result<M::State> {
        let members = tree.members();
        let mut stack: Vec<M::State> = Vec::new();
        for node in &tree.nodes {
            let state = match *node {
                TreeNode::Leaf(tensor) => self.state_of_leaf(Subset::leaf(tensor))?,
                TreeNode::Contraction { first, second, .. } => {
                    let last = stack.pop().expect("a tree in postfix order");
                    let before = stack.pop().expect("a tree in postfix order");
                    let (f, s) = (members[first], members[second]);
                    // The greater set has the highest tensor.
                    if f < s {
                        let split = Split { left: f, right: s };
                        self.model.combine(&self.contraction(split), &before, &last)?
                    } else {
                        let split = Split { left: s, right: f };
                        self.model.combine(&self.contraction(split), &last, &before)?
                    }
                }
            };
            stack.push(state);
        }
        Ok(stack.pop().expect("a tree has a root"))
    }

    fn state_of_leaf(&self, n: Subset) -> Result<M::State> {
        self.model.leaf(&LeafFacts {
            tensor: n.first(),
            footprint: self.problem.footprint(n),
            volatile: self.problem.is_volatile(n),
        })
    }

    fn contraction(&self, split: Split) -> ContractionFacts {
        let problem = self.problem;
        let Split { left, right } = split;
        ContractionFacts {
            left,
            right,
            left_footprint: problem.footprint(left),
            right_footprint: problem.footprint(right),
            footprint: problem.footprint(split.whole()),
            flops: problem.flops(split),
            left_volatile: problem.is_volatile(left),
            right_volatile: problem.is_volatile(right),
            volatile: problem.is_volatile(split.whole()),
        }
    }
}

impl<M: CustomModel> CostModel for Custom<'_, M> {
    type Context = ();
    type Loops = ();
    type State = Best<M::State>;
    type Choice = ();

    fn outermost(&self) {}

    fn leaf(&self, leaf: Subset, (): ()) -> Searched<Self::State> {
        Ok(Best(Some((self.state_of_leaf(leaf)?, None))))
    }

    fn empty(&self, _: Subset, (): ()) -> Self::State {
        Best(None)
    }

    fn openings(&self, _: Split, (): ()) -> Searched<impl Iterator<Item = Opening<(), ()>>> {
        no_loops()
    }

    fn combine(
        &self,
        split: Split,
        _: &Opening<(), ()>,
        left: &Self::State,
        right: &Self::State,
        into: &mut Self::State,
    ) -> Searched<()> {
        let state = self.model.combine(&self.contraction(split), left.state(), right.state())?;
        let better = match &into.0 {
            None => true,
            Some((best, _)) => self.model.compare(&state, best)? != Ordering::Greater,
        };
        if better {
            into.0 = Some((state, Some(split)));
        }
        Ok(())
    }

    fn choose(&self, _: &Self::State) -> Option<()> {
        Some(())
    }

    fn rebuild(&self, _: Subset, (): (), state: &Self::State, (): ()) -> Made<(), ()> {
        let split = state.0.as_ref().and_then(|(_, split)| *split);
        lower_first(split.expect("a composed subset has a split"))
    }
}

impl<S> Best<S> {
    fn state(&self) -> &S {
        &self.0.as_ref().expect("a visited subset has a state").0
    }
}

/// By its bits: comparing a signaling NaN would raise a floating-point flag in the host.
fn is_finite(value: f64) -> bool {
    const EXPONENT: u64 = 0x7FF << 52;
    value.to_bits() & EXPONENT != EXPONENT
}

/// How a message names a number that is not finite.
fn name_of(value: f64) -> &'static str {
    const FRACTION: u64 = (1 << 52) - 1;
    match (value.to_bits() & FRACTION, value.is_sign_negative()) {
        (0, false) => "infinity",
        (0, true) => "-infinity",
        _ => "NaN",
    }
}

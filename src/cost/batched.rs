//! DensePeakSizeBatched: peak memory where loops may slice batchable indices (SeQuant's
//! DenseSpaceTimeBatched).
//!
//! The peak of a subset also depends on its context B: what the enclosing loops slice. At n, let A
//! be the batchable indices open in l or r and not in n; A is empty when persistent_only and n holds
//! a volatile leaf. For each subset A' of A, the loops opened at n, with C' = B ∪ A':
//! - `contrib = accumulation_factor * S_n(B)` if A' is not empty, else 0
//! - l first: `P = max(L_r(C') + P_l(C'), S_l(C') + P_r(C'), S_l(C') + S_r(C') + S_n(B) + contrib)`;
//!   r first: l and r exchanged; the smaller wins, equal means l first
//! - the cost as for the peak without batching: slicing changes the peak, not the work
//!
//! Only the part of B that is open in n matters to n: an index of B that n carries is contracted at
//! an enclosing node, so it is open in n. So n has a frontier for each set of batchable indices open
//! in n, and no other. The root is read at B = ∅. This is the plain method, 2^|open batchable|
//! contexts a subset; it enumerates every A' as the definition says.

use crate::cost::{CostModel, Frontier, Made, Point};
use crate::search::{Context, Problem, Split, Subset};

/// The objective peak-batched.
pub struct Batched<'a>(pub &'a Problem<'a>);

/// What a subset is in one context.
pub struct InContext {
    /// S_n(B) and L_n(B), elements.
    footprint: f64,
    leaf_sum: f64,
    frontier: Frontier<Option<Origin>>,
}

/// The parts of a point in the order of their evaluation, which of their points, and the loops.
#[derive(Debug, Clone, Copy)]
pub struct Origin {
    first: (Subset, u32),
    second: (Subset, u32),
    opened: Context,
}

/// By context: position k is the k-th subset of the batchable indices open in n.
type State = Vec<InContext>;

impl Batched<'_> {
    fn state(&self, n: Subset, frontier: impl Fn(f64) -> Frontier<Option<Origin>>) -> State {
        let context = |context| {
            let footprint = self.0.sliced_footprint(n, context);
            let leaf_sum = self.0.sliced_leaf_sum(n, context);
            InContext { footprint, leaf_sum, frontier: frontier(footprint) }
        };
        self.0.batchable_open(n).subsets().map(context).collect()
    }

    fn at<'s>(&self, n: Subset, state: &'s State, context: Context) -> &'s InContext {
        &state[context.rank_in(self.0.batchable_open(n))]
    }
}

impl CostModel for Batched<'_> {
    type State = State;
    /// A context and a point of its frontier.
    type Choice = (Context, usize);

    fn leaf(&self, leaf: Subset) -> State {
        self.state(leaf, |peak| Frontier::of(Point { peak, cost: 0.0, origin: None }))
    }

    fn empty(&self, n: Subset) -> State {
        self.state(n, |_| Frontier::new())
    }

    fn combine(&self, split: Split, left: &State, right: &State, into: &mut State) {
        let problem = self.0;
        let (l, r, n) = (split.left, split.right, split.whole());
        let cost = problem.contraction_cost(split);
        let openable = problem.openable(split);
        for (context, into) in problem.batchable_open(n).subsets().zip(into) {
            for opened in openable.subsets() {
                let inner = context.union(opened);
                let (left, right) = (self.at(l, left, inner), self.at(r, right, inner));
                let at_contraction = left.footprint
                    + right.footprint
                    + into.footprint
                    + problem.contribution(into.footprint, opened);
                for (i, p) in left.frontier.points().iter().enumerate() {
                    for (j, q) in right.frontier.points().iter().enumerate() {
                        let left_first = (right.leaf_sum + p.peak)
                            .max(left.footprint + q.peak)
                            .max(at_contraction);
                        let right_first = (left.leaf_sum + q.peak)
                            .max(right.footprint + p.peak)
                            .max(at_contraction);
                        let (i, j) = ((l, i as u32), (r, j as u32));
                        let (first, second) =
                            if left_first <= right_first { (i, j) } else { (j, i) };
                        into.frontier.offer(Point {
                            peak: left_first.min(right_first),
                            cost: p.cost + q.cost + cost,
                            origin: Some(Origin { first, second, opened }),
                        });
                    }
                }
            }
        }
    }

    fn solutions(&self, state: &State) -> usize {
        state.iter().map(|context| context.frontier.points().len()).sum()
    }

    fn choose(&self, root: &State) -> (Context, usize) {
        let point = root[0].frontier.within(self.0.options().peak_flops_tolerance);
        (Context::NONE, point)
    }

    fn rebuild(
        &self,
        n: Subset,
        state: &State,
        (context, point): (Context, usize),
    ) -> Made<(Context, usize)> {
        let points = self.at(n, state, context).frontier.points();
        let origin = points[point].origin.expect("a composed subset has parts");
        let inner = context.union(origin.opened);
        let part = |(subset, point): (Subset, u32)| (subset, (inner, point as usize));
        Made { first: part(origin.first), second: part(origin.second), opened: origin.opened }
    }

    fn frontier(&self, root: &State) -> Vec<(f64, f64)> {
        root[0].frontier.values()
    }
}

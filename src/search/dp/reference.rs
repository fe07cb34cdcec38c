//! The reference: plain subset DP, every split of a subset in every reachable context, top down
//! with memoization.
//!
//! 3^n / 2 splits, times the contexts of objectives with loops. Its correctness is plain: it is the
//! oracle that faster searches are tested against.

use rustc_hash::FxHashMap;

use crate::Error;
use crate::allocation::Grow;
use crate::cost::CostModel;
use crate::problem::Searched;
use crate::problem::magnitude::at_most;
use crate::problem::{Limits, Problem, Split, Subset, Tree, TreeNode, Watch};
use crate::search::admitted::Admitted;
use crate::search::{Method, Solution};

/// Most solutions in a table, a bound on the memory of the host: about 400 MB.
const MAX_SOLUTIONS: usize = 1 << 22;

/// Most states in a table, for the same reason.
const MAX_STATES: usize = 1 << 21;

/// Most steps of a search, a bound on its time: under a minute. A pair of solutions is one step,
/// and a way to contract a split [`WAY`].
const MAX_STEPS: usize = 1 << 31;
const WAY: usize = 16;

/// Bytes of a solution: a point of a frontier, with its origin.
const BYTES_OF_SOLUTION: usize = 64;

/// Finds the best tree of a problem under a cost model; none where the model admits none.
pub fn search<M: CostModel>(problem: &Problem, model: &M) -> Searched<Option<Solution>> {
    search_within(problem, model, &mut Watch::new(Limits::default(), None))
}

/// [`search`] within limits; each stored solution is a state. Errors also: those of the watch.
pub fn search_within<M: CostModel>(
    problem: &Problem,
    model: &M,
    watch: &mut Watch,
) -> Searched<Option<Solution>> {
    at_most(problem.network().tensors().len(), Subset::MOST_IN_TABLES, "tensors of the network")?;
    let (connectivity, root) = (problem.connectivity(), problem.connectivity().root());
    let splits = Splits::Admitted(Admitted::of(connectivity)?);
    searched(root, model, &splits, watch)
}

/// The best evaluation of the contractions of a tree, with any order of operands and any loops: the
/// same search with one split per set. For at most 64 tensors.
pub fn search_on_tree<M: CostModel>(
    model: &M,
    tree: &Tree,
    watch: &mut Watch,
) -> Searched<Option<Solution>> {
    let members = tree.members();
    let split = |(at, node): (usize, &TreeNode)| match *node {
        TreeNode::Leaf(_) => None,
        TreeNode::Contraction { first, second, .. } => {
            Some((members[at], Split::of(members[first], members[second])))
        }
    };
    let splits = tree.nodes.iter().enumerate().filter_map(split).collect();
    searched(members[tree.nodes.len() - 1], model, &Splits::OfTree(splits), watch)
}

fn searched<M: CostModel>(
    root: Subset,
    model: &M,
    splits: &Splits,
    watch: &mut Watch,
) -> Searched<Option<Solution>> {
    let outermost = model.outermost();
    let states = FxHashMap::default();
    let mut table = Table { model, splits, states, held: 0, steps: 0, watch };
    let filled = table.fill(root, outermost);
    let (states, steps) = (table.held as u64, table.steps as u64);
    table.watch.ended(states, steps);
    filled?;
    let Some(choice) = model.choose(table.state(root, outermost)) else { return Ok(None) };
    let mut tree = Tree { nodes: Vec::with_capacity(2 * root.len()) };
    table.rebuild((root, outermost, choice), &mut tree);
    let frontier = model.frontier(table.state(root, outermost))?;
    Ok(Some(Solution { tree, frontier, method: Method::SubsetDp }))
}

/// The splits searched.
enum Splits {
    /// All splits into two subsets that may appear in a tree.
    Admitted(Admitted),
    /// The splits of one tree.
    OfTree(FxHashMap<Subset, Split>),
}

impl Splits {
    fn of(&self, n: Subset) -> impl Iterator<Item = Split> + use<'_> {
        let (all, one) = match self {
            Splits::Admitted(admitted) => (Some(admitted.splits(n)), None),
            Splits::OfTree(splits) => (None, splits.get(&n).copied()),
        };
        all.into_iter().flatten().chain(one)
    }
}

struct Table<'m, 'w, M: CostModel> {
    model: &'m M,
    splits: &'m Splits,
    states: FxHashMap<(Subset, M::Context), M::State>,
    /// Solutions in finished states.
    held: usize,
    steps: usize,
    watch: &'m mut Watch<'w>,
}

impl<M: CostModel> Table<'_, '_, M> {
    /// Computes the state of n in a context, and all states that it depends on.
    fn fill(&mut self, n: Subset, context: M::Context) -> Searched<()> {
        if self.states.contains_key(&(n, context)) {
            return Ok(());
        }
        let model = self.model;
        let state = if n.is_leaf() {
            model.leaf(n, context)?
        } else {
            let mut state = model.empty(n, context);
            for split in self.splits.of(n) {
                for opening in model.openings(split, context)? {
                    self.fill(split.left, opening.left)?;
                    self.fill(split.right, opening.right)?;
                    let left = self.state(split.left, opening.left);
                    let right = self.state(split.right, opening.right);
                    model.combine(split, &opening, left, right, &mut state)?;
                    self.steps += WAY + model.solutions(left) * model.solutions(right);
                    check(self.steps, MAX_STEPS, "steps of the search")?;
                    self.watch.check_steps(self.held as u64, self.steps as u64)?;
                    let solutions = self.held + model.solutions(&state);
                    check(solutions, MAX_SOLUTIONS, "solutions that the search must hold")?;
                }
            }
            state
        };
        let held = self.held + model.solutions(&state);
        self.watch.check_states(held as u64)?;
        self.watch.check_bytes(self.bytes())?;
        self.states.make_room(1)?;
        self.held = held;
        self.states.insert((n, context), state);
        check(self.states.len(), MAX_STATES, "sets of tensors within sets of enclosing loops")
    }

    /// Bytes of the table with room for another state, as hash tables grow, and of the solutions.
    fn bytes(&self) -> usize {
        let place = size_of::<((Subset, M::Context), M::State)>() + 1;
        let full = self.states.len() == self.states.capacity();
        (self.states.capacity() / 7 * 8).max(4) * if full { 2 } else { 1 } * place
            + self.held * BYTES_OF_SOLUTION
    }

    fn state(&self, n: Subset, context: M::Context) -> &M::State {
        self.states.get(&(n, context)).expect("what a state is made of has been made")
    }

    /// Appends the chosen solution of `part` in the order of evaluation; returns its position.
    fn rebuild(&self, part: (Subset, M::Context, M::Choice), tree: &mut Tree) -> usize {
        let (n, context, choice) = part;
        let node = if n.is_leaf() {
            TreeNode::Leaf(n.first())
        } else {
            let made = self.model.rebuild(n, context, self.state(n, context), choice);
            let first = self.rebuild(made.first, tree);
            let second = self.rebuild(made.second, tree);
            TreeNode::Contraction { first, second, opened: made.opened }
        };
        tree.nodes.push(node);
        tree.nodes.len() - 1
    }
}

fn check(value: usize, limit: usize, what: &'static str) -> Searched<()> {
    if value <= limit {
        return Ok(());
    }
    Err(Error::TooLarge { what, value: value as u64, limit: limit as u64 }.into())
}

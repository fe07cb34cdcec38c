//! From what a search found to a plan: walks the tree in the order of evaluation and notes what is
//! alive.

use super::{Alive, Cache, Evaluation, Node, NodeKind, OpenedLoop, Plan, Search, cache, sharing};
use crate::cost::{Around, CostModel};
use crate::search::{
    LoopSet, Nest, Problem, SharedSolution, Solution, Split, Subset, Tree, TreeNode, search,
};
use crate::{Objective, Result};

/// The solution under a model that bounds nothing.
pub(super) fn best<M: CostModel>(problem: &Problem, model: &M) -> Result<Solution> {
    Ok(search(problem, model)?.expect("every network has a contraction tree"))
}

pub(super) fn plan(problem: &Problem, solution: &Solution) -> Plan {
    finish(problem, nodes(problem, &solution.tree), &solution.frontier, solution.method)
}

/// The plan of a tree in which nodes share results.
pub(super) fn shared_plan(problem: &Problem, solution: &SharedSolution) -> Plan {
    let mut nodes = nodes(problem, &solution.tree);
    sharing::share(problem, &mut nodes, &solution.shared);
    let mut plan = finish(problem, nodes, &[], "subset-dp, sharing by branch and bound");
    if let Some(bound) = solution.lower_bound {
        plan.search.optimal = false;
        plan.search.lower_bound = bound.min(plan.cost);
    }
    plan
}

/// The nodes of a tree, each evaluated, without advice on them.
fn nodes(problem: &Problem, tree: &Tree) -> Vec<Node> {
    let mut walk = Walk {
        problem,
        members: tree.members(),
        tree: &tree.nodes,
        nodes: Vec::with_capacity(tree.nodes.len()),
    };
    walk.evaluate(tree.nodes.len() - 1, &Inside::default(), Outside::default());
    walk.nodes
}

fn finish(
    problem: &Problem,
    mut nodes: Vec<Node>,
    frontier: &[(f64, f64)],
    method: &'static str,
) -> Plan {
    let advice = cache::advice(&nodes);
    nodes.iter_mut().zip(advice).for_each(|(node, cache)| node.cache = cache);
    let cost = nodes.iter().map(|node| node.cost).sum();
    let flops = nodes.iter().map(|node| node.flops).sum();
    let (mut peak, mut peak_node) = (0.0, 0);
    for (at, node) in nodes.iter().enumerate() {
        if node.live > peak {
            (peak, peak_node) = (node.live, at);
        }
    }
    let objective = problem.options().objective;
    let lower_bound = match objective {
        Objective::Flops
        | Objective::Size
        | Objective::TimeSpace
        | Objective::TimeSpaceBatched
        | Objective::SpaceTimeBatched
        | Objective::Custom => cost,
        Objective::Peak | Objective::PeakBatched => {
            frontier.first().map_or(peak, |&(least, _)| least)
        }
    };
    Plan {
        objective,
        bytes_per_element: problem.options().bytes_per_element,
        nodes,
        cost,
        flops,
        peak,
        peak_node,
        frontier: frontier.to_vec(),
        infeasible: None,
        search: Search {
            method: method.into(),
            exhaustive: !problem.lattice().pruned(),
            optimal: true,
            lower_bound,
            seconds: 0.0,
        },
    }
}

struct Walk<'a> {
    problem: &'a Problem<'a>,
    members: Vec<Subset>,
    tree: &'a [TreeNode],
    nodes: Vec<Node>,
}

impl Walk<'_> {
    /// Evaluates the subtree at position `at` inside loops, while what is `outside` it is alive. The
    /// tree is in the order of evaluation: its positions are those of the nodes.
    fn evaluate(&mut self, at: usize, inside: &Inside, outside: Outside) {
        let problem = self.problem;
        let n = self.members[at];
        let sliced_footprint = problem.sliced_footprint(n, inside.set());
        let result = Alive { node: at, elements: sliced_footprint };
        let node = match self.tree[at] {
            TreeNode::Leaf(tensor) => {
                let label = problem.network().tensors()[tensor].label.clone();
                let live = outside.elements + sliced_footprint;
                Node {
                    live,
                    live_before: live,
                    live_after: live,
                    alive: outside.with(&[result]),
                    ..self.node(n, inside, NodeKind::Leaf { tensor, label })
                }
            }
            TreeNode::Contraction { first, second, ref opened } => {
                let (f, s) = (self.members[first], self.members[second]);
                let [of_first, of_second] =
                    [f, s].map(|part| inside.enter(problem, n, opened, part));
                let inner = of_first.set();
                // Loops add to a result that is there from their beginning on.
                let assembled = problem.options().objective.charges_slicing() && !opened.is_empty();
                let during = if assembled {
                    outside.and(sliced_footprint, &[result])
                } else {
                    outside.clone()
                };
                let waiting = problem.sliced_leaf_sum(s, inner);
                let leaves = self.leaves(second, inner);
                self.evaluate(first, &of_first, during.and(waiting, &leaves));
                let kept = problem.sliced_footprint(f, inner);
                let first_result = Alive { node: first, elements: kept };
                self.evaluate(second, &of_second, during.and(kept, &[first_result]));
                let other = problem.sliced_footprint(s, inner);
                let contribution = problem.contribution(n, inside.set(), LoopSet::of_all(opened));
                let split = Split { left: f, right: s };
                Node {
                    flops: problem.flops(split),
                    cost: inside.around.cost(problem, split),
                    repetitions: inside.around.nest.repetitions(problem, n),
                    loops: self.opened(opened),
                    live: outside.elements + kept + other + sliced_footprint + contribution,
                    live_before: during.elements + kept + other,
                    live_after: outside.elements + sliced_footprint,
                    alive: outside.with(&[
                        first_result,
                        Alive { node: second, elements: other },
                        result,
                    ]),
                    ..self.node(n, inside, NodeKind::Contraction { first, second })
                }
            }
        };
        self.nodes.push(node);
    }

    /// What a node is wherever it stands; its moments and the advice are to be filled in.
    fn node(&self, n: Subset, inside: &Inside, kind: NodeKind) -> Node {
        let problem = self.problem;
        let network = problem.network();
        let label = |&number: &usize| network.index_at(problem.loops()[number].index).label.clone();
        Node {
            kind,
            members: n.iter().collect(),
            evaluation: Evaluation::Own,
            open: owned(network.labels(&problem.open(n))),
            footprint: problem.footprint(n),
            sliced_footprint: problem.sliced_footprint(n, inside.set()),
            flops: 0.0,
            cost: 0.0,
            repetitions: 1.0,
            volatile: problem.is_volatile(n),
            cache: Cache::Transient,
            loops: Vec::new(),
            nest: inside.loops.iter().map(label).collect(),
            live: 0.0,
            live_before: 0.0,
            live_after: 0.0,
            alive: Vec::new(),
        }
    }

    /// The leaves below a position, as loops slice them.
    fn leaves(&self, below: usize, loops: LoopSet) -> Vec<Alive> {
        let leaf = |node: usize| match self.tree[node] {
            TreeNode::Leaf(_) => {
                let elements = self.problem.sliced_footprint(self.members[node], loops);
                Some(Alive { node, elements })
            }
            TreeNode::Contraction { .. } => None,
        };
        // In postfix order a subtree of n tensors is the 2 n - 1 entries that end with it.
        let entries = 2 * self.members[below].iter().count() - 1;
        (below + 1 - entries..=below).filter_map(leaf).collect()
    }

    fn opened(&self, opened: &[usize]) -> Vec<OpenedLoop> {
        let one = |&number: &usize| {
            let a_loop = self.problem.loops()[number];
            let index = self.problem.network().index_at(a_loop.index);
            OpenedLoop {
                index: index.label.clone(),
                role: a_loop.role,
                batch: a_loop.slicing.batch(index.extent),
                batches: a_loop.batches,
            }
        };
        opened.iter().map(one).collect()
    }
}

/// The loops around a subtree.
#[derive(Clone, Default)]
struct Inside {
    /// All of them, the outermost first.
    loops: Vec<usize>,
    /// What of them repeats work, where that is charged.
    around: Around,
}

impl Inside {
    fn set(&self) -> LoopSet {
        LoopSet::of_all(&self.loops)
    }

    /// What is around a part of n.
    fn enter(&self, problem: &Problem, n: Subset, opened: &[usize], part: Subset) -> Inside {
        let loops = [&self.loops, opened].concat();
        if !problem.options().objective.charges_slicing() {
            return Inside { loops, around: self.around };
        }
        let around = self.around.enter(problem, n, &Nest::of(opened), part);
        Inside { loops, around }
    }
}

/// What is alive but does not belong to a subtree.
#[derive(Clone, Default)]
struct Outside {
    elements: f64,
    alive: Vec<Alive>,
}

impl Outside {
    fn and(&self, elements: f64, more: &[Alive]) -> Self {
        Outside { elements: self.elements + elements, alive: [&self.alive, more].concat() }
    }

    fn with(&self, own: &[Alive]) -> Vec<Alive> {
        let mut alive = [&self.alive, own].concat();
        alive.sort_by_key(|one| one.node);
        alive
    }
}

fn owned(labels: Vec<&str>) -> Vec<String> {
    labels.into_iter().map(String::from).collect()
}

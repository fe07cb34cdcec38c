//! From what a search found to a plan: walks the tree in the order of evaluation and notes what is
//! alive.

use super::{Alive, Cache, Node, NodeKind, OpenedLoop, Plan, Search, cache};
use crate::Objective;
use crate::network::IndexSet;
use crate::search::{Context, Problem, Solution, Split, Subset, TreeNode};

pub(super) fn plan(problem: &Problem, solution: Solution) -> Plan {
    let mut walk = Walk {
        problem,
        members: solution.tree.members(),
        tree: &solution.tree.nodes,
        nodes: Vec::with_capacity(solution.tree.nodes.len()),
    };
    walk.evaluate(solution.tree.nodes.len() - 1, Context::NONE, Outside::default());
    let mut nodes = walk.nodes;
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
        Objective::Flops | Objective::Size | Objective::TimeSpace | Objective::Custom => cost,
        Objective::Peak | Objective::PeakBatched => {
            solution.frontier.first().map_or(peak, |&(least, _)| least)
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
        frontier: solution.frontier,
        search: Search {
            method: "subset-dp".into(),
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
    /// Evaluates the subtree at position `at` inside loops over `context`, while what is `outside`
    /// it is alive. The tree is in the order of evaluation: its positions are those of the nodes.
    fn evaluate(&mut self, at: usize, context: Context, outside: Outside) {
        let problem = self.problem;
        let n = self.members[at];
        let sliced_footprint = problem.sliced_footprint(n, context);
        let node = match self.tree[at] {
            TreeNode::Leaf(tensor) => {
                let label = problem.network().tensors()[tensor].label.clone();
                let live = outside.elements + sliced_footprint;
                Node {
                    live,
                    live_before: live,
                    live_after: live,
                    alive: outside.with(&[Alive { node: at, elements: sliced_footprint }]),
                    ..self.node(n, context, NodeKind::Leaf { tensor, label })
                }
            }
            TreeNode::Contraction { first, second, opened } => {
                let inner = context.union(opened);
                let (f, s) = (self.members[first], self.members[second]);
                let waiting = problem.sliced_leaf_sum(s, inner);
                let leaves = self.leaves(second, inner);
                self.evaluate(first, inner, outside.and(waiting, &leaves));
                let kept = problem.sliced_footprint(f, inner);
                let first_result = Alive { node: first, elements: kept };
                self.evaluate(second, inner, outside.and(kept, &[first_result]));
                let other = problem.sliced_footprint(s, inner);
                let operands = kept + other;
                let contribution = problem.contribution(sliced_footprint, opened);
                let split = Split { left: f, right: s };
                Node {
                    flops: problem.flops(split),
                    cost: problem.contraction_cost(split),
                    loops: self.opened(opened),
                    live: outside.elements + operands + sliced_footprint + contribution,
                    live_before: outside.elements + operands,
                    live_after: outside.elements + sliced_footprint,
                    alive: outside.with(&[
                        first_result,
                        Alive { node: second, elements: other },
                        Alive { node: at, elements: sliced_footprint },
                    ]),
                    ..self.node(n, context, NodeKind::Contraction { first, second })
                }
            }
        };
        self.nodes.push(node);
    }

    /// What a node is wherever it stands; its moments and the advice are to be filled in.
    fn node(&self, n: Subset, context: Context, kind: NodeKind) -> Node {
        let problem = self.problem;
        let network = problem.network();
        let mut nest = IndexSet::empty(network.indices().len());
        context.iter().for_each(|number| nest.insert(problem.loops()[number].index));
        Node {
            kind,
            members: n.iter().collect(),
            open: owned(network.labels(problem.open(n))),
            footprint: problem.footprint(n),
            sliced_footprint: problem.sliced_footprint(n, context),
            flops: 0.0,
            cost: 0.0,
            volatile: problem.is_volatile(n),
            cache: Cache::Transient,
            loops: Vec::new(),
            nest: owned(network.labels(&nest)),
            live: 0.0,
            live_before: 0.0,
            live_after: 0.0,
            alive: Vec::new(),
        }
    }

    /// The leaves below a position, as a context slices them.
    fn leaves(&self, below: usize, context: Context) -> Vec<Alive> {
        let leaf = |node: usize| match self.tree[node] {
            TreeNode::Leaf(_) => {
                let elements = self.problem.sliced_footprint(self.members[node], context);
                Some(Alive { node, elements })
            }
            TreeNode::Contraction { .. } => None,
        };
        // In postfix order a subtree of n tensors is the 2 n - 1 entries that end with it.
        let entries = 2 * self.members[below].iter().count() - 1;
        (below + 1 - entries..=below).filter_map(leaf).collect()
    }

    fn opened(&self, opened: Context) -> Vec<OpenedLoop> {
        let one = |number: usize| {
            let a_loop = self.problem.loops()[number];
            let index = self.problem.network().index_at(a_loop.index);
            let batch = a_loop.target.min(index.extent);
            OpenedLoop { index: index.label.clone(), batch, batches: index.extent.div_ceil(batch) }
        };
        opened.iter().map(one).collect()
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

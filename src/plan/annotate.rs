//! Makes a plan from a tree, by passes over its nodes.
//!
//! The first pass, from the leaves up, finds open indices, sizes and work. In postfix order, each
//! subtree is an interval of positions. So in networks too large for subsets, an index closes at the
//! first node whose interval contains all its carriers, unless it is a target. Two passes from the
//! result down then place the nodes in loops, if there are any, and count the elements live outside
//! each subtree. O(n log n) for n tensors in a balanced tree, at most O(n^2 log n) (sums over waiting
//! tensors); no pass recurses.

use super::cache::Cache;
use super::labelled::Labelled;
use super::liveness::Waiting;
use super::sharing::Evaluation;
use super::{Node, NodeKind, OpenedLoop, Plan, Search, cache, sharing};
use crate::allocation::{self, Append, Granted, Grow};
use crate::cost::{Around, Part};
use crate::network::{IndexId, IndexSet};
use crate::problem::{LoopSet, Nest, Problem, Quantity, Subset, Tree, TreeNode, is_large};
use crate::scratch::{Scratch, Shelf};
use crate::search::Method;

/// The nodes of a tree, all evaluated, without advice to a cache.
pub(crate) struct Draft<'a> {
    problem: &'a Problem<'a>,
    tree: &'a [TreeNode],
    pub nodes: Vec<Node>,
    /// Data on the nodes that the plan does not store.
    notes: Scratch<Vec<Note>>,
    pub labelled: Labelled,
    waiting: Vec<Waiting>,
}

thread_local! {
    static NOTES: Shelf<Vec<Note>> = const { Shelf::new(None) };
}

/// Data on a node while the plan is made.
struct Note {
    /// O.
    open: IndexSet,
    /// The tensors below it, of networks that have subsets.
    members: Subset,
    /// Elements live outside its subtree.
    outside: f64,
    place: Place,
}

/// The loops around a node.
#[derive(Clone, Copy, Default)]
struct Place {
    /// All of them.
    loops: LoopSet,
    /// Those that repeat its work, under objectives that charge repetitions.
    around: Around,
    /// The innermost node above that opens loops.
    opener: Option<usize>,
}

impl<'a> Draft<'a> {
    pub fn of(problem: &'a Problem, tree: &'a Tree) -> Granted<Self> {
        let tree = tree.nodes.as_slice();
        let mut draft = Draft {
            problem,
            tree,
            nodes: allocation::empty(tree.len())?,
            notes: Scratch::from(&NOTES),
            labelled: Labelled::new(problem.network().names().clone(), tree.len())?,
            waiting: Vec::new(),
        };
        draft.notes.make_room(tree.len())?;
        draft.make_nodes()?;
        if !problem.loops().is_empty() {
            draft.place_in_loops();
            draft.note_waiting();
        }
        draft.count_live();
        Ok(draft)
    }

    /// Up the tree: the fields of a node that do not depend on loops or liveness.
    fn make_nodes(&mut self) -> Granted<()> {
        let problem = self.problem;
        let small = !is_large(problem);
        let intervals = if small { Vec::new() } else { self.carriers()? };
        self.nodes.resize_with(self.tree.len(), || Node::new(NodeKind::Leaf { tensor: 0 }, 1));
        for (at, node) in self.tree.iter().enumerate() {
            match *node {
                TreeNode::Leaf(tensor) => {
                    let open = problem.leaf_open(tensor).clone();
                    let node = &mut self.nodes[at];
                    node.kind = NodeKind::Leaf { tensor };
                    node.footprint = problem.volume(&open);
                    node.sliced_footprint = node.footprint;
                    node.volatile = problem.policy().is_volatile(tensor);
                    self.note(open, if small { Subset::leaf(tensor) } else { Subset(0) })?;
                }
                TreeNode::Contraction { first, second, ref opened } => {
                    let (f, s) = (&self.nodes[first], &self.nodes[second]);
                    let (tensors, volatile) = (f.tensors + s.tensors, f.volatile || s.volatile);
                    let operands = [f.footprint, s.footprint];
                    let (of_first, of_second) = (&self.notes[first].open, &self.notes[second].open);
                    let members = self.notes[first].members.union(self.notes[second].members);
                    let open = if small {
                        problem.open_of_parts(of_first, of_second, members)
                    } else {
                        self.open_in(
                            of_first.union(of_second),
                            at + 2 - 2 * tensors..at,
                            &intervals,
                        )
                    };
                    let flops = problem.volume_of_both(of_first, of_second);
                    let footprint = problem.volume(&open);
                    let node = &mut self.nodes[at];
                    node.kind = NodeKind::Contraction { first, second };
                    (node.tensors, node.volatile) = (tensors, volatile);
                    (node.footprint, node.sliced_footprint) = (footprint, footprint);
                    node.flops = flops;
                    node.cost = problem.charge(volatile, flops, operands, footprint);
                    if !opened.is_empty() {
                        self.nodes[at].loops = self.opened(opened);
                    }
                    self.note(open, members)?;
                }
            }
        }
        Ok(())
    }

    /// Appends the note of the next node.
    #[inline(always)]
    fn note(&mut self, open: IndexSet, members: Subset) -> Granted<()> {
        self.labelled.push(open.iter().map(IndexId::position))?;
        self.notes.try_push(Note { open, members, outside: 0.0, place: Place::default() })
    }

    /// The indices open in the contraction of two parts: those open in either, without those whose
    /// carriers are all below.
    fn open_in(
        &self,
        both: IndexSet,
        below: std::ops::Range<usize>,
        intervals: &[(usize, usize)],
    ) -> IndexSet {
        let mut open = both.clone();
        for index in both.iter() {
            let (first, last) = intervals[index.position()];
            let inside = below.contains(&first) && below.contains(&last);
            if inside && !self.problem.network().targets().contains(index) {
                open.remove(index);
            }
        }
        open
    }

    /// By index, the positions of the first and the last leaf that carry it.
    fn carriers(&self) -> Granted<Vec<(usize, usize)>> {
        let network = self.problem.network();
        let mut carriers = allocation::filled(network.indices().len(), (usize::MAX, 0))?;
        for (at, node) in self.tree.iter().enumerate() {
            let TreeNode::Leaf(tensor) = *node else { continue };
            for index in &network.tensors()[tensor].indices {
                let (first, last) = &mut carriers[index.position()];
                (*first, *last) = ((*first).min(at), at);
            }
        }
        Ok(carriers)
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

    /// Down the tree: the loops around each node, its repetitions and its sliced size.
    fn place_in_loops(&mut self) {
        let problem = self.problem;
        let charged = problem.options().objective.charges_slicing();
        for at in (0..self.nodes.len()).rev() {
            let TreeNode::Contraction { first, second, ref opened } = self.tree[at] else {
                continue;
            };
            let Place { loops, around, opener } = self.notes[at].place;
            let inner = loops.union(LoopSet::of_all(opened));
            let opener = if opened.is_empty() { opener } else { Some(at) };
            let node = &mut self.nodes[at];
            let volatile = node.volatile;
            if charged {
                let carried = problem.batchable(&self.notes[at].open);
                node.repetitions = around.nest.repetitions(problem, carried);
                node.cost *= around.factor(problem, carried);
            }
            for part in [first, second] {
                let mut place = Place { loops: inner, around, opener };
                if charged {
                    let node = &self.nodes[part];
                    let carried = problem.batchable(&self.notes[part].open);
                    let facts = Part { carried, tensors: node.tensors, volatile: node.volatile };
                    place.around = around.enter(&Nest::of(opened), volatile, facts);
                }
                self.notes[part].place = place;
                self.nodes[part].sliced_footprint = self.sliced(part, inner);
            }
        }
    }

    /// Down the tree: the elements live at each node.
    fn count_live(&mut self) {
        let problem = self.problem;
        let charged = problem.options().objective.charges_slicing();
        for at in (0..self.nodes.len()).rev() {
            let (outside, result) = (self.notes[at].outside, self.nodes[at].sliced_footprint);
            let TreeNode::Contraction { first, second, ref opened } = self.tree[at] else {
                let (node, live) = (&mut self.nodes[at], outside + result);
                (node.live_before, node.live, node.live_after) = (live, live, live);
                continue;
            };
            let [kept, other] = [first, second].map(|part| self.nodes[part].sliced_footprint);
            let (mut during, mut added) = (outside, result);
            if !opened.is_empty() {
                let Note { ref open, place: Place { loops, .. }, .. } = self.notes[at];
                if charged {
                    // The loops assemble the result, which is live from their first batch on.
                    (during, added) = (outside + result, 0.0);
                }
                added += problem.contribution_to(open, loops, LoopSet::of_all(opened));
            }
            let inner = self.notes[second].place.loops;
            self.notes[first].outside = during + self.leaf_sum(second, inner);
            self.notes[second].outside = during + kept;
            let node = &mut self.nodes[at];
            node.live_before = during + kept + other;
            // Not less than live_before or live_after, to the last bit.
            node.live = node.live_before + added;
            node.live_after = outside + result;
        }
    }

    /// S of a node inside loops.
    fn sliced(&self, at: usize, loops: LoopSet) -> f64 {
        if loops.is_empty() {
            return self.nodes[at].footprint;
        }
        let open = &self.notes[at].open;
        self.problem.sliced_volume(open, loops.intersection(self.problem.batchable(open)))
    }

    /// L of a node inside loops, summed in the order of the network, like a search.
    fn leaf_sum(&self, below: usize, loops: LoopSet) -> f64 {
        if let TreeNode::Leaf(_) = self.tree[below] {
            return self.sliced(below, loops);
        }
        if loops.is_empty() && !is_large(self.problem) {
            return self.problem.leaf_sum(self.notes[below].members);
        }
        let mut leaves: Vec<(usize, usize)> = self.leaves(below).collect();
        leaves.sort_unstable();
        leaves.into_iter().map(|(_, at)| self.sliced(at, loops)).sum()
    }

    /// The leaves at and below a node: tensor and position.
    fn leaves(&self, below: usize) -> impl Iterator<Item = (usize, usize)> {
        sharing::subtree(&self.nodes, below).filter_map(|at| match self.tree[at] {
            TreeNode::Leaf(tensor) => Some((tensor, at)),
            TreeNode::Contraction { .. } => None,
        })
    }

    /// The sizes of tensors that wait inside some of the loops around them.
    fn note_waiting(&mut self) {
        let mut around = Vec::new();
        for leaf in 0..self.tree.len() {
            if !matches!(self.tree[leaf], TreeNode::Leaf(_)) {
                continue;
            }
            let opener_of = |at: usize| self.notes[at].place.opener;
            around.clear();
            around.extend(std::iter::successors(opener_of(leaf), |&opener| opener_of(opener)));
            // A loop is entered at the first node below its opener, outer loops first.
            let entered = |opener: usize| *sharing::subtree(&self.nodes, opener).start();
            let mut size = self.nodes[leaf].footprint;
            for pair in around.windows(2).rev() {
                let [inner, outer] = [pair[0], pair[1]];
                // If both are entered at once, the tensor never waits between them.
                if entered(outer) == entered(inner) {
                    continue;
                }
                let TreeNode::Contraction { first, .. } = self.tree[outer] else { continue };
                let elements = self.sliced(leaf, self.notes[first].place.loops);
                if elements != size {
                    self.waiting.push(Waiting { leaf, from: entered(outer), elements });
                    size = elements;
                }
            }
        }
    }

    pub fn finish(self, frontier: Vec<(f64, f64)>, method: Method) -> Plan {
        let Draft { problem, mut nodes, labelled, waiting, .. } = self;
        let carries = |at: usize, index: &str| labelled.open(at).any(|label| label == index);
        cache::advise(&mut nodes, carries);
        let cost = nodes.iter().map(|node| node.cost).sum();
        let flops = nodes.iter().map(|node| node.flops).sum();
        let (mut peak, mut peak_node) = (0.0, 0);
        for (at, node) in nodes.iter().enumerate() {
            if node.live > peak {
                (peak, peak_node) = (node.live, at);
            }
        }
        let objective = problem.options().objective;
        let bounded = objective.first();
        let lower_bound = match bounded {
            Quantity::Cost => cost,
            Quantity::Peak => frontier.first().map_or(peak, |&(least, _)| least),
        };
        Plan {
            objective,
            bytes_per_element: problem.options().bytes_per_element,
            nodes,
            cost,
            flops,
            peak,
            peak_node,
            frontier,
            infeasible: None,
            search: Search {
                method,
                exhaustive: !problem.is_pruned(),
                optimal: true,
                lower_bound,
                bounded,
                states: 0,
                pairs: 0,
                refused_bytes: None,
                seconds: 0.0,
            },
            labelled,
            waiting,
        }
    }
}

impl Node {
    /// A node of `tensors` tensors, evaluated, with all other fields at their defaults.
    pub(crate) fn new(kind: NodeKind, tensors: usize) -> Self {
        Node {
            kind,
            tensors,
            evaluation: Evaluation::Own,
            footprint: 0.0,
            sliced_footprint: 0.0,
            flops: 0.0,
            cost: 0.0,
            repetitions: 1.0,
            volatile: false,
            cache: Cache::Transient,
            loops: Vec::new(),
            live: 0.0,
            live_before: 0.0,
            live_after: 0.0,
        }
    }
}

#[cfg(test)]
mod tests;

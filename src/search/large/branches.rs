//! A contraction tree that is changed in place, by rotations and by subtree reconfiguration.
//!
//! Nodes 0 to n - 1 are the tensors, n to 2n - 2 the contractions; the last one is always the root.
//! A rotation turns a contraction ((c, d), b) into ((b, d), c): rotations lead from any tree to
//! every other one.
//!
//! The open indices of a new intermediate follow from its neighbours: an index open in b or d stays
//! open in (b, d) if c carries it, or if it is open in all three together.

use super::hypergraph::Hypergraph;
use super::rows::{Rows, positions};
use crate::allocation::{Granted, Grow};
use crate::problem::{Tree, TreeNode, magnitude::MAX_MAGNITUDE};
use crate::{Error, Result, allocation};

/// No parent, no child.
const NONE: u32 = u32::MAX;

/// A contraction tree with the charge for each contraction.
pub struct Branches<'a> {
    pub graph: &'a Hypergraph<'a>,
    parent: Vec<u32>,
    children: Vec<[u32; 2]>,
    open: Rows,
    volatile: Vec<bool>,
    /// S where the objective needs it; else 0.
    size: Vec<f64>,
    /// The charge for the contraction; 0 for a tensor.
    cost: Vec<f64>,
    /// The open indices of the node that a rotation would create.
    scratch: Vec<u64>,
}

/// A rotation and its effect.
pub struct Rotation {
    /// The contraction of all three, and the one below it: n and (c, d), which becomes (b, d).
    pub above: usize,
    pub below: usize,
    pub b: usize,
    pub c: usize,
    pub d: usize,
    /// S of the new lower node, and the charges for both nodes.
    size: f64,
    pub cost_below: f64,
    pub cost_above: f64,
}

impl<'a> Branches<'a> {
    /// The tree of contractions in single assignment: the k-th one makes node n + k.
    pub fn of(graph: &'a Hypergraph<'a>, pairs: &[(usize, usize)]) -> Granted<Self> {
        let tensors = graph.tensors();
        let nodes = 2 * tensors - 1;
        let mut tree = Branches {
            graph,
            parent: allocation::filled(nodes, NONE)?,
            children: allocation::filled(nodes, [NONE; 2])?,
            open: Rows::new(nodes, graph.stride())?,
            volatile: allocation::filled(nodes, false)?,
            size: allocation::filled(nodes, 0.0)?,
            cost: allocation::filled(nodes, 0.0)?,
            scratch: allocation::filled(graph.stride(), 0)?,
        };
        for tensor in 0..tensors {
            tree.open.row_mut(tensor).copy_from_slice(graph.leaf(tensor));
            tree.volatile[tensor] = graph.is_volatile(tensor);
            if graph.sizes_count() {
                tree.size[tensor] = graph.size(graph.leaf(tensor));
            }
        }
        // By index, the number of live tensors and results that carry it.
        let indices = graph.problem.network().indices().len();
        let mut on = allocation::collected((0..indices).map(|at| graph.carriers(at).len()))?;
        for (step, &(left, right)) in pairs.iter().enumerate() {
            let n = tensors + step;
            for word in 0..graph.stride() {
                let (l, r) = (tree.open.row(left)[word], tree.open.row(right)[word]);
                let mut open = l | r;
                for index in positions([l | r]) {
                    let at = 64 * word + index;
                    on[at] -= (l >> index & 1) as usize + (r >> index & 1) as usize;
                    if on[at] == 0 && graph.targets()[word] >> index & 1 == 0 {
                        open &= !(1 << index);
                    } else {
                        on[at] += 1;
                    }
                }
                tree.scratch[word] = open;
            }
            tree.make(n, [left, right]);
        }
        Ok(tree)
    }

    pub fn copy(&self) -> Granted<Self> {
        Ok(Branches {
            graph: self.graph,
            parent: allocation::copied(&self.parent)?,
            children: allocation::copied(&self.children)?,
            open: self.open.copy()?,
            volatile: allocation::copied(&self.volatile)?,
            size: allocation::copied(&self.size)?,
            cost: allocation::copied(&self.cost)?,
            scratch: allocation::copied(&self.scratch)?,
        })
    }

    /// Becomes a copy of another tree of the same network, without allocating.
    pub fn copy_from(&mut self, other: &Self) {
        self.parent.copy_from_slice(&other.parent);
        self.children.copy_from_slice(&other.children);
        self.open.copy_from(&other.open);
        self.volatile.copy_from_slice(&other.volatile);
        self.size.copy_from_slice(&other.size);
        self.cost.copy_from_slice(&other.cost);
        self.scratch.copy_from_slice(&other.scratch);
    }

    pub fn tensors(&self) -> usize {
        self.graph.tensors()
    }

    pub fn nodes(&self) -> usize {
        self.children.len()
    }

    pub fn root(&self) -> usize {
        self.nodes() - 1
    }

    /// The contractions, in no order.
    pub fn contractions(&self) -> std::ops::Range<usize> {
        self.tensors()..self.nodes()
    }

    pub fn is_leaf(&self, n: usize) -> bool {
        n < self.tensors()
    }

    pub fn parent(&self, n: usize) -> Option<usize> {
        (self.parent[n] != NONE).then_some(self.parent[n] as usize)
    }

    /// The operands of a contraction.
    pub fn children(&self, n: usize) -> [usize; 2] {
        self.children[n].map(|child| child as usize)
    }

    pub fn open(&self, n: usize) -> &[u64] {
        self.open.row(n)
    }

    pub fn is_volatile(&self, n: usize) -> bool {
        self.volatile[n]
    }

    pub fn cost(&self, n: usize) -> f64 {
        self.cost[n]
    }

    /// The total charge for the contractions.
    pub fn total_cost(&self) -> f64 {
        self.cost[self.tensors()..].iter().sum()
    }

    /// The open indices of the lower node after the last rotation passed to [`Branches::rotation`].
    pub fn open_of_rotation(&self) -> &[u64] {
        &self.scratch
    }

    /// The rotation that contracts `c` last of three, where it is the child `inner` of the child
    /// `outer` of a contraction. None if that child is a tensor, or the other two may not be
    /// contracted.
    pub fn rotation(&mut self, above: usize, outer: usize, inner: usize) -> Option<Rotation> {
        let below = self.children[above][outer] as usize;
        if self.is_leaf(below) {
            return None;
        }
        let b = self.children[above][1 - outer] as usize;
        let c = self.children[below][inner] as usize;
        let d = self.children[below][1 - inner] as usize;
        let graph = self.graph;
        let [row_b, row_c, row_d] = [b, c, d].map(|node| self.open.row(node));
        let row_above = self.open.row(above);
        if !graph.may_contract(row_b, row_d) {
            return None;
        }
        for (word, new) in self.scratch.iter_mut().enumerate() {
            *new = (row_b[word] | row_d[word]) & (row_c[word] | row_above[word]);
        }
        let size = if graph.sizes_count() { graph.size(&self.scratch) } else { 0.0 };
        let volatile = self.volatile[b] || self.volatile[d];
        let operands = [self.size[b], self.size[d]];
        let cost_below = graph.charge(volatile, graph.work(row_b, row_d), operands, size);
        let work = graph.work(&self.scratch, row_c);
        let operands = [size, self.size[c]];
        let cost_above = graph.charge(self.volatile[above], work, operands, self.size[above]);
        Some(Rotation { above, below, b, c, d, size, cost_below, cost_above })
    }

    /// Carries out the rotation that [`Branches::rotation`] returned last.
    pub fn rotate(&mut self, rotation: &Rotation) {
        let &Rotation { above, below, b, c, d, size, cost_below, cost_above } = rotation;
        self.open.row_mut(below).copy_from_slice(&self.scratch);
        self.children[above] = [below as u32, c as u32];
        self.children[below] = [b as u32, d as u32];
        self.parent[c] = above as u32;
        self.parent[b] = below as u32;
        self.volatile[below] = self.volatile[b] || self.volatile[d];
        self.size[below] = size;
        self.cost[below] = cost_below;
        self.cost[above] = cost_above;
    }

    /// Makes node n the contraction of two nodes, with the open indices `open`.
    pub fn contract(&mut self, n: usize, operands: [usize; 2], open: &[u64]) {
        self.scratch.copy_from_slice(open);
        self.make(n, operands);
    }

    /// [`Branches::contract`] with the open indices in `scratch`.
    fn make(&mut self, n: usize, operands: [usize; 2]) {
        let [left, right] = operands;
        let graph = self.graph;
        self.open.row_mut(n).copy_from_slice(&self.scratch);
        self.children[n] = operands.map(|operand| operand as u32);
        operands.iter().for_each(|&operand| self.parent[operand] = n as u32);
        self.volatile[n] = self.volatile[left] || self.volatile[right];
        if graph.sizes_count() {
            self.size[n] = graph.size(self.open.row(n));
        }
        let work = graph.work(self.open.row(left), self.open.row(right));
        let sizes = [self.size[left], self.size[right]];
        self.cost[n] = graph.charge(self.volatile[n], work, sizes, self.size[n]);
    }

    /// The contractions, each after those that it depends on (postorder).
    pub fn upwards(&self) -> Vec<usize> {
        let mut order = vec![];
        let mut waiting = vec![self.root()];
        while let Some(n) = waiting.pop() {
            if !self.is_leaf(n) {
                order.push(n);
                waiting.extend(self.children(n));
            }
        }
        order.reverse();
        order
    }

    /// The tree in the order of evaluation: `first` gives the operand of a contraction to evaluate
    /// first, and `opened` the loops to open.
    pub fn tree(
        &self,
        first: impl Fn(usize) -> usize,
        opened: impl Fn(usize) -> Vec<usize>,
    ) -> Granted<Tree> {
        let mut nodes = allocation::empty(self.nodes())?;
        let mut place = allocation::filled(self.nodes(), 0)?;
        let mut waiting = vec![(self.root(), false)];
        while let Some((n, evaluated)) = waiting.pop() {
            if self.is_leaf(n) {
                place[n] = nodes.len();
                nodes.push(TreeNode::Leaf(n));
                continue;
            }
            let [left, right] = self.children(n);
            let begin = first(n);
            let second = if begin == left { right } else { left };
            if evaluated {
                place[n] = nodes.len();
                let (first, second) = (place[begin], place[second]);
                nodes.push(TreeNode::Contraction { first, second, opened: opened(n) });
            } else {
                waiting.make_room(3)?;
                waiting.extend([(n, true), (second, false), (begin, false)]);
            }
        }
        Ok(Tree { nodes })
    }

    /// Error `Overflow`: a contraction beyond the range of a double.
    pub fn check_range(&self) -> Result<()> {
        let magnitude = |n: usize| {
            let [left, right] = self.children(n);
            self.graph.magnitude(self.open(left), self.open(right))
        };
        let largest = self.contractions().map(magnitude).fold(0.0, f64::max);
        let limit = MAX_MAGNITUDE;
        if largest <= limit {
            return Ok(());
        }
        Err(Error::Overflow {
            what: "the work of a contraction in the best order found".into(),
            value: format!("up to 2^{largest:.0}"),
            allowed: "up to 2^700",
        })
    }

    /// By node, the lowest of its tensors.
    pub fn lowest(&self) -> Vec<usize> {
        let mut lowest: Vec<usize> = (0..self.nodes()).collect();
        for n in self.upwards() {
            let [left, right] = self.children(n);
            lowest[n] = lowest[left].min(lowest[right]);
        }
        lowest
    }
}

#[cfg(test)]
mod tests {
    use super::super::greedy::{Parameters, pairs};
    use super::super::random::Random;
    use super::super::rows::positions;
    use super::*;
    use crate::network::{Spaces, einsum};
    use crate::problem::{Problem, Split, Subset};
    use crate::{BatchPolicy, Objective, Options};

    #[test]
    fn rotations_keep_what_is_known_of_nodes() {
        let mut extents = Spaces::new();
        for (at, letter) in "abcdefghxyz".chars().enumerate() {
            extents.add(&letter.to_string(), 2 + at as i64).unwrap();
        }
        // b is on three tensors; y is open in the result and carried twice, x open and carried once.
        let network = einsum("ab,bcdy,cde,ehf,fgb,gazx,hzy->xy", &extents).unwrap();
        let mut policy = BatchPolicy::new();
        policy.volatile_position(2);
        let options =
            Options { objective: Objective::Size, footprint_weight: 0.5, ..Options::default() };
        let resolved = policy.resolve(&network).unwrap();
        let problem = Problem::bind(&network, &resolved, &options).unwrap();
        let graph = Hypergraph::of(&problem).unwrap();
        let random = &mut Random::new(3);
        let greedy = pairs(&graph, Parameters::PLAIN, random).unwrap();
        let mut tree = Branches::of(&graph, &greedy).unwrap();
        let mut rotations = 0;
        while rotations < 200 {
            let (above, sides) = (7 + random.below(6), random.below(4));
            let Some(rotation) = tree.rotation(above, sides / 2, sides % 2) else { continue };
            tree.rotate(&rotation);
            rotations += 1;
            let mut members: Vec<Subset> =
                (0..13).map(|n| if n < 7 { Subset::leaf(n) } else { Subset(0) }).collect();
            for n in tree.upwards() {
                let [left, right] = tree.children(n);
                members[n] = members[left].union(members[right]);
                let open = problem.open(members[n]);
                let found = positions(tree.open(n).iter().copied());
                assert!(open.iter().map(|index| index.position()).eq(found));
                let cost = problem.contraction_cost(Split::of(members[left], members[right]));
                assert!((tree.cost(n) - cost).abs() <= 1e-12 * cost);
                assert_eq!(tree.is_volatile(n), problem.is_volatile(members[n]));
                assert!(tree.parent(left) == Some(n) && tree.parent(right) == Some(n));
            }
            assert_eq!(members[tree.root()], Subset::all(7));
        }
    }
}

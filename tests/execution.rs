//! Costs and peaks of nested loops against their execution: the test runs the loops batch by batch,
//! keeps values where it can, and counts the work and the live elements. It has no formula for
//! repetitions; the counts must show them.
//!
//! The evaluator has one place for the value of each node, which holds the slice made last. It makes
//! the node again only for another slice, or if the node is volatile and another replay has begun. So
//! it makes a node that carries no index of the loops around it once, which is hoisting.

mod common;

use std::collections::BTreeMap;

use approx::relative_eq;
use common::networks::{Shape, loops, shaped};
use common::schedules::all_schedules;
use common::sizes::open;
use proptest::prelude::*;
use qube_budget::internals::replay::{Move, replay};
use qube_budget::network::{IndexId, Network};
use qube_budget::policy::{ResolvedPolicy, Role};
use qube_budget::{BatchPolicy, Error, Objective, Options, optimize};

/// By index that a loop slices, the number of the batch and its elements.
type Batches = BTreeMap<IndexId, (u64, u64)>;

struct Node {
    open: Vec<IndexId>,
    volatile: bool,
    operands: Option<[usize; 2]>,
    loops: Vec<IndexId>,
    leaves: Vec<usize>,
}

struct Program<'a> {
    network: &'a Network,
    resolved: &'a ResolvedPolicy,
    nodes: Vec<Node>,
}

impl<'a> Program<'a> {
    fn of(network: &'a Network, resolved: &'a ResolvedPolicy, moves: &[Move]) -> Self {
        let mut nodes: Vec<Node> = Vec::new();
        let mut tensors: Vec<Vec<usize>> = Vec::new();
        let mut stack: Vec<usize> = Vec::new();
        for (at, one) in moves.iter().enumerate() {
            let (members, leaves, operands, loops) = match one {
                Move::Take(tensor) => (vec![*tensor], vec![at], None, Vec::new()),
                Move::Contract { loops } => {
                    let (second, first) = (stack.pop().unwrap(), stack.pop().unwrap());
                    let members = [&tensors[first][..], &tensors[second]].concat();
                    let leaves: [&Vec<usize>; 2] =
                        [first, second].map(|at: usize| &nodes[at].leaves);
                    (
                        members,
                        leaves.map(|of| &of[..]).concat(),
                        Some([first, second]),
                        loops.clone(),
                    )
                }
                Move::Share { .. } => unreachable!("only additive plans share"),
            };
            let open = open(network, &members.iter().copied().collect()).into_iter().collect();
            let volatile = members.iter().any(|&tensor| resolved.is_volatile(tensor));
            nodes.push(Node { open, volatile, operands, loops, leaves });
            tensors.push(members);
            stack.push(at);
        }
        Program { network, resolved, nodes }
    }

    fn root(&self) -> usize {
        self.nodes.len() - 1
    }

    fn extent(&self, id: IndexId) -> u64 {
        self.network.index_at(id).extent
    }

    /// The elements of a box of indices, of which loops slice some. A scalar counts nothing.
    fn elements(&self, indices: &[IndexId], batches: &Batches) -> f64 {
        let size = |id: &IndexId| batches.get(id).map_or(self.extent(*id), |&(_, size)| size);
        let product: u64 = indices.iter().map(size).product();
        if product == 1 { 0.0 } else { product as f64 }
    }

    /// Runs a body in every batch of nested loops.
    fn each_batch(&self, loops: &[IndexId], batches: &Batches, body: &mut dyn FnMut(&Batches)) {
        let Some((&outer, inner)) = loops.split_first() else { return body(batches) };
        let extent = self.extent(outer);
        let most = self.resolved.slicing(outer).unwrap().most();
        let mut from = 0;
        while from < extent {
            let mut inside = batches.clone();
            inside.insert(outer, (from / most, most.min(extent - from)));
            self.each_batch(inner, &inside, body);
            from += most;
        }
    }
}

/// Evaluates with one place for the value of each node.
struct Evaluator<'a> {
    program: &'a Program<'a>,
    /// By node, the slice that its place holds, with its replay if volatile.
    held: Vec<Option<(Batches, Option<u32>)>>,
    work: f64,
}

impl Evaluator<'_> {
    fn evaluate(&mut self, at: usize, batches: &Batches, replay: u32) {
        let program = self.program;
        let node = &program.nodes[at];
        let own = |(id, _): &(&IndexId, &(u64, u64))| node.open.contains(id);
        let slice: Batches = batches.iter().filter(own).map(|(&id, &batch)| (id, batch)).collect();
        let wanted = Some((slice, node.volatile.then_some(replay)));
        if self.held[at] == wanted {
            return;
        }
        if let Some([first, second]) = node.operands {
            let mut both = [&program.nodes[first].open[..], &program.nodes[second].open].concat();
            both.sort();
            both.dedup();
            let whole = program.elements(&both, &Batches::new());
            program.each_batch(&node.loops, batches, &mut |batches| {
                self.evaluate(first, batches, replay);
                self.evaluate(second, batches, replay);
                // In multiply-adds a slice of one element counts; the scalar product does not.
                let slice: u64 = both
                    .iter()
                    .map(|id| batches.get(id).map_or(program.extent(*id), |&(_, size)| size))
                    .product();
                self.work += if whole == 0.0 { 0.0 } else { slice as f64 };
            });
        }
        self.held[at] = wanted;
    }
}

/// Runs all loops in place and counts the live elements.
struct Memory<'a> {
    program: &'a Program<'a>,
    alive: BTreeMap<usize, f64>,
    /// By node, the most elements live at its turn.
    live: Vec<f64>,
}

impl Memory<'_> {
    fn run(&mut self, at: usize, batches: &Batches) {
        let program = self.program;
        let node = &program.nodes[at];
        let result = program.elements(&node.open, batches);
        let Some([first, second]) = node.operands else { return self.note(at, 0.0) };
        // Loops assemble the result from their first batch on.
        if !node.loops.is_empty() {
            self.alive.insert(at, result);
        }
        let external = |id: &IndexId| Role::of(program.network, *id) == Role::External;
        program.each_batch(&node.loops, batches, &mut |inside| {
            // The inputs of this batch.
            for &leaf in &node.leaves {
                self.alive.insert(leaf, program.elements(&program.nodes[leaf].open, inside));
            }
            self.run(first, inside);
            self.run(second, inside);
            let outer = inside.iter().filter(|(id, _)| batches.contains_key(id) || external(id));
            let block = program.elements(&node.open, &outer.map(|(&id, &of)| (id, of)).collect());
            let adds = node.loops.iter().any(|id| !external(id));
            let making = match (node.loops.is_empty(), adds) {
                (true, _) => result,
                (false, true) => program.resolved.accumulation_factor() * block,
                (false, false) => block,
            };
            self.note(at, making);
            self.alive.remove(&first);
            self.alive.remove(&second);
        });
        self.alive.insert(at, result);
    }

    fn note(&mut self, at: usize, more: f64) {
        let live = self.alive.values().sum::<f64>() + more;
        self.live[at] = self.live[at].max(live);
    }
}

/// Runs a schedule and compares its counts with its cost and peak.
fn check(network: &Network, policy: &BatchPolicy, options: &Options, moves: &[Move], replays: u32) {
    let charged = replay(network, policy, options, moves).unwrap();
    let resolved = policy.resolve(network).unwrap();
    let program = Program::of(network, &resolved, moves);
    let count = program.nodes.len();
    let mut evaluator = Evaluator { program: &program, held: vec![None; count], work: 0.0 };
    for replay in 0..replays {
        evaluator.evaluate(program.root(), &Batches::new(), replay);
    }
    let work = evaluator.work;
    assert!(relative_eq!(work, charged.cost), "{moves:?}: {work} done, {} charged", charged.cost);
    let mut memory = Memory { program: &program, alive: BTreeMap::new(), live: vec![0.0; count] };
    let leaves = program.nodes[program.root()].leaves.iter();
    memory.alive = leaves
        .map(|&at| (at, program.elements(&program.nodes[at].open, &Batches::new())))
        .collect();
    memory.run(program.root(), &Batches::new());
    assert_eq!(memory.live, charged.live, "{moves:?}");
    assert_eq!(memory.live.iter().copied().fold(0.0, f64::max), charged.peak, "{moves:?}");
}

/// No composites, whose slices are no whole numbers; batches all as long as each other.
fn shape(batchable: f64) -> Shape {
    Shape { tensors: 1..5, indices: 2..7, composite: 0.0, batchable, whole_batches: true }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn costs_of_schedules_equal_their_execution(
        term in shaped(&shape(0.5)), replays in 1u32..4, seed in any::<usize>(),
    ) {
        let mut policy = term.policy.clone();
        policy.set_peak_threshold(Some(1)).unwrap();
        let options = Options {
            objective: Objective::SpaceTimeBatched,
            volatile_weight: replays.into(),
            ..Options::default()
        };
        prop_assume!(loops(&term) <= if term.network.tensors().len() < 4 { 4 } else { 3 });
        let all = all_schedules(&term.network, &policy, &options);
        let some = 300.min(all.len());
        for number in 0..some {
            let moves = &all[(seed % all.len() + number * (all.len() / some)) % all.len()];
            check(&term.network, &policy, &options, moves, replays);
        }
    }

    #[test]
    fn costs_of_plans_equal_their_execution(
        term in shaped(&Shape { tensors: 2..7, indices: 4..10, ..shape(0.3) }),
        replays in 1u32..4,
        fraction in 0.05..1.0f64,
    ) {
        for objective in [Objective::TimeSpaceBatched, Objective::SpaceTimeBatched] {
            let options =
                Options { objective, volatile_weight: replays.into(), ..Options::default() };
            let whole = optimize(&term.network, &term.policy, &options).unwrap();
            let mut policy = term.policy.clone();
            let bytes = (fraction * whole.peak) as i64 * 8;
            policy.set_peak_threshold(Some(bytes.max(1))).unwrap();
            let plan = match optimize(&term.network, &policy, &options) {
                // Eight loops of one contraction have more orders than are tried.
                Err(Error::TooLarge { .. }) if loops(&term) > 7 => continue,
                plan => plan.unwrap(),
            };
            let moves = plan.moves(&term.network).unwrap();
            let again = plan.verify(&term.network, &policy, &options).unwrap();
            assert_eq!(again.peak, plan.peak);
            check(&term.network, &policy, &options, &moves, replays);
        }
    }
}

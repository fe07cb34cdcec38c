//! Equal intermediates charged once, against brute force over all trees: how often the search is
//! optimal, and by how much it misses (`cargo test --test subnet_cse_brute_force -- --nocapture`).

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::networks::Term;
use common::repeats::repeats;
use common::values::close;
use qube_budget::internals::problem::{Problem, Split, Subset, Tree, TreeNode};
use qube_budget::internals::replay::replay;
use qube_budget::internals::search::sharing::{
    MAX_WAYS, MAX_WORK, equivalence_classes, search_shared,
};
use qube_budget::network::{Network, Spaces, parse};
use qube_budget::plan::{NodeKind, Plan};
use qube_budget::policy::ResolvedPolicy;
use qube_budget::{BatchPolicy, Objective, Options, optimize};

fn sharing(objective: Objective) -> Options {
    Options { objective, subnet_cse: true, ..Options::default() }
}

/// The sets that are equal up to a renaming, by trying every pairing of tensors.
struct Equals<'a> {
    network: &'a Network,
    resolved: &'a ResolvedPolicy,
}

impl Equals<'_> {
    fn open(&self, n: Subset) -> BTreeSet<usize> {
        let carried = |inside: bool| -> BTreeSet<usize> {
            let tensors = self.network.tensors().iter().enumerate();
            tensors
                .filter(|&(at, _)| n.intersects(Subset::leaf(at)) == inside)
                .flat_map(|(_, tensor)| tensor.indices.iter().map(|id| id.position()))
                .collect()
        };
        let outside = carried(false);
        let target = |at: usize| self.network.targets().iter().any(|id| id.position() == at);
        carried(true).into_iter().filter(|&at| outside.contains(&at) || target(at)).collect()
    }

    fn hold(&self, a: Subset, b: Subset) -> bool {
        let pairings = permutations(b.iter().collect());
        let (open_a, open_b) = (self.open(a), self.open(b));
        pairings.iter().any(|b| {
            let mut there = BTreeMap::new();
            let mut back = BTreeMap::new();
            let mut slots = Vec::new();
            for (a, &b) in a.iter().zip(b) {
                let [ta, tb] = [a, b].map(|at| &self.network.tensors()[at]);
                let volatile = [a, b].map(|at| self.resolved.is_volatile(at));
                if ta.label != tb.label || volatile[0] != volatile[1] {
                    return false;
                }
                slots.extend(ta.indices.iter().copied().zip(tb.indices.iter().copied()));
            }
            let mut protos = Vec::new();
            for &(a, b) in &slots {
                let [a, b] = [a, b].map(|id| self.network.index_at(id).protos.iter().copied());
                protos.extend(a.zip(b));
            }
            slots.extend(protos);
            slots.iter().all(|&(a, b)| {
                let (ia, ib) = (self.network.index_at(a), self.network.index_at(b));
                let same = ia.space == ib.space && ia.extent == ib.extent;
                same && open_a.contains(&a.position()) == open_b.contains(&b.position())
                    && *there.entry(a).or_insert(b) == b
                    && *back.entry(b).or_insert(a) == a
            })
        })
    }
}

fn permutations(of: Vec<usize>) -> Vec<Vec<usize>> {
    if of.len() <= 1 {
        return vec![of];
    }
    let mut all = Vec::new();
    for at in 0..of.len() {
        let mut rest = of.clone();
        let one = rest.remove(at);
        all.extend(permutations(rest).into_iter().map(|mut order| {
            order.push(one);
            order
        }));
    }
    all
}

/// A tree as its splits, each after those of its parts.
type Splits = Vec<Split>;

struct BruteForce<'a> {
    problem: &'a Problem<'a>,
    /// By subset, the first one equal to it.
    same_as: Vec<usize>,
}

impl<'a> BruteForce<'a> {
    fn of(problem: &'a Problem<'a>) -> Self {
        let equals = Equals { network: problem.network(), resolved: problem.policy() };
        let root = problem.connectivity().root().0 as usize;
        let first = |n: usize| {
            let mut earlier = (1..n).filter(|m| m.count_ones() == n.count_ones());
            earlier.find(|&m| equals.hold(Subset(m as u64), Subset(n as u64))).unwrap_or(n)
        };
        BruteForce { problem, same_as: (0..=root).map(first).collect() }
    }

    fn trees(&self, n: Subset) -> Vec<Splits> {
        if n.is_leaf() {
            return vec![Vec::new()];
        }
        let mut all = Vec::new();
        let highest = 1 << (63 - n.0.leading_zeros());
        for left in (1..n.0).map(Subset).filter(|part| part.0 & !n.0 == 0 && part.0 & highest == 0)
        {
            let split = Split { left, right: n.without(left) };
            let connectivity = self.problem.connectivity();
            if !connectivity.admits(split.left) || !connectivity.admits(split.right) {
                continue;
            }
            for l in &self.trees(split.left) {
                for r in &self.trees(split.right) {
                    all.push([l.as_slice(), r, &[split]].concat());
                }
            }
        }
        all
    }

    /// The cost of a tree: an intermediate equal to an earlier one costs nothing, nor does anything
    /// below it.
    fn price(&self, tree: &Splits) -> f64 {
        let mut computed = BTreeSet::new();
        let by_whole: BTreeMap<u64, Split> = tree.iter().map(|one| (one.whole().0, *one)).collect();
        self.visit(self.problem.connectivity().root(), &by_whole, &mut computed)
    }

    fn visit(&self, n: Subset, tree: &BTreeMap<u64, Split>, computed: &mut BTreeSet<usize>) -> f64 {
        let class = self.same_as[n.0 as usize];
        if n.is_leaf() || computed.contains(&class) {
            return 0.0;
        }
        let split = tree[&n.0];
        let parts =
            self.visit(split.left, tree, computed) + self.visit(split.right, tree, computed);
        computed.insert(class);
        parts + self.problem.contraction_cost(split)
    }
}

/// The result of the search for a term, and the optimum.
struct Comparison {
    plan: Plan,
    /// The least over all trees.
    least: f64,
    /// The best tree without sharing, with equal intermediates charged once.
    unaware: f64,
    /// The search stopped as early as it can.
    early: f64,
    /// Whether any two sets that a tree can contain together are equal.
    repeats: bool,
}

fn compare(term: &Term, options: &Options) -> Comparison {
    let (network, policy) = (&term.network, &term.policy);
    let resolved = policy.resolve(network).unwrap();
    let problem = Problem::bind(network, &resolved, options).unwrap();
    let brute_force = BruteForce::of(&problem);
    let trees = brute_force.trees(problem.connectivity().root());
    let price = |tree: &Splits| brute_force.price(tree);
    let least = trees.iter().map(price).fold(f64::INFINITY, f64::min);
    let plan = optimize(network, policy, options).unwrap();
    let alone = Options { subnet_cse: false, ..options.clone() };
    let alone = optimize(network, policy, &alone).unwrap();
    let unaware = price(&splits(&alone));
    let mut early = plan.cost;
    // With little work, with few splits, and with neither limit: bounds hold, and no bound means
    // proven.
    for (ways, work) in [(MAX_WAYS, 0), (0, MAX_WORK), (20, 300), (MAX_WAYS, MAX_WORK)] {
        let Some(stopped) = search_shared(&problem, ways, work).unwrap() else { continue };
        let cost = price(&splits_of(&stopped.tree));
        assert!(cost <= alone.cost * (1.0 + 1e-12), "{cost} exceeds {}", alone.cost);
        match stopped.lower_bound {
            Some(bound) => assert!(bound <= least * (1.0 + 1e-12), "{bound} bounds {least}"),
            None => assert!(close(cost, least), "{cost} is not {least}"),
        }
        if (ways, work) == (MAX_WAYS, 0) {
            early = cost;
        }
    }
    Comparison {
        plan,
        least,
        unaware,
        early,
        repeats: !equivalence_classes(&problem).unwrap().is_empty(),
    }
}

fn splits_of(tree: &Tree) -> Splits {
    let members = tree.members();
    let split = |node: &TreeNode| match *node {
        TreeNode::Leaf(_) => None,
        TreeNode::Contraction { first, second, .. } => {
            Some(Split { left: members[first], right: members[second] })
        }
    };
    tree.nodes.iter().filter_map(split).collect()
}

fn splits(plan: &Plan) -> Splits {
    let subset = |at: usize| {
        let members = plan.members(at).into_iter();
        members.fold(Subset(0), |n, tensor| n.union(Subset::leaf(tensor)))
    };
    let split = |at: usize| match plan.nodes[at].kind {
        NodeKind::Leaf { .. } => None,
        NodeKind::Contraction { first, second } => {
            Some(Split { left: subset(first), right: subset(second) })
        }
    };
    (0..plan.nodes.len()).filter_map(split).collect()
}

/// A plan reports itself correctly: the independent replay confirms the sharing and the numbers.
fn check_by_replay(term: &Term, options: &Options, plan: &Plan) {
    let moves = plan.moves(&term.network).unwrap();
    let again = replay(&term.network, &term.policy, options, &moves).unwrap();
    assert!(close(again.cost, plan.cost), "{} is {}", plan.cost, again.cost);
    assert!(close(again.flops, plan.flops) && close(again.peak, plan.peak));
    for (node, live) in plan.nodes.iter().zip(&again.live) {
        assert!(close(node.live, *live), "{} is {live}", node.live);
    }
    assert_eq!(Plan::from_json(&plan.to_json()).as_ref(), Ok(plan));
    for at in 0..plan.nodes.len() {
        check_states(&term.network, plan, at);
    }
    for drawing in [plan.report(), plan.to_dot(), plan.to_svg()] {
        assert!(!drawing.is_empty() && !drawing.contains("NaN"));
    }
}

/// The open labels of a shared node correspond to those of its source, leaf by leaf, slot by slot.
fn check_states(network: &Network, plan: &Plan, at: usize) {
    let Some(with) = plan.nodes[at].shared_with() else { return };
    let slots = |of: usize| -> Vec<&str> {
        let below = &plan.nodes[of + 2 - 2 * plan.members(of).len()..=of];
        let tensors = below.iter().filter_map(|node| match node.kind {
            NodeKind::Leaf { tensor, .. } => Some(&network.tensors()[tensor]),
            NodeKind::Contraction { .. } => None,
        });
        let ids = tensors.flat_map(|tensor| &tensor.indices);
        ids.map(|&id| network.index_at(id).label.as_str()).collect()
    };
    let (here, there) = (slots(at), slots(with));
    assert_eq!(here.len(), there.len());
    let (ours, theirs) = (plan.open(at), plan.open(with));
    assert_eq!(ours.len(), theirs.len());
    for (here, there) in here.into_iter().zip(there) {
        let place = |labels: &[&str], label| labels.iter().position(|&one| one == label);
        assert_eq!(place(&ours, here), place(&theirs, there));
    }
}

/// How often, and by how much, a search missed the least cost.
#[derive(Default)]
struct Misses {
    terms: usize,
    missed: usize,
    worst: f64,
}

impl Misses {
    fn count(&mut self, cost: f64, least: f64) {
        self.terms += 1;
        if !close(cost, least) {
            self.missed += 1;
            self.worst = self.worst.max(cost / least - 1.0);
        }
    }

    fn report(&self, what: &str) {
        println!(
            "{what}: optimal for {} of {} terms, at worst {:.1} % above the least cost",
            self.terms - self.missed,
            self.terms,
            100.0 * self.worst
        );
    }
}

#[test]
fn the_plan_is_the_best_of_all_trees() {
    let (mut unaware, mut early, mut ours) =
        (Misses::default(), Misses::default(), Misses::default());
    for seed in 0..1500 {
        let tensors = 4 + (seed % 3) as usize;
        let term = repeats(tensors, seed);
        let objective = if seed % 5 == 0 { Objective::Size } else { Objective::Flops };
        let options = Options {
            volatile_weight: if seed % 2 == 0 { 1.0 } else { 3.0 },
            footprint_weight: if seed % 7 == 0 { 0.5 } else { 0.0 },
            prune_outer_products: false,
            ..sharing(objective)
        };
        let Comparison { plan, least, unaware: other, early: stopped, repeats } =
            compare(&term, &options);
        check_by_replay(&term, &options, &plan);
        assert!(close(plan.cost, least), "seed {seed}: {} is {least}", plan.cost);
        assert!(plan.search.optimal && close(plan.search.lower_bound, least));
        if repeats {
            unaware.count(other, least);
            early.count(stopped, least);
            ours.count(plan.cost, least);
        }
    }
    unaware.report("best without sharing, then shared");
    early.report("stopped after two bounds          ");
    ours.report("subnet_cse                        ");
    assert!(ours.terms > 500 && ours.missed == 0);
    assert!(unaware.missed > 20, "sharing changes which tree is best");
}

/// Without outer products. Where an index ties two tensors and no more, and targets are automatic,
/// equal sets are connected alike, and the search is as good as its space; elsewhere it does no harm.
#[test]
fn connected_trees_are_the_best_of_those() {
    let mut ordinary = 0;
    for seed in 0..600 {
        let term = repeats(4 + (seed % 3) as usize, seed);
        let options = sharing(Objective::Flops);
        let plan = optimize(&term.network, &term.policy, &options).unwrap();
        check_by_replay(&term, &options, &plan);
        assert!(plan.search.lower_bound <= plan.cost);
        if is_ordinary(&term.network) {
            ordinary += 1;
            let least = compare(&term, &options).least;
            assert!(close(plan.cost, least), "seed {seed}: {} is {least}", plan.cost);
        }
    }
    assert!(ordinary > 200);
}

fn is_ordinary(network: &Network) -> bool {
    (0..network.indices().len()).all(|at| {
        let slots = network.tensors().iter().flat_map(|tensor| &tensor.indices);
        let count = slots.filter(|id| id.position() == at).count();
        let is_target = network.targets().iter().any(|id| id.position() == at);
        count <= 2 && is_target == (count == 1)
    })
}

/// Larger terms, beyond brute force.
#[test]
fn sharing_never_costs_more_and_is_the_same_on_every_run() {
    for seed in 0..40 {
        let term = repeats(9, seed);
        let options = sharing(Objective::Flops);
        let mut plan = optimize(&term.network, &term.policy, &options).unwrap();
        check_by_replay(&term, &options, &plan);
        let mut alone = Options { subnet_cse: false, ..options.clone() };
        let other = optimize(&term.network, &term.policy, &alone).unwrap();
        assert!(plan.cost <= other.cost * (1.0 + 1e-12));
        assert!(plan.search.lower_bound <= plan.cost);
        alone.subnet_cse = true;
        let mut again = optimize(&term.network, &term.policy, &alone).unwrap();
        (plan.search.seconds, again.search.seconds) = (0.0, 0.0);
        assert_eq!(plan, again);
    }
}

/// A (B C) is the best way to A B C, but A B E also needs A B, so one A B serves both.
#[test]
fn sharing_changes_which_tree_is_best() {
    // A B is 2 * 8 * 4 = 64, (A B) C 2 * 4 * 2 = 16; B C is 8 * 4 * 2 = 64, A (B C) 2 * 8 * 2 = 32.
    let mut spaces = Spaces::new();
    for (space, extent) in [("i", 2), ("a", 8), ("p", 4), ("q", 2), ("r", 2)] {
        spaces.add(space, extent).unwrap();
    }
    let text = "A{i_1;a_1} B{a_1;p_1} C{p_1;q_1} D{q_1;r_1} A{i_2;a_2} B{a_2;p_2} E{p_2;r_1}";
    let network = parse(text, &spaces).unwrap();
    let policy = BatchPolicy::new();
    let alone = optimize(&network, &policy, &Options::default()).unwrap();
    let options = sharing(Objective::Flops);
    let plan = optimize(&network, &policy, &options).unwrap();
    assert!(plan.cost < alone.cost);
    let ab = (0..plan.nodes.len()).find(|&at| plan.members(at) == [0, 1]);
    assert!(ab.is_some_and(|at| plan.nodes[at].evaluation.is_own()));
    assert!(close(plan.cost, compare(&Term { network, policy }, &options).least));
}

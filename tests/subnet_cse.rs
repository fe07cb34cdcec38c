//! Equal intermediates paid once: against brute force over all trees, and by hand.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use approx::relative_eq;
use common::networks::Term;
use common::repeats::repeats;
use qube_budget::network::{Network, Spaces, parse};
use qube_budget::plan::replay::{Move, replay};
use qube_budget::plan::{Evaluation, Plan};
use qube_budget::policy::Rulings;
use qube_budget::search::{MAX_WAYS, MAX_WORK, Problem, Split, Subset, classes, search_shared};
use qube_budget::{BatchPolicy, Error, Objective, Options, optimize};

fn sharing(objective: Objective) -> Options {
    Options { objective, subnet_cse: true, ..Options::default() }
}

fn close(a: f64, b: f64) -> bool {
    relative_eq!(a, b, max_relative = 1e-12)
}

/// i and a, as in coupled cluster.
fn spaces(i: i64, a: i64) -> Spaces {
    let mut spaces = Spaces::new();
    spaces.add("i", i).unwrap();
    spaces.add("a", a).unwrap();
    spaces
}

// ---- By brute force ----

/// Which sets are the same up to a renaming, by trying every pairing of tensors.
struct Equals<'a> {
    network: &'a Network,
    rulings: &'a Rulings,
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
                let volatile = [a, b].map(|at| self.rulings.is_volatile(at));
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
    /// By subset, the first one that is the same.
    same_as: Vec<usize>,
}

impl<'a> BruteForce<'a> {
    fn of(problem: &'a Problem<'a>) -> Self {
        let equals = Equals { network: problem.network(), rulings: problem.rulings() };
        let root = problem.lattice().root().0 as usize;
        let mut same_as: Vec<usize> = (0..=root).collect();
        for n in 1..=root {
            let earlier = (1..n).filter(|m| m.count_ones() == n.count_ones());
            let mut same = earlier.filter(|&m| equals.hold(Subset(m as u64), Subset(n as u64)));
            same_as[n] = same.next().unwrap_or(n);
        }
        BruteForce { problem, same_as }
    }

    fn trees(&self, n: Subset) -> Vec<Splits> {
        if n.is_leaf() {
            return vec![Vec::new()];
        }
        let mut all = Vec::new();
        let highest = 1 << (63 - n.0.leading_zeros());
        for left in (1..n.0).map(Subset).filter(|part| part.0 & !n.0 == 0 && part.0 & highest == 0) {
            let split = Split { left, right: n.without(left) };
            if !self.problem.admits(split.left) || !self.problem.admits(split.right) {
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

    /// What a tree costs: what is the same as what was computed before costs nothing, nor does what
    /// is below it.
    fn price(&self, tree: &Splits) -> f64 {
        let mut computed = BTreeSet::new();
        let by_whole: BTreeMap<u64, Split> = tree.iter().map(|one| (one.whole().0, *one)).collect();
        self.visit(self.problem.lattice().root(), &by_whole, &mut computed)
    }

    fn visit(&self, n: Subset, tree: &BTreeMap<u64, Split>, computed: &mut BTreeSet<usize>) -> f64 {
        let class = self.same_as[n.0 as usize];
        if n.is_leaf() || computed.contains(&class) {
            return 0.0;
        }
        let split = tree[&n.0];
        let parts = self.visit(split.left, tree, computed) + self.visit(split.right, tree, computed);
        computed.insert(class);
        parts + self.problem.contraction_cost(split)
    }
}

/// What the search finds for a term, and what there is to find.
struct Comparison {
    plan: Plan,
    /// The least over all trees.
    least: f64,
    /// The tree that is best without sharing, equal intermediates paid once.
    unaware: f64,
    /// The search stopped as early as it can.
    early: f64,
    /// Whether any two sets that a tree can hold at a time are the same.
    repeats: bool,
}

fn compare(term: &Term, options: &Options) -> Comparison {
    let (network, policy) = (&term.network, &term.policy);
    let rulings = policy.rulings(network).unwrap();
    let problem = Problem::bind(network, &rulings, options).unwrap();
    let brute_force = BruteForce::of(&problem);
    let trees = brute_force.trees(problem.lattice().root());
    let price = |tree: &Splits| brute_force.price(tree);
    let least = trees.iter().map(price).fold(f64::INFINITY, f64::min);
    let plan = optimize(network, policy, options).unwrap();
    let alone = Options { subnet_cse: false, ..options.clone() };
    let alone = optimize(network, policy, &alone).unwrap();
    let unaware = price(&splits(&alone));
    let mut early = plan.cost;
    if let Some(stopped) = search_shared(&problem, MAX_WAYS, 0) {
        let of_tree = |at: usize| stopped.tree.members()[at];
        let found: Splits = (0..stopped.tree.nodes.len())
            .filter_map(|at| match stopped.tree.nodes[at] {
                qube_budget::search::TreeNode::Leaf(_) => None,
                qube_budget::search::TreeNode::Contraction { first, second, .. } => {
                    Some(Split { left: of_tree(first), right: of_tree(second) })
                }
            })
            .collect();
        early = price(&found);
        if let Some(bound) = stopped.lower_bound {
            assert!(bound <= least * (1.0 + 1e-12), "{bound} bounds {least}");
        }
    }
    Comparison { plan, least, unaware, early, repeats: !classes(&problem).is_empty() }
}

fn splits(plan: &Plan) -> Splits {
    let subset = |at: usize| {
        let members = plan.nodes[at].members.iter();
        members.fold(Subset(0), |n, &tensor| n.union(Subset::leaf(tensor)))
    };
    let split = |at: usize| match plan.nodes[at].kind {
        qube_budget::plan::NodeKind::Leaf { .. } => None,
        qube_budget::plan::NodeKind::Contraction { first, second } => {
            Some(Split { left: subset(first), right: subset(second) })
        }
    };
    (0..plan.nodes.len()).filter_map(split).collect()
}

/// A plan is what it says: the independent replay finds the sharing right, and the same numbers.
fn check_by_replay(term: &Term, options: &Options, plan: &Plan) {
    let moves = plan.moves(&term.network).unwrap();
    let again = replay(&term.network, &term.policy, options, &moves).unwrap();
    assert!(close(again.cost, plan.cost), "{} is {}", plan.cost, again.cost);
    assert!(close(again.flops, plan.flops) && close(again.peak, plan.peak));
    for (node, live) in plan.nodes.iter().zip(&again.live) {
        assert!(close(node.live, *live), "{} is {live}", node.live);
    }
    assert_eq!(Plan::from_json(&plan.to_json()).as_ref(), Ok(plan));
}

/// Sums of squares of misses, in the words of the report.
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

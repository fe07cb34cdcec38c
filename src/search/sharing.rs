//! The best tree where equal intermediates are paid once: branch and bound around the subset DP.
//!
//! Equal sets may as well have equal trees, so a solution is a choice of one split for each class of
//! equal sets ([`classes`]) and for each other set, and costs the sum over the *distinct* ones that
//! the root is made of. That is no sum over the parts of a set: the best part alone need not be the
//! best part of a tree that has more use for another. But once it is decided which classes are
//! shared, it is one: a shared class is paid for once, on top, and is free wherever it is used, and
//! the DP finds the best split of everything. What remains is to decide, class by class: shared, or
//! paid wherever it is used. At least one set of decisions gives the optimum.
//!
//! *Bound*: while a class is undecided, a split of it is charged 1/k of its price wherever it is
//! used, where no tree has more than k members of the class. A tree pays for a shared class once and
//! uses it k times at most, so no solution costs less. *Incumbent*: the choices of each bound, with
//! each distinct intermediate charged once, are a solution. *Branching*: on the undecided class for
//! which the bound charged least of the price; where there is none, the bound is the price.
//!
//! A split of n is left out for good if its price, with the parts' where all classes are free,
//! exceeds the price of n without any sharing: in any solution that uses it, n could have a tree of
//! its own for less.
//!
//! The decisions are 2^c for c classes at worst; there are few in practice, and the bound settles
//! most. After [`MAX_WORK`] splits the best solution so far is the answer, and it is not proven best;
//! nor is it where more than [`MAX_WAYS`] splits would have to be kept, and some sets go on with the
//! [`FEW`] that look best. The first bound, which has seen all splits, still holds then.

use super::classes::subnet;
use super::{Class, Lattice, MAX_TENSORS, Problem, Split, Subset, Tree, TreeNode, classes};
use crate::Result;

/// Splits that may be kept, 24 bytes each; more are where 16 tensors are tied to one another densely.
pub const MAX_WAYS: usize = 1 << 22;

/// Splits of a set that are kept beyond that.
const FEW: usize = 8;

/// Splits that may be looked at: under a second.
pub const MAX_WORK: u64 = 1 << 27;

/// Costs that differ by no more, relative to their size, are equal: they are sums in another order.
const EQUAL: f64 = 1e-12;

/// The best tree found.
pub struct SharedSolution {
    pub tree: Tree,
    /// Positions that are not evaluated but taken from an earlier one that is their equal, and those
    /// ones. The tensors of the two correspond in the order of the tree.
    pub shared: Vec<(usize, usize)>,
    /// No solution costs less; none where the tree is proven best.
    pub lower_bound: Option<f64>,
}

/// Finds the best tree of a problem with an additive objective, equal intermediates paid once; none
/// where no tree has any. It keeps `ways` splits and looks at `work` of them: [`MAX_WAYS`] and
/// [`MAX_WORK`], but for tests.
pub fn search_shared(problem: &Problem, ways: usize, work: u64) -> Result<Option<SharedSolution>> {
    let classes = classes(problem)?;
    if classes.is_empty() {
        return Ok(None);
    }
    let units = Units::of(problem, &classes, ways);
    let mut branching = Branching::new(&units, &classes, work);
    let mut lower_bound = branching.run();
    if let Some(bound) = units.bound {
        lower_bound = Some(bound.min(branching.cost));
    }
    let mut growth = Growth {
        problem,
        units: &units,
        chosen: &branching.best,
        grown: vec![None; units.all.len()],
        tree: Tree { nodes: Vec::new() },
        shared: Vec::new(),
    };
    let root = units.all.len() - 1;
    growth.grow(root, &std::array::from_fn(|tensor| tensor));
    Ok(Some(SharedSolution { tree: growth.tree, shared: growth.shared, lower_bound }))
}

/// What gets one split: a class of equal sets, or a set that is in none. A unit stands behind the
/// ones it can be made of; the last is the root.
struct Units {
    all: Vec<Unit>,
    /// The first bound, where splits were left out that a best solution might need.
    bound: Option<f64>,
}

struct Unit {
    /// The set, or the first of its class.
    subset: Subset,
    class: Option<usize>,
    /// None for a single tensor.
    ways: Vec<Way>,
}

/// A split of a unit, by the units of its parts.
#[derive(Clone, Copy)]
struct Way {
    left: u32,
    right: u32,
    /// The left part of the unit's subset.
    part: u64,
    cost: f64,
}

/// What a unit costs, whatever is decided.
#[derive(Clone, Copy, Default)]
struct Prices {
    /// Without sharing.
    plain: f64,
    /// Where all classes are free.
    free: f64,
    /// While nothing is decided.
    bound: f64,
    /// Whether decisions change it.
    varies: bool,
}

impl Units {
    /// The units of a problem; of those that come when `limit` splits are kept, some.
    fn of(problem: &Problem, classes: &[Class], limit: usize) -> Self {
        let root = problem.lattice().root();
        let mut admitted = vec![false; root.0 as usize + 1];
        problem.lattice().subsets().for_each(|n| admitted[n.0 as usize] = true);
        let mut class_of = vec![None; root.0 as usize + 1];
        for (class, members) in classes.iter().map(|class| &class.members).enumerate() {
            members.iter().for_each(|n| class_of[n.0 as usize] = Some(class));
        }
        let mut all: Vec<Unit> = Vec::new();
        let mut prices: Vec<Prices> = Vec::new();
        let mut unit_of = vec![0u32; root.0 as usize + 1];
        let (mut kept, mut cut) = (0, false);
        for n in (1..=root.0).map(Subset).filter(|n| admitted[n.0 as usize]) {
            let class = class_of[n.0 as usize];
            let first = class.map_or(n, |class| classes[class].members[0]);
            if first < n {
                unit_of[n.0 as usize] = unit_of[first.0 as usize];
                continue;
            }
            let way = |split: Split| {
                let [left, right] = [split.left, split.right].map(|part| unit_of[part.0 as usize]);
                let cost = problem.contraction_cost(split);
                Way { left, right, part: split.left.0, cost }
            };
            let splits = Lattice::splits(n, |part| admitted[part.0 as usize]);
            let mut ways: Vec<Way> = splits.map(way).collect();
            let most = class.map_or(1.0, |class| classes[class].most as f64);
            let own = Prices::of(&ways, &prices, 1.0 / most);
            retain_useful(&mut ways, own.plain, &prices);
            if kept + ways.len() > limit && ways.len() > FEW {
                cut = true;
                keep_few(&mut ways, &prices);
            }
            kept += ways.len();
            prices.push(match class {
                Some(_) => Prices { free: 0.0, varies: true, ..own },
                None => own,
            });
            unit_of[n.0 as usize] = all.len() as u32;
            all.push(Unit { subset: n, class, ways });
        }
        let bound = prices.last().map(|root| root.bound).filter(|_| cut);
        Units { all, bound }
    }
}

impl Prices {
    /// The least of what each way comes to, where `share` of its own cost is sure; 0 without ways.
    fn of(ways: &[Way], prices: &[Prices], share: f64) -> Self {
        let each = ways.iter().map(|way| (way, way.through(prices)));
        let each = each.map(|(way, parts)| Prices {
            plain: way.cost + parts.plain,
            free: way.cost + parts.free,
            bound: way.cost * share + parts.bound,
            varies: parts.varies,
        });
        let least = each.reduce(|a, b| Prices {
            plain: a.plain.min(b.plain),
            free: a.free.min(b.free),
            bound: a.bound.min(b.bound),
            varies: a.varies || b.varies,
        });
        least.unwrap_or_default()
    }
}

impl Way {
    /// What its two parts come to.
    fn through(&self, prices: &[Prices]) -> Prices {
        let [l, r] = [self.left, self.right].map(|unit| prices[unit as usize]);
        Prices {
            plain: l.plain + r.plain,
            free: l.free + r.free,
            bound: l.bound + r.bound,
            varies: l.varies || r.varies,
        }
    }
}

/// Leaves out the splits that no best solution needs: those that a tree without sharing undercuts
/// in any case, and of those whose price never changes all but the last of the least.
fn retain_useful(ways: &mut Vec<Way>, plain: f64, prices: &[Prices]) {
    let fixed = |way: &Way| {
        let parts = way.through(prices);
        (!parts.varies).then_some(way.cost + parts.plain)
    };
    let mut least = (f64::INFINITY, 0);
    for way in ways.iter() {
        if let Some(price) = fixed(way).filter(|&price| price <= least.0) {
            least = (price, way.part);
        }
    }
    ways.retain(|way| {
        let useful = way.cost + way.through(prices).free <= plain * (1.0 + EQUAL);
        useful && (fixed(way).is_none() || way.part == least.1)
    });
}

/// Leaves the best split without sharing, and a few of least bound.
fn keep_few(ways: &mut Vec<Way>, prices: &[Prices]) {
    let plain = |way: &Way| way.cost + way.through(prices).plain;
    let bound = |way: &Way| way.cost + way.through(prices).bound;
    let best = ways.iter().copied().min_by(|a, b| plain(a).total_cmp(&plain(b)));
    ways.sort_by(|a, b| bound(a).total_cmp(&bound(b)));
    ways.truncate(FEW - 1);
    ways.extend(best);
}

/// What is decided of a class.
#[derive(Clone, Copy, PartialEq)]
enum Decision {
    Open,
    /// Paid once, whether it is used or not, and free wherever it is used.
    Shared,
    /// Paid wherever it is used.
    Apart,
}

/// A decision on the way to the current one.
struct Step {
    class: usize,
    /// What no solution below it costs less than.
    bound: f64,
    /// Whether the other decision remains to be tried.
    pending: bool,
}

struct Branching<'a> {
    units: &'a [Unit],
    classes: &'a [Class],
    decisions: Vec<Decision>,
    /// By unit, under the current decisions: the price, and the split that has it.
    prices: Vec<f64>,
    chosen: Vec<usize>,
    /// By unit, how often the current choices use it.
    uses: Vec<f64>,
    best: Vec<usize>,
    cost: f64,
    /// Splits that may still be looked at.
    work: u64,
    ways: u64,
}

impl<'a> Branching<'a> {
    fn new(units: &'a Units, classes: &'a [Class], work: u64) -> Self {
        let units = units.all.as_slice();
        Branching {
            units,
            classes,
            decisions: vec![Decision::Apart; classes.len()],
            prices: vec![0.0; units.len()],
            chosen: vec![0; units.len()],
            uses: vec![0.0; units.len()],
            best: Vec::new(),
            cost: f64::INFINITY,
            work,
            ways: units.iter().map(|unit| unit.ways.len() as u64).sum(),
        }
    }

    /// Finds the best choices; what it returns bounds them where they are not proven best.
    fn run(&mut self) -> Option<f64> {
        // The tree that is best without sharing comes first: it stays if nothing is better.
        self.evaluate();
        self.offer();
        self.decisions.fill(Decision::Open);
        let mut steps: Vec<Step> = Vec::new();
        loop {
            let bound = self.evaluate();
            self.offer();
            let next = if self.is_settled(bound) { None } else { self.least_charged() };
            if let Some(class) = next {
                // What the bound uses more than once is likely to be shared.
                let uses = self.uses[self.unit(class)];
                self.decisions[class] = if uses > 1.0 { Decision::Shared } else { Decision::Apart };
                steps.push(Step { class, bound, pending: true });
            } else if !self.turn(&mut steps) {
                return None;
            }
            if self.work < self.ways {
                let pending = steps.iter().filter(|step| step.pending).map(|step| step.bound);
                let current = steps.last().map_or(bound, |step| step.bound);
                return Some(pending.fold(current, f64::min).min(self.cost));
            }
        }
    }

    /// Goes back to the last decision that can be turned, and turns it; none: all was tried.
    fn turn(&mut self, steps: &mut Vec<Step>) -> bool {
        while let Some(step) = steps.last_mut() {
            if !step.pending || self.is_settled(step.bound) {
                self.decisions[step.class] = Decision::Open;
                steps.pop();
                continue;
            }
            step.pending = false;
            let decision = &mut self.decisions[step.class];
            *decision = match decision {
                Decision::Shared => Decision::Apart,
                _ => Decision::Shared,
            };
            return true;
        }
        false
    }

    /// Whether nothing below a bound can be better than what there is.
    fn is_settled(&self, bound: f64) -> bool {
        bound >= self.cost * (1.0 - EQUAL)
    }

    /// The DP under the current decisions; returns their bound.
    fn evaluate(&mut self) -> f64 {
        self.work = self.work.saturating_sub(self.ways);
        let mut paid = 0.0;
        for (at, unit) in self.units.iter().enumerate() {
            let (decision, most) = match unit.class {
                Some(class) => (self.decisions[class], self.classes[class].most as f64),
                None => (Decision::Apart, 1.0),
            };
            let share = if decision == Decision::Open { 1.0 / most } else { 1.0 };
            let (mut least, mut chosen) =
                (if unit.ways.is_empty() { 0.0 } else { f64::INFINITY }, 0);
            for (number, way) in unit.ways.iter().enumerate() {
                let parts = self.prices[way.left as usize] + self.prices[way.right as usize];
                let price = way.cost * share + parts;
                if price <= least {
                    (least, chosen) = (price, number);
                }
            }
            let shared = decision == Decision::Shared;
            paid += if shared { least } else { 0.0 };
            self.prices[at] = if shared { 0.0 } else { least };
            self.chosen[at] = chosen;
        }
        paid + self.prices.last().copied().unwrap_or(0.0)
    }

    /// Prices the current choices, each distinct intermediate once, and keeps them if they are
    /// better; counts their uses as the bound does.
    fn offer(&mut self) {
        let root = self.units.len() - 1;
        self.uses.fill(0.0);
        self.uses[root] = 1.0;
        let mut cost = 0.0;
        for at in (0..=root).rev() {
            let (unit, uses) = (&self.units[at], self.uses[at]);
            if uses == 0.0 || unit.ways.is_empty() {
                continue;
            }
            let way = unit.ways[self.chosen[at]];
            cost += way.cost;
            let shared = unit.class.is_some_and(|class| self.decisions[class] == Decision::Shared);
            let made = if shared { 1.0 } else { uses };
            self.uses[way.left as usize] += made;
            self.uses[way.right as usize] += made;
        }
        if self.best.is_empty() || cost < self.cost * (1.0 - EQUAL) {
            self.cost = cost;
            self.best.clone_from(&self.chosen);
        }
    }

    /// The undecided class for which the bound charged least of the price, by what is missing; none
    /// where nothing is.
    fn least_charged(&self) -> Option<usize> {
        let missing = |class: usize| {
            let (at, most) = (self.unit(class), self.classes[class].most as f64);
            let uses = self.uses[at];
            let open = self.decisions[class] == Decision::Open && uses > 0.0 && uses < most;
            let way = self.units[at].ways[self.chosen[at]];
            if open { way.cost * (1.0 - uses / most) } else { 0.0 }
        };
        let all = (0..self.classes.len()).map(|class| (class, missing(class)));
        let (class, _) = all.filter(|one| one.1 > 0.0).max_by(|a, b| a.1.total_cmp(&b.1))?;
        Some(class)
    }

    fn unit(&self, class: usize) -> usize {
        let first = self.classes[class].members[0];
        // Units are by increasing subset.
        self.units.partition_point(|unit| unit.subset < first)
    }
}

/// By tensor of a unit's subset, the tensor at its place.
type Places = [usize; MAX_TENSORS];

/// From choices to a tree, in the order of evaluation.
struct Growth<'a> {
    problem: &'a Problem<'a>,
    units: &'a Units,
    chosen: &'a [usize],
    /// By unit of a class: the position where it was evaluated first, and its places there.
    grown: Vec<Option<(usize, Places)>>,
    tree: Tree,
    shared: Vec<(usize, usize)>,
}

impl Growth<'_> {
    /// Appends a unit with other tensors in the place of its own; returns its position.
    fn grow(&mut self, at: usize, places: &Places) -> usize {
        let unit = &self.units.all[at];
        if unit.subset.is_leaf() {
            return self.push(TreeNode::Leaf(places[unit.subset.first()]));
        }
        if let Some((source, from)) = self.grown[at] {
            let copy = self.copy(source, unit.subset, &from, places);
            self.shared.push((copy, source));
            return copy;
        }
        let way = unit.ways[self.chosen[at]];
        let part = Subset(way.part);
        let split = Split { left: part, right: unit.subset.without(part) };
        let least = |part: Subset| part.iter().map(|tensor| places[tensor]).min();
        let mut parts = [(way.left as usize, split.left), (way.right as usize, split.right)];
        // As without sharing: the part with the first tensor is evaluated first.
        parts.sort_by_key(|&(_, part)| least(part));
        let [first, second] = parts.map(|(unit, part)| {
            let places = self.places_in(unit, part, places);
            self.grow(unit, &places)
        });
        let position = self.push(TreeNode::Contraction { first, second, opened: Vec::new() });
        if unit.class.is_some() {
            self.grown[at] = Some((position, *places));
        }
        position
    }

    /// Where the tensors of a unit are if it stands for a part of another one with these places.
    fn places_in(&self, unit: usize, part: Subset, places: &Places) -> Places {
        let first = self.units.all[unit].subset;
        let mut through = *places;
        if first != part {
            let (one, other) = (subnet(self.problem, first), subnet(self.problem, part));
            let correspondence = one.correspondence(&other).expect("members of a class are equal");
            for (tensor, corresponding) in correspondence.tensors {
                through[tensor] = places[corresponding];
            }
        }
        through
    }

    /// Appends the subtree that ends at `source` with its tensors exchanged.
    fn copy(&mut self, source: usize, unit: Subset, from: &Places, to: &Places) -> usize {
        let exchanged = |tensor: usize| {
            let own = unit.iter().find(|&own| from[own] == tensor);
            to[own.expect("the subtree has the tensors of its unit")]
        };
        // In postfix order a subtree of n tensors is the 2 n - 1 entries that end with it.
        let begin = source + 2 - 2 * unit.len();
        let shift = self.tree.nodes.len() - begin;
        for position in begin..=source {
            let node = match self.tree.nodes[position] {
                TreeNode::Leaf(tensor) => TreeNode::Leaf(exchanged(tensor)),
                TreeNode::Contraction { first, second, .. } => TreeNode::Contraction {
                    first: first + shift,
                    second: second + shift,
                    opened: Vec::new(),
                },
            };
            self.push(node);
        }
        source + shift
    }

    fn push(&mut self, node: TreeNode) -> usize {
        self.tree.nodes.push(node);
        self.tree.nodes.len() - 1
    }
}

//! The units of a search with sharing: sets and equivalence classes, each with the splits that may
//! be best.

use super::EQUAL;
use super::equivalence::EquivalenceClass;
use crate::allocation::{self, Append};
use crate::problem::{Problem, Searched, Split, Subset, Watch};
use crate::search::admitted::Admitted;

/// Splits of a set that are stored beyond the limit.
const FEW: usize = 8;

/// A unit takes one split: an equivalence class, or a set without a class. A unit comes after the
/// units that it can be made of; the last one is the root.
pub struct Units {
    pub all: Vec<Unit>,
    /// The first lower bound, if splits were dropped that a best solution might need.
    pub bound: Option<f64>,
}

pub struct Unit {
    /// The set, or the first of its class.
    pub subset: Subset,
    pub class: Option<usize>,
    /// None for a single tensor.
    pub ways: Vec<Way>,
}

/// A split of a unit, by the units of its parts.
#[derive(Clone, Copy)]
pub struct Way {
    pub left: u32,
    pub right: u32,
    /// The left part of the unit's subset.
    pub part: u64,
    pub cost: f64,
}

/// Prices of a unit under any decisions.
#[derive(Clone, Copy, Default)]
struct Prices {
    /// Without sharing.
    plain: f64,
    /// With all classes free.
    free: f64,
    /// With all classes undecided.
    bound: f64,
    /// Whether decisions change it.
    varies: bool,
}

impl Units {
    /// The units of a problem; those that come after `limit` splits are stored keep a few splits
    /// only. Each is a state, each split of a set a step. Errors: those of the watch.
    pub fn of(
        problem: &Problem,
        classes: &[EquivalenceClass],
        limit: usize,
        watch: &mut Watch,
    ) -> Searched<Self> {
        let root = problem.connectivity().root();
        let sets = root.0 as usize + 1;
        let admitted = Admitted::of(problem.connectivity())?;
        let mut class_of = allocation::filled(sets, None)?;
        for (class, members) in classes.iter().map(|class| &class.members).enumerate() {
            members.iter().for_each(|n| class_of[n.0 as usize] = Some(class));
        }
        let mut all: Vec<Unit> = Vec::new();
        let mut prices: Vec<Prices> = Vec::new();
        let mut unit_of = allocation::filled(sets, 0u32)?;
        let (mut kept, mut cut) = (0, false);
        let mut steps = 0;
        for n in (1..=root.0).map(Subset).filter(|&n| admitted.contains(n)) {
            watch.check_steps(all.len() as u64 + 1, steps)?;
            watch.check_bytes(kept * size_of::<Way>())?;
            steps += 1 << (n.len() - 1);
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
            let mut ways: Vec<Way> = allocation::collected(admitted.splits(n).map(way))?;
            let most = class.map_or(1.0, |class| classes[class].most as f64);
            let own = Prices::of(&ways, &prices, 1.0 / most);
            retain_useful(&mut ways, own.plain, &prices);
            if kept + ways.len() > limit && ways.len() > FEW {
                cut = true;
                keep_few(&mut ways, &prices);
            }
            kept += ways.len();
            prices.try_push(match class {
                Some(_) => Prices { free: 0.0, varies: true, ..own },
                None => own,
            })?;
            unit_of[n.0 as usize] = all.len() as u32;
            all.try_push(Unit { subset: n, class, ways })?;
        }
        let bound = prices.last().map(|root| root.bound).filter(|_| cut);
        watch.ended(all.len() as u64, steps);
        Ok(Units { all, bound })
    }
}

impl Prices {
    /// The least price over the splits, with the `share` of its cost that is certain; 0 without
    /// splits.
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
    /// The sum of the prices of both parts.
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

/// Drops the splits that no best solution needs: those that a tree without sharing undercuts in any
/// case, and, of those with a fixed price, all but the last of the least.
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

/// Keeps the best split without sharing, and a few of least bound.
fn keep_few(ways: &mut Vec<Way>, prices: &[Prices]) {
    let plain = |way: &Way| way.cost + way.through(prices).plain;
    let bound = |way: &Way| way.cost + way.through(prices).bound;
    let best = ways.iter().copied().min_by(|a, b| plain(a).total_cmp(&plain(b)));
    // They come by increasing part; an unstable sort allocates nothing.
    ways.sort_unstable_by(|a, b| bound(a).total_cmp(&bound(b)).then(a.part.cmp(&b.part)));
    ways.truncate(FEW - 1);
    ways.extend(best);
}

//! Simulated annealing on contraction trees.
//!
//! A move is a rotation: it changes two contractions and leaves the others as they are. It is taken
//! when what both cost falls, and else with the probability `exp(-change / temperature)`, where the
//! change is that of the logarithm (base 2) of their cost: on this scale all parts of a tree are
//! improved alike, not only those that cost most. Kalachev, Panteleev & Yung, "Multi-tensor
//! contraction for XEB verification of quantum circuits" (2021); Liu et al., "Computing solution
//! space properties of combinatorial optimization problems via generic tensor networks" (2023).

use super::branches::Branches;
use super::random::Random;

/// How temperature falls, and how many moves are tried on the way.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// First and last temperature, in factors of two.
    pub hot: f64,
    pub cold: f64,
    /// Temperatures, in a geometric sequence.
    pub levels: usize,
    /// At each temperature, moves for each contraction.
    pub sweeps: usize,
}

/// Changes of a logarithm that are never accepted: beyond 60 temperatures nothing is.
const HOPELESS: f64 = 60.0;

/// Costs below this are all the same: a logarithm needs a floor.
const FLOOR: f64 = 1e-12;

/// Anneals a tree; returns the best one met under an additive cost, the one given included.
pub fn least_cost<'a>(
    tree: Branches<'a>,
    schedule: &Schedule,
    random: &mut Random,
) -> Branches<'a> {
    let mut tree = tree;
    let mut best = tree.clone();
    let mut least = tree.total_cost();
    let contractions = tree.contractions();
    if contractions.len() < 2 {
        return best;
    }
    for level in 0..schedule.levels {
        let progress = level as f64 / (schedule.levels.max(2) - 1) as f64;
        let temperature = schedule.hot * (schedule.cold / schedule.hot).powf(progress);
        for _ in 0..schedule.sweeps {
            for _ in contractions.clone() {
                let above = contractions.start + random.below(contractions.len());
                let sides = random.bits();
                let (outer, inner) = ((sides >> 32 & 1) as usize, (sides >> 33 & 1) as usize);
                let Some(rotation) = tree.rotation(above, outer, inner) else { continue };
                let now = tree.cost(rotation.above) + tree.cost(rotation.below);
                let then = rotation.cost_above + rotation.cost_below;
                if then <= now || accepts(now, then, temperature, random) {
                    tree.rotate(&rotation);
                }
            }
            let cost = tree.total_cost();
            if cost < least {
                least = cost;
                best.clone_from(&tree);
            }
        }
    }
    best
}

/// Whether a rise is accepted.
fn accepts(now: f64, then: f64, temperature: f64, random: &mut Random) -> bool {
    let change = then.max(FLOOR).log2() - now.max(FLOOR).log2();
    change < HOPELESS * temperature && random.unit() < (-change / temperature).exp()
}

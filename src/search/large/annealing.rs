//! Simulated annealing on contraction trees.
//!
//! A move is a rotation: it changes two contractions and leaves the others as they are. It is taken
//! when its measure does not rise, and else with the probability `exp(-rise / temperature)`. Measures
//! are logarithms (base 2) of what the rotation touches, not of the whole: on this scale all parts of
//! a tree are improved alike, not only those that cost most. Kalachev, Panteleev & Yung,
//! "Multi-tensor contraction for XEB verification of quantum circuits" (2021); Liu et al., "Computing
//! solution space properties of combinatorial optimization problems via generic tensor networks"
//! (2023).

use std::time::Instant;

use super::branches::{Branches, Rotation};
use super::random::Random;
use crate::quiet::ratio;

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
    /// No level begins after this, and the temperature falls no more slowly than time passes.
    pub deadline: Option<Instant>,
}

/// What annealing lowers.
pub trait Measure {
    /// By how much a rotation raises the measure, 0 or less if it does not. None: it is not allowed.
    fn rise(&mut self, tree: &Branches, rotation: &Rotation) -> Option<f64>;

    /// The rotation that was asked for last has been carried out.
    fn rotated(&mut self, tree: &Branches, rotation: &Rotation);

    /// What makes a tree better than another one, the first number before the second.
    fn value(&mut self, tree: &Branches) -> [f64; 2];
}

/// What all contractions are charged together.
pub struct Cost;

impl Measure for Cost {
    fn rise(&mut self, tree: &Branches, rotation: &Rotation) -> Option<f64> {
        Some(rise_of_cost(tree, rotation))
    }

    fn rotated(&mut self, _: &Branches, _: &Rotation) {}

    fn value(&mut self, tree: &Branches) -> [f64; 2] {
        [tree.total_cost(), 0.0]
    }
}

/// By how much a rotation raises the cost of the two contractions that it changes.
pub fn rise_of_cost(tree: &Branches, rotation: &Rotation) -> f64 {
    let now = tree.cost(rotation.above) + tree.cost(rotation.below);
    rise(now, rotation.cost_above + rotation.cost_below)
}

/// By how many factors of two a number rises; 0 if it does not.
pub fn rise(now: f64, then: f64) -> f64 {
    /// Numbers below this are all the same: a logarithm needs a floor.
    const FLOOR: f64 = 1e-12;
    if then <= now { 0.0 } else { then.max(FLOOR).log2() - now.max(FLOOR).log2() }
}

/// Anneals a tree while `goes_on`, told the moves of each level, says so; the result is the best
/// one met at the end of a sweep, or the one given; the latter where there is no memory for two.
pub fn anneal<'a>(
    mut tree: Branches<'a>,
    measure: &mut impl Measure,
    schedule: &Schedule,
    random: &mut Random,
    mut goes_on: impl FnMut(u64) -> bool,
) -> Branches<'a> {
    let contractions = tree.contractions();
    if contractions.len() < 2 {
        return tree;
    }
    let Ok(mut best) = tree.copy() else { return tree };
    let mut least = measure.value(&tree);
    let begun = Instant::now();
    for level in 0..schedule.levels {
        let passed = schedule.deadline.map_or(0.0, |deadline| part_passed(begun, deadline));
        if passed >= 1.0 {
            break;
        }
        if !goes_on((schedule.sweeps * contractions.len()) as u64) {
            break;
        }
        let progress = level as f64 / (schedule.levels.max(2) - 1) as f64;
        let progress = progress.max(passed);
        let temperature = schedule.hot * (schedule.cold / schedule.hot).powf(progress);
        for _ in 0..schedule.sweeps {
            for _ in contractions.clone() {
                let above = contractions.start + random.below(contractions.len());
                let sides = random.bits();
                let (outer, inner) = ((sides >> 32 & 1) as usize, (sides >> 33 & 1) as usize);
                let Some(rotation) = tree.rotation(above, outer, inner) else { continue };
                let Some(rise) = measure.rise(&tree, &rotation) else { continue };
                if rise <= 0.0 || accepts(rise, temperature, random) {
                    tree.rotate(&rotation);
                    measure.rotated(&tree, &rotation);
                }
            }
            let value = measure.value(&tree);
            if value < least {
                least = value;
                best.copy_from(&tree);
            }
        }
    }
    best
}

/// The part that has passed of the time between two moments; 1 where there is none.
pub fn part_passed(begun: Instant, deadline: Instant) -> f64 {
    let seconds = |to: Instant| to.saturating_duration_since(begun).as_secs_f64();
    let all = seconds(deadline);
    if all > 0.0 { ratio(seconds(Instant::now()), all) } else { 1.0 }
}

/// Whether a rise is accepted.
fn accepts(rise: f64, temperature: f64, random: &mut Random) -> bool {
    /// Beyond so many temperatures nothing is, and no exponential gets near the least double.
    const HOPELESS: f64 = 60.0;
    let hopeless = HOPELESS * temperature;
    rise < hopeless && random.unit() < (-rise.min(hopeless) / temperature).exp()
}

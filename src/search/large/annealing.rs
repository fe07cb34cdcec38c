//! Simulated annealing on contraction trees.
//!
//! A move is a rotation: it changes two contractions and no other. It is accepted if its measure
//! does not rise, and otherwise with the probability `exp(-rise / temperature)`. Measures are
//! base-2 logarithms of the part that the rotation changes, not of the whole: on this scale all
//! parts of a tree improve alike, not only the most expensive ones. Kalachev, Panteleev and Yung,
//! "Multi-tensor contraction for XEB verification of quantum circuits" (2021); Liu et al.,
//! "Computing solution space properties of combinatorial optimization problems via generic tensor
//! networks" (2023).

use std::time::Instant;

use super::branches::{Branches, Rotation};
use super::random::Random;
use crate::quiet::ratio;

/// The temperatures, and the moves at each.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    /// First and last temperature, in powers of two.
    pub hot: f64,
    pub cold: f64,
    /// Temperatures, in a geometric sequence.
    pub levels: usize,
    /// Moves per contraction at each temperature.
    pub sweeps: usize,
    /// No level begins after this moment, and the temperature falls no more slowly than time
    /// passes.
    pub deadline: Option<Instant>,
}

/// The objective of annealing.
pub trait Measure {
    /// The rise of the measure by a rotation; 0 or less if it does not rise. None: the rotation is
    /// not allowed.
    fn rise(&mut self, tree: &Branches, rotation: &Rotation) -> Option<f64>;

    /// The last rotation passed to `rise` has been carried out.
    fn rotated(&mut self, tree: &Branches, rotation: &Rotation);

    /// The value of a tree; less is better, the first number before the second.
    fn value(&mut self, tree: &Branches) -> [f64; 2];
}

/// The total cost of the contractions.
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

/// The rise of the cost of the two contractions that a rotation changes.
pub fn rise_of_cost(tree: &Branches, rotation: &Rotation) -> f64 {
    let now = tree.cost(rotation.above) + tree.cost(rotation.below);
    rise(now, rotation.cost_above + rotation.cost_below)
}

/// The rise of a number in powers of two; 0 if it does not rise.
pub fn rise(now: f64, then: f64) -> f64 {
    /// Numbers below this count as equal: a logarithm needs a floor.
    const FLOOR: f64 = 1e-12;
    if then <= now { 0.0 } else { then.max(FLOOR).log2() - now.max(FLOOR).log2() }
}

/// Anneals a tree while `goes_on`, called with the moves of each level, returns true. Returns the
/// best tree at the end of a sweep, or the given tree if none is better or there is no memory for
/// two.
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

/// The elapsed part of the time between two moments; 1 where there is none.
pub fn part_passed(begun: Instant, deadline: Instant) -> f64 {
    let seconds = |to: Instant| to.saturating_duration_since(begun).as_secs_f64();
    let all = seconds(deadline);
    if all > 0.0 { ratio(seconds(Instant::now()), all) } else { 1.0 }
}

/// Whether a rise is accepted.
fn accepts(rise: f64, temperature: f64, random: &mut Random) -> bool {
    /// Above this multiple of the temperature no rise is accepted, and no exponential gets near the
    /// least double.
    const HOPELESS: f64 = 60.0;
    let hopeless = HOPELESS * temperature;
    rise < hopeless && random.unit() < (-rise.min(hopeless) / temperature).exp()
}

//! Pareto frontiers of (peak, cost).

use smallvec::{SmallVec, smallvec};

use crate::allocation::{self, Granted, Grow};

/// A solution of a subset: its peak (elements), its cost, and its origin.
#[derive(Debug, Clone)]
pub struct Point<O> {
    pub peak: f64,
    pub cost: f64,
    pub origin: O,
}

/// A Pareto frontier, by increasing peak and so by decreasing cost. Most frontiers are one point,
/// which allocates nothing.
#[derive(Debug, Clone)]
pub struct Frontier<O>(SmallVec<[Point<O>; 1]>);

impl<O> Frontier<O> {
    pub fn new() -> Self {
        Frontier(SmallVec::new())
    }

    pub fn of(point: Point<O>) -> Self {
        Frontier(smallvec![point])
    }

    pub fn points(&self) -> &[Point<O>] {
        &self.0
    }

    /// Adds a point unless a present one dominates it (no worse in both); drops those it dominates.
    /// The first of equal points stays.
    pub fn offer(&mut self, point: Point<O>) -> Granted<()> {
        // Points before `at` have a lower or equal peak; the last of them has the least cost.
        let at = self.0.partition_point(|other| other.peak <= point.peak);
        if at > 0 && self.0[at - 1].cost <= point.cost {
            return Ok(());
        }
        let same_peak = at > 0 && self.0[at - 1].peak == point.peak;
        let from = if same_peak { at - 1 } else { at };
        let dominated = self.0[from..].iter().take_while(|other| other.cost >= point.cost).count();
        match dominated {
            0 => {
                self.0.make_room(1)?;
                self.0.insert(from, point);
            }
            _ => {
                self.0[from] = point;
                self.0.drain(from + 1..from + dominated);
            }
        }
        Ok(())
    }

    /// The point of least cost among those whose peak is within `1 + tolerance` of the least; of
    /// equal costs, the one of lower peak.
    pub fn within(&self, tolerance: f64) -> usize {
        let limit = (1.0 + tolerance) * self.0[0].peak;
        // Cost falls with peak: the last point that fits. The first one always fits.
        self.0.iter().rposition(|point| point.peak <= limit).unwrap_or(0)
    }

    /// The point of least cost; of equal costs, the one of lower peak.
    pub fn cheapest(&self) -> usize {
        self.0.len() - 1
    }

    pub fn values(&self) -> Granted<Vec<(f64, f64)>> {
        allocation::collected(self.0.iter().map(|point| (point.peak, point.cost)))
    }
}

impl<O> Default for Frontier<O> {
    fn default() -> Self {
        Self::new()
    }
}

//! Objectives: the quantity that each minimizes, its charges and its loops. A new objective is a row of
//! [`FACTS`] and a cost model.

use serde::Serialize;

use super::Quantity;

/// The quantity that a plan minimizes. Names in brackets are SeQuant's. Work counts multiply-add pairs,
/// storage and peaks count elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Objective {
    /// Least work (DenseFLOPs).
    #[default]
    Flops,
    /// Least storage of operands and results, summed over the contractions (DenseSize).
    Size,
    /// Least work among the plans whose peak is within `Options::peak_flops_tolerance` of the least
    /// (DensePeakSize).
    Peak,
    /// As `Peak`, where loops may slice batchable contracted indices (DensePeakSizeBatched).
    PeakBatched,
    /// Least work, then least peak (DenseTimeSpace).
    TimeSpace,
    /// Least work among the plans that fit the policy's threshold on the peak; ties go to the fewest
    /// sliced indices, then the least peak. Loops may slice contracted and external indices, and
    /// repeated work is charged (DenseTimeSpaceBatched).
    TimeSpaceBatched,
    /// As `TimeSpaceBatched`, but ties go to the least peak; if no plan fits, least peak, then least work
    /// (DenseSpaceTimeBatched with peak_threshold).
    SpaceTimeBatched,
    /// Least value of a host's own cost model; plans of [`crate::optimize_with`] only.
    Custom,
}

/// The charge of a contraction, from its work and the sizes of its operands and result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charge {
    /// Multiply-add pairs, and the result's footprint times the footprint weight.
    Work,
    /// Elements of the operands and the result, and the weighted footprint.
    Storage,
    /// The roofline cost.
    Roofline,
    /// Nothing: the host's model prices whole plans.
    Nothing,
}

/// The loops that an objective may open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loops {
    None,
    /// Over contracted indices, at no charge.
    Free,
    /// Over contracted and external indices, under a threshold on the peak. Repeated work is charged,
    /// and a result is live while loops assemble it.
    Charged,
}

/// The definition of an objective.
struct Facts {
    objective: Objective,
    name: &'static str,
    charge: Charge,
    loops: Loops,
    /// The quantity minimized first, to which lower bounds apply.
    first: Quantity,
    /// Whether the peak is minimized, first or later.
    counts_peak: bool,
}

const fn facts(
    objective: Objective,
    name: &'static str,
    charge: Charge,
    loops: Loops,
    first: Quantity,
    counts_peak: bool,
) -> Facts {
    Facts { objective, name, charge, loops, first, counts_peak }
}

use Quantity::{Cost, Peak};

/// By the number of the objective.
const FACTS: [Facts; 8] = [
    facts(Objective::Flops, "flops", Charge::Work, Loops::None, Cost, false),
    facts(Objective::Size, "size", Charge::Storage, Loops::None, Cost, false),
    facts(Objective::Peak, "peak", Charge::Roofline, Loops::None, Peak, true),
    facts(Objective::PeakBatched, "peak-batched", Charge::Roofline, Loops::Free, Peak, true),
    facts(Objective::TimeSpace, "time-space", Charge::Roofline, Loops::None, Cost, true),
    facts(
        Objective::TimeSpaceBatched,
        "time-space-batched",
        Charge::Roofline,
        Loops::Charged,
        Cost,
        true,
    ),
    facts(
        Objective::SpaceTimeBatched,
        "space-time-batched",
        Charge::Roofline,
        Loops::Charged,
        Cost,
        true,
    ),
    facts(Objective::Custom, "custom", Charge::Nothing, Loops::None, Cost, false),
];

impl Objective {
    /// The objectives that [`crate::optimize`] takes: all except custom.
    pub const ALL: [Objective; 7] = {
        let mut all = [Objective::Flops; 7];
        let mut at = 0;
        while at < all.len() {
            all[at] = FACTS[at].objective;
            at += 1;
        }
        all
    };

    const fn facts(self) -> &'static Facts {
        &FACTS[self as usize]
    }

    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// The objective of that name, custom included.
    pub fn named(name: &str) -> Option<Objective> {
        FACTS.iter().find(|facts| facts.name == name).map(|facts| facts.objective)
    }

    pub fn charge(self) -> Charge {
        self.facts().charge
    }

    pub fn loops(self) -> Loops {
        self.facts().loops
    }

    /// The quantity minimized first, to which lower bounds apply.
    pub fn first(self) -> Quantity {
        self.facts().first
    }

    pub fn counts_peak(self) -> bool {
        self.facts().counts_peak
    }

    /// Whether the objective is the sum of the costs of the contractions alone.
    pub fn is_additive(self) -> bool {
        matches!(self.charge(), Charge::Work | Charge::Storage)
    }

    /// See [`Loops::Charged`].
    pub fn charges_slicing(self) -> bool {
        self.loops() == Loops::Charged
    }

    /// Whether ties in cost go to fewer sliced indices before the least peak.
    pub fn prefers_fewer_loops(self) -> bool {
        self == Objective::TimeSpaceBatched
    }

    /// Whether the plan has the least peak if none fits the threshold; otherwise it then has the least
    /// cost without loops.
    pub fn falls_back_on_least_peak(self) -> bool {
        self == Objective::SpaceTimeBatched
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_objective_has_the_row_of_its_number_and_is_found_by_its_name() {
        for (number, facts) in FACTS.iter().enumerate() {
            assert_eq!(facts.objective as usize, number);
            assert_eq!(Objective::named(facts.objective.name()), Some(facts.objective));
            let json = serde_json::to_string(&facts.objective).unwrap();
            assert_eq!(json, format!("\"{}\"", facts.name));
        }
        assert_eq!(Objective::named("least"), None);
    }
}

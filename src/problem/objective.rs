//! Objectives: what each minimizes, and what follows from that.

use serde::Serialize;

/// What a plan is to be best in. Names in brackets are SeQuant's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Objective {
    /// Least work (DenseFLOPs).
    #[default]
    Flops,
    /// Least storage of operands and results, summed over the contractions (DenseSize).
    Size,
    /// Least work among the plans whose peak memory is near the least (DensePeakSize).
    Peak,
    /// The same, where loops may slice batchable indices (DensePeakSizeBatched).
    PeakBatched,
    /// Least work, and of the plans with that the least peak (DenseTimeSpace).
    TimeSpace,
    /// Least work among the plans that fit the policy's threshold on the peak, where loops may slice
    /// contracted and external indices and what they repeat is charged; then the fewest sliced
    /// indices, then the least peak (DenseTimeSpaceBatched).
    TimeSpaceBatched,
    /// The same, but the least peak right after the least work; and where nothing fits, the least
    /// peak before the least work (DenseSpaceTimeBatched with peak_threshold).
    SpaceTimeBatched,
    /// Least under a model of the host's own: what [`crate::optimize_with`] makes.
    Custom,
}

impl Objective {
    /// Those that [`crate::optimize`] takes: all but custom.
    pub const ALL: [Objective; 7] = [
        Objective::Flops,
        Objective::Size,
        Objective::Peak,
        Objective::PeakBatched,
        Objective::TimeSpace,
        Objective::TimeSpaceBatched,
        Objective::SpaceTimeBatched,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Objective::Flops => "flops",
            Objective::Size => "size",
            Objective::Peak => "peak",
            Objective::PeakBatched => "peak-batched",
            Objective::TimeSpace => "time-space",
            Objective::TimeSpaceBatched => "time-space-batched",
            Objective::SpaceTimeBatched => "space-time-batched",
            Objective::Custom => "custom",
        }
    }

    /// Whether the objective opens loops under a threshold on the peak, charges what they repeat,
    /// and counts a result as live while loops add to it.
    pub fn charges_slicing(self) -> bool {
        matches!(self, Objective::TimeSpaceBatched | Objective::SpaceTimeBatched)
    }

    /// Whether the cost is a sum over the contractions and nothing else counts.
    pub fn is_additive(self) -> bool {
        matches!(self, Objective::Flops | Objective::Size)
    }

    /// The objective of that name, custom included.
    pub fn named(name: &str) -> Option<Objective> {
        Self::ALL.into_iter().chain([Objective::Custom]).find(|one| one.name() == name)
    }
}

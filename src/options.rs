//! What to optimize for, and with which weights.

use serde::Serialize;

use crate::cost::Roofline;
use crate::policy::{WEIGHTS, check_weight};
use crate::{Error, Result};

/// Bytes that an element may have.
pub(crate) const BYTES_PER_ELEMENT: std::ops::RangeInclusive<u64> = 1..=1024;

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

/// When a search stops before its end. It then answers with the best plan so far, and says what no
/// plan goes below (see [`crate::plan::Search`]); or not at all, with `Options::require_optimal`.
///
/// States and bytes are counted, so that the answer is the same on every run and machine. With a limit
/// in seconds it is not: give it where that does not matter, or on one rank that tells the others.
///
/// None of them is about the memory that there is: what the allocator refuses stops a search on its own,
/// and the plan says so ([`crate::plan::Search`]).
///
/// The searches for one plan of up to 64 tensors keep to all three; so does sharing
/// (`Options::subnet_cse`), which has limits of its own beside them. A search for more tensors expands
/// no states and has no tables; it holds some six trees at a time, each of 2 n sets of m bits for n
/// tensors and m indices: 40 MB for 4096 and 6144. It keeps to the seconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Limits {
    /// States expanded: ways to contract a set of tensors that the search goes on from, or keeps in
    /// the table of a subset DP; all of them together, where one search comes after another. 0
    /// (default): no limit.
    pub max_states: u64,
    /// Seconds of wall-clock time; 0 (default): no limit; or 1e-9 to 1e9.
    pub max_seconds: f64,
    /// Bytes of the tables of the search, by what is in its arrays, not what the thread keeps of earlier
    /// ones; 0 (default): 1 GiB; at most 2^37.
    pub max_bytes: u64,
}

impl Limits {
    /// Bytes of tables where nothing else is said.
    pub const BYTES: u64 = 1 << 30;

    /// Label numbers are 32 bits wide; a label takes more than 32 bytes.
    const MOST_BYTES: u64 = 1 << 37;

    /// Whether any limit but those built in was asked for.
    pub fn are_set(&self) -> bool {
        *self != Limits::default()
    }

    pub(crate) fn bytes(&self) -> u64 {
        if self.max_bytes == 0 { Limits::BYTES } else { self.max_bytes }
    }

    fn check(&self) -> Result<()> {
        if self.max_seconds != 0.0 && !(1e-9..=1e9).contains(&self.max_seconds) {
            return Err(Error::Option {
                name: "max_seconds",
                value: self.max_seconds.to_string(),
                allowed: "0 (no limit), or 1e-9 to 1e9",
            });
        }
        if self.max_bytes > Limits::MOST_BYTES {
            return Err(Error::Option {
                name: "max_bytes",
                value: self.max_bytes.to_string(),
                allowed: "0 (1 GiB), or up to 137438953472 (128 GiB)",
            });
        }
        Ok(())
    }
}

/// Options of one optimization. `Options::default()` is SeQuant's default.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    pub objective: Objective,
    /// Leave out outer products: search connected subsets only (default: yes). A network that is
    /// not connected is searched with them.
    pub prune_outer_products: bool,
    /// Size composite indices by their power means (default: yes); else by their extents.
    pub use_inner_pow: bool,
    /// How often a contraction that depends on a volatile tensor is carried out, for one of those
    /// that do not. 1e-9 to 1e18; default 1. The additive objectives count at least 1, as
    /// SeQuant's do.
    pub volatile_weight: f64,
    /// Cost of one element of an intermediate's footprint; additive objectives only. 0, or 1e-9 to
    /// 1e18; default 0.
    pub footprint_weight: f64,
    /// How far above the least peak a plan may be to save work, as a fraction; peak and peak-batched
    /// only. 0, or 1e-9 to 1e18; default 0.10.
    pub peak_flops_tolerance: f64,
    /// Charge memory traffic as work; all objectives but the additive ones. Default: off.
    pub roofline: Roofline,
    /// Bytes of one element, 1 to 1024; default 8.
    pub bytes_per_element: u64,
    /// Pay for intermediates that are equal up to a renaming of indices once within the term
    /// (default: no; objectives flops and size only). The first is computed, the others are taken
    /// from it: see [`crate::plan::Evaluation`]. Tensors of one label are one tensor, here: einsum
    /// text labels them by their letters.
    ///
    /// The plan is the best one, unless [`crate::plan::Search::optimal`] says that the search was
    /// stopped at its limit; then it is no dearer than the best plan without sharing, and the lower
    /// bound says by how much it may miss. Stopped as early as it can be, the search was optimal for
    /// 670 of 746 random networks of up to 6 tensors with repeated factors, and at worst 50 % above
    /// the least cost; not stopped, for all (tests/subnet_cse_brute_force.rs). 16 tensors at most,
    /// unless fewer than two pairs of them have the same label.
    pub subnet_cse: bool,
    /// Find all points (peak, cost) among which the plan is chosen, where the peak counts (default:
    /// no). [`crate::Plan::frontier`] then holds all of them, else the chosen one; the plan is the
    /// same. To find all takes longer.
    pub frontier: bool,
    /// When to stop before a plan is proven best (default: by limits that are built in).
    pub limits: Limits,
    /// Refuse plans that are not proven best in the space that is searched (default: no):
    /// `Error::Limit` where the search stops before that.
    pub require_optimal: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            objective: Objective::default(),
            prune_outer_products: true,
            use_inner_pow: true,
            volatile_weight: 1.0,
            footprint_weight: 0.0,
            peak_flops_tolerance: 0.10,
            roofline: Roofline::default(),
            bytes_per_element: 8,
            subnet_cse: false,
            frontier: false,
            limits: Limits::default(),
            require_optimal: false,
        }
    }
}

impl Options {
    /// Every number in its range, NaN in none of them; nothing that the objective does not know.
    pub fn check(&self) -> Result<()> {
        if !WEIGHTS.contains(&self.volatile_weight) {
            return Err(Error::Option {
                name: "volatile_weight",
                value: self.volatile_weight.to_string(),
                allowed: "1e-9 to 1e18",
            });
        }
        check_weight("footprint_weight", self.footprint_weight)?;
        check_weight("peak_flops_tolerance", self.peak_flops_tolerance)?;
        self.roofline.check()?;
        self.limits.check()?;
        if !BYTES_PER_ELEMENT.contains(&self.bytes_per_element) {
            return Err(Error::Option {
                name: "bytes_per_element",
                value: self.bytes_per_element.to_string(),
                allowed: "1 to 1024",
            });
        }
        if self.subnet_cse && !self.objective.is_additive() {
            return Err(Error::Option {
                name: "subnet_cse",
                value: format!("on with the objective {}", self.objective.name()),
                allowed: "it with flops or size, or leave it out",
            });
        }
        Ok(())
    }
}

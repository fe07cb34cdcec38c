//! What to optimize for, and with which weights.

use super::{Limits, Objective, Roofline};
use crate::policy::{WEIGHTS, check_weight};
use crate::{Error, Result};

/// Bytes that an element may have.
pub const BYTES_PER_ELEMENT: std::ops::RangeInclusive<u64> = 1..=1024;

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

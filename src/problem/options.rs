//! Options of an optimization: objective, weights, limits.

use super::{Limits, Objective, Roofline};
use crate::policy::{WEIGHTS, check_weight};
use crate::{Error, Result};

/// Allowed bytes of an element.
pub const BYTES_PER_ELEMENT: std::ops::RangeInclusive<u64> = 1..=1024;

/// Options of one optimization. `Options::default()` is SeQuant's default. Plain data; a number out of
/// range is the error `Option` of the call that takes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// The quantity to minimize (default: flops).
    pub objective: Objective,
    /// Omit outer products: search connected subsets only (default: yes). A disconnected network is
    /// searched with outer products.
    pub prune_outer_products: bool,
    /// Size composite indices by their power means (default: yes), or by their extents.
    pub use_inner_pow: bool,
    /// Evaluations of a volatile contraction per evaluation of a persistent one. 1e-9 to 1e18;
    /// default 1. The additive objectives count at least 1, like SeQuant's.
    pub volatile_weight: f64,
    /// Cost of one element of an intermediate's footprint; additive objectives only. 0, or 1e-9 to
    /// 1e18; default 0.
    pub footprint_weight: f64,
    /// Allowed excess over the least peak to save work, as a fraction of that peak; peak and
    /// peak-batched only. 0, or 1e-9 to 1e18; default 0.10.
    pub peak_flops_tolerance: f64,
    /// Charge memory traffic as work; all objectives except flops and size. Default: off.
    pub roofline: Roofline,
    /// Bytes of one element, 1 to 1024; default 8.
    pub bytes_per_element: u64,
    /// Compute intermediates that are equal up to a renaming of indices once within the term
    /// (default: no; objectives flops and size only). The first is computed, the others share its
    /// result: see [`crate::plan::Evaluation`]. Tensors of equal label count as the same tensor;
    /// einsum text labels tensors by their letters.
    ///
    /// The plan is the best one, unless [`crate::plan::Search::optimal`] is false because a limit
    /// stopped the search. Then it costs no more than the best plan without sharing, and the lower
    /// bound limits its distance from the best. Stopped as early as possible, the search was optimal
    /// for 670 of 746 random networks of up to 6 tensors with repeated factors, and at worst 50 %
    /// above the least cost; not stopped, for all (tests/subnet_cse_brute_force.rs). At most 16
    /// tensors, unless fewer than two pairs of them have the same label.
    pub subnet_cse: bool,
    /// Find all points (peak, cost) among which the plan is chosen, for objectives that count the peak
    /// (default: no). [`crate::Plan::frontier`] then lists all of them, otherwise the chosen one; the
    /// plan is the same. The search takes longer.
    pub frontier: bool,
    /// Limits that stop a search before its proof (default: built-in limits only).
    pub limits: Limits,
    /// Refuse plans that are not proven best in the space searched (default: no): the error is `Limit`
    /// if the search stops before its proof.
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
    /// Error: `Option`, for a number out of its range, NaN included, or an option that the objective
    /// does not have.
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

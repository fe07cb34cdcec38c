//! Options of an optimization: objectives, limits, progress.

use std::borrow::Cow;
use std::ffi::c_void;

use super::guard::guard;
use super::policy::qube_policy;
use super::status::Failure;
use super::structs::{self, growable, number, quiet, truth};
use crate::Error;
use crate::policy::BatchPolicy;
use crate::problem::{Limits, Objective, Options, Progress, Quantity, Roofline};

/// Objective (the names are SeQuant's): least work.
pub const QUBE_DENSE_FLOPS: i32 = 0;
/// Objective: least storage of operands and results of contractions.
pub const QUBE_DENSE_SIZE: i32 = 1;
/// Objective: least work with a peak near the least.
pub const QUBE_DENSE_PEAK_SIZE: i32 = 2;
/// Objective: the same, with loops over batchable indices.
pub const QUBE_DENSE_PEAK_SIZE_BATCHED: i32 = 3;
/// Objective: least work, then least peak.
pub const QUBE_DENSE_TIME_SPACE: i32 = 4;
/// Objective: least work with a peak within the policy's threshold, then fewest sliced indices,
/// then least peak; if nothing fits, least work, then least peak. Loops may slice contracted and
/// external indices, and repeated work is charged. A result that a loop around it need not repeat
/// is charged once, and counts in the peak until its first use.
pub const QUBE_DENSE_TIME_SPACE_BATCHED: i32 = 5;
/// Objective: the same, but the least peak directly after the least work; if nothing fits, least
/// peak, then least work.
pub const QUBE_DENSE_SPACE_TIME_BATCHED: i32 = 6;
/// Objective of plans of qube_optimize_custom(); options refuse it.
pub const QUBE_CUSTOM: i32 = 100;

/// The lower bound is one on the cost.
pub const QUBE_BOUNDED_COST: i32 = 0;
/// The lower bound is one on the peak, elements.
pub const QUBE_BOUNDED_PEAK: i32 = 1;

/// The progress of an optimization.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_progress {
    pub struct_size: usize,
    /// States expanded so far; 0 after a term of many.
    pub states: i64,
    /// The least value found; DBL_MAX if there is none.
    pub value: f64,
    /// No plan goes below it.
    pub lower_bound: f64,
    /// Terms that qube_optimize_many() has planned; 0 for one term.
    pub terms_done: i64,
    /// Number of terms; 1 for one term.
    pub n_terms: i64,
    /// QUBE_BOUNDED_COST or _PEAK: the quantity of value and lower_bound. If the peak counts, the
    /// least peak is searched first.
    pub bounded: i32,
    pub reserved: i32,
}

growable!(qube_progress);

/// Reports progress: of qube_optimize() and qube_optimize_custom() before the first state is
/// expanded, then after every 256 states, or some milliseconds of a search without states; of
/// qube_optimize_many() after each term.
/// @param user      progress_user of the options
/// @param progress  the progress
/// @return 0 to go on; other values stop the search for one plan as a limit does, with the best
///         plan so far, and end qube_optimize_many() with QUBE_ERR_CALLBACK
pub type qube_progress_callback =
    Option<unsafe extern "C" fn(user: *mut c_void, progress: *const qube_progress) -> i32>;

/// Options of an optimization; the defaults are SeQuant's. QUBE_DENSE_FLOPS and _SIZE are the
/// additive objectives. The four roofline fields, machine_balance to block_prefactor, are for the
/// others; each is 0, or 1e-9 to 1e18.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_options {
    pub struct_size: usize,
    /// Evaluations of a volatile contraction per evaluation of a persistent one, 1e-9 to 1e18,
    /// default 1; additive objectives count at least 1.
    pub volatile_weight: f64,
    /// Additive objectives: cost per element of an intermediate's footprint; 0 (default), or 1e-9
    /// to 1e18.
    pub footprint_weight: f64,
    /// _PEAK_SIZE, _PEAK_SIZE_BATCHED: fraction by which a plan may exceed the least peak to save
    /// work; 0, or 1e-9 to 1e18, default 0.10.
    pub peak_flops_tolerance: f64,
    /// Multiply-add pairs in the time of moving one element (8 F / B for F pairs and B bytes per
    /// second); 0 (default): no roofline.
    pub machine_balance: f64,
    /// Elements of fast memory; 0 (default): operands and result move once.
    pub fast_mem_elems: f64,
    /// Blocks that fast memory holds at a time; default 3.
    pub block_tiles: f64,
    /// Factor of the blocked traffic; default 1.
    pub block_prefactor: f64,
    /// Bytes of one element, 1 to 1024; default 8.
    pub bytes_per_element: i64,
    /// Limit on expanded states, see qube_optimize(); 0 (default): none.
    pub max_states: i64,
    /// Limit in seconds, 1e-9 to 1e9; 0 (default): none. The plan then depends on the machine, and
    /// may differ between MPI ranks.
    pub max_seconds: f64,
    /// Limit on the bytes of search tables, up to 2^37; 0 (default): 1 GiB.
    pub max_bytes: i64,
    /// Reports progress; NULL (default): no reports.
    pub progress: qube_progress_callback,
    /// Passed to progress; may be NULL.
    pub progress_user: *mut c_void,
    /// QUBE_DENSE_FLOPS (default) to _SPACE_TIME_BATCHED.
    pub objective: i32,
    /// 1 (default): connected subsets only; 0: outer products, too, as always if the network is not
    /// connected.
    pub prune_outer_products: i32,
    /// Size of composite indices, 1 (default): power means; 0: extents.
    pub use_inner_pow: i32,
    /// Additive objectives, 1: pay once for intermediates of the term that are equal up to a
    /// renaming of indices; the first is computed and shared, see qube_node. Tensors of one label
    /// are then one tensor. 0 (default): pay each time.
    pub subnet_cse: i32,
    /// 1: if the peak counts, find all points (peak, cost) to choose among, which takes longer; 0
    /// (default): the chosen one only. The plan is the same.
    pub frontier: i32,
    /// 1: refuse plans that are not proven best in the space searched (QUBE_ERR_LIMIT); 0
    /// (default): at a limit take the best plan so far.
    pub require_optimal: i32,
}

growable!(qube_options {
    volatile_weight: 1.0,
    peak_flops_tolerance: 0.10,
    block_tiles: 3.0,
    block_prefactor: 1.0,
    bytes_per_element: 8,
    prune_outer_products: 1,
    use_inner_pow: 1,
});

/// Fills options with the defaults.
/// @param options      the struct to fill
/// @param struct_size  sizeof *options
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_options_init(options: *mut qube_options, struct_size: usize) -> i32 {
    guard(|| unsafe { structs::init(options, struct_size, "options") })
}

/// A host's progress callback.
#[derive(Clone, Copy)]
pub(super) struct Reports {
    call: unsafe extern "C" fn(*mut c_void, *const qube_progress) -> i32,
    user: *mut c_void,
}

impl Reports {
    /// Reports on the search for one plan.
    pub(super) fn search(&self, now: &Progress) -> i32 {
        self.report(qube_progress {
            states: now.states as i64,
            value: now.value,
            lower_bound: now.lower_bound,
            n_terms: 1,
            bounded: bounded_number(now.quantity),
            ..structs::Growable::defaults()
        })
    }

    /// Reports that a term of many is done.
    pub(super) fn term(&self, done: usize, total: usize) -> i32 {
        let (terms_done, n_terms) = (number(done), number(total));
        self.report(qube_progress { terms_done, n_terms, ..structs::Growable::defaults() })
    }

    fn report(&self, progress: qube_progress) -> i32 {
        // SAFETY: the host promises a function of this type that does not unwind.
        unsafe { (self.call)(self.user, &raw const progress) }
    }
}

pub(super) fn bounded_number(quantity: Quantity) -> i32 {
    match quantity {
        Quantity::Cost => QUBE_BOUNDED_COST,
        Quantity::Peak => QUBE_BOUNDED_PEAK,
    }
}

/// The options of a call and their progress callback; NULL: the defaults, without one.
///
/// # Safety
/// As for `read_or_defaults`.
pub(super) unsafe fn options_in(
    options: *const qube_options,
) -> Result<(Options, Option<Reports>), Failure> {
    let options = unsafe { structs::read_or_defaults(options) }?;
    let user = options.progress_user;
    let reports = options.progress.map(|call| Reports { call, user });
    Ok((options.quieted().to_core()?, reports))
}

/// The policy of a call; NULL: no slicing.
///
/// # Safety
/// A pointer that is not NULL is valid during the call.
pub(super) unsafe fn policy_in<'a>(policy: *const qube_policy) -> Cow<'a, BatchPolicy> {
    unsafe { policy.as_ref() }
        .map_or_else(|| Cow::Owned(BatchPolicy::new()), |policy| Cow::Borrowed(&policy.0))
}

impl qube_options {
    /// With quiet NaNs for signaling ones: an uninitialised number is refused, not trapped.
    fn quieted(mut self) -> Self {
        for value in [
            &mut self.volatile_weight,
            &mut self.footprint_weight,
            &mut self.peak_flops_tolerance,
            &mut self.machine_balance,
            &mut self.fast_mem_elems,
            &mut self.block_tiles,
            &mut self.block_prefactor,
            &mut self.max_seconds,
        ] {
            *value = quiet(*value);
        }
        self
    }

    fn to_core(self) -> Result<Options, Failure> {
        let out_of =
            |name, value: i64, allowed| Error::Option { name, value: value.to_string(), allowed };
        let objective = objective_of(self.objective).ok_or_else(|| {
            out_of(
                "objective",
                self.objective.into(),
                "QUBE_DENSE_FLOPS (0) to QUBE_DENSE_SPACE_TIME_BATCHED (6)",
            )
        })?;
        let bytes_per_element = u64::try_from(self.bytes_per_element)
            .map_err(|_| out_of("bytes_per_element", self.bytes_per_element, "1 to 1024"))?;
        let limit = |name, value: i64, allowed| {
            u64::try_from(value).map_err(|_| out_of(name, value, allowed))
        };
        Ok(Options {
            objective,
            prune_outer_products: truth(self.prune_outer_products, "prune_outer_products")?,
            use_inner_pow: truth(self.use_inner_pow, "use_inner_pow")?,
            volatile_weight: self.volatile_weight,
            footprint_weight: self.footprint_weight,
            peak_flops_tolerance: self.peak_flops_tolerance,
            roofline: Roofline {
                machine_balance: self.machine_balance,
                fast_mem_elems: self.fast_mem_elems,
                block_tiles: self.block_tiles,
                block_prefactor: self.block_prefactor,
            },
            bytes_per_element,
            subnet_cse: truth(self.subnet_cse, "subnet_cse")?,
            frontier: truth(self.frontier, "frontier")?,
            limits: Limits {
                max_states: limit("max_states", self.max_states, "0 (no limit), or more")?,
                max_seconds: self.max_seconds,
                max_bytes: limit(
                    "max_bytes",
                    self.max_bytes,
                    "0 (1 GiB), or up to 137438953472 (128 GiB)",
                )?,
            },
            require_optimal: truth(self.require_optimal, "require_optimal")?,
        })
    }
}

/// The C number of an objective: its place in Objective::ALL, or that of custom.
pub(super) fn number_of(objective: Objective) -> i32 {
    let place = Objective::ALL.iter().position(|&one| one == objective);
    place.map_or(QUBE_CUSTOM, |place| place as i32)
}

fn objective_of(number: i32) -> Option<Objective> {
    if number == QUBE_CUSTOM {
        return Some(Objective::Custom);
    }
    Objective::ALL.get(usize::try_from(number).ok()?).copied()
}

//! Options of an optimization, its progress, and the optimization of one term.

use std::borrow::Cow;
use std::ffi::c_void;

use super::guard::{guard, guard_handle, reference};
use super::network::qube_network;
use super::plan::qube_plan;
use super::policy::qube_policy;
use super::status::Failure;
use super::structs::{self, growable, number, quiet, truth};
use crate::Error;
use crate::optimize::{optimize, optimize_with_progress};
use crate::policy::BatchPolicy;
use crate::problem::{Limits, Objective, Options, Progress, Quantity, Roofline};

/// Objective: least work. The names are SeQuant's.
pub const QUBE_DENSE_FLOPS: i32 = 0;
/// Objective: least storage of operands and results, summed over the contractions.
pub const QUBE_DENSE_SIZE: i32 = 1;
/// Objective: least work among the plans whose peak memory is near the least.
pub const QUBE_DENSE_PEAK_SIZE: i32 = 2;
/// Objective: the same, where loops may slice batchable indices.
pub const QUBE_DENSE_PEAK_SIZE_BATCHED: i32 = 3;
/// Objective: least work, and of the plans with that the least peak memory.
pub const QUBE_DENSE_TIME_SPACE: i32 = 4;
/// Objective: least work among the plans whose peak fits the policy's threshold, where loops may
/// slice contracted and external indices and what they repeat is charged; then the fewest sliced
/// indices, then the least peak. Where nothing fits: least work, then least peak. A result that a
/// loop around it need not repeat is charged once, and counts in the peak until its first use.
pub const QUBE_DENSE_TIME_SPACE_BATCHED: i32 = 5;
/// Objective: the same, but the least peak right after the least work; where nothing fits, the
/// least peak before the least work.
pub const QUBE_DENSE_SPACE_TIME_BATCHED: i32 = 6;
/// Objective of plans that qube_optimize_custom made: least under a cost model of the host's own.
/// Apart from the others, which are numbered from 0; qube_optimize does not take it.
pub const QUBE_CUSTOM: i32 = 100;

/// A lower bound is one on the cost.
pub const QUBE_BOUNDED_COST: i32 = 0;
/// A lower bound is one on the peak, elements.
pub const QUBE_BOUNDED_PEAK: i32 = 1;

/// How far an optimization has come.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_progress {
    /// sizeof(qube_progress) as the library knows it
    pub struct_size: usize,
    /// States expanded so far in the search for a plan; 0 after a term of many.
    pub states: i64,
    /// The least that a plan is known to come to; DBL_MAX where none is known.
    pub value: f64,
    /// What no plan goes below.
    pub lower_bound: f64,
    /// Terms of qube_optimize_many() that have been planned; 0 for one term.
    pub terms_done: i64,
    /// Terms there are; 1 for one term.
    pub n_terms: i64,
    /// What value and lower_bound are: QUBE_BOUNDED_COST or QUBE_BOUNDED_PEAK; where the peak
    /// counts, the least peak is searched first.
    pub bounded: i32,
    /// 0
    pub reserved: i32,
}

growable!(qube_progress);

/// Called on the calling thread of qube_optimize() and qube_optimize_custom() before the first
/// state is expanded, and then after every 256 states, or some milliseconds of a search without
/// them; of qube_optimize_many() after each term. It may call the library, but must neither throw
/// nor longjmp.
///
/// @param user      progress_user of the options
/// @param progress  how far it has come, valid during the call
/// @return 0 to go on; anything else stops the search for one plan as a limit does, with the best
///         plan so far, and ends qube_optimize_many() with QUBE_ERR_CALLBACK
pub type qube_progress_callback =
    Option<unsafe extern "C" fn(user: *mut c_void, progress: *const qube_progress) -> i32>;

/// Options of an optimization. Begin with qube_options_init(); the defaults are SeQuant's.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_options {
    /// sizeof(qube_options)
    pub struct_size: usize,
    /// How often a contraction that depends on a volatile tensor is carried out, for one of those
    /// that do not; 1e-9 to 1e18, default 1. The additive objectives count at least 1.
    pub volatile_weight: f64,
    /// Cost of one element of an intermediate's footprint, additive objectives only; 0, or
    /// 1e-9 to 1e18, default 0.
    pub footprint_weight: f64,
    /// How far above the least peak a plan may be to save work, as a fraction, _PEAK_SIZE and
    /// _PEAK_SIZE_BATCHED only; 0, or 1e-9 to 1e18, default 0.10.
    pub peak_flops_tolerance: f64,
    /// Roofline, all objectives but the additive ones: multiply-add pairs that take as long as
    /// moving one element (8 F / B for F pairs and B bytes a second); 0 (default): off. All four:
    /// 0, or 1e-9 to 1e18.
    pub machine_balance: f64,
    /// Roofline: elements of fast memory; 0 (default): operands and result are moved once.
    pub fast_mem_elems: f64,
    /// Roofline: blocks that fast memory holds at a time; default 3.
    pub block_tiles: f64,
    /// Roofline: factor of the blocked traffic; default 1.
    pub block_prefactor: f64,
    /// Bytes of one element, 1 to 1024; default 8.
    pub bytes_per_element: i64,
    /// Limit: states that the search expands, ways to contract a set of tensors that it goes on
    /// from; 0 (default): none. See qube_optimize() for what happens at a limit.
    pub max_states: i64,
    /// Limit: seconds, 1e-9 to 1e9; 0 (default): none. The plan then depends on the machine, and
    /// may differ between MPI ranks.
    pub max_seconds: f64,
    /// Limit: bytes of the tables of the search, up to 2^37; 0 (default): 1 GiB.
    pub max_bytes: i64,
    /// Called on the calling thread while a search runs, and after each term of
    /// qube_optimize_many(); NULL (default): no reports.
    pub progress: qube_progress_callback,
    /// Handed to progress as it is; may be NULL.
    pub progress_user: *mut c_void,
    /// QUBE_DENSE_FLOPS (default), _SIZE, _PEAK_SIZE, _PEAK_SIZE_BATCHED, _TIME_SPACE,
    /// _TIME_SPACE_BATCHED or _SPACE_TIME_BATCHED.
    pub objective: i32,
    /// 1 (default): search connected subsets only; 0: outer products too. A network that is not
    /// connected is always searched with them.
    pub prune_outer_products: i32,
    /// 1 (default): size composite indices by their power means; 0: by their extents.
    pub use_inner_pow: i32,
    /// 1: pay for intermediates that are equal up to a renaming of indices once within the term,
    /// additive objectives only; 0 (default): each time. The first is computed, the others are
    /// shared with it: see qube_node. Tensors of one label are one tensor, here.
    pub subnet_cse: i32,
    /// 1: find all points (peak, cost) among which the plan is chosen, where the peak counts, which
    /// takes longer; 0 (default): the chosen one only. The plan is the same.
    pub frontier: i32,
    /// 1: refuse plans that are not proven best in the space searched (QUBE_ERR_LIMIT);
    /// 0 (default): take the best plan so far where a search stops at a limit.
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
///
/// @param options      the struct to fill
/// @param struct_size  sizeof *options
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_options_init(options: *mut qube_options, struct_size: usize) -> i32 {
    guard(|| unsafe { structs::init(options, struct_size, "options") })
}

/// Finds the best plan of a network, on the calling thread: proven best in the space searched. Of
/// 64 tensors at most for work, storage and peaks (QUBE_DENSE_FLOPS, _SIZE, _PEAK_SIZE,
/// _TIME_SPACE; QUBE_DENSE_PEAK_SIZE_BATCHED where slicing is free: nothing is charged for
/// accumulation, and no volatile tensors keep loops away), as far as trees do not compete too much;
/// of 16 where slicing is not free, and under the objectives with a threshold on the peak. There,
/// of 17 to 64 tensors, a good plan is found: loops are chosen on trees of easier searches, which
/// bound what is least. Of more than 64 tensors, up to 4096, a good plan is found by greedy trees,
/// annealing and exact windows, without loops for a threshold on the peak, sharing, and slicing
/// that is not free: the summary says that it is not proven best. That takes about a second for a
/// hundred tensors, and some ten for a thousand. At a limit of the options a search stops with the
/// best plan so far: the summary then says that it is not proven best, what no plan goes below, and
/// how far the best one may be. Built in are 1 GiB, and from 31 tensors on one or two seconds'
/// worth of steps; with up to 30 tensors some ten seconds' worth, and QUBE_ERR_TOO_LARGE if nothing
/// is proven then and no limit was set. With subnet_cse the search is repeated for decisions on
/// what to share, within a limit on the work: the summary says whether the plan is proven best, and
/// what no plan goes below.
///
/// @param network  what to contract
/// @param policy   what may be sliced; NULL: nothing
/// @param options  objective, weights, limits and progress; NULL: the defaults
/// @param plan     receives the plan, to be freed by qube_plan_free(); NULL on failure
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size, or unknown fields set),
///         QUBE_ERR_TOO_LARGE (tensors, batchable indices or table), QUBE_ERR_OPTION,
///         QUBE_ERR_INPUT (a truth value), QUBE_ERR_POWER_MEAN (a table shorter than the network
///         needs), QUBE_ERR_OVERFLOW (the product of all extents leaves 2^-700 to 2^700; with more
///         than 64 tensors, the elements of a tensor or the work of a contraction exceed 2^700),
///         QUBE_ERR_LIMIT (a limit, or memory that could not be had, leaves no plan, or none with
///         the proof that require_optimal asks for), QUBE_ERR_CALLBACK (stopped by progress with
///         require_optimal), and those of qube_policy_resolve()
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_optimize(
    network: *const qube_network,
    policy: *const qube_policy,
    options: *const qube_options,
    plan: *mut *mut qube_plan,
) -> i32 {
    guard_handle(plan, "plan", || {
        let network = &unsafe { reference(network, "network") }?.network;
        let policy = unsafe { policy_in(policy) };
        let (options, progress) = unsafe { options_in(options) }?;
        Ok(qube_plan::of(match progress {
            None => optimize(network, &policy, &options)?,
            Some(progress) => {
                let report = |now: &Progress| progress.search(now);
                optimize_with_progress(network, &policy, &options, report)?
            }
        }))
    })
}

/// A host's callback for progress.
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

/// The options of a call and where they report to; NULL: the defaults, and nowhere.
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

/// The policy of a call; NULL: nothing may be sliced.
///
/// # Safety
/// A pointer that is not NULL is valid during the call.
pub(super) unsafe fn policy_in<'a>(policy: *const qube_policy) -> Cow<'a, BatchPolicy> {
    unsafe { policy.as_ref() }
        .map_or_else(|| Cow::Owned(BatchPolicy::new()), |policy| Cow::Borrowed(&policy.0))
}

impl qube_options {
    /// With quiet NaNs for signaling ones: a host's uninitialised number is refused, not trapped.
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

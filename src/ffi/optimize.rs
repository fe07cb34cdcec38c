//! Options, and the optimization that makes a plan.

use std::borrow::Cow;

use super::guard::{guard, guard_handle, reference};
use super::network::qube_network;
use super::plan::qube_plan;
use super::policy::qube_policy;
use super::status::Failure;
use super::structs::{Growable, init, read, truth};
use crate::cost::Roofline;
use crate::{BatchPolicy, Error, Objective, Options, optimize};

/// Objective: least work. The names are SeQuant's.
pub const QUBE_DENSE_FLOPS: i32 = 0;
/// Objective: least storage of operands and results, summed over the contractions.
pub const QUBE_DENSE_SIZE: i32 = 1;
/// Objective: least work among the plans whose peak memory is near the least.
pub const QUBE_DENSE_PEAK: i32 = 2;
/// Objective: the same, where loops may slice batchable indices.
pub const QUBE_DENSE_PEAK_BATCHED: i32 = 3;
/// Objective: least work, and of the plans with that the least peak memory.
pub const QUBE_DENSE_TIME_SPACE: i32 = 4;
/// Objective: least work among the plans whose peak fits the policy's threshold, where loops may
/// slice contracted and external indices and what they repeat is charged; then the fewest sliced
/// indices, then the least peak. Where nothing fits: least work, then least peak. A result that a
/// loop around it need not repeat is charged once, and counts in the peak until its first use.
pub const QUBE_DENSE_TIME_SPACE_BATCHED: i32 = 5;
/// Objective: the same, but the least peak right after the least work; where nothing fits, the least
/// peak before the least work.
pub const QUBE_DENSE_SPACE_TIME_BATCHED: i32 = 6;
/// Objective of plans that qube_optimize_custom made: least under a cost model of the host's own.
/// Apart from the others, which are numbered from 0; qube_optimize does not take it.
pub const QUBE_CUSTOM: i32 = 100;

/// Options of an optimization. qube_options_init fills in the defaults, which are SeQuant's.
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
    /// How far above the least peak a plan may be to save work, as a fraction, _PEAK and
    /// _PEAK_BATCHED only; 0, or 1e-9 to 1e18, default 0.10.
    pub peak_flops_tolerance: f64,
    /// Roofline, all objectives but the additive ones: multiply-add pairs that take as long as
    /// moving one element (8 F / B for F pairs and B bytes a second); 0 (default): off. All four: 0,
    /// or 1e-9 to 1e18.
    pub machine_balance: f64,
    /// Roofline: elements of fast memory; 0 (default): operands and result are moved once.
    pub fast_mem_elems: f64,
    /// Roofline: blocks that fast memory holds at a time; default 3.
    pub block_tiles: f64,
    /// Roofline: factor of the blocked traffic; default 1.
    pub block_prefactor: f64,
    /// Bytes of one element, 1 to 1024; default 8.
    pub bytes_per_element: i64,
    /// QUBE_DENSE_FLOPS (default), _SIZE, _PEAK, _PEAK_BATCHED, _TIME_SPACE, _TIME_SPACE_BATCHED or
    /// _SPACE_TIME_BATCHED
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
}

// SAFETY: repr(C), begins with struct_size, plain numbers only.
unsafe impl Growable for qube_options {
    const NAME: &'static str = "qube_options";
    const BASELINE: usize = size_of::<qube_options>();

    fn defaults() -> Self {
        let options = Options::default();
        qube_options {
            struct_size: size_of::<qube_options>(),
            volatile_weight: options.volatile_weight,
            footprint_weight: options.footprint_weight,
            peak_flops_tolerance: options.peak_flops_tolerance,
            machine_balance: options.roofline.machine_balance,
            fast_mem_elems: options.roofline.fast_mem_elems,
            block_tiles: options.roofline.block_tiles,
            block_prefactor: options.roofline.block_prefactor,
            bytes_per_element: options.bytes_per_element as i64,
            objective: number_of(options.objective),
            prune_outer_products: options.prune_outer_products.into(),
            use_inner_pow: options.use_inner_pow.into(),
            subnet_cse: options.subnet_cse.into(),
        }
    }
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
        ] {
            *value = super::structs::quiet(*value);
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
                "QUBE_DENSE_FLOPS (0) to _SPACE_TIME_BATCHED (6)",
            )
        })?;
        let bytes_per_element = u64::try_from(self.bytes_per_element)
            .map_err(|_| out_of("bytes_per_element", self.bytes_per_element, "1 to 1024"))?;
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

/// The options of a call; NULL: the defaults.
///
/// # Safety
/// As for `read`, but for NULL.
pub(super) unsafe fn options_in(options: *const qube_options) -> Result<Options, Failure> {
    if options.is_null() {
        return Ok(Options::default());
    }
    unsafe { read(options, "options") }?.quieted().to_core()
}

/// Fills options with the defaults.
///
/// @param options      the struct to fill
/// @param struct_size  sizeof(qube_options) as the caller knows it
/// Errors: QUBE_ERR_ABI.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_options_init(options: *mut qube_options, struct_size: usize) -> i32 {
    guard(|| unsafe { init(options, struct_size, "options") })
}

/// Finds the best plan of a network, on the calling thread: proven best in the space searched. Of 64
/// tensors at most for the additive objectives (QUBE_DENSE_FLOPS, _SIZE), which are searched
/// best-first, as far as trees do not compete too much; of 16 for the others, which are searched by
/// a dynamic program over all subsets. Of more than 64 tensors, up to 4096, a good plan is found by
/// greedy trees, annealing and exact windows, without thresholds on the peak, sharing, and slicing
/// that is not free: the summary says that it is not proven best. That takes about a second for a
/// hundred tensors, and some ten for a thousand.
/// With subnet_cse the search is repeated for decisions on what to share, within a limit on the
/// work: the summary says whether the plan is proven best, and what no plan goes below.
///
/// @param network  what to contract
/// @param policy   what may be sliced; NULL: nothing
/// @param options  objective and weights; NULL: the defaults
/// @param plan     receives the handle
/// Errors: QUBE_ERR_TOO_LARGE (tensors, batchable indices or table), QUBE_ERR_OPTION,
/// QUBE_ERR_ABI, QUBE_ERR_POWER_MEAN (a table shorter than the network needs), QUBE_ERR_OVERFLOW
/// (the product of all extents leaves 2^-700 to 2^700; with more than 64 tensors, the elements of
/// a tensor or the work of a contraction exceed 2^700); those of qube_policy_resolve().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_optimize(
    network: *const qube_network,
    policy: *const qube_policy,
    options: *const qube_options,
    plan: *mut *mut qube_plan,
) -> i32 {
    guard_handle(plan, "plan", || {
        let network = unsafe { reference(network, "network") }?;
        let (policy, options) = unsafe { policy_and_options(policy, options) }?;
        Ok(qube_plan(optimize(&network.0, &policy, &options)?))
    })
}

/// What a host gave, or the defaults where it gave NULL.
///
/// # Safety
/// Pointers that are not NULL are valid during the call.
pub(super) unsafe fn policy_and_options<'a>(
    policy: *const qube_policy,
    options: *const qube_options,
) -> Result<(Cow<'a, BatchPolicy>, Options), Failure> {
    let policy = unsafe { policy.as_ref() }
        .map_or_else(|| Cow::Owned(BatchPolicy::new()), |policy| Cow::Borrowed(&policy.0));
    Ok((policy, unsafe { options_in(options) }?))
}

//! Many terms at once.

use std::ffi::c_void;

use super::guard::{free_handle, guard, guard_handle, reference, reference_mut};
use super::network::qube_network;
use super::optimize::{policy_and_options, qube_options};
use super::plan::qube_plan;
use super::policy::qube_policy;
use super::status::Failure;
use super::structs::{Growable, write};
use super::text::{array_in, array_out, position};
use crate::Error;
use crate::plan::{Plans, Shared, optimize_many};

/// The plans of many terms, what they come to together, and what they share.
pub struct qube_plans(Plans);

/// Called on the calling thread after each term of qube_optimize_many().
///
/// @param user   what was given to qube_optimize_many()
/// @param done   terms that have been planned
/// @param total  terms there are
/// @return 0 to go on; anything else ends the call with QUBE_ERR_CALLBACK
pub type qube_progress =
    Option<unsafe extern "C" fn(user: *mut c_void, done: i64, total: i64) -> i32>;

/// What the plans of many terms come to. Sizes are elements, work is multiply-add pairs.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_totals {
    /// sizeof(qube_totals), to be set by the caller
    pub struct_size: usize,
    /// Sum of the plans' costs.
    pub cost: f64,
    /// Sum of their work, unweighted.
    pub flops: f64,
    /// The largest peak.
    pub peak_elements: f64,
    /// What the terms' cost would fall by if each shared intermediate were computed once.
    pub savings: f64,
    pub n_terms: i64,
    /// The first term that has the largest peak; -1 without terms.
    pub peak_term: i64,
    /// Shared intermediates.
    pub n_shared: i64,
}

// SAFETY: repr(C), begins with struct_size, plain numbers only.
unsafe impl Growable for qube_totals {
    const NAME: &'static str = "qube_totals";
    const BASELINE: usize = size_of::<qube_totals>();

    fn defaults() -> Self {
        qube_totals {
            struct_size: size_of::<qube_totals>(),
            cost: 0.0,
            flops: 0.0,
            peak_elements: 0.0,
            savings: 0.0,
            n_terms: 0,
            peak_term: -1,
            n_shared: 0,
        }
    }
}

/// Plans every term of a residual with one policy and one set of options.
///
/// @param networks     the terms
/// @param n_networks   how many there are; 0 is fine
/// @param policy       what may be sliced; NULL: nothing
/// @param options      objective and weights; NULL: the defaults
/// @param num_threads  threads that compute: 1, the calling thread alone; more, up to 1024, are
///                     started for this call. The answer does not depend on it.
/// @param progress     called on the calling thread after each term; may be NULL
/// @param user         given to progress as it is
/// @param plans        receives the handle
/// Errors: QUBE_ERR_CALLBACK, QUBE_ERR_INPUT (num_threads), QUBE_ERR_SYSTEM (threads that do not
/// start), and those of qube_optimize(); their message names the first term, in order, that has one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_optimize_many(
    networks: *const *const qube_network,
    n_networks: i64,
    policy: *const qube_policy,
    options: *const qube_options,
    num_threads: i64,
    progress: qube_progress,
    user: *mut c_void,
    plans: *mut *mut qube_plans,
) -> i32 {
    guard_handle(plans, "plans", || {
        let handles = unsafe { array_in(networks, n_networks, ("networks", "n_networks")) }?;
        let networks = handles
            .iter()
            .map(|&network| Ok(&unsafe { reference(network, "a network") }?.0))
            .collect::<Result<Vec<_>, Failure>>()?;
        let (policy, options) = unsafe { policy_and_options(policy, options) }?;
        let threads = usize::try_from(num_threads).ok().filter(|n| (1..=1024).contains(n)).ok_or(
            Error::Input { name: "num_threads", value: num_threads, allowed: "1 to 1024" },
        )?;
        let report = |done: usize, total: usize| match progress {
            None => 0,
            // SAFETY: the caller promises a function that takes its user pointer.
            Some(progress) => unsafe { progress(user, done as i64, total as i64) },
        };
        let plans = optimize_many(&networks, &policy, &options, threads, report)?;
        match plans.first_failure() {
            Some(error) => Err(error.into()),
            None => Ok(qube_plans(plans)),
        }
    })
}

/// Frees the plans; NULL is fine. Plans taken from it stay valid.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plans_free(plans: *mut qube_plans) {
    unsafe { free_handle(plans) }
}

/// What the plans come to.
///
/// @param totals  the struct to fill; its struct_size must be set
/// Errors: QUBE_ERR_ABI.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plans_totals(
    plans: *const qube_plans,
    totals: *mut qube_totals,
) -> i32 {
    guard(|| {
        let plans = &unsafe { reference(plans, "plans") }?.0;
        let value = qube_totals {
            cost: plans.cost,
            flops: plans.flops,
            peak_elements: plans.peak,
            savings: plans.savings,
            n_terms: plans.plans.len() as i64,
            peak_term: plans.peak_term.map_or(-1, |term| term as i64),
            n_shared: plans.shared.len() as i64,
            ..Growable::defaults()
        };
        unsafe { write(&value, totals, "totals") }
    })
}

/// The plan of a term, as a handle of its own.
///
/// @param term  its number, from 0 in the order of the networks
/// @param plan  receives the handle, to be freed with qube_plan_free()
/// Errors: QUBE_ERR_POSITION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plans_plan(
    plans: *const qube_plans,
    term: i64,
    plan: *mut *mut qube_plan,
) -> i32 {
    guard_handle(plan, "plan", || {
        let plans = &unsafe { reference(plans, "plans") }?.0.plans;
        Ok(qube_plan(plans[position("term", term, plans.len())?].clone()?))
    })
}

/// What a shared intermediate would save, if it were computed at the first place where it is met
/// and kept. Intermediates are shared when they are equal up to a renaming of indices (same tensor
/// labels, spaces, extents, protos, connections and open slots), equally volatile, and whole: not
/// sliced by a loop around them. Those within a shared one are not listed again.
///
/// @param shared   its number, from 0, the largest saving first
/// @param savings  receives what the terms' cost would fall by
/// Errors: QUBE_ERR_POSITION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plans_shared(
    plans: *const qube_plans,
    shared: i64,
    savings: *mut f64,
) -> i32 {
    guard(|| {
        let found = unsafe { shared_at(plans, shared) }?;
        *unsafe { reference_mut(savings, "savings") }? = found.savings;
        Ok(())
    })
}

/// Where a shared intermediate is met: terms and nodes of their plans, in order.
///
/// @param shared  its number, from 0
/// @param terms   receives the terms; NULL with cap 0: only the length is wanted
/// @param nodes   receives the nodes of their plans; as terms
/// @param cap     numbers that each of the two can hold
/// @param length  receives the number of places
/// Errors: QUBE_ERR_POSITION, QUBE_ERR_BUFFER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plans_shared_places(
    plans: *const qube_plans,
    shared: i64,
    terms: *mut i64,
    nodes: *mut i64,
    cap: usize,
    length: *mut usize,
) -> i32 {
    guard(|| {
        let places = &unsafe { shared_at(plans, shared) }?.places;
        if terms.is_null() != nodes.is_null() {
            return Err(Failure::Null(if terms.is_null() { "terms" } else { "nodes" }));
        }
        let (t, n): (Vec<i64>, Vec<i64>) =
            places.iter().map(|place| (place.term as i64, place.node as i64)).unzip();
        unsafe { array_out(&t, terms, cap, length) }?;
        unsafe { array_out(&n, nodes, cap, length) }
    })
}

unsafe fn shared_at<'a>(plans: *const qube_plans, shared: i64) -> Result<&'a Shared, Failure> {
    let all = &unsafe { reference(plans, "plans") }?.0.shared;
    Ok(&all[position("shared intermediate", shared, all.len())?])
}

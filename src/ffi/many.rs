//! Optimization of many terms.

use super::arena::{Arena, View, viewed};
use super::guard::{free_handle, guard_handle, reference};
use super::network::qube_network;
use super::options::{options_in, policy_in, qube_options};
use super::plan::{qube_plan, refused};
use super::policy::qube_policy;
use super::status::{Failure, QUBE_OK};
use super::structs::{self, growable, number};
use super::text::array_in;
use crate::Error;
use crate::optimize::{Plans, optimize_many};
use std::ffi::c_char;

/// Plans of terms, and the intermediates that they share.
pub struct qube_plans {
    /// By term, its plan, or the failure.
    plans: Vec<Result<qube_plan, Failure>>,
    /// Their sums; its own list of plans is empty.
    sums: Plans,
    view: View<qube_plans_view>,
}

/// The plan of a term, or why there is none.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_term_plan {
    /// The plan, borrowed from the plans; NULL: none.
    pub plan: *const qube_plan,
    /// Why there is none, as in qube_last_error(); NULL: there is one.
    pub message: *const c_char,
    /// QUBE_OK, or the status of qube_optimize() for this term.
    pub status: i32,
    pub reserved: i32,
}

/// An occurrence of a shared intermediate.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_occurrence {
    /// The term, in the order of the networks.
    pub term: i64,
    /// The node of its plan.
    pub node: i64,
}

/// An intermediate that terms share: equal up to a renaming of indices (same tensor labels, spaces,
/// extents, protos, connections and open slots), equally volatile, and not sliced by a loop around
/// it. Those within a shared one are not listed again.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_shared {
    /// Cost saved if its first occurrence is computed and kept.
    pub savings: f64,
    /// In order.
    pub occurrences: *const qube_occurrence,
    pub n_occurrences: i64,
}

/// The plans of many terms. Sizes are elements, work is multiply-add pairs; sums are over the terms
/// with plans.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_plans_view {
    pub struct_size: usize,
    /// Sum of the plans' costs.
    pub cost: f64,
    /// Sum of their work, unweighted.
    pub flops: f64,
    /// The largest peak.
    pub peak_elements: f64,
    /// Cost saved if each shared intermediate is computed once.
    pub savings: f64,
    /// The first term with the largest peak; -1 without plans.
    pub peak_term: i64,
    /// The terms, in the order of the networks.
    pub terms: *const qube_term_plan,
    pub n_terms: i64,
    /// Terms without a plan; 0 is good.
    pub n_failed: i64,
    /// Shared intermediates, the largest saving first.
    pub shared: *const qube_shared,
    pub n_shared: i64,
    /// Bytes refused for the list of shared, which ends early; 0: none.
    pub refused_bytes: i64,
}

growable!(qube_plans_view);

/// Plans every term of a residual with one policy and one set of options. A term that fails does
/// not end the call: its status gives the reason.
/// @param networks     the terms
/// @param n_networks   length of networks, 0 or more
/// @param policy       the policy; NULL: no slicing
/// @param options      the options; NULL: the defaults
/// @param num_threads  threads that compute, 1 (the calling thread) to 1024; others are started for
///                     this call and end with it. The answer does not depend on their number
/// @param plans        the new plans
/// @return QUBE_OK, also if terms failed; QUBE_ERR_OPTION, QUBE_ERR_INPUT (n_networks, num_threads,
///         a truth value), QUBE_ERR_CALLBACK (progress, or a callback of the policy),
///         QUBE_ERR_SYSTEM (threads did not start: how many, and why), QUBE_ERR_LIMIT (no memory
///         for the plans)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_optimize_many(
    networks: *const *const qube_network,
    n_networks: i64,
    policy: *const qube_policy,
    options: *const qube_options,
    num_threads: i64,
    plans: *mut *mut qube_plans,
) -> i32 {
    guard_handle(plans, "plans", || {
        let handles = unsafe { array_in(networks, n_networks, ("networks", "n_networks")) }?;
        let networks = handles
            .iter()
            .map(|&network| Ok(&unsafe { reference(network, "a network") }?.network))
            .collect::<Result<Vec<_>, Failure>>()?;
        let policy = unsafe { policy_in(policy) };
        let (options, reports) = unsafe { options_in(options) }?;
        let threads = usize::try_from(num_threads).ok().filter(|n| (1..=1024).contains(n)).ok_or(
            Error::Input { name: "num_threads", value: num_threads, allowed: "1 to 1024" },
        )?;
        let report =
            |done: usize, total: usize| reports.map_or(0, |reports| reports.term(done, total));
        Ok(qube_plans::of(optimize_many(&networks, &policy, &options, threads, report)?))
    })
}

/// Frees plans. Plans borrowed from the view end, too.
/// @param plans  NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plans_free(plans: *mut qube_plans) {
    unsafe { free_handle(plans) }
}

/// Fills the view of plans.
/// @param plans  the plans
/// @param view   the view, with struct_size set
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_plans_get(
    plans: *const qube_plans,
    view: *mut qube_plans_view,
) -> i32 {
    unsafe { viewed(plans, "plans", view, |handle| &handle.view, view_of) }
}

impl qube_plans {
    fn of(mut sums: Plans) -> qube_plans {
        let plans = std::mem::take(&mut sums.plans).into_iter();
        let plans = plans.map(|plan| plan.map(qube_plan::of).map_err(Failure::Core)).collect();
        qube_plans { plans, sums, view: View::default() }
    }
}

fn view_of(handle: &qube_plans, arena: &mut Arena) -> Result<qube_plans_view, Failure> {
    let sums = &handle.sums;
    let (terms, n_terms) = arena.array_of(&handle.plans, |arena, plan| {
        let (plan, message, status) = match plan {
            Ok(plan) => (&raw const *plan, std::ptr::null(), QUBE_OK),
            Err(failure) => (std::ptr::null(), arena.text(&failure.line())?, failure.status()),
        };
        Ok(qube_term_plan { plan, message, status, reserved: 0 })
    })?;
    let (shared, n_shared) = arena.array_of(&sums.shared, |arena, shared| {
        let (occurrences, n_occurrences) = arena.array_of(&shared.occurrences, |_, one| {
            Ok(qube_occurrence { term: number(one.term), node: number(one.node) })
        })?;
        Ok(qube_shared { savings: shared.savings, occurrences, n_occurrences })
    })?;
    Ok(qube_plans_view {
        cost: sums.cost,
        flops: sums.flops,
        peak_elements: sums.peak,
        savings: sums.savings,
        peak_term: sums.peak_term.map_or(-1, number),
        terms,
        n_terms,
        n_failed: number(sums.failed),
        shared,
        n_shared,
        refused_bytes: refused(sums.refused_bytes),
        ..structs::Growable::defaults()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BatchPolicy;
    use crate::ffi::status::QUBE_ERR_POSITION;
    use crate::network::{Spaces, einsum};
    use std::ffi::CStr;

    #[test]
    fn a_term_without_a_plan_says_why_and_the_others_have_theirs() {
        let mut letters = Spaces::new();
        letters.add("i", 3).ok().unwrap();
        let terms = ["i,i", "i,i,i"].map(|term| einsum(term, &letters).ok().unwrap());
        let mut policy = BatchPolicy::new();
        policy.volatile_position(2);
        let terms: Vec<_> = terms.iter().collect();
        let sums = optimize_many(&terms, &policy, &Default::default(), 1, |_, _| 0);
        let plans = qube_plans::of(sums.unwrap());
        let mut arena = Arena::default();
        let view = view_of(&plans, &mut arena).ok().unwrap();
        assert_eq!((view.n_terms, view.n_failed, view.peak_term), (2, 1, 1));
        // SAFETY: two terms; the message of the first is in the arena.
        let (failed, planned) = unsafe { (*view.terms, *view.terms.add(1)) };
        assert_eq!((failed.plan, failed.status), (std::ptr::null(), QUBE_ERR_POSITION));
        let message = unsafe { CStr::from_ptr(failed.message) }.to_str().unwrap();
        assert!(message.contains("volatile tensor 2"), "{message:?}");
        assert_eq!((planned.status, planned.message), (QUBE_OK, std::ptr::null()));
        assert!(!planned.plan.is_null());
    }
}

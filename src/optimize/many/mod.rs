//! Plans for the terms of a residual: one plan per term, their sums, and the intermediates that
//! several of them compute.

mod shared;
mod threads;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use super::{no_custom, optimize_under};
use crate::allocation::Refusals;
use crate::network::Network;
use crate::plan::Plan;
use crate::policy::{BatchPolicy, ResolvedPolicy};
use crate::problem::{Objective, Options, Watch};
use crate::{Error, Result, allocation};

/// The plans of many terms, in the order of the terms. Sums are over the terms with a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Plans {
    /// By term, its plan, or the error that prevented it.
    pub plans: Vec<Result<Plan>>,
    /// The number of terms without a plan.
    pub failed: usize,
    /// Sum of the plans' costs.
    pub cost: f64,
    /// Sum of their work, multiply-add pairs.
    pub flops: f64,
    /// The largest peak, elements, and the first term with it; 0 and none without plans.
    pub peak: f64,
    pub peak_term: Option<usize>,
    /// Intermediates that several nodes compute, largest saving first.
    pub shared: Vec<Shared>,
    /// Sum of their savings, in the unit of the cost.
    pub savings: f64,
    /// Bytes that the allocator refused to the list `shared`, which then ends early; none in most
    /// runs. Refusals to a plan are in [`crate::plan::Search::refused_bytes`].
    pub refused_bytes: Option<u64>,
}

/// An intermediate that several nodes compute, up to a renaming of indices.
#[derive(Debug, Clone, PartialEq)]
pub struct Shared {
    /// The nodes that compute it, of one or several terms; sharing computes it at the first one.
    pub occurrences: Vec<Occurrence>,
    /// The cost of computing it at the other occurrences, in the unit of the cost.
    pub savings: f64,
}

/// A node of the plan of a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    pub term: usize,
    pub node: usize,
}

/// Plans every term with one policy and one set of options.
///
/// The error of one term does not stop the others; it is in [`Plans::plans`].
///
/// Threads: `threads` 1 computes on the calling thread alone; more threads are started for this call
/// and end before it returns. The plans do not depend on their number. `progress(done, total)` runs on
/// the calling thread after each term. Callbacks of the policy run on the calling thread too, for all
/// terms, before the first is planned.
///
/// Errors: those of [`Options::check`]; `Callback`, if a callback of the policy fails (within `Term`),
/// or if progress returns other than 0, which cancels the call; `Threads`, if they do not start;
/// `Limit`, without memory for the plans.
///
/// ```
/// use qube_budget::network::{Spaces, einsum};
/// use qube_budget::{BatchPolicy, Options, optimize_many};
/// let mut letters = Spaces::new();
/// for letter in ["i", "j", "k"] {
///     letters.add(letter, 10)?;
/// }
/// let terms = [einsum("ij,jk->ik", &letters)?, einsum("ij,ji->", &letters)?];
/// let terms: Vec<_> = terms.iter().collect();
/// let plans = optimize_many(&terms, &BatchPolicy::new(), &Options::default(), 2, |_, _| 0)?;
/// assert_eq!((plans.failed, plans.cost), (0, 1000.0 + 100.0));
/// assert_eq!(plans.plans[1].as_ref().map(|plan| plan.cost), Ok(100.0));
/// # Ok::<(), qube_budget::Error>(())
/// ```
pub fn optimize_many(
    networks: &[&Network],
    policy: &BatchPolicy,
    options: &Options,
    threads: usize,
    mut progress: impl FnMut(usize, usize) -> i32,
) -> Result<Plans> {
    options.check()?;
    if options.objective == Objective::Custom {
        return Err(no_custom());
    }
    let mut plans = allocation::empty(networks.len())?;
    // Callbacks of the policy run here, on the calling thread; a failure ends the call.
    let mut resolved: Vec<Result<ResolvedPolicy>> = allocation::empty(networks.len())?;
    for (term, network) in networks.iter().enumerate() {
        match policy.resolve(network) {
            Err(error @ Error::Callback { .. }) => return Err(in_term(term, error)),
            of_term => resolved.push(of_term),
        }
    }
    let one = |term: usize| match &resolved[term] {
        Ok(resolved) => {
            optimize_under(networks[term], resolved, options, |limits| Watch::new(limits, None))
        }
        Err(error) => Err(error.clone()),
    };
    let mut report = |done| match progress(done, networks.len()) {
        0 => Ok(()),
        code => {
            let reason = format!("it returned {code}; return 0 to go on");
            Err(Error::Callback { name: "progress", reason })
        }
    };
    if threads <= 1 {
        for term in 0..networks.len() {
            plans.push(one(term));
            report(plans.len())?;
        }
    } else {
        in_parallel(networks.len(), one, threads, report, &mut plans)?;
    }
    Ok(Plans::of(networks, plans))
}

/// Workers plan the terms; the calling thread waits for them and reports. They end before this
/// returns.
fn in_parallel(
    terms: usize,
    one: impl Fn(usize) -> Result<Plan> + Sync,
    threads: usize,
    mut report: impl FnMut(usize) -> Result<()>,
    plans: &mut Vec<Result<Plan>>,
) -> Result<()> {
    let cancelled = &AtomicBool::new(false);
    let mut made: Vec<Option<Result<Plan>>> = allocation::empty(terms)?;
    made.resize_with(terms, || None);
    threads::with_pool(threads, threads::start, |pool| {
        let (sender, receiver) = mpsc::channel();
        pool.in_place_scope(|scope| {
            for term in 0..terms {
                let (sender, one) = (sender.clone(), &one);
                scope.spawn(move |_| {
                    if !cancelled.load(Ordering::Relaxed) {
                        // The receiver is gone only when the call has been cancelled.
                        let _ = sender.send((term, one(term)));
                    }
                });
            }
            drop(sender);
            for (done, (term, plan)) in receiver.into_iter().enumerate() {
                made[term] = Some(plan);
                report(done + 1).inspect_err(|_| cancelled.store(true, Ordering::Relaxed))?;
            }
            Result::Ok(())
        })
    })??;
    plans.extend(made.into_iter().flatten());
    Ok(())
}

fn in_term(term: usize, error: Error) -> Error {
    Error::Term { term, error: Box::new(error) }
}

impl Plans {
    /// The error of the first term without a plan, with the number of the term.
    pub fn first_failure(&self) -> Option<Error> {
        let mut failures = self.plans.iter().enumerate();
        failures.find_map(|(term, plan)| Some(in_term(term, plan.as_ref().err()?.clone())))
    }

    fn of(networks: &[&Network], plans: Vec<Result<Plan>>) -> Self {
        let (mut peak, mut peak_term) = (0.0, None);
        let made = || {
            plans.iter().enumerate().filter_map(|(term, plan)| Some((term, plan.as_ref().ok()?)))
        };
        for (term, plan) in made() {
            if peak_term.is_none() || plan.peak > peak {
                (peak, peak_term) = (plan.peak, Some(term));
            }
        }
        let refusals = Refusals::begin();
        let shared = shared::find(networks, &plans);
        Plans {
            failed: plans.len() - made().count(),
            cost: made().map(|(_, plan)| plan.cost).sum(),
            flops: made().map(|(_, plan)| plan.flops).sum(),
            peak,
            peak_term,
            savings: shared.iter().map(|one| one.savings).sum(),
            shared,
            refused_bytes: refusals.first(),
            plans,
        }
    }
}

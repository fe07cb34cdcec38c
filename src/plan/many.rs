//! Many terms at once, as a residual has them: a plan each, what they come to together, and the
//! intermediates that several of them compute.

mod shared;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use super::{Plan, optimize_under};
use crate::network::Network;
use crate::policy::Rulings;
use crate::search::Watch;
use crate::{BatchPolicy, Error, Options, Result};

/// The plans of many terms, in the order of the terms.
#[derive(Debug, Clone, PartialEq)]
pub struct Plans {
    pub plans: Vec<Plan>,
    /// Sum of the plans' costs.
    pub cost: f64,
    /// Sum of their work, multiply-add pairs.
    pub flops: f64,
    /// The largest peak, elements, and the first term that has it; none without terms.
    pub peak: f64,
    pub peak_term: Option<usize>,
    /// What would be computed once instead of again, largest saving first.
    pub shared: Vec<Shared>,
    /// What all of it would save, in the unit of the cost.
    pub savings: f64,
}

/// An intermediate that is computed more than once, up to a renaming of indices.
#[derive(Debug, Clone, PartialEq)]
pub struct Shared {
    /// Where it is met: terms and nodes of their plans. It is computed at the first occurrence.
    pub occurrences: Vec<Occurrence>,
    /// The cost of computing it at the other occurrences.
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
/// `threads` is how many compute; 1 means the calling thread alone, more are started for this call.
/// The answer does not depend on it. `progress(done, total)` is called on the calling thread after
/// each term; what it returns other than 0 cancels the call (`Error::Callback`). The policy is asked
/// about all terms before the first is planned. The first term, in their order, that it cannot rule
/// is the error; else the first that cannot be planned.
pub fn optimize_many(
    networks: &[&Network],
    policy: &BatchPolicy,
    options: &Options,
    threads: usize,
    mut progress: impl FnMut(usize, usize) -> i32,
) -> Result<Plans> {
    let in_term = |term, error| Error::Term { term, error: Box::new(error) };
    // A host's callbacks are asked here, on the calling thread; one that fails ends the call.
    let rulings = networks
        .iter()
        .enumerate()
        .map(|(term, network)| policy.rulings(network).map_err(|error| in_term(term, error)))
        .collect::<Result<Vec<Rulings>>>()?;
    let one = |term: usize| {
        optimize_under(networks[term], &rulings[term], options, |limits| Watch::new(limits, None))
    };
    let mut report = |done| match progress(done, networks.len()) {
        0 => Ok(()),
        code => {
            let reason = format!("it returned {code}; return 0 to go on");
            Err(Error::Callback { name: "progress", reason })
        }
    };
    let plans = if threads <= 1 {
        let mut plans = Vec::with_capacity(networks.len());
        for term in 0..networks.len() {
            plans.push(one(term));
            report(plans.len())?;
        }
        plans
    } else {
        in_parallel(networks.len(), one, threads, report)?
    };
    let named = plans
        .into_iter()
        .enumerate()
        .map(|(term, plan)| plan.map_err(|error| in_term(term, error)));
    Ok(Plans::of(networks, named.collect::<Result<_>>()?))
}

/// Workers take the terms; the calling thread waits for them and reports. They have ended when this
/// returns.
fn in_parallel(
    terms: usize,
    one: impl Fn(usize) -> Result<Plan> + Sync,
    threads: usize,
    mut report: impl FnMut(usize) -> Result<()>,
) -> Result<Vec<Result<Plan>>> {
    let cancelled = AtomicBool::new(false);
    let mut plans: Vec<Option<Result<Plan>>> = (0..terms).map(|_| None).collect();
    let (sender, receiver) = mpsc::channel();
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_scoped(
            |thread| thread.run(),
            |pool| {
                pool.in_place_scope(|scope| {
                    for term in 0..terms {
                        let (sender, one, cancelled) = (sender.clone(), &one, &cancelled);
                        scope.spawn(move |_| {
                            if !cancelled.load(Ordering::Relaxed) {
                                // The receiver is gone only when the call has been cancelled.
                                let _ = sender.send((term, one(term)));
                            }
                        });
                    }
                    drop(sender);
                    for (done, (term, plan)) in receiver.into_iter().enumerate() {
                        plans[term] = Some(plan);
                        report(done + 1)
                            .inspect_err(|_| cancelled.store(true, Ordering::Relaxed))?;
                    }
                    Ok(())
                })
            },
        )
        .map_err(|_| Error::System { what: "the threads; set `num_threads` to 1" })??;
    Ok(plans.into_iter().flatten().collect())
}

impl Plans {
    fn of(networks: &[&Network], plans: Vec<Plan>) -> Self {
        let (mut peak, mut peak_term) = (0.0, None);
        for (term, plan) in plans.iter().enumerate() {
            if peak_term.is_none() || plan.peak > peak {
                (peak, peak_term) = (plan.peak, Some(term));
            }
        }
        let shared = shared::find(networks, &plans);
        Plans {
            cost: plans.iter().map(|plan| plan.cost).sum(),
            flops: plans.iter().map(|plan| plan.flops).sum(),
            peak,
            peak_term,
            savings: shared.iter().map(|one| one.savings).sum(),
            shared,
            plans,
        }
    }
}

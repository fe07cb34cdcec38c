//! Inverse questions: the largest size of a run, the fewest nodes or the most ranks per node, for a
//! given memory of a node.
//!
//! A node holds what [`Budget::request`](crate::budget::Budget::request) says: peak, inputs,
//! baseline and margin. The answer is exact: it fits, and the next value does not (for nside the
//! next power of two, for nodes one less). A value that overflows does not fit.
//!
//! [`parameter`] searches the parameters of pipelines.
//!
//! A node's memory never falls when lmax, the bins, the maps or QUBE's ranks per node grow, so
//! doubling and bisection find these in time logarithmic in the answer. Three exceptions are tried
//! one by one: nside has 30 values; lmax equal to lmax_signal needs no switch, so it may fit where
//! a smaller lmax does not; and a grid of more ranks may be worse, so ECLIPSE's nodes and ranks
//! have no order.

mod parameter;

use super::config::{Config, Run};
use super::job::{CheckedJob, Holding, Job};
use super::sizes::{Size, unless_overflow};
use crate::budget::bytes::Bytes;
use crate::budget::pipeline::Range;
use crate::{Error, Result};
use parameter::{last_near, last_of};

/// Bounds on nodes, and on ranks per node of block-cyclic matrices.
const MOST_NODES: u64 = 1 << 14;
const MOST_SPREAD_RANKS: u64 = 1 << 10;
/// Ranks that a grid may have.
const MOST_SPREAD: u64 = 1 << 30;
/// Ranks of a node that a [`Job`] may have.
const MOST_RANKS: u64 = 1 << 20;

/// A value of a size, and what a node holds with it; absent where that overflows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tried {
    pub value: u64,
    pub per_node: Option<Bytes>,
}

/// The answer for a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Largest {
    /// The last value that fits, and the next one, which does not; absent where there is none, or
    /// none is tried.
    Value { fits: Tried, next: Option<Tried> },
    /// Not even the least value fits (of nodes: no number that is tried; the most is shown).
    None { least: Tried },
    /// Every value fits, as nothing that a node holds depends on it.
    Any { per_node: Bytes },
}

impl Run {
    /// The last value of a size with which a node needs at most `limit_bytes`. It replaces the
    /// job's own number of nodes or ranks, and then its grid, too. Errors: `Input`, a limit below
    /// 1; `Figure`, no size of this run; and those of the run and the job.
    pub fn largest(&self, size: Size, job: &Job, limit_bytes: i64) -> Result<Largest> {
        let limit = Bytes::limit(limit_bytes)?;
        let job = &job.without_cap();
        let size = self.own_size(size);
        let search = Search { run: self, job, size: &size, limit };
        let now = search.per_node(self, job)?;
        if !self.depends_on(&size)? {
            return Ok(match now {
                Some(per_node) if per_node <= limit => Largest::Any { per_node },
                per_node => Largest::None { least: Tried { value: 1, per_node } },
            });
        }
        match &size {
            Size::Nside => search.nside(),
            Size::Lmax => search.lmax(),
            Size::NBins => search.growing(1, self.most_bins()?),
            Size::Maps => search.growing(1, i64::MAX as u64),
            Size::Nodes => search.nodes(),
            Size::RanksPerNode => search.ranks(),
            Size::Parameter(name) => search.parameter(name),
        }
    }
}

struct Search<'a> {
    run: &'a Run,
    job: &'a Job,
    size: &'a Size,
    limit: Bytes,
}

impl Search<'_> {
    fn per_node(&self, run: &Run, job: &Job) -> Result<Option<Bytes>> {
        let request = run.budget().and_then(|budget| budget.request(job));
        Ok(unless_overflow(request)?.map(|request| request.per_node_bytes()))
    }

    fn tried(&self, value: u64) -> Result<Tried> {
        let per_node = match self.size {
            Size::Nodes | Size::RanksPerNode => {
                let number = value as i64; // at most MOST_RANKS + 1
                let job = match self.size {
                    Size::Nodes => Job { nodes: number, grid: None, ..self.job.clone() },
                    _ => Job { ranks_per_node: number, grid: None, ..self.job.clone() },
                };
                self.per_node(self.run, &job)?
            }
            size => match unless_overflow(self.run.with(size, value))? {
                Some(run) => self.per_node(&run, self.job)?,
                None => None,
            },
        };
        Ok(Tried { value, per_node })
    }

    fn parameter(&self, name: &str) -> Result<Largest> {
        let Config::Pipeline(config) = self.run.config() else {
            return Ok(Largest::None { least: self.tried(1)? }); // refused by `depends_on`
        };
        let number = config.pipeline().parameter_number(name)?;
        let range = &config.pipeline().parameters()[number].range;
        let now = config.value(number).map_or(0, |value| range.below(value));
        let tried = |number| self.tried(range.at(number).unsigned_abs());
        match range {
            Range::Choices(_) => last_of(range.count(), tried, |tried| self.fits(tried)),
            Range::Multiples { .. } => {
                last_near(range.count(), now, tried, |tried| self.fits(tried))
            }
        }
    }

    fn fits(&self, tried: Tried) -> bool {
        tried.per_node.is_some_and(|bytes| bytes <= self.limit)
    }

    /// The largest value from least to most, of a size with which what a node holds never falls.
    fn growing(&self, least: u64, most: u64) -> Result<Largest> {
        let mut fits = self.tried(least)?;
        if !self.fits(fits) {
            return Ok(Largest::None { least: fits });
        }
        let mut step = 1u64;
        let mut over = None;
        while fits.value < most && over.is_none() {
            let next = self.tried(fits.value.saturating_add(step).min(most))?;
            match self.fits(next) {
                true => fits = next,
                false => over = Some(next),
            }
            step = step.saturating_mul(2);
        }
        while let Some(next) = over.filter(|next| next.value - fits.value > 1) {
            let middle = self.tried(fits.value + (next.value - fits.value) / 2)?;
            match self.fits(middle) {
                true => fits = middle,
                false => over = Some(middle),
            }
        }
        Ok(Largest::Value { fits, next: over })
    }

    /// All powers of two that there are; those with less than a pixel are none.
    fn nside(&self) -> Result<Largest> {
        let mut next = None;
        for nside in (0..30).rev().map(|power| 1 << power) {
            let tried = match self.tried(nside) {
                // The run itself has passed, so this nside has too few pixels on the sphere.
                Err(Error::Figure { .. } | Error::Conflict { .. }) => break,
                tried => tried?,
            };
            if self.fits(tried) {
                return Ok(Largest::Value { fits: tried, next });
            }
            next = Some(tried);
        }
        match next {
            Some(least) => Ok(Largest::None { least }),
            None => Err(Error::Missing {
                name: "nside",
                needs: "a larger `fsky`: the survey sees no pixel",
            }),
        }
    }

    fn lmax(&self) -> Result<Largest> {
        let (least, most) = match (self.run.config(), self.run.survey()) {
            (Config::Eclipse(config), _) => {
                // A map resolves no more than 4 nside.
                let most = config.nside.map_or(i64::MAX, |nside| nside.saturating_mul(4));
                (config.least_lmax().unsigned_abs(), most.unsigned_abs())
            }
            (_, Some(survey)) => {
                let least = survey.least_lmax();
                // A map resolves no more than 4 nside.
                let most = survey.largest_lmax().unwrap_or(i64::MAX);
                match (survey.lmax, survey.lmax_signal) {
                    (Some(_), Some(signal)) if signal <= most => {
                        // Without a switch less is held than with one.
                        let signal = self.tried(signal.unsigned_abs())?;
                        if self.fits(signal) || signal.value <= least {
                            return Ok(match self.fits(signal) {
                                true => Largest::Value { fits: signal, next: None },
                                false => Largest::None { least: signal },
                            });
                        }
                        let below = self.growing(least, signal.value - 1)?;
                        return Ok(match below {
                            Largest::Value { fits, next } => {
                                Largest::Value { fits, next: next.or(Some(signal)) }
                            }
                            other => other,
                        });
                    }
                    _ => (least, most.unsigned_abs()),
                }
            }
            (_, None) => (1, i64::MAX as u64), // refused by `depends_on`
        };
        self.growing(least, most)
    }

    /// The job, and the largest peak of the run; none where the run itself overflows, on however many
    /// nodes.
    fn checked_job(&self) -> Result<Option<(CheckedJob<'_>, Bytes)>> {
        unless_overflow(self.run.budget().and_then(|budget| {
            let job = self.job.checked(&budget)?;
            Ok((job, budget.lifetime_peak_bytes()))
        }))
    }

    fn nodes(&self) -> Result<Largest> {
        let one = self.tried(1)?;
        if self.fits(one) {
            return Ok(Largest::Value { fits: one, next: None });
        }
        let Some((job, peak)) = self.checked_job()? else {
            return Ok(Largest::None { least: one });
        };
        if job.holding != Holding::BlockCyclic {
            return Ok(Largest::None { least: one });
        }
        let most = MOST_NODES.min(MOST_SPREAD / job.ranks_per_node);
        // A node holds at least the mean of the largest peak, and its processes.
        let own = job.own()?.get().saturating_mul(job.ranks_per_node);
        let enough = match self.limit.get().saturating_sub(own) {
            0 => most + 1,
            left => peak.get().div_ceil(left),
        };
        let mut before = self.tried(enough.clamp(2, most + 1) - 1)?;
        for nodes in enough.max(2)..=most {
            let tried = self.tried(nodes)?;
            if self.fits(tried) {
                return Ok(Largest::Value { fits: tried, next: Some(before) });
            }
            before = tried;
        }
        Ok(Largest::None { least: before })
    }

    fn ranks(&self) -> Result<Largest> {
        let Some((job, _)) = self.checked_job()? else {
            return Ok(Largest::None { least: self.tried(1)? });
        };
        // At least 1: the job's own ranks have their processors.
        let has_room_for = job.cores_per_node.map_or(u64::MAX, |has| has / job.cpus_per_rank);
        if job.holding != Holding::BlockCyclic {
            return self.growing(1, MOST_RANKS.min(has_room_for));
        }
        let mut next = None;
        let most = MOST_SPREAD_RANKS.min(MOST_SPREAD / job.nodes).min(has_room_for);
        for ranks in (1..=most).rev() {
            let tried = self.tried(ranks)?;
            if self.fits(tried) {
                return Ok(Largest::Value { fits: tried, next });
            }
            next = Some(tried);
        }
        Ok(Largest::None { least: self.tried(1)? })
    }
}

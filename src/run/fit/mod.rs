//! Fits: a run against the memory of its nodes. If it does not fit: the excess, the first stage and
//! term over the limit, and single changes that help.
//!
//! A node holds what [`crate::run::request`] says: peak, inputs, baseline and margin of all its
//! ranks. For one rank without inputs, baseline and margin this equals
//! [`Budget::check`](crate::budget::Budget::check).

mod changes;

pub use changes::{Change, Measure};

use super::config::Run;
use super::job::Job;
use super::paths::Paths;
use super::request::Request;
use crate::Result;
use crate::budget::bytes::Bytes;
use crate::budget::name::Name;

/// A run on its nodes, against the memory that each of them has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fit {
    request: Request,
    limit: Bytes,
    over: Option<Over>,
    changes: Vec<Change>,
    paths: Option<Paths>,
    no_paths: Option<String>,
}

/// Where a node first holds more than its limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Over {
    /// The stage's number, counted from 0.
    pub stage_position: usize,
    /// How far it is over in this stage.
    pub over: Bytes,
    /// The part that exceeds the limit: a term of the budget, "baseline", "input" or "margin".
    pub term: Name,
    /// Its bytes on the node.
    pub term_bytes: Bytes,
}

impl Run {
    /// Compares what each node holds with a limit in bytes, 1 or more; if it is over, tries the single
    /// changes. Errors: those of the run and the job, and `Input` for the limit.
    pub fn fit(&self, job: &Job, limit_bytes: i64) -> Result<Fit> {
        let limit = Bytes::limit(limit_bytes)?;
        let request = self.budget()?.request(job)?;
        let over = Over::first(&request, limit);
        let changes = match over {
            Some(_) => changes::all(self, job, limit)?,
            None => Vec::new(),
        };
        let no_paths = self.no_other_path().map(|error| error.to_string());
        Ok(Fit { request, limit, over, changes, paths: self.paths(job)?, no_paths })
    }
}

impl Over {
    /// The first stage that is over, and the first of what it holds with which the running total is:
    /// baseline, input, persistent terms, transient terms, margin.
    fn first(request: &Request, limit: Bytes) -> Option<Over> {
        let stages = request.stages().iter().enumerate();
        let (stage_position, stage, over) = stages
            .filter_map(|(number, stage)| {
                Some((number, stage, stage.per_node_bytes().beyond(limit)?))
            })
            .next()?;
        let mut held = 0;
        for (name, term_bytes, _) in stage.node_parts() {
            held += term_bytes.get(); // at most what the node holds
            if held > limit.get() {
                let term = name.to_owned().into();
                return Some(Over { stage_position, over, term, term_bytes });
            }
        }
        None
    }
}

impl Fit {
    pub fn request(&self) -> &Request {
        &self.request
    }

    pub fn limit(&self) -> Bytes {
        self.limit
    }

    pub fn fits(&self) -> bool {
        self.over.is_none()
    }

    /// Bytes that a node leaves of the limit; negative if it exceeds it.
    pub fn spare(&self) -> i64 {
        // Both are 0 to 2^63 - 1, so their difference cannot overflow.
        self.limit.signed() - self.request.per_node_bytes().signed()
    }

    /// Where it is over first.
    pub fn over(&self) -> Option<&Over> {
        self.over.as_ref()
    }

    /// All single changes that this run admits and with which a node holds less, the cheapest first;
    /// empty where it fits.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The cheapest single change with which it fits.
    pub fn cheapest(&self) -> Option<&Change> {
        self.changes.iter().find(|change| change.fits)
    }

    /// Both of QUBE's paths, where the survey tells the sizes of both.
    pub fn paths(&self) -> Option<&Paths> {
        self.paths.as_ref()
    }

    /// What the survey lacks to determine both paths; absent where there is no survey, or both
    /// are known.
    pub fn no_paths(&self) -> Option<&str> {
        self.no_paths.as_deref()
    }
}

//! Single changes that make a run smaller, the cheapest first. The order is fixed:
//!
//! 1. what costs nothing: the projector V released, the best grid
//! 2. what costs time: no derivative cache, fewer maps in one run
//! 3. what costs a diagnostic: no check of the inverse
//! 4. another release of the code: the one that never builds S_fixed
//! 5. what costs machine: fewer ranks on a node, more nodes
//! 6. another method for the same spectra: QUBE's other path
//! 7. what changes the result: fewer bins
//!
//! A number (of maps, ranks, nodes, bins) is the nearest to the run's own that fits.

use crate::budget::bytes::Bytes;
use crate::budget::inverse::{Largest, Size, Tried, unless_overflow};
use crate::budget::job::Job;
use crate::budget::run::{Config, Run};
use crate::budget::stage::Path;
use crate::budget::{EclipseConfig, HarmonicConfig, PixelDirectConfig};
use crate::{Error, Result};

/// What can be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    ReleaseProjector,
    BestGrid,
    NoDerivativeCache,
    Maps(u64),
    NoInverseCheck,
    NoFixedSignal,
    RanksPerNode(u64),
    Nodes(u64),
    OtherPath(Path),
    Bins(u64),
}

/// A change, and what comes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub measure: Measure,
    /// What a node holds then; absent where that overflows.
    pub per_node: Option<Bytes>,
    pub fits: bool,
}

impl Measure {
    /// What to do.
    pub fn words(self) -> String {
        match self {
            Measure::ReleaseProjector => "release V once the kernels are built".into(),
            Measure::BestGrid => "leave the grid to qube".into(),
            Measure::NoDerivativeCache => "keep no derivatives in memory".into(),
            Measure::Maps(1) => "1 map in a run".into(),
            Measure::Maps(maps) => format!("{maps} maps in a run"),
            Measure::NoInverseCheck => "do not check the inverse".into(),
            Measure::NoFixedSignal => "qube-qml 1.2, which never builds S_fixed".into(),
            Measure::RanksPerNode(1) => "1 rank on a node".into(),
            Measure::RanksPerNode(ranks) => format!("{ranks} ranks on a node"),
            Measure::Nodes(nodes) => format!("{nodes} nodes"),
            Measure::OtherPath(path) => format!("the {} path", path.name()),
            Measure::Bins(1) => "1 bin".into(),
            Measure::Bins(bins) => format!("{bins} bins"),
        }
    }

    /// Its name in a document.
    pub fn name(self) -> &'static str {
        match self {
            Measure::ReleaseProjector => "release_pixel_projector",
            Measure::BestGrid => "best_grid",
            Measure::NoDerivativeCache => "no_cache_derivatives",
            Measure::Maps(_) => "maps",
            Measure::NoInverseCheck => "no_inverse_check",
            Measure::NoFixedSignal => "no_switch",
            Measure::RanksPerNode(_) => "ranks_per_node",
            Measure::Nodes(_) => "nodes",
            Measure::OtherPath(_) => "other_path",
            Measure::Bins(_) => "n_bins",
        }
    }

    /// The number that it is about, if it is about one.
    pub fn value(self) -> Option<u64> {
        match self {
            Measure::Maps(value)
            | Measure::RanksPerNode(value)
            | Measure::Nodes(value)
            | Measure::Bins(value) => Some(value),
            _ => None,
        }
    }
}

/// All that the run admits, in order.
pub(super) fn all(run: &Run, job: &Job, limit: Bytes) -> Result<Vec<Change>> {
    let mut trial = Trial { run, job, limit, changes: Vec::new() };
    match run.config() {
        Config::Harmonic(config) => {
            if config.keep_pixel_projector {
                let released = HarmonicConfig { keep_pixel_projector: false, ..config.clone() };
                trial.switch(Measure::ReleaseProjector, &run.switched(released), job)?;
            }
            if config.cache_derivatives {
                let without = HarmonicConfig { cache_derivatives: false, ..config.clone() };
                trial.switch(Measure::NoDerivativeCache, &run.switched(without), job)?;
            }
            trial.number(Size::RanksPerNode, job.ranks_per_node, Measure::RanksPerNode)?;
            trial.other_path(Path::PixelDirect)?;
        }
        Config::PixelDirect(config) => {
            if config.cache_derivatives {
                let without = PixelDirectConfig { cache_derivatives: false, ..config.clone() };
                trial.switch(Measure::NoDerivativeCache, &run.switched(without), job)?;
            }
            if config.has_switch {
                let later = PixelDirectConfig { has_switch: false, ..config.clone() };
                trial.switch(Measure::NoFixedSignal, &run.switched(later), job)?;
            }
            trial.number(Size::RanksPerNode, job.ranks_per_node, Measure::RanksPerNode)?;
            trial.other_path(Path::Harmonic)?;
            trial.number(Size::NBins, config.n_bins, Measure::Bins)?;
        }
        Config::Eclipse(config) => {
            if job.grid.is_some() {
                trial.switch(Measure::BestGrid, run, &Job { grid: None, ..job.clone() })?;
            }
            trial.number(Size::Maps, config.maps, Measure::Maps)?;
            if config.check_inverse {
                let without = EclipseConfig { check_inverse: false, ..config.clone() };
                trial.switch(Measure::NoInverseCheck, &run.switched(without), job)?;
            }
            trial.more_nodes()?;
        }
    }
    Ok(trial.changes)
}

struct Trial<'a> {
    run: &'a Run,
    job: &'a Job,
    limit: Bytes,
    changes: Vec<Change>,
}

impl Trial<'_> {
    fn add(&mut self, measure: Measure, per_node: Option<Bytes>) {
        let fits = per_node.is_some_and(|bytes| bytes <= self.limit);
        self.changes.push(Change { measure, per_node, fits });
    }

    fn switch(&mut self, measure: Measure, run: &Run, job: &Job) -> Result<()> {
        let request = unless_overflow(run.budget().and_then(|budget| budget.request(job)))?;
        let per_node = request.map(|request| request.per_node_bytes());
        self.add(measure, per_node);
        Ok(())
    }

    /// Less of a size of which there is more than 1.
    fn number(&mut self, size: Size, now: i64, measure: fn(u64) -> Measure) -> Result<()> {
        if now <= 1 {
            return Ok(());
        }
        match self.run.largest(size, self.job, self.limit.signed()) {
            Ok(Largest::Value { fits: Tried { value, per_node }, .. }) => {
                self.add(measure(value), per_node);
            }
            Ok(Largest::None { least: Tried { value, per_node } }) => {
                self.add(measure(value), per_node);
            }
            Ok(Largest::Any { .. }) => {}
            // Parameters that are no multiple of the bins: fewer bins mean nobody knows how many.
            Err(Error::Conflict { name: "n_params", .. }) => {}
            Err(other) => return Err(other),
        }
        Ok(())
    }

    fn more_nodes(&mut self) -> Result<()> {
        match self.run.largest(Size::Nodes, self.job, self.limit.signed())? {
            Largest::Value { fits: Tried { value, per_node }, .. }
            | Largest::None { least: Tried { value, per_node } } => {
                self.add(Measure::Nodes(value), per_node);
            }
            Largest::Any { .. } => {}
        }
        Ok(())
    }

    fn other_path(&mut self, path: Path) -> Result<()> {
        match self.run.other_path() {
            Some(run) => self.switch(Measure::OtherPath(path), &run, self.job),
            None => Ok(()),
        }
    }
}

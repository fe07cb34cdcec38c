//! Single changes that make a run smaller, the cheapest first. The order is fixed:
//!
//! 1. what costs nothing: the projector V released, the best grid
//! 2. what costs time: no derivative cache, fewer maps in one run
//! 3. what costs a diagnostic: no check of the inverse
//! 4. another release of the code: the newest
//! 5. what costs machine: fewer ranks on a node, more nodes
//! 6. another method for the same spectra: QUBE's other path
//! 7. what changes the result: fewer bins
//!
//! Of a pipeline, what its document says, then what costs machine.
//!
//! A number (of maps, ranks, nodes, bins) is the nearest to the run's own that fits.

use crate::budget::bytes::Bytes;
use crate::budget::eclipse::EclipseConfig;
use crate::budget::grid::Grid;
use crate::budget::harmonic::HarmonicConfig;
use crate::budget::name::Name;
use crate::budget::pipeline::{PipelineConfig, Reducible};
use crate::budget::pixel_direct::PixelDirectConfig;
use crate::budget::release::Release;
use crate::budget::stages::Path;
use crate::run::config::{Config, Run};
use crate::run::job::Job;
use crate::run::largest::{Largest, Tried};
use crate::run::sizes::{Size, unless_overflow};
use crate::{Error, Result};

/// A single change of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Measure {
    ReleaseProjector,
    Grid(Grid),
    NoDerivativeCache,
    Maps(u64),
    NoInverseCheck,
    NewestRelease,
    RanksPerNode(u64),
    Nodes(u64),
    OtherPath(Path),
    Bins(u64),
    /// A parameter of a pipeline, at a price in words; `words` says what to do.
    Parameter {
        name: Name,
        value: u64,
        words: String,
    },
}

/// A change and its effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub measure: Measure,
    /// Memory of a node with it; absent where that overflows.
    pub per_node: Option<Bytes>,
    pub fits: bool,
}

impl Measure {
    /// The change in words.
    pub fn words(&self) -> String {
        match self {
            Measure::ReleaseProjector => "release V once the kernels are built".into(),
            Measure::Grid(grid) => format!(
                "a grid of {} x {} ranks, blocks of {}",
                grid.rows(),
                grid.columns(),
                grid.block()
            ),
            Measure::NoDerivativeCache => "keep no derivatives in memory".into(),
            Measure::Maps(1) => "1 map in a run".into(),
            Measure::Maps(maps) => format!("{maps} maps in a run"),
            Measure::NoInverseCheck => "do not check the inverse".into(),
            Measure::NewestRelease => "qube-qml 1.3, the newest release".into(),
            Measure::RanksPerNode(1) => "1 rank on a node".into(),
            Measure::RanksPerNode(ranks) => format!("{ranks} ranks on a node"),
            Measure::Nodes(nodes) => format!("{nodes} nodes"),
            Measure::OtherPath(path) => format!("the {} path", path.name()),
            Measure::Bins(1) => "1 bin".into(),
            Measure::Bins(bins) => format!("{bins} bins"),
            Measure::Parameter { words, .. } => words.clone(),
        }
    }

    /// Its name in a document.
    pub fn name(&self) -> &str {
        match self {
            Measure::ReleaseProjector => "release_pixel_projector",
            Measure::Grid(_) => "best_grid",
            Measure::NoDerivativeCache => "no_cache_derivatives",
            Measure::Maps(_) => "maps",
            Measure::NoInverseCheck => "no_inverse_check",
            Measure::NewestRelease => "newest_release",
            Measure::RanksPerNode(_) => "ranks_per_node",
            Measure::Nodes(_) => "nodes",
            Measure::OtherPath(_) => "other_path",
            Measure::Bins(_) => "n_bins",
            Measure::Parameter { name, .. } => name,
        }
    }

    /// The number that it is about, if it is about one.
    pub fn value(&self) -> Option<u64> {
        match *self {
            Measure::Maps(value)
            | Measure::RanksPerNode(value)
            | Measure::Nodes(value)
            | Measure::Bins(value)
            | Measure::Parameter { value, .. } => Some(value),
            _ => None,
        }
    }
}

/// All that the run admits and that make a node hold less, in order.
pub(super) fn all(run: &Run, job: &Job, limit: Bytes) -> Result<Vec<Change>> {
    let now = unless_overflow(run.budget().and_then(|budget| budget.request(job)))?;
    let now = now.map(|request| request.per_node_bytes());
    let mut trial = Trial { run, job, limit, now, changes: Vec::new() };
    match run.config() {
        Config::Harmonic(config) => {
            if config.keep_pixel_projector {
                let released = HarmonicConfig { keep_pixel_projector: false, ..config.clone() };
                trial.switch(Measure::ReleaseProjector, &run.switched(released), job)?;
            }
            trial.number(Size::RanksPerNode, job.ranks_per_node, Measure::RanksPerNode)?;
            trial.other_path(Path::PixelDirect)?;
        }
        Config::PixelDirect(config) => {
            if config.cache_derivatives {
                let without = PixelDirectConfig { cache_derivatives: false, ..config.clone() };
                trial.switch(Measure::NoDerivativeCache, &run.switched(without), job)?;
            }
            if config.release != Release::NEWEST {
                let newest = PixelDirectConfig { release: Release::NEWEST, ..config.clone() };
                trial.switch(Measure::NewestRelease, &run.switched(newest), job)?;
            }
            trial.number(Size::RanksPerNode, job.ranks_per_node, Measure::RanksPerNode)?;
            trial.other_path(Path::Harmonic)?;
            trial.number(Size::NBins, config.n_bins, Measure::Bins)?;
        }
        Config::Traditional(config) => {
            trial.number(Size::RanksPerNode, job.ranks_per_node, Measure::RanksPerNode)?;
            if let Some(n_bins) = config.n_bins {
                trial.number(Size::NBins, n_bins, Measure::Bins)?;
            }
        }
        Config::Eclipse(config) => {
            trial.best_grid()?;
            trial.number(Size::Maps, config.maps, Measure::Maps)?;
            if config.check_inverse {
                let without = EclipseConfig { check_inverse: false, ..config.clone() };
                trial.switch(Measure::NoInverseCheck, &run.switched(without), job)?;
            }
            trial.more_nodes()?;
        }
        Config::Pipeline(config) => {
            trial.parameters(config)?;
            trial.machine()?;
        }
        Config::Built(_) => trial.machine()?,
    }
    Ok(trial.changes)
}

struct Trial<'a> {
    run: &'a Run,
    job: &'a Job,
    limit: Bytes,
    /// Memory of a node without changes.
    now: Option<Bytes>,
    changes: Vec<Change>,
}

impl Trial<'_> {
    /// A change, unless a node holds as much with it as without.
    fn add(&mut self, measure: Measure, per_node: Option<Bytes>) {
        if per_node.is_none() || self.now.is_some_and(|now| per_node >= Some(now)) {
            return;
        }
        let fits = per_node.is_some_and(|bytes| bytes <= self.limit);
        self.changes.push(Change { measure, per_node, fits });
    }

    fn switch(&mut self, measure: Measure, run: &Run, job: &Job) -> Result<()> {
        let job = job.without_cap();
        let request = unless_overflow(run.budget().and_then(|budget| budget.request(&job)))?;
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
            // The parameters are no multiple of the bins, so the parameters of fewer bins are
            // unknown.
            Err(Error::Conflict { name: "n_params", .. }) => {}
            Err(other) => return Err(other),
        }
        Ok(())
    }

    /// The grid of as many ranks on which the fullest one holds least.
    fn best_grid(&mut self) -> Result<()> {
        let ranks = self.job.nodes.saturating_mul(self.job.ranks_per_node);
        if ranks == 1 {
            return Ok(()); // smaller blocks alone are slow, and lower work arrays only
        }
        let best = self.run.budget().and_then(|budget| budget.best_grid(ranks));
        if let Some(best) = unless_overflow(best)? {
            let job = Job { grid: Some(best.grid), ..self.job.clone() };
            self.switch(Measure::Grid(best.grid), self.run, &job)?;
        }
        Ok(())
    }

    /// Parameters that a pipeline's document lets be reduced, in its order: each to the nearest value below
    /// its own that fits, or the least one.
    fn parameters(&mut self, config: &PipelineConfig) -> Result<()> {
        let all = config.pipeline().parameters();
        let mut reducible: Vec<(usize, &Reducible)> = all
            .iter()
            .enumerate()
            .filter_map(|(number, parameter)| Some((number, parameter.reduce.as_ref()?)))
            .collect();
        reducible.sort_by_key(|(_, reduce)| reduce.order); // stable: then as in the document
        for (number, reduce) in reducible {
            let (parameter, now) = (&all[number], config.value(number).unwrap_or(0));
            let value = if parameter.is_switch {
                1 - now
            } else {
                let size = Size::Parameter(parameter.name.clone().into());
                match self.run.largest(size, self.job, self.limit.signed())? {
                    Largest::Value { fits: Tried { value, .. }, .. }
                    | Largest::None { least: Tried { value, .. } } => value as i64, // a size
                    Largest::Any { .. } => continue,
                }
            };
            if value >= now && !parameter.is_switch {
                continue;
            }
            let words = parameter.changed_to(value, &reduce.price);
            let measure = Measure::Parameter {
                name: parameter.name.clone().into(),
                value: value.unsigned_abs(),
                words,
            };
            self.switch(measure, &self.run.switched(config.with(number, value)), self.job)?;
        }
        Ok(())
    }

    /// Machine changes of a pipeline: the best grid and more nodes, or fewer ranks per node.
    fn machine(&mut self) -> Result<()> {
        if !self.run.budget()?.is_on_grid() {
            return self.number(Size::RanksPerNode, self.job.ranks_per_node, Measure::RanksPerNode);
        }
        self.best_grid()?;
        self.more_nodes()
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

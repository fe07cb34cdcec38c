//! Requests: from a budget to the memory of a rank and of a node.
//!
//! A process of QUBE holds the budget's arrays, its resident input and the interpreter; so the absolute
//! resident size of a stage is peak + inputs + baseline (of the calibrated run: 112.59 + 26.06 +
//! 0.26 = 138.9 GiB, and 139.5 were measured). The request is the largest, over all stages, of that
//! and the margin that the calibration supports for the stage. With R ranks on a node and a copy
//! `c = peak + margin + inputs` of everything but the baseline b, a node holds
//! - R (c + b) where every rank has a copy, as QUBE's ranks do
//! - c + R b where the ranks of a node share one
//! - the sum of its own ranks' c + b where matrices are block-cyclic; ranks fill nodes in order, row by
//!   row, and the fullest node counts
//!
//! and, if the job says that a rank holds more beside, that as part of b.
//!
//! Source: QUBE (CosmoForge), arXiv 2605.21149; ScaLAPACK's layout in [`crate::budget::grid`].

mod stage;

use super::job::{CheckedJob, Holding, Job};
use super::job_lines::{Asked, JobLines};
use crate::budget::bytes::Bytes;
use crate::budget::grid::Grid;
use crate::budget::ranks::LocalTooLarge;
use crate::budget::spread::{Rank, Spread};
use crate::budget::stages::Budget;
use crate::{Error, Result};
use stage::margin;
pub use stage::{Node, Part, StageRequest};

/// The memory that a run asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    budget: Budget,
    nodes: u64,
    ranks_per_node: u64,
    pub(crate) cpus_per_rank: u64,
    holding: Holding,
    grid: Option<Grid>,
    too_large: Vec<LocalTooLarge>,
    inputs: Bytes,
    baseline: Bytes,
    resident: Bytes,
    pub(crate) asked_margin: Option<u64>,
    lines: JobLines,
    stages: Vec<StageRequest>,
    largest: usize,
    total: Bytes,
}

impl Budget {
    /// The memory to request for a job. Errors: `Input`, a number of the job outside its range;
    /// `Figure`, an option that this code does not use; `Conflict`, a grid that the ranks do not
    /// fill; `Overflow`.
    pub fn request(&self, job: &Job) -> Result<Request> {
        let checked = job.checked(self)?;
        let grid = match (checked.holding, job.grid) {
            (Holding::BlockCyclic, Some(grid)) => filled(grid, checked.ranks())?,
            (Holding::BlockCyclic, None) => Grid::squarest(checked.ranks())?,
            _ => Grid::row_of(checked.ranks().unsigned_abs()),
        };
        let spread = Spread::new(self, grid, checked.holding == Holding::NodeShared)?;
        let stages = (0..self.stages().len())
            .map(|stage| StageRequest::of(self, &spread, stage, &checked))
            .collect::<Result<Vec<_>>>()?;
        let mut largest = 0;
        for (number, stage) in stages.iter().enumerate() {
            if stage.per_node_bytes() > stages[largest].per_node_bytes() {
                largest = number;
            }
        }
        let CheckedJob { nodes, ranks_per_node, cpus_per_rank, holding, inputs, baseline, .. } =
            checked;
        let asked = Asked {
            nodes,
            ranks_per_node,
            cpus_per_rank,
            per_node: stages[largest].per_node_bytes(),
            per_rank: stages
                .iter()
                .map(|stage| stage.per_rank_bytes())
                .max()
                .unwrap_or(Bytes::ZERO),
            cores_per_node: checked.cores_per_node,
            mem_per_core_cap: checked.mem_per_core_cap,
        };
        let total =
            stages[largest].per_node_bytes().times(nodes, || "the memory of all nodes".into())?;
        Ok(Request {
            budget: self.clone(),
            nodes,
            ranks_per_node,
            cpus_per_rank,
            holding,
            grid: (holding == Holding::BlockCyclic).then_some(grid),
            too_large: self.too_large(grid),
            inputs,
            baseline,
            resident: checked.resident,
            asked_margin: checked.margin,
            lines: JobLines::new(job.scheduler, asked)?,
            stages,
            largest,
            total,
        })
    }
}

fn filled(grid: Grid, ranks: i64) -> Result<Grid> {
    if grid.ranks() == ranks.unsigned_abs() {
        return Ok(grid);
    }
    Err(Error::Conflict {
        name: "`nodes` x `ranks_per_node`",
        value: ranks,
        other: "`nprow` x `npcol`",
        other_value: grid.ranks() as i64, // 2^60 at most
        allowed: "as many ranks as the grid has, or another grid",
    })
}

impl Request {
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    pub fn nodes(&self) -> u64 {
        self.nodes
    }

    pub fn ranks_per_node(&self) -> u64 {
        self.ranks_per_node
    }

    pub fn holding(&self) -> Holding {
        self.holding
    }

    /// The grid of block-cyclic matrices.
    pub fn grid(&self) -> Option<Grid> {
        self.grid
    }

    /// Block-cyclic matrices of which a rank holds more than 32-bit integers can number.
    pub fn too_large(&self) -> &[LocalTooLarge] {
        &self.too_large
    }

    pub fn stages(&self) -> &[StageRequest] {
        &self.stages
    }

    /// The stage in which a node holds most, margin included; the first where several do.
    pub fn largest(&self) -> &StageRequest {
        &self.stages[self.largest]
    }

    /// The number of `largest`, counted from 0.
    pub fn largest_position(&self) -> usize {
        self.largest
    }

    /// The input that a copy has in all stages.
    pub fn input_bytes(&self) -> Bytes {
        self.inputs
    }

    /// A process before it has any array.
    pub fn baseline_bytes(&self) -> Bytes {
        self.baseline
    }

    /// The absolute resident size of one process in stage `largest`, without the margin.
    pub fn resident_bytes(&self) -> Bytes {
        // Both parts are within `per_rank`, which was checked.
        self.largest().margin_bytes().left_of(self.largest().per_rank_bytes())
    }

    /// Memory of a process beside a copy: within `per_rank`, which was checked.
    fn own(&self) -> Bytes {
        Bytes::constant(self.baseline.get() + self.resident.get())
    }

    /// Request of one rank in its worst stage: peak, margin, input and baseline. Row and column are
    /// within the grid. Errors: `Overflow`.
    pub fn rank_bytes(&self, rank: Rank) -> Result<Bytes> {
        let grid = self.grid.unwrap_or(Grid::ALONE);
        let what = || format!("the memory of the rank at ({}, {})", rank.row, rank.column);
        let mut most = Bytes::ZERO;
        for (stage, asked) in self.budget.stages().iter().zip(&self.stages) {
            let terms = self.budget.on_rank(grid, stage, rank)?;
            let peak =
                terms.iter().try_fold(Bytes::ZERO, |sum, term| sum.plus(term.bytes, what))?;
            let margin = margin(asked.calibration(), &stage.name, self.asked_margin, peak)?;
            most = most.max(peak.plus(margin, what)?);
        }
        most.plus(self.inputs, what)?.plus(self.own(), what)
    }

    /// Memory that the ranks of a node share, margin included; 0 where they share nothing.
    pub fn shared_per_node_bytes(&self) -> Bytes {
        match self.holding {
            Holding::NodeShared => self.own().left_of(self.largest().per_rank_bytes()),
            Holding::Replicated | Holding::BlockCyclic => Bytes::ZERO,
        }
    }

    /// Own memory of each rank, margin included.
    pub fn own_per_rank_bytes(&self) -> Bytes {
        match self.holding {
            Holding::NodeShared => self.own(),
            Holding::Replicated | Holding::BlockCyclic => self.largest().per_rank_bytes(),
        }
    }

    /// Memory of a node.
    pub fn per_node_bytes(&self) -> Bytes {
        self.largest().per_node_bytes()
    }

    /// Memory of all nodes together.
    pub fn total_bytes(&self) -> Bytes {
        self.total
    }

    /// Memory of each rank beside budget, input and baseline.
    pub fn other_resident_bytes(&self) -> Bytes {
        self.resident
    }

    /// The request as lines of a job script.
    pub fn job_lines(&self) -> &JobLines {
        &self.lines
    }
}

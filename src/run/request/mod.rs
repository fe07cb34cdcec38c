//! What to ask a machine for: from a budget to the memory of a rank and of a node.
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

use super::job::{CheckedJob, Holding, Job};
use super::job_lines::{Asked, JobLines};
use super::records;
use crate::budget::bytes::Bytes;
use crate::budget::calibration::Calibration;
use crate::budget::grid::Grid;
use crate::budget::ranks::LocalTooLarge;
use crate::budget::spread::{Rank, Ranks, Spread};
use crate::budget::stages::Budget;
use crate::budget::term::Name;
use crate::{Error, Result};

/// Nodes that are looked at one by one where the first need not be the fullest: messages between ranks
/// are not ordered. Of more nodes a bound is given that none exceeds.
const ONE_BY_ONE: u64 = 1 << 10;

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

/// What a stage asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageRequest {
    name: Name,
    /// What one copy has at the peak: whole matrices, or the parts of the rank that holds most.
    parts: Vec<Part>,
    peak: Bytes,
    margin: Bytes,
    calibration: Calibration,
    per_rank: Bytes,
    node: Node,
}

/// What the fullest node holds in a stage, all its ranks together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Node {
    /// Arrays, each rank at its own worst moment.
    pub arrays: Bytes,
    pub margin: Bytes,
    pub inputs: Bytes,
    pub baseline: Bytes,
    /// What else its ranks hold, as the job says.
    pub resident: Bytes,
    pub total: Bytes,
}

/// A term of a stage, as one copy has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub name: Name,
    pub bytes: Bytes,
    /// What the ranks of the fullest node have of it, shared copies once.
    pub node_bytes: Bytes,
    /// Whether it outlives the peak of its stage.
    pub is_persistent: bool,
}

impl Budget {
    /// What the run asks for, put on nodes like this. Errors: `Input`, a number of the job outside its
    /// range; `Figure`, something that this code has no use for; `Conflict`, a grid that the ranks
    /// do not fill; `Overflow`.
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
            if stage.node.total > stages[largest].node.total {
                largest = number;
            }
        }
        let CheckedJob { nodes, ranks_per_node, cpus_per_rank, holding, inputs, baseline, .. } =
            checked;
        let asked = Asked {
            nodes,
            ranks_per_node,
            cpus_per_rank,
            per_node: stages[largest].node.total,
            per_rank: stages.iter().map(|stage| stage.per_rank).max().unwrap_or(Bytes::ZERO),
            cores_per_node: checked.cores_per_node,
            mem_per_core_cap: checked.mem_per_core_cap,
        };
        let total = stages[largest].node.total.times(nodes, || "what all nodes hold".into())?;
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

/// What is added to a peak in a stage: as asked, in hundredths of a percent, or as the calibration has it.
fn margin(calibration: Calibration, stage: &str, asked: Option<u64>, peak: Bytes) -> Result<Bytes> {
    match asked {
        Some(hundredths) => {
            peak.fraction(hundredths, 10_000, || format!("the margin in stage '{stage}'"))
        }
        None => calibration.margin(peak, stage),
    }
}

impl StageRequest {
    fn of(
        budget: &Budget,
        spread: &Spread,
        number: usize,
        job: &CheckedJob,
    ) -> Result<StageRequest> {
        let stage = &budget.stages()[number];
        let what = |of: &str| format!("{of} in stage '{}'", stage.name);
        let calibration = records::calibration(job.calibration, budget, stage.name());
        let margin = |peak: Bytes| margin(calibration, &stage.name, job.margin, peak);
        let fullest = spread.fullest(number);
        let live = spread.live(number, fullest)?;
        let peak = spread.reached(number, fullest)?;
        let of_peak = margin(peak)?;
        let copy = peak.plus(of_peak, || what("peak and margin"))?;
        let copy = copy.plus(job.inputs, || what("peak, margin and inputs"))?;
        let per_rank = copy.plus(job.own()?, || what("what a rank holds"))?;

        let shared = spread.shared(number)?;
        let shares = job.holding == Holding::NodeShared;
        let count = job.ranks_per_node;
        let node_of = |arrays: Bytes, with_margin: Bytes| -> Result<Node> {
            let arrays = arrays.plus(shared, || what("what a node holds"))?;
            let with_margin = with_margin.plus(shared, || what("what a node holds"))?;
            let with_margin = with_margin.plus(margin(shared)?, || what("what a node holds"))?;
            let copies = if shares { 1 } else { count };
            let inputs = job.inputs.times(copies, || what("the inputs of a node"))?;
            let baseline = job.baseline.times(count, || what("the baselines"))?;
            let resident = job.resident.times(count, || what("`resident_bytes` of a node"))?;
            let total = with_margin.plus(inputs, || what("what a node holds"))?;
            let total = total.plus(baseline, || what("what a node holds"))?;
            let total = total.plus(resident, || what("what a node holds"))?;
            let margin = arrays.left_of(with_margin);
            Ok(Node { arrays, margin, inputs, baseline, resident, total })
        };
        let none = |_| Ok(Bytes::ZERO);
        let exact = |ranks: Ranks| {
            node_of(spread.node(number, ranks, none)?, spread.node(number, ranks, margin)?)
        };
        let of_node = |node| Ranks { first: node * count, count };
        let (mut node, mut ranks) = (exact(of_node(0))?, of_node(0));
        if !spread.falls(number) && job.nodes > ONE_BY_ONE {
            let any =
                |beside: &dyn Fn(Bytes) -> Result<Bytes>| spread.any_node(number, count, beside);
            node = node_of(any(&none)?, any(&margin)?)?;
        } else if !spread.falls(number) {
            for other in (1..job.nodes).map(of_node) {
                let found = exact(other)?;
                if found.total > node.total {
                    (node, ranks) = (found, other);
                }
            }
        }
        let parts = live.into_iter().map(|(term, bytes)| {
            Ok(Part {
                name: term.shared_name().clone(),
                bytes,
                node_bytes: spread.term(ranks, term)?,
                is_persistent: stage.keeps(term),
            })
        });
        let parts = parts.collect::<Result<_>>()?;
        let name = stage.name.clone();
        Ok(StageRequest { name, parts, peak, margin: of_peak, calibration, per_rank, node })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The terms that are live at the peak, as one copy has them, in the budget's order.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The peak of one copy, or of the rank that holds most.
    pub fn peak_bytes(&self) -> Bytes {
        self.peak
    }

    pub fn margin_bytes(&self) -> Bytes {
        self.margin
    }

    pub fn calibration(&self) -> Calibration {
        self.calibration
    }

    /// One process with all that it reaches: peak, margin, inputs and baseline, shared or its own.
    pub fn per_rank_bytes(&self) -> Bytes {
        self.per_rank
    }

    /// What the fullest node holds in it, with everything.
    pub fn per_node_bytes(&self) -> Bytes {
        self.node.total
    }

    /// What makes up the fullest node, from the ground up: processes, inputs, terms, margin; each with
    /// whether it outlives the peak of the stage. What is 0 is left out.
    pub(crate) fn node_parts(&self) -> Vec<(&str, Bytes, bool)> {
        let Node { arrays, margin, inputs, baseline, resident, .. } = self.node;
        let terms = self.parts.iter().map(|part| part.node_bytes.get()).sum(); // at most `arrays`
        let others = Bytes::constant(terms).left_of(arrays);
        [
            ("baseline", baseline, true),
            ("other resident memory", resident, true),
            ("input", inputs, true),
        ]
        .into_iter()
        .chain(self.parts.iter().map(|part| (&*part.name, part.node_bytes, part.is_persistent)))
        .chain([("what ranks hold at other moments", others, false), ("margin", margin, false)])
        .filter(|&(_, bytes, _)| bytes > Bytes::ZERO)
        .collect()
    }

    /// The same, by what it is.
    pub fn node(&self) -> &Node {
        &self.node
    }
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
        self.largest().margin.left_of(self.largest().per_rank)
    }

    /// What a process has beside a copy: within `per_rank`, which was checked.
    fn own(&self) -> Bytes {
        Bytes::constant(self.baseline.get() + self.resident.get())
    }

    /// What one rank asks for in its worst stage: peak, margin, input and baseline. Row and column are
    /// within the grid. Errors: `Overflow`.
    pub fn rank_bytes(&self, rank: Rank) -> Result<Bytes> {
        let grid = self.grid.unwrap_or(Grid::ALONE);
        let what = || format!("what the rank at ({}, {}) holds", rank.row, rank.column);
        let mut most = Bytes::ZERO;
        for (stage, asked) in self.budget.stages().iter().zip(&self.stages) {
            let terms = self.budget.on_rank(grid, stage, rank)?;
            let peak =
                terms.iter().try_fold(Bytes::ZERO, |sum, term| sum.plus(term.bytes, what))?;
            let margin = margin(asked.calibration, &stage.name, self.asked_margin, peak)?;
            most = most.max(peak.plus(margin, what)?);
        }
        most.plus(self.inputs, what)?.plus(self.own(), what)
    }

    /// What the ranks of a node share, margin included; 0 where they share nothing.
    pub fn shared_per_node_bytes(&self) -> Bytes {
        match self.holding {
            Holding::NodeShared => self.own().left_of(self.largest().per_rank),
            Holding::Replicated | Holding::BlockCyclic => Bytes::ZERO,
        }
    }

    /// What each rank has of its own, margin included.
    pub fn own_per_rank_bytes(&self) -> Bytes {
        match self.holding {
            Holding::NodeShared => self.own(),
            Holding::Replicated | Holding::BlockCyclic => self.largest().per_rank,
        }
    }

    /// What a node must have.
    pub fn per_node_bytes(&self) -> Bytes {
        self.largest().node.total
    }

    /// What all nodes together must have.
    pub fn total_bytes(&self) -> Bytes {
        self.total
    }

    /// What each rank holds beside budget, input and baseline.
    pub fn other_resident_bytes(&self) -> Bytes {
        self.resident
    }

    /// The request as lines of a job script.
    pub fn job_lines(&self) -> &JobLines {
        &self.lines
    }
}

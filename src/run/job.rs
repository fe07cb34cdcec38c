//! How a run is put on a machine: nodes and ranks, who shares what, and what a process holds beside the
//! arrays of the budget.

use super::job_lines::{Scheduler, within_node};
use super::records::CalibrationRecord;
use crate::budget::bytes::Bytes;
use crate::budget::grid::Grid;
use crate::budget::stages::{Budget, Path};
use crate::{Error, Result};

/// The interpreter of QUBE with its modules: 0.26 GiB, measured (arXiv 2605.21149), rounded up.
const PYTHON: Bytes = Bytes::constant((26u64 << 30).div_ceil(100));

/// A rank of an MPI program in Fortran: 24.4 MB once the grid is up and 9 MB for what libraries take
/// later, in 26 runs of ECLIPSE.
const MPI_RANK: Bytes = Bytes::constant(33_400_000);

/// Nodes, ranks and processors beyond any machine.
const MOST: i64 = 1 << 20;

/// What a request asks for, beside the run itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Nodes, 1 to 2^20.
    pub nodes: i64,
    /// Ranks (processes) on each of them, 1 to 2^20.
    pub ranks_per_node: i64,
    /// Processors for each rank, 1 to 2^20: for its threads. Memory per processor depends on it.
    pub cpus_per_rank: i64,
    /// Whether the ranks of a node share one copy of QUBE's matrices, inputs included. QUBE itself does
    /// not: every rank holds all of them. Not for ECLIPSE, whose matrices are block-cyclic.
    pub share_node: bool,
    /// The grid of ECLIPSE's block-cyclic matrices; absent means
    /// [`Grid::squarest`]. Not for QUBE.
    pub grid: Option<Grid>,
    /// Matrices of n_pix^2 that a process of QUBE holds as its input in all stages, beside the arrays of
    /// the budget, 0 or more. Absent means 1 on the harmonic path if the caller passes the noise
    /// covariance in, else 0: the budget has the matrix that QUBE reads, and on the other paths the
    /// caller's is `Cov_T`. Not for ECLIPSE, whose budget has all its arrays.
    pub input_matrices: Option<i64>,
    /// Bytes of a process before it has any array, 0 or more; absent means 0.26 GiB for QUBE (Python,
    /// as measured) and 33.4 MB for ECLIPSE (a rank of MPI, as measured).
    pub baseline_bytes: Option<i64>,
    /// What to add to every peak, in hundredths of a percent, 0 to 100000; absent means what the
    /// calibration supports, which is nothing where nothing was measured.
    pub margin: Option<i64>,
    /// Bytes that each rank holds beside what budget, input and baseline have, 0 or more: buffers of MPI,
    /// the host's own arrays.
    pub resident_bytes: i64,
    /// What the lines for a job script are for.
    pub scheduler: Scheduler,
    /// Processors that a node has, 1 to 2^20, where they are known: the ranks of a node cannot use more.
    pub cores_per_node: Option<i64>,
    /// The most bytes that a job may ask for per processor, 1 MiB or more, where a site refuses to be
    /// asked for the memory of a node. A rank then books as many processors as its memory takes.
    pub mem_per_core_cap: Option<i64>,
    /// Measured runs. Their margins replace the published ones, stage by stage; see `run::records`.
    pub calibration: Vec<CalibrationRecord>,
}

impl Default for Job {
    /// One rank on one node.
    fn default() -> Job {
        Job {
            nodes: 1,
            ranks_per_node: 1,
            cpus_per_rank: 1,
            share_node: false,
            grid: None,
            input_matrices: None,
            baseline_bytes: None,
            margin: None,
            resident_bytes: 0,
            scheduler: Scheduler::Slurm,
            cores_per_node: None,
            mem_per_core_cap: None,
            calibration: Vec::new(),
        }
    }
}

/// Who holds the matrices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holding {
    /// Every rank has a copy of all.
    Replicated,
    /// Every node has one copy, which its ranks share.
    NodeShared,
    /// All ranks together have one copy, block-cyclic.
    BlockCyclic,
}

impl Holding {
    pub fn name(self) -> &'static str {
        match self {
            Holding::Replicated => "replicated",
            Holding::NodeShared => "node-shared",
            Holding::BlockCyclic => "block-cyclic",
        }
    }

    /// In a few words.
    pub fn words(self) -> &'static str {
        match self {
            Holding::Replicated => "matrices replicated on every rank",
            Holding::NodeShared => "matrices shared by the ranks of a node",
            Holding::BlockCyclic => "matrices block-cyclic over all ranks",
        }
    }

    /// A sentence on it.
    pub fn sentence(self) -> &'static str {
        match self {
            Holding::Replicated => {
                "Every rank holds all matrices; more nodes do not make that less."
            }
            Holding::NodeShared => {
                "The ranks of a node share one copy of all matrices; each has its own process."
            }
            Holding::BlockCyclic => {
                "The matrices are block-cyclic over all ranks, which fill nodes in order, row by row of \
                 the grid; the fullest node counts."
            }
        }
    }
}

/// A job whose numbers are in their ranges, for one budget.
pub(super) struct CheckedJob<'a> {
    pub nodes: u64,
    pub ranks_per_node: u64,
    pub cpus_per_rank: u64,
    pub holding: Holding,
    pub baseline: Bytes,
    pub inputs: Bytes,
    pub margin: Option<u64>,
    pub resident: Bytes,
    pub cores_per_node: Option<u64>,
    pub mem_per_core_cap: Option<Bytes>,
    pub calibration: &'a [CalibrationRecord],
}

impl CheckedJob<'_> {
    /// Bytes of a process beside its share of the matrices: baseline and resident bytes.
    pub fn own(&self) -> Result<Bytes> {
        self.baseline.plus(self.resident, || "baseline and `resident_bytes` of a rank".into())
    }

    /// All ranks; 2^40 at most.
    pub fn ranks(&self) -> i64 {
        (self.nodes * self.ranks_per_node) as i64
    }
}

impl Job {
    /// The job without what depends on the memory that it turns out to need: for trials of other sizes.
    pub(super) fn without_cap(&self) -> Job {
        Job { mem_per_core_cap: None, ..self.clone() }
    }

    pub(super) fn checked(&self, budget: &Budget) -> Result<CheckedJob<'_>> {
        let count = |name, value: i64| {
            if (1..=MOST).contains(&value) {
                return Ok(value.unsigned_abs());
            }
            Err(Error::Input { name, value, allowed: "1 to 1048576 (2^20)" })
        };
        let (nodes, ranks_per_node) =
            (count("nodes", self.nodes)?, count("ranks_per_node", self.ranks_per_node)?);
        let cpus_per_rank = count("cpus_per_rank", self.cpus_per_rank)?;
        let pipeline = budget.path() == Path::Pipeline;
        let cores = |value| count("cores_per_node", value);
        let cores_per_node = self.cores_per_node.map(cores).transpose()?;
        within_node(
            ranks_per_node * cpus_per_rank, // 2^40 at most
            cores_per_node,
            "`ranks_per_node` x `cpus_per_rank`",
            "as many processors as a node has, or fewer",
        )?;
        let resident = Bytes::from_signed(self.resident_bytes).ok_or(Error::Input {
            name: "resident_bytes",
            value: self.resident_bytes,
            allowed: "0 or more",
        })?;
        let cap = |value| {
            Bytes::from_signed(value).filter(|&cap| cap.get() >= 1 << 20).ok_or(Error::Input {
                name: "mem_per_core_cap",
                value,
                allowed: "1 MiB or more, or leave it out",
            })
        };
        let mem_per_core_cap = self.mem_per_core_cap.map(cap).transpose()?;
        let eclipse = budget.path() == Path::Eclipse;
        let refused = |name, allowed| Err(Error::Figure { name, value: "given".into(), allowed });
        if pipeline && self.share_node {
            return refused(
                "share_node",
                "it for QUBE only; a pipeline says who holds each array (layout node-shared)",
            );
        }
        let share_node = self.share_node || (pipeline && budget.is_node_shared());
        let on_grid = eclipse || (pipeline && budget.is_on_grid());
        let holding = match (on_grid, share_node) {
            (true, true) => {
                return refused(
                    "share_node",
                    "it for QUBE only; matrices of ECLIPSE are block-cyclic over all ranks",
                );
            }
            (true, false) => Holding::BlockCyclic,
            (false, true) => Holding::NodeShared,
            (false, false) => Holding::Replicated,
        };
        if self.grid.is_some() && !on_grid {
            return refused(
                "grid",
                "it only where a budget has block-cyclic matrices, as ECLIPSE's",
            );
        }
        let inputs = match (self.input_matrices, budget.count("n_pix")) {
            (Some(value), _) if value < 0 => {
                return Err(Error::Input {
                    name: "input_matrices",
                    value,
                    allowed: "0 or more, or leave it out",
                });
            }
            (Some(1..), _) if pipeline => {
                return refused(
                    "input_matrices",
                    "it for QUBE only; a pipeline's document says its input_bytes",
                );
            }
            _ if pipeline => budget.input_bytes(),
            (Some(1..), None) => {
                return refused(
                    "input_matrices",
                    "it for QUBE only; the budget of ECLIPSE has all its arrays",
                );
            }
            (_, None) => Bytes::ZERO,
            (Some(given), Some(n_pix)) => input_bytes(given.unsigned_abs(), n_pix)?,
            (None, Some(n_pix)) => input_bytes(budget.is_on("covariance_by_caller").into(), n_pix)?,
        };
        let baseline = match self.baseline_bytes {
            Some(value) => Bytes::from_signed(value).ok_or(Error::Input {
                name: "baseline_bytes",
                value,
                allowed: "0 or more, or leave it out",
            })?,
            None if pipeline => budget.baseline_bytes(),
            None if eclipse => MPI_RANK,
            None => PYTHON,
        };
        let margin = match self.margin {
            Some(value) if !(0..=100_000).contains(&value) => {
                let allowed = "0 to 100000 hundredths of a percent, or leave it out";
                return Err(Error::Input { name: "margin", value, allowed });
            }
            margin => margin.map(i64::unsigned_abs),
        };
        let calibration = self.calibration.as_slice();
        Ok(CheckedJob {
            nodes,
            ranks_per_node,
            cpus_per_rank,
            holding,
            baseline,
            inputs,
            margin,
            resident,
            cores_per_node,
            mem_per_core_cap,
            calibration,
        })
    }
}

fn input_bytes(matrices: u64, n_pix: u64) -> Result<Bytes> {
    let bytes = u128::from(matrices)
        .checked_mul(u128::from(n_pix) * u128::from(n_pix))
        .and_then(|elements| elements.checked_mul(8))
        .and_then(|bytes| i64::try_from(bytes).ok())
        .and_then(Bytes::from_signed);
    bytes.ok_or_else(|| Error::Overflow {
        what: "the resident input".into(),
        value: format!("8 * {matrices} * {n_pix}^2 bytes"),
        allowed: "at most 2^63 - 1 bytes",
    })
}

//! Jobs: nodes, ranks, and the grid of block-cyclic matrices.

use std::ffi::c_char;

use super::guard::guard;
use super::status::Failure;
use super::structs::{self, given, growable, known, quiet, truth};
use super::text::texts_in;
use crate::Error;
use crate::budget::{Grid, Rank};
use crate::run::{CalibrationRecord, Job, Scheduler};

/// Slurm (sbatch).
pub const QUBE_SCHEDULER_SLURM: i32 = 1;
/// PBS (qsub).
pub const QUBE_SCHEDULER_PBS: i32 = 2;
/// LSF (bsub).
pub const QUBE_SCHEDULER_LSF: i32 = 3;

/// Nodes and ranks, what ranks share, and what a process holds beside the arrays of the budget.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_job {
    pub struct_size: usize,
    /// Nodes, 1 (default) to 2^20.
    pub nodes: i64,
    /// Ranks (processes) on each node, 1 (default) to 2^20.
    pub ranks_per_node: i64,
    /// Processors per rank, for threads, 1 (default) to 2^20. Memory per processor depends on them.
    pub cpus_per_rank: i64,
    /// ECLIPSE: rows of the grid of ranks, 1 to 2^30. 0 (default) for nprow, npcol and block: the
    /// squarest grid with blocks of 64. Set all three or none; QUBE takes none.
    pub nprow: i64,
    /// ECLIPSE: columns of the grid, likewise.
    pub npcol: i64,
    /// ECLIPSE: rows and columns of a block, likewise.
    pub block: i64,
    /// QUBE: matrices of n_pix^2 that a process holds as input in all stages, 0 or more; -1
    /// (default): 1 on the harmonic path if the caller passes the covariance, else 0. Not for
    /// ECLIPSE, whose budget has all its arrays.
    pub input_matrices: i64,
    /// Bytes of a process before its first array, 0 or more; -1 (default): as measured, QUBE
    /// (Python) 0.26 GiB, ECLIPSE (an MPI rank) 33.4 MB.
    pub baseline_bytes: i64,
    /// Other bytes of each rank, 0 (default) or more: MPI buffers, own arrays.
    pub resident_bytes: i64,
    /// Processors of a node, for its ranks, 1 to 2^20; 0 (default): unknown.
    pub cores_per_node: i64,
    /// Site limit on the bytes requested per processor, 1 MiB or more; a rank then books as many
    /// processors as its memory takes. 0 (default): no limit.
    pub mem_per_core_cap: i64,
    /// Per cent added to every peak, 0 to 1000, taken to hundredths; -1 (default): as measured, and
    /// nothing where nothing was measured.
    pub margin: f64,
    /// QUBE, 1: the ranks of a node share one copy of matrices and inputs (node-shared). 0
    /// (default): every rank has its own (replicated). ECLIPSE: 0, its matrices are block-cyclic.
    pub share_node: i32,
    /// QUBE_SCHEDULER_SLURM (default), _PBS or _LSF, for the job script.
    pub scheduler: i32,
    /// Measured runs as JSON documents of qube_comparison_render(), for budgets of the same
    /// program, path and model: the largest excess in a stage is its margin. NULL (default): none.
    pub calibration: *const *const c_char,
    pub n_calibration: i64,
}

growable!(qube_job {
    nodes: 1,
    ranks_per_node: 1,
    cpus_per_rank: 1,
    input_matrices: -1,
    baseline_bytes: -1,
    margin: -1.0,
    scheduler: QUBE_SCHEDULER_SLURM,
});

/// A grid of ranks over which matrices are block-cyclic, as in ScaLAPACK.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_grid {
    pub struct_size: usize,
    /// Rows, 1 to 2^30. 0 (default) for nprow, npcol and block: the squarest grid of ranks, blocks
    /// of 64.
    pub nprow: i64,
    /// Columns, likewise.
    pub npcol: i64,
    /// Rows and columns of a block, likewise.
    pub block: i64,
    /// Ranks of the run, which must fill the grid; 0 (default): nprow npcol.
    pub ranks: i64,
    /// Process row of a rank to report, 0 to nprow - 1; -1 (default): none.
    pub myrow: i64,
    /// Its process column, likewise.
    pub mycol: i64,
}

growable!(qube_grid { myrow: -1, mycol: -1 });

/// Fills a job with the defaults.
/// @param job          the struct to fill
/// @param struct_size  sizeof *job
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_job_init(job: *mut qube_job, struct_size: usize) -> i32 {
    guard(|| unsafe { structs::init(job, struct_size, "job") })
}

/// Fills a grid with the defaults.
/// @param grid         the struct to fill
/// @param struct_size  sizeof *grid
/// @return QUBE_OK
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_grid_init(grid: *mut qube_grid, struct_size: usize) -> i32 {
    guard(|| unsafe { structs::init(grid, struct_size, "grid") })
}

impl qube_job {
    /// The job; NULL is one rank on one node.
    ///
    /// # Safety
    /// As for `read_or_defaults`.
    pub(super) unsafe fn checked(job: *const qube_job) -> Result<Job, Failure> {
        let job = unsafe { structs::read_or_defaults(job) }?;
        let names = ("calibration", "n_calibration");
        let calibration = unsafe { texts_in(job.calibration, job.n_calibration, names) }?;
        let has_grid = [job.nprow, job.npcol, job.block] != [0; 3];
        let grid = || Grid::new(job.nprow, job.npcol, job.block, None);
        Ok(Job {
            nodes: job.nodes,
            ranks_per_node: job.ranks_per_node,
            cpus_per_rank: job.cpus_per_rank,
            share_node: truth(job.share_node, "share_node")?,
            grid: has_grid.then(grid).transpose()?,
            input_matrices: known(job.input_matrices),
            baseline_bytes: known(job.baseline_bytes),
            margin: margin(quiet(job.margin))?,
            resident_bytes: job.resident_bytes,
            cores_per_node: given(job.cores_per_node),
            mem_per_core_cap: given(job.mem_per_core_cap),
            scheduler: scheduler(job.scheduler)?,
            calibration: calibration
                .into_iter()
                .map(CalibrationRecord::parse)
                .collect::<crate::Result<_>>()?,
        })
    }
}

fn scheduler(number: i32) -> Result<Scheduler, Failure> {
    match number {
        QUBE_SCHEDULER_SLURM => Ok(Scheduler::Slurm),
        QUBE_SCHEDULER_PBS => Ok(Scheduler::Pbs),
        QUBE_SCHEDULER_LSF => Ok(Scheduler::Lsf),
        _ => Err(Error::Input {
            name: "scheduler",
            value: number.into(),
            allowed: "QUBE_SCHEDULER_SLURM (1), _PBS (2) or _LSF (3)",
        }
        .into()),
    }
}

/// A margin in per cent, in hundredths of it.
fn margin(percent: f64) -> Result<Option<i64>, Failure> {
    if percent == -1.0 {
        return Ok(None);
    }
    if (0.0..=1000.0).contains(&percent) {
        return Ok(Some((percent * 100.0).round() as i64)); // 100000 at most
    }
    let allowed = "0 to 1000 per cent, or -1 for what was measured";
    Err(Error::Figure { name: "margin", value: percent.to_string(), allowed }.into())
}

/// A host's grid.
pub(super) enum Asked {
    Grid(Grid),
    /// The squarest grid of this number of ranks.
    Squarest(i64),
}

impl qube_grid {
    /// The grid, or the ranks for which to take the squarest one.
    pub(super) fn asked(&self) -> Result<Asked, Failure> {
        let has_grid = [self.nprow, self.npcol, self.block] != [0; 3];
        if !has_grid && self.ranks != 0 {
            return Ok(Asked::Squarest(self.ranks));
        }
        Ok(Asked::Grid(Grid::new(self.nprow, self.npcol, self.block, given(self.ranks))?))
    }

    /// The rank of this grid to report, if any.
    pub(super) fn rank(&self, grid: Grid) -> Result<Option<Rank>, Failure> {
        if self.myrow == -1 && self.mycol == -1 {
            return Ok(None);
        }
        let within = |what: &'static str, value: i64, count: u64| match u64::try_from(value) {
            Ok(place) if place < count => Ok(place),
            _ => Err(Error::Position { what, value, count: count as usize }),
        };
        let row = within("myrow", self.myrow, grid.rows())?;
        Ok(Some(Rank { row, column: within("mycol", self.mycol, grid.columns())? }))
    }
}

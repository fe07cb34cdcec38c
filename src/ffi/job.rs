//! How a run is put on a machine: nodes and ranks, and the grid of ranks of block-cyclic matrices.

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

/// Nodes and ranks, who shares what, and what a process holds beside the arrays of the budget.
/// Begin with qube_job_init().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_job {
    /// sizeof(qube_job)
    pub struct_size: usize,
    /// Nodes, 1 to 2^20; default 1.
    pub nodes: i64,
    /// Ranks (processes) on each node, 1 to 2^20; default 1.
    pub ranks_per_node: i64,
    /// Processors for each rank, for its threads, 1 to 2^20; default 1. Memory per processor
    /// depends on it.
    pub cpus_per_rank: i64,
    /// Rows of ECLIPSE's grid of ranks, 1 to 2^30; 0 (default): the squarest one with blocks of 64,
    /// as are npcol and block. All three or none must be set. Not for QUBE.
    pub nprow: i64,
    /// Columns of the grid, likewise.
    pub npcol: i64,
    /// Rows and columns of a block, likewise.
    pub block: i64,
    /// Matrices of n_pix^2 that a process of QUBE holds as its input in all stages, 0 or more; -1
    /// (default): 1 on the harmonic path where the caller passes the covariance in, else 0. Not for
    /// ECLIPSE, whose budget has all its arrays.
    pub input_matrices: i64,
    /// Bytes of a process before it has any array, 0 or more; -1 (default): 0.26 GiB for QUBE
    /// (Python) and 33.4 MB for ECLIPSE (a rank of MPI), as measured.
    pub baseline_bytes: i64,
    /// Bytes that each rank holds beside what budget, input and baseline have, 0 (default) or more:
    /// buffers of MPI, the host's own arrays.
    pub resident_bytes: i64,
    /// Processors of a node, 1 to 2^20; 0 (default): not known. The ranks of a node cannot use
    /// more.
    pub cores_per_node: i64,
    /// The most bytes that a job may ask for per processor, 1 MiB or more, where a site refuses to
    /// be asked for the memory of a node; 0 (default): no cap. A rank then books as many processors
    /// as its memory takes.
    pub mem_per_core_cap: i64,
    /// Per cent to add to every peak, 0 to 1000, taken to hundredths; -1 (default): what measured
    /// runs support, which is nothing where nothing was measured.
    pub margin: f64,
    /// 1: the ranks of a node share one copy of QUBE's matrices, inputs included (node-shared).
    /// 0 (default): every rank has its own (replicated). Not for ECLIPSE, whose matrices are
    /// block-cyclic.
    pub share_node: i32,
    /// What the lines for a job script are for: QUBE_SCHEDULER_SLURM (default), _PBS or _LSF.
    pub scheduler: i32,
    /// Runs that were measured, as calibration: documents of comparisons (qube_comparison_render()
    /// as JSON). Where they have a stage, the largest excess of them is its margin; they serve
    /// budgets of the same program, path and model. NULL (default): none.
    pub calibration: *const *const c_char,
    /// How many there are.
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

/// A grid of ranks over which matrices are block-cyclic, as in ScaLAPACK. Begin with
/// qube_grid_init().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_grid {
    /// sizeof(qube_grid)
    pub struct_size: usize,
    /// Rows of the grid, 1 to 2^30; 0 (default): the squarest grid of ranks, blocks of 64, as are
    /// npcol and block.
    pub nprow: i64,
    /// Columns of the grid, likewise.
    pub npcol: i64,
    /// Rows and columns of a block, likewise.
    pub block: i64,
    /// Ranks of the run, which must fill the grid; 0 (default): nprow x npcol.
    pub ranks: i64,
    /// Row of a rank in the grid that is asked about, 0 to nprow - 1; -1 (default): none.
    pub myrow: i64,
    /// Its column, likewise.
    pub mycol: i64,
}

growable!(qube_grid { myrow: -1, mycol: -1 });

/// Fills a job with the defaults: one rank on one node, nothing shared, the squarest grid, input,
/// baseline and margin as measured.
///
/// @param job          the struct to fill
/// @param struct_size  sizeof *job
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_job_init(job: *mut qube_job, struct_size: usize) -> i32 {
    guard(|| unsafe { structs::init(job, struct_size, "job") })
}

/// Fills a grid with the defaults: no sizes, and no rank that is asked about.
///
/// @param grid         the struct to fill
/// @param struct_size  sizeof *grid
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (struct_size)
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

/// Where a host asks what ranks hold.
pub(super) enum Asked {
    Grid(Grid),
    /// The squarest one for so many ranks.
    Squarest(i64),
}

impl qube_grid {
    /// The grid that is asked about.
    pub(super) fn asked(&self) -> Result<Asked, Failure> {
        let has_grid = [self.nprow, self.npcol, self.block] != [0; 3];
        if !has_grid && self.ranks != 0 {
            return Ok(Asked::Squarest(self.ranks));
        }
        Ok(Asked::Grid(Grid::new(self.nprow, self.npcol, self.block, given(self.ranks))?))
    }

    /// The rank of this grid that is asked about, if any.
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

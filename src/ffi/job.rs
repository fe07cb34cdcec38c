//! How a run is put on a machine, in C.

use super::guard::guard;
use super::status::Failure;
use super::structs::{self, Growable, known, truth};
use crate::budget::{Grid, Job};

/// Nodes and ranks, who shares what, and what a process holds beside the arrays of the budget.
/// Begin with qube_job_init(); 88 bytes.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct qube_job {
    /// sizeof(qube_job)
    pub struct_size: usize,
    /// Nodes, 1 to 2^20; 1 by default.
    pub nodes: i64,
    /// Ranks (processes) on each node, 1 to 2^20; 1 by default.
    pub ranks_per_node: i64,
    /// Processors for each rank, for its threads, 1 to 2^20; 1 by default. Memory per processor
    /// depends on it.
    pub cpus_per_rank: i64,
    /// Rows of ECLIPSE's grid of ranks, 1 to 2^30; 0, the default: absent. The grid and its block
    /// are given all three, or absent all three, which means qube_budget_best_grid(). Not for QUBE.
    pub nprow: i64,
    /// Columns of the grid, likewise.
    pub npcol: i64,
    /// Rows and columns of a block, likewise.
    pub block: i64,
    /// Matrices of n_pix^2 that a process of QUBE holds as its input in all stages, 0 or more; -1,
    /// the default: absent, 1, the input covariance. Not for ECLIPSE, whose budget has all its
    /// arrays.
    pub input_matrices: i64,
    /// Bytes of a process before it has any array, 0 or more; -1, the default: absent, 0.26 GiB for
    /// QUBE (Python, as measured) and 0 for ECLIPSE (Fortran).
    pub baseline_bytes: i64,
    /// What to add to every peak, in hundredths of a percent, 0 to 100000; -1, the default: absent,
    /// what measured runs support, which is nothing where nothing was measured.
    pub margin: i64,
    /// 1: the ranks of a node share one copy of QUBE's matrices, inputs included. 0, the default:
    /// every rank has its own. Not for ECLIPSE, which spreads its matrices over all ranks.
    pub share_node: i32,
    /// 0
    pub reserved: i32,
}

// SAFETY: repr(C), struct_size first, numbers without padding.
unsafe impl Growable for qube_job {
    const NAME: &'static str = "qube_job";
    const BASELINE: usize = 88;
    fn defaults() -> Self {
        let Job { nodes, ranks_per_node, cpus_per_rank, share_node, .. } = Job::default();
        qube_job {
            struct_size: size_of::<Self>(),
            nodes,
            ranks_per_node,
            cpus_per_rank,
            nprow: 0,
            npcol: 0,
            block: 0,
            input_matrices: -1,
            baseline_bytes: -1,
            margin: -1,
            share_node: share_node.into(),
            reserved: 0,
        }
    }
}

impl qube_job {
    /// The job; NULL is one rank on one node.
    ///
    /// # Safety
    /// As for `read_or_defaults`.
    pub(super) unsafe fn checked(job: *const qube_job) -> Result<Job, Failure> {
        let job = unsafe { structs::read_or_defaults(job) }?;
        if job.reserved != 0 {
            return Err(Failure::Abi(format!("qube_job.reserved is {}; allowed: 0", job.reserved)));
        }
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
            margin: known(job.margin),
        })
    }
}

/// Fills a job with the defaults: one rank on one node, nothing shared, the grid left to the
/// library, input, baseline and margin as measured.
///
/// @param job   the struct to fill
/// @param size  sizeof *job
/// @return QUBE_OK; QUBE_ERR_NULL, QUBE_ERR_ABI (size)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn qube_job_init(job: *mut qube_job, size: usize) -> i32 {
    guard(|| unsafe { structs::init(job, size, "job") })
}

//! Lines of a job script that ask a scheduler for the memory of a node, and the whole script.
//!
//! All sizes are whole MiB, rounded up; M of Slurm, mb of PBS and MB of LSF are 2^20 bytes. With N nodes,
//! R ranks on each, C cores for each rank and B bytes for a node:
//! - Slurm (sbatch(1)): `--mem=B` is of a node, `--mem-per-cpu=B/(R C)` of a core. It refuses both
//!   together, so that one of them is a comment.
//! - PBS (qsub(1B), pbs_resources(7B)): a chunk of `select` is a node here, and `mem` the chunk's.
//! - LSF (bsub(1)): a slot is a core. `rusage[mem]` reserves for each host or each slot as the site
//!   sets RESOURCE_RESERVE_PER_TASK, so that the line says which: `/task` or `/host`. `-M` limits each
//!   process, or with LSB_JOB_MEMLIMIT=y all of the job: the first line has the one, the second the
//!   other.
//!
//! A site that caps the memory of a core refuses `--mem`, and a rank then books more cores than it has
//! threads: the fewest C with B <= R C cap.

use crate::budget::bytes::Bytes;
use crate::{Error, Result};

const MIB: u64 = 1 << 20;

/// Cores of a rank, beyond any machine.
const MOST: u64 = 1 << 20;

/// Variables that set the threads of OpenMP and of the BLAS libraries that do not follow it.
const THREADS: [&str; 4] =
    ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"];

/// A batch scheduler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scheduler {
    #[default]
    Slurm,
    Pbs,
    Lsf,
}

impl Scheduler {
    pub const ALL: [Scheduler; 3] = [Scheduler::Slurm, Scheduler::Pbs, Scheduler::Lsf];

    pub fn name(self) -> &'static str {
        match self {
            Scheduler::Slurm => "slurm",
            Scheduler::Pbs => "pbs",
            Scheduler::Lsf => "lsf",
        }
    }

    pub fn named(name: &str) -> Option<Scheduler> {
        Scheduler::ALL.into_iter().find(|scheduler| scheduler.name() == name)
    }
}

/// The resources of a job; numbers are 1 to 2^20.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    pub nodes: u64,
    pub ranks_per_node: u64,
    /// The threads of a rank, each on a core.
    pub cpus_per_rank: u64,
    /// Memory of a node.
    pub per_node: Bytes,
    /// Memory that one process reaches, shared memory included.
    pub per_rank: Bytes,
    /// Cores of a node, where they are known.
    pub cores_per_node: Option<u64>,
    /// The most memory that a core may ask for.
    pub mem_per_core_cap: Option<Bytes>,
}

/// The lines of one job for one scheduler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobLines {
    scheduler: Scheduler,
    asked: Asked,
    /// Cores that a rank books: its threads, or more for their memory.
    cores_per_rank: u64,
}

impl JobLines {
    /// For a cap of 1 MiB or more. Errors: `Input`, a cap that makes a rank book more than 2^20 cores;
    /// `Conflict`, more cores than a node has.
    pub fn new(scheduler: Scheduler, asked: Asked) -> Result<JobLines> {
        let Asked { ranks_per_node, cpus_per_rank, cores_per_node, mem_per_core_cap, .. } = asked;
        let for_memory = mem_per_core_cap.map(|cap| cores_for_memory(asked, cap)).transpose()?;
        let cores_per_rank = cpus_per_rank.max(for_memory.unwrap_or(1));
        within_node(
            ranks_per_node * cores_per_rank, // 2^40 at most
            cores_per_node,
            "`ranks_per_node` x the processors that `mem_per_core_cap` makes a rank book",
            "fewer ranks on a node, or more nodes where each then holds less",
        )?;
        Ok(JobLines { scheduler, asked, cores_per_rank })
    }

    pub fn scheduler(&self) -> Scheduler {
        self.scheduler
    }

    /// Cores that each rank books.
    pub fn cores_per_rank(&self) -> u64 {
        self.cores_per_rank
    }

    fn cores(&self) -> u64 {
        self.asked.ranks_per_node * self.cores_per_rank // 2^40 at most
    }

    fn ranks(&self) -> u64 {
        self.asked.nodes * self.asked.ranks_per_node // 2^40 at most
    }

    /// The lines that ask for this job, of which a script must have exactly one.
    pub fn alternatives(&self) -> Vec<String> {
        let Asked { nodes, ranks_per_node, per_node, per_rank, mem_per_core_cap, .. } = self.asked;
        let (cores, cores_per_rank) = (self.cores(), self.cores_per_rank);
        let node = whole_mib(per_node);
        let core = whole_mib(per_node.shared_by(cores));
        let mut lines = match self.scheduler {
            Scheduler::Slurm => {
                let mut line =
                    format!("#SBATCH --nodes={nodes} --ntasks-per-node={ranks_per_node}");
                if cores_per_rank > 1 {
                    line += &format!(" --cpus-per-task={cores_per_rank}");
                }
                vec![format!("{line} --mem-per-cpu={core}M"), format!("{line} --mem={node}M")]
            }
            Scheduler::Pbs => {
                let line = format!(
                    "#PBS -l select={nodes}:ncpus={cores}:mpiprocs={ranks_per_node}:mem={node}mb"
                );
                // Without it a rank gets as many threads as the chunk has cores.
                let threads = self.asked.cpus_per_rank;
                vec![if cores > 1 { format!("{line}:ompthreads={threads}") } else { line }]
            }
            Scheduler::Lsf => {
                let slots = u128::from(nodes) * u128::from(cores);
                let line = format!("#BSUB -n {slots} -R \"span[ptile={cores}]");
                let job = u128::from(nodes) * u128::from(node);
                let process = whole_mib(per_rank);
                vec![
                    format!("{line} rusage[mem={core}MB/task]\" -M {process}MB"),
                    format!("{line} rusage[mem={node}MB/host]\" -M {job}MB"),
                ]
            }
        };
        if mem_per_core_cap.is_some() {
            lines.truncate(1); // the one of a core
        } else if self.scheduler == Scheduler::Slurm {
            lines.reverse();
        }
        lines
    }

    /// The line to use where the site does not ask for another.
    pub fn first(&self) -> String {
        self.alternatives().swap_remove(0) // each scheduler has one
    }

    /// The line that asks for the memory of a core; PBS has none.
    pub fn of_a_core(&self) -> Option<String> {
        let mut lines = self.alternatives();
        match self.scheduler {
            Scheduler::Slurm => lines.pop(),
            Scheduler::Pbs => None,
            Scheduler::Lsf => Some(lines.swap_remove(0)),
        }
    }

    /// The first line, and each other one as a comment that says so. Ends with a newline.
    pub fn text(&self) -> String {
        self.alternatives().join("\n# or: ") + "\n"
    }

    /// Notes on the cost of cores, in sentences.
    pub fn notes(&self) -> Vec<String> {
        let Asked { ranks_per_node, cpus_per_rank, per_node, .. } = self.asked;
        let (cores, cores_per_rank) = (self.cores(), self.cores_per_rank);
        let mut notes = Vec::new();
        if let Some(cap) = self.asked.mem_per_core_cap {
            let cap = cap.get() / MIB;
            notes.push(match cores_per_rank - cpus_per_rank {
                0 => format!("The cap of {cap} MiB a core costs no core: each rank books its own."),
                idle => format!(
                    "The cap of {cap} MiB a core makes each rank book {cores_per_rank} cores for \
                     {cpus_per_rank} in use, which leaves {} of {cores} on a node idle.",
                    idle * ranks_per_node
                ),
            });
        }
        if let Some(has) = self.asked.cores_per_node {
            notes.push(match has - cores {
                0 => format!("The job books all {has} cores of a node."),
                idle => format!(
                    "The job books {cores} of the {has} cores of a node. If the site gives whole \
                     nodes only, {idle} cores stay idle, and {} MiB a core suffice.",
                    whole_mib(per_node.shared_by(has))
                ),
            });
        }
        notes
    }

    /// A script of its own: comments, the lines, the threads of a rank, and what starts the ranks of a
    /// program. Ends with a newline.
    pub fn script(&self, comments: &[String]) -> String {
        let Asked { ranks_per_node, cpus_per_rank, .. } = self.asked;
        let (ranks, cores_per_rank) = (self.ranks(), self.cores_per_rank);
        let mut text = "#!/bin/bash\n".to_owned();
        for comment in comments {
            let line: String =
                comment.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            text += &format!("# {line}\n");
        }
        text += &self.text();
        text += "\n";
        for variable in THREADS {
            text += &format!("export {variable}={cpus_per_rank}\n");
        }
        text += "\n# In place of ./program: the program and its arguments\n";
        text += &match self.scheduler {
            // Since Slurm 22.05 srun does not inherit the processors of a task.
            Scheduler::Slurm => format!("srun --cpus-per-task={cores_per_rank} ./program\n"),
            Scheduler::Pbs => {
                format!("cd \"$PBS_O_WORKDIR\" || exit 1\nmpiexec -n {ranks} ./program\n")
            }
            Scheduler::Lsf if cores_per_rank == 1 => format!("mpirun -n {ranks} ./program\n"),
            // As many ranks as slots would crowd on the first nodes.
            Scheduler::Lsf => format!(
                "mpirun -n {ranks} --map-by ppr:{ranks_per_node}:node ./program\n\
                 # or, with Intel MPI: mpirun -n {ranks} -ppn {ranks_per_node} ./program\n\
                 # or: jsrun --nrs {ranks} --rs_per_host {ranks_per_node} --tasks_per_rs 1 \
                 --cpu_per_rs {cores_per_rank} ./program\n"
            ),
        };
        text
    }
}

/// The fewest cores of a rank with which none asks for more than the cap.
fn cores_for_memory(asked: Asked, cap: Bytes) -> Result<u64> {
    let whole = cap.get() / MIB; // a line asks for whole MiB
    let of_one = u128::from(asked.ranks_per_node) * u128::from(whole) * u128::from(MIB);
    let cores = u128::from(asked.per_node.get()).div_ceil(of_one.max(1)).max(1);
    u64::try_from(cores).ok().filter(|&cores| cores <= MOST).ok_or(Error::Input {
        name: "mem_per_core_cap",
        value: cap.signed(),
        allowed: "a cap with which a rank needs at most 1048576 (2^20) cores",
    })
}

/// The processors that the ranks of a node book are there.
pub(crate) fn within_node(
    booked: u64,
    has: Option<u64>,
    name: &'static str,
    allowed: &'static str,
) -> Result<()> {
    match has.filter(|&has| booked > has) {
        None => Ok(()),
        Some(has) => Err(Error::Conflict {
            name,
            value: booked as i64, // 2^40 at most
            other: "`cores_per_node`",
            other_value: has as i64, // 2^20 at most
            allowed,
        }),
    }
}

/// At least 1: no memory at all means all of the node to Slurm.
fn whole_mib(bytes: Bytes) -> u64 {
    bytes.whole_mib().max(1)
}

//! Nodes, ranks and the memory of a process beside its arrays, on the command line.

use std::path::PathBuf;

use clap::ArgAction;
use qube_budget::run::{CalibrationRecord, Job, Scheduler};

use crate::failure::Failure;
use crate::limit::Limit;
use crate::{files, sizes};

/// Flags of every code.
#[derive(clap::Args)]
#[command(next_help_heading = "Nodes and ranks")]
pub struct Nodes {
    /// Number of nodes
    #[arg(long, value_name = "COUNT", default_value_t = 1, allow_negative_numbers = true)]
    nodes: i64,
    /// MPI ranks (processes) per node
    #[arg(long, value_name = "COUNT", default_value_t = 1, allow_negative_numbers = true)]
    ranks_per_node: i64,
    /// Cores per rank, one per thread
    #[arg(long, value_name = "COUNT", default_value_t = 1, allow_negative_numbers = true)]
    cpus_per_rank: i64,
    /// Memory of a process before it allocates arrays [default: QUBE 0.26GiB, ECLIPSE 33.4 MB]
    #[arg(long, visible_alias = "baseline")]
    #[arg(value_name = "SIZE", value_parser = size, allow_hyphen_values = true)]
    baseline_bytes: Option<i64>,
    /// Margin on every peak, in percent [default: from measured runs]
    #[arg(long, value_name = "PERCENT", value_parser = percent, allow_hyphen_values = true)]
    margin: Option<i64>,
    /// Calibrate the margin with a measured run, printed by qube compare --json; may be repeated
    #[arg(long, value_name = "FILE")]
    calibration: Vec<PathBuf>,
    /// Other memory of each rank, such as MPI buffers and your own arrays [default: 0]
    #[arg(long, value_name = "SIZE", value_parser = size, allow_hyphen_values = true)]
    resident_bytes: Option<i64>,
    /// Scheduler of the job lines: slurm, pbs or lsf [default: slurm]
    #[arg(long, value_name = "NAME", value_parser = scheduler)]
    #[arg(help_heading = "Job lines")]
    scheduler: Option<Scheduler>,
    /// Cores of a node; its ranks must not need more
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true, help_heading = "Job lines")]
    cores_per_node: Option<i64>,
    /// Largest memory per core, where a site refuses --mem; ranks then book more cores
    #[arg(long, value_name = "SIZE", value_parser = size, allow_hyphen_values = true)]
    #[arg(help_heading = "Job lines")]
    mem_per_core_cap: Option<i64>,
}

/// Flags of QUBE.
#[derive(clap::Args)]
#[command(next_help_heading = "Nodes and ranks")]
#[group(id = "qube_job")] // other structs of the command have the same name
pub struct Qube {
    #[command(flatten)]
    nodes: Nodes,
    /// Share one copy of all matrices among the ranks of a node
    #[arg(long, action = ArgAction::SetTrue)]
    share_node: bool,
    /// Input matrices, n_pix x n_pix, that each process keeps [default: 1]
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    input_matrices: Option<i64>,
}

/// Flags of ECLIPSE.
#[derive(clap::Args)]
#[command(next_help_heading = "Nodes and ranks")]
#[group(id = "eclipse_job")] // other structs of the command have the same name
pub struct Eclipse {
    #[command(flatten)]
    nodes: Nodes,
    #[command(flatten)]
    spread: sizes::BlockCyclic,
}

impl Nodes {
    fn job(&self) -> Result<Job, Failure> {
        let record = |file: &PathBuf| {
            let record = CalibrationRecord::parse(&files::read(file)?);
            record.map_err(|error| Failure::in_file(file, error))
        };
        Ok(Job {
            nodes: self.nodes,
            ranks_per_node: self.ranks_per_node,
            cpus_per_rank: self.cpus_per_rank,
            baseline_bytes: self.baseline_bytes,
            margin: self.margin,
            resident_bytes: self.resident_bytes.unwrap_or(0),
            scheduler: self.scheduler.unwrap_or_default(),
            cores_per_node: self.cores_per_node,
            mem_per_core_cap: self.mem_per_core_cap,
            calibration: self.calibration.iter().map(record).collect::<Result<_, _>>()?,
            ..Job::default()
        })
    }
}

impl Qube {
    pub fn job(&self) -> Result<Job, Failure> {
        let job = self.nodes.job()?;
        Ok(Job { share_node: self.share_node, input_matrices: self.input_matrices, ..job })
    }
}

impl Eclipse {
    pub fn job(&self) -> Result<Job, Failure> {
        Ok(Job { grid: self.spread.grid(None)?, ..self.nodes.job()? })
    }
}

fn scheduler(name: &str) -> Result<Scheduler, &'static str> {
    Scheduler::named(name).ok_or("give slurm, pbs or lsf")
}

pub fn size(text: &str) -> Result<i64, String> {
    match text.parse()? {
        Limit::Bytes(bytes) => Ok(bytes),
        Limit::Machine => Err("give bytes, or a number with KiB, MiB, GiB or TiB".into()),
    }
}

/// Hundredths of a percent.
pub fn percent(text: &str) -> Result<i64, &'static str> {
    const ALLOWED: &str = "give 0 to 1000, with two decimals at most, such as 12.5";
    let number = text.strip_suffix('%').unwrap_or(text);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 2 || whole.len() > 4 {
        return Err(ALLOWED);
    }
    // Six digits at most.
    let hundredths = format!("{whole}{fraction:0<2}").parse().map_err(|_| ALLOWED)?;
    if hundredths > 100_000 { Err(ALLOWED) } else { Ok(hundredths) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_exact() {
        for (text, hundredths) in
            [("0", 0), ("12.5", 1250), ("7.05%", 705), ("1000", 100_000), ("3%", 300)]
        {
            assert_eq!(percent(text), Ok(hundredths), "{text}");
        }
        for text in ["", "%", "-1", "1.234", "1000.01", "99999", "1e2", "nan", ".5", "5."] {
            assert!(percent(text).is_err(), "{text}");
        }
    }
}

//! Lines of a job script, read back by a parser of their own: what they ask for holds the request, and not
//! a unit more; and what processors, a cap and other memory make of a job.

use std::io::Write;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use qube_budget::Error;
use qube_budget::budget::{Budget, Code, EclipseConfig, PixelDirectConfig};
use qube_budget::run::{Job, Largest, Request, Run, Scheduler, Size};

const MIB: u64 = 1 << 20;

/// What a scheduler understands by a line.
#[derive(Debug, PartialEq)]
struct Read {
    nodes: u64,
    ranks_per_node: Option<u64>,
    cores_per_node: u64,
    node_bytes: u64,
    /// Each megabyte of the line is so many of a node.
    units: u64,
    /// LSF's -M.
    limit_bytes: Option<u64>,
}

fn after<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let rest = &line[line.find(key)? + key.len()..];
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    Some(&rest[..end])
}

fn number(line: &str, key: &str) -> Option<u64> {
    after(line, key).map(|digits| digits.parse().unwrap())
}

fn megabytes(line: &str, key: &str, unit: &str) -> Option<u64> {
    after(line, key).map(|size| size.strip_suffix(unit).unwrap().parse::<u64>().unwrap() * MIB)
}

fn read(line: &str) -> Read {
    if line.starts_with("#SBATCH ") {
        let ranks = number(line, "--ntasks-per-node=").unwrap();
        let cores = ranks * number(line, "--cpus-per-task=").unwrap_or(1);
        let (node, core) = (megabytes(line, "--mem=", "M"), megabytes(line, "--mem-per-cpu=", "M"));
        assert!(node.is_some() != core.is_some(), "Slurm refuses both: {line}");
        return Read {
            nodes: number(line, "--nodes=").unwrap(),
            ranks_per_node: Some(ranks),
            cores_per_node: cores,
            node_bytes: node.unwrap_or_else(|| core.unwrap() * cores),
            units: if node.is_some() { 1 } else { cores },
            limit_bytes: None,
        };
    }
    if line.starts_with("#PBS -l ") {
        return Read {
            nodes: number(line, "select=").unwrap(),
            ranks_per_node: number(line, ":mpiprocs="),
            cores_per_node: number(line, ":ncpus=").unwrap(),
            node_bytes: megabytes(line, ":mem=", "mb").unwrap(),
            units: 1,
            limit_bytes: None,
        };
    }
    assert!(line.starts_with("#BSUB "), "{line}");
    let slots = number(line, "span[ptile=").unwrap();
    let size = megabytes(line, "rusage[mem=", "MB").unwrap();
    let per_slot = line.contains("MB/task]\"");
    assert!(per_slot || line.contains("MB/host]\""), "{line}");
    let all = number(line, " -n ").unwrap();
    assert_eq!(all % slots, 0);
    Read {
        nodes: all / slots,
        ranks_per_node: None,
        cores_per_node: slots,
        node_bytes: if per_slot { size * slots } else { size },
        units: if per_slot { slots } else { 1 },
        limit_bytes: megabytes(line, " -M ", "MB"),
    }
}

/// A run of 560000 bytes, and of what a job adds.
fn small() -> Budget {
    PixelDirectConfig::new(100, 8, 1, 1).budget().unwrap()
}

fn job(nodes: i64, ranks_per_node: i64, cpus_per_rank: i64, baseline: i64) -> Job {
    Job {
        nodes,
        ranks_per_node,
        cpus_per_rank,
        input_matrices: Some(0),
        baseline_bytes: Some(baseline),
        margin: Some(0),
        ..Job::default()
    }
}

fn lines(job: &Job) -> Vec<String> {
    small().request(job).unwrap().job_lines().alternatives()
}

#[test]
fn lines_of_each_scheduler() {
    // 2 ranks of 560000 bytes and a baseline that makes one a byte above 100 MiB.
    let slurm = job(3, 2, 1, 100 * (1 << 20) + 1 - 560_000);
    assert_eq!(
        small().request(&slurm).unwrap().job_lines().text(),
        "#SBATCH --nodes=3 --ntasks-per-node=2 --mem=201M\n\
         # or: #SBATCH --nodes=3 --ntasks-per-node=2 --mem-per-cpu=101M\n"
    );
    let pbs = Job { scheduler: Scheduler::Pbs, cpus_per_rank: 4, ..slurm.clone() };
    assert_eq!(lines(&pbs), ["#PBS -l select=3:ncpus=8:mpiprocs=2:mem=201mb:ompthreads=4"]);
    let lsf = Job { scheduler: Scheduler::Lsf, cpus_per_rank: 4, ..slurm.clone() };
    assert_eq!(
        lines(&lsf),
        [
            "#BSUB -n 24 -R \"span[ptile=8] rusage[mem=26MB/task]\" -M 101MB",
            "#BSUB -n 24 -R \"span[ptile=8] rusage[mem=201MB/host]\" -M 603MB",
        ]
    );
}

proptest! {
    /// Enough, and less than one more of the unit that the line asks in.
    #[test]
    fn lines_ask_for_what_a_node_needs(
        nodes in 1i64..100,
        ranks in 1i64..200,
        cpus in 1i64..20,
        baseline in 0i64..(1 << 38),
        scheduler in prop::sample::select(Scheduler::ALL.to_vec()),
        share_node in any::<bool>(),
    ) {
        let job = Job { scheduler, share_node, ..job(nodes, ranks, cpus, baseline) };
        let request = small().request(&job).unwrap();
        let needed = request.per_node_bytes().get();
        let of_rank = request.stages().iter().map(|stage| stage.per_rank_bytes().get()).max().unwrap();
        let all = request.job_lines().alternatives();
        prop_assert_eq!(all.len(), if scheduler == Scheduler::Pbs { 1 } else { 2 });
        for line in &all {
            let read = read(line);
            prop_assert_eq!(read.nodes, nodes as u64);
            prop_assert_eq!(read.cores_per_node, (ranks * cpus) as u64);
            prop_assert_eq!(read.ranks_per_node.unwrap_or(ranks as u64), ranks as u64);
            prop_assert!(read.node_bytes >= needed, "{line}");
            prop_assert!(read.node_bytes < needed + read.units * MIB, "{line}");
            if let Some(limit) = read.limit_bytes {
                // Of a process beside what a slot reserves, of the job beside what hosts do.
                let whole = if line.contains("/task") { of_rank } else { nodes as u64 * needed };
                prop_assert!(limit >= whole, "{line}");
            }
        }
        // A script has one of them; the others are comments.
        let text = request.job_lines().text();
        let active = text.lines().filter(|line| !line.starts_with("# or: "));
        prop_assert_eq!(active.collect::<Vec<_>>(), vec![all[0].as_str()]);
    }

    /// A rank books the fewest processors with which each stays within the cap.
    #[test]
    fn a_cap_raises_the_processors_of_a_rank(
        ranks in 1i64..50,
        cpus in 1i64..9,
        baseline in 0i64..(1 << 36),
        cap in (1i64 << 27)..(1 << 34),
        scheduler in prop::sample::select(Scheduler::ALL.to_vec()),
    ) {
        let capped = Job { scheduler, mem_per_core_cap: Some(cap), ..job(2, ranks, cpus, baseline) };
        let request = small().request(&capped).unwrap();
        let all = request.job_lines().alternatives();
        prop_assert_eq!(all.len(), 1);
        prop_assert!(!all[0].contains("--mem="), "refused where there is a cap: {}", all[0]);
        let read = read(&all[0]);
        let (needed, cap) = (request.per_node_bytes().get(), cap as u64);
        prop_assert!(read.node_bytes >= needed);
        prop_assert!(read.node_bytes <= read.cores_per_node * cap, "{}", all[0]);
        let booked = read.cores_per_node / ranks as u64;
        prop_assert_eq!(booked, request.job_lines().cores_per_rank());
        if booked > cpus as u64 {
            let fewer = (booked - 1) * ranks as u64;
            prop_assert!(fewer * (cap / MIB) * MIB < needed, "{} are enough", booked - 1);
            let idle = (booked - cpus as u64) * ranks as u64;
            let cost = format!("leaves {idle} of {} on a node idle", read.cores_per_node);
            prop_assert!(request.notes().iter().any(|note| note.contains(&cost)));
        } else {
            prop_assert_eq!(booked, cpus as u64);
            prop_assert!(request.notes().iter().any(|note| note.contains("costs no core")));
        }
    }
}

fn conflict(job: &Job) -> String {
    let error = small().request(job).unwrap_err();
    assert!(matches!(error, Error::Conflict { .. }), "{error}");
    error.to_string()
}

#[test]
fn a_node_has_only_so_many_processors() {
    let full = Job { cores_per_node: Some(64), ..job(1, 16, 4, 0) };
    let notes = small().request(&full).unwrap().notes();
    assert!(notes.contains(&"The job books all 64 cores of a node.".to_owned()), "{notes:?}");
    let half = Job { cpus_per_rank: 2, ..full.clone() };
    let notes = small().request(&half).unwrap().notes().join(" ");
    assert!(notes.contains("books 32 of the 64 cores") && notes.contains("32 cores stay idle"));
    assert_eq!(
        conflict(&Job { cpus_per_rank: 5, ..full.clone() }),
        "ranks_per_node x cpus_per_rank is 80, but cores_per_node is 64; give as many processors as a \
         node has, or fewer"
    );
    // 16 ranks of 1 GiB and more, at 100 MiB a core: 11 each, which is 176.
    let capped =
        Job { mem_per_core_cap: Some(100 << 20), baseline_bytes: Some(1 << 30), ..full.clone() };
    assert!(conflict(&capped).contains("makes a rank book is 176, but cores_per_node is 64"));
    for bad in [
        Job { cores_per_node: Some(0), ..full.clone() },
        Job { cores_per_node: Some((1 << 20) + 1), ..full.clone() },
        Job { mem_per_core_cap: Some((1 << 20) - 1), ..full.clone() },
        Job { mem_per_core_cap: Some(-1), ..full.clone() },
        Job { resident_bytes: -1, ..full.clone() },
        // A rank of 2^62 bytes on cores of 1 MiB.
        Job { mem_per_core_cap: Some(1 << 20), baseline_bytes: Some(1 << 62), ..job(1, 1, 1, 0) },
    ] {
        assert!(matches!(small().request(&bad), Err(Error::Input { .. })), "{bad:?}");
    }
}

/// Questions of a size keep to the processors of a node, and do not stumble over a cap.
#[test]
fn inverse_questions_know_the_processors() {
    let run = Run::new(PixelDirectConfig::new(100, 8, 1, 1));
    let job =
        Job { cores_per_node: Some(64), mem_per_core_cap: Some(1 << 20), ..job(1, 1, 4, 1 << 20) };
    let found = run.largest(Size::RanksPerNode, &job, 1 << 40).unwrap();
    let Largest::Value { fits, next: None } = found else { panic!("{found:?}") };
    assert_eq!(fits.value, 16);
    let eclipse = Run::new(EclipseConfig { pix_t: Some(90), ..EclipseConfig::new(Code::T, 8) });
    let job = Job { cores_per_node: Some(12), cpus_per_rank: 3, ..Job::default() };
    let found = eclipse.largest(Size::RanksPerNode, &job, 1 << 40).unwrap();
    let Largest::Value { fits, next: None } = found else { panic!("{found:?}") };
    assert_eq!(fits.value, 4);
}

/// What a rank holds beside: once for each rank, shared or not, and without a margin.
#[test]
fn other_resident_memory_counts_per_rank() {
    let held = |request: &Request| {
        let of_rank = request.largest().per_rank_bytes().get();
        (request.per_node_bytes().get(), of_rank, request.own_per_rank_bytes().get())
    };
    for share_node in [false, true] {
        let bare = Job { share_node, margin: Some(1000), ..job(2, 5, 1, 7) };
        let more = Job { resident_bytes: 1000, ..bare.clone() };
        let [before, after] = [bare, more].map(|job| held(&small().request(&job).unwrap()));
        assert_eq!(after, (before.0 + 5000, before.1 + 1000, before.2 + 1000), "{share_node}");
    }
    let request = small().request(&Job { resident_bytes: 3 << 30, ..job(1, 2, 1, 0) }).unwrap();
    assert!(request.table().contains("other resident memory of a rank"));
    let document: serde_json::Value = serde_json::from_str(&request.json()).unwrap();
    assert_eq!(document["other_resident_bytes"], 3u64 << 30);
    let huge = Job { resident_bytes: i64::MAX, ..job(1, 2, 1, 0) };
    assert!(matches!(small().request(&huge), Err(Error::Overflow { .. })));
}

fn bash_takes(script: &str) -> bool {
    let mut bash =
        Command::new("bash").arg("-n").stdin(Stdio::piped()).spawn().expect("bash starts");
    bash.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    bash.wait().unwrap().success()
}

#[test]
fn a_script_has_one_job_line_its_threads_and_what_starts_the_ranks() {
    for (scheduler, prefix, starts) in [
        (Scheduler::Slurm, "#SBATCH ", "srun --cpus-per-task=6 ./program\n"),
        (Scheduler::Pbs, "#PBS ", "mpiexec -n 8 ./program\n"),
        (Scheduler::Lsf, "#BSUB ", "mpirun -n 8 --map-by ppr:4:node ./program\n"),
    ] {
        let job = Job { scheduler, ..job(2, 4, 6, 1 << 30) };
        let script = small().request(&job).unwrap().script(Some("Does not\nfit: $(`\"'"));
        assert!(bash_takes(&script), "{script}");
        assert!(script.starts_with("#!/bin/bash\n# The run holds at most "), "{script}");
        assert!(script.contains("\n# Does not fit: $(`\"'\n"), "{script}");
        assert_eq!(script.lines().filter(|line| line.starts_with(prefix)).count(), 1);
        assert!(script.contains(starts), "{script}");
        for variable in ["OMP", "OPENBLAS", "MKL", "BLIS"] {
            assert!(script.contains(&format!("\nexport {variable}_NUM_THREADS=6\n")), "{script}");
        }
        // The scheduler reads its lines before the first command.
        let line = script.find(&format!("\n{prefix}")).unwrap();
        assert!(line < script.find("\nexport ").unwrap());
    }
    // More processors for memory are no more threads.
    let capped = Job { mem_per_core_cap: Some(1 << 28), ..job(1, 1, 2, 1 << 30) };
    let script = small().request(&capped).unwrap().script(None);
    assert!(script.contains("--cpus-per-task=5 --mem-per-cpu=205M"), "{script}");
    assert!(script.contains("export OMP_NUM_THREADS=2\n"));
    assert!(script.contains("srun --cpus-per-task=5 ./program\n"));
}

//! What the command prints beside its tables: job scripts, Markdown, bars, and files of trace events.
#![cfg(feature = "cli")]

mod common;

use std::fs;
use std::process::Command;

use common::command::qube;

const ECLIPSE_QU: &str = "harmonic --n-pix 59136 --n-modes 33274 --lmax-signal 256 --lmax 128";
const QU_64: &str = "pixel-direct --n-pix 9800 --lmax-signal 256 --n-bins 6 --n-params 18";

fn document(args: &str) -> serde_json::Value {
    serde_json::from_str(&qube(&format!("{args} --json")).out).unwrap()
}

#[test]
fn a_script_is_all_that_is_printed() {
    let job = "--ranks-per-node 2 --cpus-per-rank 4";
    for (scheduler, prefix) in [("slurm", "#SBATCH "), ("pbs", "#PBS -l "), ("lsf", "#BSUB -n ")] {
        let said = qube(&format!("request {QU_64} {job} --scheduler {scheduler} --script"));
        assert_eq!((said.code, said.err.as_str()), (0, ""));
        assert!(said.out.starts_with("#!/bin/bash\n"), "{}", said.out);
        assert_eq!(said.out.lines().filter(|line| line.starts_with(prefix)).count(), 1);
        let bash = Command::new("bash").args(["-n", "-c", &said.out]).status().unwrap();
        assert!(bash.success(), "{}", said.out);
    }
    // One that does not fit says so, in a comment and by its exit code.
    let over = qube(&format!("request {QU_64} --limit 1GiB --script"));
    assert_eq!(over.code, 3);
    assert!(over.out.contains("\n# Does not fit: a node holds "), "{}", over.out);
    let fits = qube(&format!("request {QU_64} --limit 100GiB --script"));
    assert!(fits.code == 0 && !fits.out.contains("fit"), "{}", fits.out);
}

/// A table can be pasted as it is: one line is active.
#[test]
fn a_table_has_one_job_line() {
    let said = qube(&format!("request {ECLIPSE_QU}"));
    let lines: Vec<&str> = said.out.lines().rev().take(2).collect();
    assert!(lines[1].starts_with("#SBATCH ") && lines[1].contains(" --mem="), "{}", said.out);
    assert!(lines[0].starts_with("# or: #SBATCH ") && lines[0].contains(" --mem-per-cpu="));
    let document = document(&format!("request {ECLIPSE_QU}"));
    assert_eq!(document["job_script"][0], lines[1]);
    assert_eq!(document["script"], qube(&format!("request {ECLIPSE_QU} --script")).out);
    assert_eq!(document["scheduler"], "slurm");
    let sentence = document["summary"].as_str().unwrap();
    let unwrapped = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(unwrapped.contains(sentence), "{sentence}");
}

#[test]
fn flags_reach_the_job_lines() {
    let capped = "--mem-per-core-cap 3968MiB --cores-per-node 64 --ranks-per-node 2";
    let request = document(&format!("request {QU_64} {capped}"));
    let cores = request["cores_per_rank"].as_u64().unwrap();
    let needed = request["per_node_bytes"].as_u64().unwrap();
    assert_eq!(cores, needed.div_ceil(2 * (3968 << 20)));
    assert_eq!(request["job_script"].as_array().unwrap().len(), 1);
    let more = document(&format!("request {QU_64} {capped} --resident-bytes 3GiB"));
    assert_eq!(more["other_resident_bytes"], 3u64 << 30);
    assert_eq!(more["per_node_bytes"].as_u64().unwrap(), needed + (6 << 30));
    for (flags, culprit) in [
        ("--scheduler sge", "give slurm, pbs or lsf"),
        ("--mem-per-core-cap 1000", "--mem-per-core-cap is 1000; give 1 MiB or more"),
        (
            "--cores-per-node 8 --cpus-per-rank 9",
            "--ranks-per-node x --cpus-per-rank is 9, but --cores-per-node is 8",
        ),
        (
            "--cores-per-node 8 --mem-per-core-cap 1GiB",
            "--ranks-per-node x the processors that --mem-per-core-cap makes a rank book is ",
        ),
        ("--resident-bytes -1", "'-1' for '--resident-bytes"),
        ("--script --json", "--json"),
        ("--markdown --json", "--json"),
        ("--bars --json", "--json"),
    ] {
        let said = qube(&format!("request {QU_64} {flags}"));
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{flags}");
        assert_eq!(said.err.lines().count(), 1, "{}", said.err);
        assert!(said.err.contains(culprit), "{}", said.err);
    }
}

/// A sentence, then rows with as many cells as the head.
fn check_markdown(text: &str, stages: usize) {
    let mut lines = text.lines();
    assert!(lines.next().unwrap().ends_with(" model)."), "{text}");
    assert_eq!(lines.next(), Some(""));
    let rows: Vec<&str> = lines.take_while(|line| line.starts_with('|')).collect();
    assert_eq!(rows.len(), 2 + stages, "{text}");
    let cells = |row: &str| row.matches('|').count();
    assert!(rows.iter().all(|row| cells(row) == cells(rows[0])), "{text}");
}

#[test]
fn markdown_for_a_proposal() {
    for (asked, code) in [
        (format!("budget {ECLIPSE_QU}"), 0),
        (format!("budget {ECLIPSE_QU} --limit 64GiB"), 3),
        (format!("request {ECLIPSE_QU} --nodes 3"), 0),
        (format!("request {ECLIPSE_QU} --limit 64GiB"), 3),
        (format!("fit {ECLIPSE_QU} --limit 64GiB"), 3),
    ] {
        let said = qube(&format!("{asked} --markdown"));
        assert_eq!((said.code, said.err.as_str()), (code, ""), "{asked}");
        check_markdown(&said.out, 4);
        assert!(said.out.contains("basis\\_setup") && said.out.contains("`basis_setup`"));
        assert_eq!(said.out.contains("\nDoes not fit: "), code == 3, "{}", said.out);
    }
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("a.log");
    fs::write(&log, "baseline 1 GiB\nbasis_setup peak 57 GiB\nlifetime peak 121 GiB\n").unwrap();
    let asked = format!("compare {ECLIPSE_QU} --measured {}", log.display());
    let said = qube(&format!("{asked} --markdown"));
    check_markdown(&said.out, 5);
    assert!(said.out.contains(" and held 120.00 GiB, "), "{}", said.out);
    let refused = qube(&format!("fit {ECLIPSE_QU} --limit 64GiB --largest nodes --markdown"));
    assert_eq!(refused.code, 2);
}

/// Bars are for terminals; elsewhere they are asked for.
#[test]
fn bars_are_shown_on_a_terminal() {
    let asked = format!("request {ECLIPSE_QU} --limit 64GiB");
    let has_bars = |text: &str| text.contains("####") || text.contains("████");
    assert!(!has_bars(&qube(&asked).out));
    let bars = qube(&format!("{asked} --bars")).out;
    let limit = bars.lines().find(|line| line.starts_with("limit ")).unwrap();
    assert!(limit.ends_with(": over the limit"), "{bars}");
    assert!(bars.lines().all(|line| line.chars().count() <= 100 || line.starts_with('#')));
    for (locale, mark) in [("C", "####|XX"), ("C.UTF-8", "████│▒▒")] {
        for (flag, shown) in [("", true), ("--no-bars", false), ("--json", false)] {
            let command = format!("{} {asked} {flag}", env!("CARGO_BIN_EXE_qube"));
            let output = Command::new("script")
                .args(["--quiet", "--return", "--command", &command, "/dev/null"])
                .env("LC_ALL", locale)
                .stdin(std::process::Stdio::null())
                .output()
                .expect("script, which runs a command on a terminal, starts");
            let text = String::from_utf8(output.stdout).unwrap();
            assert_eq!(text.contains(mark), shown, "{locale} {flag}: {text}");
        }
    }
}

#[test]
fn traces_are_written_into_files() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("a.log");
    fs::write(&log, "basis_setup 57 GiB\n").unwrap();
    let file = folder.path().join("trace.json");
    for (asked, tracks) in [
        (format!("budget {ECLIPSE_QU}"), 1),
        (format!("request {ECLIPSE_QU} --limit 300GiB"), 1),
        (format!("compare {ECLIPSE_QU} --measured {}", log.display()), 2),
    ] {
        let said = qube(&format!("{asked} --trace {}", file.display()));
        assert_eq!((said.code, said.err.as_str()), (0, ""));
        let trace: serde_json::Value =
            serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let events = trace["traceEvents"].as_array().unwrap();
        let named = events.iter().filter(|event| event["name"] == "process_name");
        assert_eq!(named.count(), tracks, "{asked}");
        fs::remove_file(&file).unwrap();
    }
    let nowhere = qube(&format!("budget {ECLIPSE_QU} --trace {}/no/t", folder.path().display()));
    assert_eq!((nowhere.code, nowhere.out.as_str()), (1, ""));
}

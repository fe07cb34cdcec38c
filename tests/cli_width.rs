//! What `qube` prints for people about budgets fits 100 columns: tables, verdicts and helps, whatever the
//! numbers.
#![cfg(feature = "cli")]

mod common;

use std::fs;

use common::command::qube;
use common::width::fits_100_columns;

/// Runs as small as they can be, published ones, and some whose bytes have 19 digits.
const RUNS: [&str; 12] = [
    "harmonic --n-pix 1 --n-modes 1 --lmax-signal 1",
    "harmonic --n-pix 59136 --n-modes 33274 --lmax-signal 256 --lmax 128 --keep-pixel-projector \
     --covariance-by-caller",
    "harmonic --n-pix 400000000 --n-modes 1 --lmax-signal 9223372036854775807 --lmax 1",
    "harmonic --fields TQU --nside 8192 --fsky 0.10000000000000001 --lmax-signal 8192 --lmax 8191",
    "pixel-direct --n-pix 1 --lmax-signal 1 --n-bins 1 --n-params 1",
    "pixel-direct --n-pix 9800 --lmax-signal 256 --n-bins 6 --n-params 18 --cache-derivatives",
    "pixel-direct --n-pix 1 --n-bins 200000000000000000 --n-params 1000000000000000000",
    "pixel-direct --fields TQU --nside 8192 --fsky 0.11111111111111111 --polar-cap \
     --lmax-signal 9223372036854775807 --n-bins 1",
    "eclipse --code teb --pix-t 580 --pix-p 395 --lmax 16 --maps 1000 --check-inverse",
    "eclipse --code teb --pix-t 29009 --pix-p 29009 --lmax 192 --maps 10000000000 --cross",
    "eclipse --code eb --pix-p 200000000 --lmax 2 --no-fisher --lmax-cov 1000",
    "eclipse --code t --pix-t 29009 --lmax 10000 --check-inverse",
];

/// A table that fits, or does not; no refusal.
fn is_narrow(asked: &str) {
    let said = qube(asked);
    assert!([0, 3].contains(&said.code) && said.out.len() > 100, "{asked}: {}", said.err);
    fits_100_columns(&said.out, asked);
}

#[test]
fn budgets_and_their_verdicts() {
    for run in RUNS {
        is_narrow(&format!("budget {run}"));
        for limit in ["1", "96GiB", "9223372036854775807"] {
            is_narrow(&format!("budget {run} --limit {limit}"));
        }
    }
    for code in ["t --pix-t 49152", "eb --pix-p 49152", "teb --pix-t 49152 --pix-p 1"] {
        let run = format!("budget eclipse --code {code} --lmax 1000");
        is_narrow(&format!("{run} --published --check-inverse --limit 1GiB"));
        is_narrow(&format!("{run} --ranks 1048576"));
        is_narrow(&format!("{run} --nprow 1 --npcol 1 --block 64 --limit 1GiB"));
        is_narrow(&format!("{run} --nprow 1048576 --npcol 7 --block 1073741824"));
    }
}

#[test]
fn requests_and_fits() {
    for run in RUNS {
        let qube_runs = if run.starts_with("eclipse") { "" } else { "--baseline 1TiB" };
        for job in ["", "--nodes 64 --ranks-per-node 1 --margin 1000", qube_runs] {
            // A margin of ten peaks is too much for the largest.
            let said = qube(&format!("request {run} {job}"));
            assert!(
                said.code == 0 || said.err.contains("is too large"),
                "{run} {job}: {}",
                said.err
            );
            fits_100_columns(&said.out, run);
            for limit in ["1", "96GiB", "9223372036854775807"] {
                for command in ["request", "fit"] {
                    let asked = format!("{command} {run} {job} --limit {limit}");
                    let said = qube(&asked);
                    assert!([0, 3].contains(&said.code) || said.err.contains("is too large"));
                    fits_100_columns(&said.out, &asked);
                }
            }
        }
    }
    for size in ["nside", "lmax", "n-bins", "ranks-per-node", "nodes"] {
        let survey = "--fields QU --nside 64 --fsky 0.1 --polar-cap --lmax-signal 256 --n-bins 6";
        for limit in ["1", "96GiB", "9223372036854775807"] {
            is_narrow(&format!("fit harmonic {survey} --lmax 64 --limit {limit} --largest {size}"));
            is_narrow(&format!("fit pixel-direct {survey} --limit {limit} --largest {size}"));
        }
    }
    let teb = "fit eclipse --code teb --pix-t 2900 --pix-p 2900 --lmax 192 --limit 1GiB";
    for size in ["lmax", "maps", "nodes"] {
        is_narrow(&format!("{teb} --largest {size}"));
    }
}

#[test]
fn comparisons() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.log");
    for run in RUNS {
        let stage = if run.starts_with("eclipse") { "step_3" } else { "basis_setup" };
        for (size, baseline) in [("0", "9223372036854775807"), ("9223372036854775807", "0")] {
            let text = format!("baseline {baseline}\n{stage} {size}\n{stage} peak {size}\n");
            fs::write(&file, text + &format!("lifetime peak {size}\n")).unwrap();
            is_narrow(&format!("compare {run} --measured {}", file.display()));
            if run.starts_with("eclipse") && !run.contains("--no-fisher") {
                is_narrow(&format!("compare {run} --published --measured {}", file.display()));
            }
        }
    }
}

#[test]
fn helps() {
    is_narrow("--help");
    is_narrow("plan --help");
    for command in ["budget", "request", "fit", "compare"] {
        is_narrow(&format!("{command} --help"));
        for run in ["harmonic", "pixel-direct", "eclipse"] {
            is_narrow(&format!("{command} {run} --help"));
        }
    }
}

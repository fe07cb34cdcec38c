//! `qube compare` as a user runs it: what it prints, its exit codes, one line for bad input.
#![cfg(feature = "cli")]

mod common;

use std::fs;

use common::command::qube;
use common::width::examples;
use qube_budget::run::Measured;
use serde_json::Value;

const ECLIPSE_QU: &str = "compare harmonic --n-pix 59136 --n-modes 33274 --lmax-signal 256 --lmax 128 \
     --covariance-by-caller";
const QU_64: &str = "compare pixel-direct --n-pix 9800 --lmax-signal 256 --n-bins 6 --n-params 18";
const DATA: &str = "tests/data/measured";

fn document(args: &str) -> Value {
    let said = qube(&format!("{args} --json"));
    assert_eq!((said.code, said.err.as_str(), said.out.lines().count()), (0, "", 1));
    serde_json::from_str(&said.out).unwrap()
}

/// The cells of a line of the table: the one that follows `stage` by so many.
fn cells(table: &str, stage: &str, after: usize) -> Vec<String> {
    let line = table.lines().skip_while(|line| !line.starts_with(stage)).nth(after);
    line.unwrap_or_default().split_whitespace().map(str::to_owned).collect()
}

#[test]
fn the_calibrated_runs() {
    let said = qube(&format!("{ECLIPSE_QU} --measured {DATA}/eclipse_qu.log"));
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    let at_end = ["at", "its", "end", "57.21", "57.80", "2.196", "2.218", "+1.0", "%"];
    assert_eq!(cells(&said.out, "basis_setup", 0)[1..], at_end);
    let peak = ["peak", "112.59", "113.20", "4.321", "4.345", "+0.5", "%"];
    assert_eq!(cells(&said.out, "basis_setup", 1), peak);
    assert!(said.out.contains("not measured: covariance_setup, fisher_run, spectra_run"));

    for (flags, file, peak) in [
        ("--release 1.2", "qu_64_not_cached", ["17.17", "17.54", "24.000", "24.512", "+2.1"]),
        (
            "--release 1.2 --cache-derivatives",
            "qu_64_cached",
            ["28.62", "28.69", "40.000", "40.095", "+0.2"],
        ),
    ] {
        let said = qube(&format!("{QU_64} {flags} --measured {DATA}/{file}.log"));
        assert_eq!(cells(&said.out, "fisher_run", 1)[1..6], peak, "{}{}", said.out, said.err);
    }
}

/// The sizes may come from a survey: 9800 pixels of QU at nside 64, and 18 parameters.
#[test]
fn a_survey_gives_the_sizes() {
    let run = "compare pixel-direct --fields QU --nside 64 --fsky 0.1 --polar-cap \
               --lmax-signal 256 --n-bins 6";
    let measured = format!("--measured {DATA}/qu_64_not_cached.log");
    assert_eq!(document(&format!("{run} {measured}")), document(&format!("{QU_64} {measured}")));
}

#[test]
fn the_shipped_example_of_eclipse() {
    let run = "compare eclipse --code teb --pix-t 580 --pix-p 395 --lmax 16 --maps 1000 \
               --check-inverse";
    let document = document(&format!("{run} --printed --measured {DATA}/eclipse_nside_8.log"));
    assert_eq!(
        (&document["schema"], &document["path"]),
        (&"qube-compare/1".into(), &"eclipse".into())
    );
    assert_eq!(document["unit_bytes"], 8 * 1370 * 1370);
    assert_eq!(document["not_measured"], serde_json::json!([]));
    assert_eq!(document["model"], "printed");
    for stage in document["stages"].as_array().unwrap() {
        for figure in ["end", "peak"] {
            match stage[figure]["difference_percent"].as_f64() {
                // Printed to 0.01 MiB.
                Some(percent) => assert!(percent.abs() < 0.05, "{stage}"),
                None => assert_eq!(stage[figure]["predicted_bytes"], 0, "{stage}"),
            }
        }
    }
    let sums = format!("{run} --published --measured {DATA}/eclipse_nside_8.log");
    let document = self::document(&sums);
    assert_eq!((&document["path"], &document["model"]), (&"eclipse".into(), &"published".into()));
    assert_eq!(document["not_predicted"], serde_json::json!(["step_1", "step_3"]));
    let step_4 = cells(&qube(&sums).out, "step_4", 0);
    assert_eq!(step_4[1..4], ["peak", "32.20", "33.35"]); // MiB
    let said = qube(&format!("{run} --printed --no-fisher --measured {DATA}/eclipse_nside_8.log"));
    let missing = "there is no stage 'step_4'; name one of: step_1, step_2, step_3";
    assert_eq!(said.code, 2);
    assert!(said.err.contains(missing), "{}", said.err);
}

#[test]
fn bad_input_is_one_line_that_names_the_culprit() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let file = |name: &str, text: &str| -> String {
        fs::write(folder.path().join(name), text).unwrap();
        format!("{QU_64} --measured {}", path(name))
    };
    for (args, culprit) in [
        (QU_64.to_owned(), "--measured"),
        (format!("{QU_64} --measured {}", path("absent")), "absent: No such file"),
        (file("unit", "# a run\nfisher_run 5 gb\n"), "stages: line 2: the size '5 gb'"),
        (file("mb", "fisher_run 5") + " --mb 1001", "--mb"),
        (file("grid", "fisher_run 5") + " --grid 2", "--grid"),
        (file("block", "fisher_run 5") + " --block 64", "--block needs a grid"),
        (file("against", "fisher_run 5") + " --against it", "--against"),
        (file("margin", "fisher_run 5") + " --against budget --margin 5", "add --against request"),
        (
            file("rank", "rank 4\nfisher_run 5") + " --grid 2x2",
            "rank 4 does not exist; give 0 to 3",
        ),
        (file("twice", "fisher_run 5\nfisher_run 6"), "line 2: the end of stage 'fisher_run'"),
        (file("negative", "fisher_run -5"), "line 1: the size '-5' cannot be read"),
        (file("empty", ""), "it has no figure of any stage"),
        (file("negative.json", r#"{"stages":[{"name":"a","rss_bytes":-1}]}"#), "'a' is -1"),
        (
            file("unknown", "fisher_runs 5 GiB"),
            "unknown: there is no stage 'fisher_runs'; name one of: covariance_setup, \
             basis_setup, fisher_run, spectra_run",
        ),
        (
            format!("compare harmonic --n-pix 0 --n-modes 2 --lmax-signal 2 --measured {DATA}/x"),
            "--n-pix is 0; give 1 or more",
        ),
        (format!("{QU_64} --limit 5GiB"), "'--limit'"),
        (format!("compare eclipse --code teb --nprow 2 --measured {DATA}/x"), "--npcol <COUNT>"),
        ("compare".to_owned(), "harmonic, pixel-direct, traditional, auto, eclipse"),
    ] {
        let said = qube(&args);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{args}");
        assert_eq!(said.err.lines().count(), 1, "{args}: {}", said.err);
        assert!(said.err.starts_with("qube: ") && said.err.contains(culprit), "{}", said.err);
    }
}

/// The log of an example is one of the calibrated runs.
#[test]
fn every_example_in_the_help_works() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("run.log");
    for (subcommand, run) in [
        ("harmonic", "eclipse_qu"),
        ("pixel-direct", "qu_64_cached"),
        ("eclipse", "eclipse_nside_8"),
    ] {
        let help = qube(&format!("compare {subcommand} --help"));
        assert_eq!((help.code, help.err.as_str()), (0, ""));
        let data = format!("{}/{DATA}/{run}.log", env!("CARGO_MANIFEST_DIR"));
        fs::copy(data, &log).unwrap();
        let examples = examples(&help.out);
        assert!(!examples.is_empty());
        for example in examples {
            let (command, _) = example.rsplit_once(' ').unwrap();
            let said = qube(&format!("{command} {}", log.display()));
            assert_eq!((said.code, said.err.as_str()), (0, ""));
        }
    }
}

/// The forms that the help shows can be read.
#[test]
fn the_help_shows_a_log_and_a_document() {
    let help = qube("compare --help").out;
    let after = |text: &str| help.split(text).nth(1).unwrap().to_owned();
    let lines = after("comments (#):\n");
    let shown: Vec<String> = lines
        .lines()
        .take(4)
        .map(|line| line.trim().split("   ").next().unwrap().to_owned() + "\n")
        .collect();
    let log = Measured::from_log(&shown.concat()).unwrap();
    let document = Measured::from_json(&after("As JSON, in bytes:\n")).unwrap();
    assert_eq!(log, document);
}

/// A grid and one log per rank, in the order of the ranks.
#[test]
fn the_ranks_of_a_grid() {
    let folder = tempfile::tempdir().unwrap();
    let sides: [u64; 2] = [750, 620];
    let mut run = "compare eclipse --code teb --pix-t 580 --pix-p 395 --lmax 16 --maps 1000 \
                   --check-inverse --printed --block 150"
        .to_owned();
    for (row, rows) in sides.into_iter().enumerate() {
        for (column, columns) in sides.into_iter().enumerate() {
            let log = folder.path().join(format!("rank_{row}_{column}.log"));
            let bytes = 2 * 8 * rows * columns;
            fs::write(&log, format!("baseline 0\nstep_2 peak {bytes}\nstep_5 peak 1")).unwrap();
            run += &format!(" --measured {}", log.display());
        }
    }
    let document = self::document(&format!("{run} --grid 2x2"));
    assert_eq!(document, self::document(&format!("{run} --nprow 2 --npcol 2")));
    let ranks = document["ranks"].as_array().unwrap();
    assert_eq!(ranks.len(), 4);
    for rank in ranks {
        assert_eq!(rank["stages"][1]["peak"]["difference_bytes"], 0, "{rank}");
    }
    assert_eq!((&ranks[2]["row"], &ranks[2]["column"]), (&1.into(), &0.into()));
    assert_eq!(document["not_predicted"], serde_json::json!(["step_5"]));
}

/// What other programs print, and MB with a meaning.
#[test]
fn other_programs_and_other_units() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| -> String {
        fs::write(folder.path().join(name), text).unwrap();
        format!("--measured {}", folder.path().join(name).display())
    };
    let peak = |measured: &str| {
        document(&format!("{ECLIPSE_QU} {measured}"))["lifetime_peak"]["measured_bytes"].clone()
    };
    let slurm = "JobID|MaxRSS\n1234|\n1234.batch|149786984K\n";
    assert_eq!(peak(&file("sacct", slurm)), 149_786_984u64 * 1024);
    let time = "\tMaximum resident set size (kbytes): 149786984\n";
    assert_eq!(peak(&file("time", time)), 149_786_984u64 * 1024);
    let megabytes = file("mb", "lifetime peak 3 MB");
    assert_eq!(peak(&megabytes), 3 << 20);
    assert_eq!(peak(&format!("{megabytes} --mb 1000")), 3_000_000);
    let profile = format!(
        "compare harmonic --n-pix 3008 --n-modes 2397 --lmax-signal 128 --lmax 48 \
                           --measured {DATA}/qube_profile.json"
    );
    let document = document(&profile);
    assert_eq!(document["stages"][1]["end"]["measured_bytes"], 500 << 20);
}

/// The calibrated run, resident: 138.9 GiB and 139.5; its record is the margin of the next request.
#[test]
fn a_request_is_compared_and_calibrated() {
    let said = qube(&format!("{ECLIPSE_QU} --against request --measured {DATA}/eclipse_qu.json"));
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    assert!(said.out.contains("Every measured size is within the request."), "{}", said.out);
    let document = self::document(&format!(
        "{ECLIPSE_QU} --against request --margin 0 --measured {DATA}/eclipse_qu.json"
    ));
    let life = &document["lifetime_peak"];
    assert_eq!(life["predicted_bytes"], life["requested_bytes"]);
    assert_eq!(
        (&document["against"], &document["within_request"]),
        (&"request".into(), &false.into())
    );

    let folder = tempfile::tempdir().unwrap();
    let (log, record) = (folder.path().join("log"), folder.path().join("record.json"));
    let predicted = self::document(&format!("{QU_64} --measured {DATA}/qu_64_cached.log"));
    let peak = predicted["stages"][2]["peak"]["predicted_bytes"].as_u64().unwrap();
    fs::write(&log, format!("baseline 0\nfisher_run peak {}", peak / 2 * 3)).unwrap();
    fs::write(&record, qube(&format!("{QU_64} --json --measured {}", log.display())).out).unwrap();
    let request = QU_64.replace("compare", "request");
    let said = qube(&format!("{request} --calibration {}", record.display()));
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    assert!(said.out.contains("50.00 %, from records"), "{}", said.out);
    let said = qube(&format!("{request} --calibration {}", log.display()));
    assert_eq!(said.code, 2);
    assert!(said.err.contains("is not a valid record of a run for calibration"), "{}", said.err);
}

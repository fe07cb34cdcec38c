//! `qube budget` as a user runs it: what it prints, its exit codes, one line for bad input.
#![cfg(feature = "cli")]

use std::process::Command;

struct Said {
    code: i32,
    out: String,
    err: String,
}

fn qube(args: &str) -> Said {
    let output = Command::new(env!("CARGO_BIN_EXE_qube"))
        .args(args.split_whitespace())
        .output()
        .expect("the command starts");
    Said {
        code: output.status.code().expect("the command ends by itself"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

const ECLIPSE_QU: &str =
    "budget harmonic --n-pix 59136 --n-modes 33274 --lmax-signal 256 --lmax 128";
const QU_64: &str = "budget pixel-direct --n-pix 9800 --lmax-signal 256 --n-bins 6 --n-params 18";

fn document(args: &str) -> serde_json::Value {
    let said = qube(args);
    assert_eq!(said.out.lines().count(), 1, "{}", said.out);
    serde_json::from_str(&said.out).unwrap()
}

#[test]
fn prints_a_table_or_one_document() {
    let said = qube(ECLIPSE_QU);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    assert!(said.out.contains("lifetime peak: 112.59 GiB (120892199488 bytes)"));
    let document = document(&format!("{ECLIPSE_QU} --json"));
    assert_eq!(document["schema"], "qube-budget/1");
    assert_eq!(document["lifetime_peak_bytes"], 120_892_199_488u64);
}

/// Each flag moves the one number that it is about.
#[test]
fn flags_reach_the_budget() {
    let bytes = |args: &str, stage: usize, field: &str| {
        document(&format!("{args} --json"))["stages"][stage][field].as_u64().unwrap()
    };
    let (x, m) = (8 * 59136 * 33274, 8 * 33274 * 33274);
    let kept = format!("{ECLIPSE_QU} --keep-pixel-projector");
    assert_eq!(bytes(&kept, 1, "persistent_bytes"), 61_432_607_296 + x);
    let cached = format!("{ECLIPSE_QU} --derivative-cache");
    assert_eq!(bytes(&cached, 2, "transient_bytes"), 5 * m);

    let p = 8 * 9800 * 9800;
    assert_eq!(bytes(QU_64, 2, "peak_bytes"), 23 * p);
    assert_eq!(bytes(&format!("{QU_64} --no-switch"), 2, "peak_bytes"), 22 * p);
    assert_eq!(bytes(&format!("{QU_64} --cache-derivatives"), 2, "peak_bytes"), 41 * p);
}

#[test]
fn exit_code_3_means_it_does_not_fit() {
    let exact = qube(&format!("{ECLIPSE_QU} --limit 120892199488"));
    assert_eq!(exact.code, 0);
    assert!(exact.out.lines().last().unwrap().starts_with("Fits: "));

    let short = qube(&format!("{ECLIPSE_QU} --limit 120892199487"));
    assert_eq!((short.code, short.err.as_str()), (3, ""));
    assert!(short.out.lines().last().unwrap().starts_with("Does not fit: "));

    let short = qube(&format!("{ECLIPSE_QU} --limit 96GiB --json"));
    assert_eq!(short.code, 3);
    let check = &serde_json::from_str::<serde_json::Value>(&short.out).unwrap()["check"];
    assert_eq!(check["limit_bytes"], 96u64 << 30);
    assert_eq!(check["over"][0]["term"], "S_fixed (switch optimisation)");

    let small = "budget harmonic --n-pix 10 --n-modes 10 --lmax-signal 2 --limit machine";
    assert_eq!(qube(small).code, 0);
}

#[test]
fn bad_input_is_one_line_that_names_the_culprit() {
    let harmonic = "budget harmonic --n-modes 3 --lmax-signal 4";
    for (args, culprit) in [
        (format!("{harmonic} --n-pix 0"), "n_pix is 0; allowed: 1 or more"),
        (format!("{harmonic} --n-pix -7"), "n_pix is -7; allowed: 1 or more"),
        (format!("{harmonic} --n-pix 4000000000"), "term 'Cov_T' is too large"),
        (format!("{harmonic} --n-pix 9 --lmax 5"), "lmax is 5, but lmax_signal is 4"),
        (format!("{harmonic} --n-pix 9 --lmax 0"), "lmax is 0; allowed: 1 to lmax_signal"),
        (format!("{harmonic} --n-pix 9223372036854775808"), "9223372036854775808"),
        (format!("{harmonic} --n-pix 1.5"), "'1.5' for '--n-pix"),
        (format!("{harmonic} --n-pix 9 --limit 0"), "limit_bytes is 0; allowed: 1 or more"),
        (format!("{harmonic} --n-pix 9 --limit -1"), "'-1' is not a number above 0"),
        (format!("{harmonic} --n-pix 9 --limit 12GB"), "the unit 'GB' is not known"),
        (format!("{harmonic} --n-pix 9 --limit 0.1GiB"), "not a whole number of bytes"),
        (format!("{harmonic} --n-pix 9 --no-switch"), "'--no-switch'"),
        (harmonic.to_owned(), "--n-pix"),
        (format!("{QU_64} --n-bins 6"), "'--n-bins"),
        ("budget nothing".to_owned(), "'nothing'"),
        ("budget".to_owned(), "harmonic, pixel-direct"),
        (String::new(), "subcommand"),
    ] {
        let said = qube(&args);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{args}");
        assert_eq!(said.err.lines().count(), 1, "{args}: {}", said.err);
        assert!(said.err.starts_with("qube: ") && said.err.ends_with('\n'), "{args}: {}", said.err);
        assert!(said.err.contains(culprit), "{args}: {}", said.err);
    }
}

#[test]
fn every_example_in_the_help_works() {
    for subcommand in ["harmonic", "pixel-direct"] {
        let help = qube(&format!("budget {subcommand} --help"));
        assert_eq!((help.code, help.err.as_str()), (0, ""));
        let example = help.out.lines().find_map(|line| line.trim().strip_prefix("qube "));
        let said = qube(example.expect("an example"));
        assert!([0, 3].contains(&said.code), "{}", said.err);
    }
}

//! `--limit machine` in a process whose shell has set resource limits: the least limit counts, and its name
//! is told.
#![cfg(feature = "cli")]

use std::process::Command;

/// What the command prints in a shell with `ulimit FLAG KIB`, and its exit code.
fn under(ulimit: &str, arguments: &str) -> (i32, String) {
    let script = format!("ulimit {ulimit} && exec \"$0\" {arguments}");
    let output = Command::new("sh")
        .args(["-c", &script, env!("CARGO_BIN_EXE_qube")])
        .output()
        .expect("the shell starts");
    let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.code().expect("the command ends by itself"), text)
}

/// 2 p = 2 x 8 x 6000^2 bytes, 549.3 MiB: within any machine that runs this, not within 512 MiB.
const SMALL: &str = "budget harmonic --n-pix 6000 --n-modes 1 --lmax-signal 2 --limit machine";

#[test]
fn resource_limits_bound_the_machine() {
    for (flag, name) in [("-v", "RLIMIT_AS (ulimit -v)"), ("-d", "RLIMIT_DATA (ulimit -d)")] {
        let (code, text) = under(&format!("{flag} 524288"), SMALL);
        assert_eq!(code, 3, "{text}");
        let unwrapped = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(unwrapped.contains("exceeds the limit of 512.00 MiB"), "{text}");
        let told = format!("The limit is that of this machine: {name}.\n");
        assert!(text.ends_with(&told), "{text}");
        let (code, text) = under(&format!("{flag} 524288"), &format!("{SMALL} --json"));
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!((code, &document["limit_bound"]), (3, &name.into()));
    }
}

#[test]
fn the_least_of_both_counts_in_every_command() {
    for command in ["budget", "request", "fit"] {
        let asked = SMALL.replace("budget", command);
        let (code, text) = under("-v 1048576 && ulimit -d 524288", &asked);
        assert_eq!(code, 3, "{text}");
        assert!(text.ends_with(": RLIMIT_DATA (ulimit -d).\n"), "{text}");
        let (_, text) = under("-v 262144 && ulimit -d 524288", &asked);
        assert!(text.ends_with(": RLIMIT_AS (ulimit -v).\n"), "{text}");
    }
}

/// Given bytes have no bound of the machine.
#[test]
fn a_given_limit_is_not_the_machines() {
    let (code, text) = under("-v 524288", &SMALL.replace("machine", "100GiB"));
    assert_eq!(code, 0, "{text}");
    assert!(!text.contains("of this machine"), "{text}");
}

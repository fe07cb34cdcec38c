//! `qube request` and `qube fit` as a user runs them: what they print, exit codes, one line for bad input.
#![cfg(feature = "cli")]

mod common;

use common::command::qube;
use common::width::examples;

fn document(args: &str) -> serde_json::Value {
    let said = qube(&format!("{args} --json"));
    assert_eq!(said.out.lines().count(), 1, "{} {}", said.out, said.err);
    serde_json::from_str(&said.out).unwrap()
}

const ECLIPSE_QU: &str = "harmonic --n-pix 59136 --n-modes 33274 --lmax-signal 256 --lmax 128";
const QU_64: &str = "pixel-direct --n-pix 9800 --lmax-signal 256 --n-bins 6 --n-params 18";
const TEB: &str = "eclipse --code teb --pix-t 29009 --pix-p 29009 --lmax 192";
const SURVEY: &str =
    "harmonic --fields QU --nside 64 --fsky 0.1 --polar-cap --lmax-signal 256 --lmax 64 --n-bins 6";

#[test]
fn a_request_is_a_table_or_one_document() {
    let said = qube(&format!("request {ECLIPSE_QU}"));
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    let resident = said.out.lines().find(|line| line.starts_with("resident size")).unwrap();
    assert!(resident.contains(" 138.90 GiB") && resident.contains(" 149147904331 bytes"));
    assert!(said.out.contains("#SBATCH --nodes=1 --ntasks-per-node=1 --mem=143428M\n"));
    let document = document(&format!("request {ECLIPSE_QU}"));
    assert_eq!(document["schema"], "qube-request/1");
    assert_eq!(document["resident_bytes"], 149_147_904_331u64);
}

/// Each flag moves the one number that it is about.
#[test]
fn flags_reach_the_request() {
    let bytes = |args: &str, field: &str| document(&format!("request {args}"))[field].as_u64();
    let p = 8 * 9800 * 9800;
    assert_eq!(bytes(&format!("{QU_64} --input-matrices 3"), "input_bytes"), Some(3 * p));
    assert_eq!(bytes(&format!("{QU_64} --baseline 1GiB"), "baseline_bytes"), Some(1 << 30));
    assert_eq!(bytes(&format!("{QU_64} --margin 12.5"), "margin_bytes"), Some(23 * p / 8));
    let one = bytes(QU_64, "per_node_bytes").unwrap();
    assert_eq!(bytes(&format!("{QU_64} --ranks-per-node 4"), "per_node_bytes"), Some(4 * one));
    assert_eq!(bytes(&format!("{QU_64} --nodes 5"), "total_bytes"), Some(5 * one));
    let shared = format!("{QU_64} --ranks-per-node 4 --share-node --baseline 7");
    assert_eq!(bytes(&shared, "own_per_rank_bytes"), Some(7));
    let threads = document(&format!("request {QU_64} --cpus-per-rank 8"));
    assert!(
        threads["job_script"][1].as_str().unwrap().contains("--cpus-per-task=8 --mem-per-cpu=")
    );
    let grid = format!("request {TEB} --ranks-per-node 6 --nprow 2 --npcol 3 --block 64");
    assert_eq!(document(&grid)["grid"]["npcol"], 3);
}

/// 3 where it does not fit, or no size does.
#[test]
fn exit_codes_of_a_fit() {
    let fit = |limit: &str| qube(&format!("fit {ECLIPSE_QU} --limit {limit}"));
    assert_eq!(fit("150394651363").code, 0);
    let short = fit("150394651362");
    assert_eq!((short.code, short.err.as_str()), (3, ""));
    assert!(short.out.contains("Does not fit: "));
    assert!(short.out.ends_with("No single change makes it fit.\n"));
    let nodes = |limit: &str| qube(&format!("fit {TEB} --limit {limit} --largest nodes"));
    assert_eq!(nodes("64GiB").code, 0);
    assert_eq!(nodes("1").code, 3);
    assert_eq!(
        qube("fit harmonic --n-pix 10 --n-modes 10 --lmax-signal 2 --limit machine").code,
        0
    );
}

#[test]
fn a_request_may_be_held_against_a_limit() {
    let request = |limit: &str| qube(&format!("request {ECLIPSE_QU} --limit {limit}"));
    let exact = request("150394651363");
    assert_eq!(exact.code, 0);
    assert!(exact.out.contains("--mem=143428M") && exact.out.contains("\nFits: a node holds"));
    let short = request("139GiB --json");
    assert_eq!((short.code, short.err.as_str()), (3, ""));
    let check = &serde_json::from_str::<serde_json::Value>(&short.out).unwrap()["check"];
    assert_eq!(check["limit_bytes"], 139u64 << 30);
    assert_eq!(check["fits"], false);
    assert_eq!(check["spare_bytes"], (139i64 << 30) - 150_394_651_363);
    let small = "request harmonic --n-pix 10 --n-modes 10 --lmax-signal 2 --limit machine";
    assert_eq!(qube(small).code, 0);
}

#[test]
fn a_fit_says_what_to_change_and_both_paths() {
    let said = qube(&format!("fit {SURVEY} --limit 4GiB"));
    assert_eq!(said.code, 3);
    assert!(said.out.contains("the pixel-direct path"));
    assert!(said.out.contains("QUBE's choice, by time"));
    let document = document(&format!("fit {QU_64} --cache-derivatives --limit 24GiB"));
    assert_eq!(document["schema"], "qube-fit/1");
    let cheapest = document["cheapest_change"].as_u64().unwrap() as usize;
    assert_eq!(document["changes"][cheapest]["change"], "no_derivative_cache");
    // The pixel-direct path, asked with what the harmonic one needs, sees the same harmonic run.
    let other = "fit pixel-direct --fields QU --nside 64 --fsky 0.1 --polar-cap --lmax-signal 256 \
                 --n-bins 6 --lmax 64 --lmin 2 --limit 4GiB";
    let paths = |args: &str| {
        let said = qube(&format!("{args} --json"));
        serde_json::from_str::<serde_json::Value>(&said.out).unwrap()["paths"].clone()
    };
    assert_eq!(paths(other), paths(&format!("fit {SURVEY} --limit 4GiB")));
}

#[test]
fn the_largest_size_is_exact() {
    let found = |args: &str| document(&format!("fit {args}"))["extreme"].clone();
    let nside = found(&format!("{SURVEY} --limit 64GiB --largest nside"));
    let (fits, next) = (&nside["fits"], &nside["next"]);
    assert!(fits["per_node_bytes"].as_u64().unwrap() <= 64 << 30);
    assert!(next["per_node_bytes"].as_u64().unwrap() > 64 << 30);
    assert_eq!(next["value"].as_u64().unwrap(), 2 * fits["value"].as_u64().unwrap());
    let bins = found(&format!("{QU_64} --limit 64GiB --largest n-bins"));
    let (fits, next) = (&bins["fits"], &bins["next"]);
    assert_eq!(next["value"].as_u64().unwrap(), 1 + fits["value"].as_u64().unwrap());
    assert_eq!(found(&format!("{SURVEY} --limit 64GiB --largest n-bins"))["found"], "any");
    let said = qube(&format!("fit {TEB} --ranks-per-node 16 --limit 64GiB --largest nodes"));
    assert!(said.out.contains("The fewest nodes for 64.00 GiB on a node: 4, 63.27 GiB"));
}

#[test]
fn bad_input_is_one_line_that_names_the_culprit() {
    for (args, culprit) in [
        (format!("request {QU_64} --nodes 0"), "nodes is 0; allowed: 1 to 1048576"),
        (format!("request {QU_64} --margin -1"), "'-1' for '--margin"),
        (format!("request {QU_64} --margin 1.234"), "two decimals at most"),
        (format!("request {QU_64} --baseline machine"), "'machine' for '--baseline"),
        (format!("request {QU_64} --limit 1GB"), "the unit 'GB' is not known"),
        (format!("request {TEB} --share-node"), "'--share-node'"),
        (format!("request {TEB} --nprow 2"), "--npcol"),
        (
            format!("request {TEB} --nprow 2 --npcol 3 --block 64 --ranks-per-node 4"),
            "nodes x ranks_per_node is 4, but nprow x npcol is 6",
        ),
        (format!("fit {QU_64}"), "--limit"),
        (format!("fit {QU_64} --limit 0"), "limit_bytes is 0; allowed: 1 or more"),
        (format!("fit {QU_64} --limit 1GiB --largest size"), "allowed: nside, lmax, n-bins"),
        (format!("fit {QU_64} --limit 1GiB --largest nside"), "nside without a survey"),
        (format!("fit {ECLIPSE_QU} --limit 1GiB --n-bins 3"), "--fields"),
        ("request".to_owned(), "harmonic, pixel-direct, eclipse"),
    ] {
        let said = qube(&args);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{args}");
        assert_eq!(said.err.lines().count(), 1, "{args}: {}", said.err);
        assert!(said.err.contains(culprit), "{args}: {}", said.err);
    }
}

#[test]
fn every_example_in_the_help_works() {
    for command in ["request", "fit"] {
        for path in ["harmonic", "pixel-direct", "eclipse"] {
            let help = qube(&format!("{command} {path} --help"));
            assert_eq!((help.code, help.err.as_str()), (0, ""));
            let examples = examples(&help.out);
            assert!(!examples.is_empty());
            for example in examples {
                let said = qube(&example);
                assert!([0, 3].contains(&said.code), "{}", said.err);
            }
        }
    }
}

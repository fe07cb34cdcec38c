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

/// The same on the other path.
const QU_SURVEY: &str = "pixel-direct --fields QU --nside 64 --fsky 0.1 --polar-cap --lmax-signal 256 \
                         --n-bins 6 --lmax 64 --lmin 2";

#[test]
fn a_request_is_a_table_or_one_document() {
    let said = qube(&format!("request {ECLIPSE_QU}"));
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    let resident = said.out.lines().find(|line| line.starts_with("resident size")).unwrap();
    assert!(resident.contains(" 138.90 GiB") && resident.contains(" 149147904331 bytes"));
    assert!(said.out.contains("#SBATCH --nodes=1 --ntasks-per-node=1 --mem=153736M\n"));
    let document = document(&format!("request {ECLIPSE_QU}"));
    assert_eq!(document["schema"], "qube-request/2");
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
    assert_eq!(fit("161203348401").code, 0);
    let short = fit("161203348400");
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
    let exact = request("161203348401");
    assert_eq!(exact.code, 0);
    assert!(exact.out.contains("--mem=153736M") && exact.out.contains("\nFits: a node holds"));
    let short = request("139GiB --json");
    assert_eq!((short.code, short.err.as_str()), (3, ""));
    let check = &serde_json::from_str::<serde_json::Value>(&short.out).unwrap()["check"];
    assert_eq!(check["limit_bytes"], 139u64 << 30);
    assert_eq!(check["fits"], false);
    assert_eq!(check["spare_bytes"], (139i64 << 30) - 161_203_348_401);
    let small = "request harmonic --n-pix 10 --n-modes 10 --lmax-signal 2 --limit machine";
    assert_eq!(qube(small).code, 0);
}

#[test]
fn a_fit_says_what_to_change_and_both_paths() {
    let said = qube(&format!("fit {SURVEY} --limit 4GiB"));
    assert_eq!(said.code, 3);
    assert!(said.out.contains("QUBE's choice, by time"));
    // The pixel-direct path holds more, so that it is no change that helps.
    assert!(!said.out.contains("the pixel-direct path"), "{}", said.out);
    assert!(qube(&format!("fit {QU_SURVEY} --limit 7GiB")).out.contains("the harmonic path"));
    let document = document(&format!("fit {QU_64} --cache-derivatives --limit 24GiB"));
    assert_eq!(document["schema"], "qube-fit/2");
    let cheapest = document["cheapest_change"].as_u64().unwrap() as usize;
    assert_eq!(document["changes"][cheapest]["change"], "no_cache_derivatives");
    // The pixel-direct path, asked with what the harmonic one needs, sees the same harmonic run.
    let other = &format!("fit {QU_SURVEY} --limit 4GiB");
    let paths = |args: &str| {
        let said = qube(&format!("{args} --json"));
        serde_json::from_str::<serde_json::Value>(&said.out).unwrap()["paths"].clone()
    };
    assert_eq!(paths(other), paths(&format!("fit {SURVEY} --limit 4GiB")));
}

#[test]
fn the_largest_size_is_exact() {
    let found = |args: &str| document(&format!("fit {args}"))["largest"].clone();
    let nside = found(&format!("{SURVEY} --limit 64GiB --largest nside"));
    let next = &nside["next"];
    assert_eq!((&nside["size"], &nside["kind"]), (&"nside".into(), &"value".into()));
    assert!(nside["per_node_bytes"].as_u64().unwrap() <= 64 << 30);
    assert!(next["per_node_bytes"].as_u64().unwrap() > 64 << 30);
    assert_eq!(next["value"].as_u64().unwrap(), 2 * nside["value"].as_u64().unwrap());
    let bins = found(&format!("{QU_64} --limit 64GiB --largest n-bins"));
    assert_eq!(bins["size"], "n_bins");
    assert_eq!(bins["next"]["value"].as_u64().unwrap(), 1 + bins["value"].as_u64().unwrap());
    assert_eq!(found(&format!("{QU_64} --limit 64GiB --largest n_bins")), bins);
    let any = found(&format!("{SURVEY} --limit 64GiB --largest n-bins"));
    assert_eq!(any["kind"], "any");
    assert!(any["value"].is_null() && any["next"].is_null() && any["per_node_bytes"].is_u64());
    let none = qube(&format!("fit {QU_64} --limit 1MiB --largest n-bins --json"));
    let none = &serde_json::from_str::<serde_json::Value>(&none.out).unwrap()["largest"];
    assert_eq!((&none["kind"], &none["next"]["value"]), (&"none".into(), &1.into()));
    assert!(none["value"].is_null() && none["per_node_bytes"].is_null());
    let said = qube(&format!("fit {TEB} --ranks-per-node 16 --limit 64GiB --largest nodes"));
    assert!(said.out.contains("The fewest nodes for 64.00 GiB on a node: "));
}

/// Two nodes of 47 ranks: the grid and the blocks that people run, a line that Slurm takes, and a limit as
/// it writes one.
#[test]
fn eclipse_on_two_nodes() {
    let job = format!("{TEB} --nodes 2 --ranks-per-node 47");
    let request = qube(&format!("request {job}")).out;
    assert_eq!(request.lines().filter(|line| line.starts_with("#SBATCH")).count(), 1, "{request}");
    assert!(request.contains("\nGrid of 2 x 47 ranks, blocks of 64.\n"), "{request}");
    assert_eq!(document(&format!("request {job}"))["baseline_bytes"], 33_400_000);
    assert_eq!(qube(&format!("fit {job} --limit 192G")).code, 0);
    let over = document_of(&format!("fit {job} --limit 100G"));
    let now = &over["request"]["per_node_bytes"];
    for change in over["changes"].as_array().unwrap() {
        assert!(change["per_node_bytes"].as_u64() < now.as_u64(), "{change}");
    }
    let message = over["message"].as_str().unwrap();
    let [parts, first] = ["Its largest parts are", "is the first over"].map(|at| message.find(at));
    assert!(parts.unwrap() < first.unwrap(), "{message}");
    let survey =
        "request eclipse --code teb --fields TQU --nside 64 --fsky 0.6 --lmax 192 --nodes 2";
    assert_eq!(document(survey)["inputs"]["pix_p"]["value"], 29491);
}

/// The document of a run that may not fit.
fn document_of(args: &str) -> serde_json::Value {
    serde_json::from_str(&qube(&format!("{args} --json")).out).unwrap()
}

#[test]
fn bad_input_is_one_line_that_names_the_culprit() {
    for (args, culprit) in [
        (format!("request {QU_64} --nodes 0"), "--nodes is 0; give 1 to 1048576"),
        (format!("request {QU_64} --margin -1"), "'-1' for '--margin"),
        (format!("request {QU_64} --margin 1.234"), "two decimals at most"),
        (format!("request {QU_64} --baseline machine"), "'machine' for '--baseline-bytes"),
        (format!("request {QU_64} --limit 1GB"), "the unit 'GB' is not known"),
        (format!("request {TEB} --share-node"), "'--share-node'"),
        (format!("request {TEB} --nprow 2"), "--npcol"),
        (
            format!("request {TEB} --nprow 2 --npcol 3 --block 64 --ranks-per-node 4"),
            "--nodes x --ranks-per-node is 4, but --nprow x --npcol is 6",
        ),
        (format!("fit {QU_64}"), "--limit"),
        (format!("fit {QU_64} --limit 0"), "--limit is 0; give 1 or more"),
        (format!("fit {QU_64} --limit 1GiB --largest size"), "give nside, lmax, n_bins"),
        (
            format!("fit {QU_64} --limit 1GiB --largest nside"),
            "--largest is nside without a survey; give a survey too (--fields",
        ),
        ("request".to_owned(), "harmonic, pixel-direct, traditional, auto, eclipse"),
    ] {
        let said = qube(&args);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{args}");
        assert_eq!(said.err.lines().count(), 1, "{args}: {}", said.err);
        assert!(said.err.contains(culprit), "{args}: {}", said.err);
    }
}

#[test]
fn what_a_node_holds_is_drawn_into_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("node.svg");
    for (run, code) in [
        (format!("request {ECLIPSE_QU}"), 0),
        (format!("request {TEB} --ranks-per-node 4 --limit 200GiB"), 3),
        (format!("fit {QU_64} --limit 16GiB"), 3),
        (format!("fit {QU_64} --limit 16GiB --largest n-bins"), 0),
    ] {
        let said = qube(&format!("{run} --svg {}", file.display()));
        assert_eq!((said.code, said.err.as_str()), (code, ""), "{run}");
        let drawn = std::fs::read_to_string(&file).unwrap();
        assert!(drawn.starts_with("<svg ") && drawn.contains(" memory of a node"), "{drawn}");
        assert_eq!(drawn.contains(">limit 16.00 GiB<"), run.starts_with("fit"), "{run}");
        std::fs::remove_file(&file).unwrap();
    }
    let nowhere =
        qube(&format!("fit {QU_64} --limit 16GiB --svg {}/no/x.svg", folder.path().display()));
    assert_eq!((nowhere.code, nowhere.out.as_str()), (1, ""));
    assert!(
        nowhere.err.starts_with("qube: cannot write ") && nowhere.err.contains("no/x.svg: "),
        "{}",
        nowhere.err
    );
}

/// Inputs that contradict each other or cannot be are refused by all that takes them, before anything
/// else is looked at.
#[test]
fn all_commands_refuse_the_same_inputs() {
    let survey = |path: &str, more: &str| format!("{path} --fields QU --lmax-signal 256 {more}");
    let harmonic = |more: &str| survey("harmonic", more);
    let direct = |more: &str| survey("pixel-direct --n-bins 6", more);
    for (run, culprit) in [
        (
            harmonic("--nside 64 --fsky 0.1 --lmax 128 --n-modes 33000"),
            "--n-modes is 33000, but 2 x ((128 + 1)^2 - 2^2) makes 33274",
        ),
        (
            direct("--nside 64 --fsky 0.1 --n-spectra 3 --n-params 12"),
            "--n-params is 12, but 6 bins x 3 spectra makes 18",
        ),
        (harmonic("--nside 64 --fsky 0"), "--fsky is 0.0; give a fraction above 0, up to 1"),
        (direct("--nside 64 --fsky 1.0001"), "--fsky is 1.0001; give a fraction above 0, up to 1"),
        (direct("--nside 96 --fsky 0.1"), "--nside is 96; give a power of two, 1 to"),
        (
            harmonic("--nside 1048576 --fsky 1"),
            "term 'Cov_T' is too large: 8 * n_pix * n_pix = 8 * 26388279066624 * \
             26388279066624 bytes; choose smaller sizes (at most 2^63 - 1 bytes)",
        ),
        (direct("--nside 1048576 --fsky 0.5"), "is too large: "),
    ] {
        for (command, more) in [
            ("budget", "--limit 1GiB"),
            ("request", "--json"),
            ("fit", "--limit 1GiB"),
            ("fit", "--limit 1GiB --largest nside --json"),
            ("compare", "--measured absent.log"),
        ] {
            let asked = format!("{command} {run} {more}");
            let said = qube(&asked);
            assert_eq!((said.code, said.out.as_str()), (2, ""), "{asked}");
            assert_eq!(said.err.lines().count(), 1, "{asked}: {}", said.err);
            assert!(said.err.starts_with("qube: ") && said.err.contains(culprit), "{}", said.err);
        }
    }
    let grid = "eclipse --code eb --pix-p 9 --lmax 16 --nprow 2 --npcol 3 --block 8";
    for (asked, culprit) in [
        (format!("budget {grid} --ranks 4"), "--ranks is 4, but --nprow x --npcol is 6"),
        (format!("request {grid}"), "--nodes x --ranks-per-node is 1, but --nprow x --npcol is 6"),
        (
            format!("fit {grid} --nodes 2 --ranks-per-node 2 --limit 1GiB"),
            "--nodes x --ranks-per-node is 4, but --nprow x --npcol is 6",
        ),
    ] {
        let said = qube(&asked);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{asked}");
        assert!(said.err.contains(culprit), "{}", said.err);
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

//! `qube plan`, run as a command.
#![cfg(feature = "cli")]

mod common;

use std::collections::BTreeMap;
use std::process::{Command, Output};

use approx::assert_relative_eq;
use common::command::{contractions, index_label, leaf};
use common::reference::{Expected, ReferenceResult, load};
use serde_json::Value;

fn data(file: &str) -> String {
    format!("{}/tests/data/{file}", env!("CARGO_MANIFEST_DIR"))
}

fn qube(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_qube")).arg("plan").args(args).output().unwrap()
}

fn stdout(args: &[&str]) -> String {
    let output = qube(args);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The command line that asks for a result of the reference data.
fn flags(result: &ReferenceResult) -> Vec<String> {
    let (options, roofline) = (&result.options, &result.options.roofline);
    let mut flags: Vec<String> = [
        ("objective", options.objective.name().to_owned()),
        ("volatile-weight", options.volatile_weight.to_string()),
        ("footprint-weight", options.footprint_weight.to_string()),
        ("machine-balance", roofline.machine_balance.to_string()),
        ("fast-mem-elems", roofline.fast_mem_elems.to_string()),
        ("block-tiles", roofline.block_tiles.to_string()),
        ("block-prefactor", roofline.block_prefactor.to_string()),
        ("accumulation-factor", result.accumulation_factor.to_string()),
    ]
    .into_iter()
    .flat_map(|(name, value)| [format!("--{name}"), value])
    .collect();
    for (on, flag) in [
        (result.persistent_only, "--persistent-only"),
        (!options.prune_outer_products, "--no-prune-outer-products"),
        (!options.use_inner_pow, "--no-inner-pow"),
        (options.frontier, "--frontier"),
    ] {
        if on {
            flags.push(flag.into());
        }
    }
    flags
}

/// Every result of two reference files comes out of the command too: one line per case.
#[test]
fn files_of_cases_give_the_reference_values() {
    for file in ["edge.json", "scenarios.json"] {
        let cases = load(file);
        let mut by_flags: BTreeMap<Vec<String>, Vec<(usize, &ReferenceResult)>> = BTreeMap::new();
        for (at, case) in cases.iter().enumerate() {
            for result in &case.results {
                by_flags.entry(flags(result)).or_default().push((at, result));
            }
        }
        for (flags, results) in by_flags {
            let path = data(file);
            let mut args = vec![path.as_str(), "--num-threads", "2"];
            args.extend(flags.iter().map(String::as_str));
            let lines: Vec<Value> =
                stdout(&args).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            assert_eq!(lines.len(), cases.len());
            for (at, result) in results {
                assert_eq!(lines[at]["name"], cases[at].name.as_str());
                match &result.expected {
                    Expected::Cost { cost, .. } => {
                        let ours = lines[at]["cost"].as_f64().unwrap();
                        assert_relative_eq!(ours, *cost, max_relative = 1e-12);
                    }
                    Expected::Frontier { frontier, .. } => {
                        let ours = lines[at]["frontier"].clone();
                        let ours: Vec<(f64, f64)> = serde_json::from_value(ours).unwrap();
                        assert_eq!(ours.len(), frontier.len());
                        for (ours, theirs) in ours.iter().zip(frontier) {
                            assert_relative_eq!(ours.0, theirs.0, max_relative = 1e-12);
                            assert_relative_eq!(ours.1, theirs.1, max_relative = 1e-12);
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn threads_do_not_change_the_answer() {
    let without_time = |threads| -> Vec<Value> {
        let path = data("random.json");
        stdout(&[&path, "--objective", "peak-batched", "--threads", threads])
            .lines()
            .map(|line| {
                let mut plan: Value = serde_json::from_str(line).unwrap();
                plan["search"]["seconds"] = 0.into();
                plan
            })
            .collect()
    };
    let one = without_time("1");
    assert_eq!(one.len(), 150);
    assert!(one == without_time("2") && one == without_time("7"));
}

const TERM: [&str; 6] = [
    "--term",
    "g{i_1;a_1;Κ_1} g{a_1;a_2;Κ_1} t{a_2<i_2>;i_2}",
    "--extents",
    "i=20,a=200,Κ=600",
    "--power-means",
    "a=200,210",
];

#[test]
fn a_term_on_the_command_line_is_planned() {
    let batched = ["--objective", "peak-batched", "--batch", "Κ=60", "--volatile", "t"];
    let text = stdout(&[&TERM[..], &batched, &["--frontier"]].concat());
    assert!(text.contains("Κ_1 in 10 batches of 60") && text.contains("peak, elements"), "{text}");
    let json = stdout(&[&TERM[..], &batched, &["--json"]].concat());
    assert_eq!(json.lines().count(), 1);
    let plan: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(contractions(&plan).len(), 2);
    assert_eq!(leaf(&plan, 2)["volatile"], true);
    let chain = stdout(&["--einsum", "ij,jk,kl->il", "--extents", "i=10,j=20,k=30,l=40", "--json"]);
    let chain: Value = serde_json::from_str(&chain).unwrap();
    assert_eq!(chain["cost"], 18_000.0);
}

/// Up to 2^53 - 1 elements bytes are exact; beyond, a limit is refused rather than compared with
/// rounded bytes, and points of the frontier show that not every digit is one.
#[test]
fn limits_and_sizes_are_exact_at_the_edge_of_doubles() {
    let vector = |extent: u64, more: &[&str]| {
        let extents = format!("i={extent}");
        qube(&[&["--einsum", "i->i", "--objective", "peak", "--extents", &extents], more].concat())
    };
    let edge = 1u64 << 53;
    let bytes = 8 * (edge - 1);
    for (limit, status) in [(bytes, 0), (bytes - 1, 3), (i64::MAX as u64, 0)] {
        let output = vector(edge - 1, &["--limit", &limit.to_string()]);
        assert_eq!(output.status.code(), Some(status), "{output:?}");
    }
    for extent in [edge, edge + 1, i64::MAX as u64] {
        let output = vector(extent, &["--limit", &bytes.to_string()]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        assert!(String::from_utf8(output.stderr).unwrap().contains("fewer than 2^53 elements"));
    }
    let point = |extent| {
        let text = String::from_utf8(vector(extent, &["--frontier"]).stdout).unwrap();
        text.lines().last().unwrap().split_whitespace().next().unwrap().to_owned()
    };
    assert_eq!(point(edge - 1), "9007199254740991");
    assert_eq!(point(edge), "9.007199254740992e15");
    assert_eq!(point(i64::MAX as u64), "9.223372036854776e18");
}

#[test]
fn a_limit_decides_the_exit_code() {
    let peak: Value =
        serde_json::from_str(&stdout(&[&TERM[..], &["--objective", "peak", "--json"]].concat()))
            .unwrap();
    let bytes = peak["peak_bytes"].as_u64().unwrap();
    let status = |limit: u64| {
        qube(&[&TERM[..], &["--objective", "peak", "--limit", &limit.to_string()]].concat())
    };
    assert_eq!(status(bytes).status.code(), Some(0));
    let over = status(bytes - 1);
    assert_eq!(over.status.code(), Some(3));
    assert!(String::from_utf8(over.stdout).unwrap().contains("exceeds the limit by 1 byte"));
}

const PRODUCT: [&str; 4] = ["--einsum", "iK,Kj->ij", "--extents", "i=40,K=60,j=40"];

/// Its tensors and result together.
const WHOLE: u64 = 8 * (2 * 40 * 60 + 40 * 40);

#[test]
fn a_threshold_slices_and_decides_the_exit_code() {
    let plan = |flags: &[&str]| -> (Option<i32>, Value) {
        let output = qube(&[&PRODUCT[..], &["--json"], flags].concat());
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.code(), serde_json::from_str(&text).unwrap())
    };
    let loops = |plan: &Value| -> Vec<(String, u64)> {
        let loops = contractions(plan)[0]["loops"].as_array().unwrap();
        loops
            .iter()
            .map(|one| (index_label(plan, &one["index"]).into(), one["batch"].as_u64().unwrap()))
            .collect()
    };
    let just = WHOLE.to_string();
    let time_space = ["--objective", "time-space-batched", "--batch-external", "i=10"];
    let (code, fits) = plan(&[&time_space[..], &["--threshold", &just]].concat());
    assert_eq!((code, loops(&fits).len()), (Some(0), 0), "what fits opens no loop");
    for objective in ["time-space-batched", "space-time-batched"] {
        let base = ["--objective", objective, "--batch-external", "i=10"];
        let less = (WHOLE - 1).to_string();
        let (code, sliced) = plan(&[&base[..], &["--threshold", &less]].concat());
        assert_eq!((code, loops(&sliced)), (Some(0), vec![("i".into(), 10)]), "{objective}");
        let (_, tiled) = plan(&[&base[..], &["--threshold", &less, "--tile", "i=4"]].concat());
        assert_eq!(loops(&tiled), [("i".into(), 8)], "whole tiles");
        let (code, none) = plan(&[&base[..], &["--threshold", "0.5KiB"]].concat());
        assert_eq!(code, Some(3), "nothing fits half a KiB");
        assert!(none["infeasible"].is_object());
        let text = qube(&[&PRODUCT[..], &base, &["--threshold", "512"]].concat());
        assert_eq!(text.status.code(), Some(3));
        assert!(!text.stdout.is_empty(), "the plan is printed all the same");
    }
}

#[test]
fn a_policy_is_read_and_flags_add_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.json");
    let document = format!(
        r#"{{"schema":"qube-policy/1","external_spaces":{{"i":10}},"volatile":["Kj"],
            "persistent_only":true,"accumulation_factor":0.5,"peak_threshold":{}}}"#,
        WHOLE - 1
    );
    std::fs::write(&file, document).unwrap();
    let file = file.to_str().unwrap();
    let base = ["--json", "--objective", "time-space-batched", "--policy", file];
    let plan = |flags: &[&str]| -> Value {
        serde_json::from_str(&stdout(&[&PRODUCT[..], &base, flags].concat())).unwrap()
    };
    let alone = plan(&[]);
    assert_eq!(contractions(&alone)[0]["loops"][0]["batch"], 10);
    assert_eq!(leaf(&alone, 1)["volatile"], true);
    assert_eq!(leaf(&alone, 0)["volatile"], false);
    let added = plan(&["--batch-external", "i=5", "--volatile", "iK"]);
    assert_eq!(
        contractions(&added)[0]["loops"][0]["batch"],
        5,
        "the flag goes before the document"
    );
    assert_eq!(leaf(&added, 0)["volatile"], true);
    assert_eq!(leaf(&added, 1)["volatile"], true, "what the document says stays");
    let unlimited = plan(&["--threshold", "1GiB"]);
    assert!(contractions(&unlimited)[0]["loops"].as_array().unwrap().is_empty());
    // A contracted loop around a volatile tensor: the document declines it, no flag takes that back.
    let contracted = plan(&["--batch", "K=10"]);
    let opened = &contractions(&contracted)[0]["loops"][0]["index"];
    assert_eq!(index_label(&contracted, opened), "i");
}

#[test]
fn bad_input_is_one_line_and_exit_code_2() {
    let file = tempfile::tempdir().unwrap();
    let broken = file.path().join("broken.json");
    std::fs::write(&broken, "{\"indices\": [").unwrap();
    let cases = file.path().join("cases.json");
    std::fs::write(
        &cases,
        r#"{"cases": [{"name": "x", "indices": [{"label": "i", "extent": 0}], "tensors": []}]}"#,
    )
    .unwrap();
    let term = ["--term", "g{i_1}", "--extents", "i=2"];
    let with = |flags: &[&'static str]| [&term[..], flags].concat();
    let policy = file.path().join("policy.json");
    std::fs::write(&policy, r#"{"schema":"qube-policy/1","tile_spaces":{"i":0}}"#).unwrap();
    for (args, piece) in [
        ([&term[..], &["--policy", policy.to_str().unwrap()]].concat(), "space 'i' is 0"),
        ([&term[..], &["--policy", broken.to_str().unwrap()]].concat(), "not a valid policy"),
        (with(&["--policy", "/nowhere.json"]), "cannot read /nowhere.json: "),
        (with(&["--batch-external", "i=0"]), "target size of space 'i' is 0"),
        (with(&["--batch-external", "i"]), "SPACE=NUMBER; write a=8,b=4"),
        (with(&["--tile", "i=-1"]), "tile size of space 'i' is -1"),
        (with(&["--threshold", "0"]), "--peak-threshold is 0; give 1 or more bytes"),
        (with(&["--threshold", "5GB"]), "the unit 'GB' is not known"),
        (vec!["/nowhere.json"], "cannot read /nowhere.json: "),
        (vec![broken.to_str().unwrap()], "line 1 column 13"),
        (vec![cases.to_str().unwrap()], "case x"),
        (vec![], "FILE"),
        (
            vec!["--term", "g{i_1}"],
            "space 'i', which has no extent; add it to --extents (which has: none)",
        ),
        (vec!["--term", "g{i_1", "--extents", "i=2"], "character 6"),
        (vec!["--term", "g{i_1}", "--extents", "i=0"], "extent 0"),
        (vec!["--term", "g{i_1}", "--extents", "i=two"], "'two' is not a whole number; give one"),
        (
            vec!["--term", "g{i_1}", "--extents", "i=2", "--power-means", "a=2"],
            "--power-means names space 'a'",
        ),
        (vec!["--term", "g{i_1}", "--extents", "i=2", "--batch", "i=0"], "target size"),
        (
            vec!["--term", "g{i_1}", "--extents", "i=2", "--volatile-weight", "NaN"],
            "--volatile-weight is NaN; give 1e-9 to 1e18",
        ),
        (
            vec!["--term", "g{i_1}", "--extents", "i=2", "--accumulation-factor", "-1"],
            "--accumulation-factor is -1; give 0, or",
        ),
        (vec!["--term", "g{i_1}", "--extents", "i=2", "--objective", "speed"], "speed"),
        (vec!["--term", "g{i_1}", "--extents", "i=2", "--threads", "0"], "0"),
        (
            vec!["--term", "g{i_1}", "--extents", "i=2", "--limit", "0"],
            "--limit is 0; give 1 or more bytes",
        ),
        (
            vec!["--term", "g{i_1}", "--extents", "i=2", "--subnet-cse", "--objective", "peak"],
            "--subnet-cse is on with the objective peak; give it with flops or size",
        ),
    ] {
        let output = qube(&args);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {message}");
        assert_eq!(message.lines().count(), 1, "{message}");
        assert!(message.contains(piece), "'{message}' names {piece}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn a_case_is_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (svg, dot, file) = (path("plan.svg"), path("plan.dot"), data("scenarios.json"));
    let drawn = ["--objective", "peak-batched", "--svg", &svg, "--dot", &dot];
    let case = [&file, "--case", "water14_term1"];
    let report = stdout(&[&case[..], &drawn].concat());
    assert!(report.starts_with("peak-batched plan of 11 tensors"), "{report}");
    let [svg, dot] = [&svg, &dot].map(|file| std::fs::read_to_string(file).unwrap());
    assert!(svg.starts_with("<svg ") && svg.contains(">Κ_1 in 7 batches of 236</text>"));
    assert!(dot.starts_with("digraph plan {") && dot.contains("label=\"Κ_1 in 7 batches of 236\""));
    for (args, piece) in [
        ([&[file.as_str()][..], &drawn].concat(), "--case"),
        (vec![&file, "--case", "water15"], "give one of: water14_term1, tetramer_term3"),
        ([&TERM[..], &["--case", "x"]].concat(), "--case"),
    ] {
        let output = qube(&args);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {message}");
        assert!(message.contains(piece), "'{message}' names {piece}");
    }
}

#[test]
fn equal_intermediates_are_paid_once() {
    let term = "A{i_1;a_1} B{a_1;i_2} A{i_2;a_2} B{a_2;i_3}";
    let args = ["--term", term, "--extents", "i=10,a=20", "--subnet-cse"];
    let report = stdout(&args);
    assert!(report.contains("(2) renamed -> (5) [i_2 i_3]"), "{report}");
    let plan: Value = serde_json::from_str(&stdout(&[&args[..], &["--json"]].concat())).unwrap();
    assert_eq!(plan["cost"], 3000.0);
    assert_eq!(plan["nodes"][5]["shared_with"], 2);
    assert_eq!(plan["nodes"][3]["skipped"], true);
}

/// A search that is stopped says what is not proven; a proof can be asked for.
#[test]
fn searches_stop_at_limits() {
    // A ladder of 2 times 16 tensors.
    let mut term = String::new();
    for at in 0..16 {
        for row in ["a", "b"] {
            let left = if at > 0 { format!("{row}_{at};") } else { String::new() };
            let right = if at < 15 { format!("{row}_{};", at + 1) } else { String::new() };
            term += &format!("g{{{left}{right}r_{at}}} ");
        }
    }
    let ladder = ["--term", &term, "--extents", "a=5,b=7,r=3"];
    let with = |more: &[&'static str]| -> Vec<&str> { [&ladder[..], more].concat() };
    let report = stdout(&with(&["--max-states", "40"]));
    assert!(report.contains("not proven best: cost "), "{report}");
    assert!(report.contains(", at least ") && report.contains(" (gap "), "{report}");
    let plan: Value =
        serde_json::from_str(&stdout(&with(&["--max-states", "40", "--json"]))).unwrap();
    let search = &plan["search"];
    assert_eq!((&search["optimal"], &search["states"]), (&false.into(), &40.into()));
    assert!(search["gap"].as_f64().unwrap() > 0.0 && search["bounded"] == "cost");
    assert!(stdout(&with(&["--require-optimal", "--max-bytes", "1MiB"])).contains("proven best"));
    for (more, piece) in [
        (
            &["--require-optimal", "--max-states", "40"][..],
            "--max-states is 40, and as many states were expanded",
        ),
        (&["--max-bytes", "100"], "--max-bytes is 100, and the tables"),
        (&["--max-memory", "0"], "--max-bytes is 0; give 1 to "),
        (&["--max-seconds", "-1"], "--max-seconds is -1; give 0 (no limit)"),
    ] {
        let output = qube(&with(more));
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), message.lines().count()), (Some(2), 1), "{message}");
        assert!(message.contains(piece), "'{message}' names {piece}");
    }
}

#[test]
fn help_has_an_example() {
    assert!(stdout(&["--help"]).contains("qube plan --term"));
}

/// tests/data/plan.json is what the command writes, so that other hosts' readers are tested with it.
/// When documents gain a field, write it anew with this command line.
#[test]
fn the_plan_that_hosts_read_is_of_this_command() {
    let file = data("scenarios.json");
    let case = ["--case", "water14_term1", "--objective", "peak-batched", "--frontier", "--json"];
    let args = [&[file.as_str()], &case[..]].concat();
    let written = |text: &str| -> Value {
        let mut plan: Value = serde_json::from_str(text).unwrap();
        plan["search"]["seconds"] = 0.into();
        plan
    };
    let ours = std::fs::read_to_string(data("plan.json")).unwrap();
    assert_eq!(written(&stdout(&args)), written(&ours));
}

/// What --json wrote is checked on request, and so is a plan that was made just now.
#[test]
fn plans_are_verified() {
    let term = ["--einsum", "iK,Kj->ij", "--extents", "i=3,K=50,j=4", "--batch", "K=7"];
    fn with<'a>(term: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
        [term, &["--objective", "peak-batched"], more].concat()
    }
    let text = stdout(&with(&term, &["--verify"]));
    assert!(text.ends_with("\nan independent recomputation gives the same numbers\n"), "{text}");
    let json = stdout(&with(&term, &["--json", "--verify"]));
    let file = std::env::temp_dir().join(format!("qube-verify-{}.json", std::process::id()));
    let verify = format!("--verify={}", file.display());
    std::fs::write(&file, &json).unwrap();
    assert_eq!(stdout(&with(&term, &["--json", &verify])), json);
    std::fs::write(&file, json.replacen("\"cost\":600.0", "\"cost\":599.0", 1)).unwrap();
    let refused = |args: &[&str], piece: &str| {
        let output = qube(args);
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), message.lines().count()), (Some(2), 1), "{message}");
        assert!(message.contains(piece), "'{message}' names {piece}");
    };
    refused(&with(&term, &[&verify]), "the cost: the plan says 599, the recomputation gives 600");
    refused(&[&term[..], &[&verify]].concat(), "the objective: the plan says peak-batched");
    std::fs::remove_file(&file).unwrap();
    refused(&with(&term, &[&verify]), "cannot read ");
    let cases = data("edge.json");
    refused(&[&cases, "--verify=plan.json"], "choose its term with --case");
    assert!(stdout(&[&cases, "--json", "--verify"]).lines().count() > 20);
}

/// tests/data/interleave.json: 21660 elements depth-first, 20182 in turns.
#[test]
fn contractions_in_any_order() {
    let file = data("interleave.json");
    let with = |more: &[&str]| {
        let case = [&file, "--case", "interleave_gap", "--objective", "peak", "--best-order"];
        stdout(&[&case, more].concat())
    };
    let text = with(&["--verify"]);
    assert!(text.contains("\npeak    169.219 KiB at "), "{text}");
    let order = text.lines().find(|line| line.starts_with("order ")).unwrap();
    assert!(order.starts_with("order   157.672 KiB at result ("), "{order}");
    assert!(order.contains(") in this order: ("), "{order}");
    let text = with(&["--json"]);
    qube_budget::Plan::from_json(&text).unwrap();
    let plan: Value = serde_json::from_str(&text).unwrap();
    let order = &plan["best_order"];
    assert_eq!(
        (&plan["peak_elements"], &order["peak_elements"]),
        (&21660.0.into(), &20182.0.into())
    );
    assert_eq!(order["peak_bytes"], 8 * 20182);
    let mut results: Vec<u64> = serde_json::from_value(order["contractions"].clone()).unwrap();
    assert!(results.contains(&order["peak_node"].as_u64().unwrap()) && !results.is_sorted());
    results.sort_unstable();
    let nodes: Vec<u64> =
        contractions(&plan).iter().map(|node| node["node"].as_u64().unwrap()).collect();
    assert_eq!(results, nodes);
    assert_eq!(results.len(), 5);
    // The limit is for the best order only where that is asked for.
    let limit = (8 * 20182).to_string();
    with(&["--limit", &limit]);
    let case = [&file, "--case", "interleave_gap", "--objective", "peak", "--limit", &limit];
    assert_eq!(qube(&case).status.code(), Some(3));
    // Where the plan's own order is best, that is said.
    let chain = ["--einsum", "ij,jk,kl->il", "--extents", "i=1,j=2,k=3,l=4", "--any-order"];
    let none = "\nno order of these contractions with a lower peak was found\n";
    assert!(stdout(&chain).ends_with(none));
}

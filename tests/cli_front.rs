//! What all of `qube` has in common: forms of arguments, standard input, exit codes, Ctrl-C, man pages.
#![cfg(feature = "cli")]

mod common;

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use common::command::{Said, command, contractions, leaf, qube, qube_reads, shell};
use common::width::{examples, fits_100_columns};
use serde_json::{Value, json};

const NETWORK: &str = r#"{"indices":[{"label":"a","extent":10},{"label":"b","extent":10},
    {"label":"c","extent":10}],"tensors":[{"label":"A","indices":["a","b"]},
    {"label":"B","indices":["b","c"]}],"targets":["a","c"]}"#;

fn document(said: &Said) -> Value {
    assert_eq!(said.err, "");
    serde_json::from_str(&said.out).unwrap()
}

fn plan(args: &[&str]) -> Said {
    qube_reads(&[&["plan"], args].concat(), "")
}

/// Exit code 2, and one line on stderr that has this piece.
fn refused(said: &Said, piece: &str) {
    assert_eq!((said.code, said.out.as_str()), (2, ""), "{}", said.err);
    assert_eq!(said.err.lines().count(), 1, "{}", said.err);
    assert!(said.err.starts_with("qube: ") && said.err.contains(piece), "{}", said.err);
}

#[test]
fn lists_have_one_form_and_may_be_repeated() {
    let term = ["--einsum", "abc,abd->cd", "--objective", "time-space-batched"];
    let loops = |lists: &[&str]| -> Value {
        let said = plan(&[&term[..], &["--threshold", "400", "--json"], lists].concat());
        assert_eq!(said.code, 0, "{}", said.err);
        let plan: Value = serde_json::from_str(&said.out).unwrap();
        contractions(&plan)[0]["loops"].clone()
    };
    let one = loops(&["--extents", "a=4,b=4,c=4,d=4", "--batch-external", "c=1,d=1"]);
    assert!(!one.as_array().unwrap().is_empty());
    let repeated = ["--extents", "a=4,b=4", "--extents", "c=4,d=4", "--batch-external", "c=1"];
    assert_eq!(loops(&[&repeated[..], &["--batch-external", "d=1"]].concat()), one);
    // The other lists: batches of contracted indices, tiles, volatile tensors, power means.
    let batched = ["--extents", "a=4,b=4,c=4,d=4", "--batch", "a=2,b=2", "--tile", "a=2,b=2"];
    assert!(!loops(&batched).as_array().unwrap().is_empty());
    let volatile = plan(&[&term[..], &batched, &["--volatile", "abc,abd", "--json"]].concat());
    let volatile = document(&volatile);
    assert_eq!([0, 1].map(|tensor| &leaf(&volatile, tensor)["volatile"]), [true, true]);
    let means = |flags: &[&str]| {
        let term = ["--term", "t{a_1<i_1>;i_1} u{b_1<i_1>;i_1}", "--extents", "i=5,a=3,b=4"];
        document(&plan(&[&term[..], &["--json"], flags].concat()))["flops"].clone()
    };
    let both = means(&["--power-means", "a=3,3.5,b=4,4.5"]);
    assert_eq!(means(&["--power-means", "a=3,3.5", "--power-means", "b=4,4.5"]), both);
}

#[test]
fn einsum_takes_any_character_and_scalars() {
    let product = plan(&["--einsum", "a×,×b->ab", "--extents", "a=2,×=2,b=2", "--json"]);
    assert_eq!(document(&product)["flops"], 8.0);
    for scalar in [&["--einsum=->"][..], &["--einsum", "->"]] {
        let said = plan(scalar);
        assert_eq!((said.code, said.err.as_str()), (0, ""));
        assert!(said.out.starts_with("flops plan of 1 tensor\n"), "{}", said.out);
    }
    let unknown = plan(&["--einsum", "ab,bc", "--extents", "a=2"]);
    refused(
        &unknown,
        "'b' belongs to space 'b', which has no extent; add it to --extents (which has: a)",
    );
    refused(&plan(&["--einsum", "a...b", "--extents", "a=2"]), "found '.', expected an index");
}

/// 3 matrices of 100 elements are live.
#[test]
fn bytes_per_element_on_the_command_line_and_in_json() {
    let peak = |said: &Said| document(said)["peak_bytes"].clone();
    let term = ["--einsum", "ab,bc->ac", "--extents", "a=10,b=10,c=10", "--objective", "peak"];
    let complex = ["--json", "--bytes-per-element", "16"];
    assert_eq!(peak(&plan(&[&term[..], &complex].concat())), 4800);
    let from = |text: &str, flags: &[&str]| {
        qube_reads(&[&["plan", "-", "--objective", "peak", "--json"], flags].concat(), text)
    };
    let with = |bytes: i64| {
        let mut network: Value = serde_json::from_str(NETWORK).unwrap();
        network["bytes_per_element"] = bytes.into();
        network
    };
    assert_eq!(peak(&from(NETWORK, &[])), 2400);
    assert_eq!(peak(&from(&with(16).to_string(), &[])), 4800);
    assert_eq!(peak(&from(&with(16).to_string(), &["--bytes-per-element", "4"])), 1200);
    let cases = json!({"cases": [with(16), with(4)]}).to_string();
    let lines = from(&cases, &["--objective", "peak"][..0]).out;
    let peaks: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["peak_bytes"].clone())
        .collect();
    assert_eq!(peaks, [4800, 1200]);
    refused(&from(&with(0).to_string(), &[]), "-: bytes_per_element is 0; give 1 to 1024");
    let flag = plan(&[&term[..], &["--bytes-per-element", "1025"]].concat());
    refused(&flag, "--bytes-per-element is 1025; give 1 to 1024");
}

#[test]
fn a_file_of_cases_gives_a_line_for_each_in_order() {
    let case = |name: &str, extent: i64| {
        let mut case: Value = serde_json::from_str(NETWORK).unwrap();
        case["name"] = name.into();
        case["indices"][1]["extent"] = extent.into();
        case
    };
    let cases = json!({"cases": [case("z", 3), case("a", 2), case("m", 5)]}).to_string();
    let said = qube_reads(&["plan", "-", "--num-threads", "3"], &cases);
    let lines: Vec<Value> =
        said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let read = |line: &Value| (line["name"].clone(), line["flops"].clone());
    let expected = [("z", 300.0), ("a", 200.0), ("m", 500.0)];
    let expected = expected.map(|(name, flops)| (json!(name), json!(flops)));
    assert_eq!(lines.iter().map(read).collect::<Vec<_>>(), expected);
    let said = qube_reads(&["plan", "-"], &cases.replace("\"extent\":2", "\"extent\":0"));
    refused(&said, "case a: index 'b' has extent 0; give 1 or more");
}

#[test]
fn a_dash_is_standard_input() {
    let by_name = plan(&["--einsum", "ab,bc->ac", "--extents", "a=10,b=10,c=10", "--json"]);
    let flops = document(&by_name)["flops"].clone();
    assert_eq!(document(&qube_reads(&["plan", "-", "--json"], NETWORK))["flops"], flops);
    let policy = r#"{"schema":"qube-policy/1","volatile":["ab"]}"#;
    let term = ["plan", "--einsum", "ab,bc->ac", "--extents", "a=10,b=10,c=10", "--json"];
    let said = qube_reads(&[&term[..], &["--policy", "-"]].concat(), policy);
    assert_eq!(leaf(&document(&said), 0)["volatile"], true);
    let run = "compare harmonic --n-pix 59136 --n-modes 33274 --lmax-signal 256 --lmax 128";
    let log = fs::read_to_string("tests/data/measured/eclipse_qu.log").unwrap();
    let args: Vec<&str> = run.split(' ').chain(["--measured", "-"]).collect();
    let from_file = qube(&format!("{run} --measured tests/data/measured/eclipse_qu.log"));
    assert_eq!(qube_reads(&args, &log).out, from_file.out);
    let verified = qube_reads(&[&term[..], &["--verify=-"]].concat(), &by_name.out);
    assert_eq!(verified.code, 0, "{}", verified.err);
    refused(&qube_reads(&["plan", "-", "--policy", "-"], NETWORK), "(-) is named twice");
    refused(&qube_reads(&["plan", "-"], "{"), "-: the document is not a valid network: EOF");
}

/// The names of before work, and the help shows them.
#[test]
fn renamed_flags_are_aliases() {
    let term = ["--einsum", "ab,bc->ac", "--extents", "a=10,b=10,c=10", "--objective"];
    let help = qube("plan --help").out;
    for (name, alias, value) in [
        ("--peak-flops-tolerance", "--peak-tolerance", "-1"),
        ("--fast-mem-elems", "--fast-mem", "-1"),
        ("--max-bytes", "--max-memory", "0"),
        ("--peak-threshold", "--threshold", "0"),
        ("--num-threads", "--threads", "0"),
    ] {
        let messages = [name, alias].map(|flag| {
            let said = plan(&[&term[..], &["peak", flag, value]].concat());
            refused(&said, name);
            said.err
        });
        assert_eq!(messages[0], messages[1]);
        assert!(help.contains(&format!("[alias: {alias}]")), "{help}");
    }
    assert_eq!(plan(&[&term[..], &["peak", "--no-prune"]].concat()).code, 0);
    let request = "request harmonic --n-pix 9 --n-modes 9 --lmax-signal 4";
    let [name, alias] = ["--baseline-bytes", "--baseline"]
        .map(|flag| qube(&format!("{request} {flag} 1GiB --json")).out);
    assert_eq!(name, alias);
}

#[test]
fn memory_is_read_as_slurm_reads_it() {
    let fit = |limit: &str| {
        let run = "fit harmonic --n-pix 1000 --n-modes 500 --lmax-signal 64";
        qube(&format!("{run} --limit {limit} --json"))
    };
    assert_eq!(document(&fit("192G"))["limit_bytes"], 192u64 << 30);
    refused(&fit("8388608TiB"), "it is too large; give at most 2^63 - 1 bytes, or 'machine'");
    refused(&fit("192GB"), "the unit 'GB' is not known; give bytes, or a number with KiB");
}

/// An output that cannot be written is the machine's failure: exit code 1, one line, no panic.
#[test]
fn lost_output_is_exit_code_1() {
    let lost = |said: &Said, piece: &str| {
        assert_eq!((said.code, said.out.as_str()), (1, ""), "{}", said.err);
        assert_eq!(said.err.lines().count(), 1, "{}", said.err);
        assert!(said.err.starts_with("qube: ") && said.err.contains(piece), "{}", said.err);
    };
    let budget = "qube budget harmonic --n-pix 9 --n-modes 9 --lmax-signal 4";
    let plan = "qube plan --einsum ab,bc --extents a=2,b=3,c=4";
    let folder = tempfile::tempdir().unwrap();
    for run in [budget, plan, "qube --help", "qube completions bash"] {
        lost(&shell(&format!("{run} > /dev/full")), "cannot write the output: No space left");
        let status = folder.path().join("status");
        // What the pipe is closed before: the reader ends first.
        let piped = format!("( sleep 0.3; {run}; echo $? > {} ) | true", status.display());
        let said = shell(&piped);
        assert!(said.err.starts_with("qube: cannot write the output: Broken pipe"));
        assert!(!said.err.contains("panicked"), "{}", said.err);
        assert_eq!(fs::read_to_string(status).unwrap(), "1\n");
    }
    lost(&shell(&format!("{budget} --svg /dev/full")), "cannot write /dev/full: ");
    lost(&shell(&format!("{plan} --svg /dev/full")), "cannot write /dev/full: ");
    lost(&shell(&format!("{plan} --dot /dev/full")), "cannot write /dev/full: ");
    lost(&shell(&format!("{plan} --dot /no/such/x.dot")), "cannot write /no/such/x.dot: ");
    lost(&shell("qube man /no/such"), "cannot write into /no/such: ");
}

/// Tensors each of which shares an index with every other one: a search in which nearly all sets of
/// tensors compete.
fn clique(tensors: usize) -> Value {
    let label = |a: usize, b: usize| format!("i_{}_{}", a.min(b), a.max(b));
    let pairs = (0..tensors).flat_map(|b| (0..b).map(move |a| (a, b)));
    let indices: Vec<Value> = pairs
        .map(|(a, b)| (label(a, b), [2, 3, 4, 2][(7 * a + 3 * b) % 4]))
        .map(|(label, extent)| json!({"label": label, "extent": extent}))
        .collect();
    let others = |a: usize| (0..tensors).filter(move |&b| b != a);
    let tensors: Vec<Value> = (0..tensors)
        .map(|a| {
            let indices: Vec<String> = others(a).map(|b| label(a, b)).collect();
            json!({"label": format!("T{a}"), "indices": indices})
        })
        .collect();
    json!({"indices": indices, "tensors": tensors})
}

/// Starts a plan that takes long, presses Ctrl-C once it is at work, and waits.
fn interrupted(network: &Value, flags: &[&str]) -> Said {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("network.json");
    fs::write(&file, network.to_string()).unwrap();
    let child = command()
        .arg("plan")
        .arg(&file)
        .args(["--objective", "peak", "--no-prune-outer-products"])
        .args(flags)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(1500));
    let id = i32::try_from(child.id()).unwrap();
    // SAFETY: kill takes no pointers; the process is a child that was not waited for.
    assert_eq!(unsafe { libc::kill(id, libc::SIGINT) }, 0);
    child.wait_with_output().unwrap().into()
}

#[test]
fn ctrl_c_gives_the_best_plan_so_far() {
    let network = clique(20);
    let said = interrupted(&network, &[]);
    assert_eq!((said.code, said.err.as_str()), (130, ""));
    assert!(said.out.starts_with("peak plan of 20 tensors\n"), "{}", said.out);
    assert!(said.out.contains("not proven best: peak "), "{}", said.out);

    let said = interrupted(&network, &["--json"]);
    let plan: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((said.code, &plan["search"]["optimal"]), (130, &false.into()));
    assert_eq!(plan["sequence"].as_array().unwrap().len(), 39);

    let cases = json!({"cases": [network, serde_json::from_str::<Value>(NETWORK).unwrap()]});
    let said = interrupted(&cases, &[]);
    let lines: Vec<Value> =
        said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((said.code, lines.len()), (130, 2));
    assert_eq!(lines[1]["search"]["optimal"], true);

    let said = interrupted(&network, &["--require-optimal"]);
    assert_eq!((said.code, said.out.as_str()), (130, ""));
    assert!(said.err.contains("leave --require-optimal out"), "{}", said.err);
}

/// Whoever waits gets the plan of the library, by the same method.
#[test]
fn listening_changes_no_search() {
    use qube_budget::document::from_json;
    for file in ["ladder", "chain"] {
        let tensors: Vec<Value> = (0..40)
            .map(|at| match file {
                "chain" => json!([format!("i_{at}"), format!("i_{}", at + 1)]),
                _ => json!([format!("i_{at}"), format!("i_{}", at + 1), format!("r_{}", at / 2)]),
            })
            .map(|indices| json!({"label": "t", "indices": indices}))
            .collect();
        let index = |label: String| json!({"label": label, "extent": 2 + label.len()});
        let rungs = (0..20).map(|at| format!("r_{at}")).filter(|_| file == "ladder");
        let indices: Vec<Value> =
            (0..41).map(|at| format!("i_{at}")).chain(rungs).map(index).collect();
        let network = json!({"indices": indices, "tensors": tensors}).to_string();
        let ours = document(&qube_reads(&["plan", "--json", "-"], &network));
        let case = from_json(&network).unwrap();
        let theirs = qube_budget::optimize(&case.network, &case.policy, &Default::default());
        let theirs = theirs.unwrap();
        assert_eq!(ours["search"]["method"], theirs.search.method.name());
        assert_eq!(ours["sequence"], json!(theirs.sequence()));
    }
}

#[test]
fn examples_of_every_help_work() {
    for args in ["", "budget", "request", "fit"] {
        let help = qube(&format!("{args} --help"));
        fits_100_columns(&help.out, args);
        let examples = examples(&help.out);
        assert!(!examples.is_empty(), "{args}");
        for example in examples {
            let said = shell(&format!("qube {example}"));
            assert!([0, 3].contains(&said.code), "{example}: {}", said.err);
        }
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("network.json"), NETWORK).unwrap();
    let examples = examples(&qube("plan --help").out);
    assert!(examples.len() >= 5);
    for example in examples {
        let said = shell(&format!("cd {} && qube {example}", folder.path().display()));
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{example}");
    }
}

#[test]
fn flags_are_grouped_in_the_help() {
    let sections = |args: &str| -> Vec<String> {
        let help = qube(&format!("{args} --help")).out;
        let lines = help.lines().filter(|line| !line.starts_with(' '));
        lines.filter_map(|line| line.strip_suffix(':')).map(str::to_owned).collect()
    };
    let budget = ["Options", "Sizes", "Method", "From a survey", "Report"];
    assert_eq!(sections("budget harmonic"), budget);
    let fit =
        ["Options", "Sizes", "Method", "From a survey", "Nodes and ranks", "Job lines", "Report"];
    assert_eq!(sections("fit eclipse"), fit);
    let plan =
        ["Arguments", "Options", "Term", "Batches", "Objective", "Roofline", "Search", "Report"];
    assert_eq!(sections("plan"), plan);
}

#[test]
fn man_pages_and_completions() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().display();
    let said = qube(&format!("man {dir}"));
    assert_eq!((said.code, said.out.as_str(), said.err.as_str()), (0, "", ""));
    for (page, piece) in [
        ("qube.1", "qube\\-plan(1)"),
        ("qube-plan.1", "peak\\-flops\\-tolerance"),
        ("qube-fit-eclipse.1", "ranks\\-per\\-node"),
    ] {
        let text = fs::read_to_string(folder.path().join(page)).unwrap();
        assert!(text.contains(".TH ") && text.contains(piece), "{page}: {text}");
    }
    assert!(!folder.path().join("qube-completions.1").exists());
    for (shell, file) in [("bash", "qube.bash"), ("zsh", "_qube"), ("fish", "qube.fish")] {
        let printed = qube(&format!("completions {shell}")).out;
        assert!(printed.contains("peak-flops-tolerance"), "{printed}");
        assert_eq!(qube(&format!("completions {shell} {dir}")).code, 0);
        assert_eq!(fs::read_to_string(folder.path().join(file)).unwrap(), printed);
    }
    assert!(!qube("--help").out.contains("completions"));
}

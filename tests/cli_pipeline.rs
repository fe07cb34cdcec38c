//! `qube budget|request|fit|compare FILE.json` as a user runs them.
#![cfg(feature = "cli")]

mod common;

use common::command::{Said, qube, qube_reads};

const XQML: &str = "examples/pipelines/xqml.json --set npix=768,nbin=10";
/// A matrix of (2 x 768)^2 doubles, and one of (2 x 10)^2.
const UNIT: u64 = 8 * 1536 * 1536;
const SMALL: u64 = 8 * 20 * 20;

const SQUARE: &str = r#"{"schema": "qube-pipeline/1", "name": "square", "source": "a test",
    "layout": "block-cyclic", "parameters": [{"name": "n_pix", "default": 1000}, {"name": "check", "default": false}],
    "stages": [{"name": "only", "events": [{"allocate": "A", "rows": "n_pix", "columns": "n_pix"},
        {"allocate": "B", "rows": 10, "columns": 10, "if": "check"}]}]}"#;

fn document(args: &str) -> serde_json::Value {
    let said = qube(&format!("{args} --json"));
    assert_eq!(said.out.lines().count(), 1, "{} {}", said.out, said.err);
    serde_json::from_str(&said.out).unwrap()
}

fn refused(said: &Said, reason: &str) {
    assert_eq!((said.code, said.out.as_str()), (2, ""), "{}", said.err);
    assert!(said.err.contains(reason) && said.err.lines().count() == 1, "{}", said.err);
}

#[test]
fn a_document_gives_a_budget() {
    let budget = document(&format!("budget {XQML}"));
    assert_eq!(budget["schema"], "qube-budget/2");
    assert_eq!(
        (budget["path"].as_str(), budget["program"].as_str()),
        (Some("pipeline"), Some("xQML"))
    );
    assert_eq!(budget["lifetime_peak_bytes"], 61 * UNIT + 2 * SMALL);
    assert_eq!(budget["inputs"]["n"]["from"], "nstokes * npix");
    assert_eq!(budget["stages"][2]["transient"][0]["name"], "El_CAB");
    // The name of the subcommand may stand before the document.
    let named = document(&format!("budget pipeline {XQML} --set cross=false --set covariance=off"));
    assert_eq!(named["stages"].as_array().unwrap().len(), 2);
    let table = qube(&format!("budget {XQML} --limit 1GiB"));
    assert_eq!(table.code, 3, "{}", table.out);
    assert!(table.out.lines().all(|line| line.chars().count() <= 100), "{}", table.out);
}

#[test]
fn a_document_tells_its_parameters() {
    let said = qube("budget examples/pipelines/xqml.json --parameters");
    assert_eq!(said.code, 0, "{}", said.err);
    for line in [
        "npix: observed pixels of one map; in pixels; 1 or more; to be set; may be reduced (3): a smaller",
        "nstokes: maps analysed together: I, or Q and U, or all three; 1, 2 or 3; 2 by default",
    ] {
        assert!(said.out.lines().any(|told| told == line), "{}", said.out);
    }
    assert!(said.out.contains("true or false; true by default; may be reduced (1): no"));
}

#[test]
fn standard_input_is_a_document() {
    let said = qube_reads(&["budget", "-", "--set", "n_pix=100,check=true", "--json"], SQUARE);
    let budget: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(budget["lifetime_peak_bytes"], 8 * 100 * 100 + 8 * 10 * 10);
    let ranks = ["budget", "-", "--nprow", "2", "--npcol", "2", "--block", "64", "--json"];
    let said = qube_reads(&ranks, SQUARE);
    let budget: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    // 1000 rows in blocks of 64 over 2 process rows: 512 and 488.
    assert_eq!(budget["ranks"]["fullest_bytes"], 8 * 512 * 512);
    assert_eq!(budget["ranks"]["stages"][0]["least_bytes"], 8 * 488 * 488);
}

#[test]
fn request_fit_and_largest() {
    let request = document(&format!("request {XQML} --ranks-per-node 2"));
    assert_eq!(request["per_node_bytes"], 2 * (63 * UNIT + 2 * SMALL));
    let limit = 50 * UNIT;
    let fit = document(&format!("fit {XQML} --limit {limit}"));
    assert_eq!((fit["fits"].as_bool(), fit["cheapest_change"].as_u64()), (Some(false), Some(0)));
    assert_eq!(
        (fit["changes"][1]["change"].as_str(), fit["changes"][1]["value"].as_u64()),
        (Some("nbin"), Some(7))
    );
    let table = qube(&format!("fit {XQML} --limit {limit}"));
    assert_eq!(table.code, 3);
    assert!(table.out.contains("nbin 7: wider bins of multipoles"), "{}", table.out);
    let largest = document(&format!("fit {XQML} --limit {limit} --largest nbin"));
    let found = &largest["largest"];
    assert_eq!((found["size"].as_str(), found["value"].as_u64()), (Some("nbin"), Some(7)));
    assert_eq!(found["next"]["value"], 8);
    refused(
        &qube(&format!("fit {XQML} --limit {limit} --largest nside")),
        "parameter 'nside' is not of pipeline 'xQML'; give one of: npix, nstokes, nspec, nbin",
    );
}

#[test]
fn measured_beside_predicted() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("run.log");
    std::fs::write(&log, format!("baseline 1000\ncompute_ds_dcb {}\n", 22 * UNIT + 1000)).unwrap();
    let compared = document(&format!("compare {XQML} --measured {}", log.display()));
    let end = &compared["stages"][0]["end"];
    // At its end it holds Pl and S: 21 matrices, and one more was measured.
    assert_eq!(end["predicted_bytes"], 21 * UNIT);
    let percent = end["difference_percent"].as_f64().unwrap();
    assert!((percent - 100.0 / 21.0).abs() < 1e-9, "{percent}");
    // Its own arrays are the units, as there is no n_pix; and it is a record for later requests.
    std::fs::write(&log, format!("baseline 1000\nget_covariance peak {}\n", 122 * UNIT + 1000))
        .unwrap();
    let table = qube(&format!("compare {XQML} --measured {}", log.display())).out;
    assert!(table.contains("unit 'Pl': 18.00 MiB"), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
    let record = folder.path().join("record.json");
    let compared = qube(&format!("compare {XQML} --measured {} --json", log.display()));
    std::fs::write(&record, compared.out).unwrap();
    let request = document(&format!("request {XQML} --calibration {}", record.display()));
    let margin = request["stages"][2]["margin_bytes"].as_u64().unwrap();
    // 122 matrices were held where 61 and 6400 bytes are predicted.
    assert_eq!(margin, 61 * UNIT - 2 * SMALL);
}

#[test]
fn what_is_wrong_is_said_in_one_line() {
    refused(
        &qube("budget examples/pipelines/xqml.json"),
        "parameter 'npix' has no value and no default; give it one: 1 or more (missing, too: nbin)",
    );
    refused(
        &qube(&format!("budget {XQML},n_pix=5")),
        "parameter 'n_pix' is not of pipeline 'xQML'",
    );
    refused(&qube(&format!("budget {XQML},npix=5")), "--set gives npix twice");
    refused(
        &qube(&format!("budget {XQML} --set nstokes=4")),
        "parameter 'nstokes' is 4; give 1, 2 or 3",
    );
    refused(
        &qube(&format!("budget {XQML} --set nspec=x")),
        "'x' is not a whole number below 2^63, true or false",
    );
    refused(&qube(&format!("budget {XQML} --set nspec")), "'nspec' is not of the form NAME=VALUE");
    refused(&qube("budget no/such.json"), "cannot read no/such.json: ");
    let bad = SQUARE.replace("\"rows\": \"n_pix\"", "\"rows\": \"n_pix +\"");
    refused(
        &qube_reads(&["budget", "-"], &bad),
        "-: the document is not a valid pipeline: stages[0].events[0].rows, character 8 of 'n_pix +': found the end",
    );
    let replicated = SQUARE.replace("block-cyclic", "replicated");
    let grid = ["request", "-", "--nprow", "1", "--npcol", "1", "--block", "64"];
    refused(&qube_reads(&grid, &replicated), "block-cyclic matrices");
}

//! `qube budget` as a user runs it: what it prints, its exit codes, one line for bad input.
#![cfg(feature = "cli")]

mod common;

use common::command::qube;
use common::width::examples;

/// The calibrated run, whose caller holds the covariance.
const ECLIPSE_QU: &str = "budget harmonic --n-pix 59136 --n-modes 33274 --lmax-signal 256 --lmax 128 \
                          --covariance-by-caller";
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
    assert_eq!(document["schema"], "qube-budget/2");
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
    assert_eq!(bytes(ECLIPSE_QU, 2, "transient_bytes"), 5 * m);
    assert_eq!(bytes(&format!("{ECLIPSE_QU} --n-spectra 1"), 2, "transient_bytes"), 4 * m);
    let read = ECLIPSE_QU.replace(" --covariance-by-caller", "");
    let by_caller = bytes(ECLIPSE_QU, 1, "transient_bytes");
    assert_eq!(bytes(&read, 1, "transient_bytes"), by_caller + 8 * 59136 * 59136);
    assert_eq!(bytes(&format!("{ECLIPSE_QU} --published"), 2, "transient_bytes"), 0);
    let filtered = format!("{ECLIPSE_QU} --working-dim 1000");
    assert_eq!(bytes(&filtered, 0, "persistent_bytes"), 8 * 1000 * 1000);

    let p = 8 * 9800 * 9800;
    assert_eq!(bytes(QU_64, 2, "peak_bytes"), 23 * p);
    assert_eq!(bytes(&format!("{QU_64} --cache-derivatives"), 2, "peak_bytes"), 39 * p);
    assert_eq!(bytes(&format!("{QU_64} --release 1.2.0"), 2, "peak_bytes"), 24 * p);
    assert_eq!(bytes(&format!("{QU_64} --published"), 2, "peak_bytes"), 22 * p);
    let old = format!("{QU_64} --published --release 1.1 --lmax 128");
    assert_eq!(bytes(&old, 2, "peak_bytes"), 23 * p);
    let traditional = "budget traditional --n-pix 9800 --n-bins 6 --n-spectra 3";
    assert_eq!(bytes(traditional, 2, "peak_bytes"), 24 * p);
    assert_eq!(document(&format!("{traditional} --json"))["path"], "traditional");
}

#[test]
fn exit_code_3_means_it_does_not_fit() {
    let exact = qube(&format!("{ECLIPSE_QU} --limit 120892199488"));
    assert_eq!(exact.code, 0);
    assert!(exact.out.contains("\n\nFits: the lifetime peak is 112.59 GiB"));

    let short = qube(&format!("{ECLIPSE_QU} --limit 120892199487"));
    assert_eq!((short.code, short.err.as_str()), (3, ""));
    assert!(short.out.contains("\n\nDoes not fit: the lifetime peak of 112.59 GiB"));
    assert!(short.out.ends_with(" exceeds the limit.\n"));

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
        (format!("{harmonic} --n-pix 0"), "--n-pix is 0; give 1 or more"),
        (format!("{harmonic} --n-pix -7"), "--n-pix is -7; give 1 or more"),
        (format!("{harmonic} --n-pix 4000000000"), "term 'Cov_T' is too large"),
        (
            format!("{harmonic} --n-pix 9 --lmax 5"),
            "--lmax is 5, but --lmax-signal is 4; give 1 to --lmax-signal",
        ),
        (
            format!("{harmonic} --n-pix 9 --lmax 0"),
            "--lmax is 0; give 1 to --lmax-signal, or leave it out",
        ),
        (format!("{harmonic} --n-pix 9223372036854775808"), "give at most 9223372036854775807"),
        (format!("{harmonic} --n-pix 1.5"), "'1.5' for '--n-pix <COUNT>': give a whole number"),
        (format!("{harmonic} --n-pix 9 --limit 0"), "--limit is 0; give 1 or more"),
        (format!("{harmonic} --n-pix 9 --limit -1"), "'-1' is not a number above 0"),
        (format!("{harmonic} --n-pix 9 --limit 12GB"), "the unit 'GB' is not known"),
        (format!("{harmonic} --n-pix 9 --limit 0.1GiB"), "not a whole number of bytes"),
        (format!("{harmonic} --n-pix 9 --no-switch"), "'--no-switch'"),
        (format!("{harmonic} --npix 9"), "a similar argument exists: '--n-pix'"),
        (
            harmonic.to_owned(),
            "cannot derive --n-pix: give --n-pix, 1 or more, or a survey (--fields)",
        ),
        (
            "budget harmonic --n-pix 3 --lmax-signal 4".to_owned(),
            "cannot derive --n-modes: give --n-modes",
        ),
        (
            "budget harmonic --n-pix 3 --n-modes 3 --lmax 4".to_owned(),
            "cannot derive the switch path: give --lmax-signal beside --lmax, or neither",
        ),
        (format!("{QU_64} --n-spectra 2"), "--n-params is 18, but 6 bins x 2 spectra makes 12"),
        (
            "budget pixel-direct --n-pix 9 --n-bins 6".to_owned(),
            "cannot derive --n-params: give --n-params, 1 or more, --n-bins and --n-spectra, or a survey",
        ),
        (
            format!("{QU_64} --release 1.1 --cache-derivatives"),
            "--cache-derivatives is on with release 1.1; give --release 1.2 or 1.3, which have it",
        ),
        (
            format!("{QU_64} --release 1.2 --working-dim 9"),
            "--working-dim is 9 with release 1.2; give --release 1.3, which has it",
        ),
        (
            "budget traditional --n-pix 9 --n-params 6 --published".to_owned(),
            "QUBE's own calculator does not model the traditional path",
        ),
        (format!("{QU_64} --n-bins 6"), "'--n-bins"),
        ("budget nothing".to_owned(), "'nothing'"),
        ("budget".to_owned(), "harmonic, pixel-direct, traditional, auto, eclipse"),
        (String::new(), "subcommand"),
    ] {
        refused(&args, culprit);
    }
}

/// One line on stderr, nothing else, and exit code 2.
fn refused(args: &str, culprit: &str) {
    let said = qube(args);
    assert_eq!((said.code, said.out.as_str()), (2, ""), "{args}");
    assert_eq!(said.err.lines().count(), 1, "{args}: {}", said.err);
    assert!(said.err.starts_with("qube: ") && said.err.ends_with('\n'), "{args}: {}", said.err);
    assert!(said.err.contains(culprit), "{args}: {}", said.err);
}

#[test]
fn every_example_in_the_help_works() {
    for subcommand in ["harmonic", "pixel-direct", "traditional", "auto", "eclipse"] {
        let help = qube(&format!("budget {subcommand} --help"));
        assert_eq!((help.code, help.err.as_str()), (0, ""));
        let examples = examples(&help.out);
        assert!(examples.len() >= 2, "{}", help.out);
        for example in examples {
            let said = qube(&example);
            assert!([0, 3].contains(&said.code), "{example}: {}", said.err);
        }
    }
}

const SURVEY: &str = "--fields QU --nside 64 --fsky 0.1 --lmax-signal 256";

#[test]
fn sizes_come_from_a_survey() {
    let inputs = |args: &str| document(&format!("{args} --json"))["inputs"].clone();
    let harmonic = inputs(&format!("budget harmonic {SURVEY} --polar-cap --lmax 128"));
    assert_eq!(harmonic["n_pix"]["value"], 9800);
    assert_eq!(
        (&harmonic["n_modes"]["value"], &harmonic["n_modes"]["derived"]),
        (&33274.into(), &true.into())
    );
    assert_eq!(harmonic["n_modes"]["from"], "2 x ((128 + 1)^2 - 2^2)");
    assert_eq!(harmonic["lmax"]["derived"], false);
    let direct = inputs(&format!("budget pixel-direct {SURVEY} --n-bins 6"));
    assert_eq!(
        (&direct["n_pix"]["value"], &direct["n_params"]["value"]),
        (&9830.into(), &18.into())
    );

    // Each flag moves the one number that it is about, and what is given wins.
    let values = |args: &str| {
        let inputs = inputs(args);
        ["n_pix", "n_modes", "n_params"].map(|name| inputs[name]["value"].as_i64().unwrap_or(0))
    };
    let qu = format!("budget harmonic {SURVEY} --lmax 128");
    assert_eq!(values(&qu), [9830, 33_274, 0]);
    assert_eq!(values(&format!("{qu} --lmin 3")), [9830, 33_274 - 2 * 5, 0]);
    assert_eq!(values(&format!("{qu} --n-obs 4900")), [9800, 33_274, 0]);
    assert_eq!(values(&format!("{qu} --n-pix 9801 --n-modes 33274")), [9801, 33_274, 0]);
    let tqu = "budget harmonic --fields tqu --n-obs 500 --n-obs-polarisation 300 --lmax-signal 8";
    assert_eq!(values(tqu), [1100, 3 * 77, 0]);
    let direct = format!("budget pixel-direct {SURVEY} --n-bins 6");
    assert_eq!(values(&format!("{direct} --n-spectra 2")), [9830, 0, 12]);
    assert_eq!(values(&format!("{direct} --n-params 6")), [9830, 0, 6]);
    let table = qube(&qu).out;
    let derived = "derived: n_pix = 2 x round(12 x 64^2 x 0.1)\nderived: n_modes = 2 x (";
    assert!(table.contains(derived), "{table}");
}

#[test]
fn bad_surveys_are_one_line_that_names_the_culprit() {
    for (args, culprit) in [
        ("--fsky 0", "--fsky is 0.0; give a fraction above 0, up to 1"),
        ("--fsky -0.1", "--fsky is -0.1; give a fraction above 0, up to 1"),
        ("--fsky NaN", "--fsky is NaN; give a fraction above 0, up to 1"),
        ("--fsky 1.5", "--fsky is 1.5; give a fraction above 0, up to 1"),
        ("--fsky 0.5 --polar-cap", "--fsky is 0.5; give a fraction above 0, up to 1/6"),
        ("--fsky tenth", "'tenth' for '--fsky <F>': give a number"),
        ("--nside 63 --fsky 0.1", "--nside is 63; give a power of two"),
        ("--nside 1048576 --fsky 1", "term 'Cov_T' is too large"),
        ("--n-obs 49153", "--n-obs is 49153, but the number of pixels at this --nside is 49152"),
        (
            "--n-obs 9 --n-pix 9",
            "--n-pix is 9, but 2 x 9 observed makes 18; give 18, or leave --n-pix out",
        ),
        (
            "--fsky 0.1 --lmax 128 --n-modes 33000",
            "--n-modes is 33000, but 2 x ((128 + 1)^2 - 2^2) makes 33274",
        ),
        ("--fsky 0.1 --lmin 0", "--lmin is 0; give 2 (T alone: 0)"),
        ("", "cannot derive --n-pix: give --n-pix, --n-obs, or --nside with --fsky"),
    ] {
        let nside = if args.contains("--nside") { "" } else { "--nside 64" };
        refused(&format!("budget harmonic --fields QU --lmax-signal 256 {nside} {args}"), culprit);
    }
    refused("budget harmonic --fields TE --lmax-signal 8", "give T, QU or TQU");
    refused("budget harmonic --nside 64 --fsky 0.1 --lmax-signal 8", "--fields");
    refused("budget harmonic --fields T --polar-cap --lmax-signal 8", "--fsky");
}

/// Multipoles 2 to 64, and three spectra of QU.
#[test]
fn bins_spectra_and_parameters_are_those_of_the_survey() {
    let run = "budget pixel-direct --fields QU --nside 32 --fsky 0.1 --lmax-signal 64";
    for (more, culprit) in [
        (
            "--n-bins 1000000",
            "--n-bins is 1000000, but the number of multipoles is 63; give at most that many",
        ),
        ("--n-bins 62 --lmin 4", "--n-bins is 62, but the number of multipoles is 61"),
        (
            "--n-bins 6 --n-spectra 7",
            "--n-spectra is 7, but the number of spectra of QU is 3; give at most that many",
        ),
        (
            "--n-bins 6 --n-params 17",
            "--n-params is 17, but --n-bins is 6; give 1 to 3 times as many",
        ),
        (
            "--n-bins 6 --n-params 24",
            "--n-params is 24, but --n-bins is 6; give 1 to 3 times as many",
        ),
    ] {
        refused(&format!("{run} {more}"), culprit);
    }
    assert_eq!(qube(&format!("{run} --n-bins 63 --n-params 126")).code, 0);
    let fit = run.replace("budget", "fit");
    let found = document(&format!("{fit} --n-bins 6 --limit 512GiB --largest n-bins --json"));
    let largest = &found["largest"];
    assert_eq!((&largest["value"], &largest["next"]), (&63.into(), &serde_json::Value::Null));
}

/// No array of the pixel-direct path depends on it.
#[test]
fn the_pixel_direct_path_needs_no_lmax_signal() {
    let bytes = |args: &str| document(&format!("{args} --json"))["stages"].clone();
    let without = "budget pixel-direct --n-pix 9800 --n-bins 6 --n-params 18";
    assert_eq!(bytes(without), bytes(QU_64));
    assert!(document(&format!("{without} --json"))["inputs"]["lmax_signal"]["value"].is_null());
    let survey = "budget pixel-direct --fields QU --nside 32 --fsky 0.1 --n-bins 6";
    assert_eq!(qube(survey).code, 0);
}

/// The run that ECLIPSE prints in its shipped example.
const SHIPPED: &str =
    "budget eclipse --code teb --pix-t 580 --pix-p 395 --lmax 16 --maps 1000 --check-inverse";

#[test]
fn eclipse_is_traced_step_by_step() {
    let traced = document(&format!("{SHIPPED} --printed --json"));
    assert_eq!((&traced["path"], &traced["peak_stage"]), (&"eclipse".into(), &"step_3".into()));
    assert_eq!(traced["model"], "printed");
    let trace = traced["events"].as_array().unwrap();
    assert_eq!(trace.iter().filter(|event| event["printed"] == true).count(), 19);
    assert_eq!(traced["lifetime_peak_bytes"], 49_504_800);
    let published = document(&format!("{SHIPPED} --published --json"));
    assert_eq!((&published["path"], &published["model"]), (&"eclipse".into(), &"published".into()));
    assert_eq!(published["lifetime_peak_bytes"], 33_767_800);
    let held = document(&format!("{SHIPPED} --json"));
    assert_eq!(held["model"], "held");
    assert!(held["lifetime_peak_bytes"].as_u64().unwrap() > 49_504_800);
    let table = qube(SHIPPED).out;
    for line in [
        "ECLIPSE's guide sums up 32.20 MiB (33767800 bytes)\n",
        "ECLIPSE's log prints 47.21 MiB (49504800 bytes)\n",
        "  580 x 285\n",
    ] {
        assert!(table.contains(line), "{line}{table}");
    }
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
    let derived = qube(SHIPPED).out;
    assert!(derived.contains("derived: nside = the least with as many pixels as are observed\n"));
    let both = qube(&format!("{SHIPPED} --printed --published"));
    assert_eq!(both.code, 2);
}

/// A survey gives nside and the pixels, and the code says which maps.
#[test]
fn eclipse_takes_a_survey() {
    let inputs = |args: &str| {
        let inputs = document(&format!("budget eclipse {args} --lmax 32 --json"))["inputs"].clone();
        ["pix_t", "pix_p", "nside"].map(|name| inputs[name]["value"].as_i64().unwrap_or(0))
    };
    assert_eq!(inputs("--code teb --fields TQU --nside 64 --fsky 0.6"), [29491, 29491, 64]);
    assert_eq!(inputs("--code eb --nside 64 --fsky 0.6"), [0, 29491, 64]);
    assert_eq!(inputs("--code t --nside 64 --fsky 0.1 --polar-cap"), [4900, 0, 64]);
    let two = "--code teb --nside 64 --n-obs 500 --n-obs-polarisation 300";
    assert_eq!(inputs(two), [500, 300, 64]);
    assert_eq!(inputs("--code t --pix-t 500"), [500, 0, 8]);
    assert_eq!(inputs("--code t --pix-t 500 --nside 32"), [500, 0, 32]);
    refused(
        "budget eclipse --code eb --fields TQU --nside 64 --fsky 0.6 --lmax 192",
        "--fields is TQU with the code EB; give T for the code T, QU for EB, TQU for TEB",
    );
    refused(
        "budget eclipse --code t --fields T --lmax 9",
        "cannot derive --pix-t: give --pix-t, --n-obs",
    );
    refused(
        "budget eclipse --code t --pix-t 3 --n-obs 4 --lmax 9",
        "--pix-t is 3, but 4 observed makes 4; give 4, or leave --pix-t out",
    );
}

#[test]
fn flags_reach_eclipse() {
    let stage = |args: &str, name: &str| {
        let document = document(&format!("{args} --printed --json"));
        let stages = document["stages"].as_array().unwrap();
        let stage = stages.iter().find(|stage| stage["name"] == name);
        stage.map(|stage| stage["peak_bytes"].as_u64().unwrap())
    };
    let (d, q) = (8 * 1370, 8 * 395);
    assert_eq!(stage(SHIPPED, "step_2"), Some(2 * d * 1370));
    let plain = SHIPPED.replace(" --check-inverse", "");
    assert_eq!(stage(&plain, "step_2"), Some(d * 1370));
    let (y, maps) = (8 * (2 * 580 + 8 * 395) * 285, d + 8 * 6 * 285);
    assert_eq!(stage(&plain, "step_3"), Some(d * 1370 + y + 1000 * maps));
    assert_eq!(stage(&plain.replace("1000", "7"), "step_3"), Some(d * 1370 + y + 7 * maps));
    let one_map = plain.replace(" --maps 1000", "");
    assert_eq!(stage(&one_map, "step_3"), Some(d * 1370 + y + maps));
    let crossed = (2 * d + 6 * 8 * 285).max(d + 12 * 8 * 285);
    assert_eq!(stage(&format!("{one_map} --cross"), "step_3"), Some(d * 1370 + y + crossed));
    assert_eq!(stage(&format!("{plain} --no-fisher"), "step_4"), None);
    let wider = format!("{plain} --lmax-cov 20");
    assert_eq!(stage(&wider, "step_1"), Some(d * 1370 + 8 * (2 * 580 + 8 * 395) * 437));
    let eb = "budget eclipse --code EB --pix-p 395 --lmax 16 --no-fisher";
    assert_eq!(stage(eb, "step_3"), Some(2 * q * 790 + 12 * q * 285));
}

#[test]
fn ranks_of_a_grid() {
    let plain = SHIPPED.replace(" --check-inverse", "");
    let plain = format!("{plain} --printed");
    let grid = format!("{plain} --nprow 2 --npcol 2 --block 150 --ranks 4");
    let ranks = document(&format!("{grid} --json"))["ranks"].clone();
    assert_eq!(
        (&ranks["nprow"], &ranks["npcol"], &ranks["block"]),
        (&2.into(), &2.into(), &150.into())
    );
    let second = &ranks["stages"][1];
    assert_eq!(second["fullest_bytes"], 8 * 750 * 750);
    assert_eq!(second["least_bytes"], 8 * 620 * 620);
    assert_eq!(second["mean_bytes"], 8 * 685 * 685);
    assert_eq!(ranks["peak_stage"], "step_3");
    assert!(ranks["too_large"].as_array().unwrap().is_empty());
    let best = &ranks["best"];
    assert!(best["fullest_bytes"].as_u64() < ranks["fullest_bytes"].as_u64());
    assert_eq!(best["nprow"].as_u64().unwrap() * best["npcol"].as_u64().unwrap(), 4);
    let table = qube(&grid).out;
    for line in
        ["per rank, 2 x 2 ranks, blocks of 150\n", "4500000\n", "best of the grids and blocks"]
    {
        assert!(table.contains(line), "{table}");
    }
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");

    // A number of ranks alone: the squarest grid, blocks of 64, as a grid without a block has.
    let alone = document(&format!("{plain} --ranks 4 --json"))["ranks"].clone();
    assert_eq!(
        (&alone["nprow"], &alone["npcol"], &alone["block"]),
        (&2.into(), &2.into(), &64.into())
    );
    assert_eq!(alone["best"], ranks["best"]);
    // One rank, term by term: what it holds is the sum.
    let one = format!("{plain} --ranks 4 --rank 1,0");
    let rank = document(&format!("{one} --json"))["ranks"]["rank"].clone();
    assert_eq!((&rank["row"], &rank["column"]), (&1.into(), &0.into()));
    for stage in rank["stages"].as_array().unwrap() {
        let terms = stage["terms"].as_array().unwrap().iter();
        let sum: u64 = terms.map(|term| term["bytes"].as_u64().unwrap()).sum();
        assert_eq!(stage["bytes"], sum, "{stage}");
    }
    assert!(qube(&one).out.contains("\nthe rank at row 1, column 0\n"));
    refused(&format!("{plain} --ranks 4 --rank 2,0"), "rank 2 does not exist; give 0 to 1");
    refused(&format!("{plain} --ranks 4 --rank 2"), "give a process row and column from 0");
    refused(
        &format!("{plain} --rank 0,0"),
        "--rank is given without a grid; give --ranks, or --nprow",
    );
    let no_block = document(&format!("{plain} --nprow 2 --npcol 2 --json"))["ranks"].clone();
    assert_eq!(no_block, alone);
    assert!(document(&format!("{plain} --json")).get("ranks").is_none());

    let large = "budget eclipse --code t --pix-t 49152 --lmax 192 --nprow 1 --npcol 1 --block 64";
    let large = format!("{large} --limit 16GiB");
    let said = qube(&large);
    assert_eq!(said.code, 3);
    let squeezed = said.out.split_whitespace().collect::<Vec<_>>().join(" ");
    let found = "a rank holds 2415919104 elements of 'covariance matrix' in stage 'step_1'; take \
                 more ranks, for at most 2147483647";
    assert!(squeezed.contains(found), "{}", said.out);
    assert!(said.out.contains("\n\nDoes not fit: "), "{}", said.out);
    let large = document(&format!("{large} --json"));
    assert_eq!(large["ranks"]["too_large"][0]["elements"], 2_415_919_104u64);
    assert_eq!(large["check"]["fits"], false);
}

#[test]
fn bad_inputs_of_eclipse_are_one_line() {
    for (args, culprit) in [
        ("--lmax 16 --pix-t 9", "--code"),
        ("--code te --lmax 16 --pix-t 9", "give T, EB or TEB"),
        ("--code t --pix-t 9", "--lmax"),
        ("--code t --lmax 16", "cannot derive --pix-t: give --pix-t for T, --pix-p for EB"),
        ("--code t --lmax 16 --pix-t 0", "--pix-t is 0; give 1 or more"),
        (
            "--code t --lmax 16 --pix-t 9 --pix-p 9",
            "--pix-p is 9 with the code T; give --pix-t for T",
        ),
        ("--code t --lmax 0 --pix-t 9", "--lmax is 0; give 1 or more"),
        ("--code eb --lmax 16 --pix-p 9 --maps 0", "--maps is 0; give 1 or more"),
        ("--code eb --lmax 16 --pix-p 9 --nprow 2", "--npcol"),
        (
            "--code eb --lmax 16 --pix-p 9 --nprow 2 --npcol 3 --block 8 --ranks 4",
            "--ranks is 4, but --nprow x --npcol is 6; give as many ranks",
        ),
        ("--code eb --lmax 16 --pix-p 9 --nprow 0 --npcol 3 --block 8", "--nprow is 0; give 1 to"),
        ("--code eb --lmax 16 --pix-p 9 --ranks -1", "--ranks is -1; give 1 to"),
        (
            "--code eb --lmax 16 --pix-p 9 --no-fisher --published",
            "cannot derive the sums of ECLIPSE's guide: give --check-inverse",
        ),
        ("--code eb --lmax 16 --pix-p 9223372036854775807", "give at most 12 x 2^58"),
    ] {
        refused(&format!("budget eclipse {args}"), culprit);
    }
}

#[test]
fn stages_are_drawn_into_a_file() {
    let folder = tempfile::tempdir().unwrap();
    for args in [ECLIPSE_QU, QU_64, SHIPPED] {
        let file = folder.path().join("stages.svg");
        let said = qube(&format!("{args} --limit 1KiB --svg {}", file.display()));
        assert_eq!((said.code, said.err.as_str()), (3, ""));
        let drawn = std::fs::read_to_string(file).unwrap();
        assert!(drawn.starts_with("<svg ") && drawn.contains(">limit 1.00 KiB"), "{drawn}");
    }
    let nowhere = format!("{ECLIPSE_QU} --svg {}/no/stages.svg", folder.path().display());
    let said = qube(&nowhere);
    assert_eq!((said.code, said.out.as_str(), said.err.lines().count()), (1, "", 1));
    assert!(
        said.err.starts_with("qube: cannot write ") && said.err.contains("no/stages.svg: "),
        "{}",
        said.err
    );
}

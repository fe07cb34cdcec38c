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

/// A budget's release is the newest, or the one that was named, whatever lmax is.
#[test]
fn the_release_is_the_newest_unless_named() {
    let release = |args: &str| document(&format!("{args} --json"))["release"].clone();
    for run in [ECLIPSE_QU.to_owned(), ECLIPSE_QU.replace(" --lmax 128", ""), QU_64.to_owned()] {
        assert_eq!(release(&run), "qube-qml 1.3");
        assert_eq!(release(&format!("{run} --release 1.1")), "qube-qml 1.1");
    }
    let bad = format!("{QU_64} --release 1.4");
    refused(&bad, "'1.4' for '--release <RELEASE>': give 1.1, 1.2 or 1.3");
}

/// The path that QUBE takes, and why, with sizes that were given, or from a survey.
#[test]
fn the_path_that_qube_takes() {
    let auto = |args: &str| {
        let document = document(&format!("budget auto {args} --json"));
        (
            document["path"].as_str().unwrap().to_owned(),
            document["note"].as_str().unwrap().to_owned(),
        )
    };
    let sizes = "--n-pix 1000 --n-modes 2000 --n-spectra 1";
    let (path, note) = auto(&format!("{sizes} --n-bins 7"));
    assert_eq!(path, "harmonic");
    assert!(note.contains("QUBE takes the harmonic path, by time: n_modes^3 <="), "{note}");
    assert_eq!(auto(&format!("{sizes} --n-bins 6")).0, "pixel-direct");
    let (path, note) = auto(&format!("{sizes} --n-bins 6 --do-cross"));
    assert_eq!(path, "traditional");
    assert!(note.contains("two data splits (do_cross)"), "{note}");
    assert_eq!(auto(&format!("{SURVEY} --lmax 128 --n-bins 6")).0, "pixel-direct");
    refused("budget auto --n-pix 1000 --n-modes 2000", "cannot derive --n-bins: give it");
    let request = qube(&format!("request auto {SURVEY} --lmax 128 --n-bins 6"));
    assert!(request.out.contains("Note: QUBE takes the pixel-direct path"), "{}", request.out);
}

/// QUBE's own configuration: what is read of it, QUBE's defaults, and flags that override it.
#[test]
fn sizes_come_from_the_configuration_of_qube() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.yaml");
    let file = file.to_str().unwrap();
    let write = |text: &str| std::fs::write(file, text).unwrap();
    let inputs = |args: &str| {
        let document = document(&format!("budget {args} --config {file} --json"));
        let inputs = &document["inputs"];
        let numbers = ["n_pix", "lmax", "lmax_signal", "n_bins", "n_params"];
        let path = document["path"].as_str().unwrap().to_owned();
        (path, numbers.map(|name| inputs[name]["value"].as_i64().unwrap_or(0)))
    };
    let qu = "nside: 64\nspins: [2]\nlabels: [\"E\", \"B\"]\nmaskfile: 'inputs/QU_mask.fits'\n\
              outfilefisher: 'a.dat'\noutfilefisher: 'b.dat'\nlmax: 128\n";
    // The path is left to QUBE, which takes one multipole a bin.
    write(qu);
    let (path, numbers) = inputs("--n-obs 4900");
    assert_eq!((path.as_str(), numbers), ("harmonic", [9800, 128, 256, 0, 0]));
    let modes = document(&format!("budget --n-obs 4900 --config {file} --json"));
    assert_eq!(modes["inputs"]["n_modes"]["value"], 33_274);
    let note = modes["note"].as_str().unwrap();
    assert!(note.contains("QUBE's defaults for lmin 2, lmax_signal 256, delta_ell 1"), "{note}");

    for (more, bins) in [
        ("delta_ell: 20\n", 6), // 127 multipoles
        ("delta_ell: 127\n", 1),
        ("bin_lmins: [2, 20, 40]\nbin_lmaxs: [19, 39, 128]\n", 3),
        ("bin_lmins: [0, 1, 2, 40]\nbin_lmaxs: [0, 9, 39, 128]\n", 2), // from multipole 2 on
        ("bin_lmins: [2, 20, 40]\ndelta_ell: 10\n", 12),               // without bin_lmaxs no bins
        ("delta_ell: 20\nlmin: 10\nlmin_signal: [10]\n", 5),
    ] {
        write(&format!("{qu}{more}"));
        let (path, numbers) = inputs("pixel-direct --n-obs 4900");
        let expected = [9800, 128, 256, bins, 3 * bins];
        assert_eq!((path.as_str(), numbers), ("pixel-direct", expected), "{more}");
    }
    // Flags override the file, and what follows from it follows from them.
    write(&format!("{qu}delta_ell: 20\n"));
    let (_, numbers) = inputs("pixel-direct --nside 32 --fsky 0.1 --lmax 101");
    assert_eq!(numbers, [2 * 1229, 101, 128, 5, 15]);
    let (_, numbers) = inputs("pixel-direct --n-obs 100 --fields tqu --n-bins 2 --lmax-signal 200");
    assert_eq!(numbers, [300, 128, 200, 2, 12]);
    // QUBE lowers an lmax above lmax_signal, and crosses on the traditional path.
    write("nside: 8\nspins: [0, 2]\ndo_cross: true\nlmax: 64\ndelta_ell: 3\n");
    let (path, numbers) = inputs("--n-obs 100");
    assert_eq!((path.as_str(), numbers), ("traditional", [300, 32, 32, 10, 60]));
    let crossing = document(&format!("budget --config={file} --n-obs 100 --json"));
    let note = crossing["note"].as_str().unwrap();
    assert!(note.contains("QUBE lowers lmax 64 to lmax_signal 32"), "{note}");
    // Of every question.
    assert_eq!(qube(&format!("request --config {file} --n-obs 100")).code, 0);
    assert_eq!(qube(&format!("fit --limit 8GiB --config {file} --n-obs 100")).code, 0);

    for (text, culprit) in [
        ("nside: 8\nspins: [0, 0]\n", "spins is [0, 0]; give [0], [2] or [0, 2]"),
        ("nside: eight\n", "nside"),
        ("lmax: [1", "line 1"),
        ("a: &a [*a, *a]\nlmax: [*a", "run.yaml: "),
        ("bin_lmins: [2]\nbin_lmaxs: [3, 4]\n", "bin_lmins has 1 bins, but bin_lmaxs has 2"),
        ("bin_lmins: [0]\nbin_lmaxs: [1]\n", "no bin from multipole 2 on"),
        ("delta_ell: 0\n", "delta_ell is 0; give 1 or more"),
        ("delta_ell: 64\n", "delta_ell is 64, but lmin 2 to lmax 64 has 63 multipoles"),
        ("lmin: 5\n", "lmin is 5, but lmin_signal is 2"),
        ("nside: 9223372036854775807\n", "--nside is 9223372036854775807; give a power of two"),
    ] {
        write(text);
        refused(&format!("budget --config {file} --n-obs 100"), culprit);
    }
    write(qu);
    refused(&format!("budget --config {file}"), "cannot derive --n-pix: give --n-pix, --n-obs");
    refused("budget --config /no/run.yaml", "/no/run.yaml cannot be read");
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
        (harmonic.to_owned(), "cannot derive --n-pix: give it, 1 or more, or a survey (--fields)"),
        (
            "budget harmonic --n-pix 3 --lmax-signal 4".to_owned(),
            "cannot derive --n-modes: give it",
        ),
        (
            "budget harmonic --n-pix 3 --n-modes 3 --lmax 4".to_owned(),
            "cannot derive the switch path: give --lmax-signal beside --lmax, or neither",
        ),
        (format!("{QU_64} --n-spectra 2"), "--n-params is 18, but 6 bins x 2 spectra makes 12"),
        (
            "budget pixel-direct --n-pix 9 --n-bins 6".to_owned(),
            "cannot derive --n-params: give it, 1 or more, --n-bins and --n-spectra, or a survey",
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
    let traced = document(&format!("{SHIPPED} --json"));
    assert_eq!((&traced["path"], &traced["peak_stage"]), (&"eclipse".into(), &"step_3".into()));
    let trace = traced["events"].as_array().unwrap();
    assert_eq!(trace.iter().filter(|event| event["printed"] == true).count(), 19);
    assert_eq!(traced["lifetime_peak_bytes"], 49_504_800);
    let published = document(&format!("{SHIPPED} --published --json"));
    assert_eq!(published["path"], "eclipse-published");
    assert_eq!(published["lifetime_peak_bytes"], 33_767_800);
    let table = qube(SHIPPED).out;
    assert!(table.contains("falls short by"), "{table}");
    assert!(table.lines().all(|line| line.chars().count() <= 100), "{table}");
    let eb = qube("budget eclipse --code eb --pix-p 395 --lmax 16");
    assert!(eb.out.ends_with("note: not checked against a run\n"), "{}", eb.out);
}

#[test]
fn flags_reach_eclipse() {
    let stage = |args: &str, name: &str| {
        let document = document(&format!("{args} --json"));
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

    // A number of ranks alone: the best grid itself.
    let alone = document(&format!("{plain} --ranks 4 --json"))["ranks"].clone();
    for field in ["nprow", "npcol", "block", "fullest_bytes"] {
        assert_eq!(alone[field], ranks["best"][field], "{field}");
    }
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
        ("--code eb --lmax 16 --pix-p 9223372036854775807", "is too large: "),
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
    assert!(said.err.contains("no/stages.svg cannot be written: "), "{}", said.err);
}

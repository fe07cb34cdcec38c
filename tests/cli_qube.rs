//! What `qube` makes of a run of QUBE: releases, the path that QUBE takes, its configuration and its mask.
#![cfg(feature = "cli")]

mod common;

use common::command::qube;

/// The calibrated run, whose caller holds the covariance.
const ECLIPSE_QU: &str = "budget harmonic --n-pix 59136 --n-modes 33274 --lmax-signal 256 --lmax 128 \
                          --covariance-by-caller";
const QU_64: &str = "budget pixel-direct --n-pix 9800 --lmax-signal 256 --n-bins 6 --n-params 18";
const SURVEY: &str = "--fields QU --nside 64 --fsky 0.1 --lmax-signal 256";

fn document(args: &str) -> serde_json::Value {
    let said = qube(args);
    assert_eq!(said.out.lines().count(), 1, "{}", said.out);
    serde_json::from_str(&said.out).unwrap()
}

/// One line on stderr, nothing else, and exit code 2.
fn refused(args: &str, culprit: &str) {
    let said = qube(args);
    assert_eq!((said.code, said.out.as_str()), (2, ""), "{args}");
    assert_eq!(said.err.lines().count(), 1, "{args}: {}", said.err);
    assert!(said.err.starts_with("qube: ") && said.err.ends_with('\n'), "{args}: {}", said.err);
    assert!(said.err.contains(culprit), "{args}: {}", said.err);
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
    refused("budget auto --n-pix 1000 --n-modes 2000", "cannot derive --n-bins: give --n-bins");
    let request = qube(&format!("request auto {SURVEY} --lmax 128 --n-bins 6"));
    assert!(request.out.contains("Note: QUBE takes the pixel-direct path"), "{}", request.out);
}

/// A run of 1174 MiB, which QUBE's own calculator has at 0.62 GiB; multipoles that no map of nside 32
/// resolves; and a limit that is too large to be one.
#[test]
fn a_false_fit_is_not_told() {
    let run = "harmonic --n-pix 1624 --n-modes 4221 --lmax-signal 64";
    let fit = qube(&format!("fit {run} --limit 700MiB"));
    assert_eq!(fit.code, 3, "{}", fit.out);
    assert_eq!(qube(&format!("request {run} --limit 1174MiB")).code, 3);
    let above =
        document("budget harmonic --fields QU --nside 32 --fsky 0.1 --lmax-signal 1000 --json");
    assert!(above["note"].as_str().unwrap().contains("lmax_signal 1000 is above 4 nside = 128"));
    let lmax = "fit harmonic --fields QU --nside 32 --fsky 0.1 --lmax-signal 64 --limit 512GiB \
                --largest lmax --json";
    assert_eq!(document(lmax)["largest"]["value"], 128);
    refused(
        &format!("fit {run} --limit 8388608TiB"),
        "it is too large; give at most 2^63 - 1 bytes",
    );
}

/// A mask as HEALPix writes it: a table of doubles, a column for each map, 1024 pixels a row.
fn mask(columns: &[&[f64]]) -> Vec<u8> {
    fn unit(cards: &[String], data: &[u8]) -> Vec<u8> {
        let mut bytes: Vec<u8> =
            cards.iter().flat_map(|card| format!("{card:80}").into_bytes()).collect();
        bytes.extend(format!("{:80}", "END").bytes());
        bytes.resize(bytes.len().next_multiple_of(2880), b' ');
        bytes.extend(data);
        bytes.resize(bytes.len().next_multiple_of(2880), 0);
        bytes
    }
    let card = |key: &str, value: &str| format!("{key:8}= {value:>20}");
    let primary = ["SIMPLE=T", "BITPIX=8", "NAXIS=0", "EXTEND=T"]
        .map(|pair| pair.split_once('=').map(|(key, value)| card(key, value)).unwrap());
    let rows = columns[0].len() / 1024;
    let numbers = [
        ("BITPIX", 8),
        ("NAXIS", 2),
        ("NAXIS1", 8192 * columns.len()),
        ("NAXIS2", rows),
        ("PCOUNT", 0),
        ("GCOUNT", 1),
        ("TFIELDS", columns.len()),
    ];
    let mut table = vec![format!("{:8}= {:20}", "XTENSION", "'BINTABLE'")];
    table.extend(numbers.map(|(key, value)| card(key, &value.to_string())));
    for column in 1..=columns.len() {
        table.push(format!("{:8}= {:20}", format!("TFORM{column}"), "'1024D   '"));
    }
    let mut data = Vec::new();
    for row in 0..rows {
        for column in columns {
            data.extend(
                column[1024 * row..1024 * (row + 1)].iter().flat_map(|pixel| pixel.to_be_bytes()),
            );
        }
    }
    [unit(&primary, &[]), unit(&table, &data)].concat()
}

/// The mask that a configuration names is counted as QUBE does: above 0.5, from the working directory.
#[test]
fn observed_pixels_are_those_of_the_mask() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (run, file) = (path("run.yaml"), path("mask.fits"));
    let config = |nside: i64, spins: &str, lmax: i64| {
        let text = format!("nside: {nside}\nspins: {spins}\nlmax: {lmax}\nmaskfile: {file}\n");
        std::fs::write(&run, text).unwrap();
    };
    let some = |pixels: usize| {
        let value = |pixel| if pixel < pixels { 1.0 } else { 0.5 };
        (0..12 * 16 * 16).map(value).collect::<Vec<f64>>()
    };
    let n_pix = |flags: &str| {
        let document = document(&format!("budget --config {run} {flags} --json"));
        document["inputs"]["n_pix"].clone()
    };
    let (t, q, none) = (some(300), some(200), vec![-1.6375e30; 3072]);
    std::fs::write(&file, mask(&[&t])).unwrap();
    config(16, "[0]", 32);
    assert_eq!(
        n_pix(""),
        serde_json::json!({"value": 300, "derived": true, "from": "300 observed"})
    );
    assert_eq!(n_pix("--n-obs 7")["value"], 7);
    std::fs::write(&file, mask(&[&t, &q, &q])).unwrap();
    config(16, "[0, 2]", 32);
    assert_eq!(n_pix("")["value"], 300 + 2 * 200);
    std::fs::write(&file, mask(&[&q, &q])).unwrap();
    config(16, "[2]", 32);
    assert_eq!(n_pix("")["value"], 2 * 200);

    let refuses = |culprit: &str| refused(&format!("budget --config {run}"), culprit);
    config(16, "[0]", 32);
    refuses("has columns of 3072, 3072 pixels, but T at nside 16 takes 1 of 3072; give --n-obs");
    config(8, "[2]", 32);
    refuses("has columns of 3072, 3072 pixels, but QU at nside 8 takes 2 of 768");
    config(16, "[2]", 32);
    std::fs::write(&file, mask(&[&q, &t])).unwrap();
    refuses("has Q and U with different observed pixels");
    std::fs::write(&file, mask(&[&none, &none])).unwrap();
    refuses("--n-obs is 0; give 1 or more");
    let whole = mask(&[&q, &q]);
    std::fs::write(&file, &whole[..whole.len() / 2]).unwrap();
    refuses("mask.fits has columns of ");
    std::fs::write(&file, "no FITS").unwrap();
    refuses("mask.fits cannot be read: ");
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
        ("nside: eight\n", "run.yaml: invalid i64 at line 1, column 8"),
        ("lmax: [1", "line 1"),
        ("a: &a [*a, *a]\nlmax: [*a", "run.yaml: "),
        ("bin_lmins: [2]\nbin_lmaxs: [3, 4]\n", "bin_lmins has 1 bins, but bin_lmaxs has 2"),
        ("bin_lmins: [0]\nbin_lmaxs: [1]\n", "no bin above multipole 1"),
        ("delta_ell: 0\n", "delta_ell is 0; give 1 or more"),
        ("delta_ell: 64\n", "delta_ell is 64, but lmin 2 to lmax 64 has 63 multipoles"),
        ("lmin: 5\n", "lmin is 5, but lmin_signal is 2"),
        ("nside: 9223372036854775807\n", "--nside is 9223372036854775807; give a power of two"),
    ] {
        write(text);
        refused(&format!("budget --config {file} --n-obs 100"), culprit);
    }
    write(qu);
    let absent = "the mask inputs/QU_mask.fits cannot be read: ";
    refused(&format!("budget --config {file}"), absent);
    write(&qu.replace("maskfile", "mask"));
    refused(&format!("budget --config {file}"), "cannot derive --n-pix: give --n-pix, --n-obs");
    refused("budget --config /no/run.yaml", "cannot read /no/run.yaml: ");
}

//! The committed header is what src/ffi says, every function in it is documented, and every C and
//! C++ standard from C99 and C++11 on takes it without a warning.
//!
//! `UPDATE_HEADER=1 cargo test --test header` rewrites it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn header() -> PathBuf {
    root().join("include/qube_budget.h")
}

/// The files of the C interface, in the order in which src/ffi/mod.rs declares the public ones.
fn sources() -> Vec<PathBuf> {
    let folder = root().join("src/ffi");
    let declared = fs::read_to_string(folder.join("mod.rs")).unwrap();
    declared
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(|module| folder.join(module).with_extension("rs"))
        .collect()
}

fn rendered() -> String {
    let config = cbindgen::Config::from_file(root().join("cbindgen.toml")).unwrap();
    let builder = cbindgen::Builder::new().with_config(config);
    let builder = sources().into_iter().fold(builder, cbindgen::Builder::with_src);
    let mut text = Vec::new();
    builder.generate().unwrap().write(&mut text);
    String::from_utf8(text).unwrap()
}

#[test]
fn the_committed_header_is_the_rendered_one() {
    let rendered = rendered();
    if std::env::var_os("UPDATE_HEADER").is_some_and(|value| value == "1") {
        fs::create_dir_all(header().parent().unwrap()).unwrap();
        fs::write(header(), &rendered).unwrap();
    }
    let committed = fs::read_to_string(header()).unwrap_or_default();
    if let Some(line) = (1..).zip(rendered.lines()).find_map(|(number, line)| {
        (committed.lines().nth(number - 1) != Some(line)).then_some(number)
    }) {
        panic!(
            "include/qube_budget.h differs from src/ffi at line {line}; \
             `UPDATE_HEADER=1 cargo test --test header` rewrites it"
        );
    }
    assert_eq!(committed.len(), rendered.len(), "include/qube_budget.h has lines at its end");
}

/// Names of the functions that src/ffi exports.
fn exported() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for source in sources() {
        let text = fs::read_to_string(source).unwrap();
        for after in text.split("#[unsafe(no_mangle)]").skip(1) {
            let name = after.split("fn ").nth(1).unwrap().split('(').next().unwrap();
            names.insert(name.to_owned());
        }
    }
    names
}

/// The declarations outside comments: what follows each comment, and whether one came before.
fn functions(header: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut comment = String::new();
    let mut lines = header.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("/**") {
            comment = line.to_owned() + "\n";
            if !line.contains("*/") {
                for line in lines.by_ref() {
                    comment += line;
                    comment += "\n";
                    if line.contains("*/") {
                        break;
                    }
                }
            }
        } else if let Some((before, _)) = line
            .split_once('(')
            .filter(|_| !line.starts_with(['#', ' ']) && !line.starts_with("typedef"))
        {
            let name = before.rsplit([' ', '*']).next().unwrap();
            found.push((name.to_owned(), std::mem::take(&mut comment)));
        } else if line.is_empty() || line.starts_with('#') {
            comment.clear();
        }
    }
    found
}

#[test]
fn every_exported_function_is_in_the_header_with_a_comment() {
    let functions = functions(&rendered());
    let declared: BTreeSet<String> = functions.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(declared, exported());
    for (name, comment) in functions {
        assert!(!comment.is_empty(), "{name} has no comment");
        let words: usize = comment.split_whitespace().filter(|word| *word != "*").count();
        assert!(words >= 5, "{name} says nothing: {comment}");
    }
}

#[test]
fn the_header_speaks_c() {
    for (number, line) in (1..).zip(rendered().lines()) {
        for foreign in ["# Safety", "::", "`", "[`", "unsafe", "Option<", "&mut", "Vec<", "Result<"]
        {
            assert!(!line.contains(foreign), "line {number} has {foreign}: {line}");
        }
        assert!(line.chars().count() <= 100, "line {number} is long: {line}");
        assert_eq!(line.trim_end(), line, "line {number} ends with a space");
    }
}

/// This machine's target triple, which cc has from cargo only in a build script.
fn triple() -> String {
    let system = if cfg!(target_os = "macos") { "apple-darwin" } else { "unknown-linux-gnu" };
    format!("{}-{system}", std::env::consts::ARCH)
}

fn compile(cpp: bool, standard: &str) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("qube_budget.h"), rendered()).unwrap();
    let source = folder.path().join(if cpp { "alone.cpp" } else { "alone.c" });
    // Twice: the include guard must hold.
    let text = "#include \"qube_budget.h\"\n#include \"qube_budget.h\"\nint one_declaration;\n";
    fs::write(&source, text).unwrap();
    let compiler = cc::Build::new()
        .cpp(cpp)
        .target(&triple())
        .host(&triple())
        .opt_level(0)
        .cargo_metadata(false)
        .get_compiler();
    let output = Command::new(compiler.path())
        .args(["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-c", "-o"])
        .arg(folder.path().join("alone.o"))
        .arg(format!("-std={standard}"))
        .arg("-I")
        .arg(folder.path())
        .arg(&source)
        .output()
        .unwrap();
    assert!(output.status.success(), "{standard}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn every_c_standard_takes_the_header() {
    for standard in ["c99", "c11", "c17", "c2x"] {
        compile(false, standard);
    }
}

#[test]
fn every_cpp_standard_takes_the_header() {
    for standard in ["c++11", "c++17", "c++20"] {
        compile(true, standard);
    }
}

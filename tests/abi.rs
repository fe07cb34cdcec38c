//! The binary interface is frozen: tests/abi/qube_budget_N.h, named by QUBE_ABI_VERSION, compiles with
//! include/qube_budget.h, has all that the header declares, and does not compile once a signature, a
//! constant, a callback, or the type or place of a field is another. tests/abi/symbols.txt is the list of
//! functions.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

fn header() -> String {
    read("include/qube_budget.h")
}

fn frozen() -> String {
    read(&format!("tests/abi/qube_budget_{}.h", version(&header())))
}

fn version(header: &str) -> &str {
    let line = header.lines().find_map(|line| line.strip_prefix("#define QUBE_ABI_VERSION "));
    line.unwrap().split_whitespace().next().unwrap()
}

/// Whether the frozen declarations compile as C11 with this header, and what the compiler says.
fn compiles_with(header: &str) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("qube_budget.h"), header).unwrap();
    fs::write(folder.path().join("frozen.c"), frozen() + "\nint one_declaration;\n").unwrap();
    let system = if cfg!(target_os = "macos") { "apple-darwin" } else { "unknown-linux-gnu" };
    let triple = format!("{}-{system}", std::env::consts::ARCH);
    let compiler = cc::Build::new()
        .target(&triple)
        .host(&triple)
        .opt_level(0)
        .cargo_metadata(false)
        .get_compiler();
    let output = Command::new(compiler.path())
        .args(["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only"])
        .arg(folder.path().join("frozen.c"))
        .output()
        .unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The header without comments.
fn code() -> String {
    let mut text = header();
    while let Some(begin) = text.find("/*") {
        let end = begin + text[begin..].find("*/").unwrap() + 2;
        text.replace_range(begin..end, "");
    }
    let lines = text.lines().map(|line| line.split("//").next().unwrap().trim_end());
    lines.collect::<Vec<_>>().join("\n")
}

/// The functions that the header declares.
fn functions() -> BTreeSet<String> {
    let code = code();
    let outside = code.lines().filter(|line| !line.starts_with([' ', '#', '}']));
    let declared = outside.filter(|line| !line.starts_with("typedef") && line.contains('('));
    let name = |line: &str| {
        line.split('(').next().unwrap().split([' ', '*']).next_back().map(str::to_owned)
    };
    declared.filter_map(name).filter(|name| name.starts_with("qube_")).collect()
}

#[test]
fn the_header_agrees_with_the_frozen_interface() {
    let (compiles, said) = compiles_with(&header());
    assert!(compiles, "{said}");
}

/// cargo gives a shared library no soname; build.rs does, and tests/package.sh reads it from the library.
#[test]
fn the_soname_has_the_version() {
    let soname = format!("-soname,libqube_budget.so.{}\"", version(&header()));
    assert!(read("build.rs").contains(&soname), "build.rs has not {soname}");
}

#[test]
fn the_symbols_are_the_functions_of_the_header() {
    let symbols = read("tests/abi/symbols.txt");
    let symbols: Vec<&str> = symbols.lines().collect();
    assert_eq!(symbols, functions().iter().collect::<Vec<_>>());
}

#[test]
fn all_that_the_header_declares_is_frozen() {
    let frozen = frozen().split_whitespace().collect::<Vec<_>>().join(" ");
    let mut missing = Vec::new();
    let mut expect = |entry: String| {
        if !frozen.contains(&entry) {
            missing.push(entry);
        }
    };
    for function in functions() {
        expect(format!("FUNCTION({function}, "));
    }
    let code = code();
    let mut inside = None; // the struct that is being read
    for line in code.lines() {
        if let Some(constant) = line.strip_prefix("#define QUBE_") {
            // What a release is called is no part of the binary interface.
            let name = constant.split_whitespace().next().unwrap();
            if !name.starts_with("VERSION_") && name != "BUDGET_H" && name != "ABI_VERSION" {
                expect(format!("CONSTANT(QUBE_{name}, "));
            }
        } else if let Some(callback) = line.strip_prefix("typedef int32_t (*") {
            expect(format!("CALLBACK({}, ", callback.split(')').next().unwrap()));
        } else if line.starts_with("typedef struct ") && line.ends_with('{') {
            inside = line.split_whitespace().nth(2);
        } else if line.starts_with('}') {
            inside = None;
        } else if let (Some(name), true) = (inside, line.starts_with("    ")) {
            let declared = line.trim();
            if let Some(callback) = declared.strip_prefix("int32_t (*") {
                expect(format!("MEMBER({name}, {}, ", callback.split(')').next().unwrap()));
            } else if declared.ends_with(';') && !declared.contains(')') {
                let field = declared.trim_end_matches(';').rsplit([' ', '*']).next().unwrap();
                expect(format!("FIELD({name}, {field}, "));
            }
        }
    }
    assert!(missing.is_empty(), "not in the frozen interface: {missing:#?}");
}

/// The header with one change, which must be one.
fn changed(from: &str, to: &str) -> String {
    let header = header();
    assert!(header.contains(from), "the header has no '{from}'");
    header.replacen(from, to, 1)
}

#[test]
fn every_kind_of_change_is_caught() {
    let changes = [
        ("a parameter", "qube_path_by_time(int64_t n_pix,", "qube_path_by_time(int32_t n_pix,"),
        ("a result", "void qube_text_free(char *text);", "int32_t qube_text_free(char *text);"),
        (
            "a const",
            "qube_plan_get(const qube_plan *plan, qube_plan_view *view);",
            "qube_plan_get(qube_plan *plan, qube_plan_view *view);",
        ),
        (
            "the order of parameters",
            "qube_fit_render(const qube_fit *fit, int32_t format, char **text);",
            "qube_fit_render(const qube_fit *fit, char **text, int32_t format);",
        ),
        (
            "a function that is gone",
            "int32_t qube_memory_limit(int64_t *bytes, const char **bound);",
            "",
        ),
        ("a constant", "#define QUBE_ERR_LIMIT 25", "#define QUBE_ERR_LIMIT 26"),
        ("a constant that is gone", "#define QUBE_CACHE_KEEP 1", ""),
        ("a callback's result", "typedef void (*qube_free_user)", "typedef int (*qube_free_user)"),
        (
            "a callback's parameter",
            "(*qube_progress_callback)(void *user, const qube_progress *progress);",
            "(*qube_progress_callback)(void *user, qube_progress *progress);",
        ),
        (
            "a callback in a struct",
            "(*value)(void *user, const void *state, double *cost);",
            "(*value)(void *user, const void *state, float *cost);",
        ),
        ("the size of a field", "    double gap;", "    float gap;"),
        ("the sign of a field", "    int32_t is_skipped;", "    uint32_t is_skipped;"),
        ("where a field points", "    const qube_point *frontier;", "    qube_point *frontier;"),
        (
            "the order of fields",
            "    int64_t n_pix;\n    int64_t n_modes;",
            "    int64_t n_modes;\n    int64_t n_pix;",
        ),
        ("a field in between", "    int64_t lmin;", "    int64_t new_one;\n    int64_t lmin;"),
        ("an element that grows", "} qube_node;", "    int64_t new_one;\n} qube_node;"),
        ("another version", "#define QUBE_ABI_VERSION 1", "#define QUBE_ABI_VERSION 2"),
    ];
    for (what, from, to) in changes {
        let (compiles, said) = compiles_with(&changed(from, to));
        assert!(!compiles, "{what} is not caught: '{to}' for '{from}'");
        let asserted = ["static assertion", "static_assert", "undeclared"];
        assert!(asserted.iter().any(|word| said.contains(word)), "{what}: {said}");
    }
}

/// Structs that begin with struct_size may grow, and functions may come.
#[test]
fn what_hosts_do_not_see_may_come() {
    let additions = [
        ("} qube_options;", "    int64_t new_one;\n} qube_options;"),
        (
            "void qube_text_free(char *text);",
            "void qube_text_free(char *text);\nvoid qube_new_one(void);",
        ),
    ];
    for (from, to) in additions {
        let (compiles, said) = compiles_with(&changed(from, to));
        assert!(compiles, "{said}");
    }
}
